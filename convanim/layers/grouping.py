"""Channels: how many go in and come out, and which of them meet in groups."""

from __future__ import annotations

from dataclasses import dataclass

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, whole


@dataclass(frozen=True)
class Grouping:
    """How the channels of an input lead to those of an output.

    Channels of a group meet each other and no others, as in PyTorch: the
    first group takes the first inputs and makes the first outputs.

    Attributes
    ----------
    in_channels, out_channels : int
        Planes of the input and of the output.
    groups : int
        Divides both.
    """

    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1

    @property
    def is_single(self) -> bool:
        """Whether there is one plane only, before and after."""
        return self.in_channels == self.out_channels == 1

    @property
    def inputs_a_group(self) -> int:
        """Input channels that meet in a group."""
        return self.in_channels // self.groups

    @property
    def outputs_a_group(self) -> int:
        """Output channels that a group makes."""
        return self.out_channels // self.groups

    def group_of(self, out_channel: int) -> int:
        """Return which group makes an output channel."""
        return out_channel // self.outputs_a_group

    def inputs_of(self, out_channel: int) -> range:
        """Return the input channels that an output channel is made of."""
        first = self.group_of(out_channel) * self.inputs_a_group
        return range(first, first + self.inputs_a_group)


def count(option: str, value: object) -> int:
    """Return a number of channels or groups.

    Raises
    ------
    ConvanimError
        If it is not whole, or not from 1 to `LIMIT`.
    """
    number = whole(option, value)
    if not 1 <= number <= LIMIT:
        raise ConvanimError(option, number, f"must be between 1 and {LIMIT}")
    return number


def grouping(in_channels: object, out_channels: object, groups: object) -> Grouping:
    """Return checked channels in groups.

    Raises
    ------
    ConvanimError
        If a number is not right, or the groups do not divide the channels, which PyTorch refuses.
    """
    found = Grouping(count("in_channels", in_channels), count("out_channels", out_channels), count("groups", groups))
    for option, channels in (("in_channels", found.in_channels), ("out_channels", found.out_channels)):
        if channels % found.groups:
            shared = [n for n in range(1, min(channels, 64) + 1) if not channels % n]
            nearest = min(shared, key=lambda n: abs(n - found.groups))
            more = -(-channels // found.groups) * found.groups
            raise ConvanimError(
                option,
                channels,
                f"must be a multiple of `groups` ({found.groups}); use `{option}={more}` or `groups={nearest}`",
            )
    return found
