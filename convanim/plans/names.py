"""What the input, the kernel and the output of a plan are called in pictures and sentences."""

from __future__ import annotations

from collections.abc import Iterable
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
    numbers : tuple of str
        What stands for each channel behind the words; its number by default.
    is_exchanged : bool
        Of kernels: whether the channels that they read are their outputs in
        the layer whose gradient is made.
    """

    words: str
    letter: str
    role: str = "intermediate"
    numbers: tuple[str, ...] = ()
    is_exchanged: bool = False

    def of(self, channel: int) -> str:
        """Return the name of a channel."""
        return f"{self.words} {self.numbers[channel] if self.numbers else channel + 1}"

    def of_pair(self, out: int, one: int) -> str:
        """Return the name of the slice of a kernel between an output and an input channel."""
        return f"{self.words} {one + 1} · input {out + 1}" if self.is_exchanged else self.of(out)

    def among(self, pairs: Iterable[tuple[int, int]]) -> set[str]:
        """Return names as long as those of the slices between pairs of channels, or longer."""
        return {self.of_pair(*pair) for pair in pairs} if self.is_exchanged else {f"{self.words} 00"}


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
