"""Share work among this process and others, which end when it does."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Thread
from traceback import format_exc
from typing import Any, TypeVar

from convanim.base.errors import ConvanimError

Item = TypeVar("Item")
Worker = subprocess.Popen[bytes]

_END = object()
_PATIENCE = 0.5
"""Seconds that a worker has to finish and clean up when its input ends."""

_PROGRAM = (
    "import gc, sys; gc.set_threshold{}; sys.path[:] = sys.argv[1:]; from convanim.base.processes import serve; serve()"
)


def each(work: Callable[[Item], Any], items: Sequence[Item], jobs: int) -> Iterator[Any]:
    """Yield what ``work`` returns for each item, in order, using up to ``jobs`` processes, of which this is one.

    Raises
    ------
    ConvanimError
        If a process ends before its work is done. What ``work`` raises is raised here, too.
    """
    if jobs == 1 or len(items) == 1:
        yield from map(work, items)
        return
    count = min(jobs, len(items))
    idle: SimpleQueue[Worker | None] = SimpleQueue()
    threads = ThreadPoolExecutor(count)
    with ExitStack() as workers:
        # Until another process has imported what it works with, this one is half through with its first item.
        idle.put(None)
        for _ in range(count - 1):
            idle.put(workers.enter_context(_worker(work)))
        workers.callback(threads.shutdown, wait=False, cancel_futures=True)
        yield from threads.map(partial(_asked, work, idle, jobs), items)


def serve() -> None:
    """Do tasks from standard input, write results to standard output, and exit when the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    # Output printed by libraries must not mix with the results.
    os.dup2(2, 1)
    tasks: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(tasks,), daemon=True).start()
    work = tasks.get()
    while (item := tasks.get()) is not _END:
        pickle.dump(_outcome(work, item), answers)
        answers.flush()


@contextmanager
def _worker(work: Callable[[Any], Any]) -> Iterator[Worker]:
    """Start a worker in its own process group, so that Ctrl-C only reaches the process that started it."""
    apart: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [sys.executable, "-c", _PROGRAM.format(gc.get_threshold()), *sys.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=-1, **apart) as worker:
        try:
            _tell(worker, work)
            yield worker
        except BaseException:
            worker.kill()
            raise


def _asked(work: Callable[[Any], Any], idle: SimpleQueue[Worker | None], jobs: int, item: Any) -> Any:
    """Return the result of an idle worker for an item, or of this process."""
    worker = idle.get()
    try:
        done, answer = _outcome(work, item) if worker is None else _answer(worker, item)
    except (BrokenPipeError, EOFError, pickle.UnpicklingError) as error:
        raise ConvanimError("jobs", jobs, "lost a process before its work was done; use fewer") from error
    finally:
        idle.put(worker)
    if not done:
        raise answer
    return answer


def _answer(worker: Worker, item: Any) -> tuple[bool, Any]:
    _tell(worker, item)
    assert worker.stdout is not None
    done, answer = pickle.load(worker.stdout)
    return done, answer


def _tell(worker: Worker, message: Any) -> None:
    assert worker.stdin is not None
    pickle.dump(message, worker.stdin)
    worker.stdin.flush()


def _listen(tasks: SimpleQueue[Any]) -> None:
    try:
        while True:
            tasks.put(pickle.load(sys.stdin.buffer))
    except (EOFError, pickle.UnpicklingError):
        tasks.put(_END)
    time.sleep(_PATIENCE)
    # Nobody is left to take the results, so exit even during work.
    os._exit(1)


def _outcome(work: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
    try:
        return True, work(item)
    except Exception as error:
        error.add_note(format_exc())
        return False, error
