"""The size at which all of a picture can be read, and what must be left out for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from convanim.base.errors import ConvanimError
from convanim.plans import Plan
from convanim.views import Look, View
from convanim.views.scene import Scene

if TYPE_CHECKING:
    from convanim.render.layout import Layout
    from convanim.views.picture import Picture

DEFAULT_WIDTH = 480
"""Pixels, where no width is asked for and the view has no wish."""

WIDE_DEFAULT, WIDEST_DEFAULT = 960, 1280
"""Pixels, the most that a view's wish makes of it, and the most that its words need."""

GUIDE_UNIT = 29.53
"""Pixels a cell in the guide's own animations, which classic ones keep."""

_LEAST_LOSS = "the weights in the corners"

LEAST_TEXT = 9.0
"""Pixels; smaller letters are not drawn."""

_MOST_GUESSES, _LARGER = 20, 1.04
"""How often a width is guessed at which all can be read, and how much larger each guess is."""


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
    plan : Plan
        What is drawn.
    view : View
        Which view draws it.
    look : Look
        What that is asked to show.
    """

    plan: Plan
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
        made = Scene.of(self._picture)
        return made if self.look.has_words else made.wordless()

    @cached_property
    def _picture(self) -> Picture:
        return self.view.draw(self.plan, self.look)

    @property
    def walked(self) -> Plan:
        """The plan with the walk that the picture goes."""
        return self._picture.plan

    def wish(self, across: float) -> int:
        """Return the width in pixels that it wishes for, if it is so many cells wide."""
        return max(DEFAULT_WIDTH, min(round(across * self.unit), WIDE_DEFAULT))

    @property
    def is_composed(self) -> bool:
        """Whether it has several planes before or after."""
        return self.plan.is_chain or self.plan.has_channels or self.plan.dims == 3

    @property
    def needs_caption(self) -> bool:
        """Whether its picture alone does not say what it shows: composed ones, and stamps where no words say it."""
        return self.is_composed or (self.plan.last.is_stamped and not self.is_numeric)

    @property
    def has_classic(self) -> bool:
        """Whether it can be drawn exactly as the guide does."""
        return self.view.name == "oblique" and not self.is_composed and not self.plan.last.is_stamped

    @property
    def unit(self) -> float:
        """Pixels that it wishes for a cell."""
        return self.view.unit(self.plan)

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
    from convanim.render.layout import TooNarrowError, lay_out, unit_of

    if width is None and not drawn.look.classic:
        width = _wish(drawn)
    is_named = labels in ("numbers", "letters")
    tried, refusal = drawn, None
    for lost, less in _lessened(drawn):
        if is_named and lost not in ("", _LEAST_LOSS):
            break
        made = less.scene(width)
        scene, tried = finished(made), less
        try:
            layout = lay_out(scene, width, GUIDE_UNIT, height)
        except TooNarrowError as error:
            # With less to read, it may be fewer cells wide.
            refusal, wide = error, made.bounds[2] - made.bounds[0]
            continue
        if _is_legible(made, layout):
            sides = _needed(drawn, finished, layout.width, layout.unit, height) if lost else []
            whole = " and ".join(f"a {name} of {side}" for name, side in sides)
            note = f"left out at a width of {layout.width}: {lost}" + (f"; {whole} shows all" if whole else "")
            return scene, layout, (note,) if lost else ()
    if refusal is None:
        asked, unit = layout.width, layout.unit
    elif width is None or not is_named:
        raise refusal
    else:
        asked, unit = width, unit_of(wide, width)
    sides = _needed(tried, finished, asked, unit, height)
    ways = [" and ".join(f"`{name}={side}`" for name, side in sides)] if sides else ["a smaller `input_size`"]
    if is_named:
        ways.append("`labels=none` to leave them out")
    raise ConvanimError(
        "width",
        asked,
        f"leaves the {labels if is_named else 'words'} less than {LEAST_TEXT:g} pixels high; use {', or '.join(ways)}",
    )


def _needed(
    drawn: Drawable, finished: Callable[[Scene], Scene], width: int, unit: float, height: int | None
) -> list[tuple[str, int]]:
    """Return the least sides, the height only where it is asked for, at which all letters of a drawing can be read.

    What is needed may depend on the width itself, so that a guess is tried
    and enlarged. There may be no such sides.
    """
    from convanim.render.layout import lay_out

    scene = drawn.scene(width)
    more = LEAST_TEXT / ((scene.least_text or LEAST_TEXT) * unit)
    wide = _width_for(scene) if height is None else _tens(width * more)
    high = None if height is None else _tens(height * more)
    for _ in range(_MOST_GUESSES):
        made = drawn.scene(wide)
        try:
            if _is_legible(made, lay_out(finished(made), wide, GUIDE_UNIT, high)):
                return [("width", wide), *([] if high is None else [("height", high)])]
        except ConvanimError:
            # Too narrow for a legend, or beyond what is drawn.
            pass
        wide, high = _tens(wide * _LARGER), None if high is None else _tens(high * _LARGER)
    return []


def _lessened(drawn: Drawable) -> Iterator[tuple[str, Drawable]]:
    """Yield drawings with less and less to read, each with what it lacks."""
    yield "", drawn
    bare = drawn
    if drawn.look.is_labelled:
        without_chips = drawn.looking(has_chips=False)
        yield _LEAST_LOSS, without_chips
        what = "letters" if drawn.look.labels == "letters" else "numbers"
        if drawn.is_numeric:
            yield f"the {what} in the cells", without_chips.looking(has_cells=False)
        bare = drawn.looking(labels="none")
        yield f"the {what}", bare
    yield "the words", bare.looking(has_words=False)


def _wish(drawn: Drawable) -> int:
    """Return the width of a picture of which no width is asked for: that at which most can be read."""
    wish = drawn.wish(_across(drawn.scene(None)))
    needed = (_width_for(less.scene(None)) for _, less in _lessened(drawn))
    return max(wish, next(width for width in needed if width <= WIDEST_DEFAULT))


def _across(scene: Scene) -> float:
    from convanim.render.layout import MARGIN

    return scene.bounds[2] - scene.bounds[0] + 2 * MARGIN


def _width_for(scene: Scene) -> int:
    """Return the least width at which all letters of a drawing can be read, in tens of pixels."""
    least = scene.least_text
    return 0 if least is None else _tens(LEAST_TEXT / least * _across(scene))


def _tens(side: float) -> int:
    """Return a side in whole tens of pixels."""
    return ceil(side / 10) * 10


def _is_legible(scene: Scene, layout: Layout) -> bool:
    least = scene.least_text
    return least is None or least * layout.unit >= LEAST_TEXT - 1e-9
