"""Whether shapes go together, as in a model that is given another size than it was made for, and what is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from convanim.frameworks.models.field_rules import BROADCAST, FAILURES
from convanim.frameworks.models.graph import Dims, Given, Node, asked, first_of, shown
from convanim.words.layer_names import size


def misfit(node: Node, given: Given) -> str:
    """Return how what goes into an operation does not go together, nothing where it does or is not known.

    Parameters
    ----------
    node : Node
        The operation.
    given : sequence of Tensor or None
        What goes in.
    """
    if node.domain or node.operation not in _CHECKS:
        return ""
    try:
        found = _CHECKS[node.operation](node, given)
    except FAILURES:
        return ""
    return found and f"{shown(node.called)} {shown(node.name or node.outputs[0])} {found}"


def _reshape(node: Node, given: Given) -> str:
    before = first_of(given).dims
    wanted = asked(node, given, "shape", 1) or []
    if not node.attributes.get("allowzero"):
        wanted = [n or before[axis] for axis, n in enumerate(wanted)]
    known = prod(n for n in wanted if n != -1)
    fits = bool(known) and prod(before) % known == 0 if -1 in wanted else prod(before) == known
    return "" if fits else f"makes {'×'.join('?' if n == -1 else str(n) for n in wanted)} of {size(before)}"


def _gemm(node: Node, given: Given) -> str:
    left, right = first_of(given).dims, first_of(given, 1).dims
    held = node.attributes
    return _takes(right[1 if held.get("transB") else 0], left[0 if held.get("transA") else 1])


def _product(node: Node, given: Given) -> str:
    left, right = first_of(given).dims, first_of(given, 3 if node.operation == "QLinearMatMul" else 1).dims
    return _takes(right[-2] if len(right) > 1 else right[0], left[-1])


def _takes(taken: int, given: int) -> str:
    return "" if taken == given else f"takes {taken:,} numbers and is given {given:,}"


def _met(node: Node, given: Given) -> str:
    shapes = [first_of(given, place).dims for place in range(len(given))]
    if "broadcast" in node.attributes:
        return ""
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return _beside(shapes)
    return ""


def _joined(node: Node, given: Given) -> str:
    shapes = [first_of(given, place).dims for place in range(len(given))]
    axis = range(len(shapes[0]))[node.attributes.get("axis", 1)]
    return "" if len({(*dims[:axis], *dims[axis + 1 :]) for dims in shapes}) == 1 else _beside(shapes)


def _beside(shapes: list[Dims]) -> str:
    return f"is given {' and '.join(map(size, shapes[:3]))}"


_CHECKS: Mapping[str, Callable[[Node, Given], str]] = {
    # Slopes of a PRelu were once one a channel, whatever the axes.
    **dict.fromkeys(BROADCAST - {"PRelu"}, _met),
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul"), _product),
    "Reshape": _reshape,
    "Gemm": _gemm,
    "Concat": _joined,
}


def doubt(node: Node, given: Given, made: Given) -> str:
    """Return where ONNX and a program that runs a model make different sizes, nothing where they agree.

    Parameters
    ----------
    node : Node
        The operation.
    given, made : sequence of Tensor or None
        What goes in and comes out.
    """
    held = node.attributes
    if node.domain or not str(held.get("auto_pad", "")).startswith("SAME"):
        return ""
    try:
        if node.operation == "ConvTranspose":
            before, after = first_of(given).dims[2:], first_of(made).dims[2:]
            strides = held.get("strides", [1] * len(before))
            is_short = any(m < n * step for n, m, step in zip(before, after, strides, strict=True))
            return _SHORT if is_short and not held.get("output_shape") else ""
        return _DILATED if any(one > 1 for one in held.get("dilations", [])) else ""
    except FAILURES:
        return ""


_SHORT = (
    "sizes are those of ONNX Runtime where auto_pad meets a kernel shorter than its stride; ONNX asks for more cells"
)
_DILATED = "sizes are those that ONNX asks for where auto_pad meets dilations; ONNX Runtime makes fewer cells"
