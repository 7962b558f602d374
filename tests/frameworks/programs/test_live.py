"""Networks as objects, by stand-ins for what ``torch.fx`` and Keras' graphs hold."""

from __future__ import annotations

import operator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from convanim import Chain, ConvanimError, from_keras, from_torch
from convanim.frameworks.models import Model
from convanim.inputs.building import Built
from tests.inputs.test_live_objects import conv, module


class Node:
    """A node of a graph as ``torch.fx`` has them."""

    def __init__(self, op: str, target: Any, *args: Any, **kwargs: Any) -> None:
        self.op, self.target, self.args, self.kwargs = op, target, args, kwargs


class Module:
    """The class that every network of PyTorch inherits from."""


def following(monkeypatch: pytest.MonkeyPatch, nodes: list[Node], modules: dict[str, Any]) -> Any:
    """Return a network that is followed to these nodes."""
    graph = SimpleNamespace(graph=SimpleNamespace(nodes=nodes), named_modules=lambda: modules.items())
    monkeypatch.setattr(
        "importlib.import_module",
        lambda name: SimpleNamespace(symbolic_trace=lambda network: graph),
    )
    return type("Net", (Module,), {})()


def relu(x: Any) -> Any:
    return x


def cat(tensors: Any, dim: int = 0) -> Any:
    return tensors


def test_branches_of_a_network_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Node("placeholder", "x")
    a = Node("call_module", "a", x)
    active = Node("call_function", relu, a)
    b = Node("call_module", "b", active)
    added = Node("call_function", operator.add, b, active)
    joined = Node("call_function", cat, [added, active], dim=1)
    last = Node("call_module", "c", joined)
    modules = {"a": conv(4, 3, padding=(1, 1)), "b": conv(4, 4, padding=(1, 1)), "c": conv(2, 8)}
    nodes = [x, a, active, b, added, joined, last, Node("output", "output", last)]
    model = from_torch(following(monkeypatch, nodes, modules), 9)
    assert isinstance(model, Model)
    assert [entry.name for entry in model.entries] == ["a", "b", "c"]
    assert [entry.receptive_field for entry in model.entries] == [(3, 3), (5, 5), (7, 7)]
    assert model.inputs[0].dims == (1, 3, 9, 9)


def test_a_network_whose_layers_follow_each_other_is_a_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Node("placeholder", "x")
    a = Node("call_module", "a", x)
    active = Node("call_function", relu, a)
    b = Node("call_module", "b", active)
    chain = from_torch(following(monkeypatch, [x, a, active, b], {"a": conv(), "b": conv()}), 9)
    assert isinstance(chain, Chain)
    assert chain.output_size == (5, 5)


def test_weights_that_are_used_again_count_once_and_make_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Node("placeholder", "x")
    a = Node("call_module", "a", x)
    model = from_torch(following(monkeypatch, [x, a, Node("call_module", "a", a)], {"a": conv()}), 9)
    assert isinstance(model, Model)
    assert [entry.same_as for entry in model.entries] == [0, 1]
    assert model.parameters == model.entries[0].parameters


def interpolate(x: Any, **options: Any) -> Any:
    return x


interpolate.__module__ = "torch.nn.functional"


def interpolated(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Any:
    """Return what a network is read as that changes the size of its input, as torch.fx writes all arguments of that."""
    usual = {"size": None, "scale_factor": None, "align_corners": None, "recompute_scale_factor": None}
    x = Node("placeholder", "x")
    large = Node("call_function", interpolate, x, **{**usual, **options})
    return from_torch(following(monkeypatch, [x, large, Node("call_module", "a", large)], {"a": conv()}), 9)


def test_interpolation_is_read_with_all_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = interpolated(monkeypatch, scale_factor=2, mode="nearest", antialias=False)
    assert isinstance(chain, Chain)
    assert chain.layers[1].input_size == (18, 18)


def test_smoothing_reads_more_where_it_makes_less(monkeypatch: pytest.MonkeyPatch) -> None:
    model = interpolated(monkeypatch, size=3, mode="bilinear", antialias=True)
    assert isinstance(model, Chain)
    assert model.receptive_field == (11, 11)


def test_a_method_that_is_not_known_leaves_what_is_behind_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Node("placeholder", "x")
    odd = Node("call_method", "scramble", x)
    model = from_torch(following(monkeypatch, [x, odd, Node("call_module", "a", odd)], {"a": conv()}), 9)
    assert isinstance(model, Model)
    assert [entry.layer for entry in model.entries] == [None, None]
    assert "scramble is not known" in model.entries[1].why


class Tensor(SimpleNamespace):
    """A tensor of a run: its shape, and functions that the watching mode is told of."""

    dtype = "float32"


class Mode:
    """As ``TorchFunctionMode``: it is told of each function that is called while it is on."""

    active: ClassVar[list[Any]] = []

    def __enter__(self) -> None:
        Mode.active.append(self)

    def __exit__(self, *error: object) -> None:
        Mode.active.pop()


def calls(function: Any, *arguments: Any) -> Any:
    """Call a function of a run."""
    return Mode.active[-1].__torch_function__(function, (), arguments) if Mode.active else function(*arguments)


def running(monkeypatch: pytest.MonkeyPatch, forward: Any, **parts: Any) -> Any:
    """Return a network that only runs: ``torch.fx`` fails on it."""

    def fail(network: Any) -> Any:
        raise TypeError("symbolically traced variables cannot be used as inputs to control flow")

    torch = SimpleNamespace(
        symbolic_trace=fail,
        zeros=lambda *dims: Tensor(shape=dims),
        no_grad=nullcontext,
        overrides=SimpleNamespace(TorchFunctionMode=Mode),
    )
    monkeypatch.setattr("importlib.import_module", lambda name: torch)
    hooks: dict[int, list[Any]] = {}

    def hooked(part: Any) -> Any:
        def keep(hook: Any) -> Any:
            hooks.setdefault(id(part), []).append(hook)
            return SimpleNamespace(remove=lambda: hooks.pop(id(part), None))

        part.register_forward_pre_hook = part.register_forward_hook = keep
        return part

    def run(name: str, x: Tensor, *dims: int) -> Any:
        begin, end = hooks[id(parts[name])]
        begin(parts[name], (x,))
        made = calls(lambda given: Tensor(shape=dims), x)
        end(parts[name], (x,), made)
        return made

    class Net(Module):
        training = True

        def modules(self) -> list[Any]:
            return [self, *parts.values()]

        def named_modules(self) -> Any:
            return {"": self, **{name: hooked(part) for name, part in parts.items()}}.items()

        def parameters(self) -> list[Any]:
            return []

        def eval(self) -> None:
            self.training = False

        def __call__(self, x: Tensor) -> Any:
            return forward(run, x)

    return Net(), hooks


def test_a_network_that_needs_numbers_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubled(x: Tensor) -> Tensor:
        return Tensor(shape=x.shape)

    doubled.__name__ = "relu"

    def joined(tensors: list[Tensor], dim: int) -> Tensor:
        return Tensor(shape=(1, sum(one.shape[dim] for one in tensors), *tensors[0].shape[2:]))

    joined.__name__ = "cat"

    def forward(run: Any, x: Tensor) -> Any:
        made = [run("a", x, 1, 4, 9, 9)]
        both = calls(joined, made, 1)
        made.append(both)
        return run("b", calls(doubled, both), 1, 2, 7, 7)

    parts = {"a": conv(4, 3, padding=(1, 1), training=True), "b": conv(2, 4, training=True)}
    network, hooks = running(monkeypatch, forward, **parts)
    model = from_torch(network, 9)
    assert isinstance(model, Model)
    assert [entry.name for entry in model.entries] == ["a", "b"]
    assert [entry.measured and entry.measured.output_size for entry in model.entries] == [(9, 9), (7, 7)]
    assert model.entries[1].receptive_field == (5, 5)
    assert network.training
    assert not hooks


def test_a_network_that_cannot_be_run_is_refused_with_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(run: Any, x: Tensor) -> Any:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied\nmore")

    network, _ = running(monkeypatch, forward, a=conv(training=True))
    with pytest.raises(ConvanimError, match=r"is no input that the network runs on \(mat1 and mat2 .*multiplied\)"):
        from_torch(network, 9)


def test_a_layer_of_a_network_is_drawn_with_what_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    part = conv(2, 3, bias=np.array([1.0, 2.0]))
    network = SimpleNamespace(named_modules=lambda: {"": None, "deep.conv": part}.items())
    numbers = np.arange(75.0).reshape(3, 5, 5)
    monkeypatch.setattr("convanim.frameworks.programs.live_torch_run.reaching", lambda whole, one, given: numbers)
    built = from_torch(network, np.zeros((1, 9, 9)), layer="deep.conv")
    assert isinstance(built, Built)
    assert built.layer.output_size == (3, 3)
    assert np.array_equal(built.input, numbers)
    one = from_torch(network, np.zeros((1, 9, 9)), layer="deep.conv", weights=(1, 2))
    assert isinstance(one, Built)
    assert np.array_equal(one.input, numbers[2])
    with pytest.raises(ConvanimError, match=r"layer 'conv': is no layer of this module; it has deep\.conv"):
        from_torch(network, 9, layer="conv")


class Functional:
    """The class of functional models of Keras."""

    name = "net"

    def __init__(self, nodes: list[Any]) -> None:
        self.inputs, self.outputs = (nodes[at].output_tensors if nodes else [] for at in (0, -1))
        self._nodes_by_depth = {len(nodes) - place: [node] for place, node in enumerate(nodes)}


def applied(layer: Any, *given: Any, shape: tuple[int | None, ...] = ()) -> Any:
    """Return a node of a graph of Keras, which applies a layer."""
    made = SimpleNamespace(shape=shape)
    return SimpleNamespace(operation=layer, output_tensors=[made], arguments=SimpleNamespace(args=given))


def called(kind: str, name: str, **attributes: Any) -> Any:
    """Return a layer of Keras of a class, with a name."""
    made = module(kind, **attributes)
    made.name = name
    return made


def test_a_functional_model_of_keras_is_followed_in_its_own_order() -> None:
    settings: dict[str, Any] = {
        "filters": 4,
        "kernel_size": (3, 3),
        "strides": (1, 1),
        "padding": "same",
        "data_format": "channels_last",
        "dilation_rate": (1, 1),
        "groups": 1,
        "use_bias": True,
        "activation": None,
    }
    start = applied(called("InputLayer", "image"), shape=(None, None, None, 3))
    first = applied(called("Conv2D", "a", **settings), start.output_tensors[0])
    again = applied(called("Conv2D", "b", **settings), first.output_tensors[0])
    added = applied(called("Add", "add"), [first.output_tensors[0], again.output_tensors[0]])
    model = from_keras(Functional([start, first, again, added]), 8)
    assert isinstance(model, Model | Chain)
    with pytest.raises(ConvanimError, match="input_size: is missing"):
        from_keras(Functional([start, first]))


def operation(kind: str, **options: Any) -> Any:
    """Return an object of ``keras.ops`` with its options."""
    made = module(kind, **options)
    type(made).__module__ = "keras.src.ops.numpy"
    return made


CONV = {
    "kernel_size": (3, 3),
    "strides": (1, 1),
    "padding": "valid",
    "data_format": "channels_last",
    "dilation_rate": (1, 1),
    "groups": 1,
    "use_bias": True,
    "activation": None,
}


def test_functions_and_models_within_a_model_of_keras_are_followed() -> None:
    start = applied(called("InputLayer", "image"), shape=(None, 8, 10, 3))
    inner_start = applied(called("InputLayer", "inner"), shape=(None, 8, 10, 3))
    inner_conv = applied(called("Conv2D", "a", filters=4, **CONV), inner_start.output_tensors[0])
    inner = Functional([inner_start, inner_conv])
    one = applied(inner, start.output_tensors[0])
    active = applied(operation("Relu"), one.output_tensors[0])
    joined = applied(operation("Concatenate", axis=-1), [one.output_tensors[0], active.output_tensors[0]])
    part = applied(operation("GetItem"), joined.output_tensors[0], (slice(None), slice(1, None), ..., slice(0, 6)))
    last = applied(called("Conv2D", "b", filters=2, **CONV), part.output_tensors[0])
    model = from_keras(Functional([start, one, active, joined, part, last]))
    assert isinstance(model, Model)
    sizes = [
        (entry.name, entry.measured and (entry.measured.in_channels, entry.measured.output_size))
        for entry in model.entries
    ]
    assert sizes == [("a", (3, (6, 8))), ("b", (6, (3, 6)))]


def test_a_model_that_keras_has_not_followed_is_called_on_symbolic_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(Functional):
        """A model of one's own."""

        def __init__(self) -> None:
            self._nodes_by_depth = {}

        def call(self, x: Any) -> Any:
            return applied(called("Conv2D", "a", filters=4, **CONV), x)

    def build(given: list[Any], last: Any) -> Any:
        return Functional([given[0].node, last])

    def symbolic(shape: tuple[int, ...]) -> Any:
        node = applied(called("InputLayer", "image"), shape=(None, *shape))
        node.output_tensors[0].node = node
        return node.output_tensors[0]

    keras = SimpleNamespace(Input=symbolic, Model=build)
    monkeypatch.setattr("importlib.import_module", lambda name: keras)
    chain = from_keras(Own(), 8, in_channels=3)
    assert not isinstance(chain, Model | Built)
    assert chain.output_size == (6, 6)
    with pytest.raises(ConvanimError, match="in_channels: is missing: the model leaves it open"):
        from_keras(Own(), 8)
    with pytest.raises(ConvanimError, match="input_size: is missing: the model leaves it open"):
        from_keras(Own())
