"""Three axes: a tower of slabs for each channel, one slab of cubes a depth slice, from the input to the output."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import ceil, inf, sqrt
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from convanim.axis import Kind
from convanim.font import width_of
from convanim.plans import Ints, Mask, Plan, Rule, Stage, Windows
from convanim.scene import Cells, Entry, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.cubes import Cubes, intact, silhouette_rays, split
from convanim.views.headings import heading_size, obstacles, word_boxes, words
from convanim.views.lettering import CENTRE
from convanim.views.look import Look
from convanim.views.marks import FIRST, ONE, SAMPLE, Window
from convanim.views.picture import Link, Picture, Site, Work
from convanim.views.plane import OBLIQUE, Plane
from convanim.views.rays import around
from convanim.views.sheet import ROLES, Page, Sheet
from convanim.views.signs import Box
from convanim.views.slices import slice_names
from convanim.views.summed import Summed
from convanim.wording import layer_lines, layer_title
from convanim.wording import size as size_words

_NUMBER, _NUMBER_AT = 0.42, (0.41, 0.45)
_LETTER, _LETTER_AT = 0.35, (0.31, 0.42)
"""Where a chip leaves room for them."""

_CHIP, _WEIGHT = 0.38, 0.32

_AIR = 0.4
"""At least between a slab and the one above it."""

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

_LINE = 1.4
"""From one line of words to the next, in their sizes."""

_LETTERS, _LONG = 19, 60
"""The most in a line of words beside a kernel, and below several."""

_KERNEL_AIR, _BLOCK_AIR = 1.2, 0.5
"""At least between a tower and the kernels below it, and between those."""

_SMALL = 0.6
"""Scale of kernels where there are several."""

_ELLIPSIS, _DOT, _DOT_PITCH = 2.4, 0.16, 0.8
_DISC = np.array([[[-1, -1], [1, -1], [1, 1], [-1, 1]], [[-1.3, 0], [0, -1.3], [1.3, 0], [0, 1.3]]]) * 0.85 * _DOT
"""Room of an ellipsis, a dot of it as two squares across each other, and from one to the next."""

_OF_CHAIN = 0.7
"""By what part of the width of a chain the size of its words goes."""

_AXES = ("depth", "rows", "columns")
_WINDOWS = {Rule.MAX: "max of", Rule.MEAN: "mean of"}


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan with three axes; of a chain whose result is compared, only of what leads to it."""
    walked = plan.walking(way="layers", is_main=True, channels=Picture.drawn_channels(plan, look))
    return Slabs(walked, replace(look, classic=False, has_chips=look.has_chips and not plan.is_chain))


@dataclass(frozen=True)
class Tower:
    """Slabs of equal size above each other, number 0 lowest.

    Attributes
    ----------
    slabs, rows, columns : int
        How many there are, and how many cells each has.
    pitch : float
        From one to the next.
    left, top : float
        Of all that they cover.
    """

    slabs: int
    rows: int
    columns: int
    pitch: float
    left: float = 0.0
    top: float = 0.0

    @classmethod
    def of(cls, size: tuple[int, ...]) -> Tower:
        """Return a tower whose slabs are so far apart that none hides anything of another."""
        slabs, rows, columns = size
        one = Plane(rows, columns, np.zeros(2))
        return cls(slabs, rows, columns, 1 + one.rise_over(one) + _AIR)

    @property
    def width(self) -> float:
        """How wide it is."""
        return float(np.ptp(self.plane(0).corners()[:, 0]))

    @property
    def height(self) -> float:
        """How high it is."""
        return (self.slabs - 1) * self.pitch + float(np.ptp(self.plane(0).corners()[:, 1])) + 1

    @property
    def middle(self) -> float:
        """The middle between its left and its right end."""
        return self.left + self.width / 2

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.top + self.height

    def plane(self, slab: int) -> Plane:
        """Return the upper faces of a slab."""
        flat = Plane(self.rows, self.columns, np.zeros(2))
        y = self.top - float(flat.corners()[:, 1].min()) + (self.slabs - 1 - slab) * self.pitch
        return replace(flat, origin=np.array([self.left, y]))

    def beside(self, slab: int) -> tuple[float, float]:
        """Return the middle heights of a slab's left and right edge."""
        corners = self.plane(slab).corners()
        return float(corners[0, 1]) + 0.5, float(corners[2, 1]) + 0.5

    def threads(self, slabs: int, rows: int, columns: int) -> Shapes:
        """Return upright lines that join the left corners of the lowest slabs, and the right ones of so many cells."""
        ends = np.array([[0, 0], [rows, columns]])
        segments = np.stack([self.plane(number).points(ends) for number in (slabs - 1, 0)], axis=1)
        return (Lines("thread", segments),) if slabs > 1 else ()


@dataclass(frozen=True, eq=False)
class Slab(Sheet):
    """A depth slice of a channel: cubes from the first of its own cells to the last; all around them is flat."""

    @cached_property
    def kind(self) -> Kind:
        """What it is along the depth."""
        return Kind(int(self.grid.kind.min()))

    @cached_property
    def is_solid(self) -> bool:
        """Whether it has cubes."""
        return self.kind in (Kind.INPUT, Kind.INSERTED)

    @cached_property
    def cubes(self) -> Cubes:
        """The cubes, with the sides that no padding lies in front of."""
        _, left, bottom, _ = self.spread
        block = Cubes(self.plane).part(*self.spread)
        return replace(block, has_left=left == 0, has_right=not (self.roles[bottom:] >= 0).any())

    def under(self, box: Box) -> Cubes:
        """Return the cubes below a rectangle of cells, without sides in sight where there are none."""
        top, left, bottom, right = self.spread
        own = max(box[0], top), max(box[1], left), min(box[2], bottom), min(box[3], right)
        if not self.is_solid or own[0] >= own[2] or own[1] >= own[3]:
            return replace(Cubes(self.plane).part(*box), has_left=False, has_right=False)
        return self.cubes.part(own[0] - top, own[1] - left, own[2] - top, own[3] - left)

    def outlined(self, box: Box, key: Key) -> Shapes:
        """Return a heavy outline around a rectangle of cells, as far as it is on the slab, and what is below it."""
        top, left, bottom, right = box
        flat = self.plane.outline(max(top, 0), max(left, 0), min(bottom, self.rows), min(right, self.columns))
        under = self.under(box)
        # Sides that are out of sight unfold when it glides to where they are not.
        whole = np.concatenate([flat, under.folded()])
        return (Lines("reach", np.concatenate([flat, under.outlines()]), key=key, whole=whole),)

    def reach(self, window: Window, key: Key | None = None) -> Shapes:
        """Return the outline of a window, and of the sides in sight below it."""
        under = self.under(window.box)
        return (*super().reach(window, key), Lines("reach", under.outlines(), key=key, whole=under.folded()))

    def corners(self, box: Box) -> Points:
        """Return the corners in sight of a rectangle of cells and what is below it."""
        return np.concatenate([self.plane.outline(*box)[:, 0], *(face.corners() for face in self.under(box).seen)])

    def cells(
        self,
        role: str,
        window: Window,
        key: Key | None = None,
        shaded: bool = False,
        strength: float = 1.0,
        is_said: bool = True,
    ) -> Shapes:
        """Return the cubes of a window as those of a look, with what stands on them."""
        mask = np.zeros(self.roles.shape, bool)
        mask[tuple(window.places.T)] = True
        sides = self._sides(self.cubes, role, mask, key, shaded, strength)
        return (*sides, *super().cells(role, window, key, shaded, strength, is_said))

    def _sides(
        self, block: Cubes, role: str, mask: Mask, key: Key | None = None, shaded: bool = False, strength: float = 1.0
    ) -> Shapes:
        """Return the sides in sight of those cubes that a mask of all cells has."""
        top, left, bottom, right = self.spread
        if not self.is_solid:
            return ()
        tones = None if role == "pending" else self.tones_of(role)
        greys = None if tones is None else tones[top:bottom, left:right]
        own = mask[top:bottom, left:right]
        return block.sides(self.fill(role), own, shaded, strength, greys, key or self.key)

    def _hidden(self, mask: Mask, is_pending: bool = False) -> Shapes:
        """Return the sides behind padding, unless that has words."""
        if self.lettering is not None:
            return ()
        block = replace(self.cubes, has_left=not self.cubes.has_left, has_right=not self.cubes.has_right)
        shapes: list[Shape] = []
        for role in self.present:
            look = "pending" if is_pending and role == "input" else role
            shapes += self._sides(block, look, mask & (self.roles == ROLES.index(role)))
        return tuple(shapes)

    def ground(self, pending: bool = False) -> Shapes:
        """Return all of it."""
        return (*self._hidden(np.ones(self.roles.shape, bool), pending), *super().ground(pending))

    def revealed(self, places: Ints) -> Shapes:
        """Return some of its cubes once they are known, and again the padding in front of them."""
        mask, near = np.zeros(self.roles.shape, bool), np.zeros(self.roles.shape, bool)
        for row, column in places.tolist():
            mask[row, column] = True
            near[row : row + 3, max(column - 2, 0) : column + 3] = True
        sides = self._hidden(mask)
        shapes: list[Shape] = list(sides)
        top, left, bottom, right = self.spread
        near[top:bottom, left:right] = False
        for role in self.present if sides else ():
            front = Window(0, 0, near & (self.roles == ROLES.index(role)))
            shapes += super().cells(role, front, is_said=False)
        return (*shapes, *super().revealed(places))


class Across(NamedTuple):
    """Where towers stand from left to right."""

    lefts: dict[tuple[int, int], float]
    """The left end of each channel of each site."""

    gaps: list[tuple[int, float, int]]
    """Row and middle of each ellipsis, and how many channels it stands for."""

    right: float
    """The end of all towers, kernels and words."""


class Down(NamedTuple):
    """Where all is from the top down."""

    towers: dict[tuple[int, int], Tower]
    """Those of each channel of each site."""

    feet: dict[tuple[int, int], tuple[float, float, float]]
    """By site and row, how high its kernels are, and the upper and lower end of them with their words."""

    rows: list[tuple[float, float]]
    """The upper and lower end of the towers in each row."""


@dataclass(frozen=True)
class Slabs(Summed, Picture):
    """Towers from the input at the left to the output at the right, the kernels below what they make."""

    sheet_type = Slab

    def _channels(self, site: Site) -> Sequence[int]:
        """Return the channels of a site that are drawn."""
        found: Sequence[int] = self.contents.channels[site.tensor]
        return found

    def _rows(self, site: Site, count: int) -> list[list[int]]:
        """Return the channels of a site in so many rows, and −n between two of which n are left out."""
        slots = _gapped(self._channels(site))
        columns = ceil(len(slots) / count)
        return [slots[at : at + columns] for at in range(0, len(slots), columns)]

    @cached_property
    def _loose(self) -> dict[int, Tower]:
        """A tower of each site, at no certain place, as high as its slabs need."""
        return {site.number: Tower.of(site.grid.kind.shape) for site in self.sites}

    def _across(self, size: float, count: int) -> Across:
        """Return where towers stand in so many rows if words have some size."""
        lefts: dict[tuple[int, int], float] = {}
        gaps: list[tuple[int, float, int]] = []
        left, rights, before = 0.0, [0.0], 0.0
        for site in self.sites:
            tower = self._loose[site.number]
            if site.number:
                high = max(tower.height, self._loose[site.number - 1].height)
                left = max(
                    before + max(_GAP, _GAP_OF_HEIGHT * high / count / len(self.plan.main)), rights[-1] + _BESIDE
                )
            names = max(width_of(self._name(site, one), _face(self.plan.has_channels)) for one in self._channels(site))
            room, ends = tower.width, [left + names * size]
            if self.plan.has_channels:
                room = max(room, names * size)
            if self._has_groups(site):
                room = max(room, *(self._group_size(site, one)[0] for one in self._channels(site)))
            grouping = self.plan.last.grouping
            each = grouping.outputs_a_group if site.tensor else grouping.inputs_a_group
            for row, slots in enumerate(self._rows(site, count)):
                at = left
                for one in slots:
                    wide = room if one >= 0 else max(_ELLIPSIS, width_of(_more(-one)) * size)
                    if one < 0:
                        gaps.append((row, at + wide / 2, -one))
                    else:
                        at += _GROUPS if self.chosen.has_rules and one % each == 0 and at > left else 0.0
                        lefts[site.number, one] = at + (wide - tower.width) / 2
                    at += wide + _BESIDE
                ends.append(at - _BESIDE)
            if site.maker is not None:
                said = max(width_of(line, "bold") for line in self._lines(site.maker)) * size
                ends.append(left + self._words_from(site) + said)
            before = max(own for (number, _), own in lefts.items() if number == site.number) + tower.width
            rights.append(max(ends))
        said = max(width_of(name, "bold") for name in self._output_names) * size
        return Across(lefts, gaps, max(*rights, before + _LABEL_AIR + said))

    def _wide(self, size: float, count: int) -> float:
        """Return how wide so many rows are if words have some size."""
        names = max(width_of(name, "bold") for name in self._input_names)
        return self._across(size, count).right + names * size + _LABEL_AIR

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
        words = [self.sheet(self.pages(site)[0], *self._letters(site)).lettering for site in self.sites]
        least = min((own.size for own in words if own is not None), default=inf)
        high, found = max(tower.height for tower in self._loose.values()), 1
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
    def _placed(self) -> Across:
        return self._across(self.size, self._count)

    @cached_property
    def _row_of(self) -> dict[tuple[int, int], int]:
        """The row of each channel of each site."""
        return {
            (site.number, one): row
            for site in self.sites
            for row, slots in enumerate(self._rows(site, self._count))
            for one in slots
            if one >= 0
        }

    @cached_property
    def _laid(self) -> Down:
        found = Down({}, {}, [])
        wide = {number: replace(one, pitch=max(one.pitch, _LINE * self.size)) for number, one in self._loose.items()}
        top = 0.0
        for row in range(max(self._row_of.values()) + 1):
            own = [key for key, at in self._row_of.items() if at == row]
            high = max(wide[number].height for number, _ in own)
            for key in own:
                tower = wide[key[0]]
                middle = top + high / 2
                found.towers[key] = replace(tower, left=self._placed.lefts[key], top=middle - tower.height / 2)
            found.rows.append((top, top + high))
            ends = [top + high]
            for site in self.sites[1:]:
                made = [key for key in own if key[0] == site.number]
                if made:
                    bottom = max(found.towers[key].bottom for key in made)
                    found.feet[site.number, row] = foot = self._footed(site, row, bottom, top + high)
                    ends.append(foot[-1])
            top = max(ends) + 2.5 * self.size
        return found

    def _footed(self, site: Site, row: int, bottom: float, lowest: float) -> tuple[float, float, float]:
        """Return how high kernels below a row are, and their ends: as low as all towers end where there is room."""
        kernels = max(self._group_size(site, one)[1] for one in self._channels(site))
        is_last = row == self._row_of[site.number, self._channels(site)[-1]]
        assert site.maker is not None
        lines = len(self._lines(site.maker)) * is_last * _LINE * self.size
        named = _LINE * self.size if self._has_groups(site) else 0.0
        high = kernels + named + lines if named else max(kernels, lines)
        middle = max(bottom + _KERNEL_AIR + high / 2, lowest - high / 2)
        return kernels, middle - high / 2, middle + high / 2

    @property
    def towers(self) -> dict[tuple[int, int], Tower]:
        """Where each channel of each site stands."""
        return self._laid.towers

    def _foot(self, site: Site, channel: int) -> tuple[float, float, float]:
        return self._laid.feet[site.number, self._row_of[site.number, channel]]

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

    def _loose_block(self, site: Site) -> Cubes:
        """Return a kernel that makes a site, but at no certain place."""
        assert site.maker is not None
        depth, rows, columns = site.maker.layer.kernel_size
        scale = _SMALL if self._has_groups(site) and depth * rows * columns > 1 else 1.0
        return Cubes(Plane(rows, columns, np.zeros(2), OBLIQUE.scaled(scale)), depth)

    def _group(self, site: Site, channel: int) -> list[int]:
        """Return from which drawn channels kernels lead to one, and −n between two of which n are not drawn."""
        stage = site.maker
        if stage is None or not stage.is_weighted:
            return []
        inputs = stage.grouping.inputs_of(channel)
        return _gapped([one for one in self.contents.channels[stage.source] if one in inputs])

    def _group_size(self, site: Site, channel: int) -> tuple[float, float]:
        """Return how wide and how high the kernels that make a channel are together."""
        count = len(self._group(site, channel))
        if not count:
            return 0.0, 0.0
        block, columns = self._loose_block(site), ceil(sqrt(count))
        rows = ceil(count / columns)
        return (
            columns * block.width + (columns - 1) * _BLOCK_AIR,
            rows * block.height + (rows - 1) * _BLOCK_AIR,
        )

    @cached_property
    def blocks(self) -> dict[tuple[int, int, int], Cubes]:
        """The kernels by site, output and input channel, and below 0 where there are some that are not drawn."""
        found: dict[tuple[int, int, int], Cubes] = {}
        for (number, channel), tower in self.towers.items():
            site = self.sites[number]
            group = self._group(site, channel)
            if not group:
                continue
            loose, (kernels, top, bottom) = self._loose_block(site), self._foot(site, channel)
            left = tower.left
            if self._has_groups(site):
                left += (tower.width - self._group_size(site, channel)[0]) / 2
            else:
                top = (top + bottom - kernels) / 2
            for place, one in enumerate(group):
                row, column = divmod(place, ceil(sqrt(len(group))))
                x = left + column * (loose.width + _BLOCK_AIR)
                y = top - float(loose.hexagon[:, 1].min()) + row * (loose.height + _BLOCK_AIR)
                found[number, channel, one] = replace(loose, top=replace(loose.top, origin=np.array([x, y])))
        return found

    @property
    def _is_lone(self) -> bool:
        """Whether there is one kernel, which is always at work."""
        return len(self.blocks) == len(self.plan.walked) == 1

    def behind(self) -> Shapes:
        """Return the threads that hold the towers together."""
        shapes: list[Shape] = []
        for (number, _), tower in self.towers.items():
            kind = self.sites[number].grid.kind
            shapes += tower.threads(*(np.argwhere(kind != Kind.OVERHANG).max(axis=0) + 1).tolist())
        return tuple(shapes)

    def kernels(self) -> Shapes:
        """Return the kernels at rest, and dots for towers and kernels that are not drawn."""
        shapes = [shape for key, own in self.blocks.items() if key[2] >= 0 for shape in intact(own, self._is_lone)]
        spots = [(x, sum(self._laid.rows[row]) / 2, 1.0) for row, x, _ in self._placed.gaps]
        spots += [(*own.hexagon.mean(axis=0).tolist(), _SMALL) for key, own in self.blocks.items() if key[2] < 0]
        discs = [[x + at * _DOT_PITCH * scale, y] + _DISC * scale for x, y, scale in spots for at in (-1, 0, 1)]
        return (*shapes, *((Cells("dot", np.concatenate(discs)),) if discs else ()))

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
        towers = [[one.left, one.top, one.left + one.width, one.bottom] for one in self.towers.values()]
        boxes = np.concatenate([word_boxes(self._every_word), towers])
        corners = np.concatenate([boxes[:, :2], boxes[:, 2:], *(block.hexagon for block in self.blocks.values())])
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return left, top, right, bottom

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

    def _lines(self, stage: Stage) -> tuple[str, ...]:
        """Return what a stage is or moves, line by line."""
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
        return self._loose_block(site).width + _LABEL_AIR if is_beside else 0.0

    def _stage_words(self, site: Site, face: str) -> Iterator[Texts]:
        """Yield what makes a site, beside its kernel or below its kernels; the first line as it is at work or not."""
        assert site.maker is not None
        lines, pitch, channels = self._lines(site.maker), _LINE * self.size, self._channels(site)
        _, top, bottom = self._foot(site, channels[-1])
        middle = (top + bottom) / 2 if not self._has_groups(site) else bottom - len(lines) * pitch / 2
        left = self.towers[site.number, channels[0]].left + self._words_from(site)
        for line, text in enumerate(lines):
            y = middle + (line - (len(lines) - 1) / 2) * pitch
            yield words(text, left, y, self.size, "regular" if line else face, anchor=0.0)

    def words(self) -> Shapes:
        """Return the words that never change."""
        found = [self._above(row, _more(count), x) for row, x, count in self._placed.gaps]
        for site in self.sites if not self.plan.has_channels else ():
            name, tower = self._name(site, 0), self.towers[site.number, 0]
            found.append(self._above(0, name, tower.left + max(tower.width, width_of(name) * self.size) / 2))
        return (*found, *(self._stage_words(self.sites[1], "bold") if len(self.sites) == 2 else ()))

    def _above(self, row: int, text: str, middle: float, face: str = "regular") -> Texts:
        """Return words above a row of towers, where no ray of it comes."""
        return words(text, middle, self._laid.rows[row][0] - self.size, self.size, face)

    @cached_property
    def _every_word(self) -> list[Texts]:
        """All words but the sum as they are at work, when they are widest."""
        return [*(text for text in self.words() if isinstance(text, Texts)), *self._names(None)]

    def _names(self, work: Work | None) -> list[Texts]:
        """Return the names of slabs, channels and stages, bold where a step has to do with them, or all of them."""
        pages: Collection[Page] = self.sheets if work is None else work.pages
        found: list[Texts] = []
        for (number, channel), tower in self.towers.items():
            site, row = self.sites[number], self._row_of[number, channel]
            if self.plan.has_channels:
                face = _face(any(page[:2] == (number, channel) for page in pages))
                found.append(self._above(row, self._name(site, channel), tower.middle, face))
            for names, anchor in self._slab_names(site, channel):
                x = tower.left - _LABEL_AIR if anchor else tower.left + tower.width + _LABEL_AIR
                beside = {page.slice for page in pages if page.site == number and self._row_of[page[:2]] == row}
                for slice_, name in enumerate(names):
                    y = tower.beside(slice_)[anchor == 0]
                    found.append(words(name, x, y, self.size, _face(slice_ in beside), anchor))
        for site in self.sites[1:]:
            outs: Sequence[int] = self._channels(site) if work is None else ()
            if work is not None and work.step is not None and work.stage is site.maker:
                outs = work.step.channels
            if len(self.sites) > 2:
                found += self._stage_words(site, _face(bool(outs)))
            for channel in self._channels(site) if self._has_groups(site) else ():
                kernels, top, _ = self._foot(site, channel)
                x, y = self.towers[site.number, channel].middle, top + kernels + _LINE / 2 * self.size
                found.append(words(f"kernel {channel + 1}", x, y, self.size, _face(channel in outs)))
        return [replace(text, key=Key("word")) for text in found]

    def _slab_names(self, site: Site, channel: int) -> Iterator[tuple[list[str], float]]:
        """Yield what slabs are called beside a tower, and the anchor: left of the first input, right of the output."""
        row = [
            one for one in self._channels(site) if self._row_of[site.number, one] == self._row_of[site.number, channel]
        ]
        if site.number == 0 and channel == row[0]:
            yield self._input_names, 1.0
        if site.number + 1 == len(self.sites) and channel == row[-1]:
            yield self._output_names, 0.0

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


def _more(count: int) -> str:
    return f"{count:,} more"


def _face(is_bold: bool) -> str:
    return "bold" if is_bold else "regular"


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
