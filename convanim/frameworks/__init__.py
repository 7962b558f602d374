"""Code, objects and model files in, layers out, and layers in, code out; one file a framework, both ways."""

from __future__ import annotations

from convanim.base.extending import add
from convanim.frameworks.convanim import OWN
from convanim.frameworks.jax import JAX
from convanim.frameworks.keras import KERAS
from convanim.frameworks.kinds import Described, Framework, Pasted
from convanim.frameworks.onnx import ONNX
from convanim.frameworks.torch import TORCH
from convanim.words.captions import FRAMEWORKS as TITLES

__all__ = ["ALIASES", "FRAMEWORKS", "Described", "Framework", "Pasted", "register"]

FRAMEWORKS: dict[str, Framework] = {"torch": TORCH, "keras": KERAS, "onnx": ONNX, "jax": JAX, "convanim": OWN}
"""Every framework by the name that a text may begin with, as in ``keras: Conv2D(8, 3)``."""


def register(name: str, framework: Framework) -> None:
    """Make a framework known to the command, for text to read and for code to write.

    Raises
    ------
    ConvanimError
        If the name is taken.
    """
    add(FRAMEWORKS, "framework", name, framework)
    TITLES[name] = framework.title


ALIASES = {"pytorch": "torch", "tf": "keras", "tensorflow": "keras", "flax": "jax", "lax": "jax"}
"""Other names that people give them."""
