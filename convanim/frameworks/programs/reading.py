"""A program in, the layers of the model out that it builds: which of its classes, and in what order they run."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import per_axis
from convanim.frameworks.models.input_sizes import Input
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.modules import named_modules
from convanim.frameworks.programs.trace import NeedsInput, Trace
from convanim.frameworks.programs.values import (
    Class,
    Container,
    Function,
    GraphModel,
    Instance,
    LibraryLayer,
    Native,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place, cut, refused

MOST_LETTERS = 2_000_000
"""Of a program that is read."""

_MOST_TRIES = 4
_MOST_NAMED = 6
_MOST_LINES, _MOST_TOKENS = 200, 250_000
"""Lines that are parsed together at least, and words and signs at most: each takes half a kilobyte."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_STARTS = re.compile(r"[^\s#)\]}]")
_GOES_ON = re.compile(r"(?:else|elif|except|finally)\b")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.|In \[\d+\]:) ?", re.MULTILINE)
_MOST_LOOKED_AT = 20_000
_KERAS = re.compile(r"\b(?:keras|tensorflow|tf)\b|\b(?:Conv|MaxPool\w*|AveragePool\w*|UpSampling)[123]D\b|\bDense\(")
_JAX = re.compile(r"\b(?:flax|linen|nnx|jax|jnp)\b")
_ROOTS = {"torch": "torch", "keras": "keras", "tensorflow": "keras", "flax": "jax", "jax": "jax"}
_MODULE_CLASS = re.compile(
    r"^[ \t]*class \w+\(.*(?:Module|Model|Layer|Sequential|ModuleList|Classifier|Net|Block)\b.*\):", re.MULTILINE
)
_ENDINGS = ("Module", "Model", "Layer", "Sequential", "ModuleList", "Classifier", "Net", "Block")
"""Of names of classes that models extend."""

_NO_MODELS = ("Loss", "Criterion", "Dataset", "DataModule", "Trainer", "Getter")
"""Endings of the names of classes that are no models."""

_MODULES = ("Module", "Model", "Layer", "Sequential", "ModuleList")


def is_program(text: str) -> bool:
    """Return whether a text says more of how layers are applied than the order in which they stand.

    It does where it defines classes or functions, applies layers by their names, or calls their methods.
    """
    if len(text) > _MOST_LOOKED_AT:
        return True
    try:
        parts = [node for _, statements in parsed(text) for node in statements]
    except ConvanimError:
        return False
    if any(isinstance(node, ast.ClassDef | ast.FunctionDef | ast.For | ast.If | ast.With) for node in parts):
        return True
    bound = {
        target.id
        for node in parts
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [one for node in parts for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(_applies(call, bound) for call in calls)


def _applies(call: ast.Call, bound: set[str]) -> bool:
    """Return whether a call applies a layer, or wraps one."""
    if isinstance(call.func, ast.Name) and call.func.id in bound:
        return True
    if isinstance(call.func, ast.Call):
        return True
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        return True
    short = ast.unparse(call.func).rpartition(".")[2]
    holds = any(isinstance(one, ast.Call) and _is_class(one) for one in call.args)
    return short[:1].islower() and short not in ("add", "append", "add_module") and holds


def _is_class(call: ast.Call) -> bool:
    return ast.unparse(call.func).rpartition(".")[2][:1].isupper()


def read_program(
    text: str, input_size: Any = None, given: Mapping[str, Any] | None = None, model: str | None = None
) -> Model:
    """Return the layers of the model that a program builds, in the order in which they run.

    Parameters
    ----------
    text : str
        Python, with any of PyTorch, Keras, Flax; it is interpreted here, and never run.
    input_size : int or sequence of int, optional
        (rows, columns), where the program does not say it; channels stand before them for PyTorch, and behind them
        for Keras and Flax, where they are given.
    given : mapping, optional
        Values of names that the program leaves open.
    model : str, optional
        The class, or an expression that makes the model, where there are several.

    Raises
    ------
    ConvanimError
        If it is no Python, its input's size is missing, or it takes too long to read.
    """
    if len(text) > MOST_LETTERS:
        raise ConvanimError("model", "", f"has {len(text):,} letters, and at most {MOST_LETTERS:,} are read")
    axes: int | None = None
    channels = 0
    for _ in range(_MOST_TRIES):
        try:
            return _read(text, input_size, given or {}, model, axes, channels)
        except NeedsInput as needs:
            axes, channels = needs.axes or axes, needs.channels or channels
        except RecursionError:
            raise ConvanimError("model", "", "is nested too deep to be read") from None
    raise ConvanimError("model", "", "takes inputs of several shapes; write the input into the program")


def parsed(text: str) -> Iterator[tuple[int, list[ast.stmt]]]:
    """Yield the statements of a program, some lines at a time, with the number of their words.

    It may be pasted with prompts, or indented.

    Raises
    ------
    ConvanimError
        If it is no Python; the message names the place.
    """
    plain = textwrap.dedent(_PROMPT.sub("", text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")))
    for first, part in _parts(plain):
        yield _words(part), _statements(part, first)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Yield pieces of a program that can be parsed by themselves, each with the number of lines before it."""
    lines = text.split("\n")
    start = tried = 0
    for number, line in enumerate(lines):
        if number - tried < _MOST_LINES or not _STARTS.match(line) or _GOES_ON.match(line):
            continue
        if lines[number - 1].startswith("@") or lines[number - 1].endswith("\\"):
            continue
        tried = number
        if _is_whole(part := "\n".join(lines[start:number])):
            yield start, part
            start = number
    yield start, "\n".join(lines[start:])


def _words(part: str) -> int:
    """Return how many words and signs there are."""
    return sum(1 for _ in _TOKEN.finditer(part))


def _is_whole(part: str) -> bool:
    """Return whether brackets and texts are closed at the end of a piece, as far as counting shows."""
    return all(part.count(one) == part.count(other) for one, other in ("()", "[]", "{}")) and not (
        part.count('"""') % 2 or part.count("'''") % 2
    )


def _statements(part: str, first: int) -> list[ast.stmt]:
    if _words(part) > _MOST_TOKENS:
        raise ConvanimError("model", "", f"has a statement of more than {_MOST_TOKENS:,} words and signs")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(part)
    except SyntaxError as error:
        place = Place(first + (error.lineno or 1), error.offset or 1)
        line = (error.text or "").strip()
        raise refused(place, "is no Python that can be read: {} ({})", cut(line), error.msg) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConvanimError("model", "", "is no Python that can be read ({})", cut(str(error) or "too deep")) from error
    return (ast.increment_lineno(tree, first) if first else tree).body


def _framework(text: str) -> str:
    if _JAX.search(text) and "torch" not in text:
        return "jax"
    return "keras" if _KERAS.search(text) and not re.search(r"\btorch\b|\bnn\.(?:Conv|Module)", text) else "torch"


def _read(
    text: str,
    input_size: Any,
    given: Mapping[str, Any],
    model: str | None,
    axes: int | None,
    channels: int,
) -> Model:
    framework = _framework(text)
    count = axes or _axes_of(text)
    if isinstance(input_size, tuple | list) and len(input_size) > count:
        # With channels; more numbers than that are the shape of what is taken apart before the first layer.
        *size, channels = input_size if framework != "torch" else (*input_size[1:], input_size[0])
        input_size, count = tuple(size), len(size)
    elif isinstance(input_size, tuple | list) and axes is None:
        count = len(input_size)
    asked = None if input_size is None else per_axis("input_size", input_size, count)
    trace = Trace(channels_last=framework != "torch")
    world = Libraries(trace, asked, channels, framework)
    reader = Interpreter(world, given)
    world.reader = reader
    world.is_open = not _MODULE_CLASS.search(text)
    for words, statements in parsed(text):
        reader.tick(count=words)
        reader.run(statements)
    found, name = _chosen(reader, world, model)
    if found is None:
        _apply_in_order(reader, world)
        return model_of(trace, "program")
    if isinstance(found, GraphModel):
        outputs = found.made_of()
        if outputs:
            trace.entries = trace.steps.leading(trace.entries, trace.inputs, outputs)
            trace.inputs = [one for one in trace.inputs if one in found.inputs] or trace.inputs
        return model_of(trace, found.name or name)
    inner = Trace(channels_last=_is_last(found, framework), guessed=True, knows_channels=channels > 0)
    inner.notes = trace.notes
    if isinstance(found, Traced):
        return model_of(trace, name)
    world.trace, world.is_open = inner, False
    world.names = named_modules(found)
    if asked is None:
        asked = _said_size(found, trace)
    numbers = _said_numbers(found)
    if numbers:
        reader.call(found, (inner.constant((1, numbers)),), {}, ast.Pass(lineno=1, col_offset=0))
        return model_of(inner, name)
    if asked is None:
        raise ConvanimError("input_size", "", "is missing: the program leaves it open; give one such as 224")
    own = channels if channels else _said_channels(found, trace)
    inner.knows_channels = (bool(own) and own != 1) or channels > 0
    first, *more = _names_of_inputs(found, inner)
    tensors = [inner.input(asked, own or 1, one) for one in (first, *more)]
    reader.call(found, tensors, {}, ast.Pass(lineno=1, col_offset=0))
    return model_of(inner, name)


def _axes_of(text: str) -> int:
    """Return how many axes the first layer has whose name tells it."""
    found = re.search(r"\b\w*(?:[Cc]onv|[Pp]ool)\w*?([123])[dD]\b", text)
    return int(found[1]) if found else 2


def _is_last(found: Any, framework: str) -> bool:
    """Return whether a model takes tensors with their channels last."""
    roots = found.made_of.roots if isinstance(found, Instance) else (getattr(found, "path", ""),)
    known = [_ROOTS[root] for path in roots if (root := path.split(".")[0]) in _ROOTS]
    return (known[0] if known else framework) != "torch"


def _chosen(reader: Interpreter, world: Libraries, model: str | None) -> tuple[Any, str]:
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
    if isinstance(value, Class | Function):
        value = reader.call(value, (), {}, ast.Pass(lineno=1, col_offset=0))
    if isinstance(value, Unknown):
        known = [name for name, one in reader.globals.names.items() if isinstance(one, Class | Instance | Container)]
        raise ConvanimError(
            "model", repr(cut(model)), "is not known; the program has {}", ", ".join(known[:_MOST_NAMED]) or "no model"
        )
    return value, model


def _of_classes(reader: Interpreter, world: Libraries, classes: Mapping[str, Class]) -> tuple[Any, str]:
    """Return an object of the last class that no other uses, or what makes one where the class needs arguments."""
    node = ast.Pass(lineno=1, col_offset=0)
    in_classes, in_functions = (_names_used(reader, kind) for kind in (Class, Function))
    own = [name for name in classes if name not in in_classes and not name.endswith(_NO_MODELS)] or list(classes)
    free = [name for name in own if name not in in_functions] or own
    name = free[-1]
    makers = _makers(reader, own[-1]) if _needs(reader, classes[name]) else []
    for maker in makers:
        made = reader.call(reader.globals.names[maker], (), {}, node)
        if isinstance(made, Instance | Container):
            others = ", ".join(one for one in [*makers, *free] if one != maker)
            world.note(f"{maker}() is read; choose another with --model ({cut(others)})")
            return made, maker
    if len(free) > 1:
        others = ", ".join(free[:-1][:_MOST_NAMED])
        world.note(f"{name} is read, the last class; choose another with --model ({others})")
    return reader.call(classes[name], (), {}, node), name


def _names_used(reader: Interpreter, kind: type[Class] | type[Function]) -> set[str]:
    """Return the names that the classes, or the functions, of a program use beside their own."""
    used: set[str] = set()
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
        needed = [one.arg for one in function.node.args.args if one.arg not in function.defaults]
        if needed and set(needed) <= {"x", "inputs", "input", "image", "img", "images", "data"}:
            return function, name
        before = len(world.trace.entries)
        value = reader.call(function, (), {}, ast.Pass(lineno=1, col_offset=0))
        if isinstance(value, Instance | Container | GraphModel):
            return value, name
        if len(world.trace.entries) > before:
            return None
    return None


def _apply_in_order(reader: Interpreter, world: Libraries) -> None:
    """Apply layers that nothing has been applied to in the order in which they stand."""
    loose: list[Any] = []
    for value in [*reader.globals.names.values()]:
        many = value if isinstance(value, list) else [value]
        for one in many:
            if isinstance(one, Unknown) and one.holds:
                world.note(f"{one.why} is not known; what is given to it is read as if it were alone")
            held = one.holds if isinstance(one, Unknown) else (one,)
            loose += [
                each
                for each in held
                if isinstance(each, LibraryLayer | Container | Instance)
                and id(each) not in world.applied
                and all(each is not other for other in loose)
            ]
    if not loose or world.trace.entries:
        for one in loose:
            if isinstance(one, LibraryLayer):
                world.note(f"{one.short} at {one.place} is applied to nothing, and left out")
        return
    x: Any = world._open(Unknown("the input", "the input"))
    if len(loose) > 1:
        world.note("the layers are read in the order in which they stand")
    for one in loose:
        x = reader.call(one, (x,), {}, ast.Pass(lineno=1, col_offset=0))


def _said_size(found: Any, trace: Trace) -> tuple[int, ...] | None:
    """Return the input's size where the program says it."""
    shape = _shape_said(found)
    if shape is not None and all(isinstance(one, int) for one in shape[:-1]):
        return tuple(shape[:-1])
    return (
        tuple(trace.inputs[0].dims[place] for place in trace.places(len(trace.inputs[0].dims)))
        if (trace.inputs and trace.inputs[0].dims)
        else None
    )


def _said_channels(found: Any, trace: Trace) -> int:
    shape = _shape_said(found)
    if shape is not None and isinstance(shape[-1], int):
        return shape[-1]
    dims = trace.inputs[0].dims if trace.inputs else None
    return dims[trace.channel_axis(len(dims))] if dims else 0


def _said_numbers(found: Any) -> int:
    """Return how many numbers a Sequential of Keras takes that takes a row of them, 0 for others."""
    shape = _first_shape(found)
    is_row = isinstance(shape, tuple | list) and len(shape) == 1 and isinstance(shape[0], int)
    return int(shape[0]) if is_row and shape is not None else 0


def _first_shape(found: Any) -> Any:
    """Return the shape that the first layer of a Sequential of Keras says of its input, as it is written."""
    if not isinstance(found, Container) or not found.path.startswith(("keras", "tensorflow")):
        return None
    first = next(iter(found.children.values()), None)
    if isinstance(first, Native) and isinstance(first.of, Traced):
        dims = first.of.dims
        return None if dims is None else dims[1:]
    if not isinstance(first, LibraryLayer):
        return None
    rows = first.arguments.get("input_dim")
    return (rows,) if isinstance(rows, int) else first.arguments.get("input_shape", first.arguments.get("shape"))


def _shape_said(found: Any) -> Sequence[Any] | None:
    """Return what the first layer of a Sequential of Keras says of its input."""
    shape = _first_shape(found)
    return shape if isinstance(shape, tuple | list) and len(shape) > 1 else None


def _names_of_inputs(found: Any, trace: Trace) -> list[str]:
    """Return what a model calls its inputs; all but the first are taken to have the size of the first."""
    function = found if isinstance(found, Function) else None
    if isinstance(found, Instance):
        lineage = found.made_of.lineage()
        names = ("forward", "call", "__call__")
        function = next(
            (one.names[name] for name in names for one in lineage if isinstance(one.names.get(name), Function)), None
        )
    if function is None:
        return ["x"]
    its = [one.arg for one in function.node.args.args[0 if isinstance(found, Function) else 1 :]]
    more = [name for name in its[1:] if name not in function.defaults and name not in ("training", "train", "mask")]
    if more:
        are = "are" if len(more) > 1 else "is"
        trace.note(f"{', '.join(more)} {are} taken to have the size of the first input")
    return [its[0] if its else "x", *more]


def model_of(trace: Trace, name: str) -> Model:
    """Return what a trace says as a model.

    Raises
    ------
    ConvanimError
        If there is no layer in it.
    """
    inputs = tuple(Input(one.name, one.dims) for one in trace.inputs if one.dims is not None)
    if not trace.entries:
        raise ConvanimError("model", "", "applies no layer that moves a window")
    notes = list(trace.notes)
    first = inputs[0].dims if inputs else ()
    size = [first[place] for place in trace.places(len(first))] if first else []
    if any(
        cells > own for entry in trace.entries for cells, own in zip(entry.receptive_field or (), size, strict=False)
    ):
        notes.append("receptive fields are not cut at the input's ends")
    if any(entry.is_bound for entry in trace.entries):
        notes.append("≤ is of receptive fields that may be smaller")
    return Model(name, inputs, tuple(trace.entries), tuple(notes), trace.is_path())
