"""What is written in the cells of a plan's tensors and kernels: numbers or letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import numpy as np

from convanim.base.font import width_of
from convanim.base.numbering import FIRST_INDEX
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import Ints, Moves, Named, Read, SparseWindows, Stage, Windows
from convanim.plans.values import MINUS, SHARE_DECIMALS, Numbers, spell, spell_all, spell_shares, spell_weights
from convanim.views.chips import CHIP_GAP, corner_tiles, far_corners
from convanim.views.graded import Graded
from convanim.views.lettering import CENTRE, MOST_OF_CELL, Lettering, Words, widest_of
from convanim.views.plane import Plane
from convanim.views.scene import Key, Points, Shapes, Texts
from convanim.views.slices import page_of

_OVER_BARS, _OVER_BARS_AT = 0.75, 0.26
"""The share of their size that words have in cells with bars, and how far below the cells' upper edge they stand."""

_BESIDE_CHIP, _BESIDE_LETTERS = 0.52, 0.35
"""The width of numbers, and of letters, to the left of a chip."""


_OF_KERNELS, _BETWEEN = "wvutsrqponmlkji", "hgfedc"
"""The letters of kernels, and of what lies between layers, from the first layer on; b is the letter of biases."""


def _letter_after(letter: str, count: int) -> str:
    """Return the letter that is ``count`` places after another: v, u after w; with a prime where there are no more."""
    letters = next((one for one in (_OF_KERNELS, _BETWEEN) if one[0] == letter), (letter,))
    again, at = divmod(count, len(letters))
    return letters[at] + "′" * again


def _blank_of(stage: Stage) -> str:
    """Return what is written in padding and inserted zeros that a stage reads."""
    return "" if stage.is_sparse else stage.rule.blank if stage.rule.combine is not None else "0"


_SHARE, _ASIDE = 0.27, (0.24, 0.1)
"""The largest size of a share alone in its cell, and how far, in rows and columns, it stands aside for what is read."""

_WITHIN_RING = (0.12, 0.85)
"""Where cells may have rings, the gap between words and the edges of their cell, and what is left of a chip's size."""

_FROM_EDGE = 0.05
"""Where there are no rings, the least gap between letters and the edges of their cell."""

_LETTER_TILE, _SHARE_TILE = (1.5, 1.08), (1.75, 0.82)
"""The width and height of tiles with letters and with shares, as multiples of those with numbers."""

_IN_TILE = 0.7
"""The size of letters for whose many indices tiles grow wider, as a multiple of the height of those with numbers."""


@dataclass(frozen=True, eq=False)
class Said:
    """The words and subscripts of cells, as arrays with the axes of the cells."""

    words: Words
    lowered: Words

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """Every word with its subscript."""
        return set(zip(self.words.ravel().tolist(), self.lowered.ravel().tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Contents(Graded):
    """What is written in the cells of a plan, if its look has numbers or letters, and how large its values look.

    Attributes
    ----------
    channels : mapping of int to channels
        The drawn channels of each tensor; all of them have letters of one size.
    """

    channels: Any

    @property
    def is_lettered(self) -> bool:
        """Whether letters are written in the cells."""
        return self.look.labels == "letters"

    @property
    def face(self) -> str:
        """The font face for the cells of tensors."""
        return "italic" if self.is_lettered else "regular"

    def letter(self, tensor: int) -> str:
        """Return the letter that names a tensor's cells, another one for each tensor between layers.

        What returns to the size of the input is compared with it: x, y, x′.
        """
        between = [one for one in range(1, len(self.plan.tensors)) if not self.plan.is_output(one)]
        if self.plan.compared == 0 and tensor:
            return "x′" if self.plan.is_output(tensor) else "y" + "′" * between.index(tensor)
        return _letter_after(self.plan.named(tensor).letter, between.index(tensor) if tensor in between else 0)

    def tensor(self, tensor: int, channel: int) -> Said | None:
        """Return the words of a channel's cells once computed, or None if they stay blank."""
        key = tensor, channel
        if key not in self._tensors:
            found, named = self.plan.tensors[tensor], self.plan.named(tensor)
            values = self.plan.plane(tensor, channel) if self.look.labels == "numbers" else None
            index = named.index_of(channel, found.channels)
            self._tensors[key] = self._of(self.letter(tensor), found.size, values, index)
            self._blank(self._tensors[key], tensor, channel)
        return self._tensors[key]

    @cached_property
    def _tensors(self) -> dict[tuple[int, int], Said | None]:
        """A cache for `tensor`."""
        return {}

    def _blank(self, said: Said | None, tensor: int, channel: int) -> None:
        """Take the words out of cells that hold nothing, and write zeros where nothing moves to."""
        if said is None:
            return
        # A layer that reads all cells reads zeros where the one before made nothing.
        are_read = any(tensor in stage.sources and not stage.is_sparse for stage in self.plan.stages)
        for stage in self.plan.stages:
            if isinstance(stage, SparseWindows) and tensor == stage.source:
                said.words[~stage.held] = said.lowered[~stage.held] = ""
            elif isinstance(stage, SparseWindows) and tensor == stage.target and not are_read:
                said.words[~stage.made] = said.lowered[~stage.made] = ""
            elif isinstance(stage, Moves) and stage.leaves_zeros and tensor == stage.target:
                for cell in np.ndindex(*stage.output_size):
                    if not stage.layer.sources(channel, cell):
                        said.words[cell], said.lowered[cell] = "0", ""

    @cached_property
    def _joint(self) -> str:
        """What stands between the numbers of an index: a comma, in all, as soon as one may have two digits."""
        plan, names = self.plan, self.plan.names
        sizes = chain(*(one.size for one in plan.tensors), *(stage.layer.kernel_size for stage in plan.stages))
        named = (names.input, names.kernel, names.output, names.between)
        channels = chain((one.channels for one in plan.tensors), *(chain(*one.indices) for one in named))
        return "," if max(*sizes, *channels) > 9 else ""

    def _of(self, letter: str, size: tuple[int, ...], values: Numbers | None, index: tuple[int, ...]) -> Said | None:
        """Return numbers, or letters with numbers before the place; None if cells stay blank."""
        if self.is_lettered:
            joint = self._joint
            first = f"{joint.join(map(str, index))}," if index else ""
            lowered = np.empty(size, object)
            for cell in np.ndindex(*size):
                lowered[cell] = first + joint.join(str(at + FIRST_INDEX) for at in cell)
            return Said(np.full(size, letter, object), lowered)
        if not self.look.is_labelled or values is None:
            return None
        words = np.array(spell_all(values, self.look.decimals), object).reshape(values.shape)
        return Said(words, np.full(words.shape, "", object))

    def read(self, stage: Stage, tensor: int, channel: int) -> Said | None:
        """Return the words of a channel as a stage reads it: padded, and with zeros inserted."""
        if not self.look.is_labelled:
            return None
        own = self.tensor(tensor, channel)
        kind, sources = stage.grid.kind, stage.grid.source
        is_over = kind == Kind.OVERHANG
        words = np.where(is_over, "", _blank_of(stage)).astype(object)
        lowered = np.full(words.shape, "", object)
        if own is None:
            return Said(words, lowered)
        places = np.ix_(*(np.maximum(one, 0) for one in sources))
        has_source = ~is_over
        for number, one in enumerate(sources):
            has_source = has_source & (one >= 0).reshape([-1 if axis == number else 1 for axis in range(kind.ndim)])
        return Said(np.where(has_source, own.words[places], words), np.where(has_source, own.lowered[places], lowered))

    def sheet(
        self, stage: Stage | None, tensor: int, channel: int, slice_: int, most: float, at: tuple[float, float]
    ) -> Lettering | None:
        """Return the lettering of a page of a channel, as it is (no stage) or as a stage reads it."""
        if not self.look.has_cells:
            return None
        said = self.tensor(tensor, channel) if stage is None else self.read(stage, tensor, channel)
        if said is None:
            return None
        words, lowered = (page_of(array, slice_) for array in (said.words, said.lowered))
        most, room, at = self._beside_bars(most, at)
        edge = _WITHIN_RING[0] if stage is not None and (stage.grid.kind == Kind.COPY).any() else _FROM_EDGE
        room = min(room, 1 - 2 * edge) if self.is_lettered else room
        size = min(most, room / widest) if (widest := self.widest(tensor, stage)) else most
        if self.is_lettered and not self.look.has_bars:
            # Long words beside a chip would else reach over the left edge of their cell.
            at = at[0], max(at[1], size * widest / 2 + edge)
        resting = (_OVER_BARS_AT, 0.5) if self.look.has_bars else CENTRE
        if any(one.layer.has_indices for one in self.plan.stages):
            # An index stands above a value before it is at work too, or comes to stand there.
            resting = at
        return Lettering(words, lowered, size, widest, at, self.face, resting)

    def _beside_bars(self, most: float, at: tuple[float, float]) -> tuple[float, float, tuple[float, float]]:
        """Return the largest size, width and position of words in cells: over bars, and beside a chip."""
        if not self.look.has_bars:
            return most, MOST_OF_CELL, at
        room = MOST_OF_CELL if at == CENTRE else _BESIDE_LETTERS if self.is_lettered else _BESIDE_CHIP
        return _OVER_BARS * most, room, (_OVER_BARS_AT, 0.5 if at == CENTRE else CHIP_GAP + room / 2)

    def widest(self, tensor: int, stage: Stage | None = None) -> float:
        """Return the width in ems of the widest word in a tensor's drawn channels, as `sheet` shows them."""
        key = tensor, None if stage is None else stage.number
        if key not in self._widths:
            found = [
                self.tensor(tensor, channel) if stage is None else self.read(stage, tensor, channel)
                for channel in self.channels[tensor]
            ]
            self._widths[key] = _widest((said for said in found if said), self.face)
        return self._widths[key]

    @cached_property
    def _widths(self) -> dict[tuple[int, int | None], float]:
        """A cache for `widest`."""
        return {}

    def kernel(self, stage: Stage, out_channel: int, in_channel: int) -> Said | None:
        """Return the words of the kernel between two channels as stored, or None if it stays blank."""
        if not isinstance(stage, Windows) or not stage.is_weighted:
            return None
        values = stage.slice(out_channel, in_channel) if self.look.labels == "numbers" else None
        named, grouping = self._kernels[stage.number], stage.grouping
        index = named.index_of_pair(out_channel, in_channel, grouping)
        said = self._of(named.letter, stage.layer.kernel_size, values, index)
        if values is None or said is None or self.is_lettered:
            return said
        words = np.array(self.weights(stage, values), object).reshape(values.shape)
        return replace(said, words=words)

    @cached_property
    def _kernels(self) -> dict[int, Named]:
        """What the weights of each stage are called: by the letters of the first where a way back has the same."""
        weighted = [one for one in self.plan.stages if isinstance(one, Windows) and one.is_weighted]
        named, found = self.plan.names.kernel, dict[int, Named]()
        for count, one in enumerate(weighted):
            kernel, first = one.kernel, weighted[0].kernel
            if self.plan.compared == 0 and kernel is not None and first is not None and np.array_equal(kernel, first):
                found[one.number] = replace(named, is_exchanged=one.inputs_lead is not weighted[0].inputs_lead)
            else:
                found[one.number] = replace(named, letter=_letter_after(named.letter, count))
        return found

    def bias(self, stage: Stage, channel: int) -> tuple[str, str]:
        """Return the letter of a bias and its index; in further layers that have any it has a prime."""
        have = [one.number for one in self.plan.stages if one.layer.bias_size]
        return _letter_after("b", have.index(stage.number)), str(channel + 1)

    def weights(self, stage: Windows, weights: Numbers) -> list[str]:
        """Return weights of a stage as they are written in its kernels."""
        kernel = weights if stage.kernel is None else stage.kernel
        return spell_weights(weights, kernel, self.look.decimals, self.plan.kernels)

    def pairs(self, stage: Stage) -> list[tuple[int, int]]:
        """Return the (output, input) channels of each kernel of a stage that is ever drawn."""
        return [
            (out, one)
            for out in self.channels[stage.target]
            for one in stage.grouping.inputs_of(out)
            if one in self.channels[stage.source]
        ]

    def kernel_widest(self, stage: Stage) -> float:
        """Return the width in ems of the widest word in a stage's drawn kernels, and in corners of cells."""
        if stage.number not in self._kernel_widths:
            widest = self._widest_weight(stage)
            if stage.has_factors and self.is_lettered:
                widest += width_of("0." + "0" * SHARE_DECIMALS, self.kernel_face)
            elif stage.has_factors and stage.kernel is not None:
                # Products with shares have decimals, and may be negative.
                largest = f"{MINUS}{int(abs(stage.kernel).max())}.{'0' * self.look.decimals}"
                widest = max(widest, width_of(largest, self.kernel_face))
            self._kernel_widths[stage.number] = max(widest, _widest_share(stage.distinct_shares, self.kernel_face))
        return self._kernel_widths[stage.number]

    def _widest_weight(self, stage: Stage) -> float:
        """Return the width in ems of the widest word in a stage's drawn kernels."""
        found = [self.kernel(stage, *pair) for pair in self.pairs(stage)]
        return _widest((said for said in found if said), self.kernel_face)

    @cached_property
    def _kernel_widths(self) -> dict[int, float]:
        """A cache for `kernel_widest`."""
        return {}

    @property
    def kernel_face(self) -> str:
        """The font face for the cells of kernels."""
        return "italic" if self.is_lettered else "bold"

    def kernel_lettering(
        self, stage: Stage, out_channel: int, in_channel: int, slice_: int, most: float, is_rotated: bool = False
    ) -> Lettering | None:
        """Return the lettering of a slice of a kernel, as stored or rotated by 180°."""
        said = self.kernel(stage, out_channel, in_channel)
        if said is None:
            return None
        words, lowered = said.words, said.lowered
        if is_rotated:
            words, lowered = np.flip(words), np.flip(lowered)
        widest = self._widest_weight(stage) if stage.has_factors else self.kernel_widest(stage)
        most, room, at = self._beside_bars(most, CENTRE)
        size = min(most, room / widest) if widest else most
        return Lettering(page_of(words, slice_), page_of(lowered, slice_), size, widest, at, self.kernel_face)

    def chips(
        self, plane: Plane, places: Ints, stage: Stage, read: Read, channels: tuple[int, int], side: float, most: float
    ) -> Shapes:
        """Return the weights as small dark tiles in the lower right corners of the cells they multiply.

        Parameters
        ----------
        plane : Plane
            The plane of the cells.
        places : (n, 2) array
            The cell of each tap that is on the plane.
        stage : Stage
            The stage that holds the weights.
        read : Read
            The taps.
        channels : (int, int)
            The output and the input channel.
        side, most : float
            The side of a tile, and the largest size of its words.
        """
        met = self.met(stage, read, channels)
        if met is None or not (self.look.has_chips and self.look.has_cells) or not len(places):
            return ()
        if stage.has_factors:
            if self.is_lettered:
                return ()
            firsts, met = self.added_up(stage, read, channels)
            places = places[firsts]
        wide, high = _SHARE_TILE if stage.has_shares else _LETTER_TILE if self.is_lettered else (1.0, 1.0)
        gap, share = _WITHIN_RING if (stage.grid.kind == Kind.COPY).any() else (CHIP_GAP, 1.0)
        width, height = share * side * wide, share * side * high
        if self.is_lettered and not self.look.has_bars:
            # Below the letters of a cell there is room for a tile as wide as the cell.
            needed = self.kernel_widest(stage) * _IN_TILE * share * side / MOST_OF_CELL
            width = max(width, min(needed, 1 - 2 * gap))
        # Digits keep off the edges of tiles that are lower than wide.
        size = min(most, MOST_OF_CELL * width / self.kernel_widest(stage), *([height] if stage.has_shares else []))
        points = None if stage.has_factors else read.points
        corners = None if points is None else far_corners(places, stage.grid.places(points))
        if self.look.has_bars:
            # Beside the words at the upper edge, or below them where these take the whole width.
            corners = np.tile([not stage.is_weighted or stage.has_factors, True], (len(places), 1))
        return corner_tiles(plane, places, *met, size, self.kernel_face, "kernel", width, height, gap, corners)

    def added_up(self, stage: Stage, read: Read, channels: tuple[int, int]) -> tuple[Ints, tuple[Words, Words]]:
        """Return the first tap of each cell that a step reads, in their order, and what it is multiplied by in all."""
        _, firsts, which = np.unique(read.taps.source, axis=0, return_index=True, return_inverse=True)
        values = stage.slice(*channels) if isinstance(stage, Windows) else None
        assert values is not None
        assert read.taps.coefficient is not None
        total = np.bincount(which.ravel(), values[tuple(read.taps.kernel.T)] * read.taps.coefficient)
        words = np.array(spell_all(total, self.look.decimals), object)
        return firsts, (words, np.full(words.shape, "", object))

    def shares_in_cells(self, plane: Plane, places: Ints, stage: Stage, read: Read, role: str) -> Shapes:
        """Return the shares of cells that a step reads, written in them where nothing else is."""
        if self.look.is_labelled or not self.look.has_shares or read.taps.coefficient is None or not stage.has_shares:
            return ()
        words = self.shares(stage, read.taps.coefficient)
        widest = _widest_share(stage.distinct_shares, "bold")
        key = Key("share")
        aside = np.array((0.0, 0.0) if read.points is None else _ASIDE)
        size = min(_SHARE, (MOST_OF_CELL - 2 * aside[1]) / widest)
        across, down = plane.projection.across, plane.projection.down
        at = places + 0.5
        if read.points is not None:
            at = at + np.where(far_corners(places, stage.grid.places(read.points)), aside, -aside)
        at = plane.points(at)
        return (Texts(tuple(words), at, size, role, True, face="bold", across=across, down=down, key=key),)

    def met(self, stage: Stage, read: Read, channels: tuple[int, int]) -> tuple[Words, Words] | None:
        """Return the words, and their subscripts, of what each tap is multiplied by: its weight or its share.

        Parameters
        ----------
        stage : Stage
            The stage that reads.
        read : Read
            The taps.
        channels : (int, int)
            The output and the input channel.
        """
        if stage.has_shares and read.taps.coefficient is not None and self.look.is_labelled:
            return self.shares(stage, read.taps.coefficient), np.full(len(read.taps.coefficient), "", object)
        said = self.kernel(stage, *channels)
        own = tuple(read.taps.kernel.T)
        if said is None or not (stage.is_weighted and read.taps.coefficient is not None):
            return None if said is None else (said.words[own], said.lowered[own])
        values = stage.slice(*channels) if isinstance(stage, Windows) else None
        if values is None or self.is_lettered:
            shares = np.array(spell_all(read.taps.coefficient, SHARE_DECIMALS), object)
            return np.where(shares == "1", "", shares) + said.words[own], said.lowered[own]
        words = np.array(spell_all(values[own] * read.taps.coefficient, self.look.decimals), object)
        return words, np.full(words.shape, "", object)

    def shares(self, stage: Stage, shares: Points) -> Words:
        """Return shares of a stage in words: as fractions if all of the stage's are short ones."""
        return np.array(spell_shares(shares.tolist(), stage.distinct_shares), object)

    def spelled(self, number: Any) -> str:
        """Return a number as it is written in cells."""
        return spell(number, self.look.decimals)

    def widest_of(self, numbers: Iterable[Any]) -> float:
        """Return the width in ems of the widest of some numbers, in bold letters."""
        return max((width_of(self.spelled(one), "bold") for one in numbers), default=0.0)


def _widest(said: Iterable[Said], face: str) -> float:
    return widest_of(set[tuple[str, str]]().union(*(one.pairs for one in said)), face)


@lru_cache(maxsize=64)
def _widest_share(shares: tuple[float, ...], face: str) -> float:
    """Return the width in ems of the widest of all shares of a stage in words."""
    return widest_of([(word, "") for word in spell_shares(shares, shares)], face)
