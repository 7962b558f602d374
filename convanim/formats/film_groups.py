"""Groups of pieces that a film shows from one time to another, with shared pieces written only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from convanim.base.records import dataclass
from convanim.render.svg import Piece


@dataclass(frozen=True)
class Shown:
    """Pieces that are visible from one time to another.

    Attributes
    ----------
    pieces : tuple of Piece
        The pieces, in drawing order.
    start, end : int
        The times, in milliseconds.
    is_poster : bool
        Whether they belong to the picture that is shown where nothing moves.
    """

    pieces: tuple[Piece, ...]
    start: int
    end: int
    is_poster: bool


def layered(moments: Sequence[Shown]) -> list[Shown]:
    """Split moments so that trailing pieces which several in a row share are drawn once, for all their time.

    Only moments without a gap between them share pieces.
    """
    return list(_layered(list(moments)))


def _layered(moments: list[Shown]) -> Iterator[Shown]:
    common = _common_end(moments) if _is_unbroken(moments) else 0
    if len(moments) == 1 or (not common and not any(_alike(moments))):
        yield from moments
        return
    cut = [_without_end(moment, common) for moment in moments]
    for run in _runs(cut):
        yield from _layered(run)
    if common:
        end = moments[0].pieces[len(moments[0].pieces) - common :]
        yield Shown(end, moments[0].start, moments[-1].end, any(moment.is_poster for moment in moments))


def _is_unbroken(moments: list[Shown]) -> bool:
    return all(one.end == other.start for one, other in pairwise(moments))


def _common_end(moments: list[Shown]) -> int:
    """Return the number of trailing pieces that all moments share."""
    count = 0
    for ends in zip(*(reversed(moment.pieces) for moment in moments), strict=False):
        if len(set(ends)) > 1:
            break
        count += 1
    return count


def _without_end(moment: Shown, count: int) -> Shown:
    return Shown(moment.pieces[: len(moment.pieces) - count], moment.start, moment.end, moment.is_poster)


def _alike(moments: list[Shown]) -> list[bool]:
    """Return, for each pair of consecutive moments, whether their last pieces are equal and no gap is between."""
    return [
        bool(one.pieces and other.pieces and one.pieces[-1] == other.pieces[-1] and one.end == other.start)
        for one, other in pairwise(moments)
    ]


def _runs(moments: list[Shown]) -> list[list[Shown]]:
    """Return runs of consecutive moments that share their last piece."""
    runs = [[moments[0]]]
    for moment, is_alike in zip(moments[1:], _alike(moments), strict=True):
        if is_alike:
            runs[-1].append(moment)
        else:
            runs.append([moment])
    return runs
