"""Words of the line view: notes on channels left out, and lines about layers."""

from __future__ import annotations

from convanim.plans import Stage, Windows
from convanim.words.captions import layer_lines, layer_title


def left_out(one: int, other: int) -> str:
    """Return the note about the channels left out between two."""
    return f"{other - one - 1:,} more"


def lines_of(stage: Stage, says_dilation: bool) -> tuple[str, ...]:
    """Return short lines about a layer: its name, its kernel, and settings that differ from the usual."""
    layer = stage.layer
    if not isinstance(stage, Windows):
        return (layer_title(layer), *layer_lines(layer))
    axis = stage.axes[0]
    is_causal = axis.low == axis.reach - 1 > 0 and axis.high == 0
    known = [said for said in layer_lines(layer)[1:] if not (is_causal and said.startswith("padding"))]
    if says_dilation and axis.dilation == 1:
        known.append("dilation 1")
    first = f"kernel {layer.kernel_size[0]}" + (f", stride {layer.stride[0]}" if layer.stride[0] > 1 else "")
    named = () if layer.is_usual else (layer_title(layer),)
    return (*named, first, *([", ".join(known)] if known else []))
