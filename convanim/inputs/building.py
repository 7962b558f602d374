"""Building of layers and chains from users' parameters and numbers, which also settle missing sizes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import axes_said, one_of, per_axis, whole
from convanim.base.records import dataclass
from convanim.inputs.known_chains import roundtrip, separable
from convanim.inputs.numbers import read_input, read_kernel
from convanim.inputs.shorthand import chain_of, parse_layer, parts_of_chain
from convanim.layers import (
    CHANNEL_OPTIONS,
    OPERATIONS,
    SEPARABLES,
    Chain,
    Conv,
    DepthwiseSeparable,
    Layer,
    SpatiallySeparable,
)
from convanim.plans import USUAL_NAMES, Names
from convanim.plans.values import fitting, numbers
from convanim.words.captions import lacking, passed_over

if TYPE_CHECKING:
    from convanim.frameworks.kinds import Pasted

PASTED = "layer"
"""Name of the operation for a layer pasted from code."""


@dataclass(frozen=True, eq=False)
class Built:
    """A layer or a chain with the numbers given for it.

    Attributes
    ----------
    layer : Layer or Chain
        The layer or chain that is drawn.
    input, kernel, bias : array or None
        Its numbers; a chain holds its own kernels, and its biases are a list
        with one entry per layer.
    whole : Layer, Chain or None
        The layer as the user wrote it, if ``layer`` is only a part of it.
    part : callable
        Returns a description of that part, if it is not simply one plane.
    steps : callable
        Returns a description of the steps that are drawn, if they are not all and the user did not choose them.
    passed : tuple of str
        Layers that keep sizes, such as activations, and are neither drawn nor counted.
    names : Names
        What its input, kernels and output are called.
    """

    layer: Layer | Chain
    input: Any = None
    kernel: Any = None
    bias: Any = None
    whole: Layer | Chain | None = None
    part: Callable[[], str] = str
    steps: Callable[[], str] = str
    passed: tuple[str, ...] = ()
    names: Names = USUAL_NAMES

    @property
    def written(self) -> Layer | Chain:
        """The whole layer as the user wrote it, to which all counts refer."""
        return self.whole or self.layer

    def alt(self, method: str = "gather", is_computed: bool = False) -> str:
        """Return the alternative text of its animation, including what is left out."""
        from convanim.words.alt_text import alt_of_part

        return alt_of_part(self.layer, method, self.written, self.lacks(is_computed))

    def lacks(self, is_computed: bool = False, is_brief: bool = False) -> tuple[str, ...]:
        """Return phrases on what a picture leaves out of the whole layer; for the parameters see `lacking`."""
        lost = lacking(self.layer, self.written, self.part(), is_computed, is_brief)
        return tuple(filter(None, (lost, passed_over(self.passed), self.steps())))


def build(
    operation: str,
    parameters: dict[str, Any],
    input: Any = None,
    kernel: Any = None,
    seed: int = 0,
    dims: int | None = None,
) -> Built:
    """Return the layer or chain that an operation, or a kind of chain, and its parameters describe.

    Parameters
    ----------
    operation : str
        A key of ``OPERATIONS`` or of ``CHAINS``.
    parameters : dict
        Parameters by name; None counts as not given. A chain has ``layers``,
        in their short form.
    input, kernel : str, array or nested sequence of numbers, optional
        A text is the name of a kernel, rows of numbers, or the path of a file.
    seed : int
        Seed for the weights of a round trip, if none are given.
    dims : int, optional
        Number of axes, if the input's size is one number.

    Raises
    ------
    ConvanimError
        If a parameter is wrong, a size is missing, or there is no such layer.
    """
    known = {name: value for name, value in parameters.items() if value is not None}
    if operation in CHAINS:
        return CHAINS[operation].build(known, input, kernel, seed, dims)
    return _layer(one_of("operation", operation, (*OPERATIONS, *CHAINS)), known, input, kernel, dims, seed)


def build_short(text: str, input_size: Any, input: Any = None, seed: int = 0, dims: int | None = None) -> Built:
    """Return the layer that a short form describes, or the chain if it has ``>`` between layers.

    Raises
    ------
    ConvanimError
        If it is not understood, or there is no such layer.
    """
    parts = parts_of_chain(text)
    if len(parts) > 1:
        return build("chain", {"layers": parts, "input_size": input_size}, input, None, seed, dims)
    spec = parse_layer(text)
    if spec.needs_chain:
        raise ConvanimError(
            "layer", repr(text), "reads or names tensors as a chain does; write it behind others with >"
        )
    return build(spec.operation, {**spec.parameters, "input_size": input_size}, input, spec.kernel, seed, dims)


def size_of_input(input: Any, asked: Any) -> Any:
    """Return the requested input size, or else the shape of the input numbers, if there are any."""
    if input is None or asked is not None:
        return asked
    return _first(input, None).shape


def with_numbers(
    layer: Layer | Chain,
    input: Any = None,
    kernel: Any = None,
    whole: Layer | Chain | None = None,
    pasted: Pasted | None = None,
) -> Built:
    """Return a layer or a chain, which may be a part of ``whole``, with numbers given as for `build`.

    Where none are given, those that the text ``pasted`` gives are taken if they have the sizes of ``whole``.

    Raises
    ------
    ConvanimError
        If the numbers are wrong, or a chain is given a kernel.
    """
    passed = pasted.kept if pasted else ()
    if pasted and whole:
        input, kernel = _numbered(whole, pasted, input, kernel)
    first = None if input is None else _in_channels(layer, _first(input, layer.input_size))
    if kernel is None:
        return Built(layer, first, whole=whole, passed=passed)
    if isinstance(layer, Chain):
        raise ConvanimError("kernel", "", "is for one layer; leave it out")
    weights = _in_slices(layer, _weights(kernel, layer.kernel_size, layer.dims))
    return Built(layer, first, weights, whole=whole, passed=passed)


def _numbered(layer: Layer | Chain, pasted: Pasted, input: Any, kernel: Any) -> tuple[Any, Any]:
    """Return the numbers that are given, or else those that a pasted text gives in their sizes."""
    first, weights = pasted.numbers
    fits = first is not None and np.shape(first) == layer.input_size
    is_kernel = weights is not None and isinstance(layer, Layer) and np.shape(weights) == layer.kernel_size
    return first if input is None and fits else input, weights if kernel is None and is_kernel else kernel


def _first(input: Any, size: Any) -> Any:
    """Return the numbers of an input, given as a text or an array."""
    return read_input(input, size) if isinstance(input, str) else numbers("input", input)


def parameters_of(operation: str) -> tuple[str, ...]:
    """Return the names of the parameters of an operation or a kind of chain."""
    if operation in CHAINS:
        return CHAINS[operation].parameters
    return tuple(inspect.signature(OPERATIONS[operation]).parameters)


def _layer(operation: str, known: dict[str, Any], input: Any, kernel: Any, dims: int | None, seed: int) -> Built:
    first = _settled_input(known, dims, input)
    weights, is_sized = None, "kernel_size" in parameters_of(operation)
    if kernel is not None:
        # A kernel without a size of its own has one cell.
        usual = None if is_sized else 1
        weights = _weights(kernel, known.get("kernel_size", usual), len(known["input_size"]))
        if is_sized:
            known.setdefault("kernel_size", weights.shape)
    if "kernel_size" not in known and is_sized:
        more = ", or numbers with `kernel`" if OPERATIONS[operation].is_weighted else ""
        raise ConvanimError("kernel_size", "", f"is missing; give a size such as 3{more}")
    make: Callable[..., Layer] = OPERATIONS[operation]
    for name, its in inspect.signature(make).parameters.items():
        if its.default is inspect.Parameter.empty and name not in known:
            raise ConvanimError(name, "", "is missing; give one such as 3")
    layer = make(**OPERATIONS[operation].seeded(known, seed, first))
    return Built(layer, _in_channels(layer, first), _in_slices(layer, weights))


def _in_channels(layer: Layer | Chain, first: Any) -> Any:
    """Return an input with its channels first; numbers of one plane are repeated in all channels."""
    if first is None or not layer.has_channels or first.ndim > layer.dims:
        return first
    first = fitting("input", first, layer.input_size, "input_size")
    return np.tile(first, (layer.grouping.in_channels, *(1,) * layer.dims))


def _in_slices(layer: Layer, weights: Any) -> Any:
    """Return weights with their channels first; numbers of one slice are repeated in all of them."""
    if weights is None or not layer.has_channels or weights.ndim > layer.dims:
        return weights
    weights = fitting("kernel", weights, layer.kernel_size, "kernel_size")
    return np.tile(weights, (*layer.weight_size[:2], *(1,) * layer.dims))


def _chain(known: dict[str, Any], input: Any, kernel: Any, seed: int, dims: int | None) -> Built:
    if kernel is not None:
        raise ConvanimError("kernel", "", "is written with its layer in a chain, as in 'conv kernel=sobel-x'")
    written = known.pop("layers", ())
    if not isinstance(written, list | tuple) or not all(isinstance(text, str) for text in written):
        raise ConvanimError("layers", "", "must be a list of layers in short such as 'conv k3 p1'")
    specs = [parse_layer(text) for text in written]
    if not specs:
        raise ConvanimError("layers", "", "are missing; write at least one such as 'conv k3 p1'")
    if any(spec.parameters.get("padding") == "causal" for spec in specs):
        known["padding"] = "causal"
    first = _settled_input(known, dims, input)
    kernels: list[Any] = []
    for number, spec in enumerate(specs):
        kernels.append(None)
        if spec.kernel is not None:
            axes = len(known["input_size"])
            try:
                kernels[-1] = _weights(spec.kernel, spec.parameters.get("kernel_size"), axes)
            except ConvanimError as error:
                raise ConvanimError("layer", number + 1, "{}", error) from error
            specs[number] = spec.sized(kernels[-1].shape)
    bare = chain_of(known["input_size"], specs)
    if len(bare.layers) == len(kernels):
        kernels = [_in_slices(layer, own) for layer, own in zip(bare.layers, kernels, strict=True)]
    elif any(own is not None for own in kernels):
        raise ConvanimError("kernel", "", "is not taken beside a pair of layers such as depthwise-separable")
    else:
        kernels = []
    return Built(chain_of(known["input_size"], specs, kernels), _in_channels(bare, first))


def _roundtrip(known: dict[str, Any], input: Any, kernel: Any, seed: int, dims: int | None) -> Built:
    there = _layer("conv", known, input, kernel, dims, seed)
    assert isinstance(there.layer, Conv)
    return Built(roundtrip(there.layer, there.kernel, seed), there.input)


def _separable(known: dict[str, Any], input: Any, kernel: Any, seed: int, dims: int | None) -> Built:
    if kernel is None:
        raise ConvanimError("kernel", "", "is missing; give a name such as sobel-x, or rows of numbers")
    whole = _layer("conv", known, input, kernel, dims, seed)
    assert isinstance(whole.layer, Conv)
    taken = tuple(inspect.signature(separable).parameters)[2:]
    rest: dict[str, Any] = {name: value for name, value in whole.layer.options.items() if name in taken}
    return Built(separable(whole.kernel, whole.layer.input_size, **rest), whole.input)


def _pasted(known: dict[str, Any], input: Any, kernel: Any, seed: int, dims: int | None) -> Built:
    """Return the part to draw of a layer or a chain pasted from code."""
    if "text" not in known:
        raise ConvanimError("text", "", "is missing; write a layer such as 'nn.Conv2d(1, 1, 3)'")
    from convanim.frameworks.drawable import for_picture
    from convanim.frameworks.reading import read_text
    from convanim.frameworks.sequence import layer_of, refuse_untaken

    size = size_of_input(input, known.get("input_size"))
    told = (known.get("in_channels"), known.get("kernel_size"))
    pasted = read_text(known["text"])
    found = layer_of(pasted, size, *told)
    refuse_untaken(found.layer, *told)
    return with_numbers(for_picture(found.layer, known.get("channels")), input, kernel, found.layer, pasted)


@dataclass(frozen=True)
class ChainKind:
    """A kind of chain.

    Attributes
    ----------
    parameters : tuple of str
        Names of its parameters.
    build : callable
        Maps parameters, input, kernel, seed and dims to what they describe.
    """

    parameters: tuple[str, ...]
    build: Callable[[dict[str, Any], Any, Any, int, int | None], Built]


_CONV = tuple(name for name in inspect.signature(Conv).parameters if name not in CHANNEL_OPTIONS)

CHAINS = {
    "chain": ChainKind(("layers", "input_size"), _chain),
    "roundtrip": ChainKind(_CONV, _roundtrip),
    "separable": ChainKind(_CONV, _separable),
    PASTED: ChainKind(("text", "input_size", "kernel_size", "in_channels", "channels"), _pasted),
}
"""Every kind of chain by name."""


def _of_pair(kind: type[DepthwiseSeparable] | type[SpatiallySeparable]) -> Callable[..., Built]:
    """Return the function that builds a separable pair of layers, which replaces one layer."""

    def build_it(known: dict[str, Any], input: Any, kernel: Any, seed: int, dims: int | None) -> Built:
        if kernel is not None:
            raise ConvanimError("kernel", "", "is not taken by two layers with channels; leave it out")
        first = _settled_input(known, dims, input)
        for name in ("in_channels", "out_channels", "kernel_size"):
            if name not in known:
                raise ConvanimError(name, "", "is missing; give a number such as 3")
        make: Callable[..., Chain] = kind
        pair = make(**known)
        return Built(pair, _in_channels(pair, first))

    return build_it


CHAINS |= {
    name: ChainKind(tuple(inspect.signature(kind).parameters), _of_pair(kind)) for name, kind in SEPARABLES.items()
}


def _settled_input(known: dict[str, Any], dims: int | None, given: Any) -> Any:
    """Return the input's numbers, if any are given, and set the input's size in ``known``."""
    asked = known.get("input_size")
    if asked is not None and not isinstance(asked, tuple | list):
        asked = known["input_size"] = whole("input_size", asked)
    first = None
    if given is not None:
        size = (asked, asked) if isinstance(asked, int) else asked
        first = read_input(given, size) if isinstance(given, str) else numbers("input", given)
        planes = next((known[name] for name in ("in_channels", "channels") if known.get(name, 1) != 1), None)
        if planes is not None and first.ndim == 3 and first.shape[0] == planes:
            known.setdefault("input_size", first.shape[1:])
            return first
        if dims is not None and first.ndim != dims:
            raise ConvanimError("dims", dims, f"but `input` has {first.ndim}; leave one of the two out")
    if isinstance(asked, int):
        axes = first.ndim if first is not None else dims or (1 if known.get("padding") == "causal" else 2)
        known["input_size"] = (asked,) * axes
    elif asked is not None and dims is not None and len(asked) != dims:
        raise ConvanimError("dims", dims, f"`input_size` has {len(asked)} axes; leave one of the two out")
    elif asked is None:
        if first is None:
            raise ConvanimError("input_size", "", "is missing; give a size such as 5, or numbers with `input`")
        known["input_size"] = first.shape
    return first


def _weights(given: Any, asked: Any, axes: int) -> Any:
    """Return the numbers of a kernel, in the requested size if a named kernel has several.

    A single row for an input of two axes is a kernel of one row.
    """
    size = None if asked is None else per_axis("kernel_size", asked, axes)
    found = read_kernel(given, size, axes) if isinstance(given, str) else numbers("kernel", given)
    if found.ndim == 1 and axes == 2:
        return found[None]
    if found.ndim != axes:
        raise ConvanimError(
            "kernel",
            "",
            f"has {axes_said(found.ndim)}, but `input_size` has {axes}; make them the same",
        )
    return found
