"""WebP files, read back by Pillow alone."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from convanim import Conv, compare
from convanim.formats.webp import encode
from tests.formats.pictures import ANIMATIONS, drawn, encoded, opened
from tests.formats.test_gif import BLUE, RED, clip, decoded

HOSTILE = """</rdf:li>&<!-- "x" 'y' ]]>"""


@pytest.mark.parametrize("name", ANIMATIONS)
def test_pictures_are_those_of_the_gif(name: str) -> None:
    ours, theirs = (np.stack(decoded(content)[0]) for content in (encoded(name, "webp"), encoded(name, "gif")))
    assert len(ours) == len(drawn(name).timeline.frames)
    np.testing.assert_array_equal(ours[..., 3], theirs[..., 3])
    # Nobody sees the colours of what is transparent.
    seen = ours[..., 3] > 0
    np.testing.assert_array_equal(ours[seen], theirs[seen])


@pytest.mark.parametrize("name", ANIMATIONS)
def test_it_is_not_larger_than_the_gif(name: str) -> None:
    assert len(encoded(name, "webp")) <= len(encoded(name, "gif"))


@pytest.mark.parametrize("name", ANIMATIONS)
def test_all_of_it_is_lossless(name: str) -> None:
    content = encoded(name, "webp")
    assert (content[:4], content[8:12]) == (b"RIFF", b"WEBP")
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    assert content.count(b"ANMF") == content.count(b"VP8L") == len(drawn(name).timeline.frames)
    assert b"VP8 " not in content


def test_durations_are_kept_to_the_millisecond() -> None:
    assert decoded(encode(clip([RED, BLUE, RED, BLUE], [333, 17, 2501, 600_000])))[1] == [333, 17, 2501, 600_000]


def test_a_smooth_motion_takes_its_time() -> None:
    assert decoded(encoded("smooth", "webp"))[1] == [frame.duration for frame in drawn("smooth").timeline.frames]


def test_no_time_is_lost_where_pictures_are_equal() -> None:
    pictures, times, _ = decoded(encode(clip([RED, RED, BLUE, BLUE], [101, 202, 303, 404])))
    assert sum(times) == 1010
    assert sum(time for picture, time in zip(pictures, times, strict=True) if tuple(picture[0, 0, :3]) == RED) == 303


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_it_plays_as_often_as_asked_for(plays: int) -> None:
    assert decoded(encode(clip([RED, BLUE], [100, 100], plays)))[2]["loop"] == plays


def test_what_is_transparent_stays_so() -> None:
    for frame, picture in zip(drawn("transparent").frames(), decoded(encoded("transparent", "webp"))[0], strict=True):
        assert set(np.unique(picture[..., 3]).tolist()) == {0, 255}
        assert (picture[frame[..., 3] == 0, 3] == 0).all()
        assert (picture[frame[..., 3] == 255, 3] == 255).all()


def test_transparent_pictures_are_cleared_where_nothing_is_left() -> None:
    clear = (0, 0, 0, 0)
    pictures, _, _ = decoded(encode(clip([RED, clear, BLUE], [100, 100, 100], page=(0, 0, 0))))
    assert [int(picture[2, 3, 3]) for picture in pictures] == [255, 0, 255]
    assert [tuple(pictures[number][2, 3, :3]) for number in (0, 2)] == [RED, BLUE]


@pytest.mark.parametrize("name", ["plain", "flat", "dark"])
def test_a_still_comes_back_exactly(name: str) -> None:
    still = drawn(name).still(2)
    image = opened(still.encode("webp"))
    assert (image.n_frames, image.mode) == (1, "RGB")
    np.testing.assert_array_equal(np.asarray(image), next(still.frames())[..., :3])


def test_a_transparent_still_keeps_its_opacity() -> None:
    still = drawn("transparent").still(0)
    picture, frame = np.asarray(opened(still.encode("webp"))), next(still.frames())
    np.testing.assert_array_equal(picture[..., 3], frame[..., 3])
    seen = frame[..., 3] > 0
    np.testing.assert_array_equal(picture[seen], frame[seen])


def test_the_same_animation_gives_the_same_bytes() -> None:
    assert ANIMATIONS["flat"]().encode("webp") == encoded("flat", "webp")


@pytest.mark.parametrize("step", [None, 1])
def test_the_file_says_what_it_shows(step: int | None) -> None:
    animation = drawn("flat")
    content = encoded("flat", "webp") if step is None else animation.still(step).encode("webp")
    said = ElementTree.fromstring(opened(content).info["xmp"])
    spaces = {"dc": "http://purl.org/dc/elements/1.1/", "iptc": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"}
    title, alt = (said.find(f".//{name}", spaces) for name in ("dc:title", "iptc:AltTextAccessibility"))
    assert title is not None
    assert alt is not None
    assert ("".join(title.itertext()), "".join(alt.itertext())) == (animation.told.title, animation.alt)


def test_hostile_titles_stay_words() -> None:
    animation = compare([Conv(3, 2), Conv(3, 3)], titles=[HOSTILE, "other"], width=480, still=0)
    assert HOSTILE in animation.told.title
    said = ElementTree.fromstring(opened(animation.encode("webp")).info["xmp"])
    assert animation.told.title in "".join(said.itertext())


def test_a_clip_that_says_nothing_has_no_texts() -> None:
    assert "xmp" not in opened(encode(clip([RED, BLUE], [100, 100]))).info
