"""The parts of the ground that a tour shows one after the other: input, zeros, padding, kernel, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from convanim.animations.tour_blocks import closed_faces
from convanim.base.records import dataclass
from convanim.views.scene import Cells, Ints, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.scenery import Site

ORDER = ("input", "zeros", "padding", "kernel", "rest")
"""The parts of a ground, in the order in which they come."""

_ROLES = {
    **dict.fromkeys(("padding", "surplus", "copy", "overhang", "mirror", "mirror_end"), "padding"),
    **dict.fromkeys(("inserted", "idle_zero", "frame"), "zeros"),
    **dict.fromkeys(("kernel", "kernel_pale"), "kernel"),
}
"""The parts that cells of a grid belong to by their role, if they are not of the input itself."""

_UNKEYED = {"frame": "zeros", "padding": "padding", "window": "kernel", "kernel": "kernel"}
"""The parts that other shapes belong to by their role; of others their place decides."""

_WORKS = (
    *("window", "reach", "behind", "glass", "upright", "ray", "pin", "made", "made reach", "made side", "mark"),
    *("sum", "winner", "kernel chip", "original", "place", "note", "block reach", "block behind", "index at work"),
)
"""The kinds of things, as in `Key`, that a step shows while its window is at work."""

_KERNEL = ("window", "reach", "kernel chip")
"""Those that show the kernel where nothing else does."""


_MOST_PAIRS = 1_000_000
"""How many distances are computed at once."""

_MOST_MOVED = 2_500
"""The most cells of an input that are shown close before they are spread; cells of more are too small to follow."""


@dataclass(frozen=True, eq=False)
class Ground:
    """The ground of a scene, in parts.

    Attributes
    ----------
    shapes : tuple of shapes
        The ground.
    sites : tuple of Site
        The places of tensors, which the keys of shapes number.
    """

    shapes: Shapes
    sites: tuple[Site, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The part of each shape, a name in `ORDER`."""
        found = ["zeros" if number in self._spread else self._named(shape) for number, shape in enumerate(self.shapes)]
        return tuple(name or self._beside(shape) for name, shape in zip(found, self.shapes, strict=True))

    def _named(self, shape: Shape) -> str:
        """Return the part of a shape, or nothing if its place decides."""
        role = (shape.on or "") if isinstance(shape, Texts) else shape.role
        if shape.key is None and isinstance(shape, Cells) and shape.shaded:
            return "kernel"
        if shape.key is None or shape.key.what not in ("cell", "face"):
            return _UNKEYED.get(role, "")
        site = shape.key.of[0]
        if site < 0:
            return "kernel" if _ROLES.get(role) == "kernel" else "rest"
        return _ROLES.get(role, "input") if self.sites[site].tensor == 0 else "rest"

    @cached_property
    def _spread(self) -> frozenset[int]:
        """The numbers of shapes of an input that is drawn twice, once spread and once as it is, of the spread one."""
        found: dict[tuple[Key, type], list[int]] = {}
        for number, shape in enumerate(self.shapes):
            if shape.key is not None and shape.key.what == "cell" and self._named(shape) == "input":
                found.setdefault((shape.key, type(shape)), []).append(number)
        twice = {
            key
            for (key, kind), numbers in found.items()
            if kind is Cells and len(numbers) == 2 and _are_same(*(self.shapes[number] for number in numbers))
        }
        return frozenset(numbers[0] for (key, _), numbers in found.items() if key in twice)

    @cached_property
    def _boxes(self) -> tuple[tuple[str, Points], ...]:
        """The box of each grid of cells, and the part that it comes with; padding belongs to its grid."""
        grids: dict[tuple[str, Key | None], list[tuple[str, Points]]] = {}
        for number, shape in enumerate(self.shapes):
            name, points = self._named(shape), _points(shape).reshape(-1, 2)
            if not name or not len(points) or isinstance(shape, Texts):
                continue
            if shape.key is None:
                # Each is a grid of its own, such as a slice of a kernel.
                grids["", Key("", (number,))] = [(name, points)]
            elif number in self._spread or (name in ("zeros", "padding") and self._spread):
                grids.setdefault(("zeros", shape.key), []).append(("zeros", points))
            else:
                kind = name if name in ("kernel", "rest") else ""
                grids.setdefault((kind, shape.key), []).append((name, points))
        found = []
        for own in grids.values():
            part = min((name for name, _ in own), key=ORDER.index)
            found.append((part, _around(np.concatenate([points for _, points in own]))))
        return tuple(found)

    def _beside(self, shape: Shape, more: Sequence[tuple[str, Points]] = ()) -> str:
        """Return the part with which a shape beside grids comes: words with the nearest, lines with all they touch."""
        points = _points(shape).reshape(-1, 2)
        boxes = (*self._boxes, *more)
        if not boxes or not len(points):
            return "rest"
        if isinstance(shape, Texts):
            part = _nearest(points.mean(axis=0), boxes)
            if shape.key is not None and shape.key.what == "name" and self.sites[shape.key.of[0]].tensor:
                return "rest"
            if _kind(shape) == "size" and part == "input" and "zeros" in map(self._named, self.shapes):
                # The sizes of a spread input are those that it has with zeros.
                return "zeros"
            # The name of a spread input says that it is padded, as the line below that of another one does.
            if part == "zeros" or _kind(shape) == "padded":
                around = {"zeros", "padding"} & {self._named(one) for one in self.shapes}
                return max((part, *around), key=ORDER.index)
            return part
        return max((_nearest(point, boxes) for point in points), key=ORDER.index)

    def shown(self, parts: frozenset[str], moment: Shapes, following: frozenset[str] | None) -> Shapes:
        """Return some parts, the words of a step beside them, and its kernels if the ground has none.

        If others follow, what moves to its place with them lies hidden below the cells that it comes from.
        """
        is_close = "zeros" not in parts
        shapes: list[Shape] = []
        for number, (name, shape) in enumerate(zip(self.names, self.shapes, strict=True)):
            if name in parts:
                shapes.append(self._closed(shape) if is_close and name == "input" else shape)
            elif following and number in self._spread and not isinstance(shape, Texts):
                shapes += self._gathered(shape)
            elif following and name == "padding" and name in following and not isinstance(shape, Texts):
                shapes += self._folded(shape)
        if "kernel" in parts and "rest" not in parts and not self._has_kernel:
            held = [shape for shape in moment if _kind(shape) == "kernel"]
            shapes += held or [shape for shape in moment if _kind(shape) in _KERNEL]
        kernels = [("kernel", _box(shape)) for shape in moment if _kind(shape) == "kernel" and not self._has_kernel]
        for shape in self.idle(moment):
            if _kind(shape) in ("word", "name") and self._beside(shape, kernels) in parts:
                shapes.append(shape)
        return tuple(shapes)

    def idle(self, moment: Shapes) -> Shapes:
        """Return the shapes of a step without those of a window at work, and with words that stress none of them."""
        works = (*_WORKS, *(["kernel"] if self._has_kernel else []))
        return tuple(
            replace(shape, face="regular") if isinstance(shape, Texts) and shape.face == "bold" else shape
            for shape in moment
            if _kind(shape) not in works
        )

    @property
    def _has_kernel(self) -> bool:
        """Whether the ground shows the kernels, so that steps only stress them."""
        return "kernel" in self.names

    @cached_property
    def _ways(self) -> dict[Key | None, tuple[Points, Points]]:
        """The middles of the cells of each spread input, and the way of each to where it was before; by key."""
        own = [
            shape
            for name, shape in zip(self.names, self.shapes, strict=True)
            if name == "input" and isinstance(shape, Cells) and "zeros" in self.names and not self._spread
        ]
        faces = [shape for shape in own if _kind(shape) == "face"]
        sheets = [shape for shape in own if shape not in faces]
        if any(shape.cells is None for shape in sheets) or any(len(shape.quads) > _MOST_MOVED for shape in own):
            return {}
        ways, pages = closed_faces(faces)
        for shape in sheets:
            if shape.cells is not None and shape.key is not None:
                ways.append(_closing(shape.cells, shape.quads) + pages.get(shape.key.of[0], 0.0))
        return {shape.key: (_middles(shape.quads), ways) for shape, ways in zip((*faces, *sheets), ways, strict=True)}

    def _closed(self, shape: Shape) -> Shape:
        """Return a shape of the input before zeros come between its cells."""
        way = self._ways.get(shape.key)
        return shape if way is None else _carried(shape, *way)

    def _gathered(self, shape: Shape) -> Shapes:
        """Return a shape of a spread input below the same input as it is."""
        own = [one for one in self.shapes if isinstance(one, Cells) and one.key == shape.key]
        spread, plain = (one for one in own if self._named(one) == "input")
        middles, goals = _middles(spread.quads), _middles(plain.quads)
        return (_carried(shape, middles, goals - middles, _side(plain) / _side(spread)),)

    def _folded(self, shape: Shape) -> Shapes:
        """Return a shape of padding below the cells that it comes from: those that it copies, or the nearest."""
        cells = [
            one
            for name, one in zip(self.names, self.shapes, strict=True)
            if isinstance(one, Cells) and one.key == shape.key and one.cells is not None
        ]
        inner = [one for one in cells if one.role in ("input", "inserted", "idle_zero")]
        outer = [one for one in cells if one.role not in ("input", "inserted", "idle_zero")]
        if not inner or not outer or sum(len(one.quads) for one in inner) > _MOST_MOVED:
            return ()
        goals = _middles(np.concatenate([one.quads for one in inner]))
        starts = _middles(np.concatenate([one.quads for one in outer]))
        nearest = _closest(starts, goals)
        return (_carried(shape, starts, goals[nearest] - starts),)


def _kind(shape: Shape) -> str:
    return "" if shape.key is None else shape.key.what


def _box(shape: Shape) -> Points:
    return _around(_points(shape).reshape(-1, 2))


def _around(points: Points) -> Points:
    """Return the upper left and lower right corners of the box around points."""
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _are_same(one: Shape, other: Shape) -> bool:
    return (
        isinstance(one, Cells)
        and isinstance(other, Cells)
        and one.cells is not None
        and other.cells is not None
        and np.array_equal(one.cells, other.cells)
    )


def _middles(quads: Points) -> Points:
    middles: Points = quads.mean(axis=1)
    return middles


def _closing(cells: Ints, quads: Points) -> Points:
    """Return the way of each cell of a grid to where it would be without gaps, around the same middle."""
    right, down = quads[0, 1] - quads[0, 0], quads[0, 3] - quads[0, 0]
    places = cells[:, 3:5] - cells[:, 3:5].mean(axis=0)
    middles = _middles(quads)
    ways: Points = middles.mean(axis=0) + places[:, :1] * down + places[:, 1:] * right - middles
    return ways


def _side(cells: Cells) -> float:
    return float(np.linalg.norm(cells.quads[0, 1] - cells.quads[0, 0]))


def _carried(shape: Shape, middles: Points, ways: Points, scale: float = 1.0) -> Shape:
    """Return a shape whose parts go the way of the nearest of some cells, and shrink around its middle."""
    points = _points(shape)
    own = points.reshape(len(points), -1, 2).mean(axis=1)
    if not len(own):
        return shape
    nearest = _closest(own, middles)
    if isinstance(shape, Texts):
        return replace(shape, places=points + ways[nearest])
    middle = middles[nearest][:, None]
    goals = middle + scale * (points - middle) + ways[nearest][:, None]
    return replace(shape, quads=goals) if isinstance(shape, Cells) else replace(shape, segments=goals, whole=None)


def _closest(points: Points, goals: Points) -> Ints:
    """Return the index of the closest goal of each point; the points are taken in parts, since there may be many."""
    parts = np.array_split(points, -(-points.shape[0] * goals.shape[0] // _MOST_PAIRS))
    return np.concatenate([np.linalg.norm(part[:, None] - goals[None], axis=2).argmin(axis=1) for part in parts])


def _points(shape: Shape) -> Points:
    if isinstance(shape, Cells):
        return shape.quads
    return shape.segments if isinstance(shape, Lines) else shape.places


def _nearest(point: Points, boxes: Sequence[tuple[str, Points]]) -> str:
    """Return the name of the box nearest to a point."""
    gaps = [float(np.linalg.norm(np.maximum(0.0, np.maximum(low - point, point - high)))) for _, (low, high) in boxes]
    return boxes[int(np.argmin(gaps))][0]
