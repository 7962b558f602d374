"""Adaptive and global pooling where frameworks have none: as pooling of equal windows, if windows are equal."""

from __future__ import annotations

from convanim.layers import AdaptiveMaxPool, AdaptivePool, AvgPool, MaxPool


def plain_pool(layer: AdaptivePool) -> MaxPool | AvgPool | None:
    """Return the pooling that is the same as an adaptive one, or None if windows overlap or differ in size."""
    sizes = list(zip(layer.input_size, layer.output_size, strict=True))
    if any(n % m for n, m in sizes):
        return None
    kernel = tuple(n // m for n, m in sizes)
    kind = MaxPool if isinstance(layer, AdaptiveMaxPool) else AvgPool
    return kind(layer.input_size, kernel, channels=layer.channels)
