"""What the animation of a layer or a chain shows, in one to three sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain as joined
from math import prod
from typing import Any

from convanim.base.options import Pair, one_of
from convanim.layers import Chain, Layer
from convanim.layers.axis import PADDING_MODES, Kind
from convanim.words.branches import reads
from convanim.words.captions import kernels, layer_name, size
from convanim.words.sentences import an, cells_words, counted, listed, same

_MOST_LETTERS, _MOST_OF_CHAIN = 430, 345
"""Of more than these, the first sentence is enough, and layers are summed up, as are more than are counted here."""

_COUNTS = {1: "one layer", 2: "two layers", 3: "three layers", 4: "four layers"}
_WAYS = {1: "along", 2: "over", 3: "through"}
_SIDES = {"cell": "before behind", "plane": "before behind", "row": "above below", "column": "left right"}
_READ = {
    "depthwise": "reads one channel only and ",
    "pointwise": "reads one cell of its channels at a time and ",
    "grouped": "reads the channels of its group and ",
}
"""What a kernel reads that does not read windows of all channels, by the first word of its layer's name."""


def alt(layer: Layer | Chain, method: str = "gather") -> str:
    """Return what happens in the animation of a layer or a chain, in one to three sentences.

    Parameters
    ----------
    layer : Layer or Chain
        What is animated.
    method : str
        How it, or the last layer of a chain, is computed: ``"gather"`` or ``"scatter"``.

    Raises
    ------
    ConvanimError
        If it cannot be computed in that way.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> print(alt(Conv(4, 3)))
    A 3×3 kernel slides over a 4×4 input with no padding and a stride of 1; each place makes one cell of the 2×2 output.
    """
    last = layer.layers[-1] if isinstance(layer, Chain) else layer
    one_of("method", method, last.methods)
    if isinstance(layer, Chain):
        told = [_layers(layer, method), _outcome(layer)]
    else:
        said = _stamping(layer) if method == "scatter" else layer.sentence(_Phrases(layer))
        told = [said, *filter(None, [layer.remark]), *_remarks(layer)]
    sentences = [f"{said[0].upper()}{said[1:]}." for said in told]
    return " ".join(sentences) if sum(map(len, sentences)) <= _MOST_LETTERS else sentences[0]


def _stamping(layer: Layer) -> str:
    return f"{an(_name(layer))} with {_Phrases(layer).settings()}: {_stamps(layer)}"


def _stamps(layer: Layer) -> str:
    grouping, made = layer.grouping, layer.grouping.outputs_a_group
    whose = "the " if grouping.in_channels == 1 else "its channel's "
    several = f"each of {whose}{made:,} kernels of {cells_words(layer.kernel_size, '')}"
    stamp = several if made > 1 else _window(layer, "kernel", whose)
    onto = "" if grouping.groups == 1 else f"its {made:,} of " if made > 1 else "its own of "
    apart = f", stamps {same(layer.stride)} apart" if prod(layer.input_size) > 1 else ""
    is_alone = grouping.inputs_a_group == 1 and all(axis.field() == 1 or axis.size == 1 for axis in layer.axes)
    overlap = "no two stamps overlap" if is_alone else "where stamps overlap they are added"
    stamps = (
        f"each cell of {_input(layer, 'the ')} stamps a copy of {stamp}{_dilation(layer)}, multiplied by its value,"
    )
    return f"{stamps} onto {onto}{_output(layer)}{apart}; {overlap}"


@dataclass(frozen=True)
class _Phrases:
    """The parts of sentences about a layer; see `Phrases`."""

    layer: Layer

    @property
    def name(self) -> str:
        return _name(self.layer)

    @property
    def output(self) -> str:
        return _output(self.layer)

    @property
    def dilation(self) -> str:
        return _dilation(self.layer)

    @property
    def spread(self) -> str:
        return _spread(self.layer)

    @property
    def making(self) -> str:
        return _making(self.layer)

    @property
    def sliding_over(self) -> str:
        over = f"{'each of ' * (self.layer.grouping.in_channels > 1)}{self.input()} with {self.settings()}"
        return f"slides {_WAYS[self.layer.dims]} {over}"

    def input(self, article: str = "") -> str:
        return _input(self.layer, article)

    def window(self, word: str, article: str = "") -> str:
        return _window(self.layer, word, article)

    def sliding(self, how: str = "", turned: str = "") -> str:
        return _sliding(self.layer, how, turned)

    def settings(self, unpadded: str = "") -> str:
        added = same([axis.surplus for axis in self.layer.axes])
        return listed([*_settings(self.layer, unpadded), "" if added == "0" else f"output padding {added}"])

    def size(self, cells: Sequence[int]) -> str:
        return size(cells)

    def cells(self, counts: Sequence[int]) -> str:
        return cells_words(counts)

    def an(self, said: str) -> str:
        return an(said)


def _name(layer: Layer) -> str:
    return layer_name(layer).removeprefix("standard ")


def _sliding(layer: Layer, how: str = "", turned: str = "") -> str:
    tool = _window(layer, "kernel") if layer.grouping.is_single else kernels(layer)
    return f"{tool}{_dilation(layer)}{turned} slide{'s' * (layer.grouping.out_channels == 1)}{how} {_WAYS[layer.dims]}"


def _window(layer: Layer, word: str, article: str = "") -> str:
    """Return ``a 3×3 kernel``, or ``a kernel of 3 cells`` for one axis."""
    kernel = layer.kernel_size
    return an(f"{size(kernel)} {word}" if layer.dims > 1 else f"{word} of {cells_words(kernel)}", article)


def _dilation(layer: Layer) -> str:
    reach, apart = tuple(axis.reach for axis in layer.axes), same([axis.dilation for axis in layer.axes])
    each = "it" if layer.grouping.is_single or not layer.is_weighted else "each"
    said = f" whose cells are {apart} apart (dilation {apart}, so {each} reaches over {cells_words(reach)})"
    return "" if reach == layer.kernel_size else said


def _input(layer: Layer, article: str = "") -> str:
    """Return ``a 5×5 input``, ``a row of 5 cells``, or ``3 input channels of 5×5``."""
    count, cells = layer.grouping.in_channels, cells_words(layer.input_size, "")
    if count > 1:
        return f"{count:,} input channels of {cells}"
    return an(f"{cells} input" if layer.dims > 1 else f"row of {cells}", article)


def _output(layer: Layer) -> str:
    count, cells = layer.grouping.out_channels, cells_words(layer.output_size, "")
    if count > 1:
        return f"{count:,} output channels of {cells}"
    return f"the {cells} output" if layer.dims > 1 else f"the output of {cells}"


def _making(layer: Layer) -> str:
    if layer.grouping.is_single:
        return f"each place makes one cell of {_output(layer)}"
    each = "each {}makes one of" if layer.grouping.out_channels > 1 else "it {}makes"
    return f"{each.format(_READ.get(_name(layer).split()[0], ''))} {_output(layer)}"


def _settings(layer: Layer, unpadded: str = "") -> list[str]:
    """Return a layer's padding, with what it holds or counts for where that matters, its cropping and its stride."""
    padded, cropped = _parted(layer.padding)
    mode = layer.axes[0].padding_mode
    note = PADDING_MODES[mode].about if mode != "zeros" else layer.combining.ignored
    note = "not counted" if layer.options.get("count_include_pad") is False else note
    is_even = all(low == high for low, high in padded)
    told = "; ".join(filter(None, ["" if is_even else _ends(padded), note]))
    padding = f"padding{f' {same(padded)}' if is_even else ''}{f' ({told})' if told else ''}"
    crop = f"cropping ({_ends(cropped)})" if any(joined(*cropped)) else ""
    return [padding if any(joined(*padded)) else unpadded, crop, f"a stride of {same(layer.stride)}"]


def _parted(pairs: Sequence[Pair]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Return how much is added at the ends of axes, and how much is taken away."""
    padded = tuple((max(low, 0), max(high, 0)) for low, high in pairs)
    return padded, tuple((max(-low, 0), max(-high, 0)) for low, high in pairs)


def _ends(pairs: Sequence[Pair]) -> str:
    """Return how much there is at the ends of axes: ``1 row above, 2 rows below and 1 column left``."""
    if len(pairs) > 1 and len(set(joined(*pairs))) == 1:
        return f"{counted(pairs[0][0], 'cell')} on every side"
    names = ("plane", "row", "column")[-len(pairs) :] if len(pairs) > 1 else ("cell",)
    sides = [(name, f" {side}") for name in names for side in _SIDES[name].split()]
    return listed(counted(n, *side) for n, side in zip(joined(*pairs), sides, strict=True) if n)


def _spread(layer: Layer) -> str:
    axes, told, stretched = layer.axes, [], tuple(axis.stretched for axis in layer.axes)
    if stretched != layer.input_size:
        between = {axis.spacing - 1 for axis in axes if axis.size > 1}
        zeros = counted(between.pop(), "inserted zero") if len(between) == 1 else "inserted zeros"
        told = [f"spread to {cells_words(stretched, '')} by {zeros} between neighbours"]
    for word, ends in zip(("padded", "cropped"), _parted([(axis.low, axis.high) for axis in axes]), strict=True):
        told += [f"{word} by {_ends(ends)}"] if any(joined(*ends)) else []
    return f", {listed(told)}" if told else ""


def _remarks(layer: Layer) -> list[str]:
    total, of = prod(layer.input_size), "input cells" if layer.grouping.in_channels == 1 else "cells of each channel"
    unread = total - prod(axis.size - len(axis.unread()) for axis in layer.axes)
    hangs_over = any(axis.kind(axis.window(axis.output - 1)[-1]) is Kind.OVERHANG for axis in layer.axes)
    remarks = {
        f"a bias is added to each {'cell' if layer.bias_size == 1 else 'output channel'}": layer.bias_size,
        "the last windows hang over the end (ceil mode)": hangs_over,
        f"{unread:,} of {total:,} {of} {'is' if unread == 1 else 'are'} never read": unread,
    }
    return [said for said, is_so in remarks.items() if is_so]


def _layers(chain: Chain, method: str) -> str:
    layers, over = chain.layers, _input(chain.layers[0])
    named = f"{an(chain.title)} of" if chain.standard else f"{_COUNTS.get(len(layers))} over"
    each = ", then ".join(_in_chain(chain, number) for number in range(1, len(layers) + 1))
    told = f"{named} {over}: {'first ' * (len(layers) > 1)}{each}"
    told += ", stamp by stamp" * (method == "scatter")
    if len(layers) in _COUNTS and len(told) <= _MOST_OF_CHAIN:
        return told
    kinds = Counter(map(_name, layers))
    parts = listed(f"{count if len(kinds) > 1 else 'all'} of {name}" for name, count in kinds.items())
    apart = [same([axis.dilation for axis in layer.axes]) for layer in layers]
    dilated = f" with dilation {listed(apart)}" if set(apart) != {"1"} and len(apart) <= 8 else ""
    met = f"; {listed(_meetings(chain))}" if chain.is_branched else ""
    return f"{len(layers)} layers over {over}, {parts}{dilated}{met}; the last makes {_output(layers[-1])}"


def _in_chain(chain: Chain, number: int) -> str:
    """Return what a layer of a chain makes, and of what where that is not the output of the layer before."""
    layer, name = chain.layers[number - 1], chain.names[number - 1]
    read = reads(chain, number)
    if len(chain.sources[number - 1]) > 1:
        return f"the {_name(layer)} {read} makes {_made(layer)}"
    return _passing(layer, read) + f", called {name}" * bool(name)


def _meetings(chain: Chain) -> list[str]:
    """Return where branches of a chain meet."""
    joins = [number for number, read in enumerate(chain.sources, 1) if len(read) > 1]
    return [f"layer {number} is the {_name(chain.layers[number - 1])} {reads(chain, number)}" for number in joins]


def _made(layer: Layer) -> str:
    count = layer.grouping.out_channels
    return (
        f"{count:,} channels of {cells_words(layer.output_size, '')}" if count > 1 else cells_words(layer.output_size)
    )


def _passing(layer: Layer, read: str = "") -> str:
    apart = same([axis.dilation for axis in layer.axes])
    *ends, stride = _settings(layer)
    steps = [stride if max(layer.stride) > 1 else "", f"dilation {apart}" if apart != "1" else ""]
    between: Any = layer.options.get("input_dilation", (1,))
    spread = same(between)
    turned = "the kernel rotated by 180°" if layer.options.get("flip") else ""
    settings = listed([*ends, *steps, f"input dilation {spread}" if spread != "1" else "", turned])
    said = " ".join(filter(None, (_brief(layer), read, settings and f"with {settings}")))
    return f"{said} makes {_made(layer)}"


def _brief(layer: Layer) -> str:
    if layer.factor_said:
        return f"{_name(layer)} {layer.factor_said}"
    if layer.is_weighted and layer.dims > 1:
        return an(f"{size(layer.kernel_size)} {_name(layer)}")
    return f"{'a ' * layer.is_weighted}{_name(layer)} of {cells_words(layer.kernel_size)}"


def _outcome(chain: Chain) -> str:
    if chain.returns:
        return "the result is compared with the input: it has that size again, but not always those values"
    if chain.compared:
        return f"the result is compared with that of {_brief(chain.compared)} of the same input"
    if one := chain.standard:
        return f"they have {chain.parameters:,} parameters; {_brief(one)} in their place has {one.parameters:,}"
    return f"the receptive field of one output cell is {cells_words(chain.receptive_field)} of the input"


def alt_of_part(drawn: Layer | Chain, method: str, whole: Layer | Chain, lacks: Sequence[str]) -> str:
    """Return what happens in the animation of a layer, and what is left out where it is a part of another."""
    is_less = lacks and drawn.parameters != whole.parameters
    counted = [f"in all there are {whole.parameters:,} parameters"] if is_less else []
    return " ".join([alt(drawn, method), *(f"{said[0].upper()}{said[1:]}." for said in (*lacks, *counted))])


def alt_of_several(titles: Sequence[str], alts: Sequence[str]) -> str:
    """Return what happens where several layers run in step, of each of which it is known what happens."""
    each = [f"{number}. {title}: {said}" for number, (title, said) in enumerate(zip(titles, alts, strict=True), 1)]
    return f"{len(each)} layers run in step, with bars of what they cost below. {' '.join(each)}"
