from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from convanim import Upsample
from convanim.base.errors import ConvanimError
from convanim.frameworks.model_files import read_text
from convanim.frameworks.models import Entry, Model, table, to_dict
from convanim.frameworks.programs import read_program
from tests import DATA

PROGRAMS = [json.loads(line) for line in (DATA / "programs.jsonl").read_text(encoding="utf-8").splitlines()]
CASES = [json.loads(line) for line in (DATA / "cases.jsonl").read_text(encoding="utf-8").splitlines()]


def facts(entry: Entry) -> dict[str, Any]:
    """Return what is known of an entry, by the names of the reference."""
    its = entry.measured
    assert its is not None, entry.why
    return {
        "operation": entry.operation,
        "input_size": list(its.input_size),
        "output_size": list(its.output_size),
        "in_channels": its.in_channels,
        "out_channels": its.out_channels,
        "parameters": 0 if entry.layer is None else entry.layer.parameters,
        "receptive_field": entry.receptive_field and list(entry.receptive_field),
    }


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: f"{case['file']} {case['model']}")
def test_programs_have_the_layers_that_their_frameworks_run(case: dict[str, Any]) -> None:
    model = read_program(case["text"], case["input"], model=case["model"])
    assert len(model.entries) == len(case["layers"])
    for entry, layer in zip(model.entries, case["layers"], strict=True):
        # Neighbouring cells may see more and fewer; ours is the most that one sees.
        most = layer.pop("receptive_field_max", None) or layer.get("receptive_field")
        told = {**layer, "receptive_field": most}
        if most is None:
            # Behind a global pooling the reference says nothing.
            del told["receptive_field"]
        assert told == {name: value for name, value in facts(entry).items() if name in told}
    assert model.parameters == case["parameters"]


@pytest.mark.parametrize("case", [one for one in CASES if one["kind"] == "model"], ids=lambda case: str(case["why"]))
def test_what_people_paste_has_the_sizes_that_it_makes(case: dict[str, Any]) -> None:
    let = {name: ast.literal_eval(value) for name, _, value in (one.partition("=") for one in case.get("let", []))}
    model = read_text(case["text"], int(case["input_size"]), let=let)
    sizes = [entry.measured and list(entry.measured.output_size) for entry in model.entries]
    fields = [entry.receptive_field and list(entry.receptive_field) for entry in model.entries]
    assert sizes == case.get("sizes", sizes)
    assert model.parameters == case.get("parameters", model.parameters)
    assert fields[-1] == case.get("field", fields[-1])
    assert case.get("not_field") not in fields


def sizes(model: Model) -> list[tuple[int, ...] | None]:
    """Return what each layer makes."""
    measured = [entry.measured for entry in model.entries]
    return [None if one is None else one.output_size for one in measured]


def names(model: Model) -> list[str]:
    """Return what each layer is called."""
    return [entry.name for entry in model.entries]


NET = """
class Net(nn.Module):
    def __init__(self{parameters}):
        super().__init__()
{init}
    def forward(self, x):
{forward}
"""


def net(init: str, forward: str, parameters: str = "") -> str:
    """Return a class with some lines in both of its methods."""
    indented = ("\n".join(f"        {line}" for line in text.splitlines()) for text in (init, forward))
    first, second = indented
    return NET.format(init=first, forward=second, parameters=parameters)


def test_a_layer_that_is_used_twice_is_listed_twice_and_counted_once() -> None:
    model = read_program(net("self.c = nn.Conv2d(1, 1, 3)", "return self.c(self.c(x))"), 8)
    assert sizes(model) == [(6, 6), (4, 4)]
    assert model.parameters == 10
    assert model.entries[1].same_as == 1


def test_branches_meet_by_their_channels() -> None:
    init = "self.a = nn.Conv2d(3, 4, 1)\nself.b = nn.Conv2d(3, 5, 3, padding=1)\nself.c = nn.Conv2d(9, 2, 3)"
    model = read_program(net(init, "return self.c(torch.cat([self.a(x), self.b(x)], 1))"), 8)
    assert names(model) == ["a", "b", "c"]
    assert model.entries[-1].receptive_field == (5, 5)
    assert not model.is_path


def test_a_wrong_number_of_channels_is_said_with_the_right_one() -> None:
    init = "self.a = nn.Conv2d(3, 4, 3)\nself.b = nn.Conv2d(8, 2, 3)"
    model = read_program(net(init, "return self.b(self.a(x))"), 8)
    assert model.entries[1].why == "it takes 8 channels, and its input has 4; in_channels=4 would do"
    assert model.entries[1].layer is None


def test_a_linear_layer_that_does_not_fit_is_said_with_the_number_that_would() -> None:
    init = "self.a = nn.Conv2d(1, 4, 3)\nself.fc = nn.Linear(100, 10)"
    model = read_program(net(init, "return self.fc(self.a(x).flatten(1))"), 8)
    assert model.notes == ("fc (line 6) takes 100 numbers and is given 144: in_features=144 would do",)


def test_a_view_that_does_not_fit_is_said() -> None:
    model = read_program(net("self.a = nn.Conv2d(1, 4, 3)", "return self.a(x).view(-1, 100)"), 8)
    assert model.notes == ("144 numbers (1 × 4 × 6 × 6) cannot be arranged as (-1, 100); 144 in place of 100 would do",)


def test_what_is_not_known_is_said_and_nothing_behind_it_has_a_size() -> None:
    init = "self.a = nn.Conv2d(1, 4, 3)\nself.b = Mystery(4)\nself.c = nn.Conv2d(4, 4, 3)"
    model = read_program(net(init, "return self.c(self.b(self.a(x)))"), 8)
    assert sizes(model) == [(6, 6), None, None]
    assert "Mystery" in model.entries[1].why
    assert "Mystery" in model.entries[2].why
    assert model.entries[2].channels == (4, 4)
    assert model.parameters == 40 + 148


def test_a_layer_of_unknown_size_has_its_windows_where_they_do_not_depend_on_it() -> None:
    init = "self.b = Mystery(4)\nself.c = nn.Conv2d(4, 8, 3, stride=2)\nself.p = nn.AdaptiveAvgPool2d(1)"
    model = read_program(net(init, "return self.p(self.c(self.b(x)))"), 8)
    text = table(model)
    assert "4 → 8" in text
    assert "3×3, stride 2" in text
    assert [entry.unsized is None for entry in model.entries] == [True, False, True]
    assert to_dict(model)["layers"][1]["options"]["stride"] == [2, 2]
    assert to_dict(model)["layers"][1]["output_size"] is None


def test_a_branch_of_the_program_that_depends_on_something_unknown_leaves_its_results_unknown() -> None:
    forward = "if self.cfg.deep:\n    x = self.a(x)\nreturn self.a(x)"
    model = read_program(net("self.a = nn.Conv2d(1, 1, 3)", forward), 8)
    assert sizes(model) == [None]
    assert "cfg of Net" in model.entries[0].why


def test_channels_that_are_not_known_are_taken_as_one_with_a_note() -> None:
    model = read_program(net("self.a = nn.Conv2d(1, width, 3)", "return self.a(x)", ", width"), 8)
    assert sizes(model) == [(6, 6)]
    assert "width of __init__ is not known, and 1 is taken" in model.notes[0]
    assert "--let width=" in model.notes[0]
    assert (
        read_program(net("self.a = nn.Conv2d(1, width, 3)", "return self.a(x)", ", width"), 8, {"width": 7}).notes == ()
    )


def test_a_kernel_that_is_not_known_leaves_the_size_unknown() -> None:
    model = read_program(net("self.a = nn.Conv2d(1, 1, k)", "return self.a(x)", ", k"), 8)
    assert model.entries[0].why == "it depends on k of __init__, which is not known; give it with --let k=…"


def test_sizes_in_the_text_are_taken() -> None:
    text = (
        "conv = nn.Conv2d(16, 33, (3, 5), stride=(2, 1), padding=(4, 2))\nx = torch.randn(20, 16, 50, 100)\ny = conv(x)"
    )
    assert sizes(read_program(text)) == [(28, 100)]
    assert sizes(read_program(text, (10, 12))) == [(8, 12)]


def test_the_last_class_is_read_that_no_other_uses() -> None:
    block = net("self.c = nn.Conv2d(1, 1, 3)", "return self.c(x)").replace("Net", "Block")
    model = read_program(block + net("self.b = Block()\nself.d = Block()", "return self.d(self.b(x))"), 8)
    assert (model.name, names(model)) == ("Net", ["b.c", "d.c"])
    assert read_program(block, 8, model="Block").name == "Block"


def test_loops_comprehensions_and_arithmetic_build_layers() -> None:
    init = "widths = [1] + [2 ** n for n in range(1, 4)]\n"
    init += "self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))"
    forward = "for i, layer in enumerate(self.layers):\n    x = F.relu(layer(x))\n"
    forward += "    if i % 2 == 0:\n        x = F.max_pool2d(x, 2)\nreturn x"
    model = read_program(net(init, forward), 16)
    assert names(model) == ["layers.0", "max_pool2d", "layers.1", "layers.2", "max_pool2d"]
    assert sizes(model) == [(16, 16), (8, 8), (8, 8), (8, 8), (4, 4)]


def test_interpolation_to_the_size_of_another_map_goes_on() -> None:
    init = "self.a = nn.Conv2d(1, 1, 3, stride=2)\nself.b = nn.Conv2d(2, 1, 3)"
    forward = "y = F.interpolate(self.a(x), size=x.shape[2:], mode='bilinear')\nreturn self.b(torch.cat((x, y), dim=1))"
    model = read_program(net(init, forward), 9)
    assert sizes(model) == [(4, 4), (9, 9), (7, 7)]
    assert model.entries[1].layer == Upsample(4, size=9, mode="bilinear")


def test_a_class_without_forward_is_read_in_order_with_a_note() -> None:
    text = net("self.a = nn.Conv2d(1, 1, 3)\nself.b = nn.MaxPool2d(2)", "pass").partition("    def forward")[0]
    model = read_program(text, 8)
    assert sizes(model) == [(6, 6), (3, 3)]
    assert model.notes == ("Net has no forward; its layers are read in the order in which they stand",)


def test_a_subclass_of_keras_has_its_channels_last() -> None:
    text = (
        "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = layers.Conv2D(4, 3, padding='same', strides=2)\n        self.d = layers.Dense(3)\n"
        "    def call(self, x):\n        return self.d(layers.Flatten()(self.a(x)))\n"
    )
    model = read_program(text, (9, 7, 3))
    assert sizes(model) == [(5, 4)]
    assert model.parameters == 112


def test_a_sequential_of_keras_says_its_input_and_has_a_pair_of_layers_as_one() -> None:
    text = (
        "m = keras.Sequential([keras.Input((12, 12, 3)), layers.SeparableConv2D(8, 3, name='sep'), layers.MaxPool2D()])"
    )
    model = read_program(text)
    assert names(model)[0] == "sep"
    assert sizes(model) == [(10, 10), (5, 5)]
    assert (model.parameters, len(model.entries[0].parts)) == (59, 2)


def test_decorators_register_classes_and_bases_come_in_pythons_order() -> None:
    text = (
        "KNOWN = {}\ndef known(name):\n    def keep(made):\n        KNOWN[name] = made\n        return made\n"
        "    return keep\n"
        "class A(nn.Module):\n    def part(self):\n        return nn.MaxPool2d(2)\n"
        "class B(A):\n    pass\n"
        "class C(A):\n    def part(self):\n        return nn.Conv2d(1, 1, 3)\n"
        "@known('net')\nclass D(B, C):\n    def forward(self, x):\n        return self.part()(x)\n"
    )
    model = read_program(text, 8, model="KNOWN['net']()")
    assert sizes(model) == [(6, 6)]


def test_the_input_size_that_is_missing_is_asked_for() -> None:
    with pytest.raises(ConvanimError, match="input_size: is missing: the program leaves it open; give one such as 224"):
        read_program(net("self.a = nn.Conv2d(1, 1, 3)", "return self.a(x)"))


def test_a_model_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConvanimError, match="model 'Nut': is not known; the program has Net"):
        read_program(net("self.a = nn.Conv2d(1, 1, 3)", "return self.a(x)"), 8, model="Nut")


WIDE = """class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.a = nn.Conv2d(3, width, 3)
        self.b = nn.Conv2d(width, planes, 3)

    def forward(self, x):
        return self.b(self.a(x))
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("width", r"has a value of its own in the program; write --model 'Net\(width=4\)'"),
        ("depth", "is no name that this model leaves open; leave it out"),
    ],
)
def test_values_that_a_program_does_not_take_are_refused(name: str, said: str) -> None:
    with pytest.raises(ConvanimError, match=said):
        read_text(WIDE, 8, let={"planes": 2, name: 4})
    assert read_text(WIDE, 8, let={"planes": 2}, model="Net(width=4)").parameters == 112 + 74


@pytest.mark.parametrize(
    ("size", "such"), [((7, 7, 7, 7), "7x7, or 3x7x7 for 3 channels"), ((1, 3, 9, 7), "9x7, or 3x9x7")]
)
def test_a_size_of_other_axes_is_refused_with_one_that_fits(size: tuple[int, ...], such: str) -> None:
    with pytest.raises(ConvanimError, match=f"the first layer takes 2; give {such}"):
        read_text(WIDE, size, let={"planes": 2})


def test_a_size_whose_first_number_is_taken_for_channels_is_said() -> None:
    assert read_text(WIDE, (7, 9, 9), let={"planes": 2}).notes == (
        "the 7 of 7x9x9 is taken for the input's channels; give 9x9 for none",
    )
    assert read_text(WIDE, (3, 9, 9), let={"planes": 2}).notes == ()


def test_the_size_that_a_layer_needs_is_not_that_of_the_model() -> None:
    text = WIDE.replace("planes, 3", "planes, (40, 3)").replace("3, width, 3", "3, width, 50")
    assert "an input_size of at least 50" in read_text(text, 32, let={"planes": 2}).entries[0].why
    text = text.replace("width, 50", "width, 3")
    assert "input_size" not in read_text(text, 32, let={"planes": 2}).entries[1].why


def test_lines_that_a_program_leaves_out_are_said() -> None:
    text = "class Net(nn.Module):\n    def __init__(self):\n        self.a = nn.Conv2d(3, 8, 3)\n        ...\n"
    assert read_text(text, 8).notes[-1] == "line 4 is ..., and what it stands for is not known"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = nn.Conv2D(3, 8, 3)(x)", "Conv2D in line 1 is not known; did you mean Conv2d?"),
        ("\na = F.maxpool2d(torch.randn(1, 3, 8, 8), 2)", "maxpool2d in line 2 is not known; did you mean max_pool2d?"),
        ("a = layers.Conv2d(8, 3)(x)", "Conv2d in line 1 is not known; did you mean Conv2D?"),
        ("a = nn.Wobble(8, 3)(x)", "torch.nn.Wobble in line 1 is not known"),
        ("N(\n  (a): Conv2D(3, 8, kernel_size=(3, 3))\n)", "Conv2D in line 2 is not known; did you mean Conv2d?"),
    ],
)
def test_names_that_a_library_does_not_have_are_said_with_those_that_may_be_meant(text: str, said: str) -> None:
    assert read_text(text, 8).entries[0].why == said


def test_a_function_in_a_statement_that_is_skipped_does_not_end_the_program() -> None:
    text = "if odd():\n    def f():\n        return 1\na = nn.Conv2d(3, 8, 3)(x)\n"
    assert len(read_text(text, 8).entries) == 1


def test_long_programs_are_read() -> None:
    init = "class N{0}(nn.Module):\n    def __init__(self):\n        self.a = nn.Conv2d(3, {0}, 3)\n"
    forward = "    def forward(self, x):\n        return self.a(x)\n"
    text = "".join(init.format(n) + forward for n in range(1, 4000))
    assert 400_000 < len(text) < 2_000_000
    (entry,) = read_program(text, 8, model="N7").entries
    assert entry.channels == (3, 7)


def test_an_attribute_that_nothing_sets_takes_the_value_that_is_given() -> None:
    text = "class Net(nn.Module):\n    def forward(self, x):\n        return nn.Conv2d(3, 8, self.k)(x)\n"
    assert read_text(text, 8).entries[0].why.endswith("give it with --let k=…")
    assert read_text(text, 8, let={"k": 3}).parameters == 224
