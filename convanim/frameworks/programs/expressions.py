"""Expressions of a program to values: names, literals, comprehensions, attributes and parts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convanim.frameworks.programs.operators import SCALAR, Operators, is_key
from convanim.frameworks.programs.python_names import BUILTINS, method_of
from convanim.frameworks.programs.reader import MOST_ITEMS
from convanim.frameworks.programs.texts import formatted
from convanim.frameworks.programs.values import (
    Array,
    Class,
    Container,
    Function,
    GraphModel,
    Instance,
    Library,
    LibraryLayer,
    Method,
    Native,
    Scope,
    Super,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place, cut, refused

_MISSING = Unknown("a part of a value")


class Expressions(Operators):
    """Expressions, each kind by a method of its own."""

    def value(self, node: ast.AST, scope: Scope) -> Any:
        """Return the value of an expression."""
        self.tick(node)
        find = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        return Unknown(self.said(node)) if find is None else find(node, scope)

    def _of_constant(self, node: ast.Constant, scope: Scope) -> Any:
        return node.value

    def _of_name(self, node: ast.Name, scope: Scope) -> Any:
        try:
            return scope.find(node.id)
        except KeyError:
            pass
        if node.id in self.given:
            return self.given[node.id]
        if node.id in BUILTINS:
            return Native(node.id, BUILTINS[node.id])
        found = self.world.find(node.id)
        return Unknown(cut(node.id), node.id) if found is None else found

    def _of_tuple(self, node: ast.Tuple, scope: Scope) -> Any:
        return tuple(self.members(node.elts, scope))

    def _of_list(self, node: ast.List, scope: Scope) -> Any:
        return self.members(node.elts, scope)

    def _of_set(self, node: ast.Set, scope: Scope) -> Any:
        found = self.members(node.elts, scope)
        return set(found) if all(map(is_key, found)) else Unknown(self.said(node))

    def members(self, nodes: Sequence[ast.expr], scope: Scope) -> list[Any]:
        """Return the items of a literal or the arguments of a call, with those behind stars in their places."""
        found: list[Any] = []
        for one in nodes:
            if isinstance(one, ast.Starred):
                self.extend(found, self.value(one.value, scope), one)
            else:
                found.append(self.value(one, scope))
        return found

    def _of_dict(self, node: ast.Dict, scope: Scope) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            own = self.value(value, scope)
            if key is None:
                found |= own if isinstance(own, dict) else {}
            elif is_key(name := self.value(key, scope)):
                found[name] = own
        return found

    def _of_joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = []
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                value = self.value(one.value, scope)
                spec = "" if one.format_spec is None else self.value(one.format_spec, scope)
                said = formatted(value, spec) if isinstance(spec, str) else None
                if said is None:
                    return value if isinstance(value, Unknown) else Unknown(self.said(node))
                parts.append(said)
            else:
                parts.append(str(self.value(one, scope)))
        return "".join(parts)[:MOST_ITEMS]

    def _of_binop(self, node: ast.BinOp, scope: Scope) -> Any:
        return self.combined(node, node.op, self.value(node.left, scope), self.value(node.right, scope))

    def _of_unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            test = self.truth(value)
            return test if isinstance(test, Unknown) else not test
        if isinstance(value, Traced):
            return self.world.combine("neg", value, None, self.place(node))
        if not isinstance(value, int | float):
            return value if isinstance(value, Unknown) else Unknown(self.said(node))
        return -value if isinstance(node.op, ast.USub) else +value if isinstance(node.op, ast.UAdd) else ~int(value)

    def _of_boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        value: Any = None
        for one in node.values:
            value = self.value(one, scope)
            test = self.truth(value)
            if isinstance(test, Unknown):
                return test
            if test is isinstance(node.op, ast.Or):
                return value
        return value

    def _of_compare(self, node: ast.Compare, scope: Scope) -> Any:
        left = self.value(node.left, scope)
        for sign, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other, scope)
            test = self._compared(node, sign, left, right)
            if test is not True:
                return test
            left = right
        return True

    def _of_ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        test = self.truth(self.value(node.test, scope))
        return test if isinstance(test, Unknown) else self.value(node.body if test else node.orelse, scope)

    def _of_namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self.value(node.value, scope)
        self.assign(node.target, value, scope)
        return value

    def _of_yield(self, node: ast.Yield, scope: Scope) -> Any:
        self.extend(self._yielded(scope), [None if node.value is None else self.value(node.value, scope)], node)
        return None

    def _of_yieldfrom(self, node: ast.YieldFrom, scope: Scope) -> Any:
        self.extend(self._yielded(scope), self.value(node.value, scope), node)
        return None

    @staticmethod
    def _yielded(scope: Scope) -> list[Any]:
        found: list[Any] = scope.names.setdefault("\0yields", [])
        return found

    def _of_starred(self, node: ast.Starred, scope: Scope) -> Any:
        return self.value(node.value, scope)

    def _of_listcomp(self, node: ast.ListComp, scope: Scope) -> Any:
        found: list[Any] = []
        why = self._comprehended(node.generators, Scope({}, scope), lambda own: found.append(self.value(node.elt, own)))
        return why or found

    def _of_generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Any:
        found: list[Any] = []
        why = self._comprehended(node.generators, Scope({}, scope), lambda own: found.append(self.value(node.elt, own)))
        return why or found

    def _of_dictcomp(self, node: ast.DictComp, scope: Scope) -> Any:
        found: dict[Any, Any] = {}

        def add(own: Scope) -> None:
            key = self.value(node.key, own)
            if is_key(key):
                found[key] = self.value(node.value, own)

        return self._comprehended(node.generators, Scope({}, scope), add) or found

    def _comprehended(
        self, generators: Sequence[ast.comprehension], scope: Scope, add: Callable[[Scope], None]
    ) -> Unknown | None:
        if not generators:
            add(scope)
            return None
        first, *rest = generators
        found = self.value(first.iter, scope)
        if isinstance(found, Unknown | Traced):
            return found if isinstance(found, Unknown) else Unknown("how many parts a tensor has")
        for item in self.items(found, first.iter):
            self.assign(first.target, item, scope)
            tests = [self.truth(self.value(test, scope)) for test in first.ifs]
            why = next((test for test in tests if isinstance(test, Unknown)), None)
            if why is not None:
                return why
            if all(tests):
                why = self._comprehended(rest, scope, add)
                if why is not None:
                    return why
        return None

    def _of_attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.value(node.value, scope), node.attr, node)

    def attribute(self, value: Any, name: str, node: ast.AST) -> Any:
        """Return an attribute of a value."""
        if isinstance(value, Library) and name != "__name__":
            return Library(f"{value.path}.{name}")
        if isinstance(value, Instance):
            return self._of_instance(value, name, node)
        if isinstance(value, Super):
            return self._behind(value, name)
        if name == "__name__" and isinstance(value, Class | Library):
            return value.name if isinstance(value, Class) else value.short
        if isinstance(value, Native) and value.of is not None and name == "func":
            return value.of
        if isinstance(value, Class):
            found = next((one.names[name] for one in value.lineage() if name in one.names), None)
            if isinstance(found, Function) and found.is_of_class:
                return Method(found, value)
            return Unknown(f"{value.name}.{name}", name) if found is None else found
        if isinstance(value, Unknown):
            return Unknown(value.why, value.name, value.holds)
        if isinstance(value, Traced | LibraryLayer | Container | GraphModel):
            return self.world.attribute(value, name, self.place(node))
        if name == "value" and isinstance(value, (*SCALAR, tuple)):
            # Of an enumeration, whose values stand for themselves.
            return value
        found = method_of(value, name)
        if found is None and isinstance(value, Array):
            return self.world.attribute(value, name, self.place(node))
        return Unknown(self.said(node)) if found is None else Native(name, found)

    def _of_instance(self, value: Instance, name: str, node: ast.AST) -> Any:
        if name in value.names:
            return value.names[name]
        for one in value.made_of.lineage():
            if name in one.names:
                found = one.names[name]
                if not isinstance(found, Function) or found.is_static:
                    return found
                method = Method(found, value.made_of if found.is_of_class else value)
                return self.call(method, (), {}, node) if found.is_property else method
        if name == "__class__":
            return value.made_of
        return self.world.attribute(value, name, self.place(node))

    def _behind(self, value: Super, name: str) -> Any:
        for one in value.behind:
            if isinstance(one.names.get(name), Function):
                return Method(one.names[name], value.bound)
        bound = value.bound
        if name == "__init__" and isinstance(bound, Instance) and not bound.made_of.roots and fields_of(value.behind):
            return Native(name, lambda reader, node, given, more: self.fill(bound, value.behind, given, more))
        return self.world.attribute(value, name, Place(1, 1))

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

    def _of_subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        value = self.value(node.value, scope)
        if isinstance(value, Library):
            # Types such as ``Tuple[int, ...]`` are written this way.
            return value
        index = self.value(node.slice, scope)
        is_part = isinstance(value, Array) and (index is None or isinstance(index, tuple))
        if isinstance(value, Traced) or is_part:
            return self.world.item(value, index, self.place(node))
        for one in (value, index):
            if isinstance(one, Unknown):
                return one
        if isinstance(value, Container):
            return self._member(value, index, node)
        if isinstance(value, Instance):
            method = self._of_instance(value, "__getitem__", node)
            if isinstance(method, Method):
                return self.call(method, (index,), {}, node)
            return self._part_of(value, index)
        if isinstance(value, int | float):
            raise refused(self.place(node), "is a part of a number: {}", self.said(node))
        try:
            return value[index] if isinstance(value, str | list | tuple | dict | range) else _MISSING
        except (LookupError, TypeError, ValueError) as error:
            raise refused(self.place(node), "cannot be found: {} ({})", self.said(node), error) from error

    def _part_of(self, value: Instance, index: Any) -> Any:
        """Return a part of a tuple with names, or of a dictionary whose values are attributes."""
        if isinstance(index, str):
            return value.names.get(index, Unknown(f"what {cut(index)} of {value.made_of.name} is", index))
        if any(path.endswith(("Sequential", "ModuleList")) for path in value.made_of.roots):
            held = Container("torch.nn.Sequential", {str(n): one for n, one in enumerate(self.items(value))})
            return self._member(held, index, ast.Pass(lineno=1, col_offset=0))
        many = [value.names.get(name) for name in value.made_of.fields]
        is_there = isinstance(index, int) and -len(many) <= index < len(many)
        return many[index] if is_there else _MISSING

    def _member(self, value: Container, index: Any, node: ast.AST) -> Any:
        names = list(value.children)
        try:
            if isinstance(index, slice):
                return Container(value.path, {name: value.children[name] for name in names[index]})
            return value.children[names[index] if isinstance(index, int) else str(index)]
        except (LookupError, TypeError) as error:
            raise refused(self.place(node), "is not there: {}", self.said(node)) from error

    def _of_slice(self, node: ast.Slice, scope: Scope) -> Any:
        ends = [None if one is None else self.value(one, scope) for one in (node.lower, node.upper, node.step)]
        unknown = next((one for one in ends if isinstance(one, Unknown)), None)
        return slice(*ends) if unknown is None else unknown


def fields_of(lineage: Sequence[Class]) -> list[str]:
    """Return the fields of classes of which each extends those behind it, in the order of their arguments."""
    return list(dict.fromkeys(name for one in reversed(lineage) for name in one.fields))
