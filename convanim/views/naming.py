"""What channels of tensors are called, and the kernels of layers in sequence and their slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convanim.base.language import message, translated
from convanim.plans import Named, Names, Plan, Stage, Windows
from convanim.views.headings import kernel_name
from convanim.words.layer_names import kernel_word, layer_kind
from convanim.words.layer_names import size as size_words
from convanim.words.turning import DRAWN_ROTATED, turned_words


def channel_name(plan: Plan, tensor: int, channel: int) -> str:
    """Return what a channel of a tensor is called."""
    count, named = plan.tensors[tensor].channels, plan.named(tensor)
    if plan.is_end(tensor) or plan.names.between.words:
        return numbered(named, channel, count)
    maker = next((stage for stage in plan.main if stage.target == tensor), None)
    return between_name(plan.main, maker, named.called, channel, count)


def numbered(named: Named, channel: int, count: int) -> str:
    """Return a name with the number of a channel of several, of one channel without it."""
    return named.called if count == 1 and not named.numbers else named.of(channel)


def lies_turned(stage: Stage) -> bool:
    """Return whether the weights lie in the windows of a stage turned around, as those of a transposed convolution."""
    return stage.layer.is_flipped or (not stage.is_stamped and any(axis.rotated for axis in stage.layer.axes))


def said_turned(stage: Stage, is_named: bool = True) -> tuple[str, ...]:
    """Return the line below a kernel that is drawn as it lies, if that is turned and its name does not say so.

    Flipped kernels are called so where they are named by their layer.
    """
    is_said = lies_turned(stage) and not (stage.layer.is_flipped and is_named)
    return (turned_words(stage.layer.dims, DRAWN_ROTATED),) * is_said


def ends_sized(plan: Plan, drawn: Sequence[tuple[int, ...]], always: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of the names of a layer's input and output, with sizes where grids of others are drawn.

    ``drawn`` are the sizes of both grids; sizes may be told ``always``. The input has a line for the size
    with its padding, or with its zeros where some are inserted.
    """
    ends = [(plan.named(tensor).called, plan.tensors[tensor].size) for tensor in (0, plan.last.target)]
    if [size for _, size in ends] == list(drawn) and not always:
        return (ends[0][0],), (ends[1][0],)
    input_, output = (translated("{name}: {what}", name=name, what=size_words(size)) for name, size in ends)
    return (input_, *with_padding(plan.last)), (output,)


def with_padding(stage: Stage) -> tuple[str, ...]:
    """Return a line for the size of what a stage reads with padding or inserted zeros; nothing where it has none."""
    axes = stage.axes if isinstance(stage, Windows) and not stage.is_stamped else ()
    padded = tuple(axis.extent for axis in axes)
    if not axes or padded == stage.input_size or any(axis.low < 0 or axis.high < 0 for axis in axes):
        return ()
    # What a transposed layer calls its padding is not what is drawn.
    is_spread = bool(stage.layer.transposes) or any(axis.spacing > 1 for axis in axes)
    # Translators: The size of the input as it is drawn, with zeros between its cells, or with the cells around it.
    around = message("with zeros: {size}") if is_spread else message("with padding: {size}")
    return (translated(around, size=size_words(padded)),)


def between_name(stages: Sequence[Stage], maker: Stage | None, title: str, channel: int, count: int) -> str:
    """Return what a channel between layers is called: by the kind of its layer if that is unique, or by a title."""
    kind = "" if maker is None else _kind(stages, maker)
    # Translators: What a layer of some kind makes: "depthwise map".
    name = translated("{kind} map", kind=kind) if kind else title
    if count == 1:
        return name
    if kind:
        return translated("{name} {number}", name=name, number=str(channel + 1))
    # Translators: {layer} is such as "layer 2".
    return translated("{layer}, channel {number}", layer=title, number=str(channel + 1))


def together(stages: Sequence[Stage], maker: Stage, title: str, channels: Sequence[int]) -> str:
    """Return what all channels between layers are called in one name, as in `between_name`, with their numbers."""
    kind = _kind(stages, maker)
    if kind:
        # Translators: What a layer of some kind makes: "depthwise maps 1–3".
        return translated("{kind} maps {numbers}", kind=kind, numbers=_through(channels))
    # Translators: {layer} is such as "layer 2", {numbers} such as "1–3".
    return translated("{layer}, channels {numbers}", layer=title, numbers=_through(channels))


def are_maps(stages: Sequence[Stage], maker: Stage) -> bool:
    """Return whether what a layer makes is called by its kind, as a map, since no other layer is of that."""
    return bool(_kind(stages, maker))


def short_name(stages: Sequence[Stage], maker: Stage, channel: int) -> str:
    """Return what a channel between layers is called beside others that have one name together."""
    if _kind(stages, maker):
        # Translators: One of several maps that have a name together, such as "depthwise maps 1–3": "map 2".
        return translated("map {number}", number=str(channel + 1))
    return channel_in_row(channel)


def _through(channels: Sequence[int]) -> str:
    """Return the numbers of several channels in order, the first of which counts as 1."""
    first, last = str(channels[0] + 1), str(channels[-1] + 1)
    return translated("{one} and {other}", one=first, other=last) if len(channels) == 2 else f"{first}–{last}"


def _kind(stages: Sequence[Stage], stage: Stage) -> str:
    """Return the kind of a layer, such as "depthwise", if no other layer is of it."""
    own = layer_kind(stage.layer)
    return own if [layer_kind(one.layer) for one in stages].count(own) == 1 else ""


def kernels_of_layer(stages: Sequence[Stage], stage: Stage, names: Names) -> Named:
    """Return the name of a layer's kernels: among others that have any, with its kind or number."""
    if len(stages) == 1:
        return kernel_name(names, stage.layer)
    word, kind = kernel_word(stage.layer), _kind(stages, stage)
    if kind:
        # Translators: The kernels of a layer of some kind: "depthwise kernel".
        return replace(names.kernel, words=translated("{kind} {kernel}", kind=kind, kernel=word))
    if [one.is_weighted for one in stages].count(True) == 1:
        return replace(names.kernel, words=word)
    number = sum(one.layer_count for one in stages[: stages.index(stage) + 1])
    return replace(names.kernel, words=translated("layer {number} {name}", number=number, name=word))


def kernels_in_chain(plan: Plan, stage: Stage) -> Named:
    """Return the name of a layer's kernels in a chain, as `kernels_of_layer`; a round trip has one, there and back."""
    if plan.compared is None:
        return kernels_of_layer(plan.main, stage, plan.names)
    is_way_back = plan.compared == 0 and stage is not plan.main[0] and not plan.main[0].layer.is_flipped
    # Translators: The kernel of the second of two layers, which has the same weights as that of the first.
    return replace(plan.names.kernel, words=message("the same kernel")) if is_way_back else plan.names.kernel


_READ = {
    # Translators: What a slice of a kernel is for, and several; {numbers} is such as "1–3". Below them.
    "input": (message("for input {numbers}"), message("for inputs {numbers}")),
    "map": (message("for map {numbers}"), message("for maps {numbers}")),
    "channel": (message("for channel {numbers}"), message("for channels {numbers}")),
}
"""What the slices of a kernel are for, by what the channels are called that its layer reads: one, and several."""

_PARTS = {
    # Translators: Below the name of a kernel: which part of it is drawn, that for one of the channels that it reads.
    "input": message("part for input {number}"),
    "map": message("part for map {number}"),
    "channel": message("part for channel {number}"),
}
"""What a slice of a kernel that stands alone is, by the same."""


def _read_by(stages: Sequence[Stage], stage: Stage) -> str:
    """Return what the channels are called that a layer reads, as `_READ` has it."""
    maker = next((one for one in stages if one.target == stage.source), None)
    return "input" if maker is None else "map" if _kind(stages, maker) else "channel"


def part_name(stages: Sequence[Stage], stage: Stage, channel: int) -> str:
    """Return what a slice of a kernel is that stands alone: its part for one of the channels that its layer reads."""
    return translated(_PARTS[_read_by(stages, stage)], number=str(channel + 1))


def slices_name(stages: Sequence[Stage], stage: Stage, channels: Sequence[int]) -> str:
    """Return what the slices of a kernel are for: the channels that its layer reads, which are in order."""
    one, many = _READ[_read_by(stages, stage)]
    if len(channels) == 1:
        return translated(one, numbers=str(channels[0] + 1))
    return translated(many, numbers=_through(channels))


def window_name(stage: Windows) -> str:
    """Return what a layer without weights takes of its windows and their size, or the size alone: "max of 2×2"."""
    if stage.rule.sign:
        # Translators: Such as "max of 2×2×2", about a window.
        return translated("{taken} of {size}", taken=stage.rule.says(stage.rule.sign), size=stage.window_words)
    # Translators: A window of pooling and its size: "window 2×2×2".
    return translated("window {size}", size=stage.window_words)


def row_name(plan: Plan, tensor: int, channel: int) -> str:
    """Return what names a row of a sum, of what one channel adds: shortly, since little room is left beside it."""
    if plan.is_end(tensor):
        return numbered(plan.named(tensor), channel, plan.tensors[tensor].channels)
    return channel_in_row(channel)


def channel_in_row(channel: int) -> str:
    """Return what names a row of a sum where the picture has no name for each channel by itself."""
    # Translators: A channel in front of what it adds to a sum.
    return translated("channel {number}", number=str(channel + 1))


def depth_name(depth: int) -> str:
    """Return what a slice of a kernel on three axes is called: unlike those of the tensors that it moves over."""
    # Translators: A slice of a kernel by its place along the third axis.
    return translated("depth {number}", number=str(depth))
