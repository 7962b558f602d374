"""The part of a real model's layer that is drawn: all channels if they are few, else one plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.layers import (
    Add,
    Chain,
    Conv,
    ConvGeneral,
    ConvTranspose,
    Join,
    Layer,
    MaxUnpool,
    Scale,
    Upsample,
    rebuilt,
)
from convanim.layers.pool import Pool

MOST_CHANNELS = 3
"""The most input or output channels that are drawn by default."""

_MOST_CELLS = 12
"""The longest side of an input whose channels are drawn by default."""

_PIXELS_A_CELL, _USUAL_WIDTH, _WIDEST, _WIDEST_GRAPH = 5, 480, 1280, 1920
"""Pixels of width per row and per column of a large input, and the bounds of that width, of branches too."""


def for_picture(layer: Layer | Chain, channels: bool | None = None, is_whole: bool = False) -> Any:
    """Return the layer to draw: the layer itself, or one plane of it without a bias.

    Parameters
    ----------
    layer : Layer or Chain
        The layer of a model.
    channels : bool, optional
        Whether to draw all channels. By default they are drawn if the input is
        small and there are at most `MOST_CHANNELS` input and output channels,
        or if the layer moves values from channel to channel.
    is_whole : bool
        Whether all channels are drawn by default, however many.
    """
    if channels is None:
        channels = is_whole or _are_few(layer)
    return layer if channels and not is_plain(layer) else plane_of(layer)


def plane_of(layer: Layer | Chain) -> Any:
    """Return one input and one output plane of a layer, without a bias, or the layer if that is impossible."""
    if isinstance(layer, Chain):
        if not layer.has_channels:
            return layer
        planes = [plane_of(one) for one in layer.layers]
        if all(one.grouping.is_single for one in planes):
            return Chain(planes, sources=layer.sources, names=layer.names)
        return _thin(layer) if layer.is_branched else layer
    if isinstance(layer, Add | Scale):
        return type(layer)(layer.input_size, [1] * len(layer.branches))
    if isinstance(layer, Conv):
        size = (layer.input_size, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        return Conv(*size, layer.padding_mode, flip=layer.flip) if layer.has_channels else layer
    if isinstance(layer, ConvTranspose | ConvGeneral):
        return rebuilt(layer, in_channels=1, out_channels=1, groups=1, bias=False)
    if isinstance(layer, Pool | Upsample) or (isinstance(layer, MaxUnpool) and layer.indices is None):
        return rebuilt(layer, channels=1)
    return layer


def _thin(chain: Chain) -> Chain:
    """Return a chain with one plane of each layer, behind concatenations one of each branch; itself if that fails."""
    counts, layers = [1], list[Layer]()
    for layer, read in zip(chain.layers, chain.sources, strict=True):
        taken = [counts[one] for one in read]
        if isinstance(layer, Join):
            options: dict[str, Any] = {"branches": taken}
        else:
            many = {"channels": taken[0], "in_channels": taken[0], "out_channels": 1, "groups": 1, "bias": False}
            options = {**layer.options, **{name: many[name] for name in many if name in layer.options}}
        made: Callable[..., Layer] = type(layer)
        try:
            layers.append(made(layer.input_size, **options))
        except ConvanimError:
            return chain
        counts.append(layers[-1].grouping.out_channels)
    try:
        return Chain(layers, sources=chain.sources, names=chain.names)
    except ConvanimError:
        return chain


def fitting_width(layer: Layer | Chain) -> int | None:
    """Return a width in pixels at which a large input's cells can be told apart, or None if any width will do."""
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    cells = sum(len(axis.drawn) for axis in layers[0].axes)
    joined = [len(one.branches) for one in layers if isinstance(one, Join)]
    if joined:
        # Branches are drawn beside each other.
        wide = cells * _PIXELS_A_CELL * max(joined)
        return min(wide, _WIDEST_GRAPH) if wide > _USUAL_WIDTH else None
    return min(cells * _PIXELS_A_CELL, _WIDEST) if cells * _PIXELS_A_CELL > _USUAL_WIDTH else None


def is_plain(layer: Layer | Chain) -> bool:
    """Return whether input and output have one plane each, so that only a bias could be left out."""
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    return all(one.grouping.is_single for one in layers)


def _are_few(layer: Layer | Chain) -> bool:
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    most = max(max(one.grouping.in_channels, one.grouping.out_channels) for one in layers)
    return most <= MOST_CHANNELS and max(layer.input_size) <= _MOST_CELLS and layer.dims < 3
