"""The interpreter: statements and expressions of a program walked through, bounded in steps, and nothing run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from convanim.base.errors import ConvanimError
from convanim.frameworks.programs.python_names import BUILTINS, method_of
from convanim.frameworks.programs.texts import formatted, percent
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

MOST_STEPS = 500_000
"""Parts of statements that are looked at in all."""

MOST_ITEMS = 50_000
"""Of a list, or letters of a text that is computed."""

_MOST_BITS = 512
_ITEMS_A_STEP = 8
_MOST_DEEP = 45
"""Functions that call each other."""

_FORWARD = {"torch": "forward", "keras": "call", "flax": "__call__", "jax": "__call__"}
"""The method that a module of each library runs when it is called."""

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
_SCALAR = (bool, int, float, str, type(None))
_PLAIN = (*_SCALAR, list, tuple, dict, set, range)


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

    def note(self, text: str) -> None:
        """Say something of how the program was read."""


class _Left(Exception):  # noqa: N818
    """A block is left: by ``return``, ``break`` or ``continue``."""

    def __init__(self, how: str, value: Any = None) -> None:
        super().__init__(how)
        self.how, self.value = how, value


class Interpreter:
    """A program that is being read.

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
        self.globals = Scope()

    def run(self, statements: Sequence[ast.stmt], scope: Scope | None = None) -> None:
        """Go through statements in order; those that a block is left by are ignored at the end of it."""
        try:
            self._block(statements, scope or self.globals)
        except _Left:
            return

    def expression(self, text: str, names: Mapping[str, Any]) -> Any:
        """Return the value of an expression, with some names beside those of the program."""
        return self._value(ast.parse(text, mode="eval").body, Scope(dict(names), self.globals))

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

    # Statements

    def _block(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self.tick(statement)
            run = getattr(self, f"_do_{type(statement).__name__.lower()}", None)
            if run is not None:
                run(statement, scope)
            elif not isinstance(statement, ast.Pass | ast.Assert):
                what = type(statement).__name__.lower()
                self._skip([statement], Unknown(f"what the statement {what} does"), scope, statement)

    def _do_expr(self, node: ast.Expr, scope: Scope) -> None:
        value = self._value(node.value, scope)
        if scope is self.globals:
            scope.names.setdefault("\0bare", []).append(value)

    def _do_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self._value(node.value, scope)
        for target in node.targets:
            self._assign(target, value, scope)

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self._assign(node.target, self._value(node.value, scope), scope)

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        target: Any = node.target
        old = self._value(_loaded(target), scope)
        new = self._value(node.value, scope)
        if isinstance(node.op, ast.Add) and isinstance(old, list):
            self._extend(old, new, node)
            return
        if isinstance(node.op, ast.Add) and isinstance(old, Container):
            self.call(self.attribute(old, "extend", node), (new,), {}, node)
            return
        self._assign(target, self.combined(node, node.op, old, new), scope)

    def _extend(self, items: list[Any], more: Any, node: ast.AST) -> None:
        items += self.items(more, node) if not isinstance(more, Unknown) else [more]
        if len(items) > MOST_ITEMS:
            raise refused(self.place(node), "makes a list of more than {} items", f"{MOST_ITEMS:,}")

    def _do_return(self, node: ast.Return, scope: Scope) -> None:
        raise _Left("return", None if node.value is None else self._value(node.value, scope))

    def _do_break(self, node: ast.Break, scope: Scope) -> None:
        raise _Left("break")

    def _do_continue(self, node: ast.Continue, scope: Scope) -> None:
        raise _Left("continue")

    def _do_if(self, node: ast.If, scope: Scope) -> None:
        test = self.truth(self._value(node.test, scope))
        if isinstance(test, Unknown):
            self._skip([*node.body, *node.orelse], test, scope, node)
        else:
            self._block(node.body if test else node.orelse, scope)

    def _do_for(self, node: ast.For, scope: Scope) -> None:
        found = self._value(node.iter, scope)
        if isinstance(found, Unknown | Traced):
            why = found if isinstance(found, Unknown) else Unknown("how many parts a tensor has")
            self._skip([node.target, *node.body, *node.orelse], why, scope, node)
            return
        for item in self.items(found, node):
            self._assign(node.target, item, scope)
            if not self._turn(node.body, scope):
                return
        self._block(node.orelse, scope)

    def _do_while(self, node: ast.While, scope: Scope) -> None:
        while True:
            self.tick(node)
            test = self.truth(self._value(node.test, scope))
            if isinstance(test, Unknown):
                self._skip(node.body, test, scope, node)
                return
            if not test:
                self._block(node.orelse, scope)
                return
            if not self._turn(node.body, scope):
                return

    def _turn(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through a loop's body once, and return whether the loop goes on."""
        try:
            self._block(body, scope)
        except _Left as left:
            if left.how == "return":
                raise
            return left.how == "continue"
        return True

    def _do_with(self, node: ast.With, scope: Scope) -> None:
        for item in node.items:
            value = self._value(item.context_expr, scope)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, scope)
        self._block(node.body, scope)

    def _do_try(self, node: ast.Try, scope: Scope) -> None:
        try:
            self._block([*node.body, *node.orelse], scope)
        except ConvanimError:
            if not node.handlers or self.steps > MOST_STEPS:
                raise
            handler = node.handlers[0]
            if handler.name:
                scope.names[handler.name] = Unknown("which error it is")
            self._block(handler.body, scope)
        self._block(node.finalbody, scope)

    def _do_delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                self._delete(self._value(target.value, scope), self._value(target.slice, scope), target)
            elif isinstance(target, ast.Attribute):
                owner = self._value(target.value, scope)
                names = owner.names if isinstance(owner, Instance) else getattr(owner, "children", {})
                names.pop(target.attr, None)

    def _delete(self, owner: Any, key: Any, node: ast.AST) -> None:
        try:
            if isinstance(owner, Container):
                names = list(owner.children)
                gone = [str(key)] if isinstance(key, str) else names[key] if isinstance(key, slice) else [names[key]]
                rest = [(name, one) for name, one in owner.children.items() if name not in gone]
                is_row = all(name.isdecimal() for name in names)
                owner.children = {str(n) if is_row else name: one for n, (name, one) in enumerate(rest)}
            elif isinstance(owner, list | dict):
                del owner[key]
        except (LookupError, TypeError) as error:
            raise refused(self.place(node), "cannot be found: {} ({})", self._said(node), error) from error

    def _do_nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        outer = scope.outer
        for name in node.names:
            owner = outer
            while owner is not None and name not in owner.names:
                owner = owner.outer
            if owner is not None:
                scope.elsewhere[name] = owner

    def _do_match(self, node: ast.Match, scope: Scope) -> None:
        value = self._value(node.subject, scope)
        for case in node.cases:
            found = self._matches(case.pattern, value, scope)
            if found is True and case.guard is not None:
                found = self.truth(self._value(case.guard, scope))
            if isinstance(found, Unknown):
                self._skip([one for each in node.cases for one in each.body], found, scope, node)
                return
            if found:
                self._block(case.body, scope)
                return

    def _matches(self, pattern: ast.pattern, value: Any, scope: Scope) -> bool | Unknown:
        """Return whether a value is as a pattern says: one value or another, or anything, under a name."""
        if isinstance(value, Unknown):
            return value
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            if pattern.name is not None:
                scope.names[pattern.name] = value
            return True
        if isinstance(pattern, ast.MatchOr):
            return any(self._matches(one, value, scope) is True for one in pattern.patterns)
        if isinstance(pattern, ast.MatchValue):
            return self._equal(value, self._value(pattern.value, scope), pattern)
        if isinstance(pattern, ast.MatchSingleton):
            return value is pattern.value
        return Unknown("which case is taken")

    def _do_raise(self, node: ast.Raise, scope: Scope) -> None:
        said = ast.unparse(node.exc) if node.exc is not None else "an error"
        raise refused(self.place(node), "is reached, where the program raises {}", cut(said))

    def _do_functiondef(self, node: ast.FunctionDef, scope: Scope) -> None:
        scope.names[node.name] = self._decorated(node, self._function(node, scope), scope)

    def _decorated(self, node: ast.FunctionDef | ast.ClassDef, value: Any, scope: Scope) -> Any:
        """Return a function or a class for which decorators of the text are called; what they wrap is read bare.

        Decorators mostly keep what they are given in a list of models; those of libraries change nothing here.
        """
        for one in reversed(node.decorator_list):
            head = self._value(one.func if isinstance(one, ast.Call) else one, scope)
            if not isinstance(head, Function | Method | Class):
                continue
            try:
                made = self.call(self._value(one, scope), (value,), {}, one)
            except ConvanimError:
                made = None
            if made is not value:
                self.world.note("what decorators of the program wrap is read without them")
        return value

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        inner = Scope({}, scope)
        bases = tuple(self._value(base, scope) for base in node.bases)
        fields = tuple(
            one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        )
        self._block(node.body, inner)
        made = Class(node.name, bases, inner.names, fields)
        for name, value in inner.names.items():
            if isinstance(value, Function) and value.scope is inner:
                # The names of a class's body are not seen within its functions.
                made.names[name] = Function(
                    value.name,
                    value.node,
                    scope,
                    value.defaults,
                    made,
                    value.is_property,
                    value.is_static,
                    value.is_of_class,
                )
        scope.names[node.name] = made
        scope.names[node.name] = self._decorated(node, made, scope)

    def _do_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            path = alias.name if alias.asname else alias.name.split(".")[0]
            scope.names[alias.asname or path] = Library(path)

    def _do_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            if node.level:
                scope.names[name] = Unknown(f"{name}, which another file defines,", name)
            elif alias.name == "*":
                self.globals.names.setdefault("\0stars", []).append(node.module)
            else:
                scope.names[name] = Library(f"{node.module}.{alias.name}")

    def _do_global(self, node: ast.Global, scope: Scope) -> None:
        for name in node.names:
            if scope is not self.globals:
                scope.elsewhere[name] = self.globals

    def _skip(self, parts: Sequence[ast.AST], why: Unknown, scope: Scope, node: ast.AST) -> None:
        """Take everything that some statements may change as unknown, since it is not known whether they run."""
        line = self.place(node).line
        told = Unknown(f"{why.why} (line {line})", why.name)
        leaves = False
        for part in parts:
            for one in ast.walk(part):
                self.tick(one)
                leaves = leaves or isinstance(one, ast.Return)
                if isinstance(one, ast.Name | ast.Attribute) and isinstance(one.ctx, ast.Store):
                    self._assign(one, told, scope)
                elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
                    changed = one.func.value
                    if isinstance(changed, ast.Name) and isinstance(
                        scope.names.get(changed.id), list | dict | Container
                    ):
                        scope.names[changed.id] = told
                    elif isinstance(changed, ast.Attribute) and one.func.attr in ("append", "add_module", "extend"):
                        self._assign(changed, told, scope)
        if leaves:
            raise _Left("return", told)

    def _assign(self, target: ast.AST, value: Any, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            owner = scope.elsewhere.get(target.id, scope)
            own = self.given.get(target.id, value) if owner is self.globals else value
            owner.names[target.id] = own
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value, scope)
        elif isinstance(target, ast.Attribute):
            owner = self._value(target.value, scope)
            self._set(owner, target.attr, value, target)
        elif isinstance(target, ast.Subscript):
            owner, key = self._value(target.value, scope), self._value(target.slice, scope)
            if (isinstance(owner, dict) and _is_key(key)) or (
                isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner)
            ):
                owner[key] = value
            elif isinstance(owner, list) and isinstance(key, slice):
                owner[key] = self.items(value, target)
            elif isinstance(owner, Container):
                names = list(owner.children)
                is_place = isinstance(key, int) and -len(names) <= key < len(names)
                owner.children[names[key] if is_place else str(key)] = value
        elif isinstance(target, ast.Starred):
            self._assign(target.value, value, scope)

    def _set(self, owner: Any, name: str, value: Any, node: ast.AST) -> None:
        """Change an attribute of an object, of a class, of a container, or of a layer, which then is another."""
        if isinstance(owner, Instance):
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

    def _unpack(self, target: ast.Tuple | ast.List, value: Any, scope: Scope) -> None:
        if isinstance(value, Unknown | Traced):
            parts = self.world.attribute(value, "\0parts", self.place(target)) if isinstance(value, Traced) else value
            if not isinstance(parts, list):
                for one in target.elts:
                    self._assign(one, parts, scope)
                return
            value = parts
        items = self.items(value, target)
        star = next((n for n, one in enumerate(target.elts) if isinstance(one, ast.Starred)), None)
        if star is None and len(items) != len(target.elts):
            raise refused(self.place(target), "takes {} values, and there are {}", len(target.elts), len(items))
        if star is not None:
            behind = len(target.elts) - star - 1
            items = [*items[:star], list(items[star : len(items) - behind]), *items[len(items) - behind :]]
        for one, item in zip(target.elts, items, strict=False):
            self._assign(one, item, scope)

    # Expressions

    def _value(self, node: ast.AST, scope: Scope) -> Any:
        self.tick(node)
        find = getattr(self, f"_of_{type(node).__name__.lower()}", None)
        return Unknown(self._said(node)) if find is None else find(node, scope)

    @staticmethod
    def _said(node: ast.AST) -> str:
        return cut(" ".join(ast.unparse(node).split()))

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
        return tuple(self._members(node.elts, scope))

    def _of_list(self, node: ast.List, scope: Scope) -> Any:
        return self._members(node.elts, scope)

    def _of_set(self, node: ast.Set, scope: Scope) -> Any:
        found = self._members(node.elts, scope)
        return set(found) if all(map(_is_key, found)) else Unknown(self._said(node))

    def _members(self, nodes: Sequence[ast.expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        for one in nodes:
            if isinstance(one, ast.Starred):
                self._extend(found, self._value(one.value, scope), one)
            else:
                found.append(self._value(one, scope))
        return found

    def _of_dict(self, node: ast.Dict, scope: Scope) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            own = self._value(value, scope)
            if key is None:
                found |= own if isinstance(own, dict) else {}
            elif _is_key(name := self._value(key, scope)):
                found[name] = own
        return found

    def _of_joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = []
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                value = self._value(one.value, scope)
                spec = "" if one.format_spec is None else self._value(one.format_spec, scope)
                said = formatted(value, spec) if isinstance(spec, str) else None
                if said is None:
                    return value if isinstance(value, Unknown) else Unknown(self._said(node))
                parts.append(said)
            else:
                parts.append(str(self._value(one, scope)))
        return "".join(parts)[:MOST_ITEMS]

    def _of_binop(self, node: ast.BinOp, scope: Scope) -> Any:
        return self.combined(node, node.op, self._value(node.left, scope), self._value(node.right, scope))

    def combined(self, node: ast.AST, sign: ast.operator, left: Any, right: Any) -> Any:
        """Return what an operator makes of two values."""
        if isinstance(left, Traced) or isinstance(right, Traced):
            return self.world.combine(_SYMBOLS.get(type(sign), "other"), left, right, self.place(node))
        for one in (left, right):
            if isinstance(one, Unknown):
                return one
        if isinstance(left, Container) and isinstance(sign, ast.Add):
            return self._joined(left, right, node)
        if isinstance(left, Array) or isinstance(right, Array):
            return self._one_by_one(node, sign, left, right)
        compute = _OPERATORS.get(type(sign))
        if compute is None or not (isinstance(left, _PLAIN) and isinstance(right, _PLAIN)):
            return Unknown(self._said(node))
        if isinstance(sign, ast.Mod) and isinstance(left, str):
            said = percent(left[:MOST_ITEMS], right)
            return Unknown(self._said(node)) if said is None else said
        if _is_too_large(sign, left, right):
            raise refused(self.place(node), "is too large: {}", self._said(node))
        try:
            made = compute(left, right)
            self.tick(node, len(made) // _ITEMS_A_STEP if isinstance(made, str | list | tuple) else 0)
            return made
        except (ArithmeticError, TypeError, ValueError) as error:
            raise refused(self.place(node), "cannot be computed: {} ({})", self._said(node), error) from error

    def _one_by_one(self, node: ast.AST, sign: ast.operator, left: Any, right: Any) -> Any:
        """Return what an operator makes of the numbers of arrays, each with the one at its place."""
        many = [one for one in (left, right) if isinstance(one, list | tuple)]
        count = len(many[0])
        if any(len(one) != count for one in many):
            return Unknown(self._said(node))
        self.tick(node, count)
        rows = [one if isinstance(one, list | tuple) else [one] * count for one in (left, right)]
        return Array(self.combined(node, sign, *pair) for pair in zip(*rows, strict=True))

    def _joined(self, left: Container, right: Any, node: ast.AST) -> Container:
        """Return two containers as one."""
        more = self.items(right, node)
        return Container(left.path, {str(n): one for n, one in enumerate([*left.children.values(), *more])})

    def _of_unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self._value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            test = self.truth(value)
            return test if isinstance(test, Unknown) else not test
        if isinstance(value, Traced):
            return self.world.combine("neg", value, None, self.place(node))
        if not isinstance(value, int | float):
            return value if isinstance(value, Unknown) else Unknown(self._said(node))
        return -value if isinstance(node.op, ast.USub) else +value if isinstance(node.op, ast.UAdd) else ~int(value)

    def _of_boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        value: Any = None
        for one in node.values:
            value = self._value(one, scope)
            test = self.truth(value)
            if isinstance(test, Unknown):
                return test
            if test is isinstance(node.op, ast.Or):
                return value
        return value

    def _of_compare(self, node: ast.Compare, scope: Scope) -> Any:
        left = self._value(node.left, scope)
        for sign, other in zip(node.ops, node.comparators, strict=True):
            right = self._value(other, scope)
            test = self._compared(node, sign, left, right)
            if test is not True:
                return test
            left = right
        return True

    def _compared(self, node: ast.AST, sign: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(sign, ast.Is | ast.IsNot):
            if isinstance(left, Unknown) or isinstance(right, Unknown):
                return left if isinstance(left, Unknown) else right
            same = _is_same(left, right) or (isinstance(left, _SCALAR) and isinstance(right, _SCALAR) and left == right)
            return same is isinstance(sign, ast.Is)
        for one in (left, right):
            if isinstance(one, Unknown):
                return one
            if isinstance(one, Traced):
                return Unknown("what a tensor holds")
        if isinstance(sign, ast.Eq | ast.NotEq):
            return self._equal(left, right, node) is isinstance(sign, ast.Eq)
        if isinstance(sign, ast.In | ast.NotIn):
            if isinstance(left, str) and isinstance(right, str):
                return (left in right) is isinstance(sign, ast.In)
            there = any(self._equal(left, one, node) for one in self.items(right, node))
            return there is isinstance(sign, ast.In)
        try:
            return _COMPARED[type(sign)](left, right) if isinstance(left, _SCALAR) else Unknown("a comparison")
        except TypeError as error:
            raise refused(self.place(node), "cannot be compared: {} ({})", self._said(node), error) from error

    def _equal(self, left: Any, right: Any, node: ast.AST) -> bool:
        """Return whether two values are the same, counting steps, since lists may hold each other over and over."""
        self.tick(node)
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            return (
                isinstance(left, list) is isinstance(right, list)
                and len(left) == len(right)
                and all(self._equal(one, other, node) for one, other in zip(left, right, strict=True))
            )
        if isinstance(left, _SCALAR) and isinstance(right, _SCALAR):
            return bool(left == right)
        return _is_same(left, right)

    def truth(self, value: Any) -> bool | Unknown:
        """Return whether a value counts as true, if that is known."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Traced):
            return Unknown("what a tensor holds")
        if isinstance(value, Container):
            return bool(value.children)
        return bool(value) if isinstance(value, _PLAIN) else True

    def _of_ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        test = self.truth(self._value(node.test, scope))
        return test if isinstance(test, Unknown) else self._value(node.body if test else node.orelse, scope)

    def _of_lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        return self._function(node, scope)

    def _of_namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self._value(node.value, scope)
        self._assign(node.target, value, scope)
        return value

    def _of_yield(self, node: ast.Yield, scope: Scope) -> Any:
        self._extend(self._yielded(scope), [None if node.value is None else self._value(node.value, scope)], node)
        return None

    def _of_yieldfrom(self, node: ast.YieldFrom, scope: Scope) -> Any:
        self._extend(self._yielded(scope), self._value(node.value, scope), node)
        return None

    @staticmethod
    def _yielded(scope: Scope) -> list[Any]:
        found: list[Any] = scope.names.setdefault("\0yields", [])
        return found

    def _of_starred(self, node: ast.Starred, scope: Scope) -> Any:
        return self._value(node.value, scope)

    def _of_listcomp(self, node: ast.ListComp, scope: Scope) -> Any:
        found: list[Any] = []
        why = self._comprehended(
            node.generators, Scope({}, scope), lambda own: found.append(self._value(node.elt, own))
        )
        return why or found

    def _of_generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Any:
        found: list[Any] = []
        why = self._comprehended(
            node.generators, Scope({}, scope), lambda own: found.append(self._value(node.elt, own))
        )
        return why or found

    def _of_dictcomp(self, node: ast.DictComp, scope: Scope) -> Any:
        found: dict[Any, Any] = {}

        def add(own: Scope) -> None:
            key = self._value(node.key, own)
            if _is_key(key):
                found[key] = self._value(node.value, own)

        return self._comprehended(node.generators, Scope({}, scope), add) or found

    def _comprehended(
        self, generators: Sequence[ast.comprehension], scope: Scope, add: Callable[[Scope], None]
    ) -> Unknown | None:
        if not generators:
            add(scope)
            return None
        first, *rest = generators
        found = self._value(first.iter, scope)
        if isinstance(found, Unknown | Traced):
            return found if isinstance(found, Unknown) else Unknown("how many parts a tensor has")
        for item in self.items(found, first.iter):
            self._assign(first.target, item, scope)
            tests = [self.truth(self._value(test, scope)) for test in first.ifs]
            why = next((test for test in tests if isinstance(test, Unknown)), None)
            if why is not None:
                return why
            if all(tests):
                why = self._comprehended(rest, scope, add)
                if why is not None:
                    return why
        return None

    def _of_attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self._value(node.value, scope), node.attr, node)

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
        if name == "value" and isinstance(value, (*_SCALAR, tuple)):
            # Of an enumeration, whose values stand for themselves.
            return value
        found = method_of(value, name)
        if found is None and isinstance(value, Array):
            return self.world.attribute(value, name, self.place(node))
        return Unknown(self._said(node)) if found is None else Native(name, found)

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
        if name == "__init__" and isinstance(bound, Instance) and not bound.made_of.roots and _fields(value.behind):
            return Native(name, lambda reader, node, given, more: self._fill(bound, value.behind, given, more))
        return self.world.attribute(value, name, Place(1, 1))

    def _of_subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        value = self._value(node.value, scope)
        if isinstance(value, Library):
            # Types such as ``Tuple[int, ...]`` are written this way.
            return value
        index = self._value(node.slice, scope)
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
            raise refused(self.place(node), "is a part of a number: {}", self._said(node))
        try:
            return value[index] if isinstance(value, str | list | tuple | dict | range) else _MISSING
        except (LookupError, TypeError, ValueError) as error:
            raise refused(self.place(node), "cannot be found: {} ({})", self._said(node), error) from error

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
            raise refused(self.place(node), "is not there: {}", self._said(node)) from error

    def _of_slice(self, node: ast.Slice, scope: Scope) -> Any:
        ends = [None if one is None else self._value(one, scope) for one in (node.lower, node.upper, node.step)]
        unknown = next((one for one in ends if isinstance(one, Unknown)), None)
        return slice(*ends) if unknown is None else unknown

    # Calls

    def _of_call(self, node: ast.Call, scope: Scope) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return self._super(node, scope)
        function = self._value(node.func, scope)
        if self._extends(node, scope):
            return None
        arguments = self._members(node.args, scope)
        named: dict[str, Any] = {}
        for one in node.keywords:
            value = self._value(one.value, scope)
            if one.arg is not None:
                named[one.arg] = value
            elif isinstance(value, dict):
                named |= {str(key): own for key, own in value.items()}
            elif isinstance(value, Unknown):
                named["**"] = value
        return self.call(function, arguments, named, node)

    def _extends(self, node: ast.Call, scope: Scope) -> bool:
        """Extend a list by what a generator makes, item by item, each of which may read those before it."""
        is_one = len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        if not is_one or not isinstance(node.func, ast.Attribute) or node.func.attr != "extend":
            return False
        made: Any = node.args[0]
        owner = self._value(node.func.value, scope)
        if not isinstance(owner, list):
            return False
        why = self._comprehended(
            made.generators, Scope({}, scope), lambda own: self._extend(owner, [self._value(made.elt, own)], node)
        )
        if why is not None:
            owner.append(why)
        return True

    def _super(self, node: ast.Call, scope: Scope) -> Any:
        try:
            owner, bound = scope.find("\0class"), scope.find("\0self")
        except KeyError:
            raise refused(self.place(node), "is in no method: {}", self._said(node)) from None
        if node.args:
            asked = self._value(node.args[0], scope)
            owner = asked if isinstance(asked, Class) else owner
        line = (bound.made_of if isinstance(bound, Instance) else bound).lineage()
        return Super(bound, tuple(line[line.index(owner) + 1 :] if owner in line else ()))

    def call(self, function: Any, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what a call returns."""
        place = self.place(node)
        if isinstance(function, Function):
            return self._called(function, arguments, named, node)
        if isinstance(function, Method):
            return self._called(function.function, (function.bound, *arguments), named, node)
        if isinstance(function, Class) and function.is_enumeration and arguments:
            return arguments[0]
        if isinstance(function, Class):
            return self._instance(function, arguments, named, node)
        if isinstance(function, Native):
            return self._native(function, arguments, named, node)
        if isinstance(function, Instance):
            return self.forward(function, arguments, named, node)
        if isinstance(function, Library | LibraryLayer | Container | GraphModel):
            return self._of_library(function, arguments, named, node)
        told = self._said(node) if isinstance(node, ast.Call) else "something that is called"
        unknown = function if isinstance(function, Unknown) else Unknown(told)
        return self.world.unknown_call(unknown, arguments, named, place)

    def _of_library(self, function: Any, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what something of a library returns, whose arguments may make no sense."""
        run = self.world.call if isinstance(function, Library) else self.world.apply
        try:
            return run(function, arguments, named, self.place(node))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ConvanimError):
                raise
            raise refused(self.place(node), "is not understood: {} ({})", self._said(node), cut(str(error))) from error

    def _native(self, function: Native, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        try:
            return function.run(self, node, arguments, named)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ConvanimError):
                raise
            raise refused(self.place(node), "cannot be computed: {} ({})", self._said(node), error) from error

    def _function(self, node: ast.FunctionDef | ast.Lambda, scope: Scope) -> Any:
        its = node.args
        positional = [*its.posonlyargs, *its.args]
        usual = {
            one.arg: self._value(value, scope)
            for one, value in zip(positional[len(positional) - len(its.defaults) :], its.defaults, strict=True)
        }
        usual |= {
            one.arg: self._value(value, scope)
            for one, value in zip(its.kwonlyargs, its.kw_defaults, strict=True)
            if value is not None
        }
        marks = {
            ast.unparse(one).split("(")[0].rpartition(".")[2]
            for one in (node.decorator_list if isinstance(node, ast.FunctionDef) else ())
        }
        return Function(
            node.name if isinstance(node, ast.FunctionDef) else "lambda",
            node,
            scope,
            usual,
            None,
            bool(marks & {"property", "cached_property"}),
            "staticmethod" in marks,
            "classmethod" in marks,
        )

    def _called(self, function: Function, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        if self.depth >= _MOST_DEEP:
            raise refused(self.place(node), "calls functions within functions, more than {} deep", _MOST_DEEP)
        scope = Scope({}, function.scope)
        if function.owner is not None and arguments:
            scope.names |= {"\0class": function.owner, "\0self": arguments[0]}
        self._bind(function, arguments, dict(named), scope, node)
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self._value(function.node.body, scope)
            self._block(function.node.body, scope)
        except _Left as left:
            return scope.names.get("\0yields", left.value)
        finally:
            self.depth -= 1
        return scope.names.get("\0yields")

    def _bind(
        self, function: Function, arguments: Sequence[Any], named: dict[str, Any], scope: Scope, node: ast.AST
    ) -> None:
        its = function.node.args
        positional = [one.arg for one in (*its.posonlyargs, *its.args)]
        scope.names |= dict(zip(positional, arguments, strict=False))
        if its.vararg is not None:
            scope.names[its.vararg.arg] = tuple(arguments[len(positional) :])
        elif len(arguments) > len(positional):
            raise refused(
                self.place(node),
                "{} takes {} arguments, and is given {}",
                function.name,
                len(positional),
                len(arguments),
            )
        rest = named.pop("**", None)
        for name in (*positional, *(one.arg for one in its.kwonlyargs)):
            if name in named:
                scope.names[name] = named.pop(name)
            elif name not in scope.names:
                open_name = Unknown(f"{name} of {function.name}", name)
                scope.names[name] = function.defaults.get(name, self.given.get(name, rest or open_name))
        if its.kwarg is not None:
            scope.names[its.kwarg.arg] = named
        elif named:
            name = next(iter(named))
            raise refused(self.place(node), "{} has no argument {}", function.name, cut(name))

    def _instance(self, made_of: Class, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        made = Instance(made_of)
        if any(isinstance(base, Native) and base.name == "dict" for one in made_of.lineage() for base in one.bases):
            first = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
            made.names |= {str(key): value for key, value in {**first, **named}.items()}
            return made
        initial = next((one.names["__init__"] for one in made_of.lineage() if "__init__" in one.names), None)
        if isinstance(initial, Function):
            self._called(initial, (made, *arguments), named, node)
            return made
        if not _fields(made_of.lineage()):
            self.world.attribute(Super(made, ()), "__init__", self.place(node)).run(self, node, arguments, named)
            return made
        self._fill(made, made_of.lineage(), arguments, named)
        ready = next((one.names["__post_init__"] for one in made_of.lineage() if "__post_init__" in one.names), None)
        if isinstance(ready, Function):
            self._called(ready, (made,), {}, node)
        return made

    def _fill(
        self, made: Instance, lineage: Sequence[Class], arguments: Sequence[Any], named: Mapping[str, Any]
    ) -> None:
        """Set the fields of a dataclass, or of a module of Flax, as they are given or as they are by default."""
        fields = _fields(lineage)
        given = {**dict(zip(fields, arguments, strict=False)), **named}
        for name in fields:
            owner = next((one for one in lineage if name in one.names), None)
            usual = None if owner is None else owner.names[name]
            if owner is None and name not in given:
                usual = self.given.get(name, Unknown(f"{name} of {made.made_of.name}", name))
            made.names[name] = given.get(name, list(usual) if isinstance(usual, list) else usual)

    def forward(self, module: Instance, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what an object of a class of the text makes of tensors when it is called."""
        root = next((path.split(".")[0] for path in module.made_of.roots), "")
        names = [_FORWARD.get("keras" if root == "tensorflow" else root, "__call__"), "forward", "call", "__call__"]
        lineage = module.made_of.lineage()
        set_up = next((one.names["setup"] for one in lineage if isinstance(one.names.get("setup"), Function)), None)
        if set_up is not None and "\0ready" not in module.names:
            module.names["\0ready"] = True
            self._called(set_up, (module,), {}, node)
        self._build(module, lineage, arguments, node)
        for name in names:
            found = next((one.names[name] for one in lineage if isinstance(one.names.get(name), Function)), None)
            if found is not None:
                return self._called(found, (module, *arguments), named, node)
        return self.world.apply(module, arguments, named, self.place(node))

    def _build(self, module: Instance, lineage: Sequence[Class], arguments: Sequence[Any], node: ast.AST) -> None:
        """Let a layer of Keras make its layers for an input, once."""
        build = next((one.names["build"] for one in lineage if isinstance(one.names.get("build"), Function)), None)
        is_layer = any(path.split(".")[0] in ("keras", "tensorflow") for path in module.made_of.roots)
        if build is None or not is_layer or "\0built" in module.names or not arguments:
            return
        module.names["\0built"] = True
        many = arguments[0] if isinstance(arguments[0], list | tuple) else [arguments[0]]
        shapes = [
            (None, *one.dims[1:]) if isinstance(one, Traced) and one.dims else Unknown("the shape of an input")
            for one in many
        ]
        self._called(build, (module, shapes if isinstance(arguments[0], list | tuple) else shapes[0]), {}, node)

    def items(self, value: Any, node: ast.AST | None = None) -> list[Any]:
        """Return the items of a value that can be gone through, counting steps.

        Raises
        ------
        ConvanimError
            If there are too many, or it cannot be gone through.
        """
        if isinstance(value, Container):
            found: list[Any] = list(value.children) if value.short == "ModuleDict" else list(value.children.values())
        elif isinstance(value, Class) and value.is_enumeration:
            found = [one for one in value.names.values() if not isinstance(one, Function)]
        elif isinstance(value, Instance) and any(path.endswith("NamedTuple") for path in value.made_of.roots):
            found = [value.names[name] for name in value.made_of.fields]
        elif isinstance(value, Instance):
            found = [one for one in value.names.values() if isinstance(one, Instance | LibraryLayer | Container)]
        elif isinstance(value, str | list | tuple | dict | set | range | Iterator):
            found = list(islice(iter(value), MOST_ITEMS + 1))
        else:
            place = self.place(node) if node is not None else Place(1, 1)
            raise refused(place, "cannot be gone through item by item")
        if len(found) > MOST_ITEMS:
            place = self.place(node) if node is not None else Place(1, 1)
            raise refused(place, "has more than {} items, and no more are read", f"{MOST_ITEMS:,}")
        self.tick(node, len(found))
        return found


_MISSING = Unknown("a part of a value")


def _is_same(left: Any, right: Any) -> bool:
    """Return whether two values are one: names of libraries lead to the same thing by several ways."""
    if isinstance(left, Library) and isinstance(right, Library):
        return left.short == right.short and left.path.split(".")[0] == right.path.split(".")[0]
    if isinstance(left, Native) and isinstance(right, Native):
        return left.run is right.run
    return left is right


def _fields(lineage: Sequence[Class]) -> list[str]:
    """Return the fields of classes of which each extends those behind it, in the order of their arguments."""
    return list(dict.fromkeys(name for one in reversed(lineage) for name in one.fields))


def _loaded(target: ast.expr) -> ast.expr:
    """Return a target of an assignment as the expression of its value."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target


def _is_key(value: Any) -> bool:
    """Return whether a value may be a key; hashing tuples within tuples could go on for ever."""
    return isinstance(value, _SCALAR) or (
        isinstance(value, tuple) and len(value) <= 64 and all(isinstance(one, _SCALAR) for one in value)
    )


def _is_too_large(sign: ast.operator, left: Any, right: Any) -> bool:
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
