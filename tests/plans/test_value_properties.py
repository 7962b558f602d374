"""What holds for the numbers of every layer and every chain, against nested loops."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from convanim import AvgPool, Chain, Conv, ConvanimError, ConvGeneral, ConvTranspose, Layer, MaxPool, Plan, plan
from tests import loops
from tests.helpers import output_of
from tests.strategies import convs, layers, numbers

Cell = tuple[int, ...]
Array = NDArray[Any]
PADDED = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
KINDS: list[Any] = [Conv, ConvTranspose, MaxPool, AvgPool]
FOLDING = ("zeros", "reflect", "replicate")


def whole(size: Cell) -> st.SearchStrategy[Array]:
    return arrays(np.int64, size, elements=st.integers(-9, 9), fill=st.nothing())


def cells(size: Cell) -> list[Cell]:
    return list(product(*map(range, size)))


def reference(layer: Layer, values: Array, kernel: Array | None) -> Array:
    """Return the output by nested loops; of the layer, only its options and what a pool makes are asked."""
    if isinstance(layer, Conv) and kernel is not None:
        return convolved(layer, values, kernel)
    if isinstance(layer, ConvGeneral) and kernel is not None:
        return spread_and_convolved(layer, values, kernel)
    if isinstance(layer, ConvTranspose) and kernel is not None:
        stamped = loops.scatter(
            layer.input_size, layer.kernel_size, layer.stride, layer.padding, layer.output_padding, layer.dilation
        )
        sums = [
            sum(values[cell].item() * kernel[weight].item() for cell, weight in pairs) for pairs in stamped.values()
        ]
        return np.array(sums).reshape(layer.output_size)
    return np.array([pooled(layer, values, cell) for cell in cells(layer.output_size)]).reshape(layer.output_size)


def convolved(layer: Conv, values: Array, kernel: Array) -> Array:
    mode: Any = PADDED[layer.padding_mode]
    padded = np.pad(values, layer.padding, mode)
    grid = {cell: cell for cell in cells(padded.shape)}
    found = loops.convolve(grid, padded.shape, layer.kernel_size, layer.stride, layer.dilation)
    sums = [sum(padded[cell].item() * kernel[weight].item() for cell, weight in pairs) for pairs in found]
    return np.array(sums).reshape(layer.output_size)


def spread_and_convolved(layer: ConvGeneral, values: Array, kernel: Array) -> Array:
    grid = {
        tuple(c * z + low for c, z, (low, _) in zip(cell, layer.input_dilation, layer.padding, strict=True)): cell
        for cell in cells(layer.input_size)
    }
    lengths = zip(layer.input_size, layer.input_dilation, layer.padding, strict=True)
    extent = [(n - 1) * z + 1 + low + high for n, z, (low, high) in lengths]
    found = loops.convolve(grid, extent, layer.kernel_size, layer.stride, layer.dilation)
    turned = np.flip(kernel) if layer.rotated else kernel
    sums = [sum(values[cell].item() * turned[weight].item() for cell, weight in pairs) for pairs in found]
    return np.array(sums).reshape(layer.output_size)


def pooled(layer: Layer, values: Array, cell: Cell) -> float:
    dilation = layer.dilation if isinstance(layer, MaxPool) else (1,) * layer.dims
    held: list[float] = []
    counted = 0
    for weight in cells(layer.kernel_size):
        place = tuple(
            o * s + w * d - low
            for o, s, w, d, (low, _) in zip(cell, layer.stride, weight, dilation, layer.padding, strict=True)
        )
        ends = zip(place, layer.input_size, layer.padding, strict=True)
        counted += all(q < n + high for q, n, (_, high) in ends)
        if all(0 <= q < n for q, n in zip(place, layer.input_size, strict=True)):
            held.append(values[place].item())
    if isinstance(layer, AvgPool):
        return sum(held) / (counted if layer.count_include_pad else len(held))
    return max(held, default=-np.inf)


def ones(layer: Layer) -> Array | None:
    return np.ones(layer.kernel_size, int) if layer.parameters else None


@st.composite
def kernels(draw: st.DrawFn, layer: Layer) -> Array | None:
    return draw(whole(layer.kernel_size)) if layer.parameters else None


@st.composite
def stacks(draw: st.DrawFn, modes: tuple[str, ...] = tuple(PADDED)) -> list[Layer]:
    """Draw some layers, each on what the one before it makes; those that do not fit are left out."""
    axes = draw(st.integers(1, 2))
    size = draw(numbers(axes, 2, 6))
    found: list[Layer] = []
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=4)):
        options: dict[str, Any] = {
            "kernel_size": draw(numbers(axes, 1, 3)),
            "stride": draw(numbers(axes, 1, 3)),
            "padding": tuple(draw(st.tuples(st.integers(0, 1), st.integers(0, 1))) for _ in range(axes)),
        }
        if kind is Conv:
            options |= {"dilation": draw(numbers(axes, 1, 2)), "padding_mode": draw(st.sampled_from(modes))}
        elif kind is ConvTranspose:
            options |= {"dilation": draw(numbers(axes, 1, 2)), "output_padding": draw(numbers(axes, 0, 1))}
        else:
            options |= {"ceil_mode": draw(st.booleans())}
        with suppress(ConvanimError):
            layer = kind(input_size=size, **options)
            if sees(layer) and max(layer.output_size) <= 12:
                found.append(layer)
                size = layer.output_size
    assume(found)
    return found


def sees(layer: Layer) -> bool:
    """Return whether no window of a max pool reads padding only."""
    if not isinstance(layer, MaxPool):
        return True
    return bool(np.isfinite(reference(layer, np.zeros(layer.input_size), None)).all())


def extent(mask: Array) -> Cell:
    """Return the cells, an axis, from the first true one to the last."""
    places = np.argwhere(mask)
    return tuple((places.max(axis=0) - places.min(axis=0) + 1).tolist()) if len(places) else (0,) * mask.ndim


def field(made: Plan, cell: Cell) -> list[Array]:
    """Return which cells of the input, and of each layer's output, an output cell depends on."""
    traced = made.trace(0, cell)
    below = [traced[stage.number].cells for stage in made.main]
    empty = [np.zeros(made.tensors[stage.source].size, bool) for stage in made.main]
    masks = [cells.get((stage.source, 0), none) for stage, cells, none in zip(made.main, below, empty, strict=True)]
    return [*masks, traced[made.last.number].made[0]]


@given(st.data())
def test_values_are_the_nested_loops(data: st.DataObject) -> None:
    layer = data.draw(layers())
    if isinstance(layer, AvgPool) and data.draw(st.booleans()):
        layer = AvgPool(layer.input_size, layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode, False)
    values, kernel = data.draw(whole(layer.input_size)), data.draw(kernels(layer))
    made = plan(layer, input=values, kernel=kernel)
    np.testing.assert_allclose(output_of(made), reference(layer, values, kernel), rtol=1e-12)
    np.testing.assert_array_equal([made.value(step) for step in made], output_of(made).ravel())


@given(st.data())
def test_the_transposed_convolution_is_the_adjoint(data: st.DataObject) -> None:
    direct = data.draw(convs(modes=("zeros",)))
    assert isinstance(direct, Conv)
    rest = [
        (n + sum(ends) - d * (k - 1) - 1) % s
        for n, ends, d, k, s in zip(
            direct.input_size, direct.padding, direct.dilation, direct.kernel_size, direct.stride, strict=True
        )
    ]
    back = ConvTranspose(direct.output_size, direct.kernel_size, direct.stride, direct.padding, rest, direct.dilation)
    x, y = data.draw(whole(direct.input_size)), data.draw(whole(back.input_size))
    kernel = data.draw(whole(direct.kernel_size))
    there, returned = plan(direct, input=x, kernel=kernel), plan(back, input=y, kernel=kernel)
    assert (output_of(there) * y).sum() == (x * output_of(returned)).sum()


@given(st.data())
def test_a_chain_is_one_layer_after_the_other(data: st.DataObject) -> None:
    stack = data.draw(stacks())
    values, given = data.draw(whole(stack[0].input_size)), [data.draw(kernels(layer)) for layer in stack]
    can_scatter = isinstance(stack[-1], ConvTranspose)
    method = data.draw(st.sampled_from(["gather", "scatter"] if can_scatter else ["gather"]))
    made = plan(Chain(stack), input=values, kernel=given, method=method)
    for layer, kernel, stage in zip(stack, given, made.main, strict=True):
        assert stage.is_stamped == (method == "scatter" and layer is stack[-1])
        np.testing.assert_array_equal(made.planes(stage.source, 0), values)
        values = reference(layer, values, kernel)
        np.testing.assert_allclose(made.planes(stage.target, 0), values, rtol=1e-9, atol=1e-9)
        values = made.planes(stage.target, 0)


@given(stacks())
def test_steps_of_a_chain_are_those_of_its_layers(stack: list[Layer]) -> None:
    made = plan(Chain(stack))
    assert len(made) == sum(len(plan(layer)) for layer in stack)
    placed = [made.place(number) for number in range(len(made))]
    assert placed == [(stage, 0, own) for stage in made.main for own in range(stage.count)]
    for number in (0, len(made) // 2, len(made) - 1):
        stage, _, own = placed[number]
        np.testing.assert_array_equal(made.step(number).writes, plan(stack[stage.number]).step(own).writes)


@given(stacks())
def test_a_traced_field_is_every_cell_that_changes_the_output(stack: list[Layer]) -> None:
    assume(stack[0].dims == 1 or len(cells(stack[0].input_size)) <= 16)
    made = plan(Chain(stack))
    changed = []
    for cell in cells(stack[0].input_size):
        values = np.zeros(stack[0].input_size, int)
        values[cell] = 1
        for layer in stack:
            values = reference(layer, values, ones(layer))
        changed.append(values.ravel() > 0)
    for number, cell in enumerate(cells(stack[-1].output_size)):
        expected = [marks[number] for marks in changed]
        assert field(made, cell)[0].ravel().tolist() == expected


@given(st.data())
def test_a_field_between_layers_is_that_of_the_layers_behind(data: st.DataObject) -> None:
    stack = data.draw(stacks())
    cell = data.draw(st.sampled_from(cells(stack[-1].output_size)))
    fields = field(plan(Chain(stack)), cell)
    assert len(fields) == len(stack) + 1
    assert np.argwhere(fields[-1]).tolist() == [list(cell)]
    for number in range(len(stack)):
        np.testing.assert_array_equal(fields[number], field(plan(Chain(stack[number:])), cell)[0])


@given(st.data())
def test_no_traced_field_exceeds_the_receptive_field(data: st.DataObject) -> None:
    chain = Chain(data.draw(stacks(modes=FOLDING)))
    # Copies of edge cells stand where, without ends, inserted zeros might: the field knows no ends.
    spread = [any(axis.spacing > 1 for axis in layer.axes) for layer in chain.layers]
    copied = [getattr(layer, "padding_mode", "zeros") != "zeros" for layer in chain.layers]
    assume(not any(any(spread[:at]) for at, is_copied in enumerate(copied) if is_copied))
    cell = data.draw(st.sampled_from(cells(chain.output_size)))
    for mask, most in zip(field(plan(chain), cell), chain.receptive_fields(), strict=True):
        assert all(own <= limit for own, limit in zip(extent(mask), most, strict=True))
    assert chain.receptive_field == chain.receptive_fields()[0]


@given(st.data())
def test_an_inner_cell_sees_the_whole_receptive_field(data: st.DataObject) -> None:
    dims = data.draw(st.integers(1, 2))
    drawn = data.draw(
        st.lists(
            st.tuples(numbers(dims, 1, 3), numbers(dims, 1, 2), numbers(dims, 0, 1), numbers(dims, 1, 2)),
            min_size=1,
            max_size=3,
        )
    )
    reach, jump, before = [1] * dims, [1] * dims, [0] * dims
    for kernel, stride, padding, dilation in drawn:
        for axis in range(dims):
            reach[axis] += dilation[axis] * (kernel[axis] - 1) * jump[axis]
            before[axis] += padding[axis] * jump[axis]
            jump[axis] *= stride[axis]
    size = tuple(r + j - 1 + data.draw(st.integers(0, 3)) for r, j in zip(reach, jump, strict=True))
    stack: list[Layer] = []
    for kernel, stride, padding, dilation in drawn:
        stack.append(Conv(stack[-1].output_size if stack else size, kernel, stride, padding, dilation))
    chain = Chain(stack)
    inner = tuple(
        data.draw(st.integers(-(-p // j), (n - r + p) // j))
        for p, j, n, r in zip(before, jump, size, reach, strict=True)
    )
    assert chain.receptive_field == tuple(reach)
    assert extent(field(plan(chain), inner)[0]) == tuple(reach)
