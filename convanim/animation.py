"""From a layer to pictures and files: the whole way, put together."""

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
from convanim.layers import Layer
from convanim.options import flag, one_of, whole
from convanim.plans import plan
from convanim.scene import Cells, Scene
from convanim.theme import RGB, Theme, find_theme, parse_colour
from convanim.timeline import Timeline
from convanim.views import VIEWS, Look
from convanim.wording import caption as caption_of

if TYPE_CHECKING:
    from convanim.canvas.layout import Layout
    from convanim.formats.clip import Pixels

DEFAULT_WIDTH = 480
"""Pixels, where no width is asked for."""

GUIDE_UNIT = 29.53
"""Pixels a cell in the guide's own animations, which classic ones keep."""

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
    """

    scene: Scene
    theme: Theme
    layout: Layout
    timeline: Timeline
    transparent: bool = False

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
        looks = {(shape.role, shape.shaded) for shape in shapes if isinstance(shape, Cells)}
        looks |= {(role, True) for role, _ in looks}
        fills = [self.theme.fill(role, shaded) for role, shaded in sorted(looks)]
        return (self.theme.background, *(fill for fill in fills if fill is not None))


def animate(
    layer: Layer,
    *,
    width: int | None = None,
    view: str = "oblique",
    theme: str = "guide",
    classic: bool = False,
    reveal: bool = False,
    caption: bool | str = False,
    legend: bool = False,
    background: str | None = None,
    steps: tuple[int | None, int | None] = (None, None),
    every: int = 1,
    still: int | None = None,
    step_time: float = 1.0,
    hold: float = 0.0,
    loop: int = 0,
) -> Animation:
    """Return the animation of a layer.

    Parameters
    ----------
    layer : Layer
        Such as ``Conv(input_size=(5, 5), kernel_size=3, padding=1)``.
    width : int, optional
        Of the picture in pixels; the height follows. 480 where it is not
        given, or the guide's own size where ``classic``.
    view : str
        A key of ``VIEWS``.
    theme : str
        A key of ``THEMES``.
    classic : bool
        Draw exactly as the guide does: inserted zeros look like padding, rays
        end at the output's edge, and the reach has no outline.
    reveal : bool
        Leave output cells blank until they are computed.
    caption : bool or str
        Write the layer's parameters below the picture, or words of your own.
    legend : bool
        Say below the picture what each look means.
    background : str, optional
        ``"transparent"`` or ``"#rrggbb"``; the theme's where it is not given.
    steps : (int or None, int or None)
        First step and the one behind the last, as in a slice.
    every : int
        Show only every so many of those steps.
    still : int, optional
        Show one step only, counted from 0, or from the end if negative.
    step_time, hold : float
        Seconds a step, and seconds more for the last frame.
    loop : int
        How often it plays; 0 is for ever.

    Returns
    -------
    Animation
        Nothing is drawn before it is asked for pictures or saved.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or the layer makes no picture.

    Examples
    --------
    >>> from convanim import Conv, animate
    >>> animate(Conv(5, 3, padding=1), width=395, classic=True).size
    (395, 450)
    """
    from convanim.canvas.layout import lay_out

    look = Look(flag("classic", classic), flag("reveal", reveal))
    planned = plan(layer)
    scene = VIEWS[one_of("view", view, VIEWS)].draw(planned, look)
    scene = replace(scene, caption=_phrases(layer, caption), legend=scene.legend if flag("legend", legend) else ())
    colours = find_theme(theme, _page(background))
    timeline = Timeline.of(len(planned), steps, every, step_time, hold, loop)
    if still is not None:
        if tuple(steps) != (None, None) or every != 1:
            raise ConvanimError("still", still, "shows one step; leave `steps` and `every` out")
        timeline = Timeline.still(len(planned), still)
    if width is None and not look.classic:
        width = DEFAULT_WIDTH
    layout = lay_out(scene, None if width is None else whole("width", width), GUIDE_UNIT)
    return Animation(scene, colours, layout, timeline, background == "transparent")


def _phrases(layer: Layer, caption: bool | str) -> tuple[str, ...]:
    if isinstance(caption, str):
        return (caption,) if caption.split() else ()
    return caption_of(layer) if flag("caption", caption) else ()


def _page(background: str | None) -> RGB | None:
    return None if background in (None, "transparent") else parse_colour("background", background)


def _reporting(pictures: Iterator[Pixels], progress: Callable[[], object] | None) -> Iterator[Pixels]:
    for picture in pictures:
        if progress:
            progress()
        yield picture
