"""What channels of tensors are called, and the kernels of layers in sequence and their slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convanim.base.language import translated
from convanim.base.numbering import FIRST_CELL
from convanim.plans import Named, Names, Plan, Stage
from convanim.views.headings import kernel_name
from convanim.words.captions import kernel_word, layer_kind


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


def between_name(stages: Sequence[Stage], maker: Stage | None, title: str, channel: int, count: int) -> str:
    """Return what a channel between layers is called: by the kind of its layer if that is unique, or by a title."""
    kind = "" if maker is None else _kind(stages, maker)
    if count == 1:
        return kind or title
    if kind:
        return translated("{name} {number}", name=kind, number=str(channel + 1))
    # Translators: {layer} is such as "layer 2".
    return translated("{layer}, channel {number}", layer=title, number=str(channel + 1))


def _kind(stages: Sequence[Stage], stage: Stage) -> str:
    """Return the kind of a layer, such as "depthwise", if no other layer is of it."""
    own = layer_kind(stage.layer)
    return own if [layer_kind(one.layer) for one in stages].count(own) == 1 else ""


def kernels_of_layer(stages: Sequence[Stage], stage: Stage, names: Names) -> Named:
    """Return the name of a layer's kernels: in a sequence, with the layer's kind or number, so that it is unique.

    Kernels that stand beside the maps that they make, before the last layer,
    need neither if no others do.
    """
    if len(stages) == 1:
        return kernel_name(names, stage.layer)
    word, kind = kernel_word(stage.layer), _kind(stages, stage)
    if [one.is_weighted for one in stages[:-1]].count(True) == 1 and stage is not stages[-1]:
        return replace(names.kernel, words=word)
    if kind:
        # Translators: The kernels of a layer of some kind: "depthwise kernel".
        return replace(names.kernel, words=translated("{kind} {kernel}", kind=kind, kernel=word))
    number = sum(one.layer_count for one in stages[: stages.index(stage) + 1])
    return replace(names.kernel, words=translated("layer {number} {name}", number=number, name=word))


def slice_name(channel: int | None, depth: int | None) -> str:
    """Return what a slice of a kernel is called by the input channel that it reads, by its depth, or by both."""
    # Translators: The input channel that a slice of a kernel reads, as short as can be.
    read = "" if channel is None else translated("in {number}", number=str(channel + 1))
    deep = "" if depth is None else translated("slice {number}", number=str(depth + FIRST_CELL))
    return " · ".join(one for one in (read, deep) if one)
