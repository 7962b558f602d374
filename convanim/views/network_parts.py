"""The blocks of a network in order: one after the other, in branches that meet again, equal ones folded, and Us."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property

from convanim.base.records import dataclass
from convanim.frameworks.models.network import Block

_MOST_PERIOD = 8
"""The most parts that are folded together where they are repeated."""


@dataclass(frozen=True)
class Fork:
    """Branches that begin at one block, and the block in which they meet; None where they do not."""

    branches: tuple[Run, ...]
    join: int | None


@dataclass(frozen=True)
class Tangle:
    """Blocks in a row that take more than what stands before them."""

    blocks: tuple[int, ...]


@dataclass(frozen=True)
class Repeat:
    """Parts that follow each other several times, of which the first are drawn, and the last of them."""

    run: Run
    times: int
    last: Run = field(default=(), compare=False)


@dataclass(frozen=True)
class Bundle:
    """Branches that are drawn as one block: what they make together, and how many they are."""

    join: int
    count: int


Part = int | Fork | Tangle | Repeat | Bundle
Run = tuple[Part, ...]
"""Parts that follow each other."""

_START = -1


@dataclass(frozen=True)
class _Graph:
    """Which blocks take what each block makes."""

    blocks: tuple[Block, ...]

    @cached_property
    def takers(self) -> dict[int, tuple[int, ...]]:
        """The blocks that take what a block makes."""
        found: dict[int, list[int]] = {at: [] for at in range(_START, len(self.blocks))}
        for at, block in enumerate(self.blocks):
            for source in block.sources or (_START,):
                found[source].append(at)
        return {at: tuple(takers) for at, takers in found.items()}

    def last_taker(self, at: int, nodes: Container[int]) -> int:
        """Return the last of some blocks that takes what one makes; the end where it, or none, is not among them."""
        takers = self.takers[at] or (self.end,)
        return max(taker if taker in nodes else self.end for taker in takers)

    @property
    def end(self) -> int:
        """The number behind the last block."""
        return len(self.blocks)

    def run(self, nodes: Sequence[int], start: int) -> Run | None:
        """Return blocks that all lead from one block to one as parts, None where others lead into their midst."""
        parts: list[Part] = []
        known, left = {start, *nodes}, list(nodes)
        # What else takes the block that a branch begins at is of other branches.
        count, last = 0, max(taker for taker in self.takers[start] if taker in known)
        while left:
            if any(source not in known for at in left for source in self.blocks[at].sources or (_START,)):
                return None
            while count < len(left) and left[count] < last:
                last = max(last, self.last_taker(left[count], known))
                count += 1
            between, left = left[:count], left[count:]
            join = left.pop(0) if left else None
            if between:
                if join is None and not parts and len(self._apart(between)) == 1:
                    return None
                parts += self.between(between, start, join, is_first=not parts)
            elif join is not None:
                parts.append(join)
            if join is None:
                break
            start, known = join, {join, *left}
            count, last = 0, self.last_taker(start, known)
        return tuple(parts)

    def between(self, nodes: Sequence[int], start: int, join: int | None, is_first: bool) -> tuple[Part, ...]:
        """Return the branches between two blocks."""
        branches = [self.run(branch, start) for branch in self._apart(nodes)]
        if any(branch is None for branch in branches):
            return (Tangle((*nodes, *([] if join is None else [join]))),)
        found = [branch for branch in branches if branch is not None]
        leaves = not is_first and self.last_taker(start, nodes) == self.end
        if leaves if join is None else join in self.takers[start]:
            found.insert(0, ())
        if len(found) == 1 and join is None:
            return found[0]
        return (Fork(tuple(found), join),)

    def _apart(self, nodes: Sequence[int]) -> list[list[int]]:
        """Return blocks in groups of which none takes what another makes."""
        group = {at: at for at in nodes}
        for at in nodes:
            for source in self.blocks[at].sources:
                if source in group and group[source] != group[at]:
                    old, new = group[at], group[source]
                    group = {one: new if its == old else its for one, its in group.items()}
        return [[at for at in nodes if group[at] == its] for its in dict.fromkeys(group.values())]


def parts_of(blocks: tuple[Block, ...]) -> Run:
    """Return the blocks of a network as parts in order.

    Examples
    --------
    >>> one = Block("conv", (4, 4), 1)
    >>> rest = [Block("conv", (4, 4), 1, (0,)), Block("join", (4, 4), 1, (0, 1))]
    >>> parts_of((one, *rest))
    (0, Fork(branches=((), (1,)), join=2))
    """
    nodes = range(len(blocks))
    return _Graph(blocks).run(nodes, _START) or (Tangle(tuple(nodes)),)


def numbers_in(part: Part) -> Iterator[int]:
    """Yield the numbers of the blocks of a part that are drawn."""
    if isinstance(part, int):
        yield part
    elif isinstance(part, Tangle):
        yield from part.blocks
    elif isinstance(part, Bundle):
        yield part.join
    elif isinstance(part, Repeat):
        for one in part.run:
            yield from numbers_in(one)
    else:
        for branch in part.branches:
            for one in branch:
                yield from numbers_in(one)
        if part.join is not None:
            yield part.join


def bundled(run: Run) -> Run:
    """Return parts with three or more branches that meet drawn as one block."""

    def one(part: Part) -> Part:
        if isinstance(part, Fork) and part.join is not None and len([its for its in part.branches if its]) > 2:
            return Bundle(part.join, len(part.branches))
        if isinstance(part, Fork):
            return Fork(tuple(bundled(branch) for branch in part.branches), part.join)
        return part

    return tuple(map(one, run))


def folded(run: Run, look: Callable[[int], Hashable]) -> Run:
    """Return parts with those folded that look the same and follow each other.

    Parameters
    ----------
    run : tuple of parts
        The parts.
    look : callable
        Maps the number of a block to what it has in common with those that look the same.
    """
    inner = [
        Fork(tuple(folded(branch, look) for branch in part.branches), part.join) if isinstance(part, Fork) else part
        for part in run
    ]
    looks = [_look(part, look) for part in inner]
    found: list[Part] = []
    at = 0
    while at < len(inner):
        period, times = max(
            ((period, _times(looks, at, period)) for period in range(1, _MOST_PERIOD + 1)),
            key=lambda one: (one[0] * (one[1] - 1), -one[0]),
        )
        if times > 1:
            end = at + period * times
            found.append(Repeat(tuple(inner[at : at + period]), times, tuple(inner[end - period : end])))
            at = end
        else:
            found.append(inner[at])
            at += 1
    return tuple(found)


def _times(looks: Sequence[Hashable], at: int, period: int) -> int:
    """Return how many times in a row the same parts follow each other."""
    first, times = looks[at : at + period], 1
    while looks[at + times * period : at + (times + 1) * period] == first and len(first) == period:
        times += 1
    return times


def _look(part: Part, look: Callable[[int], Hashable]) -> Hashable:
    if isinstance(part, int):
        return look(part)
    if isinstance(part, Bundle):
        return ("bundle", part.count, look(part.join))
    if isinstance(part, Tangle):
        return ("tangle", tuple(map(look, part.blocks)))
    if isinstance(part, Repeat):
        return ("repeat", part.times, tuple(_look(one, look) for one in part.run))
    branches = tuple(tuple(_look(one, look) for one in branch) for branch in part.branches)
    return ("fork", branches, None if part.join is None else look(part.join))


@dataclass(frozen=True)
class Split:
    """A run as the two sides of a U and what lies between them: all of larger maps is before it or after it."""

    before: Run
    inner: Run
    after: Run


def split_u(blocks: Sequence[Block], parts: Run) -> Split | None:
    """Return the sides of the U that parts form, None where they form none."""
    for at, part in enumerate(parts):
        if not isinstance(part, Fork) or part.join is None or len(part.branches) != 2 or () not in part.branches:
            continue
        inner, end = max(part.branches, key=len), blocks[part.join]
        rise = next((n for n, one in enumerate(inner) if all(_size_of(blocks, it) == end.size for it in inner[n:])), 0)
        if at and end.operation == "Concat" and end.size and 0 < rise < len(inner) and _is_row(inner[rise:]):
            return Split(parts[:at], inner[:rise], (part.join, *inner[rise:], *parts[at + 1 :]))
    return None


def depth_of_u(blocks: Sequence[Block], parts: Run) -> int:
    """Return how many levels the U has that parts form, besides the lowest."""
    found = split_u(blocks, parts)
    return 0 if found is None else 1 + depth_of_u(blocks, found.inner)


def copying(blocks: Sequence[Block], parts: Run) -> tuple[Block, ...]:
    """Return blocks in which those that join the sides of a U are the copies of what leads there at once."""
    found = split_u(blocks, parts)
    if found is None:
        return tuple(blocks)
    join = found.after[0]
    assert isinstance(join, int)
    copy = replace(blocks[join], kind="copy", channels=blocks[min(blocks[join].sources)].channels)
    return (*(copying(blocks[:join], found.inner)), copy, *blocks[join + 1 :])


def _size_of(blocks: Sequence[Block], part: Part) -> tuple[int, ...] | None:
    """Return the size of a block, None for parts that are more than one."""
    return blocks[part].size if isinstance(part, int) else None


def _is_row(parts: Run) -> bool:
    return all(isinstance(part, int) for part in parts)


def grown(run: Run, blocks: Sequence[Block]) -> dict[int, int]:
    """Return the channels of the last of what is drawn once, by the first one's number, where they differ."""
    found: dict[int, int] = {}
    for part in run:
        if isinstance(part, Repeat):
            pairs = zip(_inside(part.run), _inside(part.last), strict=True)
            found |= {
                one: blocks[last].channels for one, last in pairs if blocks[one].channels != blocks[last].channels
            }
            found |= grown(part.run, blocks)
        elif isinstance(part, Fork):
            for branch in part.branches:
                found |= grown(branch, blocks)
    return found


def _inside(run: Run) -> list[int]:
    return [number for part in run for number in numbers_in(part)]
