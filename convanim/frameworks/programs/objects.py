"""Objects of a program: their attributes and parts, and the special methods that classes of the text define."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks.programs.library_names import CONSTANTS
from convanim.frameworks.programs.modules import children_of, renumbered
from convanim.frameworks.programs.operators import SCALAR, Operators, is_key
from convanim.frameworks.programs.python_methods import method_of
from convanim.frameworks.programs.python_names import BUILTINS, Run, type_of
from convanim.frameworks.programs.reader import ABSENT, NotKnown
from convanim.frameworks.programs.values import (
    ITEMS,
    SETTER,
    Array,
    Class,
    Container,
    Defaults,
    Function,
    GraphModel,
    Instance,
    Library,
    LibraryLayer,
    Members,
    Method,
    Native,
    Super,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place, cut, refused

_ATTRIBUTES = ("__getattr__", "__getattribute__")


class Objects(Operators):
    """Attributes and parts of values: read, changed, and taken away."""

    def attribute(self, value: Any, name: str, node: ast.AST) -> Any:
        """Return an attribute of a value."""
        if isinstance(value, Library) and name != "__name__":
            if (path := f"{value.path}.{name}") in self.patches:
                return self.patches[path]
            is_number = name in CONSTANTS and value.path in ("math", "numpy", "torch", "jax.numpy", "tensorflow")
            return CONSTANTS[name] if is_number else Library(f"{value.path}.{name}")
        if name == "__class__" and not isinstance(value, Unknown | Super):
            return type_of(value)
        if isinstance(value, Instance):
            return self._of_instance(value, name, node)
        if isinstance(value, Super):
            return self._behind(value, name)
        if name in ("__name__", "__qualname__") and isinstance(value, Class | Library | Function | Native):
            return value.short if isinstance(value, Library) else value.name
        if isinstance(value, Native):
            return self._of_native(value, name)
        if isinstance(value, Class):
            return self._of_class(value, name)
        if isinstance(value, Unknown):
            path = f"{value.name}.{name}" if value.name else ""
            return self.given.get(path, Unknown(value.why, path, value.holds))
        if isinstance(value, Container) and name == "_modules":
            return value.children
        if isinstance(value, Traced | LibraryLayer | Container | GraphModel):
            return self.world.attribute(value, name, self.place(node))
        if name == "value" and isinstance(value, (*SCALAR, tuple)):
            # Of an enumeration, whose values stand for themselves.
            return value
        found = method_of(value, name)
        if found is None and isinstance(value, Array):
            return self.world.attribute(value, name, self.place(node))
        if found is None and isinstance(value, list | dict | set):
            return Native(name, _lost)
        return Unknown(self.said(node)) if found is None else Native(name, found)

    def _of_class(self, value: Class, name: str) -> Any:
        found = next((one.names[name] for one in value.lineage() if name in one.names), None)
        if isinstance(found, Function) and found.is_of_class:
            return Method(found, value)
        if found is None and name == "apply" and any(path.endswith("autograd.Function") for path in value.roots):
            return Native(name, lambda reader, node, given, more: self._differentiated(value, given, more, node))
        if found is None and name == "__dataclass_fields__":
            return dict.fromkeys(fields_of(value.lineage()))
        if found is None and name == "__members__" and value.is_enumeration:
            return dict(_members(value))
        return Unknown(f"{value.name}.{name}", name) if found is None else found

    def _differentiated(self, made_of: Class, given: Sequence[Any], more: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what a function makes whose gradient the program says: what its forward pass makes."""
        noted = Native("save_for_backward", lambda *ignored: None)
        context = Instance(Class("context", (), {}), {"save_for_backward": noted, "needs_input_grad": (False,) * 8})
        return self.call(self.attribute(made_of, "forward", node), (context, *given), more, node)

    def _of_native(self, value: Native, name: str) -> Any:
        """Return an attribute of a function or a type of Python itself."""
        if value.of is not None and name == "func":
            return value.of
        if value.name == "object" and name == "__setattr__":
            return Native(name, lambda reader, node, given, more: reader.set_plainly(*given, node))
        if value.name == "dict" and name == "fromkeys":
            return Native(name, lambda reader, node, given, more: dict.fromkeys(reader.items(given[0]), *given[1:]))
        sample: Any = {"dict": {}, "list": [], "str": "", "tuple": ()}.get(value.name)
        if sample is None or method_of(sample, name) is None:
            return Unknown(f"{value.name}.{name}")

        def run(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> Any:
            own = method_of(given[0], name)
            return Unknown(f"{value.name}.{name}") if own is None else own(reader, node, given[1:], more)

        return Native(name, run)

    def _of_instance(self, value: Instance, name: str, node: ast.AST) -> Any:
        if name in value.names:
            return value.names[name]
        for one in value.made_of.lineage():
            if name in one.names:
                found = one.names[name]
                return self._found_on(found, value) if isinstance(found, Function) else found
        if name == "__dict__":
            return value.names
        if name in ("__getattr__", "__getattribute__", "__setattr__"):
            return self._of_any_object(value, name)
        if name == "_modules":
            return Members(children_of(value), value.names)
        held = value.names.get(ITEMS)
        if held is not None and (run := method_of(held, name)) is not None:
            return Native(name, run)
        found = ABSENT if name.startswith("__") else self.special(value, "__getattr__", (name,), node)
        if found is not ABSENT:
            return found
        if held is not None and any(name in one.names for one in value.made_of.lineage() for name in _ATTRIBUTES):
            return held.get(name, Unknown(f"{name} of {value.made_of.name}", name))
        if name == "_replace" and value.is_tuple:
            return Native(name, lambda reader, node, given, more: Instance(value.made_of, {**value.names, **more}))
        if name == "_asdict" and value.is_tuple:
            return Native(name, lambda reader, node, given, more: dict(value.names))
        return self.world.attribute(value, name, self.place(node))

    def _found_on(self, found: Function, bound: Any) -> Any:
        """Return a function of a class as it is found on an object: as a method, or called where it is a property."""
        if found.is_static:
            return found
        owner = bound.made_of if isinstance(bound, Instance) and found.is_of_class else bound
        method = Method(found, owner)
        return self.call(method, (), {}, found.node) if found.is_property else method

    def _behind(self, value: Super, name: str) -> Any:
        for one in value.behind:
            found = one.names.get(name)
            if isinstance(found, Function):
                return self._found_on(found, value.bound)
        bound = value.bound
        if isinstance(bound, Instance):
            own = self._of_any_object(bound, name)
            if own is not None:
                return own
        is_plain = isinstance(bound, Instance) and not bound.made_of.roots and bool(fields_of(value.behind))
        if name == "__init__" and is_plain:
            return Native(name, lambda reader, node, given, more: self.fill(bound, value.behind, given, more))
        return self.world.attribute(value, name, Place(1, 1))

    def _of_any_object(self, bound: Instance, name: str) -> Native | None:
        """Return a method that every object has, or every dictionary, as ``super()`` finds it."""
        names: dict[str, Any] = bound.names
        held: Any = names.get(ITEMS)

        def missing(key: Any) -> Unknown:
            return Unknown(f"{cut(str(key))} of {bound.made_of.name}", str(key))

        def made(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> None:
            held.update(self.pairs(given, more, node))

        found: dict[str, Run] = {
            "__setattr__": lambda reader, node, given, more: reader.set_plainly(bound, given[0], given[1], node),
            **dict.fromkeys(_ATTRIBUTES, lambda reader, node, given, more: names.get(given[0], missing(given[0]))),
        }
        if held is not None:
            found |= {
                "__init__": made,
                "__getitem__": lambda reader, node, given, more: reader.part(held, given[0], node),
                "__setitem__": lambda reader, node, given, more: reader.put(held, given[0], given[1], node),
                "__contains__": lambda reader, node, given, more: is_key(given[0]) and given[0] in held,
            }
        run = found.get(name) or (None if held is None else method_of(held, name))
        return None if run is None else Native(name, run)

    def fill(
        self, made: Instance, lineage: Sequence[Class], arguments: Sequence[Any], named: Mapping[str, Any]
    ) -> None:
        """Set the fields of a dataclass, or of a module of Flax, as they are given or as they are by default."""
        fields = fields_of(lineage)
        given = {**dict(zip(fields, arguments, strict=False)), **named}
        for name in fields:
            owner = next((one for one in lineage if name in one.names), None)
            usual = None if owner is None else owner.names[name]
            if owner is None and name not in given:
                usual = self.given.get(name, Unknown(f"{name} of {made.made_of.name}", name))
            made.names[name] = given.get(name, list(usual) if isinstance(usual, list) else usual)

    def set(self, owner: Any, name: str, value: Any, node: ast.AST) -> None:
        """Change an attribute, by the method of a class of the text where it has one for that."""
        ways = [(f"{SETTER}{name}", (value,)), ("__setattr__", (name, value))]
        is_part = isinstance(value, LibraryLayer | Container | Instance) and isinstance(owner, Instance)
        if is_part and any(path.endswith("nn.Module") for path in owner.made_of.roots):
            # PyTorch keeps modules as parts before it looks for properties.
            ways = ways[1:]
        for word, given in ways:
            if self.special(owner, word, given, node) is not ABSENT:
                return
        self.set_plainly(owner, name, value, node)

    def set_plainly(self, owner: Any, name: str, value: Any, node: ast.AST) -> None:
        """Change an attribute of an object, of a class, of a container, or of a layer, which then is another."""
        if isinstance(owner, Instance):
            if name == "__dict__" and value is owner and ITEMS in owner.names:
                owner.names[ITEMS] = owner.names = {**owner.names.pop(ITEMS), **owner.names}
                return
            owner.names[name] = value
            layer = owner.names.get("\0layer")
            if isinstance(layer, LibraryLayer):
                layer.change(name, value)
        elif isinstance(owner, Class):
            owner.names[name] = value
        elif isinstance(owner, Container):
            owner.children[name] = value
        elif isinstance(owner, LibraryLayer):
            owner.change(name, value)
        elif isinstance(owner, Library):
            self.patches[f"{owner.path}.{name}"] = value
        elif isinstance(owner, Traced) and name == "data" and isinstance(owner.weights, tuple):
            layer, which = owner.weights
            layer.change(which, value)

    def part(self, value: Any, index: Any, node: ast.AST) -> Any:
        """Return a part of a value."""
        if isinstance(value, Library):
            # Types such as ``Tuple[int, ...]`` are written this way.
            return value
        is_part = isinstance(value, Array) and (index is None or isinstance(index, tuple))
        if isinstance(value, Traced) or is_part:
            return self.world.item(value, index, self.place(node))
        for one in (value, index):
            if isinstance(one, Unknown):
                return one
        if isinstance(value, Container):
            return self._member(value, index, node)
        if isinstance(value, Instance):
            found = self.special(value, "__getitem__", (index,), node)
            return self._part_of(value, index, node) if found is ABSENT else found
        if isinstance(value, Class) and value.is_enumeration:
            return value.names.get(str(index), Unknown(f"{value.name}[{index!r}]"))
        if isinstance(value, int | float):
            raise refused(self.place(node), "is a part of a number: {}", self.said(node))
        if not isinstance(value, str | list | tuple | dict | range):
            return Unknown(self.said(node))
        if isinstance(value, dict) and not is_key(index):
            return Unknown(self.said(node))
        if isinstance(value, Defaults) and index not in value:
            value[index] = self.call(value.factory, (), {}, node)
        if isinstance(index, Instance):
            index = self.special(index, "__index__", (), node)
        try:
            return value[index]
        except (LookupError, TypeError, ValueError) as error:
            raise refused(self.place(node), "cannot be found: {} ({})", self.said(node), error) from error

    def _part_of(self, value: Instance, index: Any, node: ast.AST) -> Any:
        """Return a part of a tuple with names, of a dictionary, or of a container."""
        held = value.names.get(ITEMS)
        if held is not None:
            found = held.get(index, ABSENT) if is_key(index) else Unknown(self.said(node))
            found = self.special(value, "__missing__", (index,), node) if found is ABSENT else found
            return self.part(held, index, node) if found is ABSENT else found
        if isinstance(index, str):
            return value.names.get(index, Unknown(f"what {cut(index)} of {value.made_of.name} is", index))
        if any(path.endswith(("Sequential", "ModuleList")) for path in value.made_of.roots):
            within = {str(n): one for n, one in enumerate(self.items(value, node))}
            return self._member(Container("torch.nn.Sequential", within), index, node)
        many = [value.names.get(name) for name in value.made_of.fields]
        is_there = isinstance(index, slice) or (isinstance(index, int) and -len(many) <= index < len(many))
        return many[index] if is_there else Unknown(self.said(node))

    def _member(self, value: Container, index: Any, node: ast.AST) -> Any:
        names = list(value.children)
        try:
            if isinstance(index, slice):
                return Container(value.path, {name: value.children[name] for name in names[index]})
            return value.children[names[index] if isinstance(index, int) else str(index)]
        except (LookupError, TypeError) as error:
            raise refused(self.place(node), "is not there: {}", self.said(node)) from error

    def put(self, owner: Any, key: Any, value: Any, node: ast.AST) -> None:
        """Change a part of a value.

        Raises
        ------
        NotKnown
            If it is not known which part that is.
        """
        if isinstance(owner, Instance) and self.special(owner, "__setitem__", (key, value), node) is not ABSENT:
            return
        held = owner.names.get(ITEMS) if isinstance(owner, Instance) else owner
        is_place = isinstance(key, int) and isinstance(held, list | Container)
        names = list(held.children) if isinstance(held, Container) else []
        if isinstance(held, list) and isinstance(key, slice):
            held[key] = self.items(value, node)
        elif (isinstance(held, list) and is_place and -len(held) <= key < len(held)) or (
            isinstance(held, dict) and is_key(key)
        ):
            held[key] = value
        elif isinstance(held, Container) and not isinstance(key, Unknown):
            held.children[names[key] if is_place and -len(names) <= key < len(names) else str(key)] = value
        elif not isinstance(held, Traced | Unknown):
            raise NotKnown(key if isinstance(key, Unknown) else Unknown(self.said(node)))

    def pairs(self, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> dict[Any, Any]:
        """Return what ``dict`` makes of its arguments.

        Raises
        ------
        NotKnown
            If it is not known what that is.
        """
        found = self.call(Native("dict", BUILTINS["dict"]), arguments, named, node)
        if not isinstance(found, dict):
            raise NotKnown(found if isinstance(found, Unknown) else Unknown(self.said(node)))
        return found

    def remove(self, owner: Any, name: str) -> None:
        """Take an attribute away."""
        names = owner.names if isinstance(owner, Instance) else getattr(owner, "children", {})
        names.pop(name, None)
        if isinstance(owner, LibraryLayer):
            owner.change(name, None)

    def delete(self, owner: Any, key: Any, node: ast.AST) -> None:
        """Take a part of a value away."""
        if self.special(owner, "__delitem__", (key,), node) is not ABSENT:
            return
        held = owner.names.get(ITEMS) if isinstance(owner, Instance) else owner
        try:
            if isinstance(held, Container):
                names = list(held.children)
                gone = [str(key)] if isinstance(key, str) else names[key] if isinstance(key, slice) else [names[key]]
                held.children = renumbered({name: one for name, one in held.children.items() if name not in gone})
            elif isinstance(held, list | dict):
                del held[key]
        except (LookupError, TypeError) as error:
            raise refused(self.place(node), "cannot be found: {} ({})", self.said(node), error) from error


def fields_of(lineage: Sequence[Class]) -> list[str]:
    """Return the fields of classes of which each extends those behind it, in the order of their arguments."""
    return list(dict.fromkeys(name for one in reversed(lineage) for name in one.fields))


def _members(value: Class) -> list[tuple[str, Any]]:
    """Return the names and values of an enumeration."""
    return [(name, one) for name, one in value.names.items() if not isinstance(one, Function) and name[:1] != "_"]


def _lost(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """Say that a method is not known, which may change what it is called on."""
    raise NotKnown(Unknown(reader.said(node)))
