"""The pictures that Pandoc takes: which kind of file goes into each of its formats, and the filter that asks for it."""

from __future__ import annotations

from pathlib import Path

from convanim.documents.blocks import read_block
from convanim.formats import FORMATS

FILTER = Path(__file__).with_name("convanim.lua")
"""The filter, for Pandoc and for Quarto."""

_STILL = {
    **dict.fromkeys(("latex", "beamer", "pdf", "context"), "pdf"),
    **dict.fromkeys(("docx", "odt", "opendocument", "rtf", "icml", "ms"), "png"),
}
"""Formats of Pandoc that show nothing that moves, and the kind of file for each."""

_MOVING = {"pptx": "gif"}
"""Formats of Pandoc that show another file than an SVG moving."""


def drawn_for(text: str, target: str) -> bytes:
    """Return what the filter reads: a line with media type, name and alternative text, and the file behind it.

    Parameters
    ----------
    text : str
        The text of a block.
    target : str
        The format that Pandoc writes.

    Raises
    ------
    BlockError
        If the block is refused.
    """
    block = read_block(text)
    base = target.partition("+")[0].partition("-")[0]
    is_still = base in _STILL
    picture = block.picture(_STILL.get(base) or _MOVING.get(base, "svg"), is_still=is_still)
    told = (FORMATS[picture.suffix].media_type, picture.name, " ".join(block.alt.split()))
    return "\t".join(told).encode() + b"\n" + picture.content()
