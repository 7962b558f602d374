"""What a view is asked to show besides the plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """Choices that a view follows.

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
