"""Ways and wires between tensors: their pieces and heads, and the circle with a sign in which they meet."""

from __future__ import annotations

import numpy as np

from convanim.views.scene import Points

_RADIUS, _OF_WORDS = 0.36, 0.85
"""The least radius of a circle, in cells, and in letter sizes."""

_HEAD = (0.2, 0.09)
"""The length and half the width of a head, in cells."""

_TURN = np.linspace(0, 2 * np.pi, 33)

_SIGNS = {
    "sum": [[[-0.5, 0.0], [0.5, 0.0]], [[0.0, -0.5], [0.0, 0.5]]],
    "product": [[[-0.38, -0.38], [0.38, 0.38]], [[-0.38, 0.38], [0.38, -0.38]]],
    "copy": [[[-0.2, -0.45], [-0.2, 0.45]], [[0.2, -0.45], [0.2, 0.45]]],
}
"""The strokes of the sign in a circle, in radii, by the name of the rule that puts tensors together."""


def radius_of(size: float) -> float:
    """Return the radius of the circles in which wires meet, for words of a size."""
    return max(_RADIUS, _OF_WORDS * size)


def shortened_wire(corners: Points, radius: float) -> Points:
    """Return the pieces of a wire, which ends at the circle around the sign in its last corner."""
    way = corners[-1] - corners[-2]
    ends = np.concatenate([corners[:-1], corners[-1:] - way / np.linalg.norm(way) * radius])
    return np.stack([ends[:-1], ends[1:]], axis=1)


def headed(pieces: Points, head: tuple[float, float] = _HEAD) -> Points:
    """Return the pieces of a way with the strokes of a head of some length and half width at its end."""
    (start, end), (long, half) = pieces[-1], head
    along = (end - start) / np.linalg.norm(end - start)
    tips = end + np.array([[-long, -half], [-long, half]]) @ np.array([along, [-along[1], along[0]]])
    return np.concatenate([pieces, [[tips[0], end], [end, tips[1]]]])


def circle(spot: Points, radius: float) -> Points:
    """Return the circle around a sign, in pieces."""
    points = spot + radius * np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
    return np.stack([points[:-1], points[1:]], axis=1)


def sign(rule: str, spot: Points, radius: float) -> Points:
    """Return the strokes of the sign of a rule: a plus, a cross, or two bars for channels side by side."""
    return spot + radius * np.array(_SIGNS[rule])
