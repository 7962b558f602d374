"""Random layers that PyTorch would accept."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from convanim import AvgPool, Conv, ConvanimError, ConvGeneral, ConvTranspose, Layer, MaxPool
from convanim.layers.axis import PADDING_MODES


def built(kind: Any, **values: Any) -> Layer:
    """Return the layer, or reject the example if there is none."""
    try:
        layer: Layer = kind(**values)
    except ConvanimError:
        assume(False)
    return layer


@st.composite
def numbers(draw: st.DrawFn, dims: int, least: int, most: int) -> tuple[int, ...]:
    return tuple(draw(st.integers(least, most)) for _ in range(dims))


@st.composite
def convs(draw: st.DrawFn, dims: int | None = None, modes: tuple[str, ...] = tuple(PADDING_MODES)) -> Layer:
    axes = dims or draw(st.integers(1, 3))
    ends = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return built(
        Conv,
        input_size=draw(numbers(axes, 1, 6)),
        kernel_size=draw(numbers(axes, 1, 3)),
        stride=draw(numbers(axes, 1, 3)),
        padding=tuple(draw(ends) for _ in range(axes)),
        dilation=draw(numbers(axes, 1, 3)),
        padding_mode=draw(st.sampled_from(modes)),
    )


@st.composite
def transposes(draw: st.DrawFn, dims: int | None = None) -> Layer:
    axes = dims or draw(st.integers(1, 3))
    return built(
        ConvTranspose,
        input_size=draw(numbers(axes, 1, 4)),
        kernel_size=draw(numbers(axes, 1, 3)),
        stride=draw(numbers(axes, 1, 3)),
        padding=draw(numbers(axes, 0, 3)),
        output_padding=draw(numbers(axes, 0, 2)),
        dilation=draw(numbers(axes, 1, 3)),
    )


@st.composite
def generals(draw: st.DrawFn, dims: int | None = None) -> Layer:
    axes = dims or draw(st.integers(1, 3))
    ends = st.tuples(st.integers(-2, 3), st.integers(-2, 3))
    return built(
        ConvGeneral,
        input_size=draw(numbers(axes, 1, 4)),
        kernel_size=draw(numbers(axes, 1, 3)),
        stride=draw(numbers(axes, 1, 3)),
        padding=tuple(draw(ends) for _ in range(axes)),
        dilation=draw(numbers(axes, 1, 2)),
        input_dilation=draw(numbers(axes, 1, 2)),
        rotated=draw(st.booleans()),
    )


@st.composite
def pools(draw: st.DrawFn, dims: int | None = None) -> Layer:
    axes = dims or draw(st.integers(1, 3))
    return built(
        draw(st.sampled_from([MaxPool, AvgPool])),
        input_size=draw(numbers(axes, 1, 6)),
        kernel_size=draw(numbers(axes, 1, 3)),
        stride=draw(numbers(axes, 1, 3)),
        padding=draw(numbers(axes, 0, 1)),
        ceil_mode=draw(st.booleans()),
    )


def layers(dims: int | None = None) -> st.SearchStrategy[Layer]:
    return st.one_of(convs(dims), transposes(dims), pools(dims), generals(dims))


@st.composite
def weighted(draw: st.DrawFn, kinds: tuple[Any, ...] = (Conv, ConvTranspose)) -> Any:
    """Draw a convolution or a transposed one with groups and a bias; on three axes a small one."""
    dims, groups = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(kinds))

    def each(least: int, most: int) -> tuple[int, ...]:
        return draw(numbers(dims, least, most))

    return built(
        kind,
        input_size=each(1, 4 if dims < 3 else 2),
        kernel_size=each(1, 3 if dims < 3 else 2),
        stride=each(1, 3),
        padding=each(0, 2 if dims < 3 else 1),
        dilation=each(1, 2),
        in_channels=groups * draw(st.integers(1, 2)),
        out_channels=groups * draw(st.integers(1, 3)),
        groups=groups,
        bias=draw(st.booleans()),
        **({"output_padding": each(0, 1)} if kind is ConvTranspose else {}),
    )
