"""Where counting begins: steps and cells along an axis at 0, as in code; whatever bears its number as a name, at 1.

Rows, columns and slices count cells along an axis. Names are those of
channels, kernels, layers and groups: ``input 1`` is the first channel, and
``row 0`` its first row. Only the indices of letters begin at 1, as in
formulas, x₁₁ being the first cell of its matrix, and with them whatever else
a picture with letters counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from convanim.base.language import message, translated

FIRST_CELL = 0
"""The number of the first step, and of the first cell along an axis."""

FIRST_INDEX = 1
"""The index of the first cell along an axis where cells bear letters."""

_PLACES = {
    # Translators: A cell of a tensor by its number on the only axis: "output 2".
    1: message("{name} {place}"),
    # Translators: A cell of a tensor by its numbers on each axis: "output (0, 2)".
    2: message("{name} ({place})"),
}


def place_of(name: str, cell: Sequence[int], first: int = FIRST_CELL) -> str:
    """Return what one cell of a tensor is called, given the number of the first.

    Examples
    --------
    >>> place_of("output", (2,)), place_of("output", (0, 2))
    ('output 2', 'output (0, 2)')
    """
    numbers = ", ".join(str(at + first) for at in cell)
    return translated(_PLACES[min(len(cell), 2)], name=name, place=numbers)
