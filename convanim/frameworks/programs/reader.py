"""What the parts of the interpreter share: steps that are counted, items, and what each asks of the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from convanim.base.errors import ConvanimError
from convanim.frameworks.programs.values import (
    ITEMS,
    PARTS,
    Class,
    Container,
    Function,
    Instance,
    Library,
    LibraryLayer,
    Method,
    Native,
    Running,
    Scope,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place, cut, refused

MOST_STEPS = 500_000
"""Parts of statements that are looked at in all."""

MOST_ITEMS = 50_000
"""Of a list, or letters of a text that is computed."""


class World(Protocol):
    """What the libraries are to a program: their names, what calls do, and what tensors do."""

    def find(self, name: str) -> Any:
        """Return what a name stands for that the program does not define, or None."""

    def call(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function of a library returns."""

    def apply(self, module: Any, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a module of a library makes of tensors."""

    def attribute(self, value: Any, name: str, place: Place) -> Any:
        """Return an attribute of a tensor or of a module of a library."""

    def combine(self, operation: str, left: Any, right: Any, place: Place) -> Any:
        """Return what an operator makes of two values of which one is a tensor."""

    def item(self, value: Any, index: Any, place: Place) -> Any:
        """Return a part of a tensor."""

    def unknown_call(self, value: Unknown, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a call of something unknown makes of tensors and layers."""

    def count(self) -> int:
        """Return how many layers have been applied so far."""

    def note(self, text: str) -> None:
        """Say something of how the program was read."""


ABSENT = Unknown("a special method")
"""What stands for a special method that a class of the text does not have."""


class NotKnown(ConvanimError):  # noqa: N818
    """A value cannot be made, since another is not known."""

    def __init__(self, value: Unknown) -> None:
        super().__init__("program", "", "depends on {}, which is not known", value.why)
        self.unknown = value


class Reader:
    """A program that is being read: its names, and the steps that were taken.

    Parameters
    ----------
    world : World
        The libraries.
    given : mapping
        Values of names that the program leaves open.
    """

    def __init__(self, world: World, given: Mapping[str, Any]) -> None:
        self.world, self.given = world, given
        self.steps = self.depth = 0
        self.skipped: dict[str, str] = {}
        self.hooks: dict[int, list[Any]] = {}
        self.patches: dict[str, Any] = {}
        self.globals = Scope()

    def place(self, node: ast.AST) -> Place:
        """Return where a part of the program stands."""
        return Place(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)

    def tick(self, node: ast.AST | None = None, count: int = 1) -> None:
        """Count steps.

        Raises
        ------
        ConvanimError
            If they are too many.
        """
        self.steps += count
        if self.steps > MOST_STEPS:
            raise refused(
                self.place(node) if node is not None else Place(1, 1),
                "takes more than {} steps up to here, and no more are read",
                f"{MOST_STEPS:,}",
            )

    def items(self, value: Any, node: ast.AST | None = None) -> list[Any]:
        """Return the items of a value that can be gone through, counting steps.

        Raises
        ------
        ConvanimError
            If there are too many, or it cannot be gone through.
        """
        if isinstance(value, Traced):
            value = self.world.attribute(value, PARTS, self.place(node or ast.Pass()))
        if isinstance(value, Unknown | Traced):
            raise NotKnown(value if isinstance(value, Unknown) else Unknown("how many parts a tensor has"))
        if isinstance(value, Container):
            found: list[Any] = list(value.children) if value.short == "ModuleDict" else list(value.children.values())
        elif isinstance(value, Class) and value.is_enumeration:
            found = [one for one in value.names.values() if not isinstance(one, Function)]
        elif isinstance(value, Instance):
            found = self._items_of(value, node or ast.Pass())
        elif isinstance(value, str | list | tuple | dict | set | range | Iterator):
            found = list(islice(iter(value), MOST_ITEMS + 1))
            if isinstance(value, Running):
                value.clear()
        else:
            place = self.place(node) if node is not None else Place(1, 1)
            raise refused(place, "cannot be gone through item by item")
        if len(found) > MOST_ITEMS:
            place = self.place(node) if node is not None else Place(1, 1)
            raise refused(place, "has more than {} items, and no more are read", f"{MOST_ITEMS:,}")
        self.tick(node, len(found))
        return found

    def _items_of(self, value: Instance, node: ast.AST) -> list[Any]:
        """Return the items of an object of the text: as it says itself, or as what it extends."""
        said = self.special(value, "__iter__", (), node)
        if said is not ABSENT:
            if isinstance(said, Instance):
                raise NotKnown(Unknown(f"what a {value.made_of.name} yields"))
            return self.items(said, node)
        if ITEMS in value.names:
            return list(value.names[ITEMS])
        if value.is_tuple:
            return [value.names[name] for name in value.made_of.fields]
        count = self.special(value, "__len__", (), node)
        if isinstance(count, int) and 0 <= count <= MOST_ITEMS:
            found = [self.special(value, "__getitem__", (number,), node) for number in range(count)]
            if ABSENT not in found:
                return found
        return [one for one in value.names.values() if isinstance(one, Instance | LibraryLayer | Container)]

    def special(self, value: Any, name: str, arguments: Sequence[Any], node: ast.AST) -> Any:
        """Return what a special method of the text makes for an object, ``ABSENT`` where its class has none."""
        if not isinstance(value, Instance):
            return ABSENT
        found = next((one.names[name] for one in value.made_of.lineage() if name in one.names), None)
        if isinstance(found, Native):
            return self.call(found, (value, *arguments), {}, node)
        return self.call(Method(found, value), arguments, {}, node) if isinstance(found, Function) else ABSENT

    def extend(self, items: list[Any], more: Any, node: ast.AST) -> None:
        """Lengthen a list by the items of a value."""
        items += self.items(more, node) if not isinstance(more, Unknown) else [more]
        if len(items) > MOST_ITEMS:
            raise refused(self.place(node), "makes a list of more than {} items", f"{MOST_ITEMS:,}")

    @staticmethod
    def said(node: ast.AST) -> str:
        """Return a part of the program as a message quotes it."""
        return cut(" ".join(ast.unparse(node).split()))

    def value(self, node: ast.AST, scope: Scope) -> Any:
        """Return the value of an expression."""
        raise NotImplementedError

    def call(self, function: Any, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what a call returns."""
        raise NotImplementedError

    def assign(self, target: ast.AST, value: Any, scope: Scope) -> None:
        """Give a value to what stands left of an assignment."""
        raise NotImplementedError

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        """Go through statements in order."""
        raise NotImplementedError
