"""A film as pieces of SVG: what is always visible, what each step shows and leaves behind, and transitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import pairwise

from convanim.base.records import dataclass
from convanim.formats.clip import Film, reported, share
from convanim.formats.shape_names import ShapeNames, identifier
from convanim.motion.tween import Track, passage
from convanim.render.ink import Fill, Inking, Stroke
from convanim.render.svg import SCALE, Outline, Piece, Styles, bending_data, pieces, rules_of
from convanim.views.scene import Cells, Lines, Shape, Shapes, Texts


@dataclass(frozen=True)
class Sketch:
    """The pieces of a film; drawing them collects their looks.

    Attributes
    ----------
    film : Film
        The film to draw.
    styles : Styles
        The looks and letters of everything drawn so far.
    has_ids : bool
        Whether shapes have ids and classes that say what they show; each cell is then a path of its own.
    """

    film: Film
    styles: Styles
    has_ids: bool = False

    @property
    def _inking(self) -> Inking:
        return Inking(self.film.theme, self.film.layout, counts_up=False)

    @cached_property
    def _names(self) -> ShapeNames:
        return ShapeNames.of(self.film.scene)

    def drawn(self, shapes: Shapes) -> list[Piece]:
        """Return the pieces of some shapes."""
        if self.has_ids:
            return [piece for shape in shapes for piece in self._named(shape, None)]
        return pieces(self._inking.shapes(shapes), self.styles)

    def _named(self, shape: Shape, ids: set[str] | None) -> Iterator[Piece]:
        """Yield the pieces of a shape with its classes, and its cells with ids that are not among ``ids`` yet."""
        kind, inking = identifier(self._names.kind(shape)), self._inking
        inks = inking.shapes((shape,))
        if isinstance(shape, Cells):
            for name, fill in self._names.fills(shape, inking):
                own, is_new = identifier(name), ids is not None and " cell " in name and identifier(name) not in ids
                if ids is not None:
                    ids.add(own)
                words = kind if own == kind else f"{kind} {own}"
                yield from classed(pieces([fill], self.styles), words, f' id="{own}"' if is_new else "")
            inks = (ink for ink in inks if not isinstance(ink, Fill))
        yield from classed(pieces(inks, self.styles), kind if _is_alone(shape) else f"{kind}-{_PARTS[type(shape)]}")

    def base(self) -> list[Piece]:
        """Return the pieces that are always visible."""
        film, inking = self.film, self._inking
        base = [] if film.transparent else pieces([inking.page()], self.styles)
        if self.has_ids:
            ids = {"title", "about", "command"}
            base += [piece for shape in film.scene.ground for piece in self._named(shape, ids)]
        else:
            base += self.drawn(film.scene.ground)
        for block in film.layout.blocks:
            drawn = pieces(inking.block(block), self.styles)
            base += classed(drawn, "legend" if block.samples else "caption") if self.has_ids else drawn
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
                look = self.styles.name(rules_of(one))
                look += f" {identifier(self._names.kind(track.before))}" if self.has_ids else ""
                yield f"<path {bent(look, bending_data(one), bending_data(other))}/>"


_PARTS = {Cells: "hatching", Lines: "lines", Texts: "words"}
"""What there is of a grid of cells beside its cells."""


def _is_alone(shape: Shape) -> bool:
    """Return whether a shape is not a part of some cells, but all that its name means."""
    return shape.key is None or shape.key.what not in ("cell", "window", "made")


def classed(drawn: Iterable[Piece], words: str, attributes: str = "") -> Iterator[Piece]:
    """Yield pieces with more classes and attributes; paths are then never written as references to others."""
    for piece in drawn:
        if isinstance(piece, Outline):
            yield f'<path{attributes} class="{piece.style} {words}" d="{piece.data}"/>'
        else:
            yield piece.replace(' class="', f'{attributes} class="{words} ', 1)
