"""What a file takes to be written, estimated from what there is to draw: seconds, and memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from convanim.base.errors import ConvanimError
from convanim.formats import Format
from convanim.formats.video import rate_of
from convanim.motion.timeline import Timeline
from convanim.render.layout import Layout
from convanim.views.scene import Cells, Lines, Scene, Shape

MOST_SECONDS = 60
"""What an output may take; longer work is refused."""

MOST_MEMORY = 2_000_000_000
"""Bytes."""

_STEP = 0.01
"""Seconds that it takes to find out what a step shows."""

_PROGRAM = 130_000_000
"""Bytes that are taken whatever is drawn."""

_SAMPLES = 3
"""Steps that stand for all."""

_LETTERS = 8
"""A word takes as long as so many cells or lines."""

_SLACK = 0.94
"""What is advised takes this part of what is allowed, since heights do not follow widths exactly."""


@dataclass(frozen=True)
class Effort:
    """What an output takes, on a machine of two cores and some years.

    Attributes
    ----------
    once, each, pixels : float
        Seconds for what is the same however many steps there are, for the
        shapes of all steps, and for their pixels.
    memory, held : float
        Bytes at the same time, and those of them that grow with the picture.
    """

    once: float
    each: float
    pixels: float
    memory: float
    held: float

    @property
    def seconds(self) -> float:
        """How long it takes in all."""
        return self.once + self.each + self.pixels

    @classmethod
    def of(cls, format_: Format, scene: Scene, layout: Layout, timeline: Timeline, is_series: bool = False) -> Effort:
        """Return what an animation takes in a format, as one file or as a file a step."""
        cost, steps = format_.cost, len(timeline.steps)
        files, frames = (steps, steps) if is_series else (1, len(timeline.frames))
        pixels = layout.width * layout.height if format_.is_pixels else 0
        # Shapes need no frames between two steps, but say how each comes to its next place.
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
        """Raise where it is too much.

        Parameters
        ----------
        option, value : str
            What the error names as its cause.
        format_, layout, timeline
            What the effort is of.
        sides : sequence of str
            Which of ``"width"`` and ``"height"`` are asked for, and so are to be smaller.

        Raises
        ------
        ConvanimError
            It offers smaller sides, or fewer steps.
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


def _video_frames(timeline: Timeline) -> float:
    fps = timeline.glide.fps if timeline.glide else None
    return timeline.starts[-1] / 1000 * rate_of(timeline.durations, fps)


def _smaller(layout: Layout, share: float, sides: Sequence[str]) -> str:
    """Return the sides at which a picture has some part of its pixels; its height follows its width where it may."""
    names = sides if "height" in sides else ("width",)
    scale = share if names == ("height",) else sqrt(share)
    return " and ".join(f"`{name}={int(getattr(layout, name) * scale) // 10 * 10}`" for name in names)


def _left(scene: Scene, timeline: Timeline) -> float:
    """Return how many parts steps leave behind, up to the last one that is shown."""
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
