"""The flat view of a chain whose result is compared with the input, or with the result of one layer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from math import prod

import numpy as np

from convanim.base.font import width_of
from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.layers import Chain, Layer
from convanim.plans import Stage
from convanim.plans.values import Numbers, signed, spell
from convanim.views.flat import Flat
from convanim.views.flat_layout import NOTES, grid, joined
from convanim.views.flat_sums import line_scale, rows_high
from convanim.views.headings import words
from convanim.views.lettering import Lettering, Words, lettered
from convanim.views.marks import Window
from convanim.views.picture import Site, Work
from convanim.views.scene import Lines, Shape, Shapes, Texts
from convanim.views.sheet import Sheet
from convanim.views.slices import page_of
from convanim.views.sum_line import Box
from convanim.words.layer_names import size as size_words
from convanim.words.sentences import listed

_NUMBER = 0.36
_DIFFERENCE_AIR, _BESIDE = 1.3, 0.35

_FAINTEST = 0.4
"""The colour strength towards which small differences fade."""

# Translators: The kernels of two passes, with their sizes: "column 3×1", "row 1×3".
_PASSES = message("column {size}"), message("row {size}")

# Translators: The kernel that two passes replace, with its size.
_WHOLE = message("kernel {size}")

# Translators: Below the kernel that a column and a row are multiplied to.
_PRODUCT = message("= column · row")
"""The note below the kernel that two passes replace."""

# Translators: Below a result that is compared with the input.
_VERDICTS = (message("values not restored"), message("values restored"))
# Translators: Between two results that are equal.
_EQUAL = message("same result")

_TOLERANCE = 1e-9
"""The error allowed between results that should be equal, relative to the largest value."""


@dataclass(frozen=True)
class FlatCompared(Flat):
    """A chain, what its result is compared with, and a last step that compares the two."""

    names_axes = False

    @property
    def _returns(self) -> bool:
        return self.plan.compared == 0

    @cached_property
    def is_separable(self) -> bool:
        """Whether a column pass and a row pass, in some order, are compared with one layer."""
        layer = self.plan.layer
        return isinstance(layer, Chain) and layer.is_of_passes and len(self.paths) == 2 and not self.plan.has_channels

    def title(self, site: Site) -> tuple[str, str]:
        """Return the name of a site: its part in upright letters, and its part in italics."""
        level = self.level(site.tensor)
        if self._returns:
            return "", self.contents.letter(site.tensor)
        if self.is_separable and level and not self.plan.is_output(site.tensor):
            is_column = self.plan.main[level - 1].layer.kernel_size[-1] == 1
            return translated(message("weighted column sums") if is_column else message("weighted row sums")), ""
        return super().title(site)

    @property
    def laid_out(self) -> tuple[tuple[str, ...], str]:
        """What a caption and the alternative text say of the arrangement: what stands above, and what below."""
        scales, said = super().laid_out
        if not self.is_separable:
            return scales, said
        first = self.plan.main[0].layer
        whole = next(stage.layer for stage in self.plan.stages if stage not in self.plan.main)
        kernel = size_words(whole.kernel_size)
        told = (
            message("above: the {kernel} kernel; below: its column, then its row")
            if first.kernel_size[1] == 1
            else message("above: the {kernel} kernel; below: its row, then its column")
        )
        return (translated(told, kernel=kernel), *scales), said

    def name_of(self, stage: Stage) -> str:
        """Return the name above a layer's kernel: of separable passes, which one it is."""
        if not self.is_separable:
            return super().name_of(stage)
        size = stage.layer.kernel_size
        name = _PASSES[1 if size[0] == 1 else 0] if stage in self.plan.main else _WHOLE
        return translated(name, size=size_words(size))

    @property
    def lone_kernel_names(self) -> list[Texts]:
        """The word below each kernel, except for separable passes, whose names say it."""
        return [] if self.is_separable else super().lone_kernel_names

    def lines(self, stage: Stage) -> tuple[str, ...]:
        """Return the lines written below the name of a layer."""
        found = super().lines(stage)
        if not self.is_separable:
            return found
        # The name of each kernel says its size.
        settings = found[1:] if set(stage.layer.stride) == {1} else found
        return settings if stage in self.plan.main else (translated(_PRODUCT), *self._weight_of_product, *settings)

    @property
    def _weight_of_product(self) -> tuple[str, ...]:
        """How a weight of the kernel that two passes replace follows from theirs, among letters."""
        said = [self.contents.kernel(stage, 0, 0) for stage in self.plan.stages]
        if not self.contents.is_lettered or None in said:
            return ()
        whole, one, other = (f"{of.words.flat[-1]}{of.lowered.flat[-1]}" for of in said if of)
        return (f"{whole} = {one} · {other}",)

    @cached_property
    def shifts(self) -> tuple[float, ...]:
        """How far each path lies below the first one, with room for a sum between them."""
        first, *others = super().shifts
        return first, *(shift + self._room_of_sum for shift in others)

    @property
    def _room_of_sum(self) -> float:
        """The room for a sum below the first of two paths."""
        if not self.has_sum:
            return 0.0
        ends = [self.lefts[sites[-1].number] + self.map_size(sites[-1])[0] for sites in self.rows]
        # Tiles look like cells of sheets, which stand where this room lets them: the terms are those of sheets at rest.
        terms = Flat(self.plan, self.look).terms
        scale = line_scale(terms.lengths.longest, max(*ends, self.look.across))
        return (self.below + _BESIDE) * scale + rows_high(terms.lengths.rows(self.paths[0]), scale)

    @property
    def summed_last(self) -> tuple[Stage, ...]:
        """The stages of the last path: of the other one, sums stand right below it."""
        return self.paths[-1]

    def spare(self, number: int) -> float:
        """Return 0: the sums of the last step stand below those of both paths."""
        return 0.0

    def first_row(self, work: Work) -> float:
        """Return the height of the first row of a step's sum, below the path that it belongs to."""
        row = len(self.paths) - 1 if work.stage is None else self.row_of(work.stage)
        return (
            super().first_row(work)
            if row == len(self.paths) - 1
            else self._sum_below(self._note_y(row) + 0.5 * self.size)
        )

    def pales_arrows(self, work: Work) -> bool:
        """Return whether arrows are drawn pale in a step, other than those of the layer beside it."""
        others = [stage for stage in self.plan.walked if stage is not self._stage_beside(work)]
        return self.look.is_labelled and any(list(self._waiting(stage, work)) for stage in others)

    def at_rest(self, stage: Stage, work: Work) -> Mapping[tuple[int, int], list[Sheet]]:
        """Return the kernels of a layer that are not at work, none of the layer that is shown beside a step's."""
        return {} if stage is self._stage_beside(work) else super().at_rest(stage, work)

    def _stage_beside(self, work: Work) -> Stage | None:
        """Return the layer of another path of which the last step is shown beside a step."""
        before = self._last_beside(work.number)
        return None if before is None else self.work(before).stage

    def moment(self, number: int) -> Shapes:
        """Return the shapes that only one step shows, and what another path or layer has made last."""
        shapes, before = super().moment(number), self._last_beside(number)
        if before is None:
            return shapes
        # A path of its own has room for a sum of its own.
        left_out = () if self.is_separable else ("sum", "talked")
        beside = (one for one in super().moment(before) if one.key is None or one.key.what not in left_out)
        return (*beside, *shapes)

    def _last_beside(self, number: int) -> int | None:
        """Return the step that is shown beside one: the last before it of another path, where paths take turns."""
        takes_turns = len(self.paths) > 1 and (self.plan.walk.way == "fused" or self.is_separable)
        if number >= len(self.plan) or self.has_maps or not takes_turns:
            return None
        now = self.plan.place(number)[0]
        if self.is_separable and now not in self.plan.main:
            # Each cell begins with the kernel as a whole: below, what its first step reads, not the cell before.
            return number + 1
        stages = zip(self.plan.walked, self.plan.numbers, strict=True)
        others = (own for stage, own in stages if self.row_of(stage) != self.row_of(now))
        done = (own[count - 1] for own in others if (count := bisect_left(own, number)))
        return max(done, default=None)

    @property
    def _results(self) -> list[Sheet]:
        """The sheets of the chain's result."""
        return [sheet for page, sheet in self.sheets.items() if page.site == self.rows[-1][-1].number]

    @cached_property
    def difference(self) -> list[Sheet]:
        """The sheets of the result minus the input, one per page, if the two are compared."""
        if not self._returns:
            return []
        left, _, right, _ = self.site_box(self.rows[-1][-1])
        # The words below the two planes need room beside each other.
        apart = (self.wide(self._restored) + self.wide(translated(_VERDICTS[0]))) / 2 + 0.6
        air = max(_DIFFERENCE_AIR, self.cut(self.sites[-1])[3] + _BESIDE)
        moved = np.array([max(right - left + air, apart), 0.0])
        return [
            replace(
                grid((one.rows, one.columns), 0.0, 0.0, filled="output", lettering=said),
                origin=one.origin + moved,
                letter="" if number else "x′ − x",
            )
            for number, (one, said) in enumerate(zip(self._results, self._said_of_differences, strict=True))
        ]

    @cached_property
    def _differences(self) -> list[Numbers | None]:
        """The differences of each page of the result, None where there are no numbers."""
        found, pages = self.plan.difference, [sheet.page for sheet in self._results]
        return [None if found is None else page_of(found[page.channel], page.slice) for page in pages]

    @property
    def _said_of_differences(self) -> list[Lettering | None]:
        """The lettering of the differences on each page, in letters of one size."""
        values = self._differences if self.look.labels == "numbers" else [None for _ in self._differences]
        words = [None if one is None else self._signed(one) for one in values]
        found = [None if one is None else lettered(one, np.full(one.shape, "", object), _NUMBER) for one in words]
        least = min((one.size for one in found if one is not None), default=_NUMBER)
        return [None if one is None else replace(one, size=least) for one in found]

    def _signed(self, values: Numbers) -> Words:
        texts = [spell(value, self.look.decimals) for value in values.ravel().tolist()]
        return np.array([text if text == "0" else signed(text) for text in texts], object).reshape(values.shape)

    @property
    def _restored(self) -> str:
        return translated("{size}: the size of x", size=size_words(self.plan.output_size))

    def words(self) -> Shapes:
        """Return the words that never change, and the blank difference."""
        shapes = list(super().words())
        for one in self.difference:
            shapes += [*one.ground(pending=True), *one.heading(self.size)]
        return (*shapes, *(words(text, x, y, self.size) for text, x, y in self._notes()))

    @cached_property
    def core(self) -> Box:
        """The left, top, right and bottom of the picture without the sum."""
        left, top, right, bottom = super().core
        if self.difference:
            note = self.wide(self._verdict) / 2
            right = max(joined(one.box for one in self.difference)[2], self._difference_middle + note)
        return left, top, right, bottom + NOTES * self.size

    @property
    def _difference_middle(self) -> float:
        left, _, right, _ = joined(one.box for one in self.difference)
        return (left + right) / 2

    @cached_property
    def bounds(self) -> Box:
        """The left, top, right and bottom of all that is drawn."""
        left, top, right, bottom = super().bounds
        boxes = [(left, top, right, bottom)]
        if not self._returns:
            end = self._between_results[0] + width_of(self._verdict, "bold") * self.size / 2
            boxes.append((end, top, end, top))
        for text, x, y in (*self._notes(), *self._verdict_note()):
            half = self.wide(text) / 2
            boxes.append((x - half, top, x + half, y + self.size / 2))
        return joined(boxes)

    def _verdict_note(self) -> Iterator[tuple[str, float, float]]:
        if self.difference:
            yield self._verdict, self._difference_middle, self._note_y(0)

    def end(self) -> Shapes:
        """Return the shapes of the last step, which compares the results."""
        if self.difference:
            left, _, right, bottom = self.core
            said = translated(
                message("The size is restored, and so are the values.")
                if self._is_equal
                else message("The size is restored, the values are not.")
            )
            y = bottom + self.below * self._sum_scale
            return (
                *self._differing(),
                *(words(text, x, at, self.size) for text, x, at in self._verdict_note()),
                *((words(said, (left + right) / 2, y, 1.15 * self.size),) if self.look.is_labelled else ()),
            )
        ends = [sites[-1].number for sites in self.rows]
        results = [sheet for page, sheet in self.sheets.items() if page.site in ends]
        rings = [sheet.plane.outline(0, 0, sheet.rows, sheet.columns) for sheet in results]
        x, y = self._between_results
        verdict = words(self._verdict, x, y, self.size, "bold")
        return Lines("reach", np.concatenate(rings)), verdict, *(self._last_sums() if self.has_sum else ())

    def _last_sums(self) -> Iterator[Shape]:
        """Yield the last cell of each result with its sum, which are the same."""
        numbers = dict(zip((stage.number for stage in self.plan.walked), self.plan.numbers, strict=True))
        for path in self.paths:
            last = super().moment(numbers[path[-1].number][-1])
            yield from (one for one in last if one.key is not None and one.key.what in ("sum", "made", "made reach"))

    @property
    def _between_results(self) -> tuple[float, float]:
        """The middle between the sum of the first path, or the notes on it, and the second result with its name."""
        end = self.shifts[1] + self.ends(1)[0] - _BESIDE
        top = end if self.has_sum else self._note_y(0) + 0.5 * self.size
        bottom = self.site_box(self.rows[1][-1])[1] - 1.5 * self.size
        return self._site_middle(self.rows[0][-1]), (top + bottom) / 2

    def _differing(self) -> Shapes:
        """Return the cells of the difference; larger differences have a stronger colour."""
        shapes: list[Shape] = []
        values = self._differences
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
            return translated(_VERDICTS[self._is_equal])
        if values is None:
            return translated(_EQUAL)
        assert self.plan.compared is not None
        other = self.plan.values(self.plan.compared)
        largest = max(float(abs(other).max()), 1.0) if other is not None else 1.0
        off = float(abs(values).max())
        if off <= _TOLERANCE * largest:
            return translated(_EQUAL)
        return translated("off by up to {number}", number=spell(off, self.look.decimals))

    def _note_y(self, row: int) -> float:
        return self.shifts[row] + self.ends(row)[1] + (NOTES - 0.5) * self.size

    def _notes(self) -> Iterator[tuple[str, float, float]]:
        """Yield the notes below rows (sizes or counts) with their positions."""
        for number, (path, sites) in enumerate(zip(self.paths, self.rows, strict=True)):
            y = self._note_y(number)
            if self._returns:
                for site in sites:
                    yield self._restored if site is sites[-1] else size_words(site.size), self._site_middle(site), y
            else:
                left, _, right, _ = joined(self.site_box(site) for site in (sites[0], sites[-1]))
                yield _counts(path), (left + right) / 2, y

    def _site_middle(self, site: Site) -> float:
        left, _, right, _ = self.site_box(site)
        return (left + right) / 2


def _counts(path: tuple[Stage, ...]) -> str:
    """Return a note that counts the parameters and multiplications of some layers."""
    layers = [stage.layer for stage in path]
    counts = [_multiplied(layer) for layer in layers]
    names = [*(message("{count} for each sum") for _ in layers[:-1]), message("{count} for each output")]
    told = [translated(of or name, count=str(each)) for (_, each, of), name in zip(counts, names, strict=True)]
    every = " + ".join(f"{count}·{each}" for count, each, _ in counts)
    total = sum(layer.multiplications for layer in layers)
    parameters = _total([layer.parameters for layer in layers])
    return translated(
        "{parameters} parameters · multiplications: {counts}, {sum} in all",
        parameters=parameters,
        counts=listed(told),
        sum=f"{every} = {total}",
    )


def _multiplied(layer: Layer) -> tuple[int, int, str]:
    """Return how many cells a layer multiplies for, how often for each, and what says that unless they are outputs."""
    if "scatter" in layer.methods:
        count, of = prod(layer.input_size) * layer.grouping.in_channels, message("{count} for each input")
    else:
        count, of = prod(layer.output_size) * layer.grouping.out_channels, ""
    return count, layer.multiplications // count, of


def _total(parts: list[int]) -> str:
    return str(parts[0]) if len(parts) == 1 else f"{' + '.join(map(str, parts))} = {sum(parts)}"
