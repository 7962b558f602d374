from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import ROOT

pytest.importorskip("onnx")

from convanim import AvgPool, Conv, ConvTranspose, DeformConv, LpPool, MaxPool, Upsample
from convanim.base.errors import ConvanimError
from convanim.frameworks.models import Entry, Model, read_model
from tests.frameworks.models.making import DATA, graph, node, saved, tiny

SAME: dict[str, Any] = {"pads": [1, 1, 1, 1]}
HALF: dict[str, Any] = {"kernel_shape": [2, 2], "strides": [2, 2]}


def fields(model: Model) -> dict[str, tuple[int, ...] | None]:
    """Return the receptive field of each layer by the tensor that it makes."""
    return {entry.output: entry.receptive_field for entry in model.entries}


def only(nodes: list[Any], size: list[int | str], held: dict[str, Any], folder: Path, **options: Any) -> Entry:
    """Return the one entry of a model."""
    (entry,) = read_model(saved(graph(nodes, size, held), folder), **options).entries
    return entry


def test_a_lenet_has_its_sizes_costs_and_fields(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w1 b1", "c1", "conv1"),
        node("Relu", "c1", "r1"),
        node("AveragePool", "r1", "p1", **HALF),
        node("Conv", "p1 w2 b2", "c2", "conv2"),
        node("Relu", "c2", "r2"),
        node("AveragePool", "r2", "p2", **HALF),
        node("Flatten", "p2", "f"),
        node("Gemm", "f w3", "y"),
    ]
    held = {"w1": (6, 1, 5, 5), "b1": (6,), "w2": (16, 6, 5, 5), "b2": (16,), "w3": (400, 10)}
    model = read_model(saved(graph(nodes, [1, 1, 32, 32], held), tmp_path))
    assert [entry.operation for entry in model.entries] == ["Conv", "AveragePool", "Conv", "AveragePool"]
    assert [entry.name for entry in model.entries] == ["conv1", "p1", "conv2", "p2"]
    assert model.entries[2].layer == Conv(14, 5, in_channels=6, out_channels=16, bias=True)
    assert model.parameters == 156 + 2416
    assert model.multiplications == 28 * 28 * 150 + 10 * 10 * 2400
    assert list(fields(model).values()) == [(5, 5), (6, 6), (14, 14), (16, 16)]
    assert model.notes == ("products of matrices (1 Gemm) are not listed, and their weights are not counted",)


def test_branches_of_a_residual_block_see_what_the_wider_one_sees(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x a", "t", strides=[2, 2], **SAME),
        node("BatchNormalization", "t s s s s", "n"),
        node("Conv", "n b", "u", **SAME),
        node("Conv", "x d", "v", strides=[2, 2]),
        node("Add", "u v", "sum"),
        node("Relu", "sum", "r"),
        node("Conv", "r e", "y", **SAME),
    ]
    held = {"a": (8, 4, 3, 3), "b": (8, 8, 3, 3), "d": (8, 4, 1, 1), "e": (8, 8, 3, 3), "s": (8,)}
    model = read_model(saved(graph(nodes, [1, 4, 16, 16], held), tmp_path))
    assert fields(model) == {"t": (3, 3), "u": (7, 7), "v": (1, 1), "y": (11, 11)}
    assert [entry.unread for entry in model.entries] == [0, 0, 16 * 16 - 8 * 8, 0]


def test_branches_that_are_joined_by_their_channels(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x one", "a"),
        node("Conv", "x five", "b", pads=[2, 2, 2, 2]),
        node("MaxPool", "x", "p", kernel_shape=[3, 3], **SAME),
        node("Concat", "a b p", "all", axis=1),
        node("Conv", "all last", "y", **SAME),
    ]
    held = {"one": (2, 3, 1, 1), "five": (3, 3, 5, 5), "last": (4, 8, 3, 3)}
    model = read_model(saved(graph(nodes, [1, 3, 9, 9], held), tmp_path))
    assert fields(model) == {"a": (1, 1), "b": (5, 5), "p": (3, 3), "y": (7, 7)}
    assert model.entries[-1].layer == Conv(9, 3, padding=1, in_channels=8, out_channels=4)


def test_a_unet_is_followed_exactly_down_and_up(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x a", "top", **SAME),
        node("MaxPool", "top", "down", **HALF),
        node("Conv", "down b", "middle", **SAME),
        node("ConvTranspose", "middle t", "up", strides=[2, 2]),
        node("Concat", "up top", "both", axis=1),
        node("Conv", "both c", "wide", **SAME),
        node("Resize", "wide - factors", "large", mode="nearest"),
        node("Conv", "large d", "y", **SAME),
    ]
    held = {
        "a": (2, 1, 3, 3),
        "b": (4, 2, 3, 3),
        "t": (4, 2, 2, 2),
        "c": (2, 4, 3, 3),
        "factors": np.array([1, 1, 2, 2], np.float32),
        "d": (1, 2, 3, 3),
    }
    model = read_model(saved(graph(nodes, [1, 1, 8, 8], held), tmp_path))
    assert fields(model) == {
        "top": (3, 3),
        "down": (4, 4),
        "middle": (8, 8),
        "up": (8, 8),
        "wide": (10, 10),
        "large": (10, 10),
        "y": (12, 12),
    }
    assert not any(entry.is_bound for entry in model.entries)
    assert model.entries[3].layer == ConvTranspose(4, 2, stride=2, in_channels=4, out_channels=2)
    assert model.entries[5].layer == Upsample(8, 2, channels=2)


def test_open_sizes_are_asked_for(tmp_path: Path) -> None:
    path = saved(tiny(), tmp_path)
    with pytest.raises(ConvanimError, match="leaves the size of its input x open; give one such as 224"):
        read_model(path)
    model = read_model(path, (8, 6))
    assert model.inputs[0].dims == (1, 1, 8, 6)
    assert model.entries[1].layer == MaxPool((8, 6), 2, channels=2)
    assert "the one asked for was taken" in model.notes[0]


def test_a_size_that_the_file_says_cannot_be_another(tmp_path: Path) -> None:
    path = saved(graph([node("MaxPool", "x", "y", **HALF)], [1, 1, 8, 8]), tmp_path)
    with pytest.raises(ConvanimError, match=r"is not the size that the file says \(8x8\); leave it out"):
        read_model(path, 9)
    assert read_model(path, 8).entries[0].layer == MaxPool(8, 2)


def test_weights_may_be_made_by_constants(tmp_path: Path) -> None:
    from onnx import numpy_helper

    value = numpy_helper.from_array(np.ones((2, 1, 3, 3), np.float32))
    nodes = [
        node("Constant", "", "held", value=value),
        node("Identity", "held", "w"),
        node("Conv", "x w", "y"),
    ]
    assert only(nodes, [1, 1, 5, 5], {}, tmp_path).layer == Conv(5, 3, out_channels=2)


def test_sizes_are_followed_through_their_own_arithmetic(tmp_path: Path) -> None:
    nodes = [
        node("Shape", "x", "shape"),
        node("Slice", "shape zero two", "front"),
        node("Slice", "shape two four", "size"),
        node("Mul", "size two", "doubled"),
        node("Cast", "doubled", "whole", to=7),
        node("Concat", "front whole", "sizes", axis=0),
        node("Resize", "x - - sizes", "y", mode="nearest"),
    ]
    held = {name: np.array([n], np.int64) for name, n in (("zero", 0), ("two", 2), ("four", 4))}
    entry = only(nodes, [1, 3, "H", "W"], held, tmp_path, input_size=(5, 7))
    assert entry.layer == Upsample((5, 7), size=(10, 14), channels=3)


def test_channels_that_are_shuffled_or_come_last_keep_their_places(tmp_path: Path) -> None:
    nodes = [
        node("Transpose", "x", "first", perm=[0, 3, 1, 2]),
        node("Conv", "first a", "c", **SAME),
        node("Reshape", "c five", "split"),
        node("Transpose", "split", "turned", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "turned four", "joined"),
        node("Conv", "joined b", "y", group=2, **SAME),
    ]
    held = {
        "a": (4, 3, 3, 3),
        "b": (4, 2, 3, 3),
        "five": np.array([0, 2, 2, 9, 7], np.int64),
        "four": np.array([1, -1, 9, 7], np.int64),
    }
    model = read_model(saved(graph(nodes, [1, 9, 7, 3], held), tmp_path))
    assert fields(model) == {"c": (3, 3), "y": (5, 5)}


def test_slices_with_a_step_see_cells_beside_each_other_together(tmp_path: Path) -> None:
    nodes = [
        node("Slice", "x zero end axis two", "even"),
        node("Slice", "x one end axis two", "odd"),
        node("Concat", "even odd", "both", axis=1),
        node("Conv", "both w", "y"),
    ]
    numbers = {"zero": 0, "one": 1, "two": 2, "end": 100, "axis": 2}
    held = {name: np.array([n], np.int64) for name, n in numbers.items()}
    entry = only(nodes, [1, 1, 8, 8], {**held, "w": (1, 2, 3, 3)}, tmp_path)
    assert (entry.receptive_field, entry.is_bound) == ((6, 3), False)


def test_what_reads_all_cells_at_once_sees_the_whole_input(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w", "c", **SAME),
        node("GlobalAveragePool", "c", "pooled"),
        node("Sigmoid", "pooled", "gate"),
        node("Mul", "c gate", "gated"),
        node("Conv", "gated w2", "y", **SAME),
        node("Softmax", "x", "soft", axis=3),
        node("Conv", "soft w", "z"),
    ]
    model = read_model(saved(graph(nodes, [1, 1, 6, 9], {"w": (2, 1, 3, 3), "w2": (1, 2, 3, 3)}), tmp_path))
    assert fields(model) == {"c": (3, 3), "pooled": (6, 9), "y": (6, 9), "z": (3, 9)}


def test_an_image_that_is_made_of_a_row_of_numbers_has_no_field(tmp_path: Path) -> None:
    nodes = [
        node("Gemm", "x dense", "row"),
        node("Reshape", "row shape", "small"),
        node("ConvTranspose", "small w", "y", strides=[2, 2]),
    ]
    held = {"dense": (10, 32), "shape": np.array([1, 2, 4, 4], np.int64), "w": (2, 1, 2, 2)}
    entry = only(nodes, [1, 10], held, tmp_path)
    assert entry.layer == ConvTranspose(4, 2, stride=2, in_channels=2)
    assert entry.receptive_field is None


def test_unknown_operations_leave_fields_unknown_but_not_sizes_that_the_file_says(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    model = graph([node("Mystery", "x", "m"), node("Conv", "m w", "y")], [1, 1, 8, 8], {"w": (1, 1, 3, 3)})
    assert (
        read_model(saved(model, tmp_path)).entries[0].why
        == "the size of its input m, which Mystery makes, is not known"
    )
    model.graph.value_info.append(helper.make_tensor_value_info("m", TensorProto.FLOAT, [1, 1, 6, 6]))
    entry = read_model(saved(model, tmp_path)).entries[0]
    assert entry.layer == Conv(6, 3)
    assert entry.receptive_field is None


def test_interpolation_is_a_layer_and_bounds_what_follows(tmp_path: Path) -> None:
    nodes = [node("Resize", "x - by", "large", mode="linear"), node("Conv", "large w", "y")]
    held = {"by": np.array([1, 1, 2, 2], np.float32), "w": (1, 1, 3, 3)}
    resized, conv = read_model(saved(graph(nodes, [1, 1, 8, 8], held), tmp_path)).entries
    assert resized.layer == Upsample(8, 2, mode="bilinear", coordinates="half_pixel")
    assert (conv.receptive_field, conv.is_bound) == ((3, 3), True)


def test_quantised_convolutions_are_convolutions(tmp_path: Path) -> None:
    nodes = [
        node("QLinearConv", "x s z w s z s z b", "q", strides=[2, 2]),
        node("ConvInteger", "q w", "y"),
    ]
    held = {"w": np.ones((1, 1, 3, 3), np.int8), "b": np.ones(1, np.int32), "s": (1,), "z": np.zeros(1, np.int8)}
    first, second = read_model(saved(graph(nodes, [1, 1, 9, 9], held), tmp_path)).entries
    assert (first.layer, first.operation) == (Conv(9, 3, stride=2, bias=True), "QLinearConv")
    assert second.receptive_field == (7, 7)


@pytest.mark.parametrize(
    ("name", "layers", "parameters", "multiplications", "last"),
    [
        # Published: SqueezeNet 1.1 has 1,235,496 parameters, ResNet-50 23,454,912 in its convolutions.
        ("squeezenet", 30, 1_235_496, 349_151_936, 207),
        ("resnet50", 55, 23_454_912, 4_087_136_256, 427),
        ("vgg19", 21, 20_024_384, 19_508_428_800, 252),
        ("shufflenet", 54, 821_488, 124_120_528, 527),
    ],
)
def test_real_models(name: str, layers: int, parameters: int, multiplications: int, last: int) -> None:
    path = DATA / "light" / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip("onnx has come without its models")
    model = read_model(path)
    assert len(model.entries) == layers
    assert all(entry.layer for entry in model.entries)
    assert (model.parameters, model.multiplications) == (parameters, multiplications)
    convolutions = [entry for entry in model.entries if entry.operation == "Conv"]
    assert convolutions[-1].receptive_field == (last, last)


def test_a_file_as_pytorch_exports_it_is_read() -> None:
    # Sizes and parameters are those of the modules that it was exported from.
    model = read_model(ROOT / "gallery" / "small_model.onnx", 28)
    layers = [entry.layer for entry in model.entries]
    assert [None if layer is None else layer.output_size for layer in layers] == [
        (14, 14),
        (14, 14),
        (14, 14),
        (7, 7),
        (7, 7),
        (14, 14),
        (14, 14),
    ]
    assert [0 if layer is None else layer.parameters for layer in layers] == [104, 36, 20, 0, 296, 132, 18]


def resizing(scales: list[float], folder: Path, size: list[int | str], **attributes: Any) -> tuple[Entry, Entry]:
    """Return a Resize and a pooling of as many cells behind it."""
    window = [round(one) for one in scales]
    nodes = [
        node("Resize", "x - by", "a", **attributes),
        node("MaxPool", "a", "y", kernel_shape=window, strides=window),
    ]
    held = {"by": np.array([1, 1, *scales], np.float32)}
    first, second = read_model(saved(graph(nodes, size, held), folder)).entries
    return first, second


# What ONNX Runtime makes: the product of size and factor is one of single precision.
@pytest.mark.parametrize(("rows", "factor", "made"), [(5, 1.4, 7), (5, 3.8, 19), (100, 1.99999988, 199), (10, 0.7, 7)])
def test_a_resize_makes_as_many_cells_as_a_run(rows: int, factor: float, made: int, tmp_path: Path) -> None:
    nodes = [node("Resize", "x - by", "a", mode="nearest"), node("Conv", "a w", "y")]
    held = {"by": np.array([1, 1, factor, 1], np.float32), "w": (1, 1, 1, 1)}
    resize, conv = read_model(saved(graph(nodes, [1, 1, rows, 5], held), tmp_path)).entries
    assert conv.layer == Conv((made, 5), 1)
    assert resize.layer is not None
    assert resize.layer.output_size == (made, 5)


@pytest.mark.parametrize(
    ("factor", "coordinates", "rounding", "seen"),
    [
        (2, "asymmetric", "floor", 1),
        (3, "half_pixel", "round_prefer_ceil", 1),
        (2, "align_corners", "round_prefer_floor", 1),
        (2, "asymmetric", "round_prefer_ceil", 2),
        (2, "half_pixel", "floor", 2),
        (3, "asymmetric", "round_prefer_floor", 2),
        (3, "half_pixel_symmetric", "ceil", 2),
        (2, "tf_crop_and_resize", "floor", 6),
    ],
)
def test_nearest_copies_each_cell_alike_only_with_some_modes(
    factor: int, coordinates: str, rounding: str, seen: int, tmp_path: Path
) -> None:
    words = {"coordinate_transformation_mode": coordinates, "nearest_mode": rounding}
    resize, pool = resizing([factor, 1], tmp_path, [1, 1, 6, 1], **words)
    assert pool.receptive_field == (seen, 1)
    if coordinates == "tf_crop_and_resize":
        assert "unknown; choose half_pixel" in resize.why
        return
    told: dict[str, Any] = {} if seen == 1 else {"coordinates": coordinates, "nearest_mode": rounding}
    assert resize.layer == Upsample((6, 1), (factor, 1), **told)


def test_fields_of_interpolation_hold_where_corners_are_aligned_and_where_it_smooths(tmp_path: Path) -> None:
    # Ten outputs of a hundred cells are eleven apart, and a smoothed one reads ten on both sides.
    corners = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    for words, least in ((corners, 24), ({"mode": "linear", "antialias": 1}, 39)):
        nodes = [node("Resize", "x - by", "a", **words), node("MaxPool", "a", "y", kernel_shape=[3, 1])]
        held = {"by": np.array([1, 1, 0.1, 1], np.float32)}
        pool = read_model(saved(graph(nodes, [1, 1, 100, 1], held), tmp_path)).entries[1]
        assert pool.is_bound
        assert least <= (pool.receptive_field or (0,))[0] <= least + 3


@pytest.mark.parametrize("operation", ["MaxPool", "AveragePool"])
def test_poolings_that_are_not_drawn_have_the_size_of_a_run(operation: str, tmp_path: Path) -> None:
    nodes = [
        node(operation, "x", "a", kernel_shape=[3, 1], pads=[0, 0, 2, 0], strides=[3, 1], ceil_mode=1),
        node("Conv", "a w", "y"),
    ]
    for rows in (5, 6):
        pool, conv = read_model(saved(graph(nodes, [1, 1, rows, 5], {"w": (1, 1, 1, 1)}), tmp_path)).entries
        assert pool.layer is None
        assert conv.layer == Conv((2, 5), 1)


def test_means_over_all_places_are_global_poolings(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w", "a"),
        node("ReduceMean", "a", "mean", axes=[-1, -2]),
        node("ReduceMax", "a", "most", axes=[2, 3]),
        node("ReduceMean", "a", "columns", axes=[3]),
        node("ReduceMean", "a", "row", axes=[2, 3], keepdims=0),
        node("ReduceMean", "w", "weights", axes=[2, 3]),
    ]
    entries = read_model(saved(graph(nodes, [1, 1, 8, 6], {"w": (2, 1, 3, 3)}), tmp_path)).entries
    assert [(entry.operation, entry.layer) for entry in entries[1:]] == [
        ("ReduceMean", AvgPool((6, 4), (6, 4), channels=2)),
        ("ReduceMax", MaxPool((6, 4), (6, 4), channels=2)),
    ]
    assert entries[1].receptive_field == (8, 6)


def test_norms_along_three_axes_are_no_poolings(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w", "a"),
        node("Reshape", "a rows", "b"),
        node("Transpose", "b", "tokens", perm=[0, 2, 1]),
        node("ReduceMean", "tokens", "y", axes=[-1]),
    ]
    held = {"w": (4, 1, 2, 2), "rows": np.array([0, 4, -1], np.int64)}
    assert only(nodes, [1, 1, 8, 8], held, tmp_path).operation == "Conv"


def test_norms_of_windows_are_layers(tmp_path: Path) -> None:
    nodes = [node("LpPool", "x", "a", kernel_shape=[3, 3], strides=[2, 2]), node("GlobalLpPool", "a", "b", p=1)]
    found = read_model(saved(graph(nodes, [1, 2, 8, 10], {}), tmp_path)).entries
    assert [entry.layer for entry in found] == [
        LpPool((8, 10), 3, 2, channels=2),
        LpPool((3, 4), (3, 4), norm_type=1, channels=2),
    ]


# The sizes are those that ONNX Runtime makes.
@pytest.mark.parametrize(
    ("one", "made"),
    [
        (node("SpaceToDepth", "x", "a", blocksize=2), (4, 5)),
        (node("DepthToSpace", "x", "a", blocksize=2), (16, 20)),
        (node("GridSample", "x grid", "a"), (5, 6)),
        (node("AveragePool", "x", "a", kernel_shape=[2, 2], dilations=[2, 3]), (6, 7)),
        (node("ConvTranspose", "x w", "a", output_shape=[9, 7], auto_pad="SAME_UPPER"), (9, 7)),
    ],
)
def test_what_is_not_drawn_has_a_line_with_its_sizes(one: Any, made: tuple[int, int], tmp_path: Path) -> None:
    model = graph([one], [1, 8, 8, 10], {"grid": (1, 5, 6, 2), "w": (8, 1, 1, 1)})
    model.opset_import[0].version = 19
    (entry,) = read_model(saved(model, tmp_path)).entries
    assert entry.layer is None
    assert entry.why
    assert entry.measured is not None
    assert (entry.measured.input_size, entry.measured.output_size) == ((8, 10), made)


def test_windows_that_are_not_drawn_are_listed_with_their_parameters(tmp_path: Path) -> None:
    model = graph(
        [node("NhwcConv", "x w b", "a", domain="com.microsoft")], [1, 3, 9, 9], {"w": (4, 3, 3, 3), "b": (4,)}
    )
    (entry,) = read_model(saved(model, tmp_path)).entries
    assert (entry.parameters, entry.layer) == (112, None)


def test_deformable_convolution_is_drawn_with_places_at_random(tmp_path: Path) -> None:
    held = {"w": (4, 3, 3, 3), "offsets": (1, 54, 5, 5), "b": (4,)}
    one = node("DeformConv", "x w offsets b", "a", group=2, offset_group=3, pads=[1, 0, 0, 1], strides=[2, 2])
    model = graph([one], [1, 6, 10, 10], held)
    model.opset_import[0].version = 19
    (entry,) = read_model(saved(model, tmp_path)).entries
    wanted = DeformConv(10, 3, 2, ((1, 0), (0, 1)), 1, 6, 4, groups=2, bias=True, offset_groups=3)
    assert (entry.layer, entry.parameters) == (wanted, 112)


@pytest.mark.parametrize("version", [7, 11, 12])
def test_old_files_say_axes_by_attributes(version: int, tmp_path: Path) -> None:
    nodes = [
        node("Shape", "x", "shape"),
        node("Gather", "shape three", "columns", axis=0),
        node("Unsqueeze", "columns", "some", axes=[0]),
        node("Squeeze", "some", "one", axes=[0]),
        node("Unsqueeze", "one", "again", axes=[0]),
        node("Concat", "single single again rest", "wanted", axis=0),
        node("Reshape", "x wanted", "a"),
        node("Conv", "a w", "y"),
    ]
    held = {
        "single": np.array([1], np.int64),
        "rest": np.array([-1], np.int64),
        "three": np.array(3),
        "w": (1, 1, 1, 1),
    }
    model = graph(nodes, [1, 1, 8, 4], held)
    model.opset_import[0].version = version
    assert read_model(saved(model, tmp_path)).entries[0].layer == Conv((4, 8), 1)


def test_old_files_say_limits_by_attributes(tmp_path: Path) -> None:
    nodes = [
        node("Shape", "x", "shape"),
        node("Cast", "shape", "real", to=1),
        node("Clip", "real", "cut", min=1.0, max=7.0),
        node("Cast", "cut", "whole", to=7),
        node("ConstantOfShape", "whole", "a"),
        node("Conv", "a w", "y"),
    ]
    model = graph(nodes, [1, 1, 8, 6], {"w": (1, 1, 1, 1)})
    model.opset_import[0].version = 9
    assert read_model(saved(model, tmp_path)).entries[0].layer == Conv((7, 6), 1)


@pytest.mark.parametrize(
    "one",
    [
        node("GroupNormalization", "x one one", "a", num_groups=1),
        node("Einsum", "x", "a", equation="nchw->nchw"),
        node("CumSum", "x two", "a"),
        node("Trilu", "x", "a"),
        node("ReverseSequence", "x lengths", "a", batch_axis=0, time_axis=1),
        node("ScatterND", "x where what", "a"),
        node("GatherElements", "x all", "a", axis=3),
        node("GatherND", "x picked", "a"),
    ],
)
def test_operations_between_layers_keep_their_sizes(one: Any, tmp_path: Path) -> None:
    held = {
        "one": (1,),
        "two": np.array(2, np.int64),
        "lengths": np.array([1], np.int64),
        "where": np.array([[0, 0]], np.int64),
        "what": (1, 8, 8),
        "all": np.zeros((1, 1, 8, 8), np.int64),
        "picked": np.zeros((1, 1), np.int64),
        "w": (1, 1, 3, 3),
    }
    model = graph([one, node("Conv", "a w", "y")], [1, 1, 8, 8], held)
    model.opset_import[0].version = 21
    assert read_model(saved(model, tmp_path)).entries[0].layer == Conv(8, 3)


def test_a_layer_says_where_the_channels_of_the_input_are(tmp_path: Path) -> None:
    nodes = [node("Relu", "x", "r"), node("Conv", "r w", "y")]
    model = read_model(saved(graph(nodes, ["N", 16, "T", 1], {"w": (4, 16, 3, 1)}), tmp_path), (8, 1))
    assert model.inputs[0].dims == (1, 16, 8, 1)
    assert model.entries[0].receptive_field == (3, 1)
