"""A layer in sentences: its size formula with the numbers in it, its costs, and its PyTorch line."""

from __future__ import annotations

from math import prod

from convanim.axis import Axis
from convanim.layers import ROWS_COLUMNS, ConvTranspose, Layer
from convanim.pytorch import pytorch_line
from convanim.wording import settings, size

_DROPPED = ", less 1, since the last window would start beyond the input and its first padding"


def explain(layer: Layer) -> str:
    """Return what a layer does, in lines of text.

    The size formula is that of PyTorch's documentation, which is the guide's
    (arXiv:1603.07285) with dilation; it is given once for all axes that agree.
    """
    facts = [
        *_formulas(layer),
        ("parameters", _parameters(layer)),
        ("multiplications", _multiplications(layer)),
        ("receptive field", f"{size(layer.receptive_field)} {_cells(prod(layer.receptive_field))} of the input"),
        ("never read", _never_read(layer)),
        ("PyTorch", pytorch_line(layer)),
    ]
    head = f"{layer.title}  {size(layer.input_size)} → {size(layer.output_size)}"
    width = max(len(name) for name, _ in facts) + 2
    body = [f"{name.ljust(width)}{said}" for name, said in facts]
    return "\n".join([head, " · ".join(settings(layer)), "", *body])


def _formulas(layer: Layer) -> list[tuple[str, str]]:
    """Return the formula and its lines with numbers, one for each axis that differs."""
    uneven = any(low != high for low, high in layer.padding)
    lines = [_with_numbers(layer, number, uneven) for number in range(layer.dims)]
    names = ROWS_COLUMNS[layer.dims] if len(set(lines)) > 1 else ("",)
    filled = [("", f"= {line} {name}".rstrip()) for name, line in zip(names, lines, strict=False)]
    return [("output size", _formula(layer, uneven)), *filled]


def _formula(layer: Layer, uneven: bool) -> str:
    if isinstance(layer, ConvTranspose):
        padding = "p_low − p_high" if uneven else "2·p"
        return f"(n − 1)·s − {padding} + d·(k − 1) + a + 1"
    padding = "p_low + p_high" if uneven else "2·p"
    left, right = _brackets(layer.axes[0])
    return f"{left}(n + {padding} − d·(k − 1) − 1) / s{right} + 1"


def _with_numbers(layer: Layer, number: int, uneven: bool) -> str:
    axis = layer.axes[number]
    low, high = layer.padding[number]
    span = f"{axis.dilation}·({axis.kernel} − 1)"
    if isinstance(layer, ConvTranspose):
        padding = f"{low} − {high}" if uneven else f"2·{low}"
        added = layer.output_padding[number]
        return f"({axis.size} − 1)·{axis.spacing} − {padding} + {span} + {added} + 1 = {axis.output}"
    padding = f"{low} + {high}" if uneven else f"2·{low}"
    left, right = _brackets(axis)
    dropped = _DROPPED if _drops(axis) else ""
    return f"{left}({axis.size} + {padding} − {span} − 1) / {axis.stride}{right} + 1 = {axis.output}{dropped}"


def _brackets(axis: Axis) -> tuple[str, str]:
    return ("⌈", "⌉") if axis.ceil_mode else ("⌊", "⌋")


def _drops(axis: Axis) -> bool:
    """Return whether the ceiling would give one window more than there is."""
    return axis.ceil_mode and axis.output < -(-(axis.extent - axis.reach) // axis.stride) + 1


def _parameters(layer: Layer) -> str:
    if not layer.parameters:
        return "none"
    product = f" = {'·'.join(map(str, layer.kernel_size))}" if layer.dims > 1 else ""
    return f"{layer.parameters}{product}, and 1 more with a bias"


def _multiplications(layer: Layer) -> str:
    if not layer.multiplications:
        return "none"
    cells = prod(layer.input_size) if isinstance(layer, ConvTranspose) else prod(layer.output_size)
    side = "input" if isinstance(layer, ConvTranspose) else "output"
    return f"{layer.multiplications} = {cells} {side} {_cells(cells)} · {layer.parameters} weights"


def _never_read(layer: Layer) -> str:
    """Return which input cells and how many no window reads."""
    missed = [axis.unread() for axis in layer.axes]
    total = prod(layer.input_size)
    unread = total - prod(n - len(lost) for n, lost in zip(layer.input_size, missed, strict=True))
    if not unread:
        return "nothing: every input cell counts"
    places = [f"{name} {_ranges(lost)}" for name, lost in zip(ROWS_COLUMNS[layer.dims], missed, strict=True) if lost]
    return f"{unread} of {total} input cells: {', '.join(places)} (counted from 0)"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Return ascending numbers with neighbours joined: ``0, 4–6``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return ", ".join(told if len(told) <= 6 else [*told[:5], "…", told[-1]])


def _cells(count: int) -> str:
    return "cell" if count == 1 else "cells"
