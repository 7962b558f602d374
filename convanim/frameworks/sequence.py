"""Building of described layers for an input: one layer or a chain, with padding layers merged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import axes_said, count_axes, per_axis, short, spelled
from convanim.base.records import dataclass
from convanim.frameworks.arrays import operand
from convanim.frameworks.binding import own_name
from convanim.frameworks.kinds import Arguments, Described, Edges, Input, Pasted
from convanim.layers import (
    AvgPool,
    Chain,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DepthwiseConv,
    DepthwiseSeparable,
    Layer,
    MaxPool,
    PointwiseConv,
    Unfold,
    rebuilt,
)
from convanim.layers.axis import PADDING_MODES
from convanim.layers.base import ROWS_COLUMNS
from convanim.layers.chain import MOST_LAYERS
from convanim.layers.grouping import count
from convanim.layers.wanted_sizes import least_input


@dataclass(frozen=True)
class Found:
    """The layers of a text, built for an input.

    Attributes
    ----------
    layer : Layer or Chain
        One layer, or a chain of all of them.
    names : tuple of str
        Names of the layers in the text.
    notes : tuple of str
        Sentences on how the text was read.
    """

    layer: Layer | Chain
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass
class _Path:
    """The layers built so far, and padding that waits for the next layer."""

    size: tuple[int, ...]
    channels: int | None
    layers: list[Layer] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    waiting: Edges | None = None
    waiting_name: str = ""
    pair: DepthwiseSeparable | None = None


def layer_of(pasted: Pasted, input_size: Any = None, channels: int | None = None, kernel_size: Any = None) -> Found:
    """Return the layers of a text, built for an input.

    Parameters
    ----------
    pasted : Pasted
        The layers read from the text.
    input_size : int or sequence of int, optional
        (rows, columns); by default those that the text gives.
    channels : int, optional
        Channels of the input, for frameworks whose layers do not name them.
    kernel_size : int or sequence of int, optional
        Kernel size, if the text does not give it.

    Raises
    ------
    ConvanimError
        If the size is missing, or a layer is not possible; the message names it.
    """
    for number, one in enumerate(pasted.layers, 1):
        with _naming(pasted, number, one):
            _refuse_uncounted(one)
    channels = None if channels is None else count("in_channels", channels)
    dims = next((d for one in pasted.layers if (d := _dims(one)) is not None), None)
    size = _size(pasted, input_size, dims)
    path = _Path(size, channels or pasted.channels or _channels(pasted))
    built = sum(one.kind.build is not None for one in pasted.layers)
    if built > MOST_LAYERS:
        raise ConvanimError("layers", "", f"are {built}, and a chain has at most {MOST_LAYERS}")
    for number, one in enumerate(pasted.layers, 1):
        if one.kind.ends and path.layers:
            path.notes.append(f"{one.name} {one.kind.ends}, so that the chain ends before it")
            break
        is_behind = path.layers or path.waiting or one.kind.edges
        least = partial(_least, pasted, size, channels, kernel_size) if is_behind else None
        with _naming(pasted, number, one, least):
            _go_on(path, one, kernel_size)
    if path.waiting and any(any(pair) for pair in path.waiting.pairs):
        raise ConvanimError("layer", f"({path.waiting_name})", "pads for no layer; paste the one behind it too")
    return Found(_whole(path), tuple(path.names), (*pasted.notes, *path.notes))


@contextmanager
def _naming(pasted: Pasted, number: int, one: Described, least: Callable[[], str] | None = None) -> Iterator[None]:
    """Let errors name the layer; if the input is too small, the phrase of ``least``, if given, is added."""
    try:
        yield
    except ConvanimError as error:
        said = f"{number} ({one.name})" if len(pasted.layers) > 1 else f"({one.name})"
        said += f" at {one.place}" if one.place else ""
        if error.option == "layer":
            raise ConvanimError("layer", said, error.problem, *error.told) from error
        more = least() if least and error.needs_input else ""
        raise ConvanimError("layer", said, "{}" + more, error.behind_others() if least else error) from error


def remarks(pasted: Pasted, found: Found, channels: int | None, before: int | None = None) -> tuple[str, ...]:
    """Return sentences on how a text was read: the order of the layers, and assumptions.

    Parameters
    ----------
    pasted : Pasted
        The layers read from the text.
    found : Found
        The same layers, built for an input.
    channels : int or None
        Channels of the input that the user gave.
    before : int, optional
        Channels of the layer before, which are assumed if the user gave none.
    """
    return tuple(filter(None, (*found.notes, _assumed(pasted, channels, before))))


def _assumed(pasted: Pasted, channels: int | None, before: int | None) -> str:
    """Return a sentence if the first layer's input channels are assumed, else an empty text."""
    first = next((one for one in pasted.layers if one.kind.build), None)
    if first is None:
        return ""
    told = (channels, pasted.channels, first.arguments.get("in_channels"), first.arguments.get("weight_size"))
    has_weights = "Conv" in first.name or "conv" in first.name
    is_own = pasted.framework == "convanim" or "in_features" in first.arguments
    if not has_weights or is_own or any(told) or operand(first.arguments.get("rhs")) is not None:
        return ""
    taken = "1 is taken" if before is None else f"those of the layer before are taken, {before:,}"
    return f"input channels are not in the text, and {taken}"


def refuse_untaken(layer: Layer | Chain, channels: int | None, kernel_size: Any) -> None:
    """Raise an error if given channels or a given kernel size contradict the text.

    Raises
    ------
    ConvanimError
        If no layer has them.
    """
    own = layer.grouping.in_channels
    if channels is not None and channels != own:
        raise ConvanimError("in_channels", channels, f"but the layer says {own}; leave `in_channels` out")
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    if kernel_size is None:
        return
    size = per_axis("kernel_size", kernel_size, layer.dims)
    if all(one.kernel_size != size for one in layers):
        said = short(layers[0].kernel_size)
        raise ConvanimError("kernel_size", short(size), f"but the layer says {said}; leave `kernel_size` out")


def _least(pasted: Pasted, own: tuple[int, ...], channels: int | None, kernel_size: Any) -> str:
    """Return a phrase with the least input that all layers fit, empty if none is found."""

    def make(size: tuple[int, ...]) -> None:
        tried = _Path(size, channels or pasted.channels or _channels(pasted))
        for one in pasted.layers:
            if one.kind.ends and tried.layers:
                return
            _go_on(tried, one, kernel_size)

    return least_input(own, make)


def _whole(path: _Path) -> Layer | Chain:
    """Return the only layer of a path, or a chain of all its layers, which may be a separable pair."""
    if len(path.layers) == 1:
        return path.layers[0]
    if path.pair and len(path.pair.layers) == len(path.layers):
        depthwise, pointwise = path.layers
        # Cropping before the pair has turned its first layer into another kind.
        if isinstance(depthwise, DepthwiseConv) and isinstance(pointwise, PointwiseConv):
            return DepthwiseSeparable.of(depthwise, pointwise)
    return Chain(path.layers)


def _channels(pasted: Pasted) -> int | None:
    """Return the input channels of the first layer that names them, if none before it changes their number."""
    for one in pasted.layers:
        if "in_channels" in one.arguments:
            found = one.arguments["in_channels"]
            return found if isinstance(found, int) else None
        if one.arguments.get("upscale_factor") or one.arguments.get("out_channels"):
            return None
    return None


_COUNTS = frozenset(
    [
        "in_channels",
        "out_channels",
        "groups",
        "filters",
        "features",
        "in_features",
        "out_features",
        "feature_group_count",
        "depth_multiplier",
        "upscale_factor",
        "downscale_factor",
        "group",
        "blocksize",
    ]
)
"""Arguments of all frameworks that must be integers from 1 on; they are used before a layer checks them."""


def _refuse_uncounted(one: Described) -> None:
    """Raise an error if an argument that must be a count is not one, or there are too many axes."""
    for name in sorted(_COUNTS & set(one.arguments)):
        if one.arguments[name] is not None:
            count(name, one.arguments[name])
    if (axes := _dims(one)) not in (None, *ROWS_COLUMNS):
        raise ConvanimError("layer", "", f"moves a window over {axes} axes, and 1 to 3 are known")


def _dims(one: Described) -> int | None:
    return one.kind.dims if one.kind.dims is not None or one.kind.axes is None else one.kind.axes(one.arguments)


def _size(pasted: Pasted, asked: Any, dims: int | None) -> tuple[int, ...]:
    """Return the size of the input; one number applies to all axes."""
    given = pasted.input_size if asked is None else asked
    if given is None:
        raise ConvanimError("input_size", "", "is missing; give a size such as 8")
    is_single = not hasattr(given, "__getitem__")
    axes = dims if is_single and dims else count_axes("input_size", given)
    size = per_axis("input_size", given, axes)
    if dims is not None and len(size) != dims:
        name = next(one.name for one in pasted.layers if _dims(one) == dims)
        # More numbers are those of the batch and the channels, which Keras and Flax write last.
        more = size[len(size) - dims - 1 :] if pasted.framework in ("keras", "jax") else size[-dims:]
        fitting = (more if len(size) > dims else (*size, *size[-1:] * dims))[:dims]
        raise ConvanimError(
            "input_size",
            spelled(size),
            "has {}, but {} takes {}, without channels and the batch; give {}",
            axes_said(len(size)),
            name,
            axes_said(dims),
            spelled(fitting),
        )
    return size


def _go_on(path: _Path, one: Described, kernel_size: Any) -> None:
    """Add one more layer to a path."""
    kind = one.kind
    axes = _dims(one)
    is_row = bool(path.layers) and isinstance(path.layers[-1], Unfold) and one.framework == "torch"
    if is_row and (kind.build or kind.edges) and one.name != "Fold":
        raise ConvanimError(
            "layer", "", "Unfold's windows are drawn as a grid, and PyTorch's are a row; paste it alone"
        )
    if axes not in (None, len(path.size)):
        raise ConvanimError(
            "layer",
            "",
            "takes {}, and {} before it has {}; write layers of the same number of axes",
            axes_said(axes or 0),
            path.waiting_name if path.waiting else path.names[-1],
            axes_said(len(path.size)),
        )
    if kind.edges:
        edges = kind.edges(one.arguments)
        _refuse_edges(path, edges)
        crops = all(low <= 0 and high <= 0 for low, high in edges.pairs)
        if crops and path.layers and isinstance(path.layers[-1], ConvTranspose) and not path.waiting:
            path.layers[-1] = _cropped(path.layers[-1], edges)
            path.size = path.layers[-1].output_size
        else:
            path.waiting, path.waiting_name = _together(path.waiting, edges), one.name
        return
    if not kind.build:
        return
    before = path.waiting.pairs if path.waiting else ((0, 0),) * len(path.size)
    outer = tuple(n + low + high for n, (low, high) in zip(path.size, before, strict=True))
    mask = path.layers[-1].output_mask if path.layers and not path.waiting else None
    made = kind.build(one.arguments, Input(outer, path.channels, kernel_size, mask))
    parts = list(made.layers) if isinstance(made, Chain) else [made]
    path.pair = made if isinstance(made, DepthwiseSeparable) else None
    if path.waiting:
        parts[0] = _padded(parts[0], path.size, path.waiting, path)
        path.waiting = None
    if path.layers:
        _refuse_unmatched(path, parts[0], one.arguments)
    path.layers += parts
    path.names += [one.name] * len(parts)
    path.size, path.channels = parts[-1].output_size, parts[-1].grouping.out_channels


def _refuse_edges(path: _Path, edges: Edges) -> None:
    """Raise an error if padding by itself copies more cells than there are, or cropping leaves none."""
    for (low, high), n in zip(edges.pairs, path.size, strict=True):
        limit = PADDING_MODES[edges.mode].limit(n) if edges.mode in PADDING_MODES else None
        if limit is not None and max(low, high) > limit:
            raise ConvanimError(
                "padding",
                short(edges.pairs),
                f"of mode {edges.mode} is more than {n} cells fill",
                ways=(f"at most {limit}",),
            )
    waiting = path.waiting.pairs if path.waiting else ((0, 0),) * len(path.size)
    outer = [n + sum(own) + sum(before) for n, own, before in zip(path.size, edges.pairs, waiting, strict=True)]
    if min(outer) < 1:
        lack = [n + max(1 - made, 0) for n, made in zip(path.size, outer, strict=True)]
        raise ConvanimError(
            "cropping",
            short([(-low, -high) for low, high in edges.pairs]),
            f"leaves nothing of {short(path.size)} cells",
            ways=(f"an `input_size` of at least {short(lack)}",),
        )


def _refuse_unmatched(path: _Path, layer: Layer, arguments: Arguments) -> None:
    made, taken = path.layers[-1].grouping.out_channels, layer.grouping.in_channels
    if made != taken:
        name = own_name("in_channels", arguments) or "in_channels"
        raise ConvanimError(
            name,
            taken,
            "{} before it makes {} channels; write {}={}, or let that layer make {}",
            path.names[-1],
            made,
            name,
            made,
            taken,
        )


def _together(first: Edges | None, second: Edges) -> Edges:
    """Return the sum of two paddings, one around the other."""
    if first is None:
        return second
    if first.mode != second.mode:
        raise ConvanimError("padding", "", "of two kinds around each other is not drawn; use one of them")
    return Edges(tuple((a + c, b + d) for (a, b), (c, d) in zip(first.pairs, second.pairs, strict=True)), first.mode)


def _padded(layer: Layer, size: tuple[int, ...], edges: Edges, path: _Path) -> Any:
    """Return a layer whose own padding includes that of the padding layer before it."""
    own = layer.padding
    pairs = tuple((a + c, b + d) for (a, b), (c, d) in zip(edges.pairs, own, strict=True))
    has_own = any(any(pair) for pair in own)
    if isinstance(layer, Conv) and "padding_mode" not in layer.options and edges.mode == "zeros":
        return rebuilt(layer, input_size=size, padding=pairs)
    if isinstance(layer, Conv | ConvGeneral) and (isinstance(layer, ConvGeneral) or "padding_mode" in layer.options):
        mode = layer.padding_mode if isinstance(layer, Conv) else "zeros"
        if has_own and mode != edges.mode:
            raise ConvanimError("padding", short(own), f"of {mode} around padding of {edges.mode} is not drawn")
        if edges.mode == "lowest":
            raise ConvanimError("padding", "", "of −∞ before a convolution makes nothing but −∞")
        if isinstance(layer, Conv) and min(end for pair in pairs for end in pair) >= 0:
            return rebuilt(layer, input_size=size, padding=pairs, padding_mode=edges.mode)
        if edges.mode == "zeros":
            return _general(layer, size, pairs)
    if isinstance(layer, Unfold) and edges.mode == "zeros":
        return rebuilt(layer, input_size=size, padding=pairs)
    if isinstance(layer, MaxPool) and edges.mode in ("lowest", "zeros"):
        if edges.mode == "zeros":
            path.notes.append(f"the zeros of {path.waiting_name} count in the maximum; they are drawn as padding")
        return rebuilt(layer, input_size=size, padding=pairs)
    if isinstance(layer, AvgPool) and edges.mode == "zeros" and not has_own:
        return rebuilt(layer, input_size=size, padding=pairs, count_include_pad=True)
    raise ConvanimError(
        "padding", "", f"of {edges.mode} by itself is not drawn before {layer.title}; paste the layer without it"
    )


def _general(layer: Conv | ConvGeneral, size: tuple[int, ...], pairs: tuple[tuple[int, int], ...]) -> ConvGeneral:
    """Return a convolution with padding that may be negative."""
    if isinstance(layer, ConvGeneral):
        made: ConvGeneral = rebuilt(layer, input_size=size, padding=pairs)
        return made
    return ConvGeneral(
        size,
        layer.kernel_size,
        layer.stride,
        pairs,
        layer.dilation,
        rotated=layer.flip,
        in_channels=layer.in_channels,
        out_channels=layer.out_channels,
        groups=layer.groups,
        bias=layer.bias,
    )


def _cropped(layer: ConvTranspose, edges: Edges) -> Any:
    """Return a transposed convolution whose own padding includes the cropping by the layer after it."""
    padding = [(low - a, high - b) for (low, high), (a, b) in zip(layer.padding, edges.pairs, strict=True)]
    return rebuilt(layer, padding=padding)
