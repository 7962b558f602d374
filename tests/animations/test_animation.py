"""Animations from Python."""

from __future__ import annotations

import json
import re
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convanim import Chain, Conv, ConvanimError, ConvTranspose, Layer, MaxUnpool, Upsample, animate, export, read_model
from convanim.animations.presets import GUIDE_PRESETS, PRESETS
from convanim.formats.gif import decode
from convanim.views import VIEWS
from convanim.views.scene import Texts
from tests import DATA

GUIDE_SIZES = json.loads((DATA / "guide_sizes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GUIDE_PRESETS)
def test_presets_have_the_guides_size_in_pixels_and_its_number_of_frames(name: str) -> None:
    animation = animate(PRESETS[name].layer, classic=True)
    assert [*animation.size, len(animation.timeline.steps)] == GUIDE_SIZES[name]


def test_a_picture_is_as_wide_as_asked_for() -> None:
    assert animate(Conv(5, 3), width=321).size[0] == 321
    assert animate(Conv(5, 3)).size[0] == 480


def test_frames_are_arrays() -> None:
    animation = animate(Conv(4, 3), width=200)
    frames = list(animation.frames())
    assert len(frames) == 4
    assert {frame.shape for frame in frames} == {(animation.size[1], 200, 4)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}


def test_progress_is_told_of_every_frame(tmp_path: Path) -> None:
    told: list[int] = []
    animate(Conv(4, 3), width=100).save(tmp_path / "a.gif", lambda: told.append(1))
    assert len(told) == 4


def test_saving_returns_the_path(tmp_path: Path) -> None:
    path = animate(Conv(4, 3), width=100).save(str(tmp_path / "a.GIF"))
    assert path.read_bytes()[:6] == b"GIF89a"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"theme": "light"}, "theme 'light': unknown"),
        ({"theme": []}, r"theme \[\]: unknown"),
        ({"view": "cubist"}, "view 'cubist': unknown; choose oblique"),
        ({"background": "red"}, "background 'red': not a colour"),
        ({"background": 3}, "background 3: not a colour"),
        ({"width": 10}, "width 10: must be"),
        ({"width": 0}, "width 0: must be"),
        ({"width": "480"}, "width '480': not a whole number"),
        ({"width": 300.5}, "width 300.5: not a whole number"),
        pytest.param({"width": 10**5000}, "width out of range: much too large", id="huge"),
        pytest.param({"decimals": 10**5000, "labels": "none"}, "decimals out of range: has no effect", id="idle"),
        ({"every": 1.5}, "every 1.5: not a whole number"),
        ({"steps": None}, "steps None: must be the first step"),
        ({"steps": "0:3"}, "steps '0:3': must be the first step"),
        ({"steps": (0.0, 2)}, "steps 0.0: not a whole number"),
        ({"loop": 1.5}, "loop 1.5: not a whole number"),
        ({"hold": None}, "hold None: not a number"),
        ({"caption": 3}, "caption 3: must be True or False"),
        ({"classic": "no"}, "classic 'no': must be True or False"),
        ({"still": "0"}, "still '0': not a whole number"),
        ({"still": 0, "every": 2}, "every 2: has no effect beside still=0; leave one of the two out"),
        ({"caption": "word " * 2000, "width": 40}, "has 10,000 letters; write at most 1,000"),
        ({"caption": "x\u0301"}, "cannot be set; use letters that stand alone"),
        ({"caption": "שלום"}, "cannot be set; use letters that stand alone and run to the right"),
        ({"legend": True, "width": 40}, "is too narrow for the legend; use width="),
    ],
)
def test_what_cannot_be_drawn_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        animate(Conv(5, 3), **values)


@pytest.mark.parametrize("suffix", [None, 1, ["gif"], b"gif", "", "jpg"])
def test_only_known_formats_are_encoded(suffix: Any) -> None:
    with pytest.raises(ConvanimError, match=r"has no suffix that names a format; use "):
        animate(Conv(5, 3), width=60).encode(suffix)


def test_a_picture_that_is_too_high_is_refused() -> None:
    with pytest.raises(ConvanimError, match="and at most 16383 in height"):
        animate(Conv((60, 1), 1), view="flat", width=2400)


def test_only_layers_are_drawn() -> None:
    anything: Any = "conv"
    with pytest.raises(ConvanimError, match="layer 'conv': not a layer"):
        animate(anything)


def test_the_width_that_the_legend_asks_for_is_enough() -> None:
    with pytest.raises(ConvanimError, match="use width=") as refusal:
        animate(Conv(5, 3, padding=1, padding_mode="reflect"), legend=True, width=50)
    width = int(re.findall(r"width=(\d+)", str(refusal.value))[0])
    assert animate(Conv(5, 3, padding=1, padding_mode="reflect"), legend=True, width=width).size[0] == width


def test_the_longest_times_fit_into_a_file(tmp_path: Path) -> None:
    path = animate(Conv(3, 3), width=60, step_time=300, hold=300).save(tmp_path / "a.gif")
    assert decode(path.read_bytes())[1] == (600_000,)


def test_a_layer_too_large_to_draw_whole_has_stills(tmp_path: Path) -> None:
    animation = animate(Conv(100, 3))
    with pytest.raises(ConvanimError, match="makes 9604 frames"):
        animation.save(tmp_path / "a.gif")
    assert animation.still(5000).encode("png")


@pytest.mark.parametrize("name", ["a" * 300 + ".gif", "loop.gif"])
def test_paths_that_the_system_does_not_take_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.gif").symlink_to(tmp_path / "loop.gif")
    with pytest.raises(ConvanimError, match="cannot be written"):
        animate(Conv(3, 3), width=60).save(tmp_path / name)


def test_the_longest_name_that_the_system_takes_is_written(tmp_path: Path) -> None:
    assert animate(Conv(3, 3), width=60).save(tmp_path / ("a" * 251 + ".gif")).is_file()


@pytest.mark.parametrize("name", ["a", "a.jpg", "gif", ".gif", "a.gif.txt"])
def test_unknown_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConvanimError, match=r"has no suffix that names a format; use "):
        animate(Conv(5, 3), width=100).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_failure_while_drawing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate(ConvTranspose(2, 3), width=100).save(path, stop)
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.gif"]


@pytest.mark.parametrize("option", ["values", "shades", "labels", "background", "overlap", "method", "classic"])
def test_arrays_are_refused_where_other_values_are_expected(option: str) -> None:
    looks: dict[str, Any] = {option: np.array([1, 0])}
    with pytest.raises(ConvanimError, match=f"^{option} array\\(\\[1, 0\\]\\): "):
        animate(Conv(5, 3), **looks)


@pytest.mark.parametrize("path", [None, 3, b"a.gif", pytest.param(10**5000, id="5001 digits")])
def test_a_path_of_another_type_is_a_type_error_and_writes_nothing(path: Any, tmp_path: Path) -> None:
    for write in (
        lambda: export(Conv(5, 3), "github", path),
        lambda: animate(Conv(5, 3)).save(path),
        lambda: read_model(path),
    ):
        with chdir(tmp_path), pytest.raises(TypeError, match=r"should be a str|os\.PathLike"):
            write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("view", [name for name, its in VIEWS.items() if 3 in its.dims and not its.is_partial])
@pytest.mark.parametrize("layer", [Upsample((2, 2, 2)), MaxUnpool((2, 2, 2), 2)])
def test_layers_that_move_values_are_drawn_on_three_axes(layer: Layer, view: str) -> None:
    animation = animate(layer, view=view)
    assert animation.scene.steps == 4 * 4 * 4
    first, last = (next(animation.still(step).frames()) for step in (0, -1))
    assert first.shape == last.shape
    assert not np.array_equal(first, last)


def test_the_poster_shows_a_step_that_makes_no_zero_if_there_is_one() -> None:
    ones = [[1, 1], [1, 1]]
    shown = animate(Conv(3, 2), input=[[1, 2, 0], [0, 0, 0], [0, 0, 0]], kernel=ones)
    assert shown.poster == 1
    assert animate(Conv(3, 2), input=[[0] * 3] * 3, kernel=ones).poster == 3
    assert animate(Conv(3, 2)).poster == 3


@pytest.mark.parametrize("theme", ["guide", "print"])
def test_unpooling_shows_its_indices_unless_told_otherwise(theme: str) -> None:
    def has_indices(layer: Layer | Chain, **looks: Any) -> bool:
        ground = animate(layer, theme=theme, **looks).scene.ground
        return any(isinstance(shape, Texts) and shape.on == "index" for shape in ground)

    assert has_indices(MaxUnpool(2, 2))
    assert not has_indices(MaxUnpool(2, 2), values=False)
    assert not has_indices(MaxUnpool(2, 2), labels="none")
    assert not has_indices(Chain([MaxUnpool(2, 2, indices=[0, 2, 8, 10]), Conv(4, 3)]))


def test_a_step_that_is_shown_alone_leaves_no_room_for_longer_sums_of_others() -> None:
    layer = Chain([Conv(5, 2, in_channels=2, out_channels=3), Conv(4, 2, in_channels=3)])
    film, first, last = (animate(layer, view="flat", values=True, still=still) for still in (None, 0, -1))
    assert first.scene.bounds[3] < last.scene.bounds[3] == film.scene.bounds[3]
    # Steps of a film are as high as the film.
    assert film.still(0).size == film.size


@pytest.mark.parametrize("view", ["flat", "line", "blocks"])
def test_results_fill_as_they_are_computed_in_every_view_but_the_plain_one_of_the_guide(view: str) -> None:
    told = [animate(Conv((6,), 3), view=name, labels="none", still=0).scene.caption for name in (view, "oblique")]
    assert ["empty output cells: not yet computed" in one for one in told] == [True, False]
