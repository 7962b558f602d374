"""PNG files, still and animated, read back by Pillow alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from struct import unpack
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from convanim import Conv, ConvTranspose, animate
from convanim.formats.clip import Clip
from convanim.formats.png import encode
from tests.formats.pictures import ANIMATIONS, drawn, encoded, opened
from tests.formats.test_gif import BLUE, RED, clip, decoded


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the kind and the content of each chunk, whose sums must be right."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, []
    while at < len(content):
        length, kind = unpack(">I4s", content[at : at + 8])
        inner, checked = content[at + 8 : at + 8 + length], content[at + 8 + length : at + 12 + length]
        assert unpack(">I", checked) == (crc32(kind + inner),)
        found.append((kind, inner))
        at += 12 + length
    return found


def of_colours(count: int) -> Clip:
    """Return a clip of two pictures of 7 by 5 pixels, the second of which has a hole."""
    numbers = np.arange(35).reshape(5, 7) % count
    first = np.full((5, 7, 4), 255, np.uint8)
    first[..., :3] = np.stack([40 * (numbers % 5), 40 * (numbers // 5), np.zeros_like(numbers)], axis=-1)
    second = first[::-1].copy()
    second[2, 3, 3] = 0

    def pictures() -> Iterator[NDArray[np.uint8]]:
        return iter([first, second])

    return Clip(7, 5, pictures, pictures, (100, 200), 0, ((0, 0, 0),), (0, 0, 0))


# Stills


def test_a_still_comes_back_exactly() -> None:
    still = animate(Conv(5, 3, padding=1), width=300).still(12)
    image = opened(still.encode("png"))
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), next(still.frames())[..., :3])


def test_a_transparent_still_keeps_its_opacity() -> None:
    still = animate(Conv(5, 3), width=200, background="transparent").still(0)
    image = opened(still.encode("png"))
    np.testing.assert_array_equal(np.asarray(image), next(still.frames()))


def test_a_still_is_not_animated() -> None:
    kinds = {kind for kind, _ in chunks(drawn("plain").still(2).encode("png"))}
    assert not kinds & {b"acTL", b"fcTL", b"fdAT"}


# Several pictures


@pytest.mark.parametrize("name", ANIMATIONS)
def test_pictures_are_those_of_the_gif(name: str) -> None:
    (ours, _, _), (theirs, _, _) = decoded(encoded(name, "png")), decoded(encoded(name, "gif"))
    assert len(ours) == len(theirs) == len(drawn(name).timeline.frames)
    np.testing.assert_array_equal(np.stack(ours), np.stack(theirs))


@pytest.mark.parametrize("name", ["plain", "flat", "channels"])
def test_it_is_not_larger_than_the_gif(name: str) -> None:
    assert len(encoded(name, "png")) <= len(encoded(name, "gif"))


@pytest.mark.parametrize("theme", ["guide", "dark", "colorblind", "print"])
def test_flat_colours_come_back_exactly(theme: str) -> None:
    animation = animate(ConvTranspose(3, 3, 2, 1, 1), width=200, theme=theme, steps=(0, 3))
    fills = [animation.theme.fill(role, shaded) for role in ("input", "output", "surplus") for shaded in (False, True)]
    for frame, picture in zip(animation.frames(), decoded(animation.encode("png"))[0], strict=True):
        flat = np.zeros(frame.shape[:2], bool)
        for colour in (animation.theme.background, *fills):
            flat |= (frame[..., :3] == np.array(colour)).all(axis=-1)
        assert flat.mean() > 0.5
        np.testing.assert_array_equal(picture[flat], frame[flat])


def test_durations_are_kept_to_the_millisecond() -> None:
    assert decoded(encode(clip([RED, BLUE, RED, BLUE], [333, 17, 2501, 65535])))[1] == [333, 17, 2501, 65535]


def test_a_smooth_motion_takes_its_time() -> None:
    times = decoded(encoded("smooth", "png"))[1]
    assert times == [frame.duration for frame in drawn("smooth").timeline.frames]
    assert sum(times) == 4000


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_it_plays_as_often_as_asked_for(plays: int) -> None:
    assert decoded(encode(clip([RED, BLUE], [100, 100], plays)))[2]["loop"] == plays


def test_equal_neighbours_become_one_longer_picture() -> None:
    pictures, times, _ = decoded(encode(clip([RED, RED, BLUE], [101, 202, 303])))
    assert (len(pictures), times) == (2, [303, 303])


@pytest.mark.parametrize(
    ("durations", "shown"),
    [
        ([60_000, 60_000, 100], [120_000, 100]),
        ([65_536, 0, 100], [65_540, 100]),
        ([600_000, 0, 65_535], [600_000, 65_535]),
        ([600_000, 600_000, 100], [600_000, 600_000, 100]),
    ],
    ids=["joined", "rounded", "longest", "several"],
)
def test_long_rests_are_kept(durations: list[int], shown: list[int]) -> None:
    pictures, times, _ = decoded(encode(clip([RED, RED, BLUE], durations)))
    assert times == shown
    assert [tuple(picture[0, 0]) for picture in pictures] == [(*RED, 255)] * (len(shown) - 1) + [(*BLUE, 255)]


def test_later_pictures_are_only_what_changes() -> None:
    found = chunks(encoded("plain", "png"))
    areas = [unpack(">IIIII", inner[:20])[1:3] for kind, inner in found if kind == b"fcTL"]
    width, height = drawn("plain").size
    assert areas[0] == (width, height)
    assert sum(w * h for w, h in areas[1:]) < width * height * len(areas) / 2


def test_what_is_transparent_stays_so() -> None:
    animation = drawn("transparent")
    for frame, picture in zip(animation.frames(), decoded(encoded("transparent", "png"))[0], strict=True):
        assert set(np.unique(picture[..., 3]).tolist()) == {0, 255}
        assert (picture[frame[..., 3] == 0, 3] == 0).all()
        assert (picture[frame[..., 3] == 255, 3] == 255).all()


def test_transparent_pictures_are_cleared_where_nothing_is_left() -> None:
    clear = (0, 0, 0, 0)
    pictures, _, _ = decoded(encode(clip([RED, clear, BLUE], [100, 100, 100], page=(255, 255, 255))))
    assert [int(picture[2, 3, 3]) for picture in pictures] == [255, 0, 255]
    assert [tuple(pictures[number][2, 3, :3]) for number in (0, 2)] == [RED, BLUE]


def test_opaque_pictures_have_no_hole() -> None:
    assert all((picture[..., 3] == 255).all() for picture in decoded(encoded("plain", "png"))[0])


@pytest.mark.parametrize(
    ("colours", "depth"), [(1, 1), (2, 2), (3, 2), (4, 4), (15, 4), (16, 8), (20, 8)], ids=lambda one: f"{one}"
)
def test_few_colours_take_few_bits(colours: int, depth: int) -> None:
    made = of_colours(colours)
    content = encode(made)
    header = chunks(content)[0][1]
    assert (header[8], header[9]) == (depth, 3)
    pictures, times, _ = decoded(content)
    assert times == [100, 200]
    for picture, frame in zip(pictures, made.frames(), strict=True):
        solid = frame[..., 3] == 255
        np.testing.assert_array_equal(picture[..., 3], frame[..., 3])
        np.testing.assert_array_equal(picture[solid], frame[solid])


@pytest.mark.parametrize("name", ["plain", "flat", "transparent"])
@pytest.mark.parametrize("step", [None, 1])
def test_nothing_in_the_file_is_damaged(name: str, step: int | None) -> None:
    content = encoded(name, "png") if step is None else drawn(name).still(step).encode("png")
    opened(content).verify()
    kinds = [kind for kind, _ in chunks(content)]
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")


def test_frames_are_counted_and_numbered_through() -> None:
    found = chunks(encoded("channels", "png"))
    counts = [unpack(">I", inner[:4])[0] for kind, inner in found if kind in (b"fcTL", b"fdAT")]
    assert counts == list(range(len(counts)))
    frames = sum(kind == b"fcTL" for kind, _ in found)
    assert [unpack(">II", inner) for kind, inner in found if kind == b"acTL"] == [(frames, 0)]
    kinds = [kind for kind, _ in found]
    assert kinds.index(b"acTL") < kinds.index(b"IDAT")
    assert list(islice(cycle([b"fcTL", b"fdAT"]), 2 * frames - 2)) == kinds[kinds.index(b"IDAT") + 1 : -1]


def test_viewers_that_know_no_animation_show_the_first_picture() -> None:
    whole = chunks(encoded("plain", "png"))
    plain = b"".join(
        len(inner).to_bytes(4, "big") + kind + inner + crc32(kind + inner).to_bytes(4, "big")
        for kind, inner in whole
        if kind not in (b"acTL", b"fcTL", b"fdAT")
    )
    image = opened(encoded("plain", "png")[:8] + plain)
    assert not getattr(image, "is_animated", False)
    np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), decoded(encoded("plain", "png"))[0][0])


@pytest.mark.parametrize("step", [None, 1])
def test_the_file_says_what_it_shows(step: int | None) -> None:
    animation = drawn("flat")
    content = encoded("flat", "png") if step is None else animation.still(step).encode("png")
    text = opened(content).text
    assert text == {"Title": animation.told.title, "Description": animation.alt}
    assert "×" in text["Title"]


def test_a_clip_that_says_nothing_has_no_texts() -> None:
    assert b"iTXt" not in encode(clip([RED, BLUE], [100, 100]))


def test_the_same_animation_gives_the_same_bytes() -> None:
    assert ANIMATIONS["flat"]().encode("png") == encoded("flat", "png")
