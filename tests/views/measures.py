"""How well the words of a picture can be read: each measure returns what is wrong at a step, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim import Animation
from convanim.render.theme import RGB, Theme, clearer, contrast
from convanim.views.scene import Cells, Lines, Points, Shapes, Texts
from tests.views.helpers import Word, depth, is_filled, shapes_at, standing

LEAST_EM, LEAST_CONTRAST = 9.0, 4.5
TOUCH = 0.5
"""Pixels by which two things may touch."""

FAINT = ("ray",)
"""Rays through which words in cells can be read."""

RAYS = (*FAINT, "flat_ray", "guide_ray")


@dataclass(frozen=True, eq=False)
class Picture:
    """One step of an animation, in pixels."""

    animation: Animation
    step: int

    @cached_property
    def shapes(self) -> Shapes:
        return shapes_at(self.animation.scene, self.step)

    @cached_property
    def words(self) -> list[Word]:
        """The words that can be seen."""
        return standing(self.shapes)

    @cached_property
    def boxes(self) -> list[Points]:
        """The corners around each word."""
        return [self.pixels(word.corners) for word in self.words]

    def pixels(self, points: Points) -> Points:
        layout = self.animation.layout
        found: Points = points * layout.unit + [layout.left, layout.top]
        return found

    @cached_property
    def _ends(self) -> tuple[Points, Points]:
        boxes = np.array(self.boxes).reshape(-1, 4, 2)
        return boxes.min(axis=1), boxes.max(axis=1)

    def near(self, corners: Points) -> list[int]:
        """Return which words may touch something, by upright boxes."""
        low, high = self._ends
        first, last = corners.min(axis=0), corners.max(axis=0)
        return np.flatnonzero((low < last).all(axis=1) & (high > first).all(axis=1)).tolist()

    def small(self) -> Iterator[str]:
        """Yield words that are less than 9 pixels high."""
        for word in self.words:
            em = word.of.em * self.animation.layout.unit
            if em < LEAST_EM - 1e-6:
                yield f"{word.said} has {em:.2f} pixels"

    def outside(self, margin: float = 0.0) -> Iterator[str]:
        """Yield words that are not within the picture."""
        size = np.array(self.animation.size)
        for word, box in zip(self.words, self.boxes, strict=True):
            air = min(box.min(), (size - box).min())
            if air < margin:
                yield f"{word.said} is {air:.1f} pixels from the edge"

    def overlapping(self) -> Iterator[str]:
        """Yield words that lie on each other."""
        for number, box in enumerate(self.boxes):
            for other in self.near(box):
                if other < number and (deep := depth(box, self.boxes[other])) > TOUCH:
                    yield f"{self.words[other].said} and {self.words[number].said} overlap by {deep:.1f} pixels"

    def covered(self) -> Iterator[str]:
        """Yield words of which a part lies under a cell."""
        first = min((word.order for word in self.words), default=len(self.shapes))
        for order, shape in enumerate(self.shapes):
            if order > first and isinstance(shape, Cells) and is_filled(shape):
                for quad in self.pixels(shape.quads):
                    for number in self.near(quad):
                        word, deep = self.words[number], depth(quad, self.boxes[number])
                        if order > word.order and deep > TOUCH:
                            yield f"{word.said} lies under {shape.role} by {deep:.1f} pixels"

    def crossed(self, passes_cells: bool = True) -> Iterator[str]:
        """Yield words that a ray runs over or behind; faint ones may pass words in cells."""
        for order, shape in enumerate(self.shapes):
            if isinstance(shape, Lines) and shape.role in RAYS:
                is_faint = passes_cells and shape.role in FAINT
                for segment in self.pixels(shape.segments):
                    for number in self.near(segment):
                        word = self.words[number]
                        beds = [bed for bed in word.beds if is_filled(self._cells(bed))]
                        if max(beds, default=-1) > order or (is_faint and word.of.on is not None):
                            continue
                        if (deep := depth(segment, self.boxes[number])) > TOUCH:
                            yield f"a {shape.role} runs into {word.said} by {deep:.1f} pixels"

    def crumbs(self) -> Iterator[str]:
        """Yield pieces of rays shorter than a cell between two breaks."""
        rays = [shape for shape in self.shapes if isinstance(shape, Lines) and shape.role in RAYS]
        pieces = [piece.round(6) for ray in rays for piece in ray.segments]
        wholes = [ray.segments if ray.whole is None else ray.whole for ray in rays]
        # A ray goes on where another piece of it begins.
        ends = Counter(tuple(end) for piece in pieces for end in piece.tolist())
        ends += Counter(tuple(end) for whole in wholes for end in whole.reshape(-1, 2).round(6).tolist())
        for piece in pieces:
            is_broken = all(ends[tuple(end)] == 1 for end in piece.tolist())
            if is_broken and np.linalg.norm(piece[1] - piece[0]) < 1:
                yield f"a ray has a piece at {piece.round(2).tolist()}"

    def faint(self, theme: Theme) -> Iterator[str]:
        """Yield words whose colour is too near that of what a theme draws beneath them."""
        looks = {(id(word.of), word.tone, word.beds): word for word in self.words}
        for word in looks.values():
            letters, beneath = self._ink(word, theme), self._beneath(word, theme)
            if (found := contrast(letters, beneath)) < LEAST_CONTRAST:
                yield f"{word.said} has {found:.1f}: {letters} on {beneath}"

    def _ink(self, word: Word, theme: Theme) -> RGB:
        if word.tone is not None:
            return clearer(theme.tone(word.tone, word.of.shaded))
        return theme.ink(word.of.on, word.of.shaded, word.of.strength)

    def _beneath(self, word: Word, theme: Theme) -> RGB:
        for bed in reversed(word.beds):
            cells = self._cells(bed)
            if cells.tones is not None:
                middles = np.linalg.norm(cells.quads.mean(axis=1) - word.at, axis=1)
                return theme.tone(float(cells.tones[middles.argmin()]), cells.shaded)
            if (fill := theme.fill(cells.role, cells.shaded, cells.strength)) is not None:
                return fill
        return theme.background

    def _cells(self, order: int) -> Cells:
        shape = self.shapes[order]
        assert isinstance(shape, Cells)
        return shape

    def dim(self) -> Iterator[str]:
        """Yield words that, once drawn, differ too little from the pixels beneath or around them.

        Faint rays are left out, which lie over words and not beneath them.
        """
        clear = _without(self.animation, FAINT)
        full, bare = self.drawn(clear), self.drawn(_wordless(clear))
        added = np.abs(full - bare).max(axis=-1)
        for word, box in zip(self.words, self.boxes, strict=True):
            left, top = np.maximum(np.floor(box.min(axis=0)).astype(int) - 4, 0)
            right, bottom = np.ceil(box.max(axis=0)).astype(int) + 4
            part = np.s_[top:bottom, left:right]
            letters = np.array(self._ink(word, self.animation.theme), float)
            glyph = (np.abs(full[part] - letters).max(axis=-1) < 12) & (added[part] > 60)
            if not glyph.any():
                # Thin strokes have no pixel to themselves.
                glyph = added[part] > max(0.6 * added[part].max(), 30)
            if not glyph.any():
                yield f"{word.said} cannot be seen"
                continue
            # On hatching they have a rim, of which some pixels are half letter.
            has_rim = self.animation.theme.hatch is not None and word.of.shaded
            beneath = full[part][_grown(glyph, 2) & ~_grown(glyph, 1)] if has_rim else bare[part][glyph]
            lights, own = _luminance(beneath), float(_luminance(letters[None])[0])
            ratios = (np.maximum(lights, own) + 0.05) / (np.minimum(lights, own) + 0.05)
            if np.mean(ratios < LEAST_CONTRAST) > (0.65 if has_rim else 0.1):
                yield f"{word.said} has {np.median(ratios):.1f} once drawn"

    def drawn(self, animation: Animation) -> NDArray[np.int16]:
        return next(animation.still(self.step).frames())[..., :3].astype(np.int16)


def _without(animation: Animation, roles: tuple[str, ...]) -> Animation:
    scene = animation.scene

    def moment(number: int) -> Shapes:
        return tuple(shape for shape in scene.moment(number) if getattr(shape, "role", "") not in roles)

    return replace(animation, scene=replace(scene, moment=moment))


def _wordless(animation: Animation) -> Animation:
    return replace(animation, scene=animation.scene.wordless())


def _grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return the pixels near some, and those."""
    found = mask.copy()
    for _ in range(by):
        wide = np.pad(found, 1)
        found = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return found


def _luminance(colours: NDArray[Any]) -> NDArray[np.float64]:
    parts = colours / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    found: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return found


def texts_of(animation: Animation, step: int) -> list[Texts]:
    return [shape for shape in shapes_at(animation.scene, step) if isinstance(shape, Texts)]
