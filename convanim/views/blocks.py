"""The blocks view: each tensor a solid of rows, columns and channels, and the kernel a block within it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from math import prod
from typing import Any

import numpy as np

from convanim.base.language import translated
from convanim.layers.axis import Kind
from convanim.layers.rules import SEVERAL
from convanim.plans import Ints, Mask, Plan, Stage, Step, Windows
from convanim.plans.steps import kept
from convanim.views.block import ACROSS, LIGHTS, MOST_RULED, Block, Face, Place, Scale, faces_of, shortened_length
from convanim.views.channels import shown
from convanim.views.contents import Contents
from convanim.views.cubes import silhouette_rays, split
from convanim.views.headings import LINE, dots, enclosing, face_of, heading_size, heading_width, more, words
from convanim.views.lettering import CENTRE, MOST_OF_CELL, Lettering
from convanim.views.look import Look
from convanim.views.marks import Window
from convanim.views.picture import Picture, Site, Work
from convanim.views.plane import Plane
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes, Texts
from convanim.views.sheet import ROLES, Page, Sheet
from convanim.views.solids import AWAY, Solid
from convanim.views.stamped import Stamped
from convanim.views.sum_line import Summed
from convanim.views.tints import tints
from convanim.words.captions import kernels as kernels_words
from convanim.words.captions import layer_lines, layer_title
from convanim.words.captions import size as size_words
from convanim.words.sentences import clauses, sentence

_MOST_SLICES = 8
"""The most groups that are blocks of their own."""

_MOST_VOLUMES = 3
"""The most channels of a volume that are drawn, each as a block."""

_MOST_KERNELS = 4
"""The most kernels that are drawn."""

_ALL_STEPS, _MOST_STEPS = 150, 300
"""The most steps of a layer that are all shown, and those of a few of its channels that are."""

_ROWS_SHOWN, _COLUMNS_SHOWN = 4, 6
"""Of more steps: how many rows and columns of each channel are shown."""

_SLICE_GAP, _VOLUME_GAP, _GAP, _KERNEL_GAP = 0.9, 1.2, 3.2, 1.2
"""The gaps between slices, between volumes, between tensors, and above and between kernels."""

_NUMBER, _BOLD = 0.42, 1.12

_LEAST_CELL, _PALE = 0.5, 0.55
"""The least side of a kernel's cell that is drawn by itself, and the strength of the tint of kernels."""

_IN_SIZES = 40
"""The width of a picture in sizes of its letters."""

_LONGEST, _THINNEST = 24.0, 0.3
"""To scale: the length of the longest side of any block where cells are not drawn, and of the shortest."""

_Reached = tuple[Block, Place, Place]
"""A block, and the first and last place of its grid that a step reads or makes."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan, layer by layer; of many places of a layer, some are shown."""
    channels, cells = _walked(plan)
    walked = plan.walking(way="layers", is_main=True, channels=channels, cells=cells)
    return Blocks(walked, replace(look, classic=False, has_chips=False))


def _walked(plan: Plan) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]]:
    """Return the channels and the cells, by tensor, that steps go through where there are too many."""
    channels: dict[int, tuple[int, ...]] = {}
    cells: dict[int, tuple[int, ...]] = {}
    for stage in plan.main:
        tensor, size = (stage.source, stage.input_size) if stage.is_stamped else (stage.target, stage.output_size)
        count, each = stage.steps_of
        if count * each <= _ALL_STEPS or stage.rule is SEVERAL:
            continue
        few = tuple(one for one in shown(count, _MOST_KERNELS) if one is not None)
        if len(few) < count:
            channels[tensor] = few
        if len(few) * each > _MOST_STEPS:
            most = [2] * (len(size) - 2) + [_ROWS_SHOWN, _COLUMNS_SHOWN] if len(size) > 1 else [4 * _COLUMNS_SHOWN]
            axes = [np.unique(np.linspace(0, n - 1, min(n, one)).astype(int)) for n, one in zip(size, most, strict=True)]
            places = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), size).ravel().tolist()
            cells[tensor] = tuple(one for one in places if one in stage.places)
    return channels, cells


@dataclass(frozen=True)
class Blocks(Summed):
    """A row of blocks from left to right, with the kernels of each layer below."""

    below = 1.3
    # What is drawn, and where.

    @cached_property
    def contents(self) -> Contents:
        """What is written in the cells."""
        return Contents(self.plan, self.look, {site.tensor: self._channels(site.tensor) for site in self.sites})

    def _channels(self, tensor: int) -> tuple[int, ...]:
        """Return the channels of a tensor that are drawn."""
        count = self.plan.tensors[tensor].channels
        most = _MOST_VOLUMES if self.plan.dims == 3 else MOST_RULED if self.look.is_labelled else count
        return tuple(one for one in shown(count, most) if one is not None)

    def _groups(self, site: Site) -> int:
        """Return how many groups of channels of a tensor are blocks of their own."""
        stages = [stage for stage in (site.maker, site.reader) if stage is not None]
        # In a row of blocks, only kernels that read some channels cut them apart.
        counts = [stage.grouping.groups for stage in stages if stage.is_weighted or not self.plan.is_chain]
        groups = next((count for count in counts if count > 1), 1)
        return groups if groups <= _MOST_SLICES else 1

    @cached_property
    def _lengths(self) -> tuple[float, bool, bool]:
        """The scale of lengths where they are linear, and whether cells and channels are drawn one by one."""
        spaces = max(max(site.grid.kind.shape) for site in self.sites)
        pages = max(self.plan.tensors[site.tensor].channels for site in self.sites) if self.plan.dims < 3 else 1
        unit = min(1.0, _LONGEST / max(spaces, pages)) if self.look.is_to_scale else 1.0
        return unit, unit == 1.0 and spaces <= MOST_RULED, unit == 1.0 and pages <= MOST_RULED

    def _scale(self, count: int, is_page: bool) -> Scale:
        unit, *are_ruled = self._lengths
        is_ruled = are_ruled[is_page]
        if self.look.is_to_scale:
            return Scale(count, max(count * unit, _THINNEST), is_ruled)
        return Scale(count, float(count) if is_ruled else shortened_length(count), is_ruled)

    @property
    def laid_out(self) -> tuple[tuple[str, ...], str]:
        """What a caption and the alternative text say of the lengths of blocks and of steps that are left out."""
        unit, *are_ruled = self._lengths
        counts = [count for block in chain.from_iterable(self.blocks.values()) for count in block.scales]
        said = []
        if self.look.is_to_scale:
            is_bound = any(scale.count * unit < _THINNEST for scale in counts)
            said.append(translated("to scale, but for the thinnest blocks") if is_bound else translated("to scale"))
        elif not all(are_ruled):
            # Translators: How long the blocks of a picture are.
            said.append(translated("lengths beyond 8 cells grow by 4 with each doubling"))
        if self.plan.walk.channels or self.plan.walk.cells:
            said.append(translated("some of the steps are shown"))
        return tuple(said), sentence(clauses(*said)) if said else ""

    def _parts(self, site: Site) -> list[Block]:
        """Return the blocks of a tensor, beside each other or below each other."""
        spans = [range(span.start - low, span.stop - low) for span, low in zip(site.grid.spread, site.grid.start, strict=True)]
        dims, count = len(spans), self.plan.tensors[site.tensor].channels
        rows, columns = (range(1), *spans)[-2:]
        if dims == 3:
            parts = [(range(one, one + 1), spans[0]) for one in self._channels(site.tensor)]
        else:
            each = count // (groups := self._groups(site))
            parts = [(own, own) for own in (range(one * each, (one + 1) * each) for one in range(groups))]
        found: list[Block] = []
        at = np.zeros(2)
        for number, (channels, pages) in enumerate(parts):
            scales = (
                self._scale(len(rows), False),
                self._scale(len(columns), False),
                self._scale(len(pages), dims < 3),
            )
            block = Block(site, number, channels, (rows.start, columns.start, pages.start), scales, at)
            found.append(block)
            if dims == 2:
                at = at + [block.solid.lengths[2] + _SLICE_GAP, 0.0]
            else:
                _, top, _, bottom = self._box([block])
                is_gap = dims == 3 and len(parts) < count and number + 2 == len(parts)
                at = at + [0.0, bottom - top + (_VOLUME_GAP * (1 + is_gap) if dims == 3 else _SLICE_GAP)]
        return found

    @cached_property
    def blocks(self) -> dict[int, list[Block]]:
        """The placed blocks of each site, from left to right."""
        found: dict[int, list[Block]] = {}
        left, last, lowest = 0.0, -np.inf, 0.0
        for number, site in enumerate(self.sites):
            parts = self._parts(site)
            box = self._box(parts)
            stage = site.maker
            if number and stage is not None:
                wide = self._below_width(stage)
                middle = max(left + _GAP / 2, last + _KERNEL_GAP + wide / 2)
                last = middle + wide / 2
                left = max(left + _GAP, 2 * middle - left)
            # No block stands lower than the one before, so that rays pass above the words below that.
            half = (box[3] - box[1]) / 2
            lowest = half if not number else min(half, lowest)
            found[number] = [block.moved(np.array([left - box[0], lowest - box[3]])) for block in parts]
            left += box[2] - box[0]
        return found

    def _box(self, parts: Iterable[Block]) -> tuple[float, float, float, float]:
        """Return the left, top, right and bottom of blocks with what stands around them."""
        points = np.concatenate([solid.hexagon for block in parts for solid in (block.solid, self._around(block))])
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom

    def _around(self, block: Block) -> Solid:
        """Return the solid of a whole grid, padding included."""
        shape = (1, *block.site.grid.kind.shape)[-2:]
        low, count = block.low[2], block.scales[2].count
        pages = (0, block.site.grid.kind.shape[0]) if self.plan.dims == 3 else (low, low + count)
        return block.within((0, 0, pages[0]), (*shape, pages[1]))

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The pages of blocks: those that can be seen, and where sums are written, all."""
        found: dict[Page, Sheet] = {}
        for number, parts in self.blocks.items():
            for block in parts:
                volume = self.plan.dims == 3
                seen = block.seen if block.has_pages else range(0)
                pages = range(block.site.grid.kind.shape[0]) if volume else block.channels
                for page in pages if self.look.is_labelled else seen:
                    name = Page(number, block.channels.start, page) if volume else Page(number, page)
                    if name.channel in self.contents.channels[block.site.tensor]:
                        sheet = self.sheet(name, *self.letters(block.site.reader))
                        shape = sheet.rows, sheet.columns
                        plane, own = block.plane(page, shape), self._tint(block, page - block.low[2])
                        tinted = None if own is None else np.broadcast_to(own, shape)
                        found[name] = replace(
                            sheet, origin=plane.origin, projection=plane.projection, tints=tinted
                        )
        return found

    @cached_property
    def _seen(self) -> set[Page]:
        """The pages that can be seen whole."""
        return {page for page in self.sheets for block in self.blocks[page.site] if self._shows(block, page)}

    def _shows(self, block: Block, page: Page) -> bool:
        return block.has_pages and page.channel in block.channels and block.page(page[1], page[2]) in block.seen

    @cached_property
    def _faces(self) -> dict[tuple[int, int], dict[str, Face]]:
        """The faces of each block, by site and part, that are not pages."""
        return {
            (number, block.part): self._faces_of(block) for number, parts in self.blocks.items() for block in parts
        }

    def _faces_of(self, block: Block) -> dict[str, Face]:
        grid, count = block.site.grid, block.scales[2].count
        top, left, bottom, right = block.box

        def cells(values: Ints) -> Ints:
            rows = np.atleast_2d(values)
            pages = np.moveaxis(rows, 0, 2) if rows.ndim == 3 else np.repeat(rows[:, :, None], count, axis=2)
            first = block.low[2] if rows.ndim == 3 else 0
            return pages[top:bottom, left:right, first : first + count]

        own = self._tints_in(block)
        tinted = None if own is None else np.broadcast_to(own, (bottom - top, right - left, count))
        return block.faces(
            cells(grid.kind), cells(grid.read), self._written(block), tinted, filled=self.role(block.site)
        )

    @cached_property
    def _tints(self) -> dict[int, tuple[int, ...]]:
        """The tint of each channel of each tensor; empty without tints."""
        return tints(self.plan) if self.look.is_tinted else {}

    def _tints_in(self, block: Block) -> Ints | None:
        """Return the tint of each channel of a block, None without tints and where its channels are not drawn."""
        if block.site.tensor not in self._tints:
            return None
        own = np.array(self._tints[block.site.tensor])[list(block.channels)]
        return own if block.scales[2].is_ruled or len(set(own.tolist())) == 1 else None

    def _tint(self, block: Block, page: int = 0) -> Ints | None:
        """Return the tint of a cell in a page of a block, counted from its first, or None without tints."""
        own = self._tints_in(block)
        return None if own is None else own[[page if self.plan.dims < 3 else 0]]

    def _written(self, block: Block) -> tuple[object, object, object] | None:
        """Return the words of a block and their subscripts, (rows, columns, pages), and one of its letterings."""
        site, volume = block.site, self.plan.dims == 3
        if not self.look.in_cells.is_labelled or not all(scale.is_ruled for scale in block.scales):
            return None
        is_stamped = site.maker is not None and site.maker.number in self.stamped
        if is_stamped or (self.look.overlap and site.tensor == 0):
            return None
        own = []
        for page in range(block.low[2], block.low[2] + block.scales[2].count):
            of = (block.channels.start, page) if volume else (page, 0)
            own.append(self.contents.sheet(site.reader, site.tensor, *of, *self.letters(None)))
        if any(one is None for one in own):
            return None
        top, left, bottom, right = block.box
        said = [np.stack([getattr(one, name)[top:bottom, left:right] for one in own], axis=2) for name in ("words", "lowered")]
        return said[0], said[1], own[0]

    # At rest.

    def ground(self) -> Shapes:
        """Return the shapes that never change."""
        shapes: list[Shape] = []
        for number, parts in self.blocks.items():
            pending = self.sites[number].tensor > 0 and self.reveals
            for block in parts:
                shapes += self._at_rest(number, block, pending)
        return (*shapes, *self.kernels(), *self.ellipses(), *self.words())

    def _at_rest(self, number: int, block: Block, pending: bool) -> Shapes:
        """Return a block before anything is computed, with the frame of its padding."""
        around, shapes = self._around(block), list[Shape]()
        if not np.allclose(around.hexagon, block.solid.hexagon):
            shapes.append(Lines("padding", around.edges("front", "top", "side")))
        for face in self._faces[number, block.part].values():
            shapes += face.ground(pending)
        for page, sheet in self.sheets.items():
            if page.site == number and page in self._seen and self._shows(block, page):
                shapes += sheet.ground(pending)
        role = self.role(block.site)
        return (*shapes, Lines("block" if pending else role, block.solid.edges("front", "top", "side")))

    def ellipses(self) -> Shapes:
        """Return three dots in place of layers, of volumes and of kernels that are not drawn."""
        spots = []
        for stage in self.plan.main:
            if stage.rule is SEVERAL:
                one, other = (self._box(self.blocks[end.number]) for end in self._ends(stage))
                spots.append(((one[2] + other[0]) / 2, 0.0, 0.7))
        return dots(spots)

    def _ends(self, stage: Stage) -> tuple[Site, Site]:
        """Return the sites that a stage reads and makes."""
        return self.sites_of(stage.source, stage)[0], self.sites_of(stage.target)[0]

    # What steps leave behind.

    def marks(self, numbers: range) -> Shapes:
        """Return what some steps have made: cells of blocks that grow within their outline."""
        if not self.reveals:
            return ()
        shapes: list[Shape] = []
        for stage, start, count in self._stages:
            first, last = max(numbers.start, start), min(numbers.stop, start + count)
            if first >= last:
                continue
            done = self._order(stage, first - 1) if first > start else -1
            shapes += self._filled_by(stage, done, self._order(stage, last - 1))
        for stamped in self.stamped.values():
            start, stop = stamped.start, stamped.start + stamped.count
            own = range(max(numbers.start, start), min(numbers.stop, stop + 1))
            shapes += self._sums(stamped, own) if own else ()
        return tuple(shapes)

    def _sums(self, stamped: Stamped, numbers: range) -> Iterator[Shape]:
        """Yield the cells of pages that stamps have changed, with their sums after the last of some steps."""
        is_end = numbers[-1] >= stamped.start + stamped.count
        own = stamped.stage.count if is_end else stamped.own(numbers[-1]) + 1
        for page in self._seen:
            if self.sites[page.site].maker is stamped.stage:
                sheet = self.sheets[page]
                touched = [stamped.touched(stamped.step(one)) for one in numbers if one < stamped.start + stamped.count]
                places = [found[page].places for found in touched if page in found]
                every = [np.argwhere(np.ones((sheet.rows, sheet.columns), bool))] if is_end else places
                if every:
                    yield from stamped.cells(page, np.unique(np.concatenate(every), axis=0), own)

    @property
    def stamping(self) -> tuple[bool, bool]:
        """Whether the stamped output is graded in colour, and whether chips show what is added."""
        return self.look.overlap, False

    @cached_property
    def _stages(self) -> list[tuple[Stage, int, int]]:
        """The walked stages, each with its first step and its number of steps."""
        starts = self.plan.starts
        return [(stage, one, other - one) for stage, (one, other) in zip(self.plan.walked, pairwise(starts), strict=True)]

    @property
    def _is_by_place(self) -> bool:
        return self.plan.walk.order == "position"

    def _order(self, stage: Stage, number: int) -> int:
        """Return the place of a step among all steps of its stage, shown or not."""
        if stage.is_stamped:
            return number - self.plan.starts[self.plan.walked.index(stage)]
        _, channel, place = self.plan.place(number)
        return place * stage.steps_of[0] + channel if self._is_by_place else channel * _places(stage) + place

    @kept
    def _orders(self, stage: Stage, block: Block) -> Ints:
        """Return when each cell of a block is made, (rows, columns, pages), as the number of its step; -1 for never."""
        (channels, _), each, size = stage.steps_of, _places(stage), stage.output_size
        places = np.zeros(size, np.int64) if each == 1 else np.arange(each).reshape(size)
        made = np.array(block.channels, np.int64).reshape(-1, *(1,) * len(size))
        order = places[None] * channels + made if self._is_by_place else made * each + places[None]
        if stage.is_sparse:
            order = np.where(np.isin(places, stage.places), order, -1)
        if stage.is_stamped:
            order = self._stamped_orders(stage)[list(block.channels)]
        # From the cells of the tensor to the places of its grid, between which zeros may stand.
        grid, source = block.site.grid, np.ix_(*(np.maximum(one, 0) for one in block.site.grid.source))
        own = np.where(grid.kind == Kind.INPUT, order[(slice(None), *source)], -1)
        pages = np.moveaxis(own[0], 0, 2) if len(size) == 3 else np.moveaxis(own.reshape(len(own), *np.atleast_2d(own[0]).shape), 0, 2)
        top, left, bottom, right = block.box
        first, count = (block.low[2], block.scales[2].count) if len(size) == 3 else (0, len(own))
        found: Ints = pages[top:bottom, left:right, first : first + count]
        return found

    def _filled_by(self, stage: Stage, done: int, last: int) -> Iterator[Shape]:
        for site in self.sites_of(stage.target):
            for block in self.blocks[site.number]:
                if all(scale.is_ruled for scale in block.scales):
                    yield from self._cubes(stage, block, done, last)
                else:
                    yield from self._mass(stage, block, done, last)

    def _cubes(self, stage: Stage, block: Block, done: int, last: int) -> Iterator[Shape]:
        """Yield the cells of a block made by some steps, as cubes of which the visible faces are drawn."""
        order = self._orders(stage, block)
        filled = (order >= 0) & (order <= last)
        fresh = filled & (order > done)
        if not fresh.any():
            return
        yield from self._painted(stage, block, filled, fresh)

    def _painted(self, stage: Stage, block: Block, filled: Ints, fresh: Ints) -> Iterator[Shape]:
        """Yield the faces of fresh cells among the filled ones, those within the block first."""
        role = self.role(block.site)
        spaced = any(one > 1 for one in block.site.grid.spacing)
        is_bare = not (spaced or self.look.in_cells.is_labelled)
        turned, new = (np.transpose(one, block.turned((0, 1, 2))) for one in (filled, fresh))
        if is_bare:
            if self._is_by_place or block.is_flat or stage.is_stamped:
                # Cells made later may lie behind others, which are then drawn again, from far to near.
                new = _before(turned, new)
            yield from self._inner(block, role, turned, new)
        for name, face in self._faces[block.site.number, block.part].items():
            own = faces_of(new)[name]
            if own.any():
                yield from face.revealed(np.argwhere(own))
        top, left, *_ = block.box
        if stage.is_stamped:
            return
        for page, sheet in self._visible(block):
            places = np.argwhere(fresh[:, :, block.page(page[1], page[2]) - block.low[2]]) + [top, left]
            if len(places):
                yield from sheet.revealed(places)

    def _visible(self, block: Block) -> list[tuple[Page, Sheet]]:
        return [
            (page, sheet)
            for page, sheet in self.sheets.items()
            if page.site == block.site.number and self._shows(block, page)
        ]

    def _inner(self, block: Block, role: str, filled: Ints, fresh: Ints) -> Iterator[Shape]:
        """Yield the faces of fresh cells that have nothing filled before them, but do not lie on the block's faces."""
        places = np.argwhere(fresh)
        near = places @ np.array([-0.4, -1.0, 0.5])
        for cell in places[np.argsort(near, kind="stable")]:
            quads = self._open_faces(block, filled, cell)
            for name, quad in quads.items():
                tint = self._tint(block, cell[0 if block.is_flat else 2])
                yield Cells(role, quad[None], strength=LIGHTS[name], tints=tint, is_within=True)
                yield Lines(role, np.stack([quad, np.roll(quad, -1, axis=0)], axis=1))

    def _open_faces(self, block: Block, filled: Ints, cell: Ints) -> dict[str, Points]:
        """Return the faces of a cell that no filled cell touches, by name."""
        counts = np.array(filled.shape)
        row, column, page = cell.tolist()
        cube = block.solid.part(*(tuple(((cell + end) / counts).tolist()) for end in (0, 1)))  # type: ignore[arg-type]
        is_open = {
            "top": row == 0 or not filled[row - 1, column, page],
            "front": column == 0 or not filled[row, column - 1, page],
            "side": page + 1 == counts[2] or not filled[row, column, page + 1],
        }
        return {name: quad for name, quad in zip(ACROSS, cube.quads, strict=True) if is_open[name]}

    def _mass(self, stage: Stage, block: Block, done: int, last: int) -> Iterator[Shape]:
        """Yield what is filled of a block whose cells are not drawn, as up to three blocks, from far to near."""
        if last < 0:
            return
        channels, each = stage.steps_of[0], _places(stage)
        role, size = self.role(block.site), (1, *stage.output_size)[-2:]
        channel, place = (last % channels, last // channels) if self._is_by_place else divmod(last, each)
        channel = min(channel - block.channels.start, len(block.channels) - 1)
        if channel < 0:
            return
        row, column = divmod(place % (size[0] * size[1]) if each > 1 else size[0] * size[1] - 1, size[1])
        (rows, columns), pages = size, block.scales[2].count
        if self._is_by_place:
            boxes = [
                ((row, column, 0), (row + 1, column + 1, channel + 1)),
                ((row, 0, 0), (row + 1, column, pages)),
                ((0, 0, 0), (row, columns, pages)),
            ]
        else:
            boxes = [
                ((0, 0, 0), (rows, columns, channel)),
                ((row, 0, channel), (row + 1, column + 1, channel + 1)),
                ((0, 0, channel), (row, columns, channel + 1)),
            ]
        spacing = np.array([(1, *block.site.grid.spacing)[-2], block.site.grid.spacing[-1], 1])
        counts = np.array([scale.count for scale in block.scales])
        for low, high in boxes:
            if all(one < other for one, other in zip(low, high, strict=True)):
                ends = (np.minimum(np.array(end) * spacing / counts, 1.0) for end in (low, high))
                solid = block.solid.part(*(tuple(block.turned(end.tolist())) for end in ends))  # type: ignore[arg-type]
                tint = self._tint(block, high[2] - 1)
                for light, quad in zip(LIGHTS.values(), solid.quads, strict=True):
                    yield Cells(role, quad[None], strength=light, tints=tint, is_within=True)
                yield Lines(role, solid.edges("front", "top", "side"))

    @kept
    def _stamped_orders(self, stage: Stage) -> Ints:
        """Return the step that is the first to stamp each cell, (channels, *size); -1 for none."""
        found = np.full((stage.grouping.out_channels, *stage.output_size), -1, np.int64)
        start = self.plan.starts[self.plan.walked.index(stage)]
        for number in reversed(range(len(self.plan.channels_of(stage)) * len(self.plan.cells_of(stage)))):
            step = self.plan.step(start + number)
            for cell in step.writes[stage.inside(step.writes)].tolist():
                found[(list(step.channels), *cell)] = number
        return found

    # At work.

    def _reached(self, stage: Stage, channels: Iterable[int], cells: Ints) -> list[_Reached]:
        """Return the blocks that cells of channels of a stage's target lie in, with their first and last place."""
        own = list(channels)
        return [
            found
            for site in self.sites_of(stage.target)
            for found in self._spanned(site, own, site.grid.places(cells))
        ]

    def _spanned(self, site: Site, channels: list[int], places: Ints) -> Iterator[_Reached]:
        """Yield the blocks that hold places of some channels of a site, with the first and last of these."""
        if not len(places) or not channels:
            return
        low, high = places.min(axis=0).tolist(), (places.max(axis=0) + 1).tolist()
        (top, left), (bottom, right) = ((0, *low)[-2:], (1, *high)[-2:])
        for block in self.blocks[site.number]:
            own = [one for one in channels if one in block.channels]
            if own:
                pages = (low[0], high[0]) if self.plan.dims == 3 else (min(own), max(own) + 1)
                yield block, (top, left, pages[0]), (bottom, right, pages[1])

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows."""
        if number >= len(self.plan):
            return self.words_at(Work(number))
        stage, channel, place = self.plan.place(number)
        step = stage.step(channel, place)
        work = self.work(number)
        read = self._read(stage, step)
        made = self._reached(stage, step.channels, step.writes[stage.inside(step.writes)])
        shapes: list[Shape] = []
        for block, low, high in read:
            shapes += self._window(block, low, high, work)
        shapes += self.chips(self._on_seen(work))
        for block, low, high in read:
            shapes += self._edges(block, low, high, "reach")
        shapes += self.rays(work)
        for block, low, high in made:
            shapes += self._made(block, low, high, work)
        frames = [Lines("block", block.solid.edges("front", "top", "side")) for block, *_ in made if self.reveals]
        return (*frames, *shapes, *self.kernels_at(work), *self.words_at(work))

    def _on_seen(self, work: Work) -> Work:
        return work

    def _drawn_places(self, site: Site, stage: Stage, taps: object) -> Ints:
        places, is_drawn = self.placed(site, stage, taps)  # type: ignore[arg-type]
        return places[is_drawn]

    def read(self, step: object) -> Iterator[tuple[Page, Ints, object]]:  # type: ignore[override]
        """Yield each page that a step reads and that can be seen."""
        return ((page, places, read) for page, places, read in super().read(step) if page in self.sheets)  # type: ignore[arg-type]

    def _window(self, block: Block, low: Place, high: Place, work: Work) -> Iterator[Shape]:
        """Yield the cells of a block that a step reads, in shadow, and the glass of the kernel's block within it."""
        of = block.site.number, block.part
        if not self.look.in_cells.is_labelled:
            yield Cells("glass", block.within(low, high).quads, key=Key("glass", of))
        key = Key("window", of)
        for page, window in work.windows.items():
            if page.site == block.site.number and page in self._seen and self._shows(block, page):
                yield from self.sheets[page].shaded(window, key)
        yield from self._on_faces(block, low, high, key)

    def _on_faces(self, block: Block, low: Place, high: Place, key: Key) -> Iterator[Shape]:
        """Yield the cells between two places of a block, in shadow, on those faces that they touch."""
        starts, ends = (np.array(block.turned([one - at for one, at in zip(place, block.low, strict=True)])) for place in (low, high))
        counts = np.array(block.turned([scale.count for scale in block.scales]))
        if (starts >= counts).any() or (ends <= 0).any():
            return
        touched = {"front": starts[1] <= 0, "top": starts[0] <= 0, "side": ends[2] >= counts[2]}
        inner = np.maximum(starts, 0), np.minimum(ends, counts)
        for name, face in self._faces[block.site.number, block.part].items():
            if not touched[name]:
                continue
            across = ACROSS[name]
            if face.rows == counts[across[0]] and face.columns == counts[across[1]]:
                (top, bottom), (left, right) = ((int(inner[0][axis]), int(inner[1][axis])) for axis in across)
                if name == "top":
                    top, bottom = face.rows - bottom, face.rows - top
                yield from face.shaded(Window(top, left, np.ones((bottom - top, right - left), bool)), key)
            else:
                solid = block.within(*(tuple(block.turned((end + np.array(block.turned(block.low))).tolist())) for end in inner)) if not block.is_flat else block.within(low, high)  # type: ignore[arg-type]
                quad = solid.quads[list(ACROSS).index(name)]
                yield Cells(face.filled, quad[None], True, LIGHTS[name], key=key)

    def _edges(self, block: Block, low: Place, high: Place, role: str) -> Shapes:
        """Return the edges of a block within another: heavy where they can be seen, dashed where they lie within."""
        solid = block.within(low, high)
        starts, ends = (block.turned([one - at for one, at in zip(place, block.low, strict=True)]) for place in (low, high))
        count = block.turned([scale.count for scale in block.scales])[2]
        seen = [name for name, is_seen in (("front", starts[1] <= 0), ("top", starts[0] <= 0), ("side", ends[2] >= count)) if is_seen]
        of = block.site.number, block.part
        return (
            Lines("behind", solid.edges(*seen, others=True), key=Key("behind", of), whole=solid.edges("side", others=True)),
            Lines(role, solid.edges(*seen), key=Key(role, of), whole=solid.edges("side")),
        )

    def _read(self, stage: Stage, step: Step) -> list[_Reached]:
        """Return the blocks that a step reads, with the first and last place of each."""
        return [
            found
            for one in step.reads
            for site in self.sites_of(one.tensor, stage)
            for found in self._spanned(site, list(one.channels), self._drawn_places(site, stage, one.taps))
        ]

    def rays(self, work: Work) -> Shapes:
        """Return the outermost rays from each block that is read to each cell that is made, faint across blocks."""
        stage, step = work.stage, work.step
        if stage is None or step is None:
            return ()
        read = self._read(stage, step)
        made = self._reached(stage, step.channels, step.writes[stage.inside(step.writes)])
        rays = [
            silhouette_rays(block.within(low, high).hexagon, other.within(first, last).hexagon)
            for block, low, high in read
            for other, first, last in made
        ]
        if not rays:
            return ()
        every = np.concatenate(rays)
        solids = {(block.site.number, block.part): block.solid.hexagon for block, *_ in (*read, *made)}
        clear, covered = split(every, np.array(list(solids.values())))
        key = Key("ray", (stage.number,))
        over = () if self.look.in_cells.is_labelled else (Lines("ray_over", covered, key=key),)
        return (Lines("ray", clear, key=key, whole=every), *over)

    def _made(self, block: Block, low: Place, high: Place, work: Work) -> Iterator[Shape]:
        """Yield the cells that a step makes as a block in shadow, seen through what lies before it."""
        of, role = (block.site.number, block.part), self.role(block.site)
        if work.step is not None and not work.step.reads:
            role = "inserted"
        key = Key("made", of)
        solid = block.within(low, high)
        tint = None if role == "inserted" else self._tint(block, int(low[2]) - block.low[2])
        if not self.look.in_cells.is_labelled:
            for light, quad in zip(LIGHTS.values(), solid.quads, strict=True):
                yield Cells(role, quad[None], True, light, tints=tint, key=key)
        for page, window in work.made.items():
            if page.site == block.site.number and page in self._seen and self._shows(block, page):
                stamped = None if work.stage is None else self.stamped.get(work.stage.number)
                if stamped is not None:
                    yield from stamped.cells(page, window.places, stamped.own(work.number) + 1, key, shaded=True)
                    continue
                yield from self.sheets[page].cells("input" if role != "inserted" else role, window, key, shaded=True)
        if self.look.in_cells.is_labelled:
            yield from self._on_faces(block, low, high, key)
        yield Lines("reach", solid.edges("front", "top", "side"), key=Key("made reach", of))

    # Kernels and words.

    def _kernels_of(self, stage: Stage) -> list[int | None]:
        """Return the output channels whose kernels are drawn, None for those that are not; of a chain only the first."""
        if not stage.is_weighted or not isinstance(stage, Windows):
            return []
        if self.plan.is_chain:
            return [0]
        return list(shown(stage.grouping.out_channels, _MOST_KERNELS))

    def _kernel_lengths(self, stage: Stage) -> tuple[float, float, float]:
        counts = self._kernel_counts(stage)
        down, away, right = (self._scale(count, (axis == 0) if self.plan.dims == 1 else (axis == 2)).length for axis, count in enumerate(counts))
        return down, away, right

    def _kernel_counts(self, stage: Stage) -> tuple[int, int, int]:
        """Return the cells of a kernel down, away and to the right."""
        *_, rows, columns = (1, *stage.layer.kernel_size)
        if self.plan.dims == 3:
            return rows, columns, stage.layer.kernel_size[0]
        pages = stage.grouping.inputs_a_group
        return (pages, 1, columns) if self.plan.dims == 1 else (rows, columns, pages)

    def _kernel_solids(self, stage: Stage) -> list[tuple[int | None, Solid | None]]:
        """Return the kernels of a stage side by side, from the place (0, 0) on, None for an ellipsis."""
        found: list[tuple[int | None, Solid | None]] = []
        left, lengths = 0.0, self._kernel_lengths(stage)
        for channel in self._kernels_of(stage):
            # An ellipsis takes the place of a thin kernel.
            solid = Solid(np.array([left, 0.0]), lengths if channel is not None else (lengths[0], 0.0, 2.0))
            found.append((channel, solid))
            wide = solid.box[2] - left
            if channel is not None:
                wide = max(wide, heading_width(self._kernel_name(stage, channel), "", self.size) * _BOLD)
            left += wide + _KERNEL_GAP
        return found

    def _kernel_name(self, stage: Stage, channel: int) -> str:
        """Return what the kernel of an output channel is called."""
        kernel = self.plan.names.kernel
        return kernel.of(channel) if stage.grouping.out_channels > 1 else kernel.called

    def _below_width(self, stage: Stage) -> float:
        """Return the width of what stands below the gap before what a stage makes."""
        boxes = [solid.box for _, solid in self._kernel_solids(stage) if solid is not None]
        return max([box[2] for box in boxes], default=0.0)

    @cached_property
    def _kernels(self) -> dict[int, list[tuple[int | None, Solid]]]:
        """The placed kernels of each stage."""
        found = {}
        for stage in self.plan.walked:
            own = self._kernel_solids(stage)
            if not own:
                continue
            source, target = self._ends(stage)
            middle = (self._box(self.blocks[source.number])[2] + self._box(self.blocks[target.number])[0]) / 2
            wide = self._below_width(stage)
            high = max(-solid.box[1] for _, solid in own if solid is not None)
            by = np.array([middle - wide / 2, self._floor + high])
            found[stage.number] = [(one, replace(solid, corner=solid.corner + by)) for one, solid in own if solid]
        return found

    @cached_property
    def _bottom(self) -> float:
        """The lower end of all blocks."""
        return max(self._box(parts)[3] for parts in self.blocks.values())

    @cached_property
    def size(self) -> float:
        """The size of words, which follows from the widths of the blocks alone."""
        boxes = [self._box(self._parts(site)) for site in self.sites]
        wide = sum(box[2] - box[0] + _GAP for box in boxes)
        return max(heading_size(wide), wide / _IN_SIZES)

    @property
    def _floor(self) -> float:
        """Where kernels begin: below the names of blocks."""
        return self._bottom + 2 * LINE * self.size + _KERNEL_GAP

    def kernels(self) -> Shapes:
        """Return the kernels at rest."""
        return tuple(shape for number, own in self._kernels.items() for channel, solid in own for shape in self._kernel(number, channel, solid))

    def _kernel(self, number: int, channel: int | None, solid: Solid, is_at_work: bool = False) -> Iterator[Shape]:
        stage = self.plan.stages[number]
        if channel is None:
            left, top, right, bottom = solid.box
            yield from dots([((left + right) / 2, (top + bottom) / 2, 0.6)])
            return
        key = Key("kernel", (number, channel)) if is_at_work else None
        counts = [
            count if length / count >= _LEAST_CELL else 1
            for count, length in zip(self._kernel_counts(stage), solid.lengths, strict=True)
        ]
        planes = [getattr(solid, name)(*(counts[axis] for axis in across)) for name, across in ACROSS.items()]
        every = [np.ones((plane.rows, plane.columns), bool) for plane in planes]
        own = self._tints.get(stage.target)
        if own is None:
            yield Cells("padding" if is_at_work else "place", solid.quads, shaded=is_at_work, key=key)
        else:
            tinted = np.full(len(solid.quads), own[channel])
            yield Cells(self.role(self._ends(stage)[1]), solid.quads, is_at_work, _PALE, tints=tinted, key=key)
        yield Lines("window", np.concatenate([plane.edges(one) for plane, one in zip(planes, every, strict=True)]), key=key)
        yield from self._weights(stage, channel, planes, counts, is_at_work, key)
        if is_at_work:
            yield Lines("reach", solid.edges("front", "top", "side"), key=key)

    def _weights(
        self, stage: Stage, channel: int, planes: list[Plane], counts: list[int], is_at_work: bool, key: Key | None
    ) -> Iterator[Texts]:
        """Yield the numbers or letters on the faces of a kernel."""
        inputs = list(stage.grouping.inputs_of(channel))
        volume = self.plan.dims == 3
        said = [self.contents.kernel(stage, channel, one) for one in inputs[: 1 if volume else None]]
        if self.look.overlap or counts != list(self._kernel_counts(stage)) or any(one is None for one in said):
            return
        faces = []
        for name in ("words", "lowered"):
            pages = [np.atleast_2d(getattr(one, name)) for one in said]
            own = np.moveaxis(pages[0], 0, 2) if volume else np.stack(pages, axis=2)
            own = own[::-1, ::-1, :: -1 if volume else 1] if stage.layer.is_flipped else own
            faces.append(faces_of(np.transpose(own, (2, 0, 1) if self.plan.dims == 1 else (0, 1, 2))))
        size = min(_NUMBER, MOST_OF_CELL / self.contents.kernel_widest(stage))
        tinted = self._tints.get(stage.target)
        for name, plane in zip(ACROSS, planes, strict=True):
            words, lowered = (face[name] for face in faces)
            lettering = Lettering(words, lowered, size, self.contents.kernel_widest(stage), CENTRE, self.contents.kernel_face)
            cells = np.argwhere(words != "")
            role = "padding" if is_at_work else "place"
            looks: dict[str, Any] = {"on": role, "shaded": is_at_work}
            if tinted is not None:
                role = self.role(self._ends(stage)[1])
                looks |= {"on": role, "strength": _PALE, "tints": np.full(words.shape, tinted[channel])}
            yield from (replace(text, key=key) for text in lettering.texts(plane, cells, **looks))

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernel at work."""
        if work.stage is None or work.step is None:
            return ()
        own = self._kernels.get(work.stage.number, [])
        active = set(work.step.channels)
        return tuple(
            shape
            for channel, solid in own
            if channel in active or self.plan.is_chain
            for shape in self._kernel(work.stage.number, work.step.channel if self.plan.is_chain else channel, solid, True)
        )

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all blocks, kernels and words."""
        boxes = [self._box(parts) for parts in self.blocks.values()]
        boxes += [solid.box for own in self._kernels.values() for _, solid in own]
        corners = np.array(boxes).reshape(-1, 2)
        texts = [text for text in (*self.words(), *self._names(None)) if isinstance(text, Texts)]
        return enclosing(corners, texts)

    def words(self) -> Shapes:
        """Return the words that never change: sizes at edges, and what layers there are."""
        return (*self._sizes(), *self._layers())

    def _sizes(self) -> Iterator[Texts]:
        """Yield the sizes at the edges of blocks."""
        last = len(self.sites) - 1
        for number, parts in self.blocks.items():
            site = self.sites[number]
            count = self.plan.tensors[site.tensor].channels
            left, top, right, bottom = self._box(parts)
            block = parts[0] if number < last else parts[-1]
            size = tuple(map(len, site.grid.spread))
            lengths = block.turned((*(1, *size)[-2:], size[0] if self.plan.dims == 3 else count))
            solid = block.solid
            down, away, across = (str(one) for one in lengths)
            high, far, wide = solid.lengths
            x, y = solid.corner.tolist()
            air = 0.7 * self.size
            if number == 0:
                around = self._around(block)
                ax, ay = around.corner.tolist()
                if self.plan.dims > 1 or count > 1:
                    yield words(down, ax - air, y + high / 2, self.size, anchor=1.0)
                if self.plan.dims > 1:
                    yield words(away, ax + 0.25 * around.lengths[1] - 0.4 * self.size, ay - 0.2 * around.lengths[1] - 0.5 * self.size, self.size, anchor=1.0)
            elif number == last:
                if self.plan.dims > 1 or count > 1:
                    yield words(down, x + wide + 0.5 * far + air, y - 0.4 * far + high / 2, self.size, anchor=0.0)
                if self.plan.dims > 1:
                    yield words(away, x + wide + 0.25 * far + 0.4 * self.size, y + high - 0.2 * far + 0.5 * self.size, self.size, anchor=0.0)
            if self.plan.dims == 2 or self.plan.dims == 1:
                middle = (parts[0].solid.box[0] + parts[-1].corner[0] + parts[-1].solid.lengths[2]) / 2
                yield words(across, float(middle), self._box(parts)[3] + 0.75 * self.size, self.size)
            else:
                x, y = parts[-1].corner.tolist()
                yield words(across, x + wide / 2, self._box(parts)[3] + 0.75 * self.size, self.size)

    def _names(self, work: Work | None) -> Iterator[Texts]:
        """Yield the names of tensors and kernels, bold where they are at work, or all of them bold."""
        y = self._bottom + (0.75 + LINE) * self.size
        tensors = None if work is None else {tensor for stage in [work.stage] if stage for tensor in (*stage.sources, stage.target)}
        for number, parts in self.blocks.items():
            site = self.sites[number]
            left, _, right, _ = self._box(parts)
            tensor = self.plan.tensors[site.tensor]
            many = (tensor.channels,) if self.plan.has_channels else ()
            name = f"{self.plan.named(site.tensor).called} {size_words((*tensor.size, *many))}"
            spread = tuple(map(len, site.grid.spread))
            if spread != tensor.size:
                name = f"{name} → {size_words((*spread, *many))}"
            is_bold = tensors is None or site.tensor in tensors
            yield replace(words(name, (left + right) / 2, y, self.size, face_of(is_bold)), key=Key("word", (number,)))
        for number, own in self._kernels.items():
            stage = self.plan.stages[number]
            for channel, solid in own:
                if channel is None:
                    continue
                box = solid.box
                is_at_work = work is not None and work.stage is stage and work.step is not None
                if is_at_work and self.plan.is_chain:
                    channel = work.step.channel
                name = self._kernel_name(stage, channel)
                is_bold = work is None or (is_at_work and channel in work.step.channels)
                said = words(name, (box[0] + box[2]) / 2, box[3] + 0.8 * self.size, self.size, face_of(is_bold))
                yield replace(said, key=Key("word", (number, channel)))

    def words_at(self, work: Work) -> Shapes:
        """Return the names of blocks and kernels, bold where they are at work, and the sum."""
        return (*self._names(work), *self.sum(work))

    def _layers(self) -> Iterator[Texts]:
        """Yield what stands below the kernels of each layer: how many there are, and in chains its settings."""
        for stage in self.plan.main:
            source, target = self._ends(stage)
            own = self._kernels.get(stage.number, [])
            middle = (self._box(self.blocks[source.number])[2] + self._box(self.blocks[target.number])[0]) / 2
            bottom = max([solid.box[3] + LINE * self.size for _, solid in own], default=self._floor)
            lines = [kernels_words(stage.layer)] if own else []
            if self.plan.is_chain:
                lines = [layer_title(stage.layer), *layer_lines(stage.layer)]
            for number, line in enumerate(lines):
                yield words(line, middle, bottom + (0.9 + LINE * number) * self.size, self.size)


def _places(stage: Stage) -> int:
    """Return how many places a stage makes in each channel: one where all are made in one step."""
    return 1 if stage.rule is SEVERAL else prod(stage.output_size)


def _before(filled: Mask, fresh: Mask) -> Mask:
    """Return fresh cells with those filled ones that lie before them, or before one of these."""
    found = fresh.copy()
    waiting = [np.array(cell) for cell in np.argwhere(fresh)]
    while waiting:
        cell = waiting.pop()
        others = np.argwhere(filled & ~found)
        way = (others - cell) * [-1, -1, 1]
        slope = np.array([-AWAY[1], 1.0, AWAY[0]])
        enter, leave = ((way + end) / slope for end in (-1, 1))
        is_near = (way >= 0).all(axis=1) & (np.maximum(enter.max(axis=1), 0) < leave.min(axis=1))
        found[tuple(others[is_near].T)] = True
        waiting += list(others[is_near])
    return found
