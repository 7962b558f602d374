"""The base of all views: a plan laid out as sheets, and what each step shows of it."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from math import sqrt
from typing import ClassVar

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY, SEVERAL, SUM
from convanim.plans import Ints, Moves, Stage, Windows
from convanim.views.between import between_at_rest, between_at_work
from convanim.views.edge_words import EdgeWords
from convanim.views.headings import dots, heading_size, word_boxes
from convanim.views.lettering import CENTRE, MOST_OF_CELL, Lettering
from convanim.views.marks import Window, entry
from convanim.views.naming import row_name
from convanim.views.patterns import (
    blocks_before,
    blocks_behind,
    blocks_of,
    indices_at_rest,
    pairs_at_work,
    sheet_at,
    tints_of,
)
from convanim.views.plane import Plane
from convanim.views.rays import around
from convanim.views.scale_words import scales
from convanim.views.scene import Entry, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.scenery import Link, Scenery, Site, Work, by_slice, copies
from convanim.views.sheet import Page, Sheet
from convanim.views.sheet_legend import legend_of
from convanim.views.signs import DOUBLE, FRAME_ACROSS, Box, rings
from convanim.views.slices import page_grid
from convanim.views.stamped import Stamped
from convanim.views.weighed import Weighed
from convanim.words.sentences import sentence

__all__ = ["Link", "Picture", "Site", "Work"]

_NUMBER, _NUMBER_AT = 0.42, (0.41, 0.45)
_LETTER, _LETTER_AT = 0.35, (0.25, 0.40)
"""The size of numbers and letters, and their position in a cell with a chip."""

_BELOW_INDEX = 0.36, (0.68, 0.6)
"""The size of a number below the chip of an index, and its position."""

_IN_RING_AT = (0.38, 0.38)
"""The position of a number beside a chip in a cell that may have a ring."""

AMONG_SHARES = {"numbers": (0.33, CENTRE), "letters": (0.30, (0.476, 0.5))}
"""The size and position of words in cells with chips above or below them."""

_DOTS = 0.7
"""The scale of the dots in place of layers."""

_FADED = 0.3
"""The strength of the colours of all cells that are not in the receptive field that is shown."""


@dataclass(frozen=True)
class Picture(Scenery):
    """A drawn plan.

    Each view is a subclass, which places the sheets, kernels and words and
    draws the rays between them. Everything else is shared.
    """

    sheet_type: ClassVar[type[Sheet]] = Sheet
    """The type of the sheets that pages are drawn as."""

    has_columns: ClassVar[bool] = False
    """Whether windows become columns, which stay blank until they are made, as results do."""

    @property
    def has_ticks(self) -> bool:
        """Whether ticks beside matrices part the channels in them."""
        return False

    draws_kernels: ClassVar[bool] = False
    """Whether kernels are drawn cell by cell, with bars where cells have any."""

    pairs_copies: ClassVar[bool] = True
    """Whether rings pair copies in padding with their originals."""

    rests_kernels: ClassVar[bool] = False
    """Whether several kernels are drawn, of which those that rest are empty where they have no weights in them."""

    counts_cells: ClassVar[bool] = False
    """Whether words name cells by their places."""

    may_lack_kernels: ClassVar[bool] = False
    """Whether small pictures are drawn without kernels."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all that is drawn."""

    @property
    def parts_groups(self) -> bool:
        """Whether the channels of each group are drawn as a solid of their own."""
        return False

    def row_name(self, tensor: int, channel: int) -> str:
        """Return what names a row of a sum, of what one channel of a tensor adds."""
        return row_name(self.plan, tensor, channel)

    def tint_of(self, tensor: int, channel: int) -> str:
        """Return the role of the tint that tells a channel of a tensor apart, empty where none does."""
        return ""

    @property
    def taking_turns(self) -> tuple[Stage, ...]:
        """The layers whose kernels take turns in one place."""
        return ()

    def talked_channel(self, stage: Stage, channels: Sequence[int]) -> int:
        """Return the output channel of a stamp for one cell of which the sum is written: the first that is drawn."""
        drawn: Sequence[int] = self.contents.channels[stage.target]
        return next((one for one in channels if one in drawn), channels[0])

    def spare(self, number: int) -> float:
        """Return the height at the bottom that other steps need, but not this one."""
        return 0.0

    def pales_kernels(self, work: Work) -> bool:
        """Return whether kernels that are not at work in a step are drawn pale."""
        return False

    def pales_arrows(self, work: Work) -> bool:
        """Return whether arrows where nothing moves in a step are drawn pale."""
        return any(isinstance(shape, Lines) and shape.role == "waiting" for shape in self.behind_at(work))

    def leads_between_middles(self, stage: Stage) -> bool:
        """Return whether rays lead from the middle of a cell to that of another: values move, and none is written."""
        return isinstance(stage, Moves) and not self.look.in_cells.is_labelled

    def has_partials(self, stage: Stage) -> bool:
        """Return whether the partial sum of each channel is written beside it."""
        return False

    @abstractmethod
    def rays(self, work: Work) -> Shapes:
        """Return the rays from the cells read to the cells made."""

    def letters_for(self, width: float) -> float:
        """Return the size of headings in a picture of a width in cells, or beside wider ones."""
        return heading_size(max(width, self.look.across))

    def kernels(self) -> Shapes:
        """Return the kernels at rest."""
        return ()

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels at work."""
        return ()

    chip: ClassVar[tuple[float, float] | None] = None
    """The sizes of a chip in the corner of a cell and of the weight on it; None for a view without chips."""

    def chips(self, work: Work) -> Shapes:
        """Return the weights in the corners of the cells they multiply."""
        stage, step = work.stage, work.step
        if stage is None or step is None or stage.is_stamped or self.look.classic:
            return ()
        if stage.has_shares and not self.look.is_labelled:
            return tuple(
                shape
                for page, places, read in self.read(step)
                for shape in self.contents.shares_in_cells(
                    self.sheets[page].plane, places, stage, read, self.sheets[page].filled
                )
            )
        if self.chip is None or not self.look.is_labelled:
            return ()
        return tuple(
            shape
            for page, places, read in self.read(stage.taking_part(step))
            for shape in self.contents.chips(
                self.sheets[page].plane, places, stage, read, (step.channel, page.channel), *self.chip
            )
        )

    @property
    def has_indices(self) -> bool:
        """Whether indices stand above the numbers in cells."""
        return self.look.is_labelled and any(stage.layer.has_indices for stage in self.plan.stages)

    def letters(self, reader: Stage | None) -> tuple[float, tuple[float, float]]:
        """Return the largest size of letters, and their position in a cell: off-centre beside a chip."""
        if reader is not None and reader.has_shares:
            return AMONG_SHARES.get(self.look.labels, (_NUMBER, CENTRE))
        if reader is None or not (self.look.has_chips and reader.is_weighted):
            return _NUMBER, CENTRE
        if self.look.labels == "letters":
            return _LETTER, _LETTER_AT
        has_rings = (reader.grid.kind == Kind.COPY).any() and not self.look.classic
        return _NUMBER, _IN_RING_AT if has_rings else _NUMBER_AT

    def words(self) -> Shapes:
        """Return the words that never change."""
        return ()

    def words_at(self, work: Work) -> Shapes:
        """Return the words that belong to a step, the sum last."""
        return ()

    def behind(self) -> Shapes:
        """Return the shapes behind all sheets."""
        return ()

    def behind_at(self, work: Work) -> Shapes:
        """Return the shapes in front of all sheets, but behind windows."""
        return ()

    def end(self) -> Shapes:
        """Return the shapes of a separate last step, if there is one."""
        return ()

    @property
    def laid_out(self) -> tuple[tuple[str, ...], str]:
        """What a caption and the alternative text say of the arrangement: phrases, and a sentence; empty for most."""
        told = scales(self.contents, self.draws_kernels)
        return told, "".join(map(sentence, told))

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self.plan) + self.plan.has_end

    def sheet(self, page: Page, most: float, at: tuple[float, float] = (0.5, 0.5)) -> Sheet:
        """Return a page as a sheet that is not yet placed, with letters at most ``most`` large."""
        site = self.sites[page.site]
        if self.has_indices:
            most, at = _BELOW_INDEX
        said = (site.reader, site.tensor, page.channel, page.slice)
        # The colour of a stamped cell shows how many stamps it has received.
        is_stamped = site.maker is not None and site.maker.number in self.stamped
        return self.sheet_type(
            page_grid(site.grid, page.slice),
            np.zeros(2),
            classic=self.look.classic,
            filled=self.role(site),
            lettering=self.lettering(site, page, most, at),
            tones=None if is_stamped else self.contents.tones(*said),
            heights=None if is_stamped else self.contents.heights(*said),
            tints=None if self.look.classic else tints_of(self.plan, site, page.channel, page.slice),
            page=page,
        )

    def lettering(self, site: Site, page: Page, most: float, at: tuple[float, float]) -> Lettering | None:
        """Return the lettering of a page; inputs have none where stamps are counted, and only they if weighed."""
        if self.weighed is not None:
            return self.weighed.lettering(page) if site.tensor == 0 else None
        if self.look.overlap and site.tensor == 0:
            return None
        if site.maker is not None and site.maker.number in self.stamped:
            return self.stamped[site.maker.number].lettering(page)
        return self.contents.sheet(site.reader, site.tensor, page.channel, page.slice, most, at)

    def ground(self) -> Shapes:
        """Return the shapes that never change."""
        shapes: list[Shape] = [*self.behind()]
        for page, sheet in self.sheets.items():
            site = self.sites[page.site]
            # Shares are written where the input is reached, and not before.
            own = replace(sheet, lettering=None) if self.weighed is not None else sheet
            shapes += self.ground_of(own, site.tensor > 0 and self.reveals)
            shapes += between_at_rest(site, sheet, self.look.has_shares)
            shapes += indices_at_rest(self, page) if site.reader is not None else ()
        unreached = [shape for one in self.stamped.values() for page in one.pages for shape in one.unreached(page)]
        return (*shapes, *self.kernels(), *unreached, *self.ellipses(), *self.words(), *self.edges.texts)

    names_axes: ClassVar[bool] = True
    """Whether there is room for the names of rows and columns at the input."""

    @cached_property
    def edges(self) -> EdgeWords:
        """The words along the edges of the input."""
        return EdgeWords(self)

    @cached_property
    def _resting_boxes(self) -> Points:
        """The boxes of the words beside sheets that never change."""
        return _boxes_beside(self.words())

    def _clear_of_words(self, rays: Shapes, said: Shapes) -> Shapes:
        """Return rays without the parts that cross words beside sheets: those that never change, and a step's."""
        boxes = np.concatenate([self._resting_boxes, _boxes_beside(said)])
        return tuple(
            replace(ray, segments=around(ray.segments, boxes), whole=ray.segments) if isinstance(ray, Lines) else ray
            for ray in rays
        )

    def ellipses(self) -> Shapes:
        """Return three dots in place of layers that are not drawn, between their input and their output."""
        spots = []
        for stage in self.plan.main:
            if stage.rule is SEVERAL:
                ends = self.sites_of(stage.source, stage)[0].number, self.sites_of(stage.target)[0].number
                boxes = [np.array([one.box for page, one in self.sheets.items() if page.site == end]) for end in ends]
                low, high = (np.stack([way(own, axis=0) for own in boxes]) for way in (np.min, np.max))
                # On an axis where they are apart, the middle of the gap; otherwise, of both together.
                inner, outer = (
                    [high[:, 2:].min(axis=0), low[:, :2].max(axis=0)],
                    [low[:, :2].min(axis=0), high[:, 2:].max(axis=0)],
                )
                middle = np.where(inner[0] <= inner[1], sum(inner) / 2, sum(outer) / 2)
                spots.append((*middle.tolist(), _DOTS))
        return dots(spots)

    def ground_of(self, sheet: Sheet, pending: bool) -> Shapes:
        """Return a sheet before anything is computed; of a receptive field, faded, since only its cells are lit."""
        return sheet.ground(pending, _FADED if self.is_field else 1.0)

    @property
    def reveals(self) -> bool:
        """Whether results stay blank until they are computed."""
        return (self.look.reveal or bool(self.stamped)) and not self.is_field

    @cached_property
    def stamped(self) -> dict[int, Stamped]:
        """The stamped output of each stage that stamps."""
        return {
            stage.number: Stamped(self, stage, *self.stamping)
            for stage in self.plan.walked
            if stage.is_stamped and isinstance(stage, Windows)
        }

    @cached_property
    def weighed(self) -> Weighed | None:
        """The weighed input, if a receptive field is traced to see how much its cells weigh."""
        return Weighed(self) if self.plan.walk.is_weighed and self.is_field else None

    def is_weighed(self, page: Page) -> bool:
        """Return whether the colours of a sheet's cells say how much they weigh."""
        return self.weighed is not None and self.sites[page.site].tensor == 0

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the stamped output is graded in colour, and whether chips show what is added."""
        return True, False

    def whole(self, sheet: Sheet) -> Plane:
        """Return the plane of a sheet, extended by the cells around it that stamps reach."""
        maker = self.sites[sheet.page.site].maker
        stamped = None if maker is None else self.stamped.get(maker.number)
        return sheet.plane if stamped is None else stamped.whole(sheet)

    draws_cut_off: ClassVar[bool] = False
    """Whether cells that stamps reach and padding cuts off are drawn around sheets."""

    def beyond(self) -> Shapes:
        """Return the cells around sheets that stamps reach and padding cuts off."""
        every = self.stamped.values()
        return tuple(shape for one in every for page in one.pages for shape in one.beyond(self.sheets[page]))

    says_unreached: ClassVar[bool] = True
    """Whether numbers stand from the start in cells that no stamp reaches."""

    joins_marks: ClassVar[bool] = True
    """Whether neighbouring cells made by different steps share their edges."""

    def marks(self, numbers: range) -> Shapes:
        """Return the marks that some steps leave behind."""
        shapes: list[Shape] = []
        known: dict[tuple[Page, str, int], list[Ints]] = {}
        for number in numbers if self.reveals else ():
            for page, role, places in self._left_by(number) if number < len(self.plan) else ():
                known.setdefault((page, role, 0 if self.joins_marks else number), []).append(places)
        for (page, role, _), found in known.items():
            sheet, window = self.sheets[page], Window.around(np.concatenate(found))
            is_usual = role == "input" or sheet.tones is not None
            shapes += sheet.revealed(window.places) if is_usual else sheet.cells(role, window)
        for stamped in self.stamped.values():
            shapes += stamped.marks(numbers) if numbers else ()
        return tuple(shapes)

    def _left_by(self, number: int) -> Iterator[tuple[Page, str, Ints]]:
        """Yield the marks of one step: the cells it makes, with their role."""
        stage, channel, place = self.plan.place(number)
        if stage.is_stamped:
            return
        step = stage.step(channel, place)
        role = "input" if step.reads else "inserted"
        yield from self._revealed(stage, step.channel, step.writes, role)
        if self.plan.walk.way == "outputs" and len(self.plan.main) > 1:
            traced = self.plan.trace(channel, step.cell)
            for one in self.plan.main[:-1]:
                for made, mask in traced[one.number].made.items():
                    yield from self._revealed(one, made, np.argwhere(mask), "input")

    def _revealed(self, stage: Stage, channel: int, cells: Ints, role: str) -> Iterator[tuple[Page, str, Ints]]:
        """Yield cells that a stage has made, and their copies in padding."""
        for site in self.sites_of(stage.target):
            places = site.grid.places(cells)
            if (site.grid.kind == Kind.COPY).any():
                places = np.concatenate([places, *(copies(site.grid, cell) for cell in cells.tolist())])
            for slice_, own in by_slice(places).items():
                page = Page(site.number, channel, slice_)
                if page in self.sheets:
                    yield page, role, own

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows."""
        work = self.work(number)
        if not work.pages:
            return (*self.words_at(work), *self.end())
        shapes: list[Shape] = [*self.behind_at(work)]
        if self.weighed is not None and any(map(self.is_weighed, work.windows)):
            shapes += self.weighed.shapes()
        blocks = blocks_of(self, work)
        shapes += blocks_behind(self, work, blocks)
        known = Counter[int]()
        for page, window in work.windows.items():
            shapes += self.window(page, window, work, known[page.site])
            known[page.site] += 1
        for page in self.sheets:
            # A copy may be read without the slice of its original.
            if page.site in known and page not in work.windows:
                shapes += pairs_at_work(self, page, work, Key("original", (*page,)))
        rays, said = self.rays(work), self.words_at(work)
        rays = rays if self.look.classic else self._clear_of_words(rays, said)
        # Those between middles are seen to end in the very cell.
        ends_within = work.stage is not None and not self.plan.is_chain and self.leads_between_middles(work.stage)
        shapes += () if ends_within else rays
        shapes += between_at_work(self, work, self.look.has_shares)
        shapes += self._ahead(work)
        shapes += self.chips(work)
        shapes += self.made(work)
        shapes += blocks_before(self, work, blocks)
        shapes += rays if ends_within else ()
        if work.stage is not None and work.step is not None and self.look.is_labelled:
            won = self.winner(work.stage, work.step)
            if won is not None:
                around = rings(self.sheets[won[0]].plane, won[1], roles=self.winner_rings)
                shapes += [replace(shape, key=Key("winner")) for shape in around]
        return (*shapes, *self.kernels_at(work), *said)

    def _ahead(self, work: Work) -> Shapes:
        """Return dashed outlines around those cells of a receptive field that later steps trace."""
        if not self.is_field:
            return ()
        traced = self.work(len(self.plan) - 1).windows
        return tuple(
            Lines(role, self.sheets[page].plane.outline(*window.box), key=Key("ahead", (*page,)))
            for page, window in traced.items()
            for role in FRAME_ACROSS
            if page not in work.windows
        )

    @property
    def winner_rings(self) -> tuple[str, ...]:
        """The roles of the rings around a maximum: two among greys, one of which may be that of its cell."""
        return DOUBLE if self.look.has_shades else ("winner",)

    def window(self, page: Page, window: Window, work: Work, number: int) -> Shapes:
        """Return the cells read of a sheet: in shadow, outlined, with the originals of copies ringed."""
        sheet = sheet_at(self, page, work)
        key = Key("window", (page.site, number))
        read = self.lit(sheet.shaded(window, key), sheet, self.sites[page.site].reader)
        return (
            *(() if self.is_weighed(page) else read),
            *pairs_at_work(self, page, work, Key("original", (page.site, number))),
            *self.outline(sheet, work.frames.get(page, window), number),
        )

    def is_lit(self, sheet: Sheet, stage: Stage | None) -> bool:
        """Return whether no shadow falls on a sheet that a stage reads or makes: it copies, has tints or greys."""
        is_copied = stage is not None and stage.rule is COPY
        has_own = sheet.tints is not None or sheet.tones is not None
        return (is_copied or has_own) and not self.look.classic

    def lit(self, shapes: Shapes, sheet: Sheet, stage: Stage | None) -> Shapes:
        """Return cells of a sheet that a stage reads or makes, without the shadow if it would hide their colours.

        Among greys, padding has none.
        """
        if not self.is_lit(sheet, stage):
            return shapes
        return tuple(
            shape
            if isinstance(shape, Lines) or (sheet.tones is not None and shape.tones is None)
            else replace(shape, shaded=False)
            for shape in shapes
        )

    def outline(self, sheet: Sheet, window: Window, number: int) -> Shapes:
        """Return the outline of a window."""
        return sheet.reach(window, Key("reach", (sheet.page.site, number)))

    def landed(self, link: Link, work: Work) -> Box:
        """Return the box of the cells made on a sheet, including the cells of a stamp that are cut off."""
        if work.step is not None and link.stage.number in self.stamped:
            return self.stamped[link.stage.number].outlines(work.step)[link.target]
        return link.made.box

    def made(self, work: Work) -> Shapes:
        """Return the cells made, in shadow and outlined."""
        if work.stage is not None and work.stage.number in self.stamped:
            return self.stamped[work.stage.number].made(work)
        shapes: list[Shape] = []
        is_zero = work.step is not None and not work.step.reads
        for number, (page, window) in enumerate(work.made.items()):
            sheet, of = self.sheets[page], (page.site, number)
            role = "inserted" if is_zero and sheet.tones is None else "input"
            cells = sheet.cells(role, window, Key("made", of), shaded=True)
            shapes += self.lit(cells, sheet, self.sites[page.site].maker)
            shapes += sheet.outlined(window.box, Key("made reach", of))
            shapes += self.mark(page, window, work)
            if self.is_field:
                # Two rings would cut a number.
                roles = self.winner_rings if self.look.is_labelled else DOUBLE
                around = rings(sheet.plane, window.places, roles=roles)
                shapes += [replace(shape, key=Key("traced", of)) for shape in around]
        return tuple(shapes)

    mark_size: ClassVar[float] = _NUMBER
    """The size of the sign of an operation on the cells that it makes."""

    def mark(self, page: Page, window: Window, work: Work) -> Shapes:
        """Return the sign of the operation on the cells that it makes, where nothing else is written."""
        sheet = self.sheets[page]
        return self.signed(sheet, sheet.plane, window.places, work)

    def signed(self, sheet: Sheet, plane: Plane, places: Ints, work: Work) -> Shapes:
        """Return the sign of the operation in some cells of a plane that is coloured as a sheet is."""
        stage, step = work.stage, work.step
        if stage is None or step is None or not step.reads or sheet.lettering is not None or sheet.tones is not None:
            return ()
        rule, is_added = stage.rule, stage.rule is SUM and not stage.weighs_cells
        # A value that moves alone is no sum.
        is_lone = rule is SUM and not stage.is_weighted and sum(len(read.taps.kind) for read in step.reads) <= 1
        if is_lone or not (rule.mark or rule.sign):
            return ()
        if not self.look.has_mark or self.look.classic or self.look.field is not None:
            return ()
        # Without a kernel, Σ would tell of one.
        sign = rule.between if is_added else rule.says(rule.mark or rule.sign)
        across, down = plane.projection.across, plane.projection.down
        size = min(self.mark_size, MOST_OF_CELL / width_of(sign, "bold"))
        # Sheared, a Σ looks like an M.
        narrow = min(across[0], sqrt(across[0] * down[1] - across[1] * down[0]))
        return (
            Texts(
                (sign,) * len(places),
                plane.points(places + np.array(CENTRE)),
                size * narrow,
                sheet.fill("input"),
                True,
                face="bold",
                lowered=("",) * len(places),
                key=Key("mark", (sheet.page.site,)),
            ),
        )

    def legend(self) -> tuple[Entry, ...]:
        """Return the entries of the legend."""
        return legend_of(self)

    @property
    def output_of_step(self) -> str:
        """What the legend calls the cells that a step makes."""
        return translated("{tensor} of this step", tensor=self.plan.names.output.called)

    def more_legend(self) -> list[Entry]:
        """Return the further entries of the legend."""
        is_cut = any(any(stamped.cut) for stamped in self.stamped.values())
        return [entry(translated("cut off by padding"), "idle")] if is_cut else []


def _boxes_beside(shapes: Shapes) -> Points:
    """Return the boxes, (n, 4), of those words among some shapes that stand in no cells."""
    return word_boxes(one for one in shapes if isinstance(one, Texts) and one.on is None)
