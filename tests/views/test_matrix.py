"""Layers as products of matrices: what is drawn is those matrices, filled step by step, and words for them."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import pytest

from convanim import (
    AdaptiveAvgPool,
    Animation,
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvGeneral,
    ConvTranspose,
    DepthwiseConv,
    Fold,
    GlobalAvgPool,
    Layer,
    MaxPool,
    PointwiseConv,
    SparseConv,
    Upsample,
    animate,
    backward,
    plan,
)
from convanim.animations.explaining import explain
from convanim.base.font import width_of
from convanim.plans import Windows
from convanim.plans.matrices import Columns, Sparse
from convanim.views import VIEWS, Look
from convanim.views.headings import word_boxes
from convanim.views.matrix import Matrices
from convanim.views.matrix_sheet import BIAS, FLAT_INPUT, KERNEL, MATRIX, OUTPUT, MatrixSheet
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shapes, Texts
from convanim.views.sheet import Page
from tests.views.helpers import grid_of, in_cells, lines, places_of, shapes_at, standing, written
from tests.views.measures import Picture

LAYERS: dict[str, Layer] = {
    "plain": Conv(4, 3),
    "padded": Conv((3, 4), 3, padding=1, stride=(1, 2)),
    "row": Conv((6,), 3, dilation=2),
    "volume": Conv((2, 3, 3), 2),
    "deep": Conv((3, 3, 3), 2, out_channels=2),
    "channels": Conv(3, 2, in_channels=2, out_channels=3, bias=True),
    "groups": Conv(3, 2, in_channels=4, out_channels=2, groups=2),
    "depthwise": DepthwiseConv(3, 2, in_channels=2),
    "replicate": Conv((4,), 3, padding=1, padding_mode="replicate"),
    "transposed": ConvTranspose(2, 3, 2, 1),
    "transposed-channels": ConvTranspose((3,), 2, 2, in_channels=2, out_channels=2, bias=True),
    "general": ConvGeneral(3, 2, padding=((-1, 1), (1, 0)), input_dilation=2),
}


def drawn(layer: Layer, matrix: str, **looks: Any) -> tuple[Scene, Matrices]:
    """Return the picture of a layer's matrices with random numbers, and its scene."""
    look = Look(**{"labels": "numbers", "reveal": True, "matrix": matrix, **looks})
    picture = VIEWS["matrix"].draw(plan(layer, seed=4), look)
    assert isinstance(picture, Matrices)
    return Scene.of(picture), picture


def said_in(scene: Scene, step: int, sheet: MatrixSheet) -> list[list[str]]:
    """Return what the cells of a matrix say at a step."""
    return grid_of(in_cells(shapes_at(scene, step), sheet.plane, chips=sheet.filled == "kernel"), sheet.plane)


@pytest.mark.parametrize("name", LAYERS)
def test_the_columns_times_the_kernels_are_drawn(name: str) -> None:
    layer = LAYERS[name]
    scene, picture = drawn(layer, "im2col")
    stage, last, known = picture.plan.last, scene.steps - 1, picture.matrices
    assert isinstance(stage, Windows)
    own = Columns(stage)
    kernels = own.kernels()
    made: Any = picture.plan.values(stage.target)
    assert kernels is not None
    assert said_in(scene, last, known[MATRIX]) == written(own.values(picture.plan.planes))
    there = np.where(own.met, np.array(written(kernels)), "").tolist()
    assert said_in(scene, last, known[KERNEL]) == there
    assert said_in(scene, last, known[OUTPUT]) == written(made.reshape(len(made), -1))
    if stage.bias is not None:
        assert said_in(scene, last, known[BIAS]) == written(stage.bias[:, None])


@pytest.mark.parametrize("name", [*LAYERS, "average", "fold", "upsample"])
def test_the_sparse_matrix_times_the_input_is_drawn_with_zeros_blank(name: str) -> None:
    layer = {**LAYERS, "average": AvgPool(4, 2), "fold": Fold(2, 2), "upsample": Upsample(2, 2)}[name]
    scene, picture = drawn(layer, "toeplitz")
    own, last, known = Sparse(picture.plan.last), scene.steps - 1, picture.matrices
    values, first, made = own.values(), picture.plan.values(0), picture.plan.values(1)
    assert first is not None
    assert made is not None
    spelled = np.where(values, "1/4", "") if name == "average" else np.array(written(values))
    is_there = np.zeros(own.shape, bool)
    is_there[tuple(np.array(list(own.entries)).T)] = True
    there = np.where(is_there, spelled, "").tolist()
    assert said_in(scene, last, known[MATRIX]) == there
    assert said_in(scene, last, known[FLAT_INPUT]) == written(first.reshape(1, -1))
    assert said_in(scene, last, known[OUTPUT]) == written(made.reshape(-1, 1))


def test_a_column_stands_once_its_window_was_read() -> None:
    scene, picture = drawn(Conv(4, 3), "im2col")
    for step in range(4):
        filled = [bool(row[0]) for row in zip(*said_in(scene, step, picture.matrices[MATRIX]), strict=True)]
        assert filled == [column <= step for column in range(4)]
        assert [bool(one) for one in said_in(scene, step, picture.matrices[OUTPUT])[0]] == filled


def test_each_group_fills_its_own_rows() -> None:
    scene, picture = drawn(DepthwiseConv(3, 2, in_channels=2), "im2col")
    said = said_in(scene, 5, picture.matrices[MATRIX])
    assert [sum(map(bool, row)) for row in said] == [4] * 4 + [2] * 4


@pytest.mark.parametrize(("size", "kernel", "is_wide"), [(4, 4, True), (4, 3, True), (6, 2, False)])
def test_columns_of_large_windows_stand_beside_those_of_other_channels(size: int, kernel: int, is_wide: bool) -> None:
    layer = MaxPool(size, kernel, stride=kernel if kernel != 3 else 1, channels=3)
    scene, picture = drawn(layer, "im2col")
    places, taps = prod(layer.output_size), kernel * kernel
    matrix = picture.matrices[MATRIX]
    assert (matrix.rows, matrix.columns) == ((taps, 3 * places) if is_wide else (3 * taps, places))
    said = said_in(scene, scene.steps - 1, matrix)
    values: Any = picture.plan.values(1)
    made = said_in(scene, scene.steps - 1, picture.matrices[OUTPUT])
    assert [one for row in made for one in row] == [str(one) for one in values.ravel().tolist()]
    if is_wide:
        assert [str(max(map(int, column))) for column in zip(*said, strict=True)] == made[0]


def test_without_labels_columns_fill_as_well() -> None:
    animation = animate(Conv(4, 3), view="matrix", labels="none")
    picture = drawn(Conv(4, 3), "im2col", labels="none")[1]
    places = places_of(shapes_at(animation.scene, 1), picture.matrices[MATRIX].plane, "input", shaded=False)
    assert {column for _, column in places} == {0, 1}


def test_at_work_are_the_row_of_the_kernel_the_column_of_the_window_and_their_cell() -> None:
    scene, picture = drawn(Conv(3, 2, in_channels=2, out_channels=2), "im2col")
    shapes, known = scene.moment(6), picture.matrices
    assert places_of(shapes, known[MATRIX].plane, "input", shaded=True) == [(row, 2) for row in range(8)]
    assert places_of(shapes, known[KERNEL].plane, "kernel", shaded=True) == [(1, column) for column in range(8)]
    assert places_of(shapes, known[OUTPUT].plane, "output", shaded=True) == [(1, 2)]


def test_at_work_are_the_row_of_the_window_and_the_cells_above_its_weights() -> None:
    scene, picture = drawn(Conv(3, 2), "toeplitz")
    shapes, known = scene.moment(1), picture.matrices
    read = [1, 2, 4, 5]
    assert places_of(shapes, known[MATRIX].plane, "kernel", shaded=True) == [(1, column) for column in read]
    assert places_of(shapes, known[FLAT_INPUT].plane, "input", shaded=True) == [(0, column) for column in read]
    assert places_of(shapes, known[OUTPUT].plane, "output", shaded=True) == [(1, 0)]


def test_a_transposed_convolution_has_its_kernel_turned_in_the_columns() -> None:
    scene, picture = drawn(ConvTranspose((2,), 3, 2), "im2col")
    kernel = picture.plan.last.kernel
    assert kernel is not None
    assert said_in(scene, 0, picture.matrices[KERNEL]) == written(kernel[0, 0][::-1])


def test_letters_say_which_weight_and_add_up_those_of_copies() -> None:
    scene, picture = drawn(Conv((2,), 3, padding=1, padding_mode="replicate"), "toeplitz", labels="letters")
    assert said_in(scene, 0, picture.matrices[MATRIX]) == [["Σ", "w_3"], ["w_1", "Σ"]]


def words_of(layer: Layer, **looks: Any) -> set[str]:
    """Return all that is written beside cells."""
    scene = animate(layer, view="matrix", **looks).scene
    return {word.said for word in standing(scene.ground) if word.of.on is None}


def test_each_block_has_a_heading_with_its_size() -> None:
    assert words_of(Conv(4, 3)) == {
        *("input", "output", "one column per window, 9×4", "kernel, flattened 1×9"),
        *("output, flattened 1×4", "= kernel · columns"),
    }
    assert "= max of each column" in words_of(MaxPool(4, 2))
    assert "one column per window, up to 16×9" in words_of(AdaptiveAvgPool(8, 3))
    assert "kernel, turned by 180° and flattened 1×6" in words_of(ConvTranspose(4, (1, 6)))
    assert words_of(ConvTranspose(2, 2), matrix="toeplitz") >= {
        *("kernel as a matrix 9×4: one row per window, blank is 0", "input, flattened: 4 cells"),
        *("the transpose of the matrix of the convolution 3×3 → 2×2", "output, flattened: 9 cells", "="),
    }


def test_caption_and_alternative_text_say_what_is_multiplied() -> None:
    animation = animate(Conv(4, 3), view="matrix", caption=True)
    assert animation.scene.caption[-1] == "a kernel of 1×9 times a matrix of columns, 9×4"
    assert animation.alt.endswith(
        " It is drawn as a product of matrices: each window becomes a column of 9 cells, and "
        "a kernel of 1×9 times a matrix of columns, 9×4 make the output of 1×4."
    )
    sparse: Animation = animate(ConvTranspose(2, 3, bias=True), matrix="toeplitz")
    assert sparse.alt.endswith(
        " It is drawn as the product of a matrix of 16×4 times the input of 4 cells, plus the bias; the matrix has a "
        "row for each output cell, with the weights in the columns of the cells that they multiply, and is the "
        "transpose of the matrix of the convolution 4×4 → 2×2."
    )


def test_an_explanation_says_the_sizes_where_asked_for() -> None:
    chain = Chain([ConvTranspose(3, 2), MaxPool(4, 2), Upsample(2, 2)])
    assert explain(chain, has_matrices=True).splitlines()[-5:] == [
        "",
        "1 im2col    a kernel of 1×4 times a matrix of columns, 4×16: 1×16",
        "1 toeplitz  a matrix of 16×9 times the input of 9 cells; "
        "the transpose of the matrix of the convolution 4×4 → 3×3",
        "2 im2col    max of each of 4 columns of 4 cells: 1×4",
        "3 toeplitz  a matrix of 16×4 times the input of 4 cells",
    ]


@pytest.mark.parametrize(
    ("layer", "looks", "message"),
    [
        (Conv(40, 3), {"view": "matrix"}, "makes a matrix of 9×1,444, .* use an input_size of 14$"),
        (Conv(40, 3), {"matrix": "toeplitz"}, "makes a matrix of 1,444×1,600, .* use an input_size of 9$"),
        (Conv(1, 1, in_channels=200), {"view": "matrix"}, "use fewer channels or a smaller kernel$"),
        (
            MaxPool(4, 2),
            {"matrix": "toeplitz"},
            "matrix toeplitz: multiplies and adds, which max pooling does not",
        ),
        (Upsample(4), {"view": "matrix"}, "matrix im2col: is of windows that slide, .* use matrix=toeplitz"),
        (Chain([Conv(4, 3)]), {"view": "matrix"}, "view matrix: is the product of one layer"),
        (ConvTranspose(2, 3), {"view": "matrix", "method": "scatter"}, "method scatter: stamps"),
        (Conv(4, 3), {"view": "flat", "matrix": "toeplitz"}, "matrix toeplitz: has no effect beside view=flat"),
        (Conv(4, 3), {"matrix": "sparse"}, "matrix 'sparse': unknown; choose im2col or toeplitz"),
    ],
)
def test_what_is_no_such_product_is_refused(layer: Layer | Chain, looks: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        animate(layer, **looks)


def test_the_input_that_a_refusal_names_is_drawn() -> None:
    for matrix, size in (("im2col", 14), ("toeplitz", 9)):
        assert drawn(Conv(size, 3), matrix)[1].steps == (size - 2) ** 2


def test_greys_stand_in_the_columns_too() -> None:
    _, picture = drawn(Conv(3, 2), "im2col", has_shades=True)
    tones = picture.matrices[MATRIX].tones
    plane = picture.contents.tones(None, 0, 0, 0)
    assert tones is not None
    assert plane is not None
    np.testing.assert_array_equal(tones[:, 0], plane[:2, :2].ravel())


def keyed(shapes: Shapes, what: str) -> Points:
    """Return the segments of lines with a key that says what they show."""
    return np.concatenate(
        [one.segments for one in shapes if isinstance(one, Lines) and one.key and one.key.what == what]
    )


def test_a_line_leads_from_below_the_window_of_a_row_whose_edge_it_would_hide() -> None:
    scene, picture = drawn(LAYERS["row"], "im2col")
    plane = picture.sheets[Page(0, 0, 0)].plane
    for number in range(scene.steps):
        _, left, _, right = picture.work(number).windows[Page(0, 0, 0)].box
        (start, turn), *_ = plane.places(keyed(scene.moment(number), "ray").reshape(-1, 2)).reshape(-1, 2, 2)
        assert start.tolist() == pytest.approx([1, (left + right) / 2])
        assert turn[0] > 1.2
        (dot,) = [one for one in scene.moment(number) if one.key is not None and one.key.what == "pin"]
        assert isinstance(dot, Cells)
        assert plane.places(dot.quads.reshape(-1, 2)).mean(axis=0) == pytest.approx(start)


@pytest.mark.parametrize("name", ["plain", "padded", "volume", "channels", "general"])
def test_a_line_leads_between_rows_from_the_outline_of_each_channels_window_to_the_column(name: str) -> None:
    scene, picture = drawn(LAYERS[name], "im2col")
    for number in (0, len(picture.plan.last.places) - 1):
        work, rays = picture.work(number), keyed(scene.moment(number), "ray")
        for page in work.windows:
            top, _, bottom, right = work.windows[page].box
            sides = picture.sheets[page].plane.points(np.array([[top, right], [bottom, right]]))
            starts = [ray[0] for ray in rays if ray[0, 0] == sides[0, 0] and sides[0, 1] <= ray[0, 1] <= sides[1, 1]]
            rows = picture.sheets[page].plane.places(np.array(starts))[:, 0]
            assert rows == pytest.approx(rows.round())
            assert 0 < rows[0] < picture.sheets[page].rows
        tip = rays[-1][0]
        column = picture.matrices[MATRIX].plane.points(np.array([[0, number + 0.5]]))[0]
        assert tip[0] == column[0]
        assert 0 < column[1] - tip[1] < 0.1


def test_matrices_of_a_backward_pass_are_named() -> None:
    said = {word.said for word in standing(shapes_at(backward(Conv(3, 2), view="matrix", values=True).scene, 1))}
    assert {"kernel, flattened 1×4", "output, flattened 1×4", "input gradient, flattened 1×9"} <= said
    assert "kernel gradient, flattened 1×4" in said


@pytest.mark.parametrize("name", ["channels", "deep"])
def test_the_arrow_leads_from_the_row_of_a_channel_to_its_plane(name: str) -> None:
    scene, picture = drawn(LAYERS[name], "im2col")
    for number in (0, len(picture.plan) - 1):
        (page, *_) = picture.work(number).made
        way = keyed(scene.moment(number), "way")
        row = picture.matrices[OUTPUT].plane.points(np.array([[page.channel + 0.5, 0.0]]))[0, 1]
        assert way[0, 0, 1] == pytest.approx(row)
        assert way[-1, 0, 1] == pytest.approx(picture.sheets[page].middle[1])


def test_windows_of_which_nothing_is_made_have_grey_columns_from_the_start() -> None:
    layer = SparseConv(5, 3, active=[(0, 0), (4, 4)])
    scene, picture = drawn(layer, "im2col")
    for page, rows in ((MATRIX, 9), (OUTPUT, 1)):
        sheet = picture.matrices[page]
        grey = [one for one in scene.ground if isinstance(one, Cells) and one.role == "empty"]
        places = np.concatenate([sheet.plane.places(one.quads.mean(axis=1)) for one in grey])
        inside = places[((places > 0) & (places < [rows, 9])).all(axis=1)]
        assert {int(column) for column in inside[:, 1]} == {*np.flatnonzero(~layer.output_mask).tolist()}


@pytest.mark.parametrize(
    ("layer", "kernel"),
    [
        (Conv((6,), 3), "kernel, as a matrix 1×3"),
        (ConvTranspose((3,), 2), "kernel, flipped, as a matrix 1×2"),
        (Conv((6,), 3, in_channels=2), "kernel, flattened 1×6"),
    ],
)
def test_what_has_a_single_axis_is_not_flattened(layer: Layer, kernel: str) -> None:
    said = {word.said for word in standing(drawn(layer, "im2col")[0].ground)}
    assert {kernel, "output, as a matrix 1×4"} <= said


def test_the_way_from_one_of_several_channels_in_a_row_leaves_its_own_cell() -> None:
    layer = GlobalAvgPool(3, channels=3)
    scene, picture = drawn(layer, "im2col")
    row = picture.matrices[OUTPUT]
    for step in range(3):
        x, y = keyed(scene.moment(step), "way")[0, 0].tolist()
        assert y > row.box[3]
        assert int(row.plane.places(np.array([[x, y]]))[0, 1]) == step


def test_kernels_stand_unflattened_beside_the_input_that_they_slide_over() -> None:
    scene, picture = drawn(LAYERS["channels"], "im2col")
    stage = plan(LAYERS["channels"], seed=4).last
    assert isinstance(stage, Windows)
    assert stage.kernel is not None
    for step in (0, scene.steps - 1):
        out = picture.work(step).step.channel  # type: ignore[union-attr]
        own = [shape for shape in scene.moment(step) if shape.key is not None and shape.key.what == "kernel"]
        said = [word for one in own if isinstance(one, Texts) and one.on == "kernel" for word in one.words]
        assert said == [word for one in stage.kernel[out] for row in written(one) for word in row]
        named = [word for one in own if isinstance(one, Texts) and one.on is None for word in one.words]
        assert named == [f"kernel {out + 1} of 3", "for input 1", f"kernel {out + 1} of 3", "for input 2"]


def test_a_kernel_that_lies_rotated_in_the_windows_stands_rotated_beside_the_input() -> None:
    layer = ConvTranspose(3, (2, 3))
    scene, _ = drawn(layer, "im2col")
    stage = plan(layer, seed=4).last
    assert isinstance(stage, Windows)
    assert stage.kernel is not None
    own = [
        one for one in scene.moment(0) if isinstance(one, Texts) and one.key is not None and one.key.what == "kernel"
    ]
    weights = [word for row in written(np.flip(stage.kernel[0, 0])) for word in row]
    assert [word for one in own for word in one.words] == [*weights, "kernel", "rotated 180°"]
    assert "kernel, flattened 1×6" in words_of(layer)


@pytest.mark.parametrize("name", ["row", "volume"])
def test_kernels_that_are_rows_anyway_stand_flattened_only(name: str) -> None:
    scene, _ = drawn(LAYERS[name], "im2col")
    assert not [shape for shape in scene.moment(0) if shape.key is not None and shape.key.what == "kernel"]


def test_planes_fill_the_room_above_flattened_kernels_without_words_over_each_other() -> None:
    _, picture = drawn(Conv(4, 3, in_channels=3, out_channels=2), "im2col")
    boxes = [sheet.box for page, sheet in picture.sheets.items() if page.site == 0]
    assert picture.scale > 1.5
    assert all(low[1] > high[3] + picture.size for high, low in pairwise(boxes))
    assert boxes[-1][3] <= 0


SEVERAL = {
    "inputs": DepthwiseConv(5, 3, in_channels=4),
    "outputs": Conv(4, 2, in_channels=2, out_channels=8),
    "both": Conv(4, 2, in_channels=6, out_channels=12),
    "pooled": MaxPool(6, 2, channels=4),
}
BESIDE_EACH_OTHER: dict[str, Layer] = {
    **SEVERAL,
    "wider than kernels": PointwiseConv((6, 4), in_channels=5, out_channels=2),
    "volumes": Conv((3, 3, 3), 2, in_channels=2, out_channels=2),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_many_channels_stand_in_columns_no_higher_than_the_matrices(name: str) -> None:
    _, picture = drawn(SEVERAL[name], "im2col")
    sides = [[sheet.box for page, sheet in picture.sheets.items() if page.site == site] for site in (0, 1)]
    columns = [len({box[0] for box in boxes}) for boxes in sides]
    assert [count > 1 for count in columns] == [name != "outputs", name in ("outputs", "both")]
    top, bottom = picture.matrices[MATRIX].box[1], picture.matrices[OUTPUT].box[3]
    for boxes in sides:
        assert max(box[3] for box in boxes) - min(box[1] for box in boxes) < 1.1 * (bottom - top)


def test_inputs_stand_in_several_columns_where_they_would_be_much_higher_than_all_else() -> None:
    for inputs, columns in ((2, 1), (5, 3)):
        _, picture = drawn(PointwiseConv((6, 4), in_channels=inputs, out_channels=2), "im2col")
        boxes = [sheet.box for page, sheet in picture.sheets.items() if page.site == 0]
        assert len({box[0] for box in boxes}) == columns
        assert max(box[2] for box in boxes) < picture.matrices[MATRIX].box[0]


@pytest.mark.parametrize("name", BESIDE_EACH_OTHER)
def test_ways_of_channels_in_columns_pass_other_planes_and_words(name: str) -> None:
    layer = BESIDE_EACH_OTHER[name]
    animation = animate(layer, view="matrix", labels="numbers", matrix="im2col", seed=4, width=1900)
    picture = drawn(layer, "im2col")[1]
    for step in range(0, animation.scene.steps, max(1, animation.scene.steps // 8)):
        assert [*Picture(animation, step).overlapping(), *Picture(animation, step).crossed()] == []
        shapes, read = animation.scene.moment(step), picture.work(step).windows
        named = word_boxes(shape for shape in shapes if isinstance(shape, Texts) and shape.key == Key("word"))
        others = np.array([*(sheet.box for page, sheet in picture.sheets.items() if page not in read), *named])
        for start, end in np.concatenate([lines(shapes, "arrow"), lines(shapes, "lead")]):
            spots = start + (end - start) * np.linspace(0, 1, 30)[:, None]
            assert not ((others[:, None, :2] < spots) & (spots < others[:, None, 2:])).all(axis=-1).any()


@pytest.mark.parametrize(
    "layer",
    [
        Conv((7, 4), 2, padding=1, in_channels=4, out_channels=8, groups=2),
        Conv(4, 2, padding=2, in_channels=8, out_channels=11, padding_mode="reflect", bias=True),
    ],
)
def test_names_of_kernels_end_before_those_of_planes_that_are_narrower_than_these(layer: Layer) -> None:
    shown = Picture(animate(layer, view="matrix", matrix="im2col"), 2)
    assert [*shown.overlapping(), *shown.crossed()] == []


def test_a_name_with_sizes_that_is_wider_than_its_input_ends_with_it() -> None:
    scene, picture = drawn(Conv(2, 3, padding=1), "im2col")
    (name,) = (word for word in standing(scene.ground) if word.said == "input: 2×2, with padding: 4×4")
    assert name.at[0] + width_of(name.said) * name.of.size / 2 == pytest.approx(picture.sheets[Page(0)].box[2])


def test_names_of_several_planes_are_bold_where_they_are_at_work() -> None:
    scene, _ = drawn(LAYERS["channels"], "im2col")
    faces = {(word.said, word.of.face) for word in standing(shapes_at(scene, 0))}
    assert {("input 1", "bold"), ("output 1", "bold"), ("output 2", "regular")} <= faces


def test_a_name_that_is_wider_than_what_is_made_begins_with_it() -> None:
    scene, picture = drawn(Conv(3, 3, out_channels=12), "im2col")
    (name,) = (word for word in standing(shapes_at(scene, len(picture.plan) - 1)) if word.said == "output 12")
    made = picture.sheets[Page(1, 11)]
    assert name.of.face == "bold"
    wide = width_of("output 12", "bold") * name.of.size
    assert wide > made.box[2] - made.box[0]
    assert name.at[0] - wide / 2 == pytest.approx(made.box[0])


@pytest.mark.parametrize("matrix", ["im2col", "toeplitz"])
def test_slices_stand_below_each_other_and_channels_of_volumes_beside_each_other(matrix: str) -> None:
    _, picture = drawn(Conv((3, 4, 3), 2, in_channels=2, out_channels=2), matrix)
    for site, slices in ((0, 3), (1, 2)):
        boxes = np.array([[picture.sheets[Page(site, one, at)].box for one in range(2)] for at in range(slices)])
        left, top, right, bottom = np.moveaxis(boxes, -1, 0)
        assert (bottom[:-1] < top[1:]).all()
        assert (right[:, 0] < left[:, 1]).all()
        assert np.ptp(left, axis=0).max() == np.ptp(top, axis=1).max() == 0


def test_slices_of_volumes_beside_each_other_are_named_for_all() -> None:
    scene, _ = drawn(Conv((3, 5, 3), 2, padding="same", in_channels=4, out_channels=2), "im2col")
    # Rows of the sum, behind the names of planes, begin with such names too.
    said = {word.said: word for word in reversed(standing(shapes_at(scene, 0)))}
    names = ["input 1, slice 0", "input 2", "input 4", "slice 1", "output 1", "output 2, slice 0"]
    assert {*names} <= said.keys()
    first, second = said["input 1, slice 0"], said["input 2"]
    wide = (width_of(first.said, "bold") + width_of(second.said, "bold")) / 2 * first.of.size
    assert second.at[0] - first.at[0] - wide > 0.5 * first.of.size


def test_the_name_of_a_bias_is_clear_of_that_of_the_output() -> None:
    scene, _ = drawn(Conv(4, 3, in_channels=4, out_channels=2, groups=2, bias=True), "im2col")
    said = {word.said: word for word in standing(scene.ground)}
    bias, output = said["bias"], said["output, flattened 2×4"]
    apart = output.at[0] - bias.at[0] - (width_of(output.said) + width_of(bias.said)) / 2 * bias.of.size
    assert bias.at[1] == output.at[1]
    assert apart > 0.5 * bias.of.size


def test_rows_of_kernels_that_are_not_at_work_are_pale_and_the_caption_says_so() -> None:
    scene, picture = drawn(Conv(3, 2, out_channels=3), "im2col")
    sheet = picture.matrices[KERNEL]
    rests, works = (
        {
            one.strength
            for one in shapes
            if isinstance(one, Cells) and places_of((one,), sheet.plane, "kernel", is_shaded)
        }
        for shapes, is_shaded in ((scene.ground, False), (scene.moment(0), True))
    )
    assert max(rests) < 1
    assert works == {1.0}
    assert picture.pales_kernels(picture.work(0))
    assert not drawn(Conv(3, 2), "im2col")[1].pales_kernels(picture.work(0))


@pytest.mark.parametrize(
    ("layer", "has_ticks"), [(AvgPool(3, 3, channels=3), False), (AvgPool(4, 3, 1, channels=3), True)]
)
def test_ticks_part_channels_that_take_several_columns(layer: Layer, has_ticks: bool) -> None:
    assert drawn(layer, "im2col")[1].has_ticks == has_ticks
