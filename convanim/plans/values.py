"""Numbers of inputs, kernels and results: check them, look up named kernels, draw random ones, format them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from math import comb, lcm, prod
from typing import TYPE_CHECKING, Any, TypeAlias

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import one_of, per_axis, quoted, short, spelled, whole
from convanim.base.records import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

Numbers: TypeAlias = "NDArray[Any]"
"""Whole numbers (of any size, if they are Python's own) or floats."""

LARGEST = 10**9
"""The largest number that an input or a kernel may hold; larger ones are unreadable in a picture."""

MOST_CELLS = 5_000_000
"""The largest number of cells of an input or a kernel."""

MOST_DECIMALS = 6
MOST_SEED = 2**32 - 1
MINUS = "\N{MINUS SIGN}"
_MOST_DENOMINATOR, _ROUNDING = 64, 1e-9
"""The largest denominator of a fraction that is written as one, and how far off it may be."""

_EXACT = Context(prec=2000)
"""Enough digits for any number that a computer holds."""

_MOST_COMMON = 999
"""The largest denominator that all weights of a kernel have in common."""

_INPUT_VALUES, _KERNEL_VALUES = 4, 3
"""Random inputs are 0 to 3 and random kernels 0 to 2, as in the guide's numerical figures."""


@dataclass(frozen=True)
class NamedKernel:
    """A named kernel.

    Attributes
    ----------
    about : str
        What the kernel does.
    size : int
        Its number of rows and columns, unless another size is asked for.
    make : callable
        Returns its numbers for a size, one entry per axis.
    is_scalable : bool
        Whether it comes in other sizes, with one, two or three axes.
    """

    about: str
    size: int
    make: Callable[[tuple[int, ...]], Numbers]
    is_scalable: bool = False


def _fixed(about: str, *rows: tuple[int, ...]) -> NamedKernel:
    return NamedKernel(about, len(rows), lambda size: np.array(rows))


def _box(size: tuple[int, ...]) -> Numbers:
    return np.full(size, 1 / prod(size))


def _gaussian(size: tuple[int, ...]) -> Numbers:
    """Return binomial weights, which approach the bell curve and are exact in binary."""
    axes = [np.array([comb(n - 1, i) / 2 ** (n - 1) for i in range(n)]) for n in size]
    weights: Numbers = reduce(np.multiply.outer, axes)
    return weights


def _identity(size: tuple[int, ...]) -> Numbers:
    kernel = np.zeros(size, np.int64)
    kernel[tuple((n - 1) // 2 for n in size)] = 1
    return kernel


KERNELS = {
    "sobel-x": _fixed("how much falls away from left to right, smoothed downward", (1, 0, -1), (2, 0, -2), (1, 0, -1)),
    "sobel-y": _fixed("how much falls away from top to bottom, smoothed across", (1, 2, 1), (0, 0, 0), (-1, -2, -1)),
    "scharr-x": _fixed("as sobel-x, truer in its direction", (3, 0, -3), (10, 0, -10), (3, 0, -3)),
    "laplacian": _fixed("how far a cell is from its neighbours", (0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "sharpen": _fixed("a cell against its neighbours", (0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": _fixed("relief, lit from the upper left", (-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    "box": NamedKernel("the mean of its cells", 3, _box, True),
    "gaussian": NamedKernel("a mean that weighs the centre most", 3, _gaussian, True),
    "identity": NamedKernel("the cell itself", 3, _identity, True),
}
"""All named kernels."""


def named_kernel(name: str, size: Sequence[int] | None = None) -> Numbers:
    """Return a kernel by its name, in its own size or another.

    Raises
    ------
    ConvanimError
        If no kernel has that name, or it does not come in that size.
    """
    known = KERNELS[one_of("kernel", name, KERNELS)]
    own = (known.size,) * 2
    asked = own if size is None else per_axis("kernel_size", size, len(size))
    if prod(asked) > MOST_CELLS:
        raise ConvanimError(
            "kernel_size", short(asked), f"has {prod(asked)} cells, and at most {MOST_CELLS} hold numbers"
        )
    if len(asked) != len(own) and not known.is_scalable:
        raise ConvanimError(
            "kernel", name, f"has {len(own)} axes, and `input_size` has {len(asked)}; give rows of numbers, or box"
        )
    if asked != own and not known.is_scalable:
        raise ConvanimError(
            "kernel_size", spelled(asked), f"but `kernel={name}` has a size of {spelled(own)}; leave one of the two out"
        )
    return known.make(asked)


def numbers(option: str, value: object, most_axes: int = 3) -> Numbers:
    """Return a grid of one to ``most_axes`` axes as an array, with whole numbers as integers.

    Raises
    ------
    ConvanimError
        If it is ragged, empty, not made of numbers, not finite or too large.
    """
    if isinstance(value, str):
        raise ConvanimError(option, repr(value), "is text; give rows of numbers such as [[1, 2], [3, 4]]")
    # A range takes little memory, but its array may not fit.
    if (many := _count(value)) > MOST_CELLS:
        raise ConvanimError(option, "", f"holds {many} numbers, and at most {MOST_CELLS} are taken; use fewer")
    try:
        array = np.asarray(value)
        # An array of objects may hold plain numbers.
        array = np.asarray(array.tolist()) if array.dtype == object else array
    except ValueError:
        raise ConvanimError(option, "", "has rows of unequal length; give as many numbers in each") from None
    except OverflowError:
        raise ConvanimError(option, "", f"holds numbers beyond {LARGEST}; use smaller ones") from None
    except (TypeError, RecursionError):
        raise ConvanimError(
            option, quoted(value), "is no grid of numbers; give rows such as [[1, 2], [3, 4]]"
        ) from None
    if array.dtype == object and array.size and all(isinstance(part, int | float) for part in array.ravel()):
        raise ConvanimError(option, "", f"holds numbers beyond {LARGEST}; use smaller ones")
    if array.dtype == object or array.dtype.kind not in "biuf":
        raise ConvanimError(option, "", "holds something else than numbers; give rows of numbers, equally many in each")
    if not 1 <= array.ndim <= most_axes or not array.size:
        said = f"has {array.ndim} axes" if array.size else "is empty"
        raise ConvanimError(option, "", f"{said}; give rows of numbers such as [[1, 2], [3, 4]]")
    array = array.astype(np.float64 if array.dtype.kind == "f" else np.int64 if array.dtype.kind != "u" else np.uint64)
    if not np.isfinite(array).all():
        raise ConvanimError(option, "", "holds a number that is not finite; give numbers such as 0.5")
    if (array > LARGEST).any() or (array.dtype.kind != "u" and (array < -LARGEST).any()):
        raise ConvanimError(option, "", f"holds numbers beyond {LARGEST}; use smaller ones")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def _count(value: object, axes: int = 4) -> int:
    """Return how many numbers nested rows hold."""
    if isinstance(value, np.ndarray):
        return value.size
    if not isinstance(value, list | tuple | range) or not axes:
        return 1
    nested = (
        () if isinstance(value, range) else [row for row in value if isinstance(row, list | tuple | range | np.ndarray)]
    )
    return len(value) - len(nested) + sum(_count(row, axes - 1) for row in nested)


def fitting(option: str, value: object, size: tuple[int, ...], size_option: str) -> Numbers:
    """Return `numbers`, checked to have a size, that of ``size_option`` (empty if the size has channels).

    Raises
    ------
    ConvanimError
        As for `numbers`, or if they have another size.
    """
    found = numbers(option, value, max(3, len(size)))
    if found.shape != size:
        taken = f"`{size_option}` is {_size(size)}" if size_option else f"{_size(size)} are taken, channels first"
        raise ConvanimError(option, "", f"has a size of {_size(found.shape)}, but {taken}; make them the same")
    return found


def checked_seed(seed: object) -> int:
    """Return a seed if it is valid.

    Raises
    ------
    ConvanimError
        If it is not a whole number from 0 to 2³² − 1.
    """
    number = whole("seed", seed)
    if not 0 <= number <= MOST_SEED:
        raise ConvanimError("seed", number, f"must be between 0 and {MOST_SEED}")
    return number


def random_numbers(
    seed: int, input_size: tuple[int, ...], kernels: Sequence[tuple[int, ...]]
) -> tuple[Numbers, tuple[Numbers, ...]]:
    """Return an input and kernels of small random whole numbers; a seed gives the same ones everywhere.

    The generator is NumPy's legacy one, whose stream never changes; a seed of
    1234 gives the numbers of the guide's own figures.

    Raises
    ------
    ConvanimError
        If the seed is not a whole number from 0 to 2³² − 1.
    """
    seed = checked_seed(seed)
    for option, size in (("input_size", input_size), *(("kernel_size", size) for size in kernels)):
        if prod(size) > MOST_CELLS:
            raise ConvanimError(
                option, short(size), f"has {prod(size)} cells, and at most {MOST_CELLS} hold numbers; use less"
            )
    source = np.random.RandomState(seed)
    first = source.randint(0, _INPUT_VALUES, size=input_size, dtype=np.int64)
    return first, tuple(source.randint(0, _KERNEL_VALUES, size=size, dtype=np.int64) for size in kernels)


def spell(value: object, decimals: int) -> str:
    """Return a number as text: integers unchanged, floats with at most ``decimals`` decimals, all if it is rounded.

    Examples
    --------
    >>> spell(2.50, 2), spell(-3, 2), spell(2 / 3, 2), spell(5.196, 2), spell(-0.001, 2)
    ('2.5', '−3', '0.67', '5.20', '0.00')
    """
    if not isinstance(value, float | np.floating):
        said = str(value)
    elif np.isnan(value):
        said = "NaN"
    elif np.isinf(value):
        said = "∞" if value > 0 else "-∞"
    else:
        # A half is rounded away from zero, as on paper: 6.125 is 6.13.
        said = f"{Decimal(float(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT):f}"
        # All decimals tell that a number such as 5.196 is not 5.2.
        said = said.rstrip("0").rstrip(".") if decimals and not is_rounded(value, decimals) else said
    return (said if said.strip("-0.") else said.removeprefix("-")).replace("-", MINUS)


SHARE_DECIMALS = 2
"""The decimals of shares that are no short fractions, however many other numbers have."""


def spell_shares(shares: Sequence[float], every: Sequence[float]) -> list[str]:
    """Return shares as text: as fractions if all that ever occur are short ones, otherwise with 2 decimals.

    Examples
    --------
    >>> spell_shares([0.5625, 0.1875], [0.5625, 0.1875, 0.0625]), spell_shares([1 / 3], [0.123])
    (['9/16', '3/16'], ['0.33'])
    """
    if _are_short_fractions(tuple(every)):
        return [str(Fraction(share).limit_denominator(_MOST_DENOMINATOR)).replace("-", MINUS) for share in shares]
    return [spell(share, SHARE_DECIMALS) for share in shares]


@lru_cache(maxsize=64)
def _are_short_fractions(shares: tuple[float, ...]) -> bool:
    return all(map(is_short_fraction, shares))


def is_short_fraction(value: float) -> bool:
    """Return whether a number is a fraction with a small denominator."""
    return abs(float(Fraction(value).limit_denominator(_MOST_DENOMINATOR)) - value) < _ROUNDING


def fraction(value: float, decimals: int) -> str:
    """Return a number as text, as a fraction if it is one with a small denominator.

    Examples
    --------
    >>> fraction(0.25, 2), fraction(2 / 9, 2), fraction(1.0, 2), fraction(0.123, 2)
    ('1/4', '2/9', '1', '0.12')
    """
    found = Fraction(value).limit_denominator(_MOST_DENOMINATOR)
    return str(found).replace("-", MINUS) if abs(float(found) - value) < _ROUNDING else spell(value, decimals)


def is_rounded(value: object, decimals: int) -> bool:
    """Return whether a number is not written exactly with so many decimals.

    Examples
    --------
    >>> is_rounded(0.125, 2), is_rounded(0.25, 2), is_rounded(3, 0)
    (True, False, False)
    """
    return isinstance(value, float | np.floating) and abs(round(float(value), decimals) - float(value)) > _ROUNDING


def spell_weights(weights: Numbers, kernel: Numbers, decimals: int, beside: Sequence[Numbers] = ()) -> list[str]:
    """Return weights of a kernel as text: if some would be rounded, as fractions with one denominator if they have one.

    Those of a kernel ``beside`` others that are written as fractions are too, so that their products can be compared.

    Examples
    --------
    >>> kernel = np.array([1 / 16, 4 / 16])
    >>> spell_weights(kernel, kernel, 2), spell_weights(kernel, kernel, 4)
    (['1/16', '4/16'], ['0.0625', '0.25'])
    """
    below = common_denominator(kernel, decimals, beside)
    if not below:
        return spell_all(weights, decimals)
    tops = (round(weight * below) for weight in weights.ravel().tolist())
    return [spell(top, 0) + f"/{below}" * bool(top) for top in tops]


def common_denominator(kernel: Numbers, decimals: int, beside: Sequence[Numbers] = ()) -> int:
    """Return the denominator with which all weights of a kernel are written, 0 where they are written as decimals."""
    if kernel.dtype.kind != "f":
        return 0
    weights = tuple(np.unique(kernel).tolist())
    if any(is_rounded(weight, decimals) for weight in weights):
        return _common(weights)
    return _common(weights) if any(common_denominator(other, decimals) for other in beside) else 0


@lru_cache(maxsize=64)
def _common(weights: tuple[float, ...]) -> int:
    """Return the denominator that weights have in common, 0 where they have none that is small and not 1."""
    below = 1
    for weight in weights:
        found = Fraction(weight).limit_denominator(_MOST_COMMON)
        below = lcm(below, found.denominator)
        if abs(float(found) - weight) > _ROUNDING or below > _MOST_COMMON:
            return 0
    return below if below > 1 else 0


def signed(text: str) -> str:
    """Return the text of a number with its sign, also if it is not negative."""
    return text if text.startswith(MINUS) else f"+{text}"


def spell_all(values: Numbers, decimals: int) -> list[str]:
    """Return every number of an array as text, row by row."""
    return [spell(value, decimals) for value in values.ravel().tolist()]


def _size(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))
