"""How large the planes, kernels and names of the flat view are, and how many stand beside each other."""

from __future__ import annotations

from functools import cached_property
from math import ceil, sqrt

from convanim.base.records import dataclass
from convanim.plans import Stage, Windows
from convanim.views.between import Sides, overhang
from convanim.views.flat_names import FlatNames
from convanim.views.headings import LINE, heading_width
from convanim.views.naming import part_name
from convanim.views.picture import Site
from convanim.views.slices import slice_names

_KERNEL_SCALE, _WIDTH_IN_KERNEL_CELLS = 0.8, 41
"""The least size of a kernel's cells, and how many of them span a wide picture."""

BETWEEN_SLICES, _SLICE_AIR = 0.3, 0.8
"""The gap between slices of one kernel, and of one channel."""

_LEAST_WRAPPED, BEFORE_COLUMN = 3, 1.5
"""The fewest outputs that stand in two columns, and the gap between these, in cells."""

_LEAST_PAIRS, _BESIDE_PAIR, _WIDEST_PAIRS = 4, 3.0, 32.0
"""The fewest pairs that stand in two columns, about how wide the name beside each plane is, in cells, and the most that
all are wide, so that numbers in the cells are large."""

Path = tuple[Stage, ...]


@dataclass(frozen=True)
class FlatSizes(FlatNames):
    """The sizes of what the flat view draws, from which its layout follows."""

    @property
    def has_single_channels(self) -> bool:
        """Whether one channel of each tensor is drawn."""
        return all(len(channels) == 1 for channels in self.contents.channels.values())

    @property
    def is_rotated(self) -> bool:
        """Whether the kernel is drawn a second time, rotated as the window applies it."""
        stage = self.plan.last
        return self.is_lone and isinstance(stage, Windows) and any(axis.rotated for axis in stage.axes)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The sequences of layers, from top to bottom: the one compared against first, if any."""
        others = tuple(stage for stage in self.plan.walked if stage not in self.plan.main)
        return (others, self.plan.main) if others else (self.plan.main,)

    @cached_property
    def rows(self) -> tuple[tuple[Site, ...], ...]:
        """The sites along each path: those its stages read, then the one of its output."""
        starts = [site for site in self.sites if site.tensor == 0]
        return tuple(
            (start, *(self.sites_of(stage.source, stage)[0] for stage in path[1:]), self.sites_of(path[-1].target)[0])
            for start, path in zip(starts, self.paths, strict=False)
        )

    def row_of(self, stage: Stage) -> int:
        """Return the number of the path that a stage is on."""
        return next(number for number, path in enumerate(self.paths) if stage in path)

    def around(self, stage: Stage) -> tuple[Site, Site]:
        """Return the sites of a stage's input and output."""
        row = self.row_of(stage)
        number = self.paths[row].index(stage)
        return self.rows[row][number], self.rows[row][number + 1]

    def shape(self, site: Site) -> tuple[int, int, int]:
        """Return the number of slots for slices, ellipses included, and the rows and columns of a slice."""
        rows, columns = (1, *site.grid.kind.shape)[-2:]
        return len(self.slots(site)), rows, columns

    def _across(self, site: Site) -> int:
        """Return how many slices stand side by side: fewer where several layers do."""
        count = self.shape(site)[0]
        across = ceil(sqrt(count / len(self.plan.main)))
        # A lone slice in the last row would leave it empty; beside kernels there is no room for three in a row.
        has_kernels = any(stage.is_weighted for stage in self.plan.main)
        return across + (across > 1 + has_kernels and count % across == 1)

    @property
    def has_brackets(self) -> bool:
        """Whether brackets stand beside planes: left of them and below, where several windows do not slide."""
        return bool(self.plan.last.bracketed) and self.plan.last.divides_input

    @cached_property
    def has_pairs(self) -> bool:
        """Whether pairs of an input and what it alone makes stand in two columns: several that need little room."""
        stage, count = self.plan.last, self.plan.last.grouping.groups
        if self.plan.dims != 2 or self.is_chain or stage.is_weighted or stage.is_stamped:
            return False
        is_whole = count <= min(map(len, self.contents.channels.values()))
        return stage.grouping.is_depthwise and is_whole and count >= _LEAST_PAIRS and self._pairs_about <= _WIDEST_PAIRS

    @property
    def _pairs_about(self) -> float:
        """The approximate width of pairs in two columns."""
        return 2 * sum(self.shape(site)[2] + _BESIDE_PAIR for site in self.around(self.plan.last))

    def columns(self, site: Site) -> int:
        """Return in how many columns channels stand: two of pairs, and of outputs at least twice as many as inputs."""
        if self.has_pairs:
            return 2
        stage, grouping = self.plan.last, self.plan.last.grouping
        is_plain = self.plan.dims == 2 and not self.is_chain and isinstance(stage, Windows) and not stage.is_stamped
        if site.reader is not None or not (is_plain and self.look.is_labelled):
            return 1
        read, made = (len(self.contents.channels[tensor]) for tensor in (stage.source, stage.target))
        # Notes on channels that are not drawn stand between those of groups.
        has_notes = grouping.groups > 1 and made < grouping.out_channels
        return 2 if made >= max(2 * read, _LEAST_WRAPPED) and not has_notes else 1

    def _column_pitch(self, site: Site) -> float:
        """Return the distance between columns of channels, with room for arrows that lead to the second one."""
        return max(self.map_size(site)[0], self._title_width(site)) + BEFORE_COLUMN

    def _about(self, site: Site) -> float:
        """Return the approximate width of all channels."""
        if self.has_pairs:
            return self._pairs_about / 2
        across = self._across(site)
        wide = across * self.shape(site)[2] + (across - 1) * 1.2
        return wide + (self.columns(site) - 1) * (wide + BEFORE_COLUMN)

    @cached_property
    def _estimate(self) -> float:
        """The approximate width of the picture."""
        sites = self.rows[-1]
        if self.is_chain:
            wide = [self._about(site) if self.plan.dims == 3 else site.size[-1] for site in sites]
            again = wide[-1] if self.plan.is_compared and self.plan.compared == 0 else 0
            return float(sum(wide) + again + 4 * len(self.plan.main))
        stage = self.plan.last
        kernels = stage.layer.kernel_size[-1] * (1 + self.is_rotated) if stage.is_weighted else 0
        return float(0.8 * kernels + sum(map(self._about, sites)) + (5 if self.has_maps else 4))

    @cached_property
    def size(self) -> float:
        """The size of headings."""
        # Chains of 3D layers are wide, but their words need not grow as much.
        swelling = 1.15 if self.has_maps and not self.is_chain else 0.65 if self.plan.dims == 3 else 1.0
        return self.letters_for(self._estimate * swelling)

    @property
    def scale(self) -> float:
        """The size of a kernel's cells."""
        return max(_KERNEL_SCALE, self._estimate / _WIDTH_IN_KERNEL_CELLS)

    def wide(self, text: str, letter: str = "") -> float:
        """Return the width of words set in the size of headings."""
        return heading_width(text, letter, self.size)

    def kernel_box(self, stage: Stage) -> tuple[float, float]:
        """Return the width and height of a kernel with its slices stacked."""
        slices, rows, columns = (1, 1, *stage.layer.kernel_size)[-3:]
        each = rows * self.scale + self.above_slice(stage)
        return columns * self.scale, slices * each + (slices - 1) * BETWEEN_SLICES

    def above_slice(self, stage: Stage) -> float:
        """Return the room above each slice of a kernel for its name, where it has several."""
        return LINE * self.size * (self.plan.dims == 3 and stage.layer.kernel_size[0] > 1)

    def _slice_pitch(self, site: Site) -> tuple[float, float]:
        """Return the distance between slices from left to right, and from top to bottom."""
        _, rows, columns = self.shape(site)
        widest = max(self.wide(name) * 1.1 for name in slice_names(site.grid, self.look.first_cell))
        above, before, below, behind = self.cut(site)
        wide, high = before + columns + behind, above + rows + below
        return max(wide + _SLICE_AIR, widest + 0.4), high + 1.6 * self.size + 0.35

    def map_size(self, site: Site) -> tuple[float, float]:
        """Return the width and height of a channel, with the names between its slices."""
        slices, rows, columns = self.shape(site)
        if self.plan.dims < 3:
            return columns, rows
        across, (x, y) = self._across(site), self._slice_pitch(site)
        return columns + (across - 1) * x, rows + (ceil(slices / across) - 1) * y

    def cut(self, site: Site) -> Sides:
        """Return how far stamps, or points between cells, reach beyond the sheets of a site."""
        stamped = None if site.maker is None else self.stamped.get(site.maker.number)
        return overhang(site) if stamped is None else stamped.cut

    def kernels_named(self, stage: Stage) -> set[str]:
        """Return the lines of the names of a layer's kernels in a chain, as wide as they get."""
        named = self.kernel_named(stage)
        if not self.plan.has_channels or not stage.is_weighted:
            return {named.called} if stage.is_weighted else set()
        pairs = self.contents.pairs(stage)
        parts = {part_name(self.plan.walked, stage, one) for _, one in pairs if stage.grouping.inputs_a_group > 1}
        return {named.of_pair(*pair, stage.grouping)[0] for pair in pairs} | parts

    def has_partials(self, stage: Stage) -> bool:
        """Return whether the partial sum of each channel is written beside it."""
        is_said = self.look.labels == "letters" or (self.look.labels == "numbers" and self.plan.is_valued)
        is_sum = stage.grouping.inputs_a_group > 1 or stage.layer.bias_size > 0
        return is_said and is_sum and stage.is_weighted and not stage.is_stamped

    def _title_width(self, site: Site) -> float:
        if self.has_maps:
            last = len(self.plan.named(site.tensor).numbers or range(9)) - 1
            return max(1.1 * self.wide(self.map_title(site, channel)) for channel in (0, last))
        return self.wide(*self.title(site))
