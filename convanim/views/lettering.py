"""Words written in cells, and the size at which all of them fit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.views.plane import Plane
from convanim.views.scene import Ints, Key, Points, Texts

Words = NDArray[np.object_]

MOST_OF_CELL = 0.84
"""The largest share of a cell's width that a word takes."""

CENTRE = (0.5, 0.5)


@dataclass(frozen=True, eq=False)
class Lettering:
    """Words for the cells of a plane, all of one size.

    Attributes
    ----------
    words, lowered : (rows, columns) arrays of str
        The word in each cell, and its subscript.
    size : float
        The size of the words, in cells.
    widest : float
        The width of the widest word in ems, measured in bold as at work.
    at : (float, float)
        The position of a word's middle in its cell, (row, column).
    resting : (float, float) or None
        Its position in cells that are not at work, where no chip is in its way; the same if None.
    face : str
        The font face of the words.
    aside : (rows, columns, 2) array or None
        How far the word of each cell stands from its position, where anything is in its way.
    """

    words: Words
    lowered: Words
    size: float
    widest: float
    at: tuple[float, float] = CENTRE
    face: str = "regular"
    resting: tuple[float, float] | None = None
    aside: Points | None = None

    def texts(
        self,
        plane: Plane,
        cells: NDArray[np.int64],
        on: str | None,
        shaded: bool = False,
        strength: float = 1.0,
        tones: Points | None = None,
        key: Key | None = None,
        tints: Ints | None = None,
    ) -> tuple[Texts, ...]:
        """Return the words of some cells, given as (row, column), bold where they are shaded.

        Parameters
        ----------
        plane : Plane
            The plane of the cells.
        cells : (n, 2) array
            The cells.
        on, shaded, strength
            The role of the cells, whether they lie in shadow, and their colour strength.
        tones : array or None
            The greys of the plane's cells, where they have any.
        key : Key or None
            Identifies what the words show.
        tints : array or None
            The tints of the plane's cells, where they have any.
        """
        places = tuple(cells.T)
        words, lowered = self.words[places], self.lowered[places]
        said, is_indexed = words != "", lowered != ""
        # Numbers among letters are upright.
        faces = {"italic": said & is_indexed, "regular": said & ~is_indexed} if self.face == "italic" else {}
        return tuple(
            self._of_one_face(
                plane, cells[chosen], words[chosen], lowered[chosen], on, shaded, strength, face, tones, key, tints
            )
            for face, chosen in (faces or {self.face: said}).items()
            if chosen.any()
        )

    def _middles(self, cells: NDArray[np.int64], shaded: bool) -> Points:
        """Return the middles of the words in some cells, (n, 2), from the first corner of each."""
        found: Points = np.array(self.at if shaded or self.resting is None else self.resting)
        return found if self.aside is None else found + self.aside[tuple(cells.T)]

    def _of_one_face(
        self,
        plane: Plane,
        cells: NDArray[np.int64],
        words: Words,
        lowered: Words,
        on: str | None,
        shaded: bool,
        strength: float,
        face: str,
        tones: Points | None,
        key: Key | None,
        tints: Ints | None,
    ) -> Texts:
        return Texts(
            tuple(words.tolist()),
            plane.points(cells + self._middles(cells, shaded)),
            self.size,
            on,
            shaded,
            strength,
            "bold" if shaded and face == "regular" and self.face != "italic" else face,
            plane.projection.across,
            plane.projection.down,
            tuple(lowered.tolist()),
            tones=None if tones is None else tones[tuple(cells.T)],
            key=key,
            tints=None if tints is None else tints[tuple(cells.T)],
        )


def lettered(words: Words, lowered: Words, most: float, room: float = MOST_OF_CELL, face: str = "regular") -> Lettering:
    """Return the lettering of words, at most ``most`` large and ``room`` wide."""
    widest = widest_of(set(zip(words.ravel().tolist(), lowered.ravel().tolist(), strict=True)), face)
    return Lettering(words, lowered, min(most, room / widest) if widest else most, widest, face=face)


def widest_of(pairs: Iterable[tuple[str, str]], face: str) -> float:
    """Return the width in ems of the widest word with its subscript, 0 if there are none.

    Regular letters are measured in bold, since cells at work use bold.
    """
    measured = "bold" if face == "regular" else face
    return max((width_of(word, measured, index) for word, index in pairs), default=0.0)
