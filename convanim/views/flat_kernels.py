"""Kernels of the flat view: where they stand, their slices and names, and those that a step uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from convanim.base.language import translated
from convanim.base.records import dataclass
from convanim.plans import Stage, Step, Windows
from convanim.plans.steps import kept
from convanim.views.between import farthest, offsets
from convanim.views.flat_layout import LINE, NUMBER, UNSPREAD, FlatLayout, grid, joined
from convanim.views.flat_sizes import BETWEEN_SLICES
from convanim.views.flat_sums import line_shapes
from convanim.views.headings import (
    arrow,
    enclosing,
    heading,
    kernel_name,
    lines_below,
    word_boxes,
    words,
)
from convanim.views.naming import depth_name, lies_turned, part_name
from convanim.views.picture import Work
from convanim.views.plane import FLAT, Plane
from convanim.views.resting import RESTING
from convanim.views.scene import Key, Lines, Shape, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.sum_line import Box
from convanim.views.window_key import SCALE, WindowKey
from convanim.words.turning import turned_words

IN_KERNEL = 0.42

_BRACKET = 0.2
"""The distance of a bracket around the slices of a kernel from them and their names, and the length of its ends."""

_ABOVE_OFFSETS = 3.2
"""How far below the kernel, and all that offsets reach, their grid stands, in letter sizes."""

_BELOW_SUMS, _BIAS_NAME = 1.0, 0.3
"""How far below the last partial sum the bias stands, and below the middle of its tile its name, past half a letter."""


@dataclass(frozen=True)
class FlatKernels(FlatLayout):
    """The layout with the kernels beside the planes, or between those of a chain."""

    draws_kernels = True

    @property
    def taking_turns(self) -> tuple[Stage, ...]:
        """The layers whose kernels take turns in one place: those of the outputs of a group."""
        weighted = (stage for stage in self.plan.walked if stage.is_weighted and not stage.is_stamped)
        return tuple(stage for stage in weighted if stage.grouping.outputs_a_group > 1)

    @property
    def _between_beside(self) -> float:
        """The gap between the unspread input and the kernel below it, with room for a heading."""
        return 0.5 + 1.6 * self.size

    @cached_property
    def unspread(self) -> Sheet | None:
        """The input before zeros are inserted, or None if none are or there are several planes."""
        stage = self.plan.last
        if not (self.is_lone and self.is_spread):
            return None
        said = self.contents.sheet(None, 0, 0, 0, NUMBER, (0.5, 0.5))
        middle = -((self.kernel_box(stage)[1] if stage.is_weighted else 0.0) + self._between_beside) / 2
        looks = {"filled": "input", "lettering": said, "heights": self.contents.heights(None, 0, 0, 0)}
        found = grid(stage.input_size, 0.0, middle, UNSPREAD, page=Page(0), **looks)
        return replace(found, title=self.plan.names.input.called, letter=self.symbol(self.plan.names.input))

    @property
    def kernel_title(self) -> tuple[str, str]:
        """The title of a kernel that is named: its word and its letter."""
        if self.is_lone:
            return self.plan.names.kernel.called, self.symbol(self.plan.names.kernel)
        return kernel_name(self.plan.names, self.plan.last.layer).called, ""

    def kernel_left(self, stage: Stage) -> float:
        """Return the left end of a stage's kernels."""
        return self.between(stage) - self.kernel_box(stage)[0] / 2 if self.is_chain else 0.0

    @kept
    def kernel(self, stage: Stage, pair: tuple[int, int], is_rotated: bool = False) -> list[Sheet]:
        """Return the stacked slices of the kernel of an (output, input) channel pair, perhaps rotated by 180°."""
        site, (slices, rows, _) = self.around(stage)[stage.is_stamped], (1, 1, *stage.layer.kernel_size)[-3:]
        left = self.kernel_left(stage) + (self.kernel_pitch if is_rotated else 0.0)
        is_turned = is_rotated or (lies_turned(stage) and not self.is_lone)
        middle = self.height_of(stage, site.number, pair[not stage.is_stamped])
        if self.unspread:
            middle = self.unspread.box[3] + self._between_beside + self.kernel_box(stage)[1] / 2
        is_named = not (self.is_chain or (self.plan.has_channels and self.has_maps))
        title, letter = (
            (turned_words(self.plan.dims), "") if is_rotated else self.kernel_title if is_named else ("", "")
        )
        found = []
        for number in range(slices):
            named = self.above_slice(stage)
            above = (number - (slices - 1) / 2) * (rows * self.scale + named + BETWEEN_SLICES) + named / 2
            said = self.contents.kernel_lettering(stage, *pair, number, IN_KERNEL, is_turned)
            bars = self.contents.kernel_heights(stage, *pair, number, is_turned)
            found.append(grid(stage.layer.kernel_size, left, middle + above, self.scale, lettering=said, heights=bars))
        return [replace(found[0], title=title, letter=letter), *found[1:]]

    def named_slices(self, stage: Stage, own: Sequence[Sheet]) -> tuple[Texts, ...]:
        """Return the name above each slice of a kernel, where it has several."""
        if not self.above_slice(stage):
            return ()
        names = [depth_name(number + self.look.first_cell) for number in range(len(own))]
        return tuple(
            text
            for name, one in zip(names, own, strict=True)
            for text in heading(name, "", one.middle[0], one.box[1], self.size)
        )

    def kernels_of(self, stage: Stage, channel: int | None = None) -> dict[tuple[int, int], list[Sheet]]:
        """Return the kernels that a channel's steps use (all without a channel), by (output, input) channel.

        The channel is an output channel, or an input channel where inputs stamp.
        """
        if not stage.is_weighted:
            return {}
        pairs = self.contents.pairs(stage)
        return {pair: self.kernel(stage, pair) for pair in pairs if channel in (None, pair[stage.is_stamped])}

    def working(self, work: Work) -> dict[tuple[int, int], list[Sheet]]:
        """Return the kernels that a step uses."""
        stage, step = work.stage, work.step
        if stage is None or step is None or not step.reads:
            return {}
        return self.kernels_of(stage, step.reads[0].channels[0] if stage.is_stamped else step.channel)

    @cached_property
    def still(self) -> tuple[Sheet, ...]:
        """The sheets beside the planes that never change: the unspread input, and single kernels."""
        found = [self.unspread] if self.unspread else []
        for stage in self.plan.walked:
            if stage.grouping.is_single:
                found += [one for own in self.kernels_of(stage).values() for one in own]
        rotated = self.kernel(self.plan.last, (0, 0), True) if self.is_rotated else ()
        return (*found, *rotated, *((self._window,) if self._window else ()))

    @cached_property
    def _offsets(self) -> Plane | None:
        """The grid of the kernel's cells on which offsets are drawn, since among words there is no room for arrows."""
        stage = self.plan.last
        if stage.moved_places is None or not (self.is_lone and self.look.is_labelled and self.plan.dims == 2):
            return None
        (kernel,) = self.kernel(stage, (0, 0))
        down = np.ptp(kernel.plane.corners()[:, 1]) + self._around_offsets + _ABOVE_OFFSETS * self.size
        return replace(kernel.plane, origin=kernel.plane.origin + np.array([0.0, down]))

    @property
    def _around_offsets(self) -> float:
        """How far offsets reach beyond the grid of the kernel's cells."""
        return farthest(self.plan.last) * self.scale

    @property
    def offsets_boxes(self) -> tuple[Box, ...]:
        """The box around the grid of offsets, if there is any, with all that reaches beyond it."""
        if self._offsets is None:
            return ()
        far, corners = self._around_offsets, self._offsets.corners()
        return (enclosing(np.concatenate([corners - far, corners + far]), ()),)

    @property
    def still_headings(self) -> tuple[Texts, ...]:
        """The headings of the sheets that never change, those of kernels above the names of their slices."""
        alone, raised = (self.unspread, self._window), self.above_slice(self.plan.last)
        found = [text for one in self.still for text in one.heading(self.size, raised * (one not in alone))]
        single = [stage for stage in self.plan.walked if stage.grouping.is_single]
        kernels = [(stage, own) for stage in single for own in self.kernels_of(stage).values()]
        if self.is_rotated:
            kernels.append((self.plan.last, self.kernel(self.plan.last, (0, 0), True)))
        for left, top, right, _ in self.offsets_boxes:
            found += heading(translated("offsets"), "", (left + right) / 2, top, self.size)
        return (*found, *(text for stage, own in kernels for text in self.named_slices(stage, own)))

    @cached_property
    def _window(self) -> Sheet | None:
        """The window whose cells are channels, above the plane that it lies on."""
        key = WindowKey.of(self.plan)
        if key is None:
            return None
        (site,) = (one for one in self.sites if one.tensor == key.lone)
        (other,) = (one for one in self.sites if one.tensor != key.lone)
        top = min(self.corner(other, channel, 0)[1] for channel in self.contents.channels[other.tensor])
        left, first = self.corner(site, 0, 0)
        lowest = first - key.rows * SCALE - 2 * self.size
        return key.sheet(Plane(key.rows, key.columns, np.array([left, min(top, lowest)]), FLAT.scaled(SCALE)))

    def kernels(self) -> Shapes:
        """Return the shapes of the sheets that never change, and the arrows from them."""
        shapes: list[Shape] = []
        for one in self.still:
            shapes += one.ground()
        if self._offsets is not None:
            shapes.append(
                Lines("edge", self._offsets.edges(np.ones((self._offsets.rows, self._offsets.columns), bool)))
            )
        shapes += self.still_headings
        if self.unspread:
            start, end = self.unspread.box[2] + 0.3, next(iter(self.sheets.values())).box[0] - 0.25
            shapes += arrow(start, end, self.unspread.middle[1])
        if self.is_rotated:
            one, other = self.still[-2:]
            shapes += arrow(one.box[2] + 0.15, other.box[0] - 0.12, one.middle[1])
        return tuple(shapes)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the kernels that a step uses, and the partial sum of each input channel."""
        stage, step = work.stage, work.step
        if stage is None or step is None:
            return ()
        shapes: list[Shape] = []
        # In a chain, rays pass behind the kernel, which stays where it is when the next one is at work.
        for pair, own in self.working(work).items() if self.is_chain or not stage.grouping.is_single else ():
            key = Key("kernel", (pair[not stage.is_stamped],))
            cells = [shape for one in own for shape in one.ground()]
            shapes += [
                replace(shape, key=key, held=self.is_chain) for shape in (*cells, *self.named_slices(stage, own))
            ]
        shapes += self._brackets({**self.working(work), **self.at_rest(stage, work)})
        for resting in self.plan.walked:
            for own in self.at_rest(resting, work).values():
                shapes += [shape for one in own for shape in one.ground(strength=RESTING)]
                shapes += self.named_slices(resting, own)
        if self.has_partials(stage):
            shapes += self._added(stage, step, work.channels)
        if stage.number in self.stamped:
            at_work = {out: own for (out, _), own in self.working(work).items()}
            shapes += self.stamped[stage.number].weight(work, at_work)
        if self._offsets is not None:
            shapes += offsets(self._offsets, step.reads[0])
        return tuple(shapes)

    def _added(self, stage: Stage, step: Step, read: Sequence[tuple[int, int]]) -> Iterator[Shape]:
        """Yield the partial sum of each channel that is read, dots for others, and below them the named bias."""
        assert isinstance(stage, Windows)
        left = self.tile_left(stage)
        for height in self.heights_between(stage, read):
            yield from line_shapes([self.terms.partials_between(stage)], left, height)
        for site, channel in read:
            height = self.height_of(stage, site, channel)
            yield from line_shapes([self.terms.partial(stage, step, channel)], left, height)
        if stage.layer.bias_size:
            tile, height = self.terms.bias_tile(stage, step.channel), self.bias_height(stage, read)
            yield from line_shapes([tile], left, height)
            # A name wider than its tile would run into the line that leads to the sum.
            beyond = max(0.0, self.wide(translated("bias")) - tile.width) / 2
            yield replace(self._bias_name(left + tile.width / 2 - beyond, height), key=Key("sum"))

    def _bias_name(self, x: float, height: float) -> Texts:
        """Return the name of the bias, below its tile at some place."""
        return words(translated("bias"), x, height + _BIAS_NAME + 0.6 * self.size, self.size)

    @property
    def bias_boxes(self) -> Iterator[Box]:
        """The boxes around the biases among partial sums, with their names, at their lowest."""
        for stage in self.plan.walked:
            if self.has_partials(stage) and stage.layer.bias_size:
                source = self.around(stage)[0]
                read = [(source.number, one) for one in self.contents.channels[source.tensor]]
                named = self._bias_name(self.tile_left(stage), self.bias_height(stage, read))
                left, top, right, bottom = word_boxes([named])[0].tolist()
                yield left, top, right, bottom

    def heights_between(self, stage: Stage, read: Sequence[tuple[int, int]]) -> list[float]:
        """Return the heights of what channels add that are not drawn, between those that are read and drawn."""
        gaps = [(one, other) for one, other in pairwise(read) if one[0] == other[0] and other[1] - one[1] > 1]
        found = [tuple(self.height_of(stage, *of) for of in gap) for gap in gaps]
        # Where the next channel stands at the top of another column, there is no room between them.
        return [(one + other) / 2 for one, other in found if other > one]

    def heights_added(self, stage: Stage, read: Sequence[tuple[int, int]]) -> list[float]:
        """Return the heights of all that is added up, given the sites and channels that are read."""
        heights = [*(self.height_of(stage, *of) for of in read), *self.heights_between(stage, read)]
        return [*heights, self.bias_height(stage, read)] if stage.layer.bias_size else heights

    def bias_height(self, stage: Stage, read: Sequence[tuple[int, int]]) -> float:
        """Return the height of the bias, below the last partial sum of the sites and channels that are read."""
        return max(self.height_of(stage, *of) for of in read) + _BELOW_SUMS

    def at_rest(self, stage: Stage, work: Work) -> Mapping[tuple[int, int], list[Sheet]]:
        """Return a kernel of a layer for each place where none is at work: the last one there, or else the first.

        In a step in which no layer works, none is drawn. A single kernel is at rest while another layer works.
        """
        if work.stage is None:
            return {}
        if stage.grouping.is_single:
            return {} if stage is work.stage else self.kernels_of(stage)
        walked = list(self.plan.walked)
        number, at = (walked.index(one) if one in walked else len(walked) for one in (stage, work.stage))
        of, place, kernels = stage.is_stamped, not stage.is_stamped, self.kernels_of(stage)
        busy = self.working(work) if number == at else {}
        now = min((pair[of] for pair in busy), default=0)
        chosen = dict[int, tuple[int, int]]()
        for pair in sorted(kernels, key=lambda pair: pair[of]):
            if pair[place] not in chosen or number < at or (number == at and pair[of] < now):
                chosen[pair[place]] = pair
        taken = {pair[place] for pair in busy}
        return {pair: kernels[pair] for one, pair in chosen.items() if one not in taken}

    def pales_kernels(self, work: Work) -> bool:
        """Return whether kernels that are not at work in a step are drawn pale."""
        return any(self.at_rest(stage, work) for stage in self.plan.walked)

    def _name(self, text: str, middle: float, top: float, face: str) -> Texts:
        return replace(words(text, middle, top - 0.22 - self.size / 2, self.size, face), key=Key("word"))

    def kernel_names(self, kernels: Mapping[tuple[int, int], list[Sheet]], face: str = "bold") -> list[Texts]:
        """Return the names of kernels of a single layer with channels: each above its first slice."""
        if self.is_chain or not self.plan.has_channels:
            return []
        name, grouping = kernel_name(self.plan.names, self.plan.last.layer), self.plan.last.grouping
        found, told = list[Texts](), ""
        for pair, own in kernels.items():
            kernel, *of = name.of_pair(*pair, grouping)
            middle, top = own[0].middle[0], own[0].box[1] - self.above_slice(self.plan.last)
            found += [self._name(line, middle, top, "regular") for line in of]
            if kernel != told:
                found.append(self._name(kernel, middle, top - len(of) * LINE * self.size, face))
            told = kernel
        return found

    def kernels_in_chain(self, work: Work) -> list[Texts]:
        """Return which kernel each drawn slice of a chain belongs to, and what it is for, below it."""
        if not (self.is_chain and self.plan.has_channels):
            return []
        found = []
        for stage in self.plan.walked:
            working = self.working(work) if stage is work.stage else {}
            own = self.kernels_of(stage) if stage.grouping.is_single else {**working, **self.at_rest(stage, work)}
            for (out, one), sheets in own.items():
                name, *of = self.kernel_named(stage).of_pair(out, one, stage.grouping)
                lines = [name] + [part_name(self.plan.walked, stage, one)] * bool(of)
                below = lines_below(lines, sheets[-1].middle[0], sheets[-1].box[3], self.size)
                found += [replace(line, key=Key("word")) for line in below]
        return found

    def _brackets(self, kernels: Mapping[tuple[int, int], list[Sheet]]) -> tuple[Lines, ...]:
        """Return brackets around the slices of each kernel that reads several channels."""
        if self.is_chain or self.plan.last.grouping.inputs_a_group == 1:
            return ()
        lines = []
        for one in dict.fromkeys(out for out, _ in kernels):
            own = {pair: sheets for pair, sheets in kernels.items() if pair[0] == one}
            boxes = [sheet.box for sheets in own.values() for sheet in sheets]
            left, top, right, bottom = joined([*boxes, *word_boxes(self.kernel_names(own)).tolist()])
            if len(own) > 1:
                for edge, away in ((left, -_BRACKET), (right, _BRACKET)):
                    end, back = edge + away, edge + 2 * away
                    lines += list(pairwise([[end, top], [back, top], [back, bottom], [end, bottom]]))
        return (Lines("edge", np.array(lines), key=Key("bracket")),) if lines else ()
