"""Tints: the colours that tell the channels, or the blocks of cells, of one tensor apart."""

from __future__ import annotations

TINTS = 9
"""How many tints every theme has."""


def tint(number: int) -> str:
    """Return the role of the cells with a number; after as many numbers as there are tints, they begin anew."""
    return f"tint_{number % TINTS}"
