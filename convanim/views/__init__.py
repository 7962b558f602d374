"""The views: a plan in, a scene out, one file each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from convanim.plans import Plan
from convanim.scene import Scene
from convanim.views.look import Look

__all__ = ["VIEWS", "Look", "View"]


@dataclass(frozen=True)
class View:
    """A way to show a plan.

    Attributes
    ----------
    about : str
        What it shows.
    module : str
        Where its ``draw(plan, look) -> Scene`` is.
    """

    about: str
    module: str

    def draw(self, plan: Plan, look: Look) -> Scene:
        """Return the scene of a plan."""
        scene: Scene = import_module(self.module).draw(plan, look)
        return scene


VIEWS = {
    "oblique": View("the padded input as a plane, the output floating above it", "convanim.views.oblique"),
}
"""Every view by name; each is imported when it is first used."""
