"""The views: a plan in, a scene out, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from convanim.errors import ConvanimError
from convanim.layers import Chain
from convanim.plans import AnyPlan
from convanim.scene import Scene
from convanim.views.limits import refuse_undrawable
from convanim.views.look import Look

__all__ = ["VIEWS", "Look", "View"]


@dataclass(frozen=True)
class View:
    """A way to show a plan.

    Attributes
    ----------
    about : str
        What it shows.
    modules : mapping
        Where its ``draw(plan, look) -> Scene`` is, by the kind of plan.
    unit : float
        Pixels that it wishes for a cell where no width is asked for.
    is_numeric : bool
        Whether it is made for numbers, which are then drawn at random where none are given.
    """

    about: str
    modules: Mapping[str, str]
    unit: float = 0.0
    is_numeric: bool = False

    def draw(self, plan: AnyPlan, look: Look) -> Scene:
        """Return the scene of a plan.

        Raises
        ------
        ConvanimError
            If the view does not draw plans of its kind, or it is too large.
        """
        refuse_undrawable(plan.layer.layers if isinstance(plan.layer, Chain) else (plan.layer,))
        if plan.kind not in self.modules:
            name = next(name for name, view in VIEWS.items() if view is self)
            others = [f"`view={other}`" for other, view in VIEWS.items() if plan.kind in view.modules]
            raise ConvanimError("view", name, f"does not draw a {plan.kind}; use {' or '.join(others)}")
        scene: Scene = import_module(self.modules[plan.kind]).draw(plan, look)
        return scene


VIEWS = {
    "oblique": View(
        "the padded input as a plane, the output floating above it",
        {"gather": "convanim.views.oblique"},
    ),
    "flat": View(
        "kernel, input and output side by side, with numbers and the sum of each step",
        {"gather": "convanim.views.flat", "scatter": "convanim.views.flat_scatter"},
        unit=50.0,
        is_numeric=True,
    ),
}
"""Every view by name; each is imported when it is first used."""
