"""Plan a layer or a chain, with numbers that are given, random or absent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of, quoted
from convanim.layers import METHODS, Chain, Layer
from convanim.layers.branching import in_sequence, said_tensor
from convanim.layers.deform_conv import DeformConv
from convanim.layers.join import Join
from convanim.layers.sampled_axis import SampledAxis
from convanim.plans.deformed import Deformed
from convanim.plans.examples import example, telling
from convanim.plans.graph import ORDERS, Plan
from convanim.plans.results import refuse_extremes
from convanim.plans.sampled import Sampled
from convanim.plans.sparse import SparseWindows
from convanim.plans.stages import Moves, Stage
from convanim.plans.steps import Tensor
from convanim.plans.values import Numbers, checked_seed, fitting, numbers, random_numbers
from convanim.plans.windows import Windows

_Own: TypeAlias = "tuple[Numbers | None, Numbers | None]"
"""The weights and the biases of a layer."""

_Path = list[tuple[Layer, _Own]]
_NOTHING: list[_Own] = [(None, None)]

_MOST_SIDE_BY_SIDE = 5000
"""The most steps whose order is worked out from what each of them reads; of more, one layer follows the other."""


def plan(
    layer: Layer | Chain,
    *,
    input: object = None,
    kernel: object = None,
    seed: int | None = None,
    method: str = "gather",
    bias: object = None,
    order: str | None = None,
) -> Plan:
    """Return the plan of a layer or a chain: its steps, in order.

    Parameters
    ----------
    layer : Layer or Chain
        What to plan.
    input : array or nested sequence of numbers, optional
        As large as the layer's ``input_size``, channels first if it has any.
    kernel : array or nested sequence of numbers, optional
        As large as its ``kernel_size``, or with channels as its
        ``weight_size``; for a chain a list with one (or None) per layer.
    seed : int, optional
        Seed of the random numbers that replace missing ones: inputs 0 to 3
        (0 to 9 for layers that pool or move them), kernels 0 to 2 (1 to 3 if
        they are single weights). Without a seed and any numbers, the plan
        has no values.
    method : str
        ``"gather"``: a step is an output cell. ``"scatter"``: a step is an
        input cell, for a transposed convolution or a chain that ends in one.
    bias : sequence of numbers, optional
        One per output channel, if the layer has a bias.
    order : str
        A key of ``ORDERS``: in which order a layer with channels computes its output; by default the usual one
        of a layer, and ``"channel"`` for a chain.

    Returns
    -------
    Plan
        Its ``to_dict`` is plain data.

    Raises
    ------
    ConvanimError
        If ``layer`` is not a layer or chain, the method does not suit it, or
        the numbers do not fit.
    """
    return plan_like(layer, layer, input=input, kernel=kernel, seed=seed, method=method, bias=bias, order=order)


def plan_like(
    layer: Layer | Chain,
    like: Layer | Chain,
    *,
    input: object = None,
    kernel: object = None,
    seed: int | None = None,
    method: str = "gather",
    bias: object = None,
    order: str | None = None,
) -> Plan:
    """Return the `plan` of a layer whose random input, where none is given, is that of another of the same size."""
    one_of("method", method, METHODS)
    if order is None:
        order = layer.usual_order if isinstance(layer, Layer) else "channel"
    one_of("order", order, ORDERS)
    if not isinstance(layer, Layer | Chain):
        raise ConvanimError("layer", quoted(layer), "not a layer; make one such as convanim.Conv(5, 3)")
    if isinstance(layer, Join):
        raise ConvanimError("layer", layer.title, "joins several tensors; put it in a chain whose `sources` name them")
    if bias is not None and not layer.has_channels:
        raise ConvanimError("bias", "", "has numbers, but the layer has no bias; make it with `bias=True`")
    if seed is not None:
        checked_seed(seed)
    if isinstance(layer, Chain):
        layers, compared, its_kernel = layer.layers, layer.compared, layer.compared_kernel
        kernels = _one_each("kernel", "kernels", layer.kernels if kernel is None else kernel, layers)
        biases = _one_each("bias", "biases", bias, layers)
    else:
        layers, kernels, biases, compared, its_kernel = (layer,), (kernel,), (bias,), None, None
    is_valued = any(given is not None for given in (input, seed, *kernels, *biases, its_kernel))
    reader = like.layers[0] if isinstance(like, Chain) else like
    drawn = partial(_drawn, seed=seed, has_channels=layer.has_channels, reader=reader)
    first, own = drawn(layers, input, kernels, biases) if is_valued else (None, _NOTHING * len(layers))
    paths = [list(zip(layers, own, strict=True))]
    if compared is not None:
        again = first if first is None or layer.has_channels else first[0]
        _, own = drawn((compared,), again, (its_kernel,), (None,)) if is_valued else (None, _NOTHING)
        paths.insert(0, [(compared, own[0])])
    made = _joined(layer, first, paths, method == "scatter")
    if is_valued:
        _refuse_uncomputable(made)
    way = "outputs" if layer.has_channels and isinstance(layer, Chain) else "layers"
    if made.compared is not None and len(made) <= _MOST_SIDE_BY_SIDE:
        # Results that are compared come about side by side.
        way = "fused"
    return made.walking(way=way, order=order)


def _joined(layer: Layer | Chain, first: Numbers | None, paths: list[_Path], is_scattered: bool) -> Plan:
    """Return a plan of one or two paths from the same input; the last path makes the output."""
    tensors = [Tensor("input", layer.grouping.in_channels, layer.input_size, first)]
    stages: list[Stage] = []
    for path in paths:
        is_main = path is paths[-1]
        sources, names = in_sequence(len(path)), tuple[str, ...]()
        if isinstance(layer, Chain) and is_main:
            sources, names = layer.sources, layer.names
        # The tensors of this path: the input, then the output of each layer.
        own = [0]
        for number, ((one, (kernel, bias)), read) in enumerate(zip(path, sources, strict=True), 1):
            is_last = number == len(path)
            is_stamped = is_scattered and is_last and is_main
            of = tuple(own[place] for place in read)
            stages.append(stage_of(len(stages), one, of, len(tensors), kernel, bias, is_stamped))
            own.append(len(tensors))
            name = "output" if is_last else said_tensor(number, names)
            tensors.append(Tensor(name, one.grouping.out_channels, one.output_size))
    compared = stages[0].target if len(paths) > 1 else 0 if isinstance(layer, Chain) and layer.returns else None
    return Plan(layer, tuple(tensors), tuple(stages), compared=compared)


def stage_of(
    number: int,
    layer: Layer,
    sources: tuple[int, ...],
    target: int,
    kernel: Numbers | None = None,
    bias: Numbers | None = None,
    is_stamped: bool = False,
) -> Stage:
    """Return the stage of a layer: `Moves` if it takes whole cells, otherwise `Windows`.

    Raises
    ------
    ConvanimError
        If the stage is to stamp but its layer cannot.
    """
    if is_stamped and "scatter" not in layer.methods:
        raise ConvanimError("method", "scatter", f"does not compute {layer.title}; use `method=gather`")
    kind: type[Stage] = Windows
    if layer.sources(0, (0,) * layer.dims) is not None:
        kind = Moves
    elif layer.input_mask is not None:
        kind = SparseWindows
    elif isinstance(layer, DeformConv):
        kind = Deformed
    elif isinstance(layer.axes[0], SampledAxis):
        kind = Sampled
    return kind(number, layer, sources, target, kernel, bias, is_stamped)


def _refuse_uncomputable(made: Plan) -> None:
    """Raise if computing takes too long, or if a layer makes numbers that the next cannot use."""
    for stage in made.stages:
        if made.has_channels and isinstance(stage, Windows):
            stage.refuse_many_products()
    for number, stage in enumerate(made.main, 1):
        if stage is not made.last or (made.compared is not None and not made.has_channels):
            values = made.values(stage.target)
            assert values is not None
            refuse_extremes(values, number)


def _drawn(
    layers: Sequence[Layer],
    input: object,
    kernels: Sequence[object],
    biases: Sequence[object],
    seed: int | None,
    has_channels: bool,
    reader: Layer,
) -> tuple[Numbers, list[_Own]]:
    """Return the input, channels first, and each layer's weights and biases; missing ones are random.

    A random input is one that shows what its reader does. Without channels,
    layers without weights also draw (and discard) random numbers.
    """
    size, shapes = layers[0].input_size, [layer.kernel_size for layer in layers]
    if has_channels:
        size = (layers[0].grouping.in_channels, *size)
        shapes = [shape for one in layers if one.is_weighted for shape in (one.weight_size, (one.bias_size,))]
    drawn, parts = random_numbers(0 if seed is None else seed, size, shapes)
    shown = example(reader, drawn, 0 if seed is None else seed)
    first = shown if input is None else fitting("input", input, size, "" if has_channels else "input_size")
    random, found = iter(parts), list[_Own]()
    for layer, kernel, bias in zip(layers, kernels, biases, strict=True):
        weights = next(random) if layer.is_weighted or not has_channels else None
        added = next(random) if layer.is_weighted and has_channels else None
        if not layer.is_weighted and kernel is not None:
            raise ConvanimError("kernel", "", f"is given, but {layer.title} has no weights; leave it out")
        if not layer.bias_size and bias is not None:
            raise ConvanimError("bias", "", "has numbers, but the layer has no bias; make it with `bias=True`")
        if kernel is not None:
            weights = _weights(layer, kernel, has_channels)
        elif weights is not None and layer.is_weighted:
            weights = telling(layer, weights)
        if bias is not None:
            added = fitting("bias", bias, (layer.bias_size,), "out_channels")
        if weights is not None and not has_channels:
            weights = weights[None, None] if layer.is_weighted else None
        found.append((weights, added if layer.bias_size else None))
    return first if has_channels else first[None], found


def _weights(layer: Layer, kernel: object, has_channels: bool) -> Numbers:
    """Return the weights of a layer; with one input and one output channel, both axes may be left out."""
    if not has_channels:
        return fitting("kernel", kernel, layer.kernel_size, "kernel_size")
    found = numbers("kernel", kernel, len(layer.weight_size))
    if layer.grouping.is_single and found.ndim == layer.dims:
        return fitting("kernel", found, layer.kernel_size, "kernel_size")[None, None]
    return fitting("kernel", found, layer.weight_size, "")


def _one_each(option: str, name: str, given: object, layers: Sequence[Layer]) -> Sequence[object]:
    """Return one value per layer: what is given, or None for each."""
    if given is None:
        return (None,) * len(layers)
    if not isinstance(given, list | tuple) or len(given) != len(layers):
        raise ConvanimError(option, "", f"must be a list of {len(layers)} {name}, one a layer, or None each")
    return given
