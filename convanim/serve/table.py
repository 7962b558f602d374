"""The table of all commands and their parameters, from which a page makes its form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from convanim import __version__
from convanim.animations.presets import PRESETS
from convanim.base.language import LANGUAGES
from convanim.cli.describing import commands
from convanim.formats import FORMATS
from convanim.layers import METHODS
from convanim.layers.axis import PADDING_MODES
from convanim.layers.parameters import PARAMETERS
from convanim.layers.resampling import COORDINATES, MODES, ROUNDINGS
from convanim.motion.easing import EASINGS
from convanim.motion.timeline import MOTIONS
from convanim.places.registry import PLACES
from convanim.plans.graph import ORDERS
from convanim.plans.values import KERNELS
from convanim.render.palettes import THEMES
from convanim.serve.queries import canonical_names, takes_several, usual
from convanim.views import VIEWS
from convanim.views.look import MATRICES
from convanim.words.captions import FRAMEWORKS, LABELS

_CHOICES: dict[str, Iterable[str]] = {
    "theme": THEMES,
    "language": LANGUAGES,
    "view": VIEWS,
    "matrix": MATRICES,
    "labels": LABELS,
    "order": ORDERS,
    "motion": MOTIONS,
    "easing": EASINGS,
    "method": METHODS,
    "padding_mode": PADDING_MODES,
    "mode": MODES,
    "coordinates": COORDINATES,
    "nearest_mode": ROUNDINGS,
}
"""What there is to choose from, by the name of a parameter."""


def table() -> dict[str, Any]:
    """Return every command that draws with its parameters, and what there is to choose from, as data.

    Returns
    -------
    dict
        ``commands`` name their parameters by places in ``parameters``, each of which stands there once.
    """
    found: dict[str, int] = {}
    described = {
        words: {
            "about": (command.help or "").split("\n")[0],
            "parameters": [found.setdefault(one, len(found)) for one in map(json.dumps, _parameters(command))],
        }
        for words, command in commands().items()
    }
    return {
        "version": __version__,
        "commands": described,
        "parameters": [json.loads(one) for one in found],
        "formats": {suffix: {"name": one.name, "about": one.about} for suffix, one in FORMATS.items()},
        "places": {name: place.about for name, place in PLACES.items()},
        "presets": {name: preset.title for name, preset in PRESETS.items()},
        "kernels": {name: kernel.about for name, kernel in KERNELS.items()},
        "frameworks": dict(FRAMEWORKS),
    }


def _parameters(command: click.Command) -> list[dict[str, Any]]:
    return [_parameter(name, one) for name, one in canonical_names(command).items()]


def _parameter(name: str, parameter: click.Parameter) -> dict[str, Any]:
    """Return what a page needs for the field of a parameter."""
    own, its = parameter.name or "", PARAMETERS.get(parameter.name or "")
    is_argument = isinstance(parameter, click.Argument)
    is_flag = isinstance(parameter, click.Option) and parameter.is_flag
    help, _, told = (getattr(parameter, "help", None) or "").partition("  [default: ")
    return {
        "name": name,
        "long": name if is_argument else max(parameter.opts, key=len).removeprefix("--"),
        "takes": "flag" if is_flag else its.takes if its else "text",
        "of_layer": its is not None,
        "is_argument": is_argument,
        "is_multiple": takes_several(parameter),
        "help": help.strip(),
        "usual": told.rstrip("]") or usual(parameter),
        "choices": list(_CHOICES.get(own, ())),
        "least": its.least if its else None,
    }
