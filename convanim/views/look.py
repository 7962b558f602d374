"""Options for how a view draws a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from convanim.base.numbering import FIRST_CELL, FIRST_INDEX
from convanim.base.records import dataclass

if TYPE_CHECKING:
    from convanim.plans import Cell

MATRICES = {
    "im2col": "the windows as columns, times the flattened kernels",
    "toeplitz": "one sparse matrix of the whole layer, times the flattened input",
}
"""The products of matrices that the matrix view shows."""

NAME_SHARES = (1 / 32, 1 / 26, 1 / 21, 1 / 42)
"""How large the names of floating planes are, as shares of the picture's width: as its caption, in small ones, and in
those that large names would widen too much."""


@dataclass(frozen=True)
class Look:
    """The options of a view.

    Attributes
    ----------
    classic : bool
        Draw as the guide does: inserted zeros as padding, rays that end at the
        output plane, no outline around the window.
    reveal : bool
        Leave output cells blank until they are computed.
    labels : str
        ``"numbers"``, ``"letters"`` or ``"none"``.
    has_cells : bool
        Whether labels are written in the cells of planes too, not only in kernels and sums.
    has_kernel : bool
        Whether an oblique picture of a single layer with labels has a kernel beside its planes.
    keeps_kernel : bool
        Whether a picture with too little room for both has that kernel rather than numbers in the corners of cells.
    has_chips : bool
        Whether weights are written in the corners of the cells they multiply.
    has_zeros : bool
        Whether a view from above writes inserted zeros where nothing else is written.
    has_shares : bool
        Whether the shares of cells that are read are written in them where nothing else is.
    decimals : int
        The most decimals of a number.
    has_shades : bool
        Whether numbers are shown as greys.
    has_bars : bool
        Whether numbers are shown as bars in their cells.
    matrix : str
        Which matrices a view of them shows, a key of ``MATRICES``.
    overlap : bool
        Show how many stamps reach each output cell instead of their sum.
    field : tuple of int or None
        The output cell of a chain whose receptive field is shown.
    is_tinted : bool
        Whether tints tell channels and groups apart, in views that have any.
    is_to_scale : bool
        Whether large blocks keep the proportions of their sizes.
    has_words : bool
        Whether planes have names; if not, rays need no gaps for them.
    name_share : float
        How large the names of floating planes are, as a share of the picture's width; 0 for none.
    has_notes : bool
        Whether the settings of a single layer stand below its kernel; a caption says them too.
    has_mark : bool
        Whether the cell that a step makes bears the sign of the operation where it bears nothing else.
    has_axes : bool
        Whether rows and columns are named where they differ.
    is_beside : bool
        Whether the picture stands beside others; it then shows less, but larger.
    across : float
        The width in cells of the widest of these others, for which letters are sized in all.
    """

    classic: bool = False
    reveal: bool = False
    labels: str = "none"
    has_cells: bool = True
    has_kernel: bool = True
    keeps_kernel: bool = False
    has_chips: bool = True
    has_zeros: bool = True
    has_shares: bool = False
    decimals: int = 2
    has_shades: bool = False
    has_bars: bool = False
    matrix: str = "im2col"
    overlap: bool = False
    field: Cell | None = None
    is_tinted: bool = False
    is_to_scale: bool = False
    has_words: bool = True
    name_share: float = 0.0
    has_notes: bool = True
    has_mark: bool = True
    has_axes: bool = True
    is_beside: bool = False
    across: float = 0.0

    @property
    def is_labelled(self) -> bool:
        """Whether anything is written in kernels, sums or cells."""
        return self.labels != "none"

    @property
    def writes_weights(self) -> bool:
        """Whether weights are written in kernels beside lone planes, which the guide does not draw."""
        return self.is_labelled and self.has_kernel and not (self.overlap or self.classic)

    @property
    def first_cell(self) -> int:
        """The number of the first cell along an axis in words."""
        return FIRST_INDEX if self.labels == "letters" else FIRST_CELL

    @property
    def in_cells(self) -> Look:
        """The options for the cells of planes: without labels where only kernels and sums have them."""
        return self if self.has_cells else replace(self, labels="none")
