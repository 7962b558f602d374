"""What there is by name, and how others add to it: with one call each, or as a plugin that is installed beside."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from convanim.base.errors import ConvanimError

PLUGINS = "convanim.plugins"
"""The group of entry points of other distributions; each names a function that registers what it brings."""

Of = TypeVar("Of")


def add(known: MutableMapping[str, Of], kind: str, name: str, entry: Of) -> None:
    """Add what is new to what there is by name.

    Parameters
    ----------
    known : mapping of str to anything
        What there is, changed in place.
    kind : str
        What it is called in errors.
    name : str
        Of what is new.
    entry
        What is new.

    Raises
    ------
    ConvanimError
        If there is something of this name.
    """
    if name in known:
        raise ConvanimError(kind, repr(name), "is known already; use another name")
    known[name] = entry


@cache
def _waiting() -> Iterator[EntryPoint]:
    """Return the plugins that are not loaded yet; there is one iterator, since loading one may ask for the others."""
    return iter(entry_points(group=PLUGINS))


def load_plugins() -> None:
    """Let every plugin that is installed register what it brings, once; one that fails is warned of and left out."""
    for point in _waiting():
        try:
            point.load()()
        except Exception as error:
            warnings.warn(f"convanim's plugin {point.name} ({point.value}) does not work: {error}", stacklevel=2)
