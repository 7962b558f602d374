"""A model in words: its layers in lines of text, and in plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convanim.base.text import shortened
from convanim.frameworks.models.entries import Entry
from convanim.frameworks.models.graph import shown
from convanim.frameworks.models.model import Model
from convanim.layers import Chain, Layer
from convanim.words.captions import channels
from convanim.words.layer_names import size
from convanim.words.layer_settings import layer_lines

_LONGEST_NAME = 36
_MOST_OF_NAME = 1_000
"""Letters of a name in plain data."""


def _counted(number: int) -> str:
    return f"{number:,}" if number else "none"


def _windows(entry: Entry) -> str:
    """Return the kernels, steps and groups of an entry's layers."""
    return ", then ".join(", ".join((*layer_lines(one), *_groups(one))) for one in entry.parts)


def _groups(layer: Layer) -> tuple[str, ...]:
    groups = layer.grouping.groups
    return (f"{groups:,} groups",) if layer.is_weighted and groups > 1 else ()


def _field(entry: Entry) -> str:
    if entry.receptive_field is None:
        return "unknown"
    return f"{'≤ ' if entry.is_bound else ''}{size(entry.receptive_field)}"


_COLUMNS: dict[str, tuple[bool, Callable[[Layer | Chain, Entry], str]]] = {
    "channels": (False, lambda layer, _: channels(layer).rsplit(" ", 1)[0]),
    "input → output": (False, lambda layer, _: f"{size(layer.input_size)} → {size(layer.output_size)}"),
    "windows": (False, lambda _, entry: _windows(entry)),
    "parameters": (True, lambda layer, _: _counted(layer.parameters)),
    "multiplications": (True, lambda layer, _: _counted(layer.multiplications)),
    "receptive field": (True, lambda _, entry: _field(entry)),
    "never read": (True, lambda _, entry: _counted(entry.unread)),
}
"""What is said of each layer: whether it stands at the right, and how it is written."""

_OF_ANY_SIZE = ("channels", "windows", "parameters")
"""What is said of a layer whose input has no known size."""
_MOST_REASONS = 3
_FIRST = ("", "name", "operation")


def table(model: Model) -> str:
    """Return a model's layers in lines of text, and what they cost in all.

    Where there is no layer, the line says why.
    """
    rows = [(*_FIRST, *_COLUMNS), *(_row(entry) for entry in model.entries), _totals(model)]
    full = [row for row in rows if len(row) > len(_FIRST) + 1]
    wide = [max(map(len, column)) for column in zip(*full, strict=True)]
    for place in range(len(_FIRST)):
        wide[place] = max(len(row[place]) for row in rows)
    inputs = ", ".join(f"{shown(given.name)} {size(given.dims)}" for given in model.inputs) or "unknown"
    lines = [f"{shown(model.name)}  input {inputs}", ""]
    lines += [_aligned(row, wide) for row in rows]
    notes = _notes(model)
    if notes:
        lines += ["", *(f"Note: {note}." for note in notes)]
    return "\n".join(lines)


def _row(entry: Entry) -> tuple[str, ...]:
    first = (
        str(entry.number),
        shown(entry.name, _LONGEST_NAME),
        shown(entry.operation.rpartition(".")[2], _LONGEST_NAME),
    )
    layer = entry.layer
    if entry.unsized is not None:
        known = _OF_ANY_SIZE[0 if entry.channels else 1 :]
        said = (say(entry.unsized, entry) if name in known else "unknown" for name, (_, say) in _COLUMNS.items())
        return (*first, *said)
    if layer is None:
        its = entry.measured
        sizes = f" ({size(its.input_size)} → {size(its.output_size)}, {its.out_channels:,} channels)" if its else ""
        return (*first, f"no layer{sizes}: {entry.why}")
    return (*first, *(say(layer, entry) for _, say in _COLUMNS.values()))


def _totals(model: Model) -> tuple[str, ...]:
    sums = {"parameters": model.parameters, "multiplications": model.multiplications}
    said = {name: _total(count, model.left_out[name]) for name, count in sums.items()}
    return ("", "total", "", *(said.get(name, "") for name in _COLUMNS))


def _total(count: int, missing: int) -> str:
    """Return a sum as it is written, which is a least one where something is missing in it."""
    return _counted(count) if not missing else f"≥ {count:,}" if count else "unknown"


def _notes(model: Model) -> list[str]:
    """Return what a reader should know, of its totals too."""
    whys = dict.fromkeys(entry.why for entry in model.entries if entry.unsized is not None)
    said_before = "\n".join([*model.notes, *(entry.why for entry in model.entries if entry.unsized is None)])
    told = [why for why in whys if why.rpartition(": ")[2] not in said_before]
    missing = max(model.left_out.values())
    said = f"totals are without {missing:,} of the {len(model.entries):,} layers, of which too little is known"
    return [*model.notes, *told[:_MOST_REASONS], *([said] if missing else [])]


def _aligned(row: Sequence[str], wide: Sequence[int]) -> str:
    at_right = (True, False, False, *(own for own, _ in _COLUMNS.values()))
    cells = zip(row, wide, at_right, strict=False)
    return "  ".join(cell.rjust(own) if right else cell.ljust(own) for cell, own, right in cells).rstrip()


def to_dict(model: Model) -> dict[str, Any]:
    """Return a model's layers in plain lists and numbers, ready for JSON.

    Returns
    -------
    dict
        ``name``, ``inputs``, ``layers``, ``parameters``, ``multiplications``,
        ``left_out`` (how many layers are not in each of these two) and
        ``notes``. Of each layer what `entry_to_dict` says.
    """
    return {
        "name": plain(model.name),
        "inputs": [{"name": plain(given.name), "size": list(given.dims)} for given in model.inputs],
        "layers": [entry_to_dict(entry) for entry in model.entries],
        "parameters": model.parameters,
        "multiplications": model.multiplications,
        "left_out": model.left_out,
        "notes": _notes(model),
    }


def entry_to_dict(entry: Entry) -> dict[str, Any]:
    """Return one layer of a model in plain lists and numbers, ready for JSON.

    Returns
    -------
    dict
        The attributes of `Entry`; the layer as ``kind``, its sizes, channels,
        costs, and its other ``options`` by name; None where there is no layer,
        or what depends on sizes that are not known. ``same_as`` is the number of an earlier entry
        with the same weights, which count once in the model's parameters;
        ``field_stride`` and ``field_padding`` are those of the receptive field.
    """
    layer, its, both, reach = entry.layer or entry.unsized, entry.measured, entry.channels, entry.reach
    return {
        "number": entry.number,
        "name": plain(entry.name),
        "operation": plain(entry.operation),
        "kind": layer and (entry.parts[0].operation if isinstance(layer, Chain) else layer.operation),
        "input": plain(entry.input),
        "output": plain(entry.output),
        "input_size": its and list(its.input_size),
        "output_size": its and list(its.output_size),
        "in_channels": both and both[0],
        "out_channels": both and both[1],
        "options": layer and {name: _listed(value) for name, value in entry.parts[0].options.items()},
        "parameters": layer and layer.parameters,
        "multiplications": entry.layer and entry.layer.multiplications,
        "receptive_field": _listed(entry.receptive_field),
        "field_stride": reach and _listed(reach.stride),
        "field_padding": reach and _listed(reach.padding),
        "is_bound": entry.is_bound,
        "unread": entry.unread,
        "same_as": entry.same_as or None,
        "why": entry.why,
    }


def plain(name: str) -> str:
    """Return a name as text that every reader of JSON takes; those of files may be no text at all, or much of it."""
    return shortened(name, _MOST_OF_NAME).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _listed(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, tuple) else value
