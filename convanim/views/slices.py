"""What the depth slices of a layer with three axes are called."""

from __future__ import annotations

from convanim.axis import Kind
from convanim.plans import Grid

_NAMES = {
    Kind.INSERTED: "zeros",
    Kind.PADDING: "padding",
    Kind.SURPLUS: "output padding",
    Kind.OVERHANG: "beyond the input",
}


def slice_names(grid: Grid) -> list[str]:
    """Return what the depth slices of a grid are called."""
    return [
        _NAMES.get(Kind(kind), f"{'copy of ' if kind == Kind.COPY else ''}slice {source + 1}")
        for kind, source in zip(grid.kind.min(axis=(1, 2)).tolist(), grid.source[0].tolist(), strict=True)
    ]
