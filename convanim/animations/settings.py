"""What an animation is asked for, as records: what is shown of a layer, how the page looks, and how it plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from convanim.animations.contradictions import refuse_contradictions
from convanim.motion.timeline import DEFAULT_FPS, Timeline


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


@dataclass(frozen=True, kw_only=True)
class Playing:
    """Which steps show, and how they play; `animate` says what each is."""

    steps: tuple[int | None, int | None] = (None, None)
    every: int = 1
    still: int | None = None
    step_time: float = 1.0
    hold: float = 0.0
    hold_first: float = 0.0
    loop: int = 0
    motion: str = "steps"
    fps: int = DEFAULT_FPS
    easing: str = "in-out"

    def refuse_idle(self) -> None:
        """Raise where one of them has no effect beside another.

        Raises
        ------
        ConvanimError
            If so; it names both.
        """
        refuse_contradictions(**asdict(self))

    def timeline(self, count: int) -> Timeline:
        """Return which of so many steps show when.

        Raises
        ------
        ConvanimError
            If there are no such steps, or no such times.
        """
        if self.still is not None:
            self._moving(count)
            return Timeline.still(count, self.still)
        return self._moving(count)

    def _moving(self, count: int) -> Timeline:
        return Timeline.of(
            count,
            self.steps,
            self.every,
            self.step_time,
            self.hold,
            self.loop,
            self.hold_first,
            self.motion,
            self.fps,
            self.easing,
        )


def apart(told: dict[str, Any], *kinds: type[Any]) -> list[dict[str, Any]]:
    """Return settings by the records that they are of, and at the end those that are of none."""
    parts = [{one.name: told[one.name] for one in fields(kind) if one.name in told} for kind in kinds]
    return [*parts, {name: value for name, value in told.items() if not any(name in part for part in parts)}]
