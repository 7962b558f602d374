"""Words beside what is drawn stand close to it."""

from __future__ import annotations

import numpy as np
import pytest

from convanim import Chain, Conv, animate
from convanim.views.margins import right_end


def test_the_right_end_is_that_of_what_lies_between_the_heights() -> None:
    triangle = np.array([[0.0, 0.0], [4.0, 4.0], [0.0, 8.0]])
    assert right_end([triangle], 0, 1) == pytest.approx(1)
    assert right_end([triangle], 3, 5) == pytest.approx(4)
    assert right_end([triangle], 6, 9) == pytest.approx(2)
    assert right_end([triangle], 9, 10) == pytest.approx(0)


def test_words_beside_a_chain_leave_most_of_the_width_to_its_planes() -> None:
    left, _, right, _ = animate(Chain([Conv(8, 3), Conv(6, 3)])).scene.bounds
    # The input's plane is 8 + 0.7 · 8 cells wide.
    assert 13.6 / (right - left) > 0.75
