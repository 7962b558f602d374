"""Where blocks stand: of each tensor one or several, the kernels below them, and how long all are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from itertools import chain

import numpy as np

from convanim.base.language import translated, translated_in
from convanim.base.records import dataclass
from convanim.plans import Stage, Windows
from convanim.views.block import MOST_RULED, Block, Scale, shortened_length
from convanim.views.channels import shown
from convanim.views.contents import Contents
from convanim.views.headings import LINE, heading_size, heading_width
from convanim.views.naming import window_name
from convanim.views.picture import Site
from convanim.views.solids import Solid
from convanim.views.sum_line import Summed
from convanim.words.captions import SOME_STEPS
from convanim.words.layer_names import size as size_words
from convanim.words.layer_settings import layer_words
from convanim.words.sentences import clauses, sentence

_MOST_SLICES = 6
"""The most groups that are blocks of their own."""

MOST_VOLUMES = 3
"""The most channels of a volume that are drawn, each as a block."""

MOST_KERNELS = 4
"""The most kernels that are drawn."""

_BESIDE = np.array([0.6, 0.6])
"""How far right of and below an edge that leads away its length stands, or left of and above it, in letter sizes."""

_BELOW = 0.9
"""How far below the floor that blocks stand on the middle of a size is, in sizes of letters."""

_SLICE_GAP, _VOLUME_GAP, _GAP, _KERNEL_GAP = 0.9, 1.2, 3.2, 1.2
"""The gaps between slices, between volumes, between tensors, and above and between kernels."""

_ROOM_FOR_DOTS = 2.0
"""The width of the dots in place of kernels."""

_BOLD = 1.12
"""How much wider bold words are."""

_IN_SIZES, _KERNELS_IN_SIZES = 40, 64
"""The width of a picture in sizes of its letters, and of a row of kernels that is wider than the blocks."""

_THIN = 0.35
"""The thickness of blocks that are single planes, in cells."""

_LONGEST, _THINNEST = 24.0, 0.3
"""To scale: the length of the longest side of any block where cells are not drawn, and of the shortest."""


@dataclass(frozen=True, eq=False)
class KernelBlock:
    """A kernel as a block, or its part for one of several input channels, or the room for dots.

    Attributes
    ----------
    channel : int or None
        The output channel; None for dots in place of others.
    part : int
        The input channel, counted among those that it reads; 0 where the block holds all of them.
    solid : Solid
        Its place.
    """

    channel: int | None
    part: int
    solid: Solid


@dataclass(frozen=True)
class BlockLayout(Summed):
    """A plan laid out as a row of blocks from left to right, with the kernels of each layer below."""

    below = 1.3

    @cached_property
    def contents(self) -> Contents:
        """What is written in the cells."""
        return Contents(self.plan, self.look, {site.tensor: self._channels(site.tensor) for site in self.sites})

    def _channels(self, tensor: int) -> tuple[int, ...]:
        """Return the channels of a tensor that are drawn."""
        count = self.plan.tensors[tensor].channels
        most = MOST_VOLUMES if self.plan.dims == 3 else MOST_RULED if self.look.is_labelled else count
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

    @property
    def _is_thin(self) -> bool:
        """Whether all tensors are single planes, which need no thickness that would look like channels."""
        return self.plan.dims == 2 and not self.plan.has_several_channels

    def _scale(self, count: int, is_page: bool) -> Scale:
        unit, *are_ruled = self._lengths
        is_ruled = are_ruled[is_page]
        if is_page and self._is_thin:
            return Scale(count, _THIN)
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
            said.append(translated(SOME_STEPS))
        said += super().laid_out[0]
        return tuple(said), sentence(clauses(*said)) if said else ""

    def _parts(self, site: Site, named: float = 0.0) -> list[Block]:
        """Return the blocks of a tensor, beside each other, or volumes below each other with room for names above."""
        spans = [
            range(span.start - low, span.stop - low)
            for span, low in zip(site.grid.spread, site.grid.start, strict=True)
        ]
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
            left, top, right, bottom = self.box([block])
            # None hides the numbers or the window of another.
            by = {
                1: np.array([0.0, bottom - top + _SLICE_GAP]),
                2: np.array([right - left + _SLICE_GAP, 0.0]),
                3: np.array([0.0, bottom - top + _VOLUME_GAP + named]),
            }
            # Dots in place of others stand before the last.
            slot = number + 1 + (number + 2 == len(parts) < count)
            at = by[3] * slot if dims == 3 else at + by[dims]
        return found

    def is_between(self, number: int) -> bool:
        """Return whether a tensor is neither the first nor the last, so that rays run on both sides of it."""
        return 0 < number < len(self.sites) - 1

    def _named_above(self, site: Site) -> float:
        """Return the height of the names above volumes, which stand beside them at the outer sides of a picture."""
        return LINE * self.size * self.is_between(site.number)

    @cached_property
    def _raised(self) -> tuple[float, ...]:
        """How high above the floor the blocks of each tensor stand: volumes in the middle beside more of them."""
        parts = [self._parts(site, self._named_above(site)) for site in self.sites]
        high = [bottom - top for _, top, _, bottom in map(self.box, parts)]
        is_stacked = self.plan.dims == 3 and max(map(len, parts)) > 1
        return tuple((max(high) - own) / 2 if is_stacked else 0.0 for own in high)

    @cached_property
    def blocks(self) -> dict[int, list[Block]]:
        """The placed blocks of each site, from left to right on a floor."""
        found: dict[int, list[Block]] = {}
        left, last, named = 0.0, -np.inf, 0.0
        for number, site in enumerate(self.sites):
            parts = self._parts(site, self._named_above(site))
            box = self.box(parts)
            stage = site.maker
            if number and stage is not None:
                wide = self._below(stage)
                middle = max(left + _GAP / 2, last + _KERNEL_GAP + wide / 2)
                last = middle + wide / 2
                left = max(left + _GAP, 2 * middle - left)
            name = heading_width(self.name(number), "", self.size) * _BOLD
            if number:
                left = max(left, named + (name - (box[2] - box[0])) / 2 + self.size)
            named = left + (box[2] - box[0] + name) / 2
            # Most stand on one floor, so that no ray passes below it, where words are.
            by = np.array([left - box[0], -box[3] - self._raised[number]])
            found[number] = [block.moved(by) for block in parts]
            left += box[2] - box[0]
        return found

    def name(self, number: int) -> str:
        """Return the name of a tensor with its size, and its size with inserted zeros."""
        site = self.sites[number]
        tensor = self.plan.tensors[site.tensor]
        many = (tensor.channels,) if self.plan.has_several_channels else ()
        is_spread = tuple(map(len, site.grid.spread)) != tensor.size
        size, spread = (size_words((*own, *many)) for own in (tensor.size, site.grid.kind.shape))
        said = [translated("{name}: {what}", name=self.plan.named(site.tensor).called, what=size)]
        if is_spread:
            said.append(translated("with zeros: {size}", size=spread))
        return translated_in("in a list", ", ").join(said)

    def lengths(self, block: Block) -> tuple[str, str, str]:
        """Return what a block is long down, away and to the right, with its padding before and behind."""
        site = block.site
        ends = zip(site.grid.spread, site.grid.start, site.grid.padded, strict=True)
        told = [_length(span, range(low, low + count)) for span, low, count in ends]
        pages, *sizes = ("1", "1", *told)[-3:]
        if self.plan.dims < 3:
            pages = str(self.plan.tensors[site.tensor].channels)
        return block.turned((*sizes, pages))

    def beside(self, number: int, block: Block) -> tuple[float, float, float]:
        """Return where the length of a block that leads away stands, and its anchor: beside the middle of an edge.

        Below that of the input rays run to what is made of it, so that it stands above, but for the last of several
        volumes, of which rays run upward, where it is short enough to stand before the next tensor.
        """
        is_short = heading_width(self.lengths(block)[1], "", self.size) + self.size < _GAP
        side, anchor = (1, 0.0) if number or (block.part and is_short) else (0, 1.0)
        at = self.outer(number, block).points(np.array([side, 0.5, side]))
        x, y = (at + (2 * side - 1) * _BESIDE * self.size).tolist()
        return x, y, anchor

    def outer(self, number: int, block: Block) -> Solid:
        """Return the solid of a block of a tensor, of the input with its padding."""
        return self.around(block) if number == 0 else block.solid

    def box(self, parts: Iterable[Block]) -> tuple[float, float, float, float]:
        """Return the left, top, right and bottom of blocks with what stands around them."""
        points = np.concatenate([solid.hexagon for block in parts for solid in (block.solid, self._whole(block))])
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom

    def around(self, block: Block) -> Solid:
        """Return the solid of a grid with its padding."""
        return self._of_shape(block, block.site.grid.padded)

    def _whole(self, block: Block) -> Solid:
        """Return the solid of a whole grid, with what windows reach beyond its padding."""
        return self._of_shape(block, block.site.grid.kind.shape)

    def _of_shape(self, block: Block, shape: tuple[int, ...]) -> Solid:
        """Return the solid of so many cells of a grid from its first one on."""
        rows, columns = (1, *shape)[-2:]
        low, count = block.low[2], block.scales[2].count
        pages = (0, shape[0]) if self.plan.dims == 3 else (low, low + count)
        return block.within((0, 0, pages[0]), (rows, columns, pages[1]))

    def ends(self, stage: Stage) -> tuple[Site, Site]:
        """Return the sites that a stage reads and makes."""
        return self.sites_of(stage.source, stage)[0], self.sites_of(stage.target)[0]

    def kernel_counts(self, stage: Stage) -> tuple[int, int, int]:
        """Return the cells of a kernel down, away and to the right."""
        *_, rows, columns = (1, *stage.layer.kernel_size)
        if self.plan.dims == 3:
            return rows, columns, stage.layer.kernel_size[0]
        pages = stage.grouping.inputs_a_group
        return (pages, 1, columns) if self.plan.dims == 1 else (rows, columns, pages)

    def kernel_name(self, stage: Stage, channel: int) -> str:
        """Return what the kernel of an output channel is called; of those that take turns in a chain, which it is."""
        kernel = self.plan.names.kernel
        if self.plan.is_chain:
            return kernel.of_pair(channel, 0, stage.grouping)[0]
        return kernel.of(channel) if stage.grouping.out_channels > 1 else kernel.called

    def part_name(self, stage: Stage, channel: int, part: int) -> str:
        """Return which input channel a block of a kernel is for; nothing in a chain, or where all are one block."""
        if self.plan.is_chain or self.plan.dims < 3 or stage.grouping.inputs_a_group == 1:
            return ""
        one = stage.grouping.inputs_of(channel)[part]
        return self.plan.names.kernel.of_pair(channel, one, stage.grouping)[-1]

    def _kernel_lengths(self, stage: Stage) -> tuple[float, float, float]:
        """Return how long kernels are down, away and to the right."""
        is_page = [axis == (0 if self.plan.dims == 1 else 2) for axis in range(3)]
        counts = zip(self.kernel_counts(stage), is_page, strict=True)
        down, away, right = (self._scale(one, is_one).length for one, is_one in counts)
        return down, away, right

    def _kernels_shown(self, stage: Stage) -> tuple[int | None, ...]:
        """Return the output channels whose kernels are drawn; None for dots in place of others."""
        if not stage.is_weighted or not isinstance(stage, Windows):
            return ()
        # In a row of blocks there is room for one; its name says which it is.
        most = MOST_VOLUMES if self.plan.dims == 3 else MOST_KERNELS
        return (0,) if self.plan.is_chain else shown(stage.grouping.out_channels, most)

    def _row_of_kernels(self, stage: Stage) -> list[KernelBlock]:
        """Return the kernels of a stage from (0, 0) on, those of volumes with a block for each input channel.

        These stand below each other, but those of a lone kernel beside each other.
        """
        inputs = shown(stage.grouping.inputs_a_group, MOST_VOLUMES) if self.plan.dims == 3 else (0,)
        found: list[KernelBlock] = []
        lengths, left = self._kernel_lengths(stage), 0.0
        _, top, wide, bottom = Solid(np.zeros(2), lengths).box
        is_lone = len(self._kernels_shown(stage)) == 1
        named = heading_width(self.part_name(stage, 0, 0), "", self.size)
        line, beside = (LINE * self.size, max(0.0, named + self.size - wide)) if named else (0.0, 0.0)
        # Below dots stands the name of the kernel at work, in the middle between those of others.
        widest = heading_width(self.kernel_name(stage, stage.grouping.out_channels - 1), "", self.size) * _BOLD
        room = max(widest, _ROOM_FOR_DOTS)
        aside = (wide - max(widest, wide) + room - _ROOM_FOR_DOTS) / 2
        for channel in self._kernels_shown(stage):
            at = np.array([left + aside * (channel is None), 0.0])
            for part in inputs if channel is not None else (0,):
                is_drawn = channel is not None and part is not None
                # Dots in a row are as high as kernels, and those in a column as wide.
                is_in_row = channel is None or is_lone
                dots = (bottom - top, 0.0, _ROOM_FOR_DOTS) if is_in_row else (_ROOM_FOR_DOTS / 2, 0.0, wide)
                solid = Solid(at, lengths if is_drawn else dots)
                solid = solid.moved(np.array([0.0, at[1] - solid.box[1]]))
                found.append(KernelBlock(channel if is_drawn else None, part or 0, solid))
                _, _, right, low = solid.box
                at = (
                    np.array([right + max(_KERNEL_GAP / 2, beside), 0.0])
                    if is_in_row
                    else np.array([left, low + _VOLUME_GAP / 2 + line])
                )
            if channel is None:
                left += room + _KERNEL_GAP
                continue
            name = max(heading_width(self.kernel_name(stage, channel), "", self.size), named)
            left += max(max(one.solid.box[2] for one in found) - left, name * _BOLD) + _KERNEL_GAP
        return found

    def _below(self, stage: Stage) -> float:
        """Return the width of what stands below the gap between what a stage reads and makes."""
        texts = [heading_width(line, "", self.size) for line in self.told(stage)]
        return max([one.solid.box[2] for one in self._row_of_kernels(stage)] + texts, default=0.0)

    def told(self, stage: Stage) -> tuple[str, ...]:
        """Return what stands there of a layer: in a chain what it is, and otherwise what it takes without a kernel."""
        if self.plan.is_chain:
            return layer_words(stage.layer)
        if isinstance(stage, Windows) and not stage.is_weighted and stage.rule.sign:
            return (window_name(stage),)
        return ()

    def middle(self, stage: Stage) -> float:
        """Return the middle of the gap between what a stage reads and makes."""
        source, target = (self.box(self.blocks[site.number]) for site in self.ends(stage))
        return (source[2] + target[0]) / 2

    @cached_property
    def kernel_blocks(self) -> dict[int, list[KernelBlock]]:
        """The placed kernels of each stage."""
        found = {}
        for stage in self.plan.walked:
            own = self._row_of_kernels(stage)
            if own:
                wide, high = max(one.solid.box[2] for one in own), -min(one.solid.box[1] for one in own)
                named = LINE * self.size * bool(self.part_name(stage, 0, 0))
                by = np.array([self.middle(stage) - wide / 2, self.floor + high + named])
                found[stage.number] = [replace(one, solid=one.solid.moved(by)) for one in own]
        return found

    @cached_property
    def size(self) -> float:
        """The size of words: it follows from the widths of the blocks and kernels, or of wider pictures beside them."""
        boxes = [self.box(self._parts(site)) for site in self.sites]
        wide = max(sum(box[2] - box[0] + _GAP for box in boxes), self.look.across)
        below = [
            len(self._kernels_shown(stage)) * (Solid(np.zeros(2), self._kernel_lengths(stage)).box[2] + _KERNEL_GAP)
            for stage in self.plan.main
        ]
        return max(heading_size(wide), wide / _IN_SIZES, max(below) / _KERNELS_IN_SIZES)

    @property
    def has_depths(self) -> bool:
        """Whether a size stands below each block: that along its channels, of which a lone one is not said."""
        return self.plan.has_several_channels or self.plan.dims != 2

    def depth_at(self, number: int) -> float:
        """Return the height of the size of a tensor below its blocks."""
        return _BELOW * self.size - self._raised[number]

    def name_at(self, number: int) -> float:
        """Return the height of the name of a tensor: below its blocks, and their size."""
        return self.depth_at(number) + LINE * self.size

    @property
    def floor(self) -> float:
        """Where kernels begin: below the names of blocks."""
        return (_BELOW + 2 * LINE - 0.25) * self.size + _KERNEL_GAP


def _length(span: range, whole: range) -> str:
    """Return how many cells an axis has, with those of padding before and after them, if there are any."""
    parts = (span.start - whole.start, len(span), whole.stop - span.stop)
    return " + ".join(str(part) for number, part in enumerate(parts) if part or number == 1)
