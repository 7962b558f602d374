"""Functions of Python itself that programs use to build models, on values that are known."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks.programs.reader import ABSENT, NotKnown
from convanim.frameworks.programs.values import (
    ITEMS,
    Class,
    Container,
    Function,
    Instance,
    Library,
    LibraryLayer,
    Method,
    Native,
    Running,
    Traced,
    Unknown,
)
from convanim.frameworks.source import cut, refused

Run = Callable[[Any, ast.AST, Sequence[Any], Mapping[str, Any]], Any]
"""A function of Python: the interpreter, where it is called, and its arguments to what it returns."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float,),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "tuple": (tuple,),
    "dict": (dict,),
    "set": (set,),
}
LONGEST = 5_000
"""Letters of a text that a method of texts is run on."""

_FAMILIES = {
    "_ConvNd": ("Conv",),
    "_ConvTransposeNd": ("ConvTranspose",),
    "_NormBase": ("BatchNorm", "InstanceNorm", "SyncBatchNorm"),
    "_BatchNorm": ("BatchNorm", "SyncBatchNorm"),
}
"""Classes of PyTorch that others extend, and how the names of those begin."""
_BASES = ("Module", "Layer", "Model", "object")


def _known(run: Callable[..., Any]) -> Run:
    """Return a function that is only run on values that are known, and is unknown otherwise."""

    def checked(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        for one in (*arguments, *named.values()):
            if isinstance(one, Unknown):
                return one
            if isinstance(one, Traced):
                return Unknown("what a tensor holds")
        return run(reader, node, *arguments, **named)

    return checked


def _range(reader: Any, node: ast.AST, *ends: Any) -> Any:
    return range(*ends)


def _len(reader: Any, node: ast.AST, value: Any) -> Any:
    if isinstance(value, Container):
        return len(value.children)
    if isinstance(value, Instance):
        said = reader.special(value, "__len__", (), node)
        return len(reader.items(value, node)) if said is ABSENT else said
    return len(value)


def _listed(make: Callable[[list[Any]], Any]) -> Run:
    def run(reader: Any, node: ast.AST, value: Any = ()) -> Any:
        return make(reader.items(value, node))

    return _known(run)


def _numbers(reader: Any, node: ast.AST, values: Sequence[Any]) -> list[Any]:
    found: list[Any] = reader.items(values[0], node) if len(values) == 1 else list(values)
    parts = [part for one in found for part in (one if isinstance(one, list | tuple) else (one,))]
    if not all(isinstance(one, int | float | str) for one in parts):
        raise TypeError("they are not all numbers")
    return found


def _least(choose: Callable[..., Any]) -> Run:
    def run(reader: Any, node: ast.AST, *values: Any, key: Any = None, default: Any = None) -> Any:
        many = reader.items(values[0], node) if len(values) == 1 else values
        unknown = next((one for one in many if isinstance(one, Unknown | Traced)), None)
        if unknown is not None:
            return unknown if isinstance(unknown, Unknown) else Unknown("what a tensor holds")
        found = list(many) if key is not None else _numbers(reader, node, [many])
        if not found:
            return default
        if key is None:
            return choose(found)
        keys = [reader.call(key, (one,), {}, node) for one in found]
        is_known = all(isinstance(one, int | float) for one in keys)
        return found[keys.index(choose(keys))] if is_known else Unknown("the order of values")

    return _known(run)


def _sum(reader: Any, node: ast.AST, values: Any, start: Any = 0) -> Any:
    total = start
    for one in reader.items(values, node):
        if isinstance(one, Unknown):
            return one
        if isinstance(one, Traced) or isinstance(total, Traced):
            total = (
                one
                if isinstance(total, int) and not total
                else reader.world.combine("add", total, one, reader.place(node))
            )
        elif isinstance(one, list) and isinstance(total, list):
            total = [*total, *one]
            reader.tick(node, len(total))
        else:
            total = total + one
    return total


def _zip(reader: Any, node: ast.AST, *values: Any, strict: bool = False) -> Any:
    shared = next((one for one in values if isinstance(one, Running)), None)
    if shared is not None and all(one is shared for one in values):
        # One iterator that is asked in turn yields its items in groups.
        many, count = reader.items(shared, node), len(values)
        return Running(tuple(many[at : at + count]) for at in range(0, len(many) - count + 1, count))
    return Running(zip(*(reader.items(one, node) for one in values), strict=False))


def _enumerate(reader: Any, node: ast.AST, values: Any, start: int = 0) -> Any:
    return Running(enumerate(reader.items(values, node), start))


def _reversed(reader: Any, node: ast.AST, values: Any) -> Any:
    return Running(reader.items(values, node)[::-1])


def _sorted(reader: Any, node: ast.AST, values: Any, key: Any = None, reverse: bool = False) -> Any:
    many = reader.items(values, node)
    keys = many if key is None else [reader.call(key, (one,), {}, node) for one in many]
    for one in keys:
        parts = one if isinstance(one, tuple) else (one,)
        unknown = next((part for part in parts if not isinstance(part, int | float | str)), None)
        if unknown is not None:
            raise NotKnown(unknown if isinstance(unknown, Unknown) else Unknown("the order of values"))
    order = sorted(range(len(many)), key=keys.__getitem__, reverse=reader.truth(reverse) is True)
    return [many[place] for place in order]


def _map(reader: Any, node: ast.AST, function: Any, *values: Any) -> Any:
    rows = zip(*(reader.items(one, node) for one in values), strict=False)
    return Running(reader.call(function, row, {}, node) for row in rows)


def _filter(reader: Any, node: ast.AST, function: Any, values: Any) -> Any:
    kept = [
        (one, one if function is None else reader.call(function, (one,), {}, node))
        for one in reader.items(values, node)
    ]
    unknown = next((test for _, test in kept if isinstance(test, Unknown)), None)
    return unknown or Running(one for one, test in kept if reader.truth(test) is True)


def _any(reader: Any, node: ast.AST, values: Any) -> Any:
    tests = [reader.truth(one) for one in reader.items(values, node)]
    unknown = next((one for one in tests if isinstance(one, Unknown)), None)
    return True if True in tests else unknown or False


def _all(reader: Any, node: ast.AST, values: Any) -> Any:
    tests = [reader.truth(one) for one in reader.items(values, node)]
    unknown = next((one for one in tests if isinstance(one, Unknown)), None)
    return False if False in tests else unknown or True


def _isinstance(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value, kinds = arguments
    if isinstance(value, Unknown):
        return value
    tests = [_is_of(value, one) for one in (kinds if isinstance(kinds, tuple) else (kinds,))]
    return any(tests)


def _is_of(value: Any, kind: Any) -> bool:
    if isinstance(kind, Native) and kind.name in _TYPES:
        wanted = _TYPES[kind.name]
        if kind.name == "dict" and isinstance(value, Instance):
            return ITEMS in value.names
        return isinstance(value, wanted) and not (isinstance(value, bool) and wanted == (int,))
    if isinstance(kind, Class):
        return isinstance(value, Instance) and kind in value.made_of.lineage()
    if not isinstance(kind, Library):
        return False
    if kind.short in ("Sequence", "Iterable", "Collection"):
        return isinstance(value, list | tuple)
    if kind.short == "Tensor":
        return isinstance(value, Traced)
    if isinstance(value, Instance):
        return kind.short in _BASES or any(path.endswith(f".{kind.short}") for path in value.made_of.roots)
    if isinstance(value, LibraryLayer | Container):
        if kind.short in _FAMILIES:
            return value.short.startswith(_FAMILIES[kind.short])
        return kind.short in (value.short, *_BASES) or _family(kind.short) == _family(value.short)
    return False


def _family(short: str) -> str:
    """Return the name that layers of one, two and three axes share, and the class that they extend."""
    return re.sub(r"(?:Nd|\dd)$", "", short.strip("_"))


def _hasattr(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value, name = arguments
    if isinstance(value, Instance):
        return name in value.names or any(name in one.names for one in value.made_of.lineage())
    return value if isinstance(value, Unknown) else not isinstance(reader.attribute(value, name, node), Unknown)


def _getattr(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value, name, *usual = arguments
    if not isinstance(name, str):
        return Unknown("the name of an attribute")
    found = reader.attribute(value, name, node)
    return usual[0] if isinstance(found, Unknown) and usual and not isinstance(value, Unknown) else found


def _setattr(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value, name, new = arguments
    if not isinstance(name, str):
        raise NotKnown(name if isinstance(name, Unknown) else Unknown("the name of an attribute"))
    reader.set(value, name, new, node)


def _dict(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    first = arguments[0] if arguments else {}
    if isinstance(first, Unknown):
        return first
    held = first.names.get(ITEMS) if isinstance(first, Instance) else first
    pairs = held if isinstance(held, dict) else dict(reader.items(first, node))
    return {**pairs, **named}


def _type(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    if len(arguments) == 3:
        name, bases, names = arguments
        return Class(str(name), tuple(bases), dict(names))
    return type_of(arguments[0])


def type_of(value: Any) -> Any:
    """Return what stands for the type of a value."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Traced):
        return Library("torch.Tensor")
    if isinstance(value, Instance):
        return value.made_of
    if isinstance(value, LibraryLayer | Container):
        return Library(value.path)
    if isinstance(value, Native) and value.name == "partial":
        return Library("functools.partial")
    if isinstance(value, Class):
        return Native("type", _type)
    found = next((name for name, kinds in _TYPES.items() if type(value) in kinds), "")
    return Native(found, BUILTINS[found]) if found else Unknown("the type of a value")


def _nothing(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return None


def _callable(reader: Any, node: ast.AST, value: Any) -> Any:
    return isinstance(value, Function | Method | Native | Class | Library | LibraryLayer | Instance)


def _plain(function: Callable[..., Any]) -> Run:
    return _known(lambda reader, node, *arguments, **named: function(*arguments, **named))


def _next(reader: Any, node: ast.AST, value: Any, *usual: Any) -> Any:
    said = reader.special(value, "__next__", (), node)
    if said is not ABSENT:
        return said
    if not isinstance(value, Running | list):
        return Unknown("what is next")
    if not value and not usual:
        raise refused(reader.place(node), "takes the next of nothing")
    return value.pop(0) if value else usual[0]


def _iterator(reader: Any, node: ast.AST, value: Any) -> Running:
    return value if isinstance(value, Running) else Running(reader.items(value, node))


def _evaluated(reader: Any, node: ast.AST, text: Any) -> Any:
    """Return the value of an expression that is written as a text, which is read as all else is."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return Unknown("what a text says")
    try:
        return reader.expression(text.strip(), {})
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, ConvanimError):
            raise
        raise refused(reader.place(node), "is no expression: {}", cut(repr(text))) from error


def _globals(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return reader.globals.names


def _variables(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value = arguments[0] if arguments else None
    return value.names if isinstance(value, Instance) else Unknown("the variables of a value")


def _converted(kind: Callable[..., Any], names: Sequence[str]) -> Run:
    """Return a function that makes a number or a text, by the special methods of objects of the text."""

    def run(reader: Any, node: ast.AST, *arguments: Any, **named: Any) -> Any:
        for name in names:
            said = reader.special(arguments[0], name, (), node) if arguments else ABSENT
            if said is not ABSENT:
                return said
        return kind(*arguments, **named)

    return _known(run)


def _subclass(reader: Any, node: ast.AST, value: Any, kinds: Any) -> Any:
    many = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(value, Library):
        return any(isinstance(one, Library) and one.short in (value.short, *_BASES) for one in many)
    if not isinstance(value, Class):
        return value in many
    names = [one.short for one in many if isinstance(one, Library)]
    return any(one in value.lineage() for one in many) or any(path.endswith(tuple(names)) for path in value.roots)


def _text_of(value: Any = "") -> Any:
    if isinstance(value, Library | Class | Function | Native | LibraryLayer | Container | Instance):
        return Unknown("the text of a value")
    return str(value) if isinstance(value, int | float | str | bool | None) else _no_text()


def _int(value: Any = 0, base: Any = None) -> int:
    return int(value) if base is None else int(value, base)


BUILTINS: Mapping[str, Run] = {
    "range": _known(_range),
    "len": _known(_len),
    "int": _converted(_int, ("__int__", "__index__", "__trunc__")),
    "float": _converted(float, ("__float__", "__index__")),
    "str": _converted(_text_of, ("__str__", "__repr__")),
    "repr": _converted(lambda value: repr(value) if isinstance(value, str) else _text_of(value), ("__repr__",)),
    "bool": _known(lambda reader, node, value=False: reader.truth(value)),
    "list": _listed(list),
    "tuple": _listed(tuple),
    "set": _listed(set),
    "frozenset": _listed(set),
    "iter": _known(_iterator),
    "next": _known(_next),
    "eval": _known(_evaluated),
    "globals": _globals,
    "vars": _variables,
    "issubclass": _known(_subclass),
    "dict": _dict,
    "sum": lambda reader, node, arguments, named: _sum(reader, node, *arguments, **named),
    "min": _least(min),
    "max": _least(max),
    "abs": _plain(abs),
    "round": _plain(round),
    "divmod": _plain(divmod),
    "pow": _plain(
        lambda base, exponent, *by: (
            pow(base, exponent, *by) if abs(exponent) * math.log2(abs(base) + 2) < 512 else _no_text()
        )
    ),
    "zip": _known(_zip),
    "enumerate": _known(_enumerate),
    "reversed": _known(_reversed),
    "sorted": _known(_sorted),
    "map": _known(_map),
    "filter": _known(_filter),
    "any": _known(_any),
    "all": _known(_all),
    "isinstance": _isinstance,
    "hasattr": _hasattr,
    "getattr": _getattr,
    "setattr": _setattr,
    "delattr": _known(lambda reader, node, value, name: reader.remove(value, name)),
    "type": _type,
    "staticmethod": lambda reader, node, arguments, named: arguments[0],
    "chr": _plain(chr),
    "ord": _plain(ord),
    "slice": _plain(slice),
    "callable": _known(_callable),
    "print": _nothing,
    "object": _nothing,
}


def _no_text() -> Any:
    raise ValueError("it is no number and no text")
