"""Paths that a file draws in several places, written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from convanim.canvas.svg import Outline, Piece

_WORTH = 24
"""Letters of a course from which on a reference to it is shorter, if there are two."""

Shared = Mapping[tuple[str, str], str]
"""The names of looks and courses that occur more than once."""


def shared(pieces: Iterable[Piece]) -> Shared:
    """Return a name for each path that occurs more than once and is worth it."""
    counts = Counter((piece.style, piece.course) for piece in pieces if isinstance(piece, Outline))
    worth = [key for key, count in counts.items() if count > 1 and len(key[1]) >= _WORTH]
    return {key: f"p{number}" for number, key in enumerate(worth)}


def definitions(names: Shared) -> str:
    """Return the paths that others refer to."""
    paths = (f'<path id="{name}" class="{style}" d="M0 0{course}"/>' for (style, course), name in names.items())
    return f"<defs>{''.join(paths)}</defs>" if names else ""


def written(pieces: Iterable[Piece], names: Shared) -> str:
    """Return elements, each as short as it may be."""
    return "".join(_written(piece, names) for piece in pieces)


def _written(piece: Piece, names: Shared) -> str:
    if not isinstance(piece, Outline):
        return piece
    name = names.get((piece.style, piece.course))
    if name is None:
        return f'<path class="{piece.style}" d="{piece.data}"/>'
    return f'<use href="#{name}" x="{piece.x}" y="{piece.y}"/>'
