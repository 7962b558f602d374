"""Extend convanim: add entries to its registries, and load installed plugins that do."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from convanim.base.errors import ConvanimError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PLUGINS = "convanim.plugins"
"""The group of entry points for plugins; each entry point names a function that registers additions."""

_ABOUT = (".dist-info", ".egg-info", "EGG-INFO")
"""How the names of folders end that say what a distribution has."""

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
    if _has_none():
        return iter(())
    from importlib.metadata import entry_points

    return iter(entry_points(group=PLUGINS))


def _has_none() -> bool:
    """Return whether a look at the folders of installed distributions tells that none has plugins.

    That takes a tenth of the time of ``importlib.metadata``, which knows other ways to install them too.
    """
    if any(finder is not PathFinder and hasattr(finder, "find_distributions") for finder in sys.meta_path):
        return False
    try:
        folders = [folder for folder in map(Path, sys.path) if folder.exists()]
        abouts = (about for folder in folders for about in folder.iterdir() if about.name.endswith(_ABOUT))
        files = (about / "entry_points.txt" for about in abouts)
        return not any(PLUGINS.encode() in file.read_bytes() for file in files if file.exists())
    except (OSError, TypeError, ValueError):
        # Whatever else may stand in the path, the library knows what to make of it.
        return False


def load_plugins() -> None:
    """Load every installed plugin once; one that fails causes a warning and is skipped."""
    for point in _waiting():
        try:
            point.load()()
        except Exception as error:
            warnings.warn(f"convanim's plugin {point.name} ({point.value}) does not work: {error}", stacklevel=2)
