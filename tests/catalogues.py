"""The catalogues of words: read from the package, brought up to date and compiled, as ``make words`` does."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import convanim
from convanim.base.language import CATALOGUES, ENGLISH, LANGUAGES

PACKAGE = Path(convanim.__file__).parent
TEMPLATE = CATALOGUES / "convanim.pot"
TRANSLATED = tuple(language for language in LANGUAGES if language != ENGLISH)

_KEYWORDS = {
    "message": None,
    "message_in": ((1, "c"), 2),
    "messages": (1, 2),
    "translated": None,
    "translated_in": ((1, "c"), 2),
    "counted": (1, 2),
}
"""The functions of `convanim.base.language` that mark messages, and which of their arguments are messages."""

_MARKED = re.compile(rf"\b({'|'.join(_KEYWORDS)})\(")

_WIDTH = 110


class _Words(Catalog):
    """A catalogue whose header has no dates and no people, so that it only changes with its words."""

    @property  # type: ignore[misc]
    def mime_headers(self) -> list[tuple[str, str]]:
        """What a reader of the file needs to know."""
        plurals = [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)] if self.locale else []
        return [*plurals, ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]


def po_of(language: str) -> Path:
    """Return the path of the catalogue of a language."""
    return CATALOGUES / language / "LC_MESSAGES" / "convanim.po"


@cache
def template() -> Catalog:
    """Return all messages of the package."""
    found = _words(None)
    for path in sorted(PACKAGE.rglob("*.py")):
        # Babel takes much longer to read a file than it takes to see that it marks nothing.
        if not _MARKED.search(path.read_text(encoding="utf-8")):
            continue
        # Text whose parts are filled in by Python itself is passed over, with a line about each on standard error.
        with redirect_stderr(io.StringIO()):
            marked = extract_from_file("python", path, _KEYWORDS, ("Translators:",), strip_comment_tags=True)
        place = (path.relative_to(PACKAGE).as_posix(), 0)
        for _, text, comments, context in marked:
            found.add(text, locations=[place], auto_comments=comments, context=context)
    return found


def catalogue(language: str) -> Catalog:
    """Return the messages of a language as its file has them; none are translated where it has no file."""
    found = _words(language)
    if po_of(language).exists():
        with po_of(language).open("rb") as file:
            for message in read_po(file, language):
                if message.id:
                    found[message.id] = message
    return found


def updated(language: str, messages: Catalog) -> Catalog:
    """Return the catalogue of a language with exactly the messages of a template; translations of others are lost."""
    found = catalogue(language)
    found.update(messages, no_fuzzy_matching=True)
    return found


def written(messages: Catalog) -> bytes:
    """Return the content of a ``.po`` or ``.pot`` file."""
    content = io.BytesIO()
    for message in messages:
        # Babel takes "% f" for a place of another kind than ours.
        message.flags.discard("python-format")
    write_po(content, messages, _WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return content.getvalue()


def compiled(messages: Catalog) -> bytes:
    """Return the content of a ``.mo`` file."""
    content, found = io.BytesIO(), _words(str(messages.locale))
    for message in messages:
        # What has no translation is said in English, which an empty text in the file would hide.
        if message.id and all(text for _, text in texts(message)):
            found[message.id] = message
    write_mo(content, found)
    return content.getvalue()


def texts(message: Message) -> list[tuple[str, str]]:
    """Return each form of a message in English beside its translation, which may be empty."""
    if isinstance(message.id, str) or not isinstance(message.string, tuple | list):
        return [(str(message.id), str(message.string or ""))]
    # A language with one form has that of several things.
    english = message.id if len(message.string) > 1 else message.id[1:]
    return [(english[min(form, 1)], text) for form, text in enumerate(message.string)]


def _words(language: str | None) -> _Words:
    return _Words(language, header_comment="# The words of convanim's pictures.", fuzzy=False)


def main() -> None:
    """Bring the template and all catalogues up to date, and compile these."""
    messages = template()
    CATALOGUES.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(written(messages))
    for language in TRANSLATED:
        found, path = updated(language, messages), po_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(found))
        path.with_suffix(".mo").write_bytes(compiled(found))
        done = sum(bool(one.id) and all(text for _, text in texts(one)) for one in found)
        print(f"{language}: {done} of {len(messages)} messages")


if __name__ == "__main__":
    main()
