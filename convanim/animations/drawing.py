"""Turn a layer into its animation: choose the plan and the view, the steps and the colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from convanim.animations.animation import Animation
from convanim.animations.contradictions import refuse_contradictions, refuse_stampless, refuse_unshown
from convanim.animations.description import told_of
from convanim.animations.exercise import questions
from convanim.animations.fitted_signs import signs_in_greys, signs_shown
from convanim.animations.fitting import DEFAULT_WIDTH, Drawable, Drawn, fitted
from convanim.animations.settings import SETTINGS, PageLook, Shown
from convanim.base.errors import ConvanimError
from convanim.base.extending import load_plugins
from convanim.base.language import ENGLISH, kept, speaks, spoken, translated
from convanim.base.options import composed, flag, one_of, quoted, whole
from convanim.base.settings import documented
from convanim.base.text import MOST_DRAWN
from convanim.formats.clip import Told
from convanim.inputs.building import Built
from convanim.layers import METHODS, Chain, Layer
from convanim.motion.timeline import DEFAULT_FPS, Playing, Timeline
from convanim.plans import USUAL_NAMES, Names, Plan, plan, plan_like
from convanim.plans.values import checked_seed
from convanim.render.fonts import Fonts, lettering
from convanim.render.theme import RGB, find_theme, parse_colour
from convanim.views import VIEWS, Look, refuse_without_effect, suitable
from convanim.views.look import MATRICES, NAME_SHARES
from convanim.views.over_rays import above_rays
from convanim.views.scene import Scene
from convanim.words.captions import LABELS, SHADED
from convanim.words.captions import caption as caption_of

if TYPE_CHECKING:
    from convanim.animations.tour import Tour

_LEAST_NAMED = 200
"""The least width in pixels of a picture below which its operation is named, unless that is asked for."""


@speaks
@documented(Shown, PageLook, Playing)
def animate(
    layer: Layer | Chain | Built,
    *,
    input: object = None,
    kernel: object = None,
    bias: object = None,
    seed: int = 0,
    values: bool | None = None,
    labels: str = "auto",
    decimals: int = 2,
    shades: bool = False,
    bars: bool = False,
    method: str | None = None,
    order: str | None = None,
    overlap: bool = False,
    field: Sequence[int] | None = None,
    effective: bool = False,
    width: int | None = None,
    height: int | None = None,
    view: str | None = None,
    matrix: str | None = None,
    theme: str = "guide",
    tint: bool = False,
    to_scale: bool = False,
    classic: bool = False,
    reveal: bool | None = None,
    caption: bool | str | None = None,
    legend: bool | None = None,
    language: str = ENGLISH,
    font: str | None = None,
    ids: bool = False,
    background: str | None = None,
    steps: tuple[int | None, int | None] = (None, None),
    every: int = 1,
    still: int | None = None,
    step_time: float = 1.0,
    hold: float = 0.0,
    hold_first: float = 0.0,
    loop: int = 0,
    motion: str = "steps",
    fps: int = DEFAULT_FPS,
    easing: str = "in-out",
    tour: bool = False,
    tour_words: str | None = None,
    exercise: bool = False,
) -> Animation:
    """Return the animation of a layer, or of a chain of layers.

    Parameters
    ----------
    layer : Layer, Chain or Built
        For example ``Conv(input_size=(5, 5), kernel_size=3, padding=1)``; a
        `Built` has its own numbers.
    input, kernel : array or nested sequence of numbers, optional
        The numbers of the layer; random by default. For a chain, ``kernel``
        is a list with one kernel (or None) per layer.
    bias : sequence of numbers, optional
        One per output channel, if the layer has a bias.
    {settings}

    Returns
    -------
    Animation
        Nothing is drawn until frames are requested or it is saved.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or the layer cannot be drawn.

    Examples
    --------
    >>> from convanim import Conv, animate
    >>> animate(Conv(5, 3, padding=1), width=395, classic=True).size
    (395, 450)
    """
    built = layer if isinstance(layer, Built) else Built(layer)
    input, kernel, bias = (
        own if given is None else given
        for given, own in ((input, built.input), (kernel, built.kernel), (bias, built.bias))
    )
    if flag("exercise", exercise):
        refuse_contradictions(
            exercise=exercise,
            values=values,
            labels=labels,
            reveal=reveal,
            overlap=overlap,
            field=field,
            effective=effective,
            tour=tour,
        )
        values = reveal = True
        if view is None and matrix is None and isinstance(built.layer, Chain):
            # Other views of chains leave out the weights.
            view = "flat"
    if flag("tour", tour) and reveal is None and not classic:
        reveal = True
    shown = Shown(
        seed=seed,
        values=values,
        labels=labels,
        decimals=decimals,
        shades=shades,
        bars=bars,
        method=method,
        order=order,
        overlap=overlap,
        field=field,
        effective=effective,
        view=view,
        matrix=matrix,
        tint=tint,
        to_scale=to_scale,
        classic=classic,
        reveal=reveal,
    )
    drawn = prepare(built.layer, shown, input, kernel, bias, built.names)
    refuse_contradictions(matrix=matrix, classic=classic)
    refuse_unshown([drawn], view, classic)
    asked = questions(drawn) if exercise else None
    lacks = built.lacks(drawn.look.is_labelled)
    is_brief = caption is None and not drawn.needs_caption
    is_tiny = is_brief and width is not None and whole("width", width) < _LEAST_NAMED
    is_told = not (classic or tour or is_tiny) if caption is None else caption
    drawn = drawn.looking(has_notes=is_told is not True)

    def usual() -> tuple[str, ...]:
        signs = () if legend else drawn.signs(first_shown(drawn.scene(), still), still is not None)
        return (*caption_of(built.written, is_brief), *drawn.laid_out[0], *signs)

    told = phrases(usual, is_told)
    playing = Playing(
        steps=steps,
        every=every,
        still=still,
        step_time=step_time,
        hold=hold,
        hold_first=hold_first,
        loop=loop,
        motion=motion,
        fps=fps,
        easing=easing,
        tour=tour,
        tour_words=tour_words,
        exercise=exercise,
    )
    shown_as: Drawable = drawn
    if tour:
        from convanim.animations.tour import tour_of

        shown_as = tour_of(drawn, playing, height)
    return animated(
        shown_as,
        lambda: replace(
            told_of(drawn.walked, _method(method, overlap), built.whole, lacks, drawn.laid_out[1]), asked=asked
        ),
        told if caption is False else (*told, *lacks, *([translated(SHADED)] if effective else [])),
        labels,
        PageLook(
            width=width,
            height=height,
            theme=theme,
            background=background,
            caption=caption,
            legend=legend,
            language=language,
            font=font,
            ids=ids,
        ),
        playing,
    )


def prepare(
    layer: Layer | Chain,
    shown: Shown,
    input: object = None,
    kernel: object = None,
    bias: object = None,
    names: Names = USUAL_NAMES,
    like: Layer | Chain | None = None,
) -> Drawn:
    """Return how `animate` draws a layer; it documents the parameters.

    A random input is that of the layer ``like`` if there is one.

    Raises
    ------
    ConvanimError
        If a value is not allowed.
    """
    load_plugins()
    checked_seed(shown.seed)
    refuse_contradictions(view=shown.view, matrix=shown.matrix)
    refuse_contradictions(values=shown.values, labels=shown.labels, decimals=shown.decimals, shades=shown.shades)
    refuse_contradictions(bars=shown.bars, shades=shown.shades, overlap=shown.overlap)
    if flag("overlap", shown.overlap):
        refuse_stampless(layer)
    method = _method(shown.method, shown.overlap)
    labels = one_of("labels", shown.labels, LABELS)
    shades, bars = flag("shades", shown.shades), flag("bars", shown.bars)
    values = None if shown.values is None else flag("values", shown.values)
    bare: Plan = plan(layer, method=method, order=shown.order)
    if not len(bare):
        raise ConvanimError("active", "", "names only cells that no window covers, so that no output cell is made")
    is_given = any(
        one is not None for one in (input, kernel, bias, *(layer.kernels if isinstance(layer, Chain) else ()))
    )
    is_told = not bare.is_chain and bare.last.layer.has_indices and not shown.classic
    is_wanted = values or labels in ("numbers", "letters") or shades or bars or (is_given and values is None)
    is_wanted = is_wanted or (is_told and values is None and labels == "auto")
    matrix = "im2col" if shown.matrix is None else one_of("matrix", shown.matrix, MATRICES)
    usual = "matrix" if shown.matrix else suitable(bare, shown.field is not None, bool(is_wanted))
    name = usual if shown.view is None else one_of("view", shown.view, VIEWS)
    for option in ("tint", "to_scale"):
        if flag(option, getattr(shown, option)):
            refuse_without_effect(name, option)
    is_automatic = VIEWS[name].is_numeric or is_given or is_told or shown.overlap
    is_shown = is_automatic if values is None else values
    has_numbers = labels == "numbers" or shades or bars or (is_shown and labels == "auto")
    # Numbers are checked even if they are not shown.
    valued: Plan = plan_like(
        layer,
        like or layer,
        input=input,
        kernel=kernel,
        bias=bias,
        seed=shown.seed if has_numbers else None,
        method=method,
        order=shown.order,
    )
    planned = valued if has_numbers else bare
    if flag("effective", shown.effective):
        _refuse_unweighed(shown)
        # The numbers in cells are shares, of which there are none before the input is reached.
        planned, labels = bare.walking(is_weighed=True), "none" if values is False or labels == "none" else "numbers"
    look = Look(
        classic=flag("classic", shown.classic),
        labels=("numbers" if has_numbers and values is not False else "none") if labels == "auto" else labels,
        has_shares=planned.has_shares and labels == "auto" and values is None and not shown.classic,
        decimals=SETTINGS["decimals"].checked(shown.decimals),
        keeps_kernel=planned.last.has_factors,
        has_shades=shades,
        has_bars=bars,
        matrix=matrix,
        is_tinted=flag("tint", shown.tint),
        is_to_scale=flag("to_scale", shown.to_scale),
        overlap=shown.overlap,
        field=_field(planned, shown.field),
    )
    drawn = Drawn(replace(planned, names=names), VIEWS[name], look)
    is_filled = drawn.view.is_filled or drawn.is_composed or look.is_labelled or look.overlap
    has_two = drawn.view.module == VIEWS["oblique"].module and not drawn.is_composed
    return drawn.looking(
        reveal=is_filled and not look.classic if shown.reveal is None else flag("reveal", shown.reveal),
        name_share=NAME_SHARES[0] * (has_two and not look.classic),
    )


def animated(
    drawn: Drawable,
    telling: Callable[[], Told],
    caption: tuple[str, ...],
    labels: str,
    page: PageLook,
    playing: Playing,
    is_figure: bool = False,
) -> Animation:
    """Return the animation of a drawing; `animate` documents most of the parameters.

    ``telling``, which returns its description, is called once the drawing is known to fit.
    ``is_figure`` is that of the animation.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or letters would be too small.
    """
    has_legend, has_ids = page.legend is not None and flag("legend", page.legend), flag("ids", page.ids)
    refuse_contradictions(**asdict(playing))
    if playing.tour_words is not None and not playing.tour:
        raise ConvanimError("tour_words", quoted(playing.tour_words), "are of a tour; add `tour`, or leave it out")

    def finished(less: Drawable, made: Scene) -> Scene:
        if playing.still is not None and tour is None:
            made = made.alone(first_shown(made, playing.still))
        shown = made.moment(first_shown(made, playing.still if tour is None else None))
        has_room = (wide or DEFAULT_WIDTH) >= DEFAULT_WIDTH
        said = signs_shown(caption, drawn, made, shown, playing.still is not None, has_room)
        if caption and not (isinstance(page.caption, str) or has_legend):
            if playing.still is not None:
                said = (*said, *less.said_of_still(*Timeline.still(made.steps, playing.still).steps))
            if colours.hatch:
                said = signs_in_greys(said, shown)
        # Its words are those of the language that is spoken now.
        legend = made.legend if has_legend else ()
        return replace(made, caption=said, entries=lambda: legend)

    sides = {"width": page.width, "height": page.height}
    wide, high = (None if side is None else whole(name, side) for name, side in sides.items())
    colours = find_theme(page.theme, _page(page.background))
    tour = _tour(drawn) if playing.tour else None
    fonts = Fonts.of(page.language, (*caption, *(tour.words if tour else ())), page.font)
    with lettering(fonts):
        scene, layout, notes = fitted(drawn, finished, wide, labels, high, playing.exercise)
    return Animation(
        above_rays(scene) if drawn.look.in_cells.is_labelled else scene,
        colours,
        layout,
        tour.timeline(scene.steps, playing) if tour else Timeline.of(scene.steps, playing),
        _lasting(tour.told(telling()) if tour else telling()),
        page.background == "transparent",
        notes,
        tuple(name for name, side in sides.items() if side is not None),
        has_ids,
        fonts,
        is_figure,
    )


def first_shown(scene: Scene, still: int | None) -> int:
    """Return the step of a scene that is shown alone, or the first one.

    Raises
    ------
    ConvanimError
        If there is no such step.
    """
    return 0 if still is None else Timeline.still(scene.steps, still).steps[0]


def _tour(drawn: Drawable) -> Tour | None:
    """Return a drawing as the tour that it may be."""
    from convanim.animations.tour import Tour

    return drawn if isinstance(drawn, Tour) else None


def _lasting(told: Told) -> Told:
    """Return a description that goes on to speak the language that is spoken now."""
    asked = told.asked and kept(told.asked)
    return replace(told, step=kept(told.step), sum=kept(told.sum), asked=asked, language=spoken())


def _method(method: str | None, overlap: bool) -> str:
    """Return the method of computing the layer; showing overlap requires stamps."""
    if method is None:
        return "scatter" if overlap else "gather"
    method = one_of("method", method, METHODS)
    if overlap and method == "gather":
        raise ConvanimError("overlap", "", "shows stamps, which `method=gather` does not; leave one of the two out")
    return method


def _field(planned: Plan, field: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the output cell of a chain whose receptive field is requested."""
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


def _refuse_unweighed(shown: Shown) -> None:
    """Raise if an option leaves nothing to be weighed, or has no place in cells that show shares."""
    if shown.field is None:
        raise ConvanimError(
            "effective", "", "weighs the receptive field of an output cell; name that too", ways=("`field=0x0`",)
        )
    if shown.shades or shown.labels == "letters":
        option, value = ("shades", "") if shown.shades else ("labels", shown.labels)
        raise ConvanimError(option, value, "has no effect beside `effective`; leave one of the two out")


def phrases(usual: Callable[[], tuple[str, ...]], caption: bool | str) -> tuple[str, ...]:
    """Return the phrases of a caption: the user's text, the usual ones, or none.

    Raises
    ------
    ConvanimError
        If the text is too long, or has invisible letters.
    """
    if isinstance(caption, str):
        text = composed("caption", caption, MOST_DRAWN)
        return (text,) if text.split() else ()
    return usual() if flag("caption", caption) else ()


def _page(background: str | None) -> RGB | None:
    is_usual = background is None or (isinstance(background, str) and background == "transparent")
    return None if is_usual else parse_colour("background", background)
