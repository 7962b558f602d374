"""A plugin: one of each that convanim has by name, registered with one call each."""

from __future__ import annotations

from dataclasses import replace

from convanim import formats, frameworks, layers, views
from convanim.formats.clip import Film
from convanim.layers import Layer
from convanim.places import registry as places
from convanim.render import palettes
from tests.extending.median_pool import MedianPool


def encode(film: Film) -> bytes:
    """Return how many steps a film shows, as a file."""
    return f"{film.scene.steps} steps\n".encode()


def write(layers: tuple[Layer, ...]) -> str:
    """Return layers as code of a framework that nobody has."""
    return " then ".join(layer.title for layer in layers)


def register() -> None:
    """Register all that is here."""
    layers.register(MedianPool)
    views.register("pile", views.View("sheets below each other", "tests.extending.pile", (26.0, 26.0, 26.0)))
    palettes.register("sepia", replace(palettes.THEMES["guide"], about="brown on cream", background="#fdf6e3"))
    count = formats.Format("counts", "how many steps there are", "tests.extending.plugin:encode", is_pixels=False)
    formats.register("steps", count)
    frameworks.register("pseudo", frameworks.Framework("pseudocode", {}, ("pseudo",), write=write))
    places.register("blackboard", places.Place("a GIF", (places.Part(".gif"),), "Copy $first by hand.\n"))
