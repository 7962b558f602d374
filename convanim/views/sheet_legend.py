"""What a legend says of the cells of a picture's sheets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from convanim.base.language import message, translated
from convanim.views.heights import entries
from convanim.views.marks import FIRST, SAMPLE, entry
from convanim.views.patterns import block_legend
from convanim.views.scene import Cells, Entry, Lines
from convanim.views.sheet import CROSSED, Sheet
from convanim.views.signs import PAIR_RING, rings

if TYPE_CHECKING:
    from convanim.views.picture import Picture

_LABELS = {
    "input": message("input"),
    "padding": message("padding"),
    "copy": message("copied padding"),
    "surplus": message("output padding"),
    "inserted": message("inserted zero"),
    # Translators: Cells of a sparse input that hold no value.
    "empty": message("holds nothing"),
    # Translators: Cells of the input that no window reads.
    "unread": message("input never read"),
    **dict.fromkeys(("idle", "idle_empty"), message("never read")),
    "idle_zero": message("inserted zero never read"),
}


def _legend(sheet: Sheet, name: str) -> list[Entry]:
    """Return the legend of the cells of a sheet, given the name of its tensor."""
    labels = {**{role: translated(label) for role, label in _LABELS.items()}, "input": name}
    keys = [entry(labels[role], sheet.fill(role), CROSSED.get(role)) for role in reversed(sheet.present)]
    if "copy" in sheet.present:
        keys.append(
            # Translators: The cell that padding copies, in a legend.
            Entry(
                translated("source of copies"),
                (*entry("", sheet.fill("input")).sample, *rings(SAMPLE, FIRST, PAIR_RING, ("pair_0",))),
            )
        )
    if sheet.mirrors:
        level = np.array([[[0.0, 0.5], [1.0, 0.5]]])
        keys.append(
            # Translators: The line at which padding is mirrored, in a legend.
            Entry(translated("mirror"), (Cells(sheet.fill("input"), SAMPLE.quads(FIRST)), Lines("mirror", level)))
        )
    if (sheet.roles < 0).any():
        keys.append(entry(translated("beyond the input"), "overhang"))
    if sheet.heights is not None:
        keys += entries(sheet.filled, sheet.heights.has_below)
    return [*keys, entry(under_kernel(), sheet.fill("input"), shaded=True)]


def under_kernel() -> str:
    """Return what the legend calls cells under the kernel."""
    return translated("under the kernel")


def _joined(sheets: Iterable[Sheet], name: str) -> list[Entry]:
    """Return the legend of several sheets of a tensor without duplicates, the sheet with the most roles first."""
    found: dict[str, Entry] = {}
    for sheet in sorted(sheets, key=lambda one: -len(one.present)):
        for one in _legend(sheet, name):
            found.setdefault(one.label, one)
    return list(found.values())


def legend_of(picture: Picture) -> tuple[Entry, ...]:
    """Return the legend of a picture: the cells of its input, what lies between, and its output."""
    inputs = [sheet for page, sheet in picture.sheets.items() if picture.sites[page.site].tensor == 0]
    keys = _joined(inputs, picture.plan.names.input.called)
    if all(picture.is_lit(sheet, picture.sites[sheet.page.site].reader) for sheet in inputs):
        keys = [one for one in keys if one.label != under_kernel()]
    if not all(picture.plan.is_end(site.tensor) for site in picture.sites):
        # Translators: What a layer makes within a chain, in a legend.
        keys.append(entry(translated("layer's result"), _role(picture, "intermediate")))
    if picture.weighed is not None:
        keys += picture.weighed.legend()
    if picture.plan.last.leaves_zeros:
        keys.append(entry(translated("zero"), "inserted"))
    keys += block_legend(picture)
    keys += picture.more_legend()
    if picture.reveals:
        is_grey = any(sheet.tones is not None for sheet in picture.sheets.values())
        keys.append(entry(translated("not yet computed"), "pending_grey" if is_grey else "pending"))
    made = picture.plan.names.output
    role = _role(picture, made.role)
    tinted = [sheet for page, sheet in picture.sheets.items() if sheet.tints is not None]
    if tinted and tinted[-1].page.site == picture.sites[-1].number:
        role = tinted[-1].fill("input")
    keys.append(entry(made.called, role))
    is_single = not (picture.plan.is_chain or picture.plan.has_channels or picture.stamped)
    return (*keys, *([entry(picture.output_of_step, role, shaded=True)] if is_single else []))


def _role(picture: Picture, filled: str) -> str:
    """Return the role of cells that a layer fills: paler behind bars, which stamped ones have not."""
    return f"{filled}_pale" if picture.look.has_bars and not picture.stamped else filled
