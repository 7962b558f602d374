"""What there is to say about the picture of an address: words, code, numbers to edit, and lines to paste."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from convanim.animations.description import title_of
from convanim.animations.drawing import animate
from convanim.animations.settings import SETTINGS
from convanim.base.language import ENGLISH, speaking
from convanim.cli.carried import quoted
from convanim.cli.describing import is_drawn
from convanim.cli.writing import Drawing
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.spelling import NoCode
from convanim.frameworks.writing import written as code_of
from convanim.inputs.building import Built
from convanim.inputs.shorthand import parse_layer, short_form, written
from convanim.layers import Chain, Layer
from convanim.places.exporting import snippets
from convanim.plans import plan
from convanim.serve.queries import Query, telling_command

_MOST_EDITED = 400
"""The most cells of an input or a kernel that are edited one by one."""

_OWN = ("input", "kernel")
_USUAL_AXES = 2


def told(query: Query, wanted: Drawing) -> dict[str, Any]:
    """Return what a page shows beside a picture.

    Returns
    -------
    dict
        ``says`` is what ``convanim explain`` prints; ``form`` the command and
        the parameters of a single layer, where it can be written as one, such
        as a chain of one layer;
        ``code`` its code by framework, or why there is none; ``numbers`` its
        input and kernel as rows, where they are few; ``command``, ``python``
        and ``paste`` lines to copy, in which ``{host}`` stands for the server.
    """
    layers = wanted.subject if isinstance(wanted.subject, tuple) else (wanted.subject,)
    whole = tuple(one.written if isinstance(one, Built) else one for one in layers)
    one = whole[0] if len(whole) == 1 else None
    layer = one if isinstance(one, Layer) else None
    alone = _alone(query, one)
    with speaking(wanted.looks.get("language", ENGLISH)):
        alt = _alt(wanted)
    title = " and ".join(map(title_of, whole)) or wanted.animation().told.title
    picture = query.address.replace(f".{query.suffix}", ".svg", 1) if query.suffix != "svg" else query.address
    return {
        "address": query.address,
        "title": title,
        "alt": alt,
        "says": _says(query),
        "notes": [f"{note}." for note in wanted.notes],
        "form": None if alone is None else _form(alone, _named_kernel(query)),
        "short": None if alone is None else short_form(alone),
        "code": {} if one is None else {name: _code(one, name) for name in FRAMEWORKS},
        "numbers": None if layer is None else _numbers(wanted, layer),
        "command": f"{wanted.command} -o {quoted(f'{wanted.stem}.{query.suffix}')}",
        "python": "" if one is None else _python(query, wanted, one),
        "paste": snippets(title, alt, wanted.stem, "{host}" + picture),
        "stem": wanted.stem,
    }


def _alt(wanted: Drawing) -> str:
    if isinstance(wanted.subject, Built):
        return wanted.subject.alt()
    if isinstance(wanted.subject, tuple):
        return " ".join(one.alt() for one in wanted.subject) or wanted.animation().alt
    return Built(wanted.subject).alt()


def _says(query: Query) -> str:
    """Return what the command that explains prints, with those parameters that it knows."""
    command = telling_command(query.words)
    if command is None:
        return ""
    # Click keeps the help that a command has in its first context, and there is none to print here.
    with command.make_context(query.words[-1], query.arguments(command), help_option_names=[]) as context:
        found = command.invoke(context)
    return str(found or "")


def _alone(query: Query, one: Layer | Chain | None) -> Layer | None:
    """Return the layer that a query shows by itself, or as a chain without another, or None if there is none."""
    if isinstance(one, Chain) and query.words == ("chain",) and len(one.layers) == 1:
        return one.layers[0]
    return one if isinstance(one, Layer) else None


def _named_kernel(query: Query) -> str | None:
    """Return the weights that the short form of a layer gives, as they are written."""
    texts = [value for name, value in query.values if name == "layer"] if query.words == ("chain",) else []
    return parse_layer(texts[0]).kernel if len(texts) == 1 else None


def _form(layer: Layer, kernel: str | None) -> dict[str, Any] | None:
    """Return the command and the parameters that describe a layer by itself, as texts, and its weights if given."""
    word = layer.operation.replace("_", "-")
    if not is_drawn((word,)):
        return None
    values = {name.replace("_", "-"): text for name, text in written(layer).items()}
    # One number stands for two axes unless something else is said.
    dims = {"dims": str(layer.dims)} if layer.dims != _USUAL_AXES and "x" not in values["input-size"] else {}
    return {"command": word, "values": values | dims | ({"kernel": kernel} if kernel else {})}


def _code(layer: Layer | Chain, framework: str) -> dict[str, str]:
    found = code_of(layer, framework)
    return {"none": found.why} if isinstance(found, NoCode) else {"code": str(found)}


def _numbers(wanted: Drawing, layer: Layer) -> dict[str, Any] | None:
    """Return the numbers of the input and of the kernel of a single plane with one or two axes, if they are few."""
    cells = max(prod(layer.input_size), prod(layer.kernel_size))
    if layer.has_channels or layer.dims > 2 or cells > _MOST_EDITED:
        return None
    given = _given(wanted)
    planned = plan(layer, seed=wanted.looks["seed"], input=given["input"], kernel=given["kernel"])
    tensor, kernel = planned.tensors[0], planned.last.kernel
    found = {"input": np.asarray(tensor.values)[0]}
    if kernel is not None:
        found["kernel"] = np.asarray(kernel)[0, 0]
    return {name: _rows(values, given[name] is not None) for name, values in found.items()}


def _rows(values: Any, is_given: bool) -> dict[str, Any]:
    rows = np.atleast_2d(values)
    return {"rows": [[f"{one:.10g}" for one in row] for row in rows], "axes": values.ndim, "given": is_given}


def _python(query: Query, wanted: Drawing, layer: Layer | Chain) -> str:
    """Return the Python lines that draw the same layer, or none where there are no such lines."""
    code = _code(layer, "convanim").get("code")
    if code is None or wanted.make is not animate:
        return ""
    looks = {name: value for name, value in wanted.looks.items() if name in SETTINGS and _is_set(name, value)}
    numbers = {name: np.asarray(value).tolist() for name, value in _given(wanted).items() if value is not None}
    told = "".join(f", {name}={value!r}" for name, value in {**numbers, **looks}.items())
    return f'import convanim\n\nlayer = {code}\nconvanim.animate(layer{told}).save("{wanted.stem}.{query.suffix}")'


def _is_set(name: str, value: Any) -> bool:
    return bool(value != SETTINGS[name].default)


def _given(wanted: Drawing) -> dict[str, Any]:
    """Return the input and the kernel that are given, or None for each."""
    subject = wanted.subject
    return {name: getattr(subject, name) if isinstance(subject, Built) else wanted.looks.get(name) for name in _OWN}
