"""Networks as objects, by stand-ins for what ``torch.fx`` and Keras' graphs hold."""

from __future__ import annotations

import operator
from types import SimpleNamespace
from typing import Any

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
        "convanim.frameworks.programs.live.importlib.import_module",
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
    assert model.entries[0].receptive_field == (6, 6)
    assert model.entries[0].is_bound


def test_a_method_that_is_not_known_leaves_what_is_behind_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Node("placeholder", "x")
    odd = Node("call_method", "scramble", x)
    model = from_torch(following(monkeypatch, [x, odd, Node("call_module", "a", odd)], {"a": conv()}), 9)
    assert isinstance(model, Model)
    assert [entry.layer for entry in model.entries] == [None, None]
    assert "scramble is not known" in model.entries[1].why


def test_a_network_that_cannot_be_followed_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(network: Any) -> Any:
        raise TypeError("symbolically traced variables cannot be used as inputs to control flow\nmore")

    monkeypatch.setattr(
        "convanim.frameworks.programs.live.importlib.import_module", lambda name: SimpleNamespace(symbolic_trace=fail)
    )
    with pytest.raises(ConvanimError, match=r"cannot be followed by torch.fx \(symbolically .*\); give"):
        from_torch(type("Net", (Module,), {})(), 9)


def test_a_layer_of_a_network_is_drawn_with_what_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    part = conv(2, 3, bias=np.array([1.0, 2.0]))
    network = SimpleNamespace(named_modules=lambda: {"": None, "deep.conv": part}.items())
    numbers = np.arange(75.0).reshape(3, 5, 5)
    monkeypatch.setattr("convanim.frameworks.programs.live.reaching", lambda whole, one, given: numbers)
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
