"""Calls of the Python interface at random, as they are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import convanim
from convanim import Layer, animate
from convanim.formats import FORMATS
from tests.fuzz.values import SOUND, Chance, listed

LOOP: list[Any] = []
LOOP.append(LOOP)

SPACE: dict[str, Any] = {name: getattr(convanim, name) for name in convanim.__all__}
SPACE |= {"np": np, "nan": float("nan"), "inf": float("inf"), "Path": Path, "Decimal": Decimal, "Fraction": Fraction}
SPACE |= {"LOOP": LOOP, "new": lambda name, **its: type(name, (), its)(), "SimpleNamespace": SimpleNamespace}
"""What the calls know by name."""

ODD = listed(r"""
None | True | '' | 'x' | '3x3' | 'none' | -1 | 0 | 1.5 | nan | -inf | 1e300 | 10**5000 | -10**30 | 2**63 | []
() | [[]] | [None] | ['x'] | [[1], [2, 3]] | ((1, 2, 3),) | range(10**8) | range(3) | [3] * 1000 | LOOP
(n for n in (1, 2)) | iter([1]) | {1, 2} | frozenset([2]) | {} | {'a': 1} | {0: 2, 1: 3} | b'3' | bytearray(2)
memoryview(b'12') | object() | int | lambda: 3 | 1j | Decimal('3') | Fraction(1, 2) | Path('a.gif') | Conv(3, 2)
np.array([1, 2]) | np.array(3) | np.array([[1.5]]) | np.array([None, 1]) | np.array([]) | np.int64(3)
np.float32('nan') | np.zeros((2, 2, 2, 2)) | np.array(['a']) | np.array([object()]) | np.datetime64('2020')
np.True_ | np.bool_([1, 0]) | np.array([10**30]) | np.array([1j]) | np.array([(1, 2)], 'i4,i4')
np.ma.array([1, 2], mask=[0, 1]) | '9' * 5000 | [10**400] | [[1, 2], [3, 10**20]] | [[1, None], [2, 3]]
[True, False] | '\0' | '\ud800' | np.str_('3') | Ellipsis
""")
"""Values that few parameters take."""

LAYERS = [name for name, its in SPACE.items() if inspect.isclass(its) and issubclass(its, Layer) and its is not Layer]
RESULTS = ("Animation", "ConvanimError", "Layer", "Plan")
"""What is returned, raised or inherited from, and never made by hand."""

CALLED = [name for name in convanim.__all__ if name not in RESULTS]
PAIRS = ["DepthwiseSeparable", "SpatiallySeparable"]
ESSENTIAL = ("input_size", "kernel_size")
_COUNTS = ("in_channels", "out_channels")


def parts(chance: Chance) -> tuple[str, ...]:
    """Draw a call: what is called, each argument, and perhaps what is asked of its result, with arguments too."""
    name = chance.choice((*CALLED, "animate", "animate", "compare", "export", "plan", *LAYERS))
    called = _arguments(chance, name)
    after = [then for kind, then in _AFTER.items() if name in kind.split()]
    return (name, *called, *(after[0](chance) if after and chance.happens(0.8) else ()))


def said(parts: tuple[str, ...]) -> str:
    """Return a call as it is written."""
    calls: list[list[str]] = []
    for part in parts:
        if part.startswith(".") or not calls:
            calls.append([part])
        else:
            calls[-1].append(part)
    return "".join(f"{name}({', '.join(arguments)})" for name, *arguments in calls)


def run(parts: tuple[str, ...]) -> Any:
    """Return what a call returns."""
    return eval(said(parts), dict(SPACE))


def _arguments(chance: Chance, name: str) -> list[str]:
    parameters = parameters_of(name)
    needed = [
        one
        for one, its in parameters.items()
        if its.default is its.empty or one in ESSENTIAL or (one in _COUNTS and name in PAIRS)
    ]
    wanted = dict.fromkeys([one for one in needed if chance.happens(0.98)] + chance.some(list(parameters), 3))
    told = {one: chance.choice(ODD) if chance.happens(0.1) else sound(chance, name, one) for one in wanted}
    if name in ("animate", "compare", "export"):
        told |= {"width": "90"} if "width" not in told and chance.happens(0.8) else {}
        told |= {"still": "0"} if not {"still", "steps", "every"} & set(told) and chance.happens(0.9) else {}
    if chance.happens(0.01):
        told["kernal"] = "3"
    return [f"{one}={value}" for one, value in told.items()]


def parameters_of(name: str) -> Mapping[str, inspect.Parameter]:
    """Return what something takes by name; those that only pass on what others take have theirs too."""
    own = inspect.signature(SPACE[name]).parameters
    named = {one: its for one, its in own.items() if its.kind not in (its.VAR_KEYWORD, its.VAR_POSITIONAL)}
    passes_on = any(its.kind is its.VAR_KEYWORD for its in own.values())
    rest = (
        {one: its for one, its in inspect.signature(animate).parameters.items() if one != "layer"} if passes_on else {}
    )
    return {**rest, **named}


def sound(chance: Chance, name: str, parameter: str) -> str:
    """Draw a value that is sound for a parameter of what is called."""
    own = OWN.get(f"{name}.{parameter}", OWN.get(parameter))
    return own(chance) if own else repr(SOUND[parameter](chance))


def layer(chance: Chance) -> str:
    """Draw a layer, or a chain of layers."""
    name = chance.choice((*LAYERS, "Conv", "Conv", *PAIRS, "Chain", "from_torch"))
    names = [
        one
        for one in parameters_of(name)
        if one in (*ESSENTIAL, "layers", "branches", "module") or (one in _COUNTS and name in PAIRS)
    ]
    told = dict.fromkeys([*names, *chance.some(list(parameters_of(name)), 2)])
    return f"{name}({', '.join(f'{one}={sound(chance, name, one)}' for one in told)})"


def _layers(chance: Chance) -> str:
    size = SOUND["input_size"](chance)
    same = [layer(chance) for _ in range(chance.choice((1, 2, 2, 3)))]
    plain = [f"Conv({size}, 1)", f"MaxPool({size}, 1)", f"Upsample({size}, 1)", f"ConvTranspose({size}, 1)"]
    return f"[{', '.join(same if chance.happens(0.4) else chance.choices(plain, k=chance.choice((1, 2, 2, 3))))}]"


def _module(chance: Chance) -> str:
    of = {
        "Conv2d": "in_channels out_channels groups kernel_size stride padding dilation bias padding_mode weight",
        "ConvTranspose2d": "in_channels out_channels groups kernel_size stride padding output_padding dilation bias",
        "MaxPool2d": "kernel_size stride padding dilation ceil_mode return_indices",
        "AdaptiveAvgPool2d": "output_size",
        "PixelShuffle": "upscale_factor",
        "Upsample": "size scale_factor mode",
        "Conv2D": "filters kernel_size strides padding dilation_rate groups use_bias kernel input_shape",
        "Sequential": "layers",
        "ReLU": "",
    }
    name = chance.choice(list(of))
    if name == "Sequential" and chance.happens(0.5):
        return f"type('Sequential', (list,), {{}})([{_module(chance)}])"
    usual = {
        "bias": "None",
        "use_bias": "False",
        "padding_mode": "'zeros'",
        "mode": "'nearest'",
        "layers": "[]",
        "output_size": "(1, 2)",
    }
    usual |= {
        "weight": "np.ones((1, 1, 3, 3))",
        "filters": "2",
        "size": "None",
        "in_channels": "1",
        "out_channels": "1",
        "groups": "1",
    }
    usual |= {
        "ceil_mode": "False",
        "return_indices": "False",
        "padding": "(1, 1)",
        "upscale_factor": "2",
        "scale_factor": "2.0",
    }
    told = [
        f"{one}={chance.choice(ODD) if chance.happens(0.07) else usual.get(one, '(2, 2)')}"
        for one in of[name].split()
        if chance.happens(0.95)
    ]
    return f"new({', '.join([repr(name), *told])})"


def _path(chance: Chance) -> str:
    return chance.choice(
        [*(f"'a.{suffix}'" for suffix in FORMATS), "'s/'", "'s-%02d.png'", "Path('b.gif')", "'missing/a.gif'", "'a'"]
    )


def _kernels(chance: Chance) -> str:
    return f"[{', '.join(chance.choice(('None', repr(chance.rows()))) for _ in range(chance.choice((1, 2, 2))))}]"


OWN: dict[str, Callable[[Chance], str]] = {
    "first": lambda chance: repr(chance.choice((None, "1", "conv", "nothing"))),
    "last": lambda chance: repr(chance.choice((None, "2", "up", "nothing"))),
    "layer": layer,
    "layers": _layers,
    "module": _module,
    "from_keras.layer": _module,
    "kernels": _kernels,
    "kernel": lambda chance: _kernels(chance) if chance.happens(0.1) else repr(chance.rows()),
    "bias": lambda chance: chance.choice(("True", "False", "[1]", "[1, 2]", "None")),
    "path": _path,
    "read_model.path": lambda chance: chance.choice(("'../data/tiny.onnx'", "'../data/a.txt'", "Path('missing.onnx')")),
    "let": lambda chance: chance.choice(("None", "{}", "{'width': 2}")),
    "model": lambda chance: chance.choice(("None", "'Net'", "'Net('")),
    "from_torch.layer": lambda chance: chance.choice(("None", "'conv1'")),
    "place": lambda chance: repr(SOUND["place"](chance)),
    "compared": lambda chance: "None",
    "compared_kernel": lambda chance: "None",
    "returns": lambda chance: "False",
    "branches": lambda chance: chance.choice(("[1, 1]", "[1, 1]", "[2, 2]", "[1, 2]", "(3, 3, 3)", "[2]", "2")),
    "sources": lambda chance: chance.choice(("None", "[0]", "[0, 0]", "[0, (1, 0)]", "[None, 1, (2, 0)]", "[2, 1]")),
    "names": lambda chance: chance.choice(("None", "['a']", "['a', '']", "['a', 'b', '']")),
    "titles": lambda chance: "['one', 'two']",
    "methods": lambda chance: chance.choice(("['gather', None]", "['scatter', 'scatter']")),
    "suffix": lambda chance: repr(chance.choice(list(FORMATS))),
    "step": lambda chance: chance.choice(("0", "-1", "2")),
}
"""What stands for parameters that only Python has, or that it has in a form of its own."""


def _of_animation(chance: Chance) -> tuple[str, ...]:
    name, *own = chance.choice(
        (
            (".encode", "suffix"),
            (".encode", "suffix"),
            (".save", "path"),
            (".still", "step"),
            (".check", "path"),
            (".contents", "path"),
        )
    )
    return (name, *(f"{one}={chance.choice(ODD) if chance.happens(0.2) else OWN[one](chance)}" for one in own))


def _of_layer(chance: Chance) -> tuple[str, ...]:
    return chance.choice(
        ((".size_formula", "number=0"), (".size_formula",), (".__repr__",), (".__hash__",), (".output_size.__len__",))
    )


_AFTER: dict[str, Callable[[Chance], tuple[str, ...]]] = {
    "animate compare": _of_animation,
    "plan": lambda chance: (".to_dict",),
    " ".join(LAYERS): _of_layer,
}
"""What is asked of the results of some names."""
