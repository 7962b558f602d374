"""LP pooling: windows that take the root of a sum of powers."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message, message_in, translated
from convanim.base.later import np
from convanim.base.options import Padding, Size, short, whole
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, Kind
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.pool import Pool
from convanim.layers.rules import Rule, Taps

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_NORM = 16
"""The largest `norm_type`; far beyond it, the root is the maximum."""

_ROOTS = {
    1: message("the sum"),
    2: message("the square root of the sum of squares"),
    3: message("the cube root of the sum of cubes"),
}


@dataclass(frozen=True, init=False)
class LpPool(Pool):
    """LP pooling, as PyTorch's ``LPPool1d``, ``LPPool2d`` and ``LPPool3d``.

    Each output is ``(Σ xᵖ)^(1/p)`` over its window: with p = 1 the sum, with
    p = 2 the length of the window as a vector. As in PyTorch, no absolute
    value is taken: the odd root of a negative sum is not a number, and where
    a window hangs over the end (``ceil_mode``), its sum is scaled up to all
    of its cells.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, dilation : int or sequence of int
        One number, or one per axis; PyTorch has no dilation, ONNX has.
    stride : int or sequence of int, optional
        The kernel's size by default.
    padding : int or sequence
        Zeros, at most half of the kernel, as ONNX has them and PyTorch has not.
    ceil_mode : bool
        Whether the last window may reach beyond the end; not beside padding.
    norm_type : int
        The power p, from 1 to `MOST_NORM`.
    channels : int
        Number of channels; each is pooled separately.

    Raises
    ------
    ConvanimError
        If a number is invalid, or a padded window would hang over the end.

    Examples
    --------
    >>> LpPool(input_size=(4, 4), kernel_size=2, norm_type=3).output_size
    (2, 2)
    """

    operation: ClassVar[str] = "lp_pool"
    title: ClassVar[str] = message("LP pooling")
    short_title: ClassVar[str] = message("LP pool")
    taken: ClassVar[str] = message_in("taken", "norm")

    dilation: tuple[int, ...]
    norm_type: int

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Padding = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
        norm_type: int = 2,
        channels: int = 1,
    ) -> None:
        power = whole("norm_type", norm_type)
        if not 1 <= power <= MOST_NORM:
            raise ConvanimError(
                "norm_type", power, f"must be a power from 1 to {MOST_NORM}", ways=("`norm_type=2`", "max pooling")
            )
        self._set_window(input_size, kernel_size, stride, padding, ceil_mode, channels)
        self._set(dilation=sized("dilation", dilation, self.dims), norm_type=power)
        if not any(map(any, self.padding)):
            self._refuse_large_kernels()
        self._refuse_unfit()
        self._refuse_padded_overhang()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        return self._windows(self.dilation)

    @property
    def rule_words(self) -> str:
        """The root that is taken."""
        return self._root

    @property
    def _root(self) -> str:
        usual = message("the {power}th root of the sum of {power}th powers")
        return translated(_ROOTS.get(self.norm_type, usual), power=self.norm_type)

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        return translated("{sentence}: {root}", sentence=super().sentence(say), root=self._root)

    @cached_property
    def combining(self) -> Rule:
        """The root of the sum of powers."""
        return Rule(
            "lp",
            heading=message("L{power} norm of each window"),
            combine=partial(_root_of_powers, power=self.norm_type, is_scaled=self.ceil_mode),
            sign=message("L{power} norm"),
            taken=message("L{power} norm"),
            # Translators: What a norm makes of padding: "padding 1 (which adds nothing)".
            ignored=message("which adds nothing"),
            mark="L{power}",
            blank="0",
            power=self.norm_type,
        )

    def _refuse_padded_overhang(self) -> None:
        """Raise if a window of a padded axis hangs over the end: frameworks differ in what its sum stands for."""
        is_padded = any(map(any, self.padding))
        if is_padded and any(axis.kind(axis.window(axis.output - 1)[-1]) is Kind.OVERHANG for axis in self.axes):
            raise ConvanimError(
                "ceil_mode",
                "",
                f"lets a window hang over the end of a padded input, `padding` is {short(self.padding)}; "
                "LP pooling takes one of the two",
                ways=("no `ceil_mode`", "more padding at the end"),
            )


def _root_of_powers(taps: Taps, power: int, is_scaled: bool) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the root of the sum of powers of each window; every window has one.

    A negative sum has no odd root but the first, and gives NaN as in PyTorch.
    """
    values, there = (np.stack(found) for found in zip(*taps, strict=True))
    sums = np.where(there, values.astype(float) ** power, 0.0).sum(axis=0)
    if is_scaled:
        sums *= len(there) / there.sum(axis=0)
    with np.errstate(invalid="ignore"):
        found: NDArray[Any] = sums if power == 1 else np.sqrt(sums) if power == 2 else sums ** (1 / power)
    return found, np.ones(found.shape, bool)
