"""Layers in sequence that are drawn as one, with only their input and their output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from convanim.base.language import counted, message
from convanim.base.records import dataclass
from convanim.layers.axis import Axis
from convanim.layers.base import Layer
from convanim.layers.grouping import Grouping
from convanim.layers.rules import SEVERAL, Rule

MOST_SHOWN = 8
"""The largest number of layers of a chain that are all shown."""

_FIRST, _LAST = 3, 2
"""How many layers are shown at each end of a longer chain."""

Of = TypeVar("Of")


def parted(found: Sequence[Of]) -> tuple[Sequence[Of], Sequence[Of], Sequence[Of]]:
    """Split the items of a chain's layers in three; the middle part, empty in short chains, is not shown.

    Examples
    --------
    >>> parted("abc"), parted("abcdefghi")
    (('abc', '', ''), ('abc', 'defg', 'hi'))
    """
    first, last = (_FIRST, len(found) - _LAST) if len(found) > MOST_SHOWN else (len(found), len(found))
    return found[:first], found[first:last], found[last:]


@dataclass(frozen=True, init=False)
class Several(Layer):
    """Layers in sequence, as one layer.

    Parameters
    ----------
    layers : sequence of Layer
        At least one, in order.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> Several([Conv(7, 3), Conv(5, 3)]).output_size
    (3, 3)
    """

    operation: ClassVar[str] = "several"
    title: ClassVar[str] = message("several layers")
    rule: ClassVar[Rule] = SEVERAL
    is_weighted: ClassVar[bool] = False

    layers: tuple[Layer, ...]

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._set_sizes(layers[0].input_size, 1, 1)
        self._set(padding=((0, 0),) * self.dims, layers=tuple(layers))

    @property
    def called_briefly(self) -> str:
        """How many layers it stands for."""
        return counted("{count} more layer", "{count} more layers", len(self.layers))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the plain input."""
        return tuple(Axis(n, 1) for n in self.input_size)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the last layer's output, per axis."""
        return self.layers[-1].output_size

    @property
    def has_channels(self) -> bool:
        """Whether any of the layers has channels."""
        return any(layer.has_channels for layer in self.layers)

    @property
    def grouping(self) -> Grouping:
        """The channels of the first input and of the last output, as if all were connected."""
        return Grouping(self.layers[0].grouping.in_channels, self.layers[-1].grouping.out_channels)
