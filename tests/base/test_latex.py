"""Text escaped for LaTeX."""

from __future__ import annotations

import string

import pytest

from convanim.base.latex import escaped, lacking


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, 1 + 2", "plain words, 1 + 2"),
        (r"50% of $x_1$ & #2 {\}", r"50\% of \$x\_1\$ \& \#2 \{\textbackslash{}\}"),
        ("3×3 → ⌊a⌋ · ∂L", r"3$\times$3 $\to$ $\lfloor$a$\rfloor$ $\cdot$ $\partial$L"),
        ("λΣ", r"$\lambda$$\Sigma$"),
        ("éñÇß", r"\'{e}\~{n}\c{C}\ss{}"),
        ("a---b ''", r"a-\/-\/-b '\/'"),
        ('"q"', r"\symbol{34}q\symbol{34}"),
        ("층", "?"),
    ],
)
def test_what_means_something_else_to_latex_stays_words(text: str, written: str) -> None:
    assert escaped(text) == written


def test_letters_that_its_fonts_lack_are_found() -> None:
    assert lacking("첫 번째") == "첫"
    assert lacking("я") == "я"
    assert not lacking(string.printable)
