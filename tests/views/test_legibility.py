"""Whatever is drawn can be read: large enough, clear, apart from each other, within the picture, and at rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from inspect import signature
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convanim import (
    Animation,
    AvgPool,
    Chain,
    Conv,
    ConvanimError,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PointwiseConv,
    animate,
    plan,
)
from convanim.animations.presets import PRESETS
from convanim.inputs.known_chains import roundtrip, separable
from convanim.layers import OPERATIONS, ROWS_COLUMNS
from convanim.render.palettes import THEMES
from convanim.render.theme import find_theme
from convanim.views import VIEWS
from convanim.views.scene import Cells, Scene, Shape, Texts
from tests.plans.test_value_properties import stacks
from tests.strategies import layers, transposes
from tests.views.helpers import draws, few, shapes_at
from tests.views.measures import Picture

SOBEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
BIG = np.array([[-12.34, 0.5, 7], [123.4, -999.25, 1], [0, 3.75, 88]])
BIG5 = np.arange(25).reshape(5, 5) * 371
CASES: dict[str, tuple[Layer | Chain, dict[str, Any]]] = {
    "padded": (Conv(5, 3, padding=1), {}),
    "strided": (Conv(6, 3, stride=2, padding=1), {}),
    "dilated": (Conv(7, 3, dilation=2), {}),
    "reflect": (Conv(4, 3, padding=1, padding_mode="reflect"), {}),
    "circular": (Conv(4, 3, padding=1, padding_mode="circular"), {}),
    "wide": (Conv((3, 11), (1, 3), padding=1), {}),
    "large-kernel": (Conv(8, 6, padding=1), {}),
    "one-cell": (Conv(1, 1), {}),
    "causal": (Conv((8,), 3, padding="causal"), {}),
    "big-numbers": (Conv(3, 2), {"input": BIG}),
    "transposed": (ConvTranspose(3, 3, 2, 1, 1), {}),
    "cropped": (ConvTranspose(5, 2, padding=2), {}),
    "cut-first": (ConvTranspose(5, 2, padding=2), {"method": "scatter", "input": BIG5}),
    "stamps-alone": (Chain([ConvTranspose(3, 3)]), {"method": "scatter"}),
    "row-of-three": (Chain([Conv((9,), 3, padding="causal", dilation=d) for d in (1, 2, 4)]), {}),
    "narrow-roundtrip": (roundtrip(Conv((4, 1), (2, 1))), {}),
    "narrow-separable": (separable([[0, 0, -2, 2]], (3, 4)), {}),
    "grey-chain": (Chain([Conv(5, 3), Conv(3, 2)]), {"shades": True}),
    "max": (MaxPool(4, 3, stride=2, padding=1), {}),
    "max-ceil": (MaxPool(5, 2, ceil_mode=True), {}),
    "average": (AvgPool(5, 3, stride=2, padding=1, count_include_pad=False), {}),
    "average-row": (AvgPool((9,), 3), {}),
    "stamps": (ConvTranspose(3, 3, 2), {"method": "scatter"}),
    "stamps-cut": (ConvTranspose(3, 3, 2, 1, 1), {"method": "scatter"}),
    "stamps-row": (ConvTranspose((4,), 3, 2), {"method": "scatter"}),
    "overlap": (ConvTranspose(4, 3, 2), {"overlap": True}),
    "channels": (Conv(4, 3, padding=1, in_channels=3, out_channels=2, bias=True), {}),
    "groups": (Conv(4, 3, in_channels=4, out_channels=4, groups=2), {}),
    "depthwise": (DepthwiseConv(5, 3, in_channels=3), {}),
    "many-channels": (Conv(5, 3, in_channels=16, out_channels=32), {}),
    "pointwise": (PointwiseConv(3, in_channels=256, out_channels=512), {}),
    "pooled-channels": (MaxPool(4, 2, channels=3), {}),
    "pairs": (AvgPool(4, 2, channels=4), {}),
    "channels-in-a-row": (Conv((6,), 3, in_channels=2, out_channels=2), {}),
    "many-in-rows": (Conv((7,), 2, in_channels=6, out_channels=8), {}),
    "depthwise-separable": (DepthwiseSeparable(3, 4, 3, 4, padding=1), {}),
    "channel-chain": (Chain([Conv(7, 3, in_channels=3, out_channels=8), MaxPool(5, 2, channels=8)]), {}),
    "sixteen-to-thirty-two": (DepthwiseSeparable(16, 32, 3, 3, padding=1), {}),
    "wide-channels": (PointwiseConv((2, 6), in_channels=2, out_channels=5), {}),
    "many-rows": (DepthwiseConv((6,), 3, in_channels=24, depth_multiplier=2), {}),
    "single-cells": (DepthwiseSeparable(9, 3, 1, (4, 3)), {}),
    "shuffle": (PixelShuffle(3, 2), {}),
    "unpool": (MaxUnpool(2, 2, channels=2), {}),
    "chain": (Chain([Conv(7, 3), Conv(5, 3)]), {}),
    "pooled-row": (Chain([Conv(4, 2, in_channels=3, out_channels=6), MaxPool(3, 2, channels=6)]), {}),
    "pools": (Chain([Conv(8, 3, padding=1), MaxPool(8, 2), AvgPool(4, 2)]), {}),
    "chain-row": (Chain([Conv((9,), 2, padding="causal"), Conv((9,), 2, stride=2)]), {}),
    "back-stamped": (Chain([Conv(6, 3, stride=2), ConvTranspose(2, 3, 2)]), {"method": "scatter"}),
    "field": (Chain([Conv(7, 3), Conv(5, 3)]), {"field": (1, 1)}),
    "round-trip": (roundtrip(Conv(5, 3, stride=2)), {}),
    "round-trip-stamped": (roundtrip(Conv(5, 3, stride=2)), {"method": "scatter"}),
    "separable": (separable(SOBEL, 5), {}),
    "volume": (Conv((4, 4, 4), 3), {}),
    "volume-padded": (Conv((3, 4, 5), 3, padding=1), {}),
    "volume-circular": (Conv((3, 3, 3), 3, padding=1, padding_mode="circular"), {}),
    "volume-transposed": (ConvTranspose((2, 2, 3), 3, 2, 1, 1), {"reveal": True}),
    "volume-pooled": (MaxPool((5, 5, 5), 2, ceil_mode=True), {}),
    "volume-of-one": (Conv((1, 1, 1), 1), {}),
    "volume-long": (Conv((9, 1, 1), (3, 1, 1)), {}),
    "volume-wide": (Conv((2, 2, 24), (1, 2, 3)), {}),
    "flipped": (Conv(5, 3, flip=True), {"bars": True, "kernel": SOBEL}),
    "flipped-channels": (Conv(4, 2, in_channels=2, out_channels=2, flip=True), {"bars": True}),
    "flipped-volume": (Conv((3, 3, 3), 2, flip=True), {"bars": True}),
    "bars-big": (Conv(3, 2), {"bars": True, "input": BIG}),
    "bars-row": (Conv((6,), 3, padding=1, padding_mode="reflect"), {"bars": True, "input": [3, -1, 0, 2, -3, 1]}),
    "bars-max": (MaxPool(4, 2), {"bars": True}),
    "bars-stamps": (ConvTranspose(3, 3, 2), {"bars": True, "method": "scatter"}),
    "bars-chain": (Chain([Conv(5, 3), Conv(3, 2, flip=True)]), {"bars": True}),
}
COLOURS = [find_theme(name) for name in THEMES]


def small(operation: str, dims: int, channels: int) -> Layer | None:
    """Return a small layer of an operation, None where it takes no such axes or channels."""
    make: Any = OPERATIONS[operation]
    size = {1: (6,), 2: (4, 4), 3: (3, 2, 2)}[dims]
    given = {"input_size": size, "kernel_size": 2, "output_size": 2, "channels": channels}
    given |= dict.fromkeys(("in_channels", "out_channels"), channels)
    # Values go back to the first cell of each window.
    places = np.arange(prod(2 * side for side in size)).reshape([2 * side for side in size])
    given["indices"] = places[(np.s_[::2],) * dims].ravel().tolist()
    try:
        found: Layer = make(**{name: value for name, value in given.items() if name in signature(make).parameters})
    except ConvanimError:
        return None
    return found


def every_case() -> Iterator[tuple[str, Layer | Chain, dict[str, Any]]]:
    """Yield each operation on each number of axes, with one channel and with two, by itself and in a chain."""
    for operation, dims, channels in product(OPERATIONS, ROWS_COLUMNS, (1, 2)):
        layer, name = small(operation, dims, channels), f"{operation}-{dims}-axes-{channels}-channels"
        if layer is None:
            continue
        into, out = layer.grouping.in_channels, layer.grouping.out_channels
        before = Conv(layer.input_size, 1, in_channels=channels, out_channels=into)
        after = Conv(layer.output_size, 1, in_channels=out, out_channels=channels)
        yield name, layer, {}
        yield f"{name}-chain", Chain([layer, after] if channels == 1 else [before, layer]), {}
        if "scatter" in layer.methods:
            yield f"{name}-stamps", layer, {"method": "scatter"}
            yield f"{name}-overlap", layer, {"overlap": True}
            yield f"{name}-chain-stamps", Chain([before, layer]), {"method": "scatter"}
            yield f"{name}-chain-field", Chain([before, layer]), {"field": (1,) * dims}


EVERY = {name: (layer, looks) for name, layer, looks in every_case()}


@cache
def sort_of(name: str) -> tuple[Any, ...]:
    """Return what a view has to be able to draw: axes, layers, channels, stamps and fields."""
    layer, looks = {**CASES, **EVERY}[name]
    is_stamped = "overlap" in looks or looks.get("method") == "scatter"
    return layer.dims, isinstance(layer, Chain), layer.has_channels, is_stamped, "field" in looks


def views_of(name: str) -> Iterator[str]:
    """Yield the views that draw a case, each by its first name."""
    *_, has_field = sort_of(name)
    layer, _ = {**CASES, **EVERY}[name]
    planned = plan(layer, method="scatter" if sort_of(name)[3] else "gather")
    modules = set[str]()
    for view, its in VIEWS.items():
        if draws(its, planned) and (its.shows_field or not has_field) and its.module not in modules:
            modules.add(its.module)
            yield view


DRAWN = [(name, view) for name in CASES for view in views_of(name)]
OPERATING = [(name, view) for name in EVERY for view in views_of(name)]


def kinds(case: tuple[Any, ...]) -> set[Any]:
    """Return what a view draws in a case: a sort of plan, an operation, labels and a width."""
    name, view, *more = case
    return {(view, sort_of(name)), (view, name.split("-")[0] if name in EVERY else ""), (view, *more)}


def named_kinds(case: tuple[Any, ...]) -> set[Any]:
    """Return the same, and which case it is."""
    return {case[0], *kinds(case)}


def parts(case: tuple[Any, ...]) -> set[Any]:
    """Return the sort of plan by itself, and the view with axes, layers or chains, and with labels and a width."""
    name, view, *more = case
    return {sort_of(name), (view, *sort_of(name)[:2]), (view, *more)}


def turns() -> dict[tuple[str, str], int]:
    """Return how many cases of the same view and sort of plan stand before each: halves by it hold every sort."""
    count: Counter[tuple[Any, ...]] = Counter()
    found = {}
    for name, view in DRAWN:
        found[name, view] = count[view, sort_of(name)]
        count[view, sort_of(name)] += 1
    return found


TURNS = turns()


def labelled() -> Iterator[tuple[str, str, str, int | None]]:
    """Yield cases with large letters, and with no labels, each one half of all."""
    for (name, view), turn in TURNS.items():
        yield name, view, *(("letters", 1440) if turn % 2 else ("none", None))


@cache
def drawn(name: str, view: str, labels: str = "auto", width: int | None = None) -> Animation | None:
    """Return an animation, None where what is asked for does not fit."""
    layer, looks = {**CASES, **EVERY}[name]
    try:
        return animate(layer, view=view, labels=labels, width=width, **looks)
    except ConvanimError as error:
        if error.option != "width":
            raise
        return None


def whole(name: str, view: str) -> Animation:
    """Return a case with all that it has to read, where that fits."""
    found = drawn(name, view, "numbers") or drawn(name, view, "none")
    assert found is not None
    return found


def steps_of(animation: Animation) -> list[int]:
    last = animation.scene.steps - 1
    return sorted({0, last // 2, last})


def measured(picture: Picture) -> list[str]:
    """Return what is wrong in a step, whatever the picture; themes take turns."""
    turn = (picture.step + len(picture.words)) % 2
    faint = [found for theme in COLOURS[turn::2] for found in picture.faint(theme)]
    return [*picture.small(), *picture.outside(6), *picture.overlapping(), *faint]


def entangled(picture: Picture) -> list[str]:
    """Return which words cells and rays run into."""
    return [*picture.covered(), *picture.crossed(), *picture.crumbs()]


def test_every_view_of_every_sort_of_plan_is_among_the_cases() -> None:
    known = {(view, *sort_of(name)) for name, view in OPERATING}
    expected = {
        (view, dims, is_chain, has_channels, is_stamped, has_field)
        for view, its in VIEWS.items()
        for dims, is_chain, has_channels, is_stamped, has_field in product(its.dims, *[(False, True)] * 4)
        if view != "channels"
        and not (its.is_partial and (is_chain or is_stamped))
        and (not has_field or (its.shows_field and is_chain and not is_stamped))
    }
    assert known == expected


def test_every_operation_is_among_the_cases_in_every_view_of_its_axes() -> None:
    drawn_in = {(name.split("-")[0], sort_of(name)[0], view) for name, view in OPERATING}
    for operation, dims, view in product(OPERATIONS, ROWS_COLUMNS, VIEWS):
        found = [layer for channels in (1, 2) if (layer := small(operation, dims, channels))]
        if view != "channels" and any(draws(VIEWS[view], plan(layer)) for layer in found):
            assert (operation, dims, view) in drawn_in


@pytest.mark.parametrize(("name", "view"), few(OPERATING, kinds))
def test_operations_can_be_read_in_one_view_after_the_other(name: str, view: str) -> None:
    animation = drawn(name, view, "numbers") or drawn(name, view)
    assert animation is not None
    assert_legible(animation, steps_of(animation)[-1:])


def assert_legible(animation: Animation, steps: Iterable[int]) -> None:
    for picture in (Picture(animation, step) for step in steps):
        assert measured(picture) == []
        assert entangled(picture) == []


def middles(shapes: Iterable[Shape]) -> set[tuple[float, float]]:
    """Return the middles of cells, but for those that lie within others, rounded."""
    return {
        (round(x, 4), round(y, 4))
        for shape in shapes
        if isinstance(shape, Cells) and not shape.is_within
        for x, y in shape.quads.mean(axis=1).tolist()
    }


def assert_within_bounds(scene: Scene) -> None:
    left, top, right, bottom = scene.bounds
    last = scene.steps - 1
    for step in {*range(0, last, max(1, last // 6)), last}:
        for shape in scene.moment(step):
            # Ends of mirrors, and dots at those of rays, lie in the margin.
            if isinstance(shape, Texts) or shape.role.startswith(("mirror", "pin")):
                continue
            points = (shape.quads if isinstance(shape, Cells) else shape.segments).reshape(-1, 2)
            assert (points >= np.array([left, top]) - 1e-6).all()
            assert (points <= np.array([right, bottom]) + 1e-6).all()


# Several properties of one picture, which takes longer to lay out than to look at.
@pytest.mark.parametrize(("name", "view"), few(DRAWN, named_kinds))
def test_words_can_be_read_and_what_is_revealed_lies_where_the_blank_cells_were_all_within_the_bounds(
    name: str, view: str
) -> None:
    scene = whole(name, view).scene
    if numbered := drawn(name, view, "numbers"):
        assert_legible(numbered, steps_of(numbered))
    assert middles(scene.marks(range(scene.steps))) <= middles(scene.ground)
    assert_within_bounds(scene)


@pytest.mark.parametrize(("name", "view", "labels", "width"), few(labelled(), kinds))
def test_words_are_large_clear_apart_and_within_the_picture(
    name: str, view: str, labels: str, width: int | None
) -> None:
    animation = drawn(name, view, labels, width)
    if animation is not None:
        assert_legible(animation, steps_of(animation)[1:2])


def narrow() -> Iterator[tuple[str, str, str, int]]:
    """Yield cases in which hardly all can be read, or little, with numbers or without."""
    for (name, view), turn in TURNS.items():
        yield name, view, "auto", 180 if turn % 2 else 320
        if not turn % 2:
            yield name, view, "none", 180


def narrowest(name: str, view: str, labels: str, width: int) -> Animation:
    """Return an animation of a width, or of the one that is offered where cells are too small to be seen at it."""
    layer, looks = CASES[name]
    try:
        return animate(layer, view=view, labels=labels, width=width, **looks)
    except ConvanimError as refusal:
        (offered,) = re.findall(r"leaves a cell less than 2 pixels; use width=(\d+)", str(refusal))
        return animate(layer, view=view, labels=labels, width=int(offered), **looks)


@pytest.mark.parametrize(("name", "view", "labels", "width"), few(narrow(), parts))
def test_what_cannot_be_read_is_left_out_and_that_is_told(name: str, view: str, labels: str, width: int) -> None:
    animation = narrowest(name, view, labels, width)
    pictures = [Picture(animation, step) for step in steps_of(animation)]
    for picture in pictures:
        assert measured(picture) == []
    if not animation.notes and not all(picture.words for picture in pictures):
        wide = drawn(name, view, labels)
        assert wide is not None
        said = (shape for shape in shapes_at(wide.scene, 0) if isinstance(shape, Texts) and not shape.is_mark)
        # Nobody asks for the names of planes.
        assert {word.partition(":")[0] for shape in said for word in shape.words} <= {"input", "with padding", "output"}


@pytest.mark.parametrize(
    ("name", "view", "labels"),
    few(((name, view, "letters" if turn % 2 else "numbers") for (name, view), turn in TURNS.items()), parts),
)
def test_the_width_that_a_refusal_offers_is_enough(name: str, view: str, labels: str) -> None:
    layer, looks = CASES[name]
    try:
        animate(layer, view=view, labels=labels, width=160, **looks)
    except ConvanimError as refusal:
        (width,) = re.findall(r"use width=(\d+)", str(refusal))
        assert drawn(name, view, labels, int(width)) is not None


PAINTED: list[tuple[str, str, dict[str, Any]]] = [
    ("padded", "oblique", {}),
    ("padded", "flat", {}),
    ("padded", "flat", {"shades": True}),
    ("transposed", "flat", {"labels": "letters"}),
    ("max", "flat", {}),
    ("causal", "line", {"labels": "numbers"}),
    ("stamps-cut", "flat", {}),
    ("overlap", "flat", {}),
    ("chain", "oblique", {"labels": "numbers"}),
    ("chain", "flat", {"width": 1440}),
    ("field", "oblique", {"labels": "numbers"}),
    ("chain-row", "line", {"labels": "letters"}),
    ("round-trip", "flat", {}),
    ("separable", "flat", {"labels": "letters"}),
    ("volume-padded", "slabs", {"labels": "none"}),
    ("channels", "oblique", {}),
    ("stamps-cut", "oblique", {}),
    ("volume-padded", "oblique", {"width": 1520}),
    ("depthwise-separable", "oblique", {"width": 1470}),
    ("flipped", "flat", {}),
    ("flipped-channels", "oblique", {}),
    ("bars-max", "oblique", {}),
    ("bars-row", "line", {}),
]


# In print, letters on dark hatched greys have a light rim, so that it is every other one; the others take turns.
OTHERS = [theme for theme in THEMES if theme != "print"]
THEMED = [(*one, "print" if turn % 2 else OTHERS[turn // 2 % len(OTHERS)]) for turn, one in enumerate(PAINTED)]


@pytest.mark.parametrize(("name", "view", "more", "theme"), THEMED)
def test_words_differ_from_the_pixels_beneath_them(name: str, view: str, more: dict[str, Any], theme: str) -> None:
    layer, looks = CASES[name]
    animation = animate(layer, view=view, theme=theme, **{"labels": "numbers", **looks, **more})
    picture = Picture(animation, animation.scene.steps // 2)
    assert picture.words
    assert list(picture.dim()) == []


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_read(name: str) -> None:
    preset = PRESETS[name]
    animation = animate(preset.layer, **preset.looks)
    for step in steps_of(animation):
        assert measured(Picture(animation, step)) == []


def test_measures_find_what_is_wrong() -> None:
    animation = animate(Conv(3, 2), view="flat", labels="numbers", width=960)

    def changed(**values: Any) -> Picture:
        ground = tuple(
            replace(shape, **values) if isinstance(shape, Texts) else shape for shape in animation.scene.ground
        )
        return Picture(replace(animation, scene=replace(animation.scene, ground=ground)), 0)

    assert list(changed().small()) == []
    assert list(changed(size=0.05).small())
    assert list(changed(size=3.0).overlapping())
    assert list(changed(size=3.0).covered())
    assert list(changed(anchor=20.0).outside())
    assert list(changed(on="kernel").faint(animation.theme))
    assert list(changed(on="kernel").dim())
    assert list(changed(size=9.0, on="input").crossed(passes_cells=False))


# Whatever the layer.


@given(layers(), st.sampled_from([*VIEWS]), st.sampled_from(["auto", "letters"]), st.data())
@settings(max_examples=20)
def test_words_of_any_layer_can_be_read(layer: Layer, view: str, labels: str, data: st.DataObject) -> None:
    assume(layer.dims in VIEWS[view].dims)
    width = data.draw(st.sampled_from([None, 300, 480, 960]))
    try:
        animation = animate(layer, view=view, labels=labels, width=width, seed=data.draw(st.integers(0, 99)))
    except ConvanimError as error:
        if error.option != ("input_size" if VIEWS[view].is_partial and "matrix of" in str(error) else "width"):
            raise
        return
    step = data.draw(st.integers(0, animation.scene.steps - 1))
    assert measured(Picture(animation, step)) == []


@given(layers(dims=3), st.sampled_from([None, 400, 960]), st.data())
@settings(max_examples=15)
def test_words_of_any_volume_can_be_read(layer: Layer, width: int | None, data: st.DataObject) -> None:
    animation = animate(layer, width=width, reveal=data.draw(st.booleans()))
    picture = Picture(animation, data.draw(st.integers(0, animation.scene.steps - 1)))
    assert measured(picture) == []
    assert entangled(picture) == []


@given(transposes(), st.booleans(), st.sampled_from([None, 300, 700]), st.data())
@settings(max_examples=15)
def test_words_of_any_stamps_can_be_read(layer: Layer, overlap: bool, width: int | None, data: st.DataObject) -> None:
    animation = animate(layer, method="scatter", overlap=overlap, width=width)
    assert measured(Picture(animation, data.draw(st.integers(0, animation.scene.steps - 1)))) == []


@given(
    stacks(),
    st.sampled_from([name for name, view in VIEWS.items() if not view.is_partial]),
    st.sampled_from(["auto", "letters"]),
    st.data(),
)
@settings(max_examples=15)
def test_words_of_any_chain_can_be_read(stack: list[Layer], view: str, labels: str, data: st.DataObject) -> None:
    assume(stack[0].dims in VIEWS[view].dims)
    try:
        animation = animate(Chain(stack), view=view, labels=labels, width=data.draw(st.sampled_from([None, 480, 960])))
    except ConvanimError as error:
        if error.option != "width":
            raise
        return
    assert measured(Picture(animation, data.draw(st.integers(0, animation.scene.steps - 1)))) == []


# At rest.


@pytest.mark.parametrize(
    ("name", "view"), [("padded", "oblique"), ("average", "flat"), ("stamps", "flat"), ("chain", "flat")]
)
def test_every_frame_has_the_same_size_and_all_that_stands_still_stays(name: str, view: str) -> None:
    layer, looks = CASES[name]
    animation = animate(layer, view=view, labels="numbers", width=1200, every=5, **looks)
    frames = [frame[..., :3].astype(int) for frame in animation.frames()]
    assert {frame.shape for frame in frames} == {(animation.size[1], animation.size[0], 3)}
    shown = [Picture(animation, step) for step in animation.timeline.steps]
    crossed = " ".join(found for picture in shown for found in picture.crossed(passes_cells=False))
    for word, box in zip(shown[0].words, shown[0].boxes, strict=True):
        if word.of.on is not None or word.of not in animation.scene.ground or word.said in crossed:
            continue
        (left, top), (right, bottom) = np.floor(box.min(axis=0)).astype(int), np.ceil(box.max(axis=0)).astype(int)
        for frame in frames[1:]:
            np.testing.assert_array_equal(frame[top:bottom, left:right], frames[0][top:bottom, left:right])
