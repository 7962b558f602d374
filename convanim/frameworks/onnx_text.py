"""Reading of ONNX's text form: nodes such as ``Y = Conv <strides = [2, 2]> (X, W)``, alone or in a graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convanim.base.records import dataclass
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import Described, Pasted
from convanim.frameworks.onnx import KINDS
from convanim.frameworks.source import MOST_LETTERS, Call, Place, cut, refused

# Possessive quantifiers (``++``) do not backtrack, so that matching takes linear time.
_NODE = re.compile(
    r"\b(?P<kind>[A-Z]\w*+)\s*+"
    r"(?:<(?P<attributes>[^<>]*+)>\s*+|\[(?P<printed>(?:[^\[\]]++|\[[^\[\]]*+\])*+)\]\s*+)?+"
    r"\((?P<inputs>[^()]*+)\)\s*+(?:<(?P<late>[^<>]*+)>)?"
)
_TENSOR = re.compile(
    r"\b(?:b?float\d*+|double|u?int\d++|bool)\s*+\[(?P<sizes>[^\[\]]*+)\]\s*+(?P<name>[\w.]++)"
    r"(?P<data>\s*+=\s*+\{[^{}]*+\})?"
)
_ATTRIBUTE = re.compile(
    r"\s*+(?P<name>\w++)\s*+(?::\s*+\w++\s*+)?+=\s*+"
    r"(?P<value>\[[^\[\]]*+\]|\"[^\"]*+\"|'[^']*+'|[-+.\w]++)\s*+(?:,|$)"
)
_LOOKS = re.compile(r"\b[A-Z]\w*+\s*+[<\[]\s*+\w++\s*+(?::\s*+\w++\s*+)?+=|=>\s*+\(")
_MOST_BLANK = 200
_INTEGER = re.compile(r"[+-]?\d{1,9}")
_FLOAT = re.compile(r"[+-]?\d{1,9}\.\d{0,9}")


@dataclass(frozen=True)
class _Tensor:
    """A tensor of a graph, with the shape and the data written in the text."""

    sizes: tuple[int | None, ...]
    data: tuple[Any, ...] | None


_SIZES_AT = 3
"""Which input of a Resize holds the sizes that it makes; one before it, the scales."""


def is_graph(text: str) -> bool:
    """Return whether a text is in ONNX's text form."""
    return len(text) <= MOST_LETTERS and bool(_LOOKS.search(text))


def read_graph(text: str) -> Pasted:
    """Return the nodes of a text in ONNX's text form, in order, with the input's size and channels.

    Raises
    ------
    ConvanimError
        If an operator or an attribute is not understood; the message gives its place.
    """
    tensors = {match["name"]: _tensor(match) for match in _TENSOR.finditer(text)}
    body = _body(text)
    described, reach = [], None
    for match in _NODE.finditer(text, body):
        place = _place(text, match.start("kind"))
        kind = KINDS.get(match["kind"])
        if kind is None:
            raise refused(place, "{} is no operator that is known; Conv, ConvTranspose and MaxPool are", match["kind"])
        inputs = [name.strip() for name in match["inputs"].split(",")]
        call = Call(match["kind"], (), {**_attributes(text, match), **_told(match["kind"], inputs, tensors)}, place)
        its = bound(call, kind.signature)
        if kind.build or kind.ends:
            described.append(Described("onnx", match["kind"], kind, its, str(place)))
            reach = reach or tensors.get(inputs[0])
    if not any(one.kind.build for one in described):
        raise refused(Place(1, 1), "no operator that moves a window is in the text; write one such as Conv")
    size = reach.sizes[2:] if reach else ()
    channels = reach.sizes[1] if reach and len(reach.sizes) > 2 else None
    known = tuple(one for one in size if one is not None)
    return Pasted(tuple(described), "onnx", known if known and len(known) == len(size) else None, channels)


def _body(text: str) -> int:
    """Return where the nodes of a graph begin: after the first brace that does not open a tensor's data."""
    at = text.find("{", text.find("=>")) if "=>" in text else -1
    while at > 0 and text[max(0, at - _MOST_BLANK) : at].rstrip().endswith("="):
        at = text.find("{", at + 1)
    return at + 1


def _told(kind: str, inputs: list[str], tensors: Mapping[str, _Tensor]) -> dict[str, Any]:
    """Return the arguments that follow from the shapes and data of a node's inputs."""
    told: dict[str, Any] = {}
    weights = tensors.get(inputs[1]) if len(inputs) > 1 else None
    if kind in ("Conv", "ConvTranspose"):
        told["bias"] = len(inputs) > 2 and bool(inputs[2])
        if weights and all(one is not None for one in weights.sizes):
            told["weight_size"] = weights.sizes
    if kind in ("Resize", "Upsample"):
        for place, name in enumerate(inputs[1:], 1):
            if name in tensors and tensors[name].data:
                told["sizes" if place == _SIZES_AT else "scales"] = tensors[name].data
    return told


def _attributes(text: str, match: re.Match[str]) -> dict[str, Any]:
    group = next((name for name in ("attributes", "printed", "late") if match[name] is not None), "late")
    written = match[group]
    found: dict[str, Any] = {}
    at = 0
    while written is not None and written[at:].strip():
        one = _ATTRIBUTE.match(written, at)
        if one is None:
            raise refused(_place(text, match.start(group) + at), "is no attribute; write one such as strides = [2, 2]")
        value = one["value"]
        listed = value.strip("[]").split(",") if value.startswith("[") else None
        place = _place(text, match.start(group) + one.start("value"))
        found[one["name"]] = (
            _scalar(value, place) if listed is None else tuple(_scalar(part, place) for part in listed if part.strip())
        )
        at = one.end()
    return found


def _scalar(written: str, place: Place) -> Any:
    plain = written.strip()
    if _INTEGER.fullmatch(plain):
        return int(plain)
    if _FLOAT.fullmatch(plain):
        return float(plain)
    if plain[:1] in "\"'":
        return plain[1:-1]
    raise refused(place, "{} is no number and no text", cut(" ".join(plain.split())))


def _tensor(match: re.Match[str]) -> _Tensor:
    sizes = [part.strip() for part in match["sizes"].split(",")]
    known = tuple(int(one) if _INTEGER.fullmatch(one) else None for one in sizes if one)
    data = None
    if match["data"]:
        parts = match["data"].partition("{")[2].rstrip("}").split(",")
        data = tuple(_scalar(part, Place(1, 1)) for part in parts if part.strip())
    return _Tensor(known, data)


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
