"""Habits of programs that were once read wrong without a word: each with the sizes that its framework makes."""

from __future__ import annotations

import pytest

from convanim.frameworks.programs import read_program

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
{init}
    def forward(self, x):
{forward}
"""

TORCH = {
    "a class that extends a layer": (
        "self.c = Same(1, 2, 3)",
        "return self.c(x)",
        [(8, 8)],
    ),
    "a stride that is set later": ("self.c = nn.Conv2d(1, 1, 3)\nself.c.stride = (2, 2)", "return self.c(x)", [(3, 3)]),
    "a layer that is taken out": (
        "self.c = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3))\ndel self.c[-1]",
        "return self.c(x)",
        [(6, 6), (3, 3)],
    ),
    "a list that a generator extends": (
        "self.c = nn.ModuleList([nn.Conv2d(1, 1, 3)])\nself.c.extend(nn.Conv2d(1, 1, 3) for _ in range(2))",
        "y = [x]\ny.extend(m(y[-1]) for m in self.c)\nreturn y[-1]",
        [(6, 6), (4, 4), (2, 2)],
    ),
    "rounding by a library": (
        "self.c = nn.Conv2d(1, 1, int(np.ceil(2.3)), padding=int(math.floor(1.9)))",
        "return self.c(x)",
        [(8, 8)],
    ),
    "a product in place": (
        "self.c = nn.Conv2d(1, 1, 3)\nself.d = nn.Conv2d(1, 1, 3)",
        "y = self.c(x)\ny.mul_(2)\nreturn self.d(y)",
        [(6, 6), (4, 4)],
    ),
    "the greatest along an axis": (
        "self.c = nn.Conv2d(1, 1, 3)",
        "y = torch.cat([x.max(dim=1, keepdim=True)[0]], 1)\nreturn self.c(y)",
        [(6, 6)],
    ),
    "channels that are shuffled": (
        "self.c = nn.Conv2d(2, 2, 3, groups=2)",
        "b, c, h, w = torch.cat([x, x], 1).size()\n"
        "y = torch.cat([x, x], 1).view(b, 2, c // 2, h, w).transpose(1, 2).contiguous().view(b, -1, h, w)\n"
        "return self.c(y)",
        [(6, 6)],
    ),
    "a map that is padded to the size of another": (
        "self.c = nn.Conv2d(1, 1, 3)\nself.d = nn.Conv2d(2, 1, 3)",
        "y = self.c(x)\ndy = x.size(2) - y.size(2)\n"
        "y = F.pad(y, [dy // 2, dy - dy // 2, dy // 2, dy - dy // 2])\nreturn self.d(torch.cat([x, y], dim=1))",
        [(6, 6), (6, 6)],
    ),
}
SAME = """
class Same(nn.Conv2d):
    def __init__(self, taken, made, kernel):
        super().__init__(taken, made, kernel, padding=kernel // 2)
"""


@pytest.mark.parametrize("habit", TORCH)
def test_programs_of_pytorch_are_read_as_they_run(habit: str) -> None:
    init, forward, sizes = TORCH[habit]
    first, second = ("\n".join(f"        {line}" for line in text.splitlines()) for text in (init, forward))
    model = read_program(SAME + NET.format(init=first, forward=second), 8, model="Net")
    assert [entry.measured and entry.measured.output_size for entry in model.entries] == sizes


def test_a_functional_model_has_the_layers_that_lead_to_its_outputs() -> None:
    text = (
        "i = keras.Input((8, 8, 1))\n"
        "a = layers.Conv2D(2, 3, name='a')(i)\n"
        "unused = layers.Conv2D(2, 3, name='unused')(i)\n"
        "b = layers.Conv2D(3, 1, name='b')(layers.concatenate([a, a]))\n"
        "model = keras.Model(i, b)\n"
    )
    model = read_program(text)
    assert [entry.name for entry in model.entries] == ["a", "b"]
    assert model.entries[1].measured is not None
    assert model.entries[1].measured.in_channels == 4


def test_pooling_whose_windows_differ_sees_what_the_widest_sees() -> None:
    model = read_program("pool = nn.AdaptiveAvgPool2d(3)\ny = pool(x)\n", 7)
    assert model.entries[0].measured is not None
    assert model.entries[0].measured.output_size == (3, 3)
    assert model.entries[0].receptive_field == (3, 3)
