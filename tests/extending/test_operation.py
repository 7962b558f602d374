"""An operation from outside the package is found wherever those of the package are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from convanim import ConvanimError, animate, plan
from convanim.cli import explain, main
from convanim.layers import OPERATIONS, Conv, register
from convanim.layers.parameters import Parameter
from convanim.places.gallery import make_gallery, read_gallery
from convanim.views import VIEWS
from convanim.words import alt
from tests.extending.median_pool import MedianPool

INPUT = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]]


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    register(MedianPool)
    yield
    del OPERATIONS["median_pool"]
    for group in (main, explain):
        group.commands.pop("median-pool", None)


def said(line: str, *more: str) -> str:
    """Return what a command prints."""
    done = CliRunner().invoke(main, [*line.split(), *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_its_values_are_what_it_computes() -> None:
    made = plan(MedianPool(4, 2), input=INPUT)
    assert made.values(1) is not None
    np.testing.assert_array_equal(made.values(1), [[[3.5, 5.5], [4.5, 4.5]]])


def test_padding_counts_for_nothing() -> None:
    made = plan(MedianPool(2, 2, padding=1), input=[[1, 2], [3, 4]])
    np.testing.assert_array_equal(made.values(1), [[[1, 2], [3, 4]]])


def test_the_command_lists_and_describes_it() -> None:
    assert "median pooling" in said("--help")
    assert "median pooling" in said("list operations")
    assert "--ceil-mode" in said("median-pool --help")


def test_it_is_explained() -> None:
    told = said("explain median-pool -i 4 -k 2")
    assert "median pooling  4×4 → 2×2" in told
    assert "none: nobody has said how median pooling is written there" in told
    steps = json.loads(said("explain median-pool -i 4 -k 2 --json --input", "1 2 3 4; 5 6 7 8; 9 1 2 3; 4 5 6 7"))
    assert [step["value"] for step in steps["steps"]] == [3.5, 5.5, 4.5, 4.5]


def test_its_animation_is_told_in_words() -> None:
    assert alt(MedianPool(4, 2)) == (
        "Median pooling: a 2×2 window slides over a 4×4 input with a stride of 2; "
        "the median in each place goes to the 2×2 output."
    )


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_it_with_its_sum(view: str) -> None:
    dims = VIEWS[view].dims[-1]
    animation = animate(MedianPool((4,) * dims, 2), view=view, values=True, width=1600)
    words = [word for shape in animation.scene.moment(0) for word in getattr(shape, "words", ())]
    assert "median (" in words


def test_the_short_form_stands_in_chains_and_comparisons(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["chain", "conv k3", "median-pool k2", "-i", "6", "--still", "0", "-o", str(tmp_path / "chain.png")]
    )
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(
        main, ["compare", "max-pool k2", "median-pool k2", "-i", "4", "--still", "0", "-o", str(tmp_path / "two.png")]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "chain.png").exists()
    assert (tmp_path / "two.png").exists()


def test_a_gallery_and_a_page_have_it(tmp_path: Path) -> None:
    described = tmp_path / "mine.toml"
    described.write_text(
        '[[animation]]\nname = "median"\noperation = "median_pool"\ninput_size = 4\nkernel_size = 2\n', encoding="utf-8"
    )
    make_gallery(read_gallery(described), tmp_path / "out")
    assert (tmp_path / "out" / "median.gif").exists()
    animate(MedianPool(4, 2), input=INPUT).save(tmp_path / "page.html")
    assert "median" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_names_that_are_taken_are_refused() -> None:
    with pytest.raises(ConvanimError, match="is known already"):
        register(Conv)
    del OPERATIONS["median_pool"]
    with pytest.raises(ConvanimError, match="parameter 'stride': is known already"):
        register(MedianPool, Parameter("stride", "Twice."))
    register(MedianPool)
