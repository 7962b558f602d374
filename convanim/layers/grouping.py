"""Channels: how many a layer has, and how groups connect them."""

from __future__ import annotations

from math import gcd

from convanim.base.errors import ConvanimError
from convanim.base.options import LIMIT, refuse_beyond, whole
from convanim.base.records import dataclass


@dataclass(frozen=True)
class Grouping:
    """How the channels of an input are connected to those of an output.

    Channels are connected only within their group, as in PyTorch: the first
    group takes the first inputs and makes the first outputs.

    Attributes
    ----------
    in_channels, out_channels : int
        Number of channels of the input and of the output.
    groups : int
        Number of groups, which divides both.
    """

    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1

    @property
    def is_single(self) -> bool:
        """Whether input and output have a single channel each."""
        return self.in_channels == self.out_channels == 1

    @property
    def inputs_a_group(self) -> int:
        """Number of input channels of a group."""
        return self.in_channels // self.groups

    @property
    def outputs_a_group(self) -> int:
        """Number of output channels of a group."""
        return self.out_channels // self.groups

    @property
    def is_depthwise(self) -> bool:
        """Whether each channel, of the input and of the output, is a group of its own."""
        return self.inputs_a_group == self.outputs_a_group == 1 < self.groups

    @property
    def exchanged(self) -> Grouping:
        """The grouping of the way back: inputs and outputs exchanged."""
        return Grouping(self.out_channels, self.in_channels, self.groups)

    def group_of(self, out_channel: int) -> int:
        """Return the group that makes an output channel."""
        return out_channel // self.outputs_a_group

    def inputs_of(self, out_channel: int) -> range:
        """Return the input channels that an output channel depends on."""
        first = self.group_of(out_channel) * self.inputs_a_group
        return range(first, first + self.inputs_a_group)

    def outputs_of(self, in_channel: int) -> range:
        """Return the output channels that depend on an input channel."""
        return self.exchanged.inputs_of(in_channel)


def count(option: str, value: object) -> int:
    """Return a number of channels or groups if it is valid.

    Raises
    ------
    ConvanimError
        If it is not a whole number from 1 to `LIMIT`.
    """
    number = whole(option, value)
    refuse_beyond(option, [number], 1)
    return number


def grouping(in_channels: object, out_channels: object, groups: object) -> Grouping:
    """Return channels and groups if they are valid.

    Raises
    ------
    ConvanimError
        If a number is invalid, or the groups do not divide the channels, as PyTorch requires.
    """
    found = Grouping(count("in_channels", in_channels), count("out_channels", out_channels), count("groups", groups))
    for option, channels in (("in_channels", found.in_channels), ("out_channels", found.out_channels)):
        if channels % found.groups:
            both = gcd(found.in_channels, found.out_channels)
            nearest = min((n for n in range(1, both + 1) if not both % n), key=lambda n: abs(n - found.groups))
            more = -(-channels // found.groups) * found.groups
            is_only = option == "out_channels" or not found.out_channels % found.groups
            ways = [f"`{option}={more}`"] if is_only and more <= LIMIT else []
            raise ConvanimError(
                option,
                channels,
                f"must be a multiple of `groups` ({found.groups})",
                ways=(*ways, f"`groups={nearest}`"),
            )
    return found
