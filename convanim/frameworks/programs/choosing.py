"""Which model of a program is read: the one asked for, or the last that nothing else uses."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.objects import fields_of
from convanim.frameworks.programs.values import (
    MAIN,
    Class,
    Container,
    Function,
    GraphModel,
    Instance,
    LibraryLayer,
    Method,
    Native,
    Traced,
    Unknown,
)
from convanim.frameworks.source import cut

_MOST_NAMED = 6
_ENDINGS = ("Module", "Model", "Layer", "Sequential", "ModuleList", "Classifier", "Net", "Block")
"""Of names of classes that models extend."""
_INPUTS = {"x", "inputs", "input", "image", "img", "images", "data"}
"""What functions call a tensor that goes into a model."""
_NO_MODELS = ("Loss", "Criterion", "Dataset", "DataModule", "Trainer", "Getter")
"""Endings of the names of classes that are no models."""


def chosen(reader: Interpreter, world: Libraries, model: str | None) -> tuple[Any, str]:
    """Return the model that is read and what it is called, None for layers that stand by themselves."""
    names = reader.globals.names
    if model is not None:
        return _asked(reader, world, model)
    modules = {
        name: value
        for name, value in names.items()
        if isinstance(value, Instance | Container | GraphModel) and _is_model(value) and "\0" not in name
    }
    modules = {name: value for name, value in modules.items() if _runs(value)} or modules
    if world.trace.entries and not any(isinstance(one, Instance) for one in modules.values()):
        return (
            (None, "")
            if not any(isinstance(one, GraphModel) for one in modules.values())
            else next((value, name) for name, value in reversed(modules.items()) if isinstance(value, GraphModel))
        )
    if modules:
        name = list(modules)[-1]
        return modules[name], name
    bare = [one for one in names.get("\0bare", []) if isinstance(one, Instance | Container | GraphModel)]
    if bare and not any(isinstance(value, Class) for value in names.values()):
        return bare[-1], "model"
    classes = {name: value for name, value in names.items() if isinstance(value, Class) and _is_of_modules(value)}
    if classes and all(path.endswith(".Layer") for one in classes.values() for path in one.roots):
        made = _of_functions(reader, world, names)
        if made is not None and isinstance(made[0], GraphModel | Container):
            return made
    if classes:
        return _of_classes(reader, world, classes)
    made = _of_functions(reader, world, names)
    return made if made is not None else (None, "")


def _runs(value: Any) -> bool:
    """Return whether a module says what it makes of an input."""
    if not isinstance(value, Instance):
        return True
    names = [name for one in value.made_of.lineage() for name in one.names]
    return any(name in names for name in ("forward", "call", "__call__")) or any(
        path.endswith("Sequential") for path in value.made_of.roots
    )


def _is_model(value: Any) -> bool:
    return not isinstance(value, Instance) or _is_of_modules(value.made_of)


def _is_of_modules(value: Class) -> bool:
    """Return whether objects of a class are models: it extends one of a library, or has what runs one."""
    runs = any(isinstance(one.names.get(name), Function) for one in value.lineage() for name in ("forward", "call"))
    return runs or any(path.rpartition(".")[2].endswith(_ENDINGS) for path in value.roots)


def _asked(reader: Interpreter, world: Libraries, model: str) -> tuple[Any, str]:
    try:
        value = reader.expression(model, {})
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, ConvanimError):
            raise
        raise ConvanimError("model", repr(cut(model)), "is no name and no expression such as Net(10)") from error
    makes = isinstance(value, Function) and model.isidentifier() and not _takes_tensors(value)
    if isinstance(value, Class) or makes:
        value = reader.call(value, (), {}, ast.Pass(lineno=1, col_offset=0))
    if isinstance(value, Unknown):
        known = [name for name, one in reader.globals.names.items() if isinstance(one, Class | Instance | Container)]
        why = "is not known" if value.why == model else f"cannot be read: {value.why} is not known"
        raise ConvanimError(
            "model", repr(cut(model)), "{}; the program has {}", why, ", ".join(known[:_MOST_NAMED]) or "no model"
        )
    if not isinstance(value, Instance | Container | GraphModel | LibraryLayer | Function | Method | Native | Traced):
        raise ConvanimError("model", repr(cut(model)), "is no model; give a class, or an expression such as Net(10)")
    return value, model


def _takes_tensors(function: Function) -> bool:
    """Return whether a function applies layers to what it is given, rather than making a model."""
    needed = [one.arg for one in function.node.args.args if one.arg not in function.defaults]
    return bool(needed) and set(needed) <= _INPUTS


def _of_classes(reader: Interpreter, world: Libraries, classes: Mapping[str, Class]) -> tuple[Any, str]:
    """Return an object of the last class that no other uses, or what makes one where the class needs arguments."""
    node = ast.Pass(lineno=1, col_offset=0)
    in_classes, in_functions = (_names_used(reader, kind) for kind in (Class, Function))
    own = [name for name in classes if name not in in_classes and not name.endswith(_NO_MODELS)] or list(classes)
    free = [name for name in own if name not in in_functions] or own
    name = free[-1]
    made = _made_below(reader, {*classes, *_functions(reader)})
    if made is not None:
        world.note(f"{made[1]} is read, as the program makes it where it is run; choose another with --model")
        return made
    makers = _makers(reader, own[-1]) if _needs(reader, classes[name]) else []
    for maker in makers:
        made = reader.call(reader.globals.names[maker], (), {}, node)
        if isinstance(made, Instance | Container):
            others = ", ".join(one for one in [*makers, *free] if one != maker)
            world.note(f"{maker}() is read; choose another with --model ({cut(others)})")
            return made, maker
    for one in reversed(free):
        if _needs(reader, classes[name]) and not _needs(reader, classes[one]):
            name = one
    if len(own) > 1:
        others = ", ".join([one for one in own if one != name][:_MOST_NAMED])
        world.note(f"{name} is read, the last class; choose another with --model ({others})")
    return reader.call(classes[name], (), {}, node), name


def _functions(reader: Interpreter) -> list[str]:
    return [name for name, one in reader.globals.names.items() if isinstance(one, Function)]


def _made_below(reader: Interpreter, makers: set[str]) -> tuple[Any, str] | None:
    """Return the last model that a program makes by its classes or functions where it is run by itself."""
    found: tuple[Any, str] | None = None
    for statement in reader.globals.names.get(MAIN, ()):
        is_named = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        if not is_named or not isinstance(statement.value, ast.Call):
            continue
        root = next(one for one in ast.walk(statement.value.func) if not isinstance(one, ast.Attribute | ast.Call))
        try:
            reader.run([statement])
        except ConvanimError:
            continue
        value = reader.globals.names.get(statement.targets[0].id)
        is_made = isinstance(root, ast.Name) and root.id in makers
        if is_made and isinstance(value, Instance | Container | GraphModel) and _is_model(value) and _runs(value):
            found = value, cut(ast.unparse(statement.value))
    return found


def _names_used(reader: Interpreter, kind: type[Class] | type[Function]) -> set[str]:
    """Return the names that the classes, or the functions, of a program use beside their own."""
    held = (
        [one for one in reader.globals.names.values() if isinstance(one, dict | list | tuple)] if kind is Class else []
    )
    within = [one for many in held for one in (many.values() if isinstance(many, dict) else many)]
    used = {one.name for one in within if isinstance(one, Class)}
    for name, value in reader.globals.names.items():
        if not isinstance(value, kind):
            continue
        its = value.names.values() if isinstance(value, Class) else (value,)
        nodes = [one.node for one in its if isinstance(one, Function)]
        used |= {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name) and one.id != name}
        used |= {base.name for base in value.bases if isinstance(base, Class)} if isinstance(value, Class) else set()
    return used


def _needs(reader: Interpreter, made_of: Class) -> bool:
    """Return whether a class needs arguments that are not given."""
    open_fields = [
        one for one in fields_of(made_of.lineage()) if not any(one in each.names for each in made_of.lineage())
    ]
    if open_fields:
        return any(one not in reader.given for one in open_fields)
    initial = next((one.names["__init__"] for one in made_of.lineage() if "__init__" in one.names), None)
    if not isinstance(initial, Function):
        return False
    names = [one.arg for one in initial.node.args.args[1:]]
    return any(name not in initial.defaults and name not in reader.given for name in names)


def _makers(reader: Interpreter, name: str) -> list[str]:
    """Return the functions that need no argument and use a class, by themselves or through another function."""
    functions = {key: one.node for key, one in reader.globals.names.items() if isinstance(one, Function)}
    uses = {key: {each.id for each in ast.walk(one) if isinstance(each, ast.Name)} for key, one in functions.items()}
    inner = {key for key, names in uses.items() if name in names}
    found = [key for key, names in uses.items() if key in inner or names & inner]
    its = {key: functions[key].args for key in found}
    partial = [
        key
        for key, one in reader.globals.names.items()
        if isinstance(one, Native) and isinstance(one.of, Class) and one.of.name == name
    ]
    return partial + [key for key in found if len(its[key].args) == len(its[key].defaults)]


def _of_functions(reader: Interpreter, world: Libraries, names: Mapping[str, Any]) -> tuple[Any, str] | None:
    """Return what the last function makes that needs no argument and makes a model, None where there is none."""
    for name, function in reversed(list(names.items())):
        if not isinstance(function, Function):
            continue
        if _takes_tensors(function):
            return function, name
        before = len(world.trace.entries)
        value = reader.call(function, (), {}, ast.Pass(lineno=1, col_offset=0))
        if isinstance(value, Instance | Container | GraphModel):
            return value, name
        if len(world.trace.entries) > before:
            return None
    return None
