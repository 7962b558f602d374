"""Videos, read back by PyAV, which brings FFmpeg's own decoders."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convanim import Animation, Conv, ConvanimError, animate
from convanim.animations.presets import PRESETS
from convanim.formats.clip import Clip
from convanim.formats.video import encode_mp4, encode_webm, rate_of
from tests.formats.test_gif import BLUE, RED, clip

av: Any = pytest.importorskip("av")

Picture = NDArray[np.uint8]

SUFFIXES = ["mp4", "webm"]

BT709 = 1

ANIMATIONS: dict[str, Callable[[], Animation]] = {
    "plain": lambda: animate(Conv(4, 3, padding=1), width=240, steps=(4, 7)),
    "flat": lambda: animate(Conv(3, 2), view="flat", steps=(0, 2)),
    "channels": lambda: animate(Conv(4, 3, in_channels=2, out_channels=2), width=320, steps=(0, 2)),
    "dark": lambda: animate(Conv(4, 3), width=320, theme="dark", steps=(0, 2)),
    "print": lambda: animate(Conv(4, 3), width=240, theme="print", steps=(0, 2)),
}


@cache
def drawn(name: str) -> Animation:
    return ANIMATIONS[name]()


@cache
def written(name: str, suffix: str) -> bytes:
    return drawn(name).encode(suffix)


def frames(content: bytes) -> list[Any]:
    with av.open(io.BytesIO(content)) as file:
        return list(file.decode(video=0))


def pictures(content: bytes) -> list[Picture]:
    """Return what a player shows that believes what the file says of its colours."""
    return [frame.to_ndarray(format="rgb24") for frame in frames(content)]


def steps_of(animation: Animation, content: bytes) -> list[tuple[Picture, Picture]]:
    """Return each drawn picture with the one that the video shows in the middle of its time."""
    shown, total = pictures(content), animation.timeline.starts[-1]
    middles = [(start + end) // 2 for start, end in pairwise(animation.timeline.starts)]
    width, height = animation.size
    return [
        (frame[..., :3], shown[middle * len(shown) // total][:height, :width])
        for frame, middle in zip(animation.frames(), middles, strict=True)
    ]


def error(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def steepness(picture: Picture) -> NDArray[np.float64]:
    """Return how steep the brightness is everywhere."""
    down, across = np.gradient(picture @ np.array([0.2126, 0.7152, 0.0722]))
    steep: NDArray[np.float64] = np.hypot(down, across)
    return steep


def halves(width: int, height: int) -> Clip:
    """Return a clip of one picture, red on the left and blue on the right, for 200 ms."""
    picture = np.full((height, width, 4), (*RED, 255), np.uint8)
    picture[:, width // 2 :, :3] = BLUE

    def shown() -> Iterator[Picture]:
        return iter([picture, picture])

    return Clip(width, height, shown, shown, (200, 200), 0, (), None)


# What the file is


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_there_is_one_stream_that_players_know(suffix: str, codec: str) -> None:
    with av.open(io.BytesIO(written("plain", suffix))) as file:
        assert [stream.type for stream in file.streams] == ["video"]
        context = file.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == (codec, "yuv420p")
        assert ("mp4" if suffix == "mp4" else "webm") in file.format.name.split(",")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_file_says_which_colours_it_holds(suffix: str) -> None:
    with av.open(io.BytesIO(written("plain", suffix))) as file:
        context = file.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (BT709, BT709, BT709)
        assert context.color_range == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_file_says_what_it_shows(suffix: str) -> None:
    with av.open(io.BytesIO(written("plain", suffix))) as file:
        said = {name.lower(): text for name, text in file.metadata.items()}
    assert (said["title"], said["comment"]) == (drawn("plain").told.title, drawn("plain").alt)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ffprobe_finds_nothing_to_complain_of(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(written("plain", suffix))
    entries = "stream=width,height,color_space,color_range,r_frame_rate,avg_frame_rate:format=duration"
    command = ["ffprobe", "-v", "warning", "-show_entries", entries, "-of", "default=noprint_wrappers=1", str(path)]
    asked = subprocess.run(command, check=True, capture_output=True, text=True)
    assert asked.stderr == ""
    said = dict(line.split("=") for line in asked.stdout.split())
    assert (said["color_space"], said["color_range"]) == ("bt709", "tv")
    assert said["r_frame_rate"] == said["avg_frame_rate"] == "5/1"
    assert float(said["duration"]) == 3


def test_the_index_stands_before_the_pictures() -> None:
    content, at, kinds = written("plain", "mp4"), 0, []
    while at < len(content):
        kinds.append(content[at + 4 : at + 8])
        at += int.from_bytes(content[at : at + 4], "big")
    assert kinds[0] == b"ftyp"
    assert kinds.index(b"moov") < kinds.index(b"mdat")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_animation_gives_the_same_bytes(suffix: str) -> None:
    first, second = (animate(Conv(3, 2), width=60, steps=(0, 2)).encode(suffix) for _ in range(2))
    assert first == second


GLIDING = """
import hashlib, sys
import numpy as np
from convanim.formats import video
from convanim.formats.clip import Clip
pictures = np.full((6, 64, 62, 4), 255, np.uint8)
for at, picture in enumerate(pictures):
    picture[8 + 7 * at : 30 + 7 * at, 5 * at : 5 * at + 40, :3] = [38, 139, 210]
    picture[20:50:3, ::5, :3] = 40 * at
clip = Clip(62, 64, lambda: iter(pictures), lambda: iter(pictures), (200,) * 6, 0, (), None)
for encode in (video.encode_mp4, video.encode_webm):
    print(hashlib.sha256(encode(clip)).hexdigest())
"""


def test_what_was_in_memory_does_not_matter() -> None:
    """glibc fills memory with a byte that the environment tells."""
    fillers = ({**os.environ, "MALLOC_PERTURB_": filler} for filler in ("1", "77"))
    first, second = (subprocess.check_output([sys.executable, "-c", GLIDING], env=filler) for filler in fillers)
    assert first == second


@pytest.mark.parametrize("pictures", [0, 2])
def test_a_video_that_is_stopped_encodes_nothing_more(pictures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> Iterator[Picture]:
        yield from [np.full((64, 64, 4), 255, np.uint8)] * pictures
        raise KeyboardInterrupt

    flushed: list[object] = []
    monkeypatch.setattr("imageio.plugins.pyav.PyAVPlugin._flush_writer", flushed.append)
    with pytest.raises(KeyboardInterrupt):
        encode_mp4(Clip(64, 64, stopped, stopped, (200,) * 3, 0, (), None))
    assert not flushed


# Times


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("looks", "rate", "count"),
    [
        ({}, 5, 15),
        ({"hold": 2, "hold_first": 1}, 5, 30),
        ({"step_time": 0.02, "hold": 0.02}, 50, 4),
        ({"step_time": 0.333}, 25, 25),
        ({"motion": "smooth"}, 25, 75),
    ],
    ids=["usual", "rests", "fast", "odd", "smooth"],
)
def test_the_rate_is_constant_and_no_time_is_lost(suffix: str, looks: dict[str, Any], rate: int, count: int) -> None:
    content = animate(Conv(3, 2), width=60, steps=(0, 3), **looks).encode(suffix)
    with av.open(io.BytesIO(content)) as file:
        stream = file.streams.video[0]
        assert stream.average_rate == rate
        found = list(file.decode(stream))
        assert found[0].pts == 0
        ticks = [one.pts - other.pts for other, one in pairwise(found)]
        # WebM counts in thousandths of a second.
        assert all(abs(tick - 1 / (rate * stream.time_base)) < 1 for tick in ticks)
        assert suffix == "webm" or len(set(ticks)) == 1
    assert len(found) == count


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_step_shows_at_its_time(suffix: str) -> None:
    animation = animate(Conv(3, 2), width=160, steps=(0, 3), hold=1, hold_first=2)
    shown, still = pictures(animation.encode(suffix)), [frame[..., :3] for frame in animation.frames()]
    height, width = still[0].shape[:2]
    nearest = [int(np.argmin([error(one[:height, :width], frame) for frame in still])) for one in shown]
    assert nearest == [0] * 15 + [1] * 5 + [2] * 10


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_opens_with_a_key_frame_of_the_first_step(suffix: str) -> None:
    first = frames(written("plain", suffix))[0]
    assert first.key_frame
    width, height = drawn("plain").size
    picture = first.to_ndarray(format="rgb24")[:height, :width]
    errors = [error(picture, frame[..., :3]) for frame in drawn("plain").frames()]
    assert errors.index(min(errors)) == 0


@pytest.mark.parametrize(
    ("durations", "rate"),
    [([1000], 5), ([200, 400], 5), ([500, 2500], 6), ([100, 1000], 10), ([20], 50), ([333], 25), ([17, 1000], 25)],
)
def test_the_rate_is_the_least_that_fits_all_steps(durations: list[int], rate: int) -> None:
    assert rate_of(durations) == rate


@pytest.mark.parametrize("encode", [encode_mp4, encode_webm])
@pytest.mark.parametrize(("durations", "count"), [([1], 1), ([333, 333, 334], 25), ([10, 10, 10, 10, 961], 25)])
def test_short_pictures_do_not_drift(encode: Callable[[Clip], bytes], durations: list[int], count: int) -> None:
    colours: list[tuple[int, ...]] = [RED if number % 2 else BLUE for number in range(len(durations))]
    assert len(frames(encode(clip(colours, durations)))) == count


def test_a_still_is_a_second_long() -> None:
    assert len(frames(animate(Conv(3, 2), width=60, still=1).encode("mp4"))) == 5


# Colours


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ANIMATIONS)
def test_pictures_come_back_nearly_as_they_were_drawn(name: str, suffix: str) -> None:
    for frame, picture in steps_of(drawn(name), written(name, suffix)):
        assert error(picture, frame) < 3


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ANIMATIONS)
def test_edges_stay_sharp(name: str, suffix: str) -> None:
    for frame, picture in steps_of(drawn(name), written(name, suffix)):
        steep = steepness(frame)
        edges = steep > 100
        assert edges.sum() > 100
        assert steepness(picture)[edges].mean() >= 0.95 * steep[edges].mean()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["plain", "dark"])
def test_areas_keep_their_colours(name: str, suffix: str) -> None:
    for frame, picture in steps_of(drawn(name), written(name, suffix)):
        windows = sliding_window_view(frame, (9, 9), axis=(0, 1))
        inner = (windows == windows[..., :1, :1]).all(axis=(2, 3, 4))
        assert inner.mean() > 0.4
        off = np.abs(picture[4:-4, 4:-4][inner].astype(int) - frame[4:-4, 4:-4][inner])
        assert off.mean() < 1.5
        assert np.percentile(off, 99.5) <= 6


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_white_is_white(suffix: str) -> None:
    for _, picture in steps_of(drawn("plain"), written("plain", suffix)):
        assert (picture[:6] == 255).all()
        assert (picture[:, :6] == 255).all()


# Sides


@pytest.mark.parametrize("encode", [encode_mp4, encode_webm])
@pytest.mark.parametrize("size", [(64, 48), (65, 48), (64, 49), (65, 49)])
def test_odd_sides_are_made_even_by_the_last_row_and_column(
    encode: Callable[[Clip], bytes], size: tuple[int, int]
) -> None:
    width, height = size
    whole = pictures(encode(halves(width, height)))[0]
    assert whole.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(whole[-1].astype(int) - whole[-2])[:20].max() <= 8
    assert error(whole[:, -1], np.full((len(whole), 3), BLUE, np.uint8)) < 12
    assert error(whole[-1:, :20], np.full((1, 20, 3), RED, np.uint8)) < 12


def test_an_odd_height_that_nobody_asked_for_is_fine() -> None:
    sizes = (animate(Conv(3, 2), width=width, still=0) for width in range(60, 80, 2))
    odd = next(animation for animation in sizes if animation.size[1] % 2)
    assert pictures(odd.encode("mp4"))[0].shape == (odd.size[1] + 1, odd.size[0], 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("sides", "way_out"), [({"width": 61}, {"width": 62}), ({"width": 60, "height": 81}, {"width": 60, "height": 82})]
)
def test_an_odd_side_that_is_asked_for_is_refused(suffix: str, sides: dict[str, Any], way_out: dict[str, Any]) -> None:
    name = "height" if "height" in sides else "width"
    with pytest.raises(ConvanimError, match=f"^{name} .* is odd, .* use {name}={way_out[name]}$"):
        animate(Conv(3, 2), **sides, still=0).encode(suffix)
    shown = pictures(animate(Conv(3, 2), **way_out, still=0).encode(suffix))[0]
    assert all(shown.shape[name == "width"] == side for name, side in way_out.items())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_transparent_background_is_refused(tmp_path: Path, suffix: str) -> None:
    animation = animate(Conv(3, 2), width=60, background="transparent")
    with pytest.raises(ConvanimError, match=r"^background transparent: cannot be in .* or write \.webp, \.png or"):
        animation.save(tmp_path / f"a.{suffix}")
    assert not list(tmp_path.iterdir())
    assert animation.encode("webp")


def test_a_video_of_the_guides_picture_is_half_the_gif() -> None:
    animation = animate(PRESETS["same_padding_no_strides"].layer, classic=True)
    assert len(animation.encode("mp4")) <= len(animation.encode("gif")) / 2
