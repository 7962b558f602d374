"""Fit a picture to a size at which it is legible, and leave out labels where it would not be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from convanim.animations.signs import signs, told_of_chips
from convanim.animations.still_signs import signs_of_still
from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.plans import Plan
from convanim.views import Look, View
from convanim.views.look import NAME_SHARES
from convanim.views.scene import Scene

if TYPE_CHECKING:
    from convanim.render.layout import Layout
    from convanim.views.picture import Picture
    from convanim.views.scenery import Site

DEFAULT_WIDTH = 480
"""Width in pixels if none is requested and the view prefers none."""

WIDE_DEFAULT, WIDEST_DEFAULT = 960, 1280
"""The largest default width in pixels that a view may prefer, and that legible words may require."""

WIDEST_LETTERED = 1920
"""The largest that letters may require where they are asked for: those of weights have up to five numbers."""

GUIDE_UNIT = 29.53
"""Pixels per cell in the guide's animations, kept by the classic look."""

_LEAST_LOSS = "what is written in the corners"

LEAST_TEXT = 9.0
"""Size in pixels of the smallest letters that are drawn."""

_FOR_INDICES = 1.35
"""How much larger cells are in which letters have three indices."""

_MOST_GUESSES, _LARGER = 20, 1.04
"""How many widths are tried to make all legible, and the factor from one to the next."""


class Drawable(Protocol):
    """A drawing that can show more or fewer labels."""

    @property
    def look(self) -> Look:
        """How it is drawn; for several layers, one look that represents all."""

    @property
    def is_numeric(self) -> bool:
        """Whether numbers may appear outside the cells."""

    @property
    def are_weighted(self) -> bool:
        """Whether all its layers have weights."""

    @property
    def told_of_chips(self) -> tuple[str, ...]:
        """What a caption says of the weights in the corners of cells, which a small picture leaves out."""

    def said_of_still(self, step: int) -> tuple[str, ...]:
        """Return what a caption says of a step that is shown alone, of which no others tell what happens."""

    def scene(self, width: int | None) -> Scene:
        """Return its scene for a picture of a width in pixels, or of no requested width."""

    def wish(self, across: float) -> int:
        """Return the preferred width in pixels of a picture that is ``across`` cells wide."""

    def looking(self, **changes: Any) -> Drawable:
        """Return a copy with changes to its look."""


@dataclass(frozen=True)
class Drawn:
    """A plan and how it is drawn.

    Attributes
    ----------
    plan : Plan
        The plan to draw.
    view : View
        The view that draws it.
    look : Look
        What the view shows, and how.
    with_axes : Drawn or None
        The same with the names of axes, if only they are left out: where there are none, it is the same picture.
    """

    plan: Plan
    view: View
    look: Look
    with_axes: Drawn | None = field(default=None, compare=False, repr=False)

    @property
    def is_numeric(self) -> bool:
        """Whether numbers may appear outside the cells."""
        return self.view.is_numeric

    @property
    def width(self) -> float:
        """The width of all that it draws, in cells."""
        left, _, right, _ = self._picture.bounds
        return right - left

    @property
    def are_weighted(self) -> bool:
        """Whether all its layers have weights."""
        return all(stage.is_weighted for stage in self.plan.walked)

    @property
    def told_of_chips(self) -> tuple[str, ...]:
        """What a caption says of the weights in the corners of cells."""
        return (told_of_chips(self.plan, self.look.is_beside),)

    def said_of_still(self, step: int) -> tuple[str, ...]:
        """Return what a caption says of a step that is shown alone: which kernel works, and what is still to come."""
        return signs_of_still(self._picture, step)

    def scene(self, width: int | None = None) -> Scene:
        """Return its scene, which does not depend on the width."""
        return self._made

    @cached_property
    def _made(self) -> Scene:
        if self.with_axes is not None and not self.with_axes._picture.edges.texts:
            return self.with_axes._made
        made = replace(Scene.of(self._picture), spare=self._picture.spare)
        return made if self.look.has_words else made.wordless()

    @cached_property
    def _picture(self) -> Picture:
        return self.view.draw(self.plan, self.look)

    @property
    def walked(self) -> Plan:
        """The plan with the walk of its picture."""
        return self._picture.plan

    @property
    def sites(self) -> tuple[Site, ...]:
        """The places where its tensors are drawn, which the keys of shapes number."""
        return self._picture.sites

    @property
    def laid_out(self) -> tuple[tuple[str, ...], str]:
        """What a caption and the alternative text say of the arrangement: phrases, and a sentence."""
        return self._picture.laid_out

    def signs(self, step: int = 0, is_alone: bool = False) -> tuple[str, ...]:
        """Return what a caption says of the marks on cells that nothing else explains, as a step shows them."""
        return signs(self._picture, self._made, self.view.name == "blocks", min(step, self._made.steps - 1), is_alone)

    def wish(self, across: float) -> int:
        """Return the preferred width in pixels of a picture that is ``across`` cells wide."""
        return max(DEFAULT_WIDTH, min(round(across * self.unit), WIDE_DEFAULT))

    @property
    def is_composed(self) -> bool:
        """Whether it has several planes as input or output."""
        return self.plan.is_chain or self.plan.has_channels or self.plan.dims == 3

    @property
    def needs_caption(self) -> bool:
        """Whether the picture needs a caption: if it is composed, or shows stamps without words."""
        return self.is_composed or (self.plan.last.is_stamped and not self.is_numeric)

    @property
    def has_classic(self) -> bool:
        """Whether it can be drawn exactly as the guide does."""
        return self.view.name == "oblique" and not self.is_composed and not self.plan.last.is_stamped

    @property
    def unit(self) -> float:
        """The preferred size of a cell in pixels."""
        has_indices = self.plan.dims == 3 and self.look.labels == "letters"
        return self.view.unit(self.plan) * (_FOR_INDICES if has_indices else 1.0)

    def looking(self, **changes: Any) -> Drawn:
        """Return a copy with changes to its look."""
        with_axes = self if changes == {"has_axes": False} else None
        return replace(self, look=replace(self.look, **changes), with_axes=with_axes)


def fitted(
    drawn: Drawable,
    finished: Callable[[Drawable, Scene], Scene],
    width: int | None,
    labels: str,
    height: int | None = None,
    is_exercise: bool = False,
) -> tuple[Scene, Layout, tuple[str, ...]]:
    """Return the scene and layout in which all letters are legible, and a note on what was left out.

    What is written in the corners is left out first, then the labels in cells,
    then all labels; if labels were requested, the latter two raise an error.

    Parameters
    ----------
    drawn : Drawable
        What to draw.
    finished : callable
        Returns a scene, of a drawing that may lack labels, with all that is written below it.
    width : int or None
        The requested width in pixels, if any.
    labels : str
        The requested labels, a key of ``LABELS``.
    height : int, optional
        The requested height in pixels, if any.
    is_exercise : bool
        Whether it is an exercise, which needs its numbers.

    Raises
    ------
    ConvanimError
        If requested labels are illegible at that width, or such a picture is impossible.
    """
    from convanim.render.layout import TooNarrowError, lay_out, unit_of

    labels = "numbers" if is_exercise else labels
    is_named = labels in ("numbers", "letters")
    lessened = [one for one in _lessened(drawn) if not is_named or one[0] in ("", _LEAST_LOSS)]
    if width is None and not drawn.look.classic:
        width = _wish(lessened, WIDEST_LETTERED if labels == "letters" else WIDEST_DEFAULT)
    tried, refusal = drawn, None
    for lost, less in lessened:
        made = less.scene(width)
        scene, tried = finished(less, made), less
        try:
            layout = lay_out(scene, width, GUIDE_UNIT, height)
        except TooNarrowError as error:
            # With fewer labels, the scene may be narrower.
            refusal, wide = error, made.bounds[2] - made.bounds[0]
            continue
        if _is_legible(made, layout):
            # With all words, but perhaps without the kernel.
            whole_one = drawn.looking(has_kernel=False)
            sides = _needed(whole_one, finished, layout.width, layout.unit, height) if lost else []
            whole = " and ".join(f"a {name} of {side}" for name, side in sides)
            if made.mark is not None and made.mark * layout.unit < LEAST_TEXT:
                # What explains the mark is left out with it.
                less = less.looking(has_mark=False)
                scene = finished(less, less.scene(width))
                layout = lay_out(scene, width, GUIDE_UNIT, height)
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
    if is_named and not is_exercise:
        ways.append("`labels=none` to leave them out")
    raise ConvanimError(
        "width",
        asked,
        f"leaves the {labels if is_named else 'words'} less than {LEAST_TEXT:g} pixels high; use {', or '.join(ways)}",
    )


def _needed(
    drawn: Drawable, finished: Callable[[Drawable, Scene], Scene], width: int, unit: float, height: int | None
) -> list[tuple[str, int]]:
    """Return the smallest width, and height if requested, at which all letters are legible.

    The scene may depend on the width, so ever larger widths are tried. The
    result is empty if none of them works.
    """
    from convanim.render.layout import lay_out

    scene = drawn.scene(width)
    more = LEAST_TEXT / ((scene.least_text or LEAST_TEXT) * unit)
    wide = needed_width(scene) if height is None else _tens(width * more)
    high = None if height is None else _tens(height * more)
    for _ in range(_MOST_GUESSES):
        made = drawn.scene(wide)
        try:
            if _is_legible(made, lay_out(finished(drawn, made), wide, GUIDE_UNIT, high)):
                return [("width", wide), *([] if high is None else [("height", high)])]
        except ConvanimError:
            # The picture is too narrow for its legend, or larger than allowed.
            pass
        wide, high = _tens(wide * _LARGER), None if high is None else _tens(high * _LARGER)
    return []


def _lessened(drawn: Drawable) -> Iterator[tuple[str, Drawable]]:
    """Yield what is left out and the drawing without it, with fewer labels each time."""
    bare = drawn
    if drawn.look.keeps_kernel and drawn.look.is_labelled:
        yield "", drawn
        yield _LEAST_LOSS, drawn.looking(has_chips=False)
    for lost, bare in _less_labelled(drawn):
        yield lost, bare
        bare = bare.looking(has_kernel=False)
        yield lost, bare
        yield lost, bare.looking(has_axes=False)
        for share in (*NAME_SHARES[1:], 0.0) if bare.look.name_share else ():
            yield lost, bare.looking(has_axes=False, name_share=share)
    yield "the words", bare.looking(has_axes=False, has_words=False)


def _less_labelled(drawn: Drawable) -> Iterator[tuple[str, Drawable]]:
    """Yield what is left out of the labels of cells and the drawing without it."""
    yield "", drawn
    if drawn.look.is_labelled:
        without_chips = drawn.looking(has_chips=False)
        yield _LEAST_LOSS, without_chips
        what = "letters" if drawn.look.labels == "letters" else "numbers"
        if drawn.is_numeric:
            yield f"the {what} in the cells", without_chips.looking(has_cells=False)
        yield f"the {what}", drawn.looking(labels="none")
        if drawn.is_numeric:
            yield f"the {what}", drawn.looking(labels="none", has_zeros=False)
    elif drawn.is_numeric:
        # Inserted zeros look like zeros without their digits too, which nobody asked for.
        yield "", drawn.looking(has_zeros=False)
    elif drawn.look.has_shares:
        yield "the shares of the cells", drawn.looking(has_shares=False)


def _wish(lessened: Sequence[tuple[str, Drawable]], most: int) -> int:
    """Return the default width of a picture, at which as much as possible is legible; at most ``most``."""
    _, drawn = lessened[0]
    wish = drawn.wish(_across(drawn.scene(None)))
    for limit in dict.fromkeys((WIDEST_DEFAULT, most)):
        for scene in (less.scene(None) for _, less in lessened):
            if _width_of(scene.least_at_first, scene) <= limit and (width := needed_width(scene)) <= limit:
                return max(wish, width)
    return wish


def _across(scene: Scene) -> float:
    from convanim.render.layout import MARGIN

    return scene.bounds[2] - scene.bounds[0] + 2 * MARGIN


def needed_width(scene: Scene) -> int:
    """Return the smallest width at which all letters are legible, rounded up to tens of pixels."""
    least = scene.least_text
    return 0 if least is None else _width_of(least, scene)


def _width_of(least: float, scene: Scene) -> int:
    """Return the width at which letters of a size in cells are legible."""
    return _tens(LEAST_TEXT / least * _across(scene))


def _tens(side: float) -> int:
    """Return a side rounded up to tens of pixels."""
    return ceil(side / 10) * 10


def _is_legible(scene: Scene, layout: Layout) -> bool:
    if scene.least_at_first * layout.unit < LEAST_TEXT - 1e-9:
        return False
    least = scene.least_text
    return least is None or least * layout.unit >= LEAST_TEXT - 1e-9
