"""What is drawn of a plan, sheet by sheet, and what each step has to do with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from convanim.layers.axis import Kind
from convanim.layers.rules import COPY
from convanim.plans import Cell, Grid, Ints, Plan, Read, Stage, Step, Taps
from convanim.views.channels import Chosen, Slots
from convanim.views.contents import Contents
from convanim.views.look import Look
from convanim.views.marks import Window, rows_columns
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import Depths


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
class Scenery(ABC):
    """A plan that is drawn: which channels of which tensors, and what a step reads and makes on their sheets.

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

    @staticmethod
    def confined(plan: Plan, look: Look) -> dict[str, Mapping[int, tuple[int, ...]]]:
        """Return the channels and slices of each tensor that are drawn, as a walk is confined to them."""
        slices = Depths.of(plan, look.field).of_tensors
        return {"channels": Chosen.of(plan, look.is_beside).by_tensor, "slices": slices}

    @cached_property
    def depths(self) -> Depths:
        """The depth slices that are drawn."""
        return Depths.of(self.plan, self.look.field)

    def slots(self, site: Site) -> Slots:
        """Return the slices of a site's channels that are drawn, None for an ellipsis."""
        count = site.grid.kind.shape[0] if site.grid.kind.ndim == 3 else 1
        return self.depths.slots(site.tensor, site.reader, count)

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
        slices = [one for one in self.slots(site) if one is not None]
        channels = self.contents.channels[site.tensor]
        return [Page(site.number, channel, slice_) for channel in channels for slice_ in slices]

    def role(self, site: Site) -> str:
        """Return the role of a site's real cells."""
        if site.tensor == 0:
            return "input"
        return "output" if self.plan.tensors[site.tensor].name == "output" else "intermediate"

    def spread(self, site: Site, cells: Ints) -> dict[int, Ints]:
        """Return where cells of a site's tensor lie, as (row, column), by the slice that they are in."""
        return by_slice(site.grid.places(cells))

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
                    for slice_, part in by_slice(site.grid.places(places) if is_field else places).items():
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

    def winner(self, stage: Stage, step: Step) -> tuple[Page, Ints] | None:
        """Return the sheet and the one (row, column) of it where the value is that becomes the maximum."""
        number = self.plan.winner(step)
        if number is None:
            return None
        read = step.reads[0]
        lone = replace(step, reads=(replace(read, taps=_some(read.taps, np.array([number]))),))
        found = next(iter(self.read(lone)), None)
        return None if found is None else (found[0], found[1])

    def copied(self, page: Page, work: Work) -> Ints:
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

    def stamp_number(self, stage: Stage, step: Step) -> int:
        """Return the number of a stamp among all of its stage, drawn or not."""
        read = step.reads[0]
        place = int(np.ravel_multi_index(tuple(read.taps.source[0].tolist()), stage.input_size))
        return self.plan.stamps(stage).number(read.channels[0], place)


def _reads(stage: Stage, out_channel: int, in_channel: int) -> bool:
    """Return whether an output channel is made of an input channel, as far as a stage's groups say it."""
    return stage.rule is COPY or in_channel in stage.grouping.inputs_of(out_channel)


def _slices(places: Ints) -> list[int]:
    """Return the slices that places, (n, dims), lie in; those of fewer than three axes lie in one."""
    return np.unique(places[:, 0]).tolist() if places.shape[1] == 3 else [0]


def _in_slice(places: Ints, slice_: int) -> Ints:
    """Return the numbers of the places that lie in a slice."""
    own: Ints = np.flatnonzero(places[:, 0] == slice_) if places.shape[1] == 3 else np.arange(len(places))
    return own


def by_slice(places: Ints) -> dict[int, Ints]:
    """Return places, (n, dims), as (row, column), by their slices."""
    if not len(places):
        return {}
    return {slice_: rows_columns(places[_in_slice(places, slice_)]) for slice_ in _slices(places)}


def _some(taps: Taps, chosen: Ints) -> Taps:
    return Taps(taps.position[chosen], taps.kind[chosen], taps.source[chosen], taps.kernel[chosen])


def copies(grid: Grid, cell: list[int]) -> Ints:
    """Return where a cell, and copies of it in the padding, stand on a grid."""
    own = [np.flatnonzero(source == at) for source, at in zip(grid.source, cell, strict=True)]
    return np.stack([part.ravel() for part in np.meshgrid(*own, indexing="ij")], axis=1)
