"""Extend convanim: add entries to its registries, and load installed plugins that do."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from convanim.base.errors import ConvanimError

PLUGINS = "convanim.plugins"
"""The group of entry points for plugins; each entry point names a function that registers additions."""

Of = TypeVar("Of")


def add(known: MutableMapping[str, Of], kind: str, name: str, entry: Of) -> None:
    """Add an entry to a registry under a new name.

    Parameters
    ----------
    known : mapping of str to anything
        The registry, which is changed in place.
    kind : str
        What error messages call an entry.
    name : str
        Name of the entry.
    entry
        The entry to add.

    Raises
    ------
    ConvanimError
        If the name is already taken.
    """
    if name in known:
        raise ConvanimError(kind, repr(name), "is known already; use another name")
    known[name] = entry


@cache
def _waiting() -> Iterator[EntryPoint]:
    """Return the one iterator over plugins not yet loaded; loading one plugin may start loading the others."""
    return iter(entry_points(group=PLUGINS))


def load_plugins() -> None:
    """Load every installed plugin once; one that fails causes a warning and is skipped."""
    for point in _waiting():
        try:
            point.load()()
        except Exception as error:
            warnings.warn(f"convanim's plugin {point.name} ({point.value}) does not work: {error}", stacklevel=2)
