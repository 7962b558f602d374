"""How much input cells weigh in an output cell, against PyTorch's gradients with equal weights."""

from __future__ import annotations

import numpy as np
import pytest

from convanim import Chain, Conv, ConvanimError, DeformConv, MaxPool, animate, plan
from convanim.inputs.shorthand import chain_of, parse_layer
from convanim.plans import Stage, shares, shortened
from convanim.words.steps import step_alt
from tests.cases import read

CASES = read("shares.jsonl")


def test_shares_equal_gradients_with_equal_weights() -> None:
    assert len(CASES) == 240
    for case in CASES:
        chain = chain_of(tuple(case["input_size"]), map(parse_layer, case["layers"]))
        found = shares(plan(chain), tuple(case["cell"])).planes
        np.testing.assert_allclose(found.ravel(), case["shares"], rtol=1e-4, atol=1e-9, err_msg=str(case["layers"]))


def test_axis_by_axis_shares_are_those_of_single_steps() -> None:
    stage = plan(Conv(5, 3, 2, 1, in_channels=4, out_channels=4, groups=2)).last
    weights = {0: np.arange(9.0).reshape(3, 3), 3: np.eye(3)}
    one_by_one = Stage.handed_down(stage, weights)
    for key, plane in stage.handed_down(weights).items():
        np.testing.assert_allclose(plane, one_by_one[key])


def test_layers_that_are_not_drawn_hand_down_what_they_would() -> None:
    whole = plan(Chain([Conv(15 - number, 2) for number in range(14)]))
    short = shortened(whole)
    assert len(short.main) < len(whole.main)
    np.testing.assert_allclose(shares(short, (0, 0)).planes, shares(whole, (0, 0)).planes)


def test_interpolation_hands_down_the_shares_of_its_cells() -> None:
    chain = chain_of((5, 5), map(parse_layer, ["upsample mode=bilinear", "conv k3"]))
    paths: dict[int, float] = {}
    for middle in range(3, 6):
        for cell, share in chain.layers[0].paths(0, middle):
            paths[cell] = paths.get(cell, 0) + share / 3
    along = np.array([paths.get(cell, 0) for cell in range(5)])
    np.testing.assert_allclose(shares(plan(chain), (3, 3)).planes[0], np.outer(along, along))


def test_places_between_cells_hand_down_to_the_cells_around_them() -> None:
    half = DeformConv(5, 3, offsets=np.full((18, 1), 0.5))
    around = np.outer([1, 2, 2, 1], [1, 2, 2, 1]) / 36
    np.testing.assert_allclose(shares(plan(Chain([half])), (0, 0)).planes[0, :4, :4], around)


def test_paths_that_all_end_in_padding_leave_nothing() -> None:
    chain = Chain([Conv(1, 1, padding=1)])
    assert shares(plan(chain), (0, 0)).planes.tolist() == [[[0.0]]]
    assert animate(chain, field=(0, 0), effective=True).alt.endswith("No path leads to it from the input.")


def test_the_greatest_share_is_told() -> None:
    made = animate(Chain([Conv(5, 3), Conv(3, 3)]), field=(0, 0), effective=True)
    assert made.alt.endswith(
        "The input is shaded by each cell's share of all paths to it; the greatest, 11 %, is that of input row 2, "
        "column 2."
    )
    weighed = plan(Chain([MaxPool(4, 2)])).walking(way="field", cell=(1, 1), is_weighed=True)
    assert "; the input is shaded by" in step_alt(weighed, 1)


def test_what_weighs_nothing_is_refused() -> None:
    chain = Chain([Conv(5, 3)])
    with pytest.raises(ConvanimError, match="name that too"):
        animate(chain, effective=True)
    with pytest.raises(ConvanimError, match="labels letters: has no effect"):
        animate(chain, effective=True, field=(0, 0), labels="letters")
