"""General convolution: zeros between the inputs, cropped ends, a stride and a dilation, all in one."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from convanim.base.options import LIMIT, Padding, Size, flag, padding_pairs, per_axis, short
from convanim.layers.axis import Axis
from convanim.layers.base import Phrases
from convanim.layers.weighted import Weighted


@dataclass(frozen=True, init=False)
class ConvGeneral(Weighted):
    """A convolution with all settings at once, as JAX's ``lax.conv_general_dilated``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, stride : int or sequence of int
        One number, or one an axis.
    padding : int or sequence
        One number, one an axis, or a (low, high) pair an axis. Negative
        padding crops the input, after zeros are inserted.
    dilation : int or sequence of int
        Cells from one kernel cell to the next; JAX's ``rhs_dilation``.
    input_dilation : int or sequence of int
        Cells from one input cell to the next, with zeros inserted between
        them; JAX's ``lhs_dilation``.
    rotated : bool
        Whether the window shows the stored kernel turned by 180°, as a
        transposed convolution does, for one channel on either side of each
        group. JAX does not turn it.
    in_channels, out_channels, groups : int
        Channels, and how many groups of them there are; the groups divide
        both. JAX's ``feature_group_count``.
    bias : bool
        Whether a number is added to each output channel.

    Raises
    ------
    ConvanimError
        If a number is not what it should be, or no window fits, where JAX
        makes an output without cells.

    Examples
    --------
    >>> ConvGeneral(input_size=4, kernel_size=3, stride=2, padding=((-1, 1), (0, 0)), input_dilation=2).output_size
    (3, 3)
    """

    operation: ClassVar[str] = "conv_general"
    title: ClassVar[str] = "general convolution"
    short_title: ClassVar[str] = "general conv"

    dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]
    rotated: bool

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        input_dilation: Size = 1,
        rotated: bool = False,
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        self._set_sizes(input_size, kernel_size, stride)
        self._set_channels(in_channels, out_channels, groups, bias)
        self._set(
            padding=padding_pairs("padding", padding, self.dims, least=-LIMIT),
            dilation=per_axis("dilation", dilation, self.dims),
            input_dilation=per_axis("input_dilation", input_dilation, self.dims),
            rotated=flag("rotated", rotated),
        )
        self._refuse_unfit()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The layer's geometry, axis by axis."""
        return tuple(
            Axis(n, k, s, d, low, high, spacing=z, rotated=self.rotated)
            for n, k, s, d, (low, high), z in zip(
                self.input_size,
                self.kernel_size,
                self.stride,
                self.dilation,
                self.padding,
                self.input_dilation,
                strict=True,
            )
        )

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input cells, an axis, from the first to the last that one output can see; 0 where all see zeros only."""
        return tuple(self.field(number, 1) for number in range(self.dims))

    def field(self, number: int, outputs: int) -> int:
        """Return how many input cells some neighbouring outputs can see at most along axis ``number``.

        A stride that shares a factor with the input dilation leaves out some
        places between the inputs. For one output that is taken into account;
        for several the number may be too large.
        """
        return _seen(self.axes[number]) if outputs == 1 else super().field(number, outputs)

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters.

        It is the one of a convolution over the spread input, of which XLA's
        documentation of ``ConvWithGeneralPadding`` speaks as the base area.
        """
        if number is None:
            return "⌊((n − 1)·z + 1 + p_low + p_high − d·(k − 1) − 1) / s⌋ + 1"
        axis = self.axes[number]
        padding = " ".join(f"{'−' if end < 0 else '+'} {abs(end)}" for end in self.padding[number])
        spread = f"({axis.size} − 1)·{axis.spacing} + 1 {padding}"
        return f"⌊({spread} − {axis.dilation}·({axis.kernel} − 1) − 1) / {axis.stride}⌋ + 1"

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation."""
        # Its ends are told with the input, since they may be padded and cropped at once.
        slides = say.sliding(turned=", rotated by 180°," if self.rotated else "")
        stride = short(self.stride).replace("x", "×")
        return f"{say.an(say.name)} with a stride of {stride}: {slides} {say.input()}{say.spread}; {say.making}"


def _seen(axis: Axis) -> int:
    """Return how many input cells, from the first to the last, an output can see at most, 0 where none sees any.

    Output o meets input cells with every tap t for which
    o·stride + t·dilation − low is a multiple of the spacing: with the first
    of them that solves the congruence, and every ``period`` taps from there.
    """
    shared = gcd(axis.dilation, axis.spacing)
    period = axis.spacing // shared
    inverse = pow(axis.dilation // shared, -1, period)
    best = 0
    for output in range(axis.spacing // gcd(axis.stride, axis.spacing)):
        steps, rest = divmod(axis.low - output * axis.stride, shared)
        first = steps * inverse % period
        if not rest and first < axis.kernel:
            last = (axis.kernel - 1 - first) // period
            best = max(best, last * period * axis.dilation // axis.spacing + 1)
    return best
