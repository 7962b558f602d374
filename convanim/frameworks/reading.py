"""Reading of the layers in a pasted text, with their framework's own names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import quoted
from convanim.base.records import dataclass
from convanim.frameworks import ALIASES, FRAMEWORKS, Described, Pasted
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import KEEPS, Edges, Framework, Kind, Reach
from convanim.frameworks.onnx_text import is_graph, read_graph
from convanim.frameworks.pasted_text import as_code
from convanim.frameworks.source import Call, Joined, Sliced, Unread, cut, read_values, refused

_PREFIX = re.compile(r"\s*([A-Za-z]+):(?!\w)")
_CONTAINERS = ("Sequential", "OrderedDict", "Chain")
_ADDING = ("add", "append", "add_module")
_MODELS = ("Model",)
_MOVING = re.compile("conv|pool|pad|unfold|fold|upsampl|interpol|shuffle|resize|crop|window|concat", re.IGNORECASE)
_MOST_SUGGESTED = 4
_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)
_NAMING_AXES = ("torch", "keras")
"""Frameworks whose layers say their number of axes in their names."""

_OTHERS = {
    "paddle": "PaddlePaddle",
    "mx": "MXNet",
    "mxnet": "MXNet",
    "gluon": "MXNet",
    "mindspore": "MindSpore",
    "hk": "Haiku",
    "haiku": "Haiku",
    "eqx": "Equinox",
    "equinox": "Equinox",
    "mlx": "MLX",
    "chainer": "Chainer",
    "jittor": "Jittor",
    "oneflow": "OneFlow",
    "tinygrad": "tinygrad",
}
"""Modules of other frameworks, some of whose layers have the same names with another meaning."""


@dataclass(frozen=True)
class _Part:
    """A call, the slices taken of its value, and the printed module that contains it, if there is one."""

    call: Any
    slices: tuple[tuple[int | None, int | None], ...] = ()
    within: str = ""


def is_code(text: str) -> bool:
    """Return whether a text is code of a framework and not the short form of a layer."""
    return "(" in text or bool(_PREFIX.match(text)) or is_graph(text)


def read_text(text: str, names: Mapping[str, Any] | None = None) -> Pasted:
    """Return the layers of a text.

    Parameters
    ----------
    text : str
        One or several constructors in order, a ``Sequential``, the output of
        ``print`` for one, a call of ``lax``, or an ONNX node or graph. It may
        begin with ``torch:``, ``keras:``, ``onnx:``, ``jax:``, ``scipy:`` or
        ``convanim:``.
    names : mapping, optional
        Values of names that are used in place of literals.

    Raises
    ------
    ConvanimError
        If it is not understood; the message gives the part, its place, and
        what to write instead.
    """
    if not isinstance(text, str):
        raise ConvanimError("layer", quoted(text), "must be a text such as 'nn.Conv2d(3, 8, 3)'")
    code = as_code(text)
    pasted = _read_code(code.text, names or {})
    return replace(pasted, notes=(*pasted.notes, *code.notes))


def _read_code(text: str, names: Mapping[str, Any]) -> Pasted:
    """Return the layers of code with nothing around it."""
    asked, text = _apart(text)
    if asked in (None, "onnx") and is_graph(text):
        return read_graph(text)
    values = read_values(text, names)
    parts = [part for value in values for part in _parts(value)]
    idle = [part.call.short for part in parts if _is_idle(part.call)] if len(values) > 1 else []
    parts = [part for part in parts if not _is_idle(part.call)] if idle else parts
    if not parts:
        raise ConvanimError("layer", "", "is in none of these lines; write one such as 'nn.Conv2d(3, 8, 3)'")
    name = asked or _framework_of([part.call for part in parts], _IMPORTED.findall(text))
    left = " and ".join(dict.fromkeys(map(cut, idle)))
    are = "are" if len(set(idle)) > 1 else "is"
    pasted = _pasted(name, parts)
    return replace(pasted, notes=(*pasted.notes, f"{left} {are} left out, as no layer")) if idle else pasted


def _is_idle(call: Call) -> bool:
    """Return whether a call makes no layer: a model, or a lower-case function that moves no window."""
    is_known = any(call.short in framework.kinds for framework in FRAMEWORKS.values())
    return not is_known and (call.short in _MODELS or (call.short[:1].islower() and not _MOVING.search(call.short)))


def _apart(text: str) -> tuple[str | None, str]:
    """Return the framework that a text begins with, or None, and the text with it replaced by blanks."""
    prefix = _PREFIX.match(text)
    if prefix is None:
        return None, text
    name = ALIASES.get(prefix[1].lower(), prefix[1].lower())
    if name not in FRAMEWORKS:
        raise ConvanimError("layer", repr(f"{prefix[1][:20]}:"), f"is no framework; choose {', '.join(FRAMEWORKS)}")
    return name, " " * prefix.end() + text[prefix.end() :]


def _pasted(name: str, parts: Sequence[_Part]) -> Pasted:
    framework = FRAMEWORKS[name]
    described: list[Described] = []
    size, channels = None, None
    for part in parts:
        kind = _kind(framework, part.call)
        its = bound(part.call, kind.signature)
        try:
            found: Reach = kind.reach(its) if kind.reach else (None, None)
        except ConvanimError as error:
            raise refused(part.call.place, "{}", error) from error
        if not any(one.kind.build for one in described):
            size, channels = size or found[0], channels or found[1]
        if kind.build or kind.edges or kind.ends:
            described.append(Described(name, part.call.short, kind, its, str(part.call.place)))
        if part.slices:
            described.append(_cut(name, part.slices))
    if not any(one.kind.build for one in described):
        raise refused(
            parts[0].call.place, "{} is no layer that moves a window; paste one that does", parts[0].call.short
        )
    within = dict.fromkeys(part.within for part in parts if part.within)
    notes = tuple(f"the layers of {cut(one)} are read in the order in which they stand" for one in within)
    kept = dict.fromkeys(part.call.short for part in parts if _kind(framework, part.call) == KEEPS)
    return Pasted(tuple(described), name, size, channels, notes, tuple(kept))


def _cut(name: str, slices: tuple[tuple[int | None, int | None], ...]) -> Described:
    """Return slices as cropping, a layer of its own."""
    pairs = tuple((-(low or 0), high or 0) for low, high in slices)
    return Described(name, "slice", Kind(dims=len(slices), edges=lambda its: Edges(pairs)), {})


def _parts(value: Any) -> Iterator[_Part]:
    """Yield the calls that build layers, in the order in which data passes through them."""
    if isinstance(value, tuple):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, Sliced):
        found = list(_parts(value.value))
        for low, high in value.slices:
            if (low or 0) < 0 or (high is not None and high >= 0) or not found:
                raise refused(value.place, "cuts a layer otherwise than from its ends, as in [..., 1:, :-1]")
        yield from found[:-1]
        yield replace(found[-1], slices=value.slices)
    elif isinstance(value, Call | Joined):
        yield from _calls(value)
    elif isinstance(value, Unread):
        raise refused(
            value.place, "{} is no layer, and nothing is evaluated; write one such as {}", value.text, _EXAMPLE
        )


_EXAMPLE = "nn.Conv2d(3, 8, 3)"


def _calls(value: Call | Joined) -> Iterator[_Part]:
    for framework in FRAMEWORKS.values():
        value = framework.read(value) if framework.read else value
    if not isinstance(value, Call):
        raise refused(value.place, "is a sum, and only a convolution of lax with a bias added is read")
    for one in value.applied:
        is_made = isinstance(one, Sliced | Joined) or (isinstance(one, Call) and not _is_idle(one))
        yield from _parts(one) if is_made else ()
    if value.short in _CONTAINERS:
        yield from _held(value)
    elif value.short in _ADDING and "." in value.name:
        yield from _parts(tuple(one for one in value.arguments if not isinstance(one, str)))
    elif _is_printed(value):
        yield from (replace(part, within=value.short) for part in _held(value))
    else:
        yield _Part(value)


def _is_printed(call: Call) -> bool:
    """Return whether a call is a user's own module as ``print`` shows it: a name around layers."""
    inner = [one for one in call.arguments if isinstance(one, Call)]
    is_known = any(call.short in framework.kinds for framework in FRAMEWORKS.values())
    # Names of classes begin with a capital letter, those of functions do not.
    if is_known or not call.short[:1].isupper():
        return False
    return len(inner) == len(call.arguments) > 0 and not call.keywords and not call.applied


def _held(container: Call) -> Iterator[_Part]:
    """Yield the parts of the layers in a container, which may be given as pairs of name and layer."""
    if "**" in container.keywords:
        raise refused(container.place, "{} is given arguments by a star, which are not read", container.short)
    for one in (*container.arguments, container.keywords.get("layers", ())):
        for member in one if isinstance(one, tuple) else (one,):
            is_named = isinstance(member, tuple) and len(member) == 2 and isinstance(member[0], str)
            yield from _parts(member[1] if is_named else member)


def _kind(framework: Framework, call: Call) -> Kind:
    # The layers of Flax's second module, nnx, have other arguments.
    kind = framework.kinds.get(call.name, framework.kinds.get(call.short))
    near = _meant(call, framework) if kind is None else [call.short]
    _refuse_function(call, framework, near)
    if kind is not None:
        return kind
    are = "are" if len(near) > 1 else "is"
    way = f"; {', '.join(near)} {are}" if near else ""
    raise refused(call.place, f"{{}} is no layer of {{}} that is known{way}", cut(call.name), framework.title)


def _refuse_function(call: Call, framework: Framework, near: Sequence[str]) -> None:
    """Raise an error if a call is one of a function that takes arrays, and a layer has its name."""
    same = next((name for name in near if _words(name) == _words(call.short)), "")
    is_function = call.short not in framework.kinds and call.short[:1].islower()
    is_functional = call.name.split(".")[-2:-1] in (["F"], ["functional"]) and not same[:1].islower()
    if same and (is_function or is_functional):
        its = framework.kinds[same].signature
        needed = ", ".join(f"{name}=3" for name in its.names if its.parameters[name].default is inspect.Parameter.empty)
        raise refused(
            call.place,
            "{} is a function of arrays, and only layers are read; write one such as {}",
            cut(call.name),
            f"{framework.modules[0]}.{same}({needed})",
        )


def _framework_of(calls: Sequence[Call], imported: Sequence[str]) -> str:
    """Return the framework that knows most of the names, among those whose modules are named, if any."""
    firsts = [call.name.partition(".")[0] for call in calls if "." in call.name]
    other = next((_OTHERS[name] for name in (*firsts, *imported) if name in _OTHERS), "")
    if other:
        why = "{} is of {}, which is not read; write it as a layer of PyTorch, such as {}"
        raise refused(calls[0].place, why, cut(calls[0].name), other, _EXAMPLE)
    named = [name for name, framework in FRAMEWORKS.items() if set(firsts) & set(framework.modules)]
    known = {name: sum(call.short in FRAMEWORKS[name].kinds for call in calls) for name in named or FRAMEWORKS}
    best = [name for name in known if known[name] == max(known.values())]
    if named or (known[best[0]] and len(best) == 1):
        return best[0]
    first = calls[0]
    if known[best[0]]:
        accepting = [name for name in best if _accepts(FRAMEWORKS[name], calls)]
        chosen = accepting or best
        if len(chosen) == 1 or "torch" in chosen:
            return chosen[0]
        first = next(call for call in calls if call.short in FRAMEWORKS[best[0]].kinds)
    near = []
    for framework in map(FRAMEWORKS.__getitem__, _NAMING_AXES):
        meant = _meant(first, framework)
        _refuse_function(first, framework, meant)
        near += meant
    near = [name for name in near if any(_takes(FRAMEWORKS[one], name, first) for one in _NAMING_AXES)] or near
    near.sort(key=lambda name: "2" not in name)
    way = f"did you mean {' or '.join(near[:_MOST_SUGGESTED])}?" if near else f"write one such as {_EXAMPLE}"
    if known[best[0]]:
        ways = [*(f"{one}: before it" for one in accepting[:1]), *(f"a name such as {one}" for one in near[:1])]
        titles = " and ".join(FRAMEWORKS[one].title for one in chosen)
        raise refused(
            first.place,
            "{} alone is a layer of {}; write {}",
            cut(first.name),
            titles,
            " or ".join(ways or [_EXAMPLE]),
        )
    raise refused(first.place, "{} is no layer that is known; {}", cut(first.name), way)


def _meant(call: Call, framework: Framework) -> list[str]:
    """Return layers of a framework that an unknown name may mean, preferably those that accept its arguments."""
    kinds = [name for name, one in framework.kinds.items() if one.build and one.is_drawn and "." not in name]
    alike = [name for name in kinds if _words(name) == _words(call.short)]
    near = list(dict.fromkeys((*alike, *get_close_matches(call.short, kinds, _MOST_SUGGESTED, 0.6))))
    return [name for name in near if _takes(framework, name, call)] or near


def _words(name: str) -> list[str]:
    """Return the sorted words of a name, so that Conv2dTranspose and ConvTranspose2d agree."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return sorted(re.findall(r"[1-3]d|[a-z]+", parted.lower()))


def _accepts(framework: Framework, calls: Sequence[Call]) -> bool:
    return all(_takes(framework, call.short, call) for call in calls if call.short in framework.kinds)


def _takes(framework: Framework, name: str, call: Call) -> bool:
    """Return whether a framework has a layer of a name that accepts the arguments of a call."""
    try:
        bound(call, framework.kinds[name].signature)
    except (ConvanimError, KeyError):
        return False
    return True
