"""What the input, the kernel and the output of a plan are called in pictures and sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """The name of a tensor or of kernels.

    Attributes
    ----------
    words : str
        Its name, to which a number may be added.
    letter : str
        The letter of its cells.
    role : str
        Whose colour its cells have: ``"input"``, ``"output"`` or ``"intermediate"``.
    """

    words: str
    letter: str
    role: str = "intermediate"


@dataclass(frozen=True)
class Names:
    """The names of what a plan begins with and ends in, and of the kernels of its stages."""

    input: Named = Named("input", "x", "input")
    kernel: Named = Named("kernel", "w")
    output: Named = Named("output", "y", "output")
    between: Named = Named("", "h")
    """What lies between two layers; it is called by the number of its layer where this has no words."""


USUAL_NAMES = Names()
"""What everything is called unless a plan has other names."""
