"""Arrays written out in a text: their shapes, padding and flips, and the meaning of their axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair
from convanim.base.records import dataclass
from convanim.frameworks.kinds import Arguments
from convanim.frameworks.source import Call, Unread
from convanim.frameworks.spelling import NUMPY_PADDING

_FILLED = {"ones": 0, "zeros": 0, "empty": 0, "full": 0, "normal": 1, "uniform": 1, "randn": None, "rand": None}
"""Functions that make arrays, with the position of the shape argument; None if all arguments are sizes."""

SPATIAL = {1: "H", 2: "HW", 3: "HWD"}
_NUMBERS = {dims: tuple(text.format(SPATIAL[dims]) for text in ("N{}C", "{}IO", "N{}C")) for dims in SPATIAL}
_PAD_MODES = {word: mode for mode, word in NUMPY_PADDING.items()}
"""Modes of ``jnp.pad``, with ours."""


@dataclass(frozen=True)
class Operand:
    """An array written out in a text.

    Attributes
    ----------
    shape : tuple of int
        Its shape.
    padded : tuple of (int, int)
        Cells that ``jnp.pad`` adds before and after, per axis; empty without padding.
    mode : str
        Padding mode, as for `Conv`.
    is_flipped : bool
        Whether ``jnp.flip`` rotates it.
    """

    shape: tuple[int, ...]
    padded: tuple[Pair, ...] = ()
    mode: str = "zeros"
    is_flipped: bool = False


@dataclass(frozen=True)
class Layout:
    """The meaning of an array's axes, one letter each: spatial, batch, channels or kernels."""

    letters: str

    def at(self, letter: str) -> int:
        """Return the index of a letter's axis."""
        return self.letters.index(letter)

    @property
    def spatial(self) -> str:
        """The letters of the spatial axes, outermost first."""
        return "".join(letter for letter in self.letters if letter not in "NCIO")

    def sizes(self, values: Sequence[Any], order: str) -> tuple[Any, ...]:
        """Return the values of the spatial axes, in a given order of their letters."""
        return tuple(values[self.at(letter)] for letter in order)


def operand(value: Any) -> Operand | None:
    """Return the array that an expression makes, or None if its size is not written.

    It may be a shape alone, or an array such as ``jnp.ones((1, 3, 8, 8))``,
    with or without ``jnp.pad`` and ``jnp.flip`` around it.
    """
    if isinstance(value, tuple) and value and all(type(one) is int for one in value):
        return Operand(value)
    if not isinstance(value, Call):
        return None
    if value.short in ("pad", "flip") and value.arguments:
        inner = operand(value.arguments[0])
        return inner and _changed(inner, value)
    at = _FILLED.get(value.short, -1)
    shape = value.arguments if at is None else value.keywords.get("shape", ())
    if at is not None and 0 <= at < len(value.arguments):
        shape = value.arguments[at]
    return operand(shape) if isinstance(shape, tuple) else None


def _changed(inner: Operand, call: Call) -> Operand | None:
    """Return an operand that is padded or flipped, or None if the arguments are not understood."""
    if call.short == "flip":
        axes = call.keywords.get("axis", call.arguments[1] if len(call.arguments) > 1 else ())
        # Layers can only show kernels that are flipped along all spatial axes.
        if not isinstance(axes, tuple) or len(axes) != len(inner.shape) - 2:
            return None
        return Operand(inner.shape, inner.padded, inner.mode, not inner.is_flipped)
    pairs = call.keywords.get("pad_width", call.arguments[1] if len(call.arguments) > 1 else ())
    mode = call.keywords.get("mode", call.arguments[2] if len(call.arguments) > 2 else "constant")
    fits = isinstance(pairs, tuple) and len(pairs) == len(inner.shape) and isinstance(mode, str) and mode in _PAD_MODES
    if not fits or not all(
        isinstance(pair, tuple) and len(pair) == 2 and all(type(one) is int for one in pair) for pair in pairs
    ):
        return None
    return Operand(inner.shape, pairs, _PAD_MODES[mode], inner.is_flipped)


def layouts(its: Arguments, dims: int, usual: tuple[str, str]) -> tuple[Layout, Layout]:
    """Return the layouts of the input and the kernel.

    Raises
    ------
    ConvanimError
        If ``dimension_numbers`` are not one letter per axis.
    """
    numbers = its["dimension_numbers"]
    if isinstance(numbers, Call) and numbers.short == "conv_dimension_numbers" and len(numbers.arguments) == 3:
        numbers = numbers.arguments[2]
    # A name cannot be read, but it does not matter if no array is written out.
    is_unread = isinstance(numbers, Unread) and operand(its["lhs"]) is None and operand(its["rhs"]) is None
    if numbers is None or is_unread:
        return Layout(usual[0].format(SPATIAL[dims])), Layout(usual[1].format(SPATIAL[dims]))
    fits = isinstance(numbers, tuple) and len(numbers) == 3 and all(isinstance(one, str) for one in numbers)
    lhs, rhs = (numbers[0], numbers[1]) if fits else ("", "")
    left, right = Layout(lhs), Layout(rhs)
    agree = sorted(left.spatial) == sorted(right.spatial) and len(set(left.spatial)) == len(left.spatial) == dims
    if not agree or {len(lhs), len(rhs)} != {dims + 2} or not set("NC") <= set(lhs) or not set("IO") <= set(rhs):
        raise ConvanimError(
            "dimension_numbers",
            "",
            f"must be three texts of {dims + 2} letters, as in dimension_numbers={_NUMBERS[dims]}",
        )
    return left, right
