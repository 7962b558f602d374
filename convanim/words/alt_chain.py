"""What the animation of a chain shows, as a clause for each layer, and what comes of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from convanim.base.language import message, translated
from convanim.layers import Chain, Layer
from convanim.words.alt_layer import input_words, output_words, settings_words
from convanim.words.branches import reads
from convanim.words.layer_names import plain_name, size
from convanim.words.sentences import an, cells_words, clauses, listed, same
from convanim.words.turning import turned_words

_MOST_OF_CHAIN = 345
"""Of more letters than these, layers are summed up, as are more than are counted here."""

_COUNTS = {
    1: message("one layer over {input}: {layers}"),
    2: message("two layers over {input}: {layers}"),
    3: message("three layers over {input}: {layers}"),
    4: message("four layers over {input}: {layers}"),
}


def chain_told(chain: Chain, method: str) -> list[str]:
    """Return what each layer of a chain makes in its animation, and what comes of it, as the parts of sentences."""
    return [_layers(chain, method), _outcome(chain)]


def _layers(chain: Chain, method: str) -> str:
    layers, over = chain.layers, input_words(chain.layers[0])
    each, *others = [_in_chain(chain, number) for number in range(1, len(layers) + 1)]
    for other in others:
        each = translated("{what}, then {next}", what=each, next=other)
    # Translators: The first of several layers, in a list of what each makes: "first a 3×3 convolution makes …".
    each = translated("first {what}", what=each) if others else each
    each = translated("{what}, stamp by stamp", what=each) if method == "scatter" else each
    told = (
        translated("a {name} of {input}: {layers}", name=translated(chain.title), input=over, layers=each)
        if chain.standard
        else translated(_COUNTS.get(len(layers), "{layers}"), input=over, layers=each)
    )
    if len(layers) in _COUNTS and len(told) <= _MOST_OF_CHAIN:
        return told
    kinds = Counter(map(plain_name, layers))
    counts = (
        [translated("{count} of {name}", count=count, name=name) for name, count in kinds.items()]
        if len(kinds) > 1
        else [translated("all of {name}", name=name) for name in kinds]
    )
    parts = listed(counts)
    apart = [same([axis.dilation for axis in layer.axes]) for layer in layers]
    if set(apart) != {"1"} and len(apart) <= 8:
        parts = translated("{what} with dilation {dilations}", what=parts, dilations=listed(apart))
    # Translators: {layers} says of which kinds they are.
    told = translated("{count} layers over {input}, {layers}", count=len(layers), input=over, layers=parts)
    met = [listed(_meetings(chain))] if chain.is_branched else []
    return clauses(told, *met, translated("the last makes {output}", output=output_words(layers[-1])))


def _in_chain(chain: Chain, number: int) -> str:
    """Return what a layer of a chain makes, and of what where that is not the output of the layer before."""
    layer, name = chain.layers[number - 1], chain.names[number - 1]
    read = reads(chain, number)
    if len(chain.sources[number - 1]) > 1:
        # Translators: {tensors} is such as "of layer 2 and input".
        joining = translated("the {name} {tensors}", name=plain_name(layer), tensors=read)
        return translated("{what} makes {output}", what=joining, output=_made(layer))
    told = _passing(layer, read)
    return translated("{what}, called {name}", what=told, name=name) if name else told


def _meetings(chain: Chain) -> list[str]:
    """Return where branches of a chain meet."""
    joins = [number for number, read in enumerate(chain.sources, 1) if len(read) > 1]
    return [
        translated(
            "layer {number} is the {name} {tensors}",
            number=number,
            name=plain_name(chain.layers[number - 1]),
            tensors=reads(chain, number),
        )
        for number in joins
    ]


def _made(layer: Layer) -> str:
    count = layer.grouping.out_channels
    if count == 1:
        return cells_words(layer.output_size)
    cells = cells_words(layer.output_size, has_unit=False)
    return translated("{count} channels of {cells}", count=count, cells=cells)


def _passing(layer: Layer, read: str = "") -> str:
    apart = same([axis.dilation for axis in layer.axes])
    *ends, stride = settings_words(layer)
    between: Any = layer.options.get("input_dilation", (1,))
    spread = same(between)
    settings = listed(
        [
            *ends,
            stride if max(layer.stride) > 1 else "",
            translated("dilation {value}", value=apart) if apart != "1" else "",
            translated("input dilation {value}", value=spread) if spread != "1" else "",
            turned_words(layer.dims, message("the kernel rotated by 180°")) if layer.options.get("flip") else "",
        ]
    )
    told = _brief(layer)
    if read:
        # Translators: {tensors} is such as "from layer 2".
        told = translated("{layer} {tensors}", layer=told, tensors=read)
    if settings:
        told = translated("{what} with {settings}", what=told, settings=settings)
    return translated("{what} makes {output}", what=told, output=_made(layer))


def _brief(layer: Layer) -> str:
    name = plain_name(layer)
    if layer.factor_said:
        # Translators: {factor} is such as "by 2×2" or "to 7×7".
        return translated("{name} {factor}", name=name, factor=layer.factor_said)
    if layer.is_weighted and layer.dims > 1:
        return an(translated("a {size} {name}", size=size(layer.kernel_size), name=name))
    article = message("a {name} of {cells}") if layer.is_weighted else message("{name} of {cells}")
    return translated(article, name=name, cells=cells_words(layer.kernel_size))


def _outcome(chain: Chain) -> str:
    if chain.returns:
        return translated("the result is compared with the input: it has that size again, but not always those values")
    if chain.compared:
        other = _brief(chain.compared)
        return translated("the result is compared with that of {layer} of the same input", layer=other)
    if one := chain.standard:
        return translated(
            "they have {count} parameters; {layer} in their place has {other}",
            count=chain.parameters,
            layer=_brief(one),
            other=one.parameters,
        )
    field = cells_words(chain.receptive_field)
    return translated("the receptive field of one output cell is {cells} of the input", cells=field)
