"""Reading of layers from code, objects and model files, and writing of layers as code, for each framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convanim.base.extending import add
from convanim.base.later import Later, names_within
from convanim.words.captions import FRAMEWORKS as TITLES

if TYPE_CHECKING:
    from convanim.frameworks.kinds import Described, Framework, Pasted

__all__ = ["ALIASES", "FRAMEWORKS", "Described", "Framework", "Pasted", "register"]

FRAMEWORKS: Later[Framework] = Later(
    {
        "torch": "convanim.frameworks.torch:TORCH",
        "keras": "convanim.frameworks.keras:KERAS",
        "onnx": "convanim.frameworks.onnx:ONNX",
        "jax": "convanim.frameworks.jax:JAX",
        "scipy": "convanim.frameworks.scipy:SCIPY",
        "convanim": "convanim.frameworks.convanim:OWN",
    }
)
"""Every framework by its name, with which a text may begin, as in ``keras: Conv2D(8, 3)``."""


def register(name: str, framework: Framework) -> None:
    """Register a framework, so that the command can read and write its code.

    Raises
    ------
    ConvanimError
        If a framework of that name exists.
    """
    add(FRAMEWORKS, "framework", name, framework)
    TITLES[name] = framework.title


ALIASES = {"pytorch": "torch", "tf": "keras", "tensorflow": "keras", "flax": "jax", "lax": "jax", "numpy": "scipy"}
"""Other names of the frameworks."""

__getattr__ = names_within(__name__, ("Described", "Framework", "Pasted"), ("kinds",))
