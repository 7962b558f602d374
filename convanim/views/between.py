"""Places between cells that a stage reads, and how its windows differ, on the sheets of a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from convanim.plans import Mask, Read, Stage
from convanim.views.marks import Window, rows_columns
from convanim.views.plane import Plane
from convanim.views.points import brackets, clear_of, covering, lattice, moves, sampled
from convanim.views.scene import Key, Points, Shape, Shapes
from convanim.views.scenery import Scenery, Site, Work
from convanim.views.sheet import Page, Sheet

Sides = tuple[float, float, float, float]
"""Lengths above, left of, below and right of something."""

_FARTHEST = 1.5
"""The farthest that offsets are drawn in full length, in cells."""

_MARGIN = 1.6
"""How far outside the middles of the outermost cells places are drawn."""

_POINT = 0.2
"""The room for a point around its place."""


def overhang(site: Site) -> Sides:
    """Return how far points that its reader moves are drawn beyond a site's sheets: above, left, below, right."""
    moved = None if site.reader is None else site.reader.moved_places
    if moved is None:
        return 0.0, 0.0, 0.0, 0.0
    places = site.grid.places(np.moveaxis(moved, 2, -1).reshape(-1, moved.shape[2]))
    rows, columns = rows_columns(places).T
    high, wide = (1, *site.grid.kind.shape)[-2:]
    ways = np.array([-rows, -columns, rows + 1 - high, columns + 1 - wide])
    # What lies farther away is not drawn, and what ends within the plane's edge needs no room.
    ends = np.where(ways < _MARGIN, ways, 0.0).max(axis=1, initial=0.0) - 0.5 + _POINT
    above, left, below, right = np.maximum(ends, 0.0).tolist()
    return above, left, below, right


def between_at_rest(site: Site, sheet: Sheet, has_shares: bool = False) -> Shapes:
    """Return the places of all outputs on an input without words, and a bracket for each of its differing windows.

    Shares in the cells of a window would hide some of the places, and those left would look like marks of other cells.
    """
    shapes: list[Shape] = []
    if not has_shares and (places := _lattice(site, sheet)) is not None:
        shapes += lattice(sheet.plane, places)
    if site.reader is not None and site.reader.bracketed:
        shapes += brackets(sheet.plane, site.reader.bracketed, None, Key("bracket", (*sheet.page,)))
    return tuple(shapes)


def between_in_shadow(site: Site, sheet: Sheet, window: Window) -> Shapes:
    """Return the places of outputs within a window, whose shadow hides those at rest."""
    places = _lattice(site, sheet)
    if places is None:
        return ()
    top, left, bottom, right = window.box
    is_within = ((places > np.array([top, left]) - 0.5) & (places < np.array([bottom, right]) - 0.5)).all(axis=1)
    return lattice(sheet.plane, places[is_within], Key("lattice", (*sheet.page,)))


def _lattice(site: Site, sheet: Sheet) -> Points | None:
    """Return the places of outputs on an input without words, as (row, column); None where there are none."""
    if site.grid.points is None or sheet.lettering is not None:
        return None
    return _on_slice(site.grid.places(site.grid.points), sheet.page.slice)


def between_at_work(picture: Scenery, work: Work, has_shares: bool = False) -> Shapes:
    """Return the places that a step reads, the offsets that moved them there, and the brackets of its window.

    Beside shares in cells, places are small.
    """
    if work.stage is None or work.step is None:
        return ()
    shapes: list[Shape] = []
    for page, _, read in picture.read(work.step):
        if read.points is None:
            continue
        sheet, grid, key = picture.sheets[page], picture.sites[page.site].grid, Key("place", (*page,))
        places, near = _places(picture, page, read)
        lettering = clear(picture, sheet, work).lettering
        shapes += sampled(sheet.plane, places[near], lettering, key, has_shares and work.stage.has_shares)
        if read.moved_from is not None and sheet.lettering is None:
            starts = _near_slice(grid.places(read.moved_from), page.slice, grid.places(read.points))
            shapes += moves(sheet.plane, starts[near], places[near], key)
    if work.stage.bracketed:
        for page in work.windows:
            key = Key("bracket at work", (*page,))
            shapes += brackets(picture.sheets[page].plane, work.stage.bracketed, work.step.cell, key)
    return tuple(shapes)


def farthest(stage: Stage) -> float:
    """Return how far the offsets of a kernel reach, in cells; longer ones may reach over what is around their grid."""
    return min(float(abs(np.array(stage.layer.options["offsets"])).max()), _FARTHEST)


def offsets(plane: Plane, read: Read) -> Shapes:
    """Return the offset of each cell of a kernel, in a step that reads at moved places, on a grid of these cells."""
    assert read.points is not None
    assert read.moved_from is not None
    cells, key = np.argwhere(np.ones((plane.rows, plane.columns), bool)).astype(float), Key("offset")
    moved = cells + read.points - read.moved_from
    return (*moves(plane, cells, moved, key), *sampled(plane, moved, None, key, False))


def _places(picture: Scenery, page: Page, read: Read) -> tuple[Points, Mask]:
    """Return the places that are read on a sheet, (row, column), and which of them are drawn."""
    sheet, grid = picture.sheets[page], picture.sites[page.site].grid
    assert read.points is not None
    places = _near_slice(grid.places(read.points), page.slice)
    # What lies far outside the plane, where there are only zeros, is not drawn.
    last = np.array([sheet.rows, sheet.columns]) - 1
    near: Mask = np.all((places > -_MARGIN) & (places < last + _MARGIN), axis=1)
    return places, near


def clear(picture: Scenery, sheet: Sheet, work: Work) -> Sheet:
    """Return a sheet whose words stand aside where a step reads between cells."""
    if work.step is None or sheet.lettering is None or all(read.points is None for read in work.step.reads):
        return sheet
    found = [
        _places(picture, page, read)
        for page, _, read in picture.read(work.step)
        if page == sheet.page and read.points is not None
    ]
    if not found:
        # A step may read between cells of some sheets only.
        return sheet
    return replace(sheet, lettering=clear_of(np.concatenate([places[near] for places, near in found]), sheet.lettering))


def covers(picture: Scenery, numbers: Iterable[int]) -> bool:
    """Return whether any of some steps reads a place that a word would be under, so that it is not drawn."""
    for number in numbers:
        work = picture.work(number)
        for page, _, read in () if work.step is None else picture.read(work.step):
            lettering = clear(picture, picture.sheets[page], work).lettering
            if lettering is not None and read.points is not None:
                places, near = _places(picture, page, read)
                if covering(places[near], lettering).any():
                    return True
    return False


def _near_slice(places: Points, slice_: int, by: Points | None = None) -> Points:
    """Return the places, (n, dims), less than a slice away from one (judged by others, if given), as (row, column)."""
    depth = (places if by is None else by)[:, 0]
    return rows_columns(places[abs(depth - slice_) < 1] if places.shape[1] == 3 else places)


def _on_slice(places: Points, slice_: int) -> Points:
    """Return the places, (n, dims), that are nearest to a slice, as (row, column)."""
    return rows_columns(places[np.round(places[:, 0]) == slice_] if places.shape[1] == 3 else places)
