"""Reading and writing of convolutions and correlations of signals: SciPy's signal and ndimage, and NumPy's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import Pair, one_of, per_axis, quoted, spelled
from convanim.base.records import dataclass
from convanim.frameworks.arrays import Operand, operand
from convanim.frameworks.binding import signature
from convanim.frameworks.kinds import Arguments, Framework, Input, Kind, Reach
from convanim.frameworks.source import Call
from convanim.frameworks.spelling import NUMPY_PADDING, Code, NoCode, Writer, Written, call, has_padding, told
from convanim.frameworks.wording import Words, worded
from convanim.layers import (
    AvgPool,
    Conv,
    ConvGeneral,
    ConvTranspose,
    DeformConv,
    Layer,
    MaxPool,
    MaxUnpool,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)
from convanim.words.captions import FRAMEWORKS

_MODES = ("full", "same", "valid")
_BOUNDARIES = {"fill": "zeros", "wrap": "circular", "symm": "symmetric"}
_EDGES = {
    "constant": "zeros",
    "nearest": "replicate",
    "mirror": "reflect",
    "wrap": "circular",
    "reflect": "symmetric",
    "grid-constant": "zeros",
    "grid-wrap": "circular",
    "grid-mirror": "symmetric",
}
"""What ``scipy.ndimage`` calls the padding modes; ``symmetric`` also repeats the edge cell, which we do only once."""


_ROWS = ("ones", "zeros", "empty", "arange")
"""Functions that make a row of as many numbers as they are told."""


@dataclass(frozen=True)
class _Function:
    """How one function counts.

    Attributes
    ----------
    arrays : tuple of str
        Its names for the signal and for the kernel.
    flip : bool
        Whether it turns the kernel.
    before : callable
        From a kernel's size to the cells that mode ``"same"`` pads before the input.
    swaps : bool
        Whether it takes the longer of its arrays as the signal.
    """

    arrays: tuple[str, str]
    flip: bool
    before: Callable[[int], int]
    swaps: bool = False


def _half(kernel: int) -> int:
    """Return what ``same`` pads before the input if it cuts the middle out of the full result."""
    return kernel // 2


def _half_less(kernel: int) -> int:
    """Return what ``same`` pads before the input if the kernel's middle is the earlier one of two."""
    return (kernel - 1) // 2


def _array(value: Any) -> Operand | None:
    """Return an array that is written out: its values, or what makes an array of a known size."""
    if isinstance(value, tuple):
        shape = _shape(value)
        return None if shape is None else Operand(shape)
    if isinstance(value, Call) and value.short in ("array", "asarray") and value.arguments:
        return _array(value.arguments[0])
    if not isinstance(value, Call):
        return None
    is_row = value.short in _ROWS and len(value.arguments) == 1 and type(value.arguments[0]) is int
    return operand(value.arguments) if is_row else operand(value)


def _values(value: Any) -> Any:
    """Return the numbers of an array whose values are written out, or None."""
    if isinstance(value, Call) and value.short in ("array", "asarray") and value.arguments:
        return _values(value.arguments[0])
    return value if isinstance(value, tuple) and _shape(value) is not None else None


def _numbers(its: Arguments, function: _Function) -> tuple[Any, Any]:
    """Return the numbers of the signal and of the kernel, each None where they are not written out."""
    signal, weights = (_values(its[name]) for name in function.arrays)
    return signal, weights


def _shape(rows: Any) -> tuple[int, ...] | None:
    """Return the shape of nested rows of numbers, or None if they are none."""
    if not isinstance(rows, tuple):
        return () if isinstance(rows, int | float) else None
    shapes = {_shape(row) for row in rows}
    inner = shapes.pop() if len(shapes) == 1 else None
    return None if inner is None else (len(rows), *inner)


def _axes(its: Arguments, function: _Function) -> int | None:
    """Return the number of axes of a call's arrays, or None if none is written out."""
    found = (_array(its[name]) for name in function.arrays)
    return next((len(one.shape) for one in found if one is not None), None)


def _reach(its: Arguments, function: _Function) -> Reach:
    """Return the size of the signal, if it is written out, and its one channel."""
    signal = _array(its[function.arrays[0]])
    return (None if signal is None else signal.shape), 1


def _layer(its: Arguments, given: Input, function: _Function) -> Layer:
    signal, weights = (_array(its[name]) for name in function.arrays)
    first, second = function.arrays
    if weights is None and given.kernel_size is None:
        such = f"np.ones({(3,) * len(given.size)})"
        raise ConvanimError(
            "kernel_size", "", f"is not in the text, which names an array; give it, or write {such} for {second}"
        )
    if weights is not None and len(weights.shape) != len(given.size):
        raise ConvanimError(
            second, spelled(weights.shape), f"must have as many axes as {first}, which has {len(given.size)}"
        )
    if weights is not None and weights.padded:
        raise ConvanimError(second, "", "is padded, and only the first array may be; give it with its zeros")
    kernel = per_axis("kernel_size", given.kernel_size if weights is None else weights.shape, len(given.size))
    ends, mode = _padding(its, function, given.size, kernel)
    _refuse_swapped(its, function, given.size, kernel)
    flip = function.flip != (weights is not None and weights.is_flipped)
    own = signal.padded if signal is not None else ()
    if signal is not None and own:
        if any(map(any, ends)) and mode != signal.mode:
            raise ConvanimError(first, "", f"is padded by {signal.mode}, with padding of {mode} around it; use one")
        ends = tuple((low + a, high + b) for (low, high), (a, b) in zip(ends, own, strict=True))
        mode = signal.mode
    return Conv(given.size, kernel, padding=ends, padding_mode=mode, flip=flip)


def _refuse_swapped(its: Arguments, function: _Function, size: tuple[int, ...], kernel: tuple[int, ...]) -> None:
    """Raise an error where a function exchanges its arrays, because the second one is the larger."""
    first, second = function.arrays
    larger = [k > n for k, n in zip(kernel, size, strict=True)]
    if any(larger) and (function.swaps or (its["mode"] == "valid" and all(larger))):
        result = "the same" if function.flip else "the same in reverse order"
        raise ConvanimError(
            second, spelled(kernel), f"is larger than {first}, {spelled(size)}; exchange the two, which makes {result}"
        )


def _padding(
    its: Arguments, function: _Function, size: tuple[int, ...], kernel: tuple[int, ...]
) -> tuple[tuple[Pair, ...], str]:
    """Return what a function pads, per axis, and with what."""
    if "cval" in its:
        mode, word, filled = _EDGES[one_of("mode", its["mode"], _EDGES)], "same", its["cval"]
        if its["origin"] not in (0, (0,) * len(size)):
            raise ConvanimError("origin", quoted(its["origin"]), "must be 0, with the kernel's middle on the cell made")
    else:
        word = one_of("mode", its["mode"], _MODES)
        mode = _BOUNDARIES[one_of("boundary", its.get("boundary", "fill"), _BOUNDARIES)]
        filled = its.get("fillvalue", 0)
    if mode == "zeros" and filled != 0:
        raise ConvanimError("padding", quoted(filled), "must be zeros, or cells of the input")
    ends = tuple(_ends(function, word, k) for k in kernel)
    if mode != "symmetric":
        return ends, mode
    most = max(max(pair) for pair in ends)
    if most > 1:
        raise ConvanimError(
            "padding", most, "mirrors the input with its edge cells, which is drawn only where it is 1 cell"
        )
    return ends, "replicate"


def _ends(function: _Function, word: str, kernel: int) -> Pair:
    before = {"full": kernel - 1, "same": function.before(kernel), "valid": 0}[word]
    after = {"full": kernel - 1, "same": kernel - 1 - before, "valid": 0}[word]
    return before, after


_SIGNAL, _NUMPY, _IMAGE = ("in1", "in2"), ("a", "v"), ("input", "weights")
_FUNCTIONS: Mapping[str, tuple[str, int | None, _Function]] = {
    "convolve": ("in1! in2! mode='full' method?", None, _Function(_SIGNAL, True, _half)),
    "correlate": ("in1! in2! mode='full' method?", None, _Function(_SIGNAL, False, _half)),
    "fftconvolve": ("in1! in2! mode='full' axes?", None, _Function(_SIGNAL, True, _half)),
    "oaconvolve": ("in1! in2! mode='full' axes?", None, _Function(_SIGNAL, True, _half)),
    "convolve2d": ("in1! in2! mode='full' boundary='fill' fillvalue=0", 2, _Function(_SIGNAL, True, _half)),
    "correlate2d": ("in1! in2! mode='full' boundary='fill' fillvalue=0", 2, _Function(_SIGNAL, False, _half_less)),
    "numpy.convolve": ("a! v! mode='full'", 1, _Function(_NUMPY, True, _half, swaps=True)),
    "numpy.correlate": ("a! v! mode='valid'", 1, _Function(_NUMPY, False, _half, swaps=True)),
    "ndimage.convolve": (
        "input! weights! output? mode='reflect' cval=0 origin=0",
        None,
        _Function(_IMAGE, True, _half_less),
    ),
    "ndimage.correlate": (
        "input! weights! output? mode='reflect' cval=0 origin=0",
        None,
        _Function(_IMAGE, False, _half),
    ),
}
"""For each function, its parameters, its number of axes where that is fixed, and how it counts."""

_OTHER_NAMES = {
    "numpy": ("np",),
    "ndimage": ("scipy.ndimage", "ndi", "nd"),
}


def _kind(text: str, dims: int | None, function: _Function) -> Kind:
    examples = {"mode": "same", "boundary": "fill"}
    return Kind(
        signature(text, **examples),
        dims,
        build=partial(_layer, function=function),
        axes=partial(_axes, function=function),
        reach=partial(_reach, function=function),
        numbers=partial(_numbers, function=function),
    )


def _named() -> dict[str, Kind]:
    """Return the kinds by all names that their functions go by."""
    kinds = {name: _kind(*told) for name, told in _FUNCTIONS.items()}
    for module, others in _OTHER_NAMES.items():
        own = {name: kind for name, kind in kinds.items() if name.startswith(f"{module}.")}
        kinds |= {f"{other}{name.removeprefix(module)}": kind for name, kind in own.items() for other in others}
    return kinds


KINDS = worded(Words(lambda pairs, its: pairs), _named())
"""The kinds of layers by the names of their functions."""


INPUT = "{x}"
"""Placeholder for the signal in an expression."""


def _write_conv(layer: Conv) -> Written:
    if layer.has_channels:
        return NoCode("SciPy has no channels and no bias; one call for each pair of planes, and their sum, does it")
    if max(layer.dilation) > 1:
        return NoCode("SciPy's kernels have no gaps; a kernel with zeros between its weights does it")
    if max(layer.stride) > 1:
        steps = ", ".join(f"::{step}" for step in layer.stride)
        return NoCode(f"SciPy makes all windows; [{steps}] behind mode='valid' keeps those of the stride")
    name = f"{'convolve' if layer.flip else 'correlate'}{'2d' if layer.dims == 2 else ''}"
    function, given, word = _FUNCTIONS[name][2], INPUT, _word(layer, name)
    if not word:
        word, given = "valid", f"np.pad({INPUT}, {layer.padding}, mode='{NUMPY_PADDING[layer.padding_mode]}')"
    assert function.flip == layer.flip
    return Code((call(f"signal.{name}", (given, f"np.ones({layer.kernel_size})"), {"mode": repr(word)}),))


def _word(layer: Conv, name: str) -> str:
    """Return the mode of a function that pads as a layer does, empty if there is none."""
    if layer.padding_mode != "zeros" and has_padding(layer):
        return ""
    function = _FUNCTIONS[name][2]
    made = {word: tuple(_ends(function, word, k) for k in layer.kernel_size) for word in ("valid", "same", "full")}
    return next((word for word, ends in made.items() if ends == layer.padding), "")


def _none(why: str) -> Writer:
    return lambda layer: NoCode(why)


WRITERS: dict[type[Layer], Writer] = {
    DeformConv: _none("SciPy has no deformable convolution; torchvision has"),
    Conv: _write_conv,
    ConvGeneral: _none("SciPy inserts no zeros and crops nothing; np.kron and slices before signal.correlate do it"),
    ConvTranspose: _none(
        "SciPy has no transposed convolution; signal.convolve of the input with zeros between does it"
    ),
    MaxPool: _none("SciPy's signals are not pooled; ndimage.maximum_filter and a slice do it"),
    AvgPool: _none("SciPy's signals are not pooled; ndimage.uniform_filter and a slice do it"),
    **dict.fromkeys(
        (PixelShuffle, PixelUnshuffle, Upsample, Unfold, MaxUnpool), _none("SciPy has no such function of signals")
    ),
}
"""The function that writes each kind of layer."""


def _write_all(layers: tuple[Layer, ...]) -> str | NoCode:
    parts = told(layers, WRITERS)
    if isinstance(parts, NoCode):
        return parts
    first = f"np.ones({layers[0].input_size})"
    if len(parts) == 1:
        return parts[0].replace(INPUT, first)
    return "\n".join(f"x = {one.replace(INPUT, 'x' if number else first)}" for number, one in enumerate(parts))


SCIPY = Framework(FRAMEWORKS["scipy"], KINDS, ("scipy", "signal", "ndimage", "ndi", "np", "numpy"), write=_write_all)
