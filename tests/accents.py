"""A language in which words that are in no catalogue stand out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from gettext import NullTranslations

import pytest

from convanim.base import language
from convanim.views.scene import Scene, Texts
from tests import catalogues

_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áḃćḋéḟǵḣíĵḱĺḿńóṕʠŕśṫúṽẃẋýźÁḂĆḊÉḞǴḢÍĴḰĹḾŃÓṔʠŔŚṪÚṼẂẊÝŹ",
)
PLACE = re.compile(r"\{\w+\}")
_WORD = re.compile(r"[A-Za-z]{2,}")


class Accented(NullTranslations):
    """A language in which each letter of each known message has an accent, so that unknown words stand out."""

    def __init__(self) -> None:
        super().__init__()
        known = [message.id for message in catalogues.template() if message.id]
        texts = {text for one in known for text in ((one,) if isinstance(one, str) else one)}
        self.known = {text: _accented(text) for text in texts}

    def gettext(self, message: str) -> str:
        """Return a message in this language."""
        return self.known.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        """Return a message in this language, whatever its context."""
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return one of two messages in this language."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def _accented(message: str) -> str:
    places = PLACE.findall(message)
    parts = [part.translate(_ACCENTED) for part in PLACE.split(message)]
    return "".join(part + place for part, place in zip(parts, [*places, ""], strict=True))


_language = cache(Accented)


def in_place_of_korean(patch: pytest.MonkeyPatch) -> None:
    """Let the accented language stand in for Korean."""
    known, accented = language._catalogue, _language()
    patch.setattr(language, "_catalogue", lambda tag: accented if tag == "ko" else known(tag))


def texts_of(scene: Scene) -> Iterator[str]:
    """Yield the texts of a scene at its first steps and its last one."""
    shapes = [*scene.ground, *scene.marks(range(scene.steps))]
    for step in {0, 1 % scene.steps, scene.steps - 1}:
        shapes += scene.moment(step)
    for shape in shapes:
        if isinstance(shape, Texts):
            yield from (*shape.words, *shape.lowered)
    yield from (*scene.caption, *(entry.label for entry in scene.legend))


def english_in(texts: Iterable[str]) -> set[str]:
    """Return the words in texts that are in no catalogue."""
    return {word for text in texts for word in _WORD.findall(text)}
