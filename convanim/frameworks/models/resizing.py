"""What a Resize or an Upsample of ONNX says: by how much each axis becomes larger, and how cells align and round."""

from __future__ import annotations

from fractions import Fraction

from convanim.frameworks.models.graph import Given, Node, Tensor, first_of
from convanim.frameworks.onnx_resize import OLD_COORDINATES, OLD_ROUNDING, USUAL_COORDINATES, USUAL_ROUNDING


def scales_of(node: Node, given: Given) -> list[Fraction] | None:
    """Return by how much a Resize or an Upsample makes each axis larger, None where only sizes say it.

    Raises
    ------
    ArithmeticError, LookupError, TypeError, ValueError
        If that is not known.
    """
    dims, held = first_of(given).dims, node.attributes
    place = 1 if _is_old(node) else 2
    scales = given[place] if len(given) > place else None
    if "scales" in held:
        written = held["scales"]
    elif "height_scale" in held:
        written = [1, 1, held["height_scale"], held["width_scale"]]
    elif scales is not None and scales.numbers is not None and scales.numbers.size:
        written = scales.numbers.reshape(-1).tolist()
    else:
        return None
    axes = [range(len(dims))[axis] for axis in held.get("axes") or range(len(dims))]
    found = [Fraction(1)] * len(dims)
    for axis, scale in zip(axes, written, strict=True):
        found[axis] = Fraction(scale)
    return found


def factors(node: Node, given: Given, made: Tensor) -> list[Fraction]:
    """Return by how much a Resize or an Upsample makes each axis larger, batch and channels included.

    Raises
    ------
    ArithmeticError, LookupError, TypeError, ValueError
        If that is not known.
    """
    pairs = zip(first_of(given).dims, made.dims, strict=True)
    return scales_of(node, given) or [Fraction(after, before) for before, after in pairs]


def _is_old(node: Node) -> bool:
    """Return whether a change of size is of the time before its alignment could be said."""
    return node.operation == "Upsample" or len(node.inputs) == 2


def alignment(node: Node) -> dict[str, str]:
    """Return how a Resize or an Upsample aligns and rounds, by ONNX's names."""
    usual = (OLD_COORDINATES, OLD_ROUNDING) if _is_old(node) else (USUAL_COORDINATES, USUAL_ROUNDING)
    names = ("coordinate_transformation_mode", "nearest_mode")
    return {name: node.attributes.get(name, own) for name, own in zip(names, usual, strict=True)}
