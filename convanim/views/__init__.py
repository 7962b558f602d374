"""Views: each arranges a plan into a scene of shapes with roles and keys."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from convanim.base.errors import ConvanimError
from convanim.base.extending import add
from convanim.base.options import spelled
from convanim.base.records import dataclass
from convanim.layers import ROWS_COLUMNS
from convanim.views.look import Look

if TYPE_CHECKING:
    from convanim.plans import Plan
    from convanim.views.picture import Picture

__all__ = ["VIEWS", "Look", "View", "register", "suitable"]


@dataclass(frozen=True)
class View:
    """A way to draw a plan.

    Attributes
    ----------
    about : str
        What it shows.
    module : str
        The module that defines its ``draw(plan, look) -> Picture``.
    units : (float, float, float)
        Preferred pixels per cell for a single layer, for a chain, and for layers with channels.
    dims : tuple of int
        The numbers of axes it can draw.
    is_numeric : bool
        Whether it is meant to show values, which are then random where none are given.
    shows_field : bool
        Whether it can show the receptive field of a single output cell.
    is_filled : bool
        Whether results fill as they are computed also where no labels are shown.
    is_partial : bool
        Whether there are plans that it refuses because of what they are.
    is_branching : bool
        Whether it can draw layers in branches that meet again.
    options : tuple of str
        Names of settings that have an effect in few views, and in this one.
    draws_all : bool
        Whether it draws all channels, and some of the steps, of a layer however large.
    """

    about: str
    module: str
    units: tuple[float, float, float]
    dims: tuple[int, ...] = tuple(ROWS_COLUMNS)
    is_numeric: bool = False
    shows_field: bool = False
    is_filled: bool = False
    is_partial: bool = False
    is_branching: bool = False
    options: tuple[str, ...] = ()
    draws_all: bool = False

    def unit(self, plan: Plan) -> float:
        """Return the preferred pixels per cell for a plan."""
        one, chain, channels = self.units
        return channels if plan.has_channels else chain if plan.is_chain or plan.dims == 3 else one

    def draw(self, plan: Plan, look: Look) -> Picture:
        """Return the picture of a plan.

        Raises
        ------
        ConvanimError
            If the view cannot draw that number of axes or that field, or the plan is too large.
        """
        if plan.dims not in self.dims:
            raise ConvanimError("view", self.name, self._beyond(plan))
        if plan.is_branched and not self.is_branching:
            said = _named(view for view in VIEWS.values() if view.is_branching)
            raise ConvanimError("view", self.name, f"draws layers in sequence, and these have branches; use {said}")
        if look.field is not None and not self.shows_field:
            said = _named(
                view
                for view in VIEWS.values()
                if view.shows_field and plan.dims in view.dims and view.is_branching >= plan.is_branched
            )
            raise ConvanimError("field", spelled(look.field), f"is not shown by this view; use {said}")
        from convanim.plans import shortened
        from convanim.views.limits import refuse_undrawable

        refuse_undrawable(plan)
        picture: Picture = import_module(self.module).draw(shortened(plan), look)
        return picture

    @property
    def name(self) -> str:
        """Its key in `VIEWS`."""
        return next(name for name, view in VIEWS.items() if view is self)

    def _beyond(self, plan: Plan) -> str:
        """Return why the view cannot draw a plan, and which view can."""
        axes = {1: "one axis", 3: "three axes"}[self.dims[0]]
        others = "more" if plan.dims > self.dims[0] else "fewer"
        return f"draws {axes}, and an input of {spelled(plan.input_size)} has {others}; use `view=oblique`"


VIEWS = {
    "oblique": View(
        "planes that float above each other as the guide draws them; of several channels, sheets side by side",
        "convanim.views.oblique",
        (0.0, 26.0, 22.0),
        shows_field=True,
        is_branching=True,
    ),
    "channels": View(
        "another name of oblique: a sheet a channel, and the kernels over the outputs that they make",
        "convanim.views.oblique",
        (0.0, 26.0, 22.0),
        shows_field=True,
        is_branching=True,
    ),
    "flat": View(
        "kernel, input and output side by side, with numbers and the sum of each step",
        "convanim.views.flat",
        (50.0, 40.0, 46.0),
        is_numeric=True,
        is_filled=True,
        is_branching=True,
    ),
    "line": View(
        "one axis: rows of cells above each other, with a line for each weight",
        "convanim.views.line",
        (32.0, 32.0, 32.0),
        dims=(1,),
        shows_field=True,
        is_filled=True,
    ),
    "slabs": View(
        "three axes: slabs of cubes, the kernel moving through them",
        "convanim.views.slabs",
        (26.0, 26.0, 26.0),
        dims=(3,),
    ),
    "blocks": View(
        "a solid block of rows, columns and channels a tensor, the kernel a block within it",
        "convanim.views.blocks",
        (26.0, 24.0, 26.0),
        is_filled=True,
        options=("tint", "to_scale"),
        draws_all=True,
    ),
    "matrix": View(
        "one layer as a product of matrices: its windows as columns, or one sparse matrix",
        "convanim.views.matrix",
        (40.0, 40.0, 30.0),
        is_numeric=True,
        is_filled=True,
        is_partial=True,
    ),
}
"""Every view by name; its module is imported when it is first used."""


def _named(views: Iterable[View]) -> str:
    """Return the names of views as a choice, one for each module."""
    ways: dict[str, str] = {}
    for view in views:
        ways.setdefault(view.module, f"`view={view.name}`")
    return " or ".join(ways.values())


def refuse_without_effect(view: str, option: str) -> None:
    """Raise if a setting that has an effect in few views has none in one of them.

    Raises
    ------
    ConvanimError
        If so; the message names the views in which it has one.
    """
    if option not in VIEWS[view].options:
        ways = [f"`view={name}`" for name, one in VIEWS.items() if option in one.options]
        raise ConvanimError(option, "", f"has no effect in the view {view}; use {' or '.join(ways)}, or leave it out")


def draws_all(view: str | None) -> bool:
    """Return whether a view, by name, draws all channels of a layer however many, and chooses steps of its own."""
    return view in VIEWS and VIEWS[view].draws_all


def register(name: str, view: View) -> None:
    """Register a view, so that the command, its lists and the galleries offer it.

    Raises
    ------
    ConvanimError
        If the name is taken.
    """
    add(VIEWS, "view", name, view)


def suitable(plan: Plan, has_field: bool = False, is_labelled: bool = False) -> str:
    """Return the name of the default view for a plan."""
    if plan.compared is not None and not has_field:
        return "flat"
    if plan.is_branched:
        return "flat" if (is_labelled or plan.dims == 1) and not has_field else "oblique"
    if plan.dims == 3:
        return "oblique" if has_field else "slabs"
    if plan.is_chain and plan.dims == 1 and not plan.has_channels:
        return "line"
    # Without its numbers, a kernel that is flipped looks like any other.
    is_told_by_numbers = not plan.is_chain and (plan.last.is_stamped or plan.last.layer.is_flipped)
    return "flat" if is_told_by_numbers or (plan.has_channels and is_labelled) else "oblique"
