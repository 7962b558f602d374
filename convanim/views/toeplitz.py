"""The product with the sparse matrix of a whole layer: a row for each output cell, a column for each input cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import groupby

import numpy as np

from convanim.base.language import counted, message, translated
from convanim.base.records import dataclass
from convanim.layers.axis import Kind
from convanim.plans import Named, Windows
from convanim.plans.matrices import Entry, Sparse
from convanim.views.headings import heading_width, words
from convanim.views.marks import Window
from convanim.views.matrix import BESIDE, Matrices
from convanim.views.matrix_sheet import BIAS, FLAT_INPUT, MATRIX, OUTPUT, MatrixSheet, block
from convanim.views.picture import Work
from convanim.views.scene import Points, Texts
from convanim.views.sheet import Page
from convanim.words.matrices import transposed

_GAP = 0.5
"""The gap between the input and the matrix below it."""

_SUM = "Σ"
"""What stands where several weights add up, of which each is a letter."""

_MOST_SHARE = 999
"""The largest denominator of the share of a mean that is written as a fraction."""


_ROWS = {
    (True, True): message("{matrix} {size}: one row per window, blank is 0"),
    (True, False): message("{matrix} {size}: one row per window"),
    (False, True): message("{matrix} {size}: a row an output cell, blank is 0"),
    (False, False): message("{matrix} {size}: a row an output cell"),
}
"""What the rows of the matrix are, by whether windows slide and whether there are zeros."""


@dataclass(frozen=True)
class BySparse(Matrices):
    """The matrix of the layer, the flattened input above its columns, the flattened output to the right of its rows.

    Each weight stands below the cell that it multiplies.
    """

    @cached_property
    def sparse(self) -> Sparse:
        """The matrix of the layer."""
        return Sparse(self.plan.last)

    @property
    def estimate(self) -> float:
        """The approximate width of the picture."""
        given, made = (self.shape_of(site) for site in self.sites)
        return float(given[0] * given[2] + self.sparse.shape[1] + made[0] * made[2] + 8)

    @property
    def waiting(self) -> tuple[Page, ...]:
        """The output is filled step by step."""
        return (OUTPUT,)

    @property
    def _sign(self) -> float:
        """The room for a sign to the right of the matrix."""
        return max(1.2, 1.6 * self.size)

    @property
    def _right(self) -> float:
        """The left edge of the flattened output."""
        return self.sparse.shape[1] + self._sign + (self._sign + 1 if self.plan.last.layer.bias_size else 0.0)

    @cached_property
    def corners(self) -> tuple[Points, Points]:
        """The lower right corner of the input's planes, and the lower left one of the output's."""
        rows = self.sparse.shape[0]
        high, made = (self.extent_of(site)[1] for site in self.sites)
        name = self._name_of_output
        named = float(name.places[0, 0]) + heading_width(name.words[0], "", self.size) / 2 + 0.5
        left = max(self._right + 1 + BESIDE, named)
        return np.array([-BESIDE, (rows + high) / 2]), np.array([left, (rows + made) / 2])

    @property
    def _name_of_output(self) -> Texts:
        """The heading above the flattened output, beside that of the input above the matrix."""
        text = _flattened(self.plan.names.output, self.sparse.shape[0])
        beside = self._name_of_input
        end = float(beside.places[0, 0]) + heading_width(beside.words[0], "", self.size) / 2 + self.size
        middle = max(self._right + 0.5, end + heading_width(text, "", self.size) / 2)
        return words(text, middle, float(beside.places[0, 1]), self.size)

    @property
    def _name_of_input(self) -> Texts:
        """The heading above the flattened input."""
        columns = self.sparse.shape[1]
        text = _flattened(self.plan.names.input, columns)
        return self._heading(text, columns / 2, -_GAP - 1 - 0.22 - self.size / 2)

    @cached_property
    def matrices(self) -> Mapping[Page, MatrixSheet]:
        """The matrix, the input above it, the biases and the output to its right."""
        each = self.sparse.shape[0] // self.plan.last.grouping.out_channels
        return {
            MATRIX: self._matrix_sheet(),
            FLAT_INPUT: self.flat_tensor(self.sites[0], 1, (0.0, -_GAP - 1)),
            **self.bias(each, (self.sparse.shape[1] + self._sign, 0.0)),
            OUTPUT: self.flat_tensor(self.sites[1], self.sparse.shape[0], (self._right, 0.0)),
        }

    def _matrix_sheet(self) -> MatrixSheet:
        shape = self.sparse.shape
        text, lowered = np.full(shape, "", object), np.full(shape, "", object)
        blank = np.ones(shape, bool)
        for place, entries in self.sparse.entries.items():
            text[place], lowered[place] = self._said(entries)
            blank[place] = False
        return MatrixSheet.of(
            np.full(shape, int(Kind.INPUT)),
            (0.0, 0.0),
            filled="kernel",
            page=MATRIX,
            lettering=self.kernel_lettering(text, lowered),
            blank=blank,
        )

    def _said(self, entries: list[Entry]) -> tuple[str, str]:
        """Return the word of a place of the matrix, and its subscript."""
        stage, first = self.plan.last, entries[0]
        if not self.look.is_labelled:
            return "", ""
        if not stage.is_weighted:
            share = sum(Fraction(entry.factor).limit_denominator(_MOST_SHARE) for entry in entries)
            return str(share), ""
        if self.contents.is_lettered:
            said = self.contents.kernel(stage, first.out_channel, first.in_channel)
            assert said is not None
            assert first.kernel is not None
            return (said.words[first.kernel], said.lowered[first.kernel]) if len(entries) == 1 else (_SUM, "")
        weight = np.array(sum(map(self.sparse.value, entries)))
        assert isinstance(stage, Windows)
        return self.contents.weights(stage, weight)[0], ""

    def _at(self, work: Work) -> int | None:
        """Return the row of a step."""
        if work.step is None:
            return None
        place = int(np.ravel_multi_index(work.step.cell, self.plan.output_size))
        return work.step.channel * self.places + place

    def left_by(self, work: Work) -> Iterator[tuple[Page, Window]]:
        """Yield the output cell of a step."""
        row = self._at(work)
        if row is not None:
            yield OUTPUT, block(row, 0, 1, 1)

    @cached_property
    def _columns(self) -> dict[int, list[int]]:
        """The columns at which each row has weights."""
        found: dict[int, list[int]] = {}
        for row, column in self.sparse.entries:
            found.setdefault(row, []).append(column)
        return found

    def working(self, work: Work) -> Iterator[tuple[Page, Window]]:
        """Yield the row of a step, the cells that it multiplies, and its output cell."""
        row = self._at(work)
        if row is None:
            return
        columns = self._columns.get(row, [])
        yield MATRIX, block(row, 0, 1, self.sparse.shape[1])
        for first, count in _runs(sorted(columns)):
            yield FLAT_INPUT, block(0, first, 1, count)
        if BIAS in self.matrices:
            yield BIAS, block(row, 0, 1, 1)
        yield from self.left_by(work)

    def names_of_matrices(self) -> tuple[Texts, ...]:
        """Return the headings: above the input and the output, below the matrix; and the signs between them."""
        (rows, columns), size, right = self.sparse.shape, self.size, self._right
        names = self.plan.names
        name = (
            translated("{kernel} as a matrix", kernel=names.kernel.called)
            if self.plan.last.is_weighted
            else translated("matrix")
        )
        is_windows, has_zeros = isinstance(self.plan.last, Windows), len(self.sparse.entries) < rows * columns
        lines = [translated(_ROWS[is_windows, has_zeros], matrix=name, size=f"{rows}×{columns}")]
        if told := transposed(self.plan.last.layer):
            lines.append(told)
        if self.contents.is_lettered and any(len(entries) > 1 for entries in self.sparse.entries.values()):
            lines.append(translated("{sign}: the weights of a cell and of its copies in the padding, added", sign=_SUM))
        under = [rows + 0.15 + (0.7 + 1.35 * number) * size for number in range(len(lines))]
        found = [
            self._name_of_input,
            *(self._heading(text, columns / 2, y) for text, y in zip(lines, under, strict=True)),
            self._name_of_output,
            words("=", right - self._sign / 2, rows / 2, max(0.6, size)),
        ]
        if BIAS in self.matrices:
            found += [
                words("+", columns + self._sign / 2, rows / 2, max(0.6, size)),
                words(translated("bias"), columns + self._sign + 0.5, under[0], size),
            ]
        return tuple(found)

    def _heading(self, text: str, middle: float, y: float) -> Texts:
        """Return a heading of the matrix."""
        return words(text, max(middle, heading_width(text, "", self.size) / 2 - 0.3), y, self.size)


def _flattened(named: Named, cells: int) -> str:
    return counted(
        "{tensor}, flattened: {count} cell", "{tensor}, flattened: {count} cells", cells, tensor=named.called
    )


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first number and the length of each run of ascending numbers."""
    for _, run in groupby(enumerate(numbers), lambda one: one[1] - one[0]):
        own = [number for _, number in run]
        yield own[0], len(own)
