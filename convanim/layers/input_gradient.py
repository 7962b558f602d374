"""The gradient of the input of a layer without weights: every input cell adds up what its outputs return."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from convanim.base.language import message, translated
from convanim.base.records import dataclass
from convanim.layers.axis import Axis
from convanim.layers.base import Layer, Source
from convanim.layers.grouping import Grouping
from convanim.layers.phrases import Phrases
from convanim.layers.rearrange import Place
from convanim.layers.rules import COPY

Routes = Mapping[Place, Mapping[Place, float]]
"""For each input cell of a layer, the output cells that it counts in, and with which factor."""

_WORDS = {
    "max": (
        # Translators: What happens to a gradient on its way back, in a word: routed, shared out, added up, passed back.
        message("routed"),
        message("the output gradient goes to the winner of each window"),
        message("the output gradient goes to the winner of each window; what a cell won in several is added"),
    ),
    "mean": (
        message("shared out"),
        message("each window shares out its output gradient evenly"),
        message("each window shares out its output gradient evenly; cells of several windows add up their shares"),
    ),
    "copy": (
        message("added up"),
        message("each cell gets the output gradient of its copy"),
        message("each cell gets the output gradients of all its copies, added up"),
    ),
}
"""By the rule of a layer, what happens to a gradient: in a word, in a sentence, and where cells count in several."""

_USUAL = (
    message("passed back"),
    message("each cell gets the output gradient that it counts in, times its factor"),
    message("each cell gets the output gradients that it counts in, each times its factor, added up"),
)


@dataclass(frozen=True, init=False, eq=False)
class InputGradient(Layer):
    """The gradient of a layer's input, made of that of its output.

    Where an output cell is y = Σ f·x, an input cell gets Σ f·∂y from the
    outputs that it counts in: the transpose of the layer.

    Parameters
    ----------
    of : Layer
        The layer.
    routes : mapping
        For each channel and cell of its input, the channels and cells of its
        output with the factor of each. Cells that count nowhere may be left out.
    input_size : tuple of int, optional
        Size of the gradient that is passed back; that of the layer's output by default.
    grouping : Grouping, optional
        Channels of that gradient and of the result; those of the layer exchanged by default.
    """

    operation: ClassVar[str] = "input_gradient"
    title: ClassVar[str] = message("gradient of the input")
    short_title: ClassVar[str] = message("passed back")
    is_weighted: ClassVar[bool] = False
    leaves_zeros: ClassVar[bool] = True

    of: Layer
    routes: Routes
    exchanged: Grouping
    taken: str

    def __init__(
        self, of: Layer, routes: Routes, input_size: tuple[int, ...] | None = None, grouping: Grouping | None = None
    ) -> None:
        self._set_sizes(of.output_size if input_size is None else input_size, 1, 1)
        taken = of.combining.name if input_size is None else COPY.name
        self._set(
            padding=((0, 0),) * self.dims,
            short_title=_WORDS.get(taken, _USUAL)[0],
            of=of,
            routes=routes,
            exchanged=grouping or of.grouping.exchanged,
            taken=taken,
        )

    @property
    def happening(self) -> str:
        """What happens to the gradient, in a sentence without a full stop."""
        return translated(_WORDS.get(self.taken, _USUAL)[1 + (self.most_sources > 1)])

    @property
    def options(self) -> dict[str, object]:
        """The parameters by name: the name of the layer whose input it is."""
        return {"of": self.of.operation}

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the plain gradient of the output."""
        return tuple(Axis(n, 1) for n in self.input_size)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the layer's input, per axis."""
        return self.of.input_size

    @property
    def grouping(self) -> Grouping:
        """The channels of the layer, exchanged."""
        return self.exchanged

    @property
    def most_sources(self) -> int:
        """The most outputs that an input cell counts in."""
        return max(map(len, self.routes.values()), default=0)

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...]:
        """Return the cells of the output's gradient that a cell of the input's gradient takes."""
        return tuple((0, *place) for place in self.routes.get((channel, cell), ()))

    def factors(self, channel: int, cell: tuple[int, ...]) -> tuple[float, ...] | None:
        """Return the factor of each, or None if all are 1."""
        if self._is_plain:
            return None
        return tuple(self.routes.get((channel, cell), {}).values())

    @cached_property
    def _is_plain(self) -> bool:
        return all(factor == 1 for own in self.routes.values() for factor in own.values())

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """The largest span of output cells that an input cell counts in, per axis."""
        return tuple(self.field(number, 1) for number in range(self.dims))

    def field(self, number: int, outputs: int) -> int:
        """Return the largest span of cells that a cell takes along an axis, times ``outputs``."""
        spans = [
            max(places) - min(places) + 1
            for own in self.routes.values()
            if (places := [cell[number] for _, cell in own])
        ]
        return max(spans, default=0) * outputs

    def size_formula(self, number: int | None = None) -> str:
        """Return the size of the layer's input, with which its gradient agrees."""
        return translated("n, as the input") if number is None else str(self.of.input_size[number])

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        return translated(
            "{what}: {output} of {input}", what=self.happening, output=say.output, input=say.input("the ")
        )
