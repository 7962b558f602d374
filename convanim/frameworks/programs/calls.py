"""Calls of a program: functions and classes of the text, modules as they are applied, and super()."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.programs.expressions import Expressions
from convanim.frameworks.programs.modules import flat_values
from convanim.frameworks.programs.objects import fields_of
from convanim.frameworks.programs.operators import SCALAR
from convanim.frameworks.programs.values import (
    ITEMS,
    Class,
    Container,
    Function,
    GraphModel,
    Instance,
    Library,
    LibraryLayer,
    Method,
    Native,
    Running,
    Scope,
    Super,
    Traced,
    Unknown,
)
from convanim.frameworks.source import cut, refused

_MOST_DEEP = 45
"""Functions that call each other."""

_FORWARD = {"torch": "forward", "keras": "call", "flax": "__call__", "jax": "__call__"}
"""The method that a module of each library runs when it is called."""


class Left(Exception):  # noqa: N818
    """A block is left: by ``return``, ``break`` or ``continue``."""

    def __init__(self, how: str, value: Any = None) -> None:
        super().__init__(how)
        self.how, self.value = how, value


class Calls(Expressions):
    """Calls, and what functions of the text return."""

    def _of_call(self, node: ast.Call, scope: Scope) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return self._super(node, scope)
        function = self.value(node.func, scope)
        if self._extends(node, scope):
            return None
        arguments = self.members(node.args, scope)
        named: dict[str, Any] = {}
        for one in node.keywords:
            value = self.value(one.value, scope)
            if one.arg is not None:
                named[one.arg] = value
            elif isinstance(value, Unknown):
                named["**"] = value
            else:
                named |= {str(key): own for key, own in self.pairs((value,), {}, node).items()}
        return self.call(function, arguments, named, node)

    def _of_lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        return self.function(node, scope)

    def _extends(self, node: ast.Call, scope: Scope) -> bool:
        """Extend a list by what a generator makes, item by item, each of which may read those before it."""
        is_one = len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        if not is_one or not isinstance(node.func, ast.Attribute) or node.func.attr != "extend":
            return False
        made: Any = node.args[0]
        owner = self.value(node.func.value, scope)
        if not isinstance(owner, list):
            return False
        why = self._comprehended(
            made.generators, Scope({}, scope), lambda own: self.extend(owner, [self.value(made.elt, own)], node)
        )
        if why is not None:
            owner.append(why)
        return True

    def _super(self, node: ast.Call, scope: Scope) -> Any:
        try:
            owner, bound = scope.find("\0class"), scope.find("\0self")
        except KeyError:
            raise refused(self.place(node), "is in no method: {}", self.said(node)) from None
        if node.args:
            asked = self.value(node.args[0], scope)
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
        own = function.arguments.get("forward") if isinstance(function, LibraryLayer) else None
        if isinstance(own, Function | Method):
            return self.call(own, arguments, named, node)
        if isinstance(function, Instance):
            return self._hooked(function, self.forward(function, arguments, named, node), arguments, node)
        if isinstance(function, Library | LibraryLayer | Container | GraphModel):
            return self._hooked(function, self._of_library(function, arguments, named, node), arguments, node)
        told = self.said(node) if isinstance(node, ast.Call) else "something that is called"
        unknown = function if isinstance(function, Unknown) else Unknown(told)
        return self.world.unknown_call(unknown, arguments, named, place)

    def _hooked(self, module: Any, made: Any, arguments: Sequence[Any], node: ast.AST) -> Any:
        """Return what a module made, after the functions that the program calls then."""
        for hook in self.hooks.get(id(module), ()):
            other = self.call(hook, (module, tuple(arguments), made), {}, node)
            made = made if other is None else other
        return made

    def _of_library(self, function: Any, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what something of a library returns, whose arguments may make no sense."""
        run = self.world.call if isinstance(function, Library) else self.world.apply
        try:
            return run(function, arguments, named, self.place(node))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ConvanimError):
                raise
            raise refused(self.place(node), "is not understood: {} ({})", self.said(node), cut(str(error))) from error

    def _native(self, function: Native, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        try:
            return function.run(self, node, arguments, named)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ConvanimError):
                raise
            if not all(isinstance(one, SCALAR) for one in flat_values([*arguments, *named.values()])):
                return Unknown(self.said(node))
            raise refused(self.place(node), "cannot be computed: {} ({})", self.said(node), error) from error

    def function(self, node: ast.FunctionDef | ast.Lambda, scope: Scope) -> Any:
        """Return a function of the text, with the values that its parameters have by default."""
        its = node.args
        positional = [*its.posonlyargs, *its.args]
        usual = {
            one.arg: self.value(value, scope)
            for one, value in zip(positional[len(positional) - len(its.defaults) :], its.defaults, strict=True)
        }
        usual |= {
            one.arg: self.value(value, scope)
            for one, value in zip(its.kwonlyargs, its.kw_defaults, strict=True)
            if value is not None
        }
        marks = {
            ast.unparse(one).split("(")[0].rpartition(".")[2]
            for one in (node.decorator_list if isinstance(node, ast.FunctionDef) else ())
        }
        outer = scope.outer if scope.is_class and scope.outer is not None else scope
        return Function(
            node.name if isinstance(node, ast.FunctionDef) else "lambda",
            node,
            outer,
            usual,
            scope if scope.is_class else None,
            is_property=bool(marks & {"property", "cached_property"}),
            is_static="staticmethod" in marks,
            is_of_class=bool(marks & {"classmethod"}) or getattr(node, "name", "") == "__init_subclass__",
        )

    def _called(self, function: Function, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        if function.wrapped is not None:
            return self._wrapped(function, arguments, named, node)
        if self.depth >= _MOST_DEEP:
            raise refused(self.place(node), "calls functions within functions, more than {} deep", _MOST_DEEP)
        scope = Scope({}, function.scope)
        if function.owner is not None and arguments:
            scope.names |= {"\0class": function.owner, "\0self": arguments[0]}
        self._bind(function, arguments, dict(named), scope, node)
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, scope)
            self.block(function.node.body, scope)
        except Left as left:
            return Running(scope.names["\0yields"]) if "\0yields" in scope.names else left.value
        finally:
            self.depth -= 1
        return Running(scope.names["\0yields"]) if "\0yields" in scope.names else None

    def _wrapped(self, function: Function, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        """Return what a decorated function returns; what decorators make of it is left out where it is not known."""
        before = self.world.count()
        try:
            made = self.call(function.wrapped, arguments, named, node)
        except ConvanimError:
            made = Unknown("what a decorator makes")
        if not isinstance(made, Unknown) or self.world.count() > before:
            return made
        self.world.note("what decorators of the program wrap is read without them")
        return self._called(replace(function, wrapped=None), arguments, named, node)

    def _bind(
        self, function: Function, arguments: Sequence[Any], named: dict[str, Any], scope: Scope, node: ast.AST
    ) -> None:
        its = function.node.args
        positional = [one.arg for one in (*its.posonlyargs, *its.args)]
        scope.names |= dict(zip(positional, arguments, strict=False))
        if its.vararg is not None:
            scope.names[its.vararg.arg] = tuple(arguments[len(positional) :])
        elif len(arguments) > len(positional):
            own = int(function.owner is not None and not function.is_static)
            raise refused(
                self.place(node),
                "{} takes {} arguments, and is given {}",
                function.name,
                len(positional) - own,
                len(arguments) - own,
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
            names = [one for one in (*positional, *(each.arg for each in its.kwonlyargs)) if one != "self"]
            raise refused(
                self.place(node),
                "{} has no argument {}; it has {}",
                function.name,
                cut(name),
                ", ".join(names) or "none",
            )

    def _instance(self, made_of: Class, arguments: Sequence[Any], named: Mapping[str, Any], node: ast.AST) -> Any:
        made = Instance(made_of)
        kept = next((base.name for one in made_of.lineage() for base in one.bases if _holds_values(base)), None)
        if kept is not None:
            return Unknown(f"an object of {made_of.name}, which extends {kept},")
        if made_of.is_dictionary:
            made.names[ITEMS] = {}
        initial = next((one.names["__init__"] for one in made_of.lineage() if "__init__" in one.names), None)
        if isinstance(initial, Function):
            self._called(initial, (made, *arguments), named, node)
            return made
        if ITEMS in made.names:
            made.names[ITEMS].update(self.pairs(arguments, named, node))
            return made
        if not fields_of(made_of.lineage()):
            self.world.attribute(Super(made, ()), "__init__", self.place(node)).run(self, node, arguments, named)
            return made
        self.fill(made, made_of.lineage(), arguments, named)
        ready = next((one.names["__post_init__"] for one in made_of.lineage() if "__post_init__" in one.names), None)
        if isinstance(ready, Function):
            self._called(ready, (made,), {}, node)
        return made

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
            replaced = module.names.get(name)
            if isinstance(replaced, Function | Method | Native):
                return self.call(replaced, arguments, named, node)
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


def _holds_values(base: Any) -> bool:
    """Return whether a class is a type of Python whose objects are values, other than a dictionary."""
    return isinstance(base, Native) and base.name in ("list", "tuple", "set", "str", "int", "float")
