"""The drawer: a plan laid out as sheets, and what each step shows of it, whatever the arrangement."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from convanim.axis import Kind
from convanim.plans import Cell, Grid, Ints, Mask, Plan, Read, Rule, Stage, Step, Taps, Windows
from convanim.scene import Entry, Key, Lines, Shape, Shapes, Texts
from convanim.views.contents import Contents
from convanim.views.lettering import Lettering
from convanim.views.look import Look
from convanim.views.marks import Window, entry, rows_columns
from convanim.views.sheet import Page, Sheet, joined_legend, page_grid
from convanim.views.shown import Chosen
from convanim.views.signs import ring, rings
from convanim.views.stamped import Stamped


@dataclass(frozen=True, eq=False)
class Site:
    """A tensor where it is drawn.

    Attributes
    ----------
    number : int
        Of the site.
    tensor : int
        Which one.
    reader : Stage or None
        The stage as whose padded, stretched input it is drawn; as it is where there is none.
    maker : Stage or None
        The stage that makes it.
    size : tuple of int
        Cells of each channel, an axis.
    """

    number: int
    tensor: int
    reader: Stage | None
    maker: Stage | None
    size: Cell

    @cached_property
    def grid(self) -> Grid:
        """What stands in each of its channels."""
        return Grid.plain(self.size) if self.reader is None else self.reader.grid


@dataclass(frozen=True, eq=False)
class Link:
    """What leads from a window of one sheet to the cells of another that are made of it.

    Attributes
    ----------
    stage : Stage
        What makes them.
    source, target : Page
        The sheets.
    window, made : Window
        What is read of the one, and what is made on the other.
    """

    stage: Stage
    source: Page
    window: Window
    target: Page
    made: Window


@dataclass(frozen=True, eq=False)
class Work:
    """What one step has to do with each sheet.

    Attributes
    ----------
    number : int
        Of the step in the picture.
    stage, step : Stage, Step or None
        What is computed; None where nothing is, or a cell is only traced back.
    windows, made : mapping of Page to Window
        What is read, and what is made.
    links : tuple of Link
        Which makes which.
    """

    number: int
    stage: Stage | None = None
    step: Step | None = None
    windows: Mapping[Page, Window] = field(default_factory=dict)
    made: Mapping[Page, Window] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    @property
    def pages(self) -> set[Page]:
        """All sheets that have to do with it."""
        return {*self.windows, *self.made}


@dataclass(frozen=True)
class Picture(ABC):
    """A plan in some arrangement.

    An arrangement is a subclass: it says where sheets, kernels and words are,
    and what leads from one to the next. All else is the same for all of them.

    Attributes
    ----------
    plan : Plan
        What is drawn, with the walk that the picture goes.
    look : Look
        What it is asked to show.
    """

    plan: Plan
    look: Look

    @cached_property
    @abstractmethod
    def sheets(self) -> Mapping[Page, Sheet]:
        """Where each page of each site lies, in drawing order."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that is drawn."""

    @abstractmethod
    def rays(self, work: Work) -> Shapes:
        """Return what leads from what is read to what is made."""

    def kernels(self) -> Shapes:
        """Return the kernels, where they stand still."""
        return ()

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels that are at work."""
        return ()

    def chips(self, work: Work) -> Shapes:
        """Return the weights in the corners of the cells that they meet."""
        return ()

    def words(self) -> Shapes:
        """Return what is written and never changes."""
        return ()

    def words_at(self, work: Work) -> Shapes:
        """Return what is written that only a step shows, the sum last."""
        return ()

    def behind(self) -> Shapes:
        """Return what lies behind all sheets."""
        return ()

    def behind_at(self, work: Work) -> Shapes:
        """Return what lies before all sheets, but behind windows."""
        return ()

    def end(self) -> Shapes:
        """Return what only a last step of its own shows."""
        return ()

    @staticmethod
    def drawn_channels(plan: Plan, look: Look) -> Mapping[int, tuple[int, ...]]:
        """Return the channels of each tensor that are drawn."""
        return Chosen.of(plan, look.is_beside).by_tensor

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.plan) + self.plan.has_end

    @cached_property
    def chosen(self) -> Chosen:
        """The channels that are drawn."""
        return Chosen.of(self.plan, self.look.is_beside)

    @cached_property
    def contents(self) -> Contents:
        """What stands in cells."""
        channels = dict(self.chosen.by_tensor)
        for stage in self.plan.stages:
            channels.setdefault(stage.target, (0,))
        return Contents(self.plan, self.look, channels)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """What is drawn: the input of each walked stage, and at the end of each path what is made."""
        found: list[Site] = []
        stages = self.plan.main if self.plan.walk.way != "layers" else self.plan.walked
        makers = {stage.target: stage for stage in stages}
        for number, stage in enumerate(stages):
            reader = None if stage.is_stamped else stage
            for tensor in stage.sources:
                known = [site for site in found if site.tensor == tensor]
                # The input stands before each of the paths that begin with it.
                is_fresh = tensor == 0 and number > 0 and stages[number - 1].target not in stage.sources
                if not known or is_fresh:
                    found.append(Site(len(found), tensor, reader, makers.get(tensor), stage.input_size))
            read = {source for one in stages for source in one.sources}
            if stage.target not in read:
                found.append(Site(len(found), stage.target, None, stage, stage.output_size))
        return tuple(found)

    def sites_of(self, tensor: int, reader: Stage | None = None) -> list[Site]:
        """Return where a tensor is drawn: as the input of a stage where it is so, or everywhere."""
        found = [site for site in self.sites if site.tensor == tensor]
        own = [site for site in found if site.reader is reader]
        return own if reader is not None and own else found

    def level(self, tensor: int) -> int:
        """Return how many stages lie before a tensor on the main path."""
        return next((level for level, stage in enumerate(self.plan.main, 1) if stage.target == tensor), 0)

    def pages(self, site: Site) -> list[Page]:
        """Return the pages of a site, channel by channel."""
        slices = site.grid.kind.shape[0] if site.grid.kind.ndim == 3 else 1
        channels = self.contents.channels[site.tensor]
        return [Page(site.number, channel, slice_) for channel in channels for slice_ in range(slices)]

    def role(self, site: Site) -> str:
        """Return the role of a site's real cells."""
        if site.tensor == 0:
            return "input"
        return "output" if self.plan.tensors[site.tensor].name == "output" else "intermediate"

    def sheet(self, page: Page, most: float, at: tuple[float, float] = (0.5, 0.5)) -> Sheet:
        """Return a page of a site at no certain place, with letters at most so large."""
        site = self.sites[page.site]
        said = (site.reader, site.tensor, page.channel, page.slice)
        # The colour of what stamps add up to says how many have fallen.
        is_stamped = site.maker is not None and site.maker.number in self.stamped
        return Sheet(
            page_grid(site.grid, page.slice),
            np.zeros(2),
            classic=self.look.classic,
            filled=self.role(site),
            lettering=self.lettering(site, page, most, at),
            tones=None if is_stamped else self.contents.tones(*said),
            page=page,
        )

    def lettering(self, site: Site, page: Page, most: float, at: tuple[float, float]) -> Lettering | None:
        """Return what the cells of a page say."""
        if site.maker is not None and site.maker.number in self.stamped:
            return self.stamped[site.maker.number].lettering(page)
        return self.contents.sheet(site.reader, site.tensor, page.channel, page.slice, most, at)

    def spread(self, site: Site, cells: Ints) -> dict[int, Ints]:
        """Return where cells of a site's tensor lie, as (row, column), by the slice that they are in."""
        return _by_slice(site.grid.places(cells))

    def made_on(self, stage: Stage, channels: Iterable[int], cells: Ints) -> dict[Page, Window]:
        """Return what some cells of a stage's target are on the sheets of those of some channels that are drawn."""
        found: dict[Page, Window] = {}
        for site in self.sites_of(stage.target):
            places = self.spread(site, cells) if len(cells) else {}
            for channel in channels:
                for slice_, own in places.items():
                    page = Page(site.number, channel, slice_)
                    if page in self.sheets:
                        found[page] = Window.around(own)
        return found

    def work(self, number: int) -> Work:
        """Return what a step has to do with each sheet."""
        if self.plan.walk.way == "field":
            assert self.plan.walk.cell is not None
            return self._traced(number, 0, self.plan.walk.cell, number)
        if number >= len(self.plan):
            return Work(number)
        stage, channel, place = self.plan.place(number)
        step = stage.step(channel, place)
        if self.plan.walk.way == "outputs":
            traced = self._traced(number, channel, step.cell, len(self.plan.main))
            return replace(traced, stage=stage, step=step)
        windows = {page: Window.around(own) for page, own, _ in self.read(step)}
        cells = step.writes[stage.inside(step.writes)] if stage.is_stamped else step.writes
        made = self.made_on(stage, step.channels, cells)
        links = [Link(stage, one, window, other, own) for one, window in windows.items() for other, own in made.items()]
        return Work(number, stage, step, windows, made, tuple(links))

    def read(self, step: Step) -> Iterator[tuple[Page, Ints, Read]]:
        """Yield what a step reads of each sheet: where, and the taps that are there."""
        stage = self.plan.stages[step.stage]
        for read in step.reads:
            for site in self.sites_of(read.tensor, stage):
                is_own = site.reader is stage
                places = read.taps.position - site.grid.start if is_own else site.grid.places(read.taps.source)
                for slice_ in _slices(places):
                    chosen = _in_slice(places, slice_)
                    taps = _some(read.taps, chosen)
                    for channel in read.channels:
                        page = Page(site.number, channel, slice_)
                        if page in self.sheets:
                            yield page, rows_columns(places[chosen]), replace(read, channels=(channel,), taps=taps)

    def _traced(self, number: int, channel: int, cell: tuple[int, ...], depth: int) -> Work:
        """Return what an output cell depends on, so many layers deep."""
        traced, is_field = self.plan.trace(channel, cell), self.plan.walk.way == "field"
        windows: dict[Page, Window] = {}
        links: list[Link] = []
        for stage in self.plan.main[len(self.plan.main) - depth :]:
            needs = traced[stage.number]
            own: dict[tuple[int, int], list[Page]] = {}
            # A field is of real cells; what a step reads is also padding and inserted zeros.
            for (tensor, source), mask in (needs.cells if is_field else needs.read).items():
                for site in self.sites_of(tensor, stage):
                    places = np.argwhere(mask)
                    for slice_, part in _by_slice(site.grid.places(places) if is_field else places).items():
                        page = Page(site.number, source, slice_)
                        if page in self.sheets:
                            windows[page] = Window.around(part)
                            own.setdefault((tensor, source), []).append(page)
            for made, mask in needs.made.items():
                targets = self.made_on(stage, (made,), np.argwhere(mask))
                for key, pages in own.items():
                    if not _reads(stage, made, key[1]):
                        continue
                    links += [
                        Link(stage, page, windows[page], target, window)
                        for page in pages
                        for target, window in targets.items()
                    ]
        final = self.made_on(self.plan.last, (channel,), np.array([cell]))
        return Work(number, None, None, windows, final, tuple(links))

    def ground(self) -> Shapes:
        """Return what never changes."""
        shapes: list[Shape] = [*self.behind()]
        for page, sheet in self.sheets.items():
            site = self.sites[page.site]
            shapes += self.ground_of(sheet, site.tensor > 0 and self.reveals)
        return (*shapes, *self.kernels(), *self.words())

    def ground_of(self, sheet: Sheet, pending: bool) -> Shapes:
        """Return a sheet before anything is computed."""
        return sheet.ground(pending)

    @property
    def reveals(self) -> bool:
        """Whether results are blank until they are computed."""
        return (self.look.reveal or bool(self.stamped)) and self.plan.walk.way != "field"

    @cached_property
    def stamped(self) -> dict[int, Stamped]:
        """The output while stamps fall on it, by the stages that stamp."""
        return {
            stage.number: Stamped(self, stage, *self.stamping)
            for stage in self.plan.walked
            if stage.is_stamped and isinstance(stage, Windows)
        }

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the output of stamps is graded in colour, and whether chips say what is added."""
        return True, False

    joins_marks: ClassVar[bool] = True
    """Whether neighbouring cells that several steps leave share their edges."""

    def marks(self, numbers: range) -> Shapes:
        """Return what some steps draw that stays."""
        shapes: list[Shape] = []
        known: dict[tuple[Page, str, int], list[Ints]] = {}
        for number in numbers if self.reveals else ():
            for page, role, places in self._left_by(number) if number < len(self.plan) else ():
                known.setdefault((page, role, 0 if self.joins_marks else number), []).append(places)
        for (page, role, _), found in known.items():
            places = np.unique(np.concatenate(found), axis=0)
            sheet = self.sheets[page]
            if role == "past":
                shapes += ring(sheet.plane, role, places)
            else:
                shapes += sheet.revealed(places) if role == "input" else sheet.cells(role, Window.around(places))
        for stamped in self.stamped.values():
            own = range(max(numbers.start, stamped.start), min(numbers.stop, stamped.start + stamped.count + 1))
            shapes += stamped.marks(own) if own else ()
        return tuple(shapes)

    def _left_by(self, number: int) -> Iterator[tuple[Page, str, Ints]]:
        """Yield what one step leaves: the cells that it makes, with their look, and where a maximum came from."""
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
        won = self.winner(stage, step) if self.look.labels == "numbers" else None
        if won is not None:
            yield won[0], "past", won[1]

    def _revealed(self, stage: Stage, channel: int, cells: Ints, role: str) -> Iterator[tuple[Page, str, Ints]]:
        """Yield cells that a stage makes, once they are known, and copies of them in padding."""
        for site in self.sites_of(stage.target):
            places = site.grid.places(cells)
            if (site.grid.kind == Kind.COPY).any():
                places = np.concatenate([places, *(_copies(site.grid, cell) for cell in cells.tolist())])
            for slice_, own in _by_slice(places).items():
                page = Page(site.number, channel, slice_)
                if page in self.sheets:
                    yield page, role, own

    def winner(self, stage: Stage, step: Step) -> tuple[Page, Ints] | None:
        """Return the sheet and the one (row, column) of it where the value is that becomes the maximum."""
        number = self.plan.winner(step)
        if number is None:
            return None
        read = step.reads[0]
        lone = replace(step, reads=(replace(read, taps=_some(read.taps, np.array([number]))),))
        found = next(iter(self.read(lone)), None)
        return None if found is None else (found[0], found[1])

    def moment(self, number: int) -> Shapes:
        """Return what only one step shows."""
        work = self.work(number)
        if not work.pages:
            return (*self.words_at(work), *self.end())
        shapes: list[Shape] = [*self.behind_at(work)]
        known = Counter[int]()
        for page, window in work.windows.items():
            shapes += self.window(page, window, work, known[page.site])
            known[page.site] += 1
        shapes += self.rays(work)
        shapes += self.chips(work)
        shapes += self.made(work)
        if work.stage is not None and work.step is not None and self.look.is_labelled:
            won = self.winner(work.stage, work.step)
            if won is not None:
                shapes += [replace(shape, key=Key("winner")) for shape in rings(self.sheets[won[0]].plane, won[1])]
        return (*shapes, *self.kernels_at(work), *self.words_at(work))

    def window(self, page: Page, window: Window, work: Work, number: int) -> Shapes:
        """Return what is read of a sheet: in shadow, outlined, the originals of copies ringed."""
        sheet = self.sheets[page]
        key = Key("window", (page.site, number))
        copied = self._copied(page, work)
        return (
            *sheet.shaded(window, key),
            *sheet.originals(copied, Key("original", (page.site, number))),
            *self.outline(sheet, window, number),
        )

    def outline(self, sheet: Sheet, window: Window, number: int) -> Shapes:
        """Return the outline of a window."""
        return sheet.reach(window, Key("reach", (sheet.page.site, number)))

    def _copied(self, page: Page, work: Work) -> Ints:
        """Return the cells, (row, column), of a sheet whose copies a step reads."""
        found = np.empty((0, 2), np.int64)
        if work.step is None or not (self.sites[page.site].grid.kind == Kind.COPY).any():
            return found
        site = self.sites[page.site]
        for read in work.step.reads:
            if read.tensor == site.tensor and page.channel in read.channels:
                own = self.spread(site, np.unique(read.taps.source[read.taps.kind == Kind.COPY], axis=0))
                found = own.get(page.slice, found)
        return found

    def made(self, work: Work) -> Shapes:
        """Return what is made, in shadow and outlined."""
        if work.stage is not None and work.stage.number in self.stamped:
            return self.stamped[work.stage.number].made(work)
        shapes: list[Shape] = []
        role = "inserted" if work.step is not None and not work.step.reads else "input"
        for number, (page, window) in enumerate(work.made.items()):
            sheet, of = self.sheets[page], (page.site, number)
            shapes += sheet.cells(role, window, Key("made", of), shaded=True)
            shapes.append(Lines("reach", sheet.plane.outline(*window.box), key=Key("made reach", of)))
        return tuple(shapes)

    def stamp_number(self, stage: Stage, step: Step) -> int:
        """Return the number of a stamp among all of its stage, drawn or not."""
        read = step.reads[0]
        place = int(np.ravel_multi_index(tuple(read.taps.source[0].tolist()), stage.input_size))
        return self.plan.stamps(stage).number(read.channels[0], place)

    def known_on(self, page: Page, work: Work) -> Mask:
        """Return which cells of a sheet say something at a step."""
        sheet, site = self.sheets[page], self.sites[page.site]
        if site.maker is not None and site.maker.number in self.stamped:
            return self.stamped[site.maker.number].known(page, work.number)
        if site.tensor == 0 or not self.reveals or sheet.lettering is None or site.maker is None:
            return sheet.written
        maker = site.maker
        if maker not in self.plan.walked:
            return sheet.written
        done = work.number - self.plan.starts[self.plan.walked.index(maker)]
        channels = list(self.plan.channels_of(maker))
        if page.channel not in channels:
            return np.zeros(sheet.written.shape, bool)
        each = maker.steps_of[1]
        if self.plan.walk.order == "channel":
            count = min(max(done - channels.index(page.channel) * each, 0), each)
        else:
            count = min(max(-(-(done - channels.index(page.channel)) // len(channels)), 0), each)
        made = np.zeros(maker.output_size, bool)
        made.flat[:count] = True
        computed = made[np.ix_(*(np.maximum(source, 0) for source in site.grid.source))]
        return sheet.known(computed[page.slice] if computed.ndim == 3 else np.atleast_2d(computed))

    def legend(self) -> tuple[Entry, ...]:
        """Return what the looks mean."""
        inputs = [sheet for page, sheet in self.sheets.items() if self.sites[page.site].tensor == 0]
        keys = joined_legend(inputs)
        if any(site.tensor > 0 and self.role(site) == "intermediate" for site in self.sites):
            keys.append(entry("layer's result", "intermediate"))
        if self.plan.last.leaves_zeros:
            keys.append(entry("zero", "inserted"))
        keys += self.more_legend()
        if self.reveals:
            keys.append(entry("not yet computed", "pending"))
        keys.append(entry("output", "output"))
        is_single = not (self.plan.is_chain or self.plan.has_channels or self.stamped)
        return (*keys, *([entry("output of this step", "output", shaded=True)] if is_single else []))

    def more_legend(self) -> list[Entry]:
        """Return what else the arrangement shows."""
        return []


def _reads(stage: Stage, out_channel: int, in_channel: int) -> bool:
    """Return whether an output channel is made of an input channel, as far as a stage's groups say it."""
    return stage.rule is Rule.COPY or in_channel in stage.grouping.inputs_of(out_channel)


def _slices(places: Ints) -> list[int]:
    """Return the slices that places, (n, dims), lie in; those of fewer than three axes lie in one."""
    return np.unique(places[:, 0]).tolist() if places.shape[1] == 3 else [0]


def _in_slice(places: Ints, slice_: int) -> Ints:
    """Return the numbers of the places that lie in a slice."""
    own: Ints = np.flatnonzero(places[:, 0] == slice_) if places.shape[1] == 3 else np.arange(len(places))
    return own


def _by_slice(places: Ints) -> dict[int, Ints]:
    """Return places, (n, dims), as (row, column), by their slices."""
    if not len(places):
        return {}
    return {slice_: rows_columns(places[_in_slice(places, slice_)]) for slice_ in _slices(places)}


def _some(taps: Taps, chosen: Ints) -> Taps:
    return Taps(taps.position[chosen], taps.kind[chosen], taps.source[chosen], taps.kernel[chosen])


def _copies(grid: Grid, cell: list[int]) -> Ints:
    """Return where a cell, and copies of it in the padding, stand on a grid."""
    own = [np.flatnonzero(source == at) for source, at in zip(grid.source, cell, strict=True)]
    return np.stack([part.ravel() for part in np.meshgrid(*own, indexing="ij")], axis=1)


def texts_of(shapes: Iterable[Shape]) -> list[Texts]:
    """Return the words among some shapes."""
    return [shape for shape in shapes if isinstance(shape, Texts)]
