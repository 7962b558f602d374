"""Three axes: a tower of slabs for each channel, one slab of cubes a depth slice, from the input to the output."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product
from math import ceil, inf, sqrt
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from convanim.axis import Kind
from convanim.font import width_of
from convanim.plans import Plan, Rule, Windows
from convanim.scene import Cells, Entry, Key, Lines, Points, Shapes, Texts
from convanim.views.cubes import Cubes, intact, silhouette_rays, split
from convanim.views.headings import LINE, dots, enclosing, face_of, heading_size, more, obstacles, paragraph, words
from convanim.views.lettering import CENTRE
from convanim.views.look import Look
from convanim.views.marks import FIRST, ONE, SAMPLE
from convanim.views.picture import Link, Picture, Site, Work
from convanim.views.plane import OBLIQUE, Plane
from convanim.views.rays import around
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import slice_names
from convanim.views.summed import Summed
from convanim.views.towers import Slab, Tower
from convanim.wording import layer_lines, layer_title
from convanim.wording import size as size_words

_NUMBER, _NUMBER_AT = 0.42, (0.41, 0.45)
_LETTER, _LETTER_AT = 0.35, (0.31, 0.42)
"""Where a chip leaves room for them."""

_CHIP, _WEIGHT = 0.38, 0.32

_GAP, _GAP_OF_HEIGHT = 3.5, 0.22
"""Before what is made: at least, and as a part of the towers' height, so that rays are never steep."""

_BESIDE, _GROUPS = 1.2, 2.4
"""Between the towers of neighbouring channels, and more between groups."""

_LABEL_AIR, _EDGE = 0.5, 1.5
"""Between cubes and words, and at the edges of a picture, about."""

_MOST_WIDTH, _MOST_HEIGHT = 170.0, 4.0
"""How much wider than what stands on cubes one row of towers is at most, and how much higher than wide several are."""

_ROUNDS, _SWELLING = 20, (2.0, 1.2)
"""Until the size of words and the width of a picture with them agree, and how much larger the words become at most,
without channels and with them."""

_LETTERS, _LONG = 19, 60
"""The most in a line of words beside a kernel, and below several."""

_KERNEL_AIR, _BLOCK_AIR = 1.2, 0.5
"""At least between a tower and the kernels below it, and between those."""

_SMALL = 0.6
"""Scale of kernels where there are several."""

_ELLIPSIS = 2.4
"""Room of an ellipsis, if its words need no more."""

_OF_CHAIN = 0.7
"""By what part of the width of a chain the size of its words goes."""

_AXES = ("depth", "rows", "columns")
_WINDOWS = {Rule.MAX: "max of", Rule.MEAN: "mean of"}


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan with three axes; of a chain whose result is compared, only of what leads to it."""
    walked = plan.walking(way="layers", is_main=True, channels=Picture.drawn_channels(plan, look))
    return Slabs(walked, replace(look, classic=False, has_chips=look.has_chips and not plan.is_chain))


Place = tuple[int, int]
"""A site, and a channel of it."""


class Stand(NamedTuple):
    """Where a channel of a site stands, or −n for n that are left out."""

    site: int
    channel: int
    row: int
    middle: float


class Foot(NamedTuple):
    """What is below the towers of a site in a row: where kernels begin, their names and all words are, and its end."""

    top: float
    name: float
    words: float
    bottom: float


@dataclass(frozen=True)
class Slabs(Summed):
    """Towers from the input at the left to the output at the right, the kernels below what they make."""

    sheet_type = Slab

    def _channels(self, site: Site) -> Sequence[int]:
        """Return the channels of a site that are drawn."""
        found: Sequence[int] = self.contents.channels[site.tensor]
        return found

    @cached_property
    def _loose(self) -> list[Tower]:
        """A tower of each site, at no certain place, as high as its slabs need."""
        return [Tower.of(site.grid.kind.shape) for site in self.sites]

    def _standing(self, size: float, count: int) -> tuple[list[Stand], float]:
        """Return what stands in so many rows if words have some size, and where it ends with its words."""
        stands: list[Stand] = []
        right = before = 0.0
        for site in self.sites:
            tower, channels, left = self._loose[site.number], self._channels(site), 0.0
            if site.number:
                high = max(one.height for one in self._loose[site.number - 1 : site.number + 1])
                left = max(before + max(_GAP, _GAP_OF_HEIGHT * high / count / len(self.plan.main)), right + _BESIDE)
            names = max(width_of(self._name(site, one), face_of(self.plan.has_channels)) for one in channels) * size
            kernels = [self._extents[site.number, one][0] for one in channels if self._has_groups(site)]
            room = max(tower.width, names * self.plan.has_channels, *kernels)
            said = max((width_of(line, "bold") for line in self._lines(site)), default=0.0) * size
            right = left + max(names, self._words_from(site) + said)
            slots = _gapped(channels)
            columns, before = ceil(len(slots) / count), left + tower.width
            for number, one in enumerate(slots):
                if not number % columns:
                    at = left
                elif one in self._firsts(site):
                    at += _GROUPS
                wide = room if one >= 0 else max(_ELLIPSIS, width_of(more(-one)) * size)
                stands.append(Stand(site.number, one, number // columns, at + wide / 2))
                before = max(before, at + (wide + tower.width) / 2) if one >= 0 else before
                at += wide + _BESIDE
                right = max(right, at - _BESIDE)
        said = max(width_of(name, "bold") for name in self._output_names) * size
        return stands, max(right, before + _LABEL_AIR + said)

    def _firsts(self, site: Site) -> set[int | None]:
        """Return the channels that begin a group of several."""
        return {group[0] for group in self.chosen.slots(site.number) if group} if self.chosen.has_rules else set()

    def _wide(self, size: float, count: int) -> float:
        """Return how wide so many rows are if words have some size."""
        names = max(width_of(name, "bold") for name in self._input_names)
        return self._standing(size, count)[1] + names * size + _LABEL_AIR

    def _size(self, count: int) -> float:
        """Return the size of the words in so many rows: by the width of the picture, of which they are a part."""
        size = first = 0.0
        # A picture of several layers is wide, and its words need not grow with it.
        share = 1.0 if len(self.plan.main) == 1 else _OF_CHAIN
        for _ in range(_ROUNDS):
            size = heading_size(share * (self._wide(size, count) + _EDGE))
            first = first or size
            size = min(size, _SWELLING[self.plan.has_channels] * first)
        return size

    @cached_property
    def _count(self) -> int:
        """How many rows of towers there are: one, or more where what stands on cubes could not be read."""
        said = [self.sheet(self.pages(site)[0], *self._letters(site)).lettering for site in self.sites]
        least = min((own.size for own in said if own is not None), default=inf)
        high, found = max(tower.height for tower in self._loose), 1
        for count in range(1, max(len(self._channels(site)) for site in self.sites) + 1):
            wide = self._wide(self._size(count), count)
            found = count if count * high <= _MOST_HEIGHT * wide else found
            if wide <= _MOST_WIDTH * least:
                break
        return found

    @cached_property
    def size(self) -> float:
        """Size of the words."""
        return self._size(self._count)

    @cached_property
    def _stands(self) -> list[Stand]:
        """What stands where, from left to right."""
        return self._standing(self.size, self._count)[0]

    @cached_property
    def _row_of(self) -> dict[Place, int]:
        """The row of each channel of each site."""
        return {one[:2]: one.row for one in self._stands if one.channel >= 0}

    @cached_property
    def _laid(self) -> tuple[dict[Place, Tower], dict[Place, Foot], list[tuple[float, float]]]:
        """The towers of each channel of each site, what is below those of a site in a row, and the ends of rows."""
        towers: dict[Place, Tower] = {}
        feet: dict[Place, Foot] = {}
        rows: list[tuple[float, float]] = []
        loose, top = [Tower.of(site.grid.kind.shape, LINE * self.size) for site in self.sites], 0.0
        for row in range(max(self._row_of.values()) + 1):
            own = [one for one in self._stands if one.row == row and one.channel >= 0]
            bottom = top + max(loose[one.site].height for one in own)
            rows.append((top, bottom))
            for one in own:
                towers[one[:2]] = tower = loose[one.site].at((one.middle, (top + bottom) / 2))
                if one.site:
                    feet[one.site, row] = self._foot(self.sites[one.site], one.channel, tower.box[3], bottom)
            top = max([bottom, *(foot.bottom for (_, at), foot in feet.items() if at == row)]) + 2.5 * self.size
        return towers, feet, rows

    def _foot(self, site: Site, last: int, bottom: float, lowest: float) -> Foot:
        """Return what is below a row whose last channel is given: as low as all towers end where there is room."""
        kernels = max(self._extents[site.number, one][1] for one in self._channels(site))
        lines = len(self._lines(site)) * (last == self._channels(site)[-1]) * LINE * self.size
        named = LINE * self.size * self._has_groups(site)
        high = kernels + named + lines if named else max(kernels, lines)
        middle = max(bottom + _KERNEL_AIR + high / 2, lowest - high / 2)
        top, low = middle - high / 2, middle + high / 2
        if not named:
            return Foot(middle - kernels / 2, middle, middle, low)
        return Foot(top, top + kernels + named / 2, low - lines / 2, low)

    @property
    def towers(self) -> dict[Place, Tower]:
        """Where each channel of each site stands."""
        return self._laid[0]

    def _foot_of(self, place: Place) -> Foot:
        """Return what is below a tower."""
        return self._laid[1][place[0], self._row_of[place]]

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """Where each slab lies."""
        found: dict[Page, Sheet] = {}
        for site in self.sites:
            for page in self.pages(site):
                own = self.sheet(page, *self._letters(site)).moved(self.towers[page[:2]].plane(page.slice).origin)
                # Greys are framed, but not where there are none.
                is_grey = {"input", "copy"} & set(own.present)
                found[page] = own if is_grey else replace(own, tones=None)
        return found

    def _letters(self, site: Site) -> tuple[float, tuple[float, float]]:
        """Return how large letters are at most, and where on a cube they stand."""
        if site.reader is None or not (self.look.has_chips and site.reader.is_weighted):
            return _NUMBER, CENTRE
        return (_LETTER, _LETTER_AT) if self.look.labels == "letters" else (_NUMBER, _NUMBER_AT)

    def slab(self, page: Page) -> Slab:
        """Return one of the sheets."""
        found = self.sheets[page]
        assert isinstance(found, Slab)
        return found

    @staticmethod
    def _has_groups(site: Site) -> bool:
        """Return whether several kernels make a site, each with its name below it."""
        return site.maker is not None and site.maker.is_weighted and not site.maker.grouping.is_single

    def _kernels(self, site: Site, channel: int, left: float = 0.0, top: float = 0.0) -> dict[int, Cubes]:
        """Return the kernels that make a channel, from a corner on, by drawn input channels and −n for n left out."""
        stage = site.maker
        if stage is None or not stage.is_weighted:
            return {}
        inputs = stage.grouping.inputs_of(channel)
        group = _gapped([one for one in self.contents.channels[stage.source] if one in inputs])
        depth, rows, columns = stage.layer.kernel_size
        scale = _SMALL if self._has_groups(site) and depth * rows * columns > 1 else 1.0
        loose = Cubes(Plane(rows, columns, np.zeros(2), OBLIQUE.scaled(scale)), depth)
        pitch, corner = np.ptp(loose.hexagon, axis=0) + _BLOCK_AIR, [left, top] - loose.hexagon.min(axis=0)
        across = ceil(sqrt(len(group)))
        return {
            one: replace(loose, top=replace(loose.top, origin=corner + pitch * [place % across, place // across]))
            for place, one in enumerate(group)
        }

    @cached_property
    def _extents(self) -> dict[Place, tuple[float, float]]:
        """How wide and how high the kernels are that make each channel of each site."""
        found: dict[Place, tuple[float, float]] = {}
        for site in self.sites:
            for channel in self._channels(site):
                corners = [own.hexagon for own in self._kernels(site, channel).values()] or [np.zeros((1, 2))]
                wide, high = np.ptp(np.concatenate(corners), axis=0).tolist()
                found[site.number, channel] = wide, high
        return found

    @cached_property
    def blocks(self) -> dict[tuple[int, int, int], Cubes]:
        """The kernels by site, output and input channel, and below 0 where there are some that are not drawn."""
        found: dict[tuple[int, int, int], Cubes] = {}
        for (number, channel), tower in self.towers.items():
            if number:
                site, top = self.sites[number], self._foot_of((number, channel)).top
                spare = (tower.width - self._extents[number, channel][0]) / 2 if self._has_groups(site) else 0.0
                kernels = self._kernels(site, channel, tower.box[0] + spare, top)
                found |= {(number, channel, one): own for one, own in kernels.items()}
        return found

    @property
    def _is_lone(self) -> bool:
        """Whether there is one kernel, which is always at work."""
        return len(self.blocks) == len(self.plan.walked) == 1

    def behind(self) -> Shapes:
        """Return the threads that hold the towers together."""
        ends = [np.argwhere(site.grid.kind != Kind.OVERHANG).max(axis=0) + 1 for site in self.sites]
        return tuple(shape for place, one in self.towers.items() for shape in one.threads(*ends[place[0]].tolist()))

    def kernels(self) -> Shapes:
        """Return the kernels at rest, and dots for towers and kernels that are not drawn."""
        shapes = [shape for key, own in self.blocks.items() if key[2] >= 0 for shape in intact(own, self._is_lone)]
        rows = self._laid[2]
        spots = [(one.middle, sum(rows[one.row]) / 2, 1.0) for one in self._stands if one.channel < 0]
        spots += [(*own.hexagon.mean(axis=0).tolist(), _SMALL) for key, own in self.blocks.items() if key[2] < 0]
        return (*shapes, *dots(spots))

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

    def chips(self, work: Work) -> Shapes:
        """Return the weights in the corners of the cells that they meet."""
        stage, step = work.stage, work.step
        if stage is None or step is None or not self.look.is_labelled or stage.is_stamped:
            return ()
        return tuple(
            shape
            for page, places, read in self.read(step)
            for shape in self.contents.chips(
                self.sheets[page].plane, places, stage, read, (step.channel, page.channel), _CHIP, _WEIGHT
            )
        )

    def rays(self, work: Work) -> Shapes:
        """Return the rays from what is read to what is made, fainter before the slabs that it is one of."""
        groups: dict[tuple[int, ...], list[Link]] = {}
        for link in work.links:
            if self.slab(link.source).kind is not Kind.OVERHANG:
                slices = () if self.plan.has_channels else (link.source.slice, link.target.slice)
                groups.setdefault((*link.source[:2], *link.target[:2], *slices), []).append(link)
        if not groups:
            return ()
        target = work.links[0].target.site
        rays = np.concatenate([self._in_sight(links) for links in groups.values()])
        made = np.array([one for page, one in self._hexagons.items() if page.site == target]).reshape(-1, 6, 2)
        key, low, over = Key("ray", (work.links[0].stage.number,)), *split(rays, made)
        return tuple(
            Lines(role, self._clear(part, target, work), key=key, whole=part)
            for role, part in (("ray", low), ("ray_over", over))
        )

    def _in_sight(self, links: list[Link]) -> Points:
        """Return the rays from some slabs of a tower to others of another, without what is hidden."""
        starts = [(link.source, self.slab(link.source).corners(link.window.box)) for link in links]
        ends = np.concatenate([self.slab(link.target).corners(link.made.box) for link in links])
        rays = silhouette_rays(np.concatenate([corners for _, corners in starts]), ends)
        if links[0].stage.rule is Rule.COPY:
            tops = [(links[0].source, links[0].window), (links[0].target, links[0].made)]
            rays = np.array([[self.sheets[page].plane.quads(own.places).mean(axis=(0, 1)) for page, own in tops]])
        found = []
        for ray in rays:
            page = next((page for page, corners in starts if (corners == ray[0]).all(axis=1).any()), starts[0][0])
            found.append(split(ray[None], self._in_front(page, links[0].target.site))[0])
        return np.concatenate(found)

    def _in_front(self, source: Page, target: int) -> Points:
        """Return what hides the rays from a slab: the cubes above it, all towers on the way, and the kernels."""
        towers = [
            one
            for page, one in self._hexagons.items()
            if (page.slice > source.slice if page[:2] == source[:2] else source.site <= page.site < target)
        ]
        return np.array([*towers, *(block.hexagon for block in self.blocks.values())]).reshape(-1, 6, 2)

    @cached_property
    def _hexagons(self) -> dict[Page, Points]:
        """What the cubes of each slab cover."""
        return {page: self.slab(page).cubes.hexagon for page in self.sheets if self.slab(page).is_solid}

    @cached_property
    def _obstacles(self) -> Points:
        """The boxes of words that rays might meet."""
        return obstacles(self._every_word, self.look)

    def _clear(self, rays: Points, target: int, work: Work) -> Points:
        """Return of each ray the longest part that crosses no words, on the way to a site."""
        clear = [_longest(around(ray[None], self._obstacles)) for ray in rays]
        for page, sheet in self.sheets.items() if self.look.in_cells.is_labelled else ():
            if page.site <= target and any(_meets(ray, sheet) for ray in clear):
                known = self.known_on(page, work)
                clear = [_longest(sheet.broken(ray, known)) if _meets(ray, sheet) else ray for ray in clear]
        return np.concatenate([np.empty((0, 2, 2)), *clear])

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all but the sum."""
        towers = np.array([one.box for one in self.towers.values()]).reshape(-1, 2)
        return enclosing(np.concatenate([towers, *(own.hexagon for own in self.blocks.values())]), self._every_word)

    @cached_property
    def _input_names(self) -> list[str]:
        return slice_names(self.sites[0].grid)

    @cached_property
    def _output_names(self) -> list[str]:
        name = "slice" if self.plan.has_channels else "output slice"
        return [f"{name} {number + 1}" for number in range(self.plan.output_size[0])]

    def _name(self, site: Site, channel: int) -> str:
        """Return what a tower is called."""
        joint = " · " if self.role(site) == "intermediate" else " "
        said = str(channel + 1) if self.plan.has_channels else size_words(site.size)
        return f"{self.plan.tensors[site.tensor].name}{joint}{said}"

    def _lines(self, site: Site) -> tuple[str, ...]:
        """Return what makes a site is or moves, line by line."""
        stage = site.maker
        if stage is None:
            return ()
        layer = stage.layer
        if self.plan.is_chain or not isinstance(stage, Windows):
            return (layer_title(layer), *layer_lines(layer))
        is_several = stage.is_weighted and not stage.grouping.is_single
        name = f"kernel{'s' * is_several}" if stage.is_weighted else _WINDOWS.get(stage.rule, "window")
        along = [axis for axis, count in zip(_AXES, stage.output_size, strict=True) if count > 1]
        listed = " and ".join([", ".join(along[:-1]), along[-1]] if len(along) > 1 else along)
        more = f"move{'s' * (not is_several)} along {listed}" if along else ""
        if stage.is_stamped:
            more = "times each input cell, added to the output"
        return (f"{name} {size_words(layer.kernel_size)}", *wrap(more, _LONG if is_several else _LETTERS))

    def _words_from(self, site: Site) -> float:
        """Return how far behind a site's first tower the words about what makes it begin: behind a lone kernel."""
        is_beside = site.maker is not None and site.maker.is_weighted and not self._has_groups(site)
        return self._extents[site.number, self._channels(site)[0]][0] + _LABEL_AIR if is_beside else 0.0

    def _stage_words(self, site: Site, is_bold: bool) -> tuple[Texts, ...]:
        """Return what makes a site, beside its kernel or below its kernels."""
        first, last = ((site.number, self._channels(site)[at]) for at in (0, -1))
        left = self.towers[first].box[0] + self._words_from(site)
        return paragraph(self._lines(site), left, self._foot_of(last).words, self.size, face_of(is_bold))

    def words(self) -> Shapes:
        """Return the words that never change."""
        found = [self._above(one.row, more(-one.channel), one.middle) for one in self._stands if one.channel < 0]
        for site in self.sites if not self.plan.has_channels else ():
            name, tower = self._name(site, 0), self.towers[site.number, 0]
            found.append(self._above(0, name, tower.box[0] + max(tower.width, width_of(name) * self.size) / 2))
        return (*found, *(self._stage_words(self.sites[1], True) if len(self.sites) == 2 else ()))

    def _above(self, row: int, text: str, middle: float, is_bold: bool = False) -> Texts:
        """Return words above a row of towers, where no ray of it comes."""
        return words(text, middle, self._laid[2][row][0] - self.size, self.size, face_of(is_bold))

    @cached_property
    def _every_word(self) -> list[Texts]:
        """All words but the sum as they are at work, when they are widest."""
        return [*(text for text in self.words() if isinstance(text, Texts)), *self._names(None)]

    def _names(self, work: Work | None) -> list[Texts]:
        """Return the names of slabs, channels and stages, bold where a step has to do with them, or all of them."""
        pages: Collection[Page] = self.sheets if work is None else work.pages
        made = set(self._row_of)
        if work is not None:
            targets = self.sites_of(work.stage.target) if work.stage and work.step else ()
            made = {(site.number, one) for site in targets for one in (work.step.channels if work.step else ())}
        found: list[Texts] = []
        for place in self.towers if self.plan.has_channels else ():
            name, is_bold = self._name(self.sites[place[0]], place[1]), any(page[:2] == place for page in pages)
            box = self.towers[place].box
            found.append(self._above(self._row_of[place], name, (box[0] + box[2]) / 2, is_bold))
        found += self._slab_names(pages)
        for site in self.sites[1:]:
            own = [(site.number, channel) for channel in self._channels(site)]
            if len(self.sites) > 2:
                found += self._stage_words(site, not made.isdisjoint(own))
            for place in own if self._has_groups(site) else ():
                box, y = self.towers[place].box, self._foot_of(place).name
                said, face = f"kernel {place[1] + 1}", face_of(place in made)
                found.append(words(said, (box[0] + box[2]) / 2, y, self.size, face))
        return [replace(text, key=Key("word")) for text in found]

    def _slab_names(self, pages: Collection[Page]) -> Iterator[Texts]:
        """Yield what slabs are called: to the left of the first input of a row, and to the right of its last output."""
        ends = ((0, 0, self._input_names), (len(self.sites) - 1, -1, self._output_names))
        for (number, end, names), row in product(ends, range(len(self._laid[2]))):
            own = [place for place, at in self._row_of.items() if place[0] == number and at == row]
            read = {page.slice for page in pages if page[:2] in own}
            for slice_, name in enumerate(names if own else ()):
                tower = self.towers[own[end]]
                x = tower.box[2] + _LABEL_AIR if end else tower.box[0] - _LABEL_AIR
                y = float(tower.plane(slice_).corners()[2 if end else 0, 1]) + 0.5
                yield words(name, x, y, self.size, face_of(slice_ in read), 0.0 if end else 1.0)

    def words_at(self, work: Work) -> Shapes:
        """Return the names of what is at work, and the sum of the step."""
        return (*self._names(work), *self.sum(work))

    def more_legend(self) -> list[Entry]:
        """Return what else the picture shows."""
        sample = (Cells("padding", SAMPLE.quads(FIRST), shaded=True), Lines("window", SAMPLE.edges(ONE)))
        return [Entry("kernel", sample)] if self.blocks else []


def _gapped(channels: Sequence[int]) -> list[int]:
    """Return channels, and −n between two of which n are left out."""
    found = list(channels[:1])
    for before, one in pairwise(channels):
        found += [before + 1 - one, one] if one > before + 1 else [one]
    return found


def _meets(rays: Points, sheet: Sheet) -> bool:
    """Return whether the boxes around rays and around a sheet have anything in common."""
    if not len(rays):
        return False
    low, high = rays.min(axis=(0, 1)), rays.max(axis=(0, 1))
    left, top, right, bottom = sheet.box
    return bool(low[0] < right and high[0] > left and low[1] < bottom and high[1] > top)


def _longest(rays: Points) -> Points:
    """Return the longest of some rays, if there are any."""
    return rays[np.argsort(-np.linalg.norm(rays[:, 1] - rays[:, 0], axis=1))[:1]]
