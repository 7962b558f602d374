"""The blocks view: each tensor a solid that fills cell by cell, and the kernel a block within it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import product

import numpy as np

from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.layers.rules import SEVERAL
from convanim.plans import Ints, Moves, Plan, Stage
from convanim.views.between import between_at_rest, between_at_work, between_in_shadow
from convanim.views.block import ACROSS, AROUND, IN_SHADOW, Block
from convanim.views.block_faces import lie_over
from convanim.views.block_filling import Filling
from convanim.views.block_layout import MOST_KERNELS, MOST_VOLUMES
from convanim.views.block_reached import Reached
from convanim.views.channels import shown
from convanim.views.cubes import silhouette_rays
from convanim.views.look import Look
from convanim.views.marks import rows_columns
from convanim.views.patterns import indices_at_rest, indices_at_work
from convanim.views.picture import Picture, Site, Work
from convanim.views.plane import Plane
from convanim.views.rays import clear, without_stubs
from convanim.views.scene import Cells, Key, Lines, Points, Shape, Shapes
from convanim.views.sheet import CROSSED, Page, Sheet
from convanim.views.signs import DOUBLE, FRAME_ACROSS, rings
from convanim.views.tints import TINTS, tint

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
    # Chips bear indices here, but no weights.
    has_chips = look.has_chips and not any(stage.is_weighted for stage in plan.stages)
    return Blocks(walked, replace(look, classic=False, has_chips=has_chips))


def _seen_of(cells: Reached, faces: Iterable[str]) -> Points:
    """Return the corners of cells of a block between which rays run: those of some faces, or of all that are seen.

    Nothing shows through a lone page.
    """
    corners = [getattr(cells.solid, name)().corners() for name in faces]
    return np.concatenate(corners) if corners else cells.solid.side().corners()


_FRAMES = frozenset(f"{tint(number)}_frame" for number in range(TINTS))
"""The roles of frames in the tint of cells."""


_OF_PADDING = frozenset(("padding", "idle", CROSSED["idle"]))
"""The roles of lines around cells of padding, and across them."""


def _hidden(sheet: Sheet) -> tuple[str, ...]:
    """Return the roles of what stands around a page that padding hides, and not within its block too."""
    crossed = () if "idle_zero" in sheet.present else (CROSSED["idle"],)
    return (*AROUND, "mirror", "mirror_end", *crossed)


def _some_places(stage: Stage, are_few: bool) -> tuple[int, ...]:
    """Return some of the places that have a step, spread evenly along each axis; in long chains, few."""
    size = stage.input_size if stage.is_stamped else stage.output_size
    rows, columns = _FEW_SHOWN if are_few else _SHOWN
    most = (2, rows, columns)[-len(size) :] if len(size) > 1 else (rows * columns,)
    axes = [np.unique(np.linspace(0, n - 1, min(n, few)).astype(int)) for n, few in zip(size, most, strict=True)]
    places = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), size).ravel().tolist()
    # Of sparse places, any few.
    return tuple(one for one in places if one in stage.places) or tuple(stage.places[:_ALL_STEPS])


def _unframed(shapes: Shapes) -> Iterator[Shape]:
    """Yield shapes without frames in the tint of cells, of which a block would have one around each face."""
    yield from (one for one in shapes if not (isinstance(one, Lines) and one.role in _FRAMES))


@dataclass(frozen=True)
class Blocks(Filling):
    """A row of blocks from left to right: the kernel within what it reads, and the cell that it makes."""

    rests_kernels = True
    says_unreached = False
    pairs_copies = False

    @property
    def parts_groups(self) -> bool:
        """Whether the channels of each group are drawn as a solid of their own."""
        return self.plan.dims < 3 and any(len(parts) > 1 for parts in self.blocks.values())

    @property
    def taking_turns(self) -> tuple[Stage, ...]:
        """The layers whose kernels take turns in one place: in a row of blocks, where there is room for one."""
        weighted = (stage for stage in self.plan.walked if stage.is_weighted and self.plan.is_chain)
        return tuple(stage for stage in weighted if stage.grouping.out_channels > 1)

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
        # The page that can be seen draws the cells of its padding, and so their outline, unless padding hides it.
        is_hidden = self.hides_page(block)
        paged = ("front" if block.is_flat else "side",) if self.seen(block) and not is_hidden else ()
        if not np.allclose(around.hexagon, block.solid.hexagon):
            frame, own = around.edges(*ACROSS, without=paged), block.solid.hexagon[None]
            yield Lines("padding", clear(frame, own) if self.look.in_cells.is_labelled else frame)
        for face in self.faces[block.key].values():
            yield from _unframed(face.ground(is_pending))
        for page, sheet in self.seen(block):
            hidden = _hidden(sheet) if is_hidden else ()
            ground = _unframed(self._seen_through(sheet, block).ground(is_pending))
            yield from self._beside((one for one in ground if getattr(one, "role", "") not in hidden), block)
            yield from (one for one in between_at_rest(block.site, sheet) if one.key is None)
            yield from indices_at_rest(self, page) if block.site.reader is not None else ()
        yield Lines("edge" if is_pending else self.role(block.site), block.solid.edges(*ACROSS))

    def _beside(self, shapes: Iterable[Shape], block: Block) -> Iterator[Shape]:
        """Yield shapes, of whose padding no lines stand before words on the faces of a block."""
        for shape in shapes:
            if isinstance(shape, Lines) and shape.role in _OF_PADDING and self.look.in_cells.is_labelled:
                yield replace(shape, segments=without_stubs(shape.segments, block.solid.hexagon))
            else:
                yield shape

    def _seen_through(self, sheet: Sheet, block: Block) -> Sheet:
        """Return a sheet whose copies, as its zeros, do not hide words on other faces of its block."""
        if block.is_lone or not self.look.in_cells.is_labelled:
            return sheet
        kind = np.atleast_2d(sheet.grid.kind).copy()
        copies = np.argwhere(kind == Kind.COPY)
        kind[tuple(copies[lie_over(sheet.plane.quads(copies), block.solid.hexagon)].T)] = Kind.PADDING
        return replace(sheet, grid=replace(sheet.grid, kind=kind.reshape(sheet.grid.kind.shape)))

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows."""
        work = self.work(number)
        read, made = self._ends_of(work)
        said = self.words_at(work)
        return (
            *(shape for one in read for shape in self._kernel_within(one, work)),
            *(
                shape
                for one in self._framed(work, read)
                for shape in self._outline(one, is_heavy=isinstance(work.stage, Moves))
            ),
            *self._clear_of_words(self.rays(work), said),
            *self._between(work),
            *self._together(work),
            *(shape for one in made for shape in self._made(one, work)),
            *self._outermost(indices_at_work(self, work)),
            *self._ringed(work),
            *self.kernels_at(work),
            *said,
        )

    def _between(self, work: Work) -> Iterator[Shape]:
        """Yield the places between cells that a step reads, and what moved them."""
        if work.step is not None and any(read.points is not None for read in work.step.reads):
            for page in work.windows:
                yield from self._outermost(
                    between_in_shadow(self.sites[page.site], self.sheets[page], work.windows[page])
                )
            yield from self._outermost(between_at_work(self, work))

    @cached_property
    def _outer(self) -> frozenset[tuple[int, ...]]:
        """The pages that can be seen."""
        return frozenset(page for parts in self.blocks.values() for block in parts for page, _ in self.seen(block))

    def _outermost(self, signs: Shapes) -> Iterator[Shape]:
        """Yield those of some signs on pages, which their keys name, that lie within pages that can be seen."""
        # Brackets would stand beside a page, before other faces.
        yield from (one for one in signs if one.key and one.key.of in self._outer and one.key.what != "bracket at work")

    def _together(self, work: Work) -> Iterator[Shape]:
        """Yield the outlines of cells that belong together where values only move."""
        stage, step = work.stage, work.step
        if not isinstance(stage, Moves) or step is None:
            return
        read, made = stage.layer.blocks(step.channel, step.cell)
        for tensor, reader, parts in ((stage.source, stage, read), (stage.target, None, made)):
            for site, part in product(self.sites_of(tensor, reader), parts):
                for one in self._reached(site, (part.channel,), site.grid.places(np.array(part.cells))):
                    for line in self._outline(one, "block "):
                        if line.role == "reach":
                            yield from (replace(line, role=role) for role in FRAME_ACROSS)

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

    def _framed(self, work: Work, read: list[Reached]) -> list[Reached]:
        """Return what is framed of what a step reads: where it reads scattered cells, the window as it would be."""
        positions = None if work.stage is None or work.step is None else work.stage.frame_of(work.step)
        if positions is None:
            return read
        sites = {one.block.site.number: one.block.site for one in read}.values()
        channels = {channel for one in read for channel in one.block.channels}
        return [one for site in sites for one in self._reached(site, channels, positions - np.array(site.grid.start))]

    def _ringed(self, work: Work) -> Iterator[Shape]:
        """Yield rings around the number that is the maximum, and around that of which the sum is written."""
        if work.stage is None or work.step is None or not self.look.in_cells.is_labelled:
            return
        stamped = self.stamped.get(work.stage.number)
        marked = {
            Key("winner"): (self.winner(work.stage, work.step), self.winner_rings),
            Key("talked"): (None if stamped is None else stamped.talked(work), DOUBLE),
        }
        for key, (found, roles) in marked.items():
            for plane, cell in [] if found is None else self._seen_at(*found):
                yield from (replace(ring, key=key) for ring in rings(plane, cell, roles=roles))

    def _seen_at(self, page: Page, cell: Ints) -> Iterator[tuple[Plane, Ints]]:
        """Yield where a cell can be seen, with the plane: on its page, or else on the faces of its block."""
        if page in self._outer:
            yield self.sheets[page].plane, cell
            return
        site = self.sites[page.site]
        places = np.insert(cell, 0, page.slice, axis=1) if self.plan.dims == 3 else cell
        for part in self._reached(site, (page.channel,), places):
            faces = self.faces[part.block.key]
            yield from ((faces[name].plane, part.on(name).places) for name in part.touched if name in faces)

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
        # Nothing shows through a lone page, but for what stands around it.
        faces = [number for number, name in enumerate(ACROSS) if not read.block.is_lone or name in read.outer]
        # Glass would hide words, but for those that lie beside their block.
        is_clear = not self.look.in_cells.is_labelled
        if read.is_whole and faces and is_clear:
            yield Cells("glass", read.solid.quads[faces], key=Key("glass", read.block.key))
        elif read.outer and (is_clear or read.is_outside):
            yield Cells("glass", np.concatenate([*map(read.quads, read.outer)]), key=Key("glass", read.block.key))
        key = Key("window", read.block.key)
        for page, sheet in self.seen(read.block):
            if page in work.windows:
                yield from sheet.shaded(work.windows[page], key)
        yield from self._on_faces(read, key)

    def _on_faces(self, part: Reached, key: Key, is_zero: bool = False) -> Iterator[Shape]:
        """Yield the cells of a part of a block, in shadow, that lie on faces that are no pages; perhaps zeros."""
        counts = part.block.turned(part.block.counts)
        for name, face in self.faces[part.block.key].items() if not part.is_outside else ():
            if name not in part.touched:
                continue
            if (face.rows, face.columns) == tuple(counts[axis] for axis in ACROSS[name]):
                own = part.on(name)
                yield from face.cells("inserted", own, key, shaded=True) if is_zero else face.shaded(own, key)
            else:
                quad = part.within.quads[list(ACROSS).index(name)]
                tint = self.tint(part.block, int(part.low[2]) - part.block.low[2])
                yield Cells(face.filled, quad[None], True, IN_SHADOW[name], tints=tint, key=key)

    def rays(self, work: Work) -> Shapes:
        """Return the outermost rays from what is read to what is made."""
        read, made = self._ends_of(work)
        read = self._framed(work, read)
        # Nothing shows through faces with words.
        is_worded = self.look.in_cells.is_labelled
        starts = [_seen_of(one, one.touched if is_worded else ()) for one in read]
        ends = [_seen_of(one, one.touched if is_worded else self._faces_made(one, work)) for one in made]
        pairs = [silhouette_rays(start, end) for start in starts for end in ends]
        # Along a row of cells, rays would look like its edges.
        if not pairs or work.stage is None or self.plan.dims == 1:
            return ()
        return (Lines("ray", np.concatenate(pairs), key=Key("ray", (work.stage.number,))),)

    def _made(self, made: Reached, work: Work) -> Iterator[Shape]:
        """Yield the cells that a step makes, in shadow, as a block seen through what stands before it."""
        block, key = made.block, Key("made", made.block.key)
        is_zero = work.step is not None and not work.step.reads
        role = "inserted" if is_zero else self.role(block.site)
        tint = None if is_zero else self.tint(block, int(made.low[2]) - block.low[2])
        faces = self._faces_made(made, work)
        if not self.look.in_cells.is_labelled:
            for name in faces or block.marked:
                if faces or name in made.touched:
                    yield Cells(role, made.quads(name), True, IN_SHADOW[name], tints=tint, key=key)
                elif not block.is_lone:
                    yield Cells("glass", made.quads(name), key=Key("glass", made.block.key))
        stamped = None if work.stage is None else self.stamped.get(work.stage.number)
        is_hidden = stamped is not None or (bool(made.touched) and self._is_covered(work))
        inner = [] if is_hidden else [(page, self.sheets[page]) for page in self.inner(block)]
        for page, sheet in (*self.seen(block), *inner):
            window = work.made.get(page)
            if window is None:
                continue
            if stamped is not None:
                yield from stamped.cells(page, window.places, stamped.own(work.number) + 1, key, shaded=True)
            else:
                yield from sheet.cells("inserted" if is_zero else "input", window, key, shaded=True)
            if (page, sheet) in inner:
                yield from sheet.outlined(window.box, Key("made side", block.key))
        if self.look.in_cells.is_labelled and stamped is not None and work.step is not None and block.is_ruled:
            yield from self.sums_on(stamped, block, stamped.written(work.step), stamped.own(work.number) + 1, key)
        elif self.look.in_cells.is_labelled:
            yield from self._on_faces(made, key, is_zero)
        is_shown = any(page in work.made for page, _ in inner)
        yield from self._outline(made, "made ", is_heavy=True, others=("side",) if is_shown else (), faces=faces)
        if tint is None and made.mask.size == 1:
            for _, sheet in self.seen(block):
                face = made.solid.front() if block.is_flat else made.solid.side()
                yield from self.signed(sheet, face, np.zeros((1, 2), int), work)

    def _faces_made(self, made: Reached, work: Work) -> tuple[str, ...]:
        """Return the faces of a cell that is made that can be seen while its channel fills; none where none need be.

        What lies behind others, or is stamped, is marked as if nothing stood before it.
        """
        block, is_single = made.block, made.mask.size == 1
        is_filling = self.reveals and block.is_ruled and not block.is_lone and not block.is_flat
        is_stamped = work.stage is not None and work.stage.is_stamped
        if not (is_filling and is_single) or is_stamped or self.look.in_cells.is_labelled or self._is_covered(work):
            return ()
        row, column, _ = made.ends[0].tolist()
        is_seen = {"front": column == 0, "top": row == 0, "side": True}
        return tuple(name for name in block.marked if is_seen[name])

    def _is_covered(self, work: Work) -> bool:
        """Return whether cells of later pages stand before the side of that made, since channels take turns."""
        return self.plan.walk.order == "position" and work.step is not None and any(work.step.cell)

    def _outline(
        self,
        part: Reached,
        name: str = "",
        is_heavy: bool = False,
        others: tuple[str, ...] = (),
        faces: tuple[str, ...] = (),
    ) -> Iterator[Lines]:
        """Yield the edges of a part of a block: heavy where they can be seen, pale within a block of several pages.

        Those in padding can be seen too: beside or below a block of several pages, above or before a lone one.

        A cell within the block is drawn as if nothing stood before it with
        ``is_heavy``, so that it is not lost there, or only some ``faces`` of it.
        Words on faces are crossed by no edges, unless nothing else would show
        it. ``others`` are faces that can be seen within the block.
        """
        solid, seen, key = part.solid, tuple(dict.fromkeys((*part.touched, *others))), part.block.key
        is_worded = self.look.in_cells.is_labelled and (bool(seen) or is_heavy)
        if not is_worded and not is_heavy and not part.block.is_lone:
            hidden, whole = solid.edges(*seen, others=True), solid.edges("side", others=True)
            # White lines would be lost among greys.
            for role in FRAME_ACROSS if self.look.has_shades else ("behind",):
                yield Lines(role, hidden, key=Key(f"{name}behind", key), whole=whole)
        beyond = clear(solid.edges(*ACROSS, without=seen), part.block.solid.hexagon[None])
        if len(beyond) and (part.outer or not part.block.is_lone):
            yield Lines("reach", beyond, key=Key(f"{name}beyond", key))
        edges, whole = solid.edges(*seen), solid.folded(*seen)
        if is_heavy and not part.block.is_lone and not (is_worded and seen):
            edges = whole = solid.edges(*(faces or part.block.marked))
        yield Lines("reach", edges, key=Key(f"{name}reach", key), whole=whole)
