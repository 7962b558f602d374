"""Functions of jax.lax on tensors: convolutions whose axes stand in any order, and reductions of windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.arrays import layouts
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import Described
from convanim.frameworks.programs.arranging import permuted
from convanim.frameworks.programs.values import Library, LibraryLayer, Traced
from convanim.frameworks.source import Place

if TYPE_CHECKING:
    from convanim.frameworks.programs.applying import Applying

CONVOLUTIONS = {
    "conv_general_dilated": "conv_general_dilated",
    "conv_with_general_padding": "conv_general_dilated",
    "conv": "conv",
    "conv_transpose": "conv_transpose",
}
"""Convolutions of ``jax.lax``, and the ones that take the same arguments."""


def convolved(
    world: Applying, name: Library, x: Traced, arguments: Sequence[Any], named: Mapping[str, Any], place: Place
) -> Any:
    """Return what a convolution makes, whose axes and those of its weights stand as ``dimension_numbers`` say."""
    short, given = name.short, dict(named)
    many = list(arguments)
    weight = many.pop(0) if many else given.pop("rhs", None)
    if x.dims is None or not isinstance(weight, Traced) or weight.dims is None:
        return world.trace.listed(short, name.path, x, x.why or "the shape of its weights is not known")
    kind = FRAMEWORKS["jax"].kinds[CONVOLUTIONS[short]]
    axes = len(x.dims) - 2
    try:
        its = bound(world.plain_call(short, (x.dims, weight.dims, *many), given, place), kind.signature)
        usual = ("N{}C", "{}IO") if short == "conv_transpose" else ("NC{}", "OI{}")
        left, _ = layouts({"dimension_numbers": None, **its}, axes, usual)
    except ConvanimError as error:
        return world.trace.listed(short, name.path, x, str(error))
    except LookupError as error:
        return world.trace.listed(short, name.path, x, f"it depends on {error.args[0].why}, which is not known")
    numbers = its.get("dimension_numbers")
    made_as = numbers[2] if isinstance(numbers, tuple) else left.letters
    own = f"N{left.spatial}C" if world.trace.channels_last else f"NC{left.spatial}"
    layer = LibraryLayer(name.path, Described("jax", short, kind, its, str(place)), {}, place)
    made = world.trace.layer(layer, name.path, short, _turned(world, x, left.letters, own), (_key(weight), "no bias"))
    return made if made.dims is None else _turned(world, made, own, made_as)


def _key(weight: Traced) -> Any:
    return weight if weight.weights is None else weight.weights


def _turned(world: Applying, x: Traced, letters: str, wanted: str) -> Traced:
    """Return a tensor with its axes in the order of other letters."""
    order = [letters.index(letter) for letter in wanted]
    if order == sorted(order):
        return x
    made: Traced = permuted(world.trace, {"x": x, "dim": (order,)})
    return made


def windows_reduced(
    world: Applying, name: Library, x: Traced, arguments: Sequence[Any], named: Mapping[str, Any], place: Place
) -> Any:
    """Return what ``reduce_window`` makes: maxima of windows, or sums, which read the same cells as means."""
    order = ("init_value", "computation", "window_dimensions", "window_strides", "padding", "base_dilation")
    its = dict(zip(order, arguments, strict=False)) | dict(named)
    if x.dims is None:
        return world.trace.listed(name.short, name.path, x, x.why)
    places = list(world.trace.places(len(x.dims)))
    computation, window = its.get("computation"), its.get("window_dimensions")
    strides = its.get("window_strides") or (1,) * len(x.dims)
    rest = [axis for axis in range(len(x.dims)) if axis not in places]
    fits = all(
        isinstance(one, list | tuple) and len(one) == len(x.dims) and all(one[axis] == 1 for axis in rest)
        for one in (window, strides)
    )
    short = computation.short if isinstance(computation, Library) else ""
    if not fits or window is None or short not in ("max", "add") or its.get("base_dilation") is not None:
        return world.trace.listed(name.short, name.path, x, "its windows are not understood")
    padding = its.get("padding", "VALID")
    if isinstance(padding, list | tuple) and len(padding) == len(x.dims):
        padding = tuple(tuple(padding[axis]) for axis in places)
    kind = FRAMEWORKS["jax"].kinds["max_pool" if short == "max" else "avg_pool"]
    sizes = {"window_shape": tuple(window[axis] for axis in places), "strides": tuple(strides[axis] for axis in places)}
    pool = {"inputs": None, **sizes, "padding": padding, "count_include_pad": True}
    if short == "add":
        world.note("sums of windows are read as their means, which read the same cells")
    layer = LibraryLayer(name.path, Described("jax", name.short, kind, pool, str(place)), {}, place)
    return world.trace.layer(layer, name.path, name.short, x, ("", ""))
