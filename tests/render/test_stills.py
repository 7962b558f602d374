"""Pictures that were looked at and found good, kept to be compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest

from convanim import AvgPool, Chain, Conv, ConvTranspose, Layer, MaxPool, animate
from convanim.inputs.known_chains import roundtrip, separable
from convanim.render.palettes import THEMES
from tests import DATA, ROOT

SNAPSHOTS = DATA / "snapshots"
DIFFERS = ROOT / "tests" / "differs"
TOLERANCE = 0.1
"""Mean difference, of 255, that another build of Agg may make."""

SOBEL, SPARSE = [[1, 0, -1], [2, 0, -2], [1, 0, -1]], [[1, 0, 1], [0, 2, 0], [1, 0, 1]]
POOLED = [[3, 1, 2, 0], [0, 2, 5, 1], [1, 3, 1, 6], [2, 4, 2, 3]]
STAMPS = {"input": [[1, 2], [3, 4]], "kernel": [[1, 2, 1], [0, 1, 3], [2, 0, 1]], "width": 720}
STACK = Chain([Conv(7, 3), Conv(5, 3)])
CAUSAL = Chain([Conv((12,), 2, padding="causal", dilation=dilation) for dilation in (1, 2, 4)])

STILLS: dict[str, tuple[Layer | Chain, int, dict[str, Any]]] = {
    "same": (Conv(5, 3, padding=1), 1, {}),
    "classic_odd_transposed": (ConvTranspose(3, 3, 2, 1, 1), 7, {"classic": True}),
    "odd_transposed": (ConvTranspose(3, 3, 2, 1, 1), 10, {"legend": True, "caption": True}),
    "reflect": (Conv(4, 3, padding=1, padding_mode="reflect"), 0, {"legend": True}),
    "ceil": (MaxPool(5, 2, ceil_mode=True), 8, {"legend": True}),
    "leftover_reveal": (Conv(6, 3, stride=2), 1, {"reveal": True, "legend": True}),
    "cropped": (ConvTranspose(5, 2, padding=2), 1, {"caption": True}),
    "causal": (Conv((8,), 3, padding="causal", dilation=2), 3, {"caption": True}),
    "average": (AvgPool((4, 6), (2, 3)), 3, {"reveal": True}),
    **{theme: (ConvTranspose(3, 3, 2, 1, 1), 10, {"theme": theme, "legend": True}) for theme in list(THEMES)[1:]},
    "numbers_oblique": (Conv(5, 3, padding=1), 7, {"values": True, "seed": 1234, "width": 480}),
    **{
        f"numbers_flat_{theme}": (Conv(5, 3, 2, 1), 3, {"view": "flat", "seed": 1234, "width": 720, "theme": theme})
        for theme in THEMES
    },
    "letters_flat": (Conv(4, 3), 2, {"view": "flat", "labels": "letters", "width": 720, "legend": True}),
    "maximum": (MaxPool(4, 2), 2, {"input": POOLED, "width": 480, "view": "flat"}),
    "mean": (AvgPool(4, 2), 2, {"input": POOLED, "width": 480, "view": "flat"}),
    "circular_flat": (Conv(4, 3, padding=1, padding_mode="circular"), 4, {"view": "flat", "width": 720}),
    "gather": (ConvTranspose(2, 3, 2), 13, {**STAMPS, "view": "flat"}),
    **{
        f"scatter_{theme}": (ConvTranspose(2, 3, 2), 2, {**STAMPS, "theme": theme, "method": "scatter"})
        for theme in THEMES
    },
    "scatter_cut": (ConvTranspose(3, 3, 2, 1, 1), 4, {"method": "scatter", "width": 720}),
    "overlap": (ConvTranspose(4, 3, 2), -1, {"overlap": True, "width": 600}),
    "greys": (Conv(5, 3, padding=1, padding_mode="replicate"), 6, {"view": "flat", "shades": True, "width": 720}),
    "roundtrip": (roundtrip(Conv(5, 3, 2), SPARSE), 5, {"method": "scatter", "width": 960}),
    "roundtrip_end": (roundtrip(Conv(5, 3, 2), SPARSE), -1, {"method": "scatter", "width": 960}),
    "separable": (separable(SOBEL, 6), 45, {"width": 960}),
    "separable_end": (separable(SOBEL, 6), -1, {"width": 960, "theme": "dark"}),
    "chain_flat": (Chain([Conv(4, 3, padding=1), MaxPool(4, 2)]), 17, {"view": "flat", "width": 720}),
    "chain_oblique": (STACK, 28, {"values": True, "width": 640}),
    "field": (STACK, -1, {"field": (1, 1), "width": 640, "legend": True}),
    "line": (CAUSAL, 9, {"width": 720}),
    "line_field": (CAUSAL, 2, {"width": 720, "field": (9,), "theme": "print"}),
}


@pytest.mark.parametrize("name", STILLS)
def test_stills_are_as_they_were_found_good(name: str) -> None:
    layer, step, looks = STILLS[name]
    drawn = next(animate(layer, **{"width": 360, **looks}).still(step).frames())[..., :3]
    path = SNAPSHOTS / f"{name}.png"
    if not path.exists():
        pytest.fail(f"{keep(name, drawn)} has nothing to compare with: look at it, and move it to {path}")
    stored = iio.imread(path)
    difference = np.inf if stored.shape != drawn.shape else np.abs(stored.astype(int) - drawn).mean()
    if difference > TOLERANCE:
        pytest.fail(f"{keep(name, drawn)} differs from {path} by {difference:.2f} of 255")


def keep(name: str, drawn: np.ndarray) -> Path:
    """Write a picture that is not as expected beside the tests, to be looked at."""
    DIFFERS.mkdir(exist_ok=True)
    path = DIFFERS / f"{name}.png"
    iio.imwrite(path, drawn)
    return path
