"""The output of a layer while stamps are added to it: their number and their sum in each cell."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from convanim.base.records import dataclass
from convanim.plans import Ints, Stamps, Step, Windows
from convanim.plans.values import spell
from convanim.views.chips import added_lettering, corner_tiles
from convanim.views.lettering import CENTRE, Lettering, lettered
from convanim.views.marks import Window, cells, rows_columns
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Shape, Shapes
from convanim.views.sheet import Page, Sheet
from convanim.views.signs import rings
from convanim.views.slices import page_of

if TYPE_CHECKING:
    from convanim.views.picture import Picture, Work

_NUMBER, _BESIDE_CHIP_AT = 0.36, (0.34, 0.5)
_RING = 0.04
"""How far within its cell the ring runs that surrounds a number and its chip."""

_ADDED_WIDTH, _ADDED_HEIGHT, _ADDED, _ADDED_GAP = 0.6, 0.30, 0.25, 0.17
FAINTEST = 0.2
"""The colour strength of a cell with one stamp, where other cells receive more."""


@dataclass(frozen=True, eq=False)
class Stamped:
    """The sheets of a stage's output: cells at work show their new value, others what they hold before a step.

    Attributes
    ----------
    picture : Picture
        The picture that holds them.
    stage : Windows
        The stage that stamps.
    is_graded : bool
        Whether cells with more stamps have a stronger colour.
    has_chips : bool
        Whether a chip beside the new value of a cell at work shows what was added to it.
    """

    picture: Picture
    stage: Windows
    is_graded: bool = True
    has_chips: bool = True

    @cached_property
    def stamps(self) -> Stamps:
        """The stamps and their sums."""
        return self.picture.plan.stamps(self.stage)

    @cached_property
    def numbers(self) -> Sequence[int]:
        """The steps of the picture that add stamps."""
        plan = self.picture.plan
        return plan.numbers[plan.walked.index(self.stage)]

    @property
    def start(self) -> int:
        """The step of the picture that adds the first stamp."""
        return self.numbers[0]

    @property
    def count(self) -> int:
        """The number of stamps in the picture."""
        return len(self.numbers)

    def step(self, number: int) -> Step:
        """Return a step by its number in the picture."""
        return self.picture.plan.step(number)

    def own(self, number: int) -> int:
        """Return how many of all the stage's stamps have fallen before a step of the picture."""
        before = bisect_left(self.numbers, number)
        if before == self.count:
            return self.stage.count
        return self.picture.stamp_number(self.stage, self.step(self.numbers[before]))

    @cached_property
    def most(self) -> int:
        """The most stamps that any cell receives."""
        return max(int(self.stamps.overlap.max()), 1)

    def strength(self, count: int) -> float:
        """Return the colour strength of a cell with a number of stamps."""
        if not count:
            return 0.0
        if not self.is_graded:
            return 1.0
        graded = FAINTEST + (1 - FAINTEST) * (count - 1) / (self.most - 1) if self.most > 1 else 1.0
        return min(graded, 1.0)

    @property
    def _is_overlap(self) -> bool:
        return self.picture.look.overlap

    def lettering(self, page: Page) -> Lettering | None:
        """Return the lettering of a page, in a size that fits every number it ever holds."""
        look, size = self.picture.look.in_cells, self.stage.output_size
        if self._is_overlap:
            if not look.is_labelled:
                return None
            counts = self.stamps.overlap
            words = page_of(counts, page.slice).astype(str).astype(object)
            return lettered(words, np.full(words.shape, "", object), _NUMBER)
        if look.labels != "numbers" or self.stamps.planes is None:
            return self.picture.contents.sheet(None, self.stage.target, page.channel, page.slice, _NUMBER, (0.5, 0.5))
        widest = self.widest
        shape = (1, *size)[-2:]
        empty = np.full(shape, "", object)
        at = _BESIDE_CHIP_AT if self.has_chips and look.has_chips else (0.5, 0.5)
        # Words change from step to step; these only mark that each cell has some.
        return replace(
            lettered(np.full(shape, "0", object), empty, min(_NUMBER, 0.84 / widest)),
            widest=widest,
            at=at,
            resting=CENTRE,
        )

    @cached_property
    def widest(self) -> float:
        """The width in ems of the widest number that an output cell ever holds."""
        channels = self.picture.contents.channels[self.stage.target]
        return self.picture.contents.widest_of({0}.union(*(self.stamps.held(channel) for channel in channels)))

    def cells(self, page: Page, places: Ints, own: int, key: Key | None = None, shaded: bool = False) -> Shapes:
        """Return some cells, (row, column), of a page as they are before stamp number ``own``."""
        of = [(page.channel, *self._cell(page, place)) for place in places.tolist()]
        return self.cells_on(self.picture.sheets[page], places, of, own, key, shaded)

    def cells_on(
        self,
        sheet: Sheet,
        places: Ints,
        of: Sequence[tuple[int, ...]],
        own: int,
        key: Key | None = None,
        shaded: bool = False,
    ) -> Shapes:
        """Return cells at some places, (row, column), of a sheet, given the channel and the cell of each.

        No shadow falls on colours that say how many stamps there are.
        """
        known = [self.stamps.before(channel, tuple(cell), own) for channel, *cell in of]
        counts = np.array([count for count, _ in known], np.int64)
        shapes: list[Shape] = []
        for count in np.unique(counts).tolist():
            chosen = np.flatnonzero(counts == count)
            strength = self.strength(count)
            shapes += sheet.cells("input", Window.around(places[chosen]), key, shaded, strength, is_said=False)
            if count or own == self.stage.count:
                totals = [known[place][1] for place in chosen.tolist()]
                shapes += self._said(sheet, places[chosen], count, totals, shaded, strength, key)
        is_lit = shaded and self.is_graded and self.most > 1
        return tuple(
            replace(shape, shaded=False) if is_lit and not isinstance(shape, Lines) else shape for shape in shapes
        )

    def _cell(self, page: Page, place: list[int]) -> tuple[int, ...]:
        dims = len(self.stage.output_size)
        return (page.slice, *place)[-dims:] if dims == 3 else tuple(place[-dims:])

    def _said(
        self, sheet: Sheet, places: Ints, count: int, totals: list[Any], shaded: bool, strength: float, key: Key | None
    ) -> Shapes:
        """Return the words of some cells that have received the same number of stamps."""
        lettering, look = sheet.lettering, self.picture.look
        if lettering is None:
            return ()
        own = lettering
        if look.labels != "letters" or self._is_overlap:
            said = [str(count) if self._is_overlap else spell(total, look.decimals) for total in totals]
            words = np.full((sheet.rows, sheet.columns), "", object)
            words[tuple(places.T)] = said
            own = replace(lettering, words=words, lowered=np.full(words.shape, "", object))
        return own.texts(sheet.plane, places, sheet.filled, shaded, strength, key=key or sheet.key)

    @property
    def says_unreached(self) -> bool:
        """Whether numbers of cells that no stamp reaches, which never change, stand there from the start."""
        is_numbered = self.picture.look.in_cells.labels == "numbers" and not self._is_overlap
        is_said = self.picture.says_unreached and is_numbered and self.stamps.planes is not None
        return is_said and bool((self.stamps.overlap == 0).any())

    def unreached(self, page: Page) -> Shapes:
        """Return the numbers of the cells of a page that no stamp reaches."""
        sheet = self.picture.sheets[page]
        if not self.says_unreached or sheet.lettering is None:
            return ()
        places = np.argwhere(page_of(self.stamps.overlap, page.slice) == 0)
        totals = [self.stamps.start(page.channel)] * len(places)
        return self._said(sheet, places, 0, totals, False, self.strength(0), sheet.key) if totals else ()

    @property
    def pages(self) -> list[Page]:
        """The sheets of the output."""
        sites = self.picture.sites_of(self.stage.target)
        return [page for site in sites for page in self.picture.pages(site)]

    def marks(self, numbers: range) -> Shapes:
        """Return the cells that changed since the step before the first of some, as they are before the last."""
        first, number = numbers[0] - 1, numbers[-1]
        fallen = self.numbers[bisect_left(self.numbers, first) : bisect_left(self.numbers, number)]
        if not fallen:
            return ()
        own = self.own(number)
        is_jump = own - self.own(first) > len(fallen)
        shapes: list[Shape] = []
        if is_jump or fallen[-1] == self.numbers[-1]:
            # Stamps that are not drawn may change any cell, and at the end cells without stamps show 0.
            for page in self.pages:
                sheet = self.picture.sheets[page]
                shapes += self.cells(page, np.argwhere(np.ones((sheet.rows, sheet.columns), bool)), own)
            return tuple(shapes)
        places: dict[Page, list[Ints]] = {}
        for before in fallen:
            for page, window in self.touched(self.step(before)).items():
                places.setdefault(page, []).append(window.places)
        for page, found in places.items():
            shapes += self.cells(page, np.unique(np.concatenate(found), axis=0), own)
        return tuple(shapes)

    def touched(self, step: Step) -> dict[Page, Window]:
        """Return the cells that a step writes."""
        return self.picture.made_on(self.stage, step.channels, step.writes[self.stage.inside(step.writes)])

    def written(self, step: Step) -> set[tuple[int, ...]]:
        """Return the cells that a step writes, each behind its channel."""
        inside = step.writes[self.stage.inside(step.writes)].tolist()
        return {(channel, *cell) for channel in step.channels for cell in inside}

    @cached_property
    def cut(self) -> tuple[int, int, int, int]:
        """How many cells stamps reach beyond a page of the output: above, left, below, right."""
        (top, bottom), (left, right) = ((0, 0), *self.stage.cut)[-2:]
        return top, left, bottom, right

    def whole(self, sheet: Sheet) -> Plane:
        """Return the plane of a page of the output, extended by the cells around it that padding cuts off."""
        top, left, bottom, right = self.cut
        corner = sheet.plane.points(np.array([-top, -left]))
        return Plane(top + sheet.rows + bottom, left + sheet.columns + right, corner, sheet.projection)

    def beyond(self, sheet: Sheet) -> Shapes:
        """Return the cells around a page of the output that padding cuts off."""
        top, left, _, _ = self.cut
        around = self.whole(sheet)
        mask = np.ones((around.rows, around.columns), bool)
        mask[top : top + sheet.rows, left : left + sheet.columns] = False
        return cells(around, "idle", mask)

    def outlines(self, step: Step) -> dict[Page, tuple[int, int, int, int]]:
        """Return the box of a stamp on each sheet, including the cells that are cut off."""
        return {page: Window.around(own).box for page, own in self._fallen(step).items()}

    def _fallen(self, step: Step) -> dict[Page, Ints]:
        """Return the places of a stamp on each sheet, including those that are cut off."""
        found: dict[Page, Ints] = {}
        for site in self.picture.sites_of(self.stage.target):
            for slice_, own in self.picture.spread(site, step.writes).items():
                for channel in step.channels:
                    page = Page(site.number, channel, slice_)
                    if page in self.picture.sheets:
                        found[page] = own
        return found

    def made(self, work: Work) -> Shapes:
        """Return the stamp of a step on the output, with the values it adds."""
        assert work.step is not None
        own, fallen = self.own(work.number), self._fallen(work.step)
        shapes: list[Shape] = []
        for number, (page, window) in enumerate(work.made.items()):
            key = Key("made", (page.site, number))
            sheet, box = self.picture.sheets[page], Window.around(fallen[page]).box
            shapes += self._cut_off(sheet, fallen[page], Key("cut off", (page.site, number)))
            shapes += self.cells(page, window.places, own + 1, key, shaded=True)
            shapes += sheet.outlined(box, Key("made reach", (page.site, number)))
            shapes += self._parted(sheet, window, Key("made parts", (page.site, number)))
        return (*shapes, *self.talk(work))

    def _parted(self, sheet: Sheet, window: Window, key: Key) -> Shapes:
        """Return the outlines of the cells of a stamp with gaps, where no added values tell them apart."""
        top, left, bottom, right = window.box
        has_gaps = len(window.places) < (bottom - top) * (right - left)
        if not has_gaps or self.shows_added:
            return ()
        mask = np.zeros((sheet.rows, sheet.columns), bool)
        mask[tuple(window.places.T)] = True
        return (Lines("reach", sheet.plane.edges(mask), key=key),)

    def _cut_off(self, sheet: Sheet, fallen: Ints, key: Key) -> Shapes:
        """Return the cells of a stamp, given all its places, that padding cuts off: in shadow, but dotted."""
        above, before, _, _ = self.cut
        around = self.whole(sheet)
        mask = np.zeros((around.rows, around.columns), bool)
        mask[tuple((fallen + np.array([above, before])).T)] = True
        mask[above : above + sheet.rows, before : before + sheet.columns] = False
        if not mask.any() or not self.picture.draws_cut_off:
            return ()
        quads = around.quads(np.argwhere(mask))
        return Cells("padding", quads, shaded=True, key=key), Lines("inserted", around.edges(mask), key=key)

    def talk(self, work: Work) -> Shapes:
        """Return a ring around the cell whose sum is written, and the chips with the added values."""
        page, places = self.talked(work) or (None, None)
        sheet = None if page is None else self.picture.sheets.get(page)
        ringed = () if sheet is None or places is None else rings(sheet.plane, places, _RING)
        return (*(replace(one, key=Key("talked")) for one in ringed), *self.added(work))

    def talked(self, work: Work) -> tuple[Page, Ints] | None:
        """Return the cell whose sum is written, (1, 2), and its page, if there is one."""
        cell = self._busiest(work)
        if cell is None:
            return None
        made = next(iter(work.made))
        spread = self.picture.spread(self.picture.sites[made.site], np.array([cell[1:]]))
        slice_, places = next(iter(spread.items()))
        return Page(made.site, cell[0], slice_), places

    def _busiest(self, work: Work) -> tuple[int, ...] | None:
        """Return the channel and the cell whose sum is written, if there is one."""
        look = self.picture.look
        if work.step is None or not look.is_labelled or look.overlap or not work.made:
            return None
        channel = self.picture.talked_channel(self.stage, work.step.channels)
        cell = self.stamps.busiest(replace(work.step, channels=(channel,)), self.own(work.number))
        return None if cell is None else (channel, *cell)

    def weight(self, work: Work, kernels: Mapping[int, Sequence[Sheet]], what: str = "talked weight") -> Shapes:
        """Return a ring around the weight that the cell of the sum receives, given the slices of kernels by channel.

        The kind of its key is ``what``; in place of kernels, their stamps have as many cells.
        """
        channel, *cell = self._busiest(work) or (-1,)
        if work.step is None or channel not in kernels:
            return ()
        at = int(np.flatnonzero((work.step.writes == cell).all(axis=1))[0])
        slice_, *place = map(int, np.unravel_index(at, (1, 1, *self.stage.layer.kernel_size)[-3:]))
        rung = rings(kernels[channel][slice_].plane, np.array([place]))
        return tuple(replace(one, key=Key(what, (channel,))) for one in rung)

    @property
    def shows_added(self) -> bool:
        """Whether chips show what a step adds to each cell."""
        look = self.picture.look
        is_numbered = look.labels == "numbers" and look.has_chips and look.has_cells and not look.overlap
        return self.has_chips and is_numbered and self.stamps.planes is not None

    def added(self, work: Work) -> Shapes:
        """Return the value that a step adds to each cell, on chips."""
        step = work.step
        if not self.shows_added or step is None:
            return ()
        shapes: list[Shape] = []
        inside = self.stage.inside(step.writes)
        for site in self.picture.sites_of(self.stage.target):
            for channel in step.channels:
                products = np.array(self.stamps.products(step, channel), object)
                places = site.grid.places(step.writes)
                slices = places[:, 0] if places.shape[1] == 3 else np.zeros(len(places), int)
                for slice_ in np.unique(slices[inside]).tolist():
                    page, own = Page(site.number, channel, slice_), inside & (slices == slice_)
                    if page in self.picture.sheets:
                        shapes += self._tiles(self.picture.sheets[page], rows_columns(places[own]), products[own])
        return tuple(shapes)

    def _tiles(self, sheet: Sheet, places: Ints, products: Any) -> Shapes:
        said = added_lettering(products.tolist(), self.picture.look.decimals)
        size = min(_ADDED, 0.9 * _ADDED_WIDTH / self._widest_added)
        words, lowered = said.words.ravel(), said.lowered.ravel()
        return corner_tiles(
            sheet.plane, places, words, lowered, size, "bold", "added", _ADDED_WIDTH, _ADDED_HEIGHT, _ADDED_GAP
        )

    @cached_property
    def every_product(self) -> list[Any]:
        """Every number that any stamp adds to a drawn output."""
        drawn, stamping = self.picture.contents.channels[self.stage.target], self.picture.plan.channels_of(self.stage)
        return sorted(set[Any]().union(*(self.stamps.every_product(channel, stamping) for channel in drawn)))

    @cached_property
    def _widest_added(self) -> float:
        return added_lettering(self.every_product, self.picture.look.decimals).widest
