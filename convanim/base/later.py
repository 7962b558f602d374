"""What is imported only when it is first used, as many commands end without it: NumPy, names, and entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
else:

    class _NumPy:
        """Stands for NumPy in modules that words alone import too."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module("numpy"), name)
            # From now on it is there without this detour.
            setattr(self, name, value)
            return value

    np = _NumPy()

__all__ = ["Later", "names_within", "np"]

Of = TypeVar("Of")


class Later(MutableMapping[str, Of]):
    """A registry, whose entries may be given as where they are: a module and a name, joined by a colon."""

    def __init__(self, entries: dict[str, Of | str]) -> None:
        self._entries = entries

    def __getitem__(self, name: str) -> Of:
        entry = self._entries[name]
        if isinstance(entry, str):
            module, _, at = entry.partition(":")
            entry = self._entries[name] = getattr(import_module(module), at)
        return entry

    def __setitem__(self, name: str, entry: Of) -> None:
        self._entries[name] = entry

    def __delitem__(self, name: str) -> None:
        del self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def names_within(package: str, names: Sequence[str], modules: Sequence[str]) -> Callable[[str], Any]:
    """Return a package's ``__getattr__``, which looks for some names in its modules, in order."""

    def found(name: str) -> Any:
        if name in names:
            for module in modules:
                if name in (known := vars(import_module(f"{package}.{module}"))):
                    return known[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return found
