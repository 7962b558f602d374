"""An animation: a scene with a theme, layout and timeline, and the files that it can be saved as."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextvars import copy_context
from dataclasses import replace
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from convanim.base.errors import ConvanimError
from convanim.base.language import speaking
from convanim.base.records import dataclass
from convanim.formats import FORMATS, Format, format_of
from convanim.formats.clip import Clip, Film, Pixels, Report, Told, silent
from convanim.formats.estimate import Effort, refuse_too_many_shapes
from convanim.formats.file_names import check_name, check_names
from convanim.formats.files import check_writable, write_files
from convanim.formats.step_files import is_series, series_name, series_paths
from convanim.motion.timeline import Timeline
from convanim.render.fonts import Fonts, lettering
from convanim.render.theme import RGB, Theme
from convanim.views.scene import Cells, Scene

if TYPE_CHECKING:
    from convanim.render.layout import Layout

_SAMPLES = 8
"""The largest number of pictures that a palette is chosen from."""

_MOST_KEPT = 64_000_000
"""The most bytes of pictures that are drawn and kept while a palette is chosen."""


@dataclass(frozen=True, eq=False)
class Animation:
    """A layer's animation, ready to be drawn; it holds no pixels.

    Attributes
    ----------
    scene : Scene
        The shapes to draw.
    theme : Theme
        The colours.
    layout : Layout
        The size, and the position of everything.
    timeline : Timeline
        Which steps are shown, and when.
    told : Told
        Its description in words and as data.
    transparent : bool
        Whether the background is transparent.
    notes : tuple of str
        What was left out of the drawing, and what would show it.
    asked : tuple of str
        Which of ``"width"`` and ``"height"`` the user set and must not change.
    has_ids : bool
        Whether a file that can gives its shapes ids and classes.
    fonts : Fonts
        Where letters are looked for.
    is_figure : bool
        Whether files for pages that do not move show its last step, which is the finished picture.
    """

    scene: Scene
    theme: Theme
    layout: Layout
    timeline: Timeline
    told: Told
    transparent: bool = False
    notes: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    has_ids: bool = False
    fonts: Fonts = Fonts()
    is_figure: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.layout.width, self.layout.height

    @property
    def alt(self) -> str:
        """Alternative text: what happens, for those who cannot see it."""
        return self.told.alt

    def frames(self) -> Iterator[Pixels]:
        """Yield every frame as a (height, width, 4) array of bytes: red, green, blue, opacity."""
        return self._draw(range(len(self.timeline.frames)), self._ground())

    def film(self, report: Report = silent) -> Film:
        """Return its shapes with their colours, places and times."""
        drawn = (self.scene, self.theme, self.layout, self.timeline, self.transparent)
        return Film(*drawn, self.told, report, self.has_ids)

    def losses(self, suffix: str) -> tuple[str, ...]:
        """Return notes on what a file of a suffix shows in another way than drawn."""
        return format_of("format", suffix, suffix).losses(self.film())

    def still(self, step: int) -> Animation:
        """Return a still of one step, counted from 0, or from the end if negative.

        Raises
        ------
        ConvanimError
            If there is no such step.
        """
        return replace(self, timeline=Timeline.still(self.scene.steps, step), is_figure=False)

    def shown_in(self, format_: Format) -> Animation:
        """Return what a file of a format shows: the last step of a figure where its pages do not move."""
        return self.still(-1) if self.is_figure and format_.is_printed else self

    def in_stops(self) -> Animation:
        """Return a tour with one picture a stop; any other animation stays as it is."""
        return replace(self, timeline=self.timeline.in_stops())

    def encode(self, suffix: str, progress: Callable[[], object] | None = None) -> bytes:
        """Return the content of a file in the format of a suffix.

        Parameters
        ----------
        suffix : str
            For example ``"gif"``.
        progress : callable, optional
            Called once per frame as the work goes on.

        Raises
        ------
        ConvanimError
            If there is no such format, or it cannot hold the animation.
        """
        return self._encoded(self.fitting_format("format", suffix, suffix), progress)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows: an interactive page, or if that is too large, a GIF or a still."""
        from convanim.formats.notebook import bundle

        return bundle(self)

    def _mime_(self) -> tuple[str, str]:
        """Return what marimo shows: an interactive page, or if that is too large, a GIF or a still."""
        from convanim.formats.notebook import best_form

        return best_form(self)

    def check(self, path: str | PathLike[str]) -> None:
        """Raise the errors that `save` would raise before it draws anything.

        Raises
        ------
        ConvanimError
            As for `save`.
        """
        if is_series(path):
            first, *_ = targets = self._series_paths(path)
            check_names("output", first)
            for target in targets:
                check_name("output", target, target.name)
            self._series_format(path)
            if first.parent.exists():
                for target in targets:
                    check_writable("output", target)
            return
        target = Path(path)
        self.fitting_format("output", str(path), target.suffix)
        check_writable("output", target)

    def save(self, path: str | PathLike[str], progress: Callable[[], object] | None = None) -> Path:
        """Write a file, in the format that its suffix names, and return its path.

        Nothing is written if anything fails, and an existing file is replaced
        only by a complete one.

        Parameters
        ----------
        path : str or path
            Where to write. A folder that ends in a slash, or a name with a
            number such as ``step-%03d.png``, gets a file for each step.
        progress : callable, optional
            Called once per frame as the work goes on.

        Raises
        ------
        ConvanimError
            If the suffix is unknown, the format cannot hold the animation or
            needs a missing package, or the file cannot be written.
        """
        self.check(path)
        write_files(self.contents(path, progress))
        return Path(path)

    def contents(self, path: str | PathLike[str], progress: Callable[[], object] | None = None) -> dict[Path, bytes]:
        """Return the paths and contents of the files that `save` writes.

        Raises
        ------
        ConvanimError
            If the suffix is unknown, or the format cannot hold the animation.
        """
        if not is_series(path):
            return {Path(path): self.encode(Path(path).suffix, progress)}
        targets, format_ = self._series_paths(path), self._series_format(path)
        steps = zip(self.timeline.in_stops().steps, targets, strict=True)
        return {target: self.still(step)._encoded(format_, progress) for step, target in steps}

    def fitting_format(self, option: str, value: str, suffix: str) -> Format:
        """Return the format of a suffix, if it can hold this animation.

        Parameters
        ----------
        option, value : str
            The option, with its value, that an error names as its cause.
        suffix : str
            With or without its dot.

        Raises
        ------
        ConvanimError
            If there is no such format, it needs a missing package, it cannot
            hold this number of pictures, size or transparency, or it takes
            too long or too much memory.
        """
        format_ = self._possible_format(option, value, suffix)
        if format_.is_paged and self.timeline.stops:
            return self.in_stops().fitting_format(option, value, suffix)
        if self.is_figure and format_.is_printed:
            return self.shown_in(format_).fitting_format(option, value, suffix)
        self.timeline.refuse_too_many()
        refuse_too_many_shapes(option, value, format_, self.scene, self.timeline)
        self.effort(format_).refuse_too_much(option, value, format_, self.layout, self.timeline, self.asked)
        return format_

    def effort(self, format_: Format, is_series: bool = False) -> Effort:
        """Return the effort of writing the animation in a format, as one file or as one file per step."""
        timeline = self.timeline if is_series else self.shown_in(format_).timeline
        return Effort.of(format_, self.scene, self.layout, timeline, is_series)

    def _series_paths(self, path: str | PathLike[str]) -> tuple[Path, ...]:
        """Return the path of the picture of each step, or of each stop, counted from 0."""
        timeline = self.timeline
        return series_paths("output", path, tuple(range(len(timeline.stops))) or timeline.steps)

    def _series_format(self, path: str | PathLike[str]) -> Format:
        """Return the format of one file per step, if it can hold a step and the total effort is acceptable."""
        format_ = self.still(0)._possible_format("output", str(path), Path(series_name(path)).suffix)
        effort = self.in_stops().effort(format_, is_series=True)
        effort.refuse_too_much("output", str(path), format_, self.layout, self.timeline, self.asked)
        return format_

    def _possible_format(self, option: str, value: str, suffix: str) -> Format:
        """Return the format of a suffix, if it can hold such pictures, regardless of their number."""
        format_ = format_of(option, value, suffix)
        format_.refuse_missing(option, repr(value))
        if self.told.asked is not None and not format_.takes_answers:
            names = " or ".join(f".{name}" for name, one in FORMATS.items() if one.takes_answers)
            raise ConvanimError(
                option, value, f"takes no answers, as an exercise needs; write {names}, or leave `exercise` out"
            )
        if format_.is_video:
            self._refuse_for_video(format_)
        glide, most = self.timeline.glide, format_.most_fps
        if glide and most and glide.fps > most:
            raise ConvanimError(
                "fps", glide.fps, f"is more than browsers show in time in a {format_.name}; use `fps={most}` or less"
            )
        return format_

    def _refuse_for_video(self, format_: Format) -> None:
        """Raise if a video cannot have the requested background or size; other odd sides become even."""
        if self.transparent:
            raise ConvanimError(
                "background", "transparent", f"cannot be in {format_.name}; leave it out, or write .webp, .png or .gif"
            )
        for name, side in zip(("width", "height"), self.size, strict=True):
            if side % 2 and name in self.asked:
                raise ConvanimError(
                    name, side, f"is odd, and {format_.name} has even sides only; use `{name}={side + 1}`"
                )

    def _encoded(self, format_: Format, progress: Callable[[], object] | None) -> bytes:
        if format_.is_paged and self.timeline.stops:
            return self.in_stops()._encoded(format_, progress)
        if self.is_figure and format_.is_printed:
            return self.shown_in(format_)._encoded(format_, progress)
        report = _counting(len(self.timeline.frames), progress)
        with speaking(self.told.language), lettering(self.fonts):
            content = format_.encode(self._clip(report) if format_.is_pixels else self.film(report))
        report(1.0)
        return content

    def _clip(self, report: Report) -> Clip:
        every = range(len(self.timeline.frames))
        sampled = every[:: -(-len(every) // _SAMPLES)]
        ground, kept = self._ground(), dict[int, Pixels]()

        def samples() -> Iterator[Pixels]:
            # A second pass would leave all marks again.
            first = every if len(every) * ground.nbytes <= _MOST_KEPT else sampled
            for number, picture in zip(first, self._draw(first, ground), strict=True):
                kept[number] = picture
                if number in sampled:
                    yield picture

        def frames() -> Iterator[Pixels]:
            others = self._draw(set(every) - kept.keys(), ground)
            return (kept.pop(number) if number in kept else next(others) for number in every)

        return Clip(
            *self.size,
            frames=frames,
            samples=samples,
            durations=tuple(frame.duration for frame in self.timeline.frames),
            plays=self.timeline.plays,
            flat=self._flat_colours(),
            page=self.theme.background if self.transparent else None,
            rate=self.timeline.glide.fps if self.timeline.glide else None,
            told=self.told,
            report=report,
        )

    @property
    def poster(self) -> int:
        """The step shown where nothing moves: the last one in which the kernel is at work."""
        return self.film().poster

    def _ground(self) -> Pixels:
        from convanim.render.agg import ground

        with lettering(self.fonts):
            return ground(self.scene, self.theme, self.layout, self.transparent)

    def _draw(self, numbers: Collection[int], ground: Pixels) -> Iterator[Pixels]:
        from convanim.render.agg import frames

        with lettering(self.fonts):
            context = copy_context()
        drawn = frames(self.scene, self.theme, self.layout, self.timeline.frames, ground, numbers)
        # Whatever else is drawn between two frames may have other fonts.
        while (frame := context.run(next, drawn, None)) is not None:
            yield frame

    def _flat_colours(self) -> tuple[RGB, ...]:
        """Return the background and all fill colours of cells, shaded or not."""
        ends = (self.timeline.steps[0], self.timeline.steps[-1])
        drawn = (self.scene.marks(range(step, step + 1)) + self.scene.moment(step) for step in ends)
        shapes = chain(self.scene.ground, *drawn, *(key.sample for key in self.scene.legend))
        looks = {
            (shape.role, shaded, shape.strength, -1 if tint is None else tint)
            for shape in shapes
            if isinstance(shape, Cells)
            for shaded in (shape.shaded, True)
            for tint in (None, *(() if shape.tints is None else shape.tints.tolist()))
        }
        fills = dict.fromkeys(
            self.theme.fill(role, shaded, strength, None if tint < 0 else tint)
            for role, shaded, strength, tint in sorted(looks)
        )
        return (self.theme.background, *(fill for fill in fills if fill is not None))


def _counting(count: int, progress: Callable[[], object] | None) -> Report:
    """Return a report function that has called ``progress`` ``count`` times when the work is done."""
    if progress is None:
        return silent
    done = 0

    def report(part: float) -> None:
        nonlocal done
        while done < round(part * count):
            done += 1
            progress()

    return report
