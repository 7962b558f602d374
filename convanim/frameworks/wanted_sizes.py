"""Changes of one argument of pasted layers that give a wanted output size, in the framework's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.kinds import Described, Pasted
from convanim.frameworks.sequence import layer_of
from convanim.frameworks.wording import code
from convanim.layers import Chain, Layer

_NUMBERED = {
    "output_padding": 0,
    "padding": 0,
    "stride": 1,
    "strides": 1,
    "window_strides": 1,
    "kernel_size": 1,
    "pool_size": 1,
    "kernel_shape": 1,
    "window_shape": 1,
    "dilation": 1,
    "dilation_rate": 1,
    "kernel_dilation": 1,
    "rhs_dilation": 1,
    "dilations": 1,
    "output_size": 1,
    "size": 1,
    "upscale_factor": 1,
}
"""Arguments with one number per axis, the least disruptive first, and the least value of each."""

_FACTORS = ("scale_factor",)
_WORDS = {
    "torch": ("padding", ("same", "valid")),
    "keras": ("padding", ("same", "valid")),
    "jax": ("padding", ("SAME", "VALID")),
    "onnx": ("auto_pad", ("SAME_UPPER", "VALID")),
}
"""The argument of each framework for padding words, and the words to try."""

_FARTHEST, _FARTHEST_IN_CHAIN = 32, 6
"""The most by which a number is changed, for a single layer and for one of several."""

_MOST_CHANGED = 100
"""The most changed layers times layers that are then recomputed."""

_MOST_ENLARGED = 512
"""The most by which an input is enlarged or reduced, divided by the number of layers."""


@dataclass(frozen=True)
class Wish:
    """One change of a text, or of its input, that gives the wanted size.

    Attributes
    ----------
    said : str
        The argument with its new value, as the framework writes it.
    layer : Layer or Chain
        The changed layer or chain.
    name : str
        Name of the changed layer; empty if the input is changed.
    number : int
        Number of the changed layer in the text, from 1; 0 for the input.
    """

    said: str
    layer: Layer | Chain
    name: str = ""
    number: int = 0


@dataclass(frozen=True)
class _Asked:
    """The layers of a text, its input, other given values, and the wanted output size."""

    pasted: Pasted
    size: tuple[int, ...]
    told: Mapping[str, Any]
    wanted: tuple[int, ...]

    def made(self, pasted: Pasted, size: tuple[int, ...] | None = None) -> Layer | Chain | None:
        """Return the layer or chain of a changed text or for another input, or None if there is none."""
        try:
            return layer_of(pasted, size or self.size, **self.told).layer
        except ConvanimError:
            return None

    def changed(self, at: int, name: str, value: Any) -> Layer | Chain | None:
        """Return the layer or chain of the text with one argument of one layer changed, or None."""
        one = self.pasted.layers[at]
        other = replace(one, arguments={**one.arguments, name: value})
        layers = (*self.pasted.layers[:at], other, *self.pasted.layers[at + 1 :])
        return self.made(replace(self.pasted, layers=layers))


def wishes(pasted: Pasted, layer: Layer | Chain, wanted: tuple[int, ...], **told: Any) -> Iterator[Wish]:
    """Yield changes that give a wanted output size: from the last layer on, the least disruptive first.

    Parameters
    ----------
    pasted : Pasted
        The layers read from the text.
    layer : Layer or Chain
        The same layers, built for its input.
    wanted : tuple of int
        The wanted size, one number per axis.
    **told
        Channels and kernel size, as for `layer_of`.
    """
    asked = _Asked(pasted, layer.input_size, told, wanted)
    built = [at for at, one in enumerate(pasted.layers) if one.kind.build]
    for at in reversed(built[-max(2, _MOST_CHANGED // len(built)) :]):
        one = pasted.layers[at]
        for said, made in _of_layer(asked, at, one):
            yield Wish(said, made, one.name, at + 1)
    enlarged = _of_input(asked)
    if enlarged is not None:
        yield enlarged


def _of_layer(asked: _Asked, at: int, one: Described) -> Iterator[tuple[str, Layer | Chain]]:
    """Yield the changes of one layer that give the size."""
    its = one.arguments
    option, words = _WORDS.get(one.framework, ("", ()))
    numbered = [name for name in _NUMBERED if name in its]
    if one.framework in ("keras", "jax", "onnx"):
        numbered = [name for name in numbered if name != "padding"]
    first = [name for name in numbered if name == "output_padding"]
    for name in first:
        yield from _numbers(asked, at, name, its[name])
    if its.get("ceil_mode") in (False, 0):
        yield from _tried(asked, at, "ceil_mode", 1 if one.framework == "onnx" else True)
    for word in words if option in its else ():
        if its[option] != word:
            yield from _tried(asked, at, option, word)
    for name in [name for name in numbered if name not in first]:
        yield from _numbers(asked, at, name, its[name])
    for name in _FACTORS:
        for factor in range(1, _FARTHEST) if its.get(name) is not None else ():
            yield from _tried(asked, at, name, factor)


def _tried(asked: _Asked, at: int, name: str, value: Any) -> Iterator[tuple[str, Layer | Chain]]:
    made = asked.changed(at, name, value)
    if made is not None and made.output_size == asked.wanted:
        yield code(name, value, asked.pasted.framework == "onnx"), made


def _numbers(asked: _Asked, at: int, name: str, value: Any) -> Iterator[tuple[str, Layer | Chain]]:
    """Yield the nearest values that give the size: one number for all axes, or else one per axis."""
    least, dims = _NUMBERED[name], len(asked.wanted)
    if isinstance(value, str) or (isinstance(value, tuple) and not all(isinstance(one, int) for one in value)):
        return
    own = value if isinstance(value, tuple) else (least if value is None else value,) * dims
    if len(own) != dims or not all(isinstance(one, int) for one in own):
        return
    far = _FARTHEST_IN_CHAIN if len(asked.pasted.layers) > 1 else _FARTHEST
    near = sorted(range(max(least, max(own) - far), max(own) + far), key=lambda one: (abs(one - max(own)), -one))
    for one in near:
        made = asked.changed(at, name, (one,) * dims) if one != value else None
        if made is not None and made.output_size == asked.wanted and not _is_idle(made):
            # ONNX and lax take no single number for all axes.
            is_single = asked.pasted.framework != "onnx" and asked.changed(at, name, one) == made
            yield from _tried(asked, at, name, one if is_single else (one,) * dims)
            return
    if dims == 1:
        return
    found = list(own)
    for axis in range(dims):
        for one in near:
            tried = tuple(one if number == axis else other for number, other in enumerate(found))
            made = asked.changed(at, name, tried)
            if made is not None and made.output_size[axis] == asked.wanted[axis] and not _is_idle(made):
                found[axis] = one
                break
    if tuple(found) != tuple(own):
        yield from _tried(asked, at, name, tuple(found))


def _is_idle(made: Layer | Chain) -> bool:
    """Return whether a window of a layer reads only padding, which nobody wants."""
    layers = made.layers if isinstance(made, Chain) else (made,)
    return any(low >= axis.reach for one in layers for axis, (low, _) in zip(one.axes, one.padding, strict=True))


def _of_input(asked: _Asked) -> Wish | None:
    """Return the nearest input size, changed equally on each axis, that gives the wanted output size."""
    for far in range(1, _MOST_ENLARGED // len(asked.pasted.layers) + 1):
        for by in (far, -far):
            size = tuple(n + by for n in asked.size)
            made = asked.made(asked.pasted, size) if min(size) > 0 else None
            if made is not None and made.output_size == asked.wanted:
                return Wish(f"an input of {'×'.join(map(str, size))}", made)
    return None
