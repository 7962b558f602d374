"""Expressions of a program to values: names, literals, comprehensions, attributes and parts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from convanim.frameworks.programs.objects import Objects
from convanim.frameworks.programs.operators import is_key
from convanim.frameworks.programs.python_names import BUILTINS
from convanim.frameworks.programs.reader import MOST_ITEMS, NotKnown
from convanim.frameworks.programs.texts import formatted
from convanim.frameworks.programs.values import (
    Library,
    Native,
    Running,
    Scope,
    Traced,
    Unknown,
)
from convanim.frameworks.source import cut


class Expressions(Objects):
    """Expressions, each kind by a method of its own."""

    def value(self, node: ast.AST, scope: Scope) -> Any:
        """Return the value of an expression."""
        self.tick(node)
        find = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        try:
            return Unknown(self.said(node)) if find is None else find(node, scope)
        except NotKnown as error:
            return error.unknown

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
                found |= self.pairs((own,), {}, node)
            else:
                self.put(found, self.value(key, scope), own, node)
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
        return why or Running(found)

    def _of_dictcomp(self, node: ast.DictComp, scope: Scope) -> Any:
        found: dict[Any, Any] = {}

        def add(own: Scope) -> None:
            self.put(found, self.value(node.key, own), self.value(node.value, own), node)

        return self._comprehended(node.generators, Scope({}, scope), add) or found

    def _comprehended(
        self, generators: Sequence[ast.comprehension], scope: Scope, add: Callable[[Scope], None]
    ) -> Unknown | None:
        if not generators:
            add(scope)
            return None
        first, *rest = generators
        found = self.value(first.iter, scope)
        if isinstance(found, Unknown):
            return found
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

    def _of_subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        value = self.value(node.value, scope)
        return value if isinstance(value, Library) else self.part(value, self.value(node.slice, scope), node)

    def _of_slice(self, node: ast.Slice, scope: Scope) -> Any:
        ends = [None if one is None else self.value(one, scope) for one in (node.lower, node.upper, node.step)]
        unknown = next((one for one in ends if isinstance(one, Unknown)), None)
        return slice(*ends) if unknown is None else unknown
