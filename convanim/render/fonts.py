"""Which fonts are looked through for letters: DejaVu Sans, Noto Sans CJK where it is installed, and a user's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from convanim.base.records import dataclass

_REGIONS = {"ja": "JP", "ko": "KR", "zh": "SC"}
"""The regions whose forms of Han letters a language has, as the collection names them."""

_KANA, _HANGUL = range(0x3040, 0x3100), range(0xAC00, 0xD7A4)


@dataclass(frozen=True)
class Fonts:
    """Where to look for letters that DejaVu Sans lacks.

    Attributes
    ----------
    region : str
        ``"JP"``, ``"KR"`` or ``"SC"``, in whose form Han letters are drawn.
    file : str or None
        A font that is looked at last.
    """

    region: str = "SC"
    file: str | None = None

    @classmethod
    def of(cls, language: str, texts: Iterable[str], file: str | None = None) -> Fonts:
        """Return the fonts for a language, or for one that texts of the user's show by their letters.

        Raises
        ------
        ConvanimError
            If there is no such file, or it is no font.
        """
        if file is not None:
            from convanim.render.other_letters import check_font

            check_font(file)
        letters = {ord(letter) for text in texts for letter in text}
        is_japanese, is_korean = (any(letter in among for letter in letters) for among in (_KANA, _HANGUL))
        guessed = "JP" if is_japanese else "KR" if is_korean else "SC"
        return cls(_REGIONS.get(language, guessed), file)


_USUAL = Fonts()
_CHOSEN: ContextVar[Fonts] = ContextVar("fonts", default=_USUAL)


def chosen() -> Fonts:
    """Return the fonts in which letters are looked for now."""
    return _CHOSEN.get()


@contextmanager
def lettering(fonts: Fonts) -> Iterator[None]:
    """Look for letters in some fonts within a block."""
    token = _CHOSEN.set(fonts)
    try:
        yield
    finally:
        _CHOSEN.reset(token)
