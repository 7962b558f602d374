"""The layout of the slabs view: towers from the input at the left to the output at the right, kernels below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from math import ceil, inf, sqrt
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.plans import Windows
from convanim.views.cubes import Cubes
from convanim.views.headings import LINE, face_of, heading_size, more
from convanim.views.naming import channel_name, window_name
from convanim.views.picture import Site
from convanim.views.plane import OBLIQUE, Plane
from convanim.views.scene import Lines, Shapes
from convanim.views.slices import slice_names
from convanim.views.sum_line import Summed
from convanim.words.layer_names import size as size_words
from convanim.words.layer_settings import layer_words
from convanim.words.sentences import listed

_AIR = 0.4
"""The least gap between a slab and the one above it."""

_GAP, _GAP_OF_HEIGHT = 3.5, (0.22, 0.12)
"""The gap before an output, for rays: at least, and as a share of the towers' height without and with channels."""

_BESIDE, _GROUPS = 1.2, 2.4
"""The gap between the towers of neighbouring channels, and the extra gap between groups."""

LABEL_AIR, _EDGE = 0.5, 1.5
"""The gap between cubes and words, and the approximate margin of a picture."""

_MOST_WIDTH, _MOST_HEIGHT = 170.0, 4.0
"""The greatest width of a row of towers in sizes of the words on cubes, and the greatest height over width of rows."""

_ROUNDS, _SWELLING = 20, (2.0, 1.2)
"""How often the size of words is fitted to the width of the picture, and the factor by which it may grow at most,
without and with channels."""

_LETTERS, _LONG = 19, 60
"""The most letters in a line of words beside a kernel, and below several kernels."""

_KERNEL_AIR, _WORDS_AIR, _BLOCK_AIR = 2.4, 0.8, 0.5
"""The gap between a tower and the kernels below it, past which most rays lead, or just words, and between kernels."""

SMALL = 0.6
"""The scale of kernels where there are several."""

_ELLIPSIS = 2.4
"""The room for an ellipsis, if its words need no more."""

_APART = 0.6
"""How far words about several kernels stand below the names of these, in sizes of letters."""

_OF_CHAIN = 0.7
"""The share of a chain's width that decides the size of its words."""

# Translators: The axes along which a kernel moves: "moves along depth, rows and columns".
_AXES = (message("depth"), message("rows"), message("columns"))

# Translators: How a kernel moves that moves along one axis alone.
_BY_STEPS = (
    message("moves from slice to slice"),
    message("moves from row to row"),
    message("moves from column to column"),
)

Place = tuple[int, int]
"""The number of a site, and a channel of it."""


@dataclass(frozen=True)
class Tower:
    """Slabs of equal size above each other, number 0 lowest.

    Attributes
    ----------
    slabs : int
        The number of slabs.
    lowest : Plane
        The upper faces of the lowest slab.
    pitch : float
        The distance between slabs.
    """

    slabs: int
    lowest: Plane
    pitch: float

    @classmethod
    def of(cls, size: tuple[int, ...], least: float = 0.0) -> Tower:
        """Return a tower that is not yet placed, with its slabs far enough apart not to hide each other."""
        slabs, rows, columns = size
        lowest = Plane(rows, columns, np.zeros(2))
        return cls(slabs, lowest, max(1 + lowest.rise_over(lowest) + _AIR, least))

    def at(self, middle: tuple[float, float]) -> Tower:
        """Return the same tower centred on a point."""
        left, top, right, bottom = self.box
        origin = self.lowest.origin + middle - np.array([left + right, top + bottom]) / 2
        return replace(self, lowest=replace(self.lowest, origin=origin))

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of the tower."""
        (left, top), (right, bottom) = (self.lowest.corners().min(axis=0), self.lowest.corners().max(axis=0))
        return float(left), float(top) - (self.slabs - 1) * self.pitch, float(right), float(bottom) + 1

    @property
    def width(self) -> float:
        """The width of the tower."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """The height of the tower."""
        return self.box[3] - self.box[1]

    def plane(self, slab: int) -> Plane:
        """Return the upper faces of a slab."""
        return replace(self.lowest, origin=self.lowest.origin - [0, slab * self.pitch])

    def threads(self, slabs: int, rows: int, columns: int) -> Shapes:
        """Return vertical lines through the left corners of the lowest slabs, and through the right ones."""
        ends = np.array([[0, 0], [rows, columns]])
        segments = np.stack([self.plane(number).points(ends) for number in (slabs - 1, 0)], axis=1)
        return (Lines("thread", segments),) if slabs > 1 else ()


class Stand(NamedTuple):
    """The position of a channel of a site; the channel −n is an ellipsis for n that are left out."""

    site: int
    channel: int
    row: int
    middle: float


class Foot(NamedTuple):
    """The heights below a site's towers in a row: top of kernels, middle of names and of words, and bottom."""

    top: float
    name: float
    words: float
    bottom: float


class Towers(Summed):
    """A layout of towers, with kernels below their outputs."""

    def _channels(self, site: Site) -> Sequence[int]:
        """Return the drawn channels of a site."""
        found: Sequence[int] = self.contents.channels[site.tensor]
        return found

    def _shape(self, site: Site) -> tuple[int, ...]:
        """Return the number of slabs of a tower, ellipses included, and the rows and columns of each."""
        return (len(self.slots(site)), *site.grid.kind.shape[1:])

    @cached_property
    def _loose(self) -> list[Tower]:
        """A tower of each site, not yet placed, as high as its slabs need."""
        return [Tower.of(self._shape(site)) for site in self.sites]

    def _standing(self, size: float, count: int) -> tuple[list[Stand], float]:
        """Return the positions of channels in ``count`` rows with words of some size, and the right end of it all."""
        stands: list[Stand] = []
        right = before = 0.0
        for site in self.sites:
            tower, channels, left = self._loose[site.number], self._channels(site), 0.0
            if site.number:
                high = max(one.height for one in self._loose[site.number - 1 : site.number + 1])
                left = max(
                    before + max(_GAP, _GAP_OF_HEIGHT[self.plan.has_channels] * high / count / len(self.plan.main)),
                    right + _BESIDE,
                )
            names, said = (wide * size for wide in self._widest[site.number])
            kernels = [self._extents[site.number, one][0] for one in channels if self._has_groups(site)]
            room = max(tower.width, names * self.plan.has_channels, *kernels)
            right = left + max(names, self._words_from(site) + said)
            slots, firsts = _gapped(channels), self._firsts(site)
            columns, before = ceil(len(slots) / count), left + tower.width
            for number, one in enumerate(slots):
                if not number % columns:
                    at = left
                elif one in firsts:
                    at += _GROUPS
                wide = room if one >= 0 else max(_ELLIPSIS, width_of(more(-one)) * size)
                if one < 0 and site is self.sites[-1] and not (number + 1) % columns:
                    # At the end of a row, it stands behind the names of slabs, which are beside the last tower.
                    at += LABEL_AIR + self._beside(site, self._output_names) * size
                stands.append(Stand(site.number, one, number // columns, at + wide / 2))
                before = max(before, at + (wide + tower.width) / 2) if one >= 0 else before
                at += wide + _BESIDE
                right = max(right, at - _BESIDE)
        return stands, max(right, before + LABEL_AIR + self._beside(self.sites[-1], self._output_names) * size)

    def _beside(self, site: Site, names: Sequence[str]) -> float:
        """Return the width in ems of the names of slabs beside a tower, and of its own where it stands there."""
        widest, own = max(width_of(name, "bold") for name in names), self._widest[site.number][0]
        return max(widest, own) if len(self._channels(site)) == 1 else widest

    @cached_property
    def _widest(self) -> list[tuple[float, float]]:
        """The widths in ems of the widest name of each site's towers, and of the widest line about its stage."""
        face = face_of(self.plan.has_channels)
        return [
            (
                max(width_of(self._name(site, one), face) for one in self._channels(site)),
                max((width_of(line, "bold") for line in self._lines(site)), default=0.0),
            )
            for site in self.sites
        ]

    def _firsts(self, site: Site) -> set[int | None]:
        """Return the first channel of each group, where groups stand apart."""
        return {group[0] for group in self.chosen.slots(site.number) if group} if self.chosen.has_rules else set()

    def _wide(self, size: float, count: int) -> float:
        """Return the width of ``count`` rows with words of some size."""
        return self._standing(size, count)[1] + self._beside(self.sites[0], self._input_names) * size + LABEL_AIR

    def _size(self, count: int) -> float:
        """Return the size of the words in ``count`` rows, fitted to the width of the picture that includes them."""
        size = first = 0.0
        # A picture of several layers is wide, but its words need not grow as much.
        share = 1.0 if len(self.plan.main) == 1 else _OF_CHAIN
        for _ in range(_ROUNDS):
            size = heading_size(share * (self._wide(size, count) + _EDGE))
            first = first or size
            size = min(size, _SWELLING[self.plan.has_channels] * first)
        return size

    @cached_property
    def _count(self) -> int:
        """The number of rows of towers: more than one if words on cubes would otherwise be too small to read."""
        said = [self.sheet(self.pages(site)[0], *self.letters(site.reader)).lettering for site in self.sites]
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
        """The size of the words."""
        return self._size(self._count)

    @cached_property
    def _stands(self) -> list[Stand]:
        """The positions of channels and ellipses, site by site."""
        return self._standing(self.size, self._count)[0]

    @cached_property
    def _row_of(self) -> dict[Place, int]:
        """The row of each channel of each site."""
        return {one[:2]: one.row for one in self._stands if one.channel >= 0}

    @cached_property
    def _laid(self) -> tuple[dict[Place, Tower], dict[Place, Foot], list[tuple[float, float]]]:
        """The tower of each channel of each site, the heights below a site's towers in a row, and the ends of rows."""
        towers: dict[Place, Tower] = {}
        feet: dict[Place, Foot] = {}
        rows: list[tuple[float, float]] = []
        loose, top = [Tower.of(self._shape(site), LINE * self.size) for site in self.sites], 0.0
        drawn = [one for one in self._stands if one.channel >= 0]
        # The same in all rows, so that outputs stand equally far below their names.
        below = max((self._below(one) for one in drawn if one.site), default=0.0)
        for row in range(max(self._row_of.values()) + 1):
            own = [one for one in drawn if one.row == row]
            bottom = top + max(loose[one.site].height + below * (one.site > 0) for one in own)
            rows.append((top, bottom))
            for one in own:
                # An output and its kernels together stand in the middle of the row.
                middle = (top + bottom - below * (one.site > 0)) / 2
                towers[one[:2]] = tower = loose[one.site].at((one.middle, middle))
                if one.site:
                    feet[one.site, row] = self._foot(one, tower.box[3])
            top = bottom + 2.5 * self.size
        return towers, feet, rows

    def _below(self, stand: Stand) -> float:
        """Return the room below a tower for kernels and words."""
        return self._foot(stand, 0.0).bottom

    def _foot(self, stand: Stand, bottom: float) -> Foot:
        """Return the heights below the bottom of a tower; words stand below the last one of a site."""
        site = self.sites[stand.site]
        channels = self._channels(site)
        is_weighted = site.maker is not None and site.maker.is_weighted
        top = bottom + (_KERNEL_AIR + self._lower(stand) if is_weighted else _WORDS_AIR)
        kernels = max(self._extents[site.number, one][1] for one in channels)
        lines = self._lines_high(stand)
        if not self._has_groups(site):
            middle = top + max(kernels, lines) / 2
            return Foot(middle - kernels / 2, middle, middle, top + max(kernels, lines))
        named = top + kernels + LINE * self.size * self._has_several(site)
        words = named + _APART * self.size * self._has_several(site)
        return Foot(top, named - LINE * self.size / 2, words + lines / 2, words + lines)

    def _lines_high(self, stand: Stand) -> float:
        """Return the height of the words about a stage, which stand below the last tower that it makes."""
        site = self.sites[stand.site]
        return len(self._lines(site)) * (stand.channel == self._channels(site)[-1]) * LINE * self.size

    def _lower(self, stand: Stand) -> float:
        """Return how much lower the kernels below a row of towers stand, so that rays to the last tower pass above."""
        site = self.sites[stand.site]
        beside = [one for one in self._stands if one.row == stand.row and one.channel >= 0]
        own = [one for one in beside if one.site == stand.site]
        read = [one for one in beside if one.site == stand.site - 1]
        if not read or not self._has_groups(site):
            return 0.0
        (made, source), (wide, high) = (
            (self._loose[one] for one in (stand.site, read[0].site)),
            self._widest_kernels(site),
        )
        left, end = own[0].middle - wide / 2, own[-1].middle - made.width / 2
        words = (LINE + _APART) * self.size * self._has_several(site) + max(map(self._lines_high, own))
        # How far the lowest corner read lies below the lowest made, but for what the kernels stand lower.
        lower = (source.height - made.height + _KERNEL_AIR + high + words) / 2
        start = read[-1].middle + source.width / 2
        rest = max(0.0, (end - left) / (end - start))
        return max(0.0, (rest * lower - _KERNEL_AIR) / (1 - rest / 2))

    def _widest_kernels(self, site: Site) -> tuple[float, float]:
        """Return the width and the height of the largest kernels that make a channel of a site."""
        wide, high = zip(*(self._extents[site.number, one] for one in self._channels(site)), strict=True)
        return max(wide), max(high)

    @staticmethod
    def _has_several(site: Site) -> bool:
        """Return whether several kernels make a site, each with its name below it."""
        return site.maker is not None and site.maker.grouping.out_channels > 1

    @property
    def towers(self) -> dict[Place, Tower]:
        """The placed tower of each channel of each site."""
        return self._laid[0]

    def _foot_of(self, place: Place) -> Foot:
        """Return the heights below a tower."""
        return self._laid[1][place[0], self._row_of[place]]

    @staticmethod
    def _has_groups(site: Site) -> bool:
        """Return whether kernels of several slices, or several kernels, make a site."""
        return site.maker is not None and site.maker.is_weighted and not site.maker.grouping.is_single

    def _kernels(self, site: Site, channel: int, left: float = 0.0, top: float = 0.0) -> dict[int, Cubes]:
        """Return a channel's kernels from a corner on, by drawn input channel or −n for n left out."""
        stage = site.maker
        if stage is None or not stage.is_weighted:
            return {}
        inputs = stage.grouping.inputs_of(channel)
        group = _gapped([one for one in self.contents.channels[stage.source] if one in inputs])
        depth, rows, columns = stage.layer.kernel_size
        scale = SMALL if self._has_groups(site) and depth * rows * columns > 1 else 1.0
        loose = Cubes(Plane(rows, columns, np.zeros(2), OBLIQUE.scaled(scale)), depth)
        pitch, corner = np.ptp(loose.hexagon, axis=0) + _BLOCK_AIR, [left, top] - loose.hexagon.min(axis=0)
        across = ceil(sqrt(len(group)))
        return {
            one: replace(loose, top=replace(loose.top, origin=corner + pitch * [place % across, place // across]))
            for place, one in enumerate(group)
        }

    @cached_property
    def _extents(self) -> dict[Place, tuple[float, float]]:
        """The width and height of the kernels that make each channel of each site."""
        found: dict[Place, tuple[float, float]] = {}
        for site in self.sites:
            for channel in self._channels(site):
                corners = [own.hexagon for own in self._kernels(site, channel).values()] or [np.zeros((1, 2))]
                wide, high = np.ptp(np.concatenate(corners), axis=0).tolist()
                found[site.number, channel] = wide, high
        return found

    @cached_property
    def blocks(self) -> dict[tuple[int, int, int], Cubes]:
        """The kernels by site, output and input channel; an input channel −n is an ellipsis for n left out."""
        found: dict[tuple[int, int, int], Cubes] = {}
        for (number, channel), tower in self.towers.items():
            if number:
                site, top = self.sites[number], self._foot_of((number, channel)).top
                spare = (tower.width - self._extents[number, channel][0]) / 2 if self._has_groups(site) else 0.0
                kernels = self._kernels(site, channel, tower.box[0] + spare, top)
                found |= {(number, channel, one): own for one, own in kernels.items()}
        return found

    @cached_property
    def _input_names(self) -> list[str]:
        return self._named(self.sites[0], slice_names(self.sites[0].grid, self.look.first_cell))

    @cached_property
    def _output_names(self) -> list[str]:
        name = message("slice {number}") if self.plan.has_channels else message("output slice {number}")
        names = [
            translated(name, number=str(number + self.look.first_cell)) for number in range(self.plan.output_size[0])
        ]
        return self._named(self.sites[-1], names)

    def _named(self, site: Site, names: list[str]) -> list[str]:
        """Return the names of a site's slots, given those of all its slices; an ellipsis says how many are left out."""
        slots = self.slots(site)
        left_out = [0, *((after or 0) - (before or 0) - 1 for before, after in zip(slots, slots[2:], strict=False)), 0]
        return [more(count) if one is None else names[one] for one, count in zip(slots, left_out, strict=False)]

    def _name(self, site: Site, channel: int) -> str:
        """Return the name of a tower."""
        if self.plan.has_channels:
            return channel_name(self.plan, site.tensor, channel)
        joint = " " if self.plan.is_end(site.tensor) else " · "
        return f"{self.plan.named(site.tensor).called}{joint}{size_words(site.size)}"

    def _lines(self, site: Site) -> tuple[str, ...]:
        """Return the lines about the stage that makes a site: its settings, or how its window moves."""
        stage = site.maker
        if stage is None:
            return ()
        layer = stage.layer
        if self.plan.is_chain or not isinstance(stage, Windows):
            return layer_words(layer)
        is_several = stage.is_weighted and self._has_several(site)
        kernel, size, each = self.plan.names.kernel, stage.window_words, stage.grouping.inputs_a_group
        if stage.is_weighted:
            size = f"{size}×{each}" if each > 1 else size
            name = translated("{name} {size}", name=kernel.several if is_several else kernel.called, size=size)
        else:
            name = window_name(stage)
        axes = [number for number, count in enumerate(stage.output_size) if count > 1]
        moves = message("move along {axes}") if is_several else message("moves along {axes}")
        more = translated(moves, axes=listed([translated(_AXES[axis]) for axis in axes])) if axes else ""
        if len(axes) == 1:
            # Along rows could be from row to row, or within one.
            more = translated(_BY_STEPS[axes[0]])
        if stage.is_stamped:
            more = translated("times each input cell, added to the output")
        # Translators: Below kernels that are drawn as blocks, one beside the other.
        each_input = message("one block for each input"), message("one block for each input, row by row")
        if stage.grouping.groups > 1:
            each_input = (
                message("one block for each input of the group"),
                message("one block for each input of the group, row by row"),
            )
        blocks = [translated(each_input[each > 2])] * (stage.is_weighted and each > 1)
        return (name, *_even_lines(more, _LONG if self._has_groups(site) else _LETTERS), *blocks)

    def _words_from(self, site: Site) -> float:
        """Return how far right of a site's first tower the words about its stage begin.

        They stand beside a single kernel, or right of the tower, where no rays lead.
        """
        if site.maker is None or self._has_groups(site):
            return 0.0
        beside = self._extents[site.number, self._channels(site)[0]][0] or self._loose[site.number].width
        return beside + LABEL_AIR


def _gapped(channels: Sequence[int]) -> list[int]:
    """Return channels, with −n between two if n channels between them are left out."""
    found = list(channels[:1])
    for before, one in pairwise(channels):
        found += [before + 1 - one, one] if one > before + 1 else [one]
    return found


def _even_lines(said: str, most: int) -> list[str]:
    """Return as few lines of at most so many letters as there can be, in which no word stands alone without need."""
    count = len(wrap(said, most))
    return next(found for room in range(1, most + 1) if len(found := wrap(said, room)) == count)
