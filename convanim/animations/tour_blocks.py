"""How a spread block lies before zeros come between its cells: its faces move together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convanim.views.block import ACROSS
from convanim.views.scene import Cells, Points

_FACES = tuple(ACROSS)

_INWARD = {"front": (1, 0.5), "top": (0, 0.5), "side": (2, -0.5)}
"""The axis across each face, and how much of what the block is shorter by along it the face moves."""


def closed_faces(faces: Sequence[Cells]) -> tuple[list[Points], dict[int, Points]]:
    """Return the way of each cell of some faces of blocks to where it lies without gaps, around the same middle.

    Returns
    -------
    ways : list of (n, 2) arrays
        Those of the cells of each face.
    pages : dict of int to (2,) array
        How far the page moves, which is no face but stands for one, of the blocks of each site.
    """
    missing: dict[int, list[str]] = {}
    gaps: dict[int, Points] = {}
    planes = []
    for face in faces:
        site, name = _of(face)
        own, own_gaps = missing.setdefault(site, list(_FACES)), gaps.setdefault(site, np.zeros((3, 2)))
        planes.append(np.zeros((len(face.quads), 2)))
        if name in own:
            own.remove(name)
        for axis, offset, places in _lattice(face.quads, name):
            ranks = np.unique(places, return_inverse=True)[1]
            own_gaps[axis] = (np.ptp(places) - np.ptp(ranks)) * offset
            planes[-1] += np.outer(ranks - np.ptp(ranks) / 2 - places + np.ptp(places) / 2, offset)
    moved = {site: {name: half * own[axis] for name, (axis, half) in _INWARD.items()} for site, own in gaps.items()}
    ways = [plane + moved[site][name] for plane, (site, name) in zip(planes, map(_of, faces), strict=True)]
    return ways, {site: moved[site][own[0]] for site, own in missing.items() if own}


def _of(face: Cells) -> tuple[int, str]:
    """Return the site and the name of a face."""
    assert face.key is not None
    return face.key.of[0], _FACES[face.key.of[-1]]


def _lattice(quads: Points, name: str) -> list[tuple[int, Points, Points]]:
    """Return the two axes of a face, the offsets to the next cell along them, and the places of its cells from 0 on."""
    right, down = quads[0, 1] - quads[0, 0], quads[0, 3] - quads[0, 0]
    # The rows of the top are the columns of the block, the last of them first.
    down = -down if name == "top" else down
    places = np.linalg.solve(np.stack([down, right], axis=1), (quads[:, 0] - quads[0, 0]).T).round()
    return [
        (axis, offset, own - own.min()) for axis, offset, own in zip(ACROSS[name], (down, right), places, strict=True)
    ]
