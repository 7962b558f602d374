"""The views: a plan in, a scene out, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from convanim.errors import ConvanimError
from convanim.layers import Chain
from convanim.options import spelled
from convanim.views.former import OnePlan as Plan
from convanim.views.former import former, kind_of
from convanim.scene import Scene
from convanim.views.former.limits import refuse_undrawable, refuse_volume
from convanim.views.look import Look

__all__ = ["VIEWS", "Look", "View", "kind_of", "ways"]


_KINDS = {
    "gather": "layers with one or two axes",
    "volume": "layers with three axes",
    "scatter": "stamps",
    "chain": "chains of layers",
    "channels": "layers with channels",
    "routes": "layers that move values",
    "channel_chain": "chains of layers with channels",
}
"""What the kinds of plan are called."""


@dataclass(frozen=True)
class Drawer:
    """How a view draws one kind of plan.

    Attributes
    ----------
    module : str
        Where its ``draw(plan, look) -> Scene`` is.
    unit : float
        Pixels that it wishes for a cell where no width is asked for.
    shows_field : bool
        Whether it can show what a single output cell depends on.
    shows_labels : bool
        Whether anything can stand in its cells.
    is_composed : bool
        Whether there are several planes before or after.
    has_classic : bool
        Whether it can draw exactly as the guide does.
    """

    module: str
    unit: float = 0.0
    shows_field: bool = False
    shows_labels: bool = True
    is_composed: bool = False
    has_classic: bool = False


@dataclass(frozen=True)
class View:
    """A way to show a plan.

    Attributes
    ----------
    about : str
        What it shows.
    drawers : mapping of str to Drawer
        How it draws each kind of plan.
    is_numeric : bool
        Whether it is made for numbers, which are then drawn at random where none are given.
    """

    about: str
    drawers: Mapping[str, Drawer]
    is_numeric: bool = False

    def shows_labels(self, kind: str) -> bool:
        """Return whether anything can stand in the cells of a plan of some kind."""
        return kind not in self.drawers or self.drawers[kind].shows_labels

    def is_composed(self, kind: str) -> bool:
        """Return whether there are several planes before or after in a picture of some kind of plan."""
        return kind in self.drawers and self.drawers[kind].is_composed

    def draw(self, plan: Plan, look: Look) -> Scene:
        """Return the scene of a plan.

        Raises
        ------
        ConvanimError
            If the view does not draw plans of its kind, or it is too large.
        """
        layers = plan.layer.layers if isinstance(plan.layer, Chain) else (plan.layer,)
        kind = kind_of(plan)
        if self.drawers.get(kind, Drawer("convanim.views.former")).module.startswith("convanim.views.former"):
            refuse_volume(layers[0], kind)
        refuse_undrawable(layers)
        if kind not in self.drawers:
            name = next(name for name, view in VIEWS.items() if view is self)
            others = [f"`view={other}`" for other, view in VIEWS.items() if kind in view.drawers]
            raise ConvanimError("view", name, f"does not draw {_KINDS[kind]}; use {' or '.join(others)}")
        if look.field is not None and not self.drawers[kind].shows_field:
            raise ConvanimError("field", spelled(look.field), f"is not shown by this view; {ways(plan, 'shows_field')}")
        scene: Scene = import_module(self.drawers[kind].module).draw(former(plan) if "former."  in self.drawers[kind].module else plan, look)
        return scene


def ways(plan: Plan, shows: str) -> str:
    """Return which views show something that another does not, or that it must be left out."""
    drawers = {name: view.drawers[kind_of(plan)] for name, view in VIEWS.items() if kind_of(plan) in view.drawers}
    others = [f"`view={name}`" for name, drawer in drawers.items() if getattr(drawer, shows)]
    return f"use {' or '.join(others)}" if others else "leave it out"


VIEWS = {
    "oblique": View(
        "the padded input as a plane, the output floating above it",
        {
            "gather": Drawer("convanim.views.oblique", has_classic=True),
            "scatter": Drawer("convanim.views.oblique", 26.0),
            "chain": Drawer("convanim.views.oblique", 26.0, shows_field=True, is_composed=True),
        },
    ),
    "channels": View(
        "a sheet a channel, side by side, and the kernels over the outputs that they make",
        {
            kind: Drawer("convanim.views.oblique", 22.0, is_composed=True)
            for kind in ("channels", "channel_chain", "routes")
        },
    ),
    "flat": View(
        "kernel, input and output side by side, with numbers and the sum of each step",
        {
            kind: Drawer("convanim.views.flat", unit, is_composed=kind not in ("gather", "scatter"))
            for kind, unit in (
                ("gather", 50.0),
                ("volume", 40.0),
                ("scatter", 50.0),
                ("chain", 40.0),
                ("channels", 46.0),
                ("routes", 46.0),
                ("channel_chain", 40.0),
            )
        },
        is_numeric=True,
    ),
    "line": View(
        "one axis: rows of cells above each other, with a line for each weight",
        {
            "gather": Drawer("convanim.views.former.line", 32.0),
            "chain": Drawer("convanim.views.former.line", 32.0, shows_field=True, is_composed=True),
        },
    ),
    "slabs": View(
        "three axes: slabs of cubes, the kernel moving through them",
        {"volume": Drawer("convanim.views.former.slabs", 26.0, shows_labels=False, is_composed=True)},
    ),
}
"""Every view by name; each is imported when it is first used."""
