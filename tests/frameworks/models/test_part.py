"""Parts of models as chains, with their branches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convanim import ConvanimError
from convanim.frameworks.model_files import read_text
from convanim.frameworks.models import Model, Part, part_of, read_model
from tests.commands import run
from tests.frameworks.models.making import graph, node, saved

PROGRAM = """
class Block(nn.Module):
    def __init__(self, c, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c, out, 3, stride, 1)
        self.norm = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1)
        self.down = nn.Conv2d(c, out, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = self.conv2(F.relu(self.norm(self.conv1(x))))
        return F.relu(y + self.down(x))


class Squeeze(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.first = nn.Conv2d(c, 1, 1)
        self.second = nn.Conv2d(1, c, 1)

    def forward(self, x):
        s = F.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.second(F.silu(self.first(s))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 2, 3, 1, 1)
        self.a = Block(2, 2, 1)
        self.b = Block(2, 4, 2)
        self.squeeze = Squeeze(4)
        self.left = nn.Conv2d(4, 2, 3, 1, 1)
        self.right = nn.MaxPool2d(3, 1, 1)
        self.difference = nn.Conv2d(6, 2, 1)

    def forward(self, x):
        x = self.squeeze(self.b(self.a(F.relu(self.stem(x)))))
        x = torch.cat([self.left(x), self.right(x)], 1)
        return self.difference(x) - self.difference(2 * x)
"""


@pytest.fixture(scope="module")
def net() -> Model:
    return read_text(PROGRAM, 8)


def part(net: Model, first: str | None, last: str) -> Part:
    named = {entry.name: entry for entry in reversed(net.entries)}
    return part_of(net, named[first] if first else None, named[last])


def told(net: Model, first: str | None, last: str) -> list[tuple[str, tuple[int, ...]]]:
    chain = part(net, first, last).chain
    return list(zip([layer.operation for layer in chain.layers], chain.sources, strict=True))


def test_a_block_has_its_addition_and_no_activations(net: Model) -> None:
    assert told(net, "stem", "a.conv2") == [("conv", (0,)), ("conv", (1,)), ("add", (2, 0))]
    found = part(net, "stem", "a.conv2")
    assert found.passed == ("activation",)
    assert found.chain.names == ("conv1", "conv2", "")
    assert found.chain.receptive_field == (5, 5)


def test_a_part_begins_behind_the_whole_of_its_first_block(net: Model) -> None:
    block = [("conv", (0,)), ("conv", (1,)), ("conv", (0,)), ("add", (2, 3))]
    assert told(net, "a.conv2", "b.down") == block
    assert told(net, "a.conv2", "b.conv2") == block
    assert told(net, "a.conv2", "b.conv1") == block[:1]


def test_a_part_without_a_first_layer_begins_at_the_input(net: Model) -> None:
    assert told(net, None, "stem") == [("conv", (0,))]
    assert len(told(net, None, "b.down")) == 8


def test_factors_scale_what_they_are_made_of(net: Model) -> None:
    found = told(net, "b.down", "squeeze.second")
    assert found == [("avg_pool", (0,)), ("conv", (1,)), ("conv", (2,)), ("scale", (0, 3))]


def test_channels_of_branches_are_laid_behind_each_other(net: Model) -> None:
    found = part(net, "squeeze.second", "right").chain
    assert [layer.operation for layer in found.layers] == ["conv", "max_pool", "concat"]
    assert found.sources[-1] == (1, 2)
    assert found.grouping.out_channels == 6


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("a.conv1", "b.conv1", "what 'a.conv1' makes is not all that leads to 'b.conv1'; begin at an earlier layer"),
        ("b.conv1", "a.conv1", "is not all that leads to 'a.conv1'"),
        ("a.conv1", "a.conv1", "does not come behind the layer that the part begins at"),
    ],
)
def test_parts_that_are_none_are_refused(net: Model, first: str, last: str, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        part(net, first, last)


def test_what_cannot_be_drawn_is_named() -> None:
    text = PROGRAM.replace("y + self.down(x)", "y - self.down(x)")
    with pytest.raises(ConvanimError, match=r"needs Sub \(Sub\), which cannot be drawn"):
        part(read_text(text, 8), "stem", "b.conv1")
    text = PROGRAM.replace("self.b(self.a(", "self.b(mystery(self.a(").replace("(x)))))", "(x))))))")
    with pytest.raises(ConvanimError, match=r"needs layer [45], which cannot be drawn: "):
        part(read_text(text, 8), "stem", "b.conv1")


def test_long_ways_cell_by_cell_are_passed_once() -> None:
    lines = "".join("        x = x * x.sigmoid()\n" for _ in range(60))
    text = (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a, self.b = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3)\n"
        f"    def forward(self, x):\n        x = self.a(x)\n{lines}        return self.b(x)\n"
    )
    found = part(read_text(text, 8), None, "b")
    assert (len(found.chain.layers), found.passed) == (2, ("Mul",))


def onnx_block(operation: str, **attributes: Any) -> Any:
    nodes = [
        node("Conv", "x w1", "a", "first", pads=[1, 1, 1, 1]),
        node("Relu", "a", "b"),
        node("Conv", "b w2", "c", "second", pads=[1, 1, 1, 1]),
        node("Add", "c bias", "d"),
        node(operation, "d x", "y", "joined", **attributes),
    ]
    held = {"w1": (2, 2, 3, 3), "w2": (2, 2, 3, 3), "bias": (1, 2, 1, 1)}
    return graph(nodes, [1, 2, 4, 4], held)


def test_branches_of_an_onnx_file_are_joined(tmp_path: Path) -> None:
    for operation, attributes, joined in (("Add", {}, "add"), ("Concat", {"axis": 1}, "concat")):
        model = read_model(saved(onnx_block(operation, **attributes), tmp_path))
        found = part_of(model, None, model.entries[-1])
        assert [layer.operation for layer in found.chain.layers] == ["conv", "conv", joined]
        assert found.chain.sources[-1] == (2, 0)
        assert found.passed == ("Relu", "Add")


def test_only_channels_are_laid_behind_each_other(tmp_path: Path) -> None:
    model = read_model(saved(onnx_block("Concat", axis=2), tmp_path))
    with pytest.raises(ConvanimError, match=r"needs joined \(Concat\), which cannot be drawn"):
        part_of(model, None, model.entries[-1])


def test_the_command_draws_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(PROGRAM, encoding="utf-8")
    done = run("model net.py -i 8 --from stem --to a.conv2 --still 3 -o block.svg")
    assert done.exit_code == 0, done.output
    assert "activation left out" in done.stderr
    assert "addition of conv2 and input" in Path("block.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--from nothing", "--from 'nothing': is no layer of this model"),
        ("--from stem --to a.conv2 --layer 1", "layer: is for one layer, and --from and --to are for several"),
        ("--to a.conv2 --json", "--json: is for one layer"),
    ],
)
def test_the_command_refuses_what_is_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(PROGRAM, encoding="utf-8")
    done = run(f"model net.py -i 8 {options} -o part.gif")
    assert done.exit_code == 2
    assert message in done.stderr
    assert not Path("part.gif").exists()
