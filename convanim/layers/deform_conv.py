"""Deformable convolution: every cell of the kernel reads from a place of its own, between cells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from convanim.base.errors import ConvanimError
from convanim.base.language import counted, message, translated
from convanim.base.later import np
from convanim.base.options import Padding, Size, quoted
from convanim.base.records import dataclass
from convanim.layers.conv import Conv
from convanim.layers.grouping import count
from convanim.layers.phrases import Phrases

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANDOM = "random"
"""What is written for offsets and masks that are drawn at random."""

_QUARTERS = {"offsets": (-3, 3), "masks": (1, 4)}
"""The least and the most quarters of random numbers; no offset leads to the place of another cell."""

_MOST_OFFSETS = 1_000_000

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, init=False)
class DeformConv(Conv):
    """A deformable convolution, as torchvision's ``deform_conv2d``, for one to three axes.

    At every place, each kernel cell reads from its usual place plus an offset,
    by linear interpolation between the cells around it, and zero outside the
    input (Dai et al., arXiv:1703.06211). With masks, what it reads is
    multiplied by one (Zhu et al., arXiv:1811.11168, "v2").

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation, in_channels, out_channels, groups, bias
        As for `Conv`.
    offset_groups : int
        Into how many groups the input channels are parted that have offsets of their own.
    offsets : array or nested sequence of numbers, or ``"random"``
        Of the shape (offset_groups · kernel cells · axes, *output size), for
        each kernel cell the offset along each axis, as in torchvision; or one
        offset per kernel cell and axis, for all places. ``"random"`` draws
        quarters from −1 to 1.
    masks : array or nested sequence of numbers, ``"random"``, optional
        Of the shape (offset_groups · kernel cells, *output size), or one per
        kernel cell.

    Raises
    ------
    ConvanimError
        As for `Conv`, or if there are more or fewer offsets or masks.

    Examples
    --------
    >>> layer = DeformConv(5, 1, offsets=[0.5, 0.25])
    >>> layer.places(0, (1, 1))
    ((1.5, 1.25),)
    """

    operation: ClassVar[str] = "deform_conv"
    title: ClassVar[str] = message("deformable convolution")
    short_title: ClassVar[str] = message("deformable conv")
    is_usual: ClassVar[bool] = False

    offset_groups: int
    offsets: tuple[float, ...]
    masks: tuple[float, ...] | None

    def __init__(
        self,
        input_size: Size,
        kernel_size: Size,
        stride: Size = 1,
        padding: Padding = 0,
        dilation: Size = 1,
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
        bias: bool = False,
        offset_groups: int = 1,
        offsets: Any = RANDOM,
        masks: Any = None,
    ) -> None:
        super().__init__(
            input_size,
            kernel_size,
            stride,
            padding,
            dilation,
            in_channels=in_channels,
            out_channels=out_channels,
            groups=groups,
            bias=bias,
        )
        self._set(offset_groups=count("offset_groups", offset_groups))
        if self.in_channels % self.offset_groups:
            raise ConvanimError("offset_groups", self.offset_groups, f"must divide `in_channels` ({self.in_channels})")
        self._set(offsets=self._numbers("offsets", offsets, self.dims))
        self._set(masks=None if masks is None else self._numbers("masks", masks, 1))

    @classmethod
    def seeded(cls, parameters: Mapping[str, Any], seed: int, first: Any = None) -> dict[str, Any]:
        """Fill in the parameters that are drawn at random."""
        given = {"offsets": RANDOM, **parameters}
        chosen = {name: given[name] for name in ("offsets", "masks") if isinstance(given.get(name), str)}
        if not chosen:
            return given
        fixed = {name: value for name, value in given.items() if name not in chosen}
        bare = cls(**{"offsets": np.zeros(_per_cell(fixed)), **fixed})
        return {**fixed, **{name: bare._drawn(name, word, seed) for name, word in chosen.items()}}

    @property
    def options(self) -> dict[str, object]:
        """The resolved parameters except the input size and the padding mode, by name."""
        return {name: value for name, value in super().options.items() if name != "padding_mode"}

    @property
    def _cells(self) -> int:
        return prod(self.kernel_size)

    def _shape(self, numbers_a_cell: int) -> tuple[int, ...]:
        return (self.offset_groups, self._cells, numbers_a_cell, *self.output_size)

    def _drawn(self, name: str, word: str, seed: int) -> Floats:
        if word != RANDOM:
            raise ConvanimError(name, quoted(word), f"is no array of numbers; give numbers, or {RANDOM}")
        shape = self._shape(self.dims if name == "offsets" else 1)
        if prod(shape) > _MOST_OFFSETS:
            raise ConvanimError(
                name, "", f"are more than {_MOST_OFFSETS:,} for this output; use a smaller `input_size`"
            )
        low, high = _QUARTERS[name]
        drawn: Floats = np.random.RandomState([seed, len(name)]).randint(low, high + 1, size=shape) / 4
        return drawn

    def _numbers(self, name: str, given: Any, numbers_a_cell: int) -> tuple[float, ...]:
        """Return offsets or masks for all places, in the order of torchvision's arrays."""
        if isinstance(given, str):
            return tuple(self._drawn(name, given, 0).ravel().tolist())
        try:
            found = np.asarray(given, float).ravel()
        except (TypeError, ValueError):
            raise ConvanimError(name, "", "must be rows of numbers, all of one length") from None
        shape = self._shape(numbers_a_cell)
        each = self._cells * numbers_a_cell
        if found.size == each:
            one = found.reshape(1, self._cells, numbers_a_cell, *(1,) * self.dims)
            found = np.broadcast_to(one, shape).ravel()
        if found.size != prod(shape):
            of = "×".join(map(str, (self.offset_groups * each, *self.output_size)))
            raise ConvanimError(name, "", f"are {found.size:,} numbers; give {of}, or {each} for all places alike")
        if not np.isfinite(found).all() or abs(found).max() > _MOST_OFFSETS:
            raise ConvanimError(name, "", f"must be finite, and at most {_MOST_OFFSETS:,}")
        return tuple(found.tolist())

    @cached_property
    def regular(self) -> Floats:
        """The places that are read without offsets, (kernel cells, axes, *output size)."""
        rows = [
            np.array([[axis.window(at)[tap] - axis.low for at in range(axis.output)] for tap in range(axis.kernel)])
            for axis in self.axes
        ]
        found: Floats = np.empty((*self.kernel_size, self.dims, *self.output_size))
        for number, row in enumerate(rows):
            shape = [1] * (2 * self.dims)
            shape[number], shape[self.dims + number] = row.shape
            found[(slice(None),) * self.dims + (number,)] = row.reshape(shape)
        return found.reshape(self._cells, self.dims, *self.output_size)

    @cached_property
    def sampled(self) -> Floats:
        """The places that are read, (offset groups, kernel cells, axes, *output size)."""
        found: Floats = self.regular + np.array(self.offsets).reshape(self._shape(self.dims))
        return found

    @cached_property
    def modulation(self) -> Floats:
        """The mask of each place that is read, (offset groups, kernel cells, *output size); 1 without masks."""
        if self.masks is None:
            return np.ones((self.offset_groups, self._cells, *self.output_size))
        return np.array(self.masks).reshape(self.offset_groups, self._cells, *self.output_size)

    def offset_group(self, in_channel: int) -> int:
        """Return the group of offsets of an input channel."""
        return in_channel // (self.in_channels // self.offset_groups)

    def places(self, channel: int, cell: tuple[int, ...]) -> tuple[tuple[float, ...], ...]:
        """Return the places between input cells that an output cell is read from, those of the first group."""
        group = self.offset_group(self.grouping.inputs_of(channel).start)
        return tuple(tuple(place) for place in self.sampled[group][(..., *cell)].tolist())

    @property
    def remarks(self) -> tuple[str, ...]:
        """How far places are moved, what is read there, and whether there are masks."""
        far = abs(np.array(self.offsets)).max()
        # Translators: The factors of a deformable convolution, a phrase of a caption.
        masks = [translated("masks")] if self.masks is not None else []
        # Translators: Phrases of a caption: what another layer gives a deformable convolution, and what that does.
        given = translated("offsets from another layer, up to {number} along each axis", number=f"{far:g}")
        around = translated("each cell of the kernel reads at its point: bilinear, with zeros outside")
        return (given, around, *masks)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """How many places are read, and what the receptive field is that of."""
        places = self.offset_groups * self._cells * prod(self.output_size)
        far = abs(np.array(self.offsets)).max()
        told = translated(
            "{places} places, moved by up to {cells}, between up to {count} cells each",
            places=places,
            cells=counted("{far} cell", "{far} cells", 1 if far == 1 else 2, far=f"{far:g}"),
            count=2**self.dims,
        )
        if self.masks is not None:
            told = translated("{places}, each times its mask", places=told)
        field = translated("{size} cells without offsets", size="×".join(str(axis.reach) for axis in self.axes))
        return (message("offsets"), told), ("receptive field", field), ("never read", self._unread)

    @cached_property
    def read_mask(self) -> NDArray[np.bool_]:
        """A mask of the input cells that any place is read between."""
        found = np.zeros(self.input_size, bool)
        for cells, shares in self.corners(self.sampled.reshape(-1, self.dims, *self.output_size)):
            inside = shares > 0
            found[tuple(axis[inside] for axis in cells)] = True
        return found

    @property
    def _unread(self) -> str:
        lost = int((~self.read_mask).sum())
        if not lost:
            return translated("nothing: every input cell counts")
        return translated("{count} of {total} input cells", count=lost, total=self.read_mask.size)

    def corners(self, places: Floats) -> list[tuple[tuple[NDArray[np.int64], ...], Floats]]:
        """Return the cells around places, (any, axes, *any), and their shares.

        Returns
        -------
        list
            For each of the 2^axes corners, the cells, an array per axis, and their shares. A cell outside
            the input is cell 0, with a share of 0.
        """
        floor = np.floor(places)
        found = []
        for corner in np.ndindex(*(2,) * self.dims):
            cells, share = [], np.ones(places[:, 0].shape)
            for number, (side, n) in enumerate(zip(corner, self.input_size, strict=True)):
                at = floor[:, number] + side
                away = abs(at - places[:, number])
                inside = (at >= 0) & (at < n)
                share = share * np.where(inside, 1 - away, 0.0)
                cells.append(np.where(inside, at, 0).astype(np.int64))
            found.append((tuple(cells), share))
        return found

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        moved = (
            translated("each of its cells reads from a place moved by its offset, between cells")
            if self.masks is None
            else translated(
                "each of its cells reads from a place moved by its offset, between cells and multiplied by its mask"
            )
        )
        settings = say.settings(translated("no padding"))
        slides = translated("{what} with {settings}", what=say.slides(say.input()), settings=settings)
        return say.clauses(translated("a {name}: {what}", name=say.name, what=slides), moved, say.making)


def _per_cell(parameters: Mapping[str, Any]) -> int:
    """Return how many numbers offsets for all places alike have, of a layer that is still without offsets."""
    conv = Conv(parameters["input_size"], parameters["kernel_size"])
    return prod(conv.kernel_size) * conv.dims
