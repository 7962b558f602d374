"""Names of shapes for people and programs, from their keys: ``input cell 0,0``, ``window``, ``ray``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from convanim.base.records import dataclass
from convanim.render.ink import Fill, Inking
from convanim.views.scene import Cells, Key, Lines, Scene, Shape, Texts

_Plane = tuple[int, ...]
"""Identifies a grid of cells: the number of its joined picture, its site there, channel and slice."""

_GRIDS = ("input", "intermediate", "output")
_ROLES = {**{name: name for name in _GRIDS}, **{f"{name}_unread": name for name in _GRIDS}}
"""The roles of cells that name the grid in which they lie."""

_WORDS = {"reach": "window outline", "made reach": "made outline", "padded": "word", "": "word"}
"""What a shape shows, as in `Key`, in other words."""


@dataclass(frozen=True)
class ShapeNames:
    """The names of a scene's shapes.

    Attributes
    ----------
    grids : dict
        The name of each grid of cells; grids of one name are numbered.
    """

    grids: dict[_Plane, str]

    @classmethod
    def of(cls, scene: Scene) -> ShapeNames:
        """Return the names of the shapes of a scene, whose ground has every grid."""
        found: dict[_Plane, str] = {}
        for shape in scene.ground:
            if isinstance(shape, Cells) and shape.cells is not None and shape.key is not None:
                plane = (shape.key.part, *shape.key.of)
                known = found.get(plane, "")
                found[plane] = _ROLES.get(shape.role, "kernel" if shape.role == "kernel" else known) or known
        # What is still to be computed has no role of its own.
        named = {plane: name or "output" for plane, name in found.items()}
        groups: dict[str, list[_Plane]] = {}
        for plane, name in named.items():
            groups.setdefault(name, []).append(plane)
        return cls(
            {
                plane: name if len(groups[name]) == 1 else f"{name} {groups[name].index(plane) + 1}"
                for plane, name in named.items()
            }
        )

    def kind(self, shape: Shape) -> str:
        """Return what a shape shows, such as ``"window"``, or the name of its grid for cells at rest."""
        key = shape.key or Key("" if isinstance(shape, Texts) else shape.role)
        if key.what != "cell":
            return _WORDS.get(key.what, key.what)
        role = "" if isinstance(shape, Texts) else shape.role
        if role and isinstance(shape, Cells | Lines) and role not in (*_ROLES, "pending", "kernel"):
            return role.replace("_", " ")
        return self.grids.get((key.part, *key.of), "cell")

    def cells(self, shape: Cells) -> list[str]:
        """Return the name of each cell, such as ``"input cell 0,0"``; what shows no number of a tensor has its role."""
        part = 0 if shape.key is None else shape.key.part
        if shape.cells is None:
            return [self.kind(shape)] * len(shape.quads)
        role = shape.role.replace("_", " ")
        return [
            role
            if site < 0 and shape.role != "kernel"
            else f"{self.grids.get((part, site, channel, slice_), role)} cell {row},{column}"
            for site, channel, slice_, row, column in shape.cells.tolist()
        ]

    def fills(self, shape: Cells, inking: Inking) -> Iterator[tuple[str, Fill]]:
        """Yield the name and the ink of each cell that is filled."""
        names = np.array(self.cells(shape), dtype=object)
        # Cells of one grey are one ink, in the order of the greys.
        looks = shape.tints if shape.tones is None else shape.tones
        groups = [names] if looks is None else [names[looks == one] for one in np.unique(looks)]
        inks = [ink for ink in inking.shapes((shape,)) if isinstance(ink, Fill)]
        for own, ink in zip(groups, inks, strict=False):
            yield from ((name, replace(ink, quads=quad[None])) for name, quad in zip(own, ink.quads, strict=True))


def identifier(name: str) -> str:
    """Return a name as CSS writes it.

    Examples
    --------
    >>> identifier("input cell 0,2")
    'input-0-2'
    """
    return re.sub("[^a-z0-9]+", "-", name.lower().replace(" cell ", " "))
