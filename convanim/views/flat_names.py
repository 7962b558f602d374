"""What the planes, channels, layers and settings of the flat view are called."""

from __future__ import annotations

from math import prod

from convanim.base.language import message, translated, translated_in
from convanim.base.options import short
from convanim.base.records import dataclass
from convanim.plans import USUAL_NAMES, Named, Stage, Windows
from convanim.views.naming import channel_name, ends_sized, kernels_in_chain, said_turned
from convanim.views.picture import Site
from convanim.views.sum_line import Summed
from convanim.words.layer_names import layer_title
from convanim.words.layer_names import size as size_words
from convanim.words.layer_settings import layer_lines, layer_notes

_SPREAD = (
    (message("spread by input dilation {value}: {size}"), message("spread by input dilation {value}, padded: {size}")),
    (message("spread by stride {value}: {size}"), message("spread by stride {value}, padded: {size}")),
)
"""What an input with inserted zeros is called, by whether its layer is a transposed one, and whether it is padded."""


@dataclass(frozen=True)
class FlatNames(Summed):
    """The names of the flat view, and what decides which are written."""

    @property
    def is_chain(self) -> bool:
        """Whether kernels stand between the planes."""
        return self.plan.is_chain

    @property
    def has_maps(self) -> bool:
        """Whether there are several channels or slices, each with a name."""
        return self.plan.has_channels or self.plan.dims == 3

    @property
    def is_lone(self) -> bool:
        """Whether this is one layer with one plane, over which a kernel moves that is drawn to its left."""
        return not (self.has_maps or self.is_chain or self.plan.last.is_stamped)

    @property
    def is_spread(self) -> bool:
        """Whether zeros are inserted into the input of a single layer."""
        return isinstance(self.plan.last, Windows) and any(axis.spacing > 1 for axis in self.plan.last.axes)

    @property
    def noted(self) -> tuple[str, ...]:
        """What is written below a single layer's kernel, or below its output: what that is, and the settings.

        A caption says the settings, too.
        """
        rule, output = self.plan.last.rule, self.plan.names.output.called
        what = rule.says(rule.heading if prod(self.plan.output_size) > 1 else rule.sign or rule.heading)
        is_said = self.plan.names == USUAL_NAMES and what != output
        return (*([what] if is_said else []), *(layer_notes(self.plan.last.layer) if self.look.has_notes else ()))

    def title(self, site: Site) -> tuple[str, str]:
        """Return the name of a site: its part in upright letters, and its part in italics."""
        if self.is_chain:
            return self.plan.named(site.tensor).called, ""
        stage, names, letter = self.plan.last, self.plan.names, self.symbol(self.plan.named(site.tensor))
        if site.tensor:
            return self._sized[1] if self.is_lone and not letter else names.output.called, letter
        if not isinstance(stage, Windows):
            return names.input.called, letter
        if self.is_spread:
            is_padded = any(axis.low > 0 or axis.high > 0 for axis in stage.axes)
            spread = _SPREAD["scatter" in stage.layer.methods][is_padded]
            apart = short([axis.spacing for axis in stage.axes]).replace("x", "×")
            said = translated(spread, value=apart, size=size_words(stage.grid.kind.shape))
            # A lone plane has its name beside it, without zeros.
            return said if self.is_lone else translated("{name}: {what}", name=names.input.called, what=said), ""
        return names.input.called if self.plan.has_channels or letter else self._sized[0], letter

    @property
    def _sized(self) -> list[str]:
        """The names of the input and the output of a single layer, with sizes where padding is drawn."""
        return [translated_in("in a list", ", ").join(lines) for lines in self.lines_sized]

    @property
    def lines_sized(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The lines of which these names are made: of the input's, the second is about its padding."""
        stage = self.plan.last
        drawn = stage.grid.kind.shape if isinstance(stage, Windows) else stage.input_size
        return ends_sized(self.plan, [drawn, stage.output_size], self.look.is_beside)

    def symbol(self, named: Named) -> str:
        """Return the letter of what has a name; empty unless labels are letters."""
        return named.letter if self.look.labels == "letters" else ""

    def map_title(self, site: Site, channel: int) -> str:
        """Return the name of a channel."""
        if self.plan.tensors[site.tensor].channels == 1 and not self.plan.has_channels:
            return self.title(site)[0]
        return channel_name(self.plan, site.tensor, channel)

    def kernel_named(self, stage: Stage) -> Named:
        """Return what the kernels of a layer of a chain are called: by its number, unless they have their own."""
        return kernels_in_chain(self.plan, stage)

    def name_of(self, stage: Stage) -> str:
        """Return the name of a layer above its kernel in a chain, whose planes stand left and right of it."""
        return layer_title(stage.layer)

    def lines(self, stage: Stage) -> tuple[str, ...]:
        """Return the lines written below the name of a layer of a chain."""
        return *layer_lines(stage.layer), *(said_turned(stage) if self.look.is_labelled else ())
