"""Reading and writing of PyTorch's interpolation: ``nn.Upsample`` and ``nn.functional.interpolate``."""

from __future__ import annotations

from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import axes_said, one_of, per_axis, quoted
from convanim.frameworks.binding import signature
from convanim.frameworks.interpolation import KEYS, way_of
from convanim.frameworks.kinds import Arguments, Input, Kind
from convanim.frameworks.spelling import Code, NoCode, Written, call, shared
from convanim.layers import Layer, Upsample, rebuilt
from convanim.layers.resampling import BY_AXES, MODE_KINDS

_MODES = ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area", "lanczos")
_SMOOTHED = ("bilinear", "bicubic", "lanczos")
_OWN_NAMES = {"lanczos": "lanczos3"}
"""Modes that have another name here."""


def _interpolation(its: Arguments, given: Input) -> Layer:
    mode = one_of("mode", its["mode"], _MODES)
    factor, size, align_corners = its["scale_factor"], its["size"], its.get("align_corners")
    if (size is None) == (factor is None):
        why = "is missing; write scale_factor=2" if size is None else "is refused beside size; leave one of the two out"
        raise ConvanimError("scale_factor", "" if size is None else quoted(factor), why)
    kind = MODE_KINDS.get(mode, mode)
    if align_corners is not None and kind not in BY_AXES:
        raise ConvanimError(
            "align_corners", quoted(align_corners), f"is refused with mode='{mode}', as in PyTorch; leave it out"
        )
    own = BY_AXES[kind][len(given.size) - 1] if kind in BY_AXES else mode
    if own != mode or own not in _MODES:
        ways = (f"`mode={own}`",) if own in _MODES else ()
        wanted = f"interpolates over {axes_said(BY_AXES[kind].index(mode) + 1)} in PyTorch"
        raise ConvanimError("mode", quoted(mode), f"{wanted}, and the input has {len(given.size)}", ways=ways)
    smoothing: dict[str, Any] = {"antialias": True, "exclude_outside": True} if its.get("antialias") else {}
    if smoothing and mode not in _SMOOTHED:
        taken = ", ".join(map(repr, _SMOOTHED))
        raise ConvanimError("antialias", "True", f"is taken by the modes {taken} only, and not by '{mode}'")
    if mode == "lanczos" and (not smoothing or len(given.size) != 2):
        raise ConvanimError("mode", quoted(mode), "interpolates over 2 axes, and with antialias=True, in PyTorch")
    if smoothing and align_corners:
        raise ConvanimError(
            "align_corners",
            "True",
            "beside antialias aligns neither corners nor edges in PyTorch; leave one of the two out",
        )
    if smoothing and mode == "bicubic":
        smoothing |= KEYS
    layer = Upsample(
        given.size,
        factor,
        given.channels or 1,
        _OWN_NAMES.get(mode, mode),
        size=None if size is None else per_axis("size", size, len(given.size)),
        align_corners=bool(align_corners),
        **smoothing,
    )
    again: Layer = rebuilt(layer, scale_factor=None, size=layer.output_size)
    return again if its.get("recompute_scale_factor") else layer


_OPTIONS = "size=None scale_factor=None mode='nearest' align_corners=None recompute_scale_factor=None antialias=False"

_AXES = {mode: axes for modes in BY_AXES.values() for axes, mode in enumerate(modes, 1) if mode in _MODES} | {
    "lanczos": 2
}


def _axes(its: Arguments) -> int | None:
    return _AXES.get(its["mode"])


INTERPOLATION: dict[str, Kind] = {
    "Upsample": Kind(signature(_OPTIONS), None, _interpolation, axes=_axes),
    "interpolate": Kind(signature(f"input! {_OPTIONS}"), None, _interpolation, axes=_axes),
    "UpsamplingNearest2d": Kind(signature("size=None scale_factor=None * mode='nearest'"), 2, _interpolation),
    "UpsamplingBilinear2d": Kind(
        signature("size=None scale_factor=None * mode='bilinear' align_corners=True"), 2, _interpolation
    ),
}
"""The kinds of interpolation by their names in PyTorch."""


def write_upsample(layer: Upsample) -> Written:
    """Return the module or the function that interpolates as a layer does, or why there is none."""
    mode = {own: name for name, own in _OWN_NAMES.items()}.get(layer.mode, layer.mode)
    smoothed: tuple[dict[str, Any], ...] = ({"exclude_outside": True}, KEYS) if mode in _SMOOTHED else ()
    settled: tuple[dict[str, Any], ...] = ({}, {"align_corners": True}) if mode in _AXES and mode != "lanczos" else ()
    weighed = [{"mode": layer.mode, **more} for more in (*settled, *({"antialias": True, **more} for more in smoothed))]
    plain: list[dict[str, Any]] = [{"mode": mode} for mode in ("nearest", "nearest-exact", "area")]
    way = way_of(layer, [*plain, *(weighed if _AXES.get(mode) == layer.dims else [])])
    if way is None and layer.antialias and not layer.exclude_outside:
        return NoCode("PyTorch smooths with what lies within the input only, as exclude_outside does")
    if way is None:
        return NoCode(f"PyTorch has no such {layer.mode} interpolation, by coordinates, coefficients or axes")
    settings = {
        "size": "" if layer.size is None else shared(layer.size),
        "scale_factor": "" if layer.scale_factor is None else shared(layer.scale_factor),
        "mode": repr(mode if way in weighed else way["mode"]),
        "align_corners": "True" if way.get("align_corners") else "",
    }
    if not way.get("antialias"):
        return Code((call("nn.Upsample", (), settings),))
    code = call("nn.functional.interpolate", ("x",), {**settings, "antialias": "True"})
    return Code((code,), alone="nn.functional.interpolate is a function and no module")
