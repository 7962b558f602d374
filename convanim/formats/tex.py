"""TikZ: a document for LaTeX with a page a step, which people edit and show in documents of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from string import Template

from convanim.base.errors import ConvanimError
from convanim.base.font import CAP_HEIGHT
from convanim.base.latex import escaped, lacking
from convanim.formats.clip import Film
from convanim.formats.source import (
    FINE,
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
    Word,
    source_of,
)
from convanim.formats.source_text import batches, command_in, commented, one_line, place, points, wrapped

_CAP_HEIGHT = 0.694
"""Height of a capital letter in LaTeX's own font without serifs, in ems."""

_MOST_PARTS = 500
"""The most lines or areas in one path, since TeX holds a path in memory."""

_MOST_WORDS = 4000
"""The most words of a picture; with 5 million words of memory, pdfTeX takes half as many again."""

_ANCHORS = {0.0: "base west", 0.5: "base", 1.0: "base east"}
_FACES = {"regular": "", "bold": r"\boldmath\fontseries{bx}", "italic": r"\fontshape{sl}"}

_START = Template(r"""% $title: $alt
% Drawn by convanim. Run pdflatex or lualatex on it$pages.
$command% Another document shows it by \usepackage{standalone, tikz, fix-cm} and \input$others.
$moves\documentclass{article}
\usepackage[paperwidth=$width, paperheight=$height, margin=0bp, bottom=-72bp]{geometry}
\usepackage{fix-cm, tikz}
$package\pagestyle{empty}
\begin{document}
\begingroup

% Colours
$hues

% Letters; \sffamily takes those of the document.
\def\letters{\fontencoding{OT1}\fontfamily{cmss}\selectfont}

% Looks of areas, lines and words, and the sides of cells
\tikzset{
  picture/.style={x=$cell, y=-$cell, line cap=round, line join=round, inner sep=0bp, outer sep=0bp},
$looks
}

% \cells{look}{sides}{names} fills cells, each around the point of its name.
\def\cells#1#2#3{\fill[#1, #2] foreach \cell in {#3} {(\cell) ++(-.5,-.5) -- ++(1,0) -- ++(0,1) -- ++(-1,0) -- cycle};}
% \lowered{word} is a subscript.
\def\lowered#1{\raisebox{-.16em}{\scalebox{.68}{\normalfont\letters#1}}}
""")

_MOVES = r"""% It moves on one page, by the package animate, after \def\convanimanimate{}.
"""

_PACKAGE = r"""\ifdefined\convanimanimate\usepackage{animate}\fi
"""

_STEPS = Template(r"""% \drawn{what} is a picture of the size of the page.
\def\drawn#1{\begin{tikzpicture}[picture]\useasboundingbox $box;#1\end{tikzpicture}}
% \step{number}{what it leaves behind}{what only it shows}
\ifdefined\convanimground\else\newsavebox\convanimground\newsavebox\convanimleft\fi
\global\setbox\convanimleft\hbox{}
\def\keep#1{\global\setbox\convanimleft\hbox{\unhbox\convanimleft\llap{\drawn{#1}}}}
\def\shown#1{\leavevmode\copy\convanimground\copy\convanimleft\llap{\drawn{#1}}}
\ifdefined\convanimanimate
  \def\start{\noindent\begin{animateinline}[autoplay$loop]{$rate}}
  \def\finish{\end{animateinline}}
  \def\between{\gdef\between{\newframe}}
  \def\step#1#2#3{\between\keep{#2}\shown{#3}}
\else\ifcsname ver@beamer.cls\endcsname
  \def\start{\leavevmode\copy\convanimground}
  \def\finish{}
  \def\step#1#2#3{\only<#1->{\llap{\drawn{#2}}}\only<#1>{\llap{\drawn{#3}}}}
\else\ifcsname ver@standalone.sty\endcsname
  % One step shows, the one that \convanimstep is set to.
  \ifdefined\convanimstep\else\def\convanimstep{$poster}\fi
  \def\start{}
  \def\finish{}
  \def\step#1#2#3{\ifnum#1>\convanimstep\else\keep{#2}\ifnum#1=\convanimstep\relax\shown{#3}\fi\fi}
\else
  \def\start{}
  \def\finish{}
  \def\step#1#2#3{\keep{#2}\noindent\shown{#3}\newpage}
\fi\fi\fi
""")

_END = r"""\endgroup
\end{document}
"""


def encode(film: Film) -> bytes:
    """Return a document in LaTeX that draws a film with TikZ.

    Notes
    -----
    It sets a page for each step, and what never changes only once. In a frame
    of Beamer the steps follow each other as overlays.

    Raises
    ------
    ConvanimError
        If a letter is in none of LaTeX's own fonts, or there are more words
        than LaTeX holds in memory.
    """
    source = source_of(film)
    _refuse_many(source)
    return "\n".join(_written(source)).encode()


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    return command_in("% ", content)


def _refuse_many(source: Source) -> None:
    # What several pages show is in memory twice: kept for later pages, and on the page.
    kept = _count(source.ground) + sum(_count(step.left) for step in source.steps)
    count = kept * min(len(source.steps), 2) + max(_count(step.moment) for step in source.steps)
    if count > _MOST_WORDS:
        ways = "write .typ, .svg or .pdf"
        raise ConvanimError("output", ".tex", f"has {count:,} words, and LaTeX holds about {_MOST_WORDS:,}; {ways}")


def _count(parts: Sequence[Part]) -> int:
    return sum(isinstance(item, Word) for part in parts for item in part.items)


def _written(source: Source) -> Iterator[str]:
    yield _start(source)
    if len(source.steps) == 1:
        step = source.steps[0]
        yield f"\\noindent\n\\begin{{tikzpicture}}[picture]\n  \\useasboundingbox {_box(source)};"
        yield from _page(source)
        yield from _middles(source)
        yield from _parts(source, (*source.ground, *step.left, *step.moment))
        yield "\\end{tikzpicture}%"
    else:
        yield from _steps(source)
    yield _END


def _steps(source: Source) -> Iterator[str]:
    timeline = source.film.timeline
    yield _STEPS.substitute(
        box=_box(source),
        loop=",loop" if timeline.plays != 1 else "",
        rate=f"{1000 / min(timeline.durations):.4g}",
        poster=timeline.steps.index(source.film.poster) + 1,
    )
    yield r"\sbox\convanimground{\drawn{%"
    yield from _page(source)
    yield from _middles(source)
    yield from _parts(source, source.ground)
    yield "}}%\n\\start"
    for count, step in enumerate(source.steps, 1):
        yield f"\\step{{{count}}}{{%"
        yield from _parts(source, step.left)
        yield "}{%"
        yield from _parts(source, step.moment)
        yield "}%"
    yield r"\finish"


def _start(source: Source) -> str:
    film, layout = source.film, source.film.layout
    moves = len(source.steps) > 1
    looks = [
        f"  {name}/.style={{x={{{_vector(source, across)}}}, y={{{_vector(source, down)}}}}},"
        for name, (across, down) in source.planes.items()
    ]
    looks += [f"  {name}/.style={{{_look(look)}}}," for name, look in source.looks.items()]
    return _START.substitute(
        title=one_line(film.told.title),
        alt=one_line(film.told.alt),
        command=commented("% ", film.told.command),
        pages=": every step gets a page" if moves else "",
        others="; Beamer then plays the steps" if moves else "",
        moves=_MOVES if moves else "",
        package=_PACKAGE if moves else "",
        width=_length(layout.width),
        height=_length(layout.height),
        cell=_length(layout.unit),
        hues="\n".join(_hue(name, hue) for name, hue in source.hues.items()),
        looks="\n".join(looks),
    )


def _box(source: Source) -> str:
    left, top, right, bottom = source.box
    return f"({place((left, top))}) rectangle ({place((right, bottom))})"


def _hue(name: str, hue: Hue) -> str:
    if hue.mix is None:
        return "\\definecolor{{{}}}{{HTML}}{{{:02X}{:02X}{:02X}}}".format(name, *hue.rgb)
    under, over, share = hue.mix
    return f"\\colorlet{{{name}}}{{{over}!{100 * share:.4g}!{under}}}"


def _vector(source: Source, way: Point) -> str:
    x, y = (part / FINE * source.film.layout.unit for part in way)
    return f"({_length(x)}, {_length(-y)})"


def _look(look: Look) -> str:
    """Return a look as keys of TikZ."""
    if isinstance(look, FillLook):
        return f"fill={look.hue}" + (f", fill opacity={look.opacity:.4g}" if look.opacity < 1 else "")
    if isinstance(look, LineLook):
        return f"draw={look.hue}, line width={_length(look.width)}" + "".join(_line_keys(look))
    scale = CAP_HEIGHT / _CAP_HEIGHT
    font = f"\\letters{_FACES[look.face]}\\fontsize{{{_length(look.size * scale)}}}{{0bp}}\\selectfont"
    keys = f"text={look.hue}, anchor={_ANCHORS[look.anchor]}, font={font}"
    if look.slant:
        a, b, c, d = look.slant
        keys += ", cm={" + ", ".join(f"{part:.4f}" for part in (a, -b, -c, d)) + ", (0bp, 0bp)}"
    return keys if look.is_raised else f"{keys}, yshift={_length(-look.size * CAP_HEIGHT / 2)}"


def _length(pixels: float) -> str:
    return f"{points(pixels)}bp"


def _line_keys(look: LineLook) -> Iterator[str]:
    if look.opacity < 1:
        yield f", draw opacity={look.opacity:.4g}"
    if look.dash:
        offset, lengths = look.dash
        parts = " ".join(f"{way} {_length(part)}" for way, part in zip(cycle(("on", "off")), lengths))
        yield f", dash pattern={parts}, dash phase={_length(offset)}"


def _page(source: Source) -> Iterator[str]:
    if not source.film.transparent:
        yield f"  \\fill[fill=page] {_box(source)};"


def _middles(source: Source) -> Iterator[str]:
    if source.cells:
        yield "  % The middles of cells"
    for cells in batches(list(source.cells.items()), _MOST_PARTS):
        yield from wrapped("  \\path ", [f"({place(at)}) coordinate ({name})" for name, at in cells], " ", ";")


def _parts(source: Source, parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        yield f"  % {part.title}"
        for item in part.items:
            yield from _item(source, item)


def _item(source: Source, item: Item) -> Iterator[str]:
    if isinstance(item, Word):
        yield _word(source.looks[item.look], item)
    elif isinstance(item, CellArea):
        for names in batches(item.cells, _MOST_PARTS):
            yield from wrapped(f"  \\cells{{{item.look}}}{{{item.plane}}}{{", names, ", ", "}")
    elif isinstance(item, Course):
        for runs in batches(item.runs, _MOST_PARTS):
            yield from wrapped(f"  \\draw[{item.look}] ", [_path(run) for run in runs], " ", ";")
    else:
        for quads in batches(item.quads, _MOST_PARTS):
            yield from wrapped(f"  \\fill[{item.look}] ", [f"{_path(quad)} -- cycle" for quad in quads], " ", ";")


def _path(run: Sequence[Point]) -> str:
    return " -- ".join(f"({place(point)})" for point in run)


def _word(look: Look, word: Word) -> str:
    if letter := lacking(word.text + word.lowered):
        raise ConvanimError(
            "output", ".tex", "has no letter {} in LaTeX's own fonts; leave it out, or write .pdf or .typ", repr(letter)
        )
    text = escaped(word.text)
    if word.lowered:
        text += f"\\lowered{{{escaped(word.lowered)}}}"
    at = f"({word.at if isinstance(word.at, str) else place(word.at)})"
    return f"  \\node[{word.look}] at {at} {{{text}}};"
