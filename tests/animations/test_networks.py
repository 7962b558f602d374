"""Whole models as blocks: what stands where, that all can be read, and that every format holds it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convanim import Animation, ConvanimError, animate_model, read_model
from convanim.animations.networks import _Made
from convanim.formats import FORMATS
from convanim.frameworks.model_files import read_text
from convanim.frameworks.models.network import network_of
from convanim.render.palettes import THEMES
from convanim.render.theme import find_theme
from convanim.views.scene import Cells, Lines, Texts
from tests import DATA
from tests.commands import notes, refused
from tests.frameworks.models.test_network import SIZES
from tests.views.helpers import depth
from tests.views.measures import Picture

NETWORKS = DATA / "networks"
VGG = f"model {NETWORKS / 'vgg16.txt'} -i 224 --view blocks"


@cache
def picture(name: str, width: int = 960) -> Animation:
    return animate_model(read_model(NETWORKS / f"{name}.txt", SIZES[name]), width=width)


def words(animation: Animation) -> list[str]:
    found = [shape for shape in animation.scene.ground if isinstance(shape, Texts)]
    return [word for shape in found for word in shape.words]


@pytest.mark.parametrize("width", [480, 960, 1600])
@pytest.mark.parametrize("name", SIZES)
def test_words_can_be_read(name: str, width: int) -> None:
    animation = picture(name, width)
    whole = Picture(animation, animation.scene.steps - 1)
    wrong = [*whole.small(), *whole.outside(3.0), *whole.overlapping(), *whole.covered()]
    assert not wrong
    wires = [shape for shape in whole.shapes if isinstance(shape, Lines) and shape.role == "branch"]
    for wire in wires:
        for segment in whole.pixels(wire.segments):
            assert not [whole.words[at].said for at in whole.near(segment) if depth(segment, whole.boxes[at]) > 0.5]


@pytest.mark.parametrize("theme", THEMES)
def test_kinds_of_blocks_differ_in_every_theme(theme: str) -> None:
    styles = find_theme(theme).styles
    fills = [styles[f"net_{kind}"].fill for kind in ("input", "conv", "depthwise", "pool", "up", "dense", "other")]
    for at, one in enumerate(fills):
        assert one is not None
        assert all(np.abs(np.subtract(one, other)).max() >= 12 for other in fills[:at] if other is not None)


def test_sides_are_as_the_root_of_sizes() -> None:
    scene = picture("vgg16").scene
    fronts = [
        shape for shape in scene.marks(range(scene.steps)) if isinstance(shape, Cells) and shape.role == "net_pool"
    ]
    heights = [np.ptp(shape.quads[0, :, 1]) for shape in fronts]
    assert np.allclose(np.square(heights) / heights[0] ** 2, [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16])


def test_channels_and_sizes_stand_below_and_what_is_unusual_above() -> None:
    said = words(picture("resnet18"))
    assert [said.count(word) for word in ("224×224", "1,000", "7×7, stride 2", "1×1, stride 2")] == [1, 1, 1, 3]
    assert {"3×3 convolution", "sum", "ReLU"} <= {entry.label for entry in picture("resnet18").scene.legend}


def test_blocks_are_lit_one_after_the_other_with_the_wires_to_them() -> None:
    animation = picture("resnet18")
    scene = animation.scene
    assert scene.steps == 33

    def lit(step: int) -> int:
        marks = scene.marks(range(step + 1))
        return sum(isinstance(one, Lines) and one.role in ("net_edge", "net_mark") for one in marks)

    assert [lit(step) for step in (0, 1, 31, 32)] == [1, 2, 32, 32]
    assert any(isinstance(one, Lines) and one.role == "reach" for one in scene.moment(5))
    assert not scene.moment(32)


def test_an_encoder_and_its_decoder_form_a_u() -> None:
    scene = picture("unet").scene
    ways = [
        shape.segments
        for shape in scene.marks(range(scene.steps))
        if isinstance(shape, Lines) and shape.role == "branch"
    ]
    copies = [
        shape for shape in scene.marks(range(scene.steps)) if isinstance(shape, Cells) and shape.role == "net_copy"
    ]
    assert len(copies) == 4
    for copy in copies:
        left, middle = copy.quads[0, :, 0].min(), copy.quads[0, :, 1].mean()
        levels = [way for way in ways if np.ptp(way[..., 1]) < 1e-9 and abs(way[-1, -1, 0] - left) < 1]
        assert any(abs(way[0, 0, 1] - middle) < np.ptp(copy.quads[0, :, 1]) / 2 for way in levels)


def test_the_words_of_a_u_can_be_read_at_two_thirds_of_the_usual_width() -> None:
    assert "1,024 ×2" in words(picture("unet", 640))


@pytest.mark.parametrize("suffix", [name for name in FORMATS if name not in ("mp4", "webm")])
def test_every_format_holds_it(suffix: str) -> None:
    if needed := FORMATS[suffix].needs:
        pytest.importorskip(needed[0])
    model = read_text(
        "nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5))", 8
    )
    animation = animate_model(model, width=320)
    assert len(animation.encode(suffix)) > 200
    assert len(animation.shown_in(FORMATS[suffix]).timeline.steps) == (1 if FORMATS[suffix].is_printed else 5)


def test_steps_that_are_asked_for_show_in_stills_too() -> None:
    animation = animate_model(read_model(NETWORKS / "lenet.txt", 28), steps=(0, 3))
    assert animation.shown_in(FORMATS["pdf"]).timeline.steps == (0, 1, 2)


def test_the_command_draws_a_model_and_a_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert notes(VGG) == []
    assert notes(f"{VGG} --from 3 --to 6") == []
    assert "drawn once" in notes(f"{VGG} --width 400")[0]
    assert "of the picture of a layer" in refused(f"{VGG} --labels letters -o a.gif")
    assert "is for one layer" in refused(f"{VGG} --weights 0,0 -o a.gif")


def test_what_is_repeated_is_folded_where_the_picture_gets_too_long() -> None:
    layers = ", ".join(["nn.Conv2d(1, 8, 3, padding=1)", *["nn.Conv2d(8, 8, 3, padding=1)"] * 300])
    animation = animate_model(read_text(f"nn.Sequential({layers})", 8))
    assert "8 ×301" in words(animation)
    assert "drawn once" in animation.notes[-1]


def test_an_arrow_leads_to_what_is_repeated_though_a_skip_begins_there() -> None:
    network = network_of(read_model(NETWORKS / "resnet18.txt", SIZES["resnet18"]))
    piece = _Made(network).chosen(640).piece
    assert [label.text for label in piece.labels if label.face == "bold"] == ["×2"]
    assert network.blocks[3].sources == (2,)
    (wire,) = [wire for wire in piece.wires if wire.number == 3 and wire.has_head]
    (box,) = [box for box in piece.boxes if box.number == 3]
    assert wire.points[-1][0] == pytest.approx(box.bounds[0])
    assert wire.points[-1][0] - wire.points[0][0] > 1


def test_alternative_text_says_input_output_and_operations() -> None:
    alt = picture("lenet").alt
    assert alt.startswith("The network lenet as 8 blocks from left to right: its input is 1 × 28×28, its output 10.")
    assert "5×5 convolution + tanh" in alt


def test_too_many_blocks_are_refused_with_a_way() -> None:
    layers = ", ".join(f"nn.Conv2d({n}, {n + 1}, 3, padding=1)" for n in range(1, 120))
    with pytest.raises(ConvanimError, match="--from and --to"):
        animate_model(read_text(f"nn.Sequential({layers})", 8), width=60)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ConvanimError, match="model 'Net': is no model"):
        animate_model("Net")  # type: ignore[arg-type]
