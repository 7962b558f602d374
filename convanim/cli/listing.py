"""The command that lists what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from convanim.base.language import LANGUAGES
from convanim.formats import FORMATS
from convanim.layers import CONV_PADDINGS, METHODS, OPERATIONS
from convanim.layers.axis import PADDING_MODES
from convanim.motion.easing import EASINGS
from convanim.motion.timeline import MOTIONS
from convanim.render.palettes import THEMES
from convanim.words.captions import FRAMEWORKS, LABELS


def add_commands(main: click.Group, _: click.Group) -> None:
    """Add the command."""
    main.add_command(list_names)


def _views() -> Iterable[tuple[str, str]]:
    from convanim.views import VIEWS

    return ((name, view.about) for name, view in VIEWS.items())


def _chains() -> Iterable[tuple[str, str]]:
    from convanim.cli.chains import CHAIN_COMMANDS

    return ((name, about) for name, (about, _) in CHAIN_COMMANDS.items())


def _presets() -> Iterable[tuple[str, str]]:
    from convanim.animations.presets import PRESETS

    return ((name, preset.title) for name, preset in PRESETS.items())


def _kernels() -> Iterable[tuple[str, str]]:
    from convanim.plans.values import KERNELS

    return ((name, kernel.about) for name, kernel in KERNELS.items())


def _places() -> Iterable[tuple[str, str]]:
    from convanim.places.registry import PLACES

    return ((name, place.about) for name, place in PLACES.items())


_LISTS: dict[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "operations": lambda: ((name.replace("_", "-"), kind.title) for name, kind in OPERATIONS.items()),
    "chains": _chains,
    "presets": _presets,
    "views": _views,
    "kernels": _kernels,
    "methods": METHODS.items,
    "labels": LABELS.items,
    "languages": LANGUAGES.items,
    "themes": lambda: ((name, palette.about) for name, palette in THEMES.items()),
    "formats": lambda: ((name, f"{format_.name}: {format_.about}") for name, format_ in FORMATS.items()),
    "places": _places,
    "motions": MOTIONS.items,
    "easings": lambda: (
        (name, "the way of a smooth motion, as CSS: {},{},{},{}".format(*curve)) for name, curve in EASINGS.items()
    ),
    "paddings": CONV_PADDINGS.items,
    "frameworks": FRAMEWORKS.items,
    "padding-modes": lambda: ((name, mode.about) for name, mode in PADDING_MODES.items()),
}


@click.command("list")
@click.argument("what", required=False, type=click.Choice(list(_LISTS)))
def list_names(what: str | None) -> str:
    """List what there is to choose from."""
    lines = []
    for heading in [what] if what else _LISTS:
        indent = "" if what else "  "
        lines += [] if what else [f"{heading}:"]
        lines += [f"{indent}{name:42}{said}".rstrip() for name, said in _LISTS[heading]()]
    return "\n".join(lines)
