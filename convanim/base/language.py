"""The language of words: what is said now, and messages in it with their places filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from convanim.base.options import one_of

if TYPE_CHECKING:
    from gettext import NullTranslations

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

ENGLISH = "en"
"""The language of the messages themselves, which has no catalogue."""

LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "ko": "한국어",
    "zh": "简体中文",
}
"""What each language calls itself, by the tag that chooses it."""

CATALOGUES = Path(__file__).parents[1] / "words" / "catalogues"
"""The folder of the catalogues, one folder a language."""

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> str:
    """Return the tag of the language that is spoken now."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language, a key of `LANGUAGES`, within a block.

    Raises
    ------
    ConvanimError
        If there is no such language.
    """
    token = _spoken.set(one_of("language", language, LANGUAGES))
    try:
        yield
    finally:
        _spoken.reset(token)


def kept(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Return a function that always speaks the language that is spoken now."""
    language = spoken()
    if language == ENGLISH:
        return function

    @wraps(function)
    def speak(*args: _Parameters.args, **values: _Parameters.kwargs) -> _Result:
        with speaking(language):
            return function(*args, **values)

    return speak


def speaks(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Return a function that speaks the language of its argument ``language`` if that is given."""

    @wraps(function)
    def speak(*args: _Parameters.args, **values: _Parameters.kwargs) -> _Result:
        with speaking(str(values.get("language", ENGLISH))):
            return function(*args, **values)

    return speak


def message(text: str) -> str:
    """Return a text as it is; in tables it marks a message, which is translated where it is said."""
    return text


def message_in(context: str, text: str) -> str:
    """Return a text as `message` does, where its words mean something else in another context."""
    return text


def messages(one: str, many: str) -> tuple[str, str]:
    """Return the message for one thing and that for several; in tables it marks them."""
    return one, many


def translated(text: str, /, **values: object) -> str:
    """Return a message in the language that is spoken now, with its ``{places}`` filled.

    Whole numbers are written as `thousands` does. Without values nothing is
    filled, so that braces in names that users give stay as they are.

    Examples
    --------
    >>> translated("{count} of {total} cells", count=2, total=1200)
    '2 of 1,200 cells'
    """
    language = spoken()
    # To catalogues, an empty text is the name of what their heads say.
    return _filled(_catalogue(language).gettext(text) if text and language != ENGLISH else text, values)


def translated_in(context: str, text: str, /, **values: object) -> str:
    """Return a message as `translated` does, where its words mean something else in another context."""
    language = spoken()
    return _filled(text if language == ENGLISH else _catalogue(language).pgettext(context, text), values)


def counted(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the message for a number of things; ``{count}`` is that number.

    Examples
    --------
    >>> counted("{count} cell", "{count} cells", 3)
    '3 cells'
    """
    language = spoken()
    text = (one if count == 1 else many) if language == ENGLISH else _catalogue(language).ngettext(one, many, count)
    return _filled(text, {"count": count, **values})


def thousands(number: int) -> str:
    """Return a whole number with its thousands apart, as the language that is spoken now writes it."""
    text = f"{number:,}"
    # Translators: The sign between thousands, as in 4,608. It may be a narrow no-break space, or nothing.
    return text if -1000 < number < 1000 else text.replace(",", translated_in("between thousands", ","))


def _filled(text: str, values: dict[str, object]) -> str:
    if not values:
        return text
    return text.format_map(
        {name: thousands(value) if isinstance(value, int) else value for name, value in values.items()}
    )


@cache
def _catalogue(language: str) -> NullTranslations:
    """Return the messages of a language."""
    # Importing it takes time that English need not wait for.
    from gettext import translation

    return translation("convanim", CATALOGUES, [language])
