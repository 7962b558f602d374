"""How blocks fill, cell by cell and step by step, within their outlines."""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.rules import SEVERAL
from convanim.plans import Ints, Mask, Stage
from convanim.plans.steps import kept
from convanim.views.block import ACROSS, LIGHTS, Block, Face, Place, faces_of
from convanim.views.block_labels import Labelled
from convanim.views.marks import Window
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes
from convanim.views.sheet import Page, Sheet
from convanim.views.solids import AWAY, Solid
from convanim.views.stamped import Stamped

_NEARER = np.array([AWAY[1], -1.0, AWAY[0]])
"""The way to the viewer: up, to the front and to the right, as rows, columns and channels."""

_WORDS_BEHIND = ((0, 1), (0, 2), (1, 1), (1, 2))
"""How far down and away from a cell those of the page before it are before whose words it stands."""

_ALL_BEHIND = (*_WORDS_BEHIND, (1, 0))
"""How far those are of which it hides anything."""


@dataclass(frozen=True)
class Filling(Labelled):
    """Blocks that grow within their outline as their cells are computed.

    Of many steps some are shown; whatever lies between two of them is filled
    at once, so that a block always holds what is computed by then.
    """

    def marks(self, numbers: range) -> Shapes:
        """Return what some steps have made."""
        if not self.reveals:
            return ()
        shapes: list[Shape] = []
        for stage, (start, stop) in zip(self.plan.walked, pairwise(self.plan.starts), strict=True):
            first, last = max(numbers.start, start), min(numbers.stop, stop)
            if first < last:
                done = self._order(stage, first - 1) if first > start else -1
                shapes += self._filled(stage, done, self._order(stage, last - 1))
        for stamped in self.stamped.values():
            own = range(max(numbers.start, stamped.start), min(numbers.stop, stamped.start + stamped.count + 1))
            shapes += self._sums(stamped, own) if own else ()
        return tuple(shapes)

    @property
    def _is_by_place(self) -> bool:
        return self.plan.walk.order == "position"

    def _order(self, stage: Stage, number: int) -> int:
        """Return the place of a step among all steps of its stage, shown or not; of stamps, among those shown."""
        if stage.is_stamped:
            return number - self.plan.starts[self.plan.walked.index(stage)]
        _, channel, place = self.plan.place(number)
        return place * stage.steps_of[0] + channel if self._is_by_place else channel * _places(stage) + place

    @kept
    def _orders(self, stage: Stage, block: Block) -> Ints:
        """Return when each cell of a block is made, (rows, columns, pages), as `_order` has it; -1 for never."""
        each, size = _places(stage), stage.output_size
        places = np.zeros(size, np.int64) if each == 1 else np.arange(each).reshape(size)
        made = np.array(block.channels, np.int64).reshape(-1, *(1,) * len(size))
        order = places * stage.steps_of[0] + made if self._is_by_place else made * each + places
        if stage.is_sparse:
            order = np.where(np.isin(places, stage.places), order, -1)
        if stage.is_stamped:
            order = self._stamps(stage)[list(block.channels)]
        return self._placed(block, order, -1)

    def _placed(self, block: Block, values: NDArray[Any], other: Any) -> NDArray[Any]:
        """Return values for the cells of a block's channels at its places, (rows, columns, pages).

        Between cells, and around them, zeros may stand, which have another value.
        """
        grid = block.site.grid
        source = np.ix_(np.arange(len(values)), *(np.maximum(one, 0) for one in grid.source))
        return self.cells_in(block, np.where(grid.kind == Kind.INPUT, values[source], other))

    @kept
    def _stamps(self, stage: Stage) -> Ints:
        """Return the step that is the first to stamp each cell, (channels, *size); -1 for none."""
        found = np.full((stage.grouping.out_channels, *stage.output_size), -1, np.int64)
        at = self.plan.walked.index(stage)
        start, stop = self.plan.starts[at : at + 2]
        for number in range(stop - 1, start - 1, -1):
            step = self.plan.step(number)
            for cell in step.writes[stage.inside(step.writes)].tolist():
                found[(list(step.channels), *cell)] = number - start
        return found

    @kept
    def _zeros(self, stage: Stage, block: Block) -> Mask:
        """Return which cells of a block, (rows, columns, pages), nothing moves to, so that they hold zeros."""
        size = stage.output_size
        found = np.zeros((len(block.channels), *size), bool)
        for number, channel in enumerate(block.channels) if stage.leaves_zeros else ():
            found[number] = np.array([not stage.step(channel, at).reads for at in range(prod(size))]).reshape(size)
        return self._placed(block, found, False)

    def _filled(self, stage: Stage, done: int, last: int) -> Iterator[Shape]:
        """Yield what the steps of a stage behind one, and up to another, fill."""
        for site in self.sites_of(stage.target):
            for block in self.blocks[site.number]:
                if block.is_ruled:
                    order = self._orders(stage, block)
                    is_filled = (order >= 0) & (order <= last)
                    is_fresh = is_filled & (order > done)
                    # Where colours say how many stamps there are, they are painted stamp by stamp.
                    if is_fresh.any() and not self.look.overlap:
                        is_blank = is_filled & _behind(is_filled) & (is_fresh | ~_behind(is_filled & ~is_fresh))
                        yield from self._cubes(stage, block, is_filled, is_fresh, is_blank)
                else:
                    yield from self._mass(block, *self._reach(stage, block, last))

    def _cubes(self, stage: Stage, block: Block, is_filled: Mask, is_fresh: Mask, is_blank: Mask) -> Iterator[Shape]:
        """Yield the faces of fresh cells among the filled ones, inner ones first, and without words where blank."""
        # Pages within the block first, since others stand before them.
        inner = {} if stage.is_stamped else {block.page(page): page for page in self.inner(block)}
        is_blank = is_blank & np.isin(np.arange(is_blank.shape[2]), [*inner])
        is_fresh = is_fresh | is_blank | (is_filled & _in_front(is_blank))
        filled, fresh, zeros = map(block.laid, (is_filled, is_fresh, self._zeros(stage, block)))
        # Inserted zeros between cells, and words on faces, would be covered.
        if max(block.site.grid.spacing) == 1 and not self.look.in_cells.is_labelled:
            if self._is_by_place or block.is_flat or stage.is_stamped:
                # Fresh cells may lie behind others, which are then drawn again, from far to near.
                fresh = _before(filled, fresh)
            places, hiding = np.argwhere(fresh), filled.copy()
            if stage.is_sparse:
                # Cells of the last page that are never made stand there from the start.
                hiding[..., -1] |= block.laid(self._orders(stage, block))[..., -1] < 0
            for cell in places[np.argsort(places @ _NEARER, kind="stable")]:
                yield from self._cube(block, hiding, cell, "inserted" if zeros[tuple(cell)] else "")
        painted, empty, is_open = block.unlaid(fresh), block.unlaid(zeros), ~block.unlaid(filled)
        for at, page in inner.items():
            blank, seen = is_blank[:, :, at], painted[:, :, at] & is_open[:, :, at + 1]
            yield from _painted(self.sheets[page], seen & blank, empty[:, :, at], block.box[:2], is_said=False)
            yield from _painted(self.sheets[page], seen & ~blank, empty[:, :, at], block.box[:2])
        for name, face in self.faces[block.key].items() if not (stage.is_stamped and self.says_sums) else ():
            yield from _painted(face, faces_of(fresh)[name], faces_of(zeros)[name])
        for page, sheet in () if stage.is_stamped else self.seen(block):
            at = block.page(page)
            yield from _painted(sheet, painted[:, :, at], empty[:, :, at], block.box[:2])

    def inner(self, block: Block) -> list[Page]:
        """Return the pages within a block whose words are seen until the next page covers them."""
        is_said = self.look.in_cells.is_labelled and block.is_ruled and not block.is_flat
        return [page for page in self.sheets if self._is_within(block, page)] if is_said else []

    @staticmethod
    def _is_within(block: Block, page: Page) -> bool:
        """Return whether a page is one of a block's and not its last; volumes have pages of padding too."""
        is_own = page.site == block.site.number and page.channel in block.channels
        return is_own and 0 <= block.page(page) < block.counts[2] - 1

    def _cube(self, block: Block, filled: Mask, cell: Ints, other: str = "") -> Iterator[Shape]:
        """Yield those faces of a cell that lie within the block, with nothing filled before them.

        The cell is in the role of its tensor, or in another.
        """
        row, column, page = cell.tolist()
        is_open = {
            "front": column > 0 and not filled[row, column - 1, page],
            "top": row > 0 and not filled[row - 1, column, page],
            "side": page + 1 < filled.shape[2] and not filled[row, column, page + 1],
        }
        tint = None if other else self.tint(block, row if block.is_flat else page)
        role = other or self.role(block.site)
        for name, quad in zip(ACROSS, block.inside(cell, cell + 1).quads, strict=True):
            if is_open[name]:
                yield Cells(role, quad[None], strength=LIGHTS[name], tints=tint, is_within=True)
                yield Lines(role, _around(quad))

    def _reach(self, stage: Stage, block: Block, last: int) -> tuple[int, int, int]:
        """Return the page, row and column of a block that is filled last when a step is done.

        The page is -1 before any is filled, and the number of pages once all are.
        """
        rows, columns = (1, *stage.output_size)[-2:]
        count = block.counts[2]
        if stage.is_stamped:
            at = self.plan.walked.index(stage)
            _, channel, place = self.plan.place(self.plan.starts[at] + last)
            writes = stage.step(channel, place).writes
            cell = writes[stage.inside(writes)].max(axis=0, initial=0)
            row, column = (0, *cell.tolist())[-2:]
            return (count if channel else count - 1), int(row), int(column)
        each = _places(stage)
        channel, place = divmod(last, each)
        if self._is_by_place:
            place, channel = divmod(last, stage.steps_of[0])
        page, inner = divmod(place if each > 1 else rows * columns - 1, rows * columns)
        row, column = divmod(inner, columns)
        if block.is_volume:
            ahead = channel - block.channels.start
            full = count if ahead > 0 else -1
            return (page, row, column) if ahead == 0 or (self._is_by_place and ahead > 0) else (full, 0, 0)
        return min(max(channel - block.channels.start, -1), count), row, column

    def _mass(self, block: Block, page: int, row: int, column: int) -> Iterator[Shape]:
        """Yield what is filled of a block whose cells are not drawn, as up to three blocks, from far to near."""
        rows, columns = (1, *block.site.size)[-2:]
        pages = block.counts[2]
        boxes: list[tuple[Place, Place]]
        is_by_place = self._is_by_place or (block.site.maker is not None and block.site.maker.is_stamped)
        if page < 0:
            return
        if page >= pages:
            boxes = [((0, 0, 0), (rows, columns, pages))]
        elif is_by_place and not block.is_volume:
            boxes = [
                ((row, column, 0), (row + 1, column + 1, page + 1)),
                ((row, 0, 0), (row + 1, column, pages)),
                ((0, 0, 0), (row, columns, pages)),
            ]
        else:
            boxes = [
                ((0, 0, 0), (rows, columns, page)),
                ((row, 0, page), (row + 1, column + 1, page + 1)),
                ((0, 0, page), (row, columns, page + 1)),
            ]
        spacing = np.array([*(1, *block.site.grid.spacing)[-2:], block.site.grid.spacing[0] if block.is_volume else 1])
        for low, high in boxes:
            first, last = (np.minimum(np.array(end) * spacing, block.counts) for end in (low, high))
            if (first < last).all():
                solid = block.inside(np.array(block.turned(first)), np.array(block.turned(last)))
                yield from self._solid(block, solid, int(high[2]) - 1)

    def _solid(self, block: Block, solid: Solid, page: int) -> Iterator[Shape]:
        role, tint = self.role(block.site), self.tint(block, page)
        for light, quad in zip(LIGHTS.values(), solid.quads, strict=True):
            yield Cells(role, quad[None], strength=light, tints=tint, is_within=True)
        yield Lines(role, solid.edges(*ACROSS))

    def _sums(self, stamped: Stamped, numbers: range) -> Iterator[Shape]:
        """Yield the cells of pages that stamps have changed, with their sums after the last of some steps."""
        stop = stamped.start + stamped.count
        is_end = numbers[-1] >= stop
        own = stamped.stage.count if is_end else stamped.own(numbers[-1]) + 1
        steps = [stamped.step(number) for number in numbers if number < stop]
        touched = [*map(stamped.touched, steps)]
        written = None if is_end else set[tuple[int, ...]]().union(*map(stamped.written, steps))
        for site in self.sites_of(stamped.stage.target):
            for page, sheet in (one for block in self.blocks[site.number] for one in self.seen(block)):
                places = [found[page].places for found in touched if page in found]
                every = [np.argwhere(np.ones((sheet.rows, sheet.columns), bool))] if is_end else places
                if every:
                    yield from stamped.cells(page, np.unique(np.concatenate(every), axis=0), own)
            for block in self.blocks[site.number] if self.says_sums else ():
                yield from self.sums_on(stamped, block, written, own)

    @property
    def says_sums(self) -> bool:
        """Whether each cell on a face says what it holds of stamps: in its colour, or in words."""
        return self.look.overlap or self.look.in_cells.is_labelled

    def sums_on(
        self, stamped: Stamped, block: Block, written: Set[tuple[int, ...]] | None, own: int, key: Key | None = None
    ) -> Iterator[Shape]:
        """Yield those cells on the faces of a block that are written, or all, as they are before one stamp.

        With a key they are at work, and in shadow.
        """
        for face, cells in self._cells_on_faces(stamped.stage, block):
            of = {at: cell for at, cell in cells.items() if written is None or cell in written}
            if of:
                yield from stamped.cells_on(face, np.array([*of]), [*of.values()], own, key, shaded=key is not None)

    @kept
    def _cells_on_faces(self, stage: Stage, block: Block) -> list[tuple[Face, dict[tuple[int, int], tuple[int, ...]]]]:
        """Return the faces of a block, with the channel and the cell at each (row, column) of them that has one."""
        shape = len(block.channels), *stage.output_size
        numbers = block.laid(self._placed(block, np.arange(prod(shape)).reshape(shape), -1))
        found = []
        for name, face in self.faces[block.key].items() if block.is_ruled else ():
            on = faces_of(numbers)[name]
            cells = {}
            for row, column in np.argwhere(on >= 0).tolist():
                channel, *cell = (int(one) for one in np.unravel_index(on[row, column], shape))
                cells[row, column] = (block.channels[channel], *cell)
            found.append((face, cells))
        return found

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the stamped output is graded in colour, and whether chips show what is added."""
        return self.look.overlap, False


def _places(stage: Stage) -> int:
    """Return how many places a stage makes in each channel: one where all are made in one step."""
    return 1 if stage.rule is SEVERAL else prod(stage.output_size)


def _painted(
    sheet: Sheet, fresh: Mask, zeros: Mask, first: tuple[int, int] = (0, 0), is_said: bool = True
) -> Iterator[Shape]:
    """Yield fresh cells of a sheet, counted from its first, those that hold zeros in the role of these."""
    for chosen, is_zero in ((fresh & ~zeros, False), (fresh & zeros, True)):
        places = np.argwhere(chosen) + np.array(first)
        if len(places):
            around = Window.around(places)
            yield from sheet.cells("inserted", around, is_said=is_said) if is_zero else sheet.revealed(places, is_said)


def _behind(filled: Mask) -> Mask:
    """Return the cells, (rows, columns, pages), before whose words some of the next page stand."""
    found = np.zeros_like(filled)
    for down, away in _WORDS_BEHIND:
        found[down:, away:, :-1] |= filled[: len(filled) - down, : max(filled.shape[1] - away, 0), 1:]
    return found


def _in_front(cells: Mask) -> Mask:
    """Return the places of the next page from which cells stand before some."""
    found = np.zeros_like(cells)
    for down, away in _ALL_BEHIND:
        found[: len(cells) - down, : max(cells.shape[1] - away, 0), 1:] |= cells[down:, away:, :-1]
    return found


def _around(quad: Points) -> Points:
    return np.stack([quad, np.roll(quad, -1, axis=0)], axis=1)


def _before(filled: Mask, fresh: Mask) -> Mask:
    """Return fresh cells with those filled ones that lie before them, or before one of these."""
    found = fresh.copy()
    waiting = list(np.argwhere(fresh))
    while waiting:
        others = np.argwhere(filled & ~found)
        # How far along the way to the viewer the cells overlap, on each axis.
        way = (others - waiting.pop()) / _NEARER
        enter, leave = way - 1 / abs(_NEARER), way + 1 / abs(_NEARER)
        is_near = (way >= 0).all(axis=1) & (np.maximum(enter.max(axis=1), 0) < leave.min(axis=1))
        found[tuple(others[is_near].T)] = True
        waiting += list(others[is_near])
    return found
