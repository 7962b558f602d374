"""A chain from above whose result is compared: with the input, or with that of one layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from convanim.font import width_of
from convanim.layers import Layer
from convanim.plans import Stage
from convanim.scene import Lines, Shape, Shapes
from convanim.values import Numbers, signed, spell
from convanim.views.flat import Box, Flat
from convanim.views.headings import heading_width, words
from convanim.views.lettering import Lettering, Words, lettered
from convanim.views.marks import Window
from convanim.views.picture import Site
from convanim.views.sheet import Sheet
from convanim.wording import size as size_words

_NOTES = 1.6
_BELOW = 0.85
_DIFFERENCE_AIR, _BESIDE = 1.3, 0.35
_FAINTEST = 0.4
"""Strength of the colour of the least difference."""

_PRODUCT = "= column · row"
"""What the kernel is that two passes replace."""

_VERDICTS = ("values not restored", "values restored")
_EQUAL = "equal"
_TOLERANCE = 1e-9
"""Of results that should be equal, relative to the largest."""


@dataclass(frozen=True)
class FlatCompared(Flat):
    """A chain with what its result is compared with, and a last step that compares them."""

    @property
    def _returns(self) -> bool:
        return self.plan.compared == 0

    @cached_property
    def is_separable(self) -> bool:
        """Whether a column pass and a row pass, in some order, are compared with one layer."""
        sizes = [stage.layer.kernel_size for stage in self.plan.main]
        if self.plan.has_channels or len(self.paths) < 2 or len(sizes) != 2 or len(sizes[0]) != 2:
            return False
        first, second = sizes
        return first[1] == second[0] == 1 or first[0] == second[1] == 1

    def _chain_title(self, site: Site) -> tuple[str, str]:
        level, is_last = self.level(site.tensor), self.role(site) == "output"
        if self._returns:
            return "", "x" if not level else "x′" if is_last else f"y{'′' * (level - 1)}"
        if self.is_separable and level and not is_last:
            kind = "column" if self.plan.main[level - 1].layer.kernel_size[-1] == 1 else "row"
            return f"weighted {kind} sums", ""
        return super()._chain_title(site)

    def _lines(self, stage: Stage) -> tuple[str, ...]:
        is_whole = self.is_separable and stage not in self.plan.main
        return (*((_PRODUCT,) if is_whole else ()), *super()._lines(stage))

    @cached_property
    def difference(self) -> list[Sheet]:
        """How much the result differs from the input, a sheet a page, where the chain leads back to it."""
        if not self._returns:
            return []
        output = self.sites[-1]
        own = [sheet for page, sheet in self.sheets.items() if page.site == output.number]
        letterings = self._differences(own)
        right = max(sheet.box[2] for sheet in own)
        words_end = (own[0].box[0] + right + self._wide(self._restored)) / 2
        wide = right - own[0].box[0]
        # The words below the two planes need room beside each other.
        air = max(_DIFFERENCE_AIR, self._cut(output)[3] + _BESIDE)
        left = max(right + air, words_end + 0.6 + (self._wide(_VERDICTS[0]) - wide) / 2)
        return [
            self._grid(
                (sheet.rows, sheet.columns),
                sheet.box[0] + left - own[0].box[0],
                sheet.middle[1],
                filled="output",
                lettering=letterings[number],
                letter="" if number else "x′ − x",
            )
            for number, sheet in enumerate(own)
        ]

    def _values(self, sheet: Sheet) -> Numbers | None:
        """Return the differences of a page, None where there are no numbers."""
        found = self.plan.difference
        if found is None:
            return None
        own: Numbers = found[sheet.page.channel]
        return own[sheet.page.slice] if own.ndim == 3 else np.atleast_2d(own)

    def _differences(self, sheets: list[Sheet]) -> list[Lettering | None]:
        """Return what the differences of some pages say, in letters of one size."""
        values = [self._values(sheet) for sheet in sheets]
        if self.look.labels != "numbers":
            return [None for _ in sheets]
        found = [
            None if one is None else lettered(self._signed(one), np.full(one.shape, "", object), 0.36) for one in values
        ]
        least = min((one.size for one in found if one is not None), default=0.36)
        return [None if one is None else replace(one, size=least) for one in found]

    def _signed(self, values: Numbers) -> Words:
        texts = [spell(value, self.look.decimals) for value in values.ravel().tolist()]
        return np.array([text if text == "0" else signed(text) for text in texts], object).reshape(values.shape)

    def _wide(self, text: str) -> float:
        return heading_width(text, "", self.size)

    @property
    def _restored(self) -> str:
        return f"{size_words(self.plan.output_size)}: size restored"

    def words(self) -> Shapes:
        """Return what is written, and the blank difference."""
        shapes = list(super().words())
        for number, one in enumerate(self.difference):
            shapes += [*one.ground(pending=True), *(one.heading(self.size) if not number else ())]
        return (*shapes, *(words(text, x, y, self.size) for text, x, y in self._notes()))

    @cached_property
    def core(self) -> Box:
        """Left, top, right and bottom without the sum."""
        left, top, right, bottom = super().core
        if self.difference:
            note = self._wide(self._verdict) / 2
            right = max(max(one.box[2] for one in self.difference), self._difference_middle + note)
        return left, top, right, bottom + _NOTES * self.size

    @property
    def _difference_middle(self) -> float:
        return (self.difference[0].box[0] + max(one.box[2] for one in self.difference)) / 2

    @cached_property
    def bounds(self) -> Box:
        """Left, top, right and bottom of all that is drawn."""
        left, top, right, bottom = super().bounds
        if len(self.paths) > 1:
            right = max(right, self._equals_at + _BESIDE + width_of(self._verdict, "bold") * self.size)
        for text, x, y in (*self._notes(), *self._verdict_note()):
            half = self._wide(text) / 2
            left, right, bottom = min(left, x - half), max(right, x + half), max(bottom, y + self.size / 2)
        return left, top, right, bottom

    def _verdict_note(self) -> Iterator[tuple[str, float, float]]:
        if self.difference:
            yield self._verdict, self._difference_middle, self._note_y(0)

    def end(self) -> Shapes:
        """Return what the results have to say in the end."""
        if self.difference:
            left, _, right, bottom = self.core
            said = "The size is restored, " + ("and so are the values." if self._is_equal else "the values are not.")
            y = bottom + _BELOW * self._sum_scale
            return (
                *self._differing(),
                *(words(text, x, at, self.size) for text, x, at in self._verdict_note()),
                *((words(said, (left + right) / 2, y, 1.15 * self.size),) if self.look.is_labelled else ()),
            )
        first, last = (self._output_box(number) for number in (0, 1))
        x, y = self._equals_at, (first[3] + last[1] - 1.2 * self.size) / 2
        bars = [[[x + side, y - 0.32], [x + side, y + 0.32]] for side in (-0.07, 0.07)]
        if self._verdict != _EQUAL:
            bars.append([[x - 0.22, y + 0.12], [x + 0.22, y - 0.12]])
        rings = [
            sheet.plane.outline(0, 0, sheet.rows, sheet.columns)
            for path in self.paths
            for page, sheet in self.sheets.items()
            if page.site == self.inputs_of(path)[-1].number
        ]
        return (
            Lines("reach", np.concatenate([np.array(bars), *rings])),
            words(self._verdict, x + _BESIDE, y, self.size, "bold", anchor=0.0),
        )

    def _output_box(self, path: int) -> Box:
        site = self.inputs_of(self.paths[path])[-1]
        boxes = np.array([sheet.box for page, sheet in self.sheets.items() if page.site == site.number])
        (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
        return left, top, right, bottom

    @property
    def _equals_at(self) -> float:
        """Where the equals sign between two results stands."""
        left, _, right, _ = self._output_box(0)
        return (left + right) / 2

    def _differing(self) -> Shapes:
        """Return the cells of the difference, the stronger in colour the larger it is."""
        output = self.sites[-1]
        own = [sheet for page, sheet in self.sheets.items() if page.site == output.number]
        shapes: list[Shape] = []
        values = [self._values(sheet) for sheet in own]
        largest = max((float(np.abs(one.astype(float)).max()) for one in values if one is not None), default=0.0)
        for one, found in zip(self.difference, values, strict=True):
            sizes = np.ones((one.rows, one.columns)) if found is None else np.abs(found.astype(float))
            for size in np.unique(sizes).tolist():
                role = "difference" if size else "pending"
                strength = 1.0 if found is None else _FAINTEST + (1 - _FAINTEST) * size / max(largest, 1e-300)
                shapes += one.cells(role, Window(0, 0, sizes == size), strength=strength)
        return tuple(shapes)

    @property
    def _is_equal(self) -> bool:
        return self.plan.difference is not None and not self.plan.difference.any()

    @property
    def _verdict(self) -> str:
        values = self.plan.difference
        if self._returns:
            return _VERDICTS[self._is_equal]
        if values is None:
            return _EQUAL
        assert self.plan.compared is not None
        other = self.plan.values(self.plan.compared)
        largest = max(float(abs(other).max()), 1.0) if other is not None else 1.0
        off = float(abs(values).max())
        return _EQUAL if off <= _TOLERANCE * largest else f"off by up to {spell(off, self.look.decimals)}"

    def _note_y(self, path: int) -> float:
        return self._shifts[path] + self._ends(self.paths[path])[1] + (_NOTES - 0.5) * self.size

    def _notes(self) -> Iterator[tuple[str, float, float]]:
        """Yield what is written below rows: sizes, or counts."""
        for number, path in enumerate(self.paths):
            sites = self.inputs_of(path)
            if self._returns:
                for site in sites[:-1]:
                    yield size_words(site.size), self._site_middle(site), self._note_y(number)
                yield self._restored, self._site_middle(sites[-1]), self._note_y(number)
            else:
                first, last = self.lefts[sites[0].number], self.lefts[sites[-1].number] + self._map_size(sites[-1])[0]
                yield _counts(path), (first + last) / 2, self._note_y(number)

    def _site_middle(self, site: Site) -> float:
        return self.lefts[site.number] + self._map_size(site)[0] / 2


def _counts(path: tuple[Stage, ...]) -> str:
    """Return how many parameters and multiplications some layers take."""
    layers = [stage.layer for stage in path]
    counts = [_multiplied(layer) for layer in layers]
    names = [*("sum" for _ in layers[:-1]), "output"]
    told = [f"{each} for each {of or name}" for (_, each, of), name in zip(counts, names, strict=True)]
    said = " and ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
    every = " + ".join(f"{count}·{each}" for count, each, _ in counts)
    total = sum(layer.multiplications for layer in layers)
    parameters = _total([layer.parameters for layer in layers])
    return f"{parameters} parameters · multiplications: {said}, {every} = {total} in all"


def _multiplied(layer: Layer) -> tuple[int, int, str]:
    """Return for how many cells a layer multiplies, how often for each, and what they are if not what it makes."""
    if "scatter" in layer.methods:
        count, of = prod(layer.input_size) * layer.grouping.in_channels, "input"
    else:
        count, of = prod(layer.output_size) * layer.grouping.out_channels, ""
    return count, layer.multiplications // count, of


def _total(parts: list[int]) -> str:
    return str(parts[0]) if len(parts) == 1 else f"{' + '.join(map(str, parts))} = {sum(parts)}"
