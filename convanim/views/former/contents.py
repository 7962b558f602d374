"""What the cells of a plan say: numbers or letters of inputs, weights and results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from convanim.axis import Kind
from convanim.font import width_of
from convanim.scene import Cells, Lines, Points, Shapes, Texts
from convanim.values import MINUS, Numbers, spell
from convanim.views.former import Ints, Plan, Rule, Taps
from convanim.views.former.lettering import MOST_OF_CELL, Lettering, indexed, lettered, numbered
from convanim.views.former.marks import rows_columns
from convanim.views.former.plane import Plane
from convanim.views.former.sheet import Sheet
from convanim.views.look import Look

_CHIP_GAP = 0.035
"""Between a chip and the edges of its cell."""

_NOTHING = f"{MINUS}∞"
"""What padding holds for a maximum."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What the cells of a plan say, each as large as its cell allows.

    Attributes
    ----------
    plan : Plan
        Whose cells.
    look : Look
        What stands in them.
    letters : (str, str)
        Of the input and of the output.
    """

    plan: Plan
    look: Look
    letters: tuple[str, str] = ("x", "y")

    @cached_property
    def input(self) -> Lettering | None:
        """Of the input as it is."""
        return plane_lettering(self.letters[0], self.plan.input, self.plan.input_size, self.look, 1.0)

    @cached_property
    def padded(self) -> Lettering | None:
        """Of the padded, stretched input."""
        return input_lettering(self.plan, self.look, 1.0, self.letters[0])

    @cached_property
    def kernel(self) -> Lettering | None:
        """Of the kernel as stored."""
        return kernel_lettering(self.plan, self.look, 1.0)

    @cached_property
    def output(self) -> Lettering | None:
        """Of the output."""
        return output_lettering(self.plan, self.look, 1.0, self.letters[1])

    @cached_property
    def widest_sum(self) -> float:
        """A width in ems that no sum over a window is wider than."""
        if self.plan.input is None:
            return 0.0
        ends = [
            extreme * prod(self.plan.layer.kernel_size) for extreme in (self.plan.input.min(), self.plan.input.max())
        ]
        return max(width_of(spell(end, self.look.decimals)) for end in ends)

    @cached_property
    def output_tones(self) -> Points | None:
        """The greys of the output, where it has any."""
        return tones_of(self.plan.values.output if self.plan.values else None, self.look)


def input_lettering(plan: Plan, look: Look, most: float, letter: str = "x") -> Lettering | None:
    """Return what the cells of the padded, stretched input say, at most ``most`` large."""
    if not look.is_labelled:
        return None
    kind = np.atleast_2d(plan.grid.kind)
    rows, columns = (np.zeros(1, np.int64), *plan.grid.source)[-2:]
    has_source = np.logical_and.outer(rows >= 0, columns >= 0) & (kind != Kind.OVERHANG)
    words = np.where(kind == Kind.OVERHANG, "", _NOTHING if plan.rule is Rule.MAX else "0").astype(object)
    lowered = np.full(words.shape, "", object)
    own = plane_lettering(letter, plan.input, plan.input_size, look, most)
    face = "regular"
    if own is not None:
        places = np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))
        words = np.where(has_source, own.words[places], words)
        lowered = np.where(has_source, own.lowered[places], lowered)
        face = own.face
    return lettered(words, lowered, most, face=face)


def output_lettering(plan: Plan, look: Look, most: float, letter: str = "y") -> Lettering | None:
    """Return what the cells of the output say once they are computed."""
    return plane_lettering(letter, plan.values.output if plan.values else None, plan.output_size, look, most)


def kernel_lettering(plan: Plan, look: Look, most: float, is_rotated: bool = False) -> Lettering | None:
    """Return what the cells of the kernel say, as stored or rotated by 180°."""
    found = plane_lettering("w", plan.kernel, plan.layer.kernel_size, look, most)
    if found is None or not plan.layer.is_weighted:
        return None
    if found.face == "regular":
        found = replace(found, face="bold")
    if not is_rotated:
        return found
    return replace(found, words=found.words[::-1, ::-1], lowered=found.lowered[::-1, ::-1])


def tones_of(values: Numbers | None, look: Look) -> Points | None:
    """Return the grey of each number of a plane, from the least for black to the greatest for white."""
    if not look.has_shades or values is None:
        return None
    grid = np.atleast_2d(values).astype(float)
    known = np.isfinite(grid)
    low, high = grid[known].min(initial=np.inf), grid[known].max(initial=-np.inf)
    greys: Points = np.clip((grid - low) / (high - low), 0, 1) if high > low else np.full(grid.shape, 0.5)
    return np.where(known, greys, 0.0).round(3)


def sheet_tones(plan: Plan, look: Look) -> Points | None:
    """Return the grey of each cell of the padded, stretched input; those without a source have none that counts."""
    own = tones_of(plan.input, look)
    if own is None:
        return None
    rows, columns = (np.zeros(1, np.int64), *plan.grid.source)[-2:]
    return own[np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))]


def plane_lettering(
    letter: str, values: Numbers | None, size: tuple[int, ...], look: Look, most: float
) -> Lettering | None:
    """Return letters or numbers for the cells of a plane, None where nothing is to stand there."""
    if look.labels == "letters":
        rows, columns = (1, *size)[-2:]
        return indexed(letter, range(rows), range(columns), len(size) == 1, most)
    if not look.is_labelled or values is None:
        return None
    return numbered(values, look.decimals, most)


def weight_chips(contents: Contents, sheet: Sheet, reads: Taps, side: float, most: float) -> Shapes:
    """Return the weights as small dark tiles in the lower right corners of the cells that they meet."""
    lettering, look = contents.kernel, contents.look
    if lettering is None or not (look.has_chips and look.has_cells):
        return ()
    own = tuple(rows_columns(reads.kernel).T)
    width, height = (side * 1.5, side * 1.08) if look.labels == "letters" else (side, side)
    size = min(most, MOST_OF_CELL * width / lettering.widest)
    said = replace(lettering, words=lettering.words[own], lowered=lettering.lowered[own], size=size)
    return corner_tiles(sheet.plane, rows_columns(reads.position) - sheet.start, said, "kernel", width, height)


def corner_tiles(
    plane: Plane,
    places: Ints,
    lettering: Lettering,
    role: str,
    width: float,
    height: float,
    gap: float = _CHIP_GAP,
) -> Shapes:
    """Return small tiles in the lower right corners of some cells.

    Parameters
    ----------
    plane : Plane
        Where the cells lie.
    places : (n, 2) array
        The cells, as (row, column).
    lettering : Lettering
        With one word for each of them.
    role : str
        Of the tiles.
    width, height, gap : float
        Of a tile, and between it and the edges of its cell, in cells.
    """
    far = 1 - gap
    top, left = far - height, far - width
    quads = plane.points(places[:, None] + np.array([[top, left], [top, far], [far, far], [far, left]]))
    edges = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2, 2)
    middle = np.array([(top + far) / 2, (left + far) / 2])
    texts = Texts(
        tuple(lettering.words.tolist()),
        plane.points(places + middle),
        lettering.size,
        role,
        face=lettering.face,
        across=plane.projection.across,
        down=plane.projection.down,
        lowered=tuple(lettering.lowered.tolist()),
    )
    return Cells(role, quads), Lines(role, edges), texts
