"""What a legend says of the cells of sheets."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from convanim.base.language import message, translated
from convanim.views.heights import entries
from convanim.views.marks import FIRST, SAMPLE, entry
from convanim.views.scene import Cells, Entry, Lines
from convanim.views.sheet import CROSSED, Sheet
from convanim.views.signs import PAIR_RING, rings

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
    "idle": message("never read"),
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


def joined_legend(sheets: Iterable[Sheet], name: str) -> list[Entry]:
    """Return the legend of several sheets of a tensor without duplicates, the sheet with the most roles first."""
    found: dict[str, Entry] = {}
    for sheet in sorted(sheets, key=lambda one: -len(one.present)):
        for one in _legend(sheet, name):
            found.setdefault(one.label, one)
    return list(found.values())
