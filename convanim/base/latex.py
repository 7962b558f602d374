"""Text escaped for LaTeX, so that whatever a user writes stays words."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

_SIGNS = {
    "×": r"\times",
    "÷": r"\div",
    "·": r"\cdot",
    "±": r"\pm",
    "→": r"\to",
    "←": r"\leftarrow",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "−": "-",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∞": r"\infty",
    "√": r"\surd",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∝": r"\propto",
    "′": r"{}'",
    "°": r"{}^\circ",
    "²": "{}^2",
    "³": "{}^3",
    "µ": r"\mu",
}
"""Signs that LaTeX has in formulas."""

_LETTERS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "#$%&_{}"},
    **{letter: f"${sign}$" for letter, sign in _SIGNS.items()},
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # Only some encodings of fonts have a command for these two.
    '"': r"\symbol{34}",
    "`": r"\symbol{96}",
    "…": r"\dots{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "§": r"\S{}",
}
"""Characters that mean something else in LaTeX, or that not every font has under their own number."""

_GREEK = "αβγδεζηθικλμνξπρσςτυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
_GREEK_NAMES = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma varsigma tau upsilon phi chi psi
omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_LETTERS |= {letter: f"$\\{name}$" for letter, name in zip(_GREEK, _GREEK_NAMES.split(), strict=True)}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
"""The commands of accents, by the marks that Unicode has for them."""

_LIGATURE = re.compile(r"([-',])(?=\1)")
"""The first of two characters that LaTeX joins."""


def escaped(text: str, unknown: str = "?") -> str:
    """Return a text as LaTeX sets it; characters that need more than its own fonts become ``unknown``."""
    return _LIGATURE.sub(r"\1\/", "".join(_escape(letter) or unknown for letter in text))


def lacking(text: str) -> str:
    """Return the first character of a text that LaTeX's own fonts lack, or nothing."""
    return next((letter for letter in text if not _escape(letter)), "")


@cache
def _escape(letter: str) -> str:
    """Return what LaTeX takes for a character, or nothing; it knows some accents on Latin letters."""
    if letter in _LETTERS or letter.isascii():
        return _LETTERS.get(letter, letter)
    base, *accents = list(normalize("NFD", letter))
    if len(accents) == 1 and accents[0] in _ACCENTS and base.isascii():
        # All encodings of fonts have the command, but only some the letter.
        return f"\\{_ACCENTS[accents[0]]}{{{base}}}"
    return ""
