"""The command, as ``convanim`` and as ``python -m convanim``; signals end it within a second, whatever it is at."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from threading import Thread, Timer
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)
_LASTING = 100_000
"""How many objects more have to exist until Python searches for garbage: imports make many, all of which last."""

_PATIENCE, _MOMENT = 0.5, 0.02
"""Seconds to put things in order before the process ends as it is, and until a signal is sent again."""


class _Ended(SystemExit):
    """A signal came, which is no error that anyone may handle."""


def main() -> None:
    """Run the command."""
    gc.set_threshold(_LASTING)
    # NumPy's library for large matrices, which are rare here, would start a thread a core as it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    came: list[int] = []
    _listen(came)
    try:
        # What takes a while to import waits until a signal would end it.
        from convanim.cli import main as command

        command(prog_name="convanim")
    finally:
        # Libraries, and Python's imports, may have made another error of it.
        if came:
            raise SystemExit(128 + came[0])


def _listen(came: list[int]) -> None:
    """Keep the signals that end the process, which then ends soon."""

    def end(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise _Ended

    def raise_later(unraisable: sys.UnraisableHookArgs) -> None:
        """Send a signal again that came where nothing can be raised, such as while a library calls back.

        What libraries cannot tidy up after a signal is of no interest any more.
        """
        if issubclass(unraisable.exc_type, _Ended):
            later = Timer(_MOMENT, signal.raise_signal, came[:1])
            later.daemon = True
            later.start()
        elif not came:
            sys.__unraisablehook__(unraisable)

    for number in _ENDING:
        # Whoever starts a program may have it ignore signals, as shells do in the background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    sys.unraisablehook = raise_later

    heard, told = os.pipe()
    if sys.platform != "win32":
        os.set_blocking(told, False)
    # Python handles signals between two of its own steps only, and a step of a library may take long.
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    Thread(target=_insist, args=(heard,), daemon=True).start()


def _insist(heard: int) -> None:
    """End the process a little after a signal that is read from a pipe, in the middle of a step too."""
    while (number := os.read(heard, 1)[0]) not in _ENDING:
        pass
    time.sleep(_PATIENCE)
    os._exit(128 + number)


if __name__ == "__main__":
    main()
