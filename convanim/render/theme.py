"""Themes: the colour, line and dash of each role."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, quoted
from convanim.base.records import dataclass
from convanim.render.palettes import THEMES, Palette

RGB = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


_OVER_GREYS = 0.35
"""The part of the kernel's shadow that lies over greys, which must still say which number they stand for."""


@dataclass(frozen=True)
class Style:
    """How the shapes of one role look.

    Attributes
    ----------
    fill : RGB or None
        Colour of a cell; None leaves it transparent.
    line : RGB or None
        Colour of a line; None draws none.
    width : float
        Line width as a multiple of the grid's.
    dash : tuple of float
        Dash and gap as multiples of the grid's line width; empty is solid.
    opacity : float
        Opacity of lines and cells, from 0 to 1.
    shaded : RGB or None
        Colour of a cell in the kernel's shadow, where that is not its fill with the shadow blended in.
    casing : RGB or None
        Colour of a wider, paler line below one, which sets it off from the cells that it crosses; None draws none.
    """

    fill: RGB | None = None
    line: RGB | None = None
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    shaded: RGB | None = None
    casing: RGB | None = None


@dataclass(frozen=True)
class Theme:
    """A complete look.

    Attributes
    ----------
    background, text : RGB
        Colours of the page, and of the words on it.
    shadow : RGB
        Colour that the kernel lays over the cells that it reads.
    shadow_opacity : float
        Opacity of that colour.
    hatch : RGB or None
        Colour of diagonal lines over read cells, for pages without colour.
    styles : dict of str to Style
        The look of every role.
    tints : tuple of RGB
        Colours that tell channels and groups apart, blended into those of cells; beyond the last they begin anew.
    """

    background: RGB
    text: RGB
    shadow: RGB
    shadow_opacity: float
    hatch: RGB | None
    styles: dict[str, Style] = field(hash=False)
    tints: tuple[RGB, ...] = ()

    def fill(self, role: str, shaded: bool = False, strength: float = 1.0, tint: int | None = None) -> RGB | None:
        """Return the colour of a cell, with its tint, and the kernel's shadow blended in if it is shaded."""
        style = self.styles[role]
        base = style.fill
        if base is not None and tint is not None:
            base = self.tints[tint % len(self.tints)]
        if base is not None and strength < 1:
            base = blend(self.background, base, strength)
        if not shaded:
            return base
        return style.shaded or blend(base or self.background, self.shadow, self.shadow_opacity)

    def ink(self, on: str | None, shaded: bool = False, strength: float = 1.0, tint: int | None = None) -> RGB:
        """Return the colour of letters on a cell, or on the page: black or white, whichever is clearer."""
        if on is None:
            return self.text
        return clearer(self.fill(on, shaded, strength, tint) or self.background)

    def tone(self, grey: float, shaded: bool) -> RGB:
        """Return a grey, from 0 for black to 1 for white, with some of the kernel's shadow if it is shaded."""
        colour = (round(255 * grey),) * 3
        return blend(colour, self.shadow, _OVER_GREYS * self.shadow_opacity) if shaded else colour


def blend(under: RGB, over: RGB, opacity: float) -> RGB:
    """Return the colour of ``over`` on top of ``under``, with an opacity from 0 to 1."""
    red, green, blue = (round(u + (o - u) * opacity) for u, o in zip(under, over, strict=True))
    return red, green, blue


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    lights = sorted(_luminance(colour) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: RGB) -> float:
    parts = [channel / 255 for channel in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(1024)
def clearer(beneath: RGB) -> RGB:
    """Return black or white, whichever is clearer on a colour; the contrast is always at least 4.5."""
    return max((BLACK, WHITE), key=lambda letters: contrast(beneath, letters))


def parse_colour(option: str, text: object) -> RGB:
    """Return the colour of a text such as ``#rrggbb``.

    Raises
    ------
    ConvanimError
        If the text is not six hexadecimal digits after ``#``.
    """
    if not isinstance(text, str) or not re.fullmatch("#[0-9a-fA-F]{6}", text, re.ASCII):
        raise ConvanimError(option, quoted(text), "not a colour; write transparent, or #rrggbb such as #ffffff")
    return _rgb(text)


def _rgb(text: str) -> RGB:
    digits = text.removeprefix("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


_DEEPER = 1.4
"""How much more of the shadow's colour an inserted zero takes than padding does, from which it would hardly differ."""


LEAST_CONTRAST = 4.5
"""Least contrast of lines and words with the background, as WCAG 2 requires for text."""

DASHED = (3.6, 2.6)
DOTTED = (1.0, 1.8)
SPARSE = (1.4, 3.4)


def find_theme(name: str, background: RGB | None = None) -> Theme:
    """Return a theme by name, on its own background or on ``background``.

    Raises
    ------
    ConvanimError
        If there is no such theme, or its lines cannot be seen on the background.
    """
    palette = THEMES[one_of("theme", name, THEMES)]
    page = background or _rgb(palette.background)
    if contrast(page, _rgb(palette.ink)) < LEAST_CONTRAST:
        others = [other for other, its in THEMES.items() if contrast(page, _rgb(its.ink)) >= LEAST_CONTRAST]
        ways = f"use `theme={others[0]}`" if others else "use a lighter or a darker one"
        said = "#{:02x}{:02x}{:02x}".format(*page)
        raise ConvanimError("background", said, f"hides the lines and words of the theme {name}; {ways}")
    return _build(palette, page)


@lru_cache(64)
def _build(palette: Palette, background: RGB) -> Theme:
    ink, grid = _rgb(palette.ink), _rgb(palette.grid)
    muted = blend(background, ink, 0.6)
    read = _rgb(palette.input)
    outline = blend(background, ink, 0.5) if palette.hatch else read
    between = outline if palette.hatch else _rgb(palette.intermediate)
    made = outline if palette.hatch else _rgb(palette.output)
    styles = {
        "input": Style(read, grid, 1.7 if palette.hatch else 1.0),
        "weighed": Style(blend(background, ink, 0.6) if palette.hatch else read, grid),
        "output": Style(_rgb(palette.output), grid),
        "intermediate": Style(_rgb(palette.intermediate), grid),
        "partial": Style(blend(background, _rgb(palette.intermediate), _PARTIAL), grid),
        "kernel": Style(_rgb(palette.kernel), background, 0.75),
        "difference": Style(_rgb(palette.difference), grid),
        "added": Style(blend(background, _rgb(palette.output), 0.25), background, 0.75),
        "input_frame": Style(None, outline, 3.0),
        "output_frame": Style(None, _rgb(palette.output) if not palette.hatch else ink, 3.0),
        "thread": Style(None, muted, 0.6, opacity=0.5),
        "branch": Style(None, ink, 1.5),
        "arrow": Style(None, ink, 1.2),
        "lead": Style(None, ink, 2.0),
        "dot": Style(ink),
        "pin": Style(ink),
        "place": Style(background),
        "at_rest": Style(blend(background, _rgb(palette.shadow), _AT_REST * palette.shadow_opacity)),
        "move": Style(None, ink, 1.6),
        "past": Style(None, ink, 0.9),
        "pending": Style(blend(background, ink, palette.pending), muted, 0.75),
        # Where values are greys, white is one of them.
        "pending_grey": Style(background, muted, 0.75, dash=SPARSE)
        if palette.hatch
        else Style(blend(background, made, 0.2), muted, 0.75),
        **dict.fromkeys(("empty", "idle_empty"), _empty(palette, background, ink)),
        "shadow": Style(_rgb(palette.shadow), opacity=palette.shadow_opacity),
        "glass": Style(_rgb(palette.shadow), opacity=palette.shadow_opacity / 2),
        "edge": Style(None, muted, 1.0),
        "behind": Style(None, muted, 2.2) if palette.hatch else Style(None, WHITE, 0.9, opacity=0.75),
        "padding": Style(None, ink, dash=DASHED),
        "padding_faint": Style(None, blend(background, ink, 0.7), 0.8, dash=DASHED),
        "surplus": Style(blend(background, _rgb(palette.output), palette.surplus), ink, dash=DASHED),
        **dict.fromkeys(("inserted", "idle_zero"), _inserted(palette, background)),
        "copy": Style(_rgb(palette.copy), ink, dash=DASHED),
        "idle": Style(None, muted, 0.8, dash=SPARSE),
        "idle_cross": Style(None, blend(background, ink, 0.3), 0.9),
        "input_unread": Style(blend(background, read, _UNREAD), grid),
        "intermediate_unread": Style(blend(background, _rgb(palette.intermediate), _UNREAD), grid),
        "output_unread": Style(blend(background, _rgb(palette.output), _UNREAD), grid),
        "cross": Style(None, ink, 0.9, opacity=0.28),
        "cross_on_dark": Style(None, WHITE, 0.9, opacity=0.38),
        "cross_on_light": Style(None, BLACK, 0.9, opacity=0.28),
        "overhang": Style(None, _rgb(palette.mismatch), 1.2, dash=DASHED),
        "overhang_reach": Style(None, _rgb(palette.mismatch), 2.3),
        "frame": Style(None, outline, 2.0),
        "frame_shaded": Style(None, blend(outline, _rgb(palette.shadow), palette.shadow_opacity), 2.0),
        "intermediate_spread": Style(None, between, 2.0),
        "intermediate_spread_shaded": Style(None, blend(between, _rgb(palette.shadow), palette.shadow_opacity), 2.0),
        "output_spread": Style(None, made, 2.0),
        "output_spread_shaded": Style(None, blend(made, _rgb(palette.shadow), palette.shadow_opacity), 2.0),
        "intermediate_frame": Style(None, between, 3.0),
        "mirror": Style(None, ink, 1.6, dash=(9.0, 3.0)),
        "mirror_end": Style(None, ink, 1.6),
        "ring_dark": Style(None, ink, 1.2),
        **_pairs(palette),
        "ring_light": Style(None, background, 1.6),
        "winner": Style(None, ink if palette.hatch else background, 2.2),
        "window": Style(None, ink),
        "block": Style(None, ink, 1.0, dash=DASHED),
        "index": Style(background, muted, 0.75),
        "landing": Style(ink, muted, 0.75),
        "reach": Style(None, ink, 2.3),
        "upright": Style(None, ink, 2.0, opacity=0.55),
        "ray": Style(None, ink, 0.9, opacity=0.9, casing=background),
        "flat_ray": Style(None, ink, 1.2, opacity=0.8),
        "waiting": Style(None, ink, 1.0, opacity=0.3),
        "guide_ray": Style(None, ink, 0.8),
    }
    styles |= _bars(styles, palette, background) | _tints(palette, background) | _blocks(palette, background)
    hatch, tints = ink if palette.hatch else None, tuple(map(_rgb, palette.moved))
    return Theme(background, ink, _rgb(palette.shadow), palette.shadow_opacity, hatch, styles, tints)


_UNREAD = 0.6
"""The strength of the colour of cells that no window reads."""


_PARTIAL = 0.45
"""The strength of the colour of what a channel adds, which is no result of a layer."""

_AT_REST = 0.3
"""How much of its shadow lies on a kernel without weights that is not at work."""

_EMPTY, _EMPTY_IN_GREYS = 0.13, 0.4
"""How much ink is in the colour of cells that hold nothing, of those that only wait none."""


def _inserted(palette: Palette, background: RGB) -> Style:
    """Return the style of inserted zeros, which the shadow darkens more than it does padding."""
    fill, shadow = _rgb(palette.inserted) if palette.inserted else None, _rgb(palette.shadow)
    shaded = blend(fill or background, shadow, min(_DEEPER * palette.shadow_opacity, 1.0))
    return Style(fill, _rgb(palette.ink), dash=DOTTED, shaded=shaded)


def _empty(palette: Palette, background: RGB, line: RGB) -> Style:
    """Return the style of cells that hold nothing, which the shadow darkens more than it does padding."""
    # Among greys, it differs from those of results by being dark, and on dark ground from blank ones by being light.
    share = _EMPTY_IN_GREYS if palette.hatch else _EMPTY + 2 * palette.pending
    fill, shadow = blend(background, _rgb(palette.ink), share), _rgb(palette.shadow)
    return Style(fill, line, 0.75, shaded=blend(fill, shadow, min(_DEEPER * palette.shadow_opacity, 1.0)))


_UNPAIRED, _PAIRS = (0, 7), 21
"""The tints that no ring has, and how many kinds of rings there are."""


def _pairs(palette: Palette) -> dict[str, Style]:
    """Return the styles of the rings that pair copies with their originals: solid ones, then dashed and dotted ones.

    The first tint is left out, since it is that of input, and one that is much
    like another. Few greys can be told apart in a ring.
    """
    background = _rgb(palette.background)
    lines = [_rgb(tint) for number, tint in enumerate(palette.tints) if number not in _UNPAIRED]
    if palette.hatch:
        # None is white, which would hide the borders of tiles.
        lines = [blend(background, _rgb(palette.ink), share) for share in (0.4, 1.0, 0.2, 0.7)]
    looks = [Style(None, line, 2.6, dash) for dash in ((), DASHED, DOTTED) for line in lines]
    return {f"pair_{number}": looks[number % len(looks)] for number in range(_PAIRS)}


def _tints(palette: Palette, background: RGB) -> dict[str, Style]:
    """Return the styles of tinted cells: those of each tint, and its frames."""
    found, grid = dict[str, Style](), _rgb(palette.grid)
    for number, tint in enumerate(map(_rgb, palette.moved)):
        role = f"tint_{number}"
        found[role] = Style(tint, grid)
        found[f"{role}_frame"] = Style(None, tint, 3.6)
        found[f"{role}_pale"] = Style(blend(background, tint, _PALE), grid)
        found |= _styled(role, tint, background, grid)
    return found


_PALE = 0.4
"""The strength of the colour of cells behind bars."""

_LIGHT = 0.7
"""The luminance from which bars are darker than the fill of their cells, since they would not stand out."""


_LIT, _DIM, _DEEP = 0.45, 0.12, 0.25
"""How much of white is in the top of a block, of black in its side, and of ink in what an activation makes."""


_OF_MEANS, _OF_SMALL, _OF_LARGE, _OF_LARGEST = 0.5, 0.65, (1.5, 0.93), (2.0, 0.72)
"""How much of white is in the colours of means, and of small kernels and none; what deepens those of large ones."""


def _deeper(colour: RGB, power: float, light: float) -> RGB:
    """Return a deeper shade of a colour, which keeps its hue."""
    red, green, blue = (round(255 * light * (channel / 255) ** power) for channel in colour)
    return red, green, blue


def _blocks(palette: Palette, background: RGB) -> dict[str, Style]:
    """Return the styles of the blocks of a network: their front, their lighter top and their darker side."""
    ink, grid, conv = _rgb(palette.ink), _rgb(palette.grid), _rgb(palette.convolved)
    fills = {
        "input": _rgb(palette.input),
        "conv1": blend(conv, WHITE, _OF_SMALL),
        "conv": conv,
        "conv5": _deeper(conv, *_OF_LARGE),
        "conv7": _deeper(conv, *_OF_LARGEST),
        "depthwise": blend(conv, _rgb(palette.enlarged), 0.4),
        "pool": _rgb(palette.pooled),
        "pool_mean": blend(_rgb(palette.pooled), WHITE, _OF_MEANS),
        "up": _rgb(palette.enlarged),
        "up_fixed": blend(_rgb(palette.enlarged), WHITE, _OF_SMALL),
        "dense": _rgb(palette.dense),
        "other": blend(background, ink, 0.38),
        "copy": blend(background, ink, 0.1),
    }
    faint = blend(background, ink, 0.45)
    found = {
        "net_mark": Style(None, ink, 1.4),
        "net_edge": Style(None, grid, 0.7),
        "net_unlit": Style(None, faint, 0.7),
        "net_waiting": Style(background),
        "net_stripe": Style(None, ink if palette.hatch else None, 0.6),
    }
    bands = {
        f"{kind}_band": _rgb(palette.activated) if kind.startswith("conv") else blend(fill, BLACK, _DEEP)
        for kind, fill in fills.items()
    }
    for name, front in (fills | bands | {"closing": _rgb(palette.closing)}).items():
        found[f"net_{name}"] = Style(front)
        found[f"net_{name}_top"] = Style(blend(front, WHITE, _LIT))
        found[f"net_{name}_side"] = Style(blend(front, BLACK, _DIM))
    return found


def _bars(styles: dict[str, Style], palette: Palette, background: RGB) -> dict[str, Style]:
    """Return the styles of bars, and of the cells behind them: above zero in their colour, below it hollow."""
    ink, kernel = _rgb(palette.ink), _rgb(palette.kernel)
    found: dict[str, Style] = {"kernel_pale": styles["kernel"]}
    for role in ("input", "output", "intermediate"):
        base = styles[role]
        assert base.fill is not None
        found[f"{role}_pale"] = Style(blend(background, base.fill, _PALE), base.line, base.width)
        bar = blend(base.fill, BLACK, 0.3) if _luminance(base.fill) > _LIGHT else base.fill
        found |= _styled(role, bar, background, base.line or ink)
    found |= _styled("copy", blend(_rgb(palette.copy), ink, 0.3), background, ink)
    found |= _styled("kernel", blend(background, kernel, 0.4), None, blend(background, kernel, 0.4))
    return found | _styled("weight", blend(background, ink, 0.6), background, ink)


def _styled(role: str, above: RGB, below: RGB | None, line: RGB) -> dict[str, Style]:
    """Return the styles of bars and of their zero line in cells of a role."""
    return {
        f"{role}_bar": Style(above, line, 0.6),
        f"{role}_bar_below": Style(below, line, 0.6),
        f"{role}_zero": Style(None, line, 0.8),
    }
