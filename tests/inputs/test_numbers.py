"""Inputs and kernels from text, names and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from convanim import ConvanimError
from convanim.inputs import numbers as reading
from convanim.inputs.numbers import MOST_PICTURE, PICTURES, parse_numbers, read_input, read_kernel
from convanim.plans.values import KERNELS, LARGEST, Numbers
from tests.gathering import gathered

READERS: list[Any] = [read_input, read_kernel]
SUFFIXES = ("csv", "npy", "json")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def saved(name: str, content: Any) -> str:
    """Write a file and return its name: text as it is, an array for .npy, else JSON."""
    if isinstance(content, bytes):
        Path(name).write_bytes(content)
    elif name.endswith(".npy"):
        np.save(name, content)
    else:
        Path(name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return name


def refusal(text: str, size: tuple[int, ...] | None = None) -> str:
    with pytest.raises(ConvanimError) as caught:
        read_input(text, size)
    return str(caught.value)


@gathered("read", READERS)
@gathered(
    ("text", "rows"),
    [
        ("7", [7]),
        ("1 2 3", [1, 2, 3]),
        ("1,2,3", [1, 2, 3]),
        ("1, 2 ,3", [1, 2, 3]),
        ("  1\t2   3 ", [1, 2, 3]),
        ("1 2; 3 4", [[1, 2], [3, 4]]),
        ("1,2;3,4", [[1, 2], [3, 4]]),
        ("1 2\n3 4", [[1, 2], [3, 4]]),
        ("1 2\r\n3 4\r\n", [[1, 2], [3, 4]]),
        ("1 2; 3 4;", [[1, 2], [3, 4]]),
        ("1 2; 3 4\n", [[1, 2], [3, 4]]),
        ("1,2,;3,4,", [[1, 2], [3, 4]]),
        ("1;2;3", [[1], [2], [3]]),
        ("-1 +2; -0 3", [[-1, 2], [0, 3]]),
        (f"{LARGEST} -{LARGEST}", [LARGEST, -LARGEST]),
    ],
)
def test_rows_of_whole_numbers_are_read(read: Any, text: str, rows: list[Any]) -> None:
    found = read(text, None)
    assert found.dtype == np.int64
    assert found.tolist() == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0.5 -.25 1.", [0.5, -0.25, 1.0]),
        ("1e3 2E-2 -1.5e+1", [1000.0, 0.02, -15.0]),
        ("1 2; 3 4.5", [[1.0, 2.0], [3.0, 4.5]]),
        ("1e-400", [0.0]),
    ],
)
def test_one_number_with_a_point_or_an_exponent_makes_floats_of_all(text: str, rows: list[Any]) -> None:
    found = read_input(text, None)
    assert found.dtype == np.float64
    assert found.tolist() == rows


WHOLE_GRIDS = arrays(
    np.int64, array_shapes(min_dims=2, max_dims=2, min_side=2), elements=st.integers(-LARGEST, LARGEST)
)


@given(
    grid=st.one_of(WHOLE_GRIDS, WHOLE_GRIDS.map(lambda grid: grid / 7)),
    between=st.sampled_from([" ", ",", ", ", "\t", "  ,"]),
    row=st.sampled_from([";", "\n", " ;\t", "\r\n"]),
)
def test_what_is_written_comes_back(grid: Numbers, between: str, row: str) -> None:
    text = row.join(between.join(map(repr, numbers)) for numbers in grid.tolist())
    found = parse_numbers("input", text)
    assert found.dtype == grid.dtype
    np.testing.assert_array_equal(found, grid)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [("1 2; 3", "2, 1"), ("1; 2 3; 4", "1, 2, 1"), ("1 2\n3 4 5", "2, 3"), ("1,2;3,4,5;6", "2, 3, 1")],
)
def test_rows_of_unequal_length_are_counted(text: str, lengths: str) -> None:
    assert refusal(text) == f"input: has rows of unequal length ({lengths}); give as many numbers in each"


def test_of_very_many_rows_only_some_are_counted() -> None:
    assert len(refusal("1 2;" * 500 + "3")) < 120


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1 two 3", "two"),
        ("1 2; 3 x", "x"),
        ("0x10", "0x10"),
        ("1 -", "-"),
        ("1e", "1e"),
        ("1..2", "1..2"),
        ("1/2", "1/2"),
        ("1 2 | 3", "|"),
        ("1 <b>`kernel`</b>", "<b>`kernel`</b>"),
        ("{}", "{}"),
        ("1:2", "1:2"),
    ],
)
def test_what_is_no_number_is_named(text: str, part: str) -> None:
    assert refusal(text).startswith(f"input {part!r}: is not a number; write rows such as '1 2; 3 4', or name a .csv")


def test_a_long_word_is_named_in_short() -> None:
    assert len(refusal(f"1 {'x' * 5000}")) < 180
    assert len(refusal("9" * 5000)) < 180


@pytest.mark.parametrize("text", ["nan", "1 NaN", "inf", "-Infinity 1", "1e999", "1 2; 3 -1e999"])
def test_numbers_that_are_not_finite_are_refused(text: str) -> None:
    assert refusal(text) == "input: holds a number that is not finite; give numbers such as 0.5"


@pytest.mark.parametrize("text", [str(LARGEST + 1), str(-LARGEST - 1), "1e10", "1 -1e300"])
def test_numbers_that_nobody_reads_are_refused(text: str) -> None:
    assert refusal(text) == f"input: holds numbers beyond {LARGEST}; use smaller ones"


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_nothing_is_refused(read: Any, text: str) -> None:
    with pytest.raises(ConvanimError, match=r"is empty; write rows such as '1 2; 3 4', or name a \.csv"):
        read(text, None)


@pytest.mark.parametrize("text", ["", ";", ", ;\n"])
def test_no_numbers_at_all_are_refused(text: str) -> None:
    assert "write rows such as '1 2; 3 4'" in refusal(text)


def test_empty_rows_do_not_count() -> None:
    assert read_input("1;;2;\n3", None).tolist() == [[1], [2], [3]]


def test_a_semicolon_at_the_end_makes_a_row_of_two_axes() -> None:
    assert read_input("1 2 3;", None).tolist() == [[1, 2, 3]]
    assert read_input("1 2 3", None).tolist() == [1, 2, 3]


@gathered("read", READERS)
@gathered(
    ("name", "content", "rows"),
    [
        ("a.csv", "1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("a.csv", "1, 2\r\n3, 4\r\n", [[1, 2], [3, 4]]),
        ("a.csv", "\ufeff1,2\n3,4", [[1, 2], [3, 4]]),
        ("a.csv", "0.5,-1e2\n", [0.5, -100.0]),
        ("A.CSV", "1\n2\n", [[1], [2]]),
        ("with spaces; and 1 2.csv", "1,2", [1, 2]),
        ("a.json", [1, 2], [1, 2]),
        ("a.json", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("a.json", [[[1], [2]], [[3], [4]]], [[[1], [2]], [[3], [4]]]),
        ("a.json", [[1, 0.5]], [[1.0, 0.5]]),
        ("a.json", "\ufeff[1, 2]", [1, 2]),
        ("a.npy", np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        ("a.npy", np.array([[1, 2], [3, 4]], ">i2"), [[1, 2], [3, 4]]),
        ("a.npy", np.array([0.5, 2], np.float32), [0.5, 2.0]),
        ("a.npy", np.array([[True, False]]), [[1, 0]]),
        ("a.npy", np.asfortranarray([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        ("a.npy", np.ones((2, 1, 2), np.uint8), [[[1, 1]], [[1, 1]]]),
    ],
)
def test_files_are_read_by_their_suffix(read: Any, name: str, content: Any, rows: list[Any]) -> None:
    found = read(saved(name, content), None)
    assert found.dtype == (np.float64 if "." in str(rows) else np.int64)
    assert found.tolist() == rows


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    saved("deeper/a.csv", "1,2")
    for path in ("deeper/a.csv", "./deeper/../deeper/a.csv", str(tmp_path / "deeper" / "a.csv")):
        assert read_input(path, None).tolist() == [1, 2]


@gathered(
    ("name", "content", "message"),
    [
        ("a.csv", "1,2\n3\n", "has rows of unequal length (2, 1)"),
        ("a.csv", "1,2\n3,four\n", "input a.csv: 'four' is not a number"),
        ("a.csv", "1,nan\n", "is not finite"),
        ("a.csv", "1,1e999\n", "is not finite"),
        ("a.csv", "", "write rows such as"),
        ("a.csv", b"\xff\xfe1\x00", "input a.csv: is not text in UTF-8"),
        ("a.json", [[1, 2], [3]], "input: has rows of unequal length; give as many numbers in each"),
        ("a.json", [[1, 2], 3], "has rows of unequal length"),
        ("a.json", [1, "2"], "holds something else than numbers"),
        ("a.json", [1, None], "holds something else than numbers"),
        ("a.json", {"rows": [1]}, "holds something else than numbers"),
        ("a.json", 3, "has 0 axes; give rows of numbers"),
        ("a.json", [], "is empty; give rows of numbers"),
        ("a.json", [[[[1]]]], "has 4 axes; give rows of numbers"),
        ("a.json", "[NaN]", "is not finite"),
        ("a.json", "[1e999]", "is not finite"),
        ("a.json", "", "input a.json: is not JSON ("),
        ("a.json", "[1, 2", "input a.json: is not JSON ("),
        ("a.json", "1 2; 3 4", "input a.json: is not JSON ("),
        ("a.json", f"{'[' * 100_000}1", "input a.json: is not JSON ("),
        ("a.json", f"[{'9' * 5000}]", "input a.json: is not JSON ("),
        ("a.json", b"\xff", "is not text in UTF-8"),
        ("a.npy", np.ones((1, 1, 1, 1)), "has 4 axes; give rows of numbers"),
        ("a.npy", np.float64(3), "has 0 axes; give rows of numbers"),
        ("a.npy", np.ones((0, 3)), "is empty; give rows of numbers"),
        ("a.npy", np.array([1j]), "holds something else than numbers"),
        ("a.npy", np.array(["1"]), "holds something else than numbers"),
        ("a.npy", np.array([0.5, np.inf]), "is not finite"),
        ("a.npy", np.array([1, None]), "input a.npy: is not an array of NumPy's that"),
        ("a.npy", b"", "input a.npy: is not an array of NumPy's that can be read"),
        ("a.npy", b"1 2; 3 4", "input a.npy: is not an array of NumPy's that can be read"),
        ("a.npy", b"\x80\x04N.", "input a.npy: is not an array of NumPy's that can be read"),
    ],
)  # fmt: skip
def test_files_that_hold_something_else_are_refused(name: str, content: Any, message: str) -> None:
    said = refusal(saved(name, content))
    assert message in said
    assert "\n" not in said


def test_a_pickle_is_never_run() -> None:
    harmful = b"cbuiltins\nopen\n(S'harm.txt'\nS'w'\ntR."
    assert "is not an array of NumPy" in refusal(saved("a.npy", harmful))
    assert not Path("harm.txt").exists()


def test_an_array_that_is_cut_short_is_refused() -> None:
    saved("a.npy", np.ones((3, 3)))
    content = Path("a.npy").read_bytes()
    for length in (7, 60, len(content) - 1):
        assert "is not an array of NumPy" in refusal(saved("a.npy", content[:length]))


def test_an_array_that_claims_more_than_memory_is_refused() -> None:
    saved("a.npy", np.ones(1))
    claimed = Path("a.npy").read_bytes().replace(b"(1,), }" + b" " * 14, b"(100000000000000,), }")
    assert "is not an array of NumPy" in refusal(saved("a.npy", claimed))


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_not_there_is_named(read: Any, suffix: str) -> None:
    with pytest.raises(ConvanimError, match=rf"'missing\.{suffix}': cannot be read \(no such file or directory\)"):
        read(f"missing.{suffix}", None)


@pytest.mark.parametrize("suffix", PICTURES)
def test_a_picture_that_is_not_there_is_named(suffix: str) -> None:
    name = f"missing{suffix}"
    assert refusal(name) == f"input {name!r}: cannot be read (no such file or directory)"


@pytest.mark.parametrize("suffix", [*SUFFIXES, "png"])
def test_a_folder_is_no_file(suffix: str) -> None:
    Path(f"a.{suffix}").mkdir()
    assert "is not a file" in refusal(f"a.{suffix}")


@pytest.mark.parametrize("name", ["\0.csv", f"{'a' * 300}.csv", "a.csv/b.csv"])
def test_a_path_that_cannot_be_is_refused(name: str) -> None:
    saved("a.csv", "1")
    assert "cannot be read (" in refusal(name)


@pytest.mark.parametrize("name", ["a.txt", "a.xlsx", "a.npz", "a.", "a"])
def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_read(name: str) -> None:
    saved(name, "1 2")
    assert "name a .csv, .npy or .json file or a picture" in refusal(name)


@pytest.mark.parametrize("suffix", [*SUFFIXES, "png"])
def test_a_file_that_is_too_large_is_not_read(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_FILE", 20)
    saved(f"a.{suffix}", b"x" * 21)
    assert refusal(f"a.{suffix}") == f"input 'a.{suffix}': has 21 bytes, and at most 20 are read; make it smaller"
    assert read_input(saved("a.csv", "1 2".rjust(20)), None).tolist() == [1, 2]


@pytest.mark.parametrize("written", ["sobel-x", "SOBEL-X", "  Sobel-x "])
def test_kernels_are_known_by_name(written: str) -> None:
    assert read_kernel(written, None).tolist() == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


@pytest.mark.parametrize("name", ["sobel", "a", "box-", "gauss", "not-a-name"])
def test_a_name_that_is_not_known_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ConvanimError) as caught:
        read_kernel(name, None)
    assert str(caught.value) == f"kernel {name!r}: is no kernel's name; the names are {', '.join(KERNELS)}"


@pytest.mark.parametrize(
    ("name", "size", "axes", "shape"),
    [
        ("sobel-x", None, 2, (3, 3)),
        ("sobel-x", (3, 3), 2, (3, 3)),
        ("box", None, 1, (3,)),
        ("box", None, 2, (3, 3)),
        ("box", None, 3, (3, 3, 3)),
        ("gaussian", (5,), 1, (5,)),
        ("gaussian", (2, 7), 2, (2, 7)),
        ("identity", (1, 3, 5), 3, (1, 3, 5)),
    ],
)
def test_a_named_kernel_has_the_size_that_is_asked_for(
    name: str, size: tuple[int, ...] | None, axes: int, shape: tuple[int, ...]
) -> None:
    assert read_kernel(name, size, axes).shape == shape


@pytest.mark.parametrize(("size", "axes"), [((5, 5), 2), ((3, 2), 2), ((3,), 1), (None, 1), (None, 3)])
def test_a_kernel_of_one_size_is_refused_in_another(size: tuple[int, ...] | None, axes: int) -> None:
    with pytest.raises(ConvanimError, match=r"kernel=laplacian has a size of 3|^kernel laplacian: has 2 axes"):
        read_kernel("laplacian", size, axes)


def test_names_of_kernels_are_no_inputs() -> None:
    assert refusal("sobel-x").startswith("input 'sobel-x': is not a number")


def ramp(rows: int, columns: int) -> Any:
    return Image.fromarray(np.arange(rows * columns, dtype=np.uint8).reshape(rows, columns))


def test_a_picture_is_scaled_down_to_the_cells_that_are_asked_for() -> None:
    ramp(4, 6).save("a.png")
    assert read_input("a.png", (4, 6)).tolist() == np.arange(24).reshape(4, 6).tolist()
    assert read_input("a.png", (2, 3)).tolist() == [[4, 6, 8], [16, 18, 20]]
    assert read_input("a.png", (1, 1)).dtype == np.int64


def test_a_small_picture_needs_no_size() -> None:
    ramp(2, 3).save("a.PNG")
    assert read_input("a.PNG", None).tolist() == [[0, 1, 2], [3, 4, 5]]
    Image.new("L", (MOST_PICTURE, MOST_PICTURE)).save("b.png")
    assert read_input("b.png", None).shape == (MOST_PICTURE, MOST_PICTURE)


def test_a_large_picture_needs_a_size() -> None:
    Image.new("L", (MOST_PICTURE + 1, 2)).save("a.png")
    assert f"has 2x{MOST_PICTURE + 1} pixels (rows and columns); say with input_size how many cells" in refusal("a.png")
    assert read_input("a.png", (1, 1)).tolist() == [[0]]


@pytest.mark.parametrize("size", [(5, 3), (4, 7), (100, 100)])
def test_a_picture_is_not_scaled_up(size: tuple[int, int]) -> None:
    ramp(4, 6).save("a.png")
    assert "is larger than the picture, which has 4x6 pixels (rows and columns); use less" in refusal("a.png", size)


@pytest.mark.parametrize("size", [(4,), (2, 2, 2)])
def test_a_picture_has_rows_and_columns(size: tuple[int, ...]) -> None:
    ramp(4, 6).save("a.png")
    assert "has another number of axes than a picture; give rows and columns" in refusal("a.png", size)


def test_a_picture_is_no_kernel() -> None:
    ramp(3, 3).save("a.png")
    with pytest.raises(ConvanimError, match=r"^kernel 'a\.png': "):
        read_kernel("a.png", None)
