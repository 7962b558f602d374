"""The terms of the sum line: what a step reads, and what becomes of it, as tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from convanim.axis import Kind
from convanim.font import width_of
from convanim.values import signed, spell
from convanim.views.former import Ints, Rule, ScatterPlan, Step
from convanim.views.former.contents import Contents
from convanim.views.former.lettering import Lettering
from convanim.views.former.marks import rows_columns
from convanim.views.former.sheet import ROLES, Sheet
from convanim.views.former.sums import (
    EQUALS,
    MOST_WIDTH,
    PLUS,
    SIGN_SIZE,
    TIMES,
    Tile,
    joined,
    length,
    sign,
    tile_width,
)

Term = tuple[Tile, ...]


def sum_line(contents: Contents, sheet: Sheet, step: Step, made: str = "output") -> list[Tile]:
    """Return the tiles of a step: what it reads, how that is put together, and the result, of some role."""
    place = _place(step.writes)
    result = _tile(contents.output, place, made, shaded=True, is_outlined=True)
    if contents.output_tones is not None:
        result = replace(result, tone=float(contents.output_tones[place]))
    room = MOST_WIDTH - result.width - EQUALS.width
    return [*_LINES[contents.plan.rule](contents, sheet, step, room), EQUALS, result]


def winner(step: Step) -> int | None:
    """Return which tap reads the maximum, the first of several; None where there are no values."""
    read = [(value, -number) for number, value in enumerate(step.reads.x or ()) if value is not None]
    return -max(read)[1] if read else None


def _products(contents: Contents, sheet: Sheet, step: Step, room: float) -> list[Tile]:
    terms = []
    for tile, kernel in zip(_read(contents, sheet, step), rows_columns(step.reads.kernel).tolist(), strict=True):
        weight = _tile(contents.kernel, tuple(kernel), "kernel")
        terms.append((tile, TIMES, weight))
    return joined(terms, PLUS, room)


def _mean(contents: Contents, sheet: Sheet, step: Step, room: float) -> list[Tile]:
    divided = [sign(")"), sign("÷", 0.5), sign(str(step.divisor))]
    if contents.look.labels == "numbers" and step.reads.x is not None:
        total = spell(sum(value for value in step.reads.x if value is not None), contents.look.decimals)
        # As much room as the largest sum may take, so that nothing moves from step to step.
        wide = max(width_of(total), contents.widest_sum) * SIGN_SIZE + 0.14
        divided += [EQUALS, sign(total, wide), sign("÷", 0.5), sign(str(step.divisor))]
    terms: list[Term] = [(tile,) for tile in _read(contents, sheet, step)]
    return [sign("("), *joined(terms, PLUS, room - length(divided) - 0.3), *divided]


def _maximum(contents: Contents, sheet: Sheet, step: Step, room: float) -> list[Tile]:
    won = winner(step)
    terms: list[Term] = [(tile,) for tile in _read(contents, sheet, step, won)]
    return [sign("max ("), *joined(terms, sign(",", 0.2), room - 1.3), sign(")")]


_LINES: dict[Rule, Callable[[Contents, Sheet, Step, float], list[Tile]]] = {
    Rule.SUM: _products,
    Rule.MEAN: _mean,
    Rule.MAX: _maximum,
}


def _read(contents: Contents, sheet: Sheet, step: Step, ringed: int | None = None) -> list[Tile]:
    """Return a tile for each cell that a step reads, as it looks in the picture."""
    tiles = []
    places = (rows_columns(step.reads.position) - sheet.start).tolist()
    for number, (place, kind) in enumerate(zip(places, step.reads.kind.tolist(), strict=True)):
        look = sheet.roles[tuple(place)]
        role = "overhang" if kind == Kind.OVERHANG else sheet.fill(ROLES[look])
        tile = _tile(contents.padded, tuple(place), role, contents.plan.rule is Rule.MAX, is_ringed=number == ringed)
        tones = sheet.tones_of(ROLES[look]) if look >= 0 else None
        tiles.append(tile if tones is None else replace(tile, tone=float(tones[tuple(place)])))
    return tiles


def _place(cells: Ints) -> tuple[int, int]:
    """Return the (row, column) of the first of some cells."""
    row, column = rows_columns(cells)[0].tolist()
    return row, column


def _tile(lettering: Lettering | None, place: Any, role: str, may_be_ringed: bool = False, **marks: bool) -> Tile:
    if lettering is None:
        return Tile("", tile_width(0), role)
    lowered = lettering.lowered[place]
    face = "regular" if lettering.face == "italic" and not lowered else lettering.face
    return Tile(
        lettering.words[place],
        tile_width(lettering.widest, may_be_ringed or marks.get("is_ringed", False)),
        role,
        face,
        lowered,
        **marks,
    )


def stamps_line(
    plan: ScatterPlan, contents: Contents, cell: tuple[int, ...], number: int, room: float, filled: str = "input"
) -> list[Tile]:
    """Return the tiles of an output cell: what each stamp before a step adds to it, and the sum."""
    reads = plan.gathered.step(int(np.ravel_multi_index(cell, plan.output_size))).reads
    met = {tuple(s): tuple(k) for s, k in zip(reads.source.tolist(), rows_columns(reads.kernel).tolist(), strict=True)}
    terms: list[Term] = []
    for step, _, _ in plan.contributions(cell)[: plan.before(cell, number)[0]]:
        source = tuple(int(part) for part in np.unravel_index(step, plan.input_size))
        value = _tile(contents.input, (0, *source)[-2:], filled, shaded=step == number - 1)
        terms.append((value, TIMES, _tile(contents.kernel, met[source], "kernel")))
    result = _tile(contents.output, (0, *cell)[-2:], "output", is_ringed=True)
    between: list[Tile] = []
    if contents.look.labels == "numbers" and plan.is_valued:
        count, total = plan.before(cell, number)
        _, old = plan.before(cell, number - 1)
        decimals = contents.look.decimals
        if count > 1:
            added = signed(spell(total - old, decimals))
            between = [
                EQUALS,
                replace(result, text=spell(old, decimals), is_ringed=False),
                Tile(added, tile_width(width_of(added, "bold")), "added", "bold"),
            ]
        result = replace(result, text=spell(total, decimals))
    end = [*between, EQUALS, result]
    return [*joined(terms, PLUS, room - length(end)), *end]
