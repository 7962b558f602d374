"""Layers computed by other frameworks, read from the data beside the tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from convanim import Conv, ConvTranspose, Layer, Plan

DATA = Path(__file__).parent / "data"
Flat = list[list[tuple[int, int]]]


def read(name: str) -> list[dict[str, Any]]:
    """Return the cases of a file, one a line."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def flat_taps(plan: Plan) -> Flat:
    """Return for every output the (input cell, kernel cell) pairs, as flat indices, sorted."""
    kernel = [axis.kernel for axis in plan.axes]
    found = []
    for step in plan.to_dict()["steps"]:
        pairs = [
            (int(np.ravel_multi_index(tap["input"], plan.input_size)), int(np.ravel_multi_index(tap["kernel"], kernel)))
            for tap in step["taps"]
            if tap["input"] is not None
        ]
        found.append(sorted(pairs))
    return found


def with_explicit_padding(case: dict[str, Any]) -> Layer:
    """Return the layer that a Keras or ONNX case is once its padding is written out."""
    size = tuple(case["input_size"])
    kernel = tuple(case.get("kernel_size") or case["kernel_shape"])
    stride = tuple(case["strides"])
    dilation = tuple(case.get("dilation_rate") or case.get("dilations") or [1] * len(size))
    if "Transpose" not in case["op"]:
        pads = _pads(case, size, kernel, stride, dilation)
        return Conv(size, kernel, stride, pads, dilation)
    if case["framework"] == "onnx":
        half = len(size)
        pads = tuple(zip(case["pads"][:half], case["pads"][half:], strict=True))
        return ConvTranspose(size, kernel, stride, pads, case.get("output_padding") or 0, dilation)
    ends = [_keras_transposed_ends(case, axis, n, kernel[axis], stride[axis]) for axis, n in enumerate(size)]
    pads = tuple((low, max(high, 0)) for low, high in ends)
    return ConvTranspose(size, kernel, stride, pads, [max(-high, 0) for _, high in ends], dilation)


def _pads(
    case: dict[str, Any], size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    if "pads" in case:
        half = len(size)
        return tuple(zip(case["pads"][:half], case["pads"][half:], strict=True))
    said = str(case.get("padding") or case.get("auto_pad")).lower()
    pads = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = max((ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0)
        small, large = total // 2, total - total // 2
        ends = {
            "valid": (0, 0),
            "notset": (0, 0),
            "causal": (d * (k - 1), 0),
            "same": (small, large),
            "same_upper": (small, large),
            "same_lower": (large, small),
        }
        pads.append(ends[said])
    return tuple(pads)


def _keras_transposed_ends(case: dict[str, Any], axis: int, n: int, k: int, s: int) -> tuple[int, int]:
    """Return what Keras takes from both ends of a transposed output; it adds where that is negative."""
    surplus = (n - 1) * s + k - case["output_size"][axis]
    added = case.get("output_padding")
    if case["padding"] == "valid":
        return 0, surplus
    low = max(surplus, 0) // 2 if added is None else k // 2 - added[axis]
    return low, surplus - low
