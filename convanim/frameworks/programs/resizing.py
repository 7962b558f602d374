"""Poolings and changes of size that are no layers here: the sizes that they make, and what is seen after them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from convanim.frameworks.kinds import Described
from convanim.frameworks.models.fields import Field, Seen, adapted, scaled
from convanim.frameworks.models.graph import Dims

_BESIDE = {"cubic": 2, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""How many cells on both sides of a place a change of size reads, by its name, where it is more than one."""


def seen_through(described: Described, its: Field, before: Dims, after: Dims, places: range) -> Field:
    """Return what is seen after a pooling that shares its input out, or a change of size."""
    name, arguments = described.name, described.arguments
    mode = str(arguments.get("mode", arguments.get("interpolation")))
    if not name.startswith("Adaptive") and mode != "area":
        beside = arguments["kernel_size"] if name.startswith("Frac") else _BESIDE.get(mode, 1)
        if arguments.get("antialias"):
            beside *= max(-(-before[place] // max(after[place], 1)) for place in places)
        return resampled(its, before, after, places, 1 + max(beside) if isinstance(beside, tuple) else beside)
    axes: list[Seen | None] = list(its.axes)
    for place in places:
        own, ratio = its.axes[place], Fraction(after[place], max(before[place], 1))
        axes[place] = None if own is None else adapted(own, ratio.numerator, ratio.denominator)
    is_lost = any(its.axes[place] is not None and axes[place] is None for place in places)
    return its.arranged(list(axes), is_bound=is_lost)


def resampled(its: Field, before: Dims, after: Dims, places: Iterable[int], beside: int = 1) -> Field:
    """Return what is seen after a change of size of which the rule is not followed: the neighbours, as a bound."""
    axes: list[Seen | None] = list(its.axes)
    for place in places:
        own = its.axes[place]
        if own is not None and before[place] != after[place]:
            ratio = Fraction(after[place], before[place]) if before[place] else Fraction(1)
            axes[place] = scaled(own, ratio.numerator, ratio.denominator, beside)
    return its.arranged(list(axes), is_bound=True)


def resized(name: str, its: Any, size: Dims) -> Dims | None:
    """Return the size that a layer makes by its arguments alone, such as interpolation and adaptive pooling."""
    wanted = its.get("output_size") or its.get("size")
    if name.startswith("UpSampling"):
        factor = wanted if isinstance(wanted, tuple) else (wanted or 2,) * len(size)
        return tuple(n * f for n, f in zip(size, factor, strict=False)) if len(factor) == len(size) else None
    if wanted is not None:
        many = wanted if isinstance(wanted, tuple) else (wanted,) * len(size)
        if len(many) != len(size):
            return None
        return tuple(n if one is None else int(one) for n, one in zip(size, many, strict=True))
    factor = its.get("scale_factor") or its.get("output_ratio")
    if factor is not None:
        many = factor if isinstance(factor, tuple) else (factor,) * len(size)
        if len(many) == len(size) and all(isinstance(one, int | float) and one > 0 for one in many):
            return tuple(int(n * one) for n, one in zip(size, many, strict=True))
    return None
