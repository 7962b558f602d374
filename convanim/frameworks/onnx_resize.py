"""ONNX's Resize: what it does that says nothing of it, the size that it makes, and how it is read and written."""

from __future__ import annotations

from typing import Any

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, quoted
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import Arguments, Input, Kind
from convanim.frameworks.onnx_graph import OPERANDS, Node
from convanim.frameworks.spelling import NoCode
from convanim.layers import Layer, Upsample
from convanim.layers.resampling import COORDINATES, MODE_KINDS, ROUNDINGS

USUAL_COORDINATES, USUAL_ROUNDING = "half_pixel", "round_prefer_floor"
"""How a Resize aligns and rounds that does not say it."""

OLD_COORDINATES, OLD_ROUNDING = "asymmetric", "floor"
"""The same of an Upsample, and of a Resize before both could be said."""

_MODES = ("nearest", "linear", "cubic")
_CUBIC_A = -0.75
"""The coefficient of a cubic Resize that does not say it."""


def resized(size: int, scale: float) -> int:
    """Return how many cells become of some, as frameworks compute it: of the product in single precision.

    Examples
    --------
    >>> resized(5, 1.4), resized(100, 1.9999999)
    (7, 199)
    """
    with np.errstate(over="ignore"):
        return int(np.float32(size) * np.float32(scale))


def _resize(its: Arguments, given: Input) -> Layer:
    """Return the interpolation of a Resize; where it copies all cells alike, how it aligns them makes no difference."""
    if its["keep_aspect_ratio_policy"] != "stretch":
        raise ConvanimError(
            "keep_aspect_ratio_policy",
            quoted(its["keep_aspect_ratio_policy"]),
            "is not followed; give the sizes",
        )
    name = "scales" if its["sizes"] is None else "sizes"
    numbers = its[name]
    own = (1, given.channels or 1) if name == "sizes" else (1, 1)
    is_whole = isinstance(numbers, tuple | list) and len(numbers) == len(given.size) + 2
    if not is_whole or any(one != usual for one, usual in zip(numbers[:2], own, strict=True) if name == "scales"):
        raise ConvanimError(name, str(numbers)[:40], "must be one an axis, and 1 for batch and channels")
    mode, coordinates = one_of("mode", its["mode"], _MODES), its["coordinate_transformation_mode"]
    rounding = one_of("nearest_mode", its["nearest_mode"], ROUNDINGS)
    its_own: dict[str, Any] = {
        "size" if name == "sizes" else "scale_factor": tuple(numbers[2:]),
        "channels": given.channels or 1,
    }
    told = {**its_own, "coordinates": one_of("coordinate_transformation_mode", coordinates, COORDINATES)}
    if mode == "nearest":
        layer = Upsample(given.size, **told, nearest_mode=rounding)
        return Upsample(given.size, **its_own) if layer.is_repeated else layer
    told |= {name: bool(its[name]) for name in ("antialias", "exclude_outside")}
    return Upsample(
        given.size, mode=mode, **told, **({"cubic_coeff_a": its["cubic_coeff_a"]} if mode == "cubic" else {})
    )


def resizing(coordinates: str, rounding: str) -> Kind:
    """Return the meaning of a change of size with its usual coordinates and rounding."""
    return Kind(
        signature(
            f"* scales=None sizes=None mode='nearest' coordinate_transformation_mode='{coordinates}' "
            f"nearest_mode='{rounding}' cubic_coeff_a=-0.75 exclude_outside=0 extrapolation_value? antialias=0 axes? "
            "keep_aspect_ratio_policy='stretch' "
            f"{OPERANDS}"
        ),
        build=_resize,
    )


def write_resize(layer: Upsample) -> Node | NoCode:
    """Return the Resize that interpolates as a layer does, or why there is none."""
    kind = "nearest" if layer.is_copied else MODE_KINDS.get(layer.mode, layer.mode)
    if kind not in _MODES:
        return NoCode(f"ONNX's Resize has no {layer.mode} interpolation; AveragePool does it where windows are equal")
    its = layer.resamplings[0]
    is_cubic = kind == "cubic"
    attributes = {
        "mode": f'"{kind}"',
        "coordinate_transformation_mode": f'"{its.coordinates}"',
        "nearest_mode": f'"{its.rounding}"' if layer.is_copied else "",
        "cubic_coeff_a": str(layer.cubic_coeff_a) if is_cubic and layer.cubic_coeff_a != _CUBIC_A else "",
        "exclude_outside": "1" if layer.exclude_outside else "",
        "antialias": "1" if layer.antialias else "",
    }
    if layer.scale_factor is None:
        return Node("Resize", attributes, sizes=(1, layer.channels, *layer.output_size))
    return Node("Resize", attributes, scales=(1, 1, *layer.scale_factor))
