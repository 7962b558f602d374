"""Parts of the sentences that say what a layer does: a layer joins them, and those who speak write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Phrases(Protocol):
    """Parts of sentences about a layer, the same for all operations."""

    @property
    def name(self) -> str:
        """The name of the layer, which depends on its channels if it has several."""

    @property
    def is_plain(self) -> bool:
        """Whether that name is plain convolution, which need not be said."""

    @property
    def output(self) -> str:
        """The output: ``the 2×2 output``, or ``3 output channels of 2×2``."""

    def input(self, article: str = "") -> str:
        """Return the input: ``a 5×5 input``, ``the 5×5 input`` behind an article, or ``3 input channels of 5×5``."""

    @property
    def spread(self) -> str:
        """An input with what is done to it before the kernel slides."""

    @property
    def making(self) -> str:
        """What each position of the kernel makes, as a clause."""

    @property
    def window_slides(self) -> str:
        """That the window slides over the input (each channel separately), with padding and stride, as a clause."""

    def dilated(self, window: str) -> str:
        """Return a window or kernels with how far apart their cells are, if that is not 1."""

    def window(self, word: str) -> str:
        """Return the window, by a key of ``WINDOWS``: ``a 3×3 kernel``."""

    def slides(self, over: str, is_slow: bool = False, is_turned: bool = False) -> str:
        """Return that the kernel slides over an input, cell by cell or turned, as a clause."""

    def settings(self, unpadded: str = "") -> str:
        """Return padding, stride and the like as a list."""

    def size(self, cells: Sequence[int]) -> str:
        """Return numbers of cells: ``2×2``."""

    def cells(self, counts: Sequence[int]) -> str:
        """Return numbers of cells with their unit: ``2×2 cells``."""

    def clauses(self, *parts: str) -> str:
        """Return clauses as one sentence, without its full stop."""
