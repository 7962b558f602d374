"""A film as pieces of SVG: what is always visible, what each step shows and leaves behind, and transitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from convanim.formats.clip import Film, reported, share
from convanim.motion.tween import Track, passage
from convanim.render.ink import Fill, Inking, Stroke
from convanim.render.svg import SCALE, Piece, Styles, bending_data, pieces, rules_of
from convanim.views.scene import Shapes


@dataclass(frozen=True)
class Sketch:
    """The pieces of a film; drawing them collects their looks.

    Attributes
    ----------
    film : Film
        The film to draw.
    styles : Styles
        The looks and letters of everything drawn so far.
    """

    film: Film
    styles: Styles

    @property
    def _inking(self) -> Inking:
        return Inking(self.film.theme, self.film.layout, counts_up=False)

    def drawn(self, shapes: Shapes) -> list[Piece]:
        """Return the pieces of some shapes."""
        return pieces(self._inking.shapes(shapes), self.styles)

    def base(self) -> list[Piece]:
        """Return the pieces that are always visible."""
        film, inking = self.film, self._inking
        base = [] if film.transparent else pieces([inking.page()], self.styles)
        base += self.drawn(film.scene.ground)
        for block in film.layout.blocks:
            base += pieces(inking.block(block), self.styles)
        return base

    def steps(self) -> Iterator[tuple[tuple[Piece, ...], tuple[Piece, ...]]]:
        """Yield, for each step shown, the pieces that it leaves behind and those that only it shows."""
        film, steps = self.film, self.film.timeline.steps
        report = share(film.report, 0, 2) if film.timeline.glide else film.report
        shown = zip(film.scene.left_by(steps), steps, strict=True)
        for marks, step in reported(shown, len(steps), report):
            yield tuple(self.drawn(marks)), tuple(self.drawn(film.scene.moment(step)))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield each pair of consecutive steps shown, and report progress."""
        steps = self.film.timeline.steps
        return reported(pairwise(steps), len(steps) - 1, share(self.film.report, 1, 2))

    def way(
        self, step: int, to: int, shifted: Callable[[float, float], str], bent: Callable[[str, str, str], str]
    ) -> Iterator[Piece]:
        """Yield the moving elements of the transition between two steps.

        Parameters
        ----------
        step, to : int
            The steps before and after the transition.
        shifted : callable
            Maps the distance that a group moves, in units, to its attributes.
        bent : callable
            Maps the class of a path whose parts move differently, its data and
            its data after the transition to its attributes.
        """
        for track in passage(self.film.scene, step, to):
            if track.is_still:
                yield from self.drawn((track.before,))
            elif track.shift is not None:
                x, y = (part * self.film.layout.unit * SCALE for part in track.shift)
                yield f"<g {shifted(x, y)}>"
                yield from self.drawn((track.before,))
                yield "</g>"
            else:
                yield from self._bending(track, bent)

    def _bending(self, track: Track, bent: Callable[[str, str, str], str]) -> Iterator[Piece]:
        inks = (self._inking.shapes((shape,)) for shape in (track.before, track.after))
        for one, other in zip(*inks, strict=True):
            if isinstance(one, Fill | Stroke) and isinstance(other, Fill | Stroke):
                yield f"<path {bent(self.styles.name(rules_of(one)), bending_data(one), bending_data(other))}/>"
