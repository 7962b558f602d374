"""Compute the whole output of a layer in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.errors import ConvanimError
from convanim.layers.rules import Rule
from convanim.plans.steps import Ints
from convanim.plans.values import Numbers

MOST_PRODUCTS = 50_000_000
"""The largest number of values that may be read, over all windows, to compute an output."""

EXACT = 2**62
"""Sums that may exceed this are computed with Python's integers."""

_LARGEST_BETWEEN = 10**200
"""The largest number that a layer of a chain may pass to the next."""


def results(
    rule: Rule, values: Numbers, kernel: Numbers | None, sources: Sequence[Ints], weights: Sequence[Sequence[int]]
) -> Numbers:
    """Return the output of a layer, before the division of an average.

    Parameters
    ----------
    rule : Rule
        How the values of a window are combined; by default, they are added.
    values : array
        The input; extra leading axes hold several inputs.
    kernel : array or None
        The weights, one kernel per input; None if the layer has none.
    sources : sequence of (outputs, taps) arrays, one per axis
        The input cell that each tap of each window reads, -1 for none.
    weights : sequence of sequence of int, one per axis
        The index into the kernel that each tap meets.
    """
    size = tuple(len(source) for source in sources)
    taps = tuple(source.shape[1] for source in sources)
    dims, each = len(sources), values.shape[: -len(sources)]
    if rule.combine is not None:
        found, seen = rule.combine(_taps(values, sources, taps))
        return found if seen.all() else np.where(seen, found.astype(float), -np.inf)
    factors = np.ones(taps, np.int64) if kernel is None else kernel
    values, factors = roomy(values, factors)
    padded = np.zeros([*each, *(n + 1 for n in values.shape[len(each) :])], values.dtype)
    padded[tuple(map(slice, values.shape))] = values
    sums = np.zeros(each + size, np.result_type(values, factors))
    for tap in np.ndindex(*taps):
        places: tuple[Any, ...] = np.ix_(*(source[:, t] for source, t in zip(sources, tap, strict=True)))
        factor = factors[(..., *(weight[t] for weight, t in zip(weights, tap, strict=True)))]
        sums += padded[(..., *places)] * factor[(..., *(None,) * dims)]
    return sums


def _taps(
    values: Numbers, sources: Sequence[Ints], taps: tuple[int, ...]
) -> Iterator[tuple[Numbers, NDArray[np.bool_]]]:
    """Yield for each kernel cell the value that it reads in every window, and where that is an input cell."""
    for tap in np.ndindex(*taps):
        columns = [source[:, t] for source, t in zip(sources, tap, strict=True)]
        there: NDArray[np.bool_] = reduce(np.logical_and.outer, [column >= 0 for column in columns])
        places: tuple[Any, ...] = np.ix_(*columns)
        candidates = values[(..., *places)]
        yield candidates, np.broadcast_to(there, candidates.shape)


def roomy(values: Numbers, factors: Numbers) -> tuple[Numbers, Numbers]:
    """Return whole numbers as Python's integers if the sum of all products may exceed 64 bits."""
    if "f" in (values.dtype.kind, factors.dtype.kind):
        return values.astype(float), factors.astype(float)
    largest = max(int(abs(values).max()), 1) * max(int(abs(factors).max()), 1) * factors.size
    # If only one array held Python's integers, NumPy would wrap products to 64 bits.
    are_wide = largest >= EXACT or "O" in (values.dtype.kind, factors.dtype.kind)
    return (values.astype(object), factors.astype(object)) if are_wide else (values, factors)


def refuse_extremes(numbers: Numbers, layer: int) -> None:
    """Raise if a layer makes numbers that the next one cannot compute with.

    Raises
    ------
    ConvanimError
        If a number is not finite or has more than 200 digits.
    """
    if numbers.dtype.kind == "f" and np.isnan(numbers).any():
        raise ConvanimError(
            "layers",
            "",
            f"do not fit: layer {layer} makes odd roots of negative sums; use an even `norm_type`",
        )
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        raise ConvanimError(
            "layers",
            "",
            f"do not fit: layer {layer} makes −∞ of windows that read padding only; use less `padding` there",
        )
    if abs(numbers).max() > _LARGEST_BETWEEN:
        raise ConvanimError("kernel", "", f"makes numbers of more than 200 digits in layer {layer}; use smaller ones")
