"""Dataclasses that share their methods and make the others when they are used, as compiling those of all takes long."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_PARAMS = "__dataclass_params__"
"""Where the library keeps the parameters of a class."""

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        init: bool = True,
        eq: bool = True,
        frozen: bool = False,
        kw_only: bool = False,
    ) -> Any:
        """Do what the decorator of the standard library does, in a fifth of its time.

        A field that is no parameter of ``__init__`` is set by ``__post_init__``.
        """

        def processed(cls: type) -> type:
            known = vars(cls).copy()
            with _thawed(cls, frozen):
                dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
            methods = {
                "__repr__": _repr,
                **({"__init__": _Init(cls, frozen)} if init else {}),
                **(_comparing(cls, frozen) if eq else {}),
                **(_freezing(cls) if frozen else {}),
            }
            for name, method in methods.items():
                if name not in known:
                    setattr(cls, name, method)
            return cls

        return processed if cls is None else processed(cls)


@contextmanager
def _thawed(cls: type, is_frozen: bool) -> Iterator[None]:
    """Have the library, which would compile methods for it, not know in the block that a class or its bases are frozen.

    Behind it, it knows, so that classes of other packages may inherit.
    """
    frozen = [base for base in cls.__mro__[1:] if _PARAMS in vars(base) and vars(base)[_PARAMS].frozen]
    try:
        for base in frozen:
            vars(base)[_PARAMS].frozen = False
        yield
        if is_frozen:
            frozen.append(cls)
    finally:
        for base in frozen:
            vars(base)[_PARAMS].frozen = True


@recursive_repr()
def _repr(self: Any) -> str:
    named = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(named)})"


def _comparing(cls: Any, frozen: bool) -> dict[str, Any]:
    """Return the methods of a class that compare its objects by their fields."""
    fields = dataclasses.fields(cls)
    compared = _values([one.name for one in fields if one.compare])
    hashed = _values([one.name for one in fields if (one.compare if one.hash is None else one.hash)])

    def equal(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    return {"__eq__": equal, "__hash__": (lambda self: hash(hashed(self))) if frozen else None}


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function from an object to the values of its attributes."""
    return attrgetter(*names) if len(names) > 1 else lambda self: tuple(getattr(self, name) for name in names)


def _freezing(cls: Any) -> dict[str, Any]:
    """Return the methods of a class whose objects stay as they are; those of its subclasses may have more."""
    names = {one.name for one in dataclasses.fields(cls)}

    def set_it(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete_it(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": set_it, "__delattr__": delete_it}


class _Factory:
    """Stands in for a default value that is made for each object."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


class _Init:
    """Stands in for ``__init__`` of a class until somebody asks for it."""

    def __init__(self, of: Any, frozen: bool) -> None:
        self._of, self._frozen = of, frozen

    def __get__(self, instance: object, owner: type) -> Any:
        made = _compiled(self._of, self._frozen)
        self._of.__init__ = made
        return made if instance is None else made.__get__(instance, owner)


def _compiled(cls: Any, frozen: bool) -> Any:
    """Return a function that sets the fields of an object, as its class has them."""
    fields = sorted((one for one in dataclasses.fields(cls) if one.init), key=lambda one: bool(one.kw_only))
    known: dict[str, Any] = {"_set": object.__setattr__, "_FACTORY": _FACTORY}
    parameters, lines = ["self"], []
    for one in fields:
        name, value = one.name, one.name
        if one.kw_only and "*" not in parameters:
            parameters.append("*")
        if one.default_factory is not dataclasses.MISSING:
            known[f"_{name}_made"] = one.default_factory
            parameters.append(f"{name}=_FACTORY")
            value = f"_{name}_made() if {name} is _FACTORY else {name}"
        elif one.default is not dataclasses.MISSING:
            known[f"_{name}_usual"] = one.default
            parameters.append(f"{name}=_{name}_usual")
        else:
            parameters.append(name)
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), known)
    made = known["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    made.__annotations__ = {**{one.name: one.type for one in fields}, "return": None}
    return made
