"""Sparse convolution: only cells that hold something are read, and only outputs that see one are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from convanim.base.errors import ConvanimError
from convanim.base.language import counted, message, translated
from convanim.base.later import np
from convanim.base.options import Padding, Size, flag, padding_pairs, quoted, short, spelled, whole
from convanim.base.records import dataclass
from convanim.layers.axis import Axis, sliding
from convanim.layers.parameters import sized
from convanim.layers.phrases import Phrases
from convanim.layers.weighted import Weighted

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CELLS = 1_000_000
"""The largest number of cells of a sparse input."""

USUAL_SHARE = "25%"
"""How many cells are active, at random, where nothing is said of them."""

Cell = tuple[int, ...]
Mask: TypeAlias = "NDArray[np.bool_]"


_SPARSE = (
    message("a sparse convolution: {what}"),
    message("only where it covers an active cell, a cell of {output} is made of the active cells, {count} in all"),
)
_CHANGES = {
    "stays": message("the set stays: {input} input cells, {output} output cells"),
    "grows": message("the set grows: {input} input cells, {output} output cells"),
    "does not grow": message("the set does not grow: {input} input cells, {output} output cells"),
}
"""What an explanation says of the active cells, by what becomes of them."""

_SUBMANIFOLD = (
    message("a submanifold convolution: {what}"),
    message("only where its middle cell is active, a cell of {output} is made of the active cells, {count} in all"),
)
"""The beginning and the end of the sentence about each kind."""


@dataclass(frozen=True, init=False)
class SparseConv(Weighted):
    """A convolution over active cells, as spconv's ``SparseConv2d`` and ``SubMConv2d`` for one to three axes.

    An output cell is active if its window covers an active input cell, so
    that the active set grows from layer to layer. A submanifold convolution
    makes only those whose own input cell, in the middle of the window, is
    active, so that the set stays (Graham and van der Maaten,
    arXiv:1706.01307). Inactive cells are neither read nor made, and an active
    output has the bias.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    kernel_size, stride, dilation : int or sequence of int
        One number, or one per axis.
    padding : int or sequence, optional
        As for `Conv`, without words; none by default. A submanifold
        convolution has the padding that keeps the size.
    active : str or sequence of cells, optional
        The active cells, such as ``"0,0 1,3"`` or ``[(0, 0), (1, 3)]``, or
        how many of all cells are active at random, such as ``"30%"``.
    submanifold : bool
        Whether only outputs whose middle input cell is active are made.
    in_channels, out_channels, groups : int
        Numbers of channels and groups; a cell is active in all channels or in none.
    bias : bool
        Whether a number is added to each output channel.

    Raises
    ------
    ConvanimError
        If no cell is active, a cell lies outside, or a submanifold
        convolution would change the size.

    Examples
    --------
    >>> cross = SparseConv(5, 3, active="2,2", padding=1)
    >>> int(cross.output_mask.sum()), cross.multiplications
    (9, 9)
    >>> int(SparseConv(5, 3, active="2,2", submanifold=True).output_mask.sum())
    1
    """

    operation: ClassVar[str] = "sparse_conv"
    title: ClassVar[str] = message("sparse convolution")
    short_title: ClassVar[str] = message("sparse conv")
    multiplied: ClassVar[str] = ""

    dilation: tuple[int, ...]
    active: tuple[Cell, ...]
    submanifold: bool

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding | None = None,
        dilation: Size = 1,
        active: str | Iterable[Iterable[int]] | None = None,
        submanifold: bool = False,
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        self._set_sizes(input_size, kernel_size, stride)
        self._set_channels(in_channels, out_channels, groups, bias)
        self._set(dilation=sized("dilation", dilation, self.dims), submanifold=flag("submanifold", submanifold))
        if prod(self.input_size) > MOST_CELLS:
            raise ConvanimError(
                "input_size", short(self.input_size), f"has more than {MOST_CELLS} cells, the most of a sparse input"
            )
        kept = tuple((d * (k - 1) // 2,) * 2 for d, k in zip(self.dilation, self.kernel_size, strict=True))
        if self.submanifold:
            self._refuse_moved(None if padding is None else padding_pairs("padding", padding, self.dims), kept)
        given = (kept if self.submanifold else 0) if padding is None else padding
        self._set(padding=padding_pairs("padding", given, self.dims))
        self._refuse_unfit()
        self._set(active=active_cells(USUAL_SHARE if active is None else active, self.input_size))

    @classmethod
    def seeded(cls, parameters: Mapping[str, Any], seed: int, first: Any = None) -> dict[str, Any]:
        """Fill in the active cells: where not given, those of the input that are not 0; a share of all at random."""
        size = cls(**{**parameters, "active": USUAL_SHARE}).input_size
        told = parameters.get("active", USUAL_SHARE if first is None else _filled(first, size))
        return {**parameters, "active": active_cells(told, size, seed)}

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The geometry of the layer, one entry per axis."""
        return sliding(self.input_size, self.kernel_size, self.stride, self.dilation, self.padding)

    @cached_property
    def input_mask(self) -> Mask:
        """A mask of the active input cells."""
        found = np.zeros(self.input_size, bool)
        found[tuple(np.array(self.active).T)] = True
        return found

    @cached_property
    def read_counts(self) -> NDArray[np.int64]:
        """How many active cells each window covers."""
        found = self.input_mask.astype(np.int64)
        for number, axis in enumerate(self.axes):
            sources = np.array([[_source(axis, q) for q in axis.window(at)] for at in range(axis.output)])
            # The last cell, which -1 stands for, holds nothing.
            padded = np.pad(found, [(0, int(at == number)) for at in range(self.dims)])
            found = sum(np.take(padded, column, axis=number) for column in sources.T)
        return found

    @cached_property
    def output_mask(self) -> Mask:
        """A mask of the active output cells."""
        return self.input_mask if self.submanifold else self.read_counts > 0

    @property
    def multiplications(self) -> int:
        """Number of multiplications of one pass, which only active cells take part in."""
        return int(self.read_counts[self.output_mask].sum()) * prod(self.weight_size[:2])

    @property
    def remarks(self) -> tuple[str, ...]:
        """How many cells are active, before and behind."""
        return (
            translated(
                "{count} of {total} cells active → {made} outputs",
                count=len(self.active),
                total=prod(self.input_size),
                made=self._made,
            ),
        )

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The active cells, and what a layer that reads all cells multiplies."""
        dense, count = super().multiplications, int(self.output_mask.sum())
        change = "stays" if self.submanifold else "grows" if count > len(self.active) else "does not grow"
        way = translated(
            _CHANGES[change],
            input=translated("{count} of {total}", count=len(self.active), total=prod(self.input_size)),
            output=self._made,
        )
        if not count:
            way = translated("{what}; no window covers an active cell, so that nothing is made", what=way)
        more = (
            translated(
                "{count} multiplications, {ratio} times as many",
                count=dense,
                ratio=f"{dense / self.multiplications:.1f}",
            )
            if self.multiplications
            else translated("{count} multiplications", count=dense)
        )
        return (message("active"), way), (message("in a dense layer"), more)

    @property
    def _made(self) -> str:
        return translated("{count} of {total}", count=int(self.output_mask.sum()), total=prod(self.output_size))

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        over = counted(
            "{input}, of which {count} cell is active,",
            "{input}, of which {count} cells are active,",
            len(self.active),
            input=say.input(),
        )
        settings = say.settings(translated("no padding"))
        slides = translated("{what} with {settings}", what=say.slides(over), settings=settings)
        head, makes = _SUBMANIFOLD if self.submanifold else _SPARSE
        return say.clauses(translated(head, what=slides), translated(makes, output=say.output, count=self._made))

    def _refuse_moved(self, padding: object, kept: object) -> None:
        """Raise if outputs of a submanifold convolution would not stand where its inputs do."""
        if max(self.stride) > 1:
            raise ConvanimError(
                "stride",
                short(self.stride),
                "moves the cells that a submanifold convolution keeps",
                ways=("`stride=1`",),
            )
        even = next((k for k in self.kernel_size if k % 2 == 0), None)
        if even:
            raise ConvanimError(
                "kernel_size",
                short(self.kernel_size),
                "has no middle, which a submanifold convolution needs",
                ways=(f"`kernel_size={even + 1}`",),
            )
        if padding not in (None, kept):
            raise ConvanimError(
                "padding",
                spelled(padding),
                "would move cells, which a submanifold convolution keeps; leave it out",
                ways=(f"`padding={short(kept)}`",),
            )


def active_cells(told: str | Iterable[Iterable[int]], size: tuple[int, ...], seed: int = 0) -> tuple[Cell, ...]:
    """Return active cells in row-major order, each once.

    Parameters
    ----------
    told : str or sequence of cells
        Cells such as ``"0,0 1,3"``, or a share of all such as ``"30%"``, at random but for at least one.
    size : tuple of int
        Of the input.
    seed : int
        For cells at random.

    Raises
    ------
    ConvanimError
        If there is none, or one lies outside.
    """
    if isinstance(told, str) and (share := re.fullmatch(r"\s*(\d{1,3})\s*%\s*", told)):
        return _at_random(int(share[1]), size, seed)
    cells = _parsed(told) if isinstance(told, str) else _listed(told, prod(size))
    for cell in cells:
        if len(cell) != len(size):
            raise ConvanimError("active", _spelled(cell), f"must have {len(size)} numbers, one an axis")
        if not all(0 <= at < n for at, n in zip(cell, size, strict=True)):
            last = _spelled(tuple(n - 1 for n in size))
            raise ConvanimError("active", _spelled(cell), f"is no cell of the input; the last is {last}")
    if not cells:
        raise ConvanimError("active", "", "names no cell, and without one nothing is made; give one such as 0,0")
    return tuple(sorted(set(cells)))


def _filled(first: Any, size: tuple[int, ...]) -> str | list[list[int]]:
    """Return the cells of an input, (*size) or with channels before it, that are not 0 in some channel."""
    if np.shape(first)[-len(size) :] != size:
        return USUAL_SHARE
    cells = np.argwhere(np.any(np.reshape(first, (-1, *size)), axis=0)).tolist()
    if not cells:
        raise ConvanimError("input", "", "is 0 everywhere, so that no cell is active; give a number, or `active`")
    return list(cells)


def _parsed(text: str) -> list[Cell]:
    cells = []
    for word in re.split(r"[\s;]+", text.strip()) if text.strip() else []:
        if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", word, re.ASCII):
            raise ConvanimError("active", quoted(word), "is no cell; write cells as in 0,0 1,3, or a share such as 30%")
        cells.append(tuple(map(int, word.split(","))))
    return cells


def _listed(cells: Any, most: int) -> list[Cell]:
    if not isinstance(cells, list | tuple | np.ndarray) or len(cells) > most:
        raise ConvanimError("active", "", "must be cells, each once, such as [(0, 0), (1, 3)]")
    if any(not isinstance(cell, list | tuple | np.ndarray) for cell in cells):
        raise ConvanimError("active", "", "must be cells with a number an axis, such as [(0, 0), (1, 3)]")
    return [tuple(whole("active", at) for at in cell) for cell in cells]


def _at_random(percent: int, size: tuple[int, ...], seed: int) -> tuple[Cell, ...]:
    if not 1 <= percent <= 100:
        raise ConvanimError("active", f"{percent}%", "must be a share from 1% to 100%")
    total = prod(size)
    places = np.random.RandomState(seed).permutation(total)[: max(1, round(total * percent / 100))]
    return tuple(tuple(cell) for cell in np.stack(np.unravel_index(np.sort(places), size), axis=1).tolist())


def _source(axis: Axis, position: int) -> int:
    source = axis.source(position)
    return -1 if source is None else source


def _spelled(cell: Cell) -> str:
    return ",".join(map(str, cell))
