"""Transposed convolution: inserted zeros between the inputs, a stride of 1 and a rotated kernel."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message, translated
from convanim.base.options import Padding, Size, padding_pairs, short
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, stamping
from convanim.layers.base import ROWS_COLUMNS
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.weighted import Weighted


@dataclass(frozen=True, init=False)
class ConvTranspose(Weighted):
    """A transposed convolution, as PyTorch's ``ConvTranspose1d``, ``2d`` and ``3d``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, stride, dilation : int or sequence of int
        One number, or one per axis.
    padding : int or sequence
        The padding of the convolution that this one transposes, which is
        cropped from the output: one number, or one or a (low, high) pair per axis.
    output_padding : int or sequence of int
        Cells added to the end of the output; less than the stride or the dilation.
    in_channels, out_channels, groups : int
        Numbers of channels and groups; ``groups`` must divide both others.
    bias : bool
        Whether a number is added to each output channel.

    Raises
    ------
    ConvanimError
        If PyTorch would refuse the parameters, or a number is invalid.

    Examples
    --------
    >>> ConvTranspose(input_size=(2, 2), kernel_size=3, stride=2).output_size
    (5, 5)
    """

    operation: ClassVar[str] = "conv_transpose"
    title: ClassVar[str] = message("transposed convolution")
    short_title: ClassVar[str] = message("transposed conv")
    multiplied: ClassVar[str] = "input"
    transposes: ClassVar[str] = message("convolution")
    methods: ClassVar[tuple[str, ...]] = ("gather", "scatter")
    inputs_lead: ClassVar[bool] = True

    output_padding: tuple[int, ...]
    dilation: tuple[int, ...]

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        output_padding: Size = 0,
        dilation: Size = 1,
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        self._set_sizes(input_size, kernel_size, stride)
        self._set_channels(in_channels, out_channels, groups, bias)
        self._set(
            padding=padding_pairs("padding", padding, self.dims),
            output_padding=sized("output_padding", output_padding, self.dims),
            dilation=sized("dilation", dilation, self.dims),
        )
        most = [max(s, d) - 1 for s, d in zip(self.stride, self.dilation, strict=True)]
        for added, limit, s, d in zip(self.output_padding, most, self.stride, self.dilation, strict=True):
            if added > limit:
                raise ConvanimError(
                    "output_padding",
                    short(self.output_padding),
                    f"must be smaller than `stride` ({s}) or `dilation` ({d})",
                    ways=(f"`output_padding={short(tuple(map(min, self.output_padding, most)))}`",),
                )
        self._refuse_unfit()

    @property
    def border_words(self) -> str:
        """What the dashed cells are, whose number is not the padding, and why there are so many before the first."""
        ways = {(d, k, *pair) for d, k, pair in zip(self.dilation, self.kernel_size, self.padding, strict=True)}
        dilation, kernel, before, after = min(ways)
        if len(ways) > 1 or before != after:
            if set(self.dilation) == {1}:
                return translated("dashed zeros before the input: kernel − 1 − padding")
            return translated("dashed zeros before the input: dilation × (kernel − 1) − padding")
        count = dilation * (kernel - 1) - before
        if dilation == 1:
            return translated("dashed zeros on each side: {count} = kernel − 1 − padding", count=count)
        return translated("dashed zeros on each side: {count} = dilation × (kernel − 1) − padding", count=count)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        sizes = self.input_size, self.kernel_size, self.stride, self.dilation, self.padding
        return stamping(*sizes, self.output_padding)

    @property
    def weight_size(self) -> tuple[int, ...]:
        """The shape of the weights as PyTorch stores them: input channels, output channels per group, kernel."""
        return (self.in_channels, self.grouping.outputs_a_group, *self.kernel_size)

    @property
    def multiplications(self) -> int:
        """Number of multiplications of one pass: each input cell meets each of its weights once."""
        return prod(self.input_size) * prod(self.weight_size)

    def _formula(self, terms: Mapping[str, str], padding: tuple[str, ...]) -> str:
        n, k, s, d, a = (terms[letter] for letter in "nksda")
        return f"({n} − 1)·{s} − {' − '.join(padding)} + {d}·({k} − 1) + {a} + 1"

    def _refuse_axis(self, number: int, axis: Axis) -> None:
        room = sum(self.padding[number]) + axis.output - 1
        least = f"at most {room // 2} on each side" if room >= 0 else ""
        raise ConvanimError(
            "padding",
            short(self.padding),
            f"leaves an output of {axis.output} {ROWS_COLUMNS[self.dims][number]}, {self.filled(number)}, "
            "and at least 1 is needed",
            ways=tuple(filter(None, (least, "a larger `input_size`", "a larger `kernel_size`"))),
        )

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        slides = say.slides(say.spread, is_slow=True)
        what = translated("a {name} with {settings}: {what}", name=say.name, settings=say.settings(), what=slides)
        return say.clauses(what, say.making)
