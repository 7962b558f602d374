"""A program in, the layers of its model out: the inputs that it takes, and its layers as they are applied."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import per_axis
from convanim.frameworks.models.entries import LONGEST_WHY
from convanim.frameworks.models.input_sizes import Input
from convanim.frameworks.models.model import Model, field_notes
from convanim.frameworks.programs.assumed_inputs import tried
from convanim.frameworks.programs.choosing import chosen
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.modules import modules_within, named_modules
from convanim.frameworks.programs.statements import Program
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import (
    Container,
    Function,
    GraphModel,
    Instance,
    LibraryLayer,
    Native,
    Traced,
    Unknown,
)
from convanim.frameworks.source import cut

MOST_LETTERS = 2_000_000
"""Of a program that is read."""
_MOST_REASONS = 4
_KERAS = re.compile(r"\b(?:keras|tensorflow|tf)\b|\b(?:Conv|MaxPool\w*|AveragePool\w*|UpSampling)[123]D\b|\bDense\(")
_JAX = re.compile(r"\b(?:flax|linen|nnx|jax|jnp)\b")
_ROOTS = {"torch": "torch", "keras": "keras", "tensorflow": "keras", "flax": "jax", "jax": "jax"}
_MODULE_CLASS = re.compile(
    r"^[ \t]*class \w+\(.*(?:Module|Model|Layer|Sequential|ModuleList|Classifier|Net|Block)\b.*\):", re.MULTILINE
)


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
        raise ConvanimError("model", "", f"has too many letters; at most {MOST_LETTERS:,} are read")
    names = _Given(given or {})
    statements = Program(text)
    try:
        found = tried(
            lambda axes, channels: _read(text, statements, input_size, names, model, axes, channels), asked=input_size
        )
    except RecursionError:
        raise ConvanimError("model", "", "is nested too deep to be read") from None
    _refuse_untaken(names, statements)
    return found


class _Given(dict[str, Any]):
    """Values of names that a program leaves open, which remembers those that it needed and those that it came to."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__(names)
        self.needed: set[str] = set()
        self.met: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        """Return a value that the program needs."""
        self.needed.add(name)
        return super().__getitem__(name)

    def get(self, name: str, usual: Any = None) -> Any:
        """Return a value, or the usual one."""
        self.met.add(name)
        return super().get(name, usual)


def _refuse_untaken(given: _Given, statements: Program) -> None:
    """Raise an error if a name with a given value is open nowhere in the program."""
    left = [name for name in given if name not in given.needed]
    usual, is_open = (_with_values(statements), _without_values(statements)) if left else ({}, set())
    for name in left:
        if name in given.met and (name in is_open or name not in usual):
            continue
        if name not in usual:
            raise ConvanimError("let", repr(cut(name)), "is no name that this model leaves open; leave it out")
        call = f"{usual[name]}({name}={given[name]!r})"
        raise ConvanimError("let", name, "has a value of its own in the program; write --model {}", quote(call))


def _without_values(statements: Program) -> set[str]:
    """Return the names that a program assigns, and its functions' arguments that have no values of their own."""
    nodes = [one for node in statements for one in ast.walk(node)]
    made = {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    for one in nodes:
        if isinstance(one, ast.FunctionDef):
            made |= {each.arg for each in one.args.args} - set(_values_of(one))
    return made


def _with_values(statements: Program) -> dict[str, str]:
    """Return the arguments of functions and classes that have values of their own, each with what is called."""
    found: dict[str, str] = {}
    for one in statements:
        if isinstance(one, ast.FunctionDef):
            found |= dict.fromkeys(_values_of(one), one.name)
        if isinstance(one, ast.ClassDef):
            fields = [each.target for each in one.body if isinstance(each, ast.AnnAssign) and each.value is not None]
            starts = [each for each in one.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
            names = [each.id for each in fields if isinstance(each, ast.Name)]
            found |= dict.fromkeys([*names, *(name for start in starts for name in _values_of(start))], one.name)
    return found


def _values_of(function: ast.FunctionDef) -> list[str]:
    """Return the arguments of a function that have values of their own."""
    its = function.args
    named = [one for one, value in zip(its.kwonlyargs, its.kw_defaults, strict=True) if value is not None]
    return [one.arg for one in (*its.args[len(its.args) - len(its.defaults) :], *named)]


def _framework(text: str) -> str:
    if _JAX.search(text) and "torch" not in text:
        return "jax"
    return "keras" if _KERAS.search(text) and not re.search(r"\btorch\b|\bnn\.(?:Conv|Module)", text) else "torch"


def _read(
    text: str,
    statements: Program,
    input_size: Any,
    given: Mapping[str, Any],
    model: str | None,
    axes: int | None,
    channels: int,
) -> Model:
    framework = _framework(text)
    is_first = framework != "torch" and _has_channels_first(text, framework)
    is_last = framework != "torch" and not is_first
    count = axes or _axes_of(text)
    if isinstance(input_size, tuple | list) and len(input_size) > count:
        # With channels; more numbers than that are the shape of what is taken apart before the first layer.
        *size, channels = input_size if is_last else (*input_size[1:], input_size[0])
        input_size, count = tuple(size), len(size)
    elif isinstance(input_size, tuple | list) and axes is None:
        count = len(input_size)
    asked = None if input_size is None else per_axis("input_size", input_size, count)
    trace = Trace(channels_last=is_last)
    world = Libraries(trace, asked, channels, framework, is_first)
    reader = Interpreter(world, given)
    world.reader = reader
    world.is_open = not _MODULE_CLASS.search(text)
    for statement in statements:
        reader.run([statement])
    found, name = chosen(reader, world, model)
    if found is None:
        _apply_in_order(reader, world)
        return model_of(trace, "program")
    if isinstance(found, GraphModel):
        outputs = found.made_of()
        if outputs:
            leading = trace.steps.leading(trace.entries, trace.inputs, outputs)
            if leading is None:
                trace.note("which layers lead to the outputs is not known, and all are listed that the program applies")
            trace.entries = trace.entries if leading is None else leading
            trace.inputs = [one for one in trace.inputs if one in found.inputs] or trace.inputs
        return model_of(trace, found.name or name)
    inner = Trace(channels_last=_is_last(found, framework) and not is_first, guessed=True, knows_channels=channels > 0)
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
    reader.skipped.clear()
    made = reader.call(found, tensors, {}, ast.Pass(lineno=1, col_offset=0))
    _list_unreached(reader, world, found)
    _tell_what_is_open(reader, inner, made, asked)
    return model_of(inner, name)


def _tell_what_is_open(reader: Interpreter, trace: Trace, made: Any, asked: Sequence[int]) -> None:
    """Say what of a program is not known: whether parts of it run, what it returns, how many channels go in."""
    for why, open_name in list(reader.skipped.items())[:_MOST_REASONS]:
        way = f"; give it with --let {open_name}=…" if open_name else ""
        if way or not any(why in entry.why for entry in trace.entries):
            trace.note(f"{why} is not known, and what depends on it is left out{way}")
    why = made.why.rpartition(" has no size: ")[2] if isinstance(made, Traced) and made.dims is None else ""
    if why and why not in trace.notes and not any(why[: LONGEST_WHY // 2] in one.why for one in trace.entries):
        trace.note(f"what the model returns is not known: {why}")
    if not trace.knows_channels:
        asked_for = "x".join(map(str, asked if trace.channels_last else (3, *asked)))
        trace.note(
            "the input is taken to have 1 channel, since no layer says how many; "
            f"give them with the size, such as {asked_for}{'x3' if trace.channels_last else ''}"
        )


def _list_unreached(reader: Interpreter, world: Libraries, found: Any) -> None:
    """List the layers of a model that are applied nowhere, where it is not known all that its program does."""
    lost = next((entry.why for entry in world.trace.entries if "not known" in entry.why), "")
    why = next((f"{one} is not known" for one in reader.skipped), lost)
    for name, one in modules_within(found) if why else ():
        is_window = isinstance(one, LibraryLayer) and one.described is not None and id(one) not in world.applied
        if is_window and one.described.kind.build is not None:
            world.trace.listed(name, one.path, world.trace.lost(why), f"whether it is applied is not known: {why}")


def _has_channels_first(text: str, framework: str) -> bool:
    """Return whether a program of Keras or JAX has its channels before the other axes, wherever it says so."""
    if framework == "jax":
        is_last = re.search(r"NHWC|NWC|NDHWC|linen|nnx", text)
        return bool(re.search(r"\blax\.(?:conv|reduce_window)", text)) and not is_last
    if re.search(r"set_image_data_format\(\s*['\"]channels_first", text):
        return True
    formats = re.findall(r"data_format\s*=\s*['\"]channels_(first|last)", text)
    return bool(formats) and "last" not in formats


def _axes_of(text: str) -> int:
    """Return how many axes the first layer has whose name tells it."""
    found = re.search(r"\b\w*(?:[Cc]onv|[Pp]ool)\w*?([123])[dD]\b", text)
    return int(found[1]) if found else 2


def _is_last(found: Any, framework: str) -> bool:
    """Return whether a model takes tensors with their channels last."""
    roots = found.made_of.roots if isinstance(found, Instance) else (getattr(found, "path", ""),)
    known = [_ROOTS[root] for path in roots if (root := path.split(".")[0]) in _ROOTS]
    return (known[0] if known else framework) != "torch"


def _apply_in_order(reader: Interpreter, world: Libraries) -> None:
    """Apply layers that nothing has been applied to in the order in which they stand."""
    found: dict[int, Any] = {}
    for value in [*reader.globals.names.values()]:
        many = value if isinstance(value, list) else [value]
        for one in many:
            if isinstance(one, Unknown) and one.holds:
                world.note(f"{one.why} is not known; what is given to it is read as if it were alone")
            held = one.holds if isinstance(one, Unknown) else (one,)
            found |= {id(each): each for each in held if isinstance(each, LibraryLayer | Container | Instance)}
    loose = [one for key, one in found.items() if key not in world.applied]
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
    size = () if shape is None else shape[:-1] if trace.channels_last else shape[1:]
    if size and all(isinstance(one, int) for one in size):
        return tuple(size)
    return (
        tuple(trace.inputs[0].dims[place] for place in trace.places(len(trace.inputs[0].dims)))
        if (trace.inputs and trace.inputs[0].dims)
        else None
    )


def _said_channels(found: Any, trace: Trace) -> int:
    shape = _shape_said(found)
    own = None if shape is None else shape[-1 if trace.channels_last else 0]
    if isinstance(own, int):
        return own
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
        raise ConvanimError(
            "model",
            name,
            "applies no layer that moves a window{}; --model takes another name, or an expression such as Net(10)",
            "".join(f" ({one})" for one in [*trace.notes][:1]),
        )
    first = inputs[0].dims if inputs else ()
    size = [first[place] for place in trace.places(len(first))] if first else []
    notes = (*trace.notes, *field_notes(trace.entries, size))
    links = tuple(trace.links)
    return Model(name, inputs, tuple(trace.entries), notes, trace.is_path(), links, trace.channels_last)
