"""The interpreter: statements of a program walked through, bounded in steps, and nothing run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.programs.calls import Calls, Left
from convanim.frameworks.programs.reader import ABSENT, MOST_STEPS, NotKnown
from convanim.frameworks.programs.standard import AUTO
from convanim.frameworks.programs.values import (
    MAIN,
    PARTS,
    SETTER,
    Class,
    Container,
    Function,
    Instance,
    Library,
    Method,
    Native,
    Running,
    Scope,
    Traced,
    Unknown,
)
from convanim.frameworks.source import cut, refused

_STEPS_OF_FUNCTION = 5
_DISPATCHING = ("singledispatch", "singledispatchmethod", "contextmanager")
"""Decorators of libraries that make another thing of a function."""
_CHANGING = frozenset(
    [
        "append",
        "add_module",
        "extend",
        "insert",
        "pop",
        "update",
        "add",
        "setdefault",
        "register_module",
        "remove",
        "clear",
    ]
)
"""Methods that change what they are called on."""


class Interpreter(Calls):
    """Statements, each kind by a method of its own, and assignments."""

    def run(self, statements: Sequence[ast.stmt], scope: Scope | None = None) -> None:
        """Go through statements in order; those that a block is left by are ignored at the end of it."""
        try:
            self.block(statements, scope or self.globals)
        except Left:
            return

    def expression(self, text: str, names: Mapping[str, Any]) -> Any:
        """Return the value of an expression, with some names beside those of the program."""
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, mode="eval")
        return self.value(tree.body, Scope(dict(names), self.globals))

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        """Go through statements in order."""
        for statement in statements:
            self.tick(statement)
            try:
                self._statement(statement, scope)
            except NotKnown as error:
                self._skip([statement], error.unknown, scope, statement)

    def _statement(self, statement: ast.stmt, scope: Scope) -> None:
        run = getattr(self, f"_do_{type(statement).__name__.lower()}", None)
        if run is not None:
            run(statement, scope)
        elif not isinstance(statement, ast.Pass):
            what = type(statement).__name__.lower()
            self._skip([statement], Unknown(f"what the statement {what} does"), scope, statement)

    def _do_expr(self, node: ast.Expr, scope: Scope) -> None:
        value = self.value(node.value, scope)
        if scope is self.globals:
            scope.names.setdefault("\0bare", []).append(value)

    def _do_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _do_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _do_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        target: Any = node.target
        old = self.value(_loaded(target), scope)
        new = self.value(node.value, scope)
        if isinstance(node.op, ast.Add) and isinstance(old, list):
            self.extend(old, new, node)
            return
        if isinstance(node.op, ast.Add) and isinstance(old, Container):
            self.call(self.attribute(old, "extend", node), (new,), {}, node)
            return
        if isinstance(node.op, ast.BitOr) and type(old) is type(new) and isinstance(old, set | dict):
            old.update(new)
            return
        self.assign(target, self.combined(node, node.op, old, new), scope)

    def _do_return(self, node: ast.Return, scope: Scope) -> None:
        raise Left("return", None if node.value is None else self.value(node.value, scope))

    def _do_break(self, node: ast.Break, scope: Scope) -> None:
        raise Left("break")

    def _do_continue(self, node: ast.Continue, scope: Scope) -> None:
        raise Left("continue")

    def _do_if(self, node: ast.If, scope: Scope) -> None:
        test = self.truth(self.value(node.test, scope))
        if scope is self.globals and ast.unparse(node.test).replace('"', "'") == "__name__ == '__main__'":
            scope.names.setdefault(MAIN, []).extend(node.body)
        if isinstance(test, Unknown):
            self._skip([*node.body, *node.orelse], test, scope, node)
        else:
            self.block(node.body if test else node.orelse, scope)

    def _do_for(self, node: ast.For, scope: Scope) -> None:
        found = self.value(node.iter, scope)
        if isinstance(found, Unknown):
            self._skip([node.target, *node.body, *node.orelse], found, scope, node)
            return
        for item in self._each(found, node):
            self.assign(node.target, item, scope)
            if not self._turn(node.body, scope):
                return
        self.block(node.orelse, scope)

    def _each(self, value: Any, node: ast.AST) -> Iterator[Any]:
        """Yield the items of a value; those of an iterator that the loop does not come to are left in it."""
        if isinstance(value, list) and not isinstance(value, Running):
            place = 0
            while place < len(value):
                # The loop may change the list that it goes through.
                self.tick(node)
                yield value[place]
                place += 1
            return
        if not isinstance(value, Running):
            yield from self.items(value, node)
        while isinstance(value, Running) and value:
            self.tick(node)
            yield value.pop(0)

    def _do_while(self, node: ast.While, scope: Scope) -> None:
        while True:
            self.tick(node)
            test = self.truth(self.value(node.test, scope))
            if isinstance(test, Unknown):
                self._skip(node.body, test, scope, node)
                return
            if not test:
                self.block(node.orelse, scope)
                return
            if not self._turn(node.body, scope):
                return

    def _turn(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through a loop's body once, and return whether the loop goes on."""
        try:
            self.block(body, scope)
        except Left as left:
            if left.how == "return":
                raise
            return left.how == "continue"
        return True

    def _do_with(self, node: ast.With, scope: Scope) -> None:
        contexts = []
        for item in node.items:
            value = self.value(item.context_expr, scope)
            contexts.append(value)
            if isinstance(value, Unknown) and not any(_suppresses(one.context_expr) for one in node.items):
                self.world.note(f"what {self.said(item.context_expr)} does around line {node.lineno} is not known")
            entered = self.special(value, "__enter__", (), item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value if entered is ABSENT else entered, scope)
        try:
            self.block(node.body, scope)
        except ConvanimError:
            if self.steps > MOST_STEPS or not any(_suppresses(item.context_expr) for item in node.items):
                raise
        finally:
            for value in reversed(contexts):
                self.special(value, "__exit__", (None, None, None), node)

    def _do_try(self, node: ast.Try, scope: Scope) -> None:
        try:
            self._tried(node, scope)
        finally:
            self.block(node.finalbody, scope)

    def _tried(self, node: ast.Try, scope: Scope) -> None:
        try:
            self.block([*node.body, *node.orelse], scope)
        except ConvanimError:
            if not node.handlers or self.steps > MOST_STEPS:
                raise
            handler = node.handlers[0]
            if handler.name:
                scope.names[handler.name] = Unknown("which error it is")
            self.block(handler.body, scope)

    def _do_delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.elsewhere.get(target.id, scope).names.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                self.delete(self.value(target.value, scope), self.value(target.slice, scope), target)
            elif isinstance(target, ast.Attribute):
                self.remove(self.value(target.value, scope), target.attr)

    def _do_nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        outer = scope.outer
        for name in node.names:
            owner = outer
            while owner is not None and name not in owner.names:
                owner = owner.outer
            if owner is not None:
                scope.elsewhere[name] = owner

    def _do_match(self, node: ast.Match, scope: Scope) -> None:
        value = self.value(node.subject, scope)
        for case in node.cases:
            found = self._matches(case.pattern, value, scope)
            if found is True and case.guard is not None:
                found = self.truth(self.value(case.guard, scope))
            if isinstance(found, Unknown):
                self._skip([one for each in node.cases for one in each.body], found, scope, node)
                return
            if found:
                self.block(case.body, scope)
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
            return self._equal(value, self.value(pattern.value, scope), pattern)
        if isinstance(pattern, ast.MatchSingleton):
            return value is pattern.value
        if isinstance(pattern, ast.MatchSequence) and not any(
            isinstance(one, ast.MatchStar) for one in pattern.patterns
        ):
            if not isinstance(value, list | tuple) or len(value) != len(pattern.patterns):
                return False
            found = [self._matches(one, own, scope) for one, own in zip(pattern.patterns, value, strict=True)]
            return next((one for one in found if isinstance(one, Unknown)), all(found))
        return Unknown("which case is taken")

    def _do_assert(self, node: ast.Assert, scope: Scope) -> None:
        if self.truth(self.value(node.test, scope)) is False:
            self.world.note(f"line {node.lineno}: {self.said(node)} does not hold")

    def _do_raise(self, node: ast.Raise, scope: Scope) -> None:
        said = ast.unparse(node.exc) if node.exc is not None else "an error"
        raise refused(self.place(node), "is reached, where the program raises {}", cut(said))

    def _do_functiondef(self, node: ast.FunctionDef, scope: Scope) -> None:
        # A function is kept whole, and takes more than a statement that is done with.
        self.tick(node, _STEPS_OF_FUNCTION)
        sets = any(isinstance(one, ast.Attribute) and one.attr == "setter" for one in node.decorator_list)
        if sets:
            scope.names[f"{SETTER}{node.name}"] = self.function(node, scope)
        else:
            scope.names[node.name] = self._decorated(node, self.function(node, scope), scope)

    def _decorated(self, node: ast.FunctionDef | ast.ClassDef, value: Any, scope: Scope) -> Any:
        """Return a function or a class for which decorators of the text are called.

        They mostly keep what they are given in a list of models; those of libraries change nothing here, but for some.
        """
        made = value
        for one in reversed(node.decorator_list):
            head = self.value(one.func if isinstance(one, ast.Call) else one, scope)
            if isinstance(head, Library) and head.short in _DISPATCHING:
                return Unknown(f"{node.name}, which {head.short} decorates,")
            if not isinstance(head, Function | Method | Class):
                continue
            try:
                made = self.call(self.value(one, scope), (made,), {}, one)
            except ConvanimError:
                made = Unknown("what a decorator makes")
        if made is value:
            return value
        if isinstance(value, Function) and isinstance(made, Function | Method | Native | Instance):
            return replace(value, wrapped=made)
        self.world.note("what decorators of the program wrap is read without them")
        return value

    def _do_classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        inner = Scope({}, scope, is_class=True)
        bases = tuple(self.value(base, scope) for base in node.bases)
        fields = tuple(
            one.target.id
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and not _is_no_argument(one.value)
        )
        self.block(node.body, inner)
        made = inner.made = Class(node.name, bases, inner.names, fields)
        if made.is_enumeration:
            _number(made)
        scope.names[node.name] = made
        scope.names[node.name] = self._decorated(node, made, scope)
        named = {one.arg: self.value(one.value, scope) for one in node.keywords if one.arg is not None}
        if isinstance(named.pop("metaclass", None), Class):
            self.world.note(f"the metaclass of {node.name} is not followed")
        for one in made.lineage()[1:]:
            if isinstance(begins := one.names.get("__init_subclass__"), Function):
                self.call(Method(begins, made), (), named, node)
                break

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
        self.skipped.setdefault(told.why, told.name)
        for part in parts:
            for one in ast.walk(part):
                self.tick(one)
                leaves = leaves or isinstance(one, ast.Return)
                if isinstance(one, ast.Name | ast.Attribute) and isinstance(one.ctx, ast.Store):
                    self.assign(one, told, scope)
                elif isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
                    if isinstance(one.value, ast.Name | ast.Attribute):
                        self.assign(one.value, told, scope)
                elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
                    changed = one.func.value
                    if isinstance(changed, ast.Name) and isinstance(
                        scope.names.get(changed.id), list | dict | set | Container
                    ):
                        scope.names[changed.id] = told
                    elif isinstance(changed, ast.Attribute) and one.func.attr in _CHANGING:
                        self.assign(changed, told, scope)
        if leaves:
            raise Left("return", told)

    def assign(self, target: ast.AST, value: Any, scope: Scope) -> None:
        """Give a value to what stands left of an assignment."""
        if isinstance(target, ast.Name):
            owner = scope.elsewhere.get(target.id, scope)
            own = self.given.get(target.id, value) if owner is self.globals else value
            owner.names[target.id] = own
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value, scope)
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value, scope)
            self.set(owner, target.attr, value, target)
        elif isinstance(target, ast.Subscript):
            owner, key = self.value(target.value, scope), self.value(target.slice, scope)
            self.put(owner, key, value, target)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value, scope)

    def _unpack(self, target: ast.Tuple | ast.List, value: Any, scope: Scope) -> None:
        if isinstance(value, Unknown | Traced):
            parts = self.world.attribute(value, PARTS, self.place(target)) if isinstance(value, Traced) else value
            if not isinstance(parts, list):
                for one in target.elts:
                    self.assign(one, parts, scope)
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
            self.assign(one, item, scope)


def _suppresses(node: ast.expr) -> bool:
    """Return whether a context takes errors for no errors."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "suppress"


def _is_no_argument(node: ast.expr | None) -> bool:
    """Return whether a field of a dataclass is none that an object is made with."""
    return isinstance(node, ast.Call) and any(
        one.arg == "init" and isinstance(one.value, ast.Constant) and one.value.value is False for one in node.keywords
    )


def _number(made: Class) -> None:
    """Give the names of an enumeration their values that are left to it: one more than the one before."""
    last: Any = 0
    is_text = any(path.endswith("StrEnum") for path in made.roots)
    for name, value in made.names.items():
        if isinstance(value, Native) and value.name == AUTO:
            last = name.lower() if is_text else last + 1 if isinstance(last, int) else Unknown(f"{made.name}.{name}")
            made.names[name] = last
        elif not isinstance(value, Function):
            last = value


def _loaded(target: ast.expr) -> ast.expr:
    """Return a target of an assignment as the expression of its value."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target
