"""Reading and writing of ``jax.image.resize``."""

from __future__ import annotations

from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, quoted
from convanim.frameworks.arrays import operand
from convanim.frameworks.binding import signature
from convanim.frameworks.interpolation import KEYS, way_of
from convanim.frameworks.kinds import Arguments, Input, Kind, Reach
from convanim.frameworks.spelling import Code, NoCode, Written, call
from convanim.layers import Layer, Upsample

INPUT = "{x}"
"""Placeholder for the input in an expression of JAX."""

METHODS: dict[str, dict[str, Any]] = {
    "nearest": {"mode": "nearest-exact"},
    "linear": {"mode": "linear"},
    "cubic": {"mode": "cubic", **KEYS},
    "lanczos3": {"mode": "lanczos3", "exclude_outside": True},
    "lanczos5": {"mode": "lanczos5", "exclude_outside": True},
}
"""The methods of ``jax.image.resize``, as interpolation."""


def _resize(its: Arguments, given: Input) -> Layer:
    """Return the interpolation of ``jax.image.resize``, to a shape with batch and channels or without."""
    dims, shape, image = len(given.size), its["shape"], operand(its["image"])
    if not isinstance(shape, tuple) or len(shape) not in (dims, dims + 2):
        raise ConvanimError("shape", quoted(shape), f"must have {dims} axes, or 2 more for batch and channels")
    way = METHODS[one_of("method", its["method"], METHODS)]
    leads = image is not None and image.shape[:2] == shape[:2] and len(shape) > dims
    size = shape if len(shape) == dims else shape[2:] if leads else shape[1:-1]
    channels = given.channels or (1 if len(shape) == dims else shape[1] if leads else shape[-1])
    smoothing = {"antialias": True, "exclude_outside": True} if its["antialias"] and its["method"] != "nearest" else {}
    pairs = list(zip(given.size, size, strict=True))
    is_whole = all(after % before == 0 for before, after in pairs)
    told: dict[str, Any] = {"size": size}
    if is_whole:
        # Where no axis becomes shorter, there is nothing to smooth.
        told, smoothing = {"scale_factor": tuple(after // before for before, after in pairs)}, {}
    layer = Upsample(given.size, channels=channels, **told, **{**way, **smoothing})
    return Upsample(given.size, channels=channels, **told) if layer.is_repeated else layer


def _resize_reach(its: Arguments) -> Reach:
    image, shape = operand(its["image"]), its["shape"]
    if image is None or not isinstance(shape, tuple) or not 3 <= len(shape) == len(image.shape) <= 5:
        return None, None
    leads = image.shape[:2] == shape[:2]
    return (image.shape[2:], image.shape[1]) if leads else (image.shape[1:-1], image.shape[-1])


def _resize_axes(its: Arguments) -> int | None:
    shape = its["shape"]
    return len(shape) - 2 if isinstance(shape, tuple) and 3 <= len(shape) <= 5 else None


RESIZE = Kind(
    signature("image! shape method antialias=True precision?", shape="(1,8,8,1)", method="linear"),
    build=_resize,
    axes=_resize_axes,
    reach=_resize_reach,
)
"""The meaning of ``jax.image.resize``."""


def write_resize(layer: Upsample) -> Written:
    """Return the call that interpolates as a layer does, or why there is none."""
    size = str((1, layer.channels, *layer.output_size))
    for word, way in METHODS.items():
        smoothing = [{}] if word == "nearest" else [{}, {"antialias": True, "exclude_outside": True}]
        for more in smoothing:
            if way_of(layer, [{**way, **more}]) is not None:
                settings = {"antialias": "" if more or word == "nearest" else "False"}
                return Code((call("jax.image.resize", (INPUT, size, repr(word)), settings),))
    return NoCode(f"JAX has no such {layer.mode} interpolation; jnp.repeat along each axis copies cells")
