"""The sum of a step as rows of tiles: how the values that it reads are combined, and the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY, SEVERAL, SUM
from convanim.plans import Read, Stage, Step, Taps, Windows
from convanim.plans.values import Numbers, fraction
from convanim.views.flat_sums import (
    ABOUT,
    EQUALS,
    MOST_WIDTH,
    PLUS,
    TIMES,
    Row,
    Tile,
    ends_of,
    joined,
    length,
    sign,
    sign_width,
    tile_width,
)
from convanim.views.picture import Work
from convanim.views.sheet import Page
from convanim.views.signs import DOUBLE
from convanim.views.slices import slice_names
from convanim.views.sum_cells import CellTiles
from convanim.views.sum_lengths import Lengths
from convanim.views.sum_roots import rooted
from convanim.words.sums import is_approximate

Term = tuple[Tile, ...]

_MOST_ROWS = 6
"""The most channels that get a row of their own."""

_MOST_LINES = 5
"""The most rows that the products of one channel take."""

_LETTER = 0.9
"""The width of the letter of a partial sum with its subscript, in ems."""

_NAME_AIR = 0.2
"""The gap behind the name of a row, in cells of the line."""

_MOVES = sign("→", 0.6)
_BETWEEN = {"+": PLUS, "·": TIMES}
"""The signs between values of several tensors."""


@dataclass(frozen=True, eq=False)
class Terms(CellTiles):
    """The sums of a picture's steps.

    Attributes
    ----------
    picture
        As in `CellTiles`.
    most : float
        The greatest width of a row, in cells of the line.
    """

    most: float = MOST_WIDTH

    def rows(self, work: Work) -> list[Row]:
        """Return the rows of a step, the one with its result last; none where there is nothing to add."""
        stage, step = work.stage, work.step
        if stage is None or step is None or stage.rule is SEVERAL:
            return []
        if stage.is_stamped:
            return self._stamped(stage, step, work)
        result = self.result(stage, step)
        step = stage.taking_part(step)
        equals = self._equals(step, self.picture.plan.value(step) if self.has_numbers and step.reads else None)
        if not step.reads:
            nothing = translated("{name}: {what}", name=translated("no value moves here"), what="").rstrip()
            return [[sign(nothing), sign("", 0.2), result]]
        terms = [(read, channel) for read in step.reads for channel in read.channels]
        if stage.rule is COPY:
            return [[*self.moved(stage, step, terms[0], result), _MOVES, result]]
        if not stage.weighs_cells:
            if len(terms) > 1 or stage.rule is SUM:
                every = [each for term in terms for each in self._shared(stage, step, term)]
                between, room = _BETWEEN[stage.rule.between], self.most - EQUALS.width - result.width
                if len(terms) == 1 and between == PLUS:
                    return self._wrapped(every, terms[0][0].taps, [equals, result], room)
                return [[*joined(every, between, room), equals, result]]
            room = self.most - result.width - EQUALS.width
            return [[*self._together(stage, step, terms[0], room), equals, result]]
        bias = self.bias(stage, step.channel)
        end = [*bias, equals, result]
        if len(terms) > 1 and all(len(read.taps.kind) == 1 for read in step.reads):
            # What each channel adds is one product.
            products = [pair for term in ends_of(terms) for pair in self._pairs(stage, step, term)]
            return [[*joined(products, PLUS, self.most - length(end)), *end]]
        total = self._total(stage, step, terms, bias, [equals, result])
        if len(terms) > 1:
            return [*self._rows_of_channels(stage, step, terms), total]
        has_partial = self.picture.has_partials(stage)
        if has_partial:
            channel = terms[0][1]
            end = [self._equals(step, self._added(step, *terms[0]), channel), self.partial(stage, step, channel)]
        names = self._slices(stage, terms[0][0])
        named = max((name.width for name in names), default=0.0)
        products, room = self._pairs(stage, step, terms[0]), self.most - length(end) - named
        rows = self._wrapped(products, None if stage.has_factors else terms[0][0].taps, end, room)
        if len(rows) == len(names):
            rows = [[name, *row] for name, row in zip(names, rows, strict=True)]
        return [*rows, total] if has_partial else rows

    def _slices(self, stage: Stage, read: Read) -> list[Tile]:
        """Return the names of the slices that are read of a channel on three axes, as wide as any; none on fewer."""
        if self.picture.plan.dims < 3:
            return []
        site = self.picture.sites_of(read.tensor, stage)[0]
        places, _ = self.picture.placed(site, stage, read.taps)
        names = _names_of_rows(slice_names(site.grid, self.picture.look.first_cell))
        return [names[place] for place in np.unique(places[:, 0]).tolist()]

    def _equals(self, step: Step, result: Any, channel: int | None = None) -> Tile:
        """Return the sign before a result, of one channel or of all: "≈" if anything that is shown is rounded."""
        plan, decimals = self.picture.plan, self.picture.look.decimals
        if not self.has_numbers or result is None:
            return EQUALS
        return ABOUT if is_approximate(plan, step, result, channel, decimals) else EQUALS

    def _wrapped(self, products: Sequence[Term], taps: Taps | None, end: Row, room: float) -> list[Row]:
        """Return what one channel adds and the end: in one row, or one for each row or slice of the cells read.

        Cells between which offsets lead are in no rows: they come without taps,
        and as many as fit stand in each row.
        """
        count, widths = len(products), [length(pair) + PLUS.width for pair in products]
        wide = sum(widths) - PLUS.width
        if taps is None:
            parts = [int((room + PLUS.width) / max(widths, default=1.0))]
        else:
            sides = [len(np.unique(along)) for along in taps.position.T]
            parts = [prod(sides[at:]) for at in range(len(sides) - 1, 0, -1)] if prod(sides) == count else []
        part = next((part for part in parts if count <= _MOST_LINES * part), count)
        if wide <= room or part == count:
            return [[*joined(products, PLUS, room), *end]]
        rows = [joined(products[at : at + part], PLUS, room) for at in range(0, count, part)]
        return [*([*row, PLUS] for row in rows[:-1]), [*rows[-1], *end]]

    def _rows_of_channels(self, stage: Stage, step: Step, terms: Sequence[tuple[Read, int]]) -> list[Row]:
        """Return a row for each drawn channel that is read: its products, and its partial sum; dots for others."""
        drawn = [term for term in terms if term[1] in self.picture.contents.channels[stage.source]][:_MOST_ROWS]
        channels = self.picture.contents.channels[stage.source]
        said = [self.picture.row_name(stage.source, channel) for channel in channels]
        names, rows = dict(zip(channels, _names_of_rows(said), strict=True)), list[Row]()
        for at, term in enumerate(drawn):
            if at and term[1] > drawn[at - 1][1] + 1:
                rows.append([sign("…")])
            added = self.partial(stage, step, term[1])
            name = names[term[1]]
            room = self.most - name.width - added.width - EQUALS.width
            equals = self._equals(step, self._added(step, *term), term[1])
            rows.append([name, *self._products(stage, step, term, room), equals, added])
        return rows

    def _total(self, stage: Stage, step: Step, terms: Sequence[tuple[Read, int]], bias: Row, end: Row) -> Row:
        """Return the row that adds up the partial sums of all channels and the bias, and its end."""
        parts: list[Term] = [(self.partial(stage, step, channel),) for _, channel in ends_of(terms)]
        room = self.most - length(end) - length(bias)
        return [*joined(parts, PLUS, room), *bias, *end]

    def partial(self, stage: Stage, step: Step, channel: int) -> Tile:
        """Return the partial sum of a channel as a tile."""
        assert isinstance(stage, Windows)
        role = self.picture.tint_of(stage.target, step.channel) or "partial"
        if not self.has_numbers:
            return Tile("s", self.partial_width(stage), role, "italic", str(channel + 1))
        read = next(one for one in step.reads if channel in one.channels)
        return Tile(self.spelled(self._added(step, read, channel)), self.partial_width(stage), role, "bold")

    def partials_between(self, stage: Windows) -> Tile:
        """Return a tile for the partial sums of channels that are not drawn."""
        return Tile("…", self.partial_width(stage), "partial", "bold")

    def _added(self, step: Step, read: Read, channel: int) -> Any:
        """Return what a channel adds to a result, None without numbers."""
        if not self.has_numbers:
            return None
        x, w = self.picture.plan.operands(step, read, channel)
        return sum(a * b for a, b in zip(x, w or (1,) * len(x), strict=True) if a is not None)

    def partial_width(self, stage: Windows) -> float:
        """Return the width of a tile that fits any partial sum, bias or result of a stage's drawn outputs."""
        if not self.has_numbers:
            return tile_width(_LETTER)
        key = stage.number
        if key not in self._partial_widths:
            plan = self.picture.plan
            arrays = [] if stage.bias is None else [stage.bias]
            for out in self.picture.contents.channels[stage.target]:
                arrays += [stage.partials(out, plan.planes), plan.planes(stage.target, out)]
            self._partial_widths[key] = tile_width(self._widest_between(arrays, face="bold") + 0.1)
        return self._partial_widths[key]

    @cached_property
    def _partial_widths(self) -> dict[int, float]:
        """A cache for `partial_width`."""
        return {}

    def bias(self, stage: Stage, channel: int) -> Row:
        """Return signs and a tile for the bias of an output channel, or nothing if there is none."""
        if not stage.layer.bias_size:
            return []
        named = [sign(translated("bias"))] if self.has_numbers and stage.bias is not None else []
        return [PLUS, *named, self.bias_tile(stage, channel)]

    def bias_tile(self, stage: Stage, channel: int) -> Tile:
        """Return the bias of an output channel as a tile: its number, or else its letter."""
        if self.has_numbers and stage.bias is not None:
            assert isinstance(stage, Windows)
            return Tile(self.spelled(stage.bias[channel].item()), self.partial_width(stage), "kernel", "bold")
        letter, index = self.picture.contents.bias(stage, channel)
        widest = width_of(letter, "italic", str(stage.grouping.out_channels))
        return Tile(letter, tile_width(widest), "kernel", "italic", index)

    def _products(self, stage: Stage, step: Step, term: tuple[Read, int], room: float) -> Row:
        return joined(self._pairs(stage, step, term), PLUS, room)

    def _pairs(self, stage: Stage, step: Step, term: tuple[Read, int]) -> list[Term]:
        """Return the products of a channel, each value times its weight: at both ends as many as ever fit.

        A cell between whose neighbours several points lie stands there once, with all that it is multiplied by.
        """
        (read, channel), of = term, (step.channel, term[1])
        if stage.has_factors and self.has_numbers:
            firsts, met = self.picture.contents.added_up(stage, read, of)
            tiles = self.tiles(stage, step, replace(read, taps=read.taps.some(firsts)), channel)
            return [(tile, TIMES, weight) for tile, weight in zip(tiles, self.met(stage, of[0], met), strict=True)]
        shown = ends_of(range(len(read.taps.kind)))
        if len(shown) < len(read.taps.kind):
            read = replace(read, taps=read.taps.some(np.array(shown)))
        tiles, weights = self.tiles(stage, step, read, channel), self.weights(stage, read, of)
        return [(tile, TIMES, weight) for tile, weight in zip(tiles, weights, strict=True)]

    def _shared(self, stage: Stage, step: Step, term: tuple[Read, int]) -> list[Term]:
        """Return the values that are added up without weights, each with its factor if there are factors."""
        tiles, factors = self.tiles(stage, step, *term), term[0].taps.coefficient
        if factors is None:
            return [(tile,) for tile in tiles]
        said = [fraction(factor, self.picture.look.decimals) for factor in factors.tolist()]
        room = sign_width(max(map(width_of, said)))
        return [(tile, TIMES, sign(one, room)) for tile, one in zip(tiles, said, strict=True)]

    def _mean(self, stage: Stage, step: Step, term: tuple[Read, int], room: float) -> Row:
        # The room fits the largest divisor and the largest sum, so that nothing moves from step to step.
        most = sign_width(width_of(str(prod(max(counts) for counts in stage.layer.counted or ()))))
        by = [sign("÷", 0.5), sign(str(step.divisor), most)]
        divided = [sign(")"), *by]
        if self.has_numbers:
            x, _ = self.picture.plan.operands(step, *term)
            total = self.spelled(sum(value for value in x if value is not None))
            wide = sign_width(max(width_of(total), self._widest_sum(stage, len(term[0].taps.kind))))
            divided += [EQUALS, sign(total, wide), *by]
        terms: list[Term] = [(tile,) for tile in self.tiles(stage, step, *term)]
        return [sign("("), *joined(terms, PLUS, room - length(divided) - 0.3), *divided]

    def _widest_sum(self, stage: Stage, count: int) -> float:
        """Return an upper bound of the width in ems of the sum of ``count`` values of a drawn channel."""
        planes = [self.picture.plan.planes(stage.source, one) for one in self.picture.contents.channels[stage.source]]
        return self._widest_between(planes, count)

    def _widest_between(self, arrays: Sequence[Numbers], times: int = 1, face: str = "regular") -> float:
        """Return the greatest width in ems of numbers between the smallest and the largest of some arrays.

        All are multiplied by ``times``. Unless all are whole numbers, any may have all its decimals.
        """
        ends = [end.item() * times for array in arrays for end in (array.min(), array.max())]
        said = [self.spelled(end) for end in ends]
        if all(map(np.isfinite, ends)) and any((array % 1).any() for array in arrays):
            more = "0" * self.picture.look.decimals
            said = [f"{one.partition('.')[0]}.{more}" if more else one for one in said]
        return max(width_of(one, face) for one in said)

    def _together(self, stage: Stage, step: Step, term: tuple[Read, int], room: float) -> Row:
        """Return the values of a window as they are combined without weights, such as to a mean or maximum."""
        if stage.layer.counted is not None:
            return self._mean(stage, step, term, room)
        return self._combined(stage, step, term, room) if stage.rule.sign else self.tiles(stage, step, *term)

    def _combined(self, stage: Stage, step: Step, term: tuple[Read, int], room: float) -> Row:
        if stage.rule.power:
            tiles = self.tiles(stage, step, *term)
            hangs_over = bool((stage.grid.kind == Kind.OVERHANG).any())
            return rooted(stage.rule, term[0].taps, tiles, hangs_over, room)
        won = self.picture.plan.winner(step) if self.has_numbers else None
        terms: list[Term] = [(tile,) for tile in self.tiles(stage, step, *term, won)]
        opening, closing = sign(f"{stage.rule.says(stage.rule.sign)} ("), sign(")")
        return [opening, *joined(terms, sign(",", 0.2), room - opening.width - closing.width), closing]

    def _stamped(self, stage: Stage, step: Step, work: Work) -> list[Row]:
        """Return the row of the output cell with the most stamps: their products and the sum."""
        stamps, own = self.picture.plan.stamps(stage), self.picture.stamp_number(stage, step)
        out = self.picture.talked_channel(stage, step.channels)
        cell = stamps.busiest(replace(step, channels=(out,)), own)
        if cell is None:
            return []
        contents = self.picture.contents
        sheets, at_work = self.picture.sheets, next(iter(work.windows))
        terms: list[Term] = []
        for one in stamps.reaching(out, cell):
            if one.number > own:
                break
            said, weights = contents.tensor(stage.source, one.channel), contents.kernel(stage, out, one.channel)
            page = one.source[0] if len(one.source) == 3 else 0
            row, column = (0, *one.source)[-2:]
            # Channels and slices that are not drawn look like those at work.
            filled = sheets.get(Page(at_work.site, one.channel, page), sheets[at_work]).fill("input", (row, column))
            value = self.tile(said, one.source, filled, stage.source, shaded=one.number == own)
            if (tones := contents.tones(None, stage.source, one.channel, page)) is not None:
                value = replace(value, tone=float(tones[(0, *one.source)[-2:]]), shaded=False)
            terms.append((value, TIMES, self.weight(stage, out, weights, one.kernel)))
        bias = self.bias(stage, out)[1:]
        if bias:
            terms.insert(0, tuple(bias))
        filled = self.picture.tint_of(stage.target, out) or "output"
        marks: dict[str, Any] = {"rings": DOUBLE, "edge": "reach"}
        result = self.tile(contents.tensor(stage.target, out), cell, filled, stage.target, **marks)
        count, total = stamps.before(out, cell, own + 1)
        strength = self.picture.stamped[stage.number].strength(count)
        result = replace(result, width=self.held_width(stage), strength=strength)
        if self.has_numbers:
            result = replace(result, text=self.spelled(total))
        end = [EQUALS, result]
        return [[*joined(terms, PLUS, self.most - length(end)), *end]]

    def held_width(self, stage: Stage) -> float:
        """Return the width of a tile that fits any value that a drawn, stamped output ever holds."""
        widest = self.picture.contents.widest(stage.target)
        if self.has_numbers:
            widest = max(widest, self.picture.stamped[stage.number].widest)
        return tile_width(widest, True)

    @cached_property
    def lengths(self) -> Lengths:
        """How long the rows get."""
        return Lengths(self)


def _names_of_rows(names: Sequence[str]) -> list[Tile]:
    """Return names as signs before rows: all as wide as the widest, so that no step moves what stands behind them."""
    wide = sign_width(max(map(width_of, names))) + _NAME_AIR
    return [sign(name, wide) for name in names]
