"""What a caption says of the marks on cells that nothing else in a picture explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING

from convanim.animations.seen import Seen
from convanim.base.language import message, translated
from convanim.base.text import ranges
from convanim.layers import ConvTranspose, Layer, SparseConv
from convanim.plans import USUAL_NAMES, Moves, Plan
from convanim.views.between import covers
from convanim.views.naming import lies_turned
from convanim.views.scene import Scene
from convanim.views.sheet import CROSSES
from convanim.words.sentences import listed
from convanim.words.turning import SMALL_TURNED, turned_words

if TYPE_CHECKING:
    from convanim.views.picture import Picture

_COUNTED = (
    (message("cells count from 0"), message("cells count from 1")),
    (message("rows and columns count from 0"), message("rows and columns count from 1")),
)
"""What is said of places that are named, by whether they have rows, and by the number of the first."""

TOLD_OF_SIGMA = {
    (False, False): (
        message("Σ: weighted sum under the kernel"),
        message("marked output cell: weighted sum under the kernel"),
    ),
    (False, True): (
        message("Σ: weighted sum under the kernel, plus the bias"),
        message("marked output cell: weighted sum under the kernel, plus the bias"),
    ),
    (True, False): (
        message("Σ: weighted sum of what is read"),
        message("marked output cell: weighted sum of what is read"),
    ),
    (True, True): (
        message("Σ: weighted sum of what is read, plus the bias"),
        message("marked output cell: weighted sum of what is read, plus the bias"),
    ),
}
"""What is said of the mark of a weighted sum, and of a cell that is too small for one, by whether not just what lies
under a kernel is read, and by whether a bias is added."""

NOT_ACTIVE = (message("grey cells are not active"), message("dark grey cells are not active"))
"""What is said of cells that are not active, in colours and where results are grey too."""

TOLD_BY_KEY = {
    "talked": message("small double frame: the cell computed below"),
    "talked weight": message("frame in the kernel: the weight of the product that this stamp adds"),
    "talked stamp": message("frames in kernel and stamp: the product that this stamp adds"),
    "share": message("numbers: weights of the input's cells"),
    "added chip": message("each sum includes the +n just added"),
    "winner": message("framed number: the maximum"),
    "sums": message("before ⊕: each channel's part of the sum"),
    "index at work": message(
        "small numbers: output cells, counted row by row from 0; in the input, where a value goes"
    ),
}
"""What is said of things that small pictures, or some steps, leave out, by the kind of their keys."""

_NUMBERED = {
    (False, False): "",
    (True, False): message("numbered inputs are channels"),
    (False, True): message("numbered outputs are channels"),
    (True, True): message("numbered inputs and outputs are channels"),
}
"""What is said of channels, by whether those of the input, and of the output, are named by numbers alone."""

_MAPS = message("numbered maps: channels between the layers")
"""What is said of channels between layers that are named as maps, by numbers."""

TOLD_OF_NAMES = (*filter(None, _NUMBERED.values()), _MAPS)
"""What is said of names, which pictures that are too small for words leave out."""

_TURNED = {
    (False, False): message("the kernel lies in the windows rotated by 180°"),
    (True, False): message("kernels lie in the windows rotated by 180°"),
    # Translators: {layer} is such as "transposed conv".
    (False, True): message("the kernel of the {layer} lies in the windows rotated by 180°"),
    (True, True): message("kernels of the {layer} lie in the windows rotated by 180°"),
}
"""What is said of weights that are turned around, by whether they are of several kernels, and not of all layers."""

_DRAWN_TURNED = (
    message("kernel drawn rotated by 180°, as it lies in the windows"),
    message("kernels drawn rotated by 180°, as they lie in the windows"),
)
"""What is said of weights that are drawn as they lie in the windows, beside which no words say so, by whether there are
several kernels."""

_BETWEEN = (
    message("grey between cells: inserted zeros"),
    message("grey between cells: inserted zeros; windows move by 1 over all cells"),
)
"""What is said of inserted zeros, by whether the stride says how many there are, rather than how windows move."""

_BETWEEN_IN_CHAINS = (
    message("grey in a frame: zeros inserted between cells"),
    message("grey in a frame: zeros inserted between cells; windows move by 1 over all"),
)
"""The same where windows of other layers move by their strides."""

# Translators: {letters} is such as "w" or "v and w".
_INDICES = {
    1: (
        message("indices: channel, then cell"),
        message("indices of {letters}: channel, then cell"),
        message("indices: channels (of {letters}: output, input), then cell"),
    ),
    2: (
        message("indices: channel, then row and column"),
        message("indices of {letters}: channel, then row and column"),
        message("indices: channels (of {letters}: output, input), then row and column"),
    ),
    3: (
        message("indices: channel, then slice, row and column"),
        message("indices of {letters}: channel, then slice, row and column"),
        message("indices: channels (of {letters}: output, input), then slice, row and column"),
    ),
}
"""What is said of the indices of letters, by the number of axes: where all have a channel, only some, and some two."""

_STAMPING = message("marked cells: an input cell, and its stamp, added to the output")

WINDOW_AND_MADE, WINDOW_ALONE = (
    message("marked cells: the window, and what it makes"),
    message("marked input cells: the window"),
)
"""What is said of marked cells, and where something else is said of the one that is made."""

_READ = message("marked input cells: read")
"""What is said of cells around the points that are read."""

_GLASS = message("glass block: the kernel"), message("glass block: the dilated kernel")
"""What is said of a kernel among blocks that moves along three axes, by whether it is dilated."""

_LEFT_OUT = (
    message("sums include channels that are not drawn"),
    message("some sums include channels that are not drawn"),
)
"""What is said of sums with parts of channels that are not drawn, by whether these are not parts of all sums."""

_CROPPED = {
    "border": message("padding takes away the border of zeros"),
    "all": message("no zeros around the input: kernel − 1 − padding = 0"),
    "cells": message("padding takes away cells at the edges of the input"),
}
"""What is said of a transposed layer without zeros around its input, by what padding takes away."""

# Translators: Of a transposed convolution that is drawn stamp by stamp.
_OUTPUT_PADDING = {
    (False, False): "",
    (True, False): message("output padding: less is cut off at the end"),
    (False, True): message("output padding: zeros added at the end"),
    (True, True): message("output padding cuts less at the end, or adds zeros there"),
}
"""What is said of output padding, by whether it keeps stamps from being cut off, and whether it reaches beyond them."""

_FACTORS = (
    message("factors: weights times bilinear shares"),
    message("factor of a cell: its bilinear shares times weights, added up"),
)
"""What is said of the factors of a sum, by whether all that is read of a cell is in one of them."""

_DILATED = message("dilated windows skip cells"), message("dilated stamps leave gaps")
"""What is said of gaps between the cells of a window, by whether it stamps."""

_NO_CEIL = (
    message("ceil mode has no effect here"),
    message("ceil mode has no effect here: one more window would begin beyond the input"),
)
"""What is said of ceil mode that makes no window, by whether windows leave a remainder."""

_GROWING = (
    message("sums grow with each stamp"),
    message("sums grow with each stamp, one input channel after the other"),
)
"""What is said of sums that are not yet whole, by whether channels stamp one after the other."""

_BEYOND = (
    message("the last windows reach beyond the end, where nothing is read"),
    message("the last windows reach beyond the end, where nothing is read or counted"),
)
"""What is said of windows that hang over, by whether a mean is taken of how many cells there are."""

_CUT_OFF = (
    message("dotted cells are cut off by padding"),
    message("dotted cells, and slices at the ends, are cut off by padding"),
)
"""What is said of stamps that reach beyond the output, by whether whole slices do, which are not drawn."""

_ACTIVE = (
    message("outputs are active where their window holds an active cell; others are never computed"),
    message("outputs are active where their window holds an active cell"),
)
"""What is said of which outputs are active, by whether all are."""

_OVERLAP = message("windows overlap")

_OVERLAPPING: dict[tuple[bool, ...], str] = {
    (True, False): message("windows of rows overlap"),
    (False, True): message("windows of columns overlap"),
}
"""What is said of windows that do not slide and share cells along one axis alone."""

_SHADED = (
    message("marked cells: all that the output cell is made from"),
    message("marked cells: what is read and made"),
)
"""What is said of cells that are traced, by whether some layers rest."""

TOLD_OF_SHADOW = {_STAMPING, WINDOW_AND_MADE, WINDOW_ALONE, _READ, *_SHADED}
"""What is said of all cells in the shadow of the kernel, so that nothing more need be said of them."""

_SLABS = (message("slabs from left to right: groups"), message("slabs from top to bottom: groups"))
"""What is said of blocks that are parted by groups, by whether the layer has a single axis."""

_COVERED = {
    (1, True): message("windows cover {cells}, counted from {first}"),
    (2, True): message("windows cover rows and columns {cells}, counted from {first}"),
    (3, True): message("windows cover slices, rows and columns {cells}, counted from {first}"),
    (2, False): message("windows cover rows {rows} and columns {columns}, counted from {first}"),
    (3, False): message("windows cover slices {slices}, rows {rows} and columns {columns}, counted from {first}"),
}
"""What is said of windows that do not slide, by the number of axes, and by whether these have the same windows."""

_MARKS: tuple[tuple[str | Callable[[Seen], str], Callable[[Seen], bool]], ...] = (
    (lambda seen: _NUMBERED[seen.are_numbered], lambda seen: True),
    (_MAPS, lambda seen: seen.has_numbered_maps),
    (message("slices count from 0, channels from 1"), lambda seen: seen.counts_two_ways),
    (
        lambda seen: _LEFT_OUT[seen.plan.is_chain or isinstance(seen.stage, Moves)],
        lambda seen: seen.leaves_out,
    ),
    (message("sums: values times the kernel's weights"), lambda seen: seen.are_weights_in_sums_alone),
    (lambda seen: seen.turns, lambda seen: True),
    (
        lambda seen: _COUNTED[seen.plan.dims > 1][seen.picture.look.first_cell],
        lambda seen: seen.picture.is_field or seen.picture.counts_cells,
    ),
    (message("crossed cells are never read"), lambda seen: bool(seen.lines & CROSSES)),
    (TOLD_BY_KEY["winner"], lambda seen: seen.shows("winner")),
    (message("stronger colour: more stamps"), lambda seen: seen.are_counted),
    (
        message("numbers: stamps on each cell"),
        lambda seen: (
            seen.picture.look.overlap
            and seen.picture.look.in_cells.is_labelled
            and translated("number of stamps on each output cell") not in seen.said
        ),
    ),
    (message("frame: the stamp that falls"), lambda seen: seen.frames_stamps and seen.is_at_work),
    (TOLD_BY_KEY["added chip"], lambda seen: seen.shows_added),
    (TOLD_BY_KEY["talked"], lambda seen: seen.shows("talked")),
    (TOLD_BY_KEY["talked weight"], lambda seen: seen.shows("talked weight") and not seen.shows("talked stamp")),
    (TOLD_BY_KEY["talked stamp"], lambda seen: seen.shows("talked stamp")),
    (
        lambda seen: _CUT_OFF[seen.plan.dims == 3 and any(seen.stage.layer.padding[0])],
        lambda seen: seen.stage.is_stamped and "idle" in seen.lines,
    ),
    (lambda seen: _output_padding(seen.stage.layer), lambda seen: seen.stage.is_stamped),
    (
        message("padding cuts off stamps at the edges"),
        lambda seen: seen.stage.is_stamped and seen.is_cropped and "idle" not in seen.lines,
    ),
    (TOLD_BY_KEY["index at work"], lambda seen: "index" in seen.lines),
    (
        lambda seen: _FACTORS[seen.labels == "numbers"],
        lambda seen: seen.stage.is_weighted and seen.stage.has_factors and "sum" in seen.kernels,
    ),
    (
        NOT_ACTIVE[0],
        lambda seen: seen.stage.is_sparse and not seen.picture.look.has_shades,
    ),
    (
        lambda seen: _ACTIVE[isinstance(seen.stage.layer, SparseConv) and bool(seen.stage.layer.output_mask.all())],
        lambda seen: isinstance(seen.stage.layer, SparseConv) and not seen.stage.layer.submanifold,
    ),
    (message("grey cells stay 0: no value moves there"), lambda seen: seen.stay_zero),
    (
        lambda seen: _DILATED[seen.dilated is not None and seen.dilated.is_stamped],
        lambda seen: seen.dilated is not None and seen.is_at_work and not seen.is_traced,
    ),
    (lambda seen: _BEYOND[seen.counts_no_overhang], lambda seen: bool(seen.hanging)),
    (
        message("last factor: cells of the window / cells that are read"),
        lambda seen: seen.is_scaled and not seen.is_bare,
    ),
    (
        message("their sums are scaled by cells of the window / cells that are read"),
        lambda seen: seen.is_scaled and seen.is_bare,
    ),
    (
        lambda seen: _NO_CEIL[seen.has_remainder],
        lambda seen: (
            bool(seen.stage.layer.options.get("ceil_mode")) and seen.is_lone and not (seen.hanging or seen.is_beside)
        ),
    ),
    (
        TOLD_BY_KEY["sums"],
        lambda seen: seen.labels == "numbers" and seen.shows("sums") and seen.working.grouping.inputs_a_group > 1,
    ),
    (
        message("s: each input's part of the sum"),
        lambda seen: seen.labels == "letters" and "s" in seen.summed,
    ),
    (
        message("rings pair copies with originals"),
        lambda seen: any(role.startswith("pair_") for role in seen.lines_at_work),
    ),
    (
        TOLD_BY_KEY["share"],
        lambda seen: seen.is_between and seen.has_shares,
    ),
    (
        message("dots: where output cells lie; the large one: this cell"),
        lambda seen: seen.is_between and seen.are_dots,
    ),
    (message("small circle: where the output cell lies"), lambda seen: seen.is_between and not seen.are_dots),
    (lambda seen: seen.block_words, lambda seen: "block" in seen.lines_at_work),
    (message("light and dark cells: only to tell them apart"), lambda seen: seen.are_shaded_apart),
    (
        lambda seen: (
            turned_words(seen.plan.dims, _DRAWN_TURNED[seen.turned_kernels[0]])
            if seen.draws_weights
            else turned_words(seen.plan.dims, _TURNED[seen.turned_kernels], layer=seen.turned_layers)
        ),
        lambda seen: seen.are_turned,
    ),
    (
        lambda seen: (_BETWEEN_IN_CHAINS if seen.plan.is_chain else _BETWEEN)[seen.moves_by_one],
        lambda seen: "inserted" in seen.cells,
    ),
    (message("tinted at the end: zeros of output padding"), lambda seen: "surplus" in seen.cells),
    (message("frame: the window without offsets"), lambda seen: seen.is_moved),
    (message("circles: points that are read; arrows: offsets to them"), lambda seen: "move" in seen.lines_at_work),
    (
        message("points on numbers are not drawn"),
        lambda seen: seen.is_moved and not seen.is_bare and covers(seen.picture, seen.shown_steps),
    ),
    (message("some numbers are rounded"), lambda seen: seen.are_rounded),
    (message("heavy dashes: mirror axes"), lambda seen: "mirror" in seen.lines),
    (message("outer ticks: mirror axes"), lambda seen: "mirror_end" in seen.lines),
    (
        message("rows run down, columns back, channels to the right"),
        lambda seen: seen.is_solid and seen.plan.has_several_channels and seen.plan.dims == 2,
    ),
    (
        message("slices run to the right, rows down, columns back"),
        lambda seen: seen.is_solid and seen.plan.dims == 3,
    ),
    (
        message("slices run upward, rows down to the right, columns up to the right"),
        lambda seen: seen.is_stacked,
    ),
    (
        message("cells run to the right, channels down"),
        lambda seen: seen.is_solid and seen.plan.has_several_channels and seen.plan.dims == 1,
    ),
    (lambda seen: _SLABS[seen.plan.dims == 1], lambda seen: seen.are_slabs),
    (message("wider gaps part groups"), lambda seen: seen.has_group_gaps),
    (
        lambda seen: translated(
            "kernels in the order of slabs: {count} for each", count=seen.stage.grouping.outputs_a_group
        ),
        lambda seen: seen.are_slabs and seen.stage.grouping.outputs_a_group > 1,
    ),
    (
        message("kernels have the colours of what they make"),
        lambda seen: (
            seen.is_solid
            and seen.picture.look.is_tinted
            and seen.stage.is_weighted
            and seen.plan.tensors[seen.stage.target].channels > 1
        ),
    ),
    (_READ, lambda seen: seen.is_moved and seen.is_plain),
    (
        lambda seen: (
            _STAMPING if seen.stage.is_stamped else _GLASS[seen.is_dilated] if seen.plan.dims == 3 else WINDOW_AND_MADE
        ),
        lambda seen: seen.is_solid and seen.is_plain and seen.is_at_work and not seen.is_moved,
    ),
    (
        lambda seen: TOLD_OF_SIGMA[
            seen.is_moved or seen.is_traced or seen.stage.is_sparse, seen.are_biased and not seen.is_beside
        ][0],
        lambda seen: seen.has_mark,
    ),
    (lambda seen: _SHADED[seen.rests], lambda seen: seen.is_traced),
    (
        message("each value is stamped in the step after it is made"),
        lambda seen: seen.plan.walk.way == "fused" and seen.stage.is_stamped,
    ),
    (lambda seen: _GROWING[seen.takes_turns_stamping], lambda seen: seen.has_growing_sums),
    (
        message("ticks beside matrices: where one channel ends and the next begins"),
        lambda seen: seen.picture.has_ticks,
    ),
    (
        lambda seen: seen.border_words,
        lambda seen: seen.has_border,
    ),
    (
        lambda seen: _CROPPED[seen.crop],
        lambda seen: seen.is_spread and seen.is_lone and seen.is_cropped and not seen.stage.is_stamped,
    ),
    (lambda seen: seen.stage.layer.order_words, lambda seen: True),
    (lambda seen: seen.stage.layer.place_words, lambda seen: not (seen.plan.is_chain or seen.is_beside)),
    (message("cells of weight 0 are left out"), lambda seen: seen.leaves_out_weights),
)
"""What a caption says, in order: messages, or how to choose one, and where it is said."""


def signs(picture: Picture, scene: Scene, is_solid: bool, step: int, is_alone: bool) -> tuple[str, ...]:
    """Return what a caption says of the marks in a scene.

    Parameters
    ----------
    picture : Picture
        The picture of the scene.
    scene : Scene
        The scene.
    is_solid : bool
        Whether its tensors are blocks.
    step : int
        The step that is shown alone, or the first of those that are shown.
    is_alone : bool
        Whether it is shown alone.
    """
    seen = Seen(picture, scene, is_solid, step, is_alone)
    plan, stage = seen.plan, seen.stage
    told = [words if isinstance(words, str) else words(seen) for words, is_there in _MARKS if is_there(seen)]
    return (
        *((translated("windows of {cells}", cells=stage.window_words),) if stage.divides_input else ()),
        *(
            (translated(_OVERLAPPING.get(seen.overlapping, _OVERLAP)),)
            if stage.divides_input and any(seen.overlapping)
            else ()
        ),
        *filter(None, [_indices(picture) if seen.labels == "letters" else ""]),
        # Blocks and volumes have no brackets beside them.
        *(
            (_covered(stage.spans, picture.look.first_cell),)
            if stage.divides_input and (is_solid or not stage.bracketed)
            else ()
        ),
        *((told_of_chips(plan, seen.is_beside),) if seen.are_chips else ()),
        *((stage.layer.rule_words,) if seen.is_bare and stage.layer.rule_words and not plan.is_chain else ()),
        *(translated(words) for words in told if words),
    )


def _indices(picture: Picture) -> str:
    """Return what the indices of letters say: of which letters channels come first, and of which these are two."""
    contents, plan, kernel = picture.contents, picture.plan, picture.plan.names.kernel
    if not plan.has_several_channels:
        return translated("indices: slice, then row and column") if plan.dims == 3 else ""
    counts: dict[str, int] = {}
    for number, tensor in enumerate(plan.tensors):
        for stage in (one for one in plan.stages if one.target == number and one.is_weighted):
            pair = next(iter(contents.pairs(stage)), None)
            said = None if pair is None else contents.kernel(stage, *pair)
            if pair and said:
                counts[str(said.words.flat[0])] = len(kernel.index_of_pair(*pair, stage.grouping))
        name = plan.named(number)
        counts[name.letter] = len(name.index_of(0, tensor.channels))
    every, some, with_pairs = _INDICES[plan.dims]
    paired = [letter for letter, count in counts.items() if count > 1]
    if paired:
        return translated(with_pairs, letters=listed(paired))
    if all(counts.values()):
        return translated(every)
    return translated(some, letters=listed([letter for letter, count in counts.items() if count]))


def _covered(spans: Sequence[Sequence[tuple[int, int]]], first: int) -> str:
    """Return what the windows of an adaptive layer cover, axis by axis, counted from a number."""
    cells = [ranges((start + first, stop + first) for start, stop in own) for own in spans]
    by_axis = dict(zip(("slices", "rows", "columns")[-len(cells) :], cells, strict=True))
    return translated(_COVERED[len(cells), len({*cells}) == 1], first=first, cells=cells[0], **by_axis)


def _output_padding(layer: Layer) -> str:
    """Return what output padding does to stamps: less of them is cut off, or zeros are added where none is."""
    if not isinstance(layer, ConvTranspose):
        return ""
    added = [(one, after) for one, (_, after) in zip(layer.output_padding, layer.padding, strict=True) if one]
    return _OUTPUT_PADDING[any(one <= after for one, after in added), any(one > after for one, after in added)]


def told_of_chips(plan: Plan, is_beside: bool = False) -> str:
    """Return what a caption says of the weights in the corners of cells, which a small picture leaves out.

    Of kernels of layers beside each other it says nothing that may not be so for all.
    """
    names = plan.names
    if not plan.last.is_weighted:
        return translated("small numbers are the cells' weights")
    if names.kernel.words == USUAL_NAMES.kernel.words:
        if lies_turned(plan.last) and not is_beside and prod(plan.last.layer.kernel_size) > 1:
            return turned_words(plan.dims, SMALL_TURNED)
        return translated("small numbers are the kernel's weights")
    # Translators: What slides in place of a kernel, and what it makes: "for the kernel gradient: output gradient".
    return translated("small numbers for the {made}: {kernel}", made=names.output.called, kernel=names.kernel.called)
