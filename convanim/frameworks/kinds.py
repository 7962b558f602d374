"""Types that describe frameworks: their kinds of layers, and layers read from their code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, Pair, padding_pairs, quoted, short
from convanim.base.records import dataclass
from convanim.frameworks.binding import ANYTHING, Signature
from convanim.frameworks.spelling import NoCode
from convanim.layers import Chain, ConvTranspose, Layer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """The input of a layer.

    Attributes
    ----------
    size : tuple of int
        Spatial size, such as (rows, columns).
    channels : int or None
        Number of channels, if known.
    kernel_size : int, tuple of int or None
        The layer's kernel size, if the user gives it instead of the text.
    mask : array of bool or None
        The cells that hold something, if the layer before says so.
    """

    size: tuple[int, ...]
    channels: int | None = None
    kernel_size: Any = None
    mask: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Edges:
    """Padding that is a layer of its own; negative padding crops.

    Attributes
    ----------
    pairs : tuple of (int, int)
        Cells before and after, per axis.
    mode : str
        Padding mode, as for `Conv`; ``"lowest"`` pads with −∞.
    """

    pairs: tuple[Pair, ...]
    mode: str = "zeros"


Reach = tuple[tuple[int, ...] | None, int | None]
"""The size and the channels of an input, each None if unknown."""

Build = Callable[[Arguments, Input], "Layer | Chain"]


@dataclass(frozen=True)
class Kind:
    """The meaning of one name of a framework.

    Attributes
    ----------
    signature : Signature
        Its parameters.
    dims : int or None
        Number of spatial axes, if the name gives it.
    build : callable, optional
        Makes a layer from arguments and an input with the right number of axes.
    edges : callable, optional
        Makes padding or cropping from arguments.
    axes : callable, optional
        Finds the number of axes from arguments, if the name does not give it.
    reach : callable, optional
        Finds the size and the channels of the input from arguments, each or None.
    numbers : callable, optional
        Finds the numbers of the input and of the kernel in arguments, each or None.
    ends : str
        Reason for a chain of layers to end before it, if it does.
    is_drawn : bool
        Whether there is a layer for it; otherwise ``build`` says why there is none.
    """

    signature: Signature = ANYTHING
    dims: int | None = None
    build: Build | None = None
    edges: Callable[[Arguments], Edges] | None = None
    axes: Callable[[Arguments], int | None] | None = None
    reach: Callable[[Arguments], Reach] | None = None
    numbers: Callable[[Arguments], tuple[Any, Any]] | None = None
    ends: str = ""
    is_drawn: bool = True


@dataclass(frozen=True)
class Described:
    """A layer of a framework, without its input.

    Attributes
    ----------
    framework, name : str
        Names of the framework and of the layer, such as ``"torch"`` and ``"Conv2d"``.
    kind : Kind
        Meaning of the name.
    arguments : dict
        Arguments by the framework's own names.
    place : str
        Place in a text, if it is from one.
    """

    framework: str
    name: str
    kind: Kind
    arguments: Arguments
    place: str = ""


@dataclass(frozen=True)
class Pasted:
    """The layers read from a text.

    Attributes
    ----------
    layers : tuple of Described
        The layers, in order.
    framework : str
        Framework of the text.
    input_size, channels
        Size and channels of the input, if the text gives them.
    notes : tuple of str
        Sentences on how the text was read.
    kept : tuple of str
        Names of skipped layers, which keep sizes.
    """

    layers: tuple[Described, ...]
    framework: str
    input_size: tuple[int, ...] | None = None
    channels: int | None = None
    notes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[Any, Any]:
        """The numbers of the input and of the kernel that the text of a single layer gives, each or None."""
        find = self.layers[0].kind.numbers if len(self.layers) == 1 else None
        return (None, None) if find is None else find(self.layers[0].arguments)


@dataclass(frozen=True)
class Framework:
    """How the code of a framework is read and written.

    Attributes
    ----------
    title : str
        Name for display.
    kinds : mapping
        Meaning of each of its names.
    modules : tuple of str
        First parts of its module names, which distinguish it from other frameworks.
    read : callable, optional
        Maps a value of the text to the call of one of ``kinds`` that it means, or to itself.
    write : callable
        Maps layers in order to their code, or to the reason why there is none.
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
    """Return a transposed convolution whose output is cropped by ``taken``; negative numbers add cells.

    Raises
    ------
    ConvanimError
        If cells are added before the output, or too many after it.
    """
    if any(low < 0 for low, _ in taken):
        raise ConvanimError(
            "padding", short(taken), "adds cells before the output, which a transposed convolution does not do"
        )
    padding = tuple((low, max(high, 0)) for low, high in taken)
    added = tuple(max(-high, 0) for _, high in taken)
    return ConvTranspose(given.size, kernel_size, stride, padding, added, dilation, **channels)


KEEPS = Kind()
"""The kind of layers that keep sizes and places of cells."""


def ends_of(first: Any, dims: int) -> tuple[Pair, ...]:
    """Return pairs per axis from ONNX's order, which is all beginnings and then all ends.

    Raises
    ------
    ConvanimError
        If there are not two an axis.
    """
    if not isinstance(first, tuple) or len(first) != 2 * dims:
        raise ConvanimError("padding", quoted(first), f"must be {2 * dims} numbers, all beginnings and then all ends")
    return padding_pairs("padding", tuple(zip(first[:dims], first[dims:], strict=True)), dims)


def last_axis_first(option: str, written: Any, dims: int) -> tuple[Pair, ...]:
    """Return pairs per axis from the order of PyTorch's padding layers, which begins with the last axis.

    One number applies to all ends; negative numbers crop.

    Raises
    ------
    ConvanimError
        If there are not two an axis.
    """
    ends = written if isinstance(written, tuple) else (written,) * 2 * dims
    if len(ends) != 2 * dims or not all(isinstance(end, int) and abs(end) <= LIMIT for end in ends):
        raise ConvanimError(option, quoted(written), f"must be one whole number, or {2 * dims} of them")
    return tuple(zip(ends[::2], ends[1::2], strict=True))[::-1]
