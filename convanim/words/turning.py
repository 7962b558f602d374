"""What words call a kernel that is turned around, by the number of its axes."""

from __future__ import annotations

from convanim.base.language import message, translated

# Translators: Below a kernel whose weights are turned around.
ROTATED = message("rotated 180°")

ALONG_THREE_AXES = {
    ROTATED: message("flipped along all axes"),
    "rotated kernel": message("flipped kernel"),
    "kernel rotated by 180°": message("kernel flipped along all axes"),
    "kernel flipped (rotated by 180°)": message("kernel flipped along all axes"),
    "the kernel rotated by 180°": message("the kernel flipped along all axes"),
    "{kernel}, rotated by 180°,": message("{kernel}, flipped along all axes,"),
    "the kernel lies in the windows rotated by 180°": message("the kernel lies in the windows flipped along all axes"),
    "kernels lie in the windows rotated by 180°": message("kernels lie in the windows flipped along all axes"),
    "kernels of the {layer} lie in the windows rotated by 180°": message(
        "kernels of the {layer} lie in the windows flipped along all axes"
    ),
    "{gradient} meets the kernel turned by 180°": message("{gradient} meets the kernel flipped along all axes"),
    "{gradient} meets the kernel turned by 180°, dilated by {dilation}": message(
        "{gradient} meets the kernel flipped along all axes, dilated by {dilation}"
    ),
    "{tensor}, turned by 180° and flattened {size}": message("{tensor}, flipped along all axes and flattened {size}"),
}
"""What is said instead of kernels with three axes: to turn all of them around is no rotation."""


def turned_words(dims: int, said: str = ROTATED, **values: str) -> str:
    """Return a translated message, as it is right for kernels of a number of axes if it says that they are rotated."""
    return translated(ALONG_THREE_AXES.get(said, said) if dims == 3 else said, **values)
