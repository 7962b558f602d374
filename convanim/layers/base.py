"""The base class of layers: checked, frozen sizes, and the numbers that follow from the axes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message, translated
from convanim.base.options import LIMIT, Pair, Size, count_axes, short, spelled
from convanim.base.records import dataclass
from convanim.layers.axis import Axis
from convanim.layers.cells import PLAIN, Blocks
from convanim.layers.grouping import Grouping
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.rules import MEAN, SUM, Rule
from convanim.layers.sampled_axis import SampledAxis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS_COLUMNS = {1: ("columns",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}
"""The names of the axes of a layer, by number of axes."""

Source = tuple[int, int, tuple[int, ...]]
"""An input of a layer, a channel of that input, and a cell of that channel."""

MOST_POSITIONS = 10_000_000
"""The largest number of positions of an axis, with inserted zeros and padding."""


@dataclass(frozen=True, init=False)
class Layer(ABC):
    """An operation on an input of known size; sizes are (rows, columns).

    A subclass defines its names (``operation``, ``title``, and ``short_title``
    for little room), whether a caption may leave the name out (``is_usual``),
    whether the name tells how channels are connected (``names_channels``), on
    which side each cell meets each weight once (``multiplied``), a ``sentence``
    about what happens, the words for its padding (``padding_words``), how the
    values of a window are combined (``rule``), whether it has weights
    (``is_weighted``), whether some outputs are zeros that read no input
    (``leaves_zeros``), what its matrix is the transpose of (``transposes``),
    what a caption says of the frames around its ``blocks`` (``block_words``, and
    ``landing_words`` where none is around the cell that is read),
    and of channels that are the cells of a window (``order_words``),
    of where outputs lie on the input (``place_words``),
    of the dashed border (``border_words``) and of how values are combined
    (``rule_words``) where nothing else says it, in which order its output is usually made (``usual_order``),
    the ``methods`` that compute it, and its ``axes``.

    Attributes
    ----------
    input_size, kernel_size, stride : tuple of int
        One entry per axis.
    padding : tuple of (int, int)
        Cells before and after, per axis.
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
    transposes: ClassVar[str] = ""
    block_words: ClassVar[str] = ""
    landing_words: ClassVar[str] = ""
    usual_order: ClassVar[str] = "channel"
    methods: ClassVar[tuple[str, ...]] = ("gather",)

    input_size: tuple[int, ...]
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[Pair, ...]

    @property
    @abstractmethod
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows, without its full stop, made of common phrases."""
        makes = translated("each place makes one cell of {output}", output=say.output)
        return say.clauses(translated("{name}: {what}", name=self.called, what=say.window_slides), makes)

    @property
    def called(self) -> str:
        """The title in the language that is spoken."""
        return translated(self.title)

    @property
    def called_briefly(self) -> str:
        """What it is called where there is little room, in the language that is spoken."""
        return translated(self.short_title) if self.short_title else self.called

    @property
    def dims(self) -> int:
        """Number of axes: 1, 2 or 3."""
        return len(self.input_size)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the output, per axis."""
        return tuple(axis.output for axis in self.axes)

    @property
    def options(self) -> dict[str, object]:
        """The resolved parameters except the input size, by name."""
        return {name: getattr(self, name) for name in _options_of(type(self))}

    @property
    def combining(self) -> Rule:
        """How the values of a window are combined: `rule`, unless parameters of the layer decide it."""
        return self.rule

    @property
    def order_words(self) -> str:
        """What a caption says of channels that are the cells of a window: a message, perhaps with its numbers in it."""
        return ""

    @property
    def place_words(self) -> str:
        """What a caption says of where outputs lie on the input; empty where windows slide."""
        return ""

    @property
    def border_words(self) -> str:
        """What a caption says of the dashed cells around an input, a message."""
        return message("dashed: zero padding")

    @property
    def rule_words(self) -> str:
        """What a caption without numbers says of how the values of a window are combined; empty where it is usual."""
        return ""

    @property
    def grouping(self) -> Grouping:
        """The channels of input and output, and how they are connected."""
        return Grouping()

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one input or output channel."""
        return not self.grouping.is_single

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the parameters that follow from the number of input channels."""
        return dict(parameters)

    @classmethod
    def seeded(cls, parameters: Mapping[str, Any], seed: int, first: Any = None) -> dict[str, Any]:
        """Fill in the parameters that are drawn at random, or follow from the input's numbers, where not given."""
        return dict(parameters)

    @property
    def weight_size(self) -> tuple[int, ...]:
        """The shape of the weights as PyTorch stores them, channels first; empty if there are none."""
        return ()

    @property
    def bias_size(self) -> int:
        """Number of biases."""
        return 0

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        return (prod(self.weight_size) if self.is_weighted else 0) + self.bias_size

    @property
    def multiplications(self) -> int:
        """Number of multiplications of one pass, including those with padding."""
        return prod(self.output_size) * prod(self.weight_size) if self.is_weighted else 0

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """The span of input cells that one output can see, per axis."""
        return tuple(axis.field() for axis in self.axes)

    def field(self, number: int, outputs: int) -> int:
        """Return the largest span of input cells that ``outputs`` neighbouring outputs see along axis ``number``."""
        return self.axes[number].field(outputs)

    def inputs(self, number: int, output: int) -> Iterable[int]:
        """Return the input cells of axis ``number`` that make an output cell, as if the input were endless."""
        return self.axes[number].inputs(output)

    def source_size(self, source: int) -> tuple[int, ...]:
        """Return the size of each channel of an input, per axis; only those of a layer that joins branches differ."""
        return self.input_size

    def source_channels(self, source: int) -> int:
        """Return the number of channels of an input; only those of a layer that joins branches differ."""
        return self.grouping.in_channels

    def source_inputs(self, source: int, number: int, output: int) -> Iterable[int]:
        """Return the cells of an input, on axis ``number``, that make an output cell, as if it were endless."""
        return self.inputs(number, output)

    def paths(self, number: int, output: int) -> Iterable[tuple[int, float]]:
        """Return the cells of `inputs`, each with how much it weighs in the output cell if all weights are equal."""
        axis, cells = self.axes[number], tuple(self.inputs(number, output))
        if isinstance(axis, SampledAxis) and axis.cycle_shares:
            return zip(cells, axis.cycle_shares[output % len(axis.cycle)], strict=True)
        return ((cell, 1 / len(cells) if self.combining is MEAN else 1.0) for cell in cells)

    def spacing(self, number: int) -> int:
        """Return after how many outputs along axis ``number`` the pattern of cells that they read repeats."""
        return self.axes[number].spacing

    @property
    def is_flipped(self) -> bool:
        """Whether the kernel is meant rotated by 180°, so that pictures with one of each kernel show it so."""
        return False

    @property
    def remark(self) -> str:
        """A sentence, without its full stop, on what a picture does not tell; empty if there is none."""
        return ""

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size.

        Parameters
        ----------
        number : int, optional
            The axis whose numbers are filled in; without it, the formula has letters.

        Returns
        -------
        str
            The formula of PyTorch's documentation, which is the guide's
            (arXiv:1603.07285) with dilation. Padding is one term if it is
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
        """Return the formula with the given terms for n, k, s, d and a, and for the padding."""
        left, right = ("⌈", "⌉") if self.axes[0].ceil_mode else ("⌊", "⌋")
        n, k, s, d = (terms[letter] for letter in "nksd")
        return f"{left}({n} + {' + '.join(padding)} − {d}·({k} − 1) − 1) / {s}{right} + 1"

    @property
    def input_mask(self) -> NDArray[np.bool_] | None:
        """Which input cells hold something; None if all do."""
        return None

    @property
    def output_mask(self) -> NDArray[np.bool_] | None:
        """Which output cells are made; None if all are."""
        return None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Phrases of a caption that no parameter says."""
        return ()

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...] | None:
        """Return the input cells that an output cell takes, or None if the layer has sliding windows."""
        return None

    def input_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the number of the tint of an input cell, which stays with what is copied from it."""
        return PLAIN

    def output_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the number of the tint of an output cell."""
        return PLAIN

    def blocks(self, channel: int, cell: tuple[int, ...]) -> Blocks:
        """Return the cells of the input and the output that belong together with an output cell."""
        return (), ()

    def landing(self, channel: int, cell: tuple[int, ...]) -> int | None:
        """Return where the value of an input cell goes, as a row-major index, if an index decides that."""
        return None

    @property
    def has_indices(self) -> bool:
        """Whether indices decide where values go, without which a picture does not tell why."""
        return self.landing(0, (0,) * self.dims) is not None

    def places(self, channel: int, cell: tuple[int, ...]) -> tuple[tuple[float, ...], ...]:
        """Return the places between input cells that an output cell is read from; empty if it reads whole cells.

        They count from 0 at the middle of the first input cell of each axis.
        """
        return ()

    @property
    def lattice(self) -> tuple[tuple[float, ...], ...]:
        """The places that all outputs together are laid over the input at; empty if they are not shown."""
        return ()

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What an explanation says of this operation alone, each with its name; known names take their place."""
        return ()

    @property
    def factor_said(self) -> str:
        """By how much the layer makes its input larger or smaller, as the end of a phrase, if that tells it apart."""
        return ""

    def factors(self, channel: int, cell: tuple[int, ...]) -> tuple[float, ...] | None:
        """Return the factor of each of the `sources` of an output cell, or None if they are added or copied."""
        return None

    @property
    def counted(self) -> tuple[tuple[int, ...], ...] | None:
        """How many cells of each window an average counts, per axis; None if the layer does not average."""
        return None

    def divisor(self, cell: tuple[int, ...]) -> int | None:
        """Return what the sum over the window of an output cell is divided by, or None."""
        counted = self.counted
        return None if counted is None else prod(counts[at] for counts, at in zip(counted, cell, strict=True))

    @property
    def most_sources(self) -> int:
        """The most input cells that an output cell takes, if the layer has no sliding windows."""
        return 1

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _set_sizes(self, input_size: Size, kernel_size: Size, stride: Size) -> None:
        size = sized("input_size", input_size, count_axes("input_size", input_size))
        if len(size) not in ROWS_COLUMNS:
            raise ConvanimError("input_size", spelled(size), "has more than 3 axes; give 1, 2 or 3")
        self._set(
            input_size=size,
            kernel_size=sized("kernel_size", kernel_size, len(size)),
            stride=sized("stride", stride, len(size)),
        )

    def _refuse_unfit(self) -> None:
        """Raise if an axis has no window at all, or too many positions."""
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
        """Return the size formula with the numbers of an axis filled in, and its result."""
        made = self.axes[number].output + self.axes[number].dropped
        return f"{self.size_formula(number)} = {made}".replace("-", "−")

    def padding_limit(self, number: int) -> int | None:
        """Return the largest padding of an end of axis ``number``, or None if there is no limit."""
        return None

    def _refuse_axis(self, number: int, axis: Axis) -> None:
        """Raise an error: the window does not fit, and which smallest changes would help."""
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
        ways = (
            "a smaller `kernel_size`",
            f"an `input_size` of at least {short(sizes)}" if max(sizes) <= LIMIT else "",
            f"`padding={short(padding)}`" if fits else "",
        )
        dilated = f" (dilation {axis.dilation})" if axis.dilation > 1 else ""
        raise ConvanimError(
            "kernel_size",
            short(self.kernel_size),
            f"reaches over {axis.reach} {ROWS_COLUMNS[self.dims][number]}{dilated}, but the padded input has "
            f"{max(axis.extent, 0)}, so that {self.filled(number)}",
            ways=tuple(filter(None, ways)),
        )


@cache
def _options_of(kind: type[Layer]) -> tuple[str, ...]:
    """Return the names of the parameters that a kind of layer takes behind its input size."""
    return tuple(inspect.signature(kind).parameters)[1:]


def rebuilt(layer: Any, **changes: Any) -> Any:
    """Return a layer with some of its parameters changed.

    Raises
    ------
    ConvanimError
        If the changed parameters are invalid.
    """
    return type(layer)(**{"input_size": layer.input_size, **layer.options, **changes})
