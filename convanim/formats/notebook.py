"""An animation for notebooks: a page to play, and pictures for viewers that run no scripts."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from typing import Protocol

from convanim.formats import FORMATS, Format
from convanim.formats.clip import Told
from convanim.formats.estimate import Effort
from convanim.motion.timeline import FRAME_LIMIT, Timeline

MOST_BYTES = 900_000
"""The most bytes of all forms together; notebook servers allow a million bytes per second."""

_MOST_SECONDS = 20
"""The most time that each form may take."""

_CONTROLS = 230
"""Pixels above and below the picture in the page, for its title, text and buttons."""

_ANSWERS = 130
"""Pixels more in an exercise, for the field and what is said of an answer."""


class Showable(Protocol):
    """What a notebook can show."""

    @property
    def told(self) -> Told:
        """Texts that describe it."""

    @property
    def timeline(self) -> Timeline:
        """Which steps it shows, and when."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def poster(self) -> int:
        """The step to show where nothing moves."""

    def still(self, step: int) -> Showable:
        """Return a still of one step."""

    def effort(self, format_: Format) -> Effort:
        """Return the effort of writing it in a format."""

    def encode(self, suffix: str) -> bytes:
        """Return the content of a file in the format of a suffix."""


def bundle(animation: Showable) -> dict[str, str]:
    """Return the forms of an animation by MIME type, as many as fit into `MOST_BYTES`.

    The still comes first, then the page, then the GIF, so that the most needed
    forms are left out last. Forms that would take too long are left out too.
    """
    return dict(_forms(animation))


def best_form(animation: Showable) -> tuple[str, str]:
    """Return the MIME type and the content of the best form of `bundle`; pictures are addresses that hold them."""
    forms = dict[str, str]()
    for kind, content in _forms(animation):
        forms[kind] = content
        if kind == "text/html":
            return kind, content
    kind = next(kind for kind in ("image/gif", "image/png", "text/plain") if kind in forms)
    return kind, f"data:{kind};base64,{forms[kind]}" if kind.startswith("image/") else forms[kind]


def _forms(animation: Showable) -> Iterator[tuple[str, str]]:
    """Yield the forms of `bundle`, the most needed first."""
    yield "text/plain", f"{animation.told.title}. {animation.told.alt}"
    still = animation.still(animation.poster)
    makers: dict[str, tuple[str, Showable, Callable[[Showable], str]]] = {
        "image/png": ("png", still, _still),
        "text/html": ("html", animation, _page),
        "image/gif": ("gif", animation, _gif),
    }
    left = MOST_BYTES
    for kind, (suffix, shown, maker) in makers.items():
        is_too_long = len(shown.timeline.frames) > FRAME_LIMIT
        cannot_ask = shown.told.asked is not None and not FORMATS[suffix].takes_answers
        if is_too_long or cannot_ask or shown.effort(FORMATS[suffix]).seconds > _MOST_SECONDS:
            continue
        content = maker(shown)
        if len(content) <= left:
            yield kind, content
            left -= len(content)


def _still(animation: Showable) -> str:
    return base64.b64encode(animation.encode("png")).decode()


def _gif(animation: Showable) -> str:
    return base64.b64encode(animation.encode("gif")).decode()


def _page(animation: Showable) -> str:
    """Return the page in an iframe, so that its names and keys do not clash with the notebook's."""
    width, height = animation.size
    controls = _CONTROLS + (_ANSWERS if animation.told.asked else 0)
    source = escape(animation.encode("html").decode(), quote=True)
    return (
        f'<iframe srcdoc="{source}" title="{escape(animation.told.title, quote=True)}" sandbox="allow-scripts" '
        f'width="{max(width, 360) + 20}" height="{height + controls}" style="border:0;max-width:100%"></iframe>'
    )
