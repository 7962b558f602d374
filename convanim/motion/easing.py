"""How the kernel glides from one place to the next: how its speed changes on the way."""

from __future__ import annotations

from functools import cache

from convanim.base.records import dataclass

EASINGS = {
    "in-out": (0.65, 0.0, 0.35, 1.0),
    "out": (0.33, 1.0, 0.68, 1.0),
    "linear": (0.0, 0.0, 1.0, 1.0),
}
"""How the speed of the motion changes: the control points of a cubic Bézier curve, as in CSS."""


@dataclass(frozen=True)
class Glide:
    """The motion of the kernel from one step to the next.

    Attributes
    ----------
    duration : int
        How long it takes, in milliseconds; it ends when the next step begins.
    fps : int
        Frames a second.
    easing : str
        A key of `EASINGS`.
    """

    duration: int
    fps: int
    easing: str

    def parts(self) -> tuple[float, ...]:
        """Return the progress, between 0 and 1, of each frame between two steps."""
        return _parts(self.easing, max(1, self.duration * self.fps // 1000))


@cache
def _parts(easing: str, count: int) -> tuple[float, ...]:
    """Return the progress of each of ``count`` frames but the first; most steps of an animation have as many."""
    return tuple(eased(easing, number / count) for number in range(1, count))


def eased(easing: str, time: float) -> float:
    """Return the progress of the motion at a time, both from 0 to 1."""
    x1, y1, x2, y2 = EASINGS[easing]
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _bezier(x1, x2, middle) < time else (low, middle)
    return _bezier(y1, y2, low)


def _bezier(one: float, other: float, at: float) -> float:
    return 3 * (1 - at) ** 2 * at * one + 3 * (1 - at) * at**2 * other + at**3
