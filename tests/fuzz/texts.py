"""Pasted code at random: lines of every framework, then damaged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from inspect import Parameter
from typing import Any

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.kinds import Framework
from tests.fuzz.values import HUGE, Chance, listed

_LITERALS = listed("""
True | False | None | () | [] | (1,) | (3, 3) | [2, 1] | ((1, 0), (0, 1)) | (((3, 3))) | -1 | 0 | 1.5 | 1e999
1j | 'x' | '2' | "same" | b'1' | {} | {1: 2} | ... | x | f(x) | *x | 2 * 3 | 3ing | 0777 | (None,) | (False,)
('x',) | [[3]] | nn.ReLU() | lambda: 0 | (1, 1, 1, 1) | (0, 0, 0, 0, 0) | 'SAME' | 1_0 | 0x3 | not 1 | [1] * 3
x[0] | ~1 | 3 if 1 else 2
""")
_LITERALS += ["9" * 30, "9" * 5000]
"""Arguments of forms that few parameters take."""

_LETTERS = [*"\r\n\t\0'\"()[]{,=#\\;:*<>.é🙂\xa0\ud800", "3ing", "\x1b[31m"]
_LETTERS += ["\N{ARABIC-INDIC DIGIT THREE}", "\N{RIGHT-TO-LEFT OVERRIDE}"]

_WORDS = listed("""
same | valid | causal | zeros | reflect | circular | SAME | VALID | SAME_LOWER | NOTSET | nearest
channels_first | channels_last | NHWC | NCHW | DCR | CRD | max | add
""")
_AROUND = listed("""
nn.Sequential({}) | Sequential([{}]) | x = {} | {}(x) | keras.{} | torch: {} | keras: {} | jax: {} | >>> {}
(0): {} | {}, | self.c = {} | model.add({}) | onnx: {} | {}[..., 1:-1] | {} + b | convanim: {}
""")
_ATTRIBUTES = listed("""
kernel_shape | kernel_shape | strides | pads | dilations | auto_pad | group | blocksize | ceil_mode
count_include_pad | output_padding | mode | scales | output_shape | storage_order
""")
_MODULES = {"nn": ("nn.", "torch.nn."), "layers": ("layers.", "keras.layers."), "helper": ("",), "lax": ("lax.", "nn.")}
_MODULES |= {"convanim": ("convanim.",), "scipy": ("signal.", "scipy.signal.", "np.", "ndimage.")}
_ARRAYS = [
    "x",
    "w",
    "jnp.ones((1, 1, 5, 5))",
    "jnp.ones((3, 3, 1, 1))",
    "np.zeros((1, 4, 4, 2))",
    "np.ones((4, 5))",
    "[1, 2, 3]",
]
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


def text(chance: Chance) -> str:
    """Draw a text, of which most are sound or nearly so."""
    framework = FRAMEWORKS[chance.choice(list(FRAMEWORKS))]
    lines = [_line(chance, framework) for _ in range(chance.choice((1, 1, 1, 1, 2, 3)))]
    made = chance.choice((", ", "\n")).join(lines)
    if chance.happens(0.3):
        made = chance.choice(_AROUND).replace("{}", made)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        made = _damaged(chance, made)
    return made


def parts(chance: Chance) -> tuple[str, ...]:
    """Draw a text in the parts that can be left out, behind the options that it is explained with."""
    options = ["--kernel-size=2x1", "--in-channels=2", "--seed=0", "--let=x=3"]
    form = chance.choice(["--json", "--alt", "--want=3", "--want=4x6", *(f"--as={name}" for name in FRAMEWORKS)])
    size = "x".join(str(chance.randint(4, 9)) for _ in range(chance.axes))
    told = [f"--input-size={size}"] * chance.happens(0.95) + [form] * chance.happens(0.5)
    told += ["--kernel-size=3"] * chance.happens(0.5) + chance.some(options, 1)
    return (*told, "--", *_TOKEN.findall(text(chance)))


def _line(chance: Chance, framework: Framework) -> str:
    kinds = (
        framework.kinds
        if chance.happens(0.05)
        else {
            name: kind
            for name, kind in framework.kinds.items()
            if (kind.build or kind.edges) and kind.dims in (None, chance.axes)
        }
    )
    name, kind = chance.choice(list(kinds.items()))
    its = kind.signature.parameters
    if framework is FRAMEWORKS["onnx"] and chance.happens(0.8):
        told = ", ".join(f"{one} = {_bracketed(chance, one)}" for one in chance.some(_ATTRIBUTES, 4) if one in its)
        return f"Y = {name} <{told}> (X, W)"
    required = [one for one, parameter in its.items() if parameter.default is parameter.empty]
    first = [_value(chance, its[one]) for one in required[: chance.randint(0, 9)]]
    named = dict.fromkeys([*required[len(first) :], *chance.some(list(its)[len(first) :], 3)])
    told = ", ".join([*first, *(f"{one}={_value(chance, its[one])}" for one in named)])
    return f"{'' if '.' in name else chance.choice(('', *_MODULES[framework.modules[0]]))}{name}({told})"


def _value(chance: Chance, its: Parameter) -> str:
    if chance.happens(0.03):
        return chance.choice(_LITERALS)
    if chance.happens(0.01):
        return str(chance.choice(HUGE))
    if its.name in ("lhs", "rhs", "operand", "inputs", "in1", "in2", "a", "v", "input", "weights"):
        return chance.choice(_ARRAYS)
    if isinstance(its.default, bool):
        return str(chance.happens(0.5))
    if isinstance(its.default, str):
        word = chance.choice((its.default, its.default, *_WORDS)) if chance.happens(0.4) else its.default
        return repr(word)
    if its.default is None and not re.search("strides?|size|factor|padding|dilation", its.name):
        return "None"
    if re.search("channels|filters|features|group|scale_factor$|multiplier|blocksize", its.name):
        return str(chance.choice((1, 1, 2, 4)))
    return repr(chance.per_axis(1, 3) if chance.happens(0.9) else tuple(_pairs(chance)))


def _pairs(chance: Chance) -> Sequence[Any]:
    return [(chance.randint(0, 2), chance.randint(-1, 2)) for _ in range(chance.axes)]


def _bracketed(chance: Chance, name: str) -> str:
    if chance.happens(0.1):
        return chance.choice([f'"{chance.choice(_WORDS)}"', "1", "-1", "2.5", "[]", "[0, 0, 1, 1]", "[x]", "9" * 12])
    if name in ("group", "blocksize", "ceil_mode", "count_include_pad"):
        return str(chance.choice((1, 1, 2, 0)))
    if name == "auto_pad":
        return chance.choice(('"SAME_UPPER"', '"SAME_LOWER"', '"VALID"', '"NOTSET"'))
    return str([chance.randint(1, 3) for _ in range(chance.axes * (2 if name == "pads" else 1))])


def _damaged(chance: Chance, made: str) -> str:
    """Return a text with a part of it cut, doubled, or put in."""
    low, high = sorted(chance.randint(0, len(made)) for _ in "ab")
    return chance.choice(
        (
            made[:low] + made[high:],
            made[:high] + made[low:],
            made[:low] + chance.choice(_LETTERS) + made[low:],
            made[:low] + chance.choice(_LITERALS) + made[low:],
            made.replace(chance.choice(("(", ")", ",", "=", "1", "2", "3", " ")), chance.choice(_LETTERS), 1),
        )
    )
