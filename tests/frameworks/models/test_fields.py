from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from convanim import Chain, Conv, ConvTranspose, Layer, Upsample
from convanim.frameworks.models.fields import Field, Seen, merged, scaled, together, windowed

STEP = st.tuples(
    st.sampled_from(["conv", "conv", "transposed", "upsample"]),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(0, 2),
)


def followed(seen: Seen | None, layer: Layer) -> Seen | None:
    """Return what a layer's output sees."""
    if seen is None:
        return None
    if isinstance(layer, Upsample):
        return scaled(seen, layer.output_size[0] // layer.input_size[0], 1)
    axis = layer.axes[0]
    return windowed(seen, axis.kernel, axis.stride, axis.dilation, axis.low, axis.spacing)


def built(steps: list[tuple[str, int, int, int, int]]) -> list[Layer]:
    """Return layers that take each other's outputs, along one axis."""
    layers: list[Layer] = []
    for kind, kernel, stride, dilation, padding in steps:
        size = layers[-1].output_size if layers else (60,)
        if kind == "upsample":
            layers.append(Upsample(size, stride))
        elif kind == "transposed":
            layers.append(ConvTranspose(size, kernel, stride, min(padding, kernel - 1), 0, dilation))
        elif size[0] > dilation * kernel:
            layers.append(Conv(size, kernel, stride, padding, dilation))
    return layers


@given(st.lists(STEP, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_sequence_sees_what_a_chain_sees(steps: list[tuple[str, int, int, int, int]]) -> None:
    layers = built(steps)
    seen: Seen | None = Seen(0)
    for layer in layers:
        seen = followed(seen, layer)
    if seen is not None and layers:
        assert seen.extent == Chain(layers).receptive_field[0]


def test_neighbours_behind_a_doubling_see_different_cells() -> None:
    doubled = scaled(Seen(0), 2, 1)
    assert doubled is not None
    assert [doubled.cell(index) for index in range(4)] == [(0, 0), (0, 0), (1, 1), (1, 1)]
    conv = windowed(doubled, 2, 1, 1, 0)
    assert conv is not None
    assert [conv.cell(index) for index in range(3)] == [(0, 0), (0, 1), (1, 1)]


def test_cells_that_no_stamp_reaches_see_nothing() -> None:
    apart = windowed(Seen(0), 1, 1, 1, 0, spacing=3)
    assert apart is not None
    assert [apart.cell(index) for index in range(4)] == [(0, 0), None, None, (1, 1)]
    assert apart.extent == 1


def test_branches_that_move_on_at_different_paces_are_not_joined() -> None:
    slow = windowed(Seen(0), 1, 2, 1, 0)
    assert slow is not None
    assert together((Seen(0), slow)) is None
    field = merged([Field((Seen(0),)), Field((slow,))], [[0, 0]], [(8,), (8,)])
    assert (field.whole, field.is_bound) == (frozenset((0,)), True)


def test_too_many_different_neighbours_are_given_up() -> None:
    seen: Seen | None = Seen(0)
    for _ in range(8):
        assert seen is not None
        seen = scaled(seen, 2, 1)
    assert seen is not None
    assert scaled(seen, 2, 1) is None
    assert windowed(Seen(0), 2**50, 1, 1, 0) is None
