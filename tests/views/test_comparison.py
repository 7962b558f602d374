"""Comparisons as scenes: where everything is, what the bars say, and that all run in step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, animate, compare
from convanim.render.palettes import THEMES
from convanim.views.bars import Bars, colour_of
from convanim.views.comparison import ARRANGEMENTS, Part, join
from convanim.views.scene import Cells, Lines, Scene, Shapes, Texts
from convanim.words.costs import Fact, facts_of, ratio
from tests.views.helpers import shapes_at, standing
from tests.views.measures import Picture

LABELS = ("A", "B", "C", "D")
ROW = Chain([Conv(8, 3), Conv(6, 3)])
COMPARED: dict[str, list[Layer | Chain]] = {
    "padding": [Conv(5, 3, padding=1), Conv(5, 3, padding=1, padding_mode="reflect")],
    "chain": [Conv(8, 5), ROW],
    "pools": [MaxPool(6, 2), Conv(6, 2, 2), AvgPool(6, 2)],
    "line": [Conv((7,), 3), Chain([Conv((7,), 2), Conv((6,), 2)])],
    "four": [Conv(4, 2), Conv(9, 3), MaxPool(4, 2), ConvTranspose(3, 3)],
}


def bars(layers: list[Layer | Chain], width: float = 60.0) -> list[list[tuple[float, float]]]:
    """Return the left and the right end of each bar, group by group; none where there is no bar."""
    strip = Bars(facts_of(layers), LABELS[: len(layers)], 0.0, 0.0, width, 1.0)
    found = [shape.quads for shape in strip.shapes() if isinstance(shape, Cells)]
    drawn = iter([(float(quads[..., 0].min()), float(quads[..., 0].max())) for quads in found])
    return [
        [next(drawn) if amount.number else (strip.start, strip.start) for amount in fact.amounts]
        for fact in strip.facts
        if fact.has_bars
    ]


def differing(layers: list[Layer | Chain]) -> list[Fact]:
    return [fact for fact in facts_of(layers) if fact.has_bars]


def said(layers: list[Layer | Chain], width: float = 60.0) -> list[str]:
    strip = Bars(facts_of(layers), LABELS[: len(layers)], 0.0, 0.0, width, 1.0)
    return [word for shape in strip.shapes() if isinstance(shape, Texts) for word in shape.words]


@pytest.mark.parametrize("layers", COMPARED.values(), ids=COMPARED)
@pytest.mark.parametrize("width", [24.0, 60.0])
def test_bars_are_as_long_as_their_amounts_from_one_start(layers: list[Layer | Chain], width: float) -> None:
    for fact, group in zip(differing(layers), bars(layers, width), strict=True):
        assert len({round(left, 9) for left, _ in group}) == 1
        lengths = np.array([right - left for left, right in group])
        amounts = np.array([amount.number for amount in fact.amounts])
        assert lengths.max() > 1 or not amounts.any()
        np.testing.assert_allclose(lengths * amounts.max(), lengths.max() * amounts, atol=1e-9)


@pytest.mark.parametrize("layers", COMPARED.values(), ids=COMPARED)
@pytest.mark.parametrize("width", [24.0, 40.0, 60.0])
def test_all_of_a_strip_is_within_it(layers: list[Layer | Chain], width: float) -> None:
    strip = Bars(facts_of(layers), LABELS[: len(layers)], 3.0, 5.0, width, 1.0)
    corners = np.concatenate([word.corners for word in standing(strip.shapes())])
    assert (corners.min(axis=0) >= [3 - 0.1, 5]).all()
    assert (corners.max(axis=0) <= [3 + width, strip.bottom]).all()


def test_bars_of_a_chain_are_split_at_its_layers() -> None:
    strip = Bars(facts_of(COMPARED["chain"]), ("A", "B"), 0.0, 0.0, 60.0, 1.0)
    splits = [shape.segments for shape in strip.shapes() if isinstance(shape, Lines) and len(shape.segments) == 1]
    ends = bars(COMPARED["chain"])
    expected = [start + (end - start) * part for (start, end), part in [(ends[0][1], 9 / 18), (ends[1][1], 324 / 468)]]
    assert [float(split[0, 0, 0]) for split in splits] == pytest.approx(expected)
    assert [float(split[0, 1, 0]) for split in splits] == pytest.approx(expected)


def test_bars_say_amounts_sums_and_ratios() -> None:
    assert said(COMPARED["chain"]) == [
        *("parameters", "A", "25", "B", "18 = 9 + 9", "28 % fewer"),
        *("multiplications in all", "A", "400", "B", "468 = 324 + 144", "17 % more"),
        *("receptive field, in cells", "5×5 = 25 each"),
    ]
    # Where there is little room the bars come first.
    assert "18" in said(COMPARED["chain"], 12.0)
    assert said(COMPARED["pools"])[:8] == ["parameters", "A", "none", "B", "4", "C", "none", "multiplications in all"]


def test_fewer_multiplications_for_fewer_outputs_are_said_to_be() -> None:
    (_, fact, _) = facts_of([Conv(6, 3), Conv(6, 3, stride=2), Conv(6, 2)])
    assert fact.ratios == ("", "4× fewer, for 4× fewer outputs", "31 % fewer, for 56 % more outputs")


def test_large_numbers_have_separators_and_long_sums_are_shortened() -> None:
    (fact, *_) = facts_of([Conv(64, 50), Chain([Conv(64, 2)] + [Conv(63 - n, 2) for n in range(5)])])
    assert [amount.said for amount in fact.amounts] == ["2,500", "24"]
    assert fact.amounts[1].sum == "= 4 + 4 + … + 4"
    assert fact.ratios == ("", "104× fewer")


@pytest.mark.parametrize(
    ("number", "first", "words"),
    [
        (656, 4608, "7.0× fewer"),
        (2, 4, "2× fewer"),
        (152, 296, "1.9× fewer"),
        (25, 9, "2.8× as many"),
        (40_000, 1, "40,000× as many"),
        (18, 25, "28 % fewer"),
        (1001, 1000, "under 1 % more"),
        (9, 9, ""),
        (0, 9, ""),
        (9, 0, ""),
    ],
)
def test_ratios_are_honest(number: int, first: int, words: str) -> None:
    assert ratio(number, first) == words


def boxes(scene: Scene, step: int) -> Iterator[str]:
    """Yield what is outside of the picture."""
    left, top, right, bottom = scene.bounds
    for shape in shapes_at(scene, step):
        points = {Cells: "quads", Lines: "segments", Texts: "places"}[type(shape)]
        found = getattr(shape, points).reshape(-1, 2)
        if len(found) and ((found < [left - 1e-6, top - 1e-6]).any() or (found > [right + 1e-6, bottom + 1e-6]).any()):
            yield str(shape)


@pytest.mark.parametrize("arrange", ARRANGEMENTS)
@pytest.mark.parametrize("layers", COMPARED.values(), ids=COMPARED)
def test_nothing_overlaps_or_leaves_the_picture(layers: list[Layer | Chain], arrange: str) -> None:
    for width in (None, 640, 240):
        picture = compare(
            layers, arrange=arrange, width=width, titles=[f"{name} k3 s2" for name in LABELS[: len(layers)]]
        )
        for step in (0, picture.scene.steps - 1):
            shown = Picture(picture, step)
            problems = [*shown.small(), *shown.outside(2), *shown.overlapping(), *shown.covered()]
            assert problems == []


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_in_every_theme(theme: str) -> None:
    picture = Picture(compare(COMPARED["chain"], theme=theme), 3)
    assert list(picture.dim()) == []


def test_labels_that_are_long_become_letters_that_stand_in_the_headings_too() -> None:
    long = ["conv k3 p1 padding_mode=reflect and more of it", "conv k3"]
    words = [word.text for word in standing(compare(COMPARED["padding"], titles=long, width=640).scene.ground)]
    assert words.count("A") == words.count("B") == len(differing(COMPARED["padding"]))
    assert any(word.startswith("A: conv k3 p1") for word in words)
    assert "B: conv k3" in words
    brief = [word.text for word in standing(compare(COMPARED["padding"], titles=["one", "two"]).scene.ground)]
    assert brief.count("one") == brief.count("two") == 1 + len(differing(COMPARED["padding"]))


@pytest.mark.parametrize("arrange", ARRANGEMENTS)
def test_pictures_are_parted_by_a_rule(arrange: str) -> None:
    for count in (2, 3, 4):
        scene = compare([Conv(5, 3)] * count, arrange=arrange, legend=False).scene
        axis = 1 if arrange == "side" else 0
        rules = [
            shape.segments
            for shape in scene.ground
            if isinstance(shape, Lines) and len(shape.segments) == count - 1 and shape.role == "pending"
        ]
        assert len(rules) == 1
        assert (rules[0][:, 0, 1 - axis] == rules[0][:, 1, 1 - axis]).all()


def test_cells_have_one_size_in_all_pictures() -> None:
    def areas(scene: Scene) -> list[float]:
        found = []
        for shape in scene.ground:
            if isinstance(shape, Cells) and shape.role == "input":
                across, down = shape.quads[0, 3] - shape.quads[0, 0], shape.quads[0, 1] - shape.quads[0, 0]
                found.append(abs(float(across[0] * down[1] - across[1] * down[0])))
        return found

    assert areas(compare([Conv(5, 3), Conv(7, 3)]).scene) == pytest.approx([1, 1])
    assert areas(compare([Conv(3, 3), Conv(20, 3)]).scene) == pytest.approx([1, 1])


@pytest.mark.parametrize("layers", COMPARED.values(), ids=COMPARED)
def test_the_shorter_waits_and_no_picture_is_asked_for_steps_that_it_does_not_have(
    layers: list[Layer | Chain],
) -> None:
    asked: list[tuple[str, int, int, int]] = []
    scenes = [animate(layer, reveal=True).scene for layer in layers]

    def watched(scene: Scene) -> Scene:
        def marks(numbers: range) -> Shapes:
            assert 0 <= numbers.start < numbers.stop <= scene.steps
            asked.append(("marks", id(scene), numbers.start, numbers.stop))
            return scene.marks(numbers)

        def moment(number: int) -> Shapes:
            assert 0 <= number < scene.steps
            return scene.moment(number)

        return Scene(scene.bounds, scene.steps, scene.ground, marks, moment, scene.entries)

    parts = [Part(watched(scene), label, "") for scene, label in zip(scenes, LABELS, strict=False)]
    joined = join(parts, facts_of(layers), "side", lambda across: across / 50)
    assert joined.steps == max(scene.steps for scene in scenes)
    for step in range(joined.steps):
        joined.marks(range(step, step + 1))
        shown = len(joined.moment(step))
        assert shown == sum(len(scene.moment(min(step, scene.steps - 1))) for scene in scenes)
    for scene in scenes:
        steps = [(first, last) for _, owner, first, last in asked if owner == id(scene)]
        assert steps == [(step, step + 1) for step in range(scene.steps)]
    asked.clear()
    joined.marks(range(joined.steps))
    assert {(first, last) for _, _, first, last in asked} == {(0, scene.steps) for scene in scenes}


def test_nothing_but_the_steps_differs_between_frames() -> None:
    scene = compare(COMPARED["chain"]).scene
    again = compare(COMPARED["chain"], still=7).scene
    assert scene.bounds == again.bounds
    assert not list(boxes(scene, 0))
    assert not list(boxes(scene, scene.steps - 1))
    for one, other in zip(scene.ground, again.ground, strict=True):
        assert type(one) is type(other)


def test_a_legend_has_each_look_once() -> None:
    labels = [key.label for key in compare(COMPARED["padding"], legend=True).scene.legend]
    assert len(labels) == len(set(labels))
    assert {"input", "padding", "copied padding", "output"} <= set(labels)


def test_pictures_begin_at_one_height() -> None:
    scene = compare([Conv(6, 3), Conv(6, 3, stride=2)]).scene
    tops = [
        float(shape.quads[..., 1].min())
        for shape in scene.ground
        if isinstance(shape, Cells) and shape.role == "pending"
    ]
    assert len(tops) == 2
    assert tops[0] == pytest.approx(tops[1])


def test_bars_have_the_colour_of_the_box_before_their_picture_s_title() -> None:
    def found(layers: list[Layer | Chain]) -> list[str]:
        return [
            shape.role for shape in compare(layers).scene.ground if isinstance(shape, Cells) and "tint" in shape.role
        ]

    groups = len(differing(COMPARED["chain"]))
    one, other = colour_of(0), colour_of(1)
    assert one != other
    assert found(COMPARED["chain"]) == [one, other] * (1 + groups)
    # Where nothing differs there are no bars, and no boxes.
    assert found([MaxPool(6, 2), AvgPool(6, 2)]) == []


def test_a_title_has_a_box_only_if_a_bar_has_its_colour() -> None:
    shapes = compare([Conv(5, 2), Conv(6, 3), MaxPool(4, 2, stride=1)]).scene.ground
    colours = [one.role for one in shapes if isinstance(one, Cells)]
    assert colours.count(colour_of(0)) > 1
    assert colours.count(colour_of(2)) == 2


def test_one_amount_among_none_has_no_bar_since_there_is_nothing_to_compare_it_with() -> None:
    layers: list[Layer | Chain] = [AvgPool(8, 2), Conv(8, 2)]
    strip = Bars(facts_of(layers), LABELS[:2], 0.0, 0.0, 60.0, 1.0)
    assert not [shape for shape in strip.shapes() if isinstance(shape, Cells)]
    assert {"parameters", "none", "4", "196"} <= {*said(layers)}
