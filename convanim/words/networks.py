"""Networks in words: what makes a block, the legend and the caption of their picture, and its alternative text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from convanim.base.language import counted, message, thousands, translated, translated_in
from convanim.base.options import short
from convanim.base.records import dataclass
from convanim.layers import Layer
from convanim.words.layer_names import kind_of, plain_name, size
from convanim.words.layer_settings import kernel_words

RULE = message("thickness ∝ √channels, sides ∝ √size")
"""How long the sides of blocks are drawn."""

REPEATED = message("×n: drawn once, n in a row")
"""What the number above a bracket is."""

_NAMES = {
    "input": message("input"),
    "dense": message("fully connected"),
    "avg_pool": message("global average pooling"),
    "max_pool": message("global max pooling"),
    "sum": message("sum"),
    "product": message("product"),
    "copy": message("concatenation"),
    "copied": message("copied, to be concatenated"),
    "Pad": message("padding"),
    "Slice": message("slice"),
    "Reshape": message("reshape"),
    "Flatten": message("flatten"),
    "Transpose": message("transpose"),
}
"""What makes a block where it is no layer."""

_GLOBAL = ("avg_pool", "max_pool")
"""Poolings that have another name where they make one cell."""


@dataclass(frozen=True)
class Doing:
    """What makes a block.

    Attributes
    ----------
    name : str
        The operation.
    kernel : str
        The size of its kernel; empty where it has none, or where that is all of its input.
    settings : tuple of str
        What is not at its usual value.
    passed : tuple of str
        The activations behind it.
    """

    name: str
    kernel: str = ""
    settings: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """The operation, and what is not at its usual value."""
        # Translators: The size of a kernel and the name of a layer, as in "3×3 convolution".
        named = translated("{size} {name}", size=self.kernel, name=self.name) if self.kernel else self.name
        return named, *self.settings

    @property
    def label(self) -> str:
        """The whole in one line."""
        told = translated_in("in a list", ", ").join(self.phrases)
        # Translators: A layer and the activation behind it, as in "3×3 convolution + ReLU".
        return " + ".join((told, *self.passed))

    def beside(self, usual: Doing) -> tuple[str, ...]:
        """Return phrases on what tells it from what is usual, activations aside."""
        if self.name != usual.name:
            return self.phrases
        told = [self.kernel] if self.kernel != usual.kernel else []
        told += [one for one in self.settings if one not in usual.settings]
        if not told and len(self.settings) < len(usual.settings):
            told = [translated("stride {value}", value="1")]
        return tuple(told)


def doing(layer: Layer | None, operation: str, passed: tuple[str, ...] = ()) -> Doing:
    """Return what makes a block: a layer, or another operation by its name.

    Examples
    --------
    >>> from convanim.layers import Conv, MaxPool
    >>> doing(Conv(8, 3, stride=2), "conv", ("ReLU",)).label
    '3×3 convolution, stride 2 + ReLU'
    >>> doing(MaxPool(8, 2), "max_pool").label
    '2×2 max pooling'
    """
    if layer is None:
        plain = re.sub("(?<=[a-z])(?=[A-Z])", " ", operation)
        return Doing(translated(_NAMES[operation]) if operation in _NAMES else plain, passed=passed)
    kernel = layer.kernel_size
    if operation in _GLOBAL and set(layer.output_size) == {1}:
        return Doing(translated(_NAMES[operation]), passed=passed)
    told = []
    if not layer.is_weighted and "kernel_size" not in layer.options:
        return Doing(layer.called, "", (), passed)
    if layer.dims == 1:
        told.append(kernel_words(layer))
    usual = kernel if operation.endswith("pool") else (1,) * layer.dims
    for option, said in (("stride", message("stride {value}")), ("dilation", message("dilation {value}"))):
        value = layer.options.get(option)
        if value not in (None, usual if option == "stride" else (1,) * layer.dims):
            told.append(translated(said, value=short(value).replace("x", "×")))
    groups = layer.grouping.groups
    kind = kind_of(layer)
    if layer.is_weighted and groups > 1 and kind == "grouped":
        told.append(translated("{count} groups", count=groups))
    name = plain_name(layer) if kind == "depthwise" else layer.called
    return Doing(name, size(kernel) if layer.dims > 1 else "", tuple(told), passed)


def usual_of(doings: Iterable[Doing]) -> Doing:
    """Return what is most often done, and what activations are most often behind it."""
    many = list(doings)
    bare = Counter(replace(one, passed=()) for one in many).most_common(1)[0][0]
    return replace(bare, passed=Counter(one.passed for one in many).most_common(1)[0][0])


def usual_activation(doings: Iterable[Doing], besides: str = "") -> str:
    """Return the activation that is most often behind something, another one aside; empty for none."""
    counts = Counter(name for one in doings for name in one.passed if name != besides)
    return counts.most_common(1)[0][0] if counts else ""


def branches(count: int) -> str:
    """Return what a block is called that stands for several branches."""
    return counted("{count} branch", "{count} branches", count)


def times(text: str, count: int) -> str:
    """Return a text with how often it is repeated."""
    return f"{text} ×{thousands(count)}" if text else f"×{thousands(count)}"


def shape(cells: Sequence[int], channels: int) -> str:
    """Return the size and the channels of a feature map, as in ``64 × 112×112``."""
    return f"{thousands(channels)} × {size(cells)}" if cells else thousands(channels)


def alt(name: str, first: str, last: str, count: int, told: Sequence[str]) -> str:
    """Return the alternative text of the picture of a network."""
    blocks = counted("{count} block", "{count} blocks", count)
    text = translated("The network {name} as {blocks} from left to right", name=name, blocks=blocks)
    ends = translated("its input is {first}, its output {last}", first=first, last=last)
    made = translated("Made by: {layers}.", layers="; ".join(told))
    return f"{text}: {ends}. {made}"
