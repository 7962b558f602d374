"""What an animation shows, in sentences for those who cannot see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain as joined
from math import prod
from typing import Any

from convanim.axis import PADDING_MODES, Kind
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.rearrange import Rescale
from convanim.options import Pair, one_of, short
from convanim.plans import AnyPlan, ChainPlan, ChannelChainPlan, ChannelPlan, Plan, ScatterPlan, Step
from convanim.values import spell
from convanim.wording import kernels, layer_name, size

_MOST_LETTERS, _MOST_OF_CHAIN = 430, 345
"""Of more than these, the first sentence is enough, and layers are summed up, as are more than are counted here."""

_COUNTS = {1: "one layer", 2: "two layers", 3: "three layers", 4: "four layers"}
_TAKEN = {"max": "largest value", "mean": "mean"}
_WAYS = {1: "along", 2: "over", 3: "through"}
_SIDES = {"cell": "before behind", "plane": "before behind", "row": "above below", "column": "left right"}
_READ = {
    "depthwise": "reads one channel only and ",
    "pointwise": "reads one cell of its channels at a time and ",
    "grouped": "reads the channels of its group and ",
}
"""What a kernel reads that does not read windows of all channels, by the first word of its layer's name."""

Told = tuple[str, Any]
"""A sentence without its full stop, and the value of what it is about, None where that has none."""


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
    one_of("method", method, ("gather",) if layer.has_channels else last.methods)
    if isinstance(layer, Chain):
        told = [_layers(layer, method), _outcome(layer)]
    else:
        said = _transposed(layer, method) if method == "scatter" else _SENTENCES[layer.operation](layer)
        told = [said, *_remarks(layer)]
    sentences = [f"{said[0].upper()}{said[1:]}." for said in told]
    return " ".join(sentences) if sum(map(len, sentences)) <= _MOST_LETTERS else sentences[0]


def step_alt(plan: AnyPlan, number: int) -> str:
    """Return what one step of a plan shows, and its value if it has one.

    Parameters
    ----------
    plan : Plan, ScatterPlan, ChainPlan, ChannelPlan or ChannelChainPlan
        What is shown step by step.
    number : int
        Counted from 0 as the plan's steps are, and rows, columns and
        channels. Behind the last step of stamps, and of a chain that is
        compared with something, comes one more, which shows the result.

    Raises
    ------
    IndexError
        If there is no such step.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> from convanim.plans import plan
    >>> step_alt(plan(Conv(5, 3, padding=1)), 7)
    'Step 7, the last is 24: output row 1, column 2 is made of input rows 0 to 2, columns 1 to 3.'
    """
    end = _end(plan)
    last = len(plan) if end else len(plan) - 1
    if not 0 <= number <= last:
        raise IndexError(f"step {number} of {last + 1}")
    said, value = (end, None) if number == len(plan) else _TELLERS[plan.kind](plan, number)
    return f"Step {number}, the last is {last}: {said}.{'' if value is None else f' Its value is {spell(value, 2)}.'}"


def _convolution(layer: Layer) -> str:
    named = "" if _name(layer) == "convolution" else f"a {_name(layer)}: "
    slides = f"{named}{_sliding(layer)} {_input(layer)}"
    return f"{slides} with {_listed(_settings(layer, 'no padding'))}; {_making(layer)}"


def _transposed(layer: Layer, method: str = "gather") -> str:
    added = _same([axis.surplus for axis in layer.axes])
    settings = _listed([*_settings(layer), "" if added == "0" else f"output padding {added}"])
    slides = f"{_sliding(layer, ' cell by cell')} {_input(layer)}{_spread(layer)}; {_making(layer)}"
    return f"{_an(_name(layer))} with {settings}: {_stamps(layer) if method == 'scatter' else slides}"


def _stamps(layer: Layer) -> str:
    stamp = f"{_window(layer, 'kernel', 'the ')}{_dilation(layer)}, multiplied by its value,"
    apart = f", stamps {_same(layer.stride)} apart" if prod(layer.input_size) > 1 else ""
    is_alone = all(axis.field() == 1 or axis.size == 1 for axis in layer.axes)
    overlap = "no two stamps overlap" if is_alone else "where stamps overlap they are added"
    return f"each cell of {_input(layer, 'the ')} stamps a copy of {stamp} onto {_output(layer)}{apart}; {overlap}"


def _pooling(layer: Layer) -> str:
    window = f"{layer.title}: {_window(layer, 'window')}{_dilation(layer)} slides {_WAYS[layer.dims]}"
    over = f"{'each of ' * (layer.grouping.in_channels > 1)}{_input(layer)} with {_listed(_settings(layer))}"
    return f"{window} {over}; the {_TAKEN[layer.rule]} in each place goes to {_output(layer)}"


def _rescaling(layer: Layer) -> str:
    assert isinstance(layer, Rescale)
    block, share = size(layer.factor), "" if layer.channels == 1 else f"its {prod(layer.factor)} of "
    read, made = _input(layer, "the "), _output(layer)
    return {
        "pixel_shuffle": f"a pixel shuffle: each {block} block of {made} takes one cell from each of {share}{read}",
        "pixel_unshuffle": f"a pixel unshuffle: each {block} block of {read} gives one cell to each of {share}{made}",
        "upsample": f"{layer.title}: each cell of {read} is copied to a block of {_cells(layer.factor)} in {made}",
    }[layer.operation]


def _unpooling(layer: Layer) -> str:
    place = "its place" if layer.options["indices"] else f"one cell of {_window(layer, 'window', 'its ')}"
    moves = f"each value of {_input(layer, 'the ')} moves to {place} in {_output(layer)}"
    return f"{layer.title}: {moves}; what is left is zero"


_SENTENCES: dict[str, Callable[[Layer], str]] = {
    **dict.fromkeys(("conv", "depthwise", "pointwise"), _convolution),
    **dict.fromkeys(("max_pool", "avg_pool"), _pooling),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle", "upsample"), _rescaling),
    "conv_transpose": _transposed,
    "max_unpool": _unpooling,
}


def _name(layer: Layer) -> str:
    return layer_name(layer).removeprefix("standard ")


def _sliding(layer: Layer, how: str = "") -> str:
    tool = _window(layer, "kernel") if layer.grouping.is_single else kernels(layer)
    return f"{tool}{_dilation(layer)} slide{'s' * (layer.grouping.out_channels == 1)}{how} {_WAYS[layer.dims]}"


def _window(layer: Layer, word: str, article: str = "") -> str:
    """Return ``a 3×3 kernel``, or ``a kernel of 3 cells`` for one axis."""
    kernel = layer.kernel_size
    return _an(f"{size(kernel)} {word}" if layer.dims > 1 else f"{word} of {_cells(kernel)}", article)


def _dilation(layer: Layer) -> str:
    reach, apart = tuple(axis.reach for axis in layer.axes), _same([axis.dilation for axis in layer.axes])
    each = "it" if layer.grouping.is_single else "each"
    said = f" whose cells are {apart} apart (dilation {apart}, so {each} reaches over {_cells(reach)})"
    return "" if reach == layer.kernel_size else said


def _input(layer: Layer, article: str = "") -> str:
    """Return ``a 5×5 input``, ``a row of 5 cells``, or ``3 input channels of 5×5``."""
    count, cells = layer.grouping.in_channels, _cells(layer.input_size, "")
    if count > 1:
        return f"{count:,} input channels of {cells}"
    return _an(f"{cells} input" if layer.dims > 1 else f"row of {cells}", article)


def _output(layer: Layer) -> str:
    count, cells = layer.grouping.out_channels, _cells(layer.output_size, "")
    if count > 1:
        return f"{count:,} output channels of {cells}"
    return f"the {cells} output" if layer.dims > 1 else f"the output of {cells}"


def _making(layer: Layer) -> str:
    if layer.grouping.is_single:
        return f"each place makes one cell of {_output(layer)}"
    each = "each {}makes one of" if layer.grouping.out_channels > 1 else "it {}makes"
    return f"{each.format(_READ.get(_name(layer).split()[0], ''))} {_output(layer)}"


def _settings(layer: Layer, unpadded: str = "") -> list[str]:
    """Return a layer's padding, with what it holds or counts for where that matters, and its stride."""
    ends, mode = set(joined(*layer.padding)), layer.axes[0].padding_mode
    note = PADDING_MODES[mode].about if mode != "zeros" else "never the largest" if layer.rule == "max" else ""
    note = "not counted" if layer.options.get("count_include_pad") is False else note
    is_even = all(low == high for low, high in layer.padding)
    told = "; ".join(filter(None, ["" if is_even else _ends(layer.padding), note]))
    padding = f"padding{f' {_same(layer.padding)}' if is_even else ''}{f' ({told})' if told else ''}"
    return [padding if any(ends) else unpadded, f"a stride of {_same(layer.stride)}"]


def _ends(pairs: Sequence[Pair]) -> str:
    """Return how much there is at the ends of axes: ``1 row above, 2 rows below and 1 column left``."""
    if len(pairs) > 1 and len(set(joined(*pairs))) == 1:
        return f"{_counted(pairs[0][0], 'cell')} on every side"
    names = ("plane", "row", "column")[-len(pairs) :] if len(pairs) > 1 else ("cell",)
    sides = [(name, f" {side}") for name in names for side in _SIDES[name].split()]
    return _listed(_counted(n, *side) for n, side in zip(joined(*pairs), sides, strict=True) if n)


def _spread(layer: Layer) -> str:
    axes, told, stretched = layer.axes, [], tuple(axis.stretched for axis in layer.axes)
    if stretched != layer.input_size:
        between = {axis.spacing - 1 for axis in axes if axis.size > 1}
        zeros = _counted(between.pop(), "inserted zero") if len(between) == 1 else "inserted zeros"
        told = [f"spread to {_cells(stretched, '')} by {zeros} between neighbours"]
    for word, sign in (("padded", 1), ("cropped", -1)):
        ends = [(max(sign * axis.low, 0), max(sign * axis.high, 0)) for axis in axes]
        told += [f"{word} by {_ends(ends)}"] if any(joined(*ends)) else []
    return f", {_listed(told)}" if told else ""


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
    named = f"{_an(chain.title)} of" if chain.standard else f"{_COUNTS.get(len(layers))} over"
    told = f"{named} {over}: {'first ' * (len(layers) > 1)}{', then '.join(map(_passing, layers))}"
    told += ", stamp by stamp" * (method == "scatter")
    if len(layers) in _COUNTS and len(told) <= _MOST_OF_CHAIN:
        return told
    kinds = Counter(map(_name, layers))
    parts = _listed(f"{count if len(kinds) > 1 else 'all'} of {name}" for name, count in kinds.items())
    apart = [_same([axis.dilation for axis in layer.axes]) for layer in layers]
    dilated = f" with dilation {_listed(apart)}" if set(apart) != {"1"} and len(apart) <= 8 else ""
    return f"{len(layers)} layers over {over}, {parts}{dilated}; the last makes {_output(layers[-1])}"


def _passing(layer: Layer) -> str:
    apart, count = _same([axis.dilation for axis in layer.axes]), layer.grouping.out_channels
    padding, stride = _settings(layer)
    settings = _listed([padding, stride if max(layer.stride) > 1 else "", f"dilation {apart}" if apart != "1" else ""])
    made = f"{count:,} channels of {_cells(layer.output_size, '')}" if count > 1 else _cells(layer.output_size)
    return f"{_brief(layer)}{' with ' * bool(settings)}{settings} makes {made}"


def _brief(layer: Layer) -> str:
    if isinstance(layer, Rescale):
        return f"{_name(layer)} by {size(layer.factor)}"
    if layer.is_weighted and layer.dims > 1:
        return _an(f"{size(layer.kernel_size)} {_name(layer)}")
    return f"{'a ' * layer.is_weighted}{_name(layer)} of {_cells(layer.kernel_size)}"


def _outcome(chain: Chain) -> str:
    if chain.returns:
        return "the result is compared with the input: it has that size again, but not always those values"
    if chain.compared:
        return f"the result is compared with that of {_brief(chain.compared)} of the same input"
    if one := chain.standard:
        return f"they have {chain.parameters:,} parameters; {_brief(one)} in their place has {one.parameters:,}"
    return f"the receptive field of one output cell is {_cells(chain.receptive_field)} of the input"


def _end(plan: AnyPlan) -> str:
    """Return what a last step of its own shows, nothing where there is none."""
    if isinstance(plan, ChainPlan) and (plan.chain.returns or plan.compared):
        other = "the input" if plan.chain.returns else "the result of the one layer"
        off = None if plan.difference is None else float(abs(plan.difference).max())
        verdict = f"differs from {other} by up to {off:.2g}" if off else f"is equal to {other}"
        return f"the output {f'is compared with {other}' if off is None else verdict}"
    last = plan.plans[-1] if isinstance(plan, ChainPlan) else plan
    return "every stamp has fallen, and the output is the sum of all" if isinstance(last, ScatterPlan) else ""


def _gathered(plan: Plan, number: int, read: str = "input", made: str = "output") -> Told:
    step = plan.step(number)
    return f"{_place(made, step.writes.T.tolist())} {_reading(plan.layer, step, read)}", step.value


def _stamped(plan: ScatterPlan, number: int, read: str = "input", made: str = "output") -> Told:
    step = plan.step(number)
    inside, own = step.writes[plan.inside(step.writes)], _place(read, step.reads.source[:1].T.tolist())
    lost = len(step.writes) - len(inside)
    cut = f", and {_counted(lost, 'cell')} of the stamp {'is' if lost == 1 else 'are'} cut off" if lost else ""
    onto = _place(made, inside.T.tolist()) if len(inside) else "nothing"
    return f"{own} stamps the kernel, times its value, onto {onto}{cut}", step.reads.x and step.reads.x[0]


def _chained(plan: ChainPlan, number: int) -> Told:
    stage, own = plan.place(number)
    read = f"layer {stage}'s" if stage else "input"
    made = f"layer {stage + 1}'s" if stage + 1 < len(plan.plans) else "output"
    return _TELLERS[plan.plans[stage].kind](plan.plans[stage], own, read, made)


def _in_channels(plan: ChannelPlan, number: int, read: str = "input") -> Told:
    step, grouping, output = plan.step(number), plan.grouping, plan.output(plan.step(number).out_channel)
    channels = step.in_channels if grouping.in_channels > 1 else ()
    made = _place("output", step.own.writes.T.tolist(), [step.out_channel] if grouping.out_channels > 1 else ())
    if not step.in_channels:
        return f"{made} is zero, since no value moves there", None
    said = _reading(plan.layer, step.own, read, channels) + ", plus a bias" * bool(plan.layer.bias_size)
    if plan.kind == "routes":
        said = f"is a copy of {_place(read, step.own.reads.source.T.tolist(), channels)}"
    return f"{made} {said}", None if output is None else output[tuple(step.own.writes[0])]


def _channel_chain(plan: ChannelChainPlan, number: int) -> Told:
    last, count = plan.plans[-1], len(plan.plans)
    said, value = _TELLERS[last.kind](last, number, f"layer {count - 1}'s" if count > 1 else "input")
    needs = plan.trace(last.step(number))[0]
    if count == 1 or not all(len(cells) for cells in needs.cells):
        return said, value
    cells, channels = [own.tolist() for own in needs.cells], needs.channels
    seen = _place("input", cells, channels if plan.chain.grouping.in_channels > 1 else ())
    return f"{said}; it depends on cells of {seen}", value


_TELLERS: dict[str, Callable[..., Told]] = {
    **dict.fromkeys(("gather", "volume"), _gathered),
    "scatter": _stamped,
    "chain": _chained,
    **dict.fromkeys(("channels", "routes"), _in_channels),
    "channel_chain": _channel_chain,
}


def _reading(layer: Layer, step: Step, read: str, channels: Sequence[int] = ()) -> str:
    reads, each = step.reads, " in each" if len(channels) > 1 else ""
    kinds = Counter(Kind(kind) for kind in reads.kind.tolist())
    own = reads.source[reads.source[:, 0] >= 0]
    places = [_place(read, own.T.tolist(), channels)] if len(own) else []
    padding, zeros = kinds[Kind.PADDING] + kinds[Kind.SURPLUS], kinds[Kind.INSERTED]
    told = [_counted(zeros, "inserted zero", each)] * bool(zeros)
    told += [_counted(padding, "cell", f" of padding{each}")] * bool(padding)
    cells = _listed([*places, *told])
    said = {
        "sum": f"is made of {cells}",
        "mean": f"is the sum of {cells}, divided by {step.divisor}",
        "max": f"is the largest of {_listed(places) or 'no cell'}{', without padding' * bool(told)}",
    }[layer.rule]
    copies, over = kinds[Kind.COPY], kinds[Kind.OVERHANG]
    said += f"; of the window's {len(reads.kind)} cells, {copies} stand in the padding as copies" * bool(copies)
    return said + (", with " + _counted(over, "cell", " of the window beyond the end")) * bool(over)


def _place(side: str, axes: Sequence[Sequence[int]], channels: Sequence[int] = ()) -> str:
    """Return cells by their numbers on each axis: ``input rows 0 to 2, columns 1 to 3``."""
    named = [*([("channels", channels)] if channels else []), *zip(ROWS_COLUMNS[len(axes)], axes, strict=True)]
    return f"{side} {', '.join(_numbered(name, sorted(set(numbers))) for name, numbers in named)}"


def _numbered(name: str, numbers: list[int]) -> str:
    first, last, count = numbers[0], numbers[-1], len(numbers)
    if count == 1:
        return f"{name[:-1]} {first}"
    if last - first == count - 1:
        return f"{name} {first} to {last}"
    return f"{name} {_listed(map(str, numbers))}" if count <= 4 else f"{count} of the {name} {first} to {last}"


def _listed(parts: Iterable[str]) -> str:
    *others, last = [part for part in parts if part] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _counted(count: int, name: str, rest: str = "") -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}{rest}"


def _cells(cells: Sequence[int], word: str = " cells") -> str:
    return _counted(cells[0], "cell") if len(cells) == 1 else f"{size(cells)}{word}"


def _same(numbers: Sequence[int | Pair]) -> str:
    return short(numbers).replace("x", "×")


def _an(said: str, article: str = "") -> str:
    """Return words behind an article, or else behind the one that belongs to them or to their number."""
    first = said.split("×")[0]
    return f"{article or ('an ' if first.startswith('8') or first in ('11', '18') else 'a ')}{said}"
