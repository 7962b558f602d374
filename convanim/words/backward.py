"""A backward pass in words: what each of its parts is called, what happens in it, and its formulas."""

from __future__ import annotations

from collections.abc import Sequence

from convanim.base.options import short
from convanim.layers import Chain, Layer
from convanim.layers.input_gradient import InputGradient
from convanim.layers.weighted import Weighted
from convanim.plans import USUAL_NAMES, Named, Names
from convanim.plans.gradients import Backward, Part
from convanim.plans.values import spell
from convanim.words.captions import layer_name, settings, size

TITLES = {
    "forward": "forward",
    "input": "gradient of the input",
    "weight": "gradient of the kernel",
}
"""What each part is called, by its key in ``PARTS``."""

GIVEN, PASSED, LEARNED = (
    Named("output gradient", "∂y", "output"),
    Named("input gradient", "∂x", "input"),
    Named("kernel gradient", "∂w"),
)

_MOST_BIASES = 6
"""The most gradients of biases that are written one by one."""


def is_turned(layer: Layer) -> bool:
    """Return whether a layer's windows show its kernel turned by 180°, as those of a transposed convolution do."""
    return any(axis.rotated for axis in layer.axes)


def names(layer: Layer, part: Part) -> Names:
    """Return what the tensors of a part are called."""
    if part.name == "forward":
        return USUAL_NAMES
    if part.name == "input":
        return Names(GIVEN, USUAL_NAMES.kernel, PASSED, Named("padded input gradient", "h"))
    slid, sliding = (GIVEN, USUAL_NAMES.input) if is_turned(layer) else (USUAL_NAMES.input, GIVEN)
    return Names(slid, sliding, LEARNED)


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
        return " · ".join((layer_name(layer), *settings(layer)))
    back = part.layer.layers[0] if isinstance(part.layer, Chain) else part.layer
    if isinstance(back, InputGradient):
        word, which = back.words
        return f"the output gradient is {word}: each cell gets that of the outputs that {which}"
    then = "; what belongs to copies in the padding is added back" if isinstance(part.layer, Chain) else ""
    if part.name == "input":
        kernel = "the kernel as it is" if is_turned(layer) else "the kernel turned by 180°"
        return f"the output gradient{_prepared(back)} meets {kernel}{_apart(back, ', dilated by {}')}{then}"
    slid, sliding = ("output gradient", "input") if is_turned(layer) else ("input", "output gradient")
    apart, stride = _apart(back, ", dilated by {},"), short(back.stride).replace("x", "×")
    steps = "" if set(back.stride) == {1} else f" in steps of {stride}"
    return f"the {sliding}{apart} is the kernel that slides over the {slid}{steps}"


def _prepared(layer: Layer) -> str:
    """Return what is done to the input of a layer before a kernel slides over it, as an inserted clause."""
    spacing, ends = [axis.spacing for axis in layer.axes], {(axis.low, axis.high) for axis in layer.axes}
    spread = "" if set(spacing) == {1} else f"spread by {short(spacing).replace('x', '×')}"
    low, high = next(iter(ends)) if len(ends) == 1 else (0, 1)
    has_padding = any(end > 0 for pair in ends for end in pair)
    padded = f"padded by {low}" if low == high and low > 0 else "padded" if has_padding else ""
    cropped = "cropped" if any(end < 0 for pair in ends for end in pair) else ""
    done = [one for one in (spread, padded, cropped) if one]
    return f", {' and '.join(done)}," if done else ""


def _apart(layer: Layer, said: str) -> str:
    dilation = [axis.dilation for axis in layer.axes]
    return "" if set(dilation) == {1} else said.format(short(dilation).replace("x", "×"))


def biases(whole: Backward) -> str:
    """Return the gradient of the biases in words; nothing if there are none."""
    if whole.bias is None:
        return ""
    shown = [spell(one, 2) for one in whole.bias.tolist()]
    listed = ", ".join(shown if len(shown) <= _MOST_BIASES else [*shown[: _MOST_BIASES - 1], "…"])
    each = "each bias: the sum of the output gradient in its channel" if len(shown) > 1 else "the bias: its sum"
    return f"gradient of {each}, {listed}"


def alt(whole: Backward, shown: Sequence[Part]) -> str:
    """Return what an animation of some parts of a backward pass shows, as alternative text."""
    layer = whole.layer
    head = f"The backward pass of {_an(layer_name(layer))}, {size(layer.input_size)} to {size(layer.output_size)}"
    count = "" if len(shown) == 1 else f", in {len(shown)} pictures that run in step"
    told = [
        f"{TITLES[part.name].capitalize()}, {size(part.layer.output_size)}: {happening(layer, part)}." for part in shown
    ]
    more = biases(whole)
    return " ".join([f"{head}{count}.", *told, *([f"{more[0].upper()}{more[1:]}."] if more else [])])


def _an(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if "conv" in name else name


def formulas(whole: Backward) -> list[tuple[str, str]]:
    """Return the formulas of a layer and of its gradients, each with what they mean for its numbers.

    Notes
    -----
    They follow from y[o] = Σ x[o·s + t·d − p]·w[t] by the chain rule. For
    more than one axis, o, t and i stand for one number an axis.
    """
    layer, parts = whole.layer, {part.name: part for part in whole.parts}
    found: list[tuple[str, str]] = []
    for name, lines in _lines(layer).items():
        if name not in parts:
            continue
        part = parts[name]
        sizes = f"{size(part.layer.input_size)} → {size(part.layer.output_size)}"
        found.append((TITLES[name], lines))
        if name != "forward":
            found += [("", happening(layer, part)), ("", f"{_as_layer(part)}, {sizes}")]
    if whole.bias is not None:
        found.append(("gradient of the bias", "∂L/∂b = Σ ∂L/∂y[o] over all o, in each channel"))
    if isinstance(layer, Weighted):
        each = layer.multiplications
        found.append(("multiplications", f"{each:,} forward, {2 * each:,} = {each:,} + {each:,} backward"))
    return found


def _lines(layer: Layer) -> dict[str, str]:
    """Return the formula of each part of a layer's backward pass."""
    if isinstance(layer, Weighted):
        if is_turned(layer):
            forward = "y[o] = Σ x[i]·w[t] over all i and t with i·s + t·d − p = o"
            return {
                "forward": forward,
                "input": "∂L/∂x[i] = Σ ∂L/∂y[i·s + t·d − p]·w[t] over all t",
                "weight": "∂L/∂w[t] = Σ ∂L/∂y[i·s + t·d − p]·x[i] over all i",
            }
        return {
            "forward": "y[o] = Σ x[o·s + t·d − p]·w[t] over all t",
            "input": "∂L/∂x[i] = Σ ∂L/∂y[o]·w[t] over all o and t with o·s + t·d − p = i",
            "weight": "∂L/∂w[t] = Σ ∂L/∂y[o]·x[o·s + t·d − p] over all o",
        }
    name = layer.rule.name
    given = {
        "max": ("y[o] = the largest x[i] of window o", "Σ ∂L/∂y[o] over all o whose largest value is x[i]"),
        "mean": ("y[o] = Σ x[i] / m over window o, which counts m cells", "Σ ∂L/∂y[o] / m over all o that count x[i]"),
        "copy": ("y[o] = x[i], a copy", "Σ ∂L/∂y[o] over all o that are copies of x[i]"),
    }
    forward, back = given.get(name, ("y[o] = Σ f·x[i]", "Σ f·∂L/∂y[o] over all o that count x[i], with its factor f"))
    return {"forward": forward, "input": f"∂L/∂x[i] = {back}"}


def _as_layer(part: Part) -> str:
    """Return the layers that make a part, with their settings."""
    layers = part.layer.layers if isinstance(part.layer, Chain) else (part.layer,)
    if isinstance(layers[0], InputGradient):
        return f"the transpose of {layer_name(layers[0].of)}, read off its windows"
    told = " · ".join((f"as {_an(layer_name(layers[0]))}", *settings(layers[0])))
    if len(layers) > 1:
        told += ", then each copy in the padding added to its cell"
    return told
