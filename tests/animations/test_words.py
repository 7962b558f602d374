"""The words of pictures: names of planes, captions that follow from what is drawn, and each thing said once."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from convanim import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    Chain,
    Conv,
    ConvTranspose,
    DeformConv,
    DepthwiseSeparable,
    Fold,
    Layer,
    LpPool,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    PointwiseConv,
    SparseConv,
    Unfold,
    Upsample,
    animate,
    backward,
    compare,
)
from convanim.inputs.known_chains import roundtrip
from convanim.render.text import drawn_width, wrapped
from convanim.views.scene import Cells, Scene, Texts
from tests.views.helpers import shapes_at


def words(scene: Scene, number: int = 0) -> list[str]:
    """Return all words of a step, except for its caption."""
    return [word for one in shapes_at(scene, number) if isinstance(one, Texts) for word in one.words]


@pytest.mark.parametrize(
    ("options", "are_named"),
    [
        ({}, True),
        ({"width": 240}, True),
        ({"width": 240, "values": True}, True),
        ({"caption": False}, True),
        ({"width": 200}, False),
        ({"classic": True}, False),
    ],
)
def test_floating_planes_are_named_where_there_is_room(options: dict[str, Any], are_named: bool) -> None:
    assert ({"input", "output"} <= {*words(animate(Conv(6, 3), **options).scene)}) is are_named


@pytest.mark.parametrize(
    ("layer", "settings"), [(MaxPool(4, 2), "2×2, stride 2"), (Conv(5, 3, padding=1), "3×3, stride 1")]
)
def test_settings_stand_beside_a_plane_only_where_no_caption_says_them(layer: Layer, settings: str) -> None:
    for caption, is_beside in ((None, False), (True, False), (False, True), ("my words", True)):
        scene = animate(layer, view="flat", caption=caption).scene
        assert (settings in words(scene)) is is_beside
    assert {"output", "max of each window"} <= {*words(animate(MaxPool(4, 2), view="flat").scene)}


@pytest.mark.parametrize(
    ("layer", "options", "said"),
    [
        (
            Conv(3, 2),
            {"bars": True, "kernel": [[1, 0], [0, -2]]},
            "bars show values; the tallest: input 3, kernel −2 to 1, output",
        ),
        (
            Conv(3, 2),
            {"bars": True, "view": "flat", "kernel": [[1, 0], [0, -2]]},
            "bars show values; the tallest: input 3, kernel −2 to 1, output",
        ),
        (MaxPool(4, 2), {"bars": True, "input": [[1, 2, 3, 4]] * 4}, "bars show values; the tallest: 4"),
        (MaxPool(4, 2), {"shades": True, "input": [[1, 2, 3, 4]] * 4}, "black to white: 1 to 4"),
        (PixelShuffle(2, 2), {"shades": True}, "black to white: 1 to 9"),
        (Conv(6, 3, stride=2), {}, "crossed cells are never read"),
        (ConvTranspose(3, 3, 2, 1), {"method": "scatter"}, "dotted cells are cut off by padding"),
        (ConvTranspose(3, 3, 2, 1), {"method": "scatter", "view": "blocks"}, "padding cuts off stamps at the edges"),
        (
            ConvTranspose(3, 3, 2),
            {"method": "scatter", "view": "blocks"},
            "marked cells: an input cell, and its stamp, added to the output",
        ),
        (Conv(5, 3), {"labels": "numbers"}, "small numbers are the kernel's weights"),
        (Conv(5, 3, padding=1, padding_mode="circular"), {}, "rings pair copies with originals"),
        (PixelShuffle(2, 2), {}, "dashed and heavy frames: one cell of each channel, and the block that they fill"),
        (
            Chain([PixelShuffle(2, 2), Conv(4, 2)]),
            {"view": "flat"},
            "dashed and heavy frames: one cell of each channel, and the block",
        ),
        (DeformConv(4, 1, offsets=[0.5, 0.25]), {"labels": "letters"}, "factors: weights times bilinear shares"),
        (AvgPool(6, 3), {"labels": "numbers"}, "some numbers are rounded"),
        (Conv(4, 2, padding=1), {"labels": "numbers", "kernel": [[1 / 7, 0], [0, 1]]}, "some numbers are rounded"),
        (Upsample(2, 2, mode="bicubic"), {}, "some numbers are rounded"),
        (DeformConv(4, 2, offsets=[0.33, 0.5] * 4), {"labels": "letters"}, "some numbers are rounded"),
        (SparseConv(5, 3), {}, "grey cells are not active"),
        (Conv(4, 3, in_channels=2), {"labels": "letters", "view": "flat"}, "s: each input's part of the sum"),
        (Upsample(2, 2, mode="bilinear"), {}, "numbers: weights of the input's cells"),
        (Upsample(4, 2, mode="bilinear"), {"view": "blocks"}, "dots: where output cells lie"),
        (Upsample(4, 2, mode="bilinear"), {}, "small circle: where the output cell lies"),
        (Upsample(3, 1.5, mode="nearest"), {}, "sizes are rounded down"),
        (Upsample(1, 2, mode="bilinear"), {}, "small circle: where the output cell lies"),
        (Upsample(2, 3, mode="bicubic"), {"view": "blocks"}, "dots: where output cells lie"),
        (Upsample(2, 3, mode="bicubic"), {}, "beyond the edges, edge cells are read again: their weights add up"),
        (Fold(3, 2), {}, "input channel n: cell n of each window, row by row; added where windows overlap"),
        (ConvTranspose(3, 3, 2), {}, "dashed zeros on each side: 2 = kernel − 1 − padding"),
        (ConvTranspose(3, 3, 2, dilation=2), {}, "dashed zeros on each side: 4 = dilation × (kernel − 1) − padding"),
        (ConvTranspose(3, (3, 2), 2), {}, "dashed zeros before the input: kernel − 1 − padding"),
        (
            ConvTranspose(3, (3, 2), 2, dilation=(1, 2)),
            {},
            "dashed zeros before the input: dilation × (kernel − 1) − padding",
        ),
        (ConvTranspose(3, 3, 2, 1, 1), {}, "dashed zeros on each side: 1 = kernel − 1 − padding"),
        (Fold(3, 2, stride=2), {}, "input channel n: cell n of each window"),
        (
            Conv(4, 3, in_channels=2, out_channels=2),
            {"view": "blocks", "tint": True},
            "kernels have the colours of what they make",
        ),
        (DeformConv(4, 1, offsets=[0.5, 0.25]), {}, "Σ: weighted sum of what is read"),
        (Conv((4, 4, 4), 3), {"view": "blocks"}, "glass block: the kernel"),
        (Conv((4, 4, 4), 2, dilation=2), {"view": "blocks"}, "glass block: the dilated kernel"),
        (DeformConv(4, 2), {}, "frame: the window without offsets"),
        (Conv(5, 2, dilation=2), {}, "dilated windows skip cells"),
        (Chain([Conv(6, 2), Conv(5, 2, dilation=2)]), {"view": "flat"}, "dilated windows skip cells"),
        (MaxUnpool((2, 2, 2), 2), {"view": "blocks"}, "small numbers: output cells"),
        (ConvTranspose(3, 2, in_channels=2, out_channels=2), {"view": "flat", "values": True}, "kernels drawn rotated"),
        (ConvTranspose(3, 2, dilation=2), {"method": "scatter"}, "dilated stamps leave gaps"),
        (MaxPool(4, 3, ceil_mode=True), {}, "the last windows reach beyond the end, where nothing is read"),
        (
            LpPool((9,), 2, ceil_mode=True),
            {"labels": "letters"},
            "last factor: cells of the window / cells that are read",
        ),
        (AvgPool(4, 3, ceil_mode=True), {}, "the last windows reach beyond the end, where nothing is read or counted"),
        (MaxPool(4, 2, ceil_mode=True), {}, "ceil mode has no effect here"),
        (
            AvgPool(13, 2, padding=1, ceil_mode=True),
            {},
            "ceil mode has no effect here: one more window would begin beyond the input",
        ),
        (PointwiseConv(5, in_channels=3, out_channels=5), {}, "marked output cell: weighted sum under the kernel"),
        (Conv(5, 3, bias=True), {}, "Σ: weighted sum under the kernel, plus the bias"),
        (Chain([Conv(5, 2, bias=True), Conv(4, 2)]), {}, "Σ: weighted sum of what is read"),
        (
            ConvTranspose(3, 3),
            {"view": "flat", "labels": "numbers"},
            "small numbers are the weights of the kernel rotated by 180°",
        ),
        (
            DeformConv(5, 3),
            {"view": "flat", "labels": "letters"},
            "circles: points that are read; arrows: offsets to them",
        ),
        (
            ConvTranspose((3, 3, 3), 2, 2, 1),
            {"view": "flat", "method": "scatter"},
            "dotted cells, and slices at the ends, are cut off by padding",
        ),
        (Upsample(1, 2), {"shades": True, "labels": "letters"}, "grey: all values are "),
        (
            Chain([Conv(5, 2), ConvTranspose(4, 2, 2)]),
            {"view": "flat"},
            "transposed conv, dashed zeros on each side: 1 = kernel − 1 − padding",
        ),
        (DeformConv(5, 3), {"labels": "numbers"}, "factor of a cell: its bilinear shares times weights, added up"),
        (Upsample(3, 1.5), {}, "output o of each axis copies cell ⌊o / 1.5⌋, counted from 0"),
        (
            Upsample((3, 4), size=(5, 6), mode="nearest-exact"),
            {},
            "output o of each axis copies cell ⌊(o + 0.5)·3/5⌋ × ⌊(o + 0.5) / 1.5⌋, counted from 0",
        ),
        (Upsample(3, 2, mode="bilinear"), {}, "edges of input and output fall together"),
        (Upsample(3, 1.5, mode="bilinear"), {}, "edges of input and output fall together at the beginning"),
        (SparseConv(6, 3), {}, "outputs are active where their window holds an active cell"),
        (SparseConv(6, 3, active=[(0, 0)]), {}, "outputs are active where their window holds an active cell; others"),
        (ConvTranspose((2, 2, 2), 3, padding=1), {"method": "scatter"}, "padding cuts off stamps at the edges"),
        (Chain([Conv(5, 2), ConvTranspose(4, 2, 2)]), {}, "grey in a frame: zeros inserted between cells; windows"),
        (
            Conv(5, 3, in_channels=2, out_channels=4),
            {"shades": True},
            "black to white: the least to the largest value of each channel",
        ),
        (Chain([Conv(6, 3), Conv(4, 3)]), {"field": (0, 0)}, "rows and columns count from 0"),
        (Conv((8,), 3), {"view": "line"}, "cells count from 0"),
        (Conv(4, 2, in_channels=9), {"labels": "numbers"}, "sums include channels that are not drawn"),
        (Conv(4, 3), {}, "Σ: weighted sum under the kernel"),
        (ConvTranspose(3, 3), {}, "the kernel lies in the windows rotated by 180°"),
        (Chain([Conv(6, 3, out_channels=2), Conv(4, 3, in_channels=2)]), {}, "marked cells: all that the output cell"),
        (Conv(4, 3, in_channels=2, out_channels=2), {}, "numbered inputs and outputs are channels"),
        (DepthwiseSeparable(3, 4, 3, 4, padding=1), {}, "numbered maps: channels between the layers"),
        (Conv(4, 3, out_channels=2), {}, "numbered outputs are channels"),
        (Conv(4, 3), {"view": "blocks"}, "marked cells: the window, and what it makes"),
        (MaxPool((4, 4, 4), 2, channels=2), {}, "slices count from 0, channels from 1"),
        (Conv((3, 3, 3), 2, in_channels=4, out_channels=4, groups=2), {}, "wider gaps part groups"),
        (SparseConv(5, 3), {"view": "blocks"}, "marked cells: the window, and what it makes"),
        (
            ConvTranspose(3, 2),
            {"view": "blocks", "method": "scatter", "labels": "numbers"},
            "frame: the stamp that falls",
        ),
        (
            ConvTranspose(3, 2),
            {"view": "blocks", "method": "scatter", "labels": "numbers"},
            "sums grow with each stamp",
        ),
        (LpPool(5, 2, 2, ceil_mode=True), {"labels": "none"}, "their sums are scaled by"),
        (
            PixelShuffle(2, 2),
            {"view": "blocks"},
            "dashed and heavy frames: one cell of each channel, and the block that they fill",
        ),
        (PixelShuffle(2, 2), {"view": "blocks"}, "rows run down, columns back, channels to the right"),
        (PixelShuffle(2, 2), {}, "input channel n: cell n of each block"),
        (Conv(4, 3, padding=1), {}, "dashed: zero padding"),
        (Chain([Conv(5, 3, padding=1), Conv(5, 3)]), {}, "dashed: zero padding"),
        (Conv(4, 3, in_channels=2), {}, "numbered inputs are channels"),
        (ConvTranspose(3, 3), {"view": "blocks"}, "the kernel lies in the windows rotated by 180°"),
        (ConvTranspose((2, 2, 2), 2), {"labels": "numbers"}, "the kernel lies in the windows flipped along all axes"),
        (
            Chain([Conv(4, 3, padding=1), ConvTranspose(4, 3, 2)]),
            {},
            "the kernel of the transposed conv lies in the windows rotated by 180°",
        ),
        (
            Chain([Conv(4, 3, padding=1), ConvTranspose(4, 3, 2)]),
            {"labels": "letters"},
            "conv, dashed: zero padding; transposed conv, dashed zeros on each side: 2 = kernel − 1 − padding",
        ),
        (
            Chain([Conv(4, 3, padding=1), MaxPool(4, 3, padding=1)]),
            {},
            "conv, dashed: zero padding; max pool, dashed: padding, never the maximum",
        ),
        (Chain([Conv(4, 3), MaxPool(2, 2)]), {"view": "flat", "still": 0}, "dimmed arrows: not at work"),
        (
            Chain([Conv(4, 3), MaxPool(2, 2)]),
            {"view": "flat", "values": True, "still": 4},
            "dimmed kernels and arrows: not at work",
        ),
        (
            Conv(4, 2, in_channels=2, out_channels=2, groups=2),
            {"view": "flat", "values": True, "still": 0},
            "dimmed kernels and arrows: not at work",
        ),
        (MaxPool((4,), 2, channels=2), {"view": "blocks"}, "cells run to the right, channels down"),
        (
            Conv((4,), 2, in_channels=4, out_channels=2, groups=2),
            {"view": "blocks"},
            "slabs from top to bottom: groups",
        ),
        (
            ConvTranspose(2, 2, 3),
            {"view": "flat", "method": "scatter", "still": 2},
            "empty output cells: no stamp so far; where none falls, a number stands from the start",
        ),
        (
            ConvTranspose(2, 2, 3),
            {"view": "flat", "method": "scatter", "still": 3, "labels": "none"},
            "empty output cells: no stamp so far; some get none",
        ),
        (Conv(4, 2, in_channels=2), {"view": "flat"}, "before ⊕: each channel's part of the sum"),
        (Conv(4, 2), {"view": "flat"}, "small numbers are the kernel's weights"),
        (
            ConvTranspose(3, 3, 2),
            {"method": "scatter", "view": "flat"},
            "frames in kernel and stamp: the product that this stamp adds",
        ),
        (
            ConvTranspose(3, 3, 2),
            {"method": "scatter", "view": "oblique", "labels": "numbers"},
            "frame in the kernel: the weight of the product that this stamp adds",
        ),
        (ConvTranspose(2, 2, 2), {"view": "flat", "method": "scatter", "still": -1}, "all stamps have fallen"),
        (Conv(4, 3), {"view": "matrix", "still": 0}, "empty cells of columns and output: not yet filled"),
        (
            Conv(4, 3, out_channels=2),
            {"labels": "numbers", "view": "flat"},
            "kernels are drawn one at a time",
        ),
        (
            DepthwiseSeparable(2, 2, 3, 4),
            {"labels": "numbers", "view": "flat"},
            "kernels of the pointwise conv are drawn one at a time",
        ),
        (Conv(4, 3, in_channels=2), {"view": "matrix"}, "ticks beside matrices"),
        (Conv(4, 3, out_channels=2), {"view": "matrix"}, "kernels beside the input are drawn one at a time"),
        (Conv(4, 3, out_channels=2), {"view": "matrix", "still": 4}, "empty output cells: not yet computed"),
        (ConvTranspose(3, 3, 2, 2), {}, "no zeros around the input: kernel − 1 − padding = 0"),
        (ConvTranspose(3, 3, 2, 4, dilation=2), {}, "padding takes away the border of zeros"),
        (ConvTranspose(3, 3, 2, (2, 3)), {}, "padding takes away cells at the edges of the input"),
        (AdaptiveAvgPool(5, 3), {}, "windows overlap"),
        (AdaptiveAvgPool((5, 6), (3, 2)), {}, "windows of rows overlap"),
        (
            ConvTranspose(3, 2, in_channels=2),
            {"view": "flat", "values": True},
            "kernel drawn rotated by 180°, as it lies",
        ),
        (DepthwiseSeparable(2, 2, 3, 4), {"still": 0}, "marked cells: all that the output cell is made from"),
        (DepthwiseSeparable(2, 2, 3, 4), {"still": 4}, "marked cells: what is read and made"),
        (
            Chain([Conv(4, 2), ConvTranspose(3, 2)]),
            {"labels": "numbers", "method": "scatter", "still": 9},
            "sums grow with each stamp",
        ),
        (roundtrip(Conv(4, 3)), {"labels": "numbers", "method": "scatter", "still": 2}, "sums grow with each stamp"),
        (Conv(4, 3, padding=1), {"view": "blocks", "labels": "numbers"}, "dashed: zero padding"),
        (ConvTranspose(3, 3, 2), {}, "grey between cells: inserted zeros"),
        (Conv(5, 3, padding=1, padding_mode="reflect"), {}, "heavy dashes: mirror axes"),
        (Conv(5, 3, padding=1, padding_mode="reflect"), {"labels": "numbers"}, "outer ticks: mirror axes"),
        (DeformConv(4, 1, offsets=[0.5, 0.25]), {}, "circles: points that are read; arrows: offsets to them"),
        (
            # All points lie in one cell, so that its number has nowhere to go.
            DeformConv(5, 3, offsets=[-0.7 * (at - 1) for cell in product(range(3), repeat=2) for at in cell]),
            {"labels": "numbers"},
            "points on numbers are not drawn",
        ),
        (
            AdaptiveMaxPool((2, 3, 4), (1, 3, 2)),
            {"view": "blocks"},
            "windows cover slices 0–1, rows 0, 1, 2 and columns 0–1, 2–3, counted from 0",
        ),
        (
            AdaptiveMaxPool(6, 4),
            {"view": "blocks"},
            "windows cover rows and columns 0–1, 1–2, 3–4, 4–5, counted from 0",
        ),
        (
            AdaptiveAvgPool((5, 7), (3, 4)),
            {"view": "blocks"},
            "windows cover rows 0–1, 1–3, 3–4 and columns 0–1, 1–3, 3–5, 5–6, counted from 0",
        ),
        (MaxPool((4, 4, 4), 2), {"view": "blocks"}, "slices run to the right, rows down, columns back"),
        (MaxUnpool(2, 2), {}, "all other cells become 0"),
        (MaxPool(4, 2), {"labels": "numbers"}, "framed number: the maximum"),
        (
            Conv(3, 2, in_channels=4, out_channels=4, groups=2),
            {"view": "blocks"},
            "slabs from left to right: groups",
        ),
        (
            Conv(3, 2, in_channels=4, out_channels=4, groups=2),
            {"view": "blocks"},
            "kernels in the order of slabs: 2 for each",
        ),
        (Conv(4, 3, in_channels=2, out_channels=2), {"view": "flat"}, "kernels are drawn one at a time"),
        (DepthwiseSeparable(3, 2, 3, 5), {"view": "blocks"}, "kernels are drawn one at a time"),
        (DeformConv(4, 1, offsets=[0.5, 0.25]), {"view": "blocks"}, "marked input cells: read"),
        (
            Chain([ConvTranspose(3, 2), MaxPool(4, 2)]),
            {"view": "oblique"},
            "the kernel of the transposed conv lies in the windows rotated by 180°",
        ),
        (Unfold(3, 2), {}, "output channel n: cell n of each window, row by row"),
        (Unfold(3, 2, channels=2), {}, "each input makes 4 outputs: the cells of its windows, row by row"),
        (
            Fold(2, 2, channels=2),
            {},
            "each output takes 4 inputs: the cells of its windows, row by row; added where",
        ),
        (
            PixelShuffle(2, 2, channels=2),
            {},
            "each output takes 4 inputs: the cells of its blocks, row by row",
        ),
        (
            PixelUnshuffle(4, 2, channels=2),
            {},
            "each input makes 4 outputs: the cells of its blocks, row by row",
        ),
        (Conv(4, 3), {"still": 0}, "later results are drawn too"),
        (DepthwiseSeparable(4, 3, 2, 5), {}, "channels 4 → 4 → 3"),
        (ConvTranspose(3, 3, 2, 1, 1), {}, "tinted at the end: zeros of output padding"),
        (AvgPool(4, 2, padding=1), {}, "dashed: zero padding, which the mean counts"),
        (AvgPool(4, 2, padding=1), {"labels": "numbers"}, "dashed: zero padding, which the mean counts"),
        (AvgPool(4, 2, padding=1, count_include_pad=False), {}, "dashed: padding, which the mean leaves out"),
        (MaxPool(4, 2, padding=1), {}, "dashed: padding, never the maximum"),
        (LpPool(4, 2), {}, "the square root of the sum of squares"),
        (
            ConvTranspose(3, 3, 2),
            {"method": "scatter", "view": "flat"},
            "frame: the stamp that falls",
        ),
        (
            ConvTranspose(3, 3, 2, 1, 1),
            {"method": "scatter"},
            "output padding: less is cut off at the end",
        ),
        (ConvTranspose(3, 3, 2, 0, 1), {"method": "scatter"}, "output padding: zeros added at the end"),
        (ConvTranspose(3, 3, 2, (0, 1), 1), {"method": "scatter"}, "output padding cuts less at the end"),
        (
            ConvTranspose(2, 2, in_channels=2),
            {"method": "scatter", "labels": "letters", "view": "flat"},
            "sums grow with each stamp",
        ),
        (
            ConvTranspose(3, 3, 2),
            {"method": "scatter", "view": "flat"},
            "small double frame: the cell computed below",
        ),
        (
            Conv(4, 3, in_channels=2, out_channels=2),
            {"labels": "letters"},
            "indices: channels (of w: output, input), then row and column",
        ),
        (
            DepthwiseSeparable(4, 3, 2, 3),
            {"labels": "letters", "view": "flat"},
            "indices: channels (of v: output, input), then row and column",
        ),
        (Conv(4, 3, in_channels=2), {"labels": "letters"}, "indices of x and w: channel, then row and column"),
        (Conv((4,), 3, out_channels=2), {"labels": "letters"}, "indices of w and y: channel, then cell"),
        (
            Chain([Conv(5, (3, 1), in_channels=2), Conv((3, 5), (1, 3))]),
            {"labels": "letters"},
            "indices of x and w: channel, then row and column",
        ),
        (PixelShuffle(2, 2), {"labels": "letters"}, "indices of x: channel, then row and column"),
        (MaxPool(4, 2, channels=2), {"labels": "letters"}, "indices: channel, then row and column"),
        (Conv((3, 3, 3), 2), {"labels": "letters"}, "indices: slice, then row and column"),
        (Upsample(2, 3, mode="bilinear"), {"still": 9}, "cells of weight 0 are left out"),
        (
            Conv((5,), 3, in_channels=2, out_channels=2),
            {"labels": "letters"},
            "indices: channels (of w: output, input), then cell",
        ),
        (MaxPool((2, 2, 2), 2, channels=2), {"labels": "letters"}, "indices: channel, then slice, row and column"),
    ],
)
def test_captions_explain_what_is_drawn(layer: Layer, options: dict[str, Any], said: str) -> None:
    assert any(one.startswith(said) for one in animate(layer, **options).scene.caption)


@pytest.mark.parametrize(("still", "is_said"), [(2, True), (3, False)])
def test_no_cell_is_called_empty_once_stamps_cover_all(still: int, is_said: bool) -> None:
    caption = animate(ConvTranspose(2, 2, 2, in_channels=2), method="scatter", view="flat", still=still).scene.caption
    assert ("empty output cells: no stamp so far" in caption) is is_said


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (AvgPool(4, 2), {"labels": "numbers"}),
        (AvgPool(6, 3), {"labels": "none"}),
        (Conv(4, 3), {"labels": "numbers", "kernel": np.full((3, 3), 1 / 9), "input": np.full((4, 4), 9)}),
        (Upsample(2, 2, mode="bilinear"), {}),
    ],
)
def test_no_rounding_is_told_where_all_that_is_written_is_exact(layer: Layer, options: dict[str, Any]) -> None:
    assert "some numbers are rounded" not in animate(layer, **options).scene.caption


def test_what_is_finished_waits_in_a_still_of_several_layers() -> None:
    panels = [Conv(4, 2), Conv(4, 3)]
    said = "what is finished waits at its last step"
    told = [said in compare(panels, still=still).scene.caption for still in (2, 3, 5, 8)]
    assert told == [False, True, True, False]


@pytest.mark.parametrize(("theme", "is_hatched"), [("print", True), ("guide", False)])
def test_hatching_is_explained_where_the_theme_has_any(theme: str, is_hatched: bool) -> None:
    assert ("hatched: at work" in animate(Conv(4, 3), theme=theme).scene.caption) is is_hatched
    # Blocks say of their marked cells what these are.
    assert "hatched: at work" not in animate(Conv(4, 3), theme=theme, view="blocks").scene.caption


@pytest.mark.parametrize(("theme", "said"), [("print", "dark grey cells"), ("guide", "grey cells")])
def test_cells_that_are_not_active_are_told_from_grey_results(theme: str, said: str) -> None:
    assert f"{said} are not active" in animate(SparseConv(6, 3), theme=theme).scene.caption


def test_windows_of_a_single_cell_skip_none() -> None:
    for layer in (Conv(5, 1, dilation=2), Conv(5, (1, 3), dilation=(2, 1)), MaxPool(5, 1, dilation=2)):
        assert "dilated windows skip cells" not in animate(layer).scene.caption


def test_a_border_that_output_padding_fills_is_not_said_to_be_cut_off_from_the_input() -> None:
    for layer in (ConvTranspose(3, 3, 2, ((2, 3), (2, 3)), 1), ConvTranspose(3, 3, 2, 2, 1)):
        assert "padding takes away the border of zeros" in animate(layer).scene.caption


def test_stamps_that_have_fallen_in_turns_of_channels_are_said_to_be_left_out() -> None:
    layer = ConvTranspose(2, 2, in_channels=9)
    options: dict[str, Any] = {"method": "scatter", "view": "flat", "values": True, "still": 4}
    for order, is_said in (("position", True), ("channel", False)):
        caption = animate(layer, order=order, **options).scene.caption
        assert any("channels that are not drawn" in one for one in caption) is is_said


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Upsample((4, 4, 4), size=(8, 6, 8)), "copies cell ⌊o / 2⌋ × ⌊o / 1.5⌋ × ⌊o / 2⌋,"),
        (Upsample(10, 1.1), "copies cell ⌊o / 1.1⌋,"),
        (Upsample((9,), size=3), "copies cell ⌊o·3⌋,"),
        # PyTorch copies each cell where a plane keeps its size.
        (Upsample(3, 1.25), ""),
    ],
)
def test_the_rule_by_which_cells_are_copied_is_said_where_it_is_one(layer: Upsample, said: str) -> None:
    assert said in layer.place_words
    assert bool(said) is bool(layer.place_words)


def test_of_a_chain_only_the_layer_that_hangs_over_says_what_it_does_there() -> None:
    hanging, plain = AvgPool(5, 2, ceil_mode=True), MaxPool(3, 2, stride=1)
    told = animate(Chain([hanging, plain]), view="flat").scene.caption
    assert "the last windows reach beyond the end, where nothing is read or counted" in told
    others = animate(Chain([MaxPool(5, 2, ceil_mode=True), AvgPool(3, 2, stride=1)]), view="flat").scene.caption
    assert "the last windows reach beyond the end, where nothing is read" in others


def test_sums_of_stamps_say_whether_channels_of_the_input_stamp_one_after_the_other() -> None:
    layer = ConvTranspose(2, 2, in_channels=2)
    for order, said in (("position", ""), ("channel", ", one input channel after the other")):
        caption = animate(layer, order=order, method="scatter", view="flat", values=True).scene.caption
        assert f"sums grow with each stamp{said}" in caption


def test_zeros_of_output_padding_are_not_called_padding() -> None:
    caption = animate(ConvTranspose(3, 2, 3, padding=1, output_padding=1), view="blocks").scene.caption
    assert "tinted at the end: zeros of output padding" in caption
    assert not [one for one in caption if one.startswith("dashed")]


def test_a_still_tells_of_rounding_only_where_it_shows_a_number_that_is_rounded() -> None:
    layer, values = AvgPool((1, 6), (1, 3)), np.array([[0, 1, 2, 0, 0, 1]])
    told = [
        "some numbers are rounded" in animate(layer, input=values, labels="numbers", still=one).scene.caption
        for one in (0, 1)
    ]
    assert told == [False, True]
    between = Upsample(3, mode="bicubic", align_corners=True)
    told = ["some numbers are rounded" in animate(between, still=one).scene.caption for one in (0, 1)]
    assert told == [False, True]


@pytest.mark.parametrize(
    ("layer", "options", "said"),
    [
        (ConvTranspose(3, 3, 2), {"method": "scatter"}, "small double frame: the cell computed below"),
        (Upsample(2, 2, mode="bilinear"), {}, "numbers: weights of the input's cells"),
        (MaxPool(20, 2, 2), {"values": True}, "framed number: the maximum"),
        (
            MaxUnpool(2, 2),
            {},
            "small numbers: output cells, counted row by row from 0; in the input, where a value goes",
        ),
        (Conv(8, 3, in_channels=2), {"view": "flat"}, "before ⊕: each channel's part of the sum"),
    ],
)
def test_small_pictures_do_not_explain_what_they_leave_out(layer: Layer, options: dict[str, Any], said: str) -> None:
    assert said in animate(layer, **options).scene.caption
    assert said not in animate(layer, **options, width=240).scene.caption


def test_a_still_explains_what_its_own_step_shows() -> None:
    for dashed, step in (
        ("dashed: a value, and the window in which it lands", 0),
        ("dashed: the window in which the value lands", 1),
    ):
        told = [animate(MaxUnpool(3, 2, stride=3), still=still).scene.caption for still in (0, 1, 5)]
        assert [number for number, one in enumerate(told) if dashed in one] == [step]
    frame = "frame: the stamp that falls"
    told = [animate(ConvTranspose(2, 3, 2), method="scatter", still=step).scene.caption for step in (0, -1)]
    assert [frame in one for one in told] == [True, False]
    assert all("stronger colour: more stamps" in one for one in told)


def test_dashed_cells_of_a_chain_are_not_told_where_those_of_its_layers_differ() -> None:
    told = animate(Chain([Conv(5, 3, padding=1), MaxPool(5, 3, padding=1)])).scene.caption
    assert not [one for one in told if one.startswith("dashed")]


def test_letters_of_sums_are_explained_only_where_there_are_any() -> None:
    assert "s: each input's part of the sum" not in animate(roundtrip(Conv(4, 3)), labels="letters").scene.caption


def test_panels_say_what_their_bars_measure() -> None:
    scene = compare([Conv(4, 2), MaxPool(4, 2)], bars=True, view="flat", labels="none").scene
    assert "max pooling: bars show values; the tallest: 9" in scene.caption


def test_panels_say_whose_bars_have_another_scale() -> None:
    told = compare([Conv(6, 3), Conv(6, 3, dilation=2)], bars=True).scene.caption
    assert "convolution: bars show values; the tallest: input 3, kernel 2, output 21" in told
    assert "dilated convolution, dilation 2: bars show values; the tallest: input 3, kernel 2, output 18" in told


def test_inactive_cells_are_not_told_by_grey_among_greys() -> None:
    assert "grey cells are not active" not in animate(SparseConv(5, 3), shades=True).scene.caption


def test_the_backward_pass_says_what_slides_in_place_of_a_kernel() -> None:
    told = backward(Conv(4, 3), labels="numbers").scene.caption
    assert "the output gradient comes from the loss" in told
    assert {"small numbers are the kernel's weights", "small numbers for the kernel gradient: output gradient"} <= {
        *told
    }


@pytest.mark.parametrize(("layer", "said"), [(MaxPool(4, 2), True), (AvgPool(4, 2), False), (AvgPool(5, 2, 3), True)])
def test_a_backward_pass_says_which_cells_no_gradient_reaches(layer: Layer, said: bool) -> None:
    assert ("grey cells stay 0: no value moves there" in backward(layer).scene.caption) is said


@pytest.mark.parametrize("options", [{"legend": True}, {"classic": True}])
def test_crosses_are_not_explained_twice_nor_where_there_are_none(options: dict[str, Any]) -> None:
    assert "crossed cells are never read" not in animate(Conv(6, 3, stride=2), **options).scene.caption
    assert "crossed cells are never read" in compare([Conv(6, 3), Conv(6, 3, stride=2)]).scene.caption


@pytest.mark.parametrize(
    ("layer", "options", "first", "last"),
    [
        (Conv(4, 3), {"view": "flat"}, {"empty output cells: not yet computed"}, set()),
        (Chain([Conv(4, 2), Conv(3, 2)]), {}, {"empty cells of results: not yet computed"}, set()),
        (
            Conv(4, 3, out_channels=2),
            {},
            {"kernel in bold: at work", "empty output cells: not yet computed"},
            {"kernel in bold: at work"},
        ),
        (Conv(4, 3, in_channels=2), {}, {"empty output cells: not yet computed"}, set()),
        (Conv(4, 3), {}, set(), set()),
        (Conv(4, 3), {"view": "flat", "legend": True}, set(), set()),
        (Conv(4, 3), {"view": "flat", "caption": "my words"}, set(), set()),
    ],
)
def test_a_lone_step_says_what_rests_and_what_is_still_to_come(
    layer: Layer | Chain, options: dict[str, Any], first: set[str], last: set[str]
) -> None:
    known = {
        "kernel in bold: at work",
        "empty output cells: not yet computed",
        "empty cells of results: not yet computed",
    }
    for still, said in ((0, first), (-1, last), (None, set[str]())):
        assert known & {*animate(layer, still=still, **options).scene.caption} == said


def test_a_still_does_not_speak_of_other_steps() -> None:
    layer, said = Conv(30, 3, in_channels=4, out_channels=8), "some of the steps are shown"
    assert said in animate(layer, view="blocks").scene.caption
    assert said not in animate(layer, view="blocks", still=3).scene.caption


def test_what_small_pictures_leave_out_is_not_explained() -> None:
    layer = Conv(5, 3, stride=3, padding=1, in_channels=4, out_channels=8, groups=4)
    assert "Σ" not in animate(layer).encode("svg").decode()


def test_sums_of_stamps_include_what_their_chips_add() -> None:
    scene = animate(ConvTranspose(3, 3, 2), method="scatter", view="flat").scene
    assert "output: all stamps so far" in words(scene)
    assert "each sum includes the +n just added" in scene.caption
    end = animate(ConvTranspose(3, 3, 2), method="scatter", view="flat", still=scene.steps - 1).scene
    assert "each sum includes the +n just added" not in end.caption
    assert "output: the sum of the stamps" in words(animate(ConvTranspose(3, 3), method="scatter", labels="none").scene)


def test_pictures_with_letters_count_from_one_throughout() -> None:
    chain = Chain([Conv(5, 3), Conv(3, 2)])
    for labels, cell in (("numbers", "row 0, column 1"), ("letters", "row 1, column 2")):
        assert f"receptive field of the output in {cell}" in words(animate(chain, field=(0, 1), labels=labels).scene)
        slices = {word for word in words(animate(MaxPool((4, 4, 4), 2), labels=labels).scene) if "slice" in word}
        assert ("slice 0" in slices) is (labels == "numbers")


def test_words_beside_a_chain_stand_near_what_they_name() -> None:
    scene = animate(Chain([Conv(8, 3), MaxPool(6, 2), AvgPool(3, 2, 1)])).scene
    texts = [one for one in scene.ground if isinstance(one, Texts) and one.anchor == 0]
    quads = np.concatenate([one.quads.reshape(-1, 2) for one in scene.ground if isinstance(one, Cells)])
    for name in ("layer 1: 6×6", "layer 2: 3×3", "output: 2×2"):
        (x, y) = next(one.places[0] for one in texts if one.words == (name,))
        level = quads[np.abs(quads[:, 1] - y) < 1]
        assert 0 < x - level[:, 0].max() < 2


@pytest.mark.parametrize("room", [300.0, 150.0, 60.0])
def test_captions_break_between_parts_or_behind_commas(room: float) -> None:
    phrases = ("a chain of layers", "conv 8×8 → 6×6, kernel 3×3, stride 1", "pool 6×6 → 3×3, kernel 2×2")
    lines = wrapped(phrases, " · ", 12.0, room)
    assert max(drawn_width(line, 12.0) for line in lines) <= room
    said = " · ".join(lines) if room == 300 else " ".join(lines)
    assert said.replace(" · ", " ") == " ".join(phrases)
    if room == 300:
        assert said == " · ".join(phrases)
    elif room == 150:
        assert all(line.endswith(",") or line in (lines[0], lines[2], lines[-1]) for line in lines)


def test_small_numbers_are_called_indices_where_there_are_some() -> None:
    captions = [animate(MaxUnpool(2, 2), labels=labels).scene.caption for labels in ("numbers", "none")]
    said = "small numbers: output cells, counted row by row from 0; in the input, where a value goes"
    assert [said in caption for caption in captions] == [True, False]


def test_a_matrix_says_nothing_of_windows_in_which_kernels_lie() -> None:
    told = animate(ConvTranspose(3, 3, 2), view="matrix").scene.caption
    assert not any("rotated" in one for one in told)


def test_weights_of_cells_are_explained_only_where_they_are_written() -> None:
    told = animate(Upsample(2, 2, mode="bilinear"), view="blocks").scene.caption
    assert "numbers: weights of the input's cells" not in told


def test_points_are_said_to_be_left_out_only_where_they_are() -> None:
    told = animate(DeformConv(5, 3, offsets=np.full((18, 3, 3), 0.25)), labels="numbers").scene.caption
    assert "points on numbers are not drawn" not in told


@pytest.mark.parametrize(
    ("layer", "options", "named"),
    [
        (Conv(5, 3, padding=1), {}, "input: 5×5"),
        (Conv(5, 3, padding=1), {}, "with padding: 7×7"),
        (Conv(5, 3, padding=1), {}, "output: 5×5"),
        (ConvTranspose(3, 3, 2), {}, "input: 3×3"),
        (ConvTranspose(3, 3, 2), {}, "with zeros: 9×9"),
        (MaxPool(5, 2, padding=1, ceil_mode=True), {}, "with padding: 7×7"),
        (ConvTranspose(3, 3, 2, 1), {"method": "scatter", "view": "oblique"}, "output: 5×5"),
        (Conv(5, 3, padding=1), {"view": "flat"}, "input: 5×5"),
        (Conv(5, 3, padding=1), {"view": "flat"}, ", with padding: 7×7"),
        (Conv(5, 3, padding=1), {"view": "flat", "labels": "letters"}, "input"),
        (Conv(5, 3), {}, "input"),
    ],
)
def test_planes_with_more_than_their_cells_say_their_size(layer: Layer, options: dict[str, Any], named: str) -> None:
    assert named in words(animate(layer, **options).scene)


def test_cells_beyond_the_input_are_not_called_padding() -> None:
    said = words(animate(MaxPool(5, 2, ceil_mode=True)).scene)
    assert "input: 5×5" in said
    assert not any("padding" in word for word in said)


def test_names_stay_where_numbers_have_to_go() -> None:
    animation = animate(ConvTranspose(4, 4, 3), view="flat")
    assert [note.partition(";")[0] for note in animation.notes] == ["left out at a width of 960: the numbers"]
    assert {"input", "kernel", "output: 13×13"} <= {*words(animation.scene)}


def test_names_are_explained_only_where_there_is_room_for_them() -> None:
    layer = Conv((4, 4, 4), 3, in_channels=2)
    small, large = (animate(layer, view="oblique", width=width).scene.caption for width in (400, 960))
    assert "numbered inputs are channels" in large
    assert "numbered inputs are channels" not in small


@pytest.mark.parametrize(("channel", "is_drawn"), [(0, True), (3, False), (7, True)])
def test_a_kernel_in_bold_is_told_of_only_where_it_is_drawn(channel: int, is_drawn: bool) -> None:
    layer = Conv(4, 3, in_channels=2, out_channels=8)
    assert ("kernel in bold: at work" in animate(layer, view="blocks", still=4 * channel).scene.caption) is is_drawn


@pytest.mark.parametrize(("stride", "grows"), [(1, True), (2, False)])
def test_a_round_trip_says_that_its_difference_is_still_empty_and_of_sums_only_where_they_grow(
    stride: int, grows: bool
) -> None:
    chain = roundtrip(Conv(4, 2, stride))
    looks: dict[str, Any] = {"labels": "numbers", "view": "flat", "method": "scatter"}
    last = animate(chain, **looks).scene.steps - 1
    before, end = (animate(chain, still=step, **looks).scene.caption for step in (last - 1, last))
    assert [("empty cells of results: not yet computed" in told) for told in (before, end)] == [True, False]
    assert ("sums grow with each stamp" in before) == grows


def test_arrows_that_small_pictures_leave_out_are_not_explained() -> None:
    chain = Chain([ConvTranspose(6, 2, 2), AvgPool(12, 2), Conv(6, 3)])
    said = " ".join(animate(chain, view="flat", still=8, width=960).scene.caption)
    assert "dimmed kernels: not at work" in said
    assert "dimmed kernels and arrows: not at work" in " ".join(
        animate(chain, view="flat", still=8, width=1910).scene.caption
    )
