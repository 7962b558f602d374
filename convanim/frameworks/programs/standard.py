"""Functions of Python's own libraries that programs build models with: arguments, tuples with names, iteration."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping, Sequence
from itertools import accumulate, islice, pairwise, product, zip_longest
from typing import Any

from convanim.frameworks.programs.patterns import PATTERNS
from convanim.frameworks.programs.python_names import BUILTINS, Run
from convanim.frameworks.programs.values import (
    Class,
    Defaults,
    Function,
    Instance,
    Library,
    Method,
    Native,
    Traced,
    Unknown,
)

AUTO = "auto"
"""What stands for a value that an enumeration gives its names by itself."""

MOST_PRODUCTS = 10_000
_COUNTS = {"_single": 1, "_pair": 2, "_triple": 3, "_quadruple": 4, "to_1tuple": 1, "to_2tuple": 2, "to_3tuple": 3}
_NAMESPACES = ("SimpleNamespace", "Namespace", "EasyDict", "edict", "AttrDict", "DotDict", "ConfigDict", "Munch")
_OPERATORS = ("mul", "add", "sub", "floordiv", "truediv", "mod")


def _tuple_of(count: int) -> Run:
    def run(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        value = arguments[0]
        return value if isinstance(value, Unknown) else tuple(value) if _is_many(value) else (value,) * count

    return run


def _is_many(value: Any) -> bool:
    return isinstance(value, list | tuple | range)


def _tuples(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    count = arguments[0]
    return Native("ntuple", _tuple_of(count)) if isinstance(count, int) and 0 < count < 10 else Unknown("a tuple")


def _chain(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return [item for one in arguments for item in reader.items(one, node)]


def _chained(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return _chain(reader, node, reader.items(arguments[0], node), {})


def _repeat(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value, count = arguments[0], named.get("times", arguments[1] if len(arguments) > 1 else None)
    return [value] * count if isinstance(count, int) and count < MOST_PRODUCTS else Unknown("how often a value repeats")


def _product(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    rows = [reader.items(one, node) for one in arguments] * int(named.get("repeat", 1))
    found = list(islice(product(*rows), MOST_PRODUCTS))
    reader.tick(node, len(found))
    return found


def _pairwise(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return list(pairwise(reader.items(arguments[0], node)))


def _longest(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return list(zip_longest(*(reader.items(one, node) for one in arguments), fillvalue=named.get("fillvalue")))


def _slice(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return list(islice(reader.items(arguments[0], node), *arguments[1:]))


def _accumulate(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    found = reader.items(arguments[0], node)
    plain = len(arguments) == 1 and not named and all(isinstance(one, int | float) for one in found)
    return list(accumulate(found)) if plain else Unknown("what accumulate makes")


def _reduce(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    function, values, *first = arguments
    found = [*first, *reader.items(values, node)]
    made = found[0]
    for one in found[1:]:
        made = reader.call(function, (made, one), {}, node)
    return made


def _operator(name: str) -> Run:
    sign = {"mul": ast.Mult(), "add": ast.Add(), "sub": ast.Sub(), "floordiv": ast.FloorDiv()}.get(name)

    def run(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        left, right = arguments
        return reader.combined(node, sign or (ast.Div() if name == "truediv" else ast.Mod()), left, right)

    return run


def _getter(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    def run(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> Any:
        found = tuple(given[0][operator.index(one)] if _is_many(given[0]) else given[0][one] for one in arguments)
        return found[0] if len(found) == 1 else found

    return Native("itemgetter", run)


def _namespace(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Instance:
    first = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    names = {str(key): value for key, value in {**first, **named}.items()}
    return Instance(Class("namespace", (), {}), names)


def _named_tuple(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    name, fields = arguments[:2]
    many = fields.replace(",", " ").split() if isinstance(fields, str) else fields
    if not _is_many(many) or not all(isinstance(one, str) for one in many):
        return Unknown("a tuple with names")
    usual = named.get("defaults", ())
    its = dict(zip(many[len(many) - len(usual) :], usual, strict=True)) if _is_many(usual) else {}
    return Class(str(name), (Library("typing.NamedTuple"),), its, tuple(many))


def _field(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return the default of a dataclass's field."""
    if "default_factory" in named:
        return reader.call(named["default_factory"], (), {}, node)
    return named.get("default", Unknown("a field without a default"))


def _replaced(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return an object of a dataclass or a tuple with names, with some of its values changed."""
    value = arguments[0]
    if not isinstance(value, Instance):
        return Unknown("a copy")
    fields = {name: value.names[name] for one in value.made_of.lineage() for name in one.fields if name in value.names}
    return reader.call(value.made_of, (), {**fields, **named}, node)


def _parser(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Instance:
    """Return a parser of a program's own options, all of which are taken as they are by default."""
    options = Instance(Class("options", (), {}))

    def add(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> None:
        flags = [one for one in given if isinstance(one, str)]
        long = next((one for one in flags if one.startswith("--")), flags[0] if flags else "")
        name = more.get("dest") or long.lstrip("-").replace("-", "_")
        usual = {"store_true": False, "store_false": True}.get(str(more.get("action")))
        value = more.get("default", usual)
        needed = Unknown(f"what the option {long} is", str(name))
        is_open = "default" not in more and (more.get("required") is True or not long.startswith("-"))
        options.names[str(name)] = reader.given.get(str(name), needed if is_open else value)

    def same(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> Any:
        options.names.update(more if "title" not in more and "description" not in more else {})
        return made

    made = Instance(Class("ArgumentParser", (), {}))
    for name in ("add_argument_group", "add_mutually_exclusive_group", "set_defaults"):
        made.names[name] = Native(name, same)
    made.names["add_argument"] = Native("add_argument", add)
    made.names["parse_args"] = Native("parse_args", lambda reader, node, given, more: options)
    made.names["parse_known_args"] = Native("parse_known_args", lambda reader, node, given, more: (options, []))
    return made


def _variables(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value = arguments[0] if arguments else None
    return dict(value.names) if isinstance(value, Instance) else Unknown("the variables of a value")


def _is_tensor(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value = arguments[0]
    return value if isinstance(value, Unknown) else isinstance(value, Traced)


def _evaluated(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return reader.call(Native("eval", BUILTINS["eval"]), arguments, {}, node)


def _is_function(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value = arguments[0]
    return value if isinstance(value, Unknown) else isinstance(value, Function | Method)


def _is_class(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    value = arguments[0]
    if isinstance(value, Library):
        return value.short[:1].isupper()
    return value if isinstance(value, Unknown) else isinstance(value, Class)


def _of_defaults(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    items = reader.call(Native("dict", BUILTINS["dict"]), arguments[1:], named, node)
    return Defaults(arguments[0], items) if arguments else items


def _counter(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    found = Defaults(Native("int", BUILTINS["int"]), {})
    for one in reader.items(arguments[0], node) if arguments else ():
        if not isinstance(one, int | float | str):
            return Unknown("how often each value is there")
        found[one] = found.get(one, 0) + 1
    return found


def _queue(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    if "maxlen" in named or len(arguments) > 1:
        return Unknown("a queue that forgets")
    return list(reader.items(arguments[0], node)) if arguments else []


def _attributes(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    def run(reader: Any, node: ast.AST, given: Sequence[Any], more: Mapping[str, Any]) -> Any:
        found = []
        for path in arguments:
            value = given[0]
            for name in str(path).split("."):
                value = reader.attribute(value, name, node)
            found.append(value)
        return found[0] if len(found) == 1 else tuple(found)

    return Native("attrgetter", run)


def _keys(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    count = named.get("num", arguments[1] if len(arguments) > 1 else 2)
    is_known = isinstance(count, int) and 0 < count <= MOST_PRODUCTS
    return [Unknown("a key for random numbers")] * count if is_known else Unknown("keys for random numbers")


FUNCTIONS: Mapping[str, Run] = {
    **{name: _tuple_of(count) for name, count in _COUNTS.items()},
    **dict.fromkeys(("_ntuple", "to_ntuple"), _tuples),
    **{f"itertools.{name}": run for name, run in {
        "chain": _chain, "chain.from_iterable": _chained, "repeat": _repeat, "product": _product,
        "pairwise": _pairwise, "zip_longest": _longest, "islice": _slice, "accumulate": _accumulate,
    }.items()},
    "functools.reduce": _reduce,
    **{f"operator.{name}": _operator(name) for name in _OPERATORS},
    "operator.itemgetter": _getter,
    **dict.fromkeys(_NAMESPACES, _namespace),
    "namedtuple": _named_tuple,
    "dataclasses.field": _field,
    "ArgumentParser": _parser,
    "dataclasses.asdict": _variables,
    "enum.auto": lambda reader, node, arguments, named: Native(AUTO, lambda *given: None),
    "dataclasses.replace": _replaced,
    "ast.literal_eval": _evaluated,
    **dict.fromkeys(("inspect.isfunction", "inspect.ismethod", "inspect.isroutine"), _is_function),
    "inspect.isclass": _is_class,
    "types.MethodType": lambda reader, node, arguments, named: Method(*arguments[:2]),
    "collections.defaultdict": _of_defaults,
    "collections.Counter": _counter,
    "collections.deque": _queue,
    "operator.attrgetter": _attributes,
    **{f"re.{name}": run for name, run in PATTERNS.items()},
    "torch.is_tensor": _is_tensor,
    "jax.random.split": _keys,
    **{f"numpy.random.{name}": lambda *given: Library("numpy.random") for name in ("RandomState", "default_rng")},
    "epsilon": lambda reader, node, arguments, named: 1e-7,
    "floatx": lambda reader, node, arguments, named: "float32",
    "conv_dimension_numbers": lambda reader, node, arguments, named: arguments[2],
}  # fmt: skip
"""By their full names, or by the last where that is enough."""


def function_of(name: Library) -> Run | None:
    """Return a function of Python's libraries, None where it is not known."""
    return FUNCTIONS.get(name.path) or (FUNCTIONS.get(name.short) if "." not in name.short else None)
