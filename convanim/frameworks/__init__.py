"""Layers as other frameworks write them: read from text or objects, and written again; one file a framework."""

from __future__ import annotations

from convanim.frameworks.jax import JAX
from convanim.frameworks.keras import KERAS
from convanim.frameworks.kinds import Described, Framework, Pasted
from convanim.frameworks.onnx import ONNX
from convanim.frameworks.own import OWN
from convanim.frameworks.torch import TORCH

__all__ = ["ALIASES", "FRAMEWORKS", "Described", "Framework", "Pasted"]

FRAMEWORKS: dict[str, Framework] = {"torch": TORCH, "keras": KERAS, "onnx": ONNX, "jax": JAX, "convanim": OWN}
"""Every framework by the name that a text may begin with, as in ``keras: Conv2D(8, 3)``."""

ALIASES = {"pytorch": "torch", "tf": "keras", "tensorflow": "keras", "flax": "jax", "lax": "jax"}
"""Other names that people give them."""
