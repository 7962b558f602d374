"""Animations that formats of pixels are compared by, each drawn and written once."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image

from convanim import Animation, Conv, animate

ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "plain": lambda: animate(Conv(4, 3, padding=1), width=200),
    "flat": lambda: animate(Conv(3, 2), view="flat"),
    "channels": lambda: animate(Conv(4, 3, in_channels=2, out_channels=2), width=200),
    "transparent": lambda: animate(Conv(4, 3), width=160, background="transparent"),
    "dark": lambda: animate(Conv(4, 3), width=160, theme="dark", caption=True),
    "smooth": lambda: animate(Conv(3, 2), width=160, motion="smooth", fps=10),
}


@cache
def drawn(name: str) -> Animation:
    """Return an animation by its name."""
    return ANIMATIONS[name]()


@cache
def encoded(name: str, suffix: str) -> bytes:
    """Return the file of an animation."""
    return drawn(name).encode(suffix)


def opened(content: bytes) -> Any:
    """Return a picture as Pillow reads it."""
    return Image.open(io.BytesIO(content))
