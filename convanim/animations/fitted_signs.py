"""What a caption still says of the marks in a picture that fits its width, which may lack some of them."""

from __future__ import annotations

from convanim.animations.fitting import Drawable
from convanim.animations.signs import (
    NOT_ACTIVE,
    TOLD_BY_KEY,
    TOLD_OF_NAMES,
    TOLD_OF_SHADOW,
    TOLD_OF_SIGMA,
    WINDOW_ALONE,
    WINDOW_AND_MADE,
)
from convanim.base.language import translated
from convanim.views.scene import Cells, Scene, Shapes, Texts
from convanim.words.captions import SOME_STEPS


def signs_shown(
    caption: tuple[str, ...], drawn: Drawable, scene: Scene, shown: Shapes, is_still: bool, has_room: bool
) -> tuple[str, ...]:
    """Return the phrases of a caption that hold for what is shown: small pictures lack chips, names or the mark.

    Parameters
    ----------
    caption : tuple of str
        What is said of the drawing with all that it may have.
    drawn : Drawable
        That drawing.
    scene : Scene
        What fits of it.
    shown : Shapes
        The shapes that only the step which is described shows.
    is_still : bool
        Whether it is shown alone, so that nothing is said of other steps.
    has_room : bool
        Whether the picture is wide enough to say what a cell is the sum of.
    """
    keys = {shape.key.what for shape in shown if shape.key is not None}
    if any(shape.key is not None and shape.key.what == "index" for shape in scene.ground):
        keys.add("index at work")
    is_named = any(isinstance(shape, Texts) for shape in (*scene.ground, *shown))
    unseen = {
        *((translated(SOME_STEPS),) if is_still else ()),
        *(() if "kernel chip" in keys else drawn.told_of_chips),
        *(translated(said) for what, said in TOLD_BY_KEY.items() if what not in keys),
        *(() if is_named else map(translated, TOLD_OF_NAMES)),
    }
    said = tuple(one for one in caption if one not in unseen)
    if scene.mark and has_room:
        return said
    # Of layers without weights, no cell is such a sum.
    is_told = has_room and drawn.are_weighted
    instead = {translated(one): translated(other) * is_told for one, other in TOLD_OF_SIGMA.values()}
    if is_told and not instead.keys().isdisjoint(said):
        instead[translated(WINDOW_AND_MADE)] = translated(WINDOW_ALONE)
    return tuple(filter(None, (instead.get(one, one) for one in said)))


def signs_in_greys(said: tuple[str, ...], shown: Shapes) -> tuple[str, ...]:
    """Return what a caption says where there are no colours, and hatching in place of a shadow."""
    plain, dark = map(translated, NOT_ACTIVE)
    found = tuple(dark if one == plain else one for one in said)
    has_shadow = any(isinstance(shape, Cells) and shape.shaded for shape in shown)
    is_told = not {translated(one) for one in TOLD_OF_SHADOW}.isdisjoint(said)
    return (*found, translated("hatched: at work")) if has_shadow and not is_told else found
