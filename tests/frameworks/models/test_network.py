"""Models as graphs of feature maps, from programs of networks that papers draw."""

from __future__ import annotations

from itertools import pairwise

import pytest

from convanim import ConvanimError, read_model
from convanim.frameworks.model_files import read_text
from convanim.frameworks.models.network import Network, network_of
from convanim.views.network_parts import Fork, Repeat, Tangle, folded, numbers_in, parts_of
from tests import DATA

SIZES = {"lenet": 28, "vgg16": 224, "resnet18": 224, "unet": 256, "inception": 224}


def network(name: str) -> Network:
    return network_of(read_model(DATA / "networks" / f"{name}.txt", SIZES[name]))


def written(text: str, size: int | tuple[int, ...] = 8) -> Network:
    return network_of(read_text(text, size))


def test_a_row_of_layers_has_the_sizes_and_channels_of_the_paper() -> None:
    blocks = network("lenet").blocks
    assert [(one.kind, one.size, one.channels) for one in blocks] == [
        ("input", (28, 28), 1),
        ("conv", (28, 28), 6),
        ("pool", (14, 14), 6),
        ("conv", (10, 10), 16),
        ("pool", (5, 5), 16),
        ("dense", (), 120),
        ("dense", (), 84),
        ("dense", (), 10),
    ]
    assert [one.sources for one in blocks] == [(), *((at,) for at in range(7))]
    assert blocks[1].passed == ("tanh",)
    assert not blocks[7].passed


def test_activations_and_normalizations_have_no_block_of_their_own() -> None:
    kinds = [one.kind for one in network("vgg16").blocks]
    assert kinds == ["input", *(["conv"] * 2 + ["pool"]) * 2, *(["conv"] * 3 + ["pool"]) * 3, *["dense"] * 3]
    assert network("vgg16").blocks[-1].passed == ("softmax",)
    assert written("nn.Sequential(nn.Conv2d(1, 2, 3), nn.LogSoftmax(1))").blocks[-1].passed == ("log softmax",)


def test_residual_blocks_are_branches_that_meet_in_sums() -> None:
    its = network("resnet18")
    forks = [part for part in parts_of(its.blocks) if isinstance(part, Fork)]
    assert len(forks) == 8
    assert [sum(not branch for branch in fork.branches) for fork in forks] == [1, 1, 0, 1, 0, 1, 0, 1]
    for fork in forks:
        assert fork.join is not None
        assert its.blocks[fork.join].operation == "Add"


def test_skips_of_an_encoder_lie_within_each_other() -> None:
    its, depth = network("unet"), 0
    parts = parts_of(its.blocks)
    while forks := [part for part in parts if isinstance(part, Fork)]:
        (fork,) = forks
        before, join = (its.blocks[at] for at in (min(its.blocks[fork.join or 0].sources), fork.join or 0))
        assert before.size == join.size
        assert join.channels == 2 * before.channels
        parts, depth = max(fork.branches, key=len), depth + 1
    assert depth == 4


@pytest.mark.parametrize("name", SIZES)
def test_parts_hold_every_block_once_behind_those_that_it_takes(name: str) -> None:
    its = network(name)
    numbers = [number for part in parts_of(its.blocks) for number in numbers_in(part)]
    assert sorted(numbers) == list(range(len(its.blocks)))
    assert all(source < at for at, block in enumerate(its.blocks) for source in block.sources)


def test_what_takes_more_than_what_stands_before_it_is_tangled() -> None:
    dense = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(3, 2, 3, padding=1)
        self.c = nn.Conv2d(5, 2, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(torch.cat([x, a], 1))
        return self.c(torch.cat([x, a, b], 1))
"""
    blocks = written(dense).blocks
    assert parts_of(blocks) == (0, Tangle((1, 2, 3, 4)), 5)
    assert blocks[4].sources == (0, 1, 3)


def test_equal_parts_that_follow_each_other_are_folded() -> None:
    blocks = network("resnet18").blocks
    parts = folded(parts_of(blocks), lambda at: (blocks[at].kind, blocks[at].size, blocks[at].channels))
    assert [part.times for part in parts if isinstance(part, Repeat)] == [2]
    whole = folded(tuple(range(6)), lambda at: "ab"[at % 2])
    assert whole == (Repeat((0, 1), 3),)


def test_operations_that_are_not_known_have_a_block_with_their_name() -> None:
    text = "y = nn.Conv2d(1, 2, 3)(x)\ny = F.pad(y, (1, 1, 1, 1))\ny = nn.Conv2d(2, 2, 3)(y)"
    assert [(one.kind, one.operation) for one in written(text).blocks[2:3]] == [("other", "Pad")]


def test_attention_is_no_normalization() -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.norm = nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        h = self.norm(x)
        return x + self.attend(h, h, h)[0]
"""
    *_, flat, attention, meeting = written(text, 16).blocks
    assert (flat.operation, flat.size, flat.channels) == ("Flatten", (16,), 8)
    assert (attention.operation, attention.size, attention.channels) == ("MultiheadAttention", (16,), 8)
    assert (meeting.kind, meeting.sources) == ("join", (2, 3))


def test_a_part_begins_with_what_a_layer_makes_and_ends_with_the_join_behind_another() -> None:
    its = network("resnet18").part(3, 6)
    assert [one.kind for one in its.blocks] == ["input", "conv", "join", "conv", "conv", "join"]
    assert its.notes == ("blocks that also take something from outside this part: 1",)
    with pytest.raises(ConvanimError, match="does not come behind"):
        network("lenet").part(3, 1)


def test_keras_says_activations_in_layers_and_has_channels_last() -> None:
    text = """
model = keras.Sequential([
    layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 3)),
    layers.Flatten(),
    layers.Dense(5, activation="softmax"),
])
"""
    blocks = written(text).blocks
    assert [(one.size, one.channels) for one in blocks] == [((8, 8), 3), ((6, 6), 4), ((), 5)]
    assert [one.passed for one in blocks] == [(), ("ReLU",), ("softmax",)]


def test_a_print_of_a_class_does_not_say_what_takes_what() -> None:
    layer = "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))"
    text = f"Net(\n  (a): {layer}\n  (b): {layer}\n)"
    with pytest.raises(ConvanimError):
        written(text)


def test_numbers_of_layers_lead_to_blocks() -> None:
    blocks = network("resnet18").blocks
    entries = [one.entry for one in blocks if one.entry]
    assert all(one < other for one, other in pairwise(entries))
    assert len(entries) == 22
