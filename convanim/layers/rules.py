"""Rules that combine the values of a window into one: a sum, a mean, a maximum, a copy or others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from convanim.base.language import message, translated
from convanim.base.later import np
from convanim.base.records import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

Taps: TypeAlias = "Iterable[tuple[NDArray[Any], NDArray[np.bool_]]]"
"""For each kernel cell: the value it reads in every window, and a mask of where it reads an input."""

Combine: TypeAlias = "Callable[[Taps], tuple[NDArray[Any], NDArray[np.bool_]]]"
"""A function from taps to the value of every window, and a mask of the windows that have one."""


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROOTS = {2: "√", 3: "∛", 4: "∜"}


@dataclass(frozen=True, eq=False)
class Rule:
    """How the values that a step reads are combined into one.

    Attributes
    ----------
    name : str
        Name of the rule.
    heading : str
        The heading above the output.
    combine : callable or None
        Combines the values, unless they are added or copied; it ignores padding.
    sign : str
        The word before the values in brackets, as in ``max (1, 2)``.
    taken : str
        Which of the values is taken, as in ``is the largest of``.
    mark : str
        What stands for the operation in a cell that it makes; the sign if this is empty.
    is_picked : bool
        Whether the result is one of the values, which is then highlighted.
    ignored : str
        What a sentence says about ignored padding.
    blank : str
        What is written in ignored padding.
    power : int
        If not 0, the power that values are raised to before they are added; the result is the root of the sum.
    is_product : bool
        Whether values of several tensors are multiplied; otherwise they are added.
    """

    name: str
    heading: str = message("output")
    combine: Combine | None = None
    sign: str = ""
    taken: str = ""
    mark: str = ""
    is_picked: bool = False
    ignored: str = ""
    is_product: bool = False
    blank: str = "−∞"
    power: int = 0

    def says(self, words: str) -> str:
        """Return one of its words in the language that is spoken."""
        return translated(words, power=self.power)

    def brackets(self, counted: int, cells: int) -> tuple[str, str, str]:
        """Return what is written before the values, after each, and after all, if ``power`` is not 0.

        Parameters
        ----------
        counted, cells : int
            The cells of a window that count, and all of its cells, to whose number the sum is scaled.

        Examples
        --------
        >>> SQUARES = Rule("squares", power=2)
        >>> SQUARES.brackets(4, 4), SQUARES.brackets(2, 4)
        (('√(', '²', ')'), ('√((', '²', ') · 4/2)'))
        """
        scale = "" if counted == cells else f"{cells}/{counted}"
        raised = "" if self.power == 1 else str(self.power).translate(_RAISED)
        opening, closing = "(", ")"
        if scale and self.power > 1:
            opening, closing = "((", f") · {scale})"
        elif scale:
            closing = f") · {scale}"
        root = _ROOTS.get(self.power, "")
        return f"{root}{opening}", raised, closing if root or self.power == 1 else f"{closing}^(1/{self.power})"

    @property
    def between(self) -> str:
        """The sign between the values of several tensors."""
        return "·" if self.is_product else "+"


def _greatest(taps: Taps) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the greatest value of each window, and a mask of the windows that read any input."""
    found: NDArray[Any] | None = None
    seen = np.zeros((), bool)
    for candidates, there in taps:
        if found is None:
            found, seen = np.zeros(candidates.shape, candidates.dtype), np.zeros(there.shape, bool)
        found = np.where(there & (~seen | (candidates > found)), candidates, found)
        seen = seen | there
    assert found is not None
    return found, seen


SUM = Rule(message("sum"), mark="Σ")
MEAN = Rule("mean", heading=message("mean of each window"), sign=message("mean"))
MAX = Rule(
    "max",
    heading=message("max of each window"),
    combine=_greatest,
    # Translators: A word before numbers in brackets: "max (1, 2)".
    sign=message("max"),
    # Translators: As in "is the largest of …".
    taken=message("largest"),
    is_picked=True,
    # Translators: What a maximum makes of padding: "padding 1 (never the largest)".
    ignored=message("never the largest"),
)
COPY = Rule("copy")
"""The result is a copy of one value."""

PRODUCT = Rule(message("product"), is_product=True)
"""The product of a value of each tensor."""

SEVERAL = Rule("several")
"""Several layers as one."""
