"""An animation as a notebook shows it: a page to play, with pictures for viewers that run no scripts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from typing import Protocol

from convanim.formats import FORMATS, Format
from convanim.formats.clip import Told
from convanim.formats.estimate import Effort
from convanim.motion.timeline import FRAME_LIMIT, Timeline

MOST_BYTES = 900_000
"""Of all forms together; notebook servers let a million bytes a second pass."""

_MOST_SECONDS = 20
"""What each form may take."""

_CONTROLS = 190
"""Pixels below and above the picture of the page, for its title, its words and its buttons."""


class Showable(Protocol):
    """What a notebook can show."""

    @property
    def told(self) -> Told:
        """What it says in words."""

    @property
    def timeline(self) -> Timeline:
        """Which steps it shows, and when."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def poster(self) -> int:
        """The step that stands for all where nothing moves."""

    def still(self, step: int) -> Showable:
        """Return one step of it."""

    def effort(self, format_: Format) -> Effort:
        """Return what it takes to be written in a format."""

    def encode(self, suffix: str) -> bytes:
        """Return the content of a file."""


def bundle(animation: Showable) -> dict[str, str]:
    """Return the forms of an animation by their MIME types: as many as stay within `MOST_BYTES`.

    A still comes first, then the page, then the GIF, so that what is most
    needed is never what is left out. What would take long is.
    """
    forms: dict[str, str] = {"text/plain": f"{animation.told.title}. {animation.told.alt}"}
    still = animation.still(animation.poster)
    makers: dict[str, tuple[str, Showable, Callable[[Showable], str]]] = {
        "image/png": ("png", still, _still),
        "text/html": ("html", animation, _page),
        "image/gif": ("gif", animation, _gif),
    }
    left = MOST_BYTES
    for kind, (suffix, shown, maker) in makers.items():
        is_too_long = len(shown.timeline.frames) > FRAME_LIMIT
        if is_too_long or shown.effort(FORMATS[suffix]).seconds > _MOST_SECONDS:
            continue
        content = maker(shown)
        if len(content) <= left:
            forms[kind] = content
            left -= len(content)
    return forms


def _still(animation: Showable) -> str:
    return base64.b64encode(animation.encode("png")).decode()


def _gif(animation: Showable) -> str:
    return base64.b64encode(animation.encode("gif")).decode()


def _page(animation: Showable) -> str:
    """Return the page in a frame of its own, which keeps its names and its keys apart from the notebook's."""
    width, height = animation.size
    source = escape(animation.encode("html").decode(), quote=True)
    return (
        f'<iframe srcdoc="{source}" title="{escape(animation.told.title, quote=True)}" sandbox="allow-scripts" '
        f'width="{max(width, 360) + 20}" height="{height + _CONTROLS}" style="border:0;max-width:100%"></iframe>'
    )
