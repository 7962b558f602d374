"""The options that give, show and leave out numbers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convanim import AvgPool, Conv, ConvTranspose, MaxPool, plan
from convanim.plans.values import named_kernel
from tests import ROOT
from tests.commands import drawn, notes, refused, run
from tests.gathering import gathered

CONV = "conv -i 4 -k 2"
TRANSPOSED = "conv-transpose -i 2 -k 2"
ROW = "conv -i 6 -k 2 --dims 1"
GRID = "'1 2 3 4; 5 6 7 8; 4 3 2 1; 8 7 6 5'"
STILL = "--still 1 --width 600"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@cache
def plain(line: str) -> bytes:
    return drawn(f"{line} {STILL}")


def differs(line: str, option: str) -> bool:
    return drawn(f"{line} {STILL} {option}") != plain(line)


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (CONV, "--values"),
        (CONV, f"--input {GRID}"),
        (CONV, "--kernel '1 2; 3 4'"),
        (CONV, "--labels numbers"),
        (CONV, "--labels letters"),
        (CONV, "--shades"),
        (CONV, "--view flat"),
        (f"{CONV} --values", "--seed 1"),
        (f"{CONV} --values", "--shades"),
        (f"{CONV} --values", "--no-reveal"),
        (f"{CONV} --kernel box", "--decimals 1"),
        (f"{CONV} --kernel '1 2; 3 4'", "--no-values"),
        (f"{CONV} --kernel '1 2; 3 4'", "--seed 1"),
        (f"{CONV} --input {GRID}", "--seed 1"),
        (f"{CONV} --view flat", "--seed 4294967295"),
        (f"{CONV} --view flat", "--no-values"),
        (f"{CONV} --view flat", "--labels letters"),
        (f"{CONV} --view flat", "--shades"),
        (f"{CONV} --view flat", f"--input {GRID}"),
        (f"{CONV} --view flat", "-p 1"),
        (f"{CONV} --view flat", "-d 2"),
        (f"{CONV} --view flat --kernel gaussian", "--decimals 0"),
        ("max-pool -i 4 -k 2", "--values"),
        ("avg-pool -i 4 -k 2 --view flat", "--decimals 0"),
        (TRANSPOSED, "--values"),
        (TRANSPOSED, "--method scatter"),
        (TRANSPOSED, "--overlap"),
        (f"{TRANSPOSED} --method scatter", "--overlap"),
        (f"{TRANSPOSED} --method scatter", "--seed 1"),
        (f"{TRANSPOSED} --method scatter", "--shades"),
        (f"{TRANSPOSED} --method scatter", "--labels letters"),
        (f"{TRANSPOSED} --method scatter", "--kernel '7 5; 5 7'"),
        (f"{TRANSPOSED} --overlap", "--labels none"),
        (f"{TRANSPOSED} --view flat", "--method scatter"),
        (ROW, "--values"),
        (ROW, "--view flat"),
        (ROW, "--view line"),
        (f"{ROW} --view line", "--values"),
        (f"{ROW} --view line --values", "--shades"),
        (f"{ROW} --view line --values", "--kernel '3 9'"),
    ],
)
def test_an_option_does_something_that_can_be_seen(line: str, option: str) -> None:
    assert differs(line, option)


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (CONV, "--seed 7"),
        (CONV, "--decimals 4"),
        (CONV, "--labels none"),
        (CONV, "--no-values"),
        (CONV, "--no-shades"),
        (TRANSPOSED, "--method gather"),
        (f"{TRANSPOSED} --overlap", "--method scatter"),
        (f"{CONV} --values", "--seed 0"),
        (f"{CONV} --values", "--decimals 2"),
        (f"{CONV} --view flat", "--values"),
        (f"{CONV} --kernel '1 2; 3 4'", "--values"),
        (f"{CONV} --kernel '1 2; 3 4' --input {GRID}", "--seed 3"),
    ],
)
def test_an_option_that_asks_for_what_is_there_changes_nothing(line: str, option: str) -> None:
    assert not differs(line, option)


def test_numbers_of_every_source_are_the_same_numbers() -> None:
    rows = [[1, 2, 3, 4], [5, 6, 7, 8], [4, 3, 2, 1], [8, 7, 6, 5]]
    Path("a.json").write_text(json.dumps(rows), encoding="utf-8")
    np.save("a.npy", np.array(rows))
    np.savetxt("a.csv", np.array(rows), fmt="%d", delimiter=",")
    pictures = {drawn(f"conv -k 2 --input {source} {STILL}") for source in (GRID, "a.json", "a.npy", "a.csv")}
    assert len(pictures) == 1


def test_a_picture_is_shown_in_greys_unless_it_is_asked_otherwise() -> None:
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save("a.PNG")
    line = f"conv -i 4 -k 2 --input a.PNG {STILL}"
    assert drawn(line) == drawn(f"{line} --shades") != drawn(f"{line} --no-shades")


@pytest.mark.parametrize(
    ("line", "layer", "numbers"),
    [
        ("conv -i 3 -k 2", Conv(3, 2), {}),
        ("conv -i 3 -k 2 --seed 0", Conv(3, 2), {"seed": 0}),
        ("conv -i 3 --kernel sobel-x", Conv(3, 3), {"kernel": named_kernel("sobel-x")}),
        ("conv --input '1 2; 3 4' -k 1", Conv(2, 1), {"input": [[1, 2], [3, 4]]}),
        ("conv --input '1 2; 3 4' --kernel '1; 2'", Conv(2, (2, 1)), {"input": [[1, 2], [3, 4]], "kernel": [[1], [2]]}),
        ("conv-transpose -i 2 -k 2 --seed 4", ConvTranspose(2, 2), {"seed": 4}),
        ("max-pool --input '1 2 3 4' -k 2", MaxPool((4,), 2), {"input": [1, 2, 3, 4]}),
        ("avg-pool --input '1 2 3 4' -k 2", AvgPool((4,), 2), {"input": [1, 2, 3, 4]}),
        ("max-pool --input '1 2 3' -k 2 -p 1 -s 1", MaxPool((3,), 2, 1, 1), {"input": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_a_plan_with_numbers_is_printed_as_json_alone(line: str, layer: Any, numbers: dict[str, Any]) -> None:
    assert json.loads(run(f"explain {line} --json").output) == plan(layer, **numbers).to_dict()


def test_the_same_commands_make_the_same_bytes_in_another_process() -> None:
    lines = [
        f"{CONV} --values --steps 0:3 -o -",
        f"{CONV} --view flat --kernel gaussian --steps 0:3 -o -",
        f"{TRANSPOSED} --overlap --steps 0:3 -o -",
        f"{CONV} --input {GRID} --shades --labels none --steps 0:3 -o -",
        "chain 'conv k3 p1' 'max-pool k2' -i 6 --field 1 --values --steps 0:2 -o -",
        "roundtrip -i 4 -k 2 -s 2 --steps 0:2 -o -",
        "separable -i 4 --kernel sobel-x --steps 0:2 -o -",
        "depthwise-separable -i 4 -k 3 -p 1 --in-channels 2 --out-channels 2 --steps 0:2 -o -",
        f"explain {CONV} --seed 1 --json",
    ]
    program = "import sys, tests.commands as own; print([own.run(line).stdout_bytes for line in sys.argv[1:]])"
    environment = {"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *lines]
    made = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    assert made.stdout == f"{[run(line).stdout_bytes for line in lines]}\n"


TIGHT = [
    "conv -i 9 -k 3 --values",
    "conv -i 9 -k 3 --view flat",
    "conv -i 5 -k 3 --input '1000000 2 3 4 5; 1 2 3 4 5; 1 2 3 4 5; 1 2 3 4 5; 1 2 3 4 5'",
    "conv-transpose -i 4 -k 3 --method scatter",
    "conv-transpose -i 4 -k 3 --overlap",
    "avg-pool -i 6 -k 2 --view flat",
    "conv -i 12 -k 3 --dims 1 --view line --values",
]


@pytest.mark.parametrize("line", TIGHT)
def test_what_is_left_out_is_noted_with_a_width_that_brings_it_back(line: str) -> None:
    (said,) = notes(f"{line} --still 2 --width 100")
    found = re.fullmatch(r"Note: left out at a width of 100: the [a-z ]+; a width of (\d+) shows all\.", said)
    assert found is not None, said
    width = int(found[1])
    assert notes(f"{line} --still 2 --width {width}") == []
    # A width that is ten less would not do.
    assert notes(f"{line} --still 2 --width {width - 10}") != []
    assert drawn(f"{line} --still 2 --width {width}") != drawn(
        f"{line.removesuffix(' --values')} --still 2 --width {width} --labels none"
    )


@pytest.mark.parametrize("kind", ["numbers", "letters"])
@pytest.mark.parametrize("line", ["conv -i 9 -k 3", "conv -i 9 -k 3 -p 1 -s 2", "max-pool -i 8 -k 2"])
def test_labels_that_are_asked_for_are_refused_where_they_do_not_fit(line: str, kind: str) -> None:
    said = refused(f"{line} --labels {kind} --still 0 --width 150")
    found = re.fullmatch(
        rf"--width 150: leaves the {kind} less than 9 .*; use --width (\d+), or --labels none .*", said
    )
    assert found is not None, said
    assert drawn(f"{line} --labels {kind} --still 0 --width {found[1]}") != drawn(
        f"{line} --still 0 --width {found[1]}"
    )


def test_a_picture_without_a_width_is_wide_enough_for_its_numbers() -> None:
    for line in TIGHT:
        assert notes(f"{line} --still 0") == []


@gathered(
    ("line", "message"),
    [
        (f"{CONV} --labels digits", "--labels 'digits': unknown; choose auto, numbers, letters or none"),
        (f"{CONV} --labels ''", "--labels '': unknown"),
        (f"{CONV} --decimals -1", "--decimals -1: must be between 0 and 6"),
        (f"{CONV} --decimals 7", "--decimals 7: must be between 0 and 6"),
        (f"{CONV} --decimals two", "Invalid value for '--decimals'"),
        (f"{CONV} --seed -1 --values", "--seed -1: must be between 0 and 4294967295"),
        (f"{CONV} --seed 4294967296 --values", "--seed 4294967296: must be between 0 and 4294967295"),
        (f"{CONV} --seed one", "Invalid value for '--seed'"),
        (f"{CONV} --view front", "--view 'front': unknown; choose oblique, channels, flat, line"),
        (f"{CONV} --view line", "--view line: draws one axis, and an input of 4x4 has more"),
        (f"{CONV} --values=yes", "Option '--values' does not take a value"),
        (f"{CONV} --method scatter", "No such option '--method'"),
        (f"{CONV} --overlap", "No such option '--overlap'"),
        (f"{CONV} --field 1x1", "No such option '--field'"),
        ("max-pool -i 4 -k 2 --kernel box", "No such option '--kernel'"),
        (f"{TRANSPOSED} --method stamp", "--method 'stamp': unknown; choose gather or scatter"),
        (f"{TRANSPOSED} --method gather --overlap", "--overlap: shows stamps, which --method gather does"),
        (f"{TRANSPOSED} --method scatter --view slabs", "--view slabs: draws three axes, and an input of 2x2 has few"),
        (f"{TRANSPOSED} --overlap --view line", "--view line: draws one axis, and an input of 2x2 has more"),
        (f"{CONV} --kernel '1 2; 3'", "--kernel: has rows of unequal length (2, 1); give as many numbers in each"),
        (f"{CONV} --kernel '1 x'", "--kernel 'x': is not a number"),
        (f"{CONV} --kernel '1 inf'", "--kernel: holds a number that is not finite"),
        (f"{CONV} --kernel '1 2 3; 4 5 6'", "--kernel: has a size of 2x3, but --kernel-size is 2x2; make them"),
        (f"{CONV} --kernel sobel-x", "--kernel-size 2x2: but --kernel sobel-x has a size of 3x3; leave one of the two"),
        (f"{CONV} --kernel sobel", "--kernel 'sobel': is no kernel's name; the names are sobel-x, sobel-y, scharr-x"),
        (f"{CONV} --kernel missing.npy", "--kernel 'missing.npy': cannot be read (no such file or directory)"),
        ("conv -i 2 --kernel sobel-x", "--kernel-size 3: reaches over 3 rows, but the padded input has 2"),
        ("conv --input '1 2; 3 4' -k 3", "--kernel-size 3: reaches over 3 rows, but the padded input has 2"),
        ("conv --input '1 2; 3 4' -i 3 -k 1", "--input: has a size of 2x2, but --input-size is 3x3; make them"),
        ("conv --input '1 2; 3 4'", "--kernel-size: is missing; give a size such as 3, or numbers with --kernel"),
        ("max-pool --input '1 2; 3 4'", "--kernel-size: is missing; give a size such as 3"),
        ("conv -k 2", "--input-size: is missing; give a size such as 5, or numbers with --input"),
        ("conv -i 2 --input a.png -k 1", "--input 'a.png': cannot be read (no such file or directory)"),
        ("conv -i 5 -k 3 --input '1e10'", "--input: holds numbers beyond 1000000000; use smaller ones"),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence_and_exit_code_2(line: str, message: str) -> None:
    for whole in (line, f"{line} -o a.gif", f"{line} --still 0 -o a.png -o b.gif"):
        assert message in refused(whole)


def test_pictures_that_do_not_fit_are_refused() -> None:
    Image.new("L", (70, 6)).save("a.png")
    assert refused("conv -k 2 --input a.png").startswith(
        "--input a.png: has 6x70 pixels (rows and columns); say with --input-size how many"
    )
    assert "is larger than the picture, which has 6x70 pixels (rows and columns); use less" in refused(
        "conv -i 7 -k 2 --input a.png"
    )
    assert "has another number of axes than a picture" in refused("conv -i 4x4x4 -k 2 --input a.png")
    assert "leave one of the two out" in refused("conv -i 4 --dims 1 -k 2 --input a.png")


def test_a_kernel_without_a_size_of_its_own_has_one_cell() -> None:
    assert run("explain pointwise --kernel identity -i 8").exit_code == 0
    assert run("explain pointwise --kernel '2;' -i 8").exit_code == 0
    assert "has a size of 3x3" in refused("explain pointwise --kernel sobel-x -i 8")
