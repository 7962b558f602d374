"""The drawn parts of a plan, sheet by sheet, and what each step reads and makes on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.rules import COPY
from convanim.plans import Cell, Grid, Ints, Mask, Plan, Read, Stage, Step, Taps
from convanim.views.channels import Chosen, Slots
from convanim.views.contents import Contents
from convanim.views.look import Look
from convanim.views.marks import Window, rows_columns
from convanim.views.resting import resting
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import Depths


@dataclass(frozen=True, eq=False)
class Site:
    """A place where a tensor is drawn.

    Attributes
    ----------
    number : int
        The number of the site.
    tensor : int
        The number of the tensor.
    reader : Stage or None
        The stage whose padded, zero-inserted input is drawn; None for the tensor as it is.
    maker : Stage or None
        The stage that makes the tensor.
    size : tuple of int
        The number of cells of each channel along each axis.
    """

    number: int
    tensor: int
    reader: Stage | None
    maker: Stage | None
    size: Cell

    @cached_property
    def grid(self) -> Grid:
        """The grid of cells of each channel."""
        if self.reader is not None:
            return self.reader.grid
        return Grid.plain(self.size) if self.maker is None else self.maker.target_grid


@dataclass(frozen=True, eq=False)
class Link:
    """The link from a window of one sheet to the cells of another that are computed from it.

    Attributes
    ----------
    stage : Stage
        The stage that computes them.
    source, target : Page
        The sheets.
    window, made : Window
        The cells read of the source, and the cells made on the target.
    """

    stage: Stage
    source: Page
    window: Window
    target: Page
    made: Window


@dataclass(frozen=True, eq=False)
class Work:
    """What one step reads and makes on each sheet.

    Attributes
    ----------
    number : int
        The number of the step in the picture.
    stage, step : Stage, Step or None
        The computed step and its stage; None if nothing is computed or a cell is only traced back.
    windows, made : mapping of Page to Window
        The cells read, and the cells made.
    links : tuple of Link
        The links from cells read to cells made.
    frames : mapping of Page to Window
        The cells that are framed, where others than those that are read are.
    """

    number: int
    stage: Stage | None = None
    step: Step | None = None
    windows: Mapping[Page, Window] = field(default_factory=dict)
    made: Mapping[Page, Window] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    frames: Mapping[Page, Window] = field(default_factory=dict)

    @property
    def pages(self) -> set[Page]:
        """All sheets that the step reads or makes."""
        return {*self.windows, *self.made}

    @property
    def channels(self) -> list[tuple[int, int]]:
        """The sites and channels that are read, in order."""
        return list(dict.fromkeys(page[:2] for page in self.windows))


@dataclass(frozen=True)
class Scenery(ABC):
    """A plan to draw: the drawn channels of its tensors, and what a step reads and makes on their sheets.

    Attributes
    ----------
    plan : Plan
        The plan, with the order of its steps in the picture.
    look : Look
        The options of the view.
    """

    plan: Plan
    look: Look

    @cached_property
    @abstractmethod
    def sheets(self) -> Mapping[Page, Sheet]:
        """The placed sheet of each page of each site, in drawing order."""

    @staticmethod
    def confined(plan: Plan, look: Look) -> dict[str, Mapping[int, tuple[int, ...]]]:
        """Return the drawn channels and slices of each tensor, as arguments that confine a walk to them."""
        slices = Depths.of(plan, look.field).of_tensors
        return {"channels": Chosen.of(plan, look.is_beside).by_tensor, "slices": slices}

    @property
    def is_field(self) -> bool:
        """Whether the receptive field of one cell is shown."""
        return self.plan.walk.way == "field"

    @cached_property
    def depths(self) -> Depths:
        """The drawn depth slices."""
        return Depths.of(self.plan, self.look.field)

    def slots(self, site: Site) -> Slots:
        """Return the drawn slices of a site's channels, with None for an ellipsis."""
        count = site.grid.kind.shape[0] if site.grid.kind.ndim == 3 else 1
        return self.depths.slots(site.tensor, site.reader, count)

    @cached_property
    def chosen(self) -> Chosen:
        """The drawn channels."""
        return Chosen.of(self.plan, self.look.is_beside)

    @cached_property
    def contents(self) -> Contents:
        """What is written in the cells."""
        channels = dict(self.chosen.by_tensor)
        for stage in self.plan.stages:
            channels.setdefault(stage.target, (0,))
        return Contents(self.plan, self.look, channels)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The places of drawn tensors: the inputs of each walked stage, and the output of each path."""
        found: list[Site] = []
        stages = self.plan.walked if self.plan.walk.is_stepwise else self.plan.main
        makers = {stage.target: stage for stage in stages}
        read = {source for one in stages for source in one.sources}
        for number, stage in enumerate(stages):
            for tensor in stage.sources:
                known = [site for site in found if site.tensor == tensor]
                # Each path that begins with the input has its own copy of it.
                is_fresh = tensor == 0 and number > 0 and stages[number - 1].target not in read
                if not known or is_fresh:
                    reader, size = self._reader(tensor, stage), self.plan.tensors[tensor].size
                    found.append(Site(len(found), tensor, reader, makers.get(tensor), size))
            if stage.target not in read:
                found.append(Site(len(found), stage.target, None, stage, stage.output_size))
        return tuple(found)

    def _reader(self, tensor: int, stage: Stage) -> Stage | None:
        """Return the stage whose input a tensor is drawn as: of several the one that reads the most around it."""
        stages = [one for one in self.plan.main if tensor in one.sources] if self.plan.is_branched else [stage]
        size = self.plan.tensors[tensor].size
        readers = [one for one in stages if not one.is_stamped and one.input_size == size]
        return max(readers, key=lambda one: one.grid.kind.size, default=None)

    def placed(self, site: Site, stage: Stage, taps: Taps) -> tuple[Ints, Mask]:
        """Return where the cells that a stage reads stand on a site's grid, and a mask of those that are drawn there.

        A tensor that several stages read is drawn as one of them reads it;
        others may read padding or inserted zeros that it does not show.
        """
        every: Mask = np.ones(len(taps.source), bool)
        if site.reader is stage:
            return taps.position - site.grid.start, every
        if all(one == 1 for one in (*site.grid.spacing, *stage.grid.spacing)) and site.size == stage.input_size:
            shift = [a.start - b.start for a, b in zip(site.grid.spread, stage.grid.spread, strict=True)]
            places = taps.position + np.array(shift) - site.grid.start
            return places, np.all((places >= 0) & (places < site.grid.kind.shape), axis=1)
        return site.grid.places(taps.source), np.all(taps.source >= 0, axis=1)

    def sites_of(self, tensor: int, reader: Stage | None = None) -> list[Site]:
        """Return the sites of a tensor: the one drawn as a stage's input if there is one, else all."""
        found = [site for site in self.sites if site.tensor == tensor]
        own = [site for site in found if site.reader is reader]
        return own if reader is not None and own else found

    def level(self, tensor: int) -> int:
        """Return how many stages of the main path lead to a tensor."""
        return next((level for level, stage in enumerate(self.plan.main, 1) if stage.target == tensor), 0)

    def pages(self, site: Site) -> list[Page]:
        """Return the pages of a site, channel by channel."""
        slices = [one for one in self.slots(site) if one is not None]
        channels = self.contents.channels[site.tensor]
        return [Page(site.number, channel, slice_) for channel in channels for slice_ in slices]

    def role(self, site: Site) -> str:
        """Return the role of a site's real cells."""
        return self.plan.named(site.tensor).role

    def spread(self, site: Site, cells: Ints) -> dict[int, Ints]:
        """Return the places of cells of a site's tensor, as (row, column), by slice."""
        return by_slice(site.grid.places(cells))

    def made_on(self, stage: Stage, channels: Iterable[int], cells: Ints) -> dict[Page, Window]:
        """Return the windows of a stage's output cells on the sheets of some channels, where they are drawn."""
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
        """Return what a step reads and makes on each sheet."""
        if self.is_field:
            assert self.plan.walk.cell is not None
            return self._traced(number, 0, self.plan.walk.cell, number)
        if number >= len(self.plan):
            return Work(number)
        stage, channel, place = self.plan.place(number)
        step = stage.step(channel, place)
        if self.plan.walk.way == "outputs":
            traced = self._traced(number, channel, step.cell, self._at_work(number))
            frames = {**traced.windows, **self._frames(stage, step, traced.windows)}
            framed = tuple(replace(link, window=frames[link.source]) for link in traced.links)
            return replace(traced, stage=stage, step=step, links=framed, frames=frames)
        windows = {page: Window.around(own) for page, own, _ in self.read(step)}
        cells = step.writes[stage.inside(step.writes)] if stage.is_stamped else step.writes
        made = self.made_on(stage, step.channels, cells)
        frames = {**windows, **self._frames(stage, step, windows)}
        links = [Link(stage, one, frames[one], other, own) for one in windows for other, own in made.items()]
        return Work(number, stage, step, windows, made, tuple(links), frames)

    rests: ClassVar[bool] = False
    """Whether a stage rests once its maps are full."""

    def _at_work(self, number: int) -> int:
        """Return how many of the last stages are at work at a step."""
        if not (self.rests and self.look.reveal and self.plan.walk.order == "channel"):
            return len(self.plan.main)
        return len(self.plan.main) - self._resting[number // len(self.plan.cells_of(self.plan.last))]

    def rests_before(self, number: int) -> int:
        """Return how many of the first stages rest at a step."""
        return len(self.plan.main) - self._at_work(number) if number < len(self.plan) else 0

    @cached_property
    def _resting(self) -> list[int]:
        """How many of the first stages rest while each output channel is made."""
        return resting(self.plan)

    def _frames(self, stage: Stage, step: Step, windows: Mapping[Page, Window]) -> dict[Page, Window]:
        """Return the framed cells of sheets where a step reads scattered ones; empty where it frames what it reads."""
        positions = stage.frame_of(step)
        if positions is None:
            return {}
        found = {}
        for page in windows:
            site = self.sites[page.site]
            own = by_slice(positions - np.array(site.grid.start)) if site.reader is stage else {}
            # On three axes, places may lie beside slices that the window would not read.
            places = own.get(page.slice, next(iter(own.values()), None))
            if places is not None:
                found[page] = Window.around(places)
        return found

    def read(self, step: Step) -> Iterator[tuple[Page, Ints, Read]]:
        """Yield each sheet that a step reads, with the places it reads and their taps."""
        stage = self.plan.stages[step.stage]
        for read in step.reads:
            for site in self.sites_of(read.tensor, stage):
                every, is_drawn = self.placed(site, stage, read.taps)
                places, drawn = every[is_drawn], read.taps.some(np.flatnonzero(is_drawn))
                for slice_ in _slices(places) if len(places) else ():
                    chosen = _in_slice(places, slice_)
                    taps = drawn.some(chosen)
                    for channel in read.channels:
                        page = Page(site.number, channel, slice_)
                        if page in self.sheets:
                            yield page, rows_columns(places[chosen]), replace(read, channels=(channel,), taps=taps)

    def _traced(self, number: int, channel: int, cell: tuple[int, ...], depth: int) -> Work:
        """Return what an output cell depends on, ``depth`` layers deep."""
        traced = self.plan.trace(channel, cell)
        seen: dict[Page, list[Ints]] = {}
        links: list[Link] = []
        for stage in self.plan.main[len(self.plan.main) - depth :]:
            needs = traced[stage.number]
            own: dict[tuple[int, int], dict[Page, Window]] = {}
            # A receptive field has only real cells; a step also reads padding and inserted zeros.
            for key, mask in needs.cells.items():
                for site in self.sites_of(key[0], stage):
                    is_real = self.is_field or site.reader is not stage
                    places = site.grid.places(np.argwhere(mask)) if is_real else np.argwhere(needs.read[key])
                    for slice_, part in by_slice(places).items():
                        page = Page(site.number, key[1], slice_)
                        if page in self.sheets:
                            seen.setdefault(page, []).append(part)
                            own.setdefault(key, {})[page] = Window.around(part)
            for made, mask in needs.made.items():
                targets = self.made_on(stage, (made,), np.argwhere(mask))
                for key, pages in own.items():
                    if not _reads(stage, made, key[1]):
                        continue
                    links += [
                        Link(stage, page, read, target, window)
                        for page, read in pages.items()
                        for target, window in targets.items()
                    ]
        # Several stages may read one tensor; it shows what all of them need.
        windows = {page: Window.around(np.concatenate(own)) for page, own in seen.items()}
        final = self.made_on(self.plan.last, (channel,), np.array([cell]))
        return Work(number, None, None, windows, final, tuple(links))

    def winner(self, stage: Stage, step: Step) -> tuple[Page, Ints] | None:
        """Return the sheet and the (row, column), (1, 2), of the value that is the maximum, or None."""
        number = self.plan.winner(step)
        if number is None:
            return None
        read = step.reads[0]
        lone = replace(step, reads=(replace(read, taps=read.taps.some(np.array([number]))),))
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
        """Return the number of a stamp among all stamps of its stage, drawn or not."""
        read = step.reads[0]
        place = int(np.ravel_multi_index(tuple(read.taps.source[0].tolist()), stage.input_size))
        return self.plan.stamps(stage).number(read.channels[0], place)


def _reads(stage: Stage, out_channel: int, in_channel: int) -> bool:
    """Return whether an output channel depends on an input channel, judging by a stage's groups."""
    return stage.rule is COPY or in_channel in stage.grouping.inputs_of(out_channel)


def _slices(places: Ints) -> list[int]:
    """Return the slices that contain places, (n, dims); with fewer than three axes there is only slice 0."""
    return np.unique(places[:, 0]).tolist() if places.shape[1] == 3 else [0]


def _in_slice(places: Ints, slice_: int) -> Ints:
    """Return the indices of the places that lie in a slice."""
    own: Ints = np.flatnonzero(places[:, 0] == slice_) if places.shape[1] == 3 else np.arange(len(places))
    return own


def by_slice(places: Ints) -> dict[int, Ints]:
    """Return places, (n, dims), as (row, column), grouped by slice."""
    if not len(places):
        return {}
    return {slice_: rows_columns(places[_in_slice(places, slice_)]) for slice_ in _slices(places)}


def copies(grid: Grid, cell: list[int]) -> Ints:
    """Return the places on a grid of a cell and of its copies in the padding."""
    own = [np.flatnonzero(source == at) for source, at in zip(grid.source, cell, strict=True)]
    return np.stack([part.ravel() for part in np.meshgrid(*own, indexing="ij")], axis=1)
