"""Paths that an SVG file draws in several places, written once, alone or in groups that start at one point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from convanim.base.records import dataclass
from convanim.render.svg import Outline, Piece

_WORTH = 24
"""Least length of a course, in characters, at which two references to it save space."""

LINKS = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
"""Namespace of an element that holds references; older programs know only this kind."""

_Path = tuple[str, str]
"""Style and course of a path, without its start."""

_Group = tuple[_Path, ...]


@dataclass(frozen=True)
class Shared:
    """Names of the paths and groups that occur more than once.

    Attributes
    ----------
    paths : dict
        Names of single paths.
    groups : dict
        Names of sequences of paths that start at one point.
    """

    paths: dict[_Path, str]
    groups: dict[_Group, str]


def shared(drawings: Iterable[Iterable[Piece]], prefix: str = "p") -> Shared:
    """Return names, with a prefix, for the paths and groups that occur more than once and are worth sharing."""
    runs = [_group(run) for pieces in drawings for run in _runs(pieces)]
    counts = Counter(group for group in runs if len(group) > 1)
    several = [group for group, count in counts.items() if count > 1]
    groups = {group: f"{prefix}g{number}" for number, group in enumerate(several)}
    # The paths of a named group are written only once, in its definition.
    lonely = [path for group in runs if group not in groups for path in group]
    paths = Counter([*lonely, *(path for group in several for path in group)])
    worth = [path for path, count in paths.items() if count > 1 and len(path[1]) >= _WORTH]
    return Shared({path: f"{prefix}{number}" for number, path in enumerate(worth)}, groups)


def definitions(names: Shared) -> str:
    """Return the element that defines the named paths and groups, empty if there are none."""
    paths = [f'<path id="{name}" class="{style}" d="M0 0{course}"/>' for (style, course), name in names.paths.items()]
    groups = [
        f'<g id="{name}">{"".join(_path(path, 0, 0, names) for path in group)}</g>'
        for group, name in names.groups.items()
    ]
    return f"<defs>{''.join([*paths, *groups])}</defs>" if paths or groups else ""


def written(pieces: Iterable[Piece], names: Shared) -> str:
    """Return the elements of a drawing, with references to what is shared."""
    return "".join(element for run in _runs(pieces) for element in _written(run, names))


def _runs(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Yield runs of consecutive paths that start at one point; other elements form runs of one."""
    for place, run in groupby(pieces, lambda piece: (piece.x, piece.y) if isinstance(piece, Outline) else None):
        if place is None:
            yield from ([piece] for piece in run)
        else:
            yield list(run)


def _group(run: list[Piece]) -> _Group:
    return tuple((piece.style, piece.course) for piece in run if isinstance(piece, Outline))


def _written(run: list[Piece], names: Shared) -> Iterator[str]:
    first = run[0]
    if not isinstance(first, Outline):
        yield first
        return
    group = _group(run)
    if group in names.groups:
        yield f'<use xlink:href="#{names.groups[group]}"{_place(first.x, first.y)}/>'
        return
    yield from (_path(path, first.x, first.y, names) for path in group)


def _path(path: _Path, x: int, y: int, names: Shared) -> str:
    if path in names.paths:
        return f'<use xlink:href="#{names.paths[path]}"{_place(x, y)}/>'
    style, course = path
    return f'<path class="{style}" d="{Outline(style, x, y, course).data}"/>'


def _place(x: int, y: int) -> str:
    return (f' x="{x}"' if x else "") + (f' y="{y}"' if y else "")
