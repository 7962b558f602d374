"""The matrix view: a layer as a product of matrices, beside its input and its output."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from math import prod

import numpy as np

from convanim.base.errors import ConvanimError
from convanim.base.font import width_of
from convanim.base.language import translated, translated_in
from convanim.base.options import short, spelled
from convanim.base.records import dataclass
from convanim.layers import Layer, rebuilt
from convanim.layers.axis import Kind
from convanim.plans import Plan
from convanim.plans.matrices import has_columns, is_linear, shape_of_columns, shape_of_kernels, shape_of_sparse
from convanim.plans.sparse import SparseWindows
from convanim.plans.values import spell
from convanim.views.contents import Contents
from convanim.views.headings import enclosing, face_of, words
from convanim.views.lettering import CENTRE, Lettering, Words, lettered
from convanim.views.look import Look
from convanim.views.marks import Window, entry
from convanim.views.matrix_sheet import BIAS, FLAT_INPUT, MOST_WITHIN, OUTPUT, MatrixSheet
from convanim.views.naming import channel_name, with_padding
from convanim.views.picture import Picture, Site, Work
from convanim.views.plane import FLAT
from convanim.views.scene import Entry, Key, Points, Shape, Shapes, Texts
from convanim.views.sheet import Page, Sheet
from convanim.views.slices import Depths, slice_names
from convanim.views.sum_line import Box, Summed
from convanim.words.layer_names import size
from convanim.words.matrices import matrix_phrases, matrix_sentence
from convanim.words.sentences import sentences

MOST_CELLS, MOST_SIDE = 6000, 160
"""The most cells of a matrix that are drawn, and the most rows or columns."""

NUMBER = 0.42
"""The largest size of numbers."""

_WAY, TO_COLUMN = 0.4, 1.1
"""The room for ways between rows of planes that stand in several columns, and between these."""

_BETWEEN_NAMES = 0.9
"""The least gap between names of planes beside each other, in letter sizes."""

BESIDE, AIR = 1.9, 0.9
"""The gaps between blocks side by side, and between planes."""


def draw(plan: Plan, look: Look) -> Picture:
    """Return the picture of a layer as a product of matrices: its windows as columns, or one sparse matrix."""
    _refuse_others(plan, look)
    _refuse_large(plan.last.layer, look.matrix == "toeplitz")
    from convanim.views.im2col import ByColumns
    from convanim.views.toeplitz import BySparse

    kind = BySparse if look.matrix == "toeplitz" else ByColumns
    return kind(plan.walking(way="layers"), replace(look, classic=False, has_chips=False))


def _refuse_others(plan: Plan, look: Look) -> None:
    """Raise if a plan is not one layer that is a product of the asked matrices."""
    layer = plan.last.layer
    if plan.is_chain:
        raise ConvanimError(
            "view", "matrix", "is the product of one layer; draw each layer by itself, or use `view=flat`"
        )
    if plan.last.is_stamped:
        raise ConvanimError(
            "method", "scatter", "stamps, and `view=matrix` shows what is gathered; leave one of the two out"
        )
    if look.matrix == "toeplitz" and not is_linear(layer):
        raise ConvanimError(
            "matrix",
            "toeplitz",
            f"multiplies and adds, which {layer.title} does not; use `matrix=im2col`",
        )
    if look.matrix != "toeplitz" and not has_columns(layer):
        raise ConvanimError(
            "matrix", "im2col", f"is of windows that slide, and {layer.title} has none; use `matrix=toeplitz`"
        )
    if look.matrix != "toeplitz" and (plan.last.has_shares or plan.last.has_factors):
        raise ConvanimError(
            "matrix",
            "im2col",
            f"has one weight for each row, and {layer.title} weighs by places; use `matrix=toeplitz`",
        )


def _refuse_large(layer: Layer, is_sparse: bool) -> None:
    """Raise if a matrix is too large to draw, with the largest input that is not."""
    rows, columns = max(_shapes(layer, is_sparse), key=prod)
    if _fits(layer, is_sparse):
        return
    size = next((one.input_size for one in _smaller(layer) if _fits(one, is_sparse)), None)
    raise ConvanimError(
        "input_size",
        spelled(layer.input_size),
        f"makes a matrix of {rows:,}×{columns:,}, and at most {MOST_CELLS:,} cells with {MOST_SIDE} a side are drawn; "
        + ("use fewer channels or a smaller kernel" if size is None else f"use an `input_size` of {short(size)}"),
    )


def _shapes(layer: Layer, is_sparse: bool) -> list[tuple[int, int]]:
    return [shape_of_sparse(layer)] if is_sparse else [shape_of_columns(layer), shape_of_kernels(layer)]


def _fits(layer: Layer, is_sparse: bool) -> bool:
    return all(prod(shape) <= MOST_CELLS and max(shape) <= MOST_SIDE for shape in _shapes(layer, is_sparse))


def _smaller(layer: Layer) -> Iterator[Layer]:
    """Yield the layer for ever smaller inputs, the longest axes first."""
    size = list(layer.input_size)
    while max(size) > 1:
        size = [min(n, max(size) - 1) for n in size]
        try:
            yield rebuilt(layer, input_size=tuple(size))
        except ConvanimError:
            continue


@dataclass(frozen=True)
class Matrices(Summed):
    """What both products have in common: planes of the input at the left and of the output at the right.

    A subclass places its matrices between them, and says which of their
    cells a step reads and makes.
    """

    below = 1.1
    names_axes = False

    @property
    def reveals(self) -> bool:
        """Whether results stay blank until they are computed."""
        return self.look.reveal

    @cached_property
    def contents(self) -> Contents:
        """What is written in the cells; no channel is left out."""
        counts = {site.tensor: self.plan.tensors[site.tensor].channels for site in self.sites}
        return Contents(self.plan, self.look, {tensor: tuple(range(count)) for tensor, count in counts.items()})

    @cached_property
    def depths(self) -> Depths:
        """All depth slices."""
        return Depths()

    @property
    def places(self) -> int:
        """Number of output cells of a channel."""
        return prod(self.plan.output_size)

    @cached_property
    def size(self) -> float:
        """The size of words."""
        return self.letters_for(self.estimate)

    @property
    @abstractmethod
    def estimate(self) -> float:
        """The approximate width of the picture."""

    @cached_property
    def scale(self) -> float:
        """How large the cells of the planes are."""
        return 1.0

    @cached_property
    @abstractmethod
    def matrices(self) -> Mapping[Page, MatrixSheet]:
        """The placed matrices, by the page that stands for each."""

    @cached_property
    @abstractmethod
    def corners(self) -> tuple[Points, Points]:
        """The lower right corner of the input's planes, and the lower left one of the output's."""

    @abstractmethod
    def names_of_matrices(self) -> tuple[Texts, ...]:
        """Return what the matrices are called."""

    @abstractmethod
    def working(self, work: Work) -> Iterable[tuple[Page, Window]]:
        """Yield the cells of the matrices that a step reads and makes."""

    @abstractmethod
    def left_by(self, work: Work) -> Iterable[tuple[Page, Window]]:
        """Yield the cells of the matrices that a step fills."""

    @property
    @abstractmethod
    def waiting(self) -> tuple[Page, ...]:
        """The matrices that are filled step by step."""

    def shape_of(self, site: Site) -> tuple[int, int, int]:
        """Return the number of slices of a site's planes, and the rows and columns of each."""
        kind = site.grid.kind
        slices, rows, columns = (1, 1, *kind.shape)[-3:]
        return slices, rows, columns

    def title(self, site: Site, page: Page) -> str:
        """Return the name of a plane: of the only one of an input with padding or zeros, with its sizes.

        Of volumes beside each other, the slices of the outermost are named for all.
        """
        named = channel_name(self.plan, site.tensor, page.channel)
        around = () if site.tensor or self.plan.has_channels else with_padding(self.plan.last)
        if site.grid.kind.ndim < 3 and around:
            sized = translated("{name}: {what}", name=named, what=size(self.plan.last.input_size))
            return translated_in("in a list", ", ").join((sized, *around))
        if site.grid.kind.ndim < 3:
            return named
        if not self.is_outermost(page):
            return "" if page.slice else named
        slice_ = slice_names(site.grid, self.look.first_cell)[page.slice]
        return slice_ if page.slice else f"{named}, {slice_}"

    def is_outermost(self, page: Page) -> bool:
        """Return whether a plane is in the first column of the input, or in the last one of the output."""
        _, column = self.place_of(page)
        return column == (self.columns_of(self.sites[page.site]) - 1) * (page.site > 0)

    def columns_of(self, site: Site) -> int:
        """Return how many columns the channels of a site stand in: volumes side by side, others below each other."""
        return self.plan.tensors[site.tensor].channels if self.plan.dims == 3 else 1

    def rows_of(self, site: Site) -> int:
        """Return how many planes of a site stand below each other: slices, or channels."""
        return self.shape_of(site)[0] * -(-self.plan.tensors[site.tensor].channels // self.columns_of(site))

    def place_of(self, page: Page) -> tuple[int, int]:
        """Return the row and the column of a plane among those of its site."""
        row, column = divmod(page.channel, self.columns_of(self.sites[page.site]))
        return row + page.slice, column

    def column_pitch(self, site: Site) -> float:
        """Return the distance between columns of channels, with their names and the ways between them."""
        # Names of the outermost reach away from the others.
        inner = [page for page in self.pages(site) if self.plan.dims < 3 or not self.is_outermost(page)]
        wide = self.shape_of(site)[2] * self.scale
        named = max([width_of(self.title(site, page), "bold") * self.size for page in inner], default=0.0)
        # Ways lead between planes and names, of which the wider ones begin or end with their planes.
        apart = max(TO_COLUMN, _BETWEEN_NAMES * self.size)
        return max(wide + TO_COLUMN, (max(wide, named) + named) / 2 + apart)

    def row_pitch(self, site: Site) -> float:
        """Return the distance between the rows of a site's planes, with names and the ways between them."""
        high = self.shape_of(site)[1] * self.scale
        return high + 0.55 + 1.3 * self.size + _WAY * (self.columns_of(site) > 1)

    def extent_of(self, site: Site) -> tuple[float, float]:
        """Return the width and the height of all planes of a site, without the name of the first."""
        _, rows, columns = self.shape_of(site)
        beside, below = self.columns_of(site) - 1, self.rows_of(site) - 1
        wide = beside * self.column_pitch(site) if beside else 0.0
        return wide + columns * self.scale, below * self.row_pitch(site) + rows * self.scale

    @cached_property
    def sheets(self) -> Mapping[Page, Sheet]:
        """The placed planes: slices of a volume below each other, channels too where there is no room beside them."""
        found = {}
        given, made = self.corners
        for site, corner, is_left in zip(self.sites, (given, made), (True, False), strict=True):
            wide, high = self.extent_of(site)
            first = corner - [wide if is_left else 0.0, high]
            for page in self.pages(site):
                row, column = self.place_of(page)
                aside = column * self.column_pitch(site) if column else 0.0
                at = first + np.array([aside, row * self.row_pitch(site)])
                found[page] = replace(self.sheet(page, NUMBER), projection=FLAT.scaled(self.scale), origin=at)
        return found

    @cached_property
    def has_several(self) -> bool:
        """Whether there are several planes on a side, of which those at work have bold names."""
        return len(self.sheets) > len(self.sites)

    @cached_property
    def named(self) -> list[Page]:
        """The planes that have a name."""
        return [page for page in self.sheets if self.title(self.sites[page.site], page)]

    def names(self, work: Work | None = None) -> tuple[Texts, ...]:
        """Return the names of planes, bold where they are at work; without a step as they are widest."""
        found = []
        for page in self.named:
            one, title, is_bold = self.sheets[page], self.title(self.sites[page.site], page), self.has_several
            # A name that is wider than its plane would run into the matrices beside it.
            beside = (width_of(title, face_of(is_bold)) * self.size - (one.box[2] - one.box[0])) / 2
            middle = one.middle[0] + max(0.0, beside) * (1 if page.site else -1)
            face = face_of(is_bold and (work is None or page in work.pages))
            found.append(words(title, middle, one.box[1] - 0.22 - self.size / 2, self.size, face))
        return tuple(found)

    def words(self) -> Shapes:
        """Return the words that never change."""
        return (*self.names_of_matrices(), *(() if self.has_several else self.names()))

    def words_at(self, work: Work) -> Shapes:
        """Return the names of several planes, and the sum of a step."""
        names = self.names(work) if self.has_several else ()
        return (*(replace(one, key=Key("word")) for one in names), *super().words_at(work))

    def rays(self, work: Work) -> Shapes:
        """Return nothing: rows and columns of matrices lead from one to the other."""
        return ()

    def kernels(self) -> Shapes:
        """Return the matrices before anything is computed."""
        shapes: list[Shape] = []
        for page, sheet in self.matrices.items():
            shapes += sheet.empty() if page in self.waiting and self.reveals else sheet.everything()
        return tuple(shapes)

    def marks(self, numbers: range) -> Shapes:
        """Return the marks that some steps leave behind."""
        shapes = list(super().marks(numbers))
        for number in numbers if self.reveals else ():
            for page, window in self.left_by(self.work(number)):
                shapes += self.matrices[page].filled_with(window)
        return tuple(shapes)

    def kernels_at(self, work: Work) -> Shapes:
        """Return the cells of the matrices at work."""
        shapes, known = list[Shape](), Counter[Page]()
        for page, window in self.working(work):
            shapes += self.matrices[page].at_work(window, (page.site, known[page]))
            known[page] += 1
        return tuple(shapes)

    @property
    def laid_out(self) -> tuple[tuple[str, ...], str]:
        """What a caption and the alternative text say of the matrices: phrases, and a sentence."""
        layer, is_sparse = self.plan.last.layer, self.look.matrix == "toeplitz"
        scales, told = super().laid_out
        phrases = (*matrix_phrases(layer, is_sparse), *scales)
        return phrases, sentences(filter(None, (matrix_sentence(layer, is_sparse), told)))

    @cached_property
    def core(self) -> Box:
        """The left, top, right and bottom of the picture without the sum."""
        boxes = np.array([one.box for one in (*self.sheets.values(), *self.matrices.values())])
        said = (*self.names(), *self.names_of_matrices())
        return enclosing(np.concatenate([boxes.reshape(-1, 2), *self.edges.corners]), said)

    def more_legend(self) -> list[Entry]:
        """Return the further entries of the legend."""
        return [entry(self.plan.names.kernel.called, "kernel")] if self.plan.last.is_weighted else []

    def flat_tensor(self, site: Site, rows: int, corner: tuple[float, float]) -> MatrixSheet:
        """Return the cells of all channels of a site, one after the other, in some number of rows."""
        size, count = self.plan.tensors[site.tensor].size, self.plan.tensors[site.tensor].channels
        said = [self.contents.tensor(site.tensor, channel) for channel in range(count)]
        known = self.contents.sheet(None, site.tensor, 0, 0, NUMBER, CENTRE)
        greys, lettering = self.greys(site.tensor), None
        stage, own = self.plan.last, np.full(size, int(Kind.INPUT))
        # An input is not padded where it is flattened.
        if site.maker is not None:
            own = site.grid.kind
        elif isinstance(stage, SparseWindows):
            own = np.where(stage.held, own, int(Kind.EMPTY))
        kind = np.tile(own.ravel(), count).reshape(rows, -1)
        never = kind == int(Kind.EMPTY)
        if known is not None and said[0] is not None:
            parts = [np.concatenate([getattr(one, name).ravel() for one in said]) for name in ("words", "lowered")]
            text, lowered = (part.reshape(rows, -1) for part in parts)
            lettering = replace(known, words=text, lowered=lowered)
        return MatrixSheet.of(
            kind,
            corner,
            never=never if never.any() else None,
            filled=self.role(site),
            page=FLAT_INPUT if site.tensor == 0 else OUTPUT,
            lettering=lettering,
            tones=None if greys is None else greys.reshape(rows, -1),
        )

    def greys(self, tensor: int) -> Points | None:
        """Return the grey of each cell of a tensor, channels first, or None where greys are not shown."""
        count, size = self.plan.tensors[tensor].channels, self.plan.tensors[tensor].size
        slices = range(size[0] if len(size) == 3 else 1)
        found = [self.contents.tones(None, tensor, channel, one) for channel in range(count) for one in slices]
        return None if found[0] is None else np.stack([one for one in found if one is not None]).reshape(count, *size)

    def bias(self, each: int, corner: tuple[float, float]) -> dict[Page, MatrixSheet]:
        """Return the bias of each row as a column, ``each`` rows to an output channel; empty if there is none."""
        stage = self.plan.last
        if not stage.layer.bias_size:
            return {}
        count = stage.grouping.out_channels
        text, index = [""] * count, [""] * count
        if self.contents.is_lettered:
            text, index = map(list, zip(*(self.contents.bias(stage, one) for one in range(count)), strict=True))
        elif stage.bias is not None and self.look.is_labelled:
            text = [spell(one, self.look.decimals) for one in stage.bias.tolist()]
        said, lowered = (np.repeat(np.array(one, object), each)[:, None] for one in (text, index))
        sheet = MatrixSheet.of(
            np.full(said.shape, int(Kind.INPUT)),
            corner,
            filled="kernel",
            page=BIAS,
            lettering=self.kernel_lettering(said, lowered),
        )
        return {BIAS: sheet}

    def kernel_lettering(self, said: Words, lowered: Words) -> Lettering | None:
        """Return the lettering of weights in a matrix, or None where cells have no words."""
        is_said = self.look.has_cells and self.look.is_labelled
        return lettered(said, lowered, NUMBER, MOST_WITHIN, self.contents.kernel_face) if is_said else None
