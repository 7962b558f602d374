"""Where requests meet the processes that draw: a bounded pool, a bounded memory of answers, and a limit an address."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as LateError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import field
from functools import cached_property

from cachetools import LRUCache, TTLCache
from pebble import ProcessExpired, ProcessPool

from convanim.base.records import dataclass
from convanim.cli.serving import Limits
from convanim.serve.answers import Answer, Refusal, refused
from convanim.serve.drawing import prepare
from convanim.serve.queries import Query

Work = Callable[[Query, Limits], Answer]
"""What a process does for a query."""

_LOG = logging.getLogger("convanim.serve")
_MEGA = 1_000_000
_PATIENCE = 1
"""Seconds that processes have to end."""

_MINUTE, _MOST_COUNTED = 60, 100_000
"""Seconds of a minute, and how many addresses are counted at a time."""

_TASKS = 2000
"""How many answers a process makes until another takes its place, so that none grows without end."""


@dataclass(eq=False)
class Desk:
    """Answers to queries, from memory or from a process that draws.

    Attributes
    ----------
    limits : Limits
        What is granted.
    """

    limits: Limits
    _drawing: dict[tuple[str, str], asyncio.Task[Answer]] = field(default_factory=dict)
    _processes: ProcessPool | None = None

    @cached_property
    def _kept(self) -> LRUCache[tuple[str, str], Answer]:
        return LRUCache(self.limits.cache * _MEGA, getsizeof=lambda answer: answer.size)

    @property
    def _pool(self) -> ProcessPool:
        """The processes that draw; others, if those that there were cannot go on."""
        if self._processes is None or not self._processes.active:
            self._processes = self._started()
        return self._processes

    def _started(self) -> ProcessPool:
        """Return new processes, each of which begins as a copy of one that has imported what they need."""
        way = "spawn" if sys.platform == "win32" else "forkserver"
        context = multiprocessing.get_context(way)
        if way == "forkserver":
            context.set_forkserver_preload(["convanim.serve.drawing"])
        return ProcessPool(self.limits.workers, _TASKS, prepare, (self.limits,), context)

    @cached_property
    def _counted(self) -> TTLCache[str, list[int]]:
        """How many pictures were drawn for each address within its minute."""
        return TTLCache(_MOST_COUNTED, _MINUTE)

    def open(self) -> None:
        """Start the processes, so that the first request waits for none."""
        self._pool.schedule(len, args=[()])

    def close(self) -> None:
        """End all processes."""
        if self._processes is not None:
            self._processes.stop()
            self._processes.join(_PATIENCE)

    def has(self, query: Query, work: Work) -> bool:
        """Return whether an answer is in memory."""
        return (query.address, work.__name__) in self._kept

    async def answer(self, query: Query, work: Work, address: str) -> Answer:
        """Return the answer to a query, within the limit of time.

        Parameters
        ----------
        query : Query
            What is asked for.
        work : callable
            What a process does to answer it.
        address : str
            Who asks; only what has to be drawn counts against the limit a minute.
        """
        key = query.address, work.__name__
        if (known := self._kept.get(key)) is not None:
            return known
        if not self._may_draw(address):
            return refused(_REFUSALS["many"], query.suffix, {"Retry-After": "60"})
        if key not in self._drawing:
            if len(self._drawing) >= self.limits.waiting:
                return refused(_REFUSALS["busy"], query.suffix, {"Retry-After": "2"})
            task = asyncio.create_task(self._made(key, query, work))
            self._drawing[key] = task
            task.add_done_callback(lambda _: self._drawing.pop(key, None))
        # Whoever hangs up must not end the work that others wait for.
        return await asyncio.shield(self._drawing[key])

    async def _made(self, key: tuple[str, str], query: Query, work: Work) -> Answer:
        """Return what a process makes of a query, and keep it."""
        seconds = self.limits.seconds
        future = self._pool.schedule(work, args=[query, self.limits], timeout=seconds)
        try:
            found: Answer = await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except (LateError, TimeoutError):
            future.cancel()
            return refused(_late(seconds), query.suffix, {"Retry-After": "10"})
        except (ProcessExpired, BrokenProcessPool, CancelledError):
            return refused(_REFUSALS["ended"], query.suffix, {"Retry-After": "2"})
        except Exception as error:
            # What went wrong may repeat what users typed.
            told = error if self.limits.log_queries else None
            _LOG.error("%s; --log-queries tells more", type(error).__name__, exc_info=told)
            return refused(_REFUSALS["ours"], query.suffix)
        if found.size <= self._kept.maxsize:
            self._kept[key] = found
        return found

    def _may_draw(self, address: str) -> bool:
        """Count a picture for an address, and return whether it is within the limit a minute."""
        if not self.limits.per_minute:
            return True
        # The list stays the same, since another would begin another minute.
        count = self._counted.setdefault(address, [0])
        count[0] += 1
        return count[0] <= self.limits.per_minute


_REFUSALS = {
    "many": Refusal(429, "You asked for many pictures within a minute; wait for one, and go on."),
    "busy": Refusal(503, "Many pictures are being drawn here; try again in a moment."),
    "ours": Refusal(500, "This is an error of the server's; it was logged."),
    "ended": Refusal(503, "The process that drew this ended before it was done; try again, or ask for less."),
}


def _late(seconds: float) -> Refusal:
    return Refusal(503, f"This takes longer than {seconds:g} seconds here; ask for a smaller picture or fewer steps.")
