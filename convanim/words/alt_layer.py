"""The parts of sentences about a layer: its window, its input and output, its settings, its stamps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain as pairs
from math import prod

from convanim.base.language import counted, message, messages, translated
from convanim.base.options import Pair
from convanim.base.records import dataclass
from convanim.layers import Conv, Layer
from convanim.layers.axis import PADDING_MODES, Kind
from convanim.words.captions import kernels
from convanim.words.layer_names import kind_of, plain_name, size
from convanim.words.sentences import an, cells_words, clauses, listed, same
from convanim.words.turning import turned_words

_SLIDES = {
    1: messages("{kernel} slides along {input}", "{kernel} slide along {input}"),
    2: messages("{kernel} slides over {input}", "{kernel} slide over {input}"),
    3: messages("{kernel} slides through {input}", "{kernel} slide through {input}"),
}
_SLIDES_SLOWLY = {
    1: messages("{kernel} slides cell by cell along {input}", "{kernel} slide cell by cell along {input}"),
    2: messages("{kernel} slides cell by cell over {input}", "{kernel} slide cell by cell over {input}"),
    3: messages("{kernel} slides cell by cell through {input}", "{kernel} slide cell by cell through {input}"),
}
"""What a kernel, or several, do, by the number of axes."""

_SIDES = {
    "cell": (
        messages("{count} cell before", "{count} cells before"),
        messages("{count} cell behind", "{count} cells behind"),
    ),
    "slice": (
        messages("{count} slice before", "{count} slices before"),
        messages("{count} slice behind", "{count} slices behind"),
    ),
    "row": (messages("{count} row above", "{count} rows above"), messages("{count} row below", "{count} rows below")),
    "column": (
        messages("{count} column left", "{count} columns left"),
        messages("{count} column right", "{count} columns right"),
    ),
}
"""How much there is at both ends of an axis, by what it is made of."""

WINDOWS = {
    "a kernel": (message("a {size} kernel"), messages("a kernel of {count} cell", "a kernel of {count} cells")),
    "a window": (message("a {size} window"), messages("a window of {count} cell", "a window of {count} cells")),
    "the kernel": (message("the {size} kernel"), messages("the kernel of {count} cell", "the kernel of {count} cells")),
    "its window": (message("its {size} window"), messages("its window of {count} cell", "its window of {count} cells")),
    "its channel's kernel": (
        message("its channel's {size} kernel"),
        messages("its channel's kernel of {count} cell", "its channel's kernel of {count} cells"),
    ),
}
"""What a window is called over several axes, and over one."""

_MAKES = {
    "": (message("it makes {output}"), message("each makes one of {output}")),
    "depthwise": (
        message("it reads one channel only and makes {output}"),
        message("each reads one channel only and makes one of {output}"),
    ),
    "pointwise": (
        message("it reads one cell of its channels at a time and makes {output}"),
        message("each reads one cell of its channels at a time and makes one of {output}"),
    ),
    "grouped": (
        message("it reads the channels of its group and makes {output}"),
        message("each reads the channels of its group and makes one of {output}"),
    ),
}
"""What a kernel, and what each of several kernels reads and makes, by the kind of the layer."""


def layer_told(layer: Layer, method: str) -> list[str]:
    """Return what happens in the animation of a layer, and remarks on it, as the parts of sentences."""
    what = _stamping(layer) if method == "scatter" else layer.sentence(_Phrases(layer))
    return [what, *filter(None, [layer.remark]), *_remarks(layer)]


def _stamping(layer: Layer) -> str:
    return translated(
        "a {name} with {settings}: {what}",
        name=plain_name(layer),
        settings=_Phrases(layer).settings(),
        what=stamping(layer),
    )


def stamping(layer: Layer) -> str:
    """Return what each cell of the input stamps, as a clause."""
    grouping, made = layer.grouping, layer.grouping.outputs_a_group
    is_single = grouping.in_channels == 1
    if made > 1:
        several = (
            message("each of the {count} kernels of {cells}")
            if is_single
            else message("each of its channel's {count} kernels of {cells}")
        )
        stamp = translated(several, count=made, cells=cells_words(layer.kernel_size, has_unit=False))
    else:
        stamp = _window(layer, "the kernel" if is_single else "its channel's kernel")
    onto = output_words(layer)
    if grouping.groups > 1:
        own = message("its {count} of {channels}") if made > 1 else message("its own of {channels}")
        onto = translated(own, count=made, channels=onto)
    apart = (
        message(
            "each cell of {input} stamps a copy of {stamp}, multiplied by its value, onto {output}, "
            "stamps {stride} apart"
        )
        if prod(layer.input_size) > 1
        else message("each cell of {input} stamps a copy of {stamp}, multiplied by its value, onto {output}")
    )
    stamps = translated(
        apart,
        input=input_words(layer, is_known=True),
        stamp=_dilated(layer, stamp),
        output=onto,
        stride=same(layer.stride),
    )
    is_alone = grouping.inputs_a_group == 1 and all(axis.field() == 1 or axis.size == 1 for axis in layer.axes)
    meet = message("no two stamps overlap") if is_alone else message("where stamps overlap they are added")
    return clauses(stamps, translated(meet))


@dataclass(frozen=True)
class _Phrases:
    """The parts of sentences about a layer; see `Phrases`."""

    layer: Layer

    @property
    def name(self) -> str:
        return plain_name(self.layer)

    @property
    def is_plain(self) -> bool:
        return self.layer.title == Conv.title and kind_of(self.layer) in ("", "standard")

    @property
    def output(self) -> str:
        return output_words(self.layer)

    def input(self, article: str = "") -> str:
        return input_words(self.layer, is_known=bool(article))

    @property
    def spread(self) -> str:
        return _spread(self.layer)

    @property
    def making(self) -> str:
        return _making(self.layer)

    @property
    def window_slides(self) -> str:
        window = self.dilated(self.window("a window"))
        over = self.input()
        if self.layer.grouping.in_channels > 1:
            over = translated("each of {channels}", channels=over)
        slides = counted(*_SLIDES[self.layer.dims], 1, kernel=window, input=over)
        return translated("{what} with {settings}", what=slides, settings=self.settings())

    def slides(self, over: str, is_slow: bool = False, is_turned: bool = False) -> str:
        own = self.layer.grouping
        tool = self.dilated(self.window("a kernel") if own.is_single else kernels(self.layer))
        if is_turned:
            tool = turned_words(self.layer.dims, message("{kernel}, rotated by 180°,"), kernel=tool)
        said = (_SLIDES_SLOWLY if is_slow else _SLIDES)[self.layer.dims]
        return counted(*said, own.out_channels, kernel=tool, input=over)

    def dilated(self, window: str) -> str:
        return _dilated(self.layer, window)

    def window(self, word: str) -> str:
        return _window(self.layer, word)

    def settings(self, unpadded: str = "") -> str:
        added = same([axis.surplus for axis in self.layer.axes])
        more = "" if added == "0" else translated("output padding {value}", value=added)
        return listed([*settings_words(self.layer, unpadded), more])

    def size(self, cells: Sequence[int]) -> str:
        return size(cells)

    def cells(self, counts: Sequence[int]) -> str:
        return cells_words(counts)

    def clauses(self, *parts: str) -> str:
        return clauses(*parts)


def sliding(layer: Layer) -> str:
    """Return that the kernels of a layer, or its window where it has none, slide over its input, as a clause."""
    over = input_words(layer, is_known=True)
    if layer.is_weighted:
        return _Phrases(layer).slides(over, is_turned=is_turned(layer))
    window = _dilated(layer, _window(layer, "a window"))
    return counted(*_SLIDES[layer.dims], 1, kernel=window, input=over)


def is_turned(layer: Layer) -> bool:
    """Return whether the kernel of a layer meets its input rotated by 180°."""
    return layer.is_flipped or any(axis.rotated for axis in layer.axes)


def padding_ends(layer: Layer) -> str:
    """Return how much padding there is at the ends of the axes, around inserted zeros; empty for none."""
    padded, _ = _parted([(axis.low, axis.high) for axis in layer.axes])
    return _ends(padded) if any(pairs(*padded)) else ""


def _window(layer: Layer, word: str) -> str:
    """Return ``a 3×3 kernel``, or ``a kernel of 3 cells`` for one axis."""
    several, one = WINDOWS[word]
    if layer.dims > 1:
        return an(translated(several, size=size(layer.kernel_size)))
    return counted(*one, layer.kernel_size[0])


def _dilated(layer: Layer, window: str) -> str:
    """Return a window or kernels, with how far apart their cells are where that is not 1."""
    reach, apart = tuple(axis.reach for axis in layer.axes), same([axis.dilation for axis in layer.axes])
    if reach == layer.kernel_size:
        return window
    is_one = layer.grouping.is_single or not layer.is_weighted
    said = (
        message("{kernel} whose cells are {apart} apart (dilation {apart}, so it reaches over {cells})")
        if is_one
        else message("{kernel} whose cells are {apart} apart (dilation {apart}, so each reaches over {cells})")
    )
    return translated(said, kernel=window, apart=apart, cells=cells_words(reach))


def input_words(layer: Layer, is_known: bool = False) -> str:
    """Return ``a 5×5 input``, ``a row of 5 cells``, or ``3 input channels of 5×5``; with ``the`` if it is known."""
    count, cells = layer.grouping.in_channels, cells_words(layer.input_size, has_unit=False)
    if count > 1:
        return translated("{count} input channels of {cells}", count=count, cells=cells)
    if layer.dims > 1:
        return (
            translated("the {cells} input", cells=cells) if is_known else an(translated("a {cells} input", cells=cells))
        )
    return translated("the row of {cells}", cells=cells) if is_known else translated("a row of {cells}", cells=cells)


def output_words(layer: Layer) -> str:
    """Return ``the 3×3 output``, or how many channels of which size it has."""
    count, cells = layer.grouping.out_channels, cells_words(layer.output_size, has_unit=False)
    if count > 1:
        return translated("{count} output channels of {cells}", count=count, cells=cells)
    return translated(
        message("the {cells} output") if layer.dims > 1 else message("the output of {cells}"), cells=cells
    )


def _making(layer: Layer) -> str:
    if layer.grouping.is_single:
        return translated("each place makes one cell of {output}", output=output_words(layer))
    one, each = _MAKES.get(kind_of(layer), _MAKES[""])
    return translated(each if layer.grouping.out_channels > 1 else one, output=output_words(layer))


def settings_words(layer: Layer, unpadded: str = "") -> list[str]:
    """Return a layer's padding, with what it holds or counts for where that matters, its cropping and its stride."""
    padded, cropped = _parted(layer.padding)
    mode, combining = layer.axes[0].padding_mode, layer.combining
    note = (
        translated(PADDING_MODES[mode].about)
        if mode != "zeros"
        else combining.ignored and combining.says(combining.ignored)
    )
    note = translated("not counted") if layer.options.get("count_include_pad") is False else note
    is_even = all(low == high for low, high in padded)
    told = clauses(*filter(None, ["" if is_even else _ends(padded), note]))
    padding = translated("padding {value}", value=same(padded)) if is_even else translated("padding")
    if told:
        # Translators: More about something in brackets behind it.
        padding = translated("{what} ({details})", what=padding, details=told)
    crop = translated("cropping ({cells})", cells=_ends(cropped)) if any(pairs(*cropped)) else ""
    stride = translated("a stride of {value}", value=same(layer.stride))
    return [padding if any(pairs(*padded)) else unpadded, crop, stride]


def _parted(pairs: Sequence[Pair]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Return how much is added at the ends of axes, and how much is taken away."""
    padded = tuple((max(low, 0), max(high, 0)) for low, high in pairs)
    return padded, tuple((max(-low, 0), max(-high, 0)) for low, high in pairs)


def _ends(ends: Sequence[Pair]) -> str:
    """Return how much there is at the ends of axes: ``1 row above, 2 rows below and 1 column left``."""
    if len(ends) > 1 and len(set(pairs(*ends))) == 1:
        return counted("{count} cell on every side", "{count} cells on every side", ends[0][0])
    names = ("slice", "row", "column")[-len(ends) :] if len(ends) > 1 else ("cell",)
    sides = [side for name in names for side in _SIDES[name]]
    return listed(counted(*side, count) for count, side in zip(pairs(*ends), sides, strict=True) if count)


def _spread(layer: Layer) -> str:
    """Return the input of a layer with what is done to it before the kernel slides."""
    axes, told, stretched = layer.axes, [], tuple(axis.stretched for axis in layer.axes)
    if stretched != layer.input_size:
        between = {axis.spacing - 1 for axis in axes if axis.size > 1}
        zeros = (
            counted("{count} inserted zero", "{count} inserted zeros", between.pop())
            if len(between) == 1
            else translated("inserted zeros")
        )
        cells = cells_words(stretched, has_unit=False)
        told = [translated("spread to {cells} by {zeros} between neighbours", cells=cells, zeros=zeros)]
    padded, cropped = _parted([(axis.low, axis.high) for axis in axes])
    if any(pairs(*padded)):
        told.append(translated("padded by {cells}", cells=_ends(padded)))
    if any(pairs(*cropped)):
        told.append(translated("cropped by {cells}", cells=_ends(cropped)))
    # Translators: An input, and what is done to it.
    return (
        translated("{input}, {changes}", input=input_words(layer), changes=listed(told)) if told else input_words(layer)
    )


def _remarks(layer: Layer) -> list[str]:
    total = prod(layer.input_size)
    unread = total - prod(axis.size - len(axis.unread()) for axis in layer.axes)
    never = (
        messages("{count} of {total} input cells is never read", "{count} of {total} input cells are never read")
        if layer.grouping.in_channels == 1
        else messages(
            "{count} of {total} cells of each channel is never read",
            "{count} of {total} cells of each channel are never read",
        )
    )
    bias = (
        message("a bias is added to each cell")
        if layer.bias_size == 1
        else message("a bias is added to each output channel")
    )
    remarks = {
        translated(bias): layer.bias_size,
        translated("the last windows hang over the end (ceil mode)"): any(
            axis.kind(axis.window(axis.output - 1)[-1]) is Kind.OVERHANG for axis in layer.axes
        ),
        counted(*never, unread, total=total): unread,
    }
    return [said for said, is_so in remarks.items() if is_so]
