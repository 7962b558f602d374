"""What convolutions and transposed convolutions share: channels, groups, a bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convanim.base.options import flag
from convanim.layers.base import Layer, Phrases
from convanim.layers.grouping import Grouping, grouping


@dataclass(frozen=True, init=False)
class Weighted(Layer):
    """A layer that learns: every output channel has a kernel of its own.

    Attributes
    ----------
    in_channels, out_channels, groups : int
        The groups divide both.
    bias : bool
        Whether a number is added to each output channel.
    inputs_lead : bool
        Whether weights are stored by input channel first.
    """

    inputs_lead: ClassVar[bool] = False

    in_channels: int
    out_channels: int
    groups: int
    bias: bool

    def sentence(self, say: Phrases) -> str:
        """Return what happens in its animation."""
        named = "" if say.name == "convolution" else f"a {say.name}: "
        return f"{named}{say.sliding()} {say.input()} with {say.settings('no padding')}; {say.making}"

    @property
    def grouping(self) -> Grouping:
        """The channels of input and output, and how they meet."""
        return Grouping(self.in_channels, self.out_channels, self.groups)

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one plane before or after, or a bias, which is one of a channel."""
        return self.bias or not self.grouping.is_single

    @property
    def weight_size(self) -> tuple[int, ...]:
        """The shape of the weights as PyTorch stores them: output channels, input channels a group, the kernel."""
        return (self.out_channels, self.grouping.inputs_a_group, *self.kernel_size)

    @property
    def bias_size(self) -> int:
        """How many biases there are."""
        return self.out_channels if self.bias else 0

    def _set_channels(self, in_channels: int, out_channels: int, groups: int, bias: bool) -> None:
        found = grouping(in_channels, out_channels, groups)
        self._set(
            in_channels=found.in_channels,
            out_channels=found.out_channels,
            groups=found.groups,
            bias=flag("bias", bias),
        )
