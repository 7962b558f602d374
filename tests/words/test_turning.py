"""What is said of kernels that are turned around."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po

import convanim
from convanim.words.layer_names import kernel_word
from convanim.words.turning import ALONG_THREE_AXES


def test_all_phrases_that_are_other_along_three_axes_are_said_somewhere() -> None:
    template = Path(convanim.__file__).parent / "words/catalogues/convanim.pot"
    with template.open("rb") as file:
        said = {message.id for message in read_po(file)}
    assert set(ALONG_THREE_AXES) <= said


def test_a_kernel_with_three_axes_is_flipped_and_not_rotated() -> None:
    named = [kernel_word(convanim.Conv(size, 2, flip=True)) for size in ((3, 3), (3, 3, 3))]
    assert named == ["rotated kernel", "flipped kernel"]
