"""Layers with three axes: the input as slabs of cubes, one a depth slice, and the output as another tower of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import wrap

import numpy as np

from convanim.axis import Kind
from convanim.font import width_of
from convanim.scene import Cells, Entry, Lines, Points, Scene, Shape, Shapes, Texts
from convanim.views.former import Plan, Taps
from convanim.views.former.cubes import Cubes, intact, silhouette_rays, split
from convanim.views.former.headings import heading_size, obstacles, word_boxes, words
from convanim.views.former.marks import FIRST, ONE, SAMPLE, key
from convanim.views.former.plane import Plane
from convanim.views.former.rays import around
from convanim.views.former.signs import rings
from convanim.views.former.towers import Slab, Tower, slab_names
from convanim.views.look import Look
from convanim.wording import size as size_words

_GAP, _GAP_OF_HEIGHT = 3.5, 0.22
"""Between the towers: at least, and as a part of the height of the input's, so that rays are never steep."""

_ROUNDS = 20
"""Until the size of words and the width of a picture with them agree."""

_AROUND = 2.5
"""What lies between cubes and words and at the edges of a picture, about."""

_AXES = ("depth", "rows", "columns")

_LABEL_AIR = 0.5
_LINE = 1.4
"""From one line of words to the next, in their sizes."""

_LETTERS = 19
"""The most in a line of words beside the kernel."""

_KERNEL_AIR = 1.2
"""At least between the output and the kernel below it."""


def draw(plan: Plan, look: Look) -> Scene:
    """Return the scene of a plan with three axes."""
    return Scene.of(_Drawing(plan, look))


@dataclass(frozen=True)
class _Drawing:
    """A plan laid out: the input's tower left, the output's right, the kernel below that."""

    plan: Plan
    look: Look

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.plan)

    @cached_property
    def _loose(self) -> tuple[Tower, Tower, float]:
        """The towers of input and output as high as their slabs need, and the air between them."""
        first, last = Tower.of(self.plan.grid.kind.shape), Tower.of(self.plan.output_size)
        return first, last, max(_GAP, _GAP_OF_HEIGHT * first.height)

    @cached_property
    def size(self) -> float:
        """Size of the words: by the width of the picture, of which they are a part."""
        first, last, gap = self._loose
        left = max(width_of(name, "bold") for name in self._input_names)
        beside = [
            (first.width + gap + wide, left + max(width_of(text, "bold") for text in texts))
            for wide, texts in (
                (last.width, self._output_names),
                (self._loose_kernel.width if self._loose_kernel else 0.0, self._kernel_words),
            )
        ]
        size = 0.0
        for _ in range(_ROUNDS):
            size = heading_size(max(cubes + _AROUND + ems * size for cubes, ems in beside))
        return size

    @cached_property
    def input(self) -> Tower:
        return self._loose[0].spaced(_LINE * self.size)

    @cached_property
    def output(self) -> Tower:
        _, last, gap = self._loose
        return last.spaced(_LINE * self.size).at(self.input.right + gap, self.input.height / 2)

    @cached_property
    def slabs(self) -> tuple[Slab, ...]:
        """What each depth slice of the padded input holds."""
        return tuple(Slab.of(self.plan.grid, number, self.input.plane(number)) for number in range(self.input.slabs))

    @cached_property
    def results(self) -> tuple[Cubes, ...]:
        """The output's slabs."""
        return tuple(Cubes(self.output.plane(number)) for number in range(self.output.slabs))

    @cached_property
    def _loose_kernel(self) -> Cubes | None:
        """The kernel, but at no certain place; None where there are no weights."""
        if not self.plan.layer.is_weighted:
            return None
        depth, rows, columns = self.plan.layer.kernel_size
        return Cubes(Plane(rows, columns, np.zeros(2)), depth)

    @cached_property
    def _kernel_middle(self) -> float:
        """The middle height of the kernel and its words: as low as the input where there is room."""
        cubes = self._loose_kernel.height if self._loose_kernel else 0.0
        high = max(cubes, len(self._kernel_words) * _LINE * self.size)
        return max(self.output.bottom + _KERNEL_AIR + high / 2, self.input.bottom - high / 2)

    @cached_property
    def kernel(self) -> Cubes | None:
        """The kernel, if there are weights."""
        loose = self._loose_kernel
        if loose is None:
            return None
        upper = self._kernel_middle - loose.height / 2 - float(loose.hexagon[:, 1].min())
        return replace(loose, top=replace(loose.top, origin=np.array([self.output.left, upper])))

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        said = word_boxes([*self._fixed_words, *self._labels(range(self.input.slabs), range(self.output.slabs))])
        towers = [[tower.left, tower.top, tower.right, tower.bottom] for tower in (self.input, self.output)]
        boxes = np.concatenate([said, towers])
        corners = np.concatenate([boxes[:, :2], boxes[:, 2:], *([self.kernel.hexagon] if self.kernel else [])])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return left, top, right, bottom

    def ground(self) -> Shapes:
        role = "pending" if self.look.reveal else "output"
        every = np.ones((self.output.rows, self.output.columns), bool)
        return (
            *self.input.threads(*(np.argwhere(self.plan.grid.kind != Kind.OVERHANG).max(axis=0) + 1).tolist()),
            *self.output.threads(*self.plan.output_size),
            *(shape for slab in self.slabs for shape in slab.ground()),
            *(shape for block in self.results for shape in block.filled(role, every)),
            *(intact(self.kernel) if self.kernel else ()),
            *self._fixed_words,
        )

    def marks(self, numbers: range) -> Shapes:
        if not self.look.reveal:
            return ()
        every = np.zeros(self.plan.output_size, bool)
        every.flat[np.array(numbers, int)] = True
        shapes = (block.filled("output", mask) for block, mask in zip(self.results, every, strict=True) if mask.any())
        return tuple(shape for one in shapes for shape in one)

    def moment(self, number: int) -> Shapes:
        step = self.plan.step(number)
        slab, row, column = step.writes[0].tolist()
        cube = self.results[slab].part(row, column, row + 1, column + 1)
        parts = dict(self._parts(step.reads))
        return (
            *(shape for at, reads in parts.items() for shape in self.slabs[at].shaded(reads)),
            *self._originals(step.reads),
            *self._rays(parts, cube),
            *cube.filled("output", ONE, shaded=True),
            Lines("reach", np.concatenate([cube.top.outline(0, 0, 1, 1), cube.outlines()])),
            *self._labels(parts, (slab,)),
        )

    def legend(self) -> tuple[Entry, ...]:
        kinds = sorted(self.slabs, key=lambda slab: -len(slab.sheet.present))
        keys = {entry.label: entry for slab in kinds for entry in slab.sheet.legend()}
        found = list(keys.values())
        if self.kernel:
            sample = Cells("padding", SAMPLE.quads(FIRST), shaded=True), Lines("window", SAMPLE.edges(ONE))
            found.append(Entry("kernel", sample))
        if self.look.reveal:
            found.append(key("not yet computed", "pending"))
        return (*found, key("output", "output"), key("output of this step", "output", shaded=True))

    def _parts(self, reads: Taps) -> Iterator[tuple[int, Taps]]:
        """Yield the number of each slab that is read, and what is read of it."""
        slabs = reads.position[:, 0] - self.plan.grid.start[0]
        for slab in np.unique(slabs).tolist():
            own = slabs == slab
            yield slab, Taps(reads.position[own, 1:], reads.kind[own], reads.source[own, 1:], reads.kernel[own, 1:])

    def _originals(self, reads: Taps) -> Shapes:
        """Return rings around the input cells whose copies are read, in their slabs."""
        copied = np.unique(reads.source[reads.kind == Kind.COPY], axis=0)
        grid = self.plan.grid
        slabs = copied[:, 0] * grid.spacing[0] + grid.spread[0].start - grid.start[0]
        shapes: list[Shape] = []
        for slab in np.unique(slabs).tolist():
            sheet = self.slabs[slab].sheet
            shapes += rings(sheet.plane, sheet.places(copied[slabs == slab, 1:]))
        return tuple(shapes)

    def _rays(self, parts: dict[int, Taps], cube: Cubes) -> Shapes:
        """Return the rays from each slab's window to the cube that it makes, fainter before the output's slabs."""
        found = [
            split(silhouette_rays(self.slabs[at].corners(reads), cube.corners), self._in_front[at])[0]
            for at, reads in parts.items()
            if self.slabs[at].kind is not Kind.OVERHANG
        ]
        clear, before = split(around(np.concatenate(found), self._kept_clear), self._result_shapes)
        return Lines("ray", clear), Lines("ray_over", before)

    @cached_property
    def _in_front(self) -> tuple[Points, ...]:
        """What hides the rays of each slab: the cubes of all above it, and the kernel."""
        nearest = [self.kernel.hexagon] if self.kernel else []
        blocks = [(number, slab.cubes.hexagon) for number, slab in enumerate(self.slabs) if slab.is_solid]
        return tuple(
            np.array([*(block for other, block in blocks if other > number), *nearest]).reshape(-1, 6, 2)
            for number in range(len(self.slabs))
        )

    @cached_property
    def _result_shapes(self) -> Points:
        return np.array([block.hexagon for block in self.results])

    @cached_property
    def _kept_clear(self) -> Points:
        """The boxes of words that rays might meet."""
        return obstacles(self._fixed_words, self.look)

    @cached_property
    def _fixed_words(self) -> tuple[Texts, ...]:
        """Return what the towers and the kernel are called."""
        said = []
        for name, cells, tower in (
            ("input", self.plan.input_size, self.input),
            ("output", self.plan.output_size, self.output),
        ):
            text = f"{name} {size_words(cells)}"
            middle = tower.left + max(tower.width, width_of(text) * self.size) / 2
            # No ray comes as high as this.
            said.append(words(text, middle, self.input.top - self.size, self.size))
        left = self.kernel.hexagon[2, 0] + _LABEL_AIR if self.kernel else self.output.left
        first = self._kernel_middle - (len(self._kernel_words) - 1) / 2 * _LINE * self.size
        for line, text in enumerate(self._kernel_words):
            face = "regular" if line else "bold"
            said.append(words(text, left, first + line * _LINE * self.size, self.size, face, anchor=0.0))
        return tuple(said)

    @property
    def _kernel_words(self) -> tuple[str, ...]:
        """What is moved, and along which axes, line by line."""
        name = "kernel" if self.plan.layer.is_weighted else "window"
        first = f"{name} {size_words(self.plan.layer.kernel_size)}"
        along = [axis for axis, count in zip(_AXES, self.plan.output_size, strict=True) if count > 1]
        if not along:
            return (first,)
        listed = " and ".join([", ".join(along[:-1]), along[-1]] if len(along) > 1 else along)
        return (first, *wrap(f"moves along {listed}", _LETTERS))

    def _labels(self, working: Collection[int], made: Collection[int]) -> tuple[Texts, ...]:
        """Return what the slabs are called, in bold those at work."""
        shapes: list[Texts] = []
        for tower, names, chosen, anchor in (
            (self.input, self._input_names, working, 1.0),
            (self.output, self._output_names, made, 0.0),
        ):
            x = tower.right + _LABEL_AIR if anchor == 0 else tower.left - _LABEL_AIR
            for face in ("regular", "bold"):
                own = [number for number in range(tower.slabs) if (number in chosen) is (face == "bold")]
                places = np.array([[x, tower.beside(number)[anchor == 0]] for number in own])
                if own:
                    said = tuple(names[number] for number in own)
                    shapes.append(Texts(said, places, self.size, face=face, anchor=anchor))
        return tuple(shapes)

    @cached_property
    def _input_names(self) -> list[str]:
        return slab_names(self.plan.grid)

    @cached_property
    def _output_names(self) -> list[str]:
        return [f"output slice {number + 1}" for number in range(self.plan.output_size[0])]
