"""What is seen in a picture, as far as a caption explains it: marks, and what they are marks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convanim.base.language import message, translated
from convanim.base.numbering import FIRST_CELL
from convanim.base.records import dataclass
from convanim.layers import LpPool, Upsample
from convanim.layers.axis import Axis, Kind
from convanim.layers.cells import PALE
from convanim.layers.rules import MEAN
from convanim.plans import USUAL_NAMES, Moves, Plan, Stage
from convanim.plans.values import SHARE_DECIMALS, common_denominator, is_rounded, is_short_fraction, spell
from convanim.views.edge_words import differs_by_axis
from convanim.views.naming import are_maps, between_name, lies_turned, short_name
from convanim.views.scene import Cells, Key, Lines, Scene, Shape, Shapes, Texts
from convanim.views.slab import Slab
from convanim.views.towers import Towers
from convanim.words.layer_names import layer_title
from convanim.words.sentences import listed
from convanim.words.turning import DRAWN_ROTATED, ROTATED, turned_words

if TYPE_CHECKING:
    from convanim.views.picture import Picture

_SUM = Key("sum")


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture as it rests and at a step.

    Attributes
    ----------
    picture : Picture
        The picture.
    scene : Scene
        Its scene.
    is_solid : bool
        Whether its tensors are blocks.
    step : int
        The step that is shown alone, or the first of those that are shown.
    is_alone : bool
        Whether it is shown alone.
    """

    picture: Picture
    scene: Scene
    is_solid: bool
    step: int = 0
    is_alone: bool = False

    @property
    def plan(self) -> Plan:
        """The plan that it shows."""
        return self.picture.plan

    @property
    def stage(self) -> Stage:
        """The last stage."""
        return self.plan.last

    @cached_property
    def working(self) -> Stage:
        """The stage that the step is of."""
        return self.picture.work(self.step).stage or self.stage

    @property
    def is_at_work(self) -> bool:
        """Whether a stage works in the step; at the end of some walks none does."""
        return self.picture.work(self.step).stage is not None

    @cached_property
    def moment(self) -> Shapes:
        """What only the step shows."""
        return self.scene.moment(self.step)

    def shows(self, what: str) -> bool:
        """Return whether only the step shows anything with a key of some kind."""
        return any(shape.key is not None and shape.key.what == what for shape in self.moment)

    @cached_property
    def lines(self) -> set[str]:
        """The roles of lines that never change."""
        return _roles(self.scene.ground, Lines)

    @cached_property
    def cells(self) -> set[str]:
        """The roles of cells that never change."""
        return _roles(self.scene.ground, Cells)

    @cached_property
    def cells_at_work(self) -> set[str]:
        """The roles of cells that the step shows."""
        return _roles(self.moment, Cells)

    @cached_property
    def lines_at_work(self) -> set[str]:
        """The roles of lines that the step shows, but for those of its sum."""
        return _roles((shape for shape in self.moment if shape.key != _SUM), Lines)

    @cached_property
    def said(self) -> set[str]:
        """All words."""
        return _words((*self.scene.ground, *self.moment))

    @cached_property
    def summed(self) -> set[str]:
        """The words of the step's sum."""
        return _words(shape for shape in self.moment if shape.key == _SUM)

    @cached_property
    def kernels(self) -> set[str | None]:
        """What the dark cells are that weights stand in, of those that no small picture leaves out."""
        always = self.moment if self.picture.may_lack_kernels else (*self.scene.ground, *self.moment)
        dark = {shape.key for shape in always if isinstance(shape, Cells) and shape.role == "kernel"}
        return {None if key is None else key.what for key in dark}

    @property
    def labels(self) -> str:
        """What stands in cells."""
        return self.picture.look.labels

    @property
    def is_bare(self) -> bool:
        """Whether nothing does."""
        return not self.picture.look.in_cells.is_labelled

    @property
    def is_plain(self) -> bool:
        """Whether a kernel slides over cells in which nothing stands."""
        return self.working.is_weighted and not self.picture.look.is_labelled

    @property
    def is_beside(self) -> bool:
        """Whether it stands beside others, so that what is said of it must be right for them too."""
        return self.picture.look.is_beside

    @property
    def is_lone(self) -> bool:
        """Whether it is one layer with the usual names; the backward pass says itself of what borders are made."""
        return not self.plan.is_chain and self.plan.names == USUAL_NAMES

    @property
    def stay_zero(self) -> bool:
        """Whether nothing moves to some cells that are made, which the layer does not say itself."""
        stage = self.stage
        return isinstance(stage, Moves) and stage.leaves_zeros and not stage.layer.order_words

    @property
    def is_spread(self) -> bool:
        """Whether the layer is a transposed one."""
        return bool(self.stage.layer.transposes)

    @property
    def moves_by_one(self) -> bool:
        """Whether windows move by 1 over all cells wherever zeros are inserted, whatever the stride."""
        spread = [site.reader for site in self.picture.sites if (site.grid.kind == Kind.INSERTED).any()]
        return all(stage is not None and bool(stage.layer.transposes) for stage in spread)

    @property
    def is_moved(self) -> bool:
        """Whether the cells of a kernel read at places moved by offsets."""
        return self.working.moved_places is not None

    @property
    def is_dilated(self) -> bool:
        """Whether gaps lie between the cells of a window of the layer at work."""
        return _is_dilated(self.working)

    @property
    def dilated(self) -> Stage | None:
        """The first layer with gaps between the cells of its windows, of that at work alone in a still."""
        return next(filter(_is_dilated, [self.working] if self.is_alone else self.plan.walked), None)

    @cached_property
    def hanging(self) -> list[Stage]:
        """The stages whose last windows reach beyond their padded input, as in ceil mode."""
        sites = (site for site in self.picture.sites if (site.grid.kind == Kind.OVERHANG).any())
        return [site.reader for site in sites if site.reader is not None]

    @property
    def counts_no_overhang(self) -> bool:
        """Whether windows that hang over take a mean of how many cells there are."""
        return not self.is_beside and all(stage.rule is MEAN for stage in self.hanging)

    @property
    def has_remainder(self) -> bool:
        """Whether windows that move by the stride do not end where the padded input does."""
        axes = (axis for axis in self.stage.layer.axes if isinstance(axis, Axis))
        return any((axis.extent - axis.reach) % axis.stride for axis in axes)

    @property
    def is_scaled(self) -> bool:
        """Whether sums of powers are scaled since their windows hang over; of one step, if its written sum is."""
        if self.is_beside or not self.hanging or not all(isinstance(stage.layer, LpPool) for stage in self.hanging):
            return False
        return self.is_bare or not self.is_alone or any("/" in one for one in self.summed)

    @property
    def is_between(self) -> bool:
        """Whether output cells lie between cells of the input, which shares are read of."""
        return "place" in self.cells_at_work and not self.stage.is_weighted

    @cached_property
    def are_dots(self) -> bool:
        """Whether small dots are seen beside a window, since some window covers only part of the input."""
        if "dot" not in self.cells:
            return False
        every = prod(self.plan.tensors[0].size)
        steps = map(self.plan.step, range(len(self.plan)))
        return any(len({tuple(at) for one in step.reads for at in one.taps.source.tolist()}) < every for step in steps)

    @cached_property
    def has_mark(self) -> bool:
        """Whether the cell made has the mark of a weighted sum."""
        return self.working.is_weighted and self._is_marked

    @property
    def are_biased(self) -> bool:
        """Whether a bias is added to every weighted sum."""
        return all(stage.layer.bias_size for stage in self.plan.stages if stage.is_weighted)

    @cached_property
    def _is_marked(self) -> bool:
        """Whether any cell has a mark instead of a number."""
        return any(isinstance(shape, Texts) and shape.is_mark for shape in self.moment)

    @property
    def is_traced(self) -> bool:
        """Whether each step shows all that its output cell is made from, layer by layer."""
        return is_traced(self.plan)

    @property
    def rests(self) -> bool:
        """Whether some of the first layers have made all that they make, and rest."""
        return bool(self.picture.rests_before(self.step))

    @property
    def has_growing_sums(self) -> bool:
        """Whether results are not yet whole, since stamps are added to them, and no name says it."""
        begun = (one for one in self.picture.stamped.values() if one.stage is self.working or one.start < self.step)
        are_said = not self.is_bare and (self.plan.is_chain or self.plan.has_channels or self.is_solid)
        return are_said and any(one.most > 1 for one in begun)

    @property
    def takes_turns_stamping(self) -> bool:
        """Whether one channel of the input stamps all its cells before the next does."""
        return self.plan.walk.order == "channel" and self.working.grouping.inputs_a_group > 1

    @property
    def are_shaded_apart(self) -> bool:
        """Whether every other cell of a plane is paler, so that copies of neighbours differ."""
        tints = (sheet.tints for sheet in self.picture.sheets.values())
        return any(one is not None and bool((one == PALE).any()) for one in tints)

    @property
    def block_words(self) -> str:
        """What the layer at work says of the frames around its blocks."""
        layer, read = self.working.layer, {site.number for site in self.picture.sites if site.reader is self.working}
        keys = (shape.key for shape in self.moment if isinstance(shape, Lines) and shape.role == "block")
        is_framed = any(key is not None and key.of[0] in read for key in keys)
        return layer.block_words if is_framed else layer.landing_words or layer.block_words

    @property
    def leaves_out_weights(self) -> bool:
        """Whether a still shows an output cell for which some cells of its window have the weight 0."""
        layer = self.stage.layer
        if not (self.is_alone and self.is_at_work and isinstance(layer, Upsample)):
            return False
        cell = self.plan.step(self.step).cell
        return cell is not None and layer.is_in_line(cell)

    @property
    def overlapping(self) -> tuple[bool, ...]:
        """Whether windows that do not slide share cells, axis by axis."""
        return tuple(any(start <= stop for (_, stop), (start, _) in pairwise(own)) for own in self.stage.spans)

    @property
    def border_words(self) -> str:
        """What layers say of the dashed cells around what they read; where they differ, by the names of layers."""
        padded = [site.reader for site in self.picture.sites if (site.grid.kind == Kind.PADDING).any()]
        layers = [stage.layer for stage in padded if stage is not None]
        said = dict.fromkeys((layer_title(one), translated(one.border_words)) for one in layers)
        if not said:
            return translated("dashed: padding")
        # The sizes in what a transposed layer says are its own.
        is_told_apart = self.plan.is_chain and any(layer.transposes for layer in layers)
        if len({what for _, what in said}) == 1 and not is_told_apart:
            return next(what for _, what in said)
        # Translators: {layer} is such as "max pool", and {what} such as "dashed: zero padding".
        return "; ".join(translated("{layer}, {what}", layer=layer, what=what) for layer, what in said)

    @property
    def turns(self) -> str:
        """What is said of kernels that take turns in one place: of which layers, if those of others do not."""
        turning = self.picture.taking_turns
        others = {layer_title(stage.layer) for stage in self.plan.walked if stage.is_weighted and stage not in turning}
        titles = {layer_title(stage.layer): None for stage in turning}
        if not titles:
            return ""
        if self.picture.has_columns:
            if self.stage.grouping.groups > 1:
                return message("kernels beside the input are drawn one at a time in each group")
            return message("kernels beside the input are drawn one at a time")
        if not others or others & set(titles):
            if all(stage.grouping.groups > 1 for stage in turning):
                return message("kernels are drawn one at a time in each group")
            return message("kernels are drawn one at a time")
        # Translators: {layer} is such as "pointwise conv", in which the kernels of other layers do not take turns.
        return translated("kernels of the {layer} are drawn one at a time", layer=listed([*titles]))

    @property
    def has_border(self) -> bool:
        """Whether dashed cells stand around an input, as those of the forward pass do."""
        is_usual = self.plan.is_chain or (self.is_lone and not self.stage.is_stamped)
        padded = any(np.isin(site.grid.kind, (Kind.PADDING, Kind.COPY)).any() for site in self.picture.sites)
        return is_usual and padded and bool({"padding", "copy"} & self.lines)

    @property
    def is_cropped(self) -> bool:
        """Whether padding takes away what would stand around the input."""
        return any(map(any, self.stage.layer.padding)) and "padding" not in self.lines

    @property
    def crop(self) -> str:
        """What padding takes away: "cells" of the input, "all" of the border of zeros around it, or a "border".

        Of all of it, the words give the formula for kernels without dilation.
        """
        sides = [*zip(self.stage.layer.axes, self.stage.layer.padding, strict=True)]
        if any(min(axis.low, axis.high) < 0 for axis, _ in sides):
            return "cells"
        is_plain = all(axis.dilation == 1 and {*pair} == {axis.kernel - 1} for axis, pair in sides)
        return "all" if is_plain and not any(axis.high for axis, _ in sides) else "border"

    @property
    def shows_added(self) -> bool:
        """Whether chips show what a stamp adds to each cell."""
        return self.shows("added chip")

    @property
    def are_chips(self) -> bool:
        """Whether weights stand in the corners of cells."""
        return self.labels == "numbers" and "kernel chip" in self.kernels and not self.stage.has_factors

    @property
    def are_weights_in_sums_alone(self) -> bool:
        """Whether the weights of a kernel that is not drawn stand in the sum, as numbers."""
        drawn = (*self.scene.ground, *self.moment)
        is_drawn = self.is_solid or any(shape.key is not None and shape.key.what == "kernel" for shape in drawn)
        return self.labels == "numbers" and self.working.is_weighted and self.kernels == {"sum"} and not is_drawn

    @property
    def are_turned(self) -> bool:
        """Whether weights lie turned around in the windows of a layer, which no word says."""
        are_summed = self.are_weights_in_sums_alone or (self.plan.is_chain and "sum" in self.kernels)
        if not (self.is_solid or self.picture.draws_kernels or self.has_mark or self.are_chips or are_summed):
            return False
        said = {turned_words(self.plan.dims, words) for words in (ROTATED, DRAWN_ROTATED)}
        return bool(self._turned) and not said & self.said

    @property
    def draws_weights(self) -> bool:
        """Whether weights stand in kernels that are drawn."""
        return not self.plan.is_chain and not self.is_bare and not {"kernel", "cell"}.isdisjoint(self.kernels)

    @cached_property
    def _turned(self) -> list[Stage]:
        """The stages in whose windows weights lie turned around without being called flipped."""
        stages = (stage for stage in self.plan.stages if stage.is_weighted and not stage.layer.is_flipped)
        return [stage for stage in stages if lies_turned(stage)]

    @property
    def turned_kernels(self) -> tuple[bool, bool]:
        """Whether several kernels lie turned around, and whether those of layers called something else do not."""
        turned, every = ({layer_title(stage.layer) for stage in own} for own in (self._turned, self.plan.stages))
        return sum(stage.grouping.out_channels for stage in self._turned) > 1, turned != every

    @property
    def turned_layers(self) -> str:
        """The names of the layers whose kernels lie turned around."""
        return listed([*dict.fromkeys(layer_title(stage.layer) for stage in self._turned)])

    @property
    def is_stacked(self) -> bool:
        """Whether slices stand above each other as slabs, and rows and columns are not alike."""
        are_slabs = any(isinstance(sheet, Slab) for sheet in self.picture.sheets.values())
        return are_slabs and any(differs_by_axis(stage.layer) for stage in self.plan.main)

    @property
    def are_slabs(self) -> bool:
        """Whether blocks are parted into slabs, one for each group of channels."""
        grouping = self.stage.grouping
        is_grouped = grouping.groups > 1 and not grouping.is_depthwise
        return is_grouped and self.stage.is_weighted and self.picture.parts_groups

    @property
    def are_counted(self) -> bool:
        """Whether the colour of stamped cells says how many of several stamps have fallen on them."""
        stamped = self.picture.stamped.get(self.stage.number)
        return stamped is not None and stamped.is_graded and stamped.most > 1 and not self.plan.is_chain

    @property
    def counts_two_ways(self) -> bool:
        """Whether channels, which bear numbers as names, stand beside slices, which count along an axis from 0."""
        counts_from_0 = self.plan.dims == 3 and not self.is_solid and self.picture.look.first_cell == FIRST_CELL
        return counts_from_0 and any(self.are_numbered)

    @property
    def has_group_gaps(self) -> bool:
        """Whether gaps between towers of slices are all that parts groups."""
        picture = self.picture
        return isinstance(picture, Towers) and picture.chosen.has_rules

    @property
    def frames_stamps(self) -> bool:
        """Whether a frame around a stamp is all that tells its cells from others."""
        return self.are_counted or (self.is_solid and self.stage.is_stamped and not self.is_plain)

    @property
    def are_numbered(self) -> tuple[bool, bool]:
        """Whether a channel of the input, and of the output, is named by its number alone."""
        counts = [self.plan.tensors[end].channels for end in (0, self.stage.target)]
        # Of layers that make other channels without weights, more is said of these.
        is_told = counts[0] != counts[1] and bool(self.stage.layer.order_words)
        if self.plan.names != USUAL_NAMES or is_told:
            return False, False
        read, made = (self.plan.named(end).of(0) in self.said for end in (0, self.stage.target))
        return counts[0] > 1 and read, counts[1] > 1 and made

    @property
    def has_numbered_maps(self) -> bool:
        """Whether several channels between layers are named as maps, by the kind of the layer that makes them."""
        stages = self.plan.main
        found = [one for one in stages[:-1] if are_maps(stages, one) and self.plan.tensors[one.target].channels > 1]
        names = [name for one in found for name in (short_name(stages, one, 0), between_name(stages, one, "", 0, 2))]
        return not self.said.isdisjoint(names)

    @property
    def shown_steps(self) -> Sequence[int]:
        """The steps that are shown: one alone, or all."""
        return [self.step] if self.is_alone else range(len(self.plan))

    @property
    def are_rounded(self) -> bool:
        """Whether any number in a cell is not exact: a value, a weight or a share."""
        decimals, contents, written = self.picture.look.decimals, self.picture.contents, list[float]()
        if self.labels == "numbers":
            planes = [self.plan.plane(*page) for page in _pages(contents.channels)]
            values = chain.from_iterable(one.ravel().tolist() for one in planes if one is not None)
            written += (one for one in values if not self.is_alone or spell(one, decimals) in self._said_so_far)
            kernels = [kernel for kernel in self.plan.kernels if not common_denominator(kernel, decimals)]
            written += chain.from_iterable(one.ravel().tolist() for one in kernels)
        if self.has_shares or self.labels in ("numbers", "letters"):
            shares = self.stage.distinct_shares
            if not all(map(is_short_fraction, shares)):
                written += self._factors if self.is_alone else shares
        has_factors = self.labels == "letters" and self.stage.has_factors and "sum" in self.kernels
        if has_factors and any(is_rounded(one, SHARE_DECIMALS) for one in self._factors):
            return True
        return any(is_rounded(one, decimals) for one in written)

    @property
    def _factors(self) -> list[float]:
        """The shares of the cells that are read in the steps that are shown."""
        reads = chain.from_iterable(self.plan.step(number).reads for number in self.shown_steps)
        found = (read.taps.coefficient for read in reads if read.taps.coefficient is not None)
        return [float(one) for one in chain.from_iterable(found)]

    @cached_property
    def _said_so_far(self) -> set[str]:
        """All words of the step and those that it and the steps before it leave."""
        return self.said | _words(self.scene.marks(range(self.step + 1)))

    @property
    def has_shares(self) -> bool:
        """Whether shares stand alone in the cells that are read."""
        return self.shows("share")

    @property
    def leaves_out(self) -> bool:
        """Whether a sum has parts of channels that are not drawn."""
        tensors, drawn = self.plan.tensors, self.picture.contents.channels
        if not (self.summed or self._is_marked):
            return False
        if self.is_alone and self.working.is_stamped and self.plan.walk.order == "channel":
            # Stamps of later channels have not fallen yet.
            step = self.plan.step(self.step)
            read = max(max(one.channels) for one in step.reads)
            summed_so_far = (one for out in step.channels for one in self.working.grouping.inputs_of(out) if one < read)
            return any(one not in drawn[self.working.source] for one in summed_so_far)
        summed = (stage for stage in self.plan.main if stage.grouping.inputs_a_group > 1)
        return any(len(drawn[stage.source]) < tensors[stage.source].channels for stage in summed)


def _is_dilated(stage: Stage) -> bool:
    """Return whether gaps lie between the cells of a layer's windows."""
    axes = (axis for axis in stage.layer.axes if isinstance(axis, Axis))
    return any(axis.dilation > 1 and axis.kernel > 1 for axis in axes)


def is_traced(plan: Plan) -> bool:
    """Return whether each step shows all that its output cell is made from, layer by layer."""
    return plan.is_chain and len(plan.main) > 1 and plan.walk.way == "outputs"


def _pages(channels: Mapping[int, Iterable[int]]) -> Iterator[tuple[int, int]]:
    """Yield each drawn channel with its tensor."""
    return ((tensor, channel) for tensor, own in channels.items() for channel in own)


def _roles(shapes: Iterable[Shape], kind: type[Cells] | type[Lines]) -> set[str]:
    """Return the roles of the shapes of a kind."""
    return {shape.role for shape in shapes if isinstance(shape, kind)}


def _words(shapes: Iterable[Shape]) -> set[str]:
    """Return the words among some shapes."""
    return {word for shape in shapes if isinstance(shape, Texts) for word in shape.words}
