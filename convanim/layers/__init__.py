"""Operations: layers that know their sizes, costs and words; one file per family."""

from convanim.base.extending import add
from convanim.base.language import message
from convanim.layers.adaptive_pool import AdaptiveAvgPool, AdaptiveMaxPool, AdaptivePool, GlobalAvgPool, GlobalMaxPool
from convanim.layers.base import ROWS_COLUMNS, Layer, rebuilt
from convanim.layers.chain import Chain
from convanim.layers.conv import CONV_PADDINGS, Conv
from convanim.layers.conv_general import ConvGeneral
from convanim.layers.conv_transpose import ConvTranspose
from convanim.layers.deform_conv import DeformConv
from convanim.layers.depthwise import DepthwiseConv, DepthwiseSeparable, PointwiseConv, SpatiallySeparable, passes
from convanim.layers.fold import Fold
from convanim.layers.grouping import Grouping
from convanim.layers.join import JOINS, Add, Concatenate, Join, Scale
from convanim.layers.lp_pool import LpPool
from convanim.layers.parameters import PARAMETERS, Parameter
from convanim.layers.pool import AvgPool, MaxPool
from convanim.layers.rearrange import PixelShuffle, PixelUnshuffle, Rearrange
from convanim.layers.sparse_conv import SparseConv
from convanim.layers.unfold import Unfold
from convanim.layers.unpool import MaxUnpool
from convanim.layers.upsample import Upsample

__all__ = [
    "CHANNEL_OPTIONS",
    "CONV_PADDINGS",
    "JOINS",
    "METHODS",
    "OPERATIONS",
    "ROWS_COLUMNS",
    "SEPARABLES",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "AdaptivePool",
    "Add",
    "AvgPool",
    "Chain",
    "Concatenate",
    "Conv",
    "ConvGeneral",
    "ConvTranspose",
    "DeformConv",
    "DepthwiseConv",
    "DepthwiseSeparable",
    "Fold",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "Grouping",
    "Join",
    "Layer",
    "LpPool",
    "MaxPool",
    "MaxUnpool",
    "PixelShuffle",
    "PixelUnshuffle",
    "PointwiseConv",
    "Rearrange",
    "Scale",
    "SparseConv",
    "SpatiallySeparable",
    "Unfold",
    "Upsample",
    "passes",
    "rebuilt",
    "register",
]

OPERATIONS: dict[str, type[Layer]] = {
    kind.operation: kind
    for kind in (
        Conv,
        DepthwiseConv,
        PointwiseConv,
        ConvTranspose,
        ConvGeneral,
        DeformConv,
        SparseConv,
        MaxPool,
        AvgPool,
        LpPool,
        AdaptiveMaxPool,
        AdaptiveAvgPool,
        GlobalMaxPool,
        GlobalAvgPool,
        PixelShuffle,
        PixelUnshuffle,
        Upsample,
        MaxUnpool,
        Unfold,
        Fold,
    )
}
"""All operations, by the name that ``to_dict`` and gallery files use."""


def register(kind: type[Layer], *parameters: Parameter) -> None:
    """Register an operation for the command, the short form and galleries, with its own parameters.

    Parameters
    ----------
    kind : type of Layer
        The operation; its ``operation`` must be a new name.
    *parameters : Parameter
        Parameters that no other operation has.

    Raises
    ------
    ConvanimError
        If a name is taken.
    """
    for one in parameters:
        add(PARAMETERS, "parameter", one.name, one)
    add(OPERATIONS, "operation", kind.operation, kind)


SEPARABLES: dict[str, type[DepthwiseSeparable] | type[SpatiallySeparable]] = {
    kind.operation: kind for kind in (DepthwiseSeparable, SpatiallySeparable)
}
"""All pairs of layers that replace one convolution, by name."""

CHANNEL_OPTIONS = ("in_channels", "out_channels", "groups", "bias")
"""The parameters of a convolution that concern its channels."""

METHODS = {
    # Translators: How a transposed convolution is computed, behind its name: it gathers, or it scatters stamps.
    message("gather"): "every output cell collects what its window covers",
    message("scatter"): "every input cell stamps its multiple of the kernel; a transposed convolution only",
}
"""The methods of computing a layer."""
