"""Explain the backward pass of a layer in text, and write its parts as code."""

from __future__ import annotations

from collections.abc import Sequence

from convanim.animations.explaining import table
from convanim.base.language import translated
from convanim.frameworks.writing import code_of
from convanim.layers import Chain, Layer
from convanim.layers.input_gradient import InputGradient
from convanim.plans.gradients import Backward, bare_parts
from convanim.words.backward import TITLES, formulas, in_numbers
from convanim.words.captions import channels
from convanim.words.layer_names import layer_name, size
from convanim.words.layer_settings import settings
from convanim.words.sentences import listed


def explain_backward(layer: Layer, whole: Backward | None = None, notes: Sequence[str] = ()) -> str:
    """Return an explanation of the backward pass of a layer, in lines of text.

    Parameters
    ----------
    layer : Layer
        The layer.
    whole : Backward, optional
        Its backward pass with numbers, which are written if they are few.
    notes : sequence of str
        Sentences to add at the end.
    """
    many = f", {channels(layer)}" if not layer.grouping.is_single else ""
    sizes = f"{size(layer.input_size)} → {size(layer.output_size)}{many}"
    title = translated("backward pass, {name}", name=layer_name(layer))
    filled = ["x.grad", *["layer.weight.grad"] * layer.is_weighted, *["layer.bias.grad"] * bool(layer.bias_size)]
    facts = [
        *formulas(layer),
        *(in_numbers(whole) if whole else ()),
        ("PyTorch", code_of(layer, "torch")),
        ("", translated("y.backward(dy) fills {tensors}", tensors=listed(filled))),
        *((translated("note"), note) for note in notes),
    ]
    return "\n".join([f"{title}  {sizes}", " · ".join(settings(layer)), "", *table(facts)])


def code_of_backward(layer: Layer, framework: str, part: str | None = None) -> str:
    """Return the layers of a backward pass as the code of a framework, each below a comment that names it.

    Raises
    ------
    ConvanimError
        If there is no such framework.
    """
    found = []
    for one in bare_parts(layer):
        layers = one.layer.layers if isinstance(one.layer, Chain) else (one.layer,)
        weighted = [its for its in layers if not isinstance(its, InputGradient)]
        code = [code_of(its, framework) for its in weighted]
        rest = [f"none: no layer does this; automatic differentiation does ({layers[-1].short_title})"]
        if part in (None, one.name):
            found += [f"# {TITLES[one.name]}", *code, *(rest if len(weighted) < len(layers) else [])]
    return "\n".join(found)
