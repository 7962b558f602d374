"""The ways in which a network may be laid out, and the best for a width: how large, in how many rows, how folded."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

from convanim.base.records import dataclass
from convanim.frameworks.models.network import Block
from convanim.views.network_layout import Placing
from convanim.views.network_parts import (
    Bundle,
    Fork,
    Repeat,
    Run,
    bundled,
    copying,
    depth_of_u,
    folded,
    grown,
    parts_of,
)
from convanim.views.network_pieces import Lengths, Piece

Sides = tuple[float, float]


@dataclass(frozen=True)
class Way:
    """One of the ways in which a network may be laid out: what is folded, and the most rows."""

    is_folded: bool = False
    is_bundled: bool = False
    rows: int = 1


WAYS = (
    Way(),
    Way(rows=2),
    Way(is_folded=True),
    Way(is_folded=True, rows=2),
    Way(is_folded=True, rows=3),
    *(Way(is_folded=True, is_bundled=True, rows=rows) for rows in range(1, 10)),
)
"""The ways that are tried, the best first."""

_IN_ROW = ((9.5, 6.0), (9.5, 5.0), (9.5, 4.2), (9.0, 3.5), (9.0, 2.9), (8.5, 2.4), (7.5, 2.0), (6.5, 1.6))
_IN_ROWS = ((7.0, 5.0), (7.0, 4.2), (6.5, 3.5), (6.0, 2.8), (5.5, 2.2), (5.0, 1.7))
_IN_U = (
    (8.5, 7.0),
    (8.5, 5.8),
    (8.2, 4.8),
    (7.8, 4.0),
    (7.2, 3.5),
    (6.2, 3.0),
    (5.4, 2.5),
    (4.6, 2.0),
    (4.0, 1.6),
    (3.4, 1.2),
)
"""How high the largest map is, and how thick that of the most channels, the best first, in rows and Us."""

_MOST_PLAIN = 240
"""The most blocks of a network that is drawn without folding any."""

_MOST_HIGH, _MOST_OF_U, _MOST_OF_ROWS = 0.62, 0.62, 1.5
"""The greatest height of a picture of one row, of a U, or of several rows, for its width."""


@dataclass(frozen=True)
class Chosen:
    """A network as it is laid out.

    Attributes
    ----------
    piece : Piece
        The blocks in their places.
    is_u : bool
        Whether they form a U.
    repeats, bundles : int
        How many parts stand for several.
    """

    piece: Piece
    is_u: bool = False
    repeats: int = 0
    bundles: int = 0


@dataclass(frozen=True, eq=False)
class Layouts:
    """The ways in which a network may be laid out.

    Attributes
    ----------
    blocks : tuple of Block
        Of the network.
    looks : sequence
        What each has in common with those that look the same.
    placing : callable
        Maps blocks, their lengths and whether they form a U to how they are placed.
    """

    blocks: tuple[Block, ...]
    looks: Sequence[Hashable]
    placing: Callable[..., Placing]

    @cached_property
    def parts(self) -> Run:
        """The blocks as parts."""
        return parts_of(self.blocks)

    @cached_property
    def _placed(self) -> dict[tuple[bool, bool, Sides, bool], tuple[Run, Placing, list[Piece]]]:
        """The pieces by what is folded, how large they are, and whether there are several rows."""
        return {}

    @cached_property
    def _rows(self) -> dict[tuple[Way, Sides], Piece]:
        """The rows that do not depend on the width."""
        return {}

    @cached_property
    def in_u(self) -> list[Piece]:
        """The network as a U in all sizes; empty where it forms none."""
        if depth_of_u(self.blocks, self.parts) < 2:
            return []
        copied = copying(self.blocks, self.parts)
        lengths = [Lengths.of(copied, *sides) for sides in _IN_U]
        return [self.placing(copied, its, True).in_u(self.parts) for its in lengths]

    def best(self, most: float) -> Chosen | None:
        """Return the best way that is no wider than ``most`` letter sizes, None where none is."""
        for piece in self.in_u:
            if _fits(piece, most, _MOST_OF_U):
                return Chosen(piece, is_u=True)
        for way in WAYS:
            if len(self.blocks) > _MOST_PLAIN and not way.is_folded:
                continue
            every = _IN_ROW if way.rows == 1 else _IN_ROWS
            # What does not fit with small blocks fits with none; the smallest are not always the narrowest for words.
            if any(self._of(way, sides, most) for sides in every[:-3:-1]):
                return next(filter(None, (self._of(way, sides, most) for sides in every)))
        return None

    def _of(self, way: Way, sides: Sides, most: float) -> Chosen | None:
        """Return the network laid out in a way, None where it does not fit."""
        parts, its, pieces = self._pieces(way, sides)
        if max(piece.bounds[2] - piece.bounds[0] for piece in pieces) > most:
            return None
        piece = its.in_rows(pieces, most, way.rows) if way.rows > 1 else self._row(way, sides)
        if piece is None or not _fits(piece, most, _MOST_HIGH if way.rows == 1 else _MOST_OF_ROWS):
            return None
        return Chosen(piece, False, *_counts(parts))

    def _row(self, way: Way, sides: Sides) -> Piece:
        """Return the network in one row, which does not depend on the width."""
        if (way, sides) not in self._rows:
            _, its, pieces = self._pieces(way, sides)
            self._rows[way, sides] = its.in_row(pieces)
        return self._rows[way, sides]

    def _pieces(self, way: Way, sides: Sides) -> tuple[Run, Placing, list[Piece]]:
        """Return the parts of a way, and the pieces that they are drawn as."""
        key = way.is_folded, way.is_bundled, sides, way.rows > 1
        if key not in self._placed:
            parts = bundled(self.parts) if way.is_bundled else self.parts
            parts = folded(parts, self.looks.__getitem__) if way.is_folded else parts
            its = self.placing(self.blocks, Lengths.of(self.blocks, *sides), False, grown(parts, self.blocks))
            self._placed[key] = parts, its, its.pieces(parts)
        return self._placed[key]


def _fits(piece: Piece, most: float, high: float) -> bool:
    left, top, right, bottom = piece.bounds
    return right - left <= most and bottom - top <= high * most


def _counts(parts: Run) -> tuple[int, int]:
    """Return how many parts stand for repeated ones, and how many for branches."""
    repeats = bundles = 0
    for part in parts:
        repeats += isinstance(part, Repeat)
        bundles += isinstance(part, Bundle)
        for run in part.branches if isinstance(part, Fork) else (part.run,) if isinstance(part, Repeat) else ():
            more, others = _counts(run)
            repeats, bundles = repeats + more, bundles + others
    return repeats, bundles
