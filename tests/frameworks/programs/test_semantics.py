"""Small programs in Python, each run by Python and read here: both give the same value to ``r``."""

from __future__ import annotations

from typing import Any

from convanim.frameworks.programs import read_program
from tests import DATA
from tests.gathering import gathered

SNIPPETS = (DATA / "python_snippets.txt").read_text(encoding="utf-8").split("####\n")


@gathered("number", range(len(SNIPPETS)))
def test_a_program_is_read_as_python_runs_it(number: int) -> None:
    names: dict[str, Any] = {"__name__": __name__}
    exec(SNIPPETS[number], names)
    model = read_program(f"import torch.nn as nn\n{SNIPPETS[number]}\nnet = nn.Sequential(nn.Conv2d(1, r, 1))\n", 4)
    (entry,) = model.entries
    assert entry.measured is not None
    assert entry.measured.out_channels == names["r"]
    assert not [note for note in model.notes if "not known" in note]
