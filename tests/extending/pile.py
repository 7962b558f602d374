"""An arrangement of one's own: where sheets lie and what joins them; all else comes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convanim.plans import Plan
from convanim.views import Look
from convanim.views.picture import Picture, Work
from convanim.views.plane import FLAT
from convanim.views.scene import Key, Lines, Shapes
from convanim.views.sheet import Page, Sheet


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a plan."""
    return Pile(plan.walking(way="layers", **Picture.confined(plan, look)), look)


@dataclass(frozen=True)
class Pile(Picture):
    """Every channel and slice of every tensor below the one before it."""

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """Where each page of each site lies, in drawing order."""
        found: dict[Page, Sheet] = {}
        top = 0.0
        for page in (page for site in self.sites for page in self.pages(site)):
            sheet = replace(self.sheet(page, 0.4), projection=FLAT, origin=np.array([0.0, top]))
            found[page], top = sheet, top + sheet.rows + 1
        return found

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that is drawn."""
        boxes = np.array([sheet.box for sheet in self.sheets.values()])
        return 0.0, 0.0, float(boxes[:, 2].max()), float(boxes[:, 3].max())

    def rays(self, work: Work) -> Shapes:
        """Return a line from the first corner of what is read to that of what is made."""
        ends = [
            [self.sheets[page].plane.points(np.array(window.box[:2])) for page, window in pair]
            for pair in (((link.source, link.window), (link.target, link.made)) for link in work.links)
        ]
        return (Lines("ray", np.array(ends), key=Key("ray")),) if ends else ()
