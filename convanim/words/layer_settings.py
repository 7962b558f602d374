"""The settings of layers in words: as captions tell them, in short lines, and in file names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convanim.base.language import ENGLISH, message, speaking, translated, translated_in
from convanim.base.options import short, spelled
from convanim.layers import Layer
from convanim.layers.parameters import PARAMETERS, Parameter
from convanim.words.layer_names import kind_of, layer_title, size
from convanim.words.turning import turned_words


def told_settings(layer: Layer, without: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the settings of a layer as a caption tells them, but for some parameters."""
    has_kernel = layer.is_weighted or "kernel_size" in layer.options
    told = {"kernel_size": kernel_words(layer)} if has_kernel else {}
    told |= {name: _at_length(layer, name, phrase) for name, phrase in _merged_settings(layer) if name != "kernel_size"}
    is_grouped = layer.is_weighted and kind_of(layer) != "depthwise" and layer.grouping.groups > 1
    return (
        *(phrase for name, phrase in told.items() if name not in without),
        *layer.remarks,
        *([translated("{count} groups", count=layer.grouping.groups)] if is_grouped else []),
    )


def _at_length(layer: Layer, name: str, phrase: str) -> str:
    """Return the phrase of a parameter, with what it means where few would know."""
    explained = PARAMETERS[name].explained
    if explained:
        return turned_words(layer.dims, explained)
    if name != "padding" or ":" not in phrase:
        return phrase
    # Translators: {padding} is such as "padding 2:0", with the cells before the input and those after it.
    is_causal = layer.dims == 1 and layer.is_weighted and not layer.transposes and layer.axes[0].is_causal
    said = message("causal {padding} (before:after)") if is_causal else message("{padding} (before:after)")
    if "×" in phrase:
        # 0:1×1 would be read as 0 and 1×1.
        ends = [f"{before}:{after}".replace("-", "−") for before, after in layer.padding]
        by_axis = translated("rows {rows}, columns {columns}", rows=ends[0], columns=ends[-1])
        phrase = phrase.replace(_written(layer.options["padding"]), by_axis if layer.dims == 2 else " × ".join(ends))
    return translated(said, padding=phrase)


def kernel_words(layer: Layer) -> str:
    """Return the size of a layer's kernel, or of a window without weights, as in pooling."""
    # Translators: The size of what slides over the input: of a kernel with weights, or else of a window.
    said = message("kernel {value}") if layer.is_weighted else message("window {value}")
    if layer.is_weighted and layer.dims == 1:
        # Translators: The same along one axis, where "kernel 2" could be the second one.
        said = message("kernel size {value}")
    return translated(said, value=size(layer.kernel_size))


def settings(layer: Layer) -> tuple[str, ...]:
    """Return a phrase for each option of a layer that is not at its usual value."""
    return tuple(phrase for _, phrase in _settings(layer))


def _settings(layer: Layer) -> list[tuple[str, str]]:
    options = layer.options
    told = [one for one in PARAMETERS.values() if one.is_told and one.name in options]
    return [(one.name, _phrase(one, options[one.name])) for one in told if not is_silent(one, options[one.name])]


def _merged_settings(layer: Layer) -> list[tuple[str, str]]:
    """Return the same with padding and its mode in one phrase, and without the mode where there is no padding."""
    told = dict(_settings(layer))
    if not _is_padded(layer):
        told.pop("padding_mode", None)
    elif "padding" in told and "padding_mode" in told:
        mode, cells = told.pop("padding_mode"), _written(layer.options["padding"])
        # Translators: {mode} is such as "reflect padding", {cells} the number of cells.
        told["padding"] = translated("{mode} {cells}", mode=mode, cells=cells)
    return list(told.items())


def _is_padded(layer: Layer) -> bool:
    return any(end for pair in layer.padding for end in pair)


def _short_settings(layer: Layer) -> list[tuple[str, str]]:
    """Return the same without padding where there is none."""
    return [(name, phrase) for name, phrase in _merged_settings(layer) if name != "padding" or _is_padded(layer)]


def layer_words(layer: Layer) -> tuple[str, ...]:
    """Return what a layer of several is called, and its settings, in short lines."""
    return (layer_title(layer), *layer_lines(layer))


def layer_lines(layer: Layer, without: str = "") -> tuple[str, ...]:
    """Return the settings of a layer in short lines: kernel and stride, and what is not at its usual value.

    A parameter may be left out by its name.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> layer_lines(Conv(7, 3, padding=1))
    ('3×3, stride 1', 'padding 1')
    """
    if not layer.is_weighted and "kernel_size" not in layer.options:
        return tuple(phrase for _, phrase in _short_settings(layer))
    kernel = size(layer.kernel_size) if layer.dims > 1 else kernel_words(layer)
    stride = translated("stride {value}", value=short(layer.stride).replace("x", "×"))
    first = translated_in("in a list", ", ").join((kernel, stride))
    known = (phrase for name, phrase in _short_settings(layer) if name not in ("kernel_size", "stride", without))
    return (first, *known)


def layer_notes(layer: Layer) -> tuple[str, ...]:
    """Return what is written below a layer's kernel: its settings, and its name unless that is plain."""
    named = (layer_title(layer),) if layer.is_weighted and layer.operation != "conv" else ()
    return (*named, *layer_lines(layer))


def file_stem(layer: Layer) -> str:
    """Return a file name, without suffix, that tells a layer apart from others, in English whatever is spoken.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> file_stem(Conv(5, 3, padding=((0, 1), (1, 1))))
    'conv-5x5-kernel-3-stride-1-padding-0_1x1'
    """
    options = layer.options
    named = [(one, options[one.name]) for one in PARAMETERS.values() if one.is_named and options.get(one.name)]
    with speaking(ENGLISH):
        told = [_phrase(one, value) for one, value in named]
        phrases = [layer.operation.replace("_", "-"), spelled(layer.input_size), *told, *settings(layer)]
    return "-".join(phrases).replace(":", "_").replace("×", "x").replace("−", "-").replace(" ", "-")


def is_silent(parameter: Parameter, value: object) -> bool:
    """Return whether a parameter has the value of which nothing is said."""
    return (set(value) if isinstance(value, tuple) else {value}) <= {parameter.silent}


def _phrase(parameter: Parameter, value: object) -> str:
    if isinstance(value, bool):
        return translated(parameter.said)
    if isinstance(value, str):
        return translated(parameter.said, value=translated(value).replace("_", " "))
    return translated(parameter.said, value=_written(value))


def _written(value: Any) -> str:
    """Return numbers as people write them: ``1×2``."""
    return short(value).replace("x", "×").replace("-", "−")
