"""Draw the backward pass of a layer: forward, the gradient of its input, the gradient of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

from convanim.animations.animation import Animation
from convanim.animations.description import parts_to_dict, told_of_parts
from convanim.animations.fitting import Drawn
from convanim.animations.together import Panel, together
from convanim.base.errors import ConvanimError
from convanim.base.language import speaks, translated
from convanim.base.options import one_of
from convanim.base.records import dataclass
from convanim.formats.clip import Told
from convanim.inputs.building import Built
from convanim.layers import Chain, Layer
from convanim.layers.weighted import Weighted
from convanim.plans import plan
from convanim.plans.gradients import PARTS, Backward, Part
from convanim.plans.gradients import backward as backward_of
from convanim.views.limits import refuse_cells
from convanim.words import backward as words
from convanim.words.captions import caption as caption_of
from convanim.words.captions import described
from convanim.words.sentences import sentence, sentences


@dataclass(frozen=True, eq=False)
class Shown:
    """The parts of a backward pass that are drawn.

    Attributes
    ----------
    whole : Backward
        The backward pass.
    part : str or None
        A key of `PARTS`, or None for all.
    built : Built
        The layer as the user wrote it, of which a part may be drawn.
    """

    whole: Backward
    part: str | None
    built: Built

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are drawn."""
        return tuple(one for one in self.whole.parts if self.part in (None, one.name))

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The parts as pictures, each with its heading."""
        layer = self.whole.layer
        return tuple(
            Panel(
                Built(one.layer, one.input, one.kernel, one.bias, names=words.names(layer, one)),
                translated(words.TITLES[one.name]),
                words.happening(layer, one),
                called=one.name,
            )
            for one in self.parts
        )

    @property
    def phrases(self) -> tuple[str, ...]:
        """The phrases of the caption."""
        told = (
            *self._described,
            words.biases(self.whole),
            *self.built.lacks(is_computed=True),
        )
        return tuple(filter(None, told))

    @property
    def _described(self) -> tuple[str, ...]:
        """The phrases that name the layer, and the pass through it."""
        layer, phrase = self.built.written, words.phrase(self.whole)
        named = described(layer, phrase) if isinstance(layer, Layer) else (phrase, *caption_of(layer))
        return (*named, translated("the output gradient comes from the loss"))

    @property
    def alt(self) -> str:
        """The alternative text of the animation."""
        lacks = map(sentence, self.built.lacks(is_computed=True))
        return sentences([words.alt(self.whole, self.parts), *lacks])

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as plain lists and numbers, ready for JSON."""
        plans = [plan(one.layer, input=one.input, kernel=one.kernel, bias=one.bias) for one in self.parts]
        return parts_to_dict([words.TITLES[one.name] for one in self.parts], plans, self.whole)

    def told(self, drawn: Sequence[Drawn]) -> Told:
        """Return the description of the animation."""
        titles = [panel.title for panel in self.panels]
        return told_of_parts(titles, [one.walked for one in drawn], self.alt, self.whole)


def shown_parts(
    layer: Layer | Chain | Built,
    part: str | None = None,
    input: object = None,
    kernel: object = None,
    bias: object = None,
    grad: object = None,
    seed: int = 0,
) -> Shown:
    """Return the parts of a backward pass that `backward` draws; it documents the parameters.

    Raises
    ------
    ConvanimError
        If there is no such part, ``layer`` is a chain, or the numbers do not fit.
    """
    built = layer if isinstance(layer, Built) else Built(layer)
    if isinstance(built.layer, Chain):
        raise ConvanimError("layer", "", "is a chain of layers, and the backward pass of one is drawn; name one")
    whole = backward_of(
        built.layer,
        input=built.input if input is None else input,
        kernel=built.kernel if kernel is None else kernel,
        bias=built.bias if bias is None else bias,
        grad=grad,
        seed=seed,
    )
    # Every part draws the input, and that of a layer without weights the output; too many cells are refused
    # before the parts are made, which read where gradients go off every step.
    sizes = [built.layer.input_size, *([] if isinstance(built.layer, Weighted) else [built.layer.output_size])]
    refuse_cells(sum(map(prod, sizes)), built.layer.input_size)
    if part is not None and one_of("part", part, PARTS) not in {one.name for one in whole.parts}:
        raise ConvanimError("part", part, f"is not there, since {built.layer.title} has no weights; use `part=input`")
    return Shown(whole, part, built)


@speaks
def backward(
    layer: Layer | Chain | Built,
    *,
    part: str | None = None,
    input: object = None,
    kernel: object = None,
    bias: object = None,
    grad: object = None,
    arrange: str | None = None,
    seed: int = 0,
    **looks: Any,
) -> Animation:
    """Return the animation of a layer's backward pass: forward, and the gradients of its input and its weights.

    Each is a layer itself, and all are drawn beside each other with cells of
    the same size. The gradient of a convolution's input is a transposed
    convolution of the output's gradient; that of its kernel is made by the
    output's gradient, which slides over the input as a kernel. The numbers
    are those of PyTorch's autograd.

    Parameters
    ----------
    layer : Layer or Built
        The layer; a `Built` has its own numbers.
    part : str, optional
        ``"forward"``, ``"input"`` or ``"weight"``: one of them alone.
    input, kernel, bias : array or nested sequence of numbers, optional
        The numbers of the layer; random by default. Where the largest value
        of a window is taken, those of the input are all different.
    grad : array, nested sequence of numbers or "ones", optional
        The gradient of the output; random by default, from 1 to 3. With ones
        it is that of the sum of the output.
    arrange : str, optional
        ``"side"``: side by side. ``"above"``: one above the other, the
        default of flat pictures and of matrices.
    seed : int
        Seed of the random numbers.
    **looks
        Other settings of `animate`, applied to all parts, except ``method``,
        ``overlap`` and ``field``.

    Returns
    -------
    Animation
        Nothing is drawn until frames are requested or it is saved.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or the layer cannot be drawn.

    Examples
    --------
    >>> from convanim import Conv, backward
    >>> backward(Conv(4, 3), grad="ones").size[0]
    1280
    """
    shown = shown_parts(layer, part, input, kernel, bias, grad, seed)
    if looks.get("labels") == "letters" and shown.whole.layer.dims < 3:
        # Three pictures beside each other have no room for letters with indices.
        looks["view"] = looks.get("view") or "flat"
    return together(
        shown.panels,
        lambda: shown.phrases,
        shown.told,
        arrange=arrange,
        option="part",
        is_numeric=True,
        seed=seed,
        **looks,
    )
