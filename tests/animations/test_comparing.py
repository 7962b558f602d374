"""Comparisons as Python makes them: views, titles, numbers, pixels and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvTranspose, Layer, MaxPool, SparseConv, animate, compare
from convanim.animations.comparing import described
from convanim.render.palettes import THEMES
from convanim.views.bars import colour_of
from convanim.views.scene import Cells, Scene, Texts
from convanim.words.costs import facts_of, facts_to_dict, table, titles_of
from tests.views.helpers import shapes_at

TRANSPOSED = ConvTranspose(3, 3, 2)
PAIR: list[Layer | Chain] = [Conv(6, 3, 2, 1), Conv(6, 3, 2, ((0, 1), (0, 1)))]
CHAINED: list[Layer | Chain] = [Conv(8, 5), Chain([Conv(8, 3), Conv(6, 3)])]


def words(scene: Scene) -> list[str]:
    return [word for shape in shapes_at(scene, 0) if isinstance(shape, Texts) for word in shape.words]


@pytest.mark.parametrize(
    ("theme", "arrange", "layers"),
    [
        (theme, arrange, layers)
        for number, theme in enumerate(THEMES)
        for arrange, layers in zip(("side", "above"), ((PAIR, CHAINED), (CHAINED, PAIR))[number % 2], strict=True)
    ],
)
def test_both_halves_have_the_colours_of_the_theme(layers: list[Layer | Chain], arrange: str, theme: str) -> None:
    animation = compare(layers, arrange=arrange, theme=theme, caption=False)
    pixels = next(animation.still(0).frames())
    layout = animation.layout
    shapes = [shape for shape in animation.scene.ground if isinstance(shape, Cells) and shape.role == "input"]
    assert len(shapes) == len(layers)
    for shape in shapes:
        middles = shape.quads.mean(axis=1) * layout.unit + [layout.left, layout.top]
        found = pixels[middles[:, 1].astype(int), middles[:, 0].astype(int), :3]
        # The first window and its rays cover some of them.
        assert np.mean((found == animation.theme.fill("input")).all(axis=1)) > 0.4


@pytest.mark.parametrize("arrange", ["side", "above"])
def test_nothing_moves_but_what_a_step_shows(arrange: str) -> None:
    animation = compare(CHAINED, arrange=arrange, width=480)
    frames = np.stack(list(animation.frames()))[..., :3]
    assert len(frames) == 52
    colours = {colour_of(number) for number in range(len(CHAINED))}
    boxes = [shape.quads for shape in animation.scene.ground if isinstance(shape, Cells) and shape.role in colours]
    # The first ones stand before the titles.
    bars = boxes[len(CHAINED) :]
    top = min(float(quads[..., 1].min()) for quads in bars) * animation.layout.unit + animation.layout.top
    lowest = frames[:, int(top) :]
    assert (lowest == lowest[0]).all()


def test_the_shorter_waits_at_its_last_step_with_all_it_has_made() -> None:
    animation = compare(CHAINED, width=480)
    frames = [frame[:, : animation.size[0] // 2 - 20] for frame in animation.frames()]
    assert not np.array_equal(frames[14], frames[15])
    assert all(np.array_equal(frame, frames[15]) for frame in frames[16:])


def test_the_same_bytes_come_twice() -> None:
    assert compare(PAIR, width=300).encode("gif") == compare(PAIR, width=300).encode("gif")


@pytest.mark.parametrize(
    ("layers", "methods", "wide"),
    [([TRANSPOSED, TRANSPOSED], [None, "scatter"], True), ([TRANSPOSED, TRANSPOSED], None, False)],
)
def test_one_view_is_chosen_that_draws_all(layers: list[Layer], methods: list[str | None] | None, wide: bool) -> None:
    scene = compare(layers, methods=methods, labels="none").scene
    assert ("stamp" in words(scene)) is wide
    assert ("spread by stride 2, padded: 9×9" in words(scene)) is wide


@pytest.mark.parametrize("view", ["oblique", "flat"])
def test_cells_and_stamps_stand_beside_each_other_in_every_view(view: str) -> None:
    looks: dict[str, Any] = {"view": view, "labels": "none", "width": 1600}
    picture = compare([TRANSPOSED, TRANSPOSED], methods=[None, "scatter"], **looks)
    alone = [animate(TRANSPOSED, method=way, **looks).scene for way in ("gather", "scatter")]
    assert [scene.steps for scene in alone] == [49, 10]
    for number in (0, 9, 48):
        shown = [len(scene.moment(min(number, scene.steps - 1))) for scene in alone]
        assert len(picture.scene.moment(number)) == sum(shown)


def test_chains_of_one_axis_draw_single_layers_as_lines_too() -> None:
    row = Chain([Conv((7,), 2), Conv((6,), 2)])
    assert compare([Conv((7,), 3), row]).scene.bounds == compare([Conv((7,), 3), row], view="line").scene.bounds


@pytest.mark.parametrize(
    ("layers", "methods", "titles"),
    [
        ([Conv(5, 3), MaxPool(5, 2)], ["gather"] * 2, ("convolution", "max pooling")),
        (
            [TRANSPOSED] * 2,
            ["gather", "scatter"],
            ("transposed convolution, gather", "transposed convolution, scatter"),
        ),
        (PAIR, ["gather"] * 2, ("convolution, padding 1", "convolution, padding 0:1")),
        (CHAINED, ["gather"] * 2, ("convolution", "conv 3×3, then conv 3×3")),
        ([Conv(9, 3), Chain([Conv(9 - n, 2) for n in range(4)])], ["gather"] * 2, ("convolution", "chain of 4 layers")),
    ],
)
def test_titles_tell_layers_apart(layers: list[Any], methods: list[str], titles: tuple[str, ...]) -> None:
    assert titles_of(layers, methods) == titles


def test_headings_name_each_and_count_its_parameters() -> None:
    said = words(compare([MaxPool(4, 2), Conv(4, 1), AvgPool(4, 2)], titles=["one", "two", "three"]).scene)
    assert {"one", "two", "three", "no parameters", "1 parameter"} <= set(said)


def test_captions_say_what_each_is() -> None:
    assert compare(CHAINED).scene.caption == (
        "convolution 8×8 → 4×4, kernel 5×5, stride 1, padding 0",
        "conv 3×3, then conv 3×3: conv 8×8 → 6×6, kernel 3×3, stride 1, padding 0",
        "conv 6×6 → 4×4, kernel 3×3, stride 1, padding 0",
        "Σ: weighted sum under the kernel",
    )
    assert compare(CHAINED, caption=False).scene.caption == ()
    assert compare(CHAINED, caption="my words").scene.caption == ("my words",)


@pytest.mark.parametrize(
    ("layer", "is_told"),
    [
        (Conv(5, 3, padding=1), True),
        (Conv(5, 3), False),
        (Conv(5, 3, padding=1, padding_mode="reflect"), False),
        (MaxPool(4, 2, padding=1), False),
        (ConvTranspose(5, 3, padding=1), False),
    ],
)
def test_captions_say_that_multiplications_with_padding_count(layer: Layer, is_told: bool) -> None:
    told = compare([Conv(5, 3), layer]).scene.caption
    assert ("multiplications with padding are counted too" in told) is is_told


def test_all_compute_with_the_same_input_and_each_with_its_kernel() -> None:
    picture = compare([Conv(2, 2), Conv(2, 2)], input=[[1, 2], [3, 4]], kernels=[[[1, 0], [0, 0]], [[0, 0], [0, 2]]])
    said = words(picture.scene)
    assert said.count("1") >= 2
    assert "8" in [word for shape in shapes_at(picture.scene, 0) if isinstance(shape, Texts) for word in shape.words]


def test_numbers_that_cannot_be_read_are_left_out_and_a_width_is_named() -> None:
    picture = compare([TRANSPOSED, TRANSPOSED], methods=["gather", "scatter"], width=960)
    (note,) = picture.notes
    needed = int(note.split("a width of ")[-1].split()[0])
    assert compare([TRANSPOSED, TRANSPOSED], methods=["gather", "scatter"], width=needed).notes == ()
    with pytest.raises(ConvanimError, match="width 960: leaves the numbers less than 9 pixels high"):
        compare([TRANSPOSED, TRANSPOSED], methods=["gather", "scatter"], width=960, labels="numbers")


def test_pictures_that_would_lose_words_beside_each_other_stand_above_each_other() -> None:
    pair: list[Layer | Chain] = [Conv(5, 3), Conv(5, 3, flip=True)]
    usual, beside = compare(pair), compare(pair, arrange="side")
    assert not usual.notes
    assert beside.notes
    assert usual.size[0] < beside.size[0]
    assert compare(pair, width=960).size == compare(pair, width=960, arrange="side").size


@pytest.mark.parametrize("width", [None, 200, 400, 640, 1000])
def test_headings_and_bars_keep_their_words_at_every_width(width: int | None) -> None:
    said = words(compare(PAIR, width=width, titles=["one", "two"]).scene)
    assert {"parameters", "multiplications in all", "receptive field, in cells", "one", "two"} <= set(said)


@pytest.mark.parametrize("options", [{"reveal": True}, {"reveal": False}, {"classic": True}, {}])
def test_all_are_white_until_computed_or_none(options: dict[str, Any]) -> None:
    scene = compare(CHAINED, **options).scene
    blank = [
        shape for shape in scene.ground if isinstance(shape, Cells) and shape.role == "pending" and not shape.shaded
    ]
    assert len(blank) == (0 if options in ({"reveal": False}, {"classic": True}) else 3)


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ([Conv(5, 3)], {}, "layers: are 1; give 2 to 4 to compare"),
        ([Conv(5, 3)] * 5, {}, "layers: are 5; give 2 to 4 to compare"),
        ([Conv(5, 3), "conv"], {}, "layers: must be layers or chains"),
        (Conv(5, 3), {}, "layers: are 0"),
        (PAIR, {"arrange": "below"}, "arrange 'below': unknown; choose side or above"),
        (PAIR, {"titles": ["one"]}, "titles: must be a list of 2"),
        (PAIR, {"titles": ["one", " "]}, "titles: must be texts"),
        (PAIR, {"titles": "ab"}, "titles: must be a list of 2"),
        (PAIR, {"methods": ["gather"]}, "methods: must be a list of 2"),
        (PAIR, {"methods": [None, "scatter"]}, "layer 2: method scatter: does not compute convolution"),
        (PAIR, {"kernels": [None, [[1]]]}, "layer 2: kernel: has a size of 1x1"),
        (PAIR, {"input": [[1]]}, "layer 1: input: has a size of 1x1"),
        (PAIR, {"view": "none"}, "view 'none': unknown"),
        (PAIR, {"theme": "none"}, "theme 'none': unknown"),
        (PAIR, {"still": 0, "every": 2}, "every 2: has no effect beside still=0"),
        (PAIR, {"view": "line"}, "view line: draws one axis, and an input of 6x6 has more; use view=oblique"),
    ],
)
def test_refusals_say_what_is_wrong(layers: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError) as caught:
        compare(layers, **options)
    assert str(caught.value).startswith(message)


def test_unknown_options_are_type_errors() -> None:
    with pytest.raises(TypeError, match="overlap"):
        compare(PAIR, overlap=True)


def test_short_forms_describe_layers_methods_and_kernels() -> None:
    found = described(["conv k3 kernel=sobel-x", "conv-transpose  k3 method=scatter s2"], 5)
    assert found.layers == (Conv(5, 3), ConvTranspose(5, 3, 2))
    assert found.methods == (None, "scatter")
    assert found.texts == ("conv k3 kernel=sobel-x", "conv-transpose k3 method=scatter s2")
    assert [one.kernel is None for one in found.built] == [False, True]
    assert compare(found.built, **found.looks, labels="none").scene.steps >= 25


DENSE, GROUPED = "nn.Conv2d(4, 8, 3)", "nn.Conv2d(4, 8, 3, groups=2)"


def test_layers_that_differ_in_channels_alone_are_blocks_with_all_of_them() -> None:
    found = described([DENSE, GROUPED], 6)
    assert (found.view, found.lacks) == ("blocks", ())
    assert [one.layer for one in found.built] == list(found.layers)
    scene = compare(found.built, **found.looks).scene
    assert {"input: 6×6×4", "8 kernels of 3×3×2"} <= set(words(scene))
    assert compare(found.built, view="blocks", arrange="above").scene.bounds == scene.bounds


def test_channels_that_leave_words_no_room_become_blocks() -> None:
    pair = [Conv(6, 3, in_channels=4, out_channels=8, groups=groups) for groups in (1, 2)]
    assert "output: 4×4×8" in words(compare(pair).scene)
    assert "output 1" in words(compare(pair, width=3000).scene)
    assert compare(pair, view="oblique").notes


@pytest.mark.parametrize(
    ("texts", "options", "view", "count"),
    [
        ([DENSE, "nn.Conv2d(4, 8, 1)"], {}, None, 1),
        ([DENSE, f"{DENSE[:-1]}, bias=False)"], {}, None, 1),
        ([DENSE, GROUPED], {"view": "flat"}, None, 1),
        ([DENSE, GROUPED], {"channels": False}, None, 1),
        ([DENSE, GROUPED], {"channels": True}, None, 4),
        ([DENSE, "nn.Conv2d(4, 8, 1)"], {"view": "blocks"}, "blocks", 4),
    ],
)
def test_other_layers_and_views_have_the_channels_they_would_have_alone(
    texts: list[str], options: dict[str, Any], view: str | None, count: int
) -> None:
    found = described(texts, 6, **options)
    assert [one.layer.grouping.in_channels for one in found.built] == [count] * 2
    assert found.view == (view or options.get("view"))


def test_a_table_has_a_column_each_and_ratios() -> None:
    assert table(["one", "two"], CHAINED).splitlines() == [
        "                 one       two",
        "parameters       25        18 = 9 + 9 (28 % fewer)",
        "multiplications  400       468 = 324 + 144 (17 % more)",
        "receptive field  5×5 = 25  5×5 = 25",
        "output size      4×4       4×4",
    ]


def test_plain_data_agrees_with_the_layers() -> None:
    one, two = facts_to_dict(["one", "two"], [MaxPool(4, 2), *CHAINED[1:]])["compared"]
    assert (one["title"], one["parameters"], one["ratio"]["parameters"]) == ("one", 0, None)
    assert two["ratio"] == {"parameters": None, "multiplications": None, "receptive_field": 25 / 4}
    assert (two["receptive_field"], two["output_size"], two["input_size"]) == ([5, 5], [4, 4], [8, 8])


def test_layers_of_a_chain_without_weights_are_no_terms() -> None:
    parameters, *_ = facts_of([Chain([Conv(6, 3), MaxPool(4, 2)])])
    assert parameters.amounts[0].parts == ()
    assert parameters.amounts[0].said == "9"


def test_marked_cells_are_no_weighted_sums_where_a_layer_has_no_weights() -> None:
    said = compare([MaxPool(8, 2), Conv(8, 2)], view="blocks", still=1).scene.caption
    assert "marked cells: the window, and what it makes" in said
    assert not [one for one in said if "weighted sum" in one]
    assert "Σ: weighted sum under the kernel" in compare([Conv(8, 3), Conv(8, 2)], view="blocks", still=1).scene.caption


def test_marked_cells_are_told_of_once_beside_a_sparse_layer() -> None:
    said = compare([Conv(5, 3), SparseConv(5, 3)], view="blocks", still=1).scene.caption
    assert [one for one in said if one.startswith("marked cells")] == ["marked cells: the window, and what it makes"]
