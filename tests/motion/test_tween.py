"""What is seen on the way from one step to the next."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from convanim import (
    Animation,
    Chain,
    Conv,
    ConvTranspose,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    PixelShuffle,
    animate,
)
from convanim.motion.timeline import Frame
from convanim.motion.tween import Track, moments, passage
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shape, Shapes, Texts

CASES: dict[str, tuple[Layer | Chain, dict[str, Any]]] = {
    "plain": (Conv(5, 3, padding=1), {}),
    "classic": (Conv(5, 3, padding=1), {"classic": True}),
    "numbers": (Conv(4, 3, padding=1), {"values": True}),
    "numbered": (Conv(4, 3, padding=1), {"values": True, "classic": True}),
    "flat": (Conv(5, 3, 2, 1), {"view": "flat"}),
    "max": (MaxPool(4, 2), {"view": "flat"}),
    "transposed": (ConvTranspose(3, 3, 2, 1, 1), {}),
    "stamps": (ConvTranspose(3, 3, 2), {"method": "scatter"}),
    "chain": (Chain([Conv(6, 3), Conv(4, 2)]), {}),
    "flat-chain": (Chain([Conv(5, 3), Conv(3, 2)]), {"view": "flat"}),
    "floating": (Conv((3, 4, 4), 2), {"view": "oblique"}),
    "flat-channels": (Conv(4, 3, padding=1, in_channels=2, out_channels=2), {"view": "flat"}),
    "field": (Chain([Conv(8, 3), Conv(6, 3)]), {"field": (2, 2)}),
    "row": (Chain([Conv((8,), 2, padding="causal", dilation=d) for d in (1, 2)]), {}),
    "channels": (Conv(4, 3, padding=1, in_channels=3, out_channels=2), {}),
    "separable": (DepthwiseSeparable(2, 3, 3, 4, padding=1), {}),
    "volume": (Conv((3, 4, 4), 2), {}),
    "shuffle": (PixelShuffle(2), {}),
    "signs": (MaxPool(6, 2, channels=2), {"view": "oblique"}),
}


@cache
def drawn(name: str) -> Animation:
    layer, looks = CASES[name]
    return animate(layer, **looks)


def is_sign(shape: Shape) -> bool:
    return isinstance(shape, Texts) and shape.is_mark


@cache
def ways(name: str) -> list[tuple[Track, ...]]:
    """Return what is on its way between each step and the next."""
    scene = drawn(name).scene
    return [passage(scene, one, other) for one, other in pairwise(range(scene.steps))]


def points(shape: Shape) -> Points:
    return shape.quads if isinstance(shape, Cells) else shape.segments if isinstance(shape, Lines) else shape.places


def shaded(shapes: Shapes) -> Points:
    """Return the corners of all that the kernel's shadow lies on, in no order."""
    found = [shape.quads for shape in shapes if isinstance(shape, Cells) and shape.shaded and not shape.held]
    return np.concatenate(found) if found else np.empty((0, 4, 2))


def in_order(quads: Points) -> Points:
    rounded = np.round(quads.reshape(len(quads), -1), 4) + 0.0
    return rounded[np.lexsort(rounded.T)]


@pytest.mark.parametrize("name", ["plain", "classic", "flat", "transposed", "channels", "stamps"])
def test_the_shadow_leaves_from_one_step_and_arrives_at_the_next(name: str) -> None:
    scene = drawn(name).scene
    for step, tracks in enumerate(ways(name)):
        for end, part in ((step, 0.0), (step + 1, 1.0)):
            seen = [track.at(part) for track in tracks]
            glides = [shape.quads for shape in seen if isinstance(shape, Cells) and shape.role == "shadow"]
            stays = shaded(tuple(track.before for track in tracks if track.is_still))
            if glides and len(shaded(scene.moment(end))):
                both = np.concatenate([*glides, stays])
                assert np.allclose(in_order(both), in_order(shaded(scene.moment(end))), atol=1e-3), (step, part)


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_beyond_the_picture_on_its_way(name: str) -> None:
    animation = drawn(name)
    left, top, right, bottom = animation.scene.bounds
    for tracks in ways(name):
        for track in tracks:
            places = points(track.at(0.5)).reshape(-1, 2)
            assert (places > [left - 0.2, top - 0.2]).all()
            assert (places < [right + 0.2, bottom + 0.2]).all()


@pytest.mark.parametrize("name", CASES)
def test_a_kernel_at_work_at_both_steps_is_seen_between_them(name: str) -> None:
    scene = drawn(name).scene
    for step, tracks in enumerate(ways(name) if name != "field" else []):
        if len(shaded(scene.moment(step))) and len(shaded(scene.moment(step + 1))):
            moving = [track for track in tracks if not track.is_still]
            assert any(isinstance(track.before, Cells) and track.before.role == "shadow" for track in moving)
            outlines = [track for track in moving if isinstance(track.before, Lines)]
            assert {"reach", "window"} & {track.before.role for track in outlines if isinstance(track.before, Lines)}


def placed(key: Key, at: float, role: str = "input", shaded: bool = True) -> Cells:
    """Return one cell of a moment."""
    return Cells(role, np.array([[[at, 0.0], [at + 1, 0.0], [at + 1, 1.0], [at, 1.0]]]), shaded, key=key)


def moving(one: Shapes, other: Shapes) -> list[tuple[float, float]]:
    """Return from where to where cells go between two moments of a picture."""
    scene = Scene((0.0, 0.0, 9.0, 1.0), 2, (), lambda numbers: (), lambda number: (one, other)[number], tuple)
    tracks = [track for track in passage(scene, 0, 1) if isinstance(track.before, Cells)]
    return [(float(points(track.before)[0, 0, 0]), float(points(track.after)[0, 0, 0])) for track in tracks]


def test_what_has_a_key_becomes_what_has_the_same_key_in_whatever_order() -> None:
    first, second = Key("window", (0, 0)), Key("window", (0, 1))
    assert moving((placed(first, 0), placed(second, 4)), (placed(second, 5), placed(first, 1))) == [(0, 1), (4, 5)]


def test_what_is_not_there_any_more_becomes_what_is_new_of_its_kind() -> None:
    one, other, stays = Key("window", (0, 0)), Key("window", (1, 0)), Key("window", (2, 0))
    assert moving((placed(one, 0), placed(stays, 4)), (placed(other, 1), placed(stays, 4))) == [(0, 1), (4, 4)]
    assert moving((placed(one, 0),), (placed(Key("made", (0, 0)), 1),)) == []


def test_nothing_goes_from_one_joined_picture_to_another() -> None:
    assert moving((placed(Key("window"), 0),), (placed(Key("window", part=1), 1),)) == []


def test_all_cells_of_one_window_lie_in_one_shadow() -> None:
    key = Key("window", (0, 0))
    (track,) = (
        track
        for track in [*ways("plain")[0]]
        if isinstance(track.before, Cells) and track.before.role == "shadow" and len(points(track.before)) > 1
    )
    assert len(points(track.before)) == 9
    assert moving((placed(key, 0), placed(key, 1, "padding")), (placed(key, 2), placed(key, 3))) == [(0, 2)]


def test_a_field_that_grows_leaves_what_was_there_where_it_is() -> None:
    for tracks in ways("field"):
        assert all(track.is_still for track in tracks)


def test_halfway_a_window_is_in_the_middle_between_its_places() -> None:
    scene = drawn("plain").scene
    before, between, after = (
        next(shape for shape in shapes if isinstance(shape, Lines) and shape.role == "reach").segments
        for shapes in (scene.moment(6), tuple(track.at(0.5) for track in ways("plain")[6]), scene.moment(7))
    )
    assert np.allclose(between, (before + after) / 2)


def test_the_sum_stays_until_the_next_step_begins() -> None:
    scene = drawn("flat").scene
    held = [shape for shape in scene.moment(3) if shape.held]
    seen = [track.at(0.9) for track in ways("flat")[3] if track.before.held]
    assert held
    assert len(seen) == len(held)
    assert all(np.array_equal(points(one), points(other)) for one, other in zip(seen, held, strict=True))


def test_signs_between_rays_travel_with_these() -> None:
    scene = drawn("signs").scene
    for step in range(scene.steps - 1):
        (sign,) = [track.at(0.5) for track in passage(scene, step, step + 1) if is_sign(track.before)]
        before, after = (next(shape for shape in scene.moment(one) if is_sign(shape)) for one in (step, step + 1))
        assert np.allclose(points(sign), (points(before) + points(after)) / 2)


def test_words_that_change_do_not_travel() -> None:
    for tracks in ways("numbers"):
        for track in tracks:
            if isinstance(track.before, Texts) and isinstance(track.after, Texts) and not track.is_still:
                assert track.before.words == track.after.words


def test_weights_travel_with_the_kernel() -> None:
    moving = [track for track in ways("numbers")[0] if not track.is_still]
    (weights,) = [track for track in moving if isinstance(track.before, Texts) and track.before.on == "kernel"]
    across, _ = weights.shift or (0.0, 0.0)
    assert across == pytest.approx(1.0)


def test_chips_whose_words_change_do_not_travel_without_them() -> None:
    counts = set()
    for tracks in ways("stamps"):
        moving = [track.before for track in tracks if not track.is_still]
        chips = [shape for shape in moving if isinstance(shape, Cells) and shape.role == "added"]
        words = [text for text in moving if isinstance(text, Texts) and text.on == "added"]
        assert bool(chips) == bool(words)
        counts.add(len(chips))
    assert 0 in counts


def test_words_below_the_shadow_are_written_above_it() -> None:
    scene = drawn("flat").scene
    tracks = ways("flat")[0]
    (first, *_) = [number for number, track in enumerate(tracks) if isinstance(track.before, Cells)]
    assert isinstance(tracks[first].before, Cells)
    above = [track.before for track in tracks[first + 1 :] if isinstance(track.before, Texts) and track.is_still]
    written = {shape.on for shape in above if not shape.held}
    assert {"input", "padding"} <= written
    words = [text for text in scene.ground if isinstance(text, Texts) and text.on == "input"]
    assert sum(len(text.words) for text in above if text.on == "input" and not text.held) < sum(
        len(text.words) for text in words
    )


def test_broken_rays_travel_whole() -> None:
    lines = (shape for shape in drawn("numbered").scene.moment(5) if isinstance(shape, Lines))
    assert any(shape.whole is not None and len(shape.segments) > len(shape.whole) for shape in lines)
    for tracks in ways("numbered"):
        (ray,) = (track.before for track in tracks if track.before.key == Key("ray", (0,)))
        assert len(points(ray)) == 4


@pytest.mark.parametrize("name", ["chain", "separable"])
def test_stages_with_kernels_of_other_sizes_become_each_other(name: str) -> None:
    for tracks in ways(name):
        for track in tracks:
            assert points(track.before).shape == points(track.after).shape


def test_moments_are_those_of_the_steps_where_nothing_is_on_its_way() -> None:
    scene = drawn("plain").scene
    rest, way, *_ = moments(scene, (Frame(3, 3, 0.0, 500), Frame(3, 4, 0.5, 40), Frame(4, 4, 0.0, 500)))
    assert [type(shape) for shape in rest] == [type(shape) for shape in scene.moment(3)]
    assert any(isinstance(shape, Cells) and shape.role == "shadow" for shape in way)


def test_pixels_between_two_steps_show_the_same_colours_as_at_rest() -> None:
    animation = animate(Conv(5, 3, padding=1), width=240, motion="smooth", fps=10, steps=(6, 8))
    pictures = list(animation.frames())
    rest = {tuple(colour) for colour in np.unique(pictures[0].reshape(-1, 4), axis=0).tolist()}
    shadow = animation.theme.fill("input", shaded=True)
    assert shadow is not None
    assert (*shadow, 255) in rest
    for picture in pictures[1:-1]:
        near = np.abs(picture[..., :3].astype(int) - shadow).max(axis=2) <= 1
        assert near.sum() > 0.5 * (np.abs(pictures[0][..., :3].astype(int) - shadow).max(axis=2) <= 1).sum()


def test_what_never_moves_is_the_same_in_every_frame() -> None:
    animation = animate(Conv(5, 3, padding=1), width=240, motion="smooth", fps=10, caption=True)
    below = [picture[-16:] for picture in animation.frames()]
    assert all(np.array_equal(picture, below[0]) for picture in below)
