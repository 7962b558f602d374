"""Estimates of the time and memory that writing a file takes, from the number of things to draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.formats import Format
from convanim.motion.timeline import Timeline
from convanim.render.layout import Layout
from convanim.views.scene import Cells, Lines, Scene, Shape, Texts

MOST_SECONDS = 60
"""The most time that an output may take; longer work is refused."""

MOST_MEMORY = 2_000_000_000
"""The most bytes of memory that an output may take."""

_STEP = 0.01
"""Seconds for working out what a step shows."""

_PROGRAM = 130_000_000
"""Bytes that the program takes whatever it draws."""

_SAMPLES = 3
"""Number of steps from which the rest is estimated."""

_LETTERS = 8
"""Number of cells or lines that take as long as one word."""

_SLACK = 0.94
"""Fraction of the limits that advice aims for, since heights are not exactly proportional to widths."""


@dataclass(frozen=True)
class Effort:
    """Time and memory for an output, on a machine with two cores that is some years old.

    Attributes
    ----------
    once, each, pixels : float
        Seconds for what does not depend on the number of steps, for the shapes
        of all steps, and for their pixels.
    memory, held : float
        Most bytes in use at one time, and the part of them that grows with the picture.
    """

    once: float
    each: float
    pixels: float
    memory: float
    held: float

    @property
    def seconds(self) -> float:
        """Total time."""
        return self.once + self.each + self.pixels

    @classmethod
    def of(cls, format_: Format, scene: Scene, layout: Layout, timeline: Timeline, is_series: bool = False) -> Effort:
        """Return the effort for an animation in a format, as one file or as one file per step."""
        cost, steps = format_.cost, len(timeline.steps)
        files, frames = (steps, steps) if is_series else (1, len(timeline.frames))
        pixels = layout.width * layout.height if format_.is_pixels else 0
        # Shapes need no frames between two steps, but their motion to the next place is written.
        moments = frames if format_.is_pixels else steps * (3 if timeline.glide and not is_series else 1)
        still = _parts(scene.ground) + _left(scene, timeline)
        moving = moments * _mean(_parts(scene.moment(step)) for step in _some(timeline.steps))
        pictures = _video_frames(timeline) if format_.is_video and not is_series else frames
        held = pixels * cost.held_pixel
        ahead = min(pixels, cost.most_ahead) * cost.held_ahead
        return cls(
            once=0.0 if is_series else still * cost.part,
            each=moving * cost.part + frames * _STEP + (files * still * cost.part if is_series else 0.0),
            pixels=pictures * pixels * cost.pixel,
            memory=_PROGRAM + held + ahead,
            held=held,
        )

    def refuse_too_much(
        self, option: str, value: str, format_: Format, layout: Layout, timeline: Timeline, sides: Sequence[str]
    ) -> None:
        """Raise an error if the effort is above the limits.

        Parameters
        ----------
        option, value : str
            Cause that the error names.
        format_, layout, timeline
            The output that the effort was estimated for.
        sides : sequence of str
            Which of ``"width"`` and ``"height"`` the user gave, and so can make smaller.

        Raises
        ------
        ConvanimError
            The error suggests a smaller size or fewer steps.
        """
        if self.memory > MOST_MEMORY:
            share = 1 - (self.memory - _SLACK * MOST_MEMORY) / self.held
            raise ConvanimError(
                option,
                value,
                f"takes about {self.memory / 1e9:.1f} GB of memory at {layout.width}×{layout.height} pixels, "
                f"and at most {MOST_MEMORY / 1e9:g} are; use {_smaller(layout, share, sides)}",
            )
        if self.seconds <= MOST_SECONDS:
            return
        over, count = self.seconds - _SLACK * MOST_SECONDS, len(timeline.steps)
        ways = []
        if over < self.pixels:
            ways.append(_smaller(layout, 1 - over / self.pixels, sides))
        if count > 1 and over < self.each + self.pixels:
            most = max(1, int(count * (1 - over / (self.each + self.pixels))))
            first, every = timeline.steps[0], timeline.steps[1] - timeline.steps[0]
            ways += [f"`steps={first}:{first + most * every}`", f"`every={every * -(-count // most)}`"]
        raise ConvanimError(
            option,
            value,
            f"takes about {self.seconds:.0f} seconds, and at most {MOST_SECONDS} are; "
            f"use {' or '.join(ways or ['a smaller `input_size`'])}",
        )


def refuse_too_many_shapes(option: str, value: str, format_: Format, scene: Scene, timeline: Timeline) -> None:
    """Raise an error if a file that holds the shapes of every step would have too many of them.

    Raises
    ------
    ConvanimError
        The error suggests fewer steps.
    """
    if format_.most_shapes is None:
        return
    count, whole = len(timeline.steps), shapes_on_slides(scene, timeline)
    each = whole / count
    if whole <= format_.most_shapes:
        return
    most = max(1, int(format_.most_shapes / each))
    first, every = timeline.steps[0], timeline.steps[1] - timeline.steps[0] if count > 1 else 1
    ways = [f"`steps={first}:{first + most * every}`", f"`every={every * -(-count // most)}`", f"`still={first}`"]
    raise ConvanimError(
        option,
        value,
        f"would have about {whole:.0f} shapes on its slides, and {format_.name} takes {format_.most_shapes}",
        ways=ways if each <= format_.most_shapes else ("a smaller `input_size`",),
    )


def shapes_on_slides(scene: Scene, timeline: Timeline) -> float:
    """Return about how many shapes an animation has on slides, one a step, each with all that it shows."""
    last = timeline.steps[-1]
    left = _mean(_shapes(scene.marks(range(step, step + 1))) for step in _some(timeline.steps)) * (last + 1)
    moving = _mean(_shapes(scene.moment(step)) for step in _some(timeline.steps))
    return len(timeline.steps) * (_shapes(scene.ground) + left / 2 + moving)


def _shapes(shapes: Sequence[Shape]) -> int:
    """Return about how many shapes of an editor some shapes are: lines of one look are one."""
    counts = (len(shape.words) if isinstance(shape, Texts) else _count(shape) for shape in shapes)
    return sum(1 if isinstance(shape, Lines) else count for shape, count in zip(shapes, counts, strict=True))


def _video_frames(timeline: Timeline) -> float:
    from convanim.formats.video import rate_of

    fps = timeline.glide.fps if timeline.glide else None
    return timeline.starts[-1] / 1000 * rate_of(timeline.durations, fps)


def _smaller(layout: Layout, share: float, sides: Sequence[str]) -> str:
    """Return the options that leave a picture a ``share`` of its pixels; its height may follow from its width."""
    names = sides if "height" in sides else ("width",)
    scale = share if names == ("height",) else sqrt(share)
    return " and ".join(f"`{name}={int(getattr(layout, name) * scale) // 10 * 10}`" for name in names)


def _left(scene: Scene, timeline: Timeline) -> float:
    """Return about how many cells and lines all steps up to the last one shown leave behind."""
    left = _mean(_parts(scene.marks(range(step, step + 1))) for step in _some(timeline.steps))
    return left * (timeline.steps[-1] + 1)


def _some(steps: Sequence[int]) -> Sequence[int]:
    """Return some of the steps, spread evenly."""
    return steps[:: -(-len(steps) // _SAMPLES)]


def _mean(numbers: Iterable[int]) -> float:
    found = list(numbers)
    return sum(found) / len(found)


def _parts(shapes: Sequence[Shape]) -> int:
    return sum(map(_count, shapes))


def _count(shape: Shape) -> int:
    if isinstance(shape, Cells):
        return len(shape.quads)
    return len(shape.segments) if isinstance(shape, Lines) else _LETTERS * len(shape.words)
