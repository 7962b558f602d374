"""What is said of kernels that are turned around."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po

import convanim
from convanim.words.layer_names import kernel_word
from convanim.words.turning import ALONG_ONE_AXIS, ALONG_THREE_AXES


def test_all_phrases_that_are_other_along_one_axis_or_three_are_said_somewhere() -> None:
    template = Path(convanim.__file__).parent / "words/catalogues/convanim.pot"
    with template.open("rb") as file:
        said = {message.id for message in read_po(file)}
    assert set(ALONG_THREE_AXES) == set(ALONG_ONE_AXIS) <= said


def test_a_kernel_with_one_axis_or_three_is_flipped_and_not_rotated() -> None:
    named = [kernel_word(convanim.Conv((3,) * dims, 2, flip=True)) for dims in (1, 2, 3)]
    assert named == ["flipped kernel", "rotated kernel", "flipped kernel"]
