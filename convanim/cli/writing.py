"""Output of the commands that draw: files by suffix, one file per step, standard output, or files for a place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.cli.options import parse_slice
from convanim.cli.output import progress, refuse_terminal, remark, say, send
from convanim.layers import Chain, Layer

if TYPE_CHECKING:
    from convanim.animations.animation import Animation
    from convanim.inputs.building import Built


def draw(
    layer: Layer | Chain | Built | tuple[Built, ...],
    stem: str,
    outputs: tuple[str, ...],
    format_name: str | None,
    place: str | None = None,
    picture: str | None = None,
    make: Callable[..., Animation] | None = None,
    **looks: Any,
) -> None:
    """Draw a layer, or several with ``make``, and write the animation to the outputs or for a place.

    ``picture`` is the input as the user wrote it, which may be the name of a picture.
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
    maker: Callable[..., Animation] = make or animate
    maker = partial(maker, layer)
    if place is not None:
        notes = _write_for(place, maker, stem, outputs, format_name, looks)
    else:
        animation = maker(**looks)
        _write(animation, stem, outputs, format_name, is_still=looks["still"] is not None)
        notes = animation.notes
    for note in notes:
        remark(f"Note: {note}.")


def _write(animation: Animation, stem: str, outputs: tuple[str, ...], format_name: str | None, is_still: bool) -> None:
    """Write an animation to all outputs, drawn once per format; nothing is written unless all can be."""
    from convanim.formats.files import staged

    suffix = ("png" if is_still else "gif") if format_name is None else format_name.lower().removeprefix(".")
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

    kinds = {target: suffix if target == "-" else _suffix(target) for target in targets}
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


def _suffix(target: str) -> str:
    """Return the suffix of an output's files."""
    from convanim.formats.step_files import series_name

    return Path(series_name(target)).suffix.lower().removeprefix(".")


def _write_for(
    place: str,
    maker: Callable[..., Animation],
    stem: str,
    outputs: tuple[str, ...],
    format_name: str | None,
    looks: dict[str, Any],
) -> tuple[str, ...]:
    """Write the files for a place, print the text to paste there, and return notes on what is left out."""
    from convanim.animations.settings import SETTINGS
    from convanim.formats.files import write_files
    from convanim.places.exporting import prepared

    if format_name is not None:
        raise ConvanimError("format", repr(format_name), "is chosen by `for`; leave one of the two out")
    if len(outputs) > 1 or outputs == ("-",):
        raise ConvanimError("output", " ".join(outputs), "must be one name for all files that `for` makes")
    wished = {
        name: value for name, value in looks.items() if name not in SETTINGS or not _is(value, SETTINGS[name].default)
    }
    made = prepared(place, maker, outputs[0] if outputs else stem, wished)
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
