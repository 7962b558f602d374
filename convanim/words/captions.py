"""Captions: layers and chains in phrases, with what they cost and what a picture leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import TypeVar

from convanim.base.language import counted, message, thousands, translated, translated_in
from convanim.layers import Chain, Layer
from convanim.layers.branching import said_tensor
from convanim.layers.parameters import PARAMETERS
from convanim.layers.several import Several, parted
from convanim.words.branches import ends_skip, reads
from convanim.words.layer_names import axes_name, layer_name, layer_title, plain_name, size
from convanim.words.layer_settings import is_silent, told_settings

T = TypeVar("T")

LABELS = {
    "auto": "numbers where there are any and they fit",
    "numbers": "numbers, or a refusal where they do not fit",
    "letters": "a letter with an index for each cell, and the formula",
    "none": "bare cells",
}
"""What may stand in the cells of a picture."""

SHADED = message("input shaded by each cell's share of all paths, in %")
"""What a caption says of a picture that weighs a receptive field."""

SOME_STEPS = message("some of the steps are shown")
"""What a caption says of a picture of a large layer, unless it is a still."""

FRAMEWORKS = {
    "torch": "PyTorch",
    "keras": "Keras",
    "onnx": "ONNX",
    "jax": "JAX",
    "scipy": "SciPy",
    "convanim": "convanim",
}
"""What the frameworks are called whose code is read and written."""


_MOST_COUNTS = 4
"""Longer rows of channels are shortened in the middle."""


def caption(layer: Layer | Chain, is_brief: bool = False, is_beside: bool = False) -> tuple[str, ...]:
    """Return the phrases that describe a layer, or a chain: its name with its sizes, and its settings.

    In brief, they leave out what the bias of a layer without channels costs. Beside others, layers have no numbers.

    Examples
    --------
    >>> from convanim.layers import Conv, Upsample
    >>> " · ".join(caption(Conv(5, 3, padding=1)))
    'convolution 5×5 → 5×5 · kernel 3×3 · stride 1 · padding 1'
    >>> " · ".join(caption(Upsample(2, 2)))
    'nearest upsampling 2×2 → 4×4 · scale factor 2'
    """
    if isinstance(layer, Layer):
        return described(layer, axes_name(layer, name_in_full(layer)), is_brief)
    name = chain_name(layer)
    # Branches have no one number of channels after the other.
    counts = [_chain_channels(layer)] if layer.has_channels and not layer.is_branched else []
    cost = [_chain_cost(layer)] if layer.has_channels else []
    return (*([name] if name else []), *_layers_of(layer, not (name or is_beside)), *counts, *cost)


def _layers_of(chain: Chain, may_number: bool) -> Iterator[str]:
    """Yield what is told of the layers of a chain, perhaps with their numbers, where two are called alike.

    Those that are alike are told once: the same again would look like a slip.
    """
    titles = [layer_title(layer) for layer in chain.layers]
    are_numbered = may_number and len({*titles}) < len(titles)
    told = _without_middle(
        [(number, _in_chain(chain, number)) for number in range(1, len(titles) + 1)],
        lambda: (0, layer_title(Several(parted(chain.layers)[1]))),
    )
    for phrase, alike in groupby(told, key=lambda one: one[1]):
        first, *others = (number for number, _ in alike)
        if not are_numbered:
            yield f"{len(others) + 1} × {phrase}" if others else phrase
        elif others:
            # Translators: What a caption says of several layers in a row: "layers 1–3: conv 6×6 → 6×6".
            yield translated("layers {first}–{last}: {what}", first=str(first), last=str(others[-1]), what=phrase)
        else:
            has_name = not first or chain.names[first - 1]
            # Translators: The last layer of several, whose result is the output.
            last = translated("layer {number} (output)", number=str(first))
            name = last if first == len(titles) else said_tensor(first)
            yield phrase if has_name else translated("{name}: {what}", name=name, what=phrase)


def described(layer: Layer, name: str, is_brief: bool = False) -> tuple[str, ...]:
    """Return the phrases that describe a layer by a name: that with its sizes, and its settings."""
    # Translators: What a caption begins with: "convolution 5×5 → 3×3".
    first = translated("{name} {sizes}", name=name, sizes=_sizes(layer))
    if layer.grouping.is_single:
        return (first, *told_settings(layer), *([_sum_of_cost(layer)] if layer.bias_size and not is_brief else []))
    cost = _cost(layer) if layer.has_channels else ()
    many = [channels(layer)] if layer.has_channels else []
    # A dot between sizes and channels would look like one of a product; kernels that are counted have their size.
    named = translated_in("in a list", ", ").join((first, *many))
    return (named, *cost, *told_settings(layer, without=("kernel_size",) if cost else ()))


def chain_name(chain: Chain) -> str:
    """Return what a chain is called as a whole; nothing for most, which their layers describe.

    Examples
    --------
    >>> from convanim.layers import DepthwiseSeparable
    >>> chain_name(DepthwiseSeparable(2, 4, 3, 8))
    'depthwise separable convolution'
    """
    if chain.title != Chain.title:
        return translated(chain.title)
    if chain.returns and [layer.operation for layer in chain.layers] == ["conv", "conv_transpose"]:
        return translated("round trip: convolution, then its transpose")
    return translated("spatially separable convolution") if chain.is_of_passes and chain.compared else ""


def _in_chain(chain: Chain, number: int) -> str:
    """Return what a layer of a chain is and does, with what it reads where that is not the output of the one before."""
    layer, name = chain.layers[number - 1], chain.names[number - 1]
    comma = translated_in("in a list", ", ")
    settled = comma.join((_sizes(layer), *told_settings(layer)))
    told = " ".join(filter(None, (axes_name(layer, layer_title(layer)), reads(chain, number), settled)))
    if ends_skip(chain, number):
        told = translated("{what} (skip connection)", what=told)
    return translated("{name}: {what}", name=name, what=told) if name else told


def _without_middle(told: Sequence[T], left_out: Callable[[], T]) -> tuple[T, ...]:
    """Return what is told of each layer of a chain, and in place of layers that are not shown, that."""
    first, inner, last = parted(told)
    return (*first, *([left_out()] if inner else []), *last)


def captions(titles: Sequence[str], layers: Sequence[Layer | Chain]) -> tuple[str, ...]:
    """Return the phrases that describe each, one a layer of a chain, behind what it is called if that says more."""
    comma = translated_in("in a list", ", ")
    names = [chain_name(layer) if isinstance(layer, Chain) else plain_name(layer) for layer in layers]
    # Usual titles are a name, and settings that the phrases say again.
    are_said = all(
        name and f"{title}{comma}".startswith(f"{name}{comma}") for name, title in zip(names, titles, strict=True)
    )
    told: list[str] = []
    for title, layer in zip(titles, layers, strict=True):
        first, *rest = caption(layer, is_beside=True) if isinstance(layer, Chain) else (comma.join(caption(layer)),)
        is_said = are_said or first.startswith(f"{title} ")
        told += [first if is_said else translated("{name}: {what}", name=title, what=first), *rest]
    return tuple(told)


def name_in_full(layer: Layer) -> str:
    """Return what a layer is called in full, with a word for a kernel that has gaps."""
    is_dilated = layer.is_weighted and not is_silent(PARAMETERS["dilation"], layer.options.get("dilation", 1))
    return translated("dilated {name}", name=plain_name(layer)) if is_dilated else layer_name(layer)


def channels(layer: Layer | Chain) -> str:
    """Return how many channels go in and come out: ``3 → 2 channels``."""
    own = layer.grouping
    return counted("{read} → {count} channel", "{read} → {count} channels", own.out_channels, read=own.in_channels)


def lacking(
    drawn: Layer | Chain, written: Layer | Chain, part: str = "", is_computed: bool = False, is_brief: bool = False
) -> str:
    """Return what a picture leaves out of a layer as it is written, in a phrase; nothing where that is nothing.

    Parameters
    ----------
    drawn, written : Layer or Chain
        What the picture shows, and what it stands for.
    part : str
        What is drawn, where it is not just one plane.
    is_computed : bool
        Whether values are shown, which a bias would change.
    is_brief : bool
        Whether the channels are said elsewhere.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> lacking(Conv(5, 3), Conv(5, 3, in_channels=16, out_channels=32, bias=True), is_computed=True)
    'one plane is drawn, of 16 → 32 channels, without bias'
    """
    counts = _channel_counts(written)
    is_less = _channel_counts(drawn) != counts
    is_unbiased = is_computed and biases(written) > biases(drawn)
    if not part and not is_less:
        # Translators: Of a layer with a bias that the picture leaves out.
        return translated("drawn without bias") if is_unbiased else ""
    shown = [thousands(count) for count in counts]
    path = " → ".join(_shortened(shown))
    phrases = [
        translated("{part} is drawn", part=part or translated("one plane")),
        counted("of {path} channel", "of {path} channels", counts[-1], path=path) * (is_less and not is_brief),
        translated("without bias") * is_unbiased,
    ]
    return translated_in("in a list", ", ").join(filter(None, phrases))


def passed_over(names: Sequence[str]) -> str:
    """Return what is neither drawn nor counted of a text, by names, in a phrase; nothing where that is nothing.

    Examples
    --------
    >>> passed_over(["BatchNorm2d", "ReLU"])
    'BatchNorm2d, ReLU left out, parameters included'
    """
    named = names if len(names) <= _MOST_COUNTS else [*names[: _MOST_COUNTS - 1], translated("others")]
    layers = translated_in("in a list", ", ").join(named)
    return translated("{layers} left out, parameters included", layers=layers) if names else ""


def biases(layer: Layer | Chain) -> int:
    """Return how many of a layer's, or of a chain's, parameters are biases."""
    return sum(one.bias_size for one in (layer.layers if isinstance(layer, Chain) else (layer,)))


def _channels_between(layers: Sequence[Layer]) -> list[int]:
    """Return how many channels go into the first of some layers, and come out of each."""
    return [layers[0].grouping.in_channels, *(one.grouping.out_channels for one in layers)]


def _channel_counts(layer: Layer | Chain) -> tuple[int, ...]:
    """Return how many channels go in and come out, and in a chain how many there are wherever that changes."""
    counts = _channels_between(layer.layers if isinstance(layer, Chain) else (layer,))
    changed = [count for before, count in pairwise(counts) if count != before]
    return (counts[0], *(changed or counts[:1]))


def kernels(layer: Layer) -> str:
    """Return the kernels of a layer with channels: ``2 kernels of 3×3×3``, ``2 kernels of 3 cells × 4 channels``."""
    made, read, cells = layer.grouping.out_channels, layer.grouping.inputs_a_group, size(layer.kernel_size)
    if layer.dims > 1:
        cells = f"{cells}×{thousands(read)}"
    else:
        cells = counted("{count} cell", "{count} cells", layer.kernel_size[0])
        if read > 1:
            # Translators: The size of a kernel along one axis, such as "3 cells", and the channels that it reads.
            cells = translated("{cells} × {channels} channels", cells=cells, channels=read)
    return counted("{count} kernel of {size}", "{count} kernels of {size}", made, size=cells)


def _cost(layer: Layer) -> tuple[str, ...]:
    """Return what a layer with channels costs in parameters."""
    if not layer.is_weighted:
        return ()
    told = translated("{name}: {what}", name=kernels(layer), what=_sum_of_cost(layer))
    return (told if layer.bias_size else translated("{parameters}, no bias", parameters=told),)


def _sum_of_cost(layer: Layer) -> str:
    """Return how many weights there are, and biases, and both together."""
    count = translated("{sum} parameters", sum=thousands(layer.parameters))
    if not layer.bias_size:
        return count
    weights, biased = thousands(layer.parameters - layer.bias_size), layer.bias_size
    # Translators: {parameters} is such as "76 parameters".
    one, many = (
        message("{weights} weights + {count} bias = {parameters}"),
        message("{weights} weights + {count} biases = {parameters}"),
    )
    return translated(one if biased == 1 else many, weights=weights, count=thousands(biased), parameters=count)


def _chain_channels(chain: Chain) -> str:
    """Return how many channels go into the first layer of a chain, and come out of each: ``channels 4 → 4 → 3``."""
    path = " → ".join(_shortened([thousands(count) for count in _channels_between(chain.layers)]))
    # Translators: {path} is such as "4 → 4 → 3": how many go into the first of several layers, and come out of each.
    return translated("channels {path}", path=path)


def _shortened(counts: list[str]) -> list[str]:
    """Return counts of channels, without those in the middle if they are many."""
    return counts if len(counts) <= _MOST_COUNTS else [*counts[:2], "…", counts[-1]]


def _chain_cost(chain: Chain) -> str:
    """Return what a chain costs in parameters, and the one layer that it stands in for."""
    parts = " + ".join(_without_middle([thousands(layer.parameters) for layer in chain.layers], lambda: "…"))
    told = translated("in all {sum} parameters", sum=f"{parts} = {thousands(chain.parameters)}")
    if chain.parameters and not biases(chain):
        told = translated("{parameters}, no bias", parameters=told)
    if chain.standard is None:
        return told
    standard = translated("{sum} parameters", sum=thousands(chain.standard.parameters))
    cells = size(chain.standard.kernel_size)
    return translated(
        "{parameters}; a standard {size} convolution: {standard}", parameters=told, size=cells, standard=standard
    )


def _sizes(layer: Layer) -> str:
    return f"{size(layer.input_size)} → {size(layer.output_size)}"
