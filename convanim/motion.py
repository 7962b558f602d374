"""What lies between two steps: shapes on their way from one moment to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from convanim.scene import Cells, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.timeline import Frame

_Key = tuple[object, ...]

_EVENED = ("reach", "ray", "ray_over", "branch")
"""Lines that go on even if there are more or fewer of them at the next step."""


@dataclass(frozen=True, eq=False)
class Track:
    """A shape on its way; both ends have as many parts, in the same order.

    Attributes
    ----------
    before, after : Shape
        Where it leaves, and where it arrives.
    """

    before: Shape
    after: Shape

    def at(self, part: float) -> Shape:
        """Return it when a part of the way, from 0 to 1, is behind it."""
        if self.is_still:
            return self.before
        points = _points(self.before) + (_points(self.after) - _points(self.before)) * part
        return _moved(self.before, points)

    @property
    def is_still(self) -> bool:
        """Whether it stays where it is."""
        return self.before is self.after

    @property
    def shift(self) -> tuple[float, float] | None:
        """How far all of it moves alike, in cells; None where its parts go different ways."""
        ways = (_points(self.after) - _points(self.before)).reshape(-1, 2)
        if not len(ways) or np.ptp(ways, axis=0).max() > 1e-6:
            return None
        x, y = ways[0].tolist()
        return x, y


def moments(scene: Scene, frames: Iterable[Frame]) -> Iterator[Shapes]:
    """Yield what each frame shows besides what stays: a step's moment, or what is on its way to the next."""
    tracks: tuple[Track, ...] = ()
    way = (-1, -1)
    for frame in frames:
        if not frame.part:
            yield scene.moment(frame.step)
            continue
        if way != (frame.step, frame.to):
            way = frame.step, frame.to
            tracks = passage(scene, frame.step, frame.to)
        yield tuple(track.at(frame.part) for track in tracks)


def passage(scene: Scene, step: int, to: int) -> tuple[Track, ...]:
    """Return what is seen on the way from one step to another, in drawing order.

    The kernel's shadow, outlines, rays and chips move. What is written apart
    from the cells stays until the next step begins, and so does what is at
    the same place in both. Whatever else has no partner is not seen on the
    way, nor are chips whose words change. The words of cells that the shadow
    leaves or comes to stand above it, and so keep their colour.
    """
    leaving, arriving = _units(scene.moment(step)), _units(scene.moment(to))
    partners = _aligned([unit.key for unit in leaving], [unit.key for unit in arriving])
    found = [
        (unit, list(unit.tracks(arriving[partners[number]] if number in partners else None)))
        for number, unit in enumerate(leaving)
    ]
    speechless = {unit.bed for unit, tracks in found if unit.bed and not tracks}
    tracks = [track for _, own in found for track in own if track.is_still or _role(track.before) not in speechless]
    written = [shape for shape in (*scene.ground, *scene.marks(range(step + 1))) if isinstance(shape, Texts)]
    words = [shape for shape in written if shape.on is not None]
    return tuple(one for track in tracks for one in (track, *_spoken(track, words)))


def _role(shape: Shape) -> str | None:
    return None if isinstance(shape, Texts) else shape.role


def _spoken(track: Track, words: list[Texts]) -> Iterator[Track]:
    """Yield the words of the cells that a shadow leaves and comes to, which stay where they are."""
    if _role(track.before) != "shadow":
        return
    quads = np.concatenate([_points(track.before), _points(track.after)])
    for texts in words:
        inside = np.flatnonzero(_inside(quads, texts.places))
        if len(inside):
            some = texts.only(inside.tolist())
            yield Track(some, some)


def _inside(quads: Points, places: Points) -> Points:
    """Return which places lie in any of some parallelograms."""
    corner, sides = quads[:, 0], np.stack([quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]], axis=2)
    ways = np.einsum("nij,nmj->nmi", np.linalg.inv(sides), places[None] - corner[:, None])
    found: Points = ((ways > 0) & (ways < 1)).all(axis=2).any(axis=0)
    return found


def _aligned(one: list[_Key], other: list[_Key]) -> dict[int, int]:
    """Return which of two lists' keys belong together: a longest common subsequence, by their places."""
    lengths = np.zeros((len(one) + 1, len(other) + 1), int)
    for a in range(len(one) - 1, -1, -1):
        for b in range(len(other) - 1, -1, -1):
            is_same = one[a] == other[b]
            lengths[a, b] = lengths[a + 1, b + 1] + 1 if is_same else max(lengths[a + 1, b], lengths[a, b + 1])
    partners, a, b = {}, 0, 0
    while a < len(one) and b < len(other):
        if one[a] == other[b]:
            partners[a] = b
            a, b = a + 1, b + 1
        elif lengths[a + 1, b] >= lengths[a, b + 1]:
            a += 1
        else:
            b += 1
    return partners


@dataclass(frozen=True, eq=False)
class _Unit:
    """A shape of a moment, or all that the kernel's shadow lies on in one plane."""

    shapes: Shapes
    is_shadow: bool

    @property
    def key(self) -> _Key:
        """What its partner has in common with it."""
        first = self.shapes[0]
        if self.is_shadow:
            return ("shadow",)
        if isinstance(first, Texts):
            return ("texts", first.on, first.held)
        return (type(first).__name__, first.role, first.held)

    @property
    def bed(self) -> str | None:
        """The role of the cells that it says something on, where it says anything."""
        first = self.shapes[0]
        return first.on if isinstance(first, Texts) and not self.is_shadow else None

    def tracks(self, partner: _Unit | None) -> Iterator[Track]:
        """Yield the ways of its shapes to those of its partner."""
        if self._stays(partner):
            yield from (Track(shape, shape) for shape in self.shapes)
        elif partner is not None and self.is_shadow:
            yield from _paired(_shadow(self.shapes), _shadow(partner.shapes))
        elif partner is not None:
            yield from _paired(self.shapes[0], partner.shapes[0])

    def _stays(self, partner: _Unit | None) -> bool:
        first = self.shapes[0]
        if first.held or (isinstance(first, Texts) and first.on is None):
            return True
        if partner is None:
            return False
        one, other = (_points(_shadow(unit.shapes) if unit.is_shadow else unit.shapes[0]) for unit in (self, partner))
        return one.shape == other.shape and bool(np.allclose(one, other, atol=1e-6))


def _units(shapes: Shapes) -> list[_Unit]:
    """Return a moment's shapes, those in one shadow together."""
    units: list[_Unit] = []
    covered: list[Shape] = []
    for shape in shapes:
        if covered and _goes_on(covered, shape):
            covered.append(shape)
            continue
        if covered:
            units.append(_Unit(tuple(covered), True))
            covered = []
        if isinstance(shape, Cells) and shape.shaded and not shape.held:
            covered = [shape]
        else:
            units.append(_Unit((shape,), False))
    return [*units, *([_Unit(tuple(covered), True)] if covered else [])]


def _goes_on(covered: list[Shape], shape: Shape) -> bool:
    """Return whether a shape is part of the shadow that some others lie in."""
    if shape.held:
        return False
    if isinstance(shape, Lines):
        roles = {one.role for one in covered if isinstance(one, Cells)}
        return shape.role in roles or shape.role.endswith("_shaded")
    return shape.shaded


def _shadow(shapes: Shapes) -> Cells:
    """Return the shadow over some cells, cell by cell in an order that does not depend on what they are."""
    quads = np.concatenate([shape.quads for shape in shapes if isinstance(shape, Cells)])
    places = np.round(quads[:, 0], 4)
    return Cells("shadow", quads[np.lexsort((places[:, 0], places[:, 1]))])


def _paired(before: Shape, after: Shape) -> Iterator[Track]:
    """Yield the way between two shapes of one kind, if there is one."""
    if isinstance(before, Texts) or isinstance(after, Texts):
        if _said(before) == _said(after):
            yield Track(before, after)
        return
    one, other = _points(before), _points(after)
    if before.role in _EVENED:
        one, other = _whole(one), _whole(other)
    if len(one) and len(other) and before.role in (*_EVENED, "shadow"):
        one, other = _evened(one, other)
    if len(one) == len(other):
        yield Track(_moved(before, one), _moved(after, other))


def _said(shape: Shape) -> tuple[object, ...]:
    return (shape.words, shape.lowered) if isinstance(shape, Texts) else ()


def _evened(one: Points, other: Points) -> tuple[Points, Points]:
    """Return two lists of parts, the shorter one with some of its parts several times."""
    count = max(len(one), len(other))
    first, second = (points[np.arange(count) * len(points) // count] for points in (one, other))
    return first, second


def _whole(segments: Points) -> Points:
    """Return lines without their gaps: pieces of one line that follow each other are joined."""
    joined: list[Points] = []
    for segment in segments:
        if joined and _is_in_line(joined[-1], segment):
            joined[-1] = np.stack([joined[-1][0], segment[1]])
        else:
            joined.append(segment)
    return np.array(joined).reshape(-1, 2, 2)


def _is_in_line(one: Points, other: Points) -> bool:
    """Return whether a piece goes on in the direction of the one before it, behind a gap."""
    way, gap = one[1] - one[0], other[1] - one[0]
    length, reach = np.linalg.norm(way), np.linalg.norm(gap)
    if not length or not reach or np.allclose(one[1], other[0]):
        return False
    cross = abs(way[0] * gap[1] - way[1] * gap[0]) / (length * reach)
    return bool(cross < 1e-6 and way @ gap > 0 and np.linalg.norm(other[0] - one[0]) > length)


def _points(shape: Shape) -> Points:
    if isinstance(shape, Cells):
        return shape.quads
    return shape.segments if isinstance(shape, Lines) else shape.places


def _moved(shape: Shape, points: Points) -> Shape:
    if points is _points(shape):
        return shape
    if isinstance(shape, Cells):
        return replace(shape, quads=points)
    return replace(shape, segments=points) if isinstance(shape, Lines) else replace(shape, places=points)
