"""What stands around blocks: kernels below them, sizes at their edges, names and dots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from convanim.base.font import width_of
from convanim.base.records import dataclass
from convanim.layers.rules import SEVERAL
from convanim.plans import Stage
from convanim.views.block import ACROSS, Block, faces_of
from convanim.views.block_faces import BlockFaces
from convanim.views.block_layout import KernelBlock
from convanim.views.headings import LINE, arrow, dots, enclosing, face_of, more, word_boxes, words
from convanim.views.lettering import CENTRE, MOST_OF_CELL, Lettering
from convanim.views.naming import lies_turned, said_turned
from convanim.views.picture import Work
from convanim.views.plane import Plane
from convanim.views.resting import RESTING
from convanim.views.scene import Cells, Key, Lines, Shape, Shapes, Texts
from convanim.views.solids import Solid
from convanim.words.captions import kernels as kernels_words
from convanim.words.layer_names import size as size_words

_NUMBER = 0.42
"""The largest size of weights."""

_LEAST_CELL, _PALE = 0.5, 0.75
"""The least side of a kernel's cell that is drawn by itself, and the strength of the tint of kernels."""

_AIR = 0.7
"""The gap between a block and its sizes, and below all words, in sizes of letters."""

_OVER_PART = 0.8
"""How far above a block of a kernel the middle of its name stands, in sizes of letters."""

_APART = 0.5
"""How far below the names of kernels a chain says which layer they are of, in sizes of letters."""

_HALF_ARROW = 2.0
"""Half the length of an arrow in place of kernels, in sizes of letters."""

_DOTS, _FEWER_DOTS = 0.7, 0.6
"""The sizes of dots in place of layers and volumes, and of kernels."""


@dataclass(frozen=True)
class Labelled(BlockFaces):
    """Blocks with their kernels and words."""

    def kernels(self) -> Shapes:
        """Return the kernels at rest."""
        return tuple(
            shape
            for number, own in self.kernel_blocks.items()
            for one in own
            for shape in self._kernel(self.plan.stages[number], one)
        )

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels at work."""
        stage, step = work.stage, work.step
        if stage is None or step is None:
            return ()
        # A stamp is of one input channel, and kernels of volumes have a block for each.
        parts = {stage.grouping.inputs_of(step.channels[0]).index(one) for read in step.reads for one in read.channels}
        is_parted = stage.is_stamped and self.plan.dims == 3
        return tuple(
            shape
            for number, one in self._kernels(work)
            if number == stage.number and one.channel in step.channels and (one.part in parts or not is_parted)
            for shape in self._kernel(stage, one, Key("kernel", (number, one.channel or 0, one.part)))
        )

    @property
    def _are_dark(self) -> bool:
        """Whether kernels are dark, and pale at rest, since they have weights in them."""
        return self.look.in_cells.is_labelled and not (self.look.overlap or self.tints)

    def pales_kernels(self, work: Work) -> bool:
        """Return whether kernels that are not at work in a step are drawn pale."""
        busy = {shape.key for shape in self.kernels_at(work)}
        return self._are_dark and len(busy) < sum(one.channel is not None for _, one in self._kernels(work))

    def _kernels(self, work: Work | None) -> Iterator[tuple[int, KernelBlock]]:
        """Yield the stage and the place of each kernel; a lone one is that which is at work."""
        for number, own in self.kernel_blocks.items():
            is_at_work = work is not None and work.stage is not None and work.stage.number == number
            is_lone = is_at_work and self.plan.is_chain
            for one in own:
                if one.channel is not None:
                    yield number, replace(one, channel=work.step.channel) if is_lone and work and work.step else one

    def _kernel(self, stage: Stage, kernel: KernelBlock, key: Key | None = None) -> Iterator[Shape]:
        """Yield a kernel, outlined if it has a key: then it is at work, in shadow or, where it has weights, dark."""
        channel, solid = kernel.channel, kernel.solid
        if channel is None:
            return
        counts = [
            count if length >= _LEAST_CELL * count else 1
            for count, length in zip(self.kernel_counts(stage), solid.lengths, strict=True)
        ]
        planes = {name: getattr(solid, name)(*(counts[axis] for axis in across)) for name, across in ACROSS.items()}
        edges = [plane.edges(np.ones((plane.rows, plane.columns), bool)) for plane in planes.values()]
        role, strength, tint, is_shaded = "at_rest" if key is None else "padding", 1.0, None, key is not None
        if stage.target in self.tints:
            # A shadow would hide the tint.
            role, strength, is_shaded = self.role(self.ends(stage)[1]), _PALE if key is None else 1.0, False
            tint = np.full(1, self.tints[stage.target][channel])
        elif self._are_dark:
            role, strength, is_shaded = "kernel", RESTING if key is None else 1.0, False
        tints = None if tint is None else np.repeat(tint, len(solid.quads))
        yield Cells(role, solid.quads, is_shaded, strength, tints=tints, key=key)
        yield Lines("kernel" if role == "kernel" else "window", np.concatenate(edges), key=key)
        if tuple(counts) == self.kernel_counts(stage):
            looks = {"on": role, "strength": strength, "shaded": is_shaded}
            yield from (replace(text, key=key) for text in self._weights(stage, kernel, planes, tint, looks))
        if key is not None:
            # Dark on dark, edges between faces would part their lines from each other.
            around = np.stack([solid.hexagon, np.roll(solid.hexagon, -1, axis=0)], axis=1)
            yield Lines("reach", around if role == "kernel" else solid.edges(*ACROSS), key=key)

    def _weights(
        self, stage: Stage, kernel: KernelBlock, planes: dict[str, Plane], tint: Any, looks: dict[str, Any]
    ) -> Iterator[Texts]:
        """Yield the numbers or letters on the faces of a kernel."""
        channel = kernel.channel or 0
        inputs = stage.grouping.inputs_of(channel)
        is_volume = self.plan.dims == 3
        own_inputs = inputs[kernel.part : kernel.part + 1] if is_volume else inputs
        said = [self.contents.kernel(stage, channel, one) for one in own_inputs]
        own = [one for one in said if one is not None]
        if self.look.overlap or not own:
            return
        face, widest = self.contents.kernel_face, self.contents.kernel_widest(stage)
        # As it lies on the window, whose products the sum adds up.
        is_turned = lies_turned(stage)
        spoken = []
        for pages in ([one.words for one in own], [one.lowered for one in own]):
            turned = [np.flip(page) if is_turned else page for page in pages]
            cells = np.moveaxis(turned[0] if is_volume else np.stack([np.atleast_2d(page) for page in turned]), 0, 2)
            spoken.append(faces_of(np.transpose(cells, (2, 0, 1)) if self.plan.dims == 1 else cells))
        # A lone page, or one of all channels, bears all weights, which would only be repeated at its edges.
        page = "front" if self.plan.dims == 1 else "side" if len(own) == 1 and self.plan.dims == 2 else None
        for name, plane in planes.items() if page is None else [(page, planes[page])]:
            told, lowered = (one[name] for one in spoken)
            lettering = Lettering(told, lowered, min(_NUMBER, MOST_OF_CELL / widest), widest, CENTRE, face)
            tints = None if tint is None else np.broadcast_to(tint, told.shape)
            yield from lettering.texts(plane, np.argwhere(told != ""), tints=tints, **looks)

    def ellipses(self) -> Shapes:
        """Return three dots in place of layers, of volumes and of kernels that are not drawn."""
        spots = []
        for stage in self.plan.main:
            if stage.rule is SEVERAL:
                spots.append((self.middle(stage), 0.0, _DOTS))
            for kernel in self.kernel_blocks.get(stage.number, []):
                if kernel.channel is None:
                    left, top, right, bottom = kernel.solid.box
                    spots.append(((left + right) / 2, (top + bottom) / 2, _FEWER_DOTS))
        return dots([*spots, *((x, y, _DOTS) for _, (x, y), _ in self._gaps())])

    def _gaps(self) -> Iterator[tuple[int, tuple[float, float], int]]:
        """Yield a tensor, the place of the gap between its volumes, and how many are left out there."""
        for number, parts in self.blocks.items():
            left_out = self.plan.tensors[parts[0].site.tensor].channels - len(parts)
            if parts[0].is_volume and left_out:
                (left, _, right, above), (_, top, _, bottom) = self.box(parts[:1]), self.box(parts[-1:])
                is_column = parts[0].corner[0] == parts[-1].corner[0]
                if is_column:
                    above, bottom = self.box(parts[-2:-1])[3], top
                yield number, ((left + right) / 2, ((above if is_column else top) + bottom) / 2), left_out

    @cached_property
    def core(self) -> tuple[float, float, float, float]:
        """The left, top, right and bottom of all blocks, kernels and words, with air below, where a caption follows."""
        boxes = [self.box(parts) for parts in self.blocks.values()]
        boxes += [one.solid.box for own in self.kernel_blocks.values() for one in own]
        left, top, right, bottom = enclosing(np.array(boxes).reshape(-1, 2), [*self._still(), *self._names(None)])
        return left, top, right, bottom + _AIR * self.size

    def words(self) -> Shapes:
        """Return the words that never change, with an arrow above those about a layer without kernels."""
        return (*self._still(), *self._arrows())

    def _arrows(self) -> Iterator[Shape]:
        """Yield an arrow in place of the kernels of each layer that has none but of which something is told."""
        for stage in self.plan.main if self.look.has_words else ():
            if self.told(stage) and stage.number not in self.kernel_blocks and stage.rule is not SEVERAL:
                middle, half = self.middle(stage), _HALF_ARROW * self.size
                yield from arrow(middle - half, middle + half, self._arrow_at(stage))

    def _arrow_at(self, stage: Stage) -> float:
        """Return the height of such an arrow: that of names, where no kernels stand below and each has room there."""
        return self._between_names(stage) if self._are_between_names else self.floor

    def _between_names(self, stage: Stage) -> float:
        """Return the height of the names of what a stage reads and makes, the lower one."""
        return max(self.name_at(site.number) for site in self.ends(stage))

    @cached_property
    def _are_between_names(self) -> bool:
        """Whether arrows stand between the names of tensors."""
        left, top, right, bottom = word_boxes(self._names(None)).T

        def is_free(stage: Stage) -> bool:
            middle, height = self.middle(stage), self._between_names(stage)
            half = max(_HALF_ARROW, *(width_of(line) / 2 for line in self.told(stage)))
            room = (half + _AIR) * self.size
            return not ((left < middle + room) & (middle - room < right) & (top < height) & (height < bottom)).any()

        return not self.kernel_blocks and all(is_free(stage) for stage in self.plan.main if self.told(stage))

    def _still(self) -> Iterator[Texts]:
        """Yield the sizes at edges, what the layers are, and how many volumes are left out."""
        for number in self.blocks:
            for text, x, y, anchor in self._sizes(number):
                yield replace(words(text, x, y, self.size, anchor=anchor), key=Key("size", (number,)))
        for stage in self.plan.main:
            yield from self._layer(stage)
            for one in self.kernel_blocks.get(stage.number, []):
                said = "" if one.channel is None else self.part_name(stage, one.channel, one.part)
                if said:
                    left, top, right, _ = one.solid.box
                    yield words(said, (left + right) / 2, top - _OVER_PART * self.size, self.size)
        for _, (x, y), count in self._gaps():
            yield words(more(count), x, y + LINE * self.size, self.size)

    def _sizes(self, number: int) -> Iterator[tuple[str, float, float, float]]:
        """Yield the sizes of a tensor, their places and anchors: depth below it, columns and rows beside it."""
        parts = self.blocks[number]
        first, last = parts[0], parts[-1]
        down, away, right = self.lengths(first)
        is_deep, is_high = self.plan.dims > 1, self.plan.dims > 1 or down != "1"
        if self.has_depths:
            yield from ((said, x, self.depth_at(number), 0.5) for x, said in self._depths_of(number, right))
        if self.is_between(number):
            return
        near = self._near(number)
        if is_deep:
            yield away, *self.beside(number, last if number else near)
        if is_high:
            # At the outer side, since rays run between the input and the output.
            end, way = (self.outer(number, last), 1) if number else (self.outer(number, near), -1)
            counts = self._counts(number) if self.plan.dims == 1 else None
            for block, said in [(end, down)] if counts is None else counts:
                x, y = block.points(np.array([0.5, number > 0, number > 0])).tolist()
                yield said, x + way * _AIR * self.size, y, (1 - way) / 2

    def _near(self, number: int) -> Block:
        """Return the block that sizes stand beside to its left: of volumes the lowest, if no other is left of it."""
        parts = self.blocks[number]
        lowest = next(one for one in parts if one.corner[1] == parts[-1].corner[1])
        return lowest if parts[0].is_volume and lowest.corner[0] == parts[0].corner[0] else parts[0]

    def _depths_of(self, number: int, whole: str) -> Iterator[tuple[float, str]]:
        """Yield where the middles of blocks of a tensor are from left to right, and how long each is in this way."""
        counts = self._counts(number) if self.plan.dims == 2 else None
        last, near = self.blocks[number][-1], self._near(number)
        # All three sizes of an input stand at one block.
        whose = near if number == 0 and near.corner[1] == last.corner[1] else last
        for block, said in [(self.outer(number, whose), whole)] if counts is None else counts:
            yield float(block.points(np.array([1, 0, 0.5]))[0]), said

    def _counts(self, number: int) -> list[tuple[Solid, str]] | None:
        """Return each slab of channels of a tensor with their number, None if they all are one block.

        Slabs of one channel each are as many as there are channels, which the name says, unless others are deeper.
        """
        parts = self.blocks[number]
        if len(parts) == 1:
            return None
        deepest = max(len(every[0].channels) for every in self.blocks.values() if len(every) > 1)
        return [(self.outer(number, one), str(len(one.channels))) for one in parts] if deepest > 1 else []

    def _layer(self, stage: Stage) -> Iterator[Texts]:
        """Yield what stands below the kernels of a layer, or their place: how many there are, or what it is."""
        own = self.kernel_blocks.get(stage.number, [])
        what = kernels_words(stage.layer) if self.plan.has_channels else size_words(stage.layer.kernel_size)
        lines = [*self.told(stage)] or [what] * bool(own)
        if own and self.look.in_cells.is_labelled:
            lines += said_turned(stage, is_named=self.plan.is_chain)
        # What a layer is stands apart from the names of its kernels.
        named = (LINE + _APART * self.plan.is_chain) * self.size
        bottom = max(one.solid.box[3] + named for one in own) if own else self._arrow_at(stage)
        for number, line in enumerate(lines):
            yield words(line, self.middle(stage), bottom + (0.9 + LINE * number) * self.size, self.size)

    def words_at(self, work: Work) -> Shapes:
        """Return the names of blocks and kernels, bold where they are at work, and the sum."""
        return (*self._names(work), *self.sum(work))

    def _names(self, work: Work | None) -> Iterator[Texts]:
        """Yield the names of tensors and kernels: bold where they are at work, or without a step all of them."""
        stage, step = (None, None) if work is None else (work.stage, work.step)
        for number, parts in self.blocks.items():
            site, (left, _, right, _) = self.sites[number], self.box(parts)
            is_bold = work is None or (stage is not None and site.tensor in (*stage.sources, stage.target))
            said = words(self.name(number), (left + right) / 2, self.name_at(number), self.size, face_of(is_bold))
            yield replace(said, key=Key("name", (number,)))
            yield from self._names_of_volumes(number, work)
        parts_of: dict[tuple[int, int | None], list[Solid]] = {}
        for number, one in self._kernels(work):
            parts_of.setdefault((number, one.channel), []).append(one.solid)
        for (number, channel), solids in parts_of.items():
            left, right = solids[0].box[0], solids[-1].box[2]
            is_active = stage is not None and stage.number == number and step is not None and channel in step.channels
            yield self._kernel_name(number, channel or 0, (left + right) / 2, work is None or is_active)
        if stage is not None and step is not None:
            drawn = sorted(one for number, one in parts_of if number == stage.number and one is not None)
            for low, high in pairwise(drawn):
                if low < step.channel < high:
                    left, right = parts_of[stage.number, low][-1].box[2], parts_of[stage.number, high][0].box[0]
                    yield self._kernel_name(stage.number, step.channel, (left + right) / 2, True)

    def _kernel_name(self, number: int, channel: int, middle: float, is_active: bool) -> Texts:
        """Return the name of a kernel, around the middle of the place where it stands or is left out."""
        bottom = max(one.solid.box[3] for one in self.kernel_blocks[number])
        name = self.kernel_name(self.plan.stages[number], channel)
        said = words(name, middle, bottom + 0.8 * self.size, self.size, face_of(is_active))
        return replace(said, key=Key("word", (number, channel)))

    def _names_of_volumes(self, number: int, work: Work | None) -> Iterator[Texts]:
        """Yield the names of the volumes of a tensor, where it has several: bold for those at work.

        They stand at the outer sides, since rays run between the input and the output; between other tensors, above.
        """
        parts = self.blocks[number]
        tensor, step = parts[0].site.tensor, None if work is None else work.step
        stage = None if work is None else work.stage
        working = {one for read in step.reads if read.tensor == tensor for one in read.channels} if step else set[int]()
        if step is not None and stage is not None and stage.target == tensor:
            working.update(step.channels)
        for block in parts if parts[0].is_volume and len(parts) > 1 else ():
            channel, (left, top, right, _) = block.channels.start, self.box([block])
            x, y, anchor = (left + right) / 2, top - self.size, 0.5
            if not self.is_between(number):
                way, anchor = (1, 0.0) if number else (-1, 1.0)
                # Away from the middle of the edge, where the number of rows stands.
                x, y = self.outer(number, block).points(np.array([number == 0, number > 0, number > 0])).tolist()
                x, y = x + way * _AIR * self.size, y - way * self.size / 2
            said = self.plan.named(tensor).of(channel)
            face = face_of(work is None or channel in working)
            yield replace(words(said, x, y, self.size, face, anchor=anchor), key=Key("volume", (number, channel)))
