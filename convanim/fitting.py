"""The size at which all of a picture can be read, and what must be left out for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from convanim.errors import ConvanimError
from convanim.plans import AnyPlan
from convanim.scene import Scene
from convanim.views import Look, View

if TYPE_CHECKING:
    from convanim.canvas.layout import Layout

DEFAULT_WIDTH = 480
"""Pixels, where no width is asked for and the view has no wish."""

WIDE_DEFAULT, WIDEST_DEFAULT = 960, 1280
"""Pixels, the most that a view's wish makes of it, and the most that its words need."""

GUIDE_UNIT = 29.53
"""Pixels a cell in the guide's own animations, which classic ones keep."""

_LEAST_LOSS = "the weights in the corners"

LEAST_TEXT = 9.0
"""Pixels; smaller letters are not drawn."""


class Drawable(Protocol):
    """What can be drawn with more or less to read."""

    @property
    def look(self) -> Look:
        """How it is drawn; of several, one that stands for all."""

    @property
    def is_numeric(self) -> bool:
        """Whether numbers may stand elsewhere than in the cells of planes."""

    def scene(self, width: int | None) -> Scene:
        """Return its scene for a picture that is so many pixels wide, or of which no width is asked for."""

    def wish(self, across: float) -> int:
        """Return the width in pixels that it wishes for, if it is so many cells wide."""

    def looking(self, **changes: Any) -> Drawable:
        """Return the same with changes to its look."""


@dataclass(frozen=True)
class Drawn:
    """A plan, and how it is to be drawn.

    Attributes
    ----------
    plan : Plan, ScatterPlan or ChainPlan
        What is drawn.
    view : View
        Which view draws it.
    look : Look
        What that is asked to show.
    """

    plan: AnyPlan
    view: View
    look: Look

    @property
    def is_numeric(self) -> bool:
        """Whether numbers may stand elsewhere than in the cells of planes."""
        return self.view.is_numeric

    def scene(self, width: int | None = None) -> Scene:
        """Return its scene, which does not depend on the width."""
        return self._made

    @cached_property
    def _made(self) -> Scene:
        made = self.view.draw(self.plan, self.look)
        return made if self.look.has_words else made.wordless()

    def wish(self, across: float) -> int:
        """Return the width in pixels that it wishes for, if it is so many cells wide."""
        return max(DEFAULT_WIDTH, min(round(across * self.unit), WIDE_DEFAULT))

    @property
    def is_composed(self) -> bool:
        """Whether it has several planes before or after."""
        return self.view.is_composed(self.plan.kind)

    @property
    def unit(self) -> float:
        """Pixels that it wishes for a cell."""
        return self.view.drawers[self.plan.kind].unit

    def looking(self, **changes: Any) -> Drawn:
        """Return the same with changes to its look."""
        return replace(self, look=replace(self.look, **changes))


def fitted(
    drawn: Drawable, finished: Callable[[Scene], Scene], width: int | None, labels: str, height: int | None = None
) -> tuple[Scene, Layout, tuple[str, ...]]:
    """Return the scene and layout in which all letters can be read, and a note on what was left out.

    First the weights in the corners go, then what stands in cells, then
    all of it; the latter two are refused where it was asked for by name.

    Parameters
    ----------
    drawn : Drawable
        What to draw.
    finished : callable
        A scene to the same with all that is written below it.
    width : int or None
        Of the picture in pixels, where it is asked for.
    labels : str
        What was asked for by name.
    height : int, optional
        Of the picture in pixels, where it is asked for.

    Raises
    ------
    ConvanimError
        If they cannot be read at that width, or there is no such picture.
    """
    from convanim.canvas.layout import lay_out

    if width is None and not drawn.look.classic:
        width = _wish(drawn)
    needed = ""
    for lost, made in _scenes(drawn, width):
        if labels in ("numbers", "letters") and lost not in ("", _LEAST_LOSS):
            break
        scene = finished(made)
        layout = lay_out(scene, width, GUIDE_UNIT, height)
        if _is_legible(made, layout):
            whole = " and ".join(f"a {name} of {side}" for name, side in _needed(drawn.scene(width), layout, height))
            note = f"left out at a width of {layout.width}: {lost}; {whole} shows all"
            return scene, layout, (note,) if lost else ()
        needed = " and ".join(f"`{name}={side}`" for name, side in _needed(made, layout, height))
    raise ConvanimError(
        "width",
        layout.width,
        f"leaves the {drawn.look.labels} less than {LEAST_TEXT:g} pixels high; use {needed}, "
        "or `labels=none` to leave them out",
    )


def _needed(scene: Scene, layout: Layout, height: int | None) -> list[tuple[str, int]]:
    """Return the least sides at which all letters of a drawing can be read; the height only where it is asked for."""
    if height is None:
        return [("width", _width_for(scene))]
    more = LEAST_TEXT / ((scene.least_text or LEAST_TEXT) * layout.unit)
    return [(name, ceil(side * more / 10) * 10) for name, side in (("width", layout.width), ("height", height))]


def _scenes(drawn: Drawable, width: int | None) -> Iterator[tuple[str, Scene]]:
    """Yield scenes with less and less to read, each with what it lacks."""
    yield "", drawn.scene(width)
    bare = drawn
    if drawn.look.is_labelled:
        without_chips = drawn.looking(has_chips=False)
        yield _LEAST_LOSS, without_chips.scene(width)
        what = "letters" if drawn.look.labels == "letters" else "numbers"
        if drawn.is_numeric:
            yield f"the {what} in the cells", without_chips.looking(has_cells=False).scene(width)
        bare = drawn.looking(labels="none")
        yield f"the {what}", bare.scene(width)
    yield "the words", bare.looking(has_words=False).scene(width)


def _wish(drawn: Drawable) -> int:
    """Return the width of a picture of which no width is asked for: that at which most can be read."""
    wish = drawn.wish(_across(drawn.scene(None)))
    needed = (_width_for(made) for _, made in _scenes(drawn, None))
    return max(wish, next(width for width in needed if width <= WIDEST_DEFAULT))


def _across(scene: Scene) -> float:
    from convanim.canvas.layout import MARGIN

    return scene.bounds[2] - scene.bounds[0] + 2 * MARGIN


def _width_for(scene: Scene) -> int:
    """Return the least width at which all letters of a drawing can be read, in tens of pixels."""
    least = scene.least_text
    return 0 if least is None else ceil(LEAST_TEXT / least * _across(scene) / 10) * 10


def _is_legible(scene: Scene, layout: Layout) -> bool:
    least = scene.least_text
    return least is None or least * layout.unit >= LEAST_TEXT - 1e-9
