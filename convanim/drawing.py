"""From a layer to its animation: the plan, the view, and the size at which all of it can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from convanim.animation import Animation
from convanim.errors import ConvanimError
from convanim.layers import METHODS, Chain, Layer
from convanim.options import flag, one_of, whole
from convanim.plans import AnyPlan, plan
from convanim.scene import Scene
from convanim.theme import RGB, find_theme, parse_colour
from convanim.timeline import Timeline
from convanim.values import MOST_DECIMALS, checked_seed
from convanim.views import VIEWS, Look, View
from convanim.wording import LABELS
from convanim.wording import caption as caption_of

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


def animate(
    layer: Layer | Chain,
    *,
    input: object = None,
    kernel: object = None,
    seed: int = 0,
    values: bool | None = None,
    labels: str = "auto",
    decimals: int = 2,
    shades: bool = False,
    method: str | None = None,
    overlap: bool = False,
    field: Sequence[int] | None = None,
    width: int | None = None,
    view: str | None = None,
    theme: str = "guide",
    classic: bool = False,
    reveal: bool | None = None,
    caption: bool | str | None = None,
    legend: bool = False,
    background: str | None = None,
    steps: tuple[int | None, int | None] = (None, None),
    every: int = 1,
    still: int | None = None,
    step_time: float = 1.0,
    hold: float = 0.0,
    loop: int = 0,
) -> Animation:
    """Return the animation of a layer, or of a chain of layers.

    Parameters
    ----------
    layer : Layer or Chain
        Such as ``Conv(input_size=(5, 5), kernel_size=3, padding=1)``.
    input, kernel : array or nested sequence of numbers, optional
        What the layer computes with; drawn at random where not given. For a
        chain the kernel is a list of one a layer, or None each.
    seed : int
        Of the random numbers: inputs are 0 to 3, kernels 0 to 2.
    values : bool, optional
        Show the numbers. Where it is not given: if the view is made for them,
        or an input or a kernel is given.
    labels : str
        A key of ``LABELS``: what stands in the cells.
    decimals : int
        The most decimals of a number.
    shades : bool
        Show numbers as greys, the least black and the greatest white.
    method : str, optional
        A key of ``METHODS``: how a transposed convolution is computed;
        ``"gather"`` unless ``overlap`` needs the other.
    overlap : bool
        Show how many stamps reach each cell of a transposed convolution's output.
    field : sequence of int, optional
        The output cell of a chain whose receptive field is shown, layer by layer.
    width : int, optional
        Of the picture in pixels; the height follows. Where it is not given,
        480, or more where numbers need it, or the guide's own size where
        ``classic``.
    view : str, optional
        A key of ``VIEWS``; one that suits the layer where it is not given.
    theme : str
        A key of ``THEMES``.
    classic : bool
        Draw exactly as the guide does: inserted zeros look like padding, rays
        end at the output's edge, and the reach has no outline.
    reveal : bool, optional
        Leave output cells blank until they are computed. Where it is not
        given: if there is anything in the cells, or several layers.
    caption : bool or str, optional
        Write the layer's parameters below the picture, or words of your own.
        A chain's are written where it is not given.
    legend : bool
        Say below the picture what each look means.
    background : str, optional
        ``"transparent"`` or ``"#rrggbb"``; the theme's where it is not given.
    steps : (int or None, int or None)
        First step and the one behind the last, as in a slice.
    every : int
        Show only every so many of those steps.
    still : int, optional
        Show one step only, counted from 0, or from the end if negative.
    step_time, hold : float
        Seconds a step, and seconds more for the last frame.
    loop : int
        How often it plays; 0 is for ever.

    Returns
    -------
    Animation
        Nothing is drawn before it is asked for pictures or saved.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or the layer makes no picture.

    Examples
    --------
    >>> from convanim import Conv, animate
    >>> animate(Conv(5, 3, padding=1), width=395, classic=True).size
    (395, 450)
    """
    checked_seed(seed)
    method = _method(method, flag("overlap", overlap))
    bare: AnyPlan = plan(layer, method=method)
    name = _suitable(bare, field is not None) if view is None else one_of("view", view, VIEWS)
    is_given = any(one is not None for one in (input, kernel, *(layer.kernels if isinstance(layer, Chain) else ())))
    is_shown = flag("values", values) if values is not None else VIEWS[name].is_numeric or is_given
    has_numbers = (
        one_of("labels", labels, LABELS) == "numbers" or flag("shades", shades) or (is_shown and labels == "auto")
    )
    # Numbers that do not show must still be right.
    valued: AnyPlan = plan(layer, input=input, kernel=kernel, seed=seed if has_numbers else None, method=method)
    planned = valued if has_numbers else bare
    is_composed = isinstance(layer, Chain)
    if overlap and is_composed:
        raise ConvanimError("overlap", "", "is of a single transposed convolution; leave it out")
    look = Look(
        classic=flag("classic", classic),
        labels=("numbers" if has_numbers else "none") if labels == "auto" else labels,
        decimals=_decimals(decimals),
        has_shades=shades,
        overlap=overlap,
        field=_field(planned, field),
    )
    shown = is_composed or look.is_labelled or look.overlap
    look = replace(look, reveal=shown and not look.classic if reveal is None else flag("reveal", reveal))
    phrases = _phrases(layer, is_composed if caption is None else caption)
    drawn = _Drawn(planned, VIEWS[name], look, phrases, flag("legend", legend))
    colours = find_theme(theme, _page(background))
    scene, layout, notes = drawn.fitted(None if width is None else whole("width", width), labels)
    timeline = Timeline.of(scene.steps, steps, every, step_time, hold, loop)
    if still is not None:
        if tuple(steps) != (None, None) or every != 1:
            raise ConvanimError("still", still, "shows one step; leave `steps` and `every` out")
        timeline = Timeline.still(scene.steps, still)
    return Animation(scene, colours, layout, timeline, background == "transparent", notes)


@dataclass(frozen=True)
class _Drawn:
    """A plan, and how it is to be drawn."""

    plan: AnyPlan
    view: View
    look: Look
    phrases: tuple[str, ...]
    has_legend: bool

    def scene(self, look: Look) -> Scene:
        made = self.view.draw(self.plan, look)
        return replace(made, caption=self.phrases, legend=made.legend if self.has_legend else ())

    def fitted(self, width: int | None, labels: str) -> tuple[Scene, Layout, tuple[str, ...]]:
        """Return the scene and layout in which all letters can be read, and a note on what was left out.

        First the weights in the corners go, then what stands in cells, then
        all of it; the latter two are refused where it was asked for by name.
        """
        from convanim.canvas.layout import lay_out

        whole_scene = self.scene(self.look)
        if width is None and not self.look.classic:
            width = self._wish(whole_scene)
        needed = 0
        for lost, scene in self._scenes(whole_scene):
            if labels in ("numbers", "letters") and lost not in ("", _LEAST_LOSS):
                break
            layout = lay_out(scene, width, GUIDE_UNIT)
            if _is_legible(scene, layout):
                note = f"left out at a width of {layout.width}: {lost}; a width of {_width_for(whole_scene)} shows all"
                return scene, layout, (note,) if lost else ()
            needed = _width_for(scene)
        raise ConvanimError(
            "width",
            layout.width,
            f"leaves the {self.look.labels} less than {LEAST_TEXT:g} pixels high; use `width={needed}`, "
            "or `labels=none` to leave them out",
        )

    def _scenes(self, first: Scene) -> Iterator[tuple[str, Scene]]:
        """Yield scenes with less and less to read, each with what it lacks."""
        yield "", first
        bare = first
        if self.look.is_labelled:
            without_chips = replace(self.look, has_chips=False)
            yield _LEAST_LOSS, self.scene(without_chips)
            what = "letters" if self.look.labels == "letters" else "numbers"
            if self.view.is_numeric:
                yield f"the {what} in the cells", self.scene(replace(without_chips, has_cells=False))
            bare = self.scene(replace(self.look, labels="none"))
            yield f"the {what}", bare
        yield "the words", bare.wordless()

    def _wish(self, scene: Scene) -> int:
        """Return the width of a picture of which no width is asked for: that at which most can be read."""
        unit = self.view.drawers[self.plan.kind].unit
        wish = max(DEFAULT_WIDTH, min(round(_across(scene) * unit), WIDE_DEFAULT))
        needed = (_width_for(made) for _, made in self._scenes(scene))
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


def _method(method: str | None, overlap: bool) -> str:
    """Return how the layer is computed; overlap is of stamps."""
    if method is None:
        return "scatter" if overlap else "gather"
    if overlap and method == "gather":
        raise ConvanimError("overlap", "", "shows stamps; use `method=scatter` with it, or leave `method` out")
    return one_of("method", method, METHODS)


def _suitable(planned: AnyPlan, has_field: bool) -> str:
    """Return the view for a plan of which none is asked for: the first that is for its kind."""
    if isinstance(planned.layer, Chain):
        if (planned.layer.returns or planned.layer.compared) and not has_field:
            return "flat"
        if planned.layer.dims == 1:
            return "line"
    return next(name for name, view in VIEWS.items() if planned.kind in view.drawers)


def _decimals(value: object) -> int:
    count = whole("decimals", value)
    if not 0 <= count <= MOST_DECIMALS:
        raise ConvanimError("decimals", count, f"must be between 0 and {MOST_DECIMALS}")
    return count


def _field(planned: AnyPlan, field: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the cell of a chain's output whose receptive field is asked for."""
    if field is None:
        return None
    if not isinstance(planned.layer, Chain):
        raise ConvanimError("field", "", "is for chains of layers; leave it out")
    size = planned.output_size
    cell = tuple(whole("field", part) for part in (field if isinstance(field, tuple | list) else (field,) * len(size)))
    if len(cell) != len(size) or not all(-n <= c < n for c, n in zip(cell, size, strict=True)):
        last = "x".join(str(n - 1) for n in size)
        raise ConvanimError("field", "x".join(map(str, cell)), f"is no cell of the output; the last is {last}")
    return tuple(c % n for c, n in zip(cell, size, strict=True))


def _phrases(layer: Layer | Chain, caption: bool | str) -> tuple[str, ...]:
    if isinstance(caption, str):
        return (caption,) if caption.split() else ()
    return caption_of(layer) if flag("caption", caption) else ()


def _page(background: str | None) -> RGB | None:
    return None if background in (None, "transparent") else parse_colour("background", background)
