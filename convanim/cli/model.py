"""The command for models from files, which lists their layers, draws them as blocks, or animates one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from convanim.base.errors import ConvanimError
from convanim.base.options import parse
from convanim.cli.layer import CHANNELS, LET, named_value, standard_input
from convanim.cli.options import decorated, picture_options
from convanim.cli.settings import SEED, setting_option
from convanim.cli.writing import Drawing, drawing, lacks_of

if TYPE_CHECKING:
    from convanim.animations.animation import Animation
    from convanim.frameworks.models import Entry, Model
    from convanim.inputs.building import Built

_MOST_NAMED = 6
"""The most layers that an error names."""

_LONGEST_STEM = 80

_OPTIONS = (
    click.argument("file", metavar="FILE"),
    click.option(
        "-i", "--input-size", metavar="SIZE", help="Rows and columns of the model's input where its file has none."
    ),
    click.option(
        "--model", "name", metavar="NAME", help="The class of a program that is read, or a call such as Net(10)."
    ),
    LET,
    click.option("--layer", metavar="LAYER", help="Animate this layer: its number in the list, or its name."),
    click.option(
        "--from",
        "first",
        metavar="LAYER",
        help="Animate a part of the model: behind this layer, or behind the input, which is the default.",
    ),
    click.option(
        "--to",
        "last",
        metavar="LAYER",
        help="The last layer of that part; a join that follows, as in a residual block, belongs to it.",
    ),
    click.option(
        "--weights",
        metavar="OUT,IN",
        help="The layer's own weights: the kernel from input channel IN to output channel OUT, or all.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print what there is to know as JSON."),
    CHANNELS,
    SEED,
    setting_option("method"),
)


def add_commands(main: click.Group, _: click.Group) -> None:
    """Add the command that lists the layers of a model or draws one of them."""

    def model(
        file: str,
        input_size: str | None,
        name: str | None,
        names: tuple[str, ...],
        layer: str | None,
        first: str | None,
        last: str | None,
        weights: str | None,
        as_json: bool,
        **values: Any,
    ) -> Drawing | str:
        """List the layers of a model, draw it as blocks, or animate a layer or a part.

        --view blocks draws the whole model, or what --from and --to choose: a
        block a feature map, which fill one after the other in a .gif or .html.

        FILE is an ONNX file, a Python program that builds the model with
        PyTorch, Keras or Flax, or what print shows of one; - is standard
        input. Programs are interpreted, and never run.
        """
        from convanim.frameworks.model_files import read_model, read_text
        from convanim.frameworks.models import entry_to_dict, table, to_dict

        size = None if input_size is None else parse("input_size", input_size)
        let = dict(map(named_value, names))
        found = (
            read_text(standard_input(), size, let=let, model=name)
            if file == "-"
            else read_model(file, size, let=let, model=name)
        )
        if values["view"] == "blocks" and layer is None:
            return _network(found, first, last, {"weights": weights, "json": as_json}, values)
        if first is not None or last is not None:
            return _part(found, first, last, {"layer": layer, "weights": weights, "json": as_json}, values)
        if layer is not None:
            entry = _chosen(found, layer)
            if as_json:
                _refuse_pictures("is for a picture, and `json` makes none; leave one of the two out")
                return json.dumps(entry_to_dict(entry))
            return _entry(file, entry, weights, values)
        _refuse_pictures("is for one layer; choose it with --layer")
        return json.dumps(to_dict(found)) if as_json else table(found)

    main.command("model")(decorated(picture_options()(model), _OPTIONS))


_OF_LISTS = ("file", "input_size", "name", "names", "layer", "first", "last", "as_json")
"""Options that are not for a picture."""


def _refuse_pictures(problem: str) -> None:
    """Raise an error if an option for pictures is given but none is drawn."""
    context = click.get_current_context()
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if option.name not in _OF_LISTS and source is not click.core.ParameterSource.DEFAULT:
            raise ConvanimError(max(option.opts, key=len).removeprefix("--"), "", problem)


def _network(
    model: Model, first: str | None, last: str | None, others: dict[str, Any], values: dict[str, Any]
) -> Drawing:
    """Return the drawing of a model, or of a part of it, as blocks."""
    from convanim.animations.networks import animate_model
    from convanim.frameworks.models.graph import shown

    for option, value in {**others, "channels": values.pop("channels")}.items():
        if value:
            raise ConvanimError(option, "", "is for one layer, and all are drawn as blocks; leave one of the two out")
    begin = None if first is None or first == "input" else _chosen(model, first, "from").number
    end = None if last is None else _chosen(model, last, "to").number

    def make(_: object, **looks: Any) -> Animation:
        return animate_model(model, first=begin, last=end, **looks)

    return drawing((), _stem(shown(model.name)), make=make, **values)


def _part(model: Model, first: str | None, last: str | None, others: dict[str, Any], values: dict[str, Any]) -> Drawing:
    """Return the drawing of the part of a model from one layer to another."""
    from convanim.frameworks.drawable import for_picture
    from convanim.frameworks.models import part_of
    from convanim.inputs.building import Built

    for option, value in others.items():
        if value:
            raise ConvanimError(option, "", "is for one layer, and --from and --to are for several; leave it out")
    begin = None if first is None or first == "input" else _chosen(model, first, "from")
    end = model.entries[-1] if last is None else _chosen(model, last, "to")
    part = part_of(model, begin, end)
    channels = values.pop("channels")
    built = Built(for_picture(part.chain, channels), whole=part.chain, passed=part.passed)
    return _paced(built, f"part-{begin.number if begin else 0}-to-{end.number}", values, channels)


def _chosen(model: Model, text: str, option: str = "layer") -> Entry:
    """Return the layer that has a name, or else a number."""
    from convanim.frameworks.models.graph import shown
    from convanim.frameworks.models.table import plain

    named = [entry for entry in model.entries if text in (entry.name, plain(entry.name), shown(entry.name))]
    if len(named) > 1:
        numbers = ", ".join(str(entry.number) for entry in named[:_MOST_NAMED])
        raise ConvanimError(option, repr(text), f"is the name of several layers; use a number such as {numbers}")
    numbered = [entry for entry in model.entries if text == str(entry.number)]
    if not named and not numbered:
        near = _near(text.lower().removeprefix("self."), {plain(entry.name).lower(): entry for entry in model.entries})
        listed = near or list(model.entries)
        few = ", ".join(f"{entry.number} ({shown(entry.name)})" for entry in listed[:_MOST_NAMED])
        more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
        problem = "is no layer of this model; did you mean {}{}?" if near else "is no layer of this model; it has {}{}"
        raise ConvanimError(option, repr(text), problem, few or "none that is known", more)
    return (named or numbered)[0]


def _near(text: str, entries: Mapping[str, Entry]) -> list[Entry]:
    """Return the layers whose names are like a text, the nearest first."""
    names = [name for name in entries if text and text in name]
    if not names:
        lasts = {name: name.rpartition(".")[2] for name in entries}
        like = get_close_matches(text, [*entries, *lasts.values()], _MOST_NAMED, 0.6)
        names = [name for one in like for name, last in lasts.items() if one in (name, last)]
    return [entries[name] for name in dict.fromkeys(names)]


def _entry(file: str, entry: Entry, weights: str | None, values: dict[str, Any]) -> Drawing:
    """Return the drawing of one layer."""
    from convanim.frameworks.drawable import for_picture
    from convanim.frameworks.models.graph import shown
    from convanim.inputs.building import Built
    from convanim.views import draws_all

    layer: Any = entry.layer
    if layer is None:
        raise ConvanimError("layer", entry.number, "cannot be drawn: {}", entry.why)
    channels = values.pop("channels")
    if weights is not None and not file.lower().endswith(".onnx"):
        raise ConvanimError(
            "weights", repr(weights), "are of ONNX files; other files of models hold none that are read"
        )
    if weights is not None and channels is not None:
        raise ConvanimError("weights", repr(weights), "says which channels are drawn; leave `channels` out")
    if weights is None:
        built = Built(for_picture(layer, channels, draws_all(values["view"])), whole=layer)
    else:
        built = _with_weights(file, entry, weights)
        if layer.dims == 2 and built.layer.grouping.is_single:
            # This view shows a kernel's numbers beside an input of any size.
            values["view"] = values["view"] or "flat"
        # They say which channels are drawn.
        channels = False
    return _paced(built, _stem(shown(entry.name), entry.number), values, channels, is_computed=weights is not None)


def _paced(
    built: Built, stem: str, values: dict[str, Any], channels: bool | None, is_computed: bool = False
) -> Drawing:
    """Return the drawing of a layer or a part, at a width and with steps that suit it, and what is left out."""
    from convanim.animations.pacing import paced
    from convanim.frameworks.drawable import fitting_width
    from convanim.views import draws_all

    if draws_all(values["view"]):
        return drawing(built, stem, notes=lacks_of(built, channels, is_computed), **values)
    if values["place"] is None:
        built, pace = paced(built, values)
        values |= pace
    values["width"] = values["width"] or fitting_width(built.layer)
    return drawing(built, stem, notes=lacks_of(built, channels, is_computed), **values)


def _with_weights(file: str, entry: Entry, text: str) -> Built:
    """Return a layer with its own weights: one kernel on one plane, or all kernels and the biases."""
    from convanim.frameworks.drawable import plane_of
    from convanim.frameworks.models import weights_of
    from convanim.inputs.building import Built
    from convanim.inputs.live_weights import kernel_said, one_kernel
    from convanim.layers.weighted import Weighted

    layer = entry.layer
    if not isinstance(layer, Weighted):
        raise ConvanimError("weights", repr(text[:40]), "are asked for, but layer {} has none", entry.number)
    kernels, biases = weights_of(file, entry)
    kernels = kernels.astype(float)
    if text.strip().lower() == "all":
        bias = biases.astype(float) if biases is not None and layer.bias else None
        return Built(layer, kernel=kernels if layer.has_channels else kernels[0, 0], bias=bias)
    made, read = _pair(text)
    kernel = one_kernel(layer, kernels, made, read)
    return Built(plane_of(layer), kernel=kernel, whole=layer, part=lambda: kernel_said(made, read))


def _pair(text: str) -> tuple[int, int]:
    """Return the output and the input channel of a text ``OUT,IN``."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", text, re.ASCII)
    if match is None:
        raise ConvanimError("weights", repr(text[:40]), "not understood; write OUT,IN such as 0,2, or all")
    return int(match[1]), int(match[2])


def _stem(name: str, number: int | None = None) -> str:
    """Return a file name, without suffix, for the animation of a layer, or of a whole model."""
    words = re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-._")
    start = "model" if number is None else f"layer-{number}"
    return f"{start}-{words}"[:_LONGEST_STEM].rstrip("-.")
