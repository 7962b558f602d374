"""Rows and columns are named where a layer treats them differently."""

from __future__ import annotations

from typing import Any

import pytest

from convanim import Conv, Layer, animate
from tests.views.helpers import standing


def said(layer: Layer, **looks: Any) -> set[str]:
    return {word.said for word in standing(animate(layer, **looks).scene.ground)} & {"rows →", "columns →"}


@pytest.mark.parametrize("view", ["oblique", "flat"])
def test_axes_are_named_where_they_differ_and_only_there(view: str) -> None:
    for layer in (Conv((5, 7), 3), Conv(5, (2, 3)), Conv(5, 3, stride=(1, 2)), Conv(5, 3, padding=(0, 1))):
        assert said(layer, view=view) == {"rows →", "columns →"}
    assert said(Conv(5, 3, stride=2), view=view) == set()


def test_the_guides_pictures_name_no_axes_and_small_ones_leave_them_out() -> None:
    assert said(Conv((5, 7), 3), classic=True) == set()
    assert said(Conv((5, 7), 3), width=120) == set()
