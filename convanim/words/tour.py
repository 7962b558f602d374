"""What is said at each stage of a tour of a layer: of its input, its padding, its kernel, a window, its output."""

from __future__ import annotations

from math import prod

from convanim.base.language import counted, message, translated, translated_in
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.rules import COPY, SEVERAL
from convanim.plans import Plan, Stage
from convanim.words.alt_layer import is_turned, padding_ends, sliding, stamping
from convanim.words.alt_text import alt
from convanim.words.layer_names import layer_title, size
from convanim.words.sentences import cells_words, joined, same, sentence
from convanim.words.steps import axis_words, step_words
from convanim.words.sums import step_sum

_LONGEST_SUM = 100
"""The most letters of a sum that is written out in words."""

_HOLDS = {
    "zeros": message("Padding comes around it, {cells}: zeros."),
    "reflect": message("Padding comes around it, {cells}: the input mirrored at its edge cells."),
    "replicate": message("Padding comes around it, {cells}: the edge cells again and again."),
    "circular": message("Padding comes around it, {cells}: the input from its other end."),
}
"""What padding holds, by its mode."""


def input_words(plan: Plan) -> str:
    """Return what the input is."""
    tensor = plan.tensors[0]
    cells = size(tensor.size)
    if tensor.channels > 1:
        return counted(
            "The input: {count} channel of {cells} cells.",
            "The input: {count} channels of {cells} cells.",
            tensor.channels,
            cells=cells,
        )
    return counted("The input: {cells} cell.", "The input: {cells} cells.", prod(tensor.size), cells=cells)


def zeros_words(layer: Layer) -> str:
    """Return how many zeros come between the cells of the input."""
    zeros = {axis.spacing - 1 for axis in layer.axes if axis.size > 1}
    if len(zeros) > 1:
        between = same([axis.spacing - 1 for axis in layer.axes])
        return translated("Zeros come between its cells, {numbers} on each axis.", numbers=between)
    return counted(
        "{count} zero comes between neighbouring cells.",
        "{count} zeros come between neighbouring cells.",
        zeros.pop() if zeros else 0,
    )


def padding_words(layer: Layer) -> str:
    """Return how much padding comes around the input, and what it holds."""
    cells, mode = padding_ends(layer), layer.axes[0].padding_mode
    ignored = layer.combining.ignored
    if mode == "zeros" and ignored:
        note = layer.combining.says(ignored)
        return translated("Padding comes around it, {cells}: {note}.", cells=cells, note=note)
    return translated(_HOLDS[mode], cells=cells)


def around_words(layer: Layer) -> tuple[str, ...]:
    """Return what comes between and around the cells of an input, a sentence each."""
    spread = zeros_words(layer) if any(axis.stretched > axis.size for axis in layer.axes) else ""
    return tuple(filter(None, (spread, padding_words(layer) if padding_ends(layer) else "")))


def kernel_words(plan: Plan, stage: Stage) -> str:
    """Return what slides over the input of a stage, or is stamped by its cells, or else what the layer does."""
    layer = stage.layer
    if stage.is_stamped:
        return sentence(stamping(layer))
    if plan.walk.way == "outputs":
        return alt(plan.layer)
    return sentence(sliding(layer)) if layer.is_usual or is_turned(layer) else alt(layer)


def layer_words(plan: Plan, stage: Stage, is_brief: bool) -> str:
    """Return which layer of a chain comes, and what it does."""
    layer = stage.layer
    sizes = f"{size(layer.input_size)} → {size(layer.output_size)}"
    if stage.rule is SEVERAL:
        return sentence(translated_in("in a list", ", ").join((layer_title(layer), sizes)))
    layers = plan.layer.layers if isinstance(plan.layer, Chain) else ()
    number = next((number for number, one in enumerate(layers, 1) if one is layer), None)
    name = plan.named(stage.target).called if number is None else translated("layer {number}", number=str(number))
    is_long = not is_brief and has_window(layer) and stage.rule is not COPY
    what = sliding(layer) if is_long else translated_in("in a list", ", ").join((layer_title(layer), sizes))
    return sentence(translated("{name}: {what}", name=name, what=what))


def window_words(plan: Plan, number: int) -> tuple[str, ...]:
    """Return what one step makes of what, and its sum if there are numbers."""
    total = step_sum(plan, number)
    is_told = 0 < len(total) <= _LONGEST_SUM
    said = step_words(plan, number, has_value=not is_told)
    return (f"{said[0].upper()}{said[1:]}", *([total] if is_told else []))


def next_words(stage: Stage, is_anew: bool) -> str:
    """Return how the window comes to the next cells, or to the first ones after an example further on."""
    layer = stage.layer
    if stage.is_stamped:
        return translated("Then the next cell stamps, and where stamps overlap they are added.")
    if not has_window(layer) or stage.rule is COPY:
        return translated("Then comes the next cell of the output.")
    if is_anew:
        return translated("From the first place on, the window moves along and makes cell after cell.")
    return counted(
        "The window moves on by {count} cell and makes the next one.",
        "The window moves on by {count} cells and makes the next one.",
        layer.axes[-1].stride,
    )


def run_words(plan: Plan, stage: Stage) -> str:
    """Return that the rest of a stage comes faster."""
    if stage.target != plan.last.target:
        name = plan.named(stage.target).called
        return translated("Now faster, cell by cell, until {name} is complete.", name=name)
    return translated("Now faster, cell by cell, until the output is complete.")


def result_words(plan: Plan) -> tuple[str, ...]:
    """Return the size of the output, and the formula behind it where there is one."""
    if isinstance(plan.layer, Chain):
        sizes = [size(plan.input_size), *(size(stage.output_size) for stage in plan.main)]
        return (translated("The output is complete: {sizes}.", sizes=" → ".join(dict.fromkeys(sizes))),)
    layer = plan.layer
    formulas = [_filled(layer, number) for number in range(layer.dims)]
    if len(set(formulas)) > 1:
        axes = zip(ROWS_COLUMNS[layer.dims], formulas, strict=True)
        formulas = [translated("{name}: {what}", name=axis_words(name)[1], what=one) for name, one in axes if one]
    told = translated("The output is complete: {sizes}.", sizes=cells_words(layer.output_size))
    return tuple(filter(None, (told, joined(dict.fromkeys(formulas)))))


def has_window(layer: Layer) -> bool:
    """Return whether a layer has a kernel, or a window of several cells."""
    return layer.is_weighted or prod(layer.kernel_size) > 1


def _filled(layer: Layer, number: int) -> str:
    formula = layer.size_formula(number)
    return "" if not formula or layer.axes[number].dropped else f"{formula} = {layer.output_size[number]}"
