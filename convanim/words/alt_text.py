"""What the animation of a layer or a chain shows, in one to three sentences."""

from __future__ import annotations

from collections.abc import Sequence

from convanim.base.language import translated
from convanim.base.options import one_of
from convanim.layers import Chain, Layer
from convanim.words.alt_chain import chain_told
from convanim.words.alt_layer import layer_told
from convanim.words.sentences import sentence, sentences

_MOST_LETTERS = 430
"""Of more than these, the first sentence is enough."""


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
    told = chain_told(layer, method) if isinstance(layer, Chain) else layer_told(layer, method)
    own = [sentence(said) for said in told]
    return sentences(own) if sum(map(len, own)) <= _MOST_LETTERS else own[0]


def alt_of_part(drawn: Layer | Chain, method: str, whole: Layer | Chain, lacks: Sequence[str]) -> str:
    """Return what happens in the animation of a layer, and what is left out where it is a part of another."""
    is_less = lacks and drawn.parameters != whole.parameters
    more = [translated("in all there are {count} parameters", count=whole.parameters)] if is_less else []
    return sentences([alt(drawn, method), *map(sentence, (*lacks, *more))])


def alt_of_several(titles: Sequence[str], alts: Sequence[str]) -> str:
    """Return what happens where several layers run in step, of each of which it is known what happens."""
    head = translated("{count} layers run in step, with bars of what they cost below.", count=len(titles))
    each = [
        f"{number}. " + translated("{name}: {what}", name=title, what=said)
        for number, (title, said) in enumerate(zip(titles, alts, strict=True), 1)
    ]
    return sentences([head, *each])
