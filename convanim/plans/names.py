"""What the input, the kernel and the output of a plan are called in pictures and sentences."""

from __future__ import annotations

from dataclasses import field

from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.layers import Grouping


@dataclass(frozen=True)
class Named:
    """The name of a tensor or of kernels.

    Attributes
    ----------
    words : str
        A message that is its name, to which a number may be added.
    letter : str
        The letter of its cells.
    role : str
        Whose colour its cells have: ``"input"``, ``"output"`` or ``"intermediate"``.
    numbers : tuple of str
        What stands for each channel behind the words; its number by default.
    is_exchanged : bool
        Of kernels: whether the channels that they read are their outputs in
        the layer whose gradient is made.
    many : str
        A message that is the name of several.
    indices : tuple of tuple of int
        What the letters of each channel's cells bear before their place; by
        default the numbers that tell it from the others.
    """

    words: str
    letter: str
    role: str = "intermediate"
    numbers: tuple[str, ...] = ()
    is_exchanged: bool = False
    many: str = ""
    indices: tuple[tuple[int, ...], ...] = field(default=(), repr=False)

    @property
    def called(self) -> str:
        """The name in the language that is spoken."""
        return translated(self.words)

    @property
    def several(self) -> str:
        """The name of several in the language that is spoken."""
        return translated(self.many) if self.many else self.called

    def of(self, channel: int) -> str:
        """Return the name of a channel."""
        return self._numbered(self.numbers[channel] if self.numbers else str(channel + 1))

    def of_pair(self, out: int, one: int, grouping: Grouping) -> tuple[str, ...]:
        """Return the name of the kernel of an output channel, and if it has several slices, what one of them is for."""
        if self.is_exchanged:
            forward = grouping.exchanged
            name = self.called if forward.out_channels == 1 else self._numbered(str(one + 1))
            return (name,) if forward.inputs_a_group == 1 else (name, _slice_of(out))
        name = self.called if grouping.out_channels == 1 and not self.numbers else self.of(out)
        if grouping.out_channels > 1 and not self.numbers:
            # Translators: A kernel that stands alone, of several: "kernel 1 of 3".
            name = translated("{name} of {count}", name=name, count=str(grouping.out_channels))
        return (name,) if grouping.inputs_a_group == 1 else (name, _slice_of(one))

    def index_of(self, channel: int, count: int) -> tuple[int, ...]:
        """Return the numbers that the letters of a channel, of some count, bear before the place of a cell."""
        return self.indices[channel] if self.indices else (channel + 1,) * (count > 1)

    def index_of_pair(self, out: int, one: int, grouping: Grouping) -> tuple[int, ...]:
        """Return the numbers that the letters of a kernel's slice bear before the place of a weight."""
        if self.indices:
            return self.indices[out]
        return weight_index(one, out, grouping.exchanged) if self.is_exchanged else weight_index(out, one, grouping)

    def _numbered(self, number: str) -> str:
        # Translators: A channel of a tensor, or a kernel, and its number: "input 2".
        return translated("{name} {number}", name=self.called, number=number)


def weight_index(out: int, one: int, grouping: Grouping) -> tuple[int, ...]:
    """Return the number of a kernel where there are several, and of the input that a slice reads where it has several.

    Examples
    --------
    >>> weight_index(0, 1, Grouping(2, 3)), weight_index(0, 2, Grouping(3, 1)), weight_index(1, 1, Grouping(2, 2, 2))
    ((1, 2), (3,), (2,))
    """
    return (out + 1,) * (grouping.out_channels > 1) + (one + 1,) * (grouping.inputs_a_group > 1)


def _slice_of(one: int) -> str:
    """Return what the slice of a kernel that reads an input channel is for."""
    return translated("for input {numbers}", numbers=str(one + 1))


def of_input(kernel: str, one: int) -> str:
    """Return what the slice of a kernel is called that reads an input channel."""
    # Translators: A kernel or its number, and the number of the input channel that its slice reads.
    return translated("{kernel} for input {number}", kernel=kernel, number=str(one))


@dataclass(frozen=True)
class Names:
    """The names of what a plan begins with and ends in, and of the kernels of its stages."""

    input: Named = Named(message("input"), "x", "input", many=message("inputs"))
    kernel: Named = Named(message("kernel"), "w", many=message("kernels"))
    output: Named = Named(message("output"), "y", "output", many=message("outputs"))
    between: Named = Named("", "h")
    """What lies between two layers; it is called by the number of its layer where this has no words."""

    are_shown: bool = field(default=False, compare=False, repr=False)
    """Whether planes are named even where it would be plain without, since several pictures share some of them."""


USUAL_NAMES = Names()
"""What everything is called unless a plan has other names."""
