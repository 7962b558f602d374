"""What the commands that draw describe, and its output: files by suffix, one a step, standard output, or a place's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.cli.carried import command_of
from convanim.cli.carried import for_place as command_for
from convanim.cli.options import parse_slice
from convanim.cli.output import progress, refuse_terminal, remark, say, send
from convanim.layers import Chain, Layer

if TYPE_CHECKING:
    from convanim.animations.animation import Animation
    from convanim.inputs.building import Built
    from convanim.places.exporting import Export


@dataclass(frozen=True)
class Drawing:
    """What a command draws, before anything is drawn.

    Attributes
    ----------
    subject : Layer, Chain, Built or tuple of Built
        What it shows; empty where that is a whole model.
    make : callable
        Maps the subject and the looks to an animation.
    looks : dict
        The options of the picture.
    stem : str
        A telling file name, without its suffix.
    outputs : tuple of str
        Where to write.
    format_name, place : str or None
        The format, or the place, that the user asked for.
    notes : tuple of str
        What is to be said about the subject.
    command : str
        The command itself, which files carry, without where to write.
    source : bool
        Whether the place is to get the source that people edit.
    """

    subject: Layer | Chain | Built | tuple[Built, ...]
    make: Callable[..., Animation]
    looks: dict[str, Any]
    stem: str
    outputs: tuple[str, ...] = ()
    format_name: str | None = None
    place: str | None = None
    notes: tuple[str, ...] = ()
    command: str = ""
    source: bool = False

    def animation(self, **looks: Any) -> Animation:
        """Return the animation; ``looks`` replace options.

        Raises
        ------
        ConvanimError
            If a value is not allowed.
        """
        return _carrying(self.command, self.make(self.subject, **{**self.looks, **looks}))


def drawing(
    subject: Layer | Chain | Built | tuple[Built, ...],
    stem: str,
    outputs: tuple[str, ...],
    format_name: str | None,
    place: str | None = None,
    picture: str | None = None,
    make: Callable[..., Animation] | None = None,
    notes: tuple[str, ...] = (),
    source: bool = False,
    **looks: Any,
) -> Drawing:
    """Return what a command draws: a layer, or several with ``make``.

    ``picture`` is the input as the user wrote it, which may be the name of a picture.

    Raises
    ------
    ConvanimError
        If an option of the picture is not understood.
    """
    from convanim.animations.drawing import animate

    words = looks.pop("caption_text")
    if words is not None and looks["caption"] is not None:
        flag = "--caption" if looks["caption"] else "--no-caption"
        raise ConvanimError("caption", "", f"is not taken beside {flag}; leave one of the two out")
    looks["caption"] = looks["caption"] if words is None else words
    looks["steps"] = parse_slice(looks["steps"])
    looks["seed"] = looks.get("seed") or 0
    if looks["shades"] is None:
        from convanim.inputs.numbers import is_picture

        looks["shades"] = is_picture(picture)
    command = command_of(click.get_current_context(silent=True))
    return Drawing(subject, make or animate, looks, stem, outputs, format_name, place, notes, command, source)


def lacks_of(built: Built, channels: bool | None, is_computed: bool = False) -> tuple[str, ...]:
    """Return notes on what a picture leaves out of a layer, and on the option for channels that nobody left out."""
    from convanim.frameworks.drawable import is_plain

    told = built.lacks(is_computed=is_computed)
    if channels is None and is_plain(built.layer) and not is_plain(built.written):
        return (f"{told[0]}; --channels draws more", *told[1:])
    return told


def _carrying(command: str, animation: Animation) -> Animation:
    """Return an animation whose files carry a command."""
    return replace(animation, told=replace(animation.told, command=command))


def write(wanted: Drawing) -> None:
    """Draw what a command describes, and write it to its outputs or for its place; notes go to standard error."""
    for note in wanted.notes:
        remark(f"Note: {note}.")
    if wanted.source and wanted.place is None:
        raise ConvanimError("source", "", "is not taken without `for`; add a place, or write a .tex file with `output`")
    if wanted.place is not None:
        notes = _write_for(wanted, wanted.place)
    else:
        animation = wanted.animation()
        is_still = wanted.looks["still"] is not None
        _write(animation, wanted.stem, wanted.outputs, wanted.format_name, is_still=is_still)
        usual = _usual_suffix(wanted.format_name, is_still)
        written = dict.fromkeys([_suffix_of(target, usual) for target in wanted.outputs] or [usual])
        notes = (*animation.notes, *(loss for suffix in written for loss in animation.losses(suffix)))
    for note in notes:
        remark(f"Note: {note}.")


def _write(animation: Animation, stem: str, outputs: tuple[str, ...], format_name: str | None, is_still: bool) -> None:
    """Write an animation to all outputs, drawn once per format; nothing is written unless all can be."""
    from convanim.formats.files import staged

    suffix = _usual_suffix(format_name, is_still)
    if format_name is not None:
        animation.fitting_format("format", format_name, suffix)
    own_name = f"{stem}-step-{animation.timeline.steps[0]}.{suffix}" if is_still else f"{stem}.{suffix}"
    targets = outputs or (own_name,)
    for target in targets:
        _check(animation, target, suffix, format_name)
    contents = _contents(animation, targets, suffix)
    files = {path: content for target in targets if target != "-" for path, content in contents[target].items()}
    with staged(files) as move:
        if "-" in targets:
            send(contents["-"][Path("-")])
        move()
    if not outputs:
        say(own_name)


def _check(animation: Animation, target: str, suffix: str, format_name: str | None) -> None:
    """Raise, before anything is drawn, the errors that writing to an output would raise."""
    if target == "-":
        refuse_terminal()
        animation.fitting_format("format", suffix, suffix)
        return
    animation.check(target)
    if format_name is not None and _suffix(target) != suffix:
        raise ConvanimError("format", repr(format_name), "is not what {} is named; leave one of the two out", target)


def _contents(animation: Animation, targets: tuple[str, ...], suffix: str) -> dict[str, dict[Path, bytes]]:
    """Return the files of each output; each format is drawn only once."""
    from convanim.formats import FORMATS
    from convanim.formats.step_files import is_series

    kinds = {target: _suffix_of(target, suffix) for target in targets}
    series = {target for target in targets if target != "-" and is_series(target)}
    works = {(kinds[target], target in series) for target in targets}
    seconds = {work: animation.effort(FORMATS[work[0]], is_series=work[1]).seconds for work in works}
    bar, frames = progress(), len(animation.timeline.frames)
    bar.expect(sum(seconds.values()))
    drawn: dict[str, bytes] = {}
    contents: dict[str, dict[Path, bytes]] = {}
    for target, kind in kinds.items():
        if target in series:
            step = seconds[kind, True] / len(animation.timeline.steps)
            contents[target] = animation.contents(target, partial(bar.step, step))
            continue
        if kind not in drawn:
            drawn[kind] = animation.encode(kind, partial(bar.step, seconds[kind, False] / frames))
        contents[target] = {Path(target): drawn[kind]}
    return contents


def _usual_suffix(format_name: str | None, is_still: bool) -> str:
    """Return the suffix for standard output, and for a name of our own."""
    return ("png" if is_still else "gif") if format_name is None else format_name.lower().removeprefix(".")


def _suffix_of(target: str, usual: str) -> str:
    """Return the suffix of what is written to an output."""
    return usual if target == "-" else _suffix(target)


def _suffix(target: str) -> str:
    """Return the suffix of an output's files."""
    from convanim.formats.step_files import series_name

    return Path(series_name(target)).suffix.lower().removeprefix(".")


def for_place(wanted: Drawing, place: str) -> Export:
    """Return the files of a drawing for a place, which are not drawn yet.

    Raises
    ------
    ConvanimError
        If there is no such place, or the place sets an option.
    """
    from convanim.animations.settings import SETTINGS
    from convanim.places.exporting import prepared

    wished = {
        name: value
        for name, value in wanted.looks.items()
        if name not in SETTINGS or not _is(value, SETTINGS[name].default)
    }
    stem = wanted.outputs[0] if wanted.outputs else wanted.stem
    command = command_for(wanted.command, place)

    def make(**looks: Any) -> Animation:
        return _carrying(command, wanted.make(wanted.subject, **looks))

    return prepared(place, make, stem, wished, wanted.source)


def _write_for(wanted: Drawing, place: str) -> tuple[str, ...]:
    """Write the files for a place, print the text to paste there, and return notes on what is left out."""
    from convanim.formats.files import write_files

    if wanted.format_name is not None:
        raise ConvanimError("format", repr(wanted.format_name), "is chosen by `for`; leave one of the two out")
    if len(wanted.outputs) > 1 or wanted.outputs == ("-",):
        raise ConvanimError("output", " ".join(wanted.outputs), "must be one name for all files that `for` makes")
    made = for_place(wanted, place)
    made.check()
    progress().expect(made.frames)
    contents = made.contents(progress().step)
    write_files(contents)
    for path in contents:
        remark(str(path))
    say(made.lines.rstrip())
    return made.notes


def _is(value: object, usual: object) -> bool:
    """Return whether an option has its default value, which arrays never have."""
    return value is usual or (isinstance(value, bool | int | float | str | tuple) and value == usual)
