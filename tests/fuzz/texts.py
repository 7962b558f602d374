"""Pasted code at random: lines of every framework, then damaged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.kinds import Kind
from tests.fuzz.values import HUGE, Chance

_LITERALS = [
    "True",
    "False",
    "None",
    "()",
    "[]",
    "(1,)",
    "(3, 3)",
    "[2, 1]",
    "((1, 0), (0, 1))",
    "(((3, 3)))",
    "-1",
    "0",
]
_LITERALS += ["1.5", "1e999", "1j", "'x'", "'2'", '"same"', "b'1'", "{}", "{1: 2}", "...", "x", "f(x)", "*x", "2 * 3"]
_LITERALS += ["9" * 30, "9" * 5000, "3ing", "0777", "(None,)", "(False,)", "('x',)", "[[3]]", "nn.ReLU()", "lambda: 0"]
_LITERALS += [
    "(1, 1, 1, 1)",
    "(0, 0, 0, 0, 0)",
    "'SAME'",
    "1_0",
    "0x3",
    "not 1",
    "[1] * 3",
    "x[0]",
    "~1",
    "3 if 1 else 2",
]
"""Arguments of forms that few parameters take."""

_LETTERS = [
    "\r",
    "\n",
    "\t",
    "\0",
    "'",
    '"',
    "(",
    ")",
    "[",
    "]",
    "{",
    ",",
    "=",
    "#",
    "\\",
    ";",
    ":",
    "*",
    "<",
    ">",
    ".",
]
_LETTERS += [
    "3ing",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\x1b[31m",
    "\ud800",
    "é",
    "🙂",
    "\xa0",
]

_WORDS = ["same", "valid", "causal", "zeros", "reflect", "circular", "SAME", "VALID", "SAME_LOWER", "NOTSET", "nearest"]
_WORDS += ["channels_first", "channels_last", "NHWC", "NCHW", "DCR", "CRD", "max", "add"]
_AROUND = ["nn.Sequential({})", "Sequential([{}])", "x = {}", "{}(x)", "keras.{}", "torch: {}", "keras: {}", "jax: {}"]
_AROUND += [
    ">>> {}",
    "(0): {}",
    "{},",
    "self.c = {}",
    "model.add({})",
    "onnx: {}",
    "{}[..., 1:-1]",
    "{} + b",
    "convanim: {}",
]
_ARRAYS = ["x", "w", "jnp.ones((1, 1, 5, 5))", "jnp.ones((3, 3, 1, 1))", "np.zeros((1, 4, 4, 2))"]
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


def text(chance: Chance) -> str:
    """Draw a text, of which most are sound or nearly so."""
    framework = FRAMEWORKS[chance.choice(list(FRAMEWORKS))]
    lines = [_line(chance, framework.kinds) for _ in range(chance.choice((1, 1, 1, 1, 2, 3)))]
    made = chance.choice((", ", "\n")).join(lines)
    if chance.happens(0.35):
        made = chance.choice(_AROUND).replace("{}", made)
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        made = _damaged(chance, made)
    return made


def parts(chance: Chance) -> tuple[str, ...]:
    """Draw a text in the parts that can be left out, behind the options that it is explained with."""
    options = [
        "-i=7",
        "-i=2x8",
        "-i=5x6x7",
        "-k=3",
        "--in-channels=2",
        "--json",
        "--alt",
        "--want=3",
        "--seed=0",
        "--let=x=3",
    ]
    options += [f"--as={name}" for name in FRAMEWORKS]
    return (*chance.some(options, 3), "--", *_TOKEN.findall(text(chance)))


def _line(chance: Chance, kinds: Mapping[str, Kind]) -> str:
    name, kind = chance.choice(
        [(name, kind) for name, kind in kinds.items() if kind.build or kind.edges] * 9 + [*kinds.items()]
    )
    known = list(kind.signature.parameters)
    if name in FRAMEWORKS["onnx"].kinds and chance.happens(0.7):
        told = ", ".join(f"{one} = {_bracketed(chance)}" for one in chance.some(known, 4))
        return f"Y = {name} <{told}> (X, W)"
    required = [one for one, its in kind.signature.parameters.items() if its.default is its.empty]
    first = [_value(chance, one) for one in required[: chance.randint(0, 9)]]
    named = dict.fromkeys([*required[len(first) :], *chance.some(known[len(first) :], 3)])
    told = ", ".join([*first, *(f"{one}={_value(chance, one)}" for one in named)])
    return f"{chance.choice(('', 'nn.', 'layers.', 'lax.', 'nn.'))}{name}({told})"


def _value(chance: Chance, name: str) -> str:
    if chance.happens(0.08):
        return chance.choice(_LITERALS)
    if chance.happens(0.01):
        return str(chance.choice(HUGE))
    if name in ("lhs", "rhs", "operand", "inputs"):
        return chance.choice(_ARRAYS)
    if chance.happens(0.15):
        return chance.choice((repr(chance.choice(_WORDS)), "True", "False"))
    return repr(chance.per_axis(1, 3) if chance.happens(0.9) else tuple(_pairs(chance)))


def _pairs(chance: Chance) -> Sequence[Any]:
    return [(chance.randint(0, 2), chance.randint(-1, 2)) for _ in range(chance.axes)]


def _bracketed(chance: Chance) -> str:
    if chance.happens(0.2):
        return chance.choice([f'"{chance.choice(_WORDS)}"', "1", "-1", "2.5", "[]", "[0, 0, 1, 1]", "[x]", "9" * 12])
    return str([chance.randint(1, 3) for _ in range(chance.axes)])


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
