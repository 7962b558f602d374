"""General convolution: zeros between inputs, cropping, stride and dilation, all at once."""

from __future__ import annotations

from math import gcd
from typing import ClassVar

from convanim.base.language import message, translated
from convanim.base.options import LIMIT, Padding, Size, flag, padding_pairs, short
from convanim.base.records import dataclass
from convanim.layers.axis import Axis
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.weighted import Weighted


@dataclass(frozen=True, init=False)
class ConvGeneral(Weighted):
    """A convolution with all settings at once, as JAX's ``lax.conv_general_dilated``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, stride : int or sequence of int
        One number, or one per axis.
    padding : int or sequence
        One number, one per axis, or a (low, high) pair per axis. Negative
        padding crops the input, after zeros are inserted.
    dilation : int or sequence of int
        Distance between kernel cells; JAX's ``rhs_dilation``.
    input_dilation : int or sequence of int
        Distance between input cells, with zeros inserted between them; JAX's
        ``lhs_dilation``.
    rotated : bool
        Whether the kernel is rotated by 180°, which gives a transposed
        convolution if each group has one input and one output channel. JAX
        does not rotate it.
    in_channels, out_channels, groups : int
        Numbers of channels and groups; ``groups`` must divide both others. It
        is JAX's ``feature_group_count``.
    bias : bool
        Whether a number is added to each output channel.

    Raises
    ------
    ConvanimError
        If a number is invalid, or no window fits, where JAX returns an empty
        output.

    Examples
    --------
    >>> ConvGeneral(input_size=4, kernel_size=3, stride=2, padding=((-1, 1), (0, 0)), input_dilation=2).output_size
    (3, 3)
    """

    operation: ClassVar[str] = "conv_general"
    title: ClassVar[str] = message("general convolution")
    short_title: ClassVar[str] = message("general conv")

    dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]
    rotated: bool

    @property
    def called(self) -> str:
        """A convolution: its settings say what few others have."""
        return translated("convolution")

    @property
    def called_briefly(self) -> str:
        """The same where there is little room."""
        return translated("conv")

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
            dilation=sized("dilation", dilation, self.dims),
            input_dilation=sized("input_dilation", input_dilation, self.dims),
            rotated=flag("rotated", rotated),
        )
        self._refuse_unfit()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
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
        """The span of input cells that one output can see, per axis; 0 if all outputs see only zeros."""
        return tuple(self.field(number, 1) for number in range(self.dims))

    def field(self, number: int, outputs: int) -> int:
        """Return the largest span of input cells that ``outputs`` neighbouring outputs see along axis ``number``.

        If the stride and the input dilation share a factor, some positions
        between the inputs are never read. For one output, this is taken into
        account; for several, the result may be too large.
        """
        return _seen(self.axes[number]) if outputs == 1 else super().field(number, outputs)

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters.

        It is that of a convolution over the spread input, which XLA's
        documentation of ``ConvWithGeneralPadding`` calls the base area.
        """
        if number is None:
            return "⌊((n − 1)·z + 1 + p_low + p_high − d·(k − 1) − 1) / s⌋ + 1"
        axis = self.axes[number]
        padding = " ".join(f"{'−' if end < 0 else '+'} {abs(end)}" for end in self.padding[number])
        spread = f"({axis.size} − 1)·{axis.spacing} + 1 {padding}"
        return f"⌊({spread} − {axis.dilation}·({axis.kernel} − 1) − 1) / {axis.stride}⌋ + 1"

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        # Padding is described with the input, since one end may be padded and the other cropped.
        what = translated(
            "a {name} with a stride of {stride}: {what}",
            name=say.name,
            stride=short(self.stride).replace("x", "×"),
            what=say.slides(say.spread, is_turned=self.rotated),
        )
        return say.clauses(what, say.making)


def _seen(axis: Axis) -> int:
    """Return the largest span of input cells that an output can see, or 0 if no output sees any.

    Tap t of output o reads an input cell if o·stride + t·dilation − low is a
    multiple of the spacing. The first such tap solves that congruence, and the
    others follow every ``period`` taps.
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
