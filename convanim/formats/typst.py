"""Typst: a document without packages, with a page a step, which people edit and take into documents of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan2, degrees, hypot
from string import Template

from convanim.base.font import CAP_HEIGHT, LOWERED_SIZE
from convanim.formats.clip import Film
from convanim.formats.source import (
    CellArea,
    Course,
    FillLook,
    Hue,
    Item,
    LineLook,
    Look,
    Part,
    Point,
    Source,
    Step,
    Word,
    source_of,
)
from convanim.formats.source_text import command_in, commented, coordinate, one_line, place, points, wrapped
from convanim.render.text import LOWERED_BY

_WEIGHTS = {"regular": "", "bold": ', weight: "bold"', "italic": ', style: "italic"'}

_SIDES = {0.0: "left", 0.5: "center", 1.0: "right"}

_START = Template("""\
// $title: $alt
// Drawn by convanim. Run typst compile on it$pages.
$command// Another document shows it by #import "…": picture and #picture($example).

// Letters; the first of these fonts that is there is taken.
#let letters = ("DejaVu Sans", "Libertinus Serif")

// Colours
$hues

// Looks of areas, lines and words, and the sides of cells
$looks

// The middles of cells
#let middles = (
$middles)

// What draws; points are in cells, or are names of cells.
#let cell = $cell
#let point(at) = {
  let (x, y) = if type(at) == str { middles.at(at) } else { at }
  ((x - $left) * cell, (y - $top) * cell)
}
#let path(run, is-closed: false) = (
  curve.move(point(run.first())),
  ..run.slice(1).map(at => curve.line(point(at))),
  ..if is-closed { (curve.close(),) },
)
#let lines(look, ..runs) = place(curve(..look, ..runs.pos().map(run => path(run)).flatten()))
#let areas(look, ..quads) = place(curve(..look, ..quads.pos().map(quad => path(quad, is-closed: true)).flatten()))
#let cells(look, sides, ..names) = areas(look, ..names.pos().map(name => {
  let ((x, y), (a, b), (c, d)) = (middles.at(name), ..sides)
  let corner(across, down) = (x + across * a + down * c, y + across * b + down * d)
  (corner(-.5, -.5), corner(.5, -.5), corner(.5, .5), corner(-.5, .5))
}))
#let word(look, at, said, lowered: "") = {
  let style = (font: letters, top-edge: "baseline", bottom-edge: "baseline", ..look.letters)
  let subscript = text(size: $lowered_size, baseline: $lowered_by, weight: "regular", style: "normal", lowered)
  let body = text(..style, said + if lowered != "" { subscript })
  // A wide box keeps words on one line.
  let room = 4 * $width
  let set-down = place(dx: -look.side * room, dy: look.fall, box(width: room, align(look.to, body)))
  let (x, y) = point(at)
  if "slant" not in look { return place(dx: x, dy: y, box(width: 0pt, height: 0pt, set-down)) }
  let (turn, lean, wide, high) = look.slant
  let origin = top + left
  let scaled = scale(x: wide, y: high, origin: origin, box(width: 0pt, height: 0pt, set-down))
  place(dx: x, dy: y, rotate(turn, origin: origin, skew(ax: lean, origin: origin, scaled)))
}
""")

_STILL = Template("""
#let picture() = block(width: $width, height: $height, breakable: false, {
$ground
})

#set page(width: $width, height: $height, margin: 0pt, fill: $page)
#picture()
""")

_FILM = Template("""
// What is always there
#let ground = {
$ground
}

// What each step leaves behind, and what only it shows
#let steps = (
$steps
)

#let picture(step: $poster) = block(width: $width, height: $height, breakable: false, {
  ground
  steps.slice(0, step).map(one => one.left).join()
  steps.at(step - 1).moment
})

#set page(width: $width, height: $height, margin: 0pt, fill: $page)
#range(1, steps.len() + 1).map(step => picture(step: step)).join(pagebreak())
""")


def encode(film: Film) -> bytes:
    """Return a document in Typst that draws a film, with a page for each step.

    Notes
    -----
    It needs no packages. Other documents import its function ``picture``.
    """
    return _document(source_of(film)).encode()


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    return command_in("// ", content)


def _document(source: Source) -> str:
    film, layout = source.film, source.film.layout
    is_still = len(source.steps) == 1
    start = _START.substitute(
        title=one_line(film.told.title),
        alt=one_line(film.told.alt),
        command=commented("// ", film.told.command),
        pages="" if is_still else ": every step gets a page",
        example="" if is_still else "step: 1",
        hues="\n".join(_hue(name, hue) for name, hue in source.hues.items()),
        looks="\n".join(_looks(source)),
        middles="".join(f'  "{name}": ({place(at)}),\n' for name, at in source.cells.items()) or ":",
        cell=_length(layout.unit),
        left=coordinate(source.box[0]),
        top=coordinate(source.box[1]),
        width=_length(layout.width),
        lowered_size=f"{LOWERED_SIZE}em",
        lowered_by=f"{LOWERED_BY / LOWERED_SIZE:.4f}em",
    )
    sides = {
        "width": _length(layout.width),
        "height": _length(layout.height),
        "page": "none" if film.transparent else "page-colour",
    }
    if is_still:
        (step,) = source.steps
        ground = "\n".join(_parts((*source.ground, *step.left, *step.moment)))
        return start + _STILL.substitute(sides, ground=ground)
    return start + _FILM.substitute(
        sides,
        ground="\n".join(_parts(source.ground)),
        steps="\n".join(line for step in source.steps for line in _step(step)),
        poster=film.timeline.steps.index(film.poster) + 1,
    )


def _step(step: Step) -> Iterator[str]:
    yield "(left: {"
    yield from _parts(step.left)
    yield "}, moment: {"
    yield from _parts(step.moment)
    yield "}),"


def _hue(name: str, hue: Hue) -> str:
    if hue.mix is None:
        return '#let {}-colour = rgb("#{:02x}{:02x}{:02x}")'.format(name, *hue.rgb)
    under, over, share = hue.mix
    parts = f"({under}-colour, {100 - 100 * share:.4g}%), ({over}-colour, {100 * share:.4g}%)"
    return f"#let {name}-colour = color.mix({parts}, space: rgb)"


def _looks(source: Source) -> Iterator[str]:
    for name, (across, down) in source.planes.items():
        yield f"#let {name} = (({place(across)}), ({place(down)}))"
    for name, look in source.looks.items():
        yield f"#let {name} = {_look(look)}"


def _look(look: Look) -> str:
    """Return a look as a dictionary of arguments."""
    if isinstance(look, FillLook):
        return f"(fill: {_colour(look.hue, look.opacity)})"
    if isinstance(look, LineLook):
        keys = (
            f'paint: {_colour(look.hue, look.opacity)}, thickness: {_length(look.width)}, cap: "round", join: "round"'
        )
        if look.dash:
            offset, parts = look.dash
            keys += f", dash: (array: ({', '.join(map(_length, parts))}), phase: {_length(offset)})"
        return f"(stroke: ({keys}))"
    letters = f"fill: {_colour(look.hue)}, size: {_length(look.size)}{_WEIGHTS[look.face]}"
    fall = 0.0 if look.is_raised else look.size * CAP_HEIGHT / 2
    keys = f"letters: ({letters}), to: {_SIDES[look.anchor]}, side: {100 * look.anchor:g}%, fall: {_length(fall)}"
    if look.slant:
        keys += f", slant: ({_turned(look.slant)})"
    return f"({keys})"


def _turned(slant: tuple[float, float, float, float]) -> str:
    """Return a slant as a turn of letters that lean after they were made wider and higher."""
    a, b, c, d = slant
    wide = hypot(a, b)
    high = (a * d - b * c) / wide
    turn, lean = atan2(b, a), atan2((a * c + b * d) / wide, high)
    return f"{degrees(turn):.3f}deg, {degrees(lean):.3f}deg, {100 * wide:.2f}%, {100 * high:.2f}%"


def _colour(name: str, opacity: float = 1.0) -> str:
    colour = name if name in ("black", "white") else f"{name}-colour"
    return f"{colour}.transparentize({100 - 100 * opacity:.4g}%)" if opacity < 1 else colour


def _parts(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        yield f"  // {part.title}"
        for item in part.items:
            yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    if isinstance(item, Word):
        at = f'"{item.at}"' if isinstance(item.at, str) else f"({place(item.at)})"
        lowered = f", lowered: {_quoted(item.lowered)}" if item.lowered else ""
        yield f"  word({item.look}, {at}, {_quoted(item.text)}{lowered})"
    elif isinstance(item, CellArea):
        yield from wrapped(f"  cells({item.look}, {item.plane}, ", [f'"{name}"' for name in item.cells], ", ", ")")
    elif isinstance(item, Course):
        yield from wrapped(f"  lines({item.look}, ", [_run(run) for run in item.runs], ", ", ")")
    else:
        yield from wrapped(f"  areas({item.look}, ", [_run(quad) for quad in item.quads], ", ", ")")


def _run(run: Sequence[Point]) -> str:
    return f"({', '.join(f'({place(point)})' for point in run)})"


def _quoted(text: str) -> str:
    """Return a text as a string, in which only two characters mean something else."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _length(pixels: float) -> str:
    return f"{points(pixels)}pt"
