"""The base class of convolutions and transposed convolutions: channels, groups and a bias."""

from __future__ import annotations

from typing import ClassVar

from convanim.base.language import translated
from convanim.base.options import flag
from convanim.base.records import dataclass
from convanim.layers.base import Layer
from convanim.layers.grouping import Grouping, grouping
from convanim.layers.phrases import Phrases


@dataclass(frozen=True, init=False)
class Weighted(Layer):
    """A layer with learned weights: every output channel has its own kernel.

    Attributes
    ----------
    in_channels, out_channels, groups : int
        Numbers of channels and groups; ``groups`` divides both others.
    bias : bool
        Whether a number is added to each output channel.
    inputs_lead : bool
        Whether the first axis of the weights is the input channel.
    """

    inputs_lead: ClassVar[bool] = False

    in_channels: int
    out_channels: int
    groups: int
    bias: bool

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        return self.told(say, say.slides(say.input()))

    def told(self, say: Phrases, slides: str) -> str:
        """Return a sentence about what the animation shows, given the words for what slides."""
        what = translated("{what} with {settings}", what=slides, settings=say.settings(translated("no padding")))
        if not say.is_plain:
            # Translators: The name of a kind of layer, at the beginning of a sentence about it.
            what = translated("a {name}: {what}", name=say.name, what=what)
        return say.clauses(what, say.making)

    @property
    def grouping(self) -> Grouping:
        """The channels of input and output, and how they are connected."""
        return Grouping(self.in_channels, self.out_channels, self.groups)

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one input or output channel, or a bias."""
        return self.bias or not self.grouping.is_single

    @property
    def weight_size(self) -> tuple[int, ...]:
        """The shape of the weights as PyTorch stores them: output channels, input channels per group, kernel."""
        return (self.out_channels, self.grouping.inputs_a_group, *self.kernel_size)

    @property
    def bias_size(self) -> int:
        """Number of biases."""
        return self.out_channels if self.bias else 0

    def _set_channels(self, in_channels: int, out_channels: int, groups: int, bias: bool) -> None:
        found = grouping(in_channels, out_channels, groups)
        self._set(
            in_channels=found.in_channels,
            out_channels=found.out_channels,
            groups=found.groups,
            bias=flag("bias", bias),
        )
