"""The blocks view: each tensor a solid of rows, columns and channels, and the kernel a block within it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.rules import SEVERAL
from convanim.plans import Ints, Plan, Stage
from convanim.views.block import ACROSS, LIGHTS, Block, Reached
from convanim.views.block_filling import Filling
from convanim.views.block_labels import Labelled
from convanim.views.block_layout import MOST_KERNELS, MOST_VOLUMES
from convanim.views.channels import shown
from convanim.views.cubes import silhouette_rays, split
from convanim.views.look import Look
from convanim.views.marks import rows_columns
from convanim.views.picture import Picture, Site, Work
from convanim.views.scene import Cells, Key, Lines, Shape, Shapes

_ALL_STEPS, _LEAST_STEPS = 150, 32
"""The most steps that are all shown: of a layer by itself, and of each of many layers; of a few channels, twice."""

_SHOWN, _FEW_SHOWN = (4, 6), (2, 4)
"""Of more steps: how many rows and columns of each channel are shown, and how many in long chains."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan, layer by layer; of many steps of a layer, some are shown."""
    channels: dict[int, tuple[int, ...]] = {}
    cells: dict[int, tuple[int, ...]] = {}
    all_steps = max(_LEAST_STEPS, _ALL_STEPS // len(plan.main))
    for stage in plan.main:
        tensor = stage.source if stage.is_stamped else stage.target
        count, each = stage.steps_of
        most = 2 if len(plan.main) > 2 else MOST_VOLUMES if plan.dims == 3 else MOST_KERNELS
        few = tuple(one for one in shown(count, most) if one is not None)
        is_long = count * each > all_steps and stage.rule is not SEVERAL
        if len(few) < count and (is_long or plan.dims == 3):
            channels[tensor] = few
        if is_long and len(few) * each > 2 * all_steps:
            cells[tensor] = _some_places(stage, len(plan.main) > 2)
    walked = plan.walking(way="layers", is_main=True, channels=channels, cells=cells)
    return Blocks(walked, replace(look, classic=False, has_chips=False))


def _some_places(stage: Stage, are_few: bool) -> tuple[int, ...]:
    """Return some of the places that have a step, spread evenly along each axis; in long chains, few."""
    size = stage.input_size if stage.is_stamped else stage.output_size
    rows, columns = _FEW_SHOWN if are_few else _SHOWN
    most = (2, rows, columns)[-len(size) :] if len(size) > 1 else (rows * columns,)
    axes = [np.unique(np.linspace(0, n - 1, min(n, few)).astype(int)) for n, few in zip(size, most, strict=True)]
    places = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), size).ravel().tolist()
    # Of sparse places, any few.
    return tuple(one for one in places if one in stage.places) or tuple(stage.places[:_ALL_STEPS])


@dataclass(frozen=True)
class Blocks(Filling, Labelled):
    """A row of blocks from left to right: the kernel within what it reads, and the cell that it makes."""

    def ground(self) -> Shapes:
        """Return the shapes that never change."""
        shapes: list[Shape] = []
        for number, parts in self.blocks.items():
            is_pending = self.sites[number].tensor > 0 and self.reveals
            shapes += [shape for block in parts for shape in self._at_rest(block, is_pending)]
        return (*shapes, *self.kernels(), *self.ellipses(), *self.words())

    def _at_rest(self, block: Block, is_pending: bool) -> Iterator[Shape]:
        """Yield a block before anything is computed, with a frame around its padding."""
        around = self.around(block)
        if not np.allclose(around.hexagon, block.solid.hexagon):
            yield Lines("padding", around.edges(*ACROSS))
        for face in self.faces[block.key].values():
            yield from face.ground(is_pending)
        for _, sheet in self.seen(block):
            yield from sheet.ground(is_pending)
        yield Lines("edge" if is_pending else self.role(block.site), block.solid.edges(*ACROSS))

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows."""
        work = self.work(number)
        read, made = self._ends_of(work)
        # What fills within a block does not hide its outline.
        frames = {one.block.key: Lines("edge", one.block.solid.edges(*ACROSS)) for one in made if self.reveals}
        return (
            *frames.values(),
            *(shape for one in read for shape in self._kernel_within(one, work)),
            *(shape for one in read for shape in _outline(one)),
            *self.rays(work),
            *(shape for one in made for shape in self._made(one, work)),
            *self.kernels_at(work),
            *self.words_at(work),
        )

    def _ends_of(self, work: Work) -> tuple[list[Reached], list[Reached]]:
        """Return what a step reads, and what it makes, block by block."""
        stage, step = work.stage, work.step
        if stage is None or step is None:
            return [], []
        read = [
            one
            for tensor_read in step.reads
            for site in self.sites_of(tensor_read.tensor, stage)
            for places, is_drawn in [self.placed(site, stage, tensor_read.taps)]
            for one in self._reached(site, tensor_read.channels, places[is_drawn])
        ]
        cells = step.writes[stage.inside(step.writes)]
        made = [
            one
            for site in self.sites_of(stage.target)
            for one in self._reached(site, step.channels, site.grid.places(cells))
        ]
        return read, made

    def _reached(self, site: Site, channels: Iterable[int], places: Ints) -> Iterator[Reached]:
        """Yield the blocks within those of a site around places of some channels."""
        if not len(places):
            return
        cells, chosen = rows_columns(places), set(channels)
        (top, left), (bottom, right) = cells.min(axis=0).tolist(), (cells.max(axis=0) + 1).tolist()
        for block in self.blocks[site.number]:
            own = np.array(sorted(chosen.intersection(block.channels)), np.int64)
            if not len(own):
                continue
            pages = places[:, 0] if block.is_volume else own
            first, last = int(pages.min()), int(pages.max()) + 1
            mask = np.zeros((bottom - top, right - left, last - first), bool)
            rows, columns = (cells - [top, left]).T
            if block.is_volume:
                mask[rows, columns, pages - first] = True
            else:
                mask[rows[:, None], columns[:, None], own - first] = True
            yield Reached(block, (top, left, first), (bottom, right, last), mask)

    def _kernel_within(self, read: Reached, work: Work) -> Iterator[Shape]:
        """Yield the kernel as glass within what it reads, and the cells in its shadow that can be seen."""
        # Of scattered cells only those that can be seen are darkened.
        if read.is_whole and not self.look.in_cells.is_labelled:
            yield Cells("glass", read.solid.quads, key=Key("glass", read.block.key))
        key = Key("window", read.block.key)
        for page, sheet in self.seen(read.block):
            if page in work.windows:
                yield from sheet.shaded(work.windows[page], key)
        yield from self._on_faces(read, key)

    def _on_faces(self, part: Reached, key: Key) -> Iterator[Shape]:
        """Yield the cells of a part of a block, in shadow, that lie on faces that are no pages."""
        counts = part.block.turned(part.block.counts)
        for name, face in self.faces[part.block.key].items() if not part.is_outside else ():
            if name not in part.touched:
                continue
            if (face.rows, face.columns) == tuple(counts[axis] for axis in ACROSS[name]):
                yield from face.shaded(part.on(name), key)
            else:
                quad = part.within.quads[list(ACROSS).index(name)]
                tint = self.tint(part.block, int(part.low[2]) - part.block.low[2])
                yield Cells(face.filled, quad[None], True, LIGHTS[name], tints=tint, key=key)

    def rays(self, work: Work) -> Shapes:
        """Return the outermost rays from what is read to what is made, faint across blocks."""
        read, made = self._ends_of(work)
        pairs = [silhouette_rays(one.solid.hexagon, other.solid.hexagon) for one in read for other in made]
        if not pairs or work.stage is None:
            return ()
        rays, key = np.concatenate(pairs), Key("ray", (work.stage.number,))
        every = [block.solid.hexagon for parts in self.blocks.values() for block in parts]
        clear, covered = split(rays, np.array(every))
        return Lines("ray", clear, key=key, whole=rays), Lines("ray_over", covered, key=key, whole=rays)

    def _made(self, made: Reached, work: Work) -> Iterator[Shape]:
        """Yield the cells that a step makes, in shadow, as a block seen through what stands before it."""
        block, key = made.block, Key("made", made.block.key)
        is_zero = work.step is not None and not work.step.reads
        role = "inserted" if is_zero else self.role(block.site)
        tint = None if is_zero else self.tint(block, int(made.low[2]) - block.low[2])
        if not self.look.in_cells.is_labelled:
            for name, light, quad in zip(LIGHTS, LIGHTS.values(), made.solid.quads, strict=True):
                if name in made.touched:
                    yield Cells(role, quad[None], True, light, tints=tint, key=key)
                else:
                    yield Cells("glass", quad[None], key=Key("glass", made.block.key))
        stamped = None if work.stage is None else self.stamped.get(work.stage.number)
        for page, sheet in self.seen(block):
            window = work.made.get(page)
            if window is None:
                continue
            if stamped is not None:
                yield from stamped.cells(page, window.places, stamped.own(work.number) + 1, key, shaded=True)
            else:
                yield from sheet.cells("inserted" if is_zero else "input", window, key, shaded=True)
        if self.look.in_cells.is_labelled:
            yield from self._on_faces(made, key)
        hidden = made.solid.edges(*made.touched, others=True)
        yield Lines("behind", hidden, key=Key("behind", made.block.key))
        # Its outline is heavy though it may lie within the block, so that it is not lost there.
        around, seen = made.solid.hexagon, made.solid.edges(*made.touched)
        outline = np.stack([around, np.roll(around, -1, axis=0)], axis=1)
        yield Lines("reach", np.concatenate([outline, seen]), key=Key("made reach", made.block.key))


def _outline(read: Reached) -> Shapes:
    """Return the edges of what is read: heavy where they can be seen, dashed within the block."""
    solid, seen, key = read.solid, read.touched, read.block.key
    return (
        Lines(
            "behind", solid.edges(*seen, others=True), key=Key("behind", key), whole=solid.edges("side", others=True)
        ),
        Lines("reach", solid.edges(*seen), key=Key("reach", key), whole=solid.folded(*seen)),
    )
