"""What a server answers: a file, facts as JSON, or a sentence that says why there is none."""

from __future__ import annotations

import gzip
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import field
from html import escape
from typing import Any
from urllib.parse import quote

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.base.text import printable
from convanim.formats import FORMATS

ALT = "X-Alternative-Text"
"""The header with the alternative text of a picture, in UTF-8 with percent signs, as in an address."""

NOTES = "X-Notes"
"""The header with what was left out of a picture, spelled in the same way."""

_MOST_HEADER = 4000
_SET = re.compile(r"`(\w+)=([^`]*)`")
"""A parameter with a value in a sentence of ours."""

_OTHER_SETS = (
    (re.compile(r"an? `(\w+)` of (?:at least )?([\dx:]+)"), None),
    (re.compile(r"()at most (\d+)"), None),
    (re.compile(r"no `(\w+)`()"), "0"),
)
"""Other ways to name a parameter, or the one at fault, with its value, and the value where none is said."""

_COMPRESSED = ("text/", "image/svg+xml", "application/json")
_WIDE, _LINE, _TEXT = 46, 20, 15
"""The most letters of a line, and the heights of a line and of letters in pixels, where a picture is a sentence."""


_NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Answer:
    """An answer to a request.

    Attributes
    ----------
    status : int
        As in HTTP.
    media_type : str
        What the body is.
    body : bytes
        A file, or JSON.
    headers : mapping of str to str
        More about it.
    packed : bytes
        The body as gzip, if that is much smaller.
    """

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: bytes = b""

    @property
    def size(self) -> int:
        """How many bytes it takes in memory."""
        return len(self.body) + len(self.packed) + 1000


def answer(media_type: str, body: bytes, status: int = 200, headers: Mapping[str, str] = _NONE) -> Answer:
    """Return an answer; what can be made much smaller is compressed, the same way each time."""
    is_text = media_type.startswith(_COMPRESSED)
    return Answer(status, media_type, body, headers, gzip.compress(body, 6, mtime=0) if is_text else b"")


def json_answer(content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return facts as JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return answer("application/json", body, status)


def header(text: str) -> str:
    """Return a text as a header can hold it: with percent signs, and not too long."""
    written = quote(text, safe=" !#$&'()*+,/:;=?@[]~")
    whole = written if len(written) <= _MOST_HEADER else written[:_MOST_HEADER].rpartition(" ")[0]
    # A header may not begin or end with a space.
    return whole.strip()


def _other_change(way: str, option: str) -> dict[str, str]:
    """Return what a way out sets, if it is said in other words."""
    for pattern, usual in _OTHER_SETS:
        if found := pattern.fullmatch(way):
            return {found[1] or option: usual or found[2]}
    return {}


@dataclass(frozen=True)
class Refusal:
    """Why something is not drawn.

    Attributes
    ----------
    status : int
        As in HTTP.
    said : str
        A sentence that says what is wrong, and what is allowed.
    option : str
        The parameter that is wrong, if it is one.
    ways : tuple of (str, dict)
        What works instead: in words, and as parameters that take the place of others.
    """

    status: int
    said: str
    option: str = ""
    ways: tuple[tuple[str, Mapping[str, str]], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as data."""
        ways = [{"said": said, "change": dict(change)} for said, change in self.ways]
        return {"error": self.said, "option": self.option, "ways": ways}


def refused(why: Refusal, suffix: str, headers: Mapping[str, str] = _NONE) -> Answer:
    """Return a refusal: as a small picture where a picture was asked for, otherwise as JSON."""
    is_picture = suffix in FORMATS and FORMATS[suffix].media_type.startswith("image/")
    found = (
        answer("image/svg+xml", _drawn(why.said), why.status) if is_picture else json_answer(why.to_dict(), why.status)
    )
    return Answer(found.status, found.media_type, found.body, {**headers, ALT: header(why.said)}, found.packed)


def _drawn(said: str) -> bytes:
    """Return a sentence as an SVG that can be read on light and on dark pages."""
    said = printable(said)
    lines = textwrap.wrap(said, _WIDE)
    width, height = 420, _LINE * len(lines) + 2 * _LINE
    rows = "".join(
        f'<text x="20" y="{_LINE * (number + 1) + _LINE // 2 + 5}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(said)}" font-family="DejaVu Sans, Verdana, sans-serif" '
        f'font-size="{_TEXT}" fill="#002b36"><rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="6" '
        f'fill="#fdf6e3" stroke="#b58900" stroke-width="2"/>{rows}</svg>'
    ).encode()


def refusal_of(error: ConvanimError, status: int, known: Mapping[str, str]) -> Refusal:
    """Return the refusal of an error.

    Parameters
    ----------
    error : ConvanimError
        The error.
    status : int
        As in HTTP.
    known : mapping of str to str
        The names that addresses have for parameters.
    """
    option = known.get(error.option, error.option)
    return Refusal(status, error.spelled(_spelled), option, tuple(_ways(error, known)))


def _spelled(name: str, value: str) -> str:
    """Return a parameter as addresses write it, or in words where they have none."""
    plain = name.replace("_", "-")
    return plain if not value else f"{plain}={value}"


def _ways(error: ConvanimError, known: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield those ways out that set parameters which the address has, by their names there."""
    for way in error.ways:
        change = dict(_SET.findall(way)) or _other_change(way, error.option)
        if change and all(name in known for name in change):
            yield way.replace("`", "").replace("_", "-"), {known[name]: value for name, value in change.items()}
