"""Operations that change how many cells there are by factors: resizing, and blocks of cells to channels and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor

from convanim.frameworks.models.seen import Field, Seen, scaled, windowed
from convanim.frameworks.models.stored import Dims, Node
from convanim.frameworks.models.tensors import Tensor, listed

_FINEST = 10_000
"""Factors are taken as fractions with at most this denominator; they are stored with few digits."""

_BESIDE = {"nearest": 0, "linear": 1, "bilinear": 1, "cubic": 2}
"""How many cells on both sides of a place an operation reads, by its mode."""


def factors(node: Node, given: Sequence[Tensor | None]) -> tuple[Fraction, ...]:
    """Return by how much a Resize or an Upsample makes each axis larger, batch and channels included.

    Raises
    ------
    ArithmeticError, LookupError, TypeError, ValueError
        If that is not known.
    """
    dims = given[0].dims if given[0] else ()
    held = node.attributes
    if "scales" in held:
        return _exact(held["scales"], dims)
    if "height_scale" in held:
        return _exact([1, 1, held["height_scale"], held["width_scale"]], dims)
    place = 1 if node.operation == "Upsample" or len(given) == 2 else 2
    axes = [range(len(dims))[axis] for axis in held.get("axes") or range(len(dims))]
    found = [Fraction(1)] * len(dims)
    sizes = given[3] if len(given) > 3 and node.inputs[3] else None
    if sizes is not None and held.get("keep_aspect_ratio_policy", "stretch") == "stretch":
        for axis, size in zip(axes, listed(sizes), strict=True):
            found[axis] = Fraction(size, dims[axis])
        return tuple(found)
    scales = given[place]
    if scales is None or scales.numbers is None:
        raise ValueError("factors that are not known")
    for axis, scale in zip(axes, scales.numbers.reshape(-1).tolist(), strict=True):
        found[axis] = Fraction(scale).limit_denominator(_FINEST)
    return _exact(found, dims)


def _exact(scales: Sequence[float | Fraction], dims: Dims) -> tuple[Fraction, ...]:
    found = tuple(Fraction(scale).limit_denominator(_FINEST) for scale in scales)
    if len(found) != len(dims) or min(found, default=Fraction(1)) <= 0:
        raise ValueError("no factors of these axes")
    return found


def _resized(node: Node, given: Sequence[Tensor | None]) -> Sequence[Tensor]:
    first = given[0]
    if first is None:
        return ()
    by = factors(node, given)
    dims = tuple(floor(n * scale) for n, scale in zip(first.dims, by, strict=True))
    beside = _BESIDE.get(node.attributes.get("mode", "nearest"), 2)
    if first.field is None:
        return (Tensor(dims, None),)
    axes = [
        own if own is None or scale == 1 else scaled(own, scale.numerator, scale.denominator, beside)
        for own, scale in zip(first.field.axes, by, strict=True)
    ]
    # How the framework rounds and aligns is left out of account where it could matter.
    is_plain = not beside and all(scale.denominator == 1 for scale in by)
    lost = any(own and made is None for own, made in zip(first.field.axes, axes, strict=True))
    return (Tensor(dims, first.field.arranged(axes, is_bound=lost or not is_plain)),)


def _blocks(is_spread: bool) -> Callable[[Node, Sequence[Tensor | None]], Sequence[Tensor]]:
    """Return the rule for channels that become blocks of cells, or blocks that become channels."""

    def rule(node: Node, given: Sequence[Tensor | None]) -> Sequence[Tensor]:
        first, size = given[0], node.attributes["blocksize"]
        if first is None or size < 1:
            return ()
        batch, channels, *cells = first.dims
        block = size ** len(cells)
        if is_spread:
            dims = (batch, channels // block, *(n * size for n in cells))
        else:
            dims = (batch, channels * block, *(n // size for n in cells))
        return (Tensor(dims, first.field and _through(first.field, size, is_spread)),)

    return rule


def _through(field: Field, size: int, is_spread: bool) -> Field:
    axes: list[Seen | None] = [
        own and (scaled(own, size, 1) if is_spread else windowed(own, size, size, 1, 0)) for own in field.axes[2:]
    ]
    lost = any(own and made is None for own, made in zip(field.axes[2:], axes, strict=True))
    return field.arranged([field.axes[0], None, *axes], is_bound=lost)


RESIZES: dict[str, Callable[[Node, Sequence[Tensor | None]], Sequence[Tensor]]] = {
    "Resize": _resized,
    "Upsample": _resized,
    "DepthToSpace": _blocks(is_spread=True),
    "SpaceToDepth": _blocks(is_spread=False),
}
"""What comes out of each of these operations."""
