"""Find the smallest changes of one option that give a wanted output size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, short
from convanim.base.records import dataclass
from convanim.layers.base import Layer, rebuilt
from convanim.layers.chain import Chain

_OPTIONS = ("output_padding", "padding", "input_size", "stride", "kernel_size", "dilation", "scale_factor")
"""The options that may be changed, the most harmless first."""

_LEAST = {"output_padding": 0, "padding": 0}
_MOST_TRIED = 64
"""How many values of an option are tried above and below its present value."""


_MOST_ENLARGED = 128
"""The most cells per axis by which a larger input is tried."""


def least_input(own: tuple[int, ...], make: Callable[[tuple[int, ...]], object]) -> str:
    """Return a phrase with the least larger input on each axis that can be made, empty if none is found.

    Parameters
    ----------
    own : tuple of int
        The size of an input that is too small.
    make : callable
        Makes all layers for an input, and raises a `ConvanimError` if it cannot.
    """

    def fits(size: tuple[int, ...]) -> bool:
        try:
            make(size)
        except ConvanimError:
            return False
        return True

    enlarged = (tuple(n + more for n in own) for more in range(1, _MOST_ENLARGED))
    found = next(filter(fits, enlarged), None)
    if found is None:
        return ""
    for at, n in enumerate(own):
        before, after = found[:at], found[at + 1 :]
        found = next(size for one in range(n, found[at] + 1) if fits(size := (*before, one, *after)))
    return f"; all layers fit an `input_size` of {short(found)}"


@dataclass(frozen=True)
class Change:
    """A new value for one option.

    Attributes
    ----------
    option : str
        Name of the option.
    value : tuple
        The new value, per axis.
    layer : Layer or Chain
        The changed layer or chain.
    number : int or None
        The number of the changed layer of a chain, counted from 1.
    """

    option: str
    value: tuple[Any, ...]
    layer: Layer | Chain
    number: int | None = None

    @property
    def said(self) -> str:
        """The option with its value: ``output_padding=1``, ``padding=0:1``."""
        return f"{self.option}={short(self.value)}"


def changes(layer: Layer | Chain, wanted: Sequence[int]) -> Iterator[Change]:
    """Yield changes that give a layer or a chain a wanted output size, the most harmless first.

    Each changes one option as little as possible, and only on axes that need it.

    Parameters
    ----------
    layer : Layer or Chain
        What has another output size.
    wanted : sequence of int
        The output size, one number per axis.
    """
    if isinstance(layer, Chain):
        # A change within one branch would part it from the others.
        yield from () if layer.is_branched else _in_chain(layer, tuple(wanted))
        return
    found = [change for option in _OPTIONS if (change := _changed(layer, option, tuple(wanted)))]
    if not {"padding", "output_padding"} & {change.option for change in found} and "padding" in layer.options:
        uneven = _found(layer, "padding", tuple(wanted), _uneven)
        found = [*filter(None, [uneven]), *found]
    yield from found


def _changed(layer: Layer, option: str, wanted: tuple[int, ...]) -> Change | None:
    """Return the smallest change of an option that gives the wanted size, or None."""
    own = getattr(layer, option, None)
    if own is None or (option != "input_size" and option not in layer.options):
        return None
    if option == "padding":
        return _found(layer, option, wanted, _both_ends)
    return _found(layer, option, wanted, lambda value, by: value + by if value + by >= _LEAST.get(option, 1) else None)


def _both_ends(value: Any, by: int) -> Any:
    low, high = value
    even = max(low, high) + by
    return (even, even) if even >= 0 else None


def _uneven(value: Any, by: int) -> Any:
    """Return padding that differs at its end only, which leaves the first cell in place."""
    low, high = value
    return (low, high + by) if high + by >= 0 else None


def _found(layer: Layer, option: str, wanted: tuple[int, ...], moved: Callable[[Any, int], Any]) -> Change | None:
    """Return the smallest change of an option on all axes that need one, or None."""
    value = list(getattr(layer, option))
    for number, size in enumerate(wanted):
        if layer.output_size[number] == size:
            continue
        own = value[number]
        tried = _line(layer, option, number, size) if option == "input_size" else _around()
        fitting = None
        for by in tried:
            other = moved(own, by)
            if other is None:
                continue
            made = _rebuilt(layer, option, [*value[:number], other, *value[number + 1 :]])
            if made is not None and made.output_size[number] == size:
                fitting = other
                break
        if fitting is None:
            return None
        value[number] = fitting
    made = _rebuilt(layer, option, value)
    return None if made is None or made.output_size != wanted else Change(option, tuple(value), made)


def _around() -> Iterator[int]:
    """Yield the differences 1, -1, 2, -2 and so on."""
    for far in range(1, _MOST_TRIED):
        yield far
        yield -far


def _line(layer: Layer, option: str, number: int, size: int) -> Iterator[int]:
    """Yield differences of the input size that may give an output size, found by binary search."""
    own = layer.input_size[number]
    low, high = 1, LIMIT
    while low < high:
        middle = (low + high) // 2
        made = _rebuilt(layer, option, [*layer.input_size[:number], middle, *layer.input_size[number + 1 :]])
        if made is None or made.output_size[number] < size:
            low = middle + 1
        else:
            high = middle
    # Several input sizes may give the output size; the nearest to the present one comes first.
    yield from sorted((low + more - own for more in range(_MOST_TRIED)), key=abs) if low < own else (low - own,)


def _rebuilt(layer: Layer, option: str, value: Sequence[Any]) -> Layer | None:
    try:
        made: Layer = rebuilt(layer, **{option: tuple(value)})
    except ConvanimError:
        return None
    return made


def _in_chain(chain: Chain, wanted: tuple[int, ...]) -> Iterator[Change]:
    """Yield changes of one layer of a chain, the last layer first; only the first may change its input size."""
    needed = wanted
    for at in reversed(range(len(chain.layers))):
        layer = chain.layers[at]
        for option in _OPTIONS:
            change = _changed(layer, option, needed) if option != "input_size" or at == 0 else None
            made = _continued(chain, at, change.layer) if change else None
            if change and made and made.output_size == wanted:
                yield Change(option, change.value, made, at + 1)
        if layer.output_size != needed:
            # The output size that the layers before must have for the rest to give the wanted one.
            resized = _changed(layer, "input_size", needed)
            if resized is None:
                return
            needed = resized.value
        else:
            needed = layer.input_size


def _continued(chain: Chain, at: int, changed: Any) -> Chain | None:
    """Return a chain with one layer changed, and later ones resized to fit; None if they do not."""
    layers = [*chain.layers[:at], changed]
    for layer in chain.layers[at + 1 :]:
        made = _rebuilt(layer, "input_size", layers[-1].output_size)
        if made is None:
            return None
        layers.append(made)
    try:
        return Chain(layers)
    except ConvanimError:
        return None
