"""Style sheet rules that embed the font of a file's text, cut down to the letters that it uses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache

from convanim.render.font_subset import font_bytes, subset_font
from convanim.render.fonts import Fonts, chosen
from convanim.render.svg import Styles

_FAMILY = "convanim"
"""Name of the embedded font in the file."""

_FALLBACKS = "DejaVu Sans,Verdana,sans-serif"
"""Fonts with about the same letter widths, for programs that ignore embedded fonts."""

_FACES = {"regular": "", "bold": ";font-weight:bold", "italic": ";font-style:italic"}


def font_rules(styles: Styles) -> Iterator[str]:
    """Yield the rules that embed each face in use, and the rule that applies them to text."""
    for face, letters in styles.letters.items():
        address = _address(face, frozenset(letters), chosen())
        yield f'@font-face{{font-family:{_FAMILY}{_FACES[face]};src:url("{address}")}}'
    if styles.letters:
        yield f"text{{font-family:{_FAMILY},{_FALLBACKS};white-space:pre}}"


# The same picture in other colours, and the next picture too, often has the same letters.
@lru_cache(maxsize=64)
def _address(face: str, letters: frozenset[str], _: Fonts) -> str:
    """Return a font with some letters as an address that holds it."""
    file = base64.b64encode(font_bytes(subset_font(face, letters), "woff")).decode()
    return f"data:font/woff;base64,{file}"
