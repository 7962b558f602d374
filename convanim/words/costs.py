"""What layers cost and see, side by side: amounts, what they are the sum of, and how they relate to the first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import floor, prod
from typing import Any

from convanim.base.language import message, thousands, translated, translated_in
from convanim.base.records import dataclass
from convanim.base.text import columns
from convanim.layers import Chain, Layer
from convanim.words.captions import name_in_full
from convanim.words.layer_names import layer_kind, layer_title, size
from convanim.words.layer_settings import settings

_MOST_TERMS = 4
"""Longer sums are shortened in the middle."""

_MOST_NAMED = 3
"""A chain of more layers is called by their number."""

_LEAST_TIMES = 1.9
"""From which ratio it is told as such: near 2, biases would make percents of one number and a ratio of another."""

_TIMES = {
    False: (message("{times}× fewer"), message("{times}× as many")),
    True: (message("{times}× smaller"), message("{times}× as large")),
}
_PERCENT = {
    False: (message("{number} % fewer"), message("{number} % more")),
    True: (message("{number} % smaller"), message("{number} % larger")),
}
"""How a number relates to another, by whether it is a size, and then by whether it is less or more."""


@dataclass(frozen=True)
class Amount:
    """What one layer, or one chain of layers, has of something.

    Attributes
    ----------
    number : int
        How much.
    said : str
        The same in words: ``"656"``, ``"none"``, ``"3×3"``.
    parts : tuple of int
        How much each layer of a chain has, if it has any; empty where only one has.
    names : tuple of str
        What kind of layer each part is of, empty for an ordinary one.
    """

    number: int
    said: str
    parts: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def sum(self) -> str:
        """What it is the sum of, such as ``"= 144 + 512"``; nothing where it has no parts."""
        return self._joined([thousands(part) for part in self.parts])

    @property
    def named_sum(self) -> str:
        """The same with what kinds of layer the parts are of: ``"= 144 depthwise + 512 pointwise"``."""
        return self._joined(
            [f"{thousands(part)} {name}".strip() for part, name in zip(self.parts, self.names, strict=True)]
        )

    def _joined(self, terms: list[str]) -> str:
        if len(terms) > _MOST_TERMS:
            terms = [*terms[:2], "…", terms[-1]]
        return f"= {' + '.join(terms)}" if terms else ""


@dataclass(frozen=True)
class Fact:
    """Something that layers are compared by.

    Attributes
    ----------
    name : str
        A message that says what it is.
    amounts : tuple of Amount
        One for each of the compared.
    heading : str
        A message that says it where there is room to say what is counted.
    outputs : tuple of int
        How many output cells each amount is for, if it is for all of them together.
    is_size : bool
        Whether amounts are sizes, which are larger or smaller, rather than counts, which are more or fewer.
    """

    name: str
    amounts: tuple[Amount, ...]
    heading: str = ""
    outputs: tuple[int, ...] = ()
    is_size: bool = False

    @property
    def is_same(self) -> bool:
        """Whether all amounts are equal, so that there is nothing to compare."""
        return len({amount.said for amount in self.amounts}) == 1

    @property
    def has_bars(self) -> bool:
        """Whether bars compare them: not where all are equal, or only one is more than none."""
        return not self.is_same and sum(amount.number > 0 for amount in self.amounts) > 1

    @property
    def ratios(self) -> tuple[str, ...]:
        """How each amount relates to the first, in words; nothing where they are equal or one is 0."""
        found = [ratio(amount.number, self.amounts[0].number, self.is_size) for amount in self.amounts]
        outputs = [ratio(count, self.outputs[0]) for count in self.outputs] or [""] * len(found)
        return tuple(
            # Translators: How two amounts relate, and the outputs they are for: "4× fewer, for 4× fewer outputs".
            translated("{ratio}, for {others} outputs", ratio=one, others=others) if one and others else one
            for one, others in zip(found, outputs, strict=True)
        )


def facts_of(layers: Sequence[Layer | Chain]) -> tuple[Fact, ...]:
    """Return parameters, multiplications and receptive fields of layers.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> [fact.ratios[1] for fact in facts_of([Conv(8, 5), Chain([Conv(8, 3), Conv(6, 3)])])]
    ['28 % fewer', '17 % more', '']
    """
    stages = [one.layers if isinstance(one, Chain) else (one,) for one in layers]
    return (
        Fact(message("parameters"), tuple(_total(row, [one.parameters for one in row]) for row in stages)),
        Fact(
            message("multiplications"),
            tuple(_total(row, [one.multiplications for one in row]) for row in stages),
            heading=message("multiplications in all"),
            outputs=tuple(prod(one.output_size) * one.grouping.out_channels for one in layers),
        ),
        Fact(
            message("receptive field"),
            tuple(_field(one.receptive_field) for one in layers),
            heading=message("receptive field, in cells"),
            is_size=True,
        ),
    )


def told_of_padding(layers: Sequence[Layer | Chain]) -> tuple[str, ...]:
    """Return the phrase that multiplications by the zeros of padding are counted, where there are any."""
    every = chain.from_iterable(one.layers if isinstance(one, Chain) else (one,) for one in layers)
    return (translated("multiplications with padding are counted too"),) if any(map(_multiplies_padding, every)) else ()


def _multiplies_padding(layer: Layer) -> bool:
    """Return whether the multiplications of a layer are counted with those by the zeros of its padding."""
    is_padded = layer.options.get("padding_mode", "zeros") == "zeros" and any(map(any, layer.padding))
    # Padding of a transposed layer takes cells away, and a sparse one reads only active cells.
    every = prod(layer.output_size) * prod(layer.weight_size)
    return is_padded and layer.is_weighted and not layer.transposes and layer.multiplications == every


def ratio(number: int, first: int, is_size: bool = False) -> str:
    """Return how a number, or a size, relates to another, in words; nothing where they are equal or one is 0.

    Examples
    --------
    >>> ratio(656, 4608), ratio(25, 9), ratio(18, 25), ratio(9, 9)
    ('7.0× fewer', '2.8× as many', '28 % fewer', '')
    >>> ratio(25, 9, is_size=True), ratio(18, 25, is_size=True)
    ('2.8× as large', '28 % smaller')
    """
    if number == first or not number or not first:
        return ""
    times = max(number, first) / min(number, first)
    if times >= _LEAST_TIMES:
        return translated(_TIMES[is_size][number > first], times=_times(times))
    # Translators: Stands for a number below 1 in "under 1 % more".
    percent = round(100 * abs(number - first) / first) or translated("under 1")
    return translated(_PERCENT[is_size][number > first], number=percent)


def titles_of(layers: Sequence[Layer | Chain], methods: Sequence[str]) -> tuple[str, ...]:
    """Return what layers are called so that they can be told apart: by what they are, else by what differs.

    Examples
    --------
    >>> from convanim.layers import Conv, MaxPool
    >>> titles_of([Conv(6, 3), Conv(6, 3, stride=2)], ["gather", "gather"])
    ('convolution, stride 1', 'convolution, stride 2')
    """
    names = [_name(layer) for layer in layers]
    full = [name_in_full(layer) if isinstance(layer, Layer) else _name(layer) for layer in layers]
    told = [
        (
            *(settings(layer) if isinstance(layer, Layer) else ()),
            *([translated(method)] if len(set(methods)) > 1 else []),
        )
        for layer, method in zip(layers, methods, strict=True)
    ]
    found = []
    for name, own, called in zip(names, told, full, strict=True):
        likes = [phrases for other, phrases in zip(names, told, strict=True) if other == name]
        differing = [phrase for phrase in own if not all(phrase in phrases for phrases in likes)]
        found.append(translated_in("in a list", ", ").join([called, *differing]))
    return tuple(found)


def table(titles: Sequence[str], layers: Sequence[Layer | Chain]) -> str:
    """Return what layers cost and see in lines of text: a column each, and how each relates to the first."""
    rows = [("", *titles)]
    for fact in facts_of(layers):
        cells = zip(fact.amounts, fact.ratios, strict=True)
        told = [(f"{amount.said} {amount.sum}".strip(), f"({ratio})" if ratio else "") for amount, ratio in cells]
        rows.append((translated(fact.name), *(" ".join(filter(None, each)) for each in told)))
    rows.append((translated("output size"), *(size(layer.output_size) for layer in layers)))
    wide = [max(map(columns, column)) + 2 for column in zip(*rows, strict=True)]
    lines = (
        "".join(cell + " " * (own - columns(cell)) for cell, own in zip(row, wide, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def facts_to_dict(titles: Sequence[str], layers: Sequence[Layer | Chain]) -> dict[str, Any]:
    """Return what layers cost and see in plain lists and numbers, ready for JSON.

    Returns
    -------
    dict
        ``compared``: of each its ``title``, ``parameters``,
        ``multiplications``, ``receptive_field``, ``input_size``,
        ``output_size`` and ``ratio``, its amounts as multiples of those of the
        first, None where that has none.
    """
    facts = facts_of(layers)
    told = []
    for number, (title, layer) in enumerate(zip(titles, layers, strict=True)):
        ratios = {
            fact.name.replace(" ", "_"): fact.amounts[number].number / first
            if (first := fact.amounts[0].number)
            else None
            for fact in facts
        }
        told.append(
            {
                "title": title,
                "parameters": layer.parameters,
                "multiplications": layer.multiplications,
                "receptive_field": list(layer.receptive_field),
                "input_size": list(layer.input_size),
                "output_size": list(layer.output_size),
                "ratio": ratios,
            }
        )
    return {"compared": told}


def _name(layer: Layer | Chain) -> str:
    if isinstance(layer, Layer) or layer.title != Chain.title:
        return layer.called if isinstance(layer, Layer) else translated(layer.title)
    if len(layer.layers) > _MOST_NAMED:
        return translated("chain of {count} layers", count=len(layer.layers))
    first, *others = (
        f"{layer_title(one)} {size(one.kernel_size)}" if "kernel_size" in one.options else layer_title(one)
        for one in layer.layers
    )
    for other in others:
        first = translated("{what}, then {next}", what=first, next=other)
    return first


def _times(times: float) -> str:
    """Return a factor with as many digits as one can use: all it has, if those are at most two decimals."""
    if times >= 10 or times.is_integer():
        return f"{times:,.0f}"
    return f"{times:g}" if (100 * times).is_integer() else f"{floor(10 * times + 0.5) / 10:.1f}"


def _total(layers: Sequence[Layer], parts: list[int]) -> Amount:
    total = sum(parts)
    said = thousands(total) if total else translated("none")
    counting = [(part, layer_kind(layer)) for layer, part in zip(layers, parts, strict=True) if part]
    if len(counting) < 2:
        return Amount(total, said)
    return Amount(total, said, *map(tuple, zip(*counting, strict=True)))


def _field(size: tuple[int, ...]) -> Amount:
    cells, sides = thousands(prod(size)), "×".join(map(thousands, size))
    # Bars are as long as there are cells, which their sides alone do not tell.
    return Amount(prod(size), sides if len(size) == 1 else f"{sides} = {cells}")
