"""Draw several layers in one picture, each under a heading, all running in step."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from convanim.animations.animation import Animation
from convanim.animations.contradictions import refuse_contradictions, refuse_unshown
from convanim.animations.drawing import animated, first_shown, phrases, prepare
from convanim.animations.exercise import questions
from convanim.animations.fitting import LEAST_TEXT, WIDE_DEFAULT, WIDEST_DEFAULT, Drawn, needed_width
from convanim.animations.settings import PageLook, Shown
from convanim.base.errors import ConvanimError
from convanim.base.language import counted, message, translated
from convanim.base.options import flag, one_of
from convanim.base.records import dataclass
from convanim.formats.clip import Told
from convanim.inputs.building import Built
from convanim.layers import Chain, Layer
from convanim.motion.timeline import Playing
from convanim.plans import Plan, plan
from convanim.views import VIEWS, Look, suitable
from convanim.views.comparison import ARRANGEMENTS, Part, join
from convanim.views.scene import Scene
from convanim.words.captions import biases, channels
from convanim.words.costs import Fact

_PREPARED = (
    "seed",
    "values",
    "order",
    "labels",
    "decimals",
    "shades",
    "bars",
    "matrix",
    "tint",
    "to_scale",
    "classic",
    "reveal",
)
"""The settings that apply to the picture of each layer."""

_LEAST_LETTERS, _LETTERS = 9.6, 16.0
"""Size of headings and labels in pixels: the smallest, and that at the usual width."""

_LETTERS_IN_WIDTH = 46
"""The width of narrower pictures as a multiple of their letter size."""

WIDE_VIEWS = frozenset({"flat", "matrix"})
"""The views whose pictures are wide."""

_PICTURES_ACROSS = 2
"""How many pictures of their own usual width the usual width of several beside each other holds."""

_MOST_ABOVE = 2
"""The most pictures that stand one above the other where words would have no room otherwise: more would be a tower."""

_USUAL_WIDTHS = {"side": WIDE_DEFAULT, "above": 640}
"""The smallest width in pixels if none is requested, by arrangement."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One of the layers that are drawn together.

    Attributes
    ----------
    built : Built
        The layer with its numbers and names.
    title : str
        Its heading.
    subtitle : str or None
        The line below it; by default, what the layer costs and what is left out of it.
    method : str
        A key of ``METHODS``.
    called : str
        What errors call it, if that is not its number.
    """

    built: Built
    title: str
    subtitle: str | None = None
    method: str = "gather"
    called: str = ""


def together(
    panels: Sequence[Panel],
    captions: Callable[[], tuple[str, ...]],
    telling: Callable[[Sequence[Drawn]], Told],
    *,
    facts: Sequence[Fact] = (),
    arrange: str | None = None,
    view: str | None = None,
    caption: bool | str | None = None,
    option: str = "layer",
    is_numeric: bool = False,
    wide: AbstractSet[str] = WIDE_VIEWS,
    compact: str | None = None,
    **looks: Any,
) -> Animation:
    """Return one animation of several layers, or chains of layers, that run in step.

    Parameters
    ----------
    panels : sequence of Panel
        The layers.
    captions : callable
        Returns the phrases below the picture.
    telling : callable
        Returns the description of the animation, given how each layer is drawn.
    facts : sequence of Fact
        The amounts that bars compare.
    arrange : str, optional
        A key of `ARRANGEMENTS`; by default side by side, or one above the other in wide views, and where words
        would have no room otherwise.
    view, caption, **looks
        As in `animate`, for all layers.
    option : str
        The option that errors name, with what the layer at fault is called.
    is_numeric : bool
        Whether numbers are shown unless the settings say otherwise.
    wide : set of str
        The views whose pictures stand one above the other by default.
    compact : str, optional
        The view of all layers where none is asked for and the channels of some would leave words no room.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or a layer cannot be drawn.
    """
    given = {"arrange": arrange, "caption": caption, "option": option, "is_numeric": is_numeric, "wide": wide, **looks}
    own = {name: looks.pop(name) for name in _PREPARED if name in looks}
    page = {one.name: looks.pop(one.name) for one in fields(PageLook) if one.name in looks}
    playing = Playing(**looks)
    if flag("tour", playing.tour):
        raise ConvanimError("tour", "", "goes through one layer or one chain, not through several; leave it out")
    if flag("exercise", playing.exercise):
        _refuse_several(panels)
        refuse_contradictions(exercise=True, **own)
        own["values"] = own["reveal"] = True
    if view is None and own.get("matrix"):
        view = "matrix"
    if own.get("reveal") is None:
        # All outputs fill as they are computed, or none, so that a waiting layer looks finished.
        own["reveal"] = not flag("classic", own.get("classic", False))
    plans: list[Plan] = []
    for number, panel in enumerate(panels, 1):
        its = panel.built
        with blaming(option, panel.called or number):
            plans.append(plan(its.layer, input=its.input, kernel=its.kernel, bias=its.bias, method=panel.method))
    asked, labels = own.get("values"), own.get("labels", "auto")
    is_labelled = bool(asked or own.get("shades") or own.get("bars") or labels in ("numbers", "letters"))
    is_labelled = is_labelled or (is_numeric and asked is not False and labels != "none")
    seen = _views(plans, view, is_labelled)
    drawn: list[Drawn] = []
    for number, (panel, name) in enumerate(zip(panels, seen, strict=True), 1):
        its, shown = panel.built, Shown(method=panel.method, view=name, **own)
        with blaming(option, panel.called or number, _PREPARED):
            like = _like(its.layer, panels)
            one = prepare(its.layer, shown, its.input, its.kernel, its.bias, its.names, like)
        drawn.append(one.looking(is_beside=True))
    refuse_unshown(drawn, view, own.get("classic", False))
    questioned = questions(drawn[0]) if playing.exercise else None
    usual = "above" if wide & set(seen) or len(panels) == 1 else "side"
    arrange = usual if arrange is None else one_of("arrange", arrange, ARRANGEMENTS)
    widths = [0.0]
    for number, (panel, one) in enumerate(zip(panels, drawn if len(drawn) > 1 else (), strict=False), 1):
        with blaming(option, panel.called or number, ("view",)):
            widths.append(one.width)
    # Letters are sized as in one picture; of many beside each other, each has a small share of the whole.
    across = max(widths) if arrange == "above" else max(*widths, sum(widths) / _PICTURES_ACROSS)
    drawn = [one.looking(across=across) for one in drawn]
    whole = _Together(tuple(drawn), tuple(panels), tuple(facts), arrange, option)
    if view is None and compact and any(one.has_channels for one in plans) and _is_crowded(whole, page.get("width")):
        return together(panels, captions, telling, facts=facts, view=compact, **given)
    is_free = given["arrange"] is None and arrange == "side" and page.get("width") is None
    if is_free and len(panels) <= _MOST_ABOVE and _is_crowded(whole, None):
        given["arrange"] = "above"
        return together(panels, captions, telling, facts=facts, view=view, compact=compact, **given)
    step = first_shown(whole.scene(page.get("width")), playing.still)
    scales, signs = list[tuple[str, ...]](), dict[str, None]()
    for number, (panel, one) in enumerate(zip(panels, () if page.get("legend") else drawn, strict=False), 1):
        with blaming(option, panel.called or number, ("view",)):
            scales.append(one.laid_out[0])
            signs |= dict.fromkeys(one.signs(step, playing.still is not None))
    measured = _scales_of(panels, scales)
    # What small numbers are in one panel and in another is said together.
    chips = {told for one in drawn for told in one.told_of_chips}
    signs = dict.fromkeys(sorted(signs, key=chips.__contains__))
    told = phrases(lambda: (*captions(), *measured, *signs), True if caption is None else caption)
    return animated(
        whole,
        lambda: replace(telling(drawn), asked=questioned),
        told,
        labels,
        PageLook(**page),
        playing,
    )


def _is_crowded(whole: _Together, width: int | None) -> bool:
    """Return whether words would be too small at a width, or at any default width."""
    return needed_width(whole.scene(width)) > (width or WIDEST_DEFAULT)


def _scales_of(panels: Sequence[Panel], scales: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what is said of the scales of all panels, of each by its title where they differ."""
    if len(set(scales)) < 2:
        return scales[0] if scales else ()
    return tuple(
        translated("{name}: {what}", name=panel.title, what=said)
        for panel, own in zip(panels, scales, strict=True)
        for said in own
    )


def _refuse_several(panels: Sequence[Panel]) -> None:
    """Raise if there are several layers, since an exercise asks about one."""
    if len(panels) > 1:
        ways = [f"`part={panel.called}`" for panel in panels if panel.called]
        why = "asks for one value a step, and several layers run in step"
        raise ConvanimError("exercise", "", why if ways else f"{why}; leave it out", ways=ways)


@dataclass(frozen=True)
class _Together:
    """Several layers that are drawn as one picture."""

    drawn: tuple[Drawn, ...]
    panels: tuple[Panel, ...]
    facts: tuple[Fact, ...]
    arrange: str
    option: str

    @property
    def look(self) -> Look:
        """The look of the layer with the most labels, never classic: the guide has no comparisons."""
        return replace(max((one.look for one in self.drawn), key=lambda look: look.is_labelled), classic=False)

    @property
    def is_numeric(self) -> bool:
        """Whether any of the layers may have numbers outside the cells."""
        return any(one.is_numeric for one in self.drawn)

    @property
    def are_weighted(self) -> bool:
        """Whether all layers of each have weights."""
        return all(one.are_weighted for one in self.drawn)

    @property
    def told_of_chips(self) -> tuple[str, ...]:
        """What a caption says of the weights in the corners of cells."""
        return tuple(told for one in self.drawn for told in one.told_of_chips)

    def said_of_still(self, step: int) -> tuple[str, ...]:
        """Return what a caption says of a step that is shown alone; a layer with fewer steps waits at its last one."""
        said = dict.fromkeys(said for one in self.drawn for said in one.said_of_still(step))
        lasts = [one.scene().steps - 1 for one in self.drawn]
        if min(lasts) <= step < max(lasts):
            said[translated("what is finished waits at its last step")] = None
        return tuple(said)

    def scene(self, width: int | None) -> Scene:
        """Return the joined scene, with headings that are legible at a width."""
        from convanim.render.layout import MARGIN, unit_of

        def letters(across: float) -> float:
            usual = _letters(wide) * (across + 2 * MARGIN) / wide
            # Small pictures have wider margins than `MARGIN`.
            return max(usual, LEAST_TEXT / unit_of(across, wide))

        wide = width or _USUAL_WIDTHS[self.arrange]
        parts = []
        for number, (one, panel) in enumerate(zip(self.drawn, self.panels, strict=True), 1):
            subtitle = _subtitle(panel.built, one.look) if panel.subtitle is None else panel.subtitle
            with blaming(self.option, panel.called or number, ("view",)):
                parts.append(Part(one.scene(), panel.title, subtitle))
        return join(parts, self.facts, self.arrange, letters)

    def wish(self, across: float) -> int:
        """Return the preferred width in pixels of a picture that is ``across`` cells wide."""
        wishes = [round(one.unit * across) for one in self.drawn]
        return max(_USUAL_WIDTHS[self.arrange], min(max(wishes), WIDE_DEFAULT))

    def looking(self, **changes: Any) -> _Together:
        """Return a copy with changes to the look of each layer."""
        return replace(self, drawn=tuple(one.looking(**changes) for one in self.drawn))


@contextmanager
def blaming(option: str, which: object, common: Container[str] = ()) -> Iterator[None]:
    """Make errors name the layer at fault, unless they concern an option common to all layers."""
    try:
        yield
    except ConvanimError as error:
        if error.option in common:
            raise
        raise ConvanimError(option, which, "{}", error) from error


def _like(layer: Layer | Chain, panels: Sequence[Panel]) -> Layer | Chain:
    """Return the layer whose random input a layer has: one for all that read inputs of a size, to be compared."""
    wanted = layer.input_size, layer.grouping.in_channels
    for other in (panel.built.layer for panel in panels):
        first = other.layers[0] if isinstance(other, Chain) else other
        if not first.is_weighted and (other.input_size, other.grouping.in_channels) == wanted:
            return other
    return layer


def _views(plans: Sequence[Plan], asked: str | None, is_labelled: bool) -> tuple[str, ...]:
    """Return the view of each layer: the most specialised one that can draw all, or else one for each."""
    if asked is not None:
        return (one_of("view", asked, VIEWS),) * len(plans)
    wishes = tuple(suitable(one, is_labelled=is_labelled) for one in plans)
    shared = [name for name, view in VIEWS.items() if name in wishes and all(one.dims in view.dims for one in plans)]
    return (shared[-1],) * len(plans) if shared else wishes


def _subtitle(built: Built, look: Look) -> str:
    """Return the line below a title: channels if several, parameters, and what is left out."""
    layer = built.written
    count = layer.parameters
    told = counted("{count} parameter", "{count} parameters", count) if count else translated("no parameters")
    if biases(layer):
        with_bias = message("{what} with biases") if biases(layer) > 1 else message("{what} with bias")
        told = translated(with_bias, what=told)
    many = "" if layer.grouping.is_single else channels(layer)
    return " · ".join(filter(None, (many, told, *built.lacks(look.is_labelled, is_brief=bool(many)))))


def _letters(width: int) -> float:
    """Return the size of headings and labels in pixels, for a picture of some width in pixels."""
    return max(_LEAST_LETTERS, min(width / _LETTERS_IN_WIDTH, max(_LETTERS, width * _LETTERS / WIDE_DEFAULT)))
