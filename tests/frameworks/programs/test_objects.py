"""Objects, iterators and libraries of Python within programs: each expression is the channels that a layer makes."""

from __future__ import annotations

import pytest

from convanim.frameworks.programs import read_program
from tests.gathering import gathered

CLASS = "class L:\n    def {method}\n"
DICTIONARY = """
class Reg(dict):
    def __init__(self):
        super().__init__()
        self.held = {"a": 8}
    def __contains__(self, key):
        return key in self.held
    def __len__(self):
        return len(self.held)
r = Reg()
"""
ENUM = "from enum import IntEnum, auto\nclass W(IntEnum):\n    S = auto()\n    M = auto()\n    L = 7\n    XL = auto()\n"

EXPRESSIONS = {
    "__len__": (CLASS.format(method="__len__(self): return 5"), "len(L())", 5),
    "__contains__": (CLASS.format(method="__contains__(self, one): return True"), "3 if 4 in L() else 1", 3),
    "__bool__": (CLASS.format(method="__bool__(self): return False"), "3 if L() else 2", 2),
    "__eq__": (CLASS.format(method="__eq__(self, other): return True"), "3 if L() == 4 else 1", 3),
    "__lt__": (CLASS.format(method="__lt__(self, other): return True"), "3 if 9 > L() else 1", 3),
    "__iter__": (CLASS.format(method="__iter__(self): return iter([2, 4])"), "1 + sum(L())", 7),
    "__iter__ that yields": (
        CLASS.format(method="__iter__(self):\n        yield 2\n        yield 4"),
        "list(L())[1]",
        4,
    ),
    "__getitem__": (CLASS.format(method="__getitem__(self, key): return key + 1"), "L()[5]", 6),
    "__int__": (CLASS.format(method="__int__(self): return 6"), "int(L())", 6),
    "__add__": (CLASS.format(method="__add__(self, other): return other + 1"), "L() + 4", 5),
    "__radd__": (CLASS.format(method="__radd__(self, other): return other + 1"), "4 + L()", 5),
    "__getattr__": (CLASS.format(method="__getattr__(self, name): return len(name)"), "L().four", 4),
    "__setattr__": (
        CLASS.format(method="__setattr__(self, name, value): super().__setattr__(name, value + 1)")
        + "l = L()\nl.n = 4\n",
        "l.n",
        5,
    ),
    "a property that is set": (
        "class L:\n    @property\n    def w(self): return self.n\n    @w.setter\n    def w(self, n): self.n = n * 2\n"
        "l = L()\nl.w = 3\n",
        "l.w",
        6,
    ),
    "a dictionary of its own kind": (DICTIONARY, "8 if 'a' in r else 4", 8),
    "the length of such a dictionary": (DICTIONARY, "len(r)", 1),
    "a dictionary with attributes": (
        "class A(dict):\n    def __init__(self, **k):\n        super().__init__(**k)\n        self.__dict__ = self\n",
        "A(width=6).width",
        6,
    ),
    "__missing__": ("class D(dict):\n    def __missing__(self, key): return len(key)\n", "D(a=1)['four']", 4),
    "values that an enumeration counts": (ENUM, "W.S + W.M.value + W.XL", 11),
    "an enumeration by name": (ENUM, "W['L']", 7),
    "a tuple with names, replaced": (
        "from collections import namedtuple\nP = namedtuple('P', 'w n')\np = P(4, 1)._replace(w=16)\n",
        "p.w",
        16,
    ),
    "a set of classes": ("class A: pass\n", "8 if A in {A, nn.Conv1d} else 3", 8),
    "a layer as a key": ("k = {nn.Conv2d: 5}\n", "k[nn.Conv2d]", 5),
    "an iterator that goes on": ("it = iter([3, 5, 7])\nnext(it)\n", "next(it)", 5),
    "pairs of one iterator": ("it = iter([1, 2, 3, 4])\nfor a in it:\n    b = next(it)\n", "a * 10 + b", 34),
    "next of nothing": ("", "next(iter([]), 6)", 6),
    "a literal in a text": ("import ast\n", "ast.literal_eval('[8, 16]')[1]", 16),
    "eval of a product": ("", "eval('[(8, 3)] * 2')[1][0]", 8),
    "a class by its name": ("class A:\n    n = 4\n", "globals()['A'].n", 4),
    "isfunction": ("from inspect import isfunction\nd = 8\n", "d() if isfunction(d) else d", 8),
    "a counter": ("from collections import Counter\n", "Counter(['a', 'b', 'a'])['a']", 2),
    "a default": ("from collections import defaultdict\nd = defaultdict(list)\nd['a'].append(3)\n", "d['a'][0]", 3),
    "numbers in a text": ("import re\n", "int(re.findall(r'\\d+', 'a8b16')[1])", 16),
    "a match": ("import re\nm = re.match(r'k(\\d+)', 'k5')\n", "int(m.group(1)) + int(m[1])", 10),
    "attributes by their names": ("class A: pass\na = A()\na.__dict__.update(w=9)\n", "a.w", 9),
    "a class made by type": ("A = type('A', (), {'n': 6})\n", "A.n", 6),
    "the shape of the first weights": ("", "next(nn.Conv2d(1, 8, 3).parameters()).shape[0]", 8),
    "an attribute that a program gives a layer": ("u = nn.Upsample(scale_factor=2)\nu.i = 4\n", "u.i", 4),
    "any of what is not known": ("", "3 if any([True, nowhere]) else 1", 3),
}


@gathered(("before", "expression", "channels"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_an_expression_has_the_value_that_python_gives_it(before: str, expression: str, channels: int) -> None:
    model = read_program(f"import torch.nn as nn\n{before}net = nn.Sequential(nn.Conv2d(1, {expression}, 1))\n", 4)
    (entry,) = model.entries
    assert entry.measured is not None
    assert entry.measured.out_channels == channels
    assert not [note for note in model.notes if "not known" in note]


UNKNOWN = {
    "keys whose equality the text defines": (
        "class L:\n    def __hash__(self): return 1\n    def __eq__(self, other): return True\n",
        "{L(): 3}[L()]",
    ),
    "a list of its own kind": ("class M(list): pass\n", "len(M([1, 2, 3]))"),
    "a pattern that may take long": ("import re\n", "len(re.findall('(a+)+b', 'aaaa'))"),
    "the text of a layer": ("", "len(str(nn.ReLU()))"),
    "all of what is not known": ("", "3 if all([True, nowhere]) else 1"),
    "what is in an unknown list": ("", "3 if 4 in [nowhere] else 1"),
}


@pytest.mark.parametrize(("before", "expression"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_value_that_is_not_known_is_said(before: str, expression: str) -> None:
    model = read_program(f"import torch.nn as nn\n{before}net = nn.Sequential(nn.Conv2d(1, {expression}, 1))\n", 4)
    assert any("is not known" in note for note in model.notes)
