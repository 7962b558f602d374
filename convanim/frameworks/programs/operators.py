"""Operators between values of a program: arithmetic, comparisons, and what counts as true."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from convanim.frameworks.programs.reader import ABSENT, MOST_ITEMS, NotKnown, Reader
from convanim.frameworks.programs.texts import percent
from convanim.frameworks.programs.values import (
    ITEMS,
    Array,
    Class,
    Container,
    Function,
    GraphModel,
    Instance,
    Library,
    LibraryLayer,
    Native,
    Traced,
    Unknown,
)
from convanim.frameworks.source import refused

_MOST_BITS = 512
ITEMS_A_STEP = 8

_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_COMPARED: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SYMBOLS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.MatMult: "matmul"}
_SPECIAL = {
    **{sign: word for sign, word in _SYMBOLS.items() if word != "div"},
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
"""The special methods for operators."""
_ORDER: Mapping[type, str] = {ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__"}
_TURNED: Mapping[type, str] = {ast.Lt: "__gt__", ast.LtE: "__ge__", ast.Gt: "__lt__", ast.GtE: "__le__"}
SCALAR = (bool, int, float, str, type(None))
_IDENTITIES = (Class, Function, Library, LibraryLayer, Container, GraphModel)
"""What is a key as the thing that it is."""
PLAIN = (*SCALAR, list, tuple, dict, set, range)


class Operators(Reader):
    """Operators between values, of which any may be unknown."""

    def combined(self, node: ast.AST, sign: ast.operator, left: Any, right: Any) -> Any:
        """Return what an operator makes of two values."""
        if isinstance(left, Traced) or isinstance(right, Traced):
            return self.world.combine(_SYMBOLS.get(type(sign), "other"), left, right, self.place(node))
        for one in (left, right):
            if isinstance(one, Unknown):
                return one
        if isinstance(left, Instance) or isinstance(right, Instance):
            return self._of_objects(node, sign, left, right)
        if isinstance(left, Container) and isinstance(sign, ast.Add):
            return self._joined(left, right, node)
        if isinstance(left, Array) or isinstance(right, Array):
            return self._one_by_one(node, sign, left, right)
        compute = _OPERATORS.get(type(sign))
        if compute is None or not (isinstance(left, PLAIN) and isinstance(right, PLAIN)):
            return Unknown(self.said(node))
        if isinstance(sign, ast.Mod) and isinstance(left, str):
            said = percent(left[:MOST_ITEMS], right)
            return Unknown(self.said(node)) if said is None else said
        if is_too_large(sign, left, right):
            raise refused(self.place(node), "is too large: {}", self.said(node))
        try:
            made = compute(left, right)
            self.tick(node, len(made) // ITEMS_A_STEP if isinstance(made, str | list | tuple) else 0)
            return made
        except (ArithmeticError, TypeError, ValueError) as error:
            raise refused(self.place(node), "cannot be computed: {} ({})", self.said(node), error) from error

    def _of_objects(self, node: ast.AST, sign: ast.operator, left: Any, right: Any) -> Any:
        """Return what an operator makes of objects of the text, as their classes say."""
        name = _SPECIAL[type(sign)]
        for one, other, word in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
            made = self.special(one, word, (other,), node)
            if made is not ABSENT:
                return made
        return Unknown(self.said(node))

    def _one_by_one(self, node: ast.AST, sign: ast.operator, left: Any, right: Any) -> Any:
        """Return what an operator makes of the numbers of arrays, each with the one at its place."""
        many = [one for one in (left, right) if isinstance(one, list | tuple)]
        count = len(many[0])
        if any(len(one) != count for one in many):
            return Unknown(self.said(node))
        self.tick(node, count)
        rows = [one if isinstance(one, list | tuple) else [one] * count for one in (left, right)]
        return Array(self.combined(node, sign, *pair) for pair in zip(*rows, strict=True))

    def _joined(self, left: Container, right: Any, node: ast.AST) -> Container:
        """Return two containers as one."""
        more = self.items(right, node)
        return Container(left.path, {str(n): one for n, one in enumerate([*left.children.values(), *more])})

    def _compared(self, node: ast.AST, sign: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(sign, ast.Is | ast.IsNot):
            if isinstance(left, Unknown) or isinstance(right, Unknown):
                return left if isinstance(left, Unknown) else right
            same = is_same(left, right) or (isinstance(left, SCALAR) and isinstance(right, SCALAR) and left == right)
            return same is isinstance(sign, ast.Is)
        for one in (left, right):
            if isinstance(one, Unknown):
                return one
            if isinstance(one, Traced):
                return self._cells_compared(node, sign, left, right)
        if isinstance(sign, ast.Eq | ast.NotEq):
            return self._equal(left, right, node) is isinstance(sign, ast.Eq)
        if isinstance(sign, ast.In | ast.NotIn):
            if isinstance(left, str) and isinstance(right, str):
                return (left in right) is isinstance(sign, ast.In)
            said = self.special(right, "__contains__", (left,), node)
            if said is not ABSENT:
                test = self.truth(said)
                return test if isinstance(test, Unknown) else test is isinstance(sign, ast.In)
            there = any(self._equal(left, one, node) for one in self.items(right, node))
            return there is isinstance(sign, ast.In)
        for one, other, name in ((left, right, _ORDER[type(sign)]), (right, left, _TURNED[type(sign)])):
            said = self.special(one, name, (other,), node)
            if said is not ABSENT:
                return said
        try:
            is_known = isinstance(left, (*SCALAR, tuple)) and isinstance(right, (*SCALAR, tuple))
            return _COMPARED[type(sign)](left, right) if is_known else Unknown(self.said(node))
        except TypeError as error:
            raise refused(self.place(node), "cannot be compared: {} ({})", self.said(node), error) from error

    def _cells_compared(self, node: ast.AST, sign: ast.cmpop, left: Any, right: Any) -> Any:
        """Return what a comparison makes of tensors, cell by cell; no tensor is a text, or None."""
        if isinstance(sign, ast.In | ast.NotIn):
            return Unknown("what a tensor holds")
        if any(one is None or isinstance(one, str) for one in (left, right)):
            return isinstance(sign, ast.NotEq)
        return self.world.combine("compare", left, right, self.place(node))

    def _equal(self, left: Any, right: Any, node: ast.AST) -> bool:
        """Return whether two values are the same, counting steps, since lists may hold each other over and over."""
        self.tick(node)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Unknown):
                raise NotKnown(one)
            said = self.special(one, "__eq__", (other,), node)
            if said is not ABSENT:
                test = self.truth(said)
                if isinstance(test, Unknown):
                    raise NotKnown(test)
                return test
        if isinstance(left, Instance) and isinstance(right, Instance) and left is not right and left.made_of.fields:
            raise NotKnown(Unknown(self.said(node)))
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            return (
                isinstance(left, list) is isinstance(right, list)
                and len(left) == len(right)
                and all(self._equal(one, other, node) for one, other in zip(left, right, strict=True))
            )
        if isinstance(left, dict) and isinstance(right, dict):
            return left.keys() == right.keys() and all(self._equal(left[key], right[key], node) for key in left)
        if isinstance(left, (*SCALAR, set, range)) and isinstance(right, (*SCALAR, set, range)):
            return bool(left == right)
        return is_same(left, right)

    def truth(self, value: Any) -> bool | Unknown:
        """Return whether a value counts as true, if that is known."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Traced):
            return Unknown("what a tensor holds")
        if isinstance(value, Container):
            return bool(value.children)
        if isinstance(value, Instance):
            return self._counts_as_true(value)
        if isinstance(value, Library):
            # What only a type checker reads is not run.
            return value.short != "TYPE_CHECKING"
        return bool(value) if isinstance(value, PLAIN) else True

    def _counts_as_true(self, value: Instance) -> bool | Unknown:
        node = ast.Pass(lineno=1, col_offset=0)
        for name in ("__bool__", "__len__"):
            said = self.special(value, name, (), node)
            if said is not ABSENT:
                return Unknown(self.said(node)) if isinstance(said, Instance) else self.truth(said)
        return bool(value.names[ITEMS]) if ITEMS in value.names else True


def is_same(left: Any, right: Any) -> bool:
    """Return whether two values are one: names of libraries lead to the same thing by several ways."""
    if isinstance(left, Library) and isinstance(right, Library):
        return left.short == right.short and left.path.split(".")[0] == right.path.split(".")[0]
    if isinstance(left, Native) and isinstance(right, Native):
        return left.run is right.run
    return left is right


def is_key(value: Any) -> bool:
    """Return whether a value may be a key; hashing tuples within tuples could go on for ever."""
    if isinstance(value, Instance):
        return not any(name in one.names for one in value.made_of.lineage() for name in ("__eq__", "__hash__"))
    return isinstance(value, (*SCALAR, *_IDENTITIES)) or (
        isinstance(value, tuple) and len(value) <= 64 and all(isinstance(one, SCALAR) for one in value)
    )


def is_too_large(sign: ast.operator, left: Any, right: Any) -> bool:
    """Return whether what an operator makes would take much memory or time."""
    numbers = [one for one in (left, right) if isinstance(one, int)]
    bits = [abs(one).bit_length() for one in numbers]
    if isinstance(sign, ast.Pow) and len(bits) == 2:
        return bits[0] * abs(int(right)) > _MOST_BITS
    if isinstance(sign, ast.LShift) and len(bits) == 2:
        return bits[0] + max(int(right), 0) > _MOST_BITS
    if isinstance(sign, ast.Mult):
        long = [len(one) for one in (left, right) if isinstance(one, str | list | tuple)]
        return sum(bits) > _MOST_BITS or (bool(long and numbers) and long[0] * max(*numbers, 0, 0) > MOST_ITEMS)
    if isinstance(sign, ast.Add) and isinstance(left, str | list | tuple) and isinstance(right, str | list | tuple):
        return len(left) + len(right) > MOST_ITEMS
    return False
