"""A backward pass in words: what each of its parts is called, what happens in it, and its formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from convanim.base.language import message, translated
from convanim.base.options import short
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.input_gradient import InputGradient
from convanim.layers.weighted import Weighted
from convanim.plans import USUAL_NAMES, Named, Names, of_input
from convanim.plans.gradients import Backward, Part, bare_parts
from convanim.plans.values import Numbers, spell
from convanim.words.layer_names import layer_name, size
from convanim.words.layer_settings import settings, told_settings
from convanim.words.sentences import clauses, joined, sentence, sentences
from convanim.words.turning import turned_words

TITLES = {
    # Translators: The forward pass, beside its gradients; a heading.
    "forward": message("forward"),
    "input": message("gradient of the input"),
    "weight": message("gradient of the kernel"),
}
"""A message for what each part is called, by its key in ``PARTS``."""

GIVEN, PASSED, LEARNED = (
    Named(message("output gradient"), "∂y", "output", many=message("output gradients")),
    Named(message("input gradient"), "∂x", "input", many=message("input gradients")),
    Named(message("kernel gradient"), "∂w", many=message("kernel gradients")),
)

_MOST_NUMBERS = 49
"""The most cells of a gradient that are written one by one."""

_MOST_BIASES = 6
"""The most gradients of biases that are written one by one."""


def is_turned(layer: Layer) -> bool:
    """Return whether a layer's windows show its kernel turned by 180°, as those of a transposed convolution do."""
    return any(axis.rotated for axis in layer.axes)


def names(layer: Layer, part: Part) -> Names:
    """Return what the tensors of a part are called."""
    return replace(_names(layer, part), are_shown=True)


def _names(layer: Layer, part: Part) -> Names:
    if part.name == "forward":
        return USUAL_NAMES
    if part.name == "input":
        kernel = replace(USUAL_NAMES.kernel, is_exchanged=True)
        return Names(
            GIVEN, kernel, PASSED, Named(message("padded input gradient"), "h", many=message("padded input gradients"))
        )
    own, is_slid = layer.grouping, is_turned(layer)
    slid, sliding = (GIVEN, USUAL_NAMES.input) if is_slid else (USUAL_NAMES.input, GIVEN)
    pairs = [(out, one) for out in range(own.out_channels) for one in own.inputs_of(out)]
    pairs.sort(key=lambda pair: pair if is_slid else pair[::-1])
    if len(pairs) == 1:
        return Names(slid, sliding, LEARNED)
    slides = [one if is_slid else out for out, one in pairs]
    count = own.in_channels if is_slid else own.out_channels
    return Names(
        slid,
        replace(
            sliding,
            numbers=tuple(str(channel + 1) for channel in slides),
            indices=tuple(sliding.index_of(channel, count) for channel in slides),
        ),
        replace(
            LEARNED,
            numbers=tuple(of_input(str(out + 1), one + 1) for out, one in pairs),
            indices=tuple(USUAL_NAMES.kernel.index_of_pair(out, one, own) for out, one in pairs),
        ),
    )


def happening(layer: Layer, part: Part) -> str:
    """Return what happens in a part, in one sentence without a full stop.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> from convanim.plans.gradients import backward
    >>> layer = Conv(5, 3, stride=2)
    >>> happening(layer, backward(layer).parts[1])
    'the output gradient, spread by 2 and padded by 2, meets the kernel turned by 180°'
    """
    if part.name == "forward":
        return " · ".join((layer_name(layer), *told_settings(layer)))
    back = part.layer.layers[0] if isinstance(part.layer, Chain) else part.layer
    if isinstance(back, InputGradient):
        return back.happening
    if part.name == "input":
        is_known = is_turned(layer)
        dilation = _steps([axis.dilation for axis in back.axes])
        said = turned_words(
            layer.dims,
            _MEETS[is_known, bool(dilation)],
            gradient=_prepared(back, translated("the output gradient")),
            dilation=dilation,
        )
        if isinstance(part.layer, Chain):
            said = clauses(said, translated("what belongs to copies in the padding is added back"))
        return said
    sliding, slid = (
        (translated("the input"), translated("the output gradient"))
        if is_turned(layer)
        else (translated("the output gradient"), translated("the input"))
    )
    if dilation := _steps([axis.dilation for axis in back.axes]):
        sliding = translated("{what}, dilated by {dilation},", what=sliding, dilation=dilation)
    steps = _steps(back.stride)
    said = (
        message("{gradient} is the kernel that slides over {input} in steps of {steps}")
        if steps
        else message("{gradient} is the kernel that slides over {input}")
    )
    return translated(said, gradient=sliding, input=slid, steps=steps)


_MEETS = {
    (True, False): message("{gradient} meets the kernel as it is"),
    (True, True): message("{gradient} meets the kernel as it is, dilated by {dilation}"),
    (False, False): message("{gradient} meets the kernel turned by 180°"),
    (False, True): message("{gradient} meets the kernel turned by 180°, dilated by {dilation}"),
}
"""What the gradient of the output meets, by whether its windows are turned already, and whether it is dilated."""


def _steps(numbers: Sequence[int]) -> str:
    """Return numbers of axes as people write them; nothing where all are 1."""
    return "" if set(numbers) == {1} else short(numbers).replace("x", "×")


def _prepared(layer: Layer, gradient: str) -> str:
    """Return the gradient that a layer reads with what is done to it before a kernel slides over it."""
    ends = {(axis.low, axis.high) for axis in layer.axes}
    low, high = next(iter(ends)) if len(ends) == 1 else (0, 1)
    spread, done = _steps([axis.spacing for axis in layer.axes]), list[str]()
    if spread:
        done.append(translated("spread by {steps}", steps=spread))
    if low == high and low > 0:
        done.append(translated("padded by {cells}", cells=str(low)))
    elif any(end > 0 for pair in ends for end in pair):
        done.append(translated("padded"))
    if any(end < 0 for pair in ends for end in pair):
        done.append(translated("cropped"))
    if not done:
        return gradient
    told = done[0]
    for more in done[1:]:
        told = translated("{one} and {other}", one=told, other=more)
    return translated("{what}, {changes},", what=gradient, changes=told)


def biases(whole: Backward) -> str:
    """Return the gradient of the biases in words; nothing if there are none."""
    if whole.bias is None:
        return ""
    shown = [spell(one, 2) for one in whole.bias.tolist()]
    return translated(
        message("gradient of each bias: the sum of the output gradient in its channel, {numbers}")
        if len(shown) > 1
        else message("gradient of the bias: the sum of the output gradient, {numbers}"),
        numbers=joined(shown if len(shown) <= _MOST_BIASES else [*shown[: _MOST_BIASES - 1], "…"]),
    )


def phrase(whole: Backward) -> str:
    """Return what a caption calls the backward pass of a layer."""
    return translated("backward pass of {name}", name=_an(whole.layer))


def alt(whole: Backward, shown: Sequence[Part]) -> str:
    """Return what an animation of some parts of a backward pass shows, as alternative text."""
    layer = whole.layer
    head = translated(
        message("the backward pass of {name}, {before} to {after}")
        if len(shown) == 1
        else message("the backward pass of {name}, {before} to {after}, in {count} pictures that run in step"),
        name=_an(layer),
        before=size(layer.input_size),
        after=size(layer.output_size),
        count=len(shown),
    )
    told = [
        translated(
            "{title}, {size}: {what}",
            title=translated(TITLES[part.name]),
            size=size(part.layer.output_size),
            what=happening(layer, part),
        )
        for part in shown
    ]
    return sentences(sentence(one) for one in (head, *told, biases(whole)) if one)


def _an(layer: Layer) -> str:
    """Return the name of a layer behind an article where it needs one."""
    name = layer_name(layer)
    if "conv" not in layer.title:
        return name
    return translated(message("an {name}") if name[0] in "aeiou" else message("a {name}"), name=name)


def formulas(layer: Layer) -> list[tuple[str, str]]:
    """Return the formulas of a layer and of its gradients, and which layer makes each gradient.

    Notes
    -----
    A weighted layer is y[o] = Σ x[i]·w[t] over all cells i and weights t that
    meet at the output o. By the chain rule, the gradients are sums over the
    same meetings: ∂L/∂x[i] = Σ ∂L/∂y[o]·w[t], and ∂L/∂w[t] = Σ ∂L/∂y[o]·x[i].
    For more than one axis, o, t and i stand for one number an axis.
    """
    lines = _WEIGHTED if isinstance(layer, Weighted) else _WEIGHTLESS.get(layer.combining.name, _USUAL)
    found: list[tuple[str, str]] = []
    for part, line in zip(bare_parts(layer), lines, strict=True):
        added = " + b" if part.name == "forward" and layer.bias_size else ""
        found.append((translated(TITLES[part.name]), f"{translated(line)}{added}"))
        if part.name != "forward":
            found += [("", happening(layer, part)), ("", _as_layer(part))]
    if isinstance(layer, Weighted):
        found += [(translated("each over all"), _meeting(layer, axis)) for axis in _different(layer)]
    if layer.bias_size:
        formula = translated("{formula}, in each channel", formula="∂L/∂b = Σ ∂L/∂y[o]")
        found.append((translated("gradient of the bias"), formula))
    if isinstance(layer, Weighted):
        each = layer.multiplications
        told = translated("{each} forward, {both} = {each} + {each} backward", each=each, both=2 * each)
        found.append((translated("multiplications"), told))
    return found


_WEIGHTED = ("y[o] = Σ x[i]·w[t]", "∂L/∂x[i] = Σ ∂L/∂y[o]·w[t]", "∂L/∂w[t] = Σ ∂L/∂y[o]·x[i]")
_WEIGHTLESS = {
    "max": (
        message("y[o] = the largest x[i] of window o"),
        message("∂L/∂x[i] = Σ ∂L/∂y[o] over all o whose winner is i"),
    ),
    "mean": (
        message("y[o] = Σ x[i] / m over window o, which counts m cells"),
        message("∂L/∂x[i] = Σ ∂L/∂y[o] / m over all o that count i"),
    ),
    "copy": (message("y[o] = x[i], a copy"), message("∂L/∂x[i] = Σ ∂L/∂y[o] over all o that are copies of i")),
}
"""By the rule of a layer, its formula and that of the gradient of its input."""

_USUAL = ("y[o] = Σ f·x[i]", message("∂L/∂x[i] = Σ f·∂L/∂y[o] over all o that i counts in, with its factor f"))


def _different(layer: Layer) -> list[int]:
    """Return the numbers of the axes of a layer whose formulas differ from those of the axes before."""
    said = [_relation(layer, number) for number in range(layer.dims)]
    return [number for number, one in enumerate(said) if one not in said[:number]]


def _meeting(layer: Layer, number: int) -> str:
    """Return which cells and weights meet at which outputs along an axis."""
    relation = _relation(layer, number)
    if len(_different(layer)) > 1:
        axis = translated(ROWS_COLUMNS[layer.dims][number])
        told = translated("i, o and t with {relation} along {axis}", relation=relation, axis=axis)
    else:
        told = translated("i, o and t with {relation}", relation=relation)
    if layer.axes[number].padding_mode != "zeros":
        told = translated("{what}, or i is what the padding there copies", what=told)
    return told


def _relation(layer: Layer, number: int) -> str:
    axis = layer.axes[number]
    # The windows of a transposed convolution are those of the convolution that it transposes.
    low = axis.reach - 1 - axis.low if axis.rotated else axis.low
    met, moved = _times("i", axis.spacing), _times("o", axis.stride)
    if axis.rotated:
        met, moved = moved, met
    shift = f" {'−' if low > 0 else '+'} {abs(low)}" if low else ""
    return f"{moved} + {_times('t', axis.dilation)}{shift} = {met}"


def _times(letter: str, factor: int) -> str:
    return letter if factor == 1 else f"{letter}·{factor}"


def _as_layer(part: Part) -> str:
    """Return the layers that make a part, with their settings and sizes."""
    layers = part.layer.layers if isinstance(part.layer, Chain) else (part.layer,)
    sizes = f"{size(layers[0].input_size)} → {size(layers[0].output_size)}"
    if isinstance(layers[0], InputGradient):
        return translated("the transpose of {name}, {sizes}", name=layer_name(layers[0].of), sizes=sizes)
    told = " · ".join((translated("as {layer}", layer=_an(layers[0])), *settings(layers[0]), sizes))
    for one in layers[1:]:
        told = translated(
            "{what}, then {layer} to {size}", what=told, layer=one.called_briefly, size=size(one.output_size)
        )
    return told


def in_numbers(whole: Backward) -> list[tuple[str, str]]:
    """Return the gradients in numbers where they have one plane of few cells."""
    found = [("∂L/∂y", whole.grad)]
    found += [(sign, part.values) for part, sign in zip(whole.parts[1:], ("∂L/∂x", "∂L/∂w"), strict=False)]
    if whole.bias is not None:
        found.append(("∂L/∂b", whole.bias[None]))
    return [(sign, rows(values[0])) for sign, values in found] if is_short(whole.layer) else []


def is_short(layer: Layer) -> bool:
    """Return whether the gradients of a layer have one plane of so few cells that their numbers are written."""
    cells = (*map(prod, (layer.input_size, layer.output_size)), layer.parameters)
    return layer.grouping.is_single and layer.dims < 3 and max(cells) <= _MOST_NUMBERS


def rows(values: Numbers) -> str:
    """Return the numbers of a plane as users write them: ``1 2; 3 4``."""
    lines = values.reshape(-1, values.shape[-1]).tolist()
    return "; ".join(" ".join(spell(one, 2) for one in line) for line in lines)
