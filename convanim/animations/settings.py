"""What an animation is asked for, as records: what is shown of a layer, and how the page around it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown of a layer; `animate` says what each is."""

    seed: int = 0
    values: bool | None = None
    labels: str = "auto"
    decimals: int = 2
    shades: bool = False
    method: str | None = None
    order: str = "channel"
    overlap: bool = False
    field: Sequence[int] | None = None
    view: str | None = None
    classic: bool = False
    reveal: bool | None = None


@dataclass(frozen=True, kw_only=True)
class PageLook:
    """How the page around the drawing looks; `animate` says what each is."""

    width: int | None = None
    height: int | None = None
    theme: str = "guide"
    background: str | None = None
    legend: bool = False
