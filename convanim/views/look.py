"""What a view is asked to show besides the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

from convanim.plans import Cell


@dataclass(frozen=True)
class Look:
    """Choices that a view follows.

    Attributes
    ----------
    classic : bool
        Draw as the guide does: inserted zeros as padding, rays that end at the
        output plane, no outline of the reach.
    reveal : bool
        Leave output cells blank until they are computed.
    labels : str
        ``"numbers"``, ``"letters"`` or ``"none"``.
    has_cells : bool
        Whether labels stand in the cells of planes too, not only in kernels and sums.
    has_chips : bool
        Whether the weights stand in the corners of the cells that they meet.
    decimals : int
        The most decimals of a number.
    has_shades : bool
        Whether numbers are shown as greys.
    overlap : bool
        Show how many stamps reach each output cell instead of what they add up to.
    field : tuple of int or None
        The output cell of a chain whose receptive field is shown.
    has_words : bool
        Whether planes have names; where not, rays need not leave them clear.
    is_beside : bool
        Whether the picture stands beside others: with less room, it shows less, and larger.
    """

    classic: bool = False
    reveal: bool = False
    labels: str = "none"
    has_cells: bool = True
    has_chips: bool = True
    decimals: int = 2
    has_shades: bool = False
    overlap: bool = False
    field: Cell | None = None
    has_words: bool = True
    is_beside: bool = False

    @property
    def is_labelled(self) -> bool:
        """Whether anything stands in the cells."""
        return self.labels != "none"

    @property
    def in_cells(self) -> Look:
        """What stands in the cells of planes."""
        return self if self.has_cells else replace(self, labels="none")

    @property
    def letters(self) -> tuple[str, str, str]:
        """Letters of kernel, input and output, empty where the picture does not speak of them."""
        return ("w", "x", "y") if self.labels == "letters" else ("", "", "")
