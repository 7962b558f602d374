"""Layers that only move values: what belongs together looks so, and indices are written where they decide."""

from __future__ import annotations

from colorsys import rgb_to_hsv
from itertools import pairwise, product

import numpy as np
import pytest

from convanim import Conv, Layer, MaxUnpool, Upsample, animate, plan
from convanim.layers.axis import Kind
from convanim.layers.fold import Fold
from convanim.layers.rearrange import PixelShuffle, PixelUnshuffle
from convanim.layers.unfold import Unfold
from convanim.motion.tween import passage
from convanim.render.palettes import THEMES
from convanim.render.theme import contrast, find_theme
from convanim.views import VIEWS, Look
from convanim.views.scene import Cells, Key, Lines, Points, Scene, Shapes, Texts
from convanim.views.sheet import Page
from convanim.views.tints import PAIRS, TINTS
from convanim.views.window_key import WindowKey
from tests.views.helpers import shapes_at, standing

NUMBERS = Look(labels="numbers", reveal=True)
Cell = tuple[int, ...]


def scene_of(layer: Layer, view: str = "flat", look: Look = NUMBERS) -> Scene:
    return Scene.of(VIEWS[view].draw(plan(layer, seed=1), look))


def looks(shapes: Shapes) -> dict[Cell, tuple[str, float, float | None]]:
    """Return the role, strength and grey of each data cell: site, channel, row and column."""
    found: dict[Cell, tuple[str, float, float | None]] = {}
    for shape in shapes:
        if isinstance(shape, Cells) and shape.cells is not None:
            tones = [None] * len(shape.cells) if shape.tones is None else shape.tones.tolist()
            for (site, channel, _, row, column), tone in zip(shape.cells.tolist(), tones, strict=True):
                found[site, channel, row, column] = (shape.role, shape.strength, tone)
    return found


def outlines(shapes: Shapes) -> list[Points]:
    """Return the lines around each block that is outlined."""
    return [shape.segments for shape in shapes if isinstance(shape, Lines) and shape.role == "block"]


@pytest.mark.parametrize("view", ["flat", "oblique"])
@pytest.mark.parametrize("layer", [PixelShuffle(2, 2), PixelUnshuffle(4, 2), Upsample(3, 2), Upsample(2, 3)])
def test_a_copy_has_the_tint_of_its_original(layer: Layer, view: str) -> None:
    scene = scene_of(layer, view)
    found = looks(shapes_at(scene, scene.steps - 1))
    sources = {at: layer.sources(at[1], at[2:]) or () for at in found if at[0] == 1}
    pairs = [(look, found.get((0, sources[at][0][1], *sources[at][0][2]))) for at, look in found.items() if at[0]]
    known = [(one, other) for one, other in pairs if other is not None]
    is_tinted = not isinstance(layer, Upsample)
    assert len(known) > 6
    assert all((one[:2] == other[:2]) if is_tinted else one[1] == other[1] for one, other in known)
    assert len({one[:2] for one, _ in known}) == (4 if is_tinted else 2)


@pytest.mark.parametrize("layer", [PixelUnshuffle(4, 2), Unfold(4, 2), PixelShuffle(2, 2), Upsample(3, 2)])
def test_a_number_keeps_its_grey_when_it_moves(layer: Layer) -> None:
    made = plan(layer, seed=1)
    scene = Scene.of(VIEWS["flat"].draw(made, Look(labels="numbers", has_shades=True)))
    greys: dict[int, set[float | None]] = {}
    for (site, channel, row, column), (_, _, tone) in looks(scene.ground).items():
        if site < 0:
            # The window beside the planes shows no numbers.
            continue
        greys.setdefault(made.planes(site, channel).item(row, column), set()).add(tone)
    assert len(greys) > 2
    assert all(len(own) == 1 for own in greys.values())


@pytest.mark.parametrize(
    ("layer", "step", "expected"),
    [
        (PixelShuffle(2, 2), 5, [(1, 1)] * 3 + [(2, 2)]),
        (PixelUnshuffle(4, 2), 5, [(2, 2)] + [(1, 1)] * 3),
        (Unfold(4, (2, 3)), 4, [(2, 3)] + [(1, 1)] * 3),
        (Unfold(4, 2, padding=1), 0, [(1, 1)] * 4),
        (Fold(3, 2), 5, []),
        (Upsample(2, (2, 3)), 7, [(2, 3)]),
        (MaxUnpool(2, 2), 5, [(1, 1), (2, 2)]),
        (MaxUnpool(2, 2), 0, [(1, 1), (2, 2)]),
    ],
)
def test_the_cells_that_belong_together_are_outlined(layer: Layer, step: int, expected: list[tuple[int, int]]) -> None:
    """Except for those at work, which have heavier outlines, and where each cell is the sum of its own few."""
    sides = [np.ptp(one, axis=(0, 1))[::-1] for one in outlines(scene_of(layer).moment(step))]
    assert [tuple(size.round().astype(int).tolist()) for size in sides] == expected
    assert all(0.7 < size.min() % 1 < 1 for size in sides)


@pytest.mark.parametrize("theme", THEMES)
def test_the_frame_of_a_block_is_less_than_the_outline_of_the_cell_at_work(theme: str) -> None:
    styles = find_theme(theme).styles
    assert styles["block"].width < styles["reach"].width / 2
    assert styles["block"].dash
    assert not styles["reach"].dash


@pytest.mark.parametrize("theme", THEMES)
def test_tints_of_moved_cells_are_unlike_the_input_and_the_output_in_hue_or_lightness(theme: str) -> None:
    fills = {role: fill for role, style in find_theme(theme).styles.items() if (fill := style.fill) is not None}
    for tint, other in product(("tint_0", "tint_1", "tint_2", "tint_3"), ("input", "output")):
        hues = [rgb_to_hsv(*fills[role])[0] for role in (tint, other)]
        assert 0.05 < abs(hues[0] - hues[1]) < 0.95 or contrast(fills[tint], fills[other]) > (
            1.3 if theme == "print" else 1.5
        )


@pytest.mark.parametrize("view", ["flat", "oblique"])
@pytest.mark.parametrize(
    "layer", [PixelShuffle(2, 2), PixelUnshuffle(4, 2), Unfold(4, 2), Upsample(3, 2), MaxUnpool(2, 2)]
)
def test_no_shadow_hides_the_colour_of_a_copy(layer: Layer, view: str) -> None:
    scene = scene_of(layer, view)
    for step in range(scene.steps):
        moment = scene.moment(step)
        assert not any(shape.shaded for shape in moment if not isinstance(shape, Lines))
        assert any(
            isinstance(shape, Texts) and shape.face == "bold" and shape.key.what == "made"
            for shape in moment
            if shape.key
        )


@pytest.mark.parametrize("view", ["flat", "oblique"])
@pytest.mark.parametrize("layer", [PixelUnshuffle(4, 2), Unfold(4, 2)])
def test_empty_planes_are_framed_in_the_tint_that_their_cells_will_have(layer: Layer, view: str) -> None:
    found = [shape.role for shape in scene_of(layer, view).ground if isinstance(shape, Lines) and "frame" in shape.role]
    assert found == [f"tint_{channel}_frame" for channel in range(4)]


def test_an_outline_lies_around_the_cell_that_is_made() -> None:
    for layer in (PixelShuffle(2, 2), Upsample(3, 2), MaxUnpool(2, 2)):
        scene = scene_of(layer)
        for step in range(scene.steps):
            moment = scene.moment(step)
            outline = outlines(moment)[-1]
            keyed = [shape for shape in moment if isinstance(shape, Cells) and shape.key is not None]
            made = next(shape.quads[0] for shape in keyed if shape.key == Key("made", (1, 0)))
            assert (outline.min(axis=(0, 1)) <= made.min(axis=0) + 0.14).all()
            assert (outline.max(axis=(0, 1)) >= made.max(axis=0) - 0.14).all()


def test_the_cells_of_a_window_have_the_tints_of_the_channels_that_they_go_to() -> None:
    layer = Unfold(4, 2)
    scene = scene_of(layer)
    found = looks(shapes_at(scene, scene.steps - 1))
    window = [found[0, 0, row, column][0] for row in (2, 3) for column in (2, 3)]
    assert window == [found[1, channel, 0, 0][0] for channel in range(4)]
    assert found[0, 0, 0, 0][0] == "input"


def test_indices_are_written_where_they_decide() -> None:
    layer = MaxUnpool(2, 2, indices=[5, 2, 8, 15])
    scene = scene_of(layer)
    written = [text.words for text in scene.ground if isinstance(text, Texts) and text.on == "index"]
    assert written == [("5", "2", "8", "15")]
    at_work = [(text.on, text.words) for text in scene.moment(5) if isinstance(text, Texts)]
    assert {("landing", ("5",)), ("index", ("0", "1", "4"))} <= {*at_work}
    assert at_work.count(("landing", ("5",))) == 2
    assert not [shape for shape in scene_of(layer, look=Look()).ground if getattr(shape, "on", "") == "index"]


def test_by_default_no_maximum_lies_in_an_outer_corner() -> None:
    corners = {0, 3, 12, 15}
    assert corners.isdisjoint(MaxUnpool(2, 2).landing(0, cell) for cell in np.ndindex(2, 2))


@pytest.mark.parametrize(
    "layer", [PixelShuffle(2, 2), PixelUnshuffle(4, 2), Unfold(4, 2), MaxUnpool(2, 2), Upsample(2)]
)
def test_a_copy_is_an_arrow_and_no_sum(layer: Layer) -> None:
    texts = [text for text in scene_of(layer).moment(1) if isinstance(text, Texts) and not text.on]
    signs = {word for text in texts for word in text.words}
    assert "→" in signs
    assert signs.isdisjoint({"+", "=", "Σ"})


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_tells_tints_apart(name: str) -> None:
    theme = find_theme(name)
    roles = [f"tint_{number}" for number in range(TINTS)]
    assert [role for role in theme.styles if role[:-1] == "tint_"] == roles
    for shaded in (False, True):
        assert len({theme.fill(role, shaded) for role in roles}) == TINTS
        assert all(contrast(theme.ink(role, shaded), theme.fill(role, shaded) or (0, 0, 0)) >= 4.5 for role in roles)
    lights = [contrast(theme.fill(role) or (0, 0, 0), (0, 0, 0)) for role in roles]
    assert all(one != other for one, other in pairwise(lights))


@pytest.mark.parametrize("view", ["oblique", "flat", "line"])
@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_every_copy_at_work_has_the_ring_of_its_original(mode: str, view: str) -> None:
    made = plan(Conv((5,) if view == "line" else 5, 3, padding=1, padding_mode=mode), seed=1)
    picture = VIEWS[view].draw(made, Look())
    sheet = picture.sheets[Page(0)]
    for number in (0, len(made) // 2, len(made) - 1):
        taps = made.step(number).reads[0].taps
        expected: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        is_copy = taps.kind == Kind.COPY
        for place, source in zip(taps.position[is_copy], taps.source[is_copy], strict=True):
            shown = [*sheet.places(source[None]).tolist(), (0, *(place - sheet.grid.start).tolist())[-2:]]
            expected.setdefault(tuple(source.tolist()), set()).update(map(tuple, shown))
        rings: dict[str, set[tuple[int, ...]]] = {}
        for shape in Scene.of(picture).moment(number):
            if isinstance(shape, Lines) and shape.role.startswith("pair"):
                middles = sheet.plane.places(shape.segments.reshape(-1, 8, 2).mean(axis=1))
                rings.setdefault(shape.role, set()).update(map(tuple, np.floor(middles).astype(int).tolist()))
        assert sorted(map(sorted, rings.values())) == sorted(map(sorted, expected.values()))


@pytest.mark.parametrize(("labels", "count"), [("none", 4), ("letters", 8)])
def test_mirrors_are_whole_lines_or_all_of_their_ends_where_words_are_in_the_way(labels: str, count: int) -> None:
    layer = Conv(4, 3, padding=1, padding_mode="reflect")
    sheet = VIEWS["flat"].draw(plan(layer), Look(labels=labels)).sheets[Page(0)]
    (lines,) = (shape.segments for shape in sheet.mirrors if isinstance(shape, Lines))
    assert len(lines) == count
    ends = np.array([sheet.plane.places(line) for line in lines]).max(axis=2)
    starts = np.array([sheet.plane.places(line) for line in lines]).min(axis=2)
    is_outside = (starts <= 1e-9) | (ends >= 6 - 1e-9)
    assert is_outside.all()
    # No end reaches the name of the plane.
    assert (lines[..., 1] > sheet.box[1] - 0.2).all()


@pytest.mark.parametrize("layer", [PixelShuffle(2, 2), PixelUnshuffle(4, 2)])
def test_no_shadow_glides_over_what_is_only_moved(layer: Layer) -> None:
    tracks = passage(scene_of(layer), 1, 2)
    assert any(getattr(track.before, "role", "") == "reach" and not track.is_still for track in tracks)
    assert not any(getattr(track.before, "role", "") == "shadow" for track in tracks)


@pytest.mark.parametrize(("layer", "lone"), [(Fold(2, (2, 3), stride=2), 1), (Unfold(5, (2, 3)), 0)])
def test_a_window_beside_its_plane_says_which_channel_holds_each_cell(layer: Layer, lone: int) -> None:
    key = WindowKey.of(plan(layer))
    assert key is not None
    assert (key.rows, key.columns, key.lone) == (2, 3, lone)
    for view in ("flat", "channels"):
        scene = animate(layer, view=view, labels="none").scene
        said = {word for one in scene.ground if isinstance(one, Texts) for word in one.words}
        assert {*"123456", "cells of a window"} <= said


def test_channels_that_are_not_drawn_are_named_in_bold_while_they_are_read() -> None:
    made, scene = plan(Fold(2, 3, stride=2)), animate(Fold(2, 3, stride=2), view="flat").scene
    for step in range(len(made)):
        read = {channel for one in made.step(step).reads for channel in one.channels}
        faces = {one.face for one in scene.moment(step) if isinstance(one, Texts) and "inputs 4–8" in one.words}
        assert faces == {"bold" if read & {3, 4, 5, 6, 7} else "regular"}


@pytest.mark.parametrize("layer", [PixelShuffle(2, 2), Conv(4, 2), Fold(4, 2, channels=2), Fold(4, 1), MaxUnpool(2, 2)])
def test_others_have_no_window_beside_them(layer: Layer) -> None:
    assert WindowKey.of(plan(layer)) is None


def test_with_letters_too_zeros_are_written_and_indices_are_shown() -> None:
    scene = animate(MaxUnpool(2, 2), labels="letters").scene
    shapes = shapes_at(scene, scene.steps - 1)
    assert [word.said for word in standing(shapes)].count("0") >= 12
    assert any(isinstance(shape, Cells) and shape.role == "index" for shape in shapes)


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_has_all_kinds_of_rings_that_pair_copies(name: str) -> None:
    theme = find_theme(name)
    looks = [theme.styles[f"pair_{number}"] for number in range(PAIRS)]
    assert len({(look.line, look.dash) for look in looks}) == (12 if theme.hatch else PAIRS)
    assert theme.background not in {look.line for look in looks}


def test_dashed_frames_on_tints_have_a_light_ground() -> None:
    for layer, is_tinted in ((PixelShuffle(2), True), (MaxUnpool(2, 2), False)):
        shapes = animate(layer, view="flat").scene.moment(1)
        framed = {one.role for one in shapes if isinstance(one, Lines) and one.key and one.key.what == "block"}
        assert framed == ({"ring_light", "block"} if is_tinted else {"block"})


def test_dashed_frames_of_cells_that_are_still_empty_have_none() -> None:
    scene = animate(PixelUnshuffle(4, 2), view="flat").scene
    for step, (before, after) in enumerate([(0, 3), (1, 2), (2, 1), (3, 0)]):
        shapes = [one for one in scene.moment(step) if isinstance(one, Lines) and one.key and one.key.what == "block"]
        dashed, grounds = (sum(one.role == role for one in shapes) for role in ("block", "ring_light"))
        # Frames are drawn around the block, and around the cells of the other outputs.
        assert (grounds, dashed - grounds) == (1 + before, after)
