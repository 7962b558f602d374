"""WebVTT: cues that tile a film, read with other code than they are written with, and read back."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from convanim import Conv, ConvanimError, ConvTranspose, animate
from convanim.formats.vtt import read_words

CUE = re.compile(r"(\d+)\n(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})\n(.+)\n")


def cues(content: bytes) -> list[tuple[float, float, str]]:
    """Return the start and end in seconds of each cue, and its text."""
    found = CUE.findall(content.decode())
    assert [int(number) for number, *_ in found] == list(range(1, len(found) + 1))
    return [
        (
            int(hours) * 3600 + int(minutes) * 60 + float(seconds),
            int(to_hours) * 3600 + int(to_minutes) * 60 + float(to_seconds),
            text,
        )
        for _, hours, minutes, seconds, to_hours, to_minutes, to_seconds, text in found
    ]


@pytest.mark.parametrize("tour", [True, False])
def test_cues_tile_the_film(tour: bool) -> None:
    film = animate(ConvTranspose(2, 3, stride=2), tour=tour)
    found = cues(film.encode("vtt"))
    assert found[0][0] == 0
    assert all(end == start for (_, end, _), (start, _, _) in pairwise(found))
    assert found[-1][1] == film.timeline.starts[-1] / 1000
    assert len(found) == (len(film.timeline.stops) if tour else len(film.timeline.steps))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    given = ("a < b & c --> d", "two", "three", "four")
    words, again = tmp_path / "words.txt", tmp_path / "again.vtt"
    words.write_text("\n".join(given), encoding="utf-8")
    content = animate(Conv(2, 2), tour=True, tour_words=str(words)).encode("vtt")
    assert len(cues(content)) == 4
    again.write_bytes(content)
    assert read_words("tour_words", str(again)) == given


def test_cues_of_several_lines_and_without_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "edited.vtt"
    path.write_text(
        "\ufeffWEBVTT - mine\n\nNOTE\nof no use\n\n00:00.000 --> 00:02.000 align:start\none\nline\n\n"
        "last\n00:00:02.000 --> 00:00:03.000\n&lt;two&gt;\n",
        encoding="utf-8",
    )
    assert read_words("tour_words", str(path)) == ("one line", "<two>")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"a" * 100_001, "more than"),
        (b"a\x1b[31m", "letter"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "words.vtt"
    path.write_bytes(content)
    with pytest.raises(ConvanimError, match=said):
        read_words("tour_words", str(path))
