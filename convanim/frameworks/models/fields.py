"""Receptive fields: which cells of a model's input the cells of each tensor depend on, axis by axis, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import gcd, lcm

from convanim.base.records import dataclass

MOST_PERIOD = 256
"""Neighbouring cells that each see something else: eight doublings one after the other have so many."""

_FARTHEST = 2**40
"""Cells beyond which nothing is counted."""


@dataclass(frozen=True)
class Seen:
    """Which cells along an axis of the input the cells along an axis of a tensor see, as if neither had ends.

    Cell ``q·P + r``, where P is the number of ``lows``, sees from
    ``lows[r] + q·shift`` to ``highs[r] + q·shift``. A convolution has one
    period of one cell; behind whatever spreads its input, neighbours differ.
    For P of 1 these are the rules for jump, start and size of A. Araujo,
    W. Norris and J. Sim, *Computing receptive fields of convolutional neural
    networks*, Distill 2019.

    Attributes
    ----------
    source : int
        The input's axis.
    lows, highs : tuple of int or None
        First and last cell, None for a cell that sees nothing.
    shift : int
        How far the input moves on in one period.
    """

    source: int
    lows: tuple[int | None, ...] = (0,)
    highs: tuple[int | None, ...] = (0,)
    shift: int = 1

    @property
    def period(self) -> int:
        """Cells after which the same is seen again, further on."""
        return len(self.lows)

    @property
    def extent(self) -> int:
        """Input cells, from the first to the last, that one cell sees at most."""
        pairs = zip(self.lows, self.highs, strict=True)
        return max((high - low + 1 for low, high in pairs if low is not None and high is not None), default=0)

    def cell(self, index: int) -> tuple[int, int] | None:
        """Return the first and the last input cell that a cell sees, if any."""
        turns, place = divmod(index, self.period)
        low, high = self.lows[place], self.highs[place]
        return None if low is None or high is None else (low + turns * self.shift, high + turns * self.shift)

    def through(self, outputs: int, inputs: int, reads: Callable[[int], Iterable[int]]) -> Seen | None:
        """Return what the outputs of an operation see.

        Parameters
        ----------
        outputs, inputs : int
            So many outputs further on, so many inputs further on are read.
        reads : callable
            An output cell to the input cells that it is made of.

        Returns
        -------
        Seen or None
            None where too many neighbours differ, or the numbers are too large.
        """
        turns = self.period // gcd(self.period, inputs)
        period, shift = outputs * turns, inputs * turns // self.period * self.shift
        if period > MOST_PERIOD or shift > _FARTHEST:
            return None
        ends = []
        for output in range(period):
            found = [pair for cell in reads(output) if (pair := self.cell(cell)) is not None]
            ends.append((min(low for low, _ in found), max(high for _, high in found)) if found else (None, None))
        if any(low is not None and max(abs(low), abs(high or 0)) > _FARTHEST for low, high in ends):
            return None
        if not ends:
            return None
        lows, highs = zip(*ends, strict=True)
        return Seen(self.source, lows, highs, shift)


@lru_cache(maxsize=1024)
def windowed(seen: Seen, kernel: int, stride: int, dilation: int, low: int, spacing: int = 1) -> Seen | None:
    """Return what the outputs of windows see; the parameters are those of an `Axis`.

    Output o reads the kernel's positions from o·stride − low on, and an input
    cell stands at every position that `spacing` divides.
    """
    if spacing * seen.period > MOST_PERIOD:
        return None
    taps = ends_of_window(kernel, seen.period * spacing)

    def reads(output: int) -> Iterable[int]:
        positions = (divmod(output * stride - low + dilation * tap, spacing) for tap in taps)
        return (cell for cell, rest in positions if not rest)

    return seen.through(spacing, stride, reads)


@lru_cache(maxsize=1024)
def scaled(seen: Seen, larger: int, smaller: int, beside: int = 0) -> Seen | None:
    """Return what the outputs of a resizing by larger / smaller see.

    Parameters
    ----------
    seen : Seen
        Of what is resized.
    larger, smaller : int
        The factor.
    beside : int
        Cells that are read on both sides of the place between two cells where
        an output stands; 0 for the cell that an output lies in.
    """

    def reads(output: int) -> Iterable[int]:
        if not beside:
            return (output * smaller // larger,)
        below = ((2 * output + 1) * smaller - larger) // (2 * larger)
        return range(below - beside + 1, below + beside + 1)

    return None if larger > MOST_PERIOD else seen.through(larger, smaller, reads)


def adapted(seen: Seen, larger: int, smaller: int) -> Seen | None:
    """Return what the outputs of a pooling see whose windows share their input out, by larger / smaller outputs.

    Parameters
    ----------
    seen : Seen
        Of what is pooled.
    larger, smaller : int
        How many outputs there are of so many cells, as a fraction.
    """

    def reads(output: int) -> Iterable[int]:
        return range(output * smaller // larger, -(-(output + 1) * smaller // larger))

    return None if larger > MOST_PERIOD else seen.through(larger, smaller, reads)


@lru_cache(maxsize=1024)
def together(seens: tuple[Seen, ...]) -> Seen | None:
    """Return what cells see that are made of the cells at the same place of several tensors.

    None where the tensors move on at different paces.
    """
    first = seens[0]
    if len(set(seens)) == 1:
        return first
    period = lcm(*(one.period for one in seens))
    shifts = {one.shift * period // one.period for one in seens}
    if len(shifts) > 1 or period > MOST_PERIOD or any(one.source != first.source for one in seens):
        return None
    ends = []
    for index in range(period):
        found = [pair for one in seens if (pair := one.cell(index)) is not None]
        ends.append((min(low for low, _ in found), max(high for _, high in found)) if found else (None, None))
    lows, highs = zip(*ends, strict=True)
    return Seen(first.source, lows, highs, shifts.pop())


def ends_of_window(kernel: int, most: int) -> Sequence[int]:
    """Return the taps that can be a window's first or last; those between see nothing beyond them."""
    return range(kernel) if kernel <= 2 * most else (*range(most), *range(kernel - most, kernel))


@dataclass(frozen=True)
class Reach:
    """What one cell sees of the model's input, along each of the input's axes.

    Attributes
    ----------
    size : tuple of int
        Cells from the first to the last, not cut at the input's ends.
    stride, padding : tuple of int or None
        How far it moves on from one cell to the next, and how far the first
        cell's field begins before the input; None where neighbours differ.
    is_bound : bool
        Whether it may be less.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...] | None
    padding: tuple[int, ...] | None
    is_bound: bool


@dataclass(frozen=True)
class Field:
    """What a tensor sees of the model's input.

    Attributes
    ----------
    axes : tuple of Seen or None
        Of each axis of the tensor, None where its place says nothing of what is seen.
    whole : frozenset of int
        The input's axes of which every cell may be seen, wherever one is.
    is_bound : bool
        Whether less may be seen.
    """

    axes: tuple[Seen | None, ...] = ()
    whole: frozenset[int] = frozenset()
    is_bound: bool = False

    @classmethod
    def of(cls, rank: int, *others: Field, is_bound: bool = False) -> Field:
        """Return what a tensor sees whose cells are each made of everything in others."""
        whole = frozenset(one.source for other in others for one in other.axes if one)
        return cls(
            (None,) * rank,
            whole.union(*(other.whole for other in others)),
            is_bound or any(other.is_bound for other in others),
        )

    def arranged(self, axes: Sequence[Seen | int | None], is_bound: bool = False) -> Field:
        """Return what is seen from other axes: those of ours by number, new ones, and None for any other.

        What no axis of these says any more is seen as a whole.
        """
        found = tuple(self.axes[one] if isinstance(one, int) else one for one in axes)
        lost = {one.source for one in self.axes if one} - {one.source for one in found if one}
        return Field(found, self.whole | lost, self.is_bound or is_bound)

    def without(self, lost: Iterable[int]) -> Field:
        """Return what is seen where each cell is made of all others along some axes."""
        gone = set(lost)
        return self.arranged([None if number in gone else number for number in range(len(self.axes))])

    def reach(self, axes: Sequence[int], dims: Sequence[int], places: Sequence[int]) -> Reach | None:
        """Return what a cell sees, None where it sees nothing; the parameters are those of `size`."""
        size = self.size(axes, dims, places)
        if size is None:
            return None
        seen = {own.source: own for axis in axes if (own := self.axes[axis]) is not None}
        plain = [
            seen[place] for place in places if place in seen and place not in self.whole and seen[place].period == 1
        ]
        is_plain = len(plain) == len(places) and all(own.lows[0] is not None for own in plain)
        stride = tuple(own.shift for own in plain) if is_plain else None
        padding = tuple(-(own.lows[0] or 0) for own in plain) if is_plain else None
        return Reach(size, stride, padding, self.is_bound)

    def size(self, axes: Sequence[int], dims: Sequence[int], places: Sequence[int]) -> tuple[int, ...] | None:
        """Return how many cells of some axes of the input a cell sees, None where it sees none.

        Parameters
        ----------
        axes : sequence of int
            The tensor's, those with places.
        dims, places : sequence of int
            The input's own sizes, and which of them have places.
        """
        found = []
        for place in places:
            extents = [own.extent for axis in axes if (own := self.axes[axis]) and own.source == place]
            if place in self.whole:
                extents = [max([dims[place], *extents])]
            if not extents:
                return None
            found.append(max(extents))
        return tuple(found)


def merged(fields: Sequence[Field], aligned: Sequence[Sequence[int | None]], sizes: Sequence[Sequence[int]]) -> Field:
    """Return what cells see that are made of the cells at the same place of several tensors.

    Parameters
    ----------
    fields : sequence of Field
        Of each tensor.
    aligned : sequence of sequence of int or None
        Of each axis of the result, the axis of each tensor that goes with it.
    sizes : sequence of sequence of int
        Of each tensor's axes; along one of size 1 there is one place for all.
    """
    axes: list[Seen | None] = []
    whole = frozenset[int]().union(*(field.whole for field in fields))
    is_bound = any(field.is_bound for field in fields)
    for numbers in aligned:
        own: list[Seen] = []
        fixed: list[Seen] = []
        for field, number, size in zip(fields, numbers, sizes, strict=True):
            seen = None if number is None else field.axes[number]
            if seen is not None and number is not None:
                (fixed if size[number] == 1 else own).append(seen)
        met = own or fixed
        same = together(tuple(met)) if met else None
        axes.append(same)
        if (own and fixed) or (met and same is None):
            # Cells that move on meet some that stay, or that move on at another pace.
            whole |= {one.source for one in (*own, *fixed)}
            is_bound = True
    return Field(tuple(axes), whole, is_bound)
