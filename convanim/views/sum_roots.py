"""The root of a sum of powers as a row of tiles."""

from __future__ import annotations

from collections.abc import Sequence

from convanim.base.font import width_of
from convanim.layers.axis import Kind
from convanim.layers.rules import Rule
from convanim.plans import Taps
from convanim.views.flat_sums import PLUS, Tile, joined, sign, sign_width


def rooted(rule: Rule, taps: Taps, tiles: Sequence[Tile], hangs_over: bool, room: float) -> list[Tile]:
    """Return the root of the sum of powers, with the same room for its brackets in every step.

    Parameters
    ----------
    rule : Rule
        With a power.
    taps, tiles : Taps, sequence of Tile
        What is read, and a tile for each.
    hangs_over : bool
        Whether any step's window hangs over the end, so that its sum is scaled.
    room : float
        The greatest width, in cells of the line.
    """
    kinds = taps.kind.tolist()
    before, raised, after = rule.brackets(taps.within, len(kinds))
    widest = rule.brackets(len(kinds) - hangs_over, len(kinds))
    opening, closing = (
        sign(own, sign_width(width_of(most))) for own, most in zip((before, after), widest[::2], strict=True)
    )
    wide = sign_width(width_of(raised)) / 2
    powers = {True: sign(raised, wide), False: sign("", wide)}
    terms = [
        (tile, powers[kind != Kind.OVERHANG]) if raised else (tile,) for tile, kind in zip(tiles, kinds, strict=True)
    ]
    return [opening, *joined(terms, PLUS, room - opening.width - closing.width), closing]
