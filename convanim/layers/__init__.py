"""What an operation is: one file a family, and the registry that everything else asks."""

from convanim.layers.base import ROWS_COLUMNS, Layer
from convanim.layers.chain import Chain
from convanim.layers.conv import CONV_PADDINGS, Conv
from convanim.layers.conv_transpose import ConvTranspose
from convanim.layers.pool import AvgPool, MaxPool

__all__ = [
    "CONV_PADDINGS",
    "METHODS",
    "OPERATIONS",
    "ROWS_COLUMNS",
    "AvgPool",
    "Chain",
    "Conv",
    "ConvTranspose",
    "Layer",
    "MaxPool",
]

OPERATIONS: dict[str, type[Layer]] = {kind.operation: kind for kind in (Conv, ConvTranspose, MaxPool, AvgPool)}
"""Every operation, by the name that ``to_dict`` and gallery files use."""

METHODS = {
    "gather": "every output cell collects what its window covers",
    "scatter": "every input cell stamps its multiple of the kernel; a transposed convolution only",
}
"""The ways to compute a layer."""
