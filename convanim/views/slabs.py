"""The slabs view of three axes: a tower for each channel, with a slab of cubes for each depth slice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise, product

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import Plan, Stage
from convanim.views.cubes import intact, silhouette_rays
from convanim.views.headings import LINE, dots, enclosing, face_of, more, paragraph, words
from convanim.views.lettering import CENTRE
from convanim.views.look import Look
from convanim.views.marks import FIRST, ONE, SAMPLE, Window
from convanim.views.naming import with_padding
from convanim.views.picture import Picture, Site, Work
from convanim.views.rays import clear, off_grid, pins
from convanim.views.scene import Cells, Entry, Key, Lines, Points, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.slab import Slab
from convanim.views.towers import LABEL_AIR, SMALL, Place, Stand, Towers

_OVER_NAMES = 2.2
"""How far the name of a tower stands at least over that of its uppermost slab, in sizes of letters."""

_INDEXED = 0.37, (0.46, 0.5)
"""The largest size of letters with three indices, and their position in a cell, which the indices hang below."""

_FRAME = 0.1
"""How far above a tower its frames reach."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan with three axes; where results are compared, only of the main path."""
    walked = plan.walking(way="layers", is_main=True, **Picture.confined(plan, look))
    return Slabs(walked, replace(look, classic=False, has_chips=look.has_chips and not plan.is_chain))


@dataclass(frozen=True)
class Slabs(Towers):
    """Towers from the input at the left to the output at the right, with kernels below their outputs."""

    sheet_type = Slab
    mark_size = 0.62
    chip = (0.38, 0.32)

    def letters(self, reader: Stage | None) -> tuple[float, tuple[float, float]]:
        """Return the largest size of letters, and their position in a cell: with three indices clear of its edges."""
        most, at = super().letters(reader)
        return _INDEXED if self.look.labels == "letters" and at == CENTRE else (most, at)

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The placed slab of each page."""
        found: dict[Page, Sheet] = {}
        for site in self.sites:
            for page in self.pages(site):
                own = self.sheet(page, *self.letters(site.reader)).moved(
                    self.towers[page[:2]].plane(self.slots(site).index(page.slice)).origin
                )
                # A slab with greys is framed, so those without greys must have no tones.
                is_grey = {"input", "copy"} & set(own.present)
                found[page] = own if is_grey else replace(own, tones=None)
        return found

    def slab(self, page: Page) -> Slab:
        """Return the sheet of a page as a slab."""
        found = self.sheets[page]
        assert isinstance(found, Slab)
        return found

    @property
    def _is_lone(self) -> bool:
        """Whether there is only one kernel, which is always at work."""
        return len(self.blocks) == len(self.plan.walked) == 1

    def behind(self) -> Shapes:
        """Return the threads that join the slabs of each tower."""
        ends = [site.grid.padded for site in self.sites]
        return tuple(shape for place, one in self.towers.items() for shape in one.threads(*ends[place[0]]))

    def kernels(self) -> Shapes:
        """Return the kernels at rest, and dots for towers and kernels that are not drawn."""
        shapes = [shape for key, own in self.blocks.items() if key[2] >= 0 for shape in intact(own, self._is_lone)]
        spots = [(one.middle, y, size) for one in self._stands if one.channel < 0 for y, size in self._dots_beside(one)]
        for place, one in self.towers.items():
            slots = self.slots(self.sites[place[0]])
            gaps = [one.plane(number).corners().mean(axis=0) for number, slot in enumerate(slots) if slot is None]
            spots += [(*gap.tolist(), 1.0) for gap in gaps]
        spots += [(*own.hexagon.mean(axis=0).tolist(), SMALL) for key, own in self.blocks.items() if key[2] < 0]
        return (*shapes, *dots(spots))

    def _dots_beside(self, stand: Stand) -> list[tuple[float, float]]:
        """Return the heights and sizes of dots for a tower that is not drawn, in its row, and for its kernel.

        Left of the first input of a row stand the names of its slabs, and only words tell of others.
        """
        beside = [place for place, row in self._row_of.items() if place[0] == stand.site and row == stand.row]
        if stand.site == 0 and stand.middle < self.towers[beside[0]].box[0]:
            return []
        _, top, _, bottom = self.towers[beside[0]].box
        kernels = [own.hexagon[:, 1].mean() for key, own in self.blocks.items() if key[:2] in beside]
        return [((top + bottom) / 2, 1.0), *((float(np.mean(kernels)), SMALL) for _ in kernels[:1])]

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels at work."""
        stage, step = work.stage, work.step
        if stage is None or step is None or self._is_lone:
            return ()
        number = self.sites_of(stage.target)[0].number
        read = {channel for one in step.reads for channel in one.channels}
        return tuple(
            shape
            for key, block in self.blocks.items()
            if key[0] == number and key[1] in step.channels and key[2] in read
            for shape in intact(block, key=Key("kernel", key))
        )

    def rays(self, work: Work) -> Shapes:
        """Return what joins a step's window into one block, and the two outermost rays from it to the cells made."""
        links = [link for link in work.links if self.slab(link.source).kind is not Kind.OVERHANG]
        if not links:
            return ()
        boxes = (
            [(self.slab(link.source), link.window.box) for link in links],
            [(self.slab(link.target), link.made.box) for link in links],
        )
        starts, ends = (np.concatenate([slab.corners(box) for slab, box in pairs]) for pairs in boxes)
        tops = [[slab.plane.outline(*box)[:, 0] for slab, box in pairs] for pairs in boxes]
        rays = np.stack([off_grid(start, end, *tops) for start, end in silhouette_rays(starts, ends)])
        key = Key("ray", (links[0].stage.number,))
        between = [self._between(pages) for pages in (work.windows, work.made)]
        areas, edges = (np.concatenate(parts) for parts in zip(*between, strict=True))
        return (
            *((Cells("glass", areas, key=Key("glass", key.of)),) if len(areas) else ()),
            Lines("upright", edges, key=Key("upright", key.of)),
            Lines("ray", clear(rays, self._kernel_outlines), key=key),
            *pins(rays, key),
        )

    @cached_property
    def _kernel_outlines(self) -> Points:
        """The outlines of kernels, which hide rays."""
        return np.array([one.hexagon for one in self.blocks.values()]).reshape(-1, 6, 2)

    def _between(self, windows: Mapping[Page, Window]) -> tuple[Points, Points]:
        """Return what is seen of a window's block between the slabs through which it reaches.

        Returns
        -------
        quads : (n, 4, 2) array
            The area of the block in the air between slabs.
        edges : (n, 2, 2) array
            Its three upright edges there.
        """
        quads, edges = [np.empty((0, 4, 2))], [np.empty((0, 2, 2))]
        for place in dict.fromkeys(page[:2] for page in windows):
            own = [page for page in windows if page[:2] == place and self.slab(page).kind is not Kind.OVERHANG]
            low, high = (way(page.slice for page in own) for way in (min, max))
            top, left, bottom, right = next(windows[page].box for page in own if page.slice == low)
            between = [self.slab(page) for page in self.sheets if page[:2] == place and low <= page.slice <= high]
            for below, above in pairwise(between):
                # The last windows may hang over.
                box = (*np.maximum((top, left), below.drawn[:2]), *np.minimum((bottom, right), below.drawn[2:]))
                corners = below.plane.rectangle(*box)
                # It shades no cube or word behind its own, and its edges stand on these, or on those of the slab.
                own_back, at = corners[[0, 3, 2]], corners[:3, 0]
                is_clear = below.kind is Kind.PADDING and not self.look.is_labelled
                behind = own_back if is_clear else below.outlines[0][[0, 2, 3]]
                bends = np.concatenate([*above.outlines, behind])[:, 0]
                areas = above.air(behind, np.unique(np.clip(bends, at[0], at[2]).round(6)))
                quads.append(np.concatenate([areas[:-1], areas[1:, ::-1]], axis=1))
                edges.append(above.air(behind if self.look.is_labelled else own_back, at))
        return np.concatenate(quads), np.concatenate(edges)

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of the picture without the sum."""
        # Frames around cells that belong together reach beyond these.
        towers = np.array([np.add(one.box, [0, -_FRAME, 0, 0]) for one in self.towers.values()]).reshape(-1, 2)
        return enclosing(np.concatenate([towers, *(own.hexagon for own in self.blocks.values())]), self._every_word)

    def _stage_words(self, site: Site, is_bold: bool) -> tuple[Texts, ...]:
        """Return the words about the stage that makes a site, beside its kernel or below its kernels."""
        first, last = ((site.number, self._channels(site)[at]) for at in (0, -1))
        left = self.towers[first].box[0] + self._words_from(site)
        return paragraph(self._lines(site), left, self._foot_of(last).words, self.size, face_of(is_bold))

    def words(self) -> Shapes:
        """Return the words that never change."""
        found = [self._above(one.row, more(-one.channel), one.middle) for one in self._stands if one.channel < 0]
        if not self.plan.has_channels:
            found += [self._tower_name((site.number, 0)) for site in self.sites]
            given = found[-len(self.sites)]
            below = np.array([0.0, LINE * self.size])
            found += [replace(given, words=(line,), places=given.places + below) for line in self._padded]
        # Below several kernels, bold words would look like those of the last one.
        made = self.sites[1]
        is_bold = not (self._has_groups(made) and self._has_several(made))
        return (*found, *(self._stage_words(made, is_bold) if len(self.sites) == 2 else ()))

    def _tower_name(self, place: Place, is_bold: bool = False) -> Texts:
        """Return the name of a tower: above its row, where its rays do not pass, or over the names of its slabs.

        These are beside the only tower of the input or of the output, where no rays pass either.
        """
        site, tower = self.sites[place[0]], self.towers[place]
        name, is_last = self._name(site, place[1]), site is self.sites[-1]
        if len(self._channels(site)) > 1 or not (is_last or site is self.sites[0]):
            wide = max(tower.width, width_of(name) * self.size * (not self.plan.has_channels))
            return self._above(self._row_of[place], name, tower.box[0] + wide / 2, is_bold)
        over = float(tower.plane(tower.slabs - 1).corners()[2 * is_last, 1]) + 0.5 - _OVER_NAMES * self.size
        x = tower.box[2] + LABEL_AIR if is_last else tower.box[0] - LABEL_AIR
        y = min(tower.box[1] + self.size / 2, over) - LINE * self.size * len(() if is_last else self._padded)
        return words(name, x, y, self.size, face_of(is_bold), 0.0 if is_last else 1.0)

    @property
    def _padded(self) -> tuple[str, ...]:
        """The line below the name of the input with its size as it is drawn; in a row of layers there is no room."""
        return () if self.plan.has_channels or len(self.sites) > 2 else with_padding(self.plan.last)

    def _above(self, row: int, text: str, middle: float, is_bold: bool = False) -> Texts:
        """Return words above a row of towers."""
        return words(text, middle, self._laid[2][row][0] - self.size, self.size, face_of(is_bold))

    @cached_property
    def _every_word(self) -> list[Texts]:
        """All words except the sum, as they look at work, when they are widest."""
        return [*(text for text in self.words() if isinstance(text, Texts)), *self._names(None)]

    def _names(self, work: Work | None) -> list[Texts]:
        """Return the names of slabs, channels and stages, bold if a step uses them (all if ``work`` is None)."""
        pages: Collection[Page] = self.sheets if work is None else work.pages
        made = set(self._row_of)
        if work is not None:
            targets = self.sites_of(work.stage.target) if work.stage and work.step else ()
            made = {(site.number, one) for site in targets for one in (work.step.channels if work.step else ())}
        named = self.towers if self.plan.has_channels else ()
        found = [self._tower_name(place, any(page[:2] == place for page in pages)) for place in named]
        found += self._slab_names(pages)
        for site in self.sites[1:]:
            own = [(site.number, channel) for channel in self._channels(site)]
            if len(self.sites) > 2:
                found += self._stage_words(site, not made.isdisjoint(own))
            for place in own if self._has_groups(site) and self._has_several(site) else ():
                box, y = self.towers[place].box, self._foot_of(place).name
                said, face = self.plan.names.kernel.of(place[1]), face_of(place in made)
                found.append(words(said, (box[0] + box[2]) / 2, y, self.size, face))
        return [replace(text, key=Key("word")) for text in found]

    def _slab_names(self, pages: Collection[Page]) -> Iterator[Texts]:
        """Yield the names of slabs, left of the first input of a row and right of its last output."""
        ends = ((0, 0, self._input_names), (len(self.sites) - 1, -1, self._output_names))
        for (number, end, names), row in product(ends, range(len(self._laid[2]))):
            own = [place for place, at in self._row_of.items() if place[0] == number and at == row]
            read = {page.slice for page in pages if page[:2] in own}
            slots = self.slots(self.sites[number])
            # The name of the only slice of each channel would seem to be of the channel beside it.
            is_named = bool(own) and not (len(slots) == 1 and self.plan.has_channels)
            for slot, (slice_, name) in enumerate(zip(slots, names, strict=True) if is_named else ()):
                tower = self.towers[own[end]]
                x = tower.box[2] + LABEL_AIR if end else tower.box[0] - LABEL_AIR
                corners = tower.plane(slot).corners()
                # The note about a gap is level with its dots, the name of a slab with its side.
                y = float(corners[:, 1].mean() if slice_ is None else corners[2 if end else 0, 1] + 0.5)
                yield words(name, x, y, self.size, face_of(slice_ in read), 0.0 if end else 1.0)

    def words_at(self, work: Work) -> Shapes:
        """Return the names, bold for what is at work, and the sum of the step."""
        return (*self._names(work), *self.sum(work))

    def more_legend(self) -> list[Entry]:
        """Return the further entries of the legend."""
        sample = (Cells("padding", SAMPLE.quads(FIRST), shaded=True), Lines("window", SAMPLE.edges(ONE)))
        return [Entry(translated("kernel"), sample)] if self.blocks else []
