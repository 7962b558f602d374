"""The views: a plan in, a scene out, one file each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from convanim.plans import Plan
from convanim.scene import Scene


@dataclass(frozen=True)
class Look:
    """What a view is asked to show besides the plan.

    Attributes
    ----------
    classic : bool
        Draw as the guide does: inserted zeros as padding, rays that end at the
        output plane, no outline of the reach.
    reveal : bool
        Leave output cells blank until they are computed.
    """

    classic: bool = False
    reveal: bool = False


def _oblique(plan: Plan, look: Look) -> Scene:
    """Draw the padded input as a plane and the output floating above it, as the guide does."""
    from convanim.views.oblique import oblique

    return oblique(plan, look)


VIEWS: dict[str, Callable[[Plan, Look], Scene]] = {"oblique": _oblique}
"""Every view by name; each is imported when it is first used."""
