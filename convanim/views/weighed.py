"""The input of a receptive field, shaded by how much each of its cells weighs."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import Shares, shares
from convanim.views.lettering import Lettering, lettered
from convanim.views.marks import SAMPLE, Window
from convanim.views.scene import Cells, Entry, Lines, Points, Shapes
from convanim.views.scenery import Site
from convanim.views.sheet import Page
from convanim.views.slices import page_of
from convanim.words.steps import percent

if TYPE_CHECKING:
    from convanim.views.picture import Picture

_NUMBER = 0.36
_FAINTEST, _SHADES = 0.12, 16
"""The colour strength of the smallest shares, and how many strengths there are."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """The sheets of a plan's input, as they are once the traced cell has reached them.

    Attributes
    ----------
    picture : Picture
        The picture that holds them.
    """

    picture: Picture

    @cached_property
    def shares(self) -> Shares:
        """The share of each input cell in the traced output cell."""
        plan = self.picture.plan
        assert plan.walk.cell is not None
        return shares(plan, plan.walk.cell)

    def _on(self, site: Site, page: Page) -> Points:
        """Return the shares on the grid of a page, -1 where no input cell lies."""
        found = np.full(site.grid.kind.shape, -1.0)
        own = self.shares.planes[page.channel]
        found[tuple(site.grid.places(np.argwhere(np.ones(own.shape, bool))).T)] = own.ravel()
        return np.atleast_2d(page_of(found, page.slice))

    def lettering(self, page: Page) -> Lettering | None:
        """Return the shares in percent, in one size on all pages, if labels are wanted."""
        if self.picture.look.in_cells.labels != "numbers":
            return None
        site = self.picture.sites[page.site]
        size = lettered(*_said([percent(share) for share in np.unique(self.shares.planes) if share]), _NUMBER)
        own = self._on(site, page)
        words = np.array([percent(share) if share > 0 else "" for share in own.flat], object).reshape(own.shape)
        return replace(size, words=words, lowered=np.full(own.shape, "", object))

    def shapes(self) -> Shapes:
        """Return all input cells, the stronger in colour the more they weigh; those without a share are blank."""
        found: list[Shapes] = []
        for page, sheet in self.picture.sheets.items():
            site = self.picture.sites[page.site]
            if site.tensor:
                continue
            own = self._on(site, page)
            shades = np.where(own > 0, np.ceil(_SHADES * own / (self.shares.greatest or 1) - 1e-9), own)
            found.append(sheet.cells("pending", Window(0, 0, shades == 0), is_said=False))
            for shade in np.unique(shades[shades > 0]).tolist():
                strength = _FAINTEST + (1 - _FAINTEST) * shade / _SHADES
                found.append(sheet.cells("weighed", Window(0, 0, shades == shade), strength=strength))
        return tuple(shape for shapes in found for shape in shapes)

    def legend(self) -> list[Entry]:
        """Return the entries of the legend."""
        ways = (
            (translated("weighs most"), "weighed", 1.0),
            (translated("weighs least"), "weighed", _FAINTEST),
            (translated("weighs nothing"), "pending", 1.0),
        )
        quad, edges = SAMPLE.quads(np.array([[0, 0]])), SAMPLE.edges(np.ones((1, 1), bool))
        return [
            Entry(label, (Cells(role, quad, strength=strength), Lines(role, edges))) for label, role, strength in ways
        ]


def _said(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(words, object), np.full(len(words), "", object)
