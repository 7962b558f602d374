"""What the names of frameworks mean: layers, padding and cropping by themselves, and what keeps sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, Pair, padding_pairs, quoted, short
from convanim.frameworks.binding import ANYTHING, Signature
from convanim.frameworks.spelling import NoCode
from convanim.layers import Chain, ConvTranspose, Layer

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """What reaches a layer.

    Attributes
    ----------
    size : tuple of int
        (rows, columns), or as many axes as there are.
    channels : int or None
        How many, where that is known.
    kernel_size : int, tuple of int or None
        Of the layer, where the text does not say it and the user does.
    """

    size: tuple[int, ...]
    channels: int | None = None
    kernel_size: Any = None


@dataclass(frozen=True)
class Edges:
    """Padding, or cropping where it is negative, that stands as a layer of its own.

    Attributes
    ----------
    pairs : tuple of (int, int)
        Cells before and after, an axis.
    mode : str
        What padding holds, as for `Conv`; ``"lowest"`` is −∞.
    """

    pairs: tuple[Pair, ...]
    mode: str = "zeros"


Reach = tuple[tuple[int, ...] | None, int | None]
"""The size and the channels of an input, where they are known."""

Build = Callable[[Arguments, Input], "Layer | Chain"]


@dataclass(frozen=True)
class Kind:
    """What one name means.

    Attributes
    ----------
    signature : Signature
        The arguments that it takes.
    dims : int or None
        Axes, where the name tells them.
    build : callable, optional
        Arguments and input to a layer; the input has the right number of axes.
    edges : callable, optional
        Arguments to padding or cropping.
    axes : callable, optional
        Arguments to the number of axes, where the name does not tell it.
    reach : callable, optional
        Arguments to the size and the channels of the input; either may be None.
    ends : str
        Why a chain of layers ends before it, if it does.
    """

    signature: Signature = ANYTHING
    dims: int | None = None
    build: Build | None = None
    edges: Callable[[Arguments], Edges] | None = None
    axes: Callable[[Arguments], int | None] | None = None
    reach: Callable[[Arguments], Reach] | None = None
    ends: str = ""


@dataclass(frozen=True)
class Described:
    """A layer of a framework but for its input.

    Attributes
    ----------
    framework, name : str
        Such as ``"torch"`` and ``"Conv2d"``.
    kind : Kind
        What the name means.
    arguments : dict
        By the framework's own names.
    place : str
        Where it stands in a text, if in any.
    """

    framework: str
    name: str
    kind: Kind
    arguments: Arguments
    place: str = ""


@dataclass(frozen=True)
class Pasted:
    """What a text says.

    Attributes
    ----------
    layers : tuple of Described
        In order.
    framework : str
        Which it is written for.
    input_size, channels
        Of the input, where the text says them.
    notes : tuple of str
        What a reader should know of how it was read.
    kept : tuple of str
        Names of what keeps sizes and is passed over.
    """

    layers: tuple[Described, ...]
    framework: str
    input_size: tuple[int, ...] | None = None
    channels: int | None = None
    notes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Framework:
    """One framework: how its code is read and written.

    Attributes
    ----------
    title : str
        What it is called.
    kinds : mapping
        What each of its names means.
    modules : tuple of str
        First names of its modules; they tell it apart from others.
    read : callable, optional
        A value of the text to the call of one of ``kinds`` that it stands for, or to itself.
    write : callable
        Layers in order to their code, or why there is none.
    """

    title: str
    kinds: Mapping[str, Kind]
    modules: tuple[str, ...] = ()
    read: Callable[[Any], Any] | None = None
    write: Callable[[tuple[Layer, ...]], str | NoCode] = field(kw_only=True)


def transposed(
    given: Input,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    taken: Sequence[Pair],
    **channels: Any,
) -> ConvTranspose:
    """Return a transposed convolution of which some cells are taken at both ends; fewer than none are added there.

    Raises
    ------
    ConvanimError
        If cells are added before the output, or as many as the stride behind it.
    """
    if any(low < 0 for low, _ in taken):
        raise ConvanimError(
            "padding", short(taken), "adds cells before the output, which a transposed convolution does not do"
        )
    padding = tuple((low, max(high, 0)) for low, high in taken)
    added = tuple(max(-high, 0) for _, high in taken)
    return ConvTranspose(given.size, kernel_size, stride, padding, added, dilation, **channels)


KEEPS = Kind()
"""Of what leaves sizes and cells where they are."""


def ends_of(first: Any, dims: int) -> tuple[Pair, ...]:
    """Return pairs from all beginnings, then all ends, as ONNX lists them.

    Raises
    ------
    ConvanimError
        If there are not two an axis.
    """
    if not isinstance(first, tuple) or len(first) != 2 * dims:
        raise ConvanimError("padding", quoted(first), f"must be {2 * dims} numbers, all beginnings and then all ends")
    return padding_pairs("padding", tuple(zip(first[:dims], first[dims:], strict=True)), dims)


def last_axis_first(option: str, written: Any, dims: int) -> tuple[Pair, ...]:
    """Return pairs from the ends of the last axis, then of the one before it, as PyTorch's padding layers list them.

    One number is for all ends; negative ones crop.

    Raises
    ------
    ConvanimError
        If there are not two an axis.
    """
    ends = written if isinstance(written, tuple) else (written,) * 2 * dims
    if len(ends) != 2 * dims or not all(isinstance(end, int) and abs(end) <= LIMIT for end in ends):
        raise ConvanimError(option, quoted(written), f"must be one whole number, or {2 * dims} of them")
    return tuple(zip(ends[::2], ends[1::2], strict=True))[::-1]
