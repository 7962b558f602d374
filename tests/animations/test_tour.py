"""Tours: which stops they have and how long, what each shows and says, and that they end as other animations do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convanim import (
    Animation,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    Layer,
    MaxPool,
    PixelShuffle,
    animate,
    compare,
)
from convanim.animations.tour import MOST_TIME
from convanim.animations.tour_stops import _faster
from convanim.views.scene import Cells, Lines, Shapes, Texts
from convanim.views.solids import AWAY

STOPS = [
    (
        Conv(5, 3, padding=1),
        {},
        ["The input", "Padding", "A 3×3 kernel", "Output row", "The window moves", "Now", "The output"],
    ),
    (Conv(5, 3), {}, ["The input", "A 3×3 kernel", "Output row", "The window moves", "Now faster", "The output"]),
    (
        ConvTranspose(3, 3, stride=2),
        {},
        ["The input", "1 zero", "Padding", "A 3×3 kernel, rotated", "Output row", "The window", "Now", "The output"],
    ),
    (
        ConvTranspose(3, 3, stride=2),
        {"method": "scatter"},
        ["The input", "Each cell", "Input row", "Then the next", "Now faster", "The output"],
    ),
    (MaxPool(4, 2), {}, ["The input", "Max pooling: a 2×2 window", "Output row", "Now faster", "The output"]),
    (PixelShuffle((2, 2), 2), {}, ["The input", "A pixel shuffle", "Output row", "Then", "Now faster", "The output"]),
    (Conv(1, 1), {}, ["The input", "A 1×1 kernel", "Output row", "The output"]),
    (
        Chain([Conv(5, 3, padding=1), MaxPool(5, 2)]),
        {},
        ["The input", "Padding", "A 3×3", "Layer 1", "Now", "Layer 2: a 2×2 window", "Output row", "Now", "The output"],
    ),
]
"""Layers with looks, and how the words of their stops begin."""


def toured(layer: Layer | Chain, **looks: Any) -> Animation:
    return animate(layer, tour=True, **looks)


def words(animation: Animation) -> list[str]:
    """Return what each stop says."""
    return [animation.told.step(first) for first, _ in animation.timeline.stops]


def shown(animation: Animation, step: int) -> Shapes:
    """Return all shapes of a step but its words."""
    scene = animation.scene
    return (*scene.ground, *scene.marks(range(step + 1)), *scene.moment(step)[:-1])


def roles(animation: Animation, stop: int) -> set[str]:
    """Return the roles of the cells that a stop shows."""
    step = animation.timeline.steps[animation.timeline.stops[stop][1]]
    return {shape.role for shape in shown(animation, step) if isinstance(shape, Cells)}


@pytest.mark.parametrize(("layer", "looks", "begins"), STOPS)
def test_a_tour_stops_at_what_a_layer_has(layer: Layer | Chain, looks: dict[str, Any], begins: list[str]) -> None:
    said = words(toured(layer, **looks))
    assert [one for one, begin in zip(said, begins, strict=True) if not one.startswith(begin)] == []


@pytest.mark.parametrize(
    ("layer", "looks"),
    [
        *((layer, looks) for layer, looks, _ in STOPS),
        (Conv(60, 3), {"width": 400}),
        (Conv((4, 4, 4), 2), {}),
        (Chain([Conv(12, 3)] + [Conv(n, 3) for n in (10, 8, 6, 4)]), {}),
        (Conv(5, 3, in_channels=3, out_channels=4), {"values": True}),
    ],
)
@pytest.mark.parametrize("motion", ["steps", "smooth"])
def test_no_tour_is_longer_than_half_a_minute(layer: Layer | Chain, looks: dict[str, Any], motion: str) -> None:
    timeline = toured(layer, motion=motion, **looks).timeline
    assert 8_000 < timeline.starts[-1] <= MOST_TIME
    assert sum(frame.duration for frame in timeline.frames) == timeline.starts[-1]
    assert min(frame.duration for frame in timeline.frames) > 0
    firsts = [first for first, _ in timeline.stops]
    assert firsts[0] == 0
    assert all(first <= still for first, still in timeline.stops)
    assert [still < after for (_, still), after in zip(timeline.stops, firsts[1:], strict=False)].count(False) == 0


@pytest.mark.parametrize("count", [1, 2, 15, 63, 900])
@pytest.mark.parametrize("most", [90, 700, 3_000])
def test_the_faster_steps_end_with_the_last_one_and_leave_out_few(count: int, most: int) -> None:
    steps, times = _faster(range(count), most, 100)
    assert steps[-1] == count - 1
    assert len(steps) == len(set(steps)) == len(times)
    assert max(np.diff(steps), default=1) <= max(count / 12, 1) or most < 3_000


def test_padding_zeros_kernel_and_output_come_one_after_the_other() -> None:
    told = toured(ConvTranspose(3, 3, stride=2), view="flat", values=True)
    seen = [roles(told, stop) for stop in range(5)]
    assert seen[0] == {"input"}
    assert seen[1] - seen[0] == {"inserted"}
    assert seen[2] - seen[1] == {"padding"}
    assert seen[3] - seen[2] == {"kernel"}
    assert seen[4] - seen[3] == {"pending", "output"}


@pytest.mark.parametrize("view", ["slabs", "blocks"])
def test_no_kernel_comes_with_the_padding_of_a_volume(view: str) -> None:
    told = toured(Conv((4, 4, 4), 2, padding=1), view=view)
    assert words(told)[1].startswith("Padding")
    assert not [one for one in told.scene.moment(1) if isinstance(one, Cells) and one.shaded]


def test_the_cells_of_an_input_are_close_until_zeros_come_between_them() -> None:
    told = toured(ConvTranspose(3, 3, stride=2))
    cells = [
        next(one for one in told.scene.moment(step) if isinstance(one, Cells) and one.role == "input")
        for step in range(2)
    ]
    spans = [np.ptp(one.quads[..., 0]) for one in cells]
    assert spans[0] < 0.7 * spans[1]


@pytest.mark.parametrize(
    ("layer", "said", "view"),
    [
        (Conv(5, 3, padding=1), "with padding: 7×7", None),
        (Conv(5, 3, padding=1), ", with padding: 7×7", "flat"),
        (ConvTranspose(3, 3, stride=2), "with zeros: 9×9", None),
        (Chain([Conv(5, 3, padding=1), Conv(5, 3)]), "with padding: 7×7", None),
    ],
)
def test_the_size_with_padding_comes_with_the_padding(layer: Layer | Chain, said: str, view: str | None) -> None:
    told = toured(layer, view=view)
    stops = [first for first, _ in told.timeline.stops]
    seen = [any(isinstance(one, Texts) and said in one.words for one in shown(told, step)) for step in stops]
    comes = next(number for number, text in enumerate(words(told)) if text.startswith("Padding"))
    assert seen == [number >= comes for number in range(len(stops))]


@pytest.mark.parametrize("size", [(3,), (3, 2), (2, 2, 3)])
def test_a_block_is_close_before_it_is_spread_and_no_window_is_left_in_the_result(size: tuple[int, ...]) -> None:
    animation = toured(ConvTranspose(size, 2, stride=2, in_channels=2), view="blocks")
    shapes = [one for one in shown(animation, animation.timeline.stops[0][0]) if not isinstance(one, Lines)]
    cells = [one.quads for one in shapes if isinstance(one, Cells)]
    assert {one.role for one in shapes if isinstance(one, Cells)} == {"input"}
    assert not [word for one in shapes if isinstance(one, Texts) for word in one.words]
    # Each block is a hexagon without gaps: its faces are as large as what is around them.
    area = sum(abs(np.linalg.det(np.stack([one[1] - one[0], one[3] - one[0]]))) for quads in cells for one in quads)
    high, far, wide = {1: (2, 1, size[-1]), 2: (*size[:2], 2), 3: (*size[-2:], size[0])}[len(size)]
    blocks = 2 if len(size) == 3 else 1
    assert area == pytest.approx(blocks * (high * wide - AWAY[1] * far * wide + AWAY[0] * far * high))
    ends = np.concatenate(cells).reshape(-1, 2)
    assert np.ptp(ends[:, 0]) == pytest.approx(wide + AWAY[0] * far)
    last = {one.key.what for one in shown(animation, len(animation.timeline.steps) - 1) if one.key}
    assert not last & {"glass", "behind", "reach", "made", "mark"}


def test_the_sum_of_the_slow_window_is_said_with_its_numbers() -> None:
    (said,) = (one for one in words(toured(MaxPool(2, 2), input=[[1, 7], [3, 4]])) if one.startswith("Output row"))
    assert said.endswith("max(1, 7, 3, 4) = 7")


@pytest.mark.parametrize(("layer", "looks"), [(layer, looks) for layer, looks, _ in STOPS])
def test_a_tour_leaves_behind_what_the_animation_leaves(layer: Layer | Chain, looks: dict[str, Any]) -> None:
    told, usual = toured(layer, **looks), animate(layer, reveal=True, **looks)
    last = usual.scene.steps - 1

    def left(shapes: Shapes) -> set[tuple[str, float, float]]:
        return {
            (shape.role, *np.round(quad[0], 6).tolist())
            for shape in shapes
            if isinstance(shape, Cells)
            for quad in shape.quads
        }

    assert left(told.scene.marks(range(told.scene.steps))) == left(
        (*usual.scene.ground, *usual.scene.marks(range(last + 1)))
    )


def test_all_frames_have_the_same_size_and_words_in_the_same_place() -> None:
    told = toured(Conv(4, 3, padding=1), width=240, motion="smooth", fps=5)
    assert {frame.shape for frame in told.frames()} == {(told.size[1], 240, 4)}
    lines = [told.scene.moment(step)[-1] for step in range(told.scene.steps)]
    assert all(isinstance(line, Texts) for line in lines)
    assert len({tuple(line.places[0]) for line in lines if isinstance(line, Texts)}) == 1
    assert {round(line.size * told.layout.unit, 6) for line in lines if isinstance(line, Texts)} == {9.0}


def test_words_of_the_user_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# one line a stop\nOne <b>\n\nzwei\nthree\nfour\nfive\n", encoding="utf-8")
    told = toured(MaxPool(4, 2), tour_words=str(path))
    assert words(told) == ["One <b>", "zwei", "three", "four", "five"]
    line = told.scene.moment(0)[-1]
    assert isinstance(line, Texts)
    assert line.words == ("One <b>",)
    assert b"<b>" not in told.encode("html").split(b"<script")[0]
    with pytest.raises(ConvanimError, match="words for 5 stops, and this tour has 6"):
        toured(Conv(5, 3), tour_words=str(path))


def test_a_still_and_a_page_show_a_stop(tmp_path: Path) -> None:
    told = toured(MaxPool(4, 2), width=120)
    told.save(tmp_path / "stop-%d.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"stop-{number}.png" for number in range(5)]
    assert told.encode("pdf").count(b"/Type/Page/") == 5
    assert toured(MaxPool(4, 2), width=120, still=-1).timeline.steps == (told.scene.steps - 1,)
    assert toured(MaxPool(4, 2), width=120, still=1).encode("png") == (tmp_path / "stop-1.png").read_bytes()


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ({"tour": True, "every": 2}, "every 2: has no effect beside tour"),
        ({"tour_words": "words.vtt"}, "are of a tour; add tour"),
        ({"tour": True, "tour_words": "none.vtt"}, "cannot be read"),
        ({"tour": True, "still": 9}, "no such step; there are 6"),
    ],
)
def test_what_a_tour_has_no_use_for_is_refused(looks: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvanimError, match=said):
        animate(Conv(5, 3), **looks)


def test_several_layers_have_no_tour() -> None:
    with pytest.raises(ConvanimError, match="one layer or one chain"):
        compare([Conv(5, 3), MaxPool(5, 3)], tour=True)


def test_a_page_of_a_tour_does_not_repeat_what_the_picture_says() -> None:
    assert b'"written":true' in toured(MaxPool(4, 2), width=120).encode("html")
    assert b'"written":false' in animate(MaxPool(4, 2), width=120).encode("html")
