"""What every layer is: sizes, checked and frozen, and the numbers that follow from its axes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Protocol

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, Pair, Size, count_axes, per_axis, short, spelled
from convanim.layers.axis import Axis
from convanim.layers.grouping import Grouping
from convanim.layers.rules import SUM, Rule

ROWS_COLUMNS = {1: ("columns",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}
"""What the axes of a layer are called, by how many there are."""

Source = tuple[int, int, tuple[int, ...]]
"""Which input of a layer, which channel of that, and which cell of that."""

MOST_POSITIONS = 10_000_000
"""The longest axis, with all that stands between and around the input."""


class Phrases(Protocol):
    """Parts of a sentence about a layer that are the same for all operations, in the words of readers."""

    @property
    def name(self) -> str:
        """What the layer is called, by its channels where it has several."""

    @property
    def output(self) -> str:
        """The output: ``the 2×2 output``, or ``3 output channels of 2×2``."""

    @property
    def dilation(self) -> str:
        """How far the cells of the window are apart, where they are, as the end of a clause."""

    @property
    def spread(self) -> str:
        """What is done to the input before the kernel slides, as the end of a clause."""

    @property
    def making(self) -> str:
        """What each place of the kernel makes."""

    @property
    def sliding_over(self) -> str:
        """``slides over``, and the input, each of its channels by itself, with padding and stride."""

    def input(self, article: str = "") -> str:
        """Return the input: ``a 5×5 input``, or ``3 input channels of 5×5``."""

    def window(self, word: str, article: str = "") -> str:
        """Return the window: ``a 3×3 kernel``, by some word for it."""

    def sliding(self, how: str = "", turned: str = "") -> str:
        """Return what slides, and ``over``."""

    def settings(self, unpadded: str = "") -> str:
        """Return padding, stride and the like as a list."""

    def size(self, cells: Sequence[int]) -> str:
        """Return numbers of cells: ``2×2``."""

    def cells(self, counts: Sequence[int]) -> str:
        """Return numbers of cells with their unit: ``2×2 cells``."""

    def an(self, said: str) -> str:
        """Return words behind their article."""


@dataclass(frozen=True, init=False)
class Layer(ABC):
    """An operation on an input of known size; sizes are (rows, columns).

    A subclass says what it is called (``operation``, ``title``, and
    ``short_title`` where there is little room), whether a caption may leave
    that out (``is_usual``), whether it says how channels meet
    (``names_channels``), the cells of which side meet each weight once
    (``multiplied``), what happens (``sentence``), which words its padding takes
    (``padding_words``), how the values of a window become one (``rule``),
    whether it has weights (``is_weighted``) and makes zeros of nothing
    (``leaves_zeros``), which ``methods`` compute it, and its ``axes``.

    Attributes
    ----------
    input_size, kernel_size, stride : tuple of int
        One an axis.
    padding : tuple of (int, int)
        Cells before and after, an axis.
    """

    operation: ClassVar[str]
    title: ClassVar[str]
    short_title: ClassVar[str] = ""
    is_usual: ClassVar[bool] = False
    names_channels: ClassVar[bool] = False
    multiplied: ClassVar[str] = "output"
    padding_words: ClassVar[Mapping[str, str]] = {}
    rule: ClassVar[Rule] = SUM
    is_weighted: ClassVar[bool] = True
    leaves_zeros: ClassVar[bool] = False
    methods: ClassVar[tuple[str, ...]] = ("gather",)

    input_size: tuple[int, ...]
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[Pair, ...]

    @property
    @abstractmethod
    def axes(self) -> tuple[Axis, ...]:
        """The layer's geometry, axis by axis."""

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation, without a full stop, in phrases that are the same for all layers."""
        window = f"{self.title}: {say.window('window')}{say.dilation} {say.sliding_over}"
        return f"{window}; each place makes one cell of {say.output}"

    @property
    def dims(self) -> int:
        """Number of axes: 1, 2 or 3."""
        return len(self.input_size)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Cells of the output, an axis."""
        return tuple(axis.output for axis in self.axes)

    @property
    def options(self) -> dict[str, object]:
        """The resolved parameters besides the input size, by name."""
        names = tuple(inspect.signature(type(self)).parameters)[1:]
        return {name: getattr(self, name) for name in names}

    @property
    def grouping(self) -> Grouping:
        """The channels of input and output, and how they meet."""
        return Grouping()

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one plane before or after."""
        return not self.grouping.is_single

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters for so many input channels, where none are given and the layer needs no more to know."""
        return dict(parameters)

    @property
    def weight_size(self) -> tuple[int, ...]:
        """The shape of the weights as PyTorch stores them, channels first; empty where there are none."""
        return ()

    @property
    def bias_size(self) -> int:
        """How many biases there are."""
        return 0

    @property
    def parameters(self) -> int:
        """Number of weights, and of biases where the layer has them."""
        return (prod(self.weight_size) if self.is_weighted else 0) + self.bias_size

    @property
    def multiplications(self) -> int:
        """Multiplications for one pass, those with padding included."""
        return prod(self.output_size) * prod(self.weight_size) if self.is_weighted else 0

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input cells, an axis, from the first to the last that one output can see."""
        return tuple(axis.field() for axis in self.axes)

    def field(self, number: int, outputs: int) -> int:
        """Return how many input cells some neighbouring outputs can see at most along axis ``number``."""
        return self.axes[number].field(outputs)

    def inputs(self, number: int, output: int) -> Iterable[int]:
        """Return the input cells of axis ``number`` that make an output cell, as if the input had no ends."""
        return self.axes[number].inputs(output)

    def spacing(self, number: int) -> int:
        """Return after how many outputs along axis ``number`` the same cells are read again, one further."""
        return self.axes[number].spacing

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size.

        Parameters
        ----------
        number : int, optional
            The axis whose numbers to put in; letters where it is not given.

        Returns
        -------
        str
            The formula of PyTorch's documentation, which is the guide's
            (arXiv:1603.07285) with dilation. Padding is one term where it is
            the same at both ends of every axis.
        """
        uneven = any(low != high for low, high in self.padding)
        if number is None:
            padding = ("p_low", "p_high") if uneven else ("2·p",)
            return self._formula({"n": "n", "k": "k", "s": "s", "d": "d", "a": "a"}, padding)
        axis, (low, high) = self.axes[number], self.padding[number]
        letters = {"n": axis.size, "k": axis.kernel, "s": self.stride[number], "d": axis.dilation, "a": axis.surplus}
        padding = (str(low), str(high)) if uneven else (f"2·{low}",)
        return self._formula({letter: str(value) for letter, value in letters.items()}, padding)

    def _formula(self, terms: Mapping[str, str], padding: tuple[str, ...]) -> str:
        """Return the formula with some terms for n, k, s, d and a, and for the padding."""
        left, right = ("⌈", "⌉") if self.axes[0].ceil_mode else ("⌊", "⌋")
        n, k, s, d = (terms[letter] for letter in "nksd")
        return f"{left}({n} + {' + '.join(padding)} − {d}·({k} − 1) − 1) / {s}{right} + 1"

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...] | None:
        """Return which input cells, apart from any window, an output cell takes; None where windows slide over axes."""
        return None

    @property
    def counted(self) -> tuple[tuple[int, ...], ...] | None:
        """How many places of each window count in an average, an axis; None where nothing is averaged."""
        return None

    def divisor(self, cell: tuple[int, ...]) -> int | None:
        """Return what the sum over the window of an output cell is divided by, if by anything."""
        counted = self.counted
        return None if counted is None else prod(counts[at] for counts, at in zip(counted, cell, strict=True))

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _set_sizes(self, input_size: Size, kernel_size: Size, stride: Size) -> None:
        size = per_axis("input_size", input_size, count_axes("input_size", input_size))
        if len(size) not in ROWS_COLUMNS:
            raise ConvanimError("input_size", spelled(size), "has more than 3 axes; give 1, 2 or 3")
        self._set(
            input_size=size,
            kernel_size=per_axis("kernel_size", kernel_size, len(size)),
            stride=per_axis("stride", stride, len(size)),
        )

    def _refuse_unfit(self) -> None:
        """Raise where some axis has no window at all, or more positions than can be counted."""
        for number, axis in enumerate(self.axes):
            if axis.output < 1 or (axis.reach > axis.extent and not axis.ceil_mode):
                self._refuse_axis(number, axis)
            if len(axis.drawn) > MOST_POSITIONS:
                raise ConvanimError(
                    "input_size",
                    short(self.input_size),
                    f"takes {len(axis.drawn)} positions with all that stands between and around it, and at most "
                    f"{MOST_POSITIONS} are counted; use a smaller `input_size`, `stride`, `dilation` or `padding`",
                )

    def filled(self, number: int) -> str:
        """Return the size formula with the numbers of an axis in it, and what comes of it."""
        made = self.axes[number].output + self.axes[number].dropped
        return f"{self.size_formula(number)} = {made}".replace("-", "−")

    def padding_limit(self, number: int) -> int | None:
        """Return the most padding that an end of axis ``number`` takes, None if any."""
        return None

    def _refuse_axis(self, number: int, axis: Axis) -> None:
        """Say that the window does not fit, and the smallest changes that mend it."""
        missing = [max(axis.missing, 0) for axis in self.axes]
        padding = [
            (low + lack // 2, high + lack - lack // 2) for (low, high), lack in zip(self.padding, missing, strict=True)
        ]
        limits = [self.padding_limit(number) for number in range(self.dims)]
        fits = all(
            max(ends) <= (LIMIT if limit is None else min(limit, LIMIT))
            for ends, limit in zip(padding, limits, strict=True)
        )
        sizes = [axis.size + -(-lack // axis.spacing) for axis, lack in zip(self.axes, missing, strict=True)]
        larger = f", an `input_size` of at least {short(sizes)}" if max(sizes) <= LIMIT else ""
        dilated = f" (dilation {axis.dilation})" if axis.dilation > 1 else ""
        raise ConvanimError(
            "kernel_size",
            short(self.kernel_size),
            f"reaches over {axis.reach} {ROWS_COLUMNS[self.dims][number]}{dilated}, but the padded input has "
            f"{max(axis.extent, 0)}, so that {self.filled(number)}; use a smaller `kernel_size`{larger}"
            + (f", or `padding={short(padding)}`" if fits else ""),
        )


def rebuilt(layer: Any, **changes: Any) -> Any:
    """Return the same layer with changes to its parameters.

    Raises
    ------
    ConvanimError
        If there is no such layer.
    """
    return type(layer)(**{"input_size": layer.input_size, **layer.options, **changes})
