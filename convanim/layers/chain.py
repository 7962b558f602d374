"""Layers in sequence: the output of one is the input of the next, unless branches lead around some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import message
from convanim.base.options import composed, flag, short, spelled
from convanim.base.records import dataclass
from convanim.layers.base import ROWS_COLUMNS, Layer
from convanim.layers.branching import Sources, checked_sources, in_sequence, refuse_apart, said_tensor, spans
from convanim.layers.grouping import Grouping
from convanim.layers.join import Join, Shape
from convanim.layers.unpool import MaxUnpool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_LAYERS = 64
"""The largest number of layers of a chain; a picture of more would be unreadable."""

_DEEPEST = 6
"""The largest number of axes of weights, plus one."""

_MOST_WAYS = 3
"""The largest number of solutions that an error suggests."""

_LONGEST_NAME = 24
"""The most letters of a name, which stands beside the planes of its tensor."""

_MOST_FOLLOWED = 1_000_000
"""The largest number of cells traced for an exact receptive field; beyond it, the field is an upper bound."""


@dataclass(frozen=True, init=False)
class Chain:
    """Layers in sequence; each takes the output of the one before, unless ``sources`` says otherwise.

    Parameters
    ----------
    layers : sequence of Layer
        At least one, in order.
    kernels : sequence, optional
        The weights of each layer, as nested rows; None for those not given.
    compared : Layer, optional
        A layer with the same input and output sizes, whose output the result
        is compared with.
    compared_kernel : sequence, optional
        The weights of that layer.
    returns : bool
        Whether the result is compared with the input itself.
    sources : sequence, optional
        For each layer the tensors that it reads: 0 for the input, and the
        number of a layer, counted from 1, for its output; None for the output
        of the layer before. Layers such as `Add` read several.
    names : sequence of str, optional
        What the output of each layer is called; nothing for its number.

    Raises
    ------
    ConvanimError
        If a layer cannot take the output of the one before, or the sizes
        that are compared differ.

    Examples
    --------
    >>> from convanim.layers import Add, Conv
    >>> chain = Chain([Conv(9, 3, padding=1), Conv(9, 3, dilation=2)])
    >>> chain.output_size, chain.receptive_field, chain.parameters
    ((5, 5), (7, 7), 18)

    A residual block, whose last layer adds its input to what two layers make:

    >>> layer = Conv(5, 3, padding=1)
    >>> Chain([layer, layer, Add(5, [1, 1])], sources=[None, None, (2, 0)]).is_branched
    True
    """

    operation: ClassVar[str] = "chain"
    title: ClassVar[str] = message("chain")

    layers: tuple[Layer, ...]
    kernels: tuple[Any, ...]
    compared: Layer | None
    compared_kernel: Any
    returns: bool
    sources: Sources
    names: tuple[str, ...]

    def __init__(
        self,
        layers: Iterable[Layer],
        kernels: Sequence[object] | None = None,
        compared: Layer | None = None,
        compared_kernel: object = None,
        returns: bool = False,
        sources: Sequence[Sequence[int] | int | None] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        try:
            found = tuple(islice(layers, MOST_LAYERS + 1))
        except TypeError:
            found = ()
        self._refuse_unchained(found)
        read = checked_sources(found, sources)
        called = ("",) * len(found) if names is None else tuple(names) if isinstance(names, list | tuple) else ()
        if len(called) != len(found) or not all(isinstance(name, str) for name in called):
            raise ConvanimError("names", "", f"must be a list of {len(found)} words, one a layer")
        called = tuple(composed("names", name, _LONGEST_NAME) for name in called)
        self._refuse_unfit(found, read, called)
        given: Sequence[object] = (None,) * len(found) if kernels is None else kernels
        if not isinstance(given, list | tuple):
            raise ConvanimError("kernels", "", "must be a list with one kernel a layer, or None each")
        if compared is not None and not isinstance(compared, Layer):
            raise ConvanimError("compared", "", "must be one layer such as convanim.Conv(5, 3)")
        if len(given) != len(found):
            raise ConvanimError("kernels", "", f"are {len(given)} for {len(found)} layers; give one a layer, or None")
        for name, value in (
            ("layers", found),
            ("kernels", tuple(_rows(kernel) for kernel in given)),
            ("compared", compared),
            ("compared_kernel", _rows(compared_kernel)),
            ("returns", flag("returns", returns)),
            ("sources", read),
            ("names", called),
        ):
            object.__setattr__(self, name, value)
        self._refuse_incomparable()

    @property
    def dims(self) -> int:
        """Number of axes: 1, 2 or 3."""
        return self.layers[0].dims

    @property
    def input_size(self) -> tuple[int, ...]:
        """Size of the first layer's input, per axis."""
        return self.layers[0].input_size

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the last layer's output, per axis."""
        return self.layers[-1].output_size

    @property
    def grouping(self) -> Grouping:
        """The channels of the input and of the output."""
        return Grouping(self.layers[0].grouping.in_channels, self.layers[-1].grouping.out_channels)

    @property
    def has_channels(self) -> bool:
        """Whether any layer has channels."""
        return any(layer.has_channels for layer in self.layers)

    @property
    def is_branched(self) -> bool:
        """Whether any layer reads something else than the output of the one before."""
        return self.sources != in_sequence(len(self.layers))

    @property
    def is_of_passes(self) -> bool:
        """Whether it is a pass along columns and one along rows, in some order."""
        sizes = [layer.kernel_size for layer in self.layers]
        if len(sizes) != 2 or self.dims != 2 or not all(layer.is_weighted for layer in self.layers):
            return False
        (rows, columns), (other_rows, other_columns) = sizes
        return columns == other_rows == 1 or rows == other_columns == 1

    @property
    def standard(self) -> Layer | None:
        """The single layer with other weights that the chain replaces, if there is one."""
        return None

    @property
    def parameters(self) -> int:
        """Number of weights and biases of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiplications(self) -> int:
        """Number of multiplications of all layers in one pass."""
        return sum(layer.multiplications for layer in self.layers)

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """The largest span of input cells that one output can see, per axis."""
        return self.receptive_fields()[0]

    def receptive_fields(self) -> tuple[tuple[int, ...], ...]:
        """Return the span of cells that one final output can see, of the input and of each layer's output.

        Padding and the ends of the input are ignored.
        """
        if self.is_branched:
            by_axis = [spans(self.layers, self.sources, number) for number in range(self.dims)]
        else:
            by_axis = [self._fields(number) for number in range(self.dims)]
        return tuple(zip(*by_axis, strict=True))

    def _fields(self, number: int) -> list[int]:
        """Return the receptive fields along one axis, that of the input first.

        If a layer spreads its input, the field depends on which of its outputs
        are seen, so each of them is traced separately.
        """
        counted = [1]
        for layer in reversed(self.layers):
            counted.append(layer.field(number, counted[-1]))
        places = prod(layer.spacing(number) for layer in self.layers)
        if places == 1 or places * max(counted) > _MOST_FOLLOWED:
            return counted[::-1]
        extents = [0] * len(counted)
        for output in range(places):
            cells = {output}
            for level in range(len(counted)):
                if level:
                    cells = {one for cell in cells for one in self.layers[-level].inputs(number, cell)}
                extents[level] = max(extents[level], max(cells) - min(cells) + 1 if cells else 0)
        return extents[::-1]

    def _refuse_unchained(self, layers: tuple[Layer, ...]) -> None:
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise ConvanimError("layers", "", "must be layers such as convanim.Conv(5, 3), at least one")
        if len(layers) > MOST_LAYERS:
            raise ConvanimError("layers", "", f"are more than {MOST_LAYERS}, the most that a chain has")
        for number, layer in enumerate(layers, 1):
            if len(layers) > 1 and isinstance(layer, MaxUnpool) and layer.indices is None:
                raise ConvanimError(
                    "layers",
                    "",
                    f"lack the indices of layer {number}, which say where its values were taken from; "
                    "give them, as in 'max-unpool k2 indices=0,3,8,11'",
                )

    @staticmethod
    def _refuse_unfit(layers: tuple[Layer, ...], sources: Sources, names: tuple[str, ...]) -> None:
        """Raise if a layer cannot take what it reads."""
        first = layers[0]
        made: list[Shape] = [(first.source_channels(0), first.input_size)]
        for number, (layer, read) in enumerate(zip(layers, sources, strict=True), 1):
            shapes = [made[one] for one in read]
            if isinstance(layer, Join):
                refuse_apart(type(layer), shapes, [said_tensor(one, names) for one in read], number)
            for place, (one, (channels, size)) in enumerate(zip(read, shapes, strict=True)):
                taken = layer.source_channels(place)
                held = layers[one - 1].output_mask if one else None
                if size != layer.source_size(place):
                    raise ConvanimError("layers", "", _unmatched(one, layers[one - 1] if one else None, number, layer))
                if layer.input_mask is not None and held is not None:
                    _refuse_other_cells(one, number, layer.input_mask, held)
                if channels != taken:
                    giver = f"layer {one} makes" if one else "the input has"
                    raise ConvanimError(
                        "layers",
                        "",
                        f"do not fit: {giver} {channels} channels, "
                        f"but layer {number} takes {taken}; make the two the same",
                    )
            made.append((layer.grouping.out_channels, layer.output_size))

    def _refuse_incomparable(self) -> None:
        if self.is_branched and (self.returns or self.compared):
            raise ConvanimError("compared", "", "is for layers in sequence, and these have branches; leave it out")
        if self.returns and self.output_size != self.input_size:
            raise ConvanimError(
                "layers",
                "",
                f"lead from {spelled(self.input_size)} to {spelled(self.output_size)}, "
                "which cannot be compared; the sizes must be the same",
            )
        made = (self.grouping.in_channels, self.grouping.out_channels)
        if self.returns and made[0] != made[1]:
            raise ConvanimError(
                "layers",
                "",
                f"lead from {made[0]} to {made[1]} channels, which cannot be compared; make the two the same",
            )
        other = self.compared
        if other and (other.input_size, other.output_size) != (self.input_size, self.output_size):
            raise ConvanimError(
                "compared", "", f"must lead from {spelled(self.input_size)} to {spelled(self.output_size)} as the chain"
            )
        if other and (other.grouping.in_channels, other.grouping.out_channels) != made:
            raise ConvanimError("compared", "", f"must lead from {made[0]} to {made[1]} channels as the chain")


def _unmatched(giver: int, one: Layer | None, number: int, other: Layer) -> str:
    """Return an error message: what a layer reads, perhaps the input, does not fit it, and what would help."""
    # Imported here because that module imports this one.
    from convanim.layers.wanted_sizes import changes

    taken = other.input_size
    if one is None:
        return (
            f"do not fit: layer {number} takes {spelled(taken)}, which is not the input's size; make the two the same"
        )
    made = one.output_size
    said = f"do not fit: layer {giver} makes {spelled(made)}, but layer {number} takes {spelled(taken)}; "
    if len(made) != len(taken):
        return said + "make the two the same"
    axis = next(at for at, (a, b) in enumerate(zip(made, taken, strict=True)) if a != b)
    ways = [f"`{way.option}={short(way.value)}`" for way in islice(changes(one, taken), _MOST_WAYS)]
    mended = f"in layer {giver} use {' or '.join(ways)}" if ways else "make the two the same"
    return f"{said}{ROWS_COLUMNS[one.dims][axis]}: {one.filled(axis)}, not {taken[axis]}; {mended}"


def _refuse_other_cells(before: int, number: int, read: NDArray[np.bool_], made: NDArray[np.bool_]) -> None:
    """Raise if a sparse layer reads other cells than the one that it reads makes."""
    if (read != made).any():
        raise ConvanimError(
            "layers",
            "",
            f"do not fit: layer {before} makes {int(made.sum())} active cells, "
            f"and layer {number} reads {int(read.sum())} that are not those; leave out its `active`",
        )


def _rows(kernel: Any, depth: int = _DEEPEST) -> Any:
    """Return nested rows as tuples, which are immutable; rows too deep for a kernel are refused later."""
    listed = kernel.tolist() if hasattr(kernel, "tolist") else kernel
    return tuple(_rows(row, depth - 1) for row in listed) if isinstance(listed, list | tuple) and depth else listed
