"""The layout of the flat view: positions of tensors, channels, slices and kernels, from their sizes and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from math import ceil
from typing import Any

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import USUAL_NAMES, Grid, Stage, Windows
from convanim.views.flat_sizes import FlatSizes
from convanim.views.headings import kernel_name
from convanim.views.lettering import Lettering, lettered
from convanim.views.naming import depth_name
from convanim.views.picture import AMONG_SHARES, Site
from convanim.views.plane import FLAT
from convanim.views.scene import Points
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import page_of
from convanim.views.sum_line import Box
from convanim.words.turning import turned_words

NUMBER, _LETTER, _RESULT, _IN_ROW = 0.36, 0.32, 0.40, 0.40
_NUMBER_AT, _LETTER_AT = (0.47, 0.48), (0.32, 0.40)

_ZERO = 0.28
"""The size of inserted zeros where nothing else is written."""

_GAP, _ARROW = 0.9, 0.7
"""The gap between a kernel and what it reads, and the extra gap for an arrow."""

UNSPREAD = 0.82
"""The scale of the input before zeros are inserted."""

_RAYS, RAYS_TO_TILE, _RAYS_IN_CHAIN, _TILE_AIR = 2.4, 1.6, 2.2, 1.35
"""The room for rays: of one layer, up to a partial sum, and in a chain; and the gap after a partial sum."""

_AIR = 0.6
"""The gap on both sides of the kernels and words between the planes of a chain."""

LINE = 1.35
"""The distance between lines of words, in letter sizes."""

LEFT_OUT = 3.0
"""The height of the note on channels that are not drawn, in sizes of letters."""

APART = 0.8
"""How far it stands from a channel right above it, in sizes of letters: nearer, it would look like its name."""

_HIGHER = 0.18
"""How much higher what is made begins than what is read, in cells."""

_BETWEEN_ROWS, NOTES = 1.3, 1.6

_BRACKETS = 0.7
"""The room for brackets below a plane, in cells."""

_BETWEEN_PAIRS = 3.0
"""The gap between the names of pairs beside each other with those around them, in letter sizes."""

_TITLE_BEYOND = 1.0
"""How much wider than its plane a name is at most beside which words stand at its height, in cells."""


def grid(size: tuple[int, ...], left: float, middle: float, scale: float = 1.0, **looks: Any) -> Sheet:
    """Return a grid with a given left edge and middle height, styled as a kernel unless ``looks`` says otherwise."""
    rows, columns = (1, *size)[-2:]
    looks = {"filled": "kernel", "page": Page(-1)} | looks
    return Sheet(Grid.plain((rows, columns)), np.array([left, middle - rows * scale / 2]), FLAT.scaled(scale), **looks)


def joined(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around some boxes."""
    found = np.array(list(boxes))
    (left, top), (right, bottom) = found[:, :2].min(axis=0).tolist(), found[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom


@dataclass(frozen=True)
class FlatLayout(FlatSizes):
    """Tensors from left to right, each with its channels stacked around a common middle line."""

    def _tall(self, site: Site) -> float:
        """Return the height of a channel with everything around and beside it."""
        stage = site.reader if site.reader is not None else site.maker
        # Kernels that stamp stand beside the output.
        is_beside = stage is not None and stage.is_weighted and (site.reader is stage or stage.is_stamped)
        kernel = self.kernel_box(stage)[1] if stage is not None and is_beside and not self.look.overlap else 0.0
        if kernel and stage is not None and stage.grouping.inputs_a_group > 1:
            kernel += LINE * self.size
        above, _, below, _ = self.cut(site)
        return max(above + self.map_size(site)[1] + below, kernel)

    @cached_property
    def _pitches(self) -> dict[int, float]:
        """The distance between the stacked channels of each site.

        It is the same on both sides of a layer that keeps channels apart, so that each is made beside what it is
        made of.
        """
        air = (3.7 if self.plan.dims == 3 else 2.1) * self.size + 0.3 + _BRACKETS * self.has_brackets
        found = {site.number: self._tall(site) + air for site in self.sites}
        for path, sites in zip(self.paths, self.rows, strict=True) if not self.plan.is_branched else ():
            run = [sites[0].number]
            for stage, site in zip(path, sites[1:], strict=True):
                run = [*run, site.number] if stage.grouping.is_depthwise else [site.number]
                found |= dict.fromkeys(run, max(found[one] for one in run))
        return found

    def bands(self, site: Site) -> tuple[tuple[int, ...], ...]:
        """Return the drawn channels of a site by the group of a single layer that they are in."""
        channels = self.contents.channels[site.tensor]
        if not self.has_bands:
            return (tuple(channels),)
        size = self.plan.tensors[site.tensor].channels // self.plan.last.grouping.groups
        return tuple(tuple(own) for _, own in groupby(channels, lambda one: one // size))

    @property
    def has_bands(self) -> bool:
        """Whether the groups of a single layer stand below each other, with lines between them."""
        grouping = self.plan.last.grouping
        return not self.is_chain and grouping.groups > 1 and not grouping.is_depthwise

    @property
    def band_count(self) -> int:
        """How many groups are drawn."""
        return len(self.bands(self.rows[0][0]))

    @cached_property
    def band(self) -> float:
        """The height of a group with its name, 0 without groups."""
        if not self.has_bands:
            return 0.0
        high = [
            ceil(len(own) / self.columns(site)) * self._pitches[site.number] + sum(self._gaps_below(site, own))
            for site in self.rows[0]
            for own in self.bands(site)
        ]
        # Names of groups stand above kernels, or, where these stand farther right, above the names of inputs.
        return max(high) + (4.6 if self.plan.last.is_stamped else 3.0) * self.size

    def _middles(self, site: Site) -> dict[int, float]:
        """Return the middle height of each of a site's stacked channels, relative to the stack's middle."""
        pitch, bands = self._pitches[site.number], self.bands(site)
        found: dict[int, float] = {}
        across = self.columns(site)
        for band, own in enumerate(bands):
            falls = np.cumsum([0.0, *(pitch + gap for gap in self._gaps_below(site, own)[across - 1 :: across])])
            middle = (band - (len(bands) - 1) / 2) * self.band - falls[-1] / 2
            found |= dict(zip(own, (falls + middle).repeat(across).tolist(), strict=False))
        return found

    def column_of(self, site: Site, channel: int) -> int:
        """Return the number of the column that a channel stands in."""
        return self.band_of(site, channel).index(channel) % self.columns(site)

    def band_of(self, site: Site, channel: int) -> tuple[int, ...]:
        """Return the drawn channels of the group that one of a site is in."""
        return next(band for band in self.bands(site) if channel in band)

    def _gaps_below(self, site: Site, band: Sequence[int]) -> list[float]:
        """Return the extra gap below each channel of a band but the last, for a note on others that are not drawn."""
        skipped = self.skipped(site) if self.columns(site) == 1 else ()
        return [(LEFT_OUT + APART) * self.size * (one in skipped) for one in band[:-1]]

    @cached_property
    def middles(self) -> dict[tuple[int, int], float]:
        """The middle height of each channel of each site."""
        return {
            (site.number, channel): middle + shift - self._raised(site)
            for sites, shift in zip(self.rows, self.shifts, strict=True)
            for site in sites
            for channel, middle in self._middles(site).items()
        }

    def _raised(self, site: Site) -> float:
        """Return how much higher than the middle line a plane stands.

        Where rays lead to cells, the smaller of two lone planes begins about as high as the other, so that none passes
        above it, where its name is; what is made a little higher, so that none lies on their lines.
        """
        is_plain = self.has_single_channels and not self.is_chain and self.plan.dims < 3
        if not is_plain or self.plan.last.is_stamped or self.look.is_labelled:
            return 0.0
        highest = max(self.map_size(one)[1] for one in self.around(self.plan.last))
        return (highest - self.map_size(site)[1]) / 2 + _HIGHER * (site.tensor == self.plan.last.target)

    def height_of(self, stage: Stage, site: int, channel: int) -> float:
        """Return the height at which a stage works on a channel of a site."""
        return self.middles[site, channel]

    @cached_property
    def shifts(self) -> tuple[float, ...]:
        """How far each path lies below the first one."""
        if len(self.paths) == 1:
            return (0.0,)
        return 0.0, self.ends(0)[1] - self.ends(1)[0] + _BETWEEN_ROWS + NOTES * self.size

    def ends(self, row: int) -> tuple[float, float]:
        """Return the top and bottom of a path with its words, relative to its middle line."""
        bottom = max(*map(self.half_height, self.rows[row]), *map(self.reach, self.paths[row]))
        named = bottom + 1.5 * self.size * (2 if self.plan.dims == 3 else 1)
        top = max(named, *(self.reach(stage) + self.room_of_words(stage) for stage in self.paths[row]))
        return -top, bottom + LEFT_OUT * self.size * any(map(self.notes_below, self.rows[row]))

    def half_height(self, site: Site) -> float:
        """Return how far the channels of a site, with stamps that reach beyond them, reach from its middle line."""
        return max(self._middles(site).values()) + self.map_size(site)[1] / 2 + max(self.cut(site)[::2])

    def reach(self, stage: Stage) -> float:
        """Return how far the planes around a stage and the kernels between them reach from its middle line."""
        around = self.around(stage)
        high = max(map(self.half_height, around))
        tall = self.kernel_box(stage)[1] if stage.is_weighted else 0.0
        kernels = max(self._middles(around[stage.is_stamped]).values()) + tall / 2
        if not self._leads_level(stage):
            return max(high, kernels)
        # Names of planes that are wider than these come close to words at their height.
        wide = (site for site in around if self._title_width(site) > self.map_size(site)[0] + _TITLE_BEYOND)
        return max([kernels, *(self.half_height(site) + LINE * self.size for site in wide)])

    def _leads_level(self, stage: Stage) -> bool:
        """Return whether ways lead level past the kernels of a layer of a chain, so that words may stand above them."""
        is_apart = stage.grouping.inputs_a_group == 1 and (not stage.is_stamped or stage.grouping.is_single)
        is_level = is_apart and (stage.grouping.is_depthwise or self.look.is_labelled)
        return self.is_chain and (is_level or self.has_partials(stage))

    def room_of_words(self, stage: Stage) -> float:
        """Return the height of the words above the kernels of a layer of a chain."""
        return 0.4 + (1 + len(self.lines(stage))) * LINE * self.size

    def skipped(self, site: Site) -> dict[int, range]:
        """Return the channels of a site that are not drawn, by the drawn one that they follow."""
        own = self.contents.channels[site.tensor]
        ends = (*own[1:], self.plan.tensors[site.tensor].channels)
        return {one: range(one + 1, end) for one, end in zip(own, ends, strict=True) if end > one + 1}

    def notes_below(self, site: Site) -> list[range]:
        """Return the channels that are not drawn and have no gap among others, so that a note below tells them."""
        lasts = {band[-1] for band in self.bands(site)} if self.columns(site) == 1 else self.skipped(site)
        return [own for one, own in self.skipped(site).items() if one in lasts]

    @cached_property
    def lefts(self) -> dict[int, float]:
        """The left end of each site."""
        found: dict[int, float] = {}
        for path, sites in zip(self.paths, self.rows, strict=True):
            left = self._beside
            for site, stage in zip(sites, (*path, None), strict=True):
                wide = self.map_size(site)[0]
                beyond = max(0.0, (self._title_width(site) - wide) / 2 - _AIR) if self.is_chain else 0.0
                # Names of planes are as high as the words between them.
                beyond += _AIR * (beyond > 0)
                if self.is_chain:
                    left += self.cut(site)[1] + beyond
                found[site.number] = left
                left += wide + beyond + (0.0 if stage is None else self._room(stage))
        ends = [sites[-1].number for sites in self.rows]
        return found | dict.fromkeys(ends, max(found[end] for end in ends))

    def _room(self, stage: Stage) -> float:
        """Return the room after a stage's input for partial sums and rays, and in a chain its kernel and words."""
        tile = self._tile_room(stage)
        if not self.is_chain:
            return max(RAYS_TO_TILE + tile, self._room_of_titles(stage)) if self.has_maps else _RAYS
        slices = [depth_name(stage.layer.kernel_size[0])] if stage.is_weighted and self.above_slice(stage) else []
        said = max(map(self.wide, (self.name_of(stage), *self.lines(stage), *self.kernels_named(stage), *slices)))
        between = max(self.kernel_box(stage)[0] if stage.is_weighted else 0.0, said) + 2 * _AIR
        return max(_RAYS_IN_CHAIN, between) + (tile + RAYS_TO_TILE if tile else 0.0)

    @cached_property
    def _beside(self) -> float:
        """The left end of the first input, after the kernel of a single layer if it has one."""
        stage = self.plan.last
        if self.is_chain or not (stage.is_weighted or self.is_lone):
            return 0.0
        if self.has_maps:
            name, pairs = kernel_name(self.plan.names, stage.layer), self.contents.pairs(stage)
            lines = {line for pair in pairs for line in name.of_pair(*pair, stage.grouping)}
            if self.above_slice(stage):
                lines.add(depth_name(stage.layer.kernel_size[0]))
            return max(self.kernel_box(stage)[0], *map(self.wide, lines)) + _GAP
        air = _GAP + (_ARROW if self.is_spread else 0)
        left = stage.layer.input_size[-1] * UNSPREAD + air if self.is_spread else 0.0
        if not stage.is_weighted:
            return left
        # Words below a small kernel are wider than it.
        end = self.kernel_box(stage)[0] + self.is_rotated * self.kernel_pitch
        return max(left, end + air, end / 2 + max(map(self.wide, self.noted), default=0.0) / 2 + 0.5)

    def _room_of_titles(self, stage: Stage) -> float:
        """Return the room that the names of a single layer's channels need between them; none where they are short."""
        if self.plan.names == USUAL_NAMES:
            return 0.0
        beyond = [self._title_width(site) - self.map_size(site)[0] for site in self.around(stage)]
        return sum(max(0.0, one) / 2 for one in beyond) + 2 * self.size

    @property
    def kernel_pitch(self) -> float:
        """The distance from the kernel to its rotated copy."""
        return max(self.kernel_box(self.plan.last)[0] + 0.9, self.wide(turned_words(self.plan.dims)) + 0.4)

    def _tile_room(self, stage: Stage) -> float:
        """Return the width of a partial sum with the gap after it, or 0 where it is not written."""
        if not self.has_partials(stage):
            return 0.0
        assert isinstance(stage, Windows)
        return self.terms.partial_width(stage) + _TILE_AIR

    def tile_left(self, stage: Stage) -> float:
        """Return the left end of the tiles of partial sums."""
        site, after = self.around(stage)
        if not self.is_chain:
            return self.lefts[site.number] + self.map_size(site)[0] + RAYS_TO_TILE
        return self.lefts[after.number] - self._tile_room(stage)

    def between(self, stage: Stage) -> float:
        """Return the x position halfway between the input and the output of a stage in a chain."""
        site, after = self.around(stage)
        tile = self._tile_room(stage)
        end = self.lefts[after.number] - self.cut(after)[1] - (tile + RAYS_TO_TILE if tile else 0.0)
        return (self.lefts[site.number] + self.map_size(site)[0] + end) / 2

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The placed sheet of each page of each site."""
        found = {}
        for site in self.sites:
            most, at = self._letters(site)
            title, letter = ("", "") if self.has_maps else self.title(site)
            for page in self.pages(site):
                placed = self.sheet(page, most, at).moved(
                    self.corner(site, page.channel, self.slots(site).index(page.slice))
                )
                found[page] = replace(placed, projection=FLAT, title=title, letter=letter)
        return found

    def lettering(self, site: Site, page: Page, most: float, at: tuple[float, float]) -> Lettering | None:
        """Return the lettering of a page; without any, inserted zeros are still written."""
        found = super().lettering(site, page, most, at)
        kinds = page_of(site.grid.kind, page.slice)
        if found is not None or not self.look.has_zeros or self.look.overlap or not (kinds == Kind.INSERTED).any():
            return found
        words = np.where(kinds == Kind.INSERTED, "0", "").astype(object)
        return lettered(words, np.full(words.shape, "", object), _ZERO)

    def _letters(self, site: Site) -> tuple[float, tuple[float, float]]:
        """Return the largest size of a site's letters, and their position within a cell."""
        if self.is_chain:
            return _IN_ROW, (0.5, 0.5)
        if site.reader is None:
            return (NUMBER if site.tensor == 0 else _RESULT), (0.5, 0.5)
        if site.reader.has_shares and self.look.labels == "letters":
            return AMONG_SHARES["letters"]
        most, at = (_LETTER, _LETTER_AT) if self.look.labels == "letters" else (NUMBER, _NUMBER_AT)
        return most, at if self.plan.last.is_weighted and self.look.has_chips else (0.5, 0.5)

    @cached_property
    def _pair_pitch(self) -> float:
        """The distance between columns of pairs, with the names to the left and the right of each."""
        read, made = self.around(self.plan.last)
        wide = self.lefts[made.number] + self.map_size(made)[0] - self.lefts[read.number]
        return wide + self._title_width(read) + self._title_width(made) + _BETWEEN_PAIRS * self.size

    def corner(self, site: Site, channel: int, slot: int) -> Points:
        """Return the upper left corner of a channel's slice in a given slot."""
        top = self.middles[site.number, channel] - self.map_size(site)[1] / 2
        column = self.column_of(site, channel)
        aside = column * (self._pair_pitch if self.has_pairs else self._column_pitch(site)) if column else 0.0
        corner = np.array([self.lefts[site.number] + aside, top])
        if self.plan.dims < 3:
            return corner
        down, right = divmod(slot, self._across(site))
        return corner + np.array([right, down]) * self._slice_pitch(site)
