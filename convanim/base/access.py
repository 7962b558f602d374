"""Whether a text that a user wrote may name a file that is read, and what standard input holds where none may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from convanim.base.errors import ConvanimError

_STANDING_IN: ContextVar[str | None] = ContextVar("standing_in", default=None)


@contextmanager
def nothing_read(standing_in: str = "") -> Iterator[None]:
    """Refuse, within the context, to read any file or stream that a text names.

    Parameters
    ----------
    standing_in : str
        What is taken for standard input.
    """
    token = _STANDING_IN.set(standing_in)
    try:
        yield
    finally:
        _STANDING_IN.reset(token)


def in_place_of_input() -> str | None:
    """Return what is taken for standard input, or None where standard input itself is read."""
    return _STANDING_IN.get()


def refuse_reading(option: str, text: str, instead: str) -> None:
    """Raise if nothing that a text names may be read.

    Parameters
    ----------
    option, text : str
        The parameter, and its value.
    instead : str
        What is taken instead, as the object of "write".

    Raises
    ------
    ConvanimError
        Within `nothing_read`; it tells nothing about the file.
    """
    if _STANDING_IN.get() is not None:
        raise ConvanimError(option, repr(text), f"names a file, and none is read here; write {instead}")
