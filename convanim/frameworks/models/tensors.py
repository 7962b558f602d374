"""What is known of a tensor before anything is computed, and the few numbers that sizes are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from convanim.frameworks.models.seen import Field
from convanim.frameworks.models.stored import MOST_DIMS, Dims, Node, Numbers

MOST_NUMBERS = 1024
"""Numbers of a tensor that are worked with; sizes and factors are fewer."""

_LARGEST = 2**48
"""Cells along an axis, or a number that says how many."""


FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    StopIteration,
    TypeError,
    ValueError,
)
"""How a rule fails where an input is not known, or the attributes are those of a damaged file."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """What is known of a tensor.

    Attributes
    ----------
    dims : tuple of int
        Its shape.
    field : Field or None
        What its cells see of the model's input; None where that is not known.
    numbers : array or None
        What it holds, where that is known and little.
    """

    dims: Dims
    field: Field | None
    numbers: Numbers | None = None

    @classmethod
    def constant(cls, dims: Dims, numbers: Numbers | None = None) -> Tensor:
        """Return a tensor that depends on no input."""
        return cls(dims, Field((None,) * len(dims)), numbers)


Given = Sequence[Tensor | None]
"""What goes into an operation, None where nothing is known of it."""


def first_of(given: Given, place: int = 0) -> Tensor:
    """Return what is known of what goes in first, or at another place.

    Raises
    ------
    IndexError, ValueError
        If nothing is.
    """
    found = given[place]
    if found is None:
        raise ValueError("nothing is known of what goes in")
    return found


def checked(tensor: Tensor) -> Tensor:
    """Return a tensor whose shape can be.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if len(tensor.dims) > MOST_DIMS or not all(0 <= n <= _LARGEST for n in tensor.dims):
        raise ValueError("no such shape")
    if tensor.numbers is not None and tensor.numbers.size > MOST_NUMBERS:
        return Tensor(tensor.dims, tensor.field)
    return tensor


def listed(tensor: Tensor | None) -> list[int]:
    """Return the whole numbers of a tensor.

    Raises
    ------
    ValueError
        If they are not known.
    """
    if tensor is None or tensor.numbers is None:
        raise ValueError("numbers that are not known")
    return [int(number) for number in tensor.numbers.reshape(-1)]


def asked(node: Node, given: Sequence[Tensor | None], name: str, place: int) -> list[int] | None:
    """Return numbers that older models have as an attribute and newer ones as an input; None where there are none.

    Raises
    ------
    ValueError
        If they are an input that is not known.
    """
    if name in node.attributes:
        return list(node.attributes[name])
    return listed(given[place]) if len(node.inputs) > place and node.inputs[place] else None


def _gathered(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    axis = node.attributes.get("axis", 0)
    if prod(its[0].shape) * max(its[1].size, 1) > MOST_NUMBERS**2:
        return None
    return np.take(its[0], its[1].astype(np.int64), axis=axis)


def _sliced(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    values = its[0]
    for axis, part in slices(node, [Tensor.constant(one.shape, one) for one in its]).items():
        values = values[(slice(None),) * axis + (slice(*part),)]
    return values


def slices(node: Node, given: Sequence[Tensor | None]) -> dict[int, tuple[int, int | None, int]]:
    """Return where a Slice begins and ends and its step, by axis, for an axis of the size that its input has.

    Raises
    ------
    ValueError
        If that is not known, or cannot be.
    """
    first = given[0]
    starts, ends = asked(node, given, "starts", 1), asked(node, given, "ends", 2)
    if first is None or starts is None or ends is None:
        raise ValueError("a slice that is not known")
    axes = asked(node, given, "axes", 3) or list(range(len(starts)))
    steps = asked(node, given, "steps", 4) or [1] * len(starts)
    found: dict[int, tuple[int, int | None, int]] = {}
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        own = first.dims[axis]
        low, high, by = slice(start, end, step).indices(own)
        found[axis % len(first.dims)] = (low, None if high < 0 else high, by)
    return found


def _unsqueezed(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    axes = node.attributes.get("axes") or its[1].reshape(-1).tolist()
    return np.expand_dims(its[0], tuple(int(axis) for axis in axes))


def _squeezed(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    axes = node.attributes.get("axes") or (its[1].reshape(-1).tolist() if len(its) > 1 else None)
    return np.squeeze(its[0], None if axes is None else tuple(int(axis) for axis in axes))


def _ranged(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    first, last, step = (one.item() for one in its)
    if not 0 <= (last - first) / step <= MOST_NUMBERS:
        return None
    return np.arange(first, last, step)


def _filled(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    sizes = its[0].reshape(-1).tolist()
    if prod(sizes) > MOST_NUMBERS or len(sizes) > MOST_DIMS:
        return None
    value = node.attributes.get("value")
    numbers = None if value is None else value.numbers
    return np.full(sizes, 0.0 if numbers is None else numbers.reshape(-1)[0])


def _cast(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    kinds = {1: np.float32, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}
    return its[0].astype(kinds[node.attributes["to"]])


def _divided(node: Node, its: Sequence[Numbers]) -> Numbers | None:
    if its[0].dtype.kind == "f":
        return np.asarray(its[0] / its[1])
    return np.asarray(np.trunc(its[0] / its[1]).astype(its[0].dtype))


_PLAIN: Mapping[str, Callable[..., Any]] = {
    "Identity": np.copy,
    "Where": np.where,
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Min": lambda *its: np.min(np.stack(np.broadcast_arrays(*its)), axis=0),
    "Max": lambda *its: np.max(np.stack(np.broadcast_arrays(*its)), axis=0),
    "Mod": np.mod,
    "Neg": np.negative,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Sqrt": np.sqrt,
    "Equal": np.equal,
    "Greater": np.greater,
    "Less": np.less,
    "Not": np.logical_not,
}
"""Operations that are NumPy's own."""

_COMPUTED: Mapping[str, Callable[[Node, Sequence[Numbers]], Numbers | None]] = {
    "Gather": _gathered,
    "Slice": _sliced,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Range": _ranged,
    "ConstantOfShape": _filled,
    "Cast": _cast,
    "Div": _divided,
    "Concat": lambda node, its: np.concatenate(its, axis=node.attributes["axis"]),
    "Transpose": lambda node, its: its[0].transpose(node.attributes.get("perm")),
    "Reshape": lambda node, its: its[0].reshape([int(n) for n in its[1].reshape(-1)]),
}
"""How the numbers that sizes are made of are computed; whatever else there is, sizes hardly ever need."""


def computed(node: Node, given: Sequence[Tensor | None]) -> Numbers | None:
    """Return what an operation makes of a few numbers, None where they are not known.

    Raises
    ------
    ArithmeticError, LookupError, TypeError, ValueError
        If the numbers or the attributes are not right.
    """
    if node.domain or not given or len(given) > MOST_NUMBERS:
        return None
    numbers = [one.numbers for one in given if one is not None and one.numbers is not None]
    if len(numbers) < len(given) or sum(one.size for one in numbers) > MOST_NUMBERS:
        return None
    with np.errstate(all="ignore"):
        if node.operation in _COMPUTED:
            return _COMPUTED[node.operation](node, numbers)
        if node.operation in _PLAIN and _broadcast_size(numbers) <= MOST_NUMBERS:
            return np.asarray(_PLAIN[node.operation](*numbers))
    return None


def _broadcast_size(numbers: Sequence[Numbers]) -> int:
    """Return how many numbers come out where all meet all; few small arrays may make many."""
    return prod(np.broadcast_shapes(*(one.shape for one in numbers)))
