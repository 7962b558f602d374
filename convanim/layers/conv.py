"""Convolution: the words for its padding, and how PyTorch resolves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message, translated
from convanim.base.options import Padding, Pair, Size, flag, one_of, padding_pairs, short
from convanim.base.records import dataclass
from convanim.layers.axis import PADDING_MODES, Axis, sliding
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.weighted import Weighted

CONV_PADDINGS = {
    "valid": "no padding",
    "same": "the output is as large as the input; a stride of 1 only",
    "full": "every place where kernel and input overlap",
    "causal": "padding before the input only; one axis only",
    "same-upper": "one output a stride, odd padding at the end: TensorFlow's same",
    "same-lower": "one output a stride, odd padding at the start",
}
"""The words that `Conv` accepts as padding, and what they mean."""


def _evenly(total: int) -> Pair:
    return total // 2, total - total // 2


def _lacking(span: int, size: int, stride: int) -> int:
    """Return the total padding that gives ``size / stride`` outputs, rounded up."""
    return max((size - 1) // stride * stride + span + 1 - size, 0)


_ENDS: dict[str, Callable[[int, int, int], Pair]] = {
    "valid": lambda span, size, stride: (0, 0),
    "same": lambda span, size, stride: _evenly(span),
    "full": lambda span, size, stride: (span, span),
    "causal": lambda span, size, stride: (span, 0),
    "same-upper": lambda span, size, stride: _evenly(_lacking(span, size, stride)),
    "same-lower": lambda span, size, stride: _evenly(_lacking(span, size, stride))[::-1],
}
"""For each word, a function from the kernel's reach minus 1, the input size and the stride to its padding."""


@dataclass(frozen=True, init=False)
class Conv(Weighted):
    """A convolution, as PyTorch's ``Conv1d``, ``Conv2d`` and ``Conv3d``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, stride, dilation : int or sequence of int
        One number, or one per axis.
    padding : int, str or sequence
        One number, one per axis, a (low, high) pair per axis, or a word:
        ``"valid"`` pads nothing, ``"same"`` keeps the size at a stride of 1
        (an odd cell goes to the end, as in PyTorch, or to the start if the
        kernel is flipped, as in SciPy), ``"full"`` includes every overlap,
        ``"causal"`` pads a single axis at its start only, ``"same-upper"`` and
        ``"same-lower"`` give one output per stride, with the odd cell at the
        end (TensorFlow's ``same``) or at the start.
    padding_mode : str
        ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
    in_channels, out_channels, groups : int
        Numbers of channels and groups; ``groups`` must divide both others.
    bias : bool
        Whether a number is added to each output channel.
    flip : bool
        Whether the kernel is turned by 180°, as the convolution of mathematics
        and of ``scipy.signal`` does; without it, it is a cross-correlation.

    Raises
    ------
    ConvanimError
        If PyTorch would refuse the parameters, or a number is invalid.

    Examples
    --------
    >>> Conv(input_size=(5, 5), kernel_size=3, padding=1).output_size
    (5, 5)
    """

    operation: ClassVar[str] = "conv"
    title: ClassVar[str] = message("convolution")
    short_title: ClassVar[str] = message("conv")
    is_usual: ClassVar[bool] = True

    padding_words: ClassVar[Mapping[str, str]] = CONV_PADDINGS

    dilation: tuple[int, ...]
    padding_mode: str
    flip: bool

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
        bias: bool = False,
        flip: bool = False,
    ) -> None:
        self._set_sizes(input_size, kernel_size, stride)
        self._set_channels(in_channels, out_channels, groups, bias)
        self._set(
            dilation=sized("dilation", dilation, self.dims),
            padding_mode=one_of("padding_mode", padding_mode, PADDING_MODES),
            flip=flag("flip", flip),
        )
        self._set(padding=self._resolved(padding))
        self._refuse_padding()
        self._refuse_unfit()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        sizes = self.input_size, self.kernel_size, self.stride, self.dilation, self.padding
        return sliding(*sizes, rotated=self.flip, padding_mode=self.padding_mode)

    def _resolved(self, padding: Padding) -> tuple[Pair, ...]:
        if not isinstance(padding, str):
            return padding_pairs("padding", padding, self.dims)
        word = one_of("padding", padding, CONV_PADDINGS)
        if word == "same" and max(self.stride) > 1:
            raise ConvanimError(
                "padding",
                "same",
                f"needs a stride of 1, as in PyTorch, and `stride` is {short(self.stride)}; "
                "write the padding in numbers, or `padding=same-upper`",
            )
        if word == "causal" and self.dims > 1:
            raise ConvanimError(
                "padding", "causal", f"needs one axis, and `input_size` has {self.dims}; write low:high an axis"
            )
        if word == "same" and self.flip:
            # SciPy cuts the middle out of the full output, and PyTorch pads first.
            word = "same-lower"
        return self.ends(word, self.input_size, self.kernel_size, self.stride, self.dilation)

    @staticmethod
    def ends(
        word: str,
        input_size: tuple[int, ...],
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        dilation: tuple[int, ...],
    ) -> tuple[Pair, ...]:
        """Return the padding before and after, per axis, of a word in `CONV_PADDINGS`."""
        spans = [d * (k - 1) for d, k in zip(dilation, kernel_size, strict=True)]
        return tuple(_ENDS[word](span, n, s) for span, n, s in zip(spans, input_size, stride, strict=True))

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        return super().sentence(say) if not self.flip else self.told(say, say.slides(say.input(), is_turned=True))

    @property
    def is_flipped(self) -> bool:
        """Whether the kernel is meant rotated by 180°, so that pictures with one of each kernel show it so."""
        return self.flip

    @property
    def remark(self) -> str:
        """What deep learning leaves out, if the kernel is flipped."""
        said = translated(
            "this is convolution as mathematics has it; deep learning leaves the turn out, which is cross-correlation"
        )
        return said if self.flip else ""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The definitions of convolution and of cross-correlation, if the kernel is flipped.

        They are those of ``scipy.signal.convolve`` and ``correlate``, where n
        counts from the first overlap of the kernel with the input.
        """
        if not self.flip:
            return ()
        axes, lows = self.axes, ("",) if self.dims == 1 else ("₁", "₂", "₃")[: self.dims]
        n, m = (", ".join(f"{letter}{low}" for low in lows) for letter in "nm")
        back = [f"n{low} − m{low}" for low in lows]
        turned = ", ".join(
            f"({said}) / {axis.dilation}" if axis.dilation > 1 else said for said, axis in zip(back, axes, strict=True)
        )
        steps = [f"{axis.dilation}·" if axis.dilation > 1 else "" for axis in axes]
        ahead = ", ".join(f"n{low} + {step}m{low}" for low, step in zip(lows, steps, strict=True))
        first = [str(axis.reach - 1 - axis.low).replace("-", "−") for axis in axes]
        place = first[0] if self.dims == 1 else f"({', '.join(first)})"
        return (
            (
                message("convolution"),
                translated(
                    "{formula}; output cell 0 is n = {place}", formula=f"y[{n}] = Σ x[{m}]·w[{turned}]", place=place
                ),
            ),
            (
                "",
                translated(
                    "deep learning leaves the turn out: cross-correlation, {formula}",
                    formula=f"y[{n}] = Σ x[{ahead}]·w[{m}]",
                ),
            ),
        )

    def padding_limit(self, number: int) -> int | None:
        """Return the largest padding that the padding mode can fill, or None if there is no limit."""
        return PADDING_MODES[self.padding_mode].limit(self.input_size[number])

    def _refuse_padding(self) -> None:
        for number, ends in enumerate(self.padding):
            limit = self.padding_limit(number)
            if limit is not None and max(ends) > limit:
                raise ConvanimError(
                    "padding",
                    short(self.padding),
                    f"`padding_mode={self.padding_mode}` of {self.input_size[number]} cells takes at most {limit}",
                    ways=(f"at most {limit}", "`padding_mode=replicate`"),
                )
