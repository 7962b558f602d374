"""The fence for pymdownx.superfences, in MkDocs and Zensical: pictures within the page, for light and dark ones."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from convanim.documents.blocks import BlockError, read_block
from convanim.formats import FORMATS

_DARK = "[data-bs-theme=dark],[data-md-color-scheme=slate]"
_STYLE = f"<style>:is({_DARK}) .convanim-light,.convanim-dark:not(:is({_DARK}) *){{display:none!important}}</style>"
"""Of two pictures, pages show the one for their colours, as the themes of MkDocs and Zensical name them.

It stands at each block, since blocks may be shown apart from their page.
"""

_ATTRIBUTES = ("alt", "caption")
_MOST_KEPT = 200

# MkDocs counts what is said here, and fails with --strict.
_log = logging.getLogger("mkdocs.plugins.convanim")


def fence(
    source: str,
    language: str,
    css_class: str,
    options: Mapping[str, str],
    md: Any,
    classes: Sequence[str] = (),
    id_value: str = "",
    attrs: Mapping[str, str] | None = None,
    **others: object,
) -> str:
    """Return the HTML of a block, as the ``format`` of a custom fence does.

    Parameters
    ----------
    source : str
        The text of the block.
    language, css_class : str
        What the configuration calls it.
    options, attrs : mapping of str to str
        ``alt`` and ``caption``; all others are attributes of the figure.
    md : markdown.Markdown
        What reads the page.
    classes, id_value
        Of the figure.
    **others
        What later versions may add.
    """
    given = {**options, **(attrs or {})}
    try:
        told, pictures = _drawn(source)
    except BlockError as error:
        _log.warning("%sconvanim: %s", _place(source, md), error)
        return f"<pre><code>{escape(source)}</code></pre><p><strong>convanim: {escape(str(error))}</strong></p>"
    alt = escape(given.get("alt") or told)
    sides = ("light", "dark") if len(pictures) > 1 else ("only",)
    style = _STYLE if len(pictures) > 1 else ""
    images = "".join(
        f'<img class="convanim-{side}" src="{address}" alt="{alt}">'
        for side, address in zip(sides, pictures, strict=True)
    )
    caption = f"<figcaption>{escape(given['caption'])}</figcaption>" if given.get("caption") else ""
    own = {name: value for name, value in given.items() if name not in _ATTRIBUTES}
    own = {**({"id": id_value} if id_value else {}), "class": " ".join([css_class, *classes]), **own}
    tag = "figure" if caption else "div"
    written = "".join(f' {escape(name)}="{escape(str(value))}"' for name, value in own.items())
    return f"<{tag}{written}>{style}{images}{caption}</{tag}>"


@lru_cache(maxsize=_MOST_KEPT)
def _drawn(source: str) -> tuple[str, tuple[str, ...]]:
    """Return the alternative text of a block, and the addresses that hold its pictures.

    Whoever serves pages while they are written draws those that have not changed only once.
    """
    block = read_block(source)
    for note in block.notes:
        _log.info("convanim: %s", note)
    pictures = block.sides()
    return " ".join(block.alt.split()), tuple(
        f"data:{FORMATS[picture.suffix].media_type};base64,{b64encode(picture.content()).decode()}"
        for picture in pictures
    )


def _place(source: str, md: Any) -> str:
    """Return the page and the line of a block, as far as the program that reads the page lets them be known."""
    if "relpath" in md.treeprocessors:
        # MkDocs tells the page to what makes links relative.
        file = md.treeprocessors["relpath"].file
        return f"{file.src_uri}:{_line(source, file.content_string)}: "
    if "rendering_context" in md.preprocessors:
        return f"{md.preprocessors['rendering_context'].page.path}: "
    text = "\n".join(md.lines)
    return f"line {_line(source, text)}: "


def _line(source: str, text: str) -> int:
    """Return the number of the line in which a block begins in a text."""
    bare = [line.lstrip(" \t>").rstrip() for line in text.splitlines()]
    wanted = [line.strip() for line in source.splitlines()]
    return next((number for number in range(len(bare)) if bare[number : number + len(wanted)] == wanted), 1)
