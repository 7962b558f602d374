"""What words call a kernel that is turned around, by the number of its axes."""

from __future__ import annotations

from convanim.base.language import message, translated

# Translators: Above a kernel whose weights are turned around, beside the same as it is.
ROTATED = message("rotated 180°")

# Translators: Below a kernel that is only drawn with its weights turned around.
DRAWN_ROTATED = message("drawn rotated 180°")

SMALL_TURNED = message("small numbers are the weights of the kernel rotated by 180°")

ALONG_ONE_AXIS = {
    SMALL_TURNED: message("small numbers are the weights of the flipped kernel"),
    ROTATED: message("flipped"),
    DRAWN_ROTATED: message("drawn flipped"),
    "rotated kernel": message("flipped kernel"),
    "kernel rotated by 180°": message("kernel flipped"),
    "kernel flipped (rotated by 180°)": message("kernel flipped"),
    "the kernel rotated by 180°": message("the kernel flipped"),
    "{kernel}, rotated by 180°,": message("{kernel}, flipped,"),
    "the kernel lies in the windows rotated by 180°": message("the kernel lies in the windows flipped"),
    "kernel drawn rotated by 180°, as it lies in the windows": message(
        "kernel drawn flipped, as it lies in the windows"
    ),
    "kernels drawn rotated by 180°, as they lie in the windows": message(
        "kernels drawn flipped, as they lie in the windows"
    ),
    "kernels lie in the windows rotated by 180°": message("kernels lie in the windows flipped"),
    "kernels of the {layer} lie in the windows rotated by 180°": message(
        "kernels of the {layer} lie in the windows flipped"
    ),
    "the kernel of the {layer} lies in the windows rotated by 180°": message(
        "the kernel of the {layer} lies in the windows flipped"
    ),
    "{gradient} meets the kernel turned by 180°": message("{gradient} meets the kernel flipped"),
    "{gradient} meets the kernel turned by 180°, dilated by {dilation}": message(
        "{gradient} meets the kernel flipped, dilated by {dilation}"
    ),
    "{tensor}, turned by 180° and flattened {size}": message("{tensor}, flipped and flattened {size}"),
}
"""What is said instead of kernels with one axis, which cannot be rotated."""

ALONG_THREE_AXES = {
    SMALL_TURNED: message("small numbers are the weights of the kernel flipped along all axes"),
    ROTATED: message("flipped along all axes"),
    DRAWN_ROTATED: message("drawn flipped along all axes"),
    "rotated kernel": message("flipped kernel"),
    "kernel rotated by 180°": message("kernel flipped along all axes"),
    "kernel flipped (rotated by 180°)": message("kernel flipped along all axes"),
    "the kernel rotated by 180°": message("the kernel flipped along all axes"),
    "{kernel}, rotated by 180°,": message("{kernel}, flipped along all axes,"),
    "the kernel lies in the windows rotated by 180°": message("the kernel lies in the windows flipped along all axes"),
    "kernel drawn rotated by 180°, as it lies in the windows": message(
        "kernel drawn flipped along all axes, as it lies in the windows"
    ),
    "kernels drawn rotated by 180°, as they lie in the windows": message(
        "kernels drawn flipped along all axes, as they lie in the windows"
    ),
    "kernels lie in the windows rotated by 180°": message("kernels lie in the windows flipped along all axes"),
    "kernels of the {layer} lie in the windows rotated by 180°": message(
        "kernels of the {layer} lie in the windows flipped along all axes"
    ),
    "the kernel of the {layer} lies in the windows rotated by 180°": message(
        "the kernel of the {layer} lies in the windows flipped along all axes"
    ),
    "{gradient} meets the kernel turned by 180°": message("{gradient} meets the kernel flipped along all axes"),
    "{gradient} meets the kernel turned by 180°, dilated by {dilation}": message(
        "{gradient} meets the kernel flipped along all axes, dilated by {dilation}"
    ),
    "{tensor}, turned by 180° and flattened {size}": message("{tensor}, flipped along all axes and flattened {size}"),
}
"""What is said instead of kernels with three axes: to turn all of them around is no rotation."""

_BY_AXES = {1: ALONG_ONE_AXIS, 3: ALONG_THREE_AXES}


def turned_words(dims: int, said: str = ROTATED, **values: str) -> str:
    """Return a translated message, as it is right for kernels of a number of axes if it says that they are rotated."""
    return translated(_BY_AXES.get(dims, {}).get(said, said), **values)
