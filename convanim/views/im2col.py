"""The product of im2col: windows as columns, times the flattened kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans.matrices import is_parted
from convanim.views.headings import arrow, heading_width, word_boxes, words
from convanim.views.im2col_rooms import NAMED, WithRooms
from convanim.views.lettering import CENTRE
from convanim.views.marks import Window
from convanim.views.matrix import BESIDE, NUMBER, TO_COLUMN
from convanim.views.matrix_sheet import BIAS, KERNEL, MATRIX, OUTPUT, MatrixSheet, block
from convanim.views.naming import lies_turned
from convanim.views.picture import Work
from convanim.views.points import discs
from convanim.views.resting import RESTING
from convanim.views.scene import Key, Lines, Points, Shapes, Texts
from convanim.views.sheet import Page
from convanim.views.signs import rings
from convanim.views.wires import headed
from convanim.words.matrices import by, size_of_columns
from convanim.words.turning import turned_words

_GAP, _ARROW, _LANE = 0.5, 0.7, 0.5
"""The gap between the columns and the output below them, more for an arrow, and the room above them for the line from a
window."""

_TICK, _ABOVE_WORDS = 0.3, 0.1
"""How far lines between channels reach beyond a matrix, in cells, and beyond one with words below it."""

_BIAS = -1.6
"""The left edge of the biases."""

_TRUNK = -0.9
"""Where the lines from all windows go up."""

_BEFORE_PLANE, _ABOVE_NAMES, _BESIDE_PLANES, _BESIDE_KERNELS = 0.25, 0.2, 0.3, -0.4
"""How far before a plane the arrow to it ends, and how far above names ways lead past them; and how far right of the
planes of the input, and of the left edge of the columns, headings begin."""

_BEFORE_COLUMN = 0.08
"""How far before a column the arrow to it ends."""

_BELOW_ROW = 0.3
"""How far below the flattened output ways lead to its planes, and below a row of the input to the columns."""

_DOT = 0.2
"""The radius of the dot where a line leaves a window."""

_HEAD = (0.2, 0.14)
"""The length and half the width of the head of the arrow into a column."""

_FLATTENED, _AS_MATRIX = message("{tensor}, flattened {size}"), message("{tensor}, as a matrix {size}")
"""What matrices are called, of tensors and kernels with several axes, and with a single one."""

_OF_ROWS = _AS_MATRIX, message("{tensor}, flipped, as a matrix {size}")
"""What kernels of a single row of weights are called, as they are and flipped."""


@dataclass(frozen=True)
class ByColumns(WithRooms):
    """The columns above the output that they make, the kernels to the left of it, the input above the kernels.

    A cell of the output stands where the row of its kernel and the column of
    its window meet.
    """

    has_columns = True

    @property
    def has_ticks(self) -> bool:
        """Whether lines part channels that take several rows of the columns, or several columns."""
        each = self.places if is_parted(self.plan.last.layer) else self.columns.taps
        return self.plan.last.grouping.in_channels > 1 and each > 1

    @property
    def waiting(self) -> tuple[Page, ...]:
        """The columns and the output are filled step by step."""
        return MATRIX, OUTPUT

    @property
    def _left(self) -> float:
        """How far to the left of the columns the kernels and the input end."""
        return _BIAS - self._plus if self.plan.last.layer.bias_size else -BESIDE

    @property
    def _plus(self) -> float:
        """The room for the sign between the kernels and their biases."""
        return max(1.4, 1.6 * self.size)

    @property
    def _gap(self) -> float:
        """The gap between the columns and the output below them; without a kernel beside it, with room for an arrow."""
        return _GAP + (0.0 if self.plan.last.is_weighted else _ARROW)

    @cached_property
    def corners(self) -> tuple[Points, Points]:
        """The lower right corner of the input's planes, and the lower left one of the output's."""
        (high, made), rows = (self.extent_of(site)[1] for site in self.sites), self.columns.shape[0]
        lowest, left = min(0.0, -(rows - high) / 2), self.wide + BESIDE
        if made + NAMED > rows + self.lines:
            # Beside a heading that is wider than the columns below it.
            _, _, end, _ = word_boxes([self._name_of_columns])[0].tolist()
            left = max(left, end + self.size)
        return np.array([-BESIDE, lowest]), np.array([left, self._gap + self.lines])

    @cached_property
    def matrices(self) -> Mapping[Page, MatrixSheet]:
        """The columns, the flattened output below them, the kernels to its left, and their biases."""
        rows = self.columns.shape[0]
        output = self.flat_tensor(self.sites[1], self.lines, (0.0, self._gap))
        found = {MATRIX: self._columns_sheet(-float(rows)), OUTPUT: output}
        if self.plan.last.is_weighted:
            found[KERNEL] = self._kernel_sheet((self._left - rows, self._gap))
        return {**found, **self.bias(1, (_BIAS, self._gap))}

    def _columns_sheet(self, top: float) -> MatrixSheet:
        own, stage = self.columns, self.plan.last
        channels = range(stage.grouping.in_channels)
        places = own.position - np.array(stage.grid.start)
        index = tuple(np.moveaxis(places, -1, 0))
        said = [self.contents.read(stage, stage.source, one) for one in channels]
        lettering = None
        # The windows of which nothing is made, as a mask of the columns.
        never = np.broadcast_to(stage.target_grid.kind.ravel() == int(Kind.EMPTY), own.kind.shape)
        known = self.contents.sheet(stage, stage.source, 0, 0, NUMBER, CENTRE)
        if known is not None and said[0] is not None:
            text, lowered = (
                own.joined([np.where(never, "", getattr(one, name)[index]) for one in said])
                for name in ("words", "lowered")
            )
            lettering = replace(known, words=text, lowered=lowered)
        greys = self.greys(stage.source)
        # Columns of windows that are smaller than others end before the last row.
        lacking = own.joined([np.arange(own.taps)[:, None] >= own.lengths for _ in channels])
        return MatrixSheet.of(
            own.joined([np.where(never, int(Kind.EMPTY), own.kind) for _ in channels]),
            (0.0, top),
            filled=self.role(self.sites[0]),
            page=MATRIX,
            lettering=lettering,
            blank=lacking if lacking.any() else None,
            never=own.joined([never for _ in channels]) if never.any() else None,
            tones=None
            if greys is None
            else own.joined([one[tuple(np.moveaxis(np.maximum(own.source, 0), -1, 0))] for one in greys]),
        )

    def _kernel_sheet(self, corner: tuple[float, float]) -> MatrixSheet:
        own, stage = self.columns, self.plan.last
        met = own.met
        text, lowered = np.full(met.shape, "", object), np.full(met.shape, "", object)
        for out in range(len(met)):
            for one in stage.grouping.inputs_of(out):
                said = self.contents.kernel(stage, out, one)
                if said is not None:
                    part = (out, slice(one * own.taps, (one + 1) * own.taps))
                    text[part], lowered[part] = (array[tuple(own.weight.T)] for array in (said.words, said.lowered))
        return MatrixSheet.of(
            np.full(met.shape, int(Kind.INPUT)),
            corner,
            filled="kernel",
            page=KERNEL,
            lettering=self.kernel_lettering(text, lowered),
            blank=None if met.all() else ~met,
            resting=RESTING if len(met) > 1 else 1.0,
        )

    def _at(self, work: Work) -> tuple[range, int, int] | None:
        """Return the rows of the columns that a step reads, its column, and its row of the flattened output."""
        if work.step is None:
            return None
        read, taps = work.step.reads[0].channels, self.columns.taps
        place = int(np.ravel_multi_index(work.step.cell, self.plan.output_size))
        lacking = taps - int(self.columns.lengths[place])
        if is_parted(self.plan.last.layer):
            return range(taps - lacking), work.step.channel * self.places + place, 0
        return range(read[0] * taps, (read[-1] + 1) * taps - lacking), place, work.step.channel

    def left_by(self, work: Work) -> Iterator[tuple[Page, Window]]:
        """Yield the column of a step and its output cell."""
        if found := self._at(work):
            rows, place, out = found
            # All kernels of a group read the same columns, which the first of them fills.
            if out % self.plan.last.grouping.outputs_a_group == 0:
                yield MATRIX, block(rows.start, place, len(rows), 1)
            yield OUTPUT, block(out, place, 1, 1)

    def working(self, work: Work) -> Iterator[tuple[Page, Window]]:
        """Yield the column of a step, its kernel, its bias and its output cell."""
        if found := self._at(work):
            rows, place, out = found
            yield MATRIX, block(rows.start, place, len(rows), 1)
            yield OUTPUT, block(out, place, 1, 1)
            if KERNEL in self.matrices:
                yield KERNEL, block(out, rows.start, 1, len(rows))
            if BIAS in self.matrices:
                yield BIAS, block(out, 0, 1, 1)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the cells of the matrices at work, a ring around the value that is picked, and where ways begin."""
        found = self._at(work)
        starts = [] if found is None else [way[0] for way in self._leavings(work).values()]
        dots = discs("pin", np.array(starts), _DOT, Key("pin"), sides=8)
        shapes = (*super().kernels_at(work), *self._way_to_plane(work), *dots)
        won = self.plan.winner(work.step) if work.step is not None and self.look.is_labelled else None
        if won is None or found is None:
            return shapes
        place = np.array([[found[0].start + won, found[1]]])
        ringed = rings(self.matrices[MATRIX].plane, place, roles=self.winner_rings)
        return (*shapes, *(replace(shape, key=Key("winner", (1,))) for shape in ringed))

    def behind_at(self, work: Work) -> Shapes:
        """Return the lines that lead from the windows to their column, above the columns, below words of the input."""
        found = self._at(work)
        if found is None:
            return ()
        x, top = found[1] + 0.5, -float(self.columns.shape[0])
        into = self._into_column(found[0], x, top)
        ways = self._leavings(work).items()
        to_trunk = [[*start, *self._to_trunk(page, start[-1])] for page, start in ways]
        turns = [into[0][1], *(way[-1][1] for way in to_trunk)]
        lines = [*map(_pieces, to_trunk), _pieces([(_TRUNK, max(turns)), (_TRUNK, min(turns))])]
        lines += [headed(_pieces([(_TRUNK, into[0][1]), *into]), _HEAD)]
        if not self.plan.last.is_weighted:
            # Between a column and what is made of it alone, no product says so.
            lines.append(headed(_pieces([(x, 0.1), (x, self._gap - 0.1)]), _HEAD))
        return tuple(Lines("lead", own, key=Key("ray", (number,))) for number, own in enumerate(lines))

    def _into_column(self, rows: range, x: float, top: float) -> list[tuple[float, float]]:
        """Return the corners of the way from the trunk to a column.

        It leads into the column from above; where groups have rows of their own, from the left to those of one.
        """
        if self.plan.last.grouping.groups == 1 or is_parted(self.plan.last.layer):
            return [(x, top - _LANE), (x, top - _BEFORE_COLUMN)]
        # Beside the first of its channels, where no line parts two of them.
        return [(-_BEFORE_COLUMN, top + rows.start + self.columns.taps / 2)]

    def _to_trunk(self, page: Page, start: tuple[float, float]) -> list[tuple[float, float]]:
        """Return the way to the trunk from outside a window: straight, or above what is to the right of its plane."""
        right = self.sheets[page].box[2]
        behind = [left for left in self._lefts_beside(page) if left > right]
        if not behind:
            return [(_TRUNK, start[1])]
        aside, above = right + min(TO_COLUMN, min(behind) - right) / 2, self._above_row(page)
        return [(aside, start[1]), (aside, above), (_TRUNK, above)]

    def _lefts_beside(self, page: Page) -> list[float]:
        """Return the left edges of the planes in the row of one, which is one of them."""
        row, _ = self.place_of(page)
        return [
            sheet.box[0] for one, sheet in self.sheets.items() if one.site == page.site and self.place_of(one)[0] == row
        ]

    def _above_row(self, page: Page) -> float:
        """Return a height above the names of the planes in the row of a plane, and of their kernels."""
        return self._tops[page.site, self.place_of(page)[0]] - _ABOVE_NAMES

    @cached_property
    def _tops(self) -> dict[tuple[int, int], float]:
        """The upper end of the names in each row of planes, by site and row."""
        named = list(zip(self.named, self.names(), strict=True))
        pairs = self.pairs(Work(0))
        named += [(Page(0, one, 0), text) for out, one, _ in pairs for text in self.names_of(out, one, True)]
        found: dict[tuple[int, int], float] = {}
        for page, text in named:
            row = page.site, self.place_of(page)[0]
            found[row] = min(found.get(row, np.inf), float(word_boxes([text])[0, 1]))
        return found

    def _leavings(self, work: Work) -> dict[Page, list[tuple[float, float]]]:
        """Return the ways on which lines leave the windows of each plane."""
        return {page: self._leaving(work, page) for page in work.windows}

    def _leaving(self, work: Work, page: Page) -> list[tuple[float, float]]:
        """Return the way on which a line leaves the window of a plane, so that it crosses no cells.

        It leaves between two rows, and below a plane of one row, whose edge it would hide.
        """
        plane, (first, left, last, right) = self.sheets[page].plane, work.windows[page].box
        if plane.rows == 1:
            x, y = plane.points(np.array([1, (left + right) / 2])).tolist()
            return [(x, y), (x, y + _BELOW_ROW)]
        # At the edge of the plane, a line would seem to be more of it.
        between = sorted(
            range(first, last + 1), key=lambda row: (row in (0, plane.rows), abs(row - (first + last) / 2))
        )
        x, y = plane.points(np.array([between[0], right])).tolist()
        return [(x, y)]

    def kernels(self) -> Shapes:
        """Return the matrices before anything is computed, and the arrow from the flattened output to a lone plane."""
        return (
            *super().kernels(),
            *self._between_channels(),
            *(arrow(*self._to_planes, self._gap + 0.5) if self._is_lone else ()),
        )

    @property
    def _is_lone(self) -> bool:
        """Whether the output is a single plane."""
        return sum(page.site == 1 for page in self.sheets) == 1

    def _between_channels(self) -> Shapes:
        """Return lines between the input channels, in the columns and in the flattened kernels, and beyond them."""
        if not self.has_ticks:
            return ()
        (rows, wide), taps = self.columns.shape, self.columns.taps
        lines = [[[-_TICK, at - rows], [wide + _TICK, at - rows]] for at in range(taps, rows, taps)]
        if is_parted(self.plan.last.layer):
            lines = [[[at, -rows], [at, _TICK]] for at in range(self.places, wide, self.places)]
        between = np.array(lines, float).reshape(-1, 2, 2)
        if KERNEL in self.matrices:
            left, top, _, bottom = self.matrices[KERNEL].box
            ways = [[[left + at, top - _TICK], [left + at, bottom + _ABOVE_WORDS]] for at in range(taps, rows, taps)]
            between = np.concatenate([between, np.array(ways).reshape(-1, 2, 2)])
        return (Lines("edge", between),) if len(between) else ()

    @property
    def _leads_below(self) -> bool:
        """Whether ways to planes lead below the flattened output, where several channels are in one row."""
        return self.plan.last.grouping.out_channels > 1 and is_parted(self.plan.last.layer)

    @property
    def _to_planes(self) -> tuple[float, float]:
        """Where the way from the flattened output to its planes begins and ends."""
        return self.wide + 0.2, float(self.corners[1][0]) - _BEFORE_PLANE

    def _way_to_plane(self, work: Work) -> Shapes:
        """Return the arrow from the row of a step's channel to its plane, where there are several."""
        if self._is_lone or not work.made:
            return ()
        (page, *_), (start, end) = work.made, self._to_planes
        left, top, _, bottom = self.sheets[page].box
        row, middle, turn = self._gap + min(page.channel, self.lines - 1) + 0.5, (top + bottom) / 2, (start + end) / 2
        ways = [(start, row), (turn, row)]
        if self._leads_below:
            # Beside the row are the cells of the last channel.
            own, low = (page.channel + 0.5) * self.places, self._gap + self.lines + _BELOW_ROW
            ways = [(own, low - _BELOW_ROW + _BEFORE_COLUMN), (own, low), (turn, low)]
        if left > min(self._lefts_beside(page)):
            # Past the planes to its left, it comes to this one as to the first.
            above, by = self._above_row(page), left - _BEFORE_PLANE - end
            ways += [(turn, above), (turn + by, above), (turn + by, middle), (end + by, middle)]
        else:
            ways += [(turn, middle), (end, middle)]
        return (Lines("arrow", headed(_pieces(ways)), key=Key("way", (0,))),)

    def names_of_matrices(self) -> tuple[Texts, ...]:
        """Return the headings: above the columns, below the output and the kernels; and the signs between them."""
        size, rows, made = self.size, self.columns.shape[0], self.lines
        under = self._gap + made + 0.15 + 0.7 * size + (_BELOW_ROW + _BEFORE_COLUMN) * self._leads_below
        found = [
            self._name_of_columns,
            self._heading(
                translated(
                    _AS_MATRIX if self.plan.dims == 1 else _FLATTENED,
                    tensor=self.plan.names.output.called,
                    size=by((made, self.wide)),
                ),
                under,
            ),
        ]
        if not self.plan.last.is_weighted:
            rule = self.plan.last.rule
            each = message("= {taken} of each column, by channel") if made > 1 else message("= {taken} of each column")
            return (*found, self._heading(translated(each, taken=rule.says(rule.sign)), under + 1.35 * size))
        kernel, bias = self.plan.names.kernel, bool(self.plan.last.layer.bias_size)
        name = kernel.several if made > 1 else kernel.called
        product = message("= {kernel} · columns + bias") if bias else message("= {kernel} · columns")
        found.append(self._heading(translated(product, kernel=name), under + 1.35 * size))
        is_row = self.plan.dims == 1 and self.plan.last.grouping.in_channels == 1
        flat, turned = _OF_ROWS if is_row else (_FLATTENED, message("{tensor}, turned by 180° and flattened {size}"))
        if lies_turned(self.plan.last) and not self.has_kernels:
            flat = turned
        text = turned_words(self.plan.dims, flat, tensor=name, size=by(self.columns.kernel_shape))
        if not self.columns.met.all():
            # Translators: A matrix, and that weights that are not written are zero.
            text = translated("{matrix}, blank is 0", matrix=text)
        reach = max(rows / 2, heading_width(text, "", size) / 2 - 0.2)
        found.append(words(text, self._left - reach, under, size))
        if bias:
            sign = words("+", _BIAS - self._plus / 2, self._gap + made / 2, max(0.5, size))
            found += [sign, words(translated("bias"), _BIAS + 0.5, under, size)]
        return tuple(found)

    @property
    def _name_of_columns(self) -> Texts:
        """The heading above the columns and the line to one of them."""
        each = message("one column per window, {size}")
        if is_parted(self.plan.last.layer):
            each = message("one column per window and channel, {size}")
        top = -self.columns.shape[0] - _LANE - 0.3
        return self._heading(
            translated(each, size=size_of_columns(self.plan.last.layer)), top - self.size / 2, _BESIDE_PLANES - BESIDE
        )

    def _heading(self, text: str, y: float, left: float = _BESIDE_KERNELS) -> Texts:
        """Return a heading around the middle of the columns, but right of a place, and of the name of biases."""
        if self.plan.last.layer.bias_size:
            left = max(left, _BIAS + 0.5 + heading_width(translated("bias"), "", self.size) / 2 + self.size)
        return words(text, max(self.wide / 2, heading_width(text, "", self.size) / 2 + left), y, self.size)


def _pieces(corners: list[tuple[float, float]]) -> Points:
    """Return the pieces of a way between corners, (n, 2, 2)."""
    return np.array(list(pairwise(corners)), float)
