"""The font of a file's text as rules of a style sheet: the letters that it uses, as part of the file."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from convanim.render.font_subset import font_bytes, subset_font
from convanim.render.svg import Styles

_FAMILY = "convanim"
"""What the embedded font is called in the file."""

_FALLBACKS = "DejaVu Sans,Verdana,sans-serif"
"""Fonts with the same widths, or nearly, where embedded ones are not allowed."""

_FACES = {"regular": "", "bold": ";font-weight:bold", "italic": ";font-style:italic"}


def font_rules(styles: Styles) -> Iterator[str]:
    """Yield the faces that are written in, each with its letters, and the rule that uses them."""
    for face, letters in styles.letters.items():
        file = base64.b64encode(font_bytes(subset_font(face, letters), "woff")).decode()
        yield f'@font-face{{font-family:{_FAMILY}{_FACES[face]};src:url("data:font/woff;base64,{file}")}}'
    if styles.letters:
        yield f"text{{font-family:{_FAMILY},{_FALLBACKS};white-space:pre}}"
