"""Drawing of what an address asks for, within limits; it runs in a process of its own."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import prod
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import click

from convanim.animations.drawing import animate
from convanim.base.access import nothing_read
from convanim.base.errors import ConvanimError
from convanim.base.text import printable, shortened
from convanim.cli.describing import description, parsed
from convanim.cli.serving import Limits
from convanim.cli.writing import Drawing, for_place
from convanim.formats import FORMATS
from convanim.inputs.building import Built
from convanim.layers import Chain, Conv, Layer
from convanim.serve.answers import ALT, NOTES, Answer, Refusal, answer, header, json_answer, refusal_of, refused
from convanim.serve.queries import BUNDLE, Query, canonical_names
from convanim.serve.telling import told

if TYPE_CHECKING:
    from convanim.animations.animation import Animation

_LONGEST_SAID, _MEGA = 600, 1_000_000
_PRUDENCE, _ROOM = 4, 0.9
"""How many times as long as it will take an estimate may say at least, and the part of what is granted to advise."""

_WARM = ("html", "svg", "gif")
"""Formats whose modules are imported before the first request."""


class TooMuchError(ConvanimError):
    """More is asked for than the server grants."""


def prepare(limits: Limits) -> None:
    """Limit the memory of this process, and draw once, so that the first request waits for no import."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for suffix in _WARM:
        animate(Conv(2, 1)).encode(suffix)
    with suppress(ImportError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (limits.memory * _MEGA, hard))


def drawn(query: Query, limits: Limits) -> Answer:
    """Return the file that a query asks for, or why there is none; nothing but the answer leaves this function."""
    with _refusing(query, query.suffix) as found:
        wanted = described(query, limits)
        if query.suffix == BUNDLE:
            found.append(_bundle(wanted, query.place, limits))
        else:
            animation = wanted.animation()
            _refuse_work(animation, query.suffix, limits)
            losses = animation.losses(query.suffix)
            notes = " ".join(f"{note}." for note in (*wanted.notes, *animation.notes, *losses))
            headers = {ALT: header(animation.alt), **({NOTES: header(notes)} if notes else {})}
            found.append(answer(FORMATS[query.suffix].media_type, animation.encode(query.suffix), headers=headers))
    return found[0]


def explained(query: Query, limits: Limits) -> Answer:
    """Return what there is to say about what a query draws, as JSON, or why there is nothing."""
    with _refusing(query, "json") as found:
        found.append(json_answer(told(query, described(query, limits))))
    return found[0]


@contextmanager
def _refusing(query: Query, suffix: str) -> Iterator[list[Answer]]:
    """Yield a list for an answer, which is a refusal where something raises an error."""
    found: list[Answer] = []
    known = {parameter.name or "": name for name, parameter in canonical_names(query.command).items()}
    # Errors about what a text describes name the layer.
    known.setdefault(
        "layer", next((known[name] for name in ("text", "layers", "operations") if name in known), "layer")
    )
    try:
        with nothing_read(query.text()):
            yield found
    except TooMuchError as error:
        found.append(refused(refusal_of(error, 413, known), suffix))
    except ConvanimError as error:
        found.append(refused(refusal_of(error, 422, known), suffix))
    except click.UsageError as error:
        said = printable(shortened(error.format_message(), _LONGEST_SAID))
        parameter = getattr(error, "param", None)
        option = known.get(getattr(parameter, "name", None) or "", "")
        found.append(refused(Refusal(400, said, option), suffix))
    except MemoryError:
        found.append(refused(Refusal(413, "This takes more memory than there is here; ask for less."), suffix))


def described(query: Query, limits: Limits) -> Drawing:
    """Return what the command of a query describes.

    Raises
    ------
    ConvanimError
        If something is wrong with it, or it describes no picture.
    click.UsageError
        If a parameter is not understood.
    """
    made = description(parsed(query.words, query.arguments()))
    for layer in layers_of(made):
        cells = max(
            prod(layer.input_size) * layer.grouping.in_channels, prod(layer.output_size) * layer.grouping.out_channels
        )
        if cells > limits.cells:
            raise TooMuchError("input_size", "", f"makes {cells} cells, and at most {limits.cells} are drawn here")
    return made


def layers_of(wanted: Drawing) -> tuple[Layer | Chain, ...]:
    """Return the layers that a drawing shows, as they are written."""
    subjects: Any = wanted.subject if isinstance(wanted.subject, tuple) else (wanted.subject,)
    return tuple(one.written if isinstance(one, Built) else one for one in subjects)


def _refuse_work(animation: Animation, suffix: str, limits: Limits) -> None:
    """Raise before anything is drawn if drawing would take too long, or too much."""
    frames, width, height = len(animation.timeline.frames), *animation.size
    steps = len(animation.timeline.steps)
    if frames > limits.frames:
        raise _too_many(
            f"makes {frames} frames, and at most {limits.frames} are drawn here", steps, limits.frames / frames
        )
    moves = FORMATS[suffix].is_pixels
    if width * height * (frames if moves else 1) > limits.pixels:
        raise TooMuchError("width", width, f"makes {width}×{height} pixels in {frames} frames, too many here; use less")
    part = limits.seconds * _PRUDENCE / animation.effort(FORMATS[suffix]).seconds
    if part < 1:
        raise _too_many(f"makes {steps} steps, which take longer than {limits.seconds:g} seconds here", steps, part)


def _too_many(problem: str, steps: int, part: float) -> TooMuchError:
    """Return the error about an input with too many steps, of which a part could be drawn."""
    return TooMuchError("input_size", "", problem, ways=(f"`steps=0:{max(1, int(steps * part * _ROOM))}`",))


def _bundle(wanted: Drawing, place: str, limits: Limits) -> Answer:
    """Return the files for a place, and the text to paste there, as one ZIP file that is always the same."""
    made = for_place(wanted, place)
    for target, animation in made.animations.items():
        _refuse_work(animation, target.suffix.removeprefix("."), limits)
    held = io.BytesIO()
    with ZipFile(held, "w") as archive:
        contents = {str(path): content for path, content in made.contents().items()}
        for name, content in {**contents, "paste.txt": made.lines.encode()}.items():
            # A fixed time keeps the bytes the same.
            archive.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, ZIP_DEFLATED)
    disposition = f'attachment; filename="{wanted.stem}-{place}.zip"'
    return answer("application/zip", held.getvalue(), headers={"Content-Disposition": disposition})
