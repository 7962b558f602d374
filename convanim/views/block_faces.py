"""What the pages and the faces of blocks show: their cells with words, greys and tints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.plans import Ints, Mask, Stage
from convanim.views.block import Block, Face, Said
from convanim.views.block_layout import BlockLayout
from convanim.views.lettering import Lettering
from convanim.views.naming import channel_in_row
from convanim.views.picture import Site
from convanim.views.plane import Plane
from convanim.views.rays import clear
from convanim.views.scene import Points
from convanim.views.sheet import ROLES, Page, Sheet
from convanim.views.tints import tint, tints


@dataclass(frozen=True)
class BlockFaces(BlockLayout):
    """The layout with the sheets of cells that can be seen of each block."""

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The pages of blocks: those that can be seen, and where sums are written, all."""
        found: dict[Page, Sheet] = {}
        for number, block in ((number, block) for number, parts in self.blocks.items() for block in parts):
            count, own = block.site.grid.kind.shape[0], self.contents.channels[block.site.tensor]
            one = block.channels.start
            pages = (
                [Page(number, one, slice_) for slice_ in range(count)]
                if block.is_volume
                else [Page(number, channel) for channel in block.channels if channel in own]
            )
            for page in pages:
                if self.look.is_labelled or block.shows(page):
                    sheet = self.sheet(page, *self.letters(block.site.reader))
                    plane = block.plane(block.page(page), (sheet.rows, sheet.columns))
                    tint = self.tint(block, block.page(page))
                    found[page] = replace(
                        sheet,
                        lettering=_seen_words(sheet, plane, None if self.hides_page(block) else block.solid.hexagon),
                        origin=plane.origin,
                        projection=plane.projection,
                        tints=None if tint is None else np.broadcast_to(tint, (sheet.rows, sheet.columns)),
                    )
        return found

    def talked_channel(self, stage: Stage, channels: Sequence[int]) -> int:
        """Return the channel of one cell of which the sum is written: the last, whose cells can all be seen."""
        return super().talked_channel(stage, channels if self.plan.dims == 3 else channels[::-1])

    @staticmethod
    def hides_page(block: Block) -> bool:
        """Whether padding stands before the page of a block that would be seen."""
        return block.is_volume and bool(block.site.grid.kind.shape[0] > block.scales[2].count)

    def seen(self, block: Block) -> list[tuple[Page, Sheet]]:
        """Return the pages of a block that can be seen whole, cell by cell."""
        return [(page, sheet) for page, sheet in self.sheets.items() if block.shows(page)]

    @cached_property
    def faces(self) -> dict[tuple[int, int], dict[str, Face]]:
        """The faces of each block, by site and part, that are not pages."""
        return {block.key: self._faces(block) for block in chain.from_iterable(self.blocks.values())}

    def _faces(self, block: Block) -> dict[str, Face]:
        grid, tints_in = block.site.grid, self._tints_in(block)
        shape = len(block.channels), *grid.kind.shape
        kinds, read = (self.cells_in(block, np.broadcast_to(one, shape)) for one in (grid.kind, grid.read))
        tinted = None if tints_in is None else np.broadcast_to(tints_in, kinds.shape)
        return block.faces(kinds, read, self.role(block.site), self._words_in(block), tinted, self._tones_in(block))

    def _tones_in(self, block: Block) -> Points | None:
        """Return the greys of a block, (rows, columns, pages), None without greys."""
        site = block.site
        if not self.look.has_shades or not block.is_ruled or self._is_stamped(site):
            return None
        pages = [self.contents.tones(site.reader, site.tensor, *page) for page in self._pages_of(block)]
        top, left, bottom, right = block.box
        return np.stack([page[top:bottom, left:right] for page in pages if page is not None], axis=2)

    def _is_stamped(self, site: Site) -> bool:
        return site.maker is not None and site.maker.number in self.stamped

    @staticmethod
    def _pages_of(block: Block) -> list[tuple[int, int]]:
        """Return the channel and the slice of each page of a block."""
        pages = range(block.low[2], block.low[2] + block.counts[2])
        return [(block.channels.start, page) if block.is_volume else (page, 0) for page in pages]

    @staticmethod
    def cells_in(block: Block, values: NDArray[Any]) -> NDArray[Any]:
        """Return the (rows, columns, pages) of a block, given values for the grid of each of its channels."""
        top, left, bottom, right = block.box
        pages = values[0] if block.is_volume else values.reshape(len(values), *(1, *values.shape[1:])[-2:])
        first = block.low[2] if block.is_volume else 0
        return np.moveaxis(pages, 0, 2)[top:bottom, left:right, first : first + block.counts[2]]

    def _words_in(self, block: Block) -> Said | None:
        """Return the words of a block and their subscripts, (rows, columns, pages), and one of its letterings."""
        site = block.site
        is_counted = self.look.overlap and site.tensor == 0
        if is_counted or not (self.look.in_cells.is_labelled and block.is_ruled):
            return None
        of, stamped = self._pages_of(block), None if site.maker is None else self.stamped.get(site.maker.number)
        said = [
            self.contents.sheet(site.reader, site.tensor, *one, *self.letters(None))
            if stamped is None
            else stamped.lettering(Page(site.number, *one))
            for one in of
        ]
        own = [one for one in said if one is not None]
        if len(own) < len(said):
            return None
        top, left, bottom, right = block.box
        words, lowered = (
            np.stack([page[top:bottom, left:right] for page in pages], axis=2)
            for pages in ([one.words for one in own], [one.lowered for one in own])
        )
        return words, lowered, own[0]

    def row_name(self, tensor: int, channel: int) -> str:
        """Return what names a row of a sum: only volumes have names of their own here."""
        return super().row_name(tensor, channel) if self.plan.dims == 3 else channel_in_row(channel)

    @cached_property
    def tints(self) -> dict[int, tuple[int, ...]]:
        """The tint of each channel of each tensor; empty without tints."""
        return tints(self.plan) if self.look.is_tinted else {}

    def tint_of(self, tensor: int, channel: int) -> str:
        """Return the role of the tint that tells a channel of a tensor apart, empty where none does."""
        return tint(self.tints[tensor][channel]) if tensor in self.tints else ""

    def _tints_in(self, block: Block) -> Ints | None:
        """Return the tint of each page of a block, None without tints, and where pages that differ are not drawn."""
        if block.site.tensor not in self.tints:
            return None
        own = np.array(self.tints[block.site.tensor])[list(block.channels)]
        own = np.repeat(own, block.counts[2]) if block.is_volume else own
        return own if block.scales[2].is_ruled or len(set(own.tolist())) == 1 else None

    def tint(self, block: Block, page: int) -> Ints | None:
        """Return the tint of a page of a block, counted from its first, or None without tints; (1,)."""
        own = self._tints_in(block)
        return None if own is None else own[[min(max(page, 0), len(own) - 1)]]


def lie_over(quads: Points, block: Points) -> Mask:
    """Return which parallelograms lie over the outline of a block in the picture, if only in part, (n,)."""
    across = quads[:, [[0, 2], [1, 3]]]
    seen = [clear(one, block[None]) for one in across]
    kept = [got.shape == one.shape and np.allclose(got, one) for got, one in zip(seen, across, strict=True)]
    return ~np.array(kept, bool)


def _seen_words(sheet: Sheet, plane: Plane, block: Points | None) -> Lettering | None:
    """Return the words in the cells of a sheet, and in copies of them that do not lie over its block, if given."""
    said = sheet.lettering
    if said is None:
        return None
    own = np.isin(sheet.roles, [ROLES.index(role) for role in ("input", "unread", "inserted", "idle_zero")])
    if block is not None:
        copies = np.argwhere(sheet.roles == ROLES.index("copy"))
        own[tuple(copies[~lie_over(plane.quads(copies), block)].T)] = True
    return replace(said, words=np.where(own, said.words, ""), lowered=np.where(own, said.lowered, ""))
