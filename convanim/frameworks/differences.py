"""Sentences on how frameworks differ: what one does for a layer that another would do otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convanim.base.options import Pair, short
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.kinds import Described, Pasted
from convanim.layers import AvgPool, Chain, Conv, ConvGeneral, ConvTranspose, DeformConv, Layer, LpPool
from convanim.layers.pool import Pool


def differences(pasted: Pasted, layer: Layer | Chain) -> tuple[str, ...]:
    """Return sentences on what other frameworks would do differently for a layer.

    Parameters
    ----------
    pasted : Pasted
        The layers as read from a text.
    layer : Layer or Chain
        The same layers, built for an input.
    """
    layers = layer.layers if isinstance(layer, Chain) else (layer,)
    built = [one for one in pasted.layers if one.kind.build]
    if len(built) != len(layers):
        # One name may stand for a pair of two layers.
        built = built * len(layers) if len(built) == 1 else []
    said = []
    for number, (one, its) in enumerate(zip(built, layers, strict=False), 1):
        for rule in _RULES:
            sentence = rule(one, its)
            if sentence:
                said.append(f"layer {number}: {sentence}" if len(layers) > 1 else sentence)
    return tuple(dict.fromkeys(said))


def _word(one: Described) -> str:
    """Return the padding word of a layer in lower case, empty if there is none."""
    written = one.arguments.get("auto_pad", one.arguments.get("padding"))
    return written.lower() if isinstance(written, str) else ""


def _title(one: Described) -> str:
    return FRAMEWORKS[one.framework].title


def _own(one: Described) -> str:
    """Return the framework's title in the possessive form."""
    title = _title(one)
    return f"{title}'" if title.endswith("s") else f"{title}'s"


def _same(one: Described, layer: Layer) -> str:
    """Return a sentence on what ``same`` pads here, if PyTorch would pad differently."""
    word = _word(one)
    if not word.startswith("same") or one.framework == "torch" or not isinstance(layer, Conv | Pool):
        return ""
    if all(low == high for low, high in layer.padding):
        return ""
    if word == "same_lower":
        return (
            f"{_own(one)} SAME_LOWER pads {_ends(layer.padding)}: the odd cell stands at the start, where PyTorch, "
            "TensorFlow and SAME_UPPER put it at the end"
        )
    if max(layer.stride) == 1:
        return (
            f"{_own(one)} same pads {_ends(layer.padding)}, with the odd cell at the end as PyTorch's 'same' does; "
            "SAME_LOWER of ONNX puts it at the start"
        )
    even = [max(pair) for pair in layer.padding]
    words = (
        "PyTorch refuses 'same' with a stride over 1" if isinstance(layer, Conv) else "PyTorch's pooling has no 'same'"
    )
    return (
        f"{_own(one)} same pads {_ends(layer.padding)} here, which depends on the input's size; {words}, "
        f"and its padding={short(even)} starts windows "
        f"{_cells(max(high - low for low, high in layer.padding))} earlier"
    )


def _strided(one: Described, layer: Layer) -> str:
    """Return a sentence if TensorFlow's ``same`` gives this output size with other windows."""
    if one.framework != "torch" or not isinstance(layer, Conv | Pool) or max(layer.stride) == 1:
        return ""
    if getattr(layer, "padding_mode", "zeros") != "zeros":
        return ""
    dilation = getattr(layer, "dilation", (1,) * layer.dims)
    ends = Conv.ends("same-upper", layer.input_size, layer.kernel_size, layer.stride, dilation)
    wanted = tuple(-(-n // s) for n, s in zip(layer.input_size, layer.stride, strict=True))
    if layer.output_size != wanted or ends == layer.padding or not any(map(any, layer.padding)):
        return ""
    return (
        f"TensorFlow's and Keras' same make the same size but pad {_ends(ends)} instead of {_ends(layer.padding)}, "
        "so that their windows start later"
    )


def _transposed(one: Described, layer: Layer) -> str:
    """Return a sentence if frameworks crop the output of a transposed convolution differently."""
    if not isinstance(layer, ConvTranspose):
        return ""
    taken = tuple((low, high - added) for (low, high), added in zip(layer.padding, layer.output_padding, strict=True))
    if one.framework == "torch":
        if not any(layer.output_padding):
            return ""
        return (
            "PyTorch adds output padding at the end of the output only; Keras' output_padding with padding='same' is "
            "split between both ends, the larger part at the start"
        )
    if all(low == high for low, high in taken):
        return ""
    even = _symmetric(layer, taken)
    if any(high < low for low, high in taken) and all(low == 0 for low, _ in taken) and _word(one) == "valid":
        return (
            f"{_own(one)} valid makes {short(layer.output_size)}, with cells at the end that no kernel reaches; "
            "PyTorch makes them with output_padding only"
        )
    own = [low - high for low, high in taken]
    if all(0 <= a < max(s, d) for a, s, d in zip(own, layer.stride, layer.dilation, strict=True)):
        # PyTorch can do the same with its output padding.
        return ""
    way = f"; PyTorch's {even} makes the same size, shifted" if even else ""
    return f"{_title(one)} takes {_ends(taken)} from the full output; PyTorch takes the same from both ends{way}"


def _symmetric(layer: ConvTranspose, taken: tuple[Pair, ...]) -> str:
    """Return the options of PyTorch that give the same size, empty if there are none."""
    padding = [max(-(-(low + high) // 2), 0) for low, high in taken]
    added = [2 * p - low - high for p, (low, high) in zip(padding, taken, strict=True)]
    fits = all(a < max(s, d) for a, s, d in zip(added, layer.stride, layer.dilation, strict=True))
    said = f"padding={short(padding)}" + (f", output_padding={short(added)}" if any(added) else "")
    return said if fits else ""


def _averaged(one: Described, layer: Layer) -> str:
    if not isinstance(layer, AvgPool) or not any(map(any, layer.padding)):
        return ""
    if layer.count_include_pad:
        return "padding counts in the average, as in PyTorch; Keras never counts it, and ONNX only if told to"
    return "padding does not count in the average; PyTorch counts it unless count_include_pad=False"


def _signed(one: Described, layer: Layer) -> str:
    """Return a sentence on negative values, of which ONNX and PyTorch take odd powers differently."""
    if not isinstance(layer, LpPool) or layer.norm_type % 2 == 0:
        return ""
    if one.framework == "onnx":
        return "ONNX takes absolute values before an odd power; the numbers drawn are PyTorch's, which takes none"
    return "PyTorch takes odd powers with their sign, so that a negative sum may have no root; ONNX's LpPool does not"


def _causal(one: Described, layer: Layer) -> str:
    if _word(one) != "causal" or not isinstance(layer, Conv):
        return ""
    return f"PyTorch has no word for causal; nn.ZeroPad1d(({layer.padding[0][0]}, 0)) before the layer does it"


def _turned(one: Described, layer: Layer) -> str:
    if isinstance(layer, ConvGeneral) and one.name in ("conv_transpose", "ConvTranspose"):
        turned = "PyTorch, Keras and ONNX flip it, as transpose_kernel=True does"
        return f"JAX slides the kernel as it is stored; {turned}"
    return ""


def _middle(one: Described, layer: Layer) -> str:
    """Return a sentence if SciPy's ``same``, which is the middle of the full result, pads more before the input."""
    if one.framework != "scipy" or not isinstance(layer, Conv) or all(low <= high for low, high in layer.padding):
        return ""
    cut = f"{_own(one)} same is the middle of the full result, which pads {_ends(layer.padding)}"
    return f"{cut}; PyTorch's 'same' has the odd cell at the end"


def _given(one: Described, layer: Layer) -> str:
    """Return a sentence on what a deformable layer is called with, which its code does not hold."""
    if not isinstance(layer, DeformConv) or one.framework == "convanim":
        return ""
    return (
        "the offsets, and the masks if there are any, come with each call, so that this code does not hold them; "
        "these offsets are drawn at random, without masks"
    )


_RULES: tuple[Callable[[Described, Any], str], ...] = (
    _same,
    _strided,
    _transposed,
    _averaged,
    _signed,
    _causal,
    _turned,
    _middle,
    _given,
)


def _ends(padding: tuple[Pair, ...]) -> str:
    """Return the padding before and after in words, once if it is the same on all axes."""
    told = [f"{low} before and {high} after".replace("-", "−") for low, high in padding]
    if len(set(told)) == 1:
        return told[0]
    names = {2: ("rows", "columns"), 3: ("planes", "rows", "columns")}[len(told)]
    return ", ".join(f"{said} the {name}" for said, name in zip(told, names, strict=True))


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"
