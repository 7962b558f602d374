"""What is written in the cells of a plan's tensors and kernels: numbers, letters or greys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convanim.base.font import width_of
from convanim.layers.axis import Kind
from convanim.plans import Ints, Plan, Read, SparseWindows, Stage, Windows
from convanim.plans.values import Numbers, signed, spell, spell_all
from convanim.views.lettering import MOST_OF_CELL, Lettering, Words, lettered, widest_of
from convanim.views.look import Look
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shapes, Texts

_CHIP_GAP = 0.035
"""The gap between a chip and the edges of its cell."""


def _blank_of(stage: Stage) -> str:
    """Return what is written in padding and inserted zeros that a stage reads."""
    return "" if stage.is_sparse else stage.rule.blank if stage.rule.combine is not None else "0"


@dataclass(frozen=True, eq=False)
class Said:
    """The words and subscripts of cells, as arrays with the axes of the cells."""

    words: Words
    lowered: Words

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """Every word with its subscript."""
        return set(zip(self.words.ravel().tolist(), self.lowered.ravel().tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Contents:
    """What is written in the cells of a plan.

    Attributes
    ----------
    plan : Plan
        The plan.
    look : Look
        Says whether numbers, letters or nothing is written.
    channels : mapping of int to channels
        The drawn channels of each tensor; all of them have letters of one size.
    """

    plan: Plan
    look: Look
    channels: Any

    @property
    def is_lettered(self) -> bool:
        """Whether letters are written in the cells."""
        return self.look.labels == "letters"

    @property
    def face(self) -> str:
        """The font face for the cells of tensors."""
        return "italic" if self.is_lettered else "regular"

    def letter(self, tensor: int) -> str:
        """Return the letter that names a tensor's cells."""
        return "x" if tensor == 0 else "y" if self.plan.tensors[tensor].name == "output" else "h"

    def tensor(self, tensor: int, channel: int) -> Said | None:
        """Return the words of a channel's cells once computed, or None if they stay blank."""
        key = tensor, channel
        if key not in self._tensors:
            found = self.plan.tensors[tensor]
            values = self.plan.plane(tensor, channel) if self.look.labels == "numbers" else None
            self._tensors[key] = self._of(self.letter(tensor), found.size, values)
            self._blank(self._tensors[key], tensor)
        return self._tensors[key]

    @cached_property
    def _tensors(self) -> dict[tuple[int, int], Said | None]:
        """A cache for `tensor`."""
        return {}

    def _blank(self, said: Said | None, tensor: int) -> None:
        """Take the words out of cells that hold nothing."""
        if said is None:
            return
        # A layer that reads all cells reads zeros where the one before made nothing.
        are_read = any(tensor in stage.sources and not stage.is_sparse for stage in self.plan.stages)
        for stage in self.plan.stages:
            if isinstance(stage, SparseWindows) and tensor == stage.source:
                said.words[~stage.held] = said.lowered[~stage.held] = ""
            elif isinstance(stage, SparseWindows) and tensor == stage.target and not are_read:
                said.words[~stage.made] = said.lowered[~stage.made] = ""

    def _of(self, letter: str, size: tuple[int, ...], values: Numbers | None) -> Said | None:
        if self.is_lettered:
            joint = "" if max(size) <= 9 else ","
            lowered = np.empty(size, object)
            for cell in np.ndindex(*size):
                lowered[cell] = joint.join(str(at + 1) for at in cell)
            return Said(np.full(size, letter, object), lowered)
        if not self.look.is_labelled or values is None:
            return None
        words = np.array(spell_all(values, self.look.decimals), object).reshape(values.shape)
        return Said(words, np.full(words.shape, "", object))

    def read(self, stage: Stage, tensor: int, channel: int) -> Said | None:
        """Return the words of a channel as a stage reads it: padded, and with zeros inserted."""
        if not self.look.is_labelled:
            return None
        own = self.tensor(tensor, channel)
        kind, sources = stage.grid.kind, stage.grid.source
        is_over = kind == Kind.OVERHANG
        words = np.where(is_over, "", _blank_of(stage)).astype(object)
        lowered = np.full(words.shape, "", object)
        if own is None:
            return Said(words, lowered)
        places = np.ix_(*(np.maximum(one, 0) for one in sources))
        has_source = ~is_over
        for number, one in enumerate(sources):
            has_source = has_source & (one >= 0).reshape([-1 if axis == number else 1 for axis in range(kind.ndim)])
        return Said(np.where(has_source, own.words[places], words), np.where(has_source, own.lowered[places], lowered))

    def sheet(
        self, stage: Stage | None, tensor: int, channel: int, slice_: int, most: float, at: tuple[float, float]
    ) -> Lettering | None:
        """Return the lettering of a page of a channel, as it is (no stage) or as a stage reads it."""
        if not self.look.has_cells:
            return None
        said = self.tensor(tensor, channel) if stage is None else self.read(stage, tensor, channel)
        if said is None:
            return None
        words, lowered = (page_of(array, slice_) for array in (said.words, said.lowered))
        size = min(most, MOST_OF_CELL / widest) if (widest := self.widest(tensor, stage)) else most
        return Lettering(words, lowered, size, widest, at, self.face)

    def widest(self, tensor: int, stage: Stage | None = None) -> float:
        """Return the width in ems of the widest word in a tensor's drawn channels, as `sheet` shows them."""
        key = tensor, None if stage is None else stage.number
        if key not in self._widths:
            found = [
                self.tensor(tensor, channel) if stage is None else self.read(stage, tensor, channel)
                for channel in self.channels[tensor]
            ]
            self._widths[key] = _widest((said for said in found if said), self.face)
        return self._widths[key]

    @cached_property
    def _widths(self) -> dict[tuple[int, int | None], float]:
        """A cache for `widest`."""
        return {}

    def kernel(self, stage: Stage, out_channel: int, in_channel: int) -> Said | None:
        """Return the words of the kernel between two channels as stored, or None if it stays blank."""
        if not isinstance(stage, Windows) or not stage.is_weighted:
            return None
        values = stage.slice(out_channel, in_channel) if self.look.labels == "numbers" else None
        return self._of("w", stage.layer.kernel_size, values)

    def pairs(self, stage: Stage) -> list[tuple[int, int]]:
        """Return the (output, input) channels of each kernel of a stage that is ever drawn."""
        return [
            (out, one)
            for out in self.channels[stage.target]
            for one in stage.grouping.inputs_of(out)
            if one in self.channels[stage.source]
        ]

    def kernel_widest(self, stage: Stage) -> float:
        """Return the width in ems of the widest word in a stage's drawn kernels."""
        if stage.number not in self._kernel_widths:
            found = [self.kernel(stage, *pair) for pair in self.pairs(stage)]
            self._kernel_widths[stage.number] = _widest((said for said in found if said), self.kernel_face)
        return self._kernel_widths[stage.number]

    @cached_property
    def _kernel_widths(self) -> dict[int, float]:
        """A cache for `kernel_widest`."""
        return {}

    @property
    def kernel_face(self) -> str:
        """The font face for the cells of kernels."""
        return "italic" if self.is_lettered else "bold"

    def kernel_lettering(
        self, stage: Stage, out_channel: int, in_channel: int, slice_: int, most: float, is_rotated: bool = False
    ) -> Lettering | None:
        """Return the lettering of a slice of a kernel, as stored or rotated by 180°."""
        said = self.kernel(stage, out_channel, in_channel)
        if said is None:
            return None
        words, lowered = said.words, said.lowered
        if is_rotated:
            words, lowered = np.flip(words), np.flip(lowered)
        widest = self.kernel_widest(stage)
        size = min(most, MOST_OF_CELL / widest) if widest else most
        return Lettering(page_of(words, slice_), page_of(lowered, slice_), size, widest, face=self.kernel_face)

    def tones(self, stage: Stage | None, tensor: int, channel: int, slice_: int) -> Points | None:
        """Return the grey of each cell of a page, from 0 (black, the smallest value) to 1 (white, the largest).

        The grey of cells without a source has no meaning.
        """
        values = self.plan.plane(tensor, channel) if self.look.has_shades else None
        if values is None:
            return None
        grid = values.astype(float)
        known = np.isfinite(grid)
        low, high = grid[known].min(initial=np.inf), grid[known].max(initial=-np.inf)
        greys: Points = np.clip((grid - low) / (high - low), 0, 1) if high > low else np.full(grid.shape, 0.5)
        greys = np.where(known, greys, 0.0).round(3)
        if stage is not None:
            greys = greys[np.ix_(*(np.maximum(one, 0) for one in stage.grid.source))]
        page: Points = page_of(greys, slice_)
        return page

    def chips(
        self, plane: Plane, places: Ints, stage: Stage, read: Read, channels: tuple[int, int], side: float, most: float
    ) -> Shapes:
        """Return the weights as small dark tiles in the lower right corners of the cells they multiply.

        Parameters
        ----------
        plane : Plane
            The plane of the cells.
        places : (n, 2) array
            The cell of each tap that is on the plane.
        stage : Stage
            The stage that holds the weights.
        read : Read
            The taps.
        channels : (int, int)
            The output and the input channel.
        side, most : float
            The side of a tile, and the largest size of its words.
        """
        said = self.kernel(stage, *channels)
        if said is None or not (self.look.has_chips and self.look.has_cells) or not len(places):
            return ()
        own = tuple(read.taps.kernel.T)
        width, height = (side * 1.5, side * 1.08) if self.is_lettered else (side, side)
        size = min(most, MOST_OF_CELL * width / self.kernel_widest(stage))
        words, lowered = said.words[own], said.lowered[own]
        return corner_tiles(plane, places, words, lowered, size, self.kernel_face, "kernel", width, height)

    def spelled(self, number: Any) -> str:
        """Return a number as it is written in cells."""
        return spell(number, self.look.decimals)

    def widest_of(self, numbers: Iterable[Any]) -> float:
        """Return the width in ems of the widest of some numbers, in bold letters."""
        return max((width_of(self.spelled(one), "bold") for one in numbers), default=0.0)


def page_of(array: Any, slice_: int) -> Any:
    """Return one depth slice of a 3D array, or all of an array with fewer axes, as rows and columns."""
    return array[slice_] if array.ndim == 3 else np.atleast_2d(array)


def _widest(said: Iterable[Said], face: str) -> float:
    return widest_of(set[tuple[str, str]]().union(*(one.pairs for one in said)), face)


def corner_tiles(
    plane: Plane,
    places: Ints,
    words: Words,
    lowered: Words,
    size: float,
    face: str,
    role: str,
    width: float,
    height: float,
    gap: float = _CHIP_GAP,
) -> Shapes:
    """Return small tiles in the lower right corners of some cells.

    Parameters
    ----------
    plane : Plane
        The plane of the cells.
    places : (n, 2) array
        The cells, as (row, column).
    words, lowered : (n,) arrays of str
        The word on each tile, and its subscript.
    size : float
        The size of the letters.
    face, role : str
        The font face of the letters, and the role of the tiles.
    width, height, gap : float
        The size of a tile, and its gap to the edges of its cell, in cells.
    """
    far = 1 - gap
    top, left = far - height, far - width
    quads = plane.points(places[:, None] + np.array([[top, left], [top, far], [far, far], [far, left]]))
    edges = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2, 2)
    middle = np.array([(top + far) / 2, (left + far) / 2])
    key = Key(f"{role} chip")
    texts = Texts(
        tuple(words.tolist()),
        plane.points(places + middle),
        size,
        role,
        face=face,
        across=plane.projection.across,
        down=plane.projection.down,
        lowered=tuple(lowered.tolist()),
        key=key,
    )
    return Cells(role, quads, key=key), Lines(role, edges, key=key), texts


def added_lettering(products: Iterable[Any], decimals: int) -> Lettering:
    """Return the lettering of the products that a stamp adds to the cells, with their signs."""
    words = np.array([signed(spell(value, decimals)) for value in products], object)
    return lettered(words, np.full(words.shape, "", object), 1.0, face="bold")
