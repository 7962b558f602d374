"""The plan of a chain of layers with channels: each step with all that it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from convanim.layers import Chain
from convanim.views.former.channel_plan import ChannelPlan, ChannelStep, Needs
from convanim.views.former.gather import refuse_many_taps
from convanim.views.former.steps import Cell


@dataclass(frozen=True, eq=False)
class ChannelChainPlan:
    """A chain of layers with channels; a step is a cell of the last layer's output with all that it depends on.

    Attributes
    ----------
    chain : Chain
        What it is the plan of.
    plans : tuple of ChannelPlan
        One a layer.
    """

    kind: ClassVar[str] = "channel_chain"

    chain: Chain
    plans: tuple[ChannelPlan, ...]

    @property
    def layer(self) -> Chain:
        """What it is the plan of."""
        return self.chain

    @property
    def input_size(self) -> Cell:
        """Cells of each channel of the first layer's input, an axis."""
        return self.chain.input_size

    @property
    def output_size(self) -> Cell:
        """Cells of each channel of the last layer's output, an axis."""
        return self.chain.output_size

    @property
    def is_valued(self) -> bool:
        """Whether the plan has numbers."""
        return self.plans[0].is_valued

    def __len__(self) -> int:
        return len(self.plans[-1])

    def trace(self, step: ChannelStep) -> tuple[Needs, ...]:
        """Return what a step of the last layer depends on in each layer's input, from the first layer on."""
        channels: tuple[int, ...] = (step.out_channel,)
        made = tuple(step.own.writes[0][None].T)
        found: list[Needs] = []
        for plan in reversed(self.plans):
            found.append(plan.needs(channels, made))
            channels, made = found[-1].channels, found[-1].cells
        return tuple(reversed(found))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan in plain lists and numbers, ready for JSON.

        Returns
        -------
        dict
            ``operation`` (``"chain"``), ``input_size`` and ``output_size``,
            channels first, and ``layers``, the plan of each.

        Raises
        ------
        ConvanimError
            If a layer has too many taps.
        """
        refuse_many_taps(self.input_size, sum(plan.taps for plan in self.plans))
        grouping = self.chain.grouping
        return {
            "operation": "chain",
            "input_size": [grouping.in_channels, *self.input_size],
            "output_size": [grouping.out_channels, *self.output_size],
            "layers": [plan.to_dict() for plan in self.plans],
        }
