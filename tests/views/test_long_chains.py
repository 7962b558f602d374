"""Long chains are drawn without their middle, and what is shown is what the whole chain computes."""

from __future__ import annotations

import numpy as np
import pytest

from convanim import animate
from convanim.layers import Chain, Conv, Layer, MaxPool
from convanim.layers.several import MOST_SHOWN
from convanim.plans import Plan, plan, shortened
from convanim.views import VIEWS
from convanim.views.scene import Cells, Texts
from convanim.words.captions import caption
from convanim.words.steps import step_alt
from convanim.words.sums import step_sum

SIZES = {1: (6,), 2: (4, 4), 3: (2, 3, 3)}


def long_chain(dims: int = 2, channels: int = 1, count: int = MOST_SHOWN + 2) -> Chain:
    """Return a chain of layers that keep their size, and a pool at its end."""
    layers: list[Layer] = [
        Conv(SIZES[dims], 3, padding=1, in_channels=channels if number else 1, out_channels=channels)
        for number in range(count - 1)
    ]
    return Chain([*layers, MaxPool(SIZES[dims], 2, channels=channels)])


def test_chains_that_can_be_read_are_drawn_whole() -> None:
    whole = plan(long_chain(count=MOST_SHOWN))
    assert shortened(whole) is whole


@pytest.mark.parametrize("channels", [1, 2])
def test_the_drawn_plan_makes_the_same_output_of_the_same_input(channels: int) -> None:
    chain = long_chain(channels=channels)
    values = np.arange(16).reshape(1, 4, 4) if channels > 1 else np.arange(16).reshape(4, 4)
    shapes = [(channels, layer.grouping.in_channels) if channels > 1 else () for layer in chain.layers]
    kernels = [np.ones((*shape, 3, 3), int).tolist() for shape in shapes[:-1]]
    whole = plan(Chain(chain.layers, kernels=[*kernels, None]), input=values.tolist())
    drawn = shortened(whole)
    assert [stage.layer_count for stage in drawn.main] == [1, 1, 1, MOST_SHOWN - 3, 1, 1]
    expected = whole.values(whole.last.target)
    assert expected is not None
    fresh = Plan(drawn.layer, drawn.tensors, drawn.stages)
    np.testing.assert_array_equal(fresh.values(drawn.last.target), expected)


def test_a_cell_is_traced_through_layers_that_are_not_drawn() -> None:
    whole = plan(long_chain())
    drawn = shortened(whole)
    ours, theirs = drawn.trace(0, (0, 1)), whole.trace(0, (0, 1))
    assert (ours[0].cells[0, 0] == theirs[0].cells[0, 0]).all()


def test_the_step_of_layers_that_are_not_drawn_says_so() -> None:
    drawn = shortened(plan(long_chain()))
    number = drawn.starts[3]
    assert step_alt(drawn, number).endswith(
        "is made of layer 3's rows 0 to 3, columns 0 to 3 by 5 more layers, which are not shown one by one."
    )
    assert step_sum(drawn, number) == ""


def test_the_caption_counts_what_is_left_out() -> None:
    assert caption(long_chain())[1] == "5 more layers"
    assert caption(long_chain(channels=2))[-1] == "in all 18 + 36 + 36 + … + 36 + 0 = 306 parameters, no bias"


@pytest.mark.parametrize(
    ("view", "dims", "channels"),
    [
        (name, dims, channels)
        for name, view in VIEWS.items()
        for dims in view.dims
        for channels in ((1, 2) if dims < 3 else (1,))
        if not view.is_partial
    ],
)
def test_every_view_says_between_which_layers_some_are_not_drawn(view: str, dims: int, channels: int) -> None:
    animation = animate(long_chain(dims, channels), view=view, width=2600)
    shapes = [*animation.scene.ground, *animation.scene.moment(0)]
    assert any("5 more layers" in shape.words for shape in shapes if isinstance(shape, Texts))
    assert any(shape.role == "dot" for shape in shapes if isinstance(shape, Cells))


def test_a_receptive_field_goes_through_them() -> None:
    animation = animate(long_chain(), field=(0, 0))
    assert animation.scene.steps == 7
