"""HTML: one page to play, step and explore, with all that it needs in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template
from typing import Any

from convanim.canvas.embedding import font_rules
from convanim.canvas.ink import Fill, Inking, Stroke
from convanim.canvas.merging import whole
from convanim.canvas.sharing import LINKS, Shared, definitions, shared, written
from convanim.canvas.svg import SCALE, Piece, Styles, bending_data, colour, number, pair, pieces, rules_of
from convanim.formats.clip import Film
from convanim.formats.layers import Shown, layered
from convanim.motion import Track, passage
from convanim.scene import Shapes
from convanim.spots import Spot, spots
from convanim.theme import RGB, find_theme
from convanim.timeline import EASINGS

_PAGE = files("convanim.formats") / "page"


def encode(film: Film) -> bytes:
    """Return a page that needs nothing from outside.

    Notes
    -----
    In the guide's own colours it holds a dark picture too, which shows where
    the reader's system is dark. Its policy lets nothing be fetched.
    """
    parts = {name: (_PAGE / f"page.{name}").read_text(encoding="utf-8") for name in ("html", "css", "js")}
    found = spots(film.scene, film.timeline.steps)
    looks = [film]
    if film.theme == find_theme("guide"):
        looks.append(replace(film, theme=find_theme("dark")))
    width, height = film.layout.width, film.layout.height
    drawn = [_Picture(look, letter) for look, letter in zip(looks, "ld", strict=False)]
    page = Template(parts["html"]).substitute(
        title=escape(film.told.title),
        alt=escape(film.told.alt),
        style=parts["css"] + "".join(_page_rules(looks)),
        stage=f"--shape:{number(width / height, 4)}",
        pictures="\n".join(picture.written() for picture in drawn),
        box=f"0 0 {width * SCALE} {height * SCALE}",
        cells="".join(_polygons(found, film)),
        last=len(film.timeline.steps) - 1,
        loops="true" if film.timeline.plays != 1 else "false",
        data=_data(film, found),
        script=parts["js"],
    )
    return page.encode()


def _page_rules(looks: list[Film]) -> Iterator[str]:
    """Yield the page's colours: those of the picture, and where there are two those that the reader's system wants."""
    first, *others = looks
    light, ink = first.theme.background, first.theme.text
    scheme = "dark" if sum(light) < sum(ink) else "light"
    yield f":root{{color-scheme:{scheme};{_colours(light, ink)}}}\n"
    for other in others:
        shown = ".stage>.light-picture{display:none}.stage>.dark-picture{display:block}"
        root = f":root{{color-scheme:dark;{_colours(other.theme.background, other.theme.text)}}}"
        yield f"@media(prefers-color-scheme:dark){{{root}{shown}}}\n"


def _colours(page: RGB, ink: RGB) -> str:
    return f"--page:{colour(page)};--ink:{colour(ink)}"


@dataclass
class _Picture:
    """The drawing in one theme; its names begin with a letter of its own."""

    film: Film
    letter: str
    styles: Styles = field(init=False)

    def __post_init__(self) -> None:
        self.styles = Styles(self.letter)

    def written(self) -> str:
        """Return it as an SVG element whose groups say when they are seen."""
        film, last = self.film, len(self.film.timeline.steps)
        inking = self._inking
        base = [] if film.transparent else pieces([inking.page()], self.styles)
        base += self._drawn(film.scene.ground)
        for block in film.layout.blocks:
            base += pieces(inking.block(block), self.styles)
        groups: list[tuple[str, Sequence[Piece]]] = []
        moments: list[Shown] = []
        drawn = 0
        for place, step in enumerate(film.timeline.steps):
            groups.append(
                (f'data-from="{place}" data-to="{last}"', self._drawn(film.scene.marks(range(drawn, step + 1))))
            )
            drawn = step + 1
            moments.append(Shown(tuple(self._drawn(film.scene.moment(step))), place, place + 1, False))
        # What is on its way takes the place of what rests, so the latter must be whole.
        seen = moments if film.timeline.glide else layered(moments)
        groups += [(f'data-from="{one.start}" data-to="{one.end}" data-moment', one.pieces) for one in seen]
        if film.timeline.glide:
            for place, (step, to) in enumerate(pairwise(film.timeline.steps)):
                own = list(self._moving(step, to))
                groups.append((f'data-from="{place}" data-to="{place + 1}" data-way', own))
        names = shared([base, *(own for _, own in groups)], f"{self.letter}p")
        body = "".join(f'<g class="off" {when}>{written(own, names)}</g>' for when, own in groups if own)
        return self._svg(names, written(base, names) + body)

    def _svg(self, names: Shared, body: str) -> str:
        side = "light" if self.letter == "l" else "dark"
        size = f"0 0 {self.film.layout.width * SCALE} {self.film.layout.height * SCALE}"
        rules = self.styles.css() + "".join(font_rules(self.styles))
        return (
            f'<svg {LINKS} class="{side}-picture" viewBox="{size}" aria-hidden="true">'
            f"<style>{rules}</style>{definitions(names)}{body}</svg>"
        )

    @property
    def _inking(self) -> Inking:
        return Inking(self.film.theme, self.film.layout, counts_up=False)

    def _drawn(self, shapes: Shapes) -> list[Piece]:
        return pieces(self._inking.shapes(shapes), self.styles)

    def _moving(self, step: int, to: int) -> Iterator[Piece]:
        """Yield what is on its way between two steps, with how far it goes or what its path becomes."""
        scene = self.film.scene
        for track in passage(scene.moment(step), scene.moment(to)):
            if track.is_still:
                yield from self._drawn((track.before,))
            elif track.shift is not None:
                x, y = (number(part * self.film.layout.unit * SCALE, 1) for part in track.shift)
                yield f'<g data-by="{x} {y}">'
                yield from self._drawn((track.before,))
                yield "</g>"
            else:
                yield from self._bending(track)

    def _bending(self, track: Track) -> Iterator[Piece]:
        inks = (self._inking.shapes((shape,)) for shape in (track.before, track.after))
        for one, other in zip(*inks, strict=True):
            if isinstance(one, Fill | Stroke) and isinstance(other, Fill | Stroke):
                look = self.styles.name(rules_of(one))
                yield f'<path class="{look}" d="{bending_data(one)}" data-to-path="{bending_data(other)}"/>'


def _polygons(found: tuple[Spot, ...], film: Film) -> Iterator[str]:
    """Yield the cells that can be pointed at; of each grid one can be reached by Tab, the others by arrows."""
    layout = film.layout
    seen: set[int] = set()
    for spot in found:
        corners = whole(spot.quad * layout.unit + [layout.left, layout.top], SCALE)
        points = " ".join(pair(corner).replace("-", " -").strip() for corner in corners.tolist())
        index = "-1" if spot.plane in seen else "0"
        seen.add(spot.plane)
        label = escape(_label(spot, found), quote=True)
        yield f'<polygon points="{points}" role="button" aria-pressed="false" tabindex="{index}" aria-label="{label}"/>'


def _label(spot: Spot, found: tuple[Spot, ...]) -> str:
    """Return what a cell is; its grid has a number where there are several of its name."""
    planes = sorted({other.plane for other in found if other.name == spot.name})
    which = f" {planes.index(spot.plane) + 1}" if len(planes) > 1 else ""
    return f"{spot.name}{which} row {spot.row}, column {spot.column}"


def _data(film: Film, found: tuple[Spot, ...]) -> str:
    """Return what the script needs to know; no text in it can end the element that holds it."""
    timeline = film.timeline
    told = film.told
    given: dict[str, Any] = {
        "steps": [
            {"time": time, "said": told.step(step), "sum": told.sum(step)}
            for step, time in zip(timeline.steps, timeline.durations, strict=True)
        ],
        "plays": timeline.plays,
        "poster": timeline.steps.index(film.poster),
        "glide": timeline.glide.duration if timeline.glide else 0,
        "easing": EASINGS[timeline.glide.easing if timeline.glide else "linear"],
        "cells": [
            {
                "plane": spot.plane,
                "row": spot.row,
                "column": spot.column,
                "reads": spot.reads,
                "makes": spot.makes,
                "said": _reach(spot, found),
            }
            for spot in found
        ],
    }
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _reach(spot: Spot, found: tuple[Spot, ...]) -> str:
    """Return which cells a cell reaches."""
    steps = set(spot.reads)
    reached = sum(1 for other in found if steps & set(other.makes))
    what = "1 cell" if reached == 1 else f"{reached} cells"
    label = _label(spot, found)
    return f"{label[0].upper()}{label[1:]} reaches {what} of what is made from it."
