"""Folding: the cells of every window, which are channels, are added where the window lies in the output."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import product
from math import prod
from typing import Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import counted, message, translated, translated_in
from convanim.base.options import Padding, Size, padding_pairs, short
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, stamping
from convanim.layers.base import Layer, Source
from convanim.layers.cells import number_of
from convanim.layers.grouping import Grouping, count
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.rearrange import refuse_other_axes

_ORDER_WORDS = {
    (False, True): message("input channel n: cell n of each window, row by row"),
    (False, False): message("input channel n: cell n of each window, row by row; added where windows overlap"),
    (True, True): message("each output takes {count} inputs: the cells of its windows, row by row"),
    (True, False): message(
        "each output takes {count} inputs: the cells of its windows, row by row; added where they overlap"
    ),
}
"""What is said of the order of channels, by whether there are several outputs, and whether windows lie apart."""


@dataclass(frozen=True, init=False)
class Fold(Layer):
    """Channels laid back into windows, which are added where they overlap, as PyTorch's ``Fold``; also called col2im.

    Every cell of the input is a window: with a kernel of K cells, channel
    ``c·K + j`` holds what goes to kernel cell j (a row-major index) of output
    channel c. What would land in the padding is left out. PyTorch takes the
    windows as one axis of L columns, row by row; here they stay a grid.

    Parameters
    ----------
    input_size : int or sequence of int
        Windows from top to bottom and from left to right; one number means a square.
    kernel_size, dilation, stride : int or sequence of int
        One number, or one per axis.
    output_size : int or sequence of int, optional
        Cells of the output; by default, as many as the windows reach.
    padding : int or sequence
        The padding of the unfolding that this one undoes, which is cropped
        from the output: one number, or one or a (low, high) pair per axis.
    channels : int
        Output channels; the input has one channel per kernel cell for each.

    Raises
    ------
    ConvanimError
        If the windows do not fit the output as PyTorch requires, or a number is invalid.

    Examples
    --------
    >>> layer = Fold(3, 2)
    >>> layer.grouping.in_channels, layer.output_size, layer.overlaps
    (4, (4, 4), {1: 4, 2: 8, 4: 4})
    """

    operation: ClassVar[str] = "fold"
    # Translators: The name of a layer: the opposite of unfolding.
    title: ClassVar[str] = message("fold")
    is_weighted: ClassVar[bool] = False
    leaves_zeros: ClassVar[bool] = True
    transposes: ClassVar[str] = message("unfolding")

    dilation: tuple[int, ...]
    channels: int
    surplus: tuple[int, ...]

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        output_size: Size | None = None,
        dilation: Size = 1,
        padding: Padding = 0,
        stride: Size = 1,
        channels: int = 1,
    ) -> None:
        self._set_sizes(input_size, kernel_size, stride)
        refuse_other_axes(self)
        self._set(
            dilation=sized("dilation", dilation, self.dims),
            padding=padding_pairs("padding", padding, self.dims),
            channels=count("channels", channels),
            surplus=(0,) * self.dims,
        )
        if output_size is not None:
            asked = sized("output_size", output_size, self.dims)
            self._set(surplus=tuple(n - own for n, own in zip(asked, self.output_size, strict=True)))
            self._refuse_unlike(asked)
        self._refuse_unfit()

    def _refuse_unlike(self, asked: tuple[int, ...]) -> None:
        """Raise if another number of windows fits into the output that is asked for."""
        if all(0 <= more < s for more, s in zip(self.surplus, self.stride, strict=True)):
            return
        least = [n - more for n, more in zip(asked, self.surplus, strict=True)]
        ends = zip(least, self.stride, strict=True)
        few, many = short(least), short([n + s - 1 for n, s in ends])
        fits = [
            (n + low + high - d * (k - 1) - 1) // s + 1
            for n, (low, high), d, k, s in zip(
                asked, self.padding, self.dilation, self.kernel_size, self.stride, strict=True
            )
        ]
        raise ConvanimError(
            "output_size",
            short(asked),
            f"is not that of {short(self.input_size)} windows, which make {few}{'' if few == many else f' to {many}'}",
            ways=(
                f"an `output_size` of {few}" if min(least) > 0 else "",
                f"an `input_size` of {short(fits)}" if min(fits) > 0 else "",
            ),
        )

    @property
    def order_words(self) -> str:
        """Which cell of a window each channel holds, and what happens where windows overlap, if any do."""
        own = zip(self.stride, self.dilation, self.kernel_size, strict=True)
        is_apart = all(s > d * (k - 1) for s, d, k in own)
        return translated(_ORDER_WORDS[self.channels > 1, is_apart], count=prod(self.kernel_size))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis: that of a transposed convolution."""
        return stamping(self.input_size, self.kernel_size, self.stride, self.dilation, self.padding, self.surplus)

    @property
    def has_channels(self) -> bool:
        """Always true: the index of a cell begins with its channel."""
        return True

    @property
    def grouping(self) -> Grouping:
        """The channels: one input per kernel cell for each output."""
        return Grouping(self.channels * prod(self.kernel_size), self.channels, self.channels)

    @classmethod
    def fed(cls, channels: int, parameters: Any) -> dict[str, Any]:
        """Fill in the number of output channels: one for each kernel of input channels."""
        size = sized("kernel_size", parameters["kernel_size"], 2)
        return {"channels": max(1, channels // prod(size)), **parameters}

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cells that an output cell is the sum of, channel after channel; empty for a zero."""
        own = channel * prod(self.kernel_size)
        found = product(*(self._landing(number, at) for number, at in enumerate(cell)))
        return tuple(
            sorted(
                (0, own + number_of(tuple(tap for _, tap in each), self.kernel_size), tuple(at for at, _ in each))
                for each in found
            )
        )

    def _landing(self, number: int, output: int) -> list[tuple[int, int]]:
        """Return the windows along an axis that reach an output cell, each with its kernel cell there."""
        n, k = self.input_size[number], self.kernel_size[number]
        s, d = self.stride[number], self.dilation[number]
        place = output + self.padding[number][0]
        # Those whose first cell lies before the place and whose last does not.
        windows = range(max(0, -(((k - 1) * d - place) // s)), min(n, place // s + 1))
        parts = ((window, *divmod(place - window * s, d)) for window in windows)
        return [(window, tap) for window, tap, rest in parts if not rest]

    def input_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the cell of the kernel that an input channel holds."""
        return channel % prod(self.kernel_size)

    @property
    def most_sources(self) -> int:
        """The most windows that meet in one output cell."""
        return max(self.overlaps)

    @property
    def overlaps(self) -> dict[int, int]:
        """How many cells of an output channel are reached by how many windows, by the number of windows."""
        along = [
            Counter(len(self._landing(number, output)) for output in range(n))
            for number, n in enumerate(self.output_size)
        ]

        def crossed(one: Counter[int], other: Counter[int]) -> Counter[int]:
            found = Counter[int]()
            for (a, cells), (b, others) in product(one.items(), other.items()):
                found[a * b] += cells * others
            return found

        return dict(sorted(reduce(crossed, along).items()))

    @property
    def dropped(self) -> int:
        """How many values of the input land in the padding, in all channels."""
        landed = sum(windows * cells for windows, cells in self.overlaps.items())
        return self.channels * (prod(self.kernel_size) * prod(self.input_size) - landed)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What an explanation adds: the overlaps, and the values that land in the padding."""
        (first, cells), *others = self.overlaps.items()
        told = [
            counted(
                "{windows} in {count} cell", "{windows} in {count} cells", cells, windows=first or translated("none")
            )
        ]
        told += [translated("{windows} in {cells}", windows=windows, cells=cells) for windows, cells in others]
        values = self.grouping.in_channels * prod(self.input_size)
        lost = translated("{count} of {total} values, which land in the padding", count=self.dropped, total=values)
        most = self.most_sources
        meet = (
            message("windows that meet in a cell of each output channel: {counts}")
            if self.channels > 1
            else message("windows that meet in a cell: {counts}")
        )
        # Here, which words do not see, the parts of a list are joined as there.
        between = translated_in("in a list", ", ")
        field = (
            translated("up to {count} cells of the input, each in a channel of its own", count=most)
            if most > 1
            else counted("{field} cell of the input", "{field} cells of the input", 1, field="1")
        )
        return (
            (message("overlap"), translated(meet, counts=between.join(told))),
            ("receptive field", field),
            ("never read", lost if self.dropped else translated("nothing: every value counts")),
        )

    def _formula(self, terms: Any, padding: tuple[str, ...]) -> str:
        n, k, s, d, a = (terms[letter] for letter in "nksda")
        more = f" + {a}" if any(self.surplus) else ""
        return f"({n} − 1)·{s} − {' − '.join(padding)} + {d}·({k} − 1) + 1{more}"

    def _refuse_axis(self, number: int, axis: Axis) -> None:
        raise ConvanimError(
            "padding",
            short(self.padding),
            f"leaves no output, {self.filled(number)}",
            ways=("less `padding`", "a larger `input_size`"),
        )

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        cells, most = prod(self.kernel_size), self.most_sources
        whole = (
            translated("the {count} channels", count=cells)
            if self.channels == 1
            else translated("{count} of the {total} channels", count=cells, total=cells * self.channels)
        )
        own = say.output if self.channels == 1 else translated("its own of {channels}", channels=say.output)
        laid = translated(
            "{channels} of each of {size} places are laid out as {window} in {output} with {settings}",
            channels=whole,
            size=say.size(self.input_size),
            window=say.dilated(translated("a {size} window", size=say.size(self.kernel_size))),
            output=own,
            settings=say.settings(),
        )
        meet = (
            translated("where windows overlap they are added, at most {count} in a cell", count=most)
            if most > 1
            else translated("no two overlap")
        )
        return say.clauses(translated("{name}: {what}", name=self.called, what=laid), meet)
