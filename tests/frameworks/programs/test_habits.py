"""Habits of programs that were once read wrong without a word: each with the sizes that its framework makes."""

from __future__ import annotations

import pytest

from convanim import ConvanimError
from convanim.frameworks.programs import read_program
from tests.gathering import gathered

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
    "a layer that is popped": (
        "self.c = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3))\nself.c.pop(1)",
        "return self.c(x)",
        [(6, 6), (4, 4)],
    ),
    "modules by their names": (
        "self.f = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2))\nself._modules['g'] = nn.Conv2d(1, 1, 2)",
        "for name, m in self.f._modules.items():\n    x = m(x)\nreturn self.get_submodule('g')(x)",
        [(6, 6), (3, 3), (2, 2)],
    ),
    "windows of a tensor, which are no layer": (
        "self.c = nn.Conv3d(1, 1, 1)\nself.d = nn.Conv2d(4, 1, 3)",
        "y = x.unfold(2, 4, 2).unfold(3, 4, 4)\nreturn self.d(y[:, 0, :2, :, :, :].reshape(1, 4, 4, 4))",
        [(2, 2)],
    ),
    "a hook that keeps what a layer makes": (
        "self.c = nn.Conv2d(1, 1, 3)\nself.d = nn.Conv2d(1, 1, 3)\nself.kept = {}\n"
        "self.c.register_forward_hook(lambda m, i, o: self.kept.update(y=o))",
        "self.c(x)\nreturn self.d(self.kept['y'])",
        [(6, 6), (4, 4)],
    ),
    "functions of a library for axes": (
        "self.c = nn.Conv2d(4, 1, 3)",
        "y = einops.repeat(x, 'b c h w -> b (n c) h w', n=8)\n"
        "return self.c(einops.reduce(y, 'b (a n) h w -> b n h w', 'max', a=2))",
        [(6, 6)],
    ),
    "halves of channels that gate the others": (
        "self.c = nn.Sequential(nn.Conv2d(1, 4, 3), nn.GLU(dim=1), nn.Conv2d(2, 1, 3))",
        "return self.c(x)",
        [(6, 6), (4, 4)],
    ),
    "weights that are replaced": (
        "self.c = nn.Conv2d(1, 8, 3, bias=False)\nself.c.weight = nn.Parameter(torch.ones(2, 1, 5, 5))\n"
        "self.d = nn.Conv2d(2, 3, 3)\nself.d.weight.data = torch.randn(4, 2, 1, 1)",
        "return self.d(self.c(x))",
        [(4, 4), (4, 4)],
    ),
    "an attribute that PyTorch does not look at": (
        "self.c = nn.Conv2d(1, 1, 3)\nself.c.kernel_size = (5, 5)",
        "return self.c(x)",
        [(6, 6)],
    ),
    "a function for all modules": (
        "self.c = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2))\n"
        "def f(m):\n    if isinstance(m, nn.modules.conv._ConvNd):\n        m.stride = (2, 2)\nself.apply(f)",
        "return self.c(x)",
        [(3, 3), (1, 1)],
    ),
    "a forward that is replaced": (
        "self.c = nn.Conv2d(1, 1, 3)\nself.c.forward = lambda t: F.avg_pool2d(t, 2)",
        "return self.c(x)",
        [(4, 4)],
    ),
    "a hook that is removed": (
        "self.c = nn.Conv2d(1, 1, 3)\nh = self.c.register_forward_hook(lambda m, i, o: F.max_pool2d(o, 2))\nh.remove()",
        "return self.c(x)",
        [(6, 6)],
    ),
    "weights in a list": (
        "self.w = nn.ParameterList([nn.Parameter(torch.ones(1, 1, 3, 3)) for _ in range(2)])",
        "for w in self.w:\n    x = F.conv2d(x, w)\nreturn F.conv2d(x, self.w[0])",
        [(6, 6), (4, 4), (2, 2)],
    ),
    "modules by pairs": (
        "self.d = nn.ModuleDict([['a', nn.Conv2d(1, 1, 3)], ['b', nn.MaxPool2d(2)]])",
        "for m in self.d.values():\n    x = m(x)\nreturn x",
        [(6, 6), (3, 3)],
    ),
    "the last state of a recurrent layer": (
        "self.l = nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True)\nself.c = nn.Conv1d(4, 1, 1)",
        "y, (h, c) = self.l(x[:, 0])\nreturn self.c(h.permute(1, 0, 2))",
        [(6,)],
    ),
    "the type of what goes in": (
        "self.c = nn.Conv2d(1, 1, 3)",
        "a, b = x if type(x) is tuple else (x, None)\nif type(a) == torch.Tensor and b is None:\n    return self.c(a)",
        [(6, 6)],
    ),
    "a mask of random numbers": (
        "self.c = nn.Conv2d(1, 1, 3)",
        "m = (torch.rand([x.size(0), 1, x.size(2), x.size(3)]) > 0.5).float()\nreturn self.c(x * m)",
        [(6, 6)],
    ),
    "weights that are computed": (
        "a = np.array([1., 2., 1.])\nf = torch.Tensor(a[:, None] * a[None, :])\n"
        "self.register_buffer('f', (f / torch.sum(f))[None, None].repeat((1, 1, 1, 1)))",
        "return F.conv2d(x, self.f, stride=2)",
        [(3, 3)],
    ),
    "a function whose gradient the program says": (
        "self.c = nn.Conv2d(1, 1, 3)",
        "class Swish(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, i):\n"
        "        ctx.save_for_backward(i)\n        return i * torch.sigmoid(i)\nreturn self.c(Swish.apply(x))",
        [(6, 6)],
    ),
}
SAME = """
class Same(nn.Conv2d):
    def __init__(self, taken, made, kernel):
        super().__init__(taken, made, kernel, padding=kernel // 2)
"""


@gathered("habit", TORCH)
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


def test_a_layer_behind_what_is_not_known_is_listed_without_sizes() -> None:
    init = "        self.c = nn.Conv2d(1, 2, 3)\n        self.d = nn.Conv2d(2, 2, 3)"
    forward = "        for m in elsewhere(self):\n            x = m(x)\n        return self.c(x) if nowhere else x"
    model = read_program(NET.format(init=init, forward=forward), 8)
    assert [(entry.name, entry.measured) for entry in model.entries if entry.name in "cd"] == [("c", None), ("d", None)]
    assert all("not known" in entry.why for entry in model.entries)


def test_a_function_of_what_is_not_known_is_listed() -> None:
    forward = "        y = F.max_pool2d(elsewhere(1), 2)\n        return F.avg_pool2d(x, 2)"
    model = read_program(NET.format(init="        pass", forward=forward), 8)
    assert [(entry.name, entry.measured is None) for entry in model.entries] == [
        ("max_pool2d", True),
        ("avg_pool2d", False),
    ]


def test_the_model_is_read_that_a_program_makes_where_it_is_run() -> None:
    text = (
        NET.replace("(self):", "(self, width):").format(
            init="        self.c = nn.Conv2d(1, width, 3)", forward="        return self.c(x)"
        )
        + "if __name__ == '__main__':\n    net = Net(width=7)\n    print(net(torch.rand(1, 1, 9, 9)))\n"
    )
    model = read_program(text, 8)
    assert model.entries[0].measured is not None
    assert model.entries[0].measured.out_channels == 7


CHANNELS = {
    "behind a normalisation": ("self.c = nn.Conv2d(3, 1, 3)", "return self.c((x - 0.5) / 0.2)", 3),
    "behind cells that become channels": (
        "self.c = nn.Conv2d(12, 1, 3)",
        "return self.c(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1))",
        3,
    ),
    "beside others that are laid behind": (
        "self.c = nn.Conv2d(5, 1, 3)",
        "return self.c(torch.cat([x, torch.zeros(1, 2, 8, 8)], 1))",
        3,
    ),
}


@pytest.mark.parametrize("place", CHANNELS)
def test_the_first_layer_says_how_many_channels_go_in(place: str) -> None:
    init, forward, channels = CHANNELS[place]
    model = read_program(NET.format(init=f"        {init}", forward=f"        {forward}"), 8)
    assert model.inputs[0].dims is not None
    assert model.inputs[0].dims[1] == channels
    assert not model.notes


def test_an_input_whose_channels_nothing_says_is_noted() -> None:
    model = read_program(NET.format(init="        self.p = nn.MaxPool2d(2)", forward="        return self.p(x)"), 8)
    assert any("1 channel" in note and "3x8x8" in note for note in model.notes)


def measured(text: str, size: object = None) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return channels in, channels out and output size of each layer of a program."""
    found = [entry.measured for entry in read_program(text, size).entries]
    return [(one.in_channels, one.out_channels, one.output_size) for one in found if one is not None]


def test_random_weights_of_a_function_are_no_input() -> None:
    text = "x = torch.randn(1, 3, 8, 8)\nw = torch.randn(8, 3, 5, 5)\ny = F.conv2d(x, weight=w)\n"
    assert measured(text) == [(3, 8, (4, 4))]


JAX = {
    "channels first, as usual": (
        "def net(x):\n    x = lax.conv(x, jnp.ones((4, 3, 3, 3)), (1, 1), 'SAME')\n"
        "    return lax.conv_with_general_padding(x, jnp.ones((5, 4, 3, 3)), (2, 2), [(1, 0), (2, 1)], None, (1, 1))\n",
        (3, 8, 8),
        [(3, 4, (8, 8)), (4, 5, (4, 5))],
    ),
    "channels last, as its numbers say": (
        "W = jax.random.normal(key, (3, 3, 3, 4))\n"
        "def net(x):\n    x = lax.conv_general_dilated(x, W, (1, 1), 'SAME', rhs_dilation=(2, 2),\n"
        "        dimension_numbers=('NHWC', 'HWIO', 'NHWC'))\n"
        "    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), 'VALID')\n",
        (8, 8, 3),
        [(3, 4, (8, 8)), (4, 4, (4, 4))],
    ),
    "parameters in a list": (
        "keys = jax.random.split(key, 2)\n"
        "params = [jax.random.normal(k, (3, 3, a, b)) for k, a, b in zip(keys, (3, 4), (4, 5))]\n"
        "numbers = lax.conv_dimension_numbers((1, 8, 8, 3), (3, 3, 3, 4), ('NHWC', 'HWIO', 'NHWC'))\n"
        "def net(x):\n    for w in params:\n"
        "        x = jax.nn.relu(lax.conv_general_dilated(x, w, (2, 2), 'VALID', None, None, numbers))\n    return x\n",
        (9, 9, 3),
        [(3, 4, (4, 4)), (4, 5, (1, 1))],
    ),
}


@pytest.mark.parametrize("layout", JAX)
def test_convolutions_of_jax_are_read_in_the_layout_that_they_name(layout: str) -> None:
    text, size, wanted = JAX[layout]
    assert measured(f"import jax\nimport jax.numpy as jnp\nfrom jax import lax\n{text}", size) == wanted


def test_channels_of_keras_stand_first_where_the_program_says_so() -> None:
    text = (
        "i = keras.Input((3, 8, 10))\n"
        "x = layers.Conv2D(4, 3, data_format='channels_first')(i)\n"
        "x = layers.MaxPooling2D(2, data_format='channels_first')(x)\n"
        "model = keras.Model(i, x)\n"
    )
    assert measured(text) == [(3, 4, (6, 8)), (4, 4, (3, 4))]


EXPRESSIONS = {
    "tf.split(x, 3, axis=-1)[0]": (8, 8, 2),
    "tf.split(x, [1, 5], axis=-1)[1]": (8, 8, 5),
    "jnp.split(x, [1, 3], axis=-1)[1]": (8, 8, 2),
    "keras.ops.repeat(x, 2, axis=1)": (16, 8, 6),
    "tf.transpose(x, perm=(0, 3, 1, 2))": (6, 8, 8),
    "tf.space_to_depth(x, 2)": (4, 4, 24),
    "tf.nn.depth_to_space(tf.concat([x, x], 3), 2)": (16, 16, 3),
    "tf.nn.conv2d(x, tf.ones([3, 3, 6, 4]), 1, 'VALID', dilations=2)": (4, 4, 4),
    "tf.nn.conv2d(x, tf.Variable(tf.ones([3, 3, 6, 4])), 1, [[0, 0], [1, 1], [2, 0], [0, 0]])": (8, 8, 4),
    "tf.nn.depthwise_conv2d(x, tf.ones([3, 3, 6, 2]), [1, 2, 2, 1], 'SAME')": (4, 4, 12),
    "tf.nn.conv2d_transpose(x, tf.ones([3, 3, 4, 6]), [1, 16, 16, 4], [1, 2, 2, 1], 'SAME')": (16, 16, 4),
    "keras.ops.avg_pool(x, 2, 2)": (4, 4, 6),
    "layers.RandomFlip('horizontal')(layers.CenterCrop(5, 6)(x))": (5, 6, 6),
    "layers.Lambda(lambda v: v[0] - v[1])([x, x])": (8, 8, 6),
    "layers.Lambda(lambda t, n: keras.ops.repeat(t, n, axis=3), arguments={'n': 2})(x)": (8, 8, 12),
    "jnp.rot90(x[:, :4], axes=(1, 2))": (8, 4, 6),
    "jax.image.resize(x, (1, 16, 16, 6), method='nearest')": (16, 16, 6),
    "keras.activations.get('relu')(x)": (8, 8, 6),
    "keras.initializers.GlorotUniform()((1, 5, 5, 3))": (5, 5, 3),
    "layers.Reshape((8, 8, 6))(layers.Bidirectional(layers.LSTM(3, return_sequences=True))(rows(x)))": (8, 8, 6),
}


@gathered("expression", EXPRESSIONS)
def test_functions_of_tensorflow_keras_and_jax_make_what_they_make_there(expression: str) -> None:
    text = f"def net(x):\n    x = {expression}\n    return layers.Conv2D(1, 1, name='last')(x)\n"
    header = "import keras\nimport tensorflow as tf\nrows = layers.Reshape((64, 6))\n"
    last = read_program(f"{header}{text}", (8, 8, 6)).entries[-1].measured
    assert last is not None
    assert (*last.input_size, last.in_channels) == EXPRESSIONS[expression]


KERAS = {
    "layers of Keras 1": (
        "model = Sequential()\n"
        "model.add(Convolution2D(4, 3, 5, border_mode='same', subsample=(2, 2), input_shape=(8, 8, 3)))\n",
        [(3, 4, (4, 4))],
    ),
    "a layer that is popped": (
        "model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Conv2D(5, 3)])\nmodel.pop()\n"
        "model.add(layers.Conv2D(2, 1))\n",
        [(3, 4, (6, 6)), (4, 2, (6, 6))],
    ),
    "a model that is cut at a layer": (
        "base = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3, name='a'), layers.Conv2D(5, 3)])\n"
        "model = keras.Model(base.inputs, layers.Conv2D(2, 1)(base.get_layer('a').output))\n",
        [(3, 4, (6, 6)), (4, 2, (6, 6))],
    ),
    "an input whose shape is an argument": (
        "def build(input_shape):\n    i = layers.Input(input_shape)\n"
        "    return keras.Model(i, layers.Conv2D(4, 3)(i))\n",
        [(3, 4, (6, 6))],
    ),
    "a copy of a model": (
        "base = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3)])\nmodel = keras.models.clone_model(base)\n",
        [(3, 4, (6, 6))],
    ),
    "a layer that turns its axes": (
        "i = layers.Input((3, 8, 8))\nmodel = keras.Model(i, layers.Conv2D(2, 1)(layers.Permute((2, 3, 1))("
        "layers.Conv2D(4, 3, data_format='channels_first')(i))))\nlayers.Conv2D(1, 1, data_format='channels_last')\n",
        [(3, 4, (6, 6)), (4, 2, (6, 6))],
    ),
}


@pytest.mark.parametrize("habit", KERAS)
def test_programs_of_keras_are_read_as_they_run(habit: str) -> None:
    text, wanted = KERAS[habit]
    header = "import keras\nfrom keras import layers, Sequential\nfrom keras.layers import Convolution2D\n"
    assert measured(header + text, None if "(8, 8, 3)" in text or "(3, 8, 8)" in text else (8, 8, 3)) == wanted


SAID = {
    "a batch that a view makes": (
        "self.a = nn.Conv2d(1, 16, 3)",
        "return self.a(x).view(-1, 16 * 5 * 5)",
        "576 numbers (1 × 16 × 6 × 6) cannot be arranged as (-1, 400); 576 in place of 400 would do",
    ),
    "rows that a view makes of one example": (
        "self.a = nn.Conv2d(1, 4, 3)",
        "return self.a(x).view(-1, 36)",
        "the 144 numbers of one example (1 × 4 × 6 × 6) are arranged as 4 rows of 36; 144 would keep them together",
    ),
    "channels of a normalisation": (
        "self.a = nn.Conv2d(1, 4, 3)\n        self.b = nn.BatchNorm2d(9)",
        "return self.b(self.a(x))",
        "BatchNorm2d (line 6) takes 9 channels and is given 4: num_features=4 would do",
    ),
    "an assertion": (
        "self.a = nn.Conv2d(1, 4, 3)",
        "assert x.shape[-1] == 7\n        return self.a(x)",
        "line 7: assert x.shape[-1] == 7 does not hold",
    ),
    "a name that decides": (
        "self.a = nn.Conv2d(1, 4, 3)\n        self.depth = depth",
        "x = self.a(x)\n        for _ in range(self.depth):\n            x = x * 2\n        return x",
        "depth (line 9) is not known, and what depends on it is left out; give it with --let depth=…",
    ),
}


@pytest.mark.parametrize("habit", SAID)
def test_what_a_program_does_wrong_is_said(habit: str) -> None:
    init, forward, note = SAID[habit]
    model = read_program(NET.format(init=f"        {init}", forward=f"        {forward}"), 8, model="Net")
    assert note in model.notes


def test_a_network_that_is_imported_is_said_with_what_can_be_read() -> None:
    text = NET.format(init="        self.net = torchvision.models.resnet18()", forward="        return self.net(x)")
    model = read_program(text, 32)
    assert any("torchvision.models.resnet18 is imported" in note and "from_torch" in note for note in model.notes)


def test_attributes_of_an_open_name_are_given_by_their_path() -> None:
    text = "net = nn.Sequential(nn.Conv2d(3, cfg.net.width, 3))\n"
    assert "cfg.net.width" in read_program(text, 8).notes[0]
    (entry,) = read_program(text, 8, {"cfg.net.width": 7}).entries
    assert entry.measured is not None
    assert entry.measured.out_channels == 7


CHOICES = {"torch": "is no model", "Net(widht=3)": "has no argument widht; it has", "lambda: 0": "takes 0 arguments"}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_that_is_no_model_is_refused(choice: str) -> None:
    text = NET.format(init="        self.a = nn.Conv2d(1, 4, 3)", forward="        return self.a(x)")
    with pytest.raises(ConvanimError, match=CHOICES[choice]):
        read_program(text, 8, model=choice)


FUNCTIONS = {
    "groups that the weights say": ("tf.nn.conv2d(x, tf.ones([3, 3, 3, 8]), 1, 'VALID')", (6, 6), 216),
    "channels first, as the call says": (
        "tf.nn.conv2d(tf.transpose(x, [0, 3, 1, 2]), tf.ones([3, 3, 6, 8]), [1, 1, 2, 1], 'VALID', 'NCHW')",
        (3, 6),
        432,
    ),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_with_weights_take_all_of_their_arguments(case: str) -> None:
    expression, size, parameters = FUNCTIONS[case]
    (entry,) = read_program(f"import tensorflow as tf\ndef net(x):\n    return {expression}\n", (8, 8, 6)).entries
    assert entry.measured is not None
    assert (entry.measured.output_size, entry.parameters) == (size, parameters)
