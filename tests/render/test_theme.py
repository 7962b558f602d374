"""Themes: every role has a look, and looks differ where they must."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from convanim import ConvanimError
from convanim.render.palettes import THEMES
from convanim.render.theme import RGB, Theme, blend, contrast, find_theme, parse_colour


def look(theme: Theme, role: str) -> tuple[object, ...]:
    style = theme.styles[role]
    return tuple(getattr(style, field.name) for field in fields(style))


@pytest.mark.parametrize("name", THEMES)
def test_kinds_of_cells_have_looks_of_their_own(name: str) -> None:
    theme = find_theme(name)
    roles = ["input", "output", "pending", "padding", "surplus", "inserted", "copy", "idle", "input_unread"]
    assert len({look(theme, role) for role in roles}) == len(roles)


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_styles_the_same_roles(name: str) -> None:
    assert find_theme(name).styles.keys() == find_theme("guide").styles.keys()


@pytest.mark.parametrize("name", THEMES)
def test_words_stand_out_from_the_page(name: str) -> None:
    theme = find_theme(name)
    assert contrast(theme.text, theme.background) >= 4.5


@pytest.mark.parametrize("name", ["guide", "dark", "colorblind"])
def test_the_shadow_changes_every_fill_that_it_falls_on(name: str) -> None:
    theme = find_theme(name)
    for role in ("input", "output", "padding", "inserted", "copy", "surplus"):
        assert contrast(theme.fill(role, shaded=True) or (0, 0, 0), theme.fill(role) or theme.background) > 1.4


@pytest.mark.parametrize("shaded", [False, True])
@pytest.mark.parametrize("name", THEMES)
def test_inserted_zeros_are_not_padding_even_under_the_kernel(name: str, shaded: bool) -> None:
    theme = find_theme(name)
    zero, padding, real = (theme.fill(role, shaded) or theme.background for role in ("inserted", "padding", "input"))
    assert difference(zero, padding) >= (18 if shaded else 11)
    assert difference(zero, real) >= 15


def difference(one: RGB, other: RGB) -> float:
    """Return the difference ΔE of two colours, as CIE 1976 defines it."""
    return float(np.linalg.norm(lab(one) - lab(other)))


def lab(colour: RGB) -> np.ndarray:
    parts = np.array(colour) / 255
    light = np.where(parts > 0.04045, ((parts + 0.055) / 1.055) ** 2.4, parts / 12.92)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ light
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_print_is_grey_and_hatched() -> None:
    theme = find_theme("print")
    fills = [theme.fill(role, shaded) for role in theme.styles for shaded in (False, True)]
    assert all(len(set(fill)) == 1 for fill in fills if fill)
    assert theme.hatch


def test_a_padded_cell_under_the_kernel_is_the_guides_grey() -> None:
    assert find_theme("guide").fill("padding", shaded=True) == (156, 175, 179)


def test_another_background_is_taken_up() -> None:
    theme = find_theme("guide", (250, 240, 230))
    assert theme.background == (250, 240, 230)
    assert theme.fill("padding", shaded=True) == blend((250, 240, 230), theme.shadow, theme.shadow_opacity)


def test_unknown_themes_and_colours_are_refused() -> None:
    with pytest.raises(ConvanimError, match="choose guide, dark, colorblind or print"):
        find_theme("solarized")
    for text in ("white", "#fff", "#gggggg", "#1234567"):
        with pytest.raises(ConvanimError, match="not a colour"):
            parse_colour("background", text)
    assert parse_colour("background", "#0a0B0c") == (10, 11, 12)


def test_a_background_that_hides_the_lines_is_refused_with_a_theme_that_fits() -> None:
    with pytest.raises(ConvanimError, match=r"background #000000: hides the lines .* use theme=dark"):
        find_theme("guide", (0, 0, 0))
    with pytest.raises(ConvanimError, match="use theme=guide"):
        find_theme("dark", (255, 255, 255))


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x77, 0x77, 0x77), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_crosses_are_pale_beneath_digits(name: str) -> None:
    theme = find_theme(name)
    idle, cross, unread = theme.styles["idle_cross"], theme.styles["cross"], theme.fill("input_unread")
    assert idle.line is not None
    assert cross.line is not None
    assert unread is not None
    for line, beneath in ((idle.line, theme.background), (blend(unread, cross.line, cross.opacity), unread)):
        assert 1.2 < contrast(line, beneath) < 2.6


@pytest.mark.parametrize("name", THEMES)
def test_cells_that_hold_nothing_are_unlike_padding_under_the_window_too(name: str) -> None:
    theme = find_theme(name)
    empty, padding = (theme.fill(role, True) or theme.background for role in ("empty", "padding"))
    assert contrast(empty, padding) > 1.02
    assert theme.fill("empty") != theme.background
    assert theme.fill("padding_faint", True) == theme.fill("padding", True)
