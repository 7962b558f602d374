"""Whole models as blocks: what stands where, that all can be read, and that every format holds it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convanim import Animation, ConvanimError, animate_model, read_model
from convanim.animations.networks import _TINTS, _Made
from convanim.formats import FORMATS
from convanim.frameworks.model_files import read_text
from convanim.frameworks.models.network import network_of
from convanim.render.palettes import THEMES
from convanim.render.theme import find_theme
from convanim.views.network import STRIPED
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
    has_stripes = styles["net_stripe"].line is not None
    looks = [(styles[f"net_{tint}"].fill, has_stripes and tint in STRIPED) for tint in ("input", "other", *_TINTS)]
    for at, (one, is_striped) in enumerate(looks):
        assert one is not None
        same = [other for other, others in looks[:at] if others == is_striped and other is not None]
        assert all(np.abs(np.subtract(one, other)).max() >= 12 for other in same)


@pytest.mark.parametrize("name", SIZES)
def test_all_lengths_of_a_picture_are_as_the_root_of_what_they_show(name: str) -> None:
    network = network_of(read_model(NETWORKS / f"{name}.txt", SIZES[name]))
    boxes = _Made(network).chosen(960).piece.boxes
    maps = [(box.solid.lengths, block) for box in boxes if (block := network.blocks[box.number]).size]
    scales = [np.square(lengths) / (*block.size, block.channels) for lengths, block in maps if block.kind != "join"]
    rows, columns, channels = np.transpose(scales)
    assert np.allclose([rows, columns], rows[0])
    assert np.allclose(channels, channels[-1])


def test_channels_and_sizes_stand_below_and_what_is_unusual_above() -> None:
    said = words(picture("resnet18"))
    assert [said.count(word) for word in ("224×224", "1,000", "stride 2", "7×7, stride 2")] == [1, 1, 3, 0]


def test_the_legend_tells_kernels_poolings_and_ends_apart() -> None:
    def told(name: str) -> set[str]:
        return {entry.label for entry in picture(name).scene.legend}

    kernels = {"1×1 convolution, stride 2", "3×3 convolution + ReLU", "7×7 convolution, stride 2 + ReLU"}
    assert kernels | {"3×3 max pooling, stride 2", "global average pooling", "sum + ReLU"} <= told("resnet18")
    rule = "thickness ∝ √channels, sides ∝ √size"
    assert {"softmax", rule} <= told("vgg16")
    assert animate_model(read_model(NETWORKS / "lenet.txt", 28), legend=False).scene.caption == ("lenet", rule)


@pytest.mark.parametrize("name", SIZES)
def test_letters_have_seven_points_on_a_page_of_seven_inches_and_the_legend_no_larger_ones(name: str) -> None:
    layout = picture(name).layout
    assert layout.unit * 7 * 72 / layout.width >= 7
    assert {word.size for block in layout.blocks for word in block.words} == {layout.unit}


def test_equal_blocks_have_a_number_each_or_all_of_a_picture_share_one() -> None:
    assert words(picture("resnet18")).count("64") == 4
    assert words(picture("vgg16")).count("512") == 3
    wide = picture("lenet", 1600)
    assert [words(wide).count(number) for number in ("6", "16")] == [2, 2]


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


def test_the_words_of_a_u_can_be_read_in_a_column() -> None:
    assert "1,024" in words(picture("unet", 480))


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
    assert {"8", "×301"} <= set(words(animation))
    assert "drawn once" in animation.notes[-1]
    assert "×n: drawn once, n in a row" in {entry.label for entry in animation.scene.legend}


def test_concatenations_that_grow_are_folded_with_the_channels_of_the_last() -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(8 + 4 * n, 4, 3, padding=1) for n in range(40))
    def forward(self, x):
        for conv in self.convs:
            x = torch.cat([x, conv(x)], 1)
        return x
"""
    assert {"12 … 168", "×40"} <= set(words(animate_model(read_text(text, 8))))


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


def test_settings_of_layers_are_refused_whatever_they_are() -> None:
    network = read_text("nn.Sequential(nn.Conv2d(1, 1, 3))", 8)
    with pytest.raises(ConvanimError, match="matrix"):
        animate_model(network, matrix=np.array([True, False]))
    assert animate_model(network, matrix=None).size
