"""Animated diagrams of convolution arithmetic, for any layer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convanim.animations.animation import Animation
    from convanim.animations.backward import backward
    from convanim.animations.comparing import compare
    from convanim.animations.drawing import animate
    from convanim.animations.networks import animate_model
    from convanim.base.errors import ConvanimError
    from convanim.frameworks.model_files import read_model
    from convanim.inputs.live_objects import from_keras, from_torch
    from convanim.layers import (
        AdaptiveAvgPool,
        AdaptiveMaxPool,
        Add,
        AvgPool,
        Chain,
        Concatenate,
        Conv,
        ConvGeneral,
        ConvTranspose,
        DeformConv,
        DepthwiseConv,
        DepthwiseSeparable,
        Fold,
        GlobalAvgPool,
        GlobalMaxPool,
        Layer,
        LpPool,
        MaxPool,
        MaxUnpool,
        PixelShuffle,
        PixelUnshuffle,
        PointwiseConv,
        Scale,
        SparseConv,
        SpatiallySeparable,
        Unfold,
        Upsample,
    )
    from convanim.places.exporting import export
    from convanim.plans import Plan, plan

__version__ = "0.1.0"

__all__ = [
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "Add",
    "Animation",
    "AvgPool",
    "Chain",
    "Concatenate",
    "Conv",
    "ConvGeneral",
    "ConvTranspose",
    "ConvanimError",
    "DeformConv",
    "DepthwiseConv",
    "DepthwiseSeparable",
    "Fold",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "Layer",
    "LpPool",
    "MaxPool",
    "MaxUnpool",
    "PixelShuffle",
    "PixelUnshuffle",
    "Plan",
    "PointwiseConv",
    "Scale",
    "SparseConv",
    "SpatiallySeparable",
    "Unfold",
    "Upsample",
    "animate",
    "animate_model",
    "backward",
    "compare",
    "export",
    "from_keras",
    "from_torch",
    "plan",
    "read_model",
]

_LATER = {
    "Animation": "convanim.animations.animation",
    "ConvanimError": "convanim.base.errors",
    "animate": "convanim.animations.drawing",
    "animate_model": "convanim.animations.networks",
    "backward": "convanim.animations.backward",
    "compare": "convanim.animations.comparing",
    "export": "convanim.places.exporting",
    "from_keras": "convanim.inputs.live_objects",
    "from_torch": "convanim.inputs.live_objects",
    "Plan": "convanim.plans",
    "plan": "convanim.plans",
    "read_model": "convanim.frameworks.model_files",
}
"""Where names are that are no layers; all are imported when first used, so that the command can end meanwhile."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER.get(name, "convanim.layers")), name)


def load_ipython_extension(shell: Any) -> None:
    """Add ``%convanim`` and ``%%convanim`` to a notebook; IPython does so for ``%load_ext convanim``."""
    import_module("convanim.documents.ipython").load_ipython_extension(shell)
