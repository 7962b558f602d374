"""Interpolation as frameworks have it: the one of several ways of theirs that reads the same cells as a layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.layers import Upsample
from convanim.layers.sampled_axis import SampledAxis

KEYS = {"cubic_coeff_a": -0.5, "exclude_outside": True}
"""Cubic interpolation as TensorFlow and JAX have it, and PyTorch where it smooths."""


def way_of(layer: Upsample, ways: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the first of some ways to interpolate, as parameters of `Upsample`, that weighs the same cells alike.

    The size that is made, or the scale factor, is that of the layer.
    """
    for way in ways:
        try:
            other = Upsample(layer.input_size, layer.scale_factor, layer.channels, size=layer.size, **way)
        except ConvanimError:
            continue
        if other.counted == layer.counted and all(map(_are_alike, other.axes, layer.axes)):
            return way
    return None


def _are_alike(axis: SampledAxis, other: SampledAxis) -> bool:
    if axis.windows != other.windows or bool(axis.shares) != bool(other.shares):
        return False
    return all(map(_are_close, axis.shares, other.shares))


def _are_close(shares: tuple[float, ...], others: tuple[float, ...]) -> bool:
    return bool(np.allclose(shares, others, atol=1e-9))
