"""Where interpolation reads along one axis: the place of each output on the input, and the cells around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, gcd, pi, sin

from convanim.base.language import message
from convanim.base.later import np
from convanim.base.records import dataclass
from convanim.layers.sampled_axis import SampledAxis

_MOST_DENOMINATOR = 1000
"""The largest denominator of a factor as it is written."""

_HALF = Fraction(1, 2)

BY_AXES = {
    "linear": (message("linear"), message("bilinear"), message("trilinear")),
    "cubic": (message("cubic"), message("bicubic"), message("tricubic")),
}
"""What linear and cubic interpolation are called over one axis, two and three."""

MODES = (
    # Translators: Modes of interpolation, as in "bilinear upsampling".
    message("nearest"),
    message("nearest-exact"),
    *BY_AXES["linear"],
    *BY_AXES["cubic"],
    "lanczos3",
    "lanczos5",
    message("area"),
)
"""The modes of interpolation; ``linear`` and ``cubic`` are taken for any number of axes."""

MODE_KINDS = {name: kind for kind, names in BY_AXES.items() for name in names} | {
    name: name for name in ("lanczos3", "lanczos5")
}
"""The key of `FILTERS` of each mode that weighs cells."""

Line = tuple[Fraction, Fraction]
"""The place on the input of the first output, and the step from one to the next."""


@dataclass(frozen=True)
class Resampling:
    """A change of size along one axis.

    Attributes
    ----------
    before, after : int
        Cells of the input and the output.
    scale : Fraction
        By how much the axis becomes longer, before that is rounded.
    coordinates, rounding : str
        Keys of `COORDINATES` and `ROUNDINGS`.
    """

    before: int
    after: int
    scale: Fraction
    coordinates: str
    rounding: str

    @property
    def line(self) -> Line | None:
        """The place of the first output and the step to the next; None where the coordinates are not known."""
        known = COORDINATES.get(self.coordinates)
        return known.line(self) if known else None

    def nearest(self, place: Fraction) -> int:
        """Return the cell that a place between cells is rounded to, as if the axis had no ends."""
        return ROUNDINGS[self.rounding](place)

    @property
    def written_scale(self) -> Fraction:
        """The factor as it is written: not as the nearest number that a computer has."""
        return self.scale.limit_denominator(_MOST_DENOMINATOR)

    def copying(self, axis: SampledAxis) -> str:
        """Return the formula of the cell that output o of an axis copies, as PyTorch lays outputs over inputs.

        It is empty where there is none, since PyTorch takes shortcuts and rounds factors.

        Examples
        --------
        >>> its = Resampling(4, 6, Fraction(3, 2), "asymmetric", "floor")
        >>> its.copying(copied_axis(its, True, False))
        '⌊o / 1.5⌋'
        """
        shift = Fraction(0) if self.coordinates == "asymmetric" else _HALF
        cells = [floor((output + shift) / self.written_scale) for output in range(self.after)]
        if any(min(cell, self.before - 1) != own[0] for cell, own in zip(cells, axis.windows, strict=True)):
            return ""
        return f"⌊{_divided('(o + 0.5)' if shift else 'o', self.written_scale)}⌋"

    @property
    def copies(self) -> bool:
        """Whether rounding makes of every cell the same number of copies beside each other."""
        if self.line is None or self.scale.denominator > 1 or self.after != self.before * self.scale:
            return False
        (start, step), factor = self.line, int(self.scale)
        # Places move on evenly, so that what holds at both ends and beside them holds between them.
        cells = range(self.before)
        ends = [(cell, cell * factor + more) for cell in {*cells[:2], *cells[-2:]} for more in (0, factor - 1)]
        return all(min(max(self.nearest(start + step * output), 0), cells[-1]) == cell for cell, output in ends)


def _divided(what: str, scale: Fraction) -> str:
    """Return a formula divided by a factor: a decimal number, or a fraction.

    Examples
    --------
    >>> _divided("o", Fraction(3, 2)), _divided("o", Fraction(4, 3)), _divided("o", Fraction(1, 3))
    ('o / 1.5', 'o·3/4', 'o·3')
    """
    if scale > 1 and _MOST_DENOMINATOR % scale.denominator == 0:
        return f"{what} / {float(scale):.10g}"
    if scale.numerator == 1:
        return what if scale.denominator == 1 else f"{what}·{scale.denominator}"
    return f"{what}·{scale.denominator}/{scale.numerator}"


def _half_pixel(its: Resampling) -> Line:
    step = 1 / its.scale
    return step / 2 - _HALF, step


def _asymmetric(its: Resampling) -> Line:
    return Fraction(0), 1 / its.scale


def _align_corners(its: Resampling) -> Line:
    return Fraction(0), Fraction(its.before - 1, max(its.after - 1, 1))


def _pytorch_half_pixel(its: Resampling) -> Line:
    return _asymmetric(its) if its.after == 1 else _half_pixel(its)


def _half_pixel_symmetric(its: Resampling) -> Line:
    start, step = _half_pixel(its)
    return start + Fraction(its.before, 2) * (1 - its.after * step / its.before), step


def _tf_half_pixel_for_nn(its: Resampling) -> Line:
    step = 1 / its.scale
    return step / 2, step


@dataclass(frozen=True)
class Coordinates:
    """How outputs are laid over the input.

    Attributes
    ----------
    about : str
        What falls on what.
    formula : str
        The place x of output o, where the size is n before and m after, and r the factor between them.
    line : callable
        Returns the place of the first output and the step to the next.
    """

    about: str
    formula: str
    line: Callable[[Resampling], Line]


COORDINATES: Mapping[str, Coordinates] = {
    # Translators: Names of ONNX and PyTorch for where outputs are read; underscores become blanks.
    message("half_pixel"): Coordinates(message("the edges of both fall together"), "(o + 0.5) / r − 0.5", _half_pixel),
    message("align_corners"): Coordinates(
        message("the middles of their corner cells fall together"), "o·(n − 1) / (m − 1)", _align_corners
    ),
    message("asymmetric"): Coordinates(message("the middles of their first cells fall together"), "o / r", _asymmetric),
    message("pytorch_half_pixel"): Coordinates(
        message("as half_pixel, and an output of one cell takes the first"), "(o + 0.5) / r − 0.5", _pytorch_half_pixel
    ),
    message("half_pixel_symmetric"): Coordinates(
        message("the middles of both fall together"), "(o + 0.5) / r − 0.5 + n/2·(1 − m/(n·r))", _half_pixel_symmetric
    ),
    message("tf_half_pixel_for_nn"): Coordinates(
        message("as half_pixel, half a cell further"), "(o + 0.5) / r", _tf_half_pixel_for_nn
    ),
}
"""The ways to lay outputs over an input, by the names of ONNX's ``coordinate_transformation_mode``."""

ROUNDINGS: Mapping[str, Callable[[Fraction], int]] = {
    # Translators: Names of ONNX for how places are rounded; underscores become blanks.
    message("floor"): floor,
    message("ceil"): ceil,
    message("round_prefer_floor"): lambda place: ceil(place - _HALF),
    message("round_prefer_ceil"): lambda place: floor(place + _HALF),
}
"""The cell that a place between cells is rounded to, by ONNX's ``nearest_mode``."""


@dataclass(frozen=True)
class Filter:
    """How much a cell counts, by its distance from the place that is read.

    Attributes
    ----------
    reach : int
        Cells at this distance or further do not count.
    share : callable
        The share of a cell by its distance, in cells, and the coefficient of cubic interpolation.
    """

    reach: int
    share: Callable[[Fraction, Fraction], Fraction]


def _cubic(distance: Fraction, a: Fraction) -> Fraction:
    """Return the share of a cell in cubic convolution (R. G. Keys, 1981, equation 4, with its a)."""
    if distance <= 1:
        return ((a + 2) * distance - (a + 3)) * distance**2 + 1
    return a * (((distance - 5) * distance + 8) * distance - 4)


def _lanczos(lobes: int) -> Filter:
    """Return the windowed sinc of some lobes on each side (C. E. Duchon, 1979)."""

    def share(distance: Fraction, a: Fraction) -> Fraction:
        if distance.denominator == 1:
            return Fraction(distance == 0)
        at = pi * float(distance)
        return Fraction(lobes * sin(at) * sin(at / lobes) / at**2)

    return Filter(lobes, share)


FILTERS: Mapping[str, Filter] = {
    "linear": Filter(1, lambda distance, a: 1 - distance),
    "cubic": Filter(2, _cubic),
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}
"""The kinds of interpolation that weigh cells by their distance."""


@lru_cache(maxsize=64)
def copied_axis(its: Resampling, is_single_precision: bool, has_shortcuts: bool = False) -> SampledAxis:
    """Return the axis of nearest interpolation: each output copies the cell that its place is rounded to.

    Parameters
    ----------
    its : Resampling
        The change of size; its coordinates are known.
    is_single_precision : bool
        Whether places are computed in single precision, as PyTorch does,
        which may round a place on the border of two cells to the other cell.
    has_shortcuts : bool
        Whether cells are copied once or twice each, whatever the factor, where the axis keeps its size
        or doubles, as in PyTorch over two axes.
    """
    places, step = _places(its)
    cells = [its.nearest(place) for place in places]
    cycle = tuple((cell,) for cell in cells[: _period(its, step)])
    if is_single_precision:
        outputs, between = np.arange(its.after, dtype=np.float32), np.float32(float(step))
        shifted = outputs if its.rounding == "floor" else outputs + np.float32(0.5)
        cells = np.floor(shifted * between).astype(int).tolist()
    if has_shortcuts and its.after in (its.before, 2 * its.before):
        cells = [output * its.before // its.after for output in range(its.after)]
    windows = tuple((min(max(cell, 0), its.before - 1),) for cell in cells)
    return SampledAxis(
        its.before, 1, windows=windows, places=_floats(places), cycle=cycle, shift=round(step * len(cycle))
    )


@lru_cache(maxsize=64)
def weighed_axis(
    its: Resampling, kind: str, a: Fraction = Fraction(0), antialias: bool = False, exclude_outside: bool = False
) -> SampledAxis:
    """Return the axis of linear or cubic interpolation: each output is a mean of the cells around its place.

    Parameters
    ----------
    its : Resampling
        The change of size; its coordinates are known.
    kind : str
        A key of `FILTERS`.
    a : Fraction
        The coefficient of cubic interpolation.
    antialias : bool
        Whether the filter is widened where the axis becomes shorter, so that every cell counts.
    exclude_outside : bool
        Whether cells beyond the ends do not count, and the others count for more; else the cells
        at the ends stand for them.
    """
    (places, step), rule = _places(its), FILTERS[kind]
    wide = max(1 / its.scale, Fraction(1)) if antialias else Fraction(1)
    around = [_around(place, rule, wide, a) for place in places]
    shared = [_within(found, its.before, exclude_outside) for found in around]
    repeated = around[: _period(its, step)]
    cycle = tuple(tuple(found) for found in repeated)
    return SampledAxis(
        its.before,
        max(map(len, shared)),
        windows=tuple(tuple(known) for known in shared),
        shares=tuple(_floats(known.values()) for known in shared),
        places=_floats(places),
        cycle=cycle,
        cycle_shares=tuple(_floats(share / sum(found.values()) for share in found.values()) for found in repeated),
        shift=round(step * len(cycle)),
    )


@lru_cache(maxsize=64)
def adaptive_axis(before: int, after: int) -> SampledAxis:
    """Return the axis of adaptive pooling: windows that cover the input evenly, as PyTorch places them.

    Output o reads the cells from ⌊o·n/m⌋ to ⌈(o + 1)·n/m⌉ − 1.
    """
    windows = tuple(tuple(range(o * before // after, -(-(o + 1) * before // after))) for o in range(after))
    shared = gcd(before, after)
    return SampledAxis(
        before, max(map(len, windows)), windows=windows, cycle=windows[: after // shared], shift=before // shared
    )


def _around(place: Fraction, rule: Filter, wide: Fraction, a: Fraction) -> dict[int, Fraction]:
    """Return the share of each cell around a place, as if the axis had no ends."""
    reach = rule.reach * wide
    shares = {
        cell: rule.share(abs(cell - place) / wide, a) for cell in range(floor(place - reach) + 1, ceil(place + reach))
    }
    return {cell: share for cell, share in shares.items() if share}


def _within(shares: Mapping[int, Fraction], size: int, exclude_outside: bool) -> dict[int, Fraction]:
    """Return the shares of the cells of an axis, which add up to 1."""
    found = dict[int, Fraction]()
    for cell, share in shares.items():
        inner = min(max(cell, 0), size - 1)
        if inner == cell or not exclude_outside:
            found[inner] = found.get(inner, Fraction(0)) + share
    total = sum(found.values(), Fraction(0))
    # A place far outside has no cell around it; the cell at that end is taken.
    whole = {cell: share / total for cell, share in found.items() if share} if total else {}
    return whole or {size - 1 if min(shares) > 0 else 0: Fraction(1)}


def _places(its: Resampling) -> tuple[list[Fraction], Fraction]:
    """Return the place of each output, and the step from one to the next."""
    assert its.line is not None
    start, step = its.line
    return [start + step * output for output in range(its.after)], step


def _period(its: Resampling, step: Fraction) -> int:
    """Return after how many outputs places stand alike between cells again."""
    return min(step.denominator, its.after)


def _floats(numbers: Iterable[Fraction]) -> tuple[float, ...]:
    return tuple(map(float, numbers))
