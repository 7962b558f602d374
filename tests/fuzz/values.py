"""Values at random for every parameter by its name, for the command line as for Python."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from convanim.base.language import LANGUAGES
from convanim.formats import FORMATS
from convanim.layers import CONV_PADDINGS, METHODS
from convanim.layers.axis import PADDING_MODES
from convanim.layers.resampling import COORDINATES, MODES, ROUNDINGS
from convanim.motion.easing import EASINGS
from convanim.motion.timeline import MOTIONS
from convanim.places.registry import PLACES
from convanim.plans.gradients import PARTS
from convanim.plans.values import KERNELS
from convanim.render.palettes import THEMES
from convanim.render.text import font_path
from convanim.views import VIEWS
from convanim.views.comparison import ARRANGEMENTS
from convanim.views.look import MATRICES
from convanim.words.captions import FRAMEWORKS, LABELS

T = TypeVar("T")

LARGE = (12, 30, 60, 200, 352, 800, 5000, 99_999)
"""The longest sides, and the most channels, of what is drawn: larger pictures take long, or are refused for that."""

HUGE = (800, 5000, 99_999, 100_000, 100_001, 999_999_999_999)
"""Numbers for what is only explained."""


def listed(text: str) -> list[str]:
    """Return what stands between the bars of some lines."""
    return [one for line in text.strip().split("\n") for one in line.split(" | ")]


class Chance(random.Random):
    """What an example draws from: the same for the same name.

    Attributes
    ----------
    axes : int
        Of the example's layers.
    may_be_huge : bool
        Whether sizes without bounds are drawn too.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.axes = self.choice((1, 2, 2, 2, 2, 3))
        self.may_be_huge = False

    def happens(self, share: float) -> bool:
        """Return True in such a share of cases."""
        return self.random() < share

    def some(self, known: Sequence[T], most: int) -> list[T]:
        """Return some of what is known, in order."""
        return self.sample(known, self.randint(0, min(most, len(known))))

    def number(self, least: int, most: int) -> int:
        """Return a number, once in a while a larger one."""
        if self.happens(0.01) and self.axes < 3:
            return self.choice(HUGE if self.may_be_huge else LARGE)
        return self.randint(least, most)

    def per_axis(self, least: int, most: int) -> Any:
        """Return one number for all axes, or one an axis; once in a while too many or too few of them."""
        if self.happens(0.65):
            return self.number(least, most)
        axes = self.axes if self.happens(0.95) else self.randint(1, 4)
        return tuple(self.number(least, most) for _ in range(axes))

    def rows(self) -> Any:
        """Return numbers of one to three axes."""
        size = [self.randint(1, 4) for _ in range(self.axes)]
        return self._filled(size)

    def _filled(self, size: Sequence[int]) -> Any:
        if not size:
            return self.choice((0, 1, 2, 3, -1, 0.5, -2.25, 1000))
        return [self._filled(size[1:]) for _ in range(size[0])]


Draw = Callable[[Chance], Any]


def size(least: int, most: int) -> Draw:
    """Return what draws numbers for axes."""
    return lambda chance: chance.per_axis(least, most if chance.axes < 3 else min(most, 4))


def count(*known: int) -> Draw:
    """Return what draws one number, most often one of these."""
    return lambda chance: chance.number(1, 6) if chance.happens(0.1) else chance.choice(known)


def one(known: Any, *more: Any) -> Draw:
    """Return what draws one of several values."""
    return lambda chance: chance.choice((*known, *more))


def _padding(chance: Chance) -> Any:
    if chance.happens(0.25):
        return chance.choice((*CONV_PADDINGS, "full"))
    pair = (chance.randint(0, 2), chance.randint(-1, 2))
    return chance.choice((chance.per_axis(0, 2), (pair,), (pair,) * chance.axes))


def _indices(chance: Chance) -> Any:
    return [chance.sample(range(16), 4), chance.sample(range(4), 4), [0]][chance.choice((0, 0, 0, 1, 2))]


_flag = one((True, False))

SOUND: dict[str, Draw] = {
    "input_size": size(1, 7),
    "kernel_size": size(1, 3),
    "stride": size(1, 3),
    "padding": _padding,
    "output_padding": size(0, 1),
    "dilation": size(1, 2),
    "input_dilation": size(1, 3),
    "padding_mode": one(PADDING_MODES),
    "rotated": _flag,
    "flip": _flag,
    "ceil_mode": _flag,
    "count_include_pad": _flag,
    "norm_type": count(1, 2, 3),
    "active": lambda chance: chance.choice(("30%", ",".join("0" * chance.axes), "0,0 1,2", "", "100%")),
    "submanifold": _flag,
    "bias": _flag,
    "in_channels": count(1, 2, 4),
    "out_channels": count(1, 2, 4),
    "channels": count(1, 2),
    "groups": count(1, 2),
    "depth_multiplier": count(1, 2),
    "upscale_factor": count(2, 2, 3),
    "downscale_factor": count(1, 2),
    "scale_factor": lambda chance: chance.choice((1, 2, 2, 3, 1.5, 0.5, (1, 2, 3)[: chance.axes])),
    "size": size(1, 7),
    "output_size": size(1, 7),
    "mode": one(MODES),
    "align_corners": one((False, False, True)),
    "coordinates": one((None, None, *COORDINATES)),
    "nearest_mode": one((None, None, None, *ROUNDINGS)),
    "antialias": one((False, False, True)),
    "cubic_coeff_a": one((-0.75, -0.75, -0.5)),
    "exclude_outside": one((False, False, True)),
    "offsets": one(("random", "random", [0.5] * 18, [0.25, -1])),
    "masks": one((None, "random", [0.5] * 9)),
    "offset_groups": count(1, 1, 2),
    "branches": one(((1, 1), (2, 2), (2, 1))),
    "sources": one((None, None, ((0,), (0, 1)))),
    "names": one((None, None, ("a", "b"))),
    "indices": _indices,
    "dims": lambda chance: chance.axes,
    "input": Chance.rows,
    "kernel": lambda chance: chance.rows() if chance.happens(0.5) else chance.choice(list(KERNELS)),
    "seed": one((0, 7, 1234, 2**32 - 1)),
    "values": _flag,
    "labels": one(LABELS),
    "decimals": one(range(7)),
    "shades": _flag,
    "bars": _flag,
    "tint": _flag,
    "to_scale": _flag,
    "method": one(METHODS),
    "order": one(("channel", "position")),
    "overlap": _flag,
    "effective": _flag,
    "field": lambda chance: chance.choice((0, -1, (0,) * chance.axes, (1, 2))),
    "width": one((60, 90, 120, 200, 300), 481),
    "height": one((60, 90, 200)),
    "view": one(VIEWS),
    "matrix": one(MATRICES),
    "theme": one(THEMES),
    "classic": _flag,
    "reveal": _flag,
    "caption": one((True, False, "Words $x$")),
    "legend": _flag,
    "language": one(LANGUAGES),
    "background": one(("transparent", "#ff00ff")),
    "steps": one(((0, 2), (None, None), (3, None), (None, -1), (1, 3))),
    "every": one((1, 2, 3)),
    "still": one((0, -1, 2)),
    "step_time": one((0.5, 1, 2)),
    "hold": one((0, 0.5, 2)),
    "hold_first": one((0, 1)),
    "loop": one((0, 1, 3)),
    "motion": one(MOTIONS),
    "fps": one((2, 5, 10)),
    "easing": one(EASINGS),
    "exercise": _flag,
    "tour": _flag,
    "tour_words": one((None,)),
    "ids": _flag,
    "font": one((font_path("regular"),)),
    "arrange": one(ARRANGEMENTS),
    "part": one(PARTS),
    "grad": lambda chance: "ones" if chance.happens(0.5) else chance.rows(),
    "weights": one(("all", (0, 0), (1, 0))),
    "framework": one(FRAMEWORKS),
    "wanted": size(1, 9),
    "place": one(PLACES),
    "source": _flag,
    "format_name": one(FORMATS),
}
"""What is sound for each parameter of the same name, as Python has it."""
