"""What a picture shows: shapes that bear a role, in cells, in drawing order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Filled parallelograms.

    Attributes
    ----------
    role : str
        What they are; a theme gives it a colour.
    quads : (n, 4, 2) array
        Corners in order, x to the right and y downward, in cells.
    shaded : bool
        Whether the kernel's shadow lies on them.
    """

    role: str
    quads: Points
    shaded: bool = False


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight lines; a dash pattern starts afresh, and whole, on each.

    Attributes
    ----------
    role : str
        What they are; a theme gives it a colour, a width and a dash.
    segments : (n, 2, 2) array
        Both ends, x to the right and y downward, in cells.
    """

    role: str
    segments: Points


Shape = Cells | Lines
Shapes = tuple[Shape, ...]


@dataclass(frozen=True, eq=False)
class Key:
    """An entry of a legend.

    Attributes
    ----------
    label : str
        What the sample means.
    sample : tuple of shapes
        Within the square from (0, 0) to (1, 1), y downward.
    """

    label: str
    sample: Shapes


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture that moves, apart from how it is coloured and at what size.

    Attributes
    ----------
    bounds : (left, top, right, bottom)
        Everything that any step draws lies within, in cells.
    steps : int
        Number of steps.
    ground : tuple of shapes
        What never changes; drawn first.
    marks : callable
        A range of steps to the shapes that are drawn at those steps and stay.
    moment : callable
        Step number to the shapes that only that step shows; drawn last.
    legend : tuple of Key
        What the looks in this picture mean.
    caption : tuple of str
        Phrases that describe the picture.
    """

    bounds: tuple[float, float, float, float]
    steps: int
    ground: Shapes
    marks: Callable[[range], Shapes]
    moment: Callable[[int], Shapes]
    legend: tuple[Key, ...]
    caption: tuple[str, ...] = ()
