"""An animation: a scene with its colours, size and times, and the files that it can be saved as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from convanim.errors import ConvanimError
from convanim.formats import Format, format_of
from convanim.formats.files import check_writable, write_safely
from convanim.scene import Cells, Scene
from convanim.theme import RGB, Theme
from convanim.timeline import Timeline

if TYPE_CHECKING:
    from convanim.canvas.layout import Layout
    from convanim.formats.clip import Pixels

_SAMPLES = 8
"""Pictures at most that a palette is chosen from."""


@dataclass(frozen=True, eq=False)
class Animation:
    """A layer's animation, ready to be drawn; it holds no pixels.

    Attributes
    ----------
    scene : Scene
        What there is to see.
    theme : Theme
        Its colours.
    layout : Layout
        Its size and where everything goes.
    timeline : Timeline
        Which steps show, and when.
    transparent : bool
        Whether the background is left out.
    notes : tuple of str
        What was left out of the drawing, and what would bring it back.
    """

    scene: Scene
    theme: Theme
    layout: Layout
    timeline: Timeline
    transparent: bool = False
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.layout.width, self.layout.height

    def frames(self) -> Iterator[Pixels]:
        """Yield every frame as a (height, width, 4) array of bytes: red, green, blue, opacity."""
        return self._draw(self.timeline.steps)

    def still(self, step: int) -> Animation:
        """Return the animation of one step, counted from 0, or from the end if negative.

        Raises
        ------
        ConvanimError
            If there is no such step.
        """
        return replace(self, timeline=Timeline.still(self.scene.steps, step))

    def encode(self, suffix: str, progress: Callable[[], object] | None = None) -> bytes:
        """Return the content of a file in the format that a suffix names.

        Parameters
        ----------
        suffix : str
            Such as ``"gif"``.
        progress : callable, optional
            Called after each frame.

        Raises
        ------
        ConvanimError
            If there is no such format, or it cannot hold several frames.
        """
        return self._encode(self.fitting_format("format", suffix, suffix), progress)

    def check(self, path: str | PathLike[str]) -> None:
        """Raise what `save` would raise before it draws anything.

        Raises
        ------
        ConvanimError
            As for `save`.
        """
        target = Path(path)
        self.fitting_format("output", str(path), target.suffix)
        check_writable("output", target)

    def save(self, path: str | PathLike[str], progress: Callable[[], object] | None = None) -> Path:
        """Write a file, in the format that its suffix names, and return its path.

        Nothing is written unless all is well, and a file that was there
        before is replaced only by a whole one.

        Parameters
        ----------
        path : str or path
            Where to write.
        progress : callable, optional
            Called after each frame.

        Raises
        ------
        ConvanimError
            If the suffix is unknown, the format cannot hold several frames,
            or the file cannot be written.
        """
        self.check(path)
        target = Path(path)
        write_safely(target, self._encode(self.fitting_format("output", str(path), target.suffix), progress))
        return target

    def fitting_format(self, option: str, value: str, suffix: str) -> Format:
        """Return the format that a suffix names, if it can hold this animation.

        Parameters
        ----------
        option, value : str
            What an error names as its cause.
        suffix : str
            With or without its dot.

        Raises
        ------
        ConvanimError
            If there is no such format, or it cannot hold so many pictures.
        """
        format_ = format_of(option, value, suffix)
        self.timeline.refuse_too_many()
        count = len(self.timeline.steps)
        if count > 1 and not format_.moves:
            step = self.timeline.steps[0]
            ways = f"choose one with `steps={step}:{step + 1}` or `still={step}` alone, or write .gif"
            raise ConvanimError(option, repr(value), f"{format_.name} holds one picture, and this has {count}; {ways}")
        return format_

    def _encode(self, format_: Format, progress: Callable[[], object] | None) -> bytes:
        from convanim.formats.clip import Clip

        clip = Clip(
            *self.size,
            frames=lambda: _reporting(self.frames(), progress),
            samples=lambda: self._draw(self._samples),
            durations=self.timeline.durations,
            plays=self.timeline.plays,
            flat=self._flat_colours(),
            page=self.theme.background if self.transparent else None,
        )
        return format_.encode(clip)

    @property
    def _samples(self) -> Sequence[int]:
        """Steps, spread evenly, whose pictures stand for those of all."""
        steps = self.timeline.steps
        return steps[:: -(-len(steps) // _SAMPLES)]

    def _draw(self, steps: Sequence[int]) -> Iterator[Pixels]:
        from convanim.canvas.agg import frames

        return frames(self.scene, self.theme, self.layout, steps, self.transparent)

    def _flat_colours(self) -> tuple[RGB, ...]:
        """Return the background and every colour that fills a cell, shaded or not."""
        ends = (self.timeline.steps[0], self.timeline.steps[-1])
        drawn = (self.scene.marks(range(step, step + 1)) + self.scene.moment(step) for step in ends)
        shapes = chain(self.scene.ground, *drawn, *(key.sample for key in self.scene.legend))
        looks = {(shape.role, shape.shaded, shape.strength) for shape in shapes if isinstance(shape, Cells)}
        looks |= {(role, True, strength) for role, _, strength in looks}
        fills = dict.fromkeys(self.theme.fill(*look) for look in sorted(looks))
        return (self.theme.background, *(fill for fill in fills if fill is not None))


def _reporting(pictures: Iterator[Pixels], progress: Callable[[], object] | None) -> Iterator[Pixels]:
    for picture in pictures:
        if progress:
            progress()
        yield picture
