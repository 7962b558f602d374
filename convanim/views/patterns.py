"""What belongs together where a layer only moves values: tints, blocks of cells, and the indices that decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import replace
from itertools import product

import numpy as np

from convanim.base.language import translated
from convanim.layers.axis import Kind
from convanim.layers.cells import PLAIN, Block
from convanim.plans import Ints, Moves, Plan, Read, Stage
from convanim.views.between import clear
from convanim.views.chips import corner_tiles
from convanim.views.lettering import MOST_OF_CELL, widest_of
from convanim.views.marks import ONE, SAMPLE, Window, entry
from convanim.views.scene import Entry, Key, Lines, Shape, Shapes
from convanim.views.scenery import Scenery, Site, Work, by_slice
from convanim.views.sheet import Page, Sheet
from convanim.views.signs import FRAME_ACROSS, PAIR_RING, rings
from convanim.views.slices import page_of
from convanim.views.tints import PAIRS

Found = tuple[tuple[Page, Block, Ints], ...]
"""Blocks on their sheets, with the places of their cells."""

_CHIP_WIDTH, _CHIP_HEIGHT, _INDEX = 0.40, 0.25, 0.23
"""The size of a chip with an index, in the left corner of a cell, and of the index on it."""

_FAR_INSET, _INSET, _WITHIN = 0.13, 0.085, 0.095
"""How far within its cells the frame around a block runs, without and with chips, and where these begin within it."""

_BESIDE_WORDS = 0.05
"""How far it runs within cells with words, which are wider than what other frames leave."""


def tints_of(plan: Plan, site: Site, channel: int, slice_: int) -> Ints | None:
    """Return the number of the tint of each cell of a page, or None if none has any."""
    shape = plan.tensors[site.tensor].size
    for stage, is_read in ((site.reader, True), (site.maker, False)):
        if not isinstance(stage, Moves) or not _is_told(plan, stage):
            continue
        find = stage.layer.input_tint if is_read else stage.layer.output_tint
        tints = np.array([find(channel, cell) for cell in np.ndindex(*shape)]).reshape(shape)
        if (tints != PLAIN).any():
            sources = site.grid.source
            found: Ints = page_of(tints[np.ix_(*(np.maximum(one, 0) for one in sources))], slice_)
            return found
    return None


def _is_told(plan: Plan, stage: Stage) -> bool:
    """Return whether tints tell more than they disturb: among several layers, only those of channels."""
    return len(plan.stages) == 1 or stage.grouping.in_channels != stage.grouping.out_channels


def sheet_at(picture: Scenery, page: Page, work: Work) -> Sheet:
    """Return a sheet with the tints that its cells have only while a step works on them, and words clear of points."""
    sheet, tints = picture.sheets[page], None
    for one, block, places in blocks_of(picture, work):
        if one == page and block.tints:
            tints = np.full(sheet.roles.shape, PLAIN) if tints is None else tints
            tints[tuple(places.T)] = block.tints
    return clear(picture, sheet if tints is None else sheet.tinted(tints), work)


def pairs_at_work(picture: Scenery, page: Page, work: Work, key: Key) -> Shapes:
    """Return a ring in each copy that a step reads and the same ring in its original, on one sheet."""
    sheet = picture.sheets[page]
    found = [
        shape
        for role, own, places in _pairs(picture, work)
        if own == page
        for shape in rings(sheet.plane, places, PAIR_RING, (role,))
    ]
    return tuple(replace(shape, key=key) for shape in (*sheet.mirrors, *found)) if found else ()


def pairs_of(read: Read) -> dict[tuple[int, ...], str]:
    """Return the role of the rings of each original of copies that are read, and of its copies."""
    is_copy = read.taps.kind == Kind.COPY
    if not is_copy.any():
        return {}
    sources = np.unique(read.taps.source[is_copy], axis=0)
    return {tuple(source): f"pair_{number % PAIRS}" for number, source in enumerate(sources.tolist())}


def _pairs(picture: Scenery, work: Work) -> Iterator[tuple[str, Page, Ints]]:
    """Yield the role of the rings of each original of copies that a step reads, with all their places on a sheet."""
    stage, step = work.stage, work.step
    if stage is None or step is None:
        return
    for read in step.reads:
        is_copy = read.taps.kind == Kind.COPY
        if not is_copy.any():
            continue
        copies = read.taps.some(np.flatnonzero(is_copy))
        for site in picture.sites_of(read.tensor, stage):
            every, is_drawn = picture.placed(site, stage, copies)
            for source, role in pairs_of(read).items():
                own = every[is_drawn & (copies.source == source).all(axis=1)]
                for slice_, places in by_slice(np.concatenate([site.grid.places(np.array([source])), own])).items():
                    for page in (Page(site.number, channel, slice_) for channel in read.channels):
                        if page in picture.sheets:
                            yield role, page, places


def blocks_behind(picture: Scenery, work: Work, blocks: Found) -> Shapes:
    """Return the cells of blocks that are tinted while a step works on them."""
    return tuple(
        shape
        for page, block, places in blocks
        if block.tints
        for shape in sheet_at(picture, page, work).cells("input", Window.around(places), Key("block", (*page,)))
    )


def blocks_before(picture: Scenery, work: Work, blocks: Found) -> Shapes:
    """Return the outlines of the blocks of a step, and the indices of their cells where indices decide."""
    shapes: list[Shape] = []
    has_indices = work.stage is not None and work.stage.layer.has_indices
    known = Counter[Page]()
    for page, _, places in blocks:
        at_work = work.windows.get(page) or work.made.get(page)
        # The cell at work has a heavy frame, within which dashes would look ragged.
        if at_work is None or len(places) > 1:
            top, left, bottom, right = Window.around(places).box
            far = _FAR_INSET if picture.sheets[page].lettering is None else _BESIDE_WORDS
            inset = _INSET if has_indices else far
            outline = picture.sheets[page].plane.outline(top + inset, left + inset, bottom - inset, right - inset)
            # On tints, which may be as dark as dashes, these have a light ground.
            is_tinted = picture.sheets[page].tints is not None and not _is_empty(picture, page, work)
            roles = FRAME_ACROSS if is_tinted else ("block",)
            shapes += [Lines(role, outline, key=Key("block", (*page, known[page]))) for role in roles]
            known[page] += 1
    return (*shapes, *indices_at_work(picture, work, blocks))


def _is_empty(picture: Scenery, page: Page, work: Work) -> bool:
    """Return whether what a block of a step fills on a sheet is not computed yet."""
    step, site = work.step, picture.sites[page.site]
    return picture.look.reveal and step is not None and site.maker is work.stage and page.channel > max(step.channels)


def block_legend(picture: Scenery) -> list[Entry]:
    """Return the entries of the legend for blocks and for indices, if there are any in the first step."""
    found, work = [], picture.work(0)
    blocks = blocks_of(picture, work)
    if blocks:
        # Translators: What the cells within an outline do, in a legend.
        found.append(Entry(translated("belong together"), (Lines("block", SAMPLE.edges(ONE)),)))
    if indices_at_work(picture, work, blocks):
        # Translators: The number of a cell of the output, counted from 0, in a legend.
        found.append(entry(translated("index of an output cell"), "index"))
    return found


def indices_at_rest(picture: Scenery, page: Page) -> Shapes:
    """Return where each value of a sheet goes, on chips, if indices decide that."""
    site = picture.sites[page.site]
    cells = np.argwhere(np.ones(picture.plan.tensors[site.tensor].size, bool))
    return _indices(picture, site, page.channel, cells, page.slice, "index")


def indices_at_work(picture: Scenery, work: Work, blocks: Found | None = None) -> Shapes:
    """Return the index of a step's value, and the number of each cell of its window; dark where the value lands."""
    stage = work.stage
    if stage is None or not stage.layer.has_indices:
        return ()
    shapes: list[Shape] = []
    found = blocks_of(picture, work) if blocks is None else blocks
    layer, read = stage.layer, [block for page, block, _ in found if picture.sites[page.site].reader is stage]
    landing = {str(layer.landing(block.channel, cell)) for block in read for cell in block.cells}
    for page, block, _ in found:
        of = picture.sites[page.site], page.channel, np.array(block.cells), page.slice, "index at work"
        shapes += _indices(picture, *of, landing)
    return tuple(shapes)


def _indices(
    picture: Scenery, site: Site, channel: int, cells: Ints, slice_: int, key: str, landing: Set[str] = frozenset()
) -> Shapes:
    """Return chips with where the values of cells go, or for cells of the output with their own numbers.

    Those of the cells where values land are dark.
    """
    look, page = picture.look, Page(site.number, channel, slice_)
    stage = site.reader or site.maker
    if not look.is_labelled or not (look.has_chips and look.has_cells) or not isinstance(stage, Moves):
        return ()
    size, layer = stage.output_size, stage.layer
    if not layer.has_indices:
        return ()
    found = {}
    for cell in map(tuple, cells.tolist()):
        (own, places), *_ = picture.spread(site, np.array([cell])).items()
        if own == slice_:
            is_read = site.reader is stage
            index = layer.landing(channel, cell) if is_read else int(np.ravel_multi_index(cell, size))
            found[tuple(places[0].tolist())] = str(index)
    if not found:
        return ()
    # All indices are as large as the widest one that occurs.
    widest = widest_of({(str(int(np.prod(size)) - 1), "")}, "regular")
    fitting = min(_INDEX, MOST_OF_CELL * _CHIP_WIDTH / widest)
    tiles: list[Shape] = []
    for role, lands in (("index", False), ("landing", True)):
        chosen = {place: index for place, index in found.items() if (index in landing) is lands}
        if chosen:
            words = np.array(list(chosen.values()), object)
            tiles += corner_tiles(
                picture.sheets[page].plane,
                np.array(list(chosen)),
                words,
                np.full(words.shape, "", object),
                fitting,
                "regular",
                role,
                _CHIP_WIDTH,
                _CHIP_HEIGHT,
                _WITHIN,
                # Words stand at the upper edge of cells with bars.
                np.tile([look.has_bars, False], (len(chosen), 1)),
            )
    return tuple(replace(shape, key=Key(key, (*page,))) for shape in tiles)


def blocks_of(picture: Scenery, work: Work) -> Found:
    """Return the blocks of a step on the sheets that are drawn, with the places of their cells."""
    stage, step = work.stage, work.step
    if not isinstance(stage, Moves) or step is None or picture.look.classic:
        return ()
    read, made = stage.layer.blocks(step.channel, step.cell)
    found = []
    for tensor, reader, blocks in ((stage.source, stage, read), (stage.target, None, made)):
        for site, block in product(picture.sites_of(tensor, reader), blocks):
            for slice_, places in picture.spread(site, np.array(block.cells)).items():
                page = Page(site.number, block.channel, slice_)
                if page in picture.sheets:
                    found.append((page, block, places))
    return tuple(found)
