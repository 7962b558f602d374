"""The base class of layers that treat each channel by itself, all in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from convanim.base.records import dataclass
from convanim.layers.base import Layer
from convanim.layers.grouping import Grouping


@dataclass(frozen=True, init=False)
class PerChannel(Layer):
    """A layer without weights whose output channels each come from an input channel."""

    is_weighted: ClassVar[bool] = False

    channels: int

    @classmethod
    def fed(cls, channels: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the parameters that follow from the number of input channels."""
        return {"channels": channels, **parameters}

    @property
    def grouping(self) -> Grouping:
        """The channels of input and output; each is treated separately."""
        return Grouping(self.channels, self.channels, self.channels)
