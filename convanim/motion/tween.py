"""The motion between two steps: shapes on their way from one moment to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from convanim.base.records import dataclass
from convanim.motion.timeline import Frame
from convanim.views.over_rays import inside, is_above_ray
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shape, Shapes, Texts

_Name = tuple[Key, str, str | None, int]
"""The key of a shape, its type, its role, and its number among such shapes of one moment."""

_SHADOWED = ("window", "made")
"""The kinds of things, as in `Key`, that lie in the kernel's shadow."""

_EVENED = (
    *("reach", "upright", "branch", "shadow", "behind", "glass"),
    *("ray", "flat_ray", "guide_ray", "pin"),
)
"""The roles of shapes that keep moving even if they have more or fewer parts at the next step."""


@dataclass(frozen=True, eq=False)
class Track:
    """A shape in motion between two states with equally many parts, in the same order.

    Attributes
    ----------
    before, after : Shape
        The shape at the start, and at the end.
    """

    before: Shape
    after: Shape

    def at(self, part: float) -> Shape:
        """Return the shape at a fraction of the way, from 0 to 1."""
        if self.is_still:
            return self.before
        points = _points(self.before) + (_points(self.after) - _points(self.before)) * part
        return _moved(self.before, points)

    @property
    def is_still(self) -> bool:
        """Whether the shape does not move."""
        return self.before is self.after

    @property
    def shift(self) -> tuple[float, float] | None:
        """The shift of the whole shape, in cells; None if its parts move differently."""
        ways = (_points(self.after) - _points(self.before)).reshape(-1, 2)
        if not len(ways) or np.ptp(ways, axis=0).max() > 1e-6:
            return None
        x, y = ways[0].tolist()
        return x, y


def moments(scene: Scene, frames: Iterable[Frame]) -> Iterator[Shapes]:
    """Yield the changing shapes of each frame: a step's moment, or shapes in motion to the next step."""
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
    """Return the tracks of the shapes seen on the way from one step to another, in drawing order.

    The kernel's shadow, outlines, rays, signs and chips move. Other words outside cells
    stay until the next step begins, and so do shapes with the same place in
    both steps, and those that the next step leaves behind. Other shapes are
    hidden on the way if they have no partner or if their words change. The
    words of cells that the shadow leaves or enters are drawn above it, so they
    keep their colour.
    """
    # Rays that move pass over words.
    leaving, arriving = (_things(shape for shape in scene.moment(one) if not is_above_ray(shape)) for one in (step, to))
    partners, left = _partners(leaving, arriving), set(map(id, scene.marks(range(step + 1, to + 1))))
    ways = {
        name: [Track(shape, shape) for shape in shapes]
        if left.issuperset(map(id, shapes))
        else _way(name, shapes, partners.get(name, ()))
        for name, shapes in leaving.items()
    }
    mute = {key for (key, kind, *_), tracks in ways.items() if kind == "Texts" and not tracks}
    written = [shape for shape in (*scene.ground, *scene.marks(range(step + 1))) if isinstance(shape, Texts)]
    words = [shape for shape in written if shape.on is not None]
    tracks = [track for (key, *_), own in ways.items() for track in own if track.is_still or key not in mute]
    return tuple(one for track in tracks for one in (track, *_spoken(track, words)))


def _things(shapes: Iterable[Shape]) -> dict[_Name, Shapes]:
    """Return a moment's shapes by name; all shapes under one shadow share a name."""
    found: dict[_Name, Shapes] = {}
    known = Counter[tuple[Key, str, str | None]]()
    for shape in shapes:
        key = shape.key or Key("")
        if not shape.held and (key.what in _SHADOWED or (isinstance(shape, Cells) and shape.shaded)):
            name: _Name = (key, "shadow", None, 0)
        else:
            kind = (key, type(shape).__name__, shape.on if isinstance(shape, Texts) else shape.role)
            name = (*kind, known[kind])
            known[kind] += 1
        found[name] = (*found.get(name, ()), shape)
    return found


def _partners(leaving: dict[_Name, Shapes], arriving: dict[_Name, Shapes]) -> dict[_Name, Shapes]:
    """Return the partner of each thing: itself at the next step, or else the first new thing of its kind."""
    found = {name: arriving[name] for name in leaving if name in arriving}
    new = {name: shapes for name, shapes in arriving.items() if name not in found}
    for name in leaving:
        other = None if name in found else next((other for other in new if _kind(other) == _kind(name)), None)
        if other is not None:
            found[name] = new.pop(other)
    return found


def _kind(name: _Name) -> tuple[object, ...]:
    key, kind, role, _ = name
    return key.what, key.part, kind, role


def _way(name: _Name, shapes: Shapes, partners: Shapes) -> list[Track]:
    """Return the tracks of a thing on its way to its partner."""
    still, (_, kind, _, _) = [Track(shape, shape) for shape in shapes], name
    first = shapes[0]
    if first.held or (isinstance(first, Texts) and first.on is None and not first.is_mark):
        return still
    if not partners:
        return []
    before, after = (_shadow(own) if kind == "shadow" else _unbroken(own[0]) for own in (shapes, partners))
    one, other = _points(before), _points(after)
    if one.shape == other.shape and np.allclose(one, other, atol=1e-6):
        return still
    if kind == "shadow":
        if not any(isinstance(shape, Cells) and shape.shaded for shape in shapes):
            # On cells that are only moved lies none.
            return []
        own, others = _by_face(one), _by_face(other)
        ways = [_evened(own[face], others[face]) for face in own if face in others]
        return [Track(_moved(before, start), _moved(after, end)) for start, end in ways]
    if isinstance(before, Texts) or isinstance(after, Texts):
        return [Track(before, after)] if _said(before) == _said(after) else []
    if len(one) and len(other) and before.role in _EVENED:
        one, other = _evened(one, other)
    return [Track(_moved(before, one), _moved(after, other))] if len(one) == len(other) else []


def _shadow(shapes: Shapes) -> Cells:
    """Return the shadow over some cells, as cells ordered by position alone."""
    own = [shape.quads for shape in shapes if isinstance(shape, Cells) and not shape.is_within]
    quads = np.concatenate([np.empty((0, 4, 2)), *own])
    places = np.round(quads[:, 0], 4)
    return Cells("shadow", quads[np.lexsort((places[:, 0], places[:, 1]))])


def _by_face(quads: Points) -> dict[tuple[float, ...], Points]:
    """Return cells by the direction they face, so that tops of cubes glide to tops, and sides to sides."""
    ways = np.round(quads[:, [1, 3]] - quads[:, :1], 4).reshape(-1, 4)
    faces, own = np.unique(ways, axis=0, return_inverse=True)
    return {tuple(face.tolist()): quads[own.ravel() == number] for number, face in enumerate(faces)}


def _unbroken(shape: Shape) -> Shape:
    """Return a shape with its lines whole, without gaps for words."""
    if not isinstance(shape, Lines) or shape.whole is None:
        return shape
    return replace(shape, segments=shape.whole, whole=None)


def _said(shape: Shape) -> tuple[object, ...]:
    return (shape.words, shape.lowered) if isinstance(shape, Texts) else ()


def _spoken(track: Track, words: list[Texts]) -> Iterator[Track]:
    """Yield, as tracks that do not move, the words of the cells that a shadow leaves and enters."""
    if not isinstance(track.before, Cells) or track.before.role != "shadow":
        return
    quads = np.concatenate([_points(track.before), _points(track.after)])
    for texts in words:
        covered = np.flatnonzero(inside(quads, texts.places))
        if len(covered):
            some = texts.only(covered.tolist())
            yield Track(some, some)


def _evened(one: Points, other: Points) -> tuple[Points, Points]:
    """Return two arrays of parts, with parts of the shorter one repeated until both are equally long."""
    count = max(len(one), len(other))
    first, second = (points[np.arange(count) * len(points) // count] for points in (one, other))
    return first, second


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
