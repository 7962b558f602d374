"""What layers are called, by their operation and their channels, and how sizes are written."""

from __future__ import annotations

from collections.abc import Iterable

from convanim.base.language import message, translated
from convanim.layers import Layer
from convanim.words.turning import turned_words

_KINDS = {
    # Translators: {name} is the name of a layer such as "convolution".
    "depthwise": message("depthwise {name}"),
    "grouped": message("grouped {name}"),
    "pointwise": message("pointwise {name}"),
    "standard": message("standard {name}"),
}
"""The names of layers by what their channels make of them."""


def size(cells: Iterable[int]) -> str:
    """Return a size as people write it: ``5×7``, or ``5`` for one axis."""
    return "×".join(str(count) for count in cells)


def layer_name(layer: Layer) -> str:
    """Return what a layer is called in full, by its channels where it has several.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> layer_name(Conv(5, 3)), layer_name(Conv(5, 3, in_channels=4, out_channels=4, groups=2))
    ('convolution', 'grouped convolution')
    """
    kind = kind_of(layer)
    return translated(_KINDS[kind], name=_basic_name(layer)) if kind else layer.called


def plain_name(layer: Layer) -> str:
    """Return the same, without saying that it is standard."""
    return _basic_name(layer) if kind_of(layer) == "standard" else layer_name(layer)


def axes_name(layer: Layer, name: str) -> str:
    """Return the name of a layer with the number of its axes, unless these are the usual two."""
    # Translators: {dims} is 1 or 3, and {name} such as "convolution".
    return name if layer.dims == 2 else translated("{dims}-D {name}", dims=layer.dims, name=name)


def _basic_name(layer: Layer) -> str:
    """Return the name of a layer without a word for its channels."""
    return translated(layer.title.split(" ", 1)[-1]) if layer.names_channels else layer.called


def kind_of(layer: Layer) -> str:
    """Return the word before a convolution's name that its channels give it, if any."""
    grouping = layer.grouping
    if not layer.is_weighted or grouping.is_single:
        return ""
    if grouping.groups > 1:
        return message("depthwise") if grouping.inputs_a_group == 1 else "grouped"
    return message("pointwise") if set(layer.kernel_size) == {1} else "standard"


def layer_kind(layer: Layer) -> str:
    """Return ``depthwise`` or ``pointwise`` for layers that stand for a part of one, else nothing."""
    kind = kind_of(layer)
    return translated(kind) if kind in ("depthwise", "pointwise") else ""


def kernel_word(layer: Layer) -> str:
    """Return what a kernel is called where a picture shows it once: as it is stored, or rotated where it is flipped."""
    return turned_words(layer.dims, message("rotated kernel")) if layer.is_flipped else translated("kernel")


def layer_title(layer: Layer) -> str:
    """Return what a layer is called where there is little room, without saying that it is standard."""
    kind, title = kind_of(layer), layer.called_briefly
    return title if kind in ("", "standard") else translated(_KINDS[kind], name=title)
