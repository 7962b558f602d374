"""Networks as ``print`` and ``summary()`` show them: every layer with its parameters, and sizes where they are said."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.models.entries import MOST_ENTRIES, Entry, Sizes
from convanim.frameworks.models.input_sizes import Input as ModelInput
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.assumed_inputs import tried
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.library_names import MOVING
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import Container, Library, LibraryLayer, Traced
from convanim.frameworks.source import Place
from convanim.words.layer_names import size

_MEMBER = re.compile(r"^\s*\((?P<name>[\w.-]+)\): (?:(?P<times>\d+) x )?(?P<kind>[A-Za-z_][\w.]*)\((?P<rest>.*)$")
_FIRST = re.compile(r"^\s*(?P<kind>[A-Za-z_][\w.]*)\((?P<rest>.*)$")
_ROW = re.compile(
    r"^[│|┃\s]*(?P<name>[\w./-]+)\s*\((?P<kind>[A-Z]\w*)\)\s*[│|┃]?\s*[\[(]*\(?(?P<shape>(?:None|\d+)(?:,\s*(?:None|\d+))*)\)?[\])]*[,)\s│|┃]+(?P<count>[\d,]+)"
)
_DOTS = r"^[ \t]*(?:\([\w.-]+\): ?)?[\[(]?(?:\.{3}|…)[\])]?,?[ \t]*$"
_LEFT_OUT = re.compile(_DOTS)
_NO_SEQUENCE = re.compile(rf"^[ \t]*\([\w.-]+\): (?:Module(?:List|Dict)\($|\d+ x )|{_DOTS}", re.MULTILINE)
_GAP = "..."
"""What stands for the class of layers that are left out of a print."""

_TORCH_ROW = re.compile(
    r"^[\s│├└─|+-]*(?P<kind>[A-Z]\w*)(?: \((?P<name>[\w.]+)\))?(?:-|: )(?P<mark>\d+(?:-\d+)?)\s(?P<rest>.*\[.*)$"
)
"""Of torchsummary and of torchinfo."""

_SHAPE, _COUNT = re.compile(r"\[(-?\d+(?:, \d+)+)\]"), re.compile(r"\]\s+([\d,]+)(?:\s|$)")
_MOST_LAYERS = 1_000
_SEQUENCE = "Sequential"
_SOURCE = "give the source, the object or an ONNX file to know"


@dataclass(eq=False)
class _Module:
    """A module as ``print`` shows it: its name, its class, its arguments, and what stands within it."""

    name: str
    kind: str
    arguments: str
    line: int
    times: int = 1
    members: tuple[_Module, ...] = ()

    @property
    def is_leaf(self) -> bool:
        """Whether it holds no other."""
        return not self.members


def is_printed(text: str) -> bool:
    """Return whether a text is what ``print`` shows of a network, or a table of ``summary()``."""
    lines = text.split("\n")
    return ("): " in text and any(map(_MEMBER.match, lines))) or _is_table(lines)


def _is_table(lines: Sequence[str]) -> bool:
    """Return whether several of the first lines are rows of a table."""
    return sum(1 for line in lines[:_MOST_LAYERS] if _ROW.match(line) or _TORCH_ROW.match(line)) > 1


def is_no_sequence(text: str) -> bool:
    """Return whether a print has what is no layer behind another: parts beside each other, many in one line, gaps."""
    return is_printed(text) and (_is_table(text.split("\n")) or _NO_SEQUENCE.search(text) is not None)


def read_printed(text: str, input_size: tuple[int, ...] | None) -> Model:
    """Return the layers of a printed network.

    Parameters
    ----------
    text : str
        The output of ``print`` for a module of PyTorch, of Keras' ``summary()``, of torchsummary or of torchinfo.
    input_size : tuple of int or None
        (rows, columns); sizes are followed through ``Sequential``, and unknown elsewhere.

    Raises
    ------
    ConvanimError
        If it is not understood.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if _is_table(lines):
        return _summary(lines)
    module = _tree(lines)
    return tried(lambda axes, channels: _listed(module, input_size, axes, channels))


def _tree(lines: Sequence[str]) -> _Module:
    """Return the outermost module; members that have none around them are taken as those of one."""
    rows = iter(enumerate(lines, 1))
    outer: list[_Module] = []
    for number, line in rows:
        if not line.strip() or line.strip() in (")", ")]"):
            continue
        if outer and _LEFT_OUT.match(line):
            outer.append(_gap(number))
        match = _MEMBER.match(line) or _FIRST.match(line)
        if match is None:
            continue
        outer.append(_module(match, number, rows, 0))
    if not outer:
        raise ConvanimError("model", "", "has no line such as '(conv1): Conv2d(3, 64, kernel_size=(3, 3))'")
    return outer[0] if len(outer) == 1 else _Module("", "lines", "", 1, 1, tuple(outer))


def _module(match: re.Match[str], number: int, rows: Iterator[tuple[int, str]], depth: int) -> _Module:
    if depth > 60:
        raise ConvanimError("model", "", "is nested too deep to be read")
    its = match.groupdict()
    name, times = its.get("name") or "", int(its.get("times") or 1)
    rest = its["rest"].rstrip()
    if rest.endswith(")") and rest.count(")") == rest.count("(") + 1:
        return _Module(name, its["kind"], rest[:-1], number, min(times, _MOST_LAYERS))
    members = []
    said = rest
    for inner, line in rows:
        if line.strip() == ")":
            break
        found = _MEMBER.match(line)
        if _LEFT_OUT.match(line):
            members.append(_gap(inner))
        elif found is not None:
            members.append(_module(found, inner, rows, depth + 1))
        elif not members:
            said = f"{said} {line.strip()}"
    else:
        # Its last bracket is missing, and so may be layers before it.
        members += [_gap(0)] if members and depth == 0 else []
    return _Module(name, its["kind"], said.strip().removesuffix(")"), number, min(times, _MOST_LAYERS), tuple(members))


def _gap(line: int) -> _Module:
    return _Module("", _GAP, "", line)


def _listed(module: _Module, size: tuple[int, ...] | None, axes: int | None, channels: int) -> Model:
    trace = Trace(guessed=True, knows_channels=channels > 0)
    world = Libraries(trace, size, channels, "torch")
    world.is_open = False
    reader = Interpreter(world, {})
    world.reader = reader
    x: Any = None
    if size is not None:
        x = trace.input(size if axes in (None, len(size)) else size[:1] * (axes or 1), channels or 1)
    told = _Told(trace, world)
    lost = trace.lost("the input's size is not given")
    told.go(module, "", lost if x is None else x, module.kind == _SEQUENCE or module.is_leaf)
    entries = tuple(replace(entry, number=number) for number, entry in enumerate(trace.entries, 1))
    if not entries:
        raise ConvanimError("model", "", "has no layer that moves a window")
    inputs = tuple(ModelInput(one.name, one.dims) for one in trace.inputs if one.dims)
    return Model(module.kind, inputs, entries, tuple(trace.notes), trace.is_path())


class _Told:
    """The walk through a printed network: layers are applied within ``Sequential``, and only listed elsewhere."""

    def __init__(self, trace: Trace, world: Libraries) -> None:
        self.trace, self.world = trace, world

    def go(self, module: _Module, path: str, x: Traced, is_next: bool) -> Traced:
        """List a module's layers and return what it makes, if the print says how they are joined."""
        given = x
        for turn in range(module.times):
            own = path if module.times == 1 else _turned(path, turn)
            x = self._once(module, own, x)
        return x if is_next else given

    def _once(self, module: _Module, path: str, x: Traced) -> Traced:
        if module.is_leaf:
            return self._leaf(module, path, x)
        if module.kind == _SEQUENCE:
            for one in module.members:
                x = self.go(one, _joined(path, one.name), x, True)
            return x
        self.trace.note(f"a print does not say how the parts of {module.kind} are joined; {_SOURCE}")
        lost = self.trace.lost(f"a print does not say how the parts of {module.kind} are joined")
        for one in module.members:
            self.go(one, _joined(path, one.name), lost, False)
        return lost

    def _leaf(self, module: _Module, path: str, x: Traced) -> Traced:
        if len(self.trace.entries) >= MOST_ENTRIES:
            self.trace.note(f"only the first {MOST_ENTRIES:,} layers are listed")
            return x
        if module.kind == _GAP:
            where = f"in line {module.line}" if module.line else "at its end"
            self.trace.note(f"the print leaves layers out {where}; {_SOURCE}")
            return self.trace.lost(f"what the print leaves out {where} is not known")
        place = Place(module.line, 1)
        arguments, named = _arguments(module)
        layer = self.world.call(Library(f"torch.nn.{module.kind}"), arguments, named, place)
        if not isinstance(layer, LibraryLayer):
            return x if isinstance(layer, Container) else self.trace.lost(f"{module.kind} is not known")
        self.world.names[id(layer)] = path or module.kind
        if module.kind not in FRAMEWORKS["torch"].kinds and x.dims is None and not MOVING.search(module.kind):
            return x
        made = self.world.apply(layer, (x,), {}, place)
        found = made[0] if isinstance(made, tuple) else made
        return found if isinstance(found, Traced) else self.trace.lost(f"what {module.kind} makes is not known")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _turned(path: str, turn: int) -> str:
    """Return the name of one of several alike modules, which ``(0-2)`` stands for."""
    outer, _, name = path.rpartition(".")
    first = re.match(r"(\d+)-\d+$", name)
    return _joined(outer, str(int(first[1]) + turn) if first else f"{name}.{turn}")


def _arguments(module: _Module) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments that a print shows, as far as they are literals; words without quotes are texts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(f"f({module.arguments})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], {}
    if not isinstance(node, ast.Call):
        return [], {}
    positional = [_literal(one) for one in node.args]
    return positional, {one.arg: _literal(one.value) for one in node.keywords if one.arg}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
        return node.id if isinstance(node, ast.Name) else None


@dataclass(frozen=True)
class _Row:
    """A row of a table: a layer's name, its class, what it makes with channels last, and its parameters."""

    name: str
    kind: str
    shape: tuple[int, ...]
    count: int

    @property
    def is_known(self) -> bool:
        """Whether all sizes are said."""
        return bool(self.shape) and min(self.shape) > 0


def _row(line: str) -> _Row | None:
    """Return what a row of a table says, None if it is none."""
    match = _ROW.match(line)
    if match is not None:
        shape = tuple(int(one) if one.strip().isdigit() else 0 for one in match["shape"].split(","))[1:]
        return _Row(match["name"], match["kind"], shape, int(match["count"].replace(",", "")))
    match = _TORCH_ROW.match(line)
    shapes = _SHAPE.findall(match["rest"]) if match is not None else []
    if match is None or not shapes:
        return None
    # The input's shape may stand before the output's, and the kernel's, which is shorter, behind it.
    _, channels, *size = [
        int(one) for one in [one for one in shapes if one.count(",") == shapes[0].count(",")][-1].split(",")
    ]
    count = _COUNT.search(match["rest"])
    said = int(count[1].replace(",", "")) if count is not None and "(recursive)" not in line else 0
    return _Row(match["name"] or f"{match['kind']}-{match['mark']}", match["kind"], (*size, channels), said)


def _summary(lines: Sequence[str]) -> Model:
    """Return the layers of a table, which says what each makes and its parameters, but no kernels."""
    entries: list[Entry] = []
    inputs: list[ModelInput] = []
    before: _Row | None = None
    # A table of PyTorch lists the parts of models beside the models, and does not say which follows which.
    is_torch = any(map(_TORCH_ROW.match, lines))
    is_sequence = not is_torch and not any("Connected to" in line for line in lines)
    for row in filter(None, map(_row, lines)):
        shape = row.shape
        if row.kind == "InputLayer" and row.is_known:
            inputs.append(ModelInput(row.name, (1, *shape)))
        elif re.search("Conv|Pool|Up[Ss]ampl", row.kind):
            sizes = None
            if is_sequence and before and before.is_known and row.is_known and len(before.shape) == len(shape) > 1:
                sizes = Sizes(before.shape[:-1], shape[:-1], before.shape[-1], shape[-1])
            told = f"{size(shape[:-1])}, {shape[-1]} channels" if len(shape) > 1 else str(shape[-1])
            told = f"it makes {told}; its kernel and strides are not in the table"
            path = f"{'torch.nn' if is_torch else 'keras.layers'}.{row.kind}"
            made = Entry(len(entries) + 1, row.name, path, None, told, "", row.name, None)
            entries.append(replace(made, counted=row.count, sizes=sizes))
        before = row
        if len(entries) >= _MOST_LAYERS:
            break
    if not entries:
        raise ConvanimError("model", "", "is a table without convolutions, poolings and upsamplings")
    note = f"a table does not say kernels, strides and padding; {_SOURCE}"
    return Model("summary", tuple(inputs), tuple(entries), (note,))
