"""Axes whose windows are listed: what interpolation and adaptive pooling read along one axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convanim import Upsample
from convanim.layers.resampling import COORDINATES, FILTERS, Resampling, adaptive_axis, weighed_axis

SIZES = st.integers(1, 12)


@given(SIZES, SIZES)
def test_adaptive_windows_begin_and_end_where_pytorch_has_them(before: int, after: int) -> None:
    axis = adaptive_axis(before, after)
    assert [own[0] for own in axis.windows] == [o * before // after for o in range(after)]
    assert [own[-1] + 1 for own in axis.windows] == [-(-(o + 1) * before // after) for o in range(after)]
    assert set().union(*axis.windows) == set(range(before))


@given(SIZES, SIZES, st.sampled_from(list(COORDINATES)), st.sampled_from(list(FILTERS)), st.booleans(), st.booleans())
def test_shares_add_up_to_one(before: int, after: int, way: str, kind: str, smooths: bool, excludes: bool) -> None:
    its = Upsample(before, size=after, mode="linear", coordinates=way).resamplings[0]
    axis = weighed_axis(its, kind, antialias=smooths, exclude_outside=excludes)
    assert axis.output == after
    for window, shares in zip(axis.windows, axis.shares, strict=True):
        assert sum(shares) == pytest.approx(1)
        assert list(window) == sorted(set(window))
        assert 0 <= window[0] <= window[-1] < before


@pytest.mark.parametrize(
    ("layer", "spans"),
    [
        (Upsample(5, 2, mode="bilinear"), [2, 3, 3, 4]),
        (Upsample(5, 2), [1, 2, 2, 3]),
        (Upsample(6, 0.5, mode="area"), [2, 4, 6, 8]),
        (Upsample(7, size=3, mode="area"), [3, 6, 8, 10]),
    ],
    ids=["bilinear", "nearest", "area", "windows that differ"],
)
def test_neighbouring_outputs_see_so_many_cells(layer: Upsample, spans: list[int]) -> None:
    assert [layer.field(0, outputs) for outputs in range(1, 5)] == spans


def test_places_follow_from_the_coordinates() -> None:
    def places(**given: str) -> tuple[float, ...]:
        return Upsample(2, 2, mode="linear", **given).axes[0].places  # type: ignore[arg-type]

    assert places() == (-0.25, 0.25, 0.75, 1.25)
    assert places(coordinates="asymmetric") == (0, 0.5, 1, 1.5)
    assert places(coordinates="align_corners") == pytest.approx((0, 1 / 3, 2 / 3, 1))


def test_where_coordinates_are_not_known_nothing_is_said() -> None:
    assert Resampling(2, 4, 2, "tf_crop_and_resize", "floor").line is None  # type: ignore[arg-type]
