"""HTML: one self-contained page to play, step through and explore an animation."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape, unescape
from importlib.resources import files
from itertools import chain
from string import Template
from typing import Any

from convanim.base.language import counted, translated, translated_in
from convanim.formats.clip import Film, share
from convanim.formats.exercise import asked_step, asking_groups
from convanim.formats.film_groups import Shown, layered
from convanim.formats.svg_film import Sketch
from convanim.motion.easing import EASINGS
from convanim.motion.hit_targets import Spot, spots
from convanim.render.font_embedding import font_rules
from convanim.render.merged_shapes import whole
from convanim.render.shared_paths import LINKS, definitions, shared, written
from convanim.render.svg import SCALE, Piece, Styles, colour, number
from convanim.render.theme import RGB, find_theme

_PAGE = files("convanim.formats") / "page"

_END = "})();\n"
"""The end of the page's script."""


def encode(film: Film) -> bytes:
    """Return a self-contained page.

    Notes
    -----
    In the guide's theme it also holds a dark picture, for readers whose system
    is set to dark. Its content security policy forbids loading anything, and
    allows only its own style and script, identified by their hashes.
    """
    parts = _parts(film.told.asked is not None)
    found = spots(film.scene, film.timeline.steps)
    looks = [film]
    if film.theme == find_theme("guide"):
        looks.append(replace(film, theme=find_theme("dark")))
    looks = [replace(look, report=share(film.report, number, len(looks))) for number, look in enumerate(looks)]
    width, height = film.layout.width, film.layout.height
    pictures, rules = zip(*map(_picture, looks, ("light", "dark")), strict=True)
    shape = f".stage{{--shape:{number(width / height, 4)}}}\n"
    # Pictures that differ only in colour have equal font rules, which are written once.
    style = "".join([parts["css"], *_page_rules(looks), shape, *dict.fromkeys(chain.from_iterable(rules))])
    page = Template(parts["html"]).substitute(
        _labels_of_page(),
        language=film.told.language,
        title=escape(film.told.title),
        command=_command(film.told.command),
        alt=escape(film.told.alt),
        style_hash=_hash(style),
        script_hash=_hash(parts["js"]),
        style=style,
        pictures="\n".join(pictures),
        box=f"0 0 {width * SCALE} {height * SCALE}",
        cells="".join(_polygons(found, film)),
        last=len(film.timeline.steps) - 1,
        exercise=Template(parts["exercise"]).substitute(_labels_of_exercise()),
        loops="true" if film.timeline.plays != 1 else "false",
        data=_data(film, found),
        script=parts["js"],
    )
    return page.encode()


def command_of(content: bytes) -> str:
    """Return the command that a page carries, or an empty text."""
    found = re.search(b'<meta name="convanim" content="([^"]*)">', content)
    return unescape(found[1].decode(errors="replace")) if found else ""


def _command(command: str) -> str:
    return f'<meta name="convanim" content="{escape(command, quote=True)}">\n' if command else ""


def _parts(is_exercise: bool) -> dict[str, str]:
    """Return the texts that the page is made of: ``"html"``, ``"css"``, ``"js"``, and the form of an ``"exercise"``."""
    parts = {name: _read(f"page.{name}") for name in ("html", "css", "js")}
    if not is_exercise:
        return {**parts, "exercise": ""}
    # The exercise stands within the function that is the page's script, whose steps it holds back.
    script = f"{parts['js'].removesuffix(_END)}{_read('exercise.js')}{_END}"
    return {**parts, "css": parts["css"] + _read("exercise.css"), "js": script, "exercise": _read("exercise.html")}


def _read(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return the hash of an element's content as a content security policy writes it."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _page_rules(looks: list[Film]) -> Iterator[str]:
    """Yield the rules for the page's colours; with two pictures the reader's system chooses between them."""
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


def _picture(film: Film, side: str) -> tuple[str, list[str]]:
    """Return the drawing as SVG whose groups say at which steps they are visible, and its style rules.

    Its classes and ids begin with the first letter of ``side``.
    """
    letter = side[0]
    sketch = Sketch(film, Styles(letter))
    base, groups = sketch.base(), _groups(sketch)
    names = shared([base, *(own for _, own in groups)], f"{letter}p")
    body = "".join(f'<g class="off" {when}>{written(own, names)}</g>' for when, own in groups if own)
    size = f"0 0 {film.layout.width * SCALE} {film.layout.height * SCALE}"
    picture = (
        f'<svg {LINKS} class="{side}-picture" viewBox="{size}" aria-hidden="true">'
        f"{definitions(names)}{written(base, names)}{body}</svg>"
    )
    return picture, [sketch.styles.css(), *font_rules(sketch.styles)]


def _groups(sketch: Sketch) -> list[tuple[str, Sequence[Piece]]]:
    """Return the groups that are visible at some steps, with attributes that name these steps."""
    timeline = sketch.film.timeline
    if sketch.film.told.asked is not None:
        return list(asking_groups(sketch))
    groups: list[tuple[str, Sequence[Piece]]] = []
    moments: list[Shown] = []
    for place, (left, moment) in enumerate(sketch.steps()):
        groups.append((f'data-from="{place}" data-to="{len(timeline.steps)}"', left))
        moments.append(Shown(moment, place, place + 1, False))
    # Gliding shapes replace the resting ones of a step, so these must stay in a group of their own.
    seen = moments if timeline.glide else layered(moments)
    groups += [(f'data-from="{one.start}" data-to="{one.end}" data-moment', one.pieces) for one in seen]
    if timeline.glide:
        for place, (step, to) in enumerate(sketch.pairs()):
            own = list(sketch.way(step, to, _shifted, _bent))
            groups.append((f'data-from="{place}" data-to="{place + 1}" data-way', own))
    return groups


def _shifted(x: float, y: float) -> str:
    return f'data-by="{number(x, 1)} {number(y, 1)}"'


def _bent(look: str, data: str, other: str) -> str:
    return f'class="{look}" d="{data}" data-to-path="{other}"'


def _labels(found: tuple[Spot, ...]) -> list[str]:
    """Return a label for each cell; its grid is numbered if several have the same name."""
    planes: dict[str, list[int]] = {}
    for spot in found:
        known = planes.setdefault(spot.name, [])
        known += [] if spot.plane in known else [spot.plane]
    return [
        translated(
            "{tensor} row {row}, column {column}",
            tensor=_plane(spot, planes[spot.name]),
            row=str(spot.row),
            column=str(spot.column),
        )
        for spot in found
    ]


def _plane(spot: Spot, planes: list[int]) -> str:
    """Return the name of a cell's grid, with its number among several of that name."""
    name = translated(spot.name)
    if len(planes) == 1:
        return name
    return translated("{name} {number}", name=name, number=str(planes.index(spot.plane) + 1))


def _labels_of_page() -> dict[str, str]:
    """Return what the parts of the page are called for those who cannot see them."""
    # Translators: The names of buttons and parts of a page that plays an animation, read aloud by screen readers.
    return {
        "cells_name": translated_in("page", "cells"),
        "playback": translated_in("page", "playback"),
        "step_back": translated_in("page", "Step back"),
        "play": translated_in("page", "Play"),
        "step_on": translated_in("page", "Step on"),
        "step": translated_in("page", "Step"),
        "speed": translated_in("page", "Speed"),
        "loop": translated_in("page", "Loop"),
    }


def _labels_of_exercise() -> dict[str, str]:
    """Return the words of the form of an exercise."""
    # Translators: The form in which readers answer what value a step makes.
    return {
        "exercise_name": translated_in("page", "exercise"),
        "change_sign": translated_in("page", "Change the sign"),
        "check": translated_in("page", "Check"),
        "show_sum": translated_in("page", "Show the sum"),
        "next_value": translated_in("page", "Next value"),
    }


def _said_by_script(is_exercise: bool) -> dict[str, str]:
    """Return the words that the script says, some with places that it fills."""
    playing = {"play": translated_in("page", "Play"), "pause": translated_in("page", "Pause")}
    if not is_exercise:
        return playing
    return {
        **playing,
        "next": translated_in("page", "Next value"),
        "again": translated("Start again"),
        "all": translated("All {total} are answered, {count} of them right at the first try."),
        "some": translated("{count} of {total} answered right at the first try."),
        "right": translated("Right: {value}."),
        "told": translated("It is {value}."),
        "type": translated("Type a number such as −3, 0.5 or 3/4."),
        "retry": translated("Not yet: it is not {value}. Try again."),
        "hint": translated("Not yet: it is not {value}; {hint}."),
    }


def _reaches(found: tuple[Spot, ...]) -> list[int]:
    """Return for each cell the number of cells computed from it."""
    made: dict[int, set[int]] = {}
    for place, spot in enumerate(found):
        for step in spot.makes:
            made.setdefault(step, set()).add(place)
    return [len(set[int]().union(*(made.get(step, set()) for step in spot.reads))) for spot in found]


def _polygons(found: tuple[Spot, ...], film: Film) -> Iterator[str]:
    """Yield the cells that can be selected; Tab reaches one of each grid, and arrow keys the others."""
    layout = film.layout
    seen: set[int] = set()
    for spot, label in zip(found, _labels(found), strict=True):
        corners = whole(spot.quad * layout.unit + [layout.left, layout.top], SCALE)
        points = " ".join(f"{x} {y}" for x, y in corners.tolist())
        index = "-1" if spot.plane in seen else "0"
        seen.add(spot.plane)
        said = escape(label, quote=True)
        yield f'<polygon points="{points}" role="button" aria-pressed="false" tabindex="{index}" aria-label="{said}"/>'


def _data(film: Film, found: tuple[Spot, ...]) -> str:
    """Return the data for the script as JSON, escaped so that no text can end the element around it."""
    timeline = film.timeline
    told = film.told
    given: dict[str, Any] = {
        "steps": [
            {"time": time, "said": told.step(step), "sum": told.sum(step)}
            if told.asked is None
            else {"time": time, **asked_step(told.asked(step), told.step(step), told.sum(step))}
            for step, time in zip(timeline.steps, timeline.durations, strict=True)
        ],
        "words": _said_by_script(told.asked is not None),
        "written": told.is_written,
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
                "said": _reaching(label, count),
            }
            for spot, label, count in zip(found, _labels(found), _reaches(found), strict=True)
        ],
    }
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _reaching(label: str, count: int) -> str:
    return counted(
        "{cell} reaches {count} cell of what is made from it.",
        "{cell} reaches {count} cells of what is made from it.",
        count,
        cell=f"{label[0].upper()}{label[1:]}",
    )
