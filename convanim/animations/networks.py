"""Draw a whole model as blocks: its feature maps from left to right, with what leads from one to another."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property
from typing import Any

from convanim.animations.animation import Animation
from convanim.animations.drawing import animated, phrases
from convanim.animations.fitting import LEAST_TEXT, WIDE_DEFAULT
from convanim.animations.settings import SETTINGS, PageLook
from convanim.base.errors import ConvanimError
from convanim.base.language import speaks, translated
from convanim.base.options import quoted
from convanim.base.records import dataclass
from convanim.formats.clip import Told
from convanim.frameworks.models import Model
from convanim.frameworks.models.network import JOINS, Block, Network, network_of
from convanim.motion.timeline import Playing
from convanim.views import Look
from convanim.views.network import NetworkDrawing, bracket_sample, sample, sign_sample, solid_sample
from convanim.views.network_layout import Placing
from convanim.views.network_pieces import Lengths, tint_of
from convanim.views.network_ways import Chosen, Layouts
from convanim.views.scene import Entry, Scene
from convanim.words import networks as words
from convanim.words.networks import Doing, doing, usual_activation, usual_of

_TINTS = ("conv1", "conv", "conv5", "conv7", "depthwise", "pool", "pool_mean", "up", "up_fixed", "dense")
"""The tints of blocks that the legend says."""

_LETTERS, _SMALLER = 13.6, (12.0, 10.8, 9.6, LEAST_TEXT + 0.1, 6.5, 4.5, 3.0)
"""The sizes of letters in pixels that are tried, the best first; those that cannot be read are left out in the end."""

_LARGEST, _OF_WIDTH = 15.0, 53
"""The largest letters of pictures of few blocks: in pixels, or of a width so many times theirs."""


@speaks
def animate_model(model: Model, *, first: int | None = None, last: int | None = None, **looks: Any) -> Animation:
    """Return the picture of a whole model as blocks, which fill one after the other.

    Each block is a feature map: rows run down, columns away from the viewer
    and channels to the right, and its sides are drawn in proportion to the
    root of their sizes. What is repeated is folded where the picture would
    get too long, encoders and decoders with skips form a U, and long
    networks take several rows.

    Parameters
    ----------
    model : Model
        What `read_model` returns.
    first, last : int, optional
        The numbers of two layers in the model's list: only what lies between
        what the first and the last of them make is drawn.
    **looks
        Of the settings of `animate`, those of the page and of the time:
        ``width``, ``theme``, ``caption``, ``legend`` (there unless it is
        False), ``still``, ``step_time`` and so on.

    Returns
    -------
    Animation
        Nothing is drawn until frames are requested or it is saved. Files that
        hold still pictures show the finished one.

    Raises
    ------
    ConvanimError
        If a value is not allowed, a size is not known, or there are too many blocks for the width.

    Examples
    --------
    >>> from convanim.frameworks.model_files import read_text
    >>> animate_model(read_text("nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2))", 28)).size[0]
    960
    """
    page = {one.name: looks.pop(one.name) for one in fields(PageLook) if one.name in looks}
    times = {one.name: looks.pop(one.name) for one in fields(Playing) if one.name in looks}
    _refuse_others(looks)
    if times.get("exercise"):
        raise ConvanimError("exercise", "", "asks for values, and blocks have none; leave it out")
    if not isinstance(model, Model):
        raise ConvanimError("model", quoted(model), "is no model; give what `read_model` returns")
    network = network_of(model).part(first, last)
    made = _Made(network)
    if page.get("legend") is None:
        page["legend"] = True
    caption = page.get("caption")
    playing = Playing(**times)
    told = phrases(lambda: made.caption(bool(page["legend"])), True if caption is None else caption)
    shown = animated(
        _Drawn(made),
        lambda: made.told(page.get("width")),
        told,
        "auto",
        PageLook(**page),
        playing,
        is_figure=playing == Playing(),
    )
    return replace(shown, notes=(*shown.notes, *network.notes, *made.folded(shown.layout.width)))


def _refuse_others(looks: dict[str, Any]) -> None:
    """Raise if a setting of layers is given."""
    for name, value in looks.items():
        if name not in SETTINGS:
            raise TypeError(f"animate_model() got an unexpected keyword argument {name!r}")
        is_usual = value is SETTINGS[name].default or repr(value) == repr(SETTINGS[name].default)
        if not is_usual and not (name == "view" and isinstance(value, str) and value == "blocks"):
            why = "is of the picture of a layer, not of a whole network; leave it out"
            raise ConvanimError(name, quoted(value), why)


@dataclass(frozen=True, eq=False)
class _Made:
    """A network with what makes its blocks, and how it may be laid out."""

    network: Network

    @cached_property
    def doings(self) -> tuple[Doing, ...]:
        """What makes each block."""
        return tuple(doing(one.layer, _operation(one), one.passed) for one in self.network.blocks)

    @cached_property
    def usual(self) -> dict[str, Doing]:
        """What each kind of block is mostly made by."""
        pairs = [(tint_of(one), its) for one, its in zip(self.network.blocks, self.doings, strict=True)]
        tints = {tint: [its for one, its in pairs if one == tint] for tint in _TINTS}
        return {tint: usual_of(many) for tint, many in tints.items() if many}

    @cached_property
    def activation(self) -> str:
        """The activation that most blocks have."""
        return usual_activation(self.doings)

    @cached_property
    def closing(self) -> str:
        """The activation that most of the others have."""
        return usual_activation(self.doings, besides=self.activation)

    @cached_property
    def layouts(self) -> Layouts:
        """The ways in which it may be laid out."""
        pairs = zip(self.network.blocks, self.doings, strict=True)
        # What is concatenated may grow from one part to the next, as in networks whose blocks take all before them.
        looks = [(one.kind, one.size, one.operation == "Concat" or one.channels, its) for one, its in pairs]
        return Layouts(self.network.blocks, looks, self._placing)

    def _placing(self, blocks: tuple[Block, ...], lengths: Lengths, *more: Any) -> Placing:
        return Placing(blocks, self.doings, self.usual, self.activation, self.closing, lengths, *more)

    def chosen(self, width: int | None) -> Chosen:
        """Return how it is laid out for a width in pixels.

        Raises
        ------
        ConvanimError
            If it has too many blocks.
        """
        wide = width or WIDE_DEFAULT
        larger = max(1.0, wide / WIDE_DEFAULT) ** 0.75
        for letters in (_LETTERS * larger, *_SMALLER):
            found = self.layouts.best(wide / letters - 2)
            if found is not None:
                return found
        count = len(self.network.blocks)
        raise ConvanimError(
            "width", wide, f"is too narrow for {count} blocks; use a larger one, or draw a part with --from and --to"
        )

    def folded(self, width: int | None) -> tuple[str, ...]:
        """Return notes on what is folded in the picture."""
        chosen = self.chosen(width)
        told = {"what follows itself is drawn once, with × and how often": chosen.repeats}
        told["branches are drawn as one block"] = chosen.bundles
        wider = "; a larger width shows more"
        return tuple(f"{note}{wider}" for note, count in told.items() if count)

    def legend(self, chosen: Chosen) -> tuple[Entry, ...]:
        """Return the legend: what makes each kind of block, and the signs of joins."""
        piece = chosen.piece
        tints = {box.tint for box in piece.boxes}
        found = [Entry(translated("input"), sample("net_input"))] if "input" in tints else []
        told: set[str] = set()
        for tint, usual in self.usual.items():
            if tint in tints:
                band = "" if not usual.passed else "net_closing" if self.closing in usual.passed else f"net_{tint}_band"
                found.append(Entry(usual.label, sample(f"net_{tint}", band)))
                told.add(band)
        # An activation whose colour no entry has told yet has its own.
        drawn = [*(box.band for box in piece.boxes), *(mark.band for mark in piece.marks)]
        bands = dict.fromkeys(band for band in drawn if band not in ("", *told))
        if others := [band for band in bands if band != "net_closing"]:
            found.append(Entry(self.activation, sample(others[0])))
        if "net_closing" in bands:
            found.append(Entry(self.closing, sample("net_closing")))
        if "copy" in tints:
            found.append(Entry(doing(None, "copied").label, sample("net_copy")))
        # The first of each kind tells what activation is behind it.
        signs = {(mark.sign, mark.band): mark.number for mark in reversed(piece.marks)}
        for (rule, band), number in reversed(signs.items()):
            passed = self.doings[number].passed if band else ()
            found.append(Entry(doing(None, rule, passed).label, sign_sample(rule, band)))
        if chosen.repeats:
            found.append(Entry(translated(words.REPEATED), bracket_sample()))
        return (*found, Entry(translated(words.RULE), solid_sample()))

    def caption(self, has_legend: bool) -> tuple[str, ...]:
        """Return the phrases below the picture, with what a legend says of lengths where there is none."""
        return (self.network.name, *(() if has_legend else (translated(words.RULE),)))

    def told(self, width: int | None) -> Told:
        """Return the description of the animation."""
        numbers = self.chosen(width).piece.numbers
        blocks = self.network.blocks
        first, last = (words.shape(one.size, one.channels) for one in (blocks[0], blocks[-1]))
        labels = list(dict.fromkeys(its.label for one, its in zip(blocks, self.doings, strict=True) if one.sources))
        alt = words.alt(self.network.name, first, last, len(blocks), labels)

        def step(at: int) -> str:
            return self.sentence(numbers[at]) if at < len(numbers) else ""

        return Told(self.network.name, alt, step, lambda _: "", self.data)

    def sentence(self, number: int) -> str:
        """Return what makes a block, and how large it is."""
        block = self.network.blocks[number]
        told = words.shape(block.size, block.channels)
        return translated("{name}: {what}", name=self.doings[number].label, what=told)

    def data(self) -> dict[str, Any]:
        """Return the blocks as plain data."""
        return {
            "name": self.network.name,
            "blocks": [
                {
                    "kind": one.kind,
                    "made_by": its.label,
                    "size": list(one.size),
                    "channels": one.channels,
                    "sources": list(one.sources),
                    "layer": one.entry or None,
                }
                for one, its in zip(self.network.blocks, self.doings, strict=True)
            ],
            "notes": list(self.network.notes),
        }


@dataclass(frozen=True)
class _Drawn:
    """A network as a drawing that fits a width."""

    made: _Made
    look: Look = Look()
    is_numeric: bool = False
    are_weighted: bool = False
    told_of_chips: tuple[str, ...] = ()

    def said_of_still(self, step: int) -> tuple[str, ...]:
        """Return nothing, since a network is one step."""
        return ()

    def scene(self, width: int | None) -> Scene:
        """Return its scene for a width in pixels."""
        chosen, wide = self.made.chosen(width), min(width or WIDE_DEFAULT, WIDE_DEFAULT)
        least = wide / max(_LARGEST, wide / _OF_WIDTH) - 2
        made = replace(Scene.of(NetworkDrawing(chosen.piece, self.made.legend(chosen), least)), lettering=1.0)
        return made if self.look.has_words else made.wordless()

    def wish(self, across: float) -> int:
        """Return the preferred width in pixels."""
        return WIDE_DEFAULT

    def looking(self, **changes: Any) -> _Drawn:
        """Return a copy with changes to its look."""
        return replace(self, look=replace(self.look, **changes))


def _operation(block: Block) -> str:
    """Return the word for what makes a block that words know."""
    if block.kind in ("input", "dense"):
        return block.kind
    return JOINS[block.operation] if block.kind == "join" else block.operation
