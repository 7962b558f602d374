"""Reading of calls of jax.lax: convolutions and pooling, with the shapes of arrays written out in them."""

from __future__ import annotations

from math import prod
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, flag, per_axis, quoted, spelled, whole
from convanim.base.records import dataclass
from convanim.frameworks.arrays import SPATIAL, layouts, operand
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import Arguments, Input, Kind, Reach
from convanim.frameworks.source import Call, Joined
from convanim.layers import AvgPool, Conv, ConvGeneral, ConvTranspose, Layer, MaxPool

_USUAL = ("NC{}", "OI{}")
_USUAL_TRANSPOSED = ("N{}C", "{}IO")


@dataclass(frozen=True)
class _Operands:
    """What the arrays of a call show, by our names; None for what they do not show."""

    kernel_size: Any
    input_size: tuple[int, ...] | None
    channels: int | None
    takes: int | None
    made: int | None
    padded: tuple[Pair, ...]
    mode: str
    is_flipped: bool


def _operands(its: Arguments, dims: int, usual: tuple[str, str], swaps: bool = False) -> _Operands:
    lhs, rhs = operand(its["lhs"]), operand(its["rhs"])
    left, right = layouts(its, dims, usual)
    # Strides and padding list axes in the order of the kernel's axes.
    order = right.spatial
    for name, one in (("lhs", lhs), ("rhs", rhs)):
        if one is not None and len(one.shape) != dims + 2:
            such = (*one.shape, *one.shape[-1:] * (dims + 2))[: dims + 2]
            raise ConvanimError(name, quoted(one.shape), f"must have {dims + 2} axes, such as {such}")
    made, takes = (None if rhs is None else rhs.shape[right.at(letter)] for letter in ("IO" if swaps else "OI"))
    return _Operands(
        None if rhs is None else right.sizes(rhs.shape, order),
        None if lhs is None else left.sizes(lhs.shape, order),
        None if lhs is None else lhs.shape[left.at("C")],
        takes,
        made,
        left.sizes(lhs.padded, order) if lhs is not None and lhs.padded else (),
        "zeros" if lhs is None else lhs.mode,
        rhs is not None and rhs.is_flipped,
    )


def _dims(its: Arguments, steps: str) -> int | None:
    """Return the number of spatial axes of a call, from its arrays or its strides, or None if unknown."""
    written = its[steps]
    arrays = [one for one in (operand(its["lhs"]), operand(its["rhs"])) if one is not None]
    if len(arrays) == 2 and len(arrays[0].shape) == len(arrays[1].shape):
        return len(arrays[0].shape) - 2
    if isinstance(written, tuple):
        return len(written)
    numbers = its["dimension_numbers"]
    if isinstance(numbers, tuple) and numbers and isinstance(numbers[0], str):
        return len(numbers[0]) - 2
    return len(arrays[0].shape) - 2 if arrays else None


def _numbers(its: Arguments, name: str, dims: int) -> tuple[int, ...]:
    """Return an argument with one number an axis, 1 if it is None; JAX takes no single number."""
    written = (1,) * dims if its[name] is None else its[name]
    if not isinstance(written, tuple) or len(written) != dims:
        such = (written if isinstance(written, int) and written > 0 else 1,) * dims
        raise ConvanimError(name, quoted(written), f"must be one number for each of {dims} axes, as in {name}={such}")
    return per_axis(name, written, dims)


def _channels(its: Arguments, told: _Operands, given: Input, groups: int) -> int:
    """Return the channels of the input, which must be those that the kernel takes."""
    known = given.channels or told.channels
    takes = None if told.takes is None else told.takes * groups
    if known is not None and takes is not None and known != takes:
        rhs = operand(its["rhs"])
        ways = "" if known % groups else f"; its axis of input channels must be {known // groups}"
        each = f" in {groups} groups" if groups > 1 else ""
        raise ConvanimError(
            "rhs",
            "" if rhs is None else quoted(rhs.shape),
            f"takes {takes} channels{each}, and there are {known}{ways}",
        )
    return known or takes or groups


def conv(its: Arguments, given: Input) -> Layer:
    """Return the layer of ``conv_general_dilated``: a plain convolution if possible, else a general one."""
    dims = len(given.size)
    told = _operands(its, dims, _USUAL)
    kernel = _kernel(told, given)
    groups = whole("feature_group_count", its["feature_group_count"])
    if its["batch_group_count"] != 1:
        raise ConvanimError("batch_group_count", quoted(its["batch_group_count"]), "must be 1; the batch is not drawn")
    stride, inserted, dilation = (
        _numbers(its, name, dims) for name in ("window_strides", "lhs_dilation", "rhs_dilation")
    )
    stretched = tuple((n - 1) * z + 1 for n, z in zip(given.size, inserted, strict=True))
    if isinstance(its["padding"], str) and max(inserted) > 1:
        same = word_pairs(given.size, kernel, (1,) * dims, dilation)["SAME"]
        raise ConvanimError(
            "padding",
            quoted(its["padding"]),
            "is refused beside `input_dilation`, as in JAX, even where it is the default",
            ways=(f"`padding={spelled(same)}`",),
        )
    pairs = pairs_of(its["padding"], word_pairs(stretched, kernel, stride, dilation), dims)
    common: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": stride,
        "dilation": dilation,
        "in_channels": _channels(its, told, given, groups),
        "out_channels": told.made or groups,
        "groups": groups,
        "bias": its["bias"],
    }
    is_mode_only = told.mode != "zeros" and any(any(pair) for pair in pairs)
    if is_mode_only:
        raise ConvanimError("padding", "", f"of zeros around padding of mode {told.mode} is not drawn; use one of them")
    if told.padded:
        pairs = tuple((low + a, high + b) for (low, high), (a, b) in zip(pairs, told.padded, strict=True))
    is_plain = set(inserted) == {1} and min(end for pair in pairs for end in pair) >= 0
    if is_plain:
        return Conv(given.size, padding=pairs, padding_mode=told.mode, flip=told.is_flipped, **common)
    return ConvGeneral(given.size, padding=pairs, input_dilation=inserted, rotated=told.is_flipped, **common)


def conv_transpose(its: Arguments, given: Input) -> Layer:
    """Return the layer of ``conv_transpose``, which does not rotate the kernel unless ``transpose_kernel`` is set."""
    dims = len(given.size)
    turns = flag("transpose_kernel", its["transpose_kernel"])
    told = _operands(its, dims, _USUAL_TRANSPOSED, swaps=turns)
    kernel = _kernel(told, given)
    stride, dilation = (_numbers(its, name, dims) for name in ("strides", "rhs_dilation"))
    reaches = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    words = {
        word: tuple(_transposed_ends(word, k, s) for k, s in zip(reaches, stride, strict=True))
        for word in ("SAME", "VALID")
    }
    pairs = pairs_of(its["padding"], words, dims)
    if flag("use_consistent_padding", its["use_consistent_padding"]) and its["padding"] not in words:
        pairs = tuple((k - 1 - low, k - 1 - high) for k, (low, high) in zip(reaches, pairs, strict=True))
    if told.padded:
        pairs = tuple(
            (low + s * a, high + s * b) for (low, high), s, (a, b) in zip(pairs, stride, told.padded, strict=True)
        )
    channels, made = _channels(its, told, given, 1), told.made or 1
    rotated = turns != told.is_flipped
    taken = [(k - 1 - low, k - 1 - high) for k, (low, high) in zip(reaches, pairs, strict=True)]
    added = [max(-high, 0) for _, high in taken]
    fits = all(low >= 0 for low, _ in taken) and all(
        a < max(s, d) for a, s, d in zip(added, stride, dilation, strict=True)
    )
    if rotated and fits:
        ends = tuple((low, max(high, 0)) for low, high in taken)
        return ConvTranspose(given.size, kernel, stride, ends, added, dilation, channels, made, bias=its["bias"])
    return ConvGeneral(
        given.size,
        kernel,
        padding=pairs,
        dilation=dilation,
        input_dilation=stride,
        rotated=rotated,
        in_channels=channels,
        out_channels=made,
        bias=its["bias"],
    )


def _transposed_ends(word: str, reach: int, stride: int) -> Pair:
    """Return a word's padding of one axis of a transposed convolution, as JAX's ``_conv_transpose_padding`` does."""
    if word == "VALID":
        return reach - 1, max(reach, stride) - 1
    total = reach + stride - 2
    before = reach - 1 if stride > reach - 1 else -(-total // 2)
    return before, total - before


def word_pairs(
    size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> dict[str, tuple[Pair, ...]]:
    """Return the padding that each word means."""
    words = {"SAME": "same-upper", "SAME_LOWER": "same-lower"}
    none = ((0, 0),) * len(size)
    return {"VALID": none, **{word: Conv.ends(own, size, kernel, stride, dilation) for word, own in words.items()}}


def pairs_of(written: Any, words: dict[str, tuple[Pair, ...]], dims: int) -> tuple[Pair, ...]:
    """Return padding as pairs, which may be negative, from a word, pairs, or one number per axis."""
    if isinstance(written, str):
        if written.upper() not in words:
            raise ConvanimError("padding", quoted(written), f"unknown; choose {', '.join(words)}, or write pairs")
        return words[written.upper()]
    if isinstance(written, tuple) and len(written) == dims:
        if all(isinstance(pair, tuple) and len(pair) == 2 and all(type(e) is int for e in pair) for pair in written):
            return written
        if all(type(one) is int for one in written):
            return tuple((one, one) for one in written)
    raise ConvanimError("padding", quoted(written), "must be a word such as 'SAME', or a (low, high) pair an axis")


def _kernel(told: _Operands, given: Input) -> tuple[int, ...]:
    if told.kernel_size is None and given.kernel_size is None:
        raise ConvanimError(
            "kernel_size",
            "",
            "is not in the text, which names an array; give it, or write its shape for rhs, as in "
            "jnp.ones((8, 3, 3, 3))",
        )
    return per_axis("kernel_size", given.kernel_size if told.kernel_size is None else told.kernel_size, len(given.size))


def _reach(its: Arguments, steps: str, usual: tuple[str, str]) -> Reach:
    """Return the input's size and channels, if the text gives them."""
    dims = _dims(its, steps)
    if dims not in SPATIAL:
        return None, None
    told = _operands(its, dims, usual)
    takes = None if told.takes is None else told.takes * whole("groups", its.get("feature_group_count", 1))
    return told.input_size, told.channels or takes


def read(value: Any) -> Any:
    """Return the call inside a convolution with a bias added, or inside a sum of windows that is divided.

    The call gets ``bias`` or ``divisor`` as an additional argument.
    """
    if not isinstance(value, Joined) or not isinstance(value.left, Call):
        return value
    more: dict[str, Any] = {"bias": True} if value.operator == "+" else {"divisor": value.right}
    call = value.left
    return Call(call.name, call.arguments, {**call.keywords, **more}, call.place, call.applied)


def _pool(its: Arguments, given: Input) -> Layer:
    """Return the pooling of ``reduce_window``: by maxima, or by sums divided by the size of a window."""
    dims = len(given.size)
    names = ("window_dimensions", "window_strides", "window_dilation")
    kernel, stride, dilation = (_spatial(name, its[name], dims) for name in names)
    written = its["padding"]
    if isinstance(written, tuple) and written[:2] == ((0, 0), (0, 0)):
        written = written[2:]
    pairs = pairs_of(written, word_pairs(given.size, kernel, stride, dilation), dims)
    lhs, computation = operand(its["operand"]), getattr(its["computation"], "text", "").rpartition(".")[2]
    channels = given.channels or (lhs.shape[1] if lhs and len(lhs.shape) > 1 else 1)
    if computation == "max" and its["divisor"] is None:
        return MaxPool(given.size, kernel, stride, pairs, dilation, channels=channels)
    if computation == "add" and its["divisor"] == prod(kernel) and max(dilation) == 1:
        return AvgPool(given.size, kernel, stride, pairs, channels=channels)
    raise ConvanimError(
        "computation", "", "must be lax.max, or lax.add of windows without dilation, divided by the cells of one"
    )


def _spatial(name: str, written: Any, dims: int) -> tuple[int, ...]:
    """Return the values for the spatial axes, which follow those for batch and channels."""
    if written is None:
        return (1,) * dims
    if not isinstance(written, tuple) or len(written) != dims + 2 or written[:2] != (1, 1):
        such = (1, 1, *(written if isinstance(written, tuple) and len(written) == dims else (2,) * dims))
        raise ConvanimError(
            name, quoted(written), f"must be {dims + 2} numbers, 1 for the batch and the channels, as in {name}={such}"
        )
    return per_axis(name, written[2:], dims)


def _pool_axes(its: Arguments) -> int:
    window = its["window_dimensions"]
    if not isinstance(window, tuple) or not 3 <= len(window) <= 5:
        such = (1, 1, *window) if isinstance(window, tuple) and 1 <= len(window) <= 3 else (1, 1, 2, 2)
        raise ConvanimError(
            "window_dimensions",
            quoted(window),
            f"must have 1 for the batch and the channels and one number for each of 1 to 3 axes, as in {such}",
        )
    return len(window) - 2


def _pool_reach(its: Arguments) -> Reach:
    lhs = operand(its["operand"])
    return (None, None) if lhs is None or len(lhs.shape) < 3 else (lhs.shape[2:], lhs.shape[1])


_REST = "precision? preferred_element_type?"
LAX: dict[str, Kind] = {
    "conv_general_dilated": Kind(
        signature(
            "lhs! rhs! window_strides padding lhs_dilation=None rhs_dilation=None dimension_numbers!=None "
            f"feature_group_count=1 batch_group_count=1 {_REST} out_sharding? * bias=False"
        ),
        build=conv,
        axes=lambda its: _dims(its, "window_strides"),
        reach=lambda its: _reach(its, "window_strides", _USUAL),
    ),
    "conv_transpose": Kind(
        signature(
            "lhs! rhs! strides padding rhs_dilation=None dimension_numbers!=None transpose_kernel=False "
            f"{_REST} use_consistent_padding=False * bias=False"
        ),
        build=conv_transpose,
        axes=lambda its: _dims(its, "strides"),
        reach=lambda its: _reach(its, "strides", _USUAL_TRANSPOSED),
    ),
    "conv": Kind(
        signature(f"lhs! rhs! window_strides padding {_REST} * bias=False"),
        build=lambda its, given: conv(
            {
                "lhs_dilation": None,
                "rhs_dilation": None,
                "dimension_numbers": None,
                "feature_group_count": 1,
                "batch_group_count": 1,
                **its,
            },
            given,
        ),
        axes=lambda its: _dims({"dimension_numbers": None, **its}, "window_strides"),
        reach=lambda its: _reach({"dimension_numbers": None, **its}, "window_strides", _USUAL),
    ),
    "reduce_window": Kind(
        signature(
            "operand! init_value? computation! window_dimensions window_strides=None padding='VALID' base_dilation? "
            "window_dilation=None * divisor=None",
            window_strides="(1,1,1,1)",
            window_dilation="(1,1,1,1)",
        ),
        build=_pool,
        axes=_pool_axes,
        reach=_pool_reach,
    ),
}
"""The kinds of layers by their names in ``jax.lax``."""
