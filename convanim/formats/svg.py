"""SVG: a still, or an animation without scripts that shows its poster where motion is not wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from html import escape, unescape
from itertools import pairwise

from convanim.base.language import ENGLISH
from convanim.base.records import dataclass
from convanim.formats.clip import Film
from convanim.formats.film_groups import Shown, layered
from convanim.formats.svg_film import Sketch
from convanim.motion.easing import EASINGS
from convanim.render.font_embedding import font_rules
from convanim.render.shared_paths import LINKS, definitions, shared, written
from convanim.render.svg import SCALE, Piece, Styles, number


def encode(film: Film) -> bytes:
    """Return an SVG file.

    Parameters
    ----------
    film : Film
        One step becomes a still, several an animation with CSS, which also
        plays in an ``<img>``. If the reader prefers reduced motion, or the
        program does not support animation, the film's poster is shown.

    Notes
    -----
    With ids, every shape has the classes of what it shows, and each cell at
    rest an id. Text can be searched, and the letters of DejaVu Sans that it needs are
    embedded. Screen readers read out a title and a description; the command
    that draws the film is a second description, which they leave aside.
    """
    return f"{_Document(Sketch(film, Styles(), film.has_ids)).written()}\n".encode()


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    found = re.search(b'<desc id="command">([^<]*)</desc>', content)
    return unescape(found[1].decode(errors="replace")) if found else ""


def _language(tag: str) -> str:
    """Return the attributes that name the language of the words, which is English where they are missing."""
    return "" if tag == ENGLISH else f' lang="{tag}" xml:lang="{tag}"'


@dataclass
class _Document:
    """A file being written."""

    sketch: Sketch
    keyframes: dict[str, str] = field(default_factory=dict)

    @property
    def film(self) -> Film:
        """The film to draw."""
        return self.sketch.film

    def written(self) -> str:
        """Return the content of the file."""
        film = self.film
        base, groups = self.sketch.base(), self._groups()
        names = shared([base, *(group.pieces for group in groups)])
        body = written(base, names) + "".join(self._timed(group, written(group.pieces, names)) for group in groups)
        width, height = film.layout.width, film.layout.height
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {LINKS}{_language(film.told.language)} '
            f'width="{width}" height="{height}" '
            f'viewBox="0 0 {width * SCALE} {height * SCALE}" role="img" aria-labelledby="title about">'
            f'<title id="title">{escape(film.told.title)}</title><desc id="about">{escape(film.told.alt)}</desc>'
        )
        if film.told.command:
            head += f'<desc id="command">{escape(film.told.command)}</desc>'
        return f"{head}<style>{self._css()}</style>{definitions(names)}{body}</svg>"

    def _groups(self) -> list[Shown]:
        """Return the groups visible for some time: what steps leave behind, steps themselves, and transitions."""
        film, timeline = self.film, self.film.timeline
        starts, glides = timeline.starts, timeline.glides
        marks: list[Shown] = []
        moments: list[Shown] = []
        times = zip(timeline.steps, pairwise(starts), self.sketch.steps(), strict=True)
        for count, (step, (start, end), (left, moment)) in enumerate(times, 1):
            marks.append(Shown(left, start, starts[-1], step <= film.poster))
            leaves = end - (glides[count - 1] if count < len(timeline.steps) else 0)
            moments.append(Shown(moment, start, leaves, step == film.poster))
        groups = [*marks, *layered(moments)]
        if timeline.glide:
            for (step, to), end, glide in zip(self.sketch.pairs(), starts[1:], glides, strict=False):
                groups.append(Shown(tuple(self._way(step, to, end - glide, end)), end - glide, end, False))
        return [group for group in groups if group.pieces]

    def _timed(self, group: Shown, content: str) -> str:
        """Return the element of a group that is visible from one time to another."""
        total = self.film.timeline.starts[-1]
        if (group.start, group.end) == (0, total):
            return content
        # All programs without animation support respect opacity, but not all respect visibility.
        hidden, seen = "opacity:0", "opacity:1"
        stops = [(group.start, seen), (group.end, hidden if group.end < total else seen)]
        if group.is_poster:
            # The others are hidden at both ends anyway.
            stops = [(0, hidden), *stops, (total, stops[-1][1])]
        name = self._animated("s", stops)
        return f'<g class="{"still" if group.is_poster else "step"}" style="animation-name:{name}">{content}</g>'

    def _animated(self, prefix: str, stops: list[tuple[int, str]]) -> str:
        """Return the name of an animation with properties at some times; equal ones share a name."""
        total = self.film.timeline.starts[-1]
        at = {f"{number(time / total * 100, 3)}%": rules for time, rules in stops}
        grouped: dict[str, list[str]] = {}
        for time, rules in at.items():
            grouped.setdefault(rules, []).append(time)
        said = "".join(f"{','.join(times)}{{{rules}}}" for rules, times in grouped.items())
        return self.keyframes.setdefault(said, f"{prefix}{len(self.keyframes)}")

    def _way(self, step: int, to: int, start: int, end: int) -> Iterator[Piece]:
        """Return the moving elements of the transition between two steps."""

        def shifted(x: float, y: float) -> str:
            name = self._move("transform:none", f"transform:translate({number(x, 0)}px,{number(y, 0)}px)", start, end)
            return f'class="move" style="animation-name:{name}"'

        def bent(look: str, data: str, other: str) -> str:
            name = self._move(f'd:path("{data}")', f'd:path("{other}")', start, end)
            return f'class="move {look}" style="animation-name:{name}" d="{data}"'

        return self.sketch.way(step, to, shifted, bent)

    def _move(self, one: str, other: str, start: int, end: int) -> str:
        return self._animated("m", [(0, one), (start, one), (end, other), (self.film.timeline.starts[-1], other)])

    def _css(self) -> str:
        """Return the style sheet: looks, animations and the embedded font."""
        timeline = self.film.timeline
        rules = [self.sketch.styles.css(), *font_rules(self.sketch.styles)]
        seconds, plays = number(timeline.starts[-1] / 1000, 3), timeline.plays or "infinite"
        if len(timeline.steps) > 1:
            rules += [
                ".step{opacity:0}",
                f".step,.still{{animation:{seconds}s step-end {plays} both}}",
                *(f"@keyframes {name}{{{said}}}" for said, name in self.keyframes.items()),
            ]
        if timeline.glide:
            curve = ",".join(number(part) for part in EASINGS[timeline.glide.easing])
            rules.append(f".move{{animation:{seconds}s cubic-bezier({curve}) {plays} both}}")
        if len(timeline.steps) > 1:
            rules.append("@media(prefers-reduced-motion:reduce){.step,.still,.move{animation:none!important}}")
        return "".join(rules)
