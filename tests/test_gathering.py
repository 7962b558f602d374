"""A test of many cases fails with all that are wrong, each by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gathering import gathered


@gathered("number", [1, 2, 3])
@gathered(("letter", "times"), [("a", 1), ("b", 2)], ids=["one", "other"])
def test_every_case_is_tried_with_what_others_share(number: int, letter: str, times: int, tmp_path: Path) -> None:
    (tmp_path / f"{number}{letter * times}").touch(exist_ok=False)
    assert len(list(tmp_path.iterdir())) == 2 * number - (letter == "a")


def test_all_that_fail_are_named_with_the_reason() -> None:
    tried = []

    @gathered("number", range(4), ids=lambda number: f"case {number}")
    def together(number: int) -> None:
        tried.append(number)
        assert number != 1, "not one"
        if number == 3:
            with pytest.raises(ValueError, match="three"):
                pass

    with pytest.raises(pytest.fail.Exception, match=r"(?s)^2 of 4 cases fail:\ncase 1\n.*not one.*case 3\n.*DID NOT"):
        together()
    assert tried == [0, 1, 2, 3]


def test_no_cases_are_a_mistake() -> None:
    with pytest.raises(AssertionError):
        gathered("number", [])
