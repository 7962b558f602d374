"""The terms of the sum line: what a step reads, and what becomes of it, as tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from convanim.axis import Kind
from convanim.plans import Plan, Rule, ScatterPlan, Step
from convanim.values import spell
from convanim.views.contents import kernel_lettering, output_lettering, plane_lettering
from convanim.views.lettering import Lettering
from convanim.views.look import Look
from convanim.views.marks import rows_columns
from convanim.views.sheet import ROLES, Sheet
from convanim.views.sums import EQUALS, MOST_WIDTH, PLUS, TIMES, Tile, joined, length, sign, tile_width

Term = tuple[Tile, ...]

_RINGED = 1.4
"""How much wider a tile is that has room for a ring."""


def sum_line(plan: Plan, look: Look, sheet: Sheet, step: Step, made: str = "output") -> list[Tile]:
    """Return the tiles of a step: what it reads, how that is put together, and the result, of some role."""
    result = _result(plan, look, step, made)
    room = MOST_WIDTH - length(result) - EQUALS.width
    return [*_LINES[plan.rule](plan, look, sheet, step, room), EQUALS, *result]


def winner(step: Step) -> int | None:
    """Return which tap reads the maximum, the first of several; None where there are no values."""
    read = [(value, -number) for number, value in enumerate(step.reads.x or ()) if value is not None]
    return -max(read)[1] if read else None


def _products(plan: Plan, look: Look, sheet: Sheet, step: Step, room: float) -> list[Tile]:
    weights = kernel_lettering(plan, look, 1.0)
    terms = []
    for tile, kernel in zip(_read(sheet, step), rows_columns(step.reads.kernel).tolist(), strict=True):
        weight = _tile(weights, tuple(kernel), "kernel")
        terms.append((tile, TIMES, weight))
    return joined(terms, PLUS, room)


def _mean(plan: Plan, look: Look, sheet: Sheet, step: Step, room: float) -> list[Tile]:
    divided = [sign(")"), sign("÷", 0.5), sign(str(step.divisor))]
    terms: list[Term] = [(tile,) for tile in _read(sheet, step)]
    return [sign("("), *joined(terms, PLUS, room - length(divided) - 0.3), *divided]


def _maximum(plan: Plan, look: Look, sheet: Sheet, step: Step, room: float) -> list[Tile]:
    won = winner(step)
    terms: list[Term] = [(tile,) for tile in _read(sheet, step, won)]
    return [sign("max ("), *joined(terms, sign(",", 0.2), room - 1.3), sign(")")]


_LINES: dict[Rule, Callable[[Plan, Look, Sheet, Step, float], list[Tile]]] = {
    Rule.SUM: _products,
    Rule.MEAN: _mean,
    Rule.MAX: _maximum,
}


def _read(sheet: Sheet, step: Step, ringed: int | None = None) -> list[Tile]:
    """Return a tile for each cell that a step reads, as it looks in the picture."""
    tiles = []
    places = (rows_columns(step.reads.position) - sheet.start).tolist()
    for number, (place, kind) in enumerate(zip(places, step.reads.kind.tolist(), strict=True)):
        look = sheet.roles[tuple(place)]
        role = "overhang" if kind == Kind.OVERHANG else sheet.fill(ROLES[look])
        tiles.append(_tile(sheet.lettering, tuple(place), role, is_ringed=number == ringed))
    return tiles


def _result(plan: Plan, look: Look, step: Step, made: str) -> list[Tile]:
    lettering = output_lettering(plan, look, 1.0)
    cell = rows_columns(step.writes)[0].tolist()
    return [_tile(lettering, tuple(cell), made, shaded=True, is_outlined=True)]


def _tile(lettering: Lettering | None, place: Any, role: str, **marks: bool) -> Tile:
    if lettering is None:
        return Tile("", tile_width(0), role)
    lowered = lettering.lowered[place]
    face = "regular" if lettering.face == "italic" and not lowered else lettering.face
    return Tile(
        lettering.words[place],
        tile_width(lettering.widest),
        role,
        face,
        lowered,
        **marks,
    )


def stamps_line(plan: ScatterPlan, look: Look, cell: tuple[int, ...], number: int, room: float) -> list[Tile]:
    """Return the tiles of an output cell: what each stamp before a step adds to it, and the sum."""
    values = plane_lettering("x", plan.gathered.input, plan.input_size, look, 1.0)
    weights = kernel_lettering(plan.gathered, look, 1.0)
    reads = plan.gathered.step(int(np.ravel_multi_index(cell, plan.output_size))).reads
    met = {tuple(s): tuple(k) for s, k in zip(reads.source.tolist(), rows_columns(reads.kernel).tolist(), strict=True)}
    terms: list[Term] = []
    for step, _, _ in plan.contributions(cell)[: plan.before(cell, number)[0]]:
        source = tuple(int(part) for part in np.unravel_index(step, plan.input_size))
        place = (0, *source)[-2:]
        terms.append(
            (_tile(values, place, "input", shaded=step == number - 1), TIMES, _tile(weights, met[source], "kernel"))
        )
    result = _stamped_result(plan, look, cell, number)
    return [*joined(terms, PLUS, room - result.width - EQUALS.width), EQUALS, result]


def _stamped_result(plan: ScatterPlan, look: Look, cell: tuple[int, ...], number: int) -> Tile:
    letters = plane_lettering("y", None, plan.output_size, look, 1.0)
    if letters is not None:
        tile = _tile(letters, (0, *cell)[-2:], "output", is_ringed=True)
        return replace(tile, width=tile.width * _RINGED)
    final = plane_lettering("y", plan.values.output if plan.values else None, plan.output_size, look, 1.0)
    text = spell(plan.before(cell, number)[1], look.decimals) if plan.is_valued else ""
    return Tile(text, tile_width(final.widest if final else 0) * _RINGED, "output", is_ringed=True)
