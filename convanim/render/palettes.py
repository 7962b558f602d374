"""The colours that each theme chooses, from which those of all roles are derived."""

from __future__ import annotations

from convanim.base.extending import add
from convanim.base.records import dataclass

_LIGHT_TINTS = ("#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#bbcc33", "#99ddff", "#44bb99", "#aaaa00", "#b99ad9")
"""Tints that every kind of colour vision tells apart, Paul Tol's light ones, and a violet: one for each cell of 3×3."""

_GREY_TINTS = ("#f0f0f0", "#b4b4b4", "#d2d2d2", "#969696", "#e1e1e1", "#a5a5a5", "#c3c3c3", "#878787", "#787878")

_MOVED_TINTS = ("#f2905a", "#f7e07a", "#d3a4ec", "#b5566f", "#9aa82f", "#f6b9a6", "#8c6d46", "#6a4fa3", "#cfe6a0")
_MOVED_DEEP_TINTS = ("#d9722f", "#cdaa2d", "#a97fd6", "#a8415e", "#7f8f24", "#d98f78", "#7a5a36", "#5d44a0", "#a9c26a")
_MOVED_SAFE_TINTS = ("#d0609a", "#f0e08a", "#7d8a3a", "#5b4b8f", "#f2b8c6", "#9c5a34", "#e3d0f2", "#4c5a2a", "#7a1f3d")
_MOVED_GREYS = ("#bdbdbd", "#9a9a9a", "#767676", "#535353", "#cccccc", "#ababab", "#888888", "#656565", "#404040")
"""Tints of cells that are only moved, unlike input and output: in colour, on dark pages, for all eyes, and in grey."""


@dataclass(frozen=True)
class Palette:
    """The colours that a theme chooses; those of all roles are derived from them."""

    about: str
    background: str
    ink: str
    grid: str
    input: str
    output: str
    intermediate: str
    kernel: str
    shadow: str
    shadow_opacity: float
    inserted: str | None
    copy: str
    mismatch: str
    difference: str
    surplus: float = 0.3
    pending: float = 0.0
    hatch: bool = False
    tints: tuple[str, ...] = _LIGHT_TINTS
    moved: tuple[str, ...] = _MOVED_TINTS
    convolved: str = "#f2cf6b"
    activated: str = "#d9661f"
    pooled: str = "#dc322f"
    enlarged: str = "#2aa198"
    dense: str = "#6c71c4"
    closing: str = "#d33682"


THEMES = {
    "guide": Palette(
        about="the colours of the guide",
        background="#ffffff",
        ink="#002b36",
        grid="#002b36",
        input="#268bd2",
        output="#2aa198",
        intermediate="#b58900",
        kernel="#073642",
        shadow="#073642",
        shadow_opacity=0.4,
        inserted="#d9e0e2",
        copy="#c9e2f5",
        mismatch="#dc322f",
        difference="#dc322f",
    ),
    "dark": Palette(
        about="for dark pages: the kernel's shadow lightens",
        background="#002b36",
        ink="#eee8d5",
        grid="#00141a",
        input="#268bd2",
        output="#2aa198",
        intermediate="#b58900",
        kernel="#fdf6e3",
        shadow="#fdf6e3",
        shadow_opacity=0.4,
        pending=0.06,
        inserted="#3b555c",
        copy="#1d4f70",
        mismatch="#dc322f",
        difference="#dc322f",
        moved=_MOVED_DEEP_TINTS,
        convolved="#e6bf58",
        activated="#cf5f1d",
    ),
    "colorblind": Palette(
        about="blue and orange, apart for every kind of colour vision",
        background="#ffffff",
        ink="#1a1a1a",
        grid="#1a1a1a",
        input="#56b4e9",
        output="#e69f00",
        intermediate="#f5f0a0",
        kernel="#000000",
        shadow="#000000",
        shadow_opacity=0.4,
        inserted="#dcdcdc",
        copy="#cfe8f8",
        mismatch="#d55e00",
        difference="#d55e00",
        moved=_MOVED_SAFE_TINTS,
        convolved="#efe36e",
        activated="#e69f00",
        pooled="#d55e00",
        enlarged="#009e73",
        dense="#cc79a7",
        closing="#0072b2",
    ),
    "print": Palette(
        about="black on white with a hatched kernel, for a grey printer",
        background="#ffffff",
        ink="#000000",
        grid="#000000",
        input="#ffffff",
        output="#dcdcdc",
        intermediate="#efefef",
        kernel="#000000",
        shadow="#000000",
        shadow_opacity=0.08,
        inserted="#cdcdcd",
        copy="#e6e6e6",
        mismatch="#000000",
        difference="#c8c8c8",
        surplus=0.8,
        convolved="#d2d2d2",
        activated="#909090",
        pooled="#3c3c3c",
        enlarged="#8c8c8c",
        dense="#c4c4c4",
        closing="#000000",
        hatch=True,
        tints=_GREY_TINTS,
        moved=_MOVED_GREYS,
    ),
}
"""Every theme by name, the default first."""


def register(name: str, palette: Palette) -> None:
    """Register a theme, so that commands, lists and galleries offer it.

    Raises
    ------
    ConvanimError
        If a theme of that name exists.
    """
    add(THEMES, "theme", name, palette)
