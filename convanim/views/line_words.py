"""Words of the line view: notes on channels left out, and lines about layers."""

from __future__ import annotations

from convanim.base.language import translated, translated_in
from convanim.plans import Stage, Windows
from convanim.views.headings import more
from convanim.words.layer_names import layer_title
from convanim.words.layer_settings import kernel_words, layer_lines, layer_words


def left_out(one: int, other: int) -> str:
    """Return the note about the channels left out between two."""
    return more(other - one - 1)


def lines_of(stage: Stage, says_dilation: bool) -> tuple[str, ...]:
    """Return short lines about a layer: its name, its kernel, and settings that differ from the usual."""
    layer = stage.layer
    if not isinstance(stage, Windows):
        return layer_words(layer)
    axis = stage.axes[0]
    known = list(layer_lines(layer, without="padding" if axis.is_causal else "")[1:])
    if says_dilation and axis.dilation == 1:
        known.append(translated("dilation {value}", value="1"))
    first = [kernel_words(layer)]
    if layer.stride[0] > 1:
        first.append(translated("stride {value}", value=str(layer.stride[0])))
    named = () if layer.is_usual else (layer_title(layer),)
    comma = translated_in("in a list", ", ")
    return (*named, comma.join(first), *([comma.join(known)] if known else []))
