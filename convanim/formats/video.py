"""Video: H.264 in MP4 and VP9 in WebM, at a constant rate; imageio's PyAV plugin packs it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from convanim.formats.clip import Clip, Pixels

_LEAST_RATE, _MOST_RATE, _USUAL_RATE = 5, 60, 25
"""Frames a second where nothing glides; players are slow to show, and to find, what has fewer."""

_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_BT709 = 1
"""How FFmpeg numbers these primaries, this matrix and this curve."""


@dataclass(frozen=True)
class _Codec:
    """How a kind of video is packed.

    Attributes
    ----------
    name, suffix : str
        As FFmpeg knows them.
    options : dict of str to str
        Of the encoder. Flat colours and sharp lines need few bits and no
        effects for the eye, and many earlier pictures to take parts from:
        whatever the kernel uncovers was seen before.
    container : dict of str to str
        Of the file.
    """

    name: str
    suffix: str
    options: dict[str, str]
    container: dict[str, str] = field(default_factory=dict)


_CODECS = {
    "mp4": _Codec(
        "libx264",
        ".mp4",
        {
            "crf": "32",
            "preset": "veryslow",
            "tune": "animation",
            "refs": "16",
            "x264-params": "psy=0:aq-mode=0:bframes=8",
        },
        # The index stands before the pictures, so that a page can play what it has.
        {"movflags": "+faststart", "fflags": "+bitexact"},
    ),
    "webm": _Codec(
        "libvpx-vp9",
        ".webm",
        {"crf": "34", "b": "0", "deadline": "good", "cpu-used": "2", "tune-content": "screen", "auto-alt-ref": "1"},
        {"fflags": "+bitexact"},
    ),
}
_KEY_FRAMES = 250


def encode_mp4(clip: Clip) -> bytes:
    """Return an MP4 file: H.264, 4:2:0, even sides, constant rate, no sound."""
    return _encoded(clip, _CODECS["mp4"])


def encode_webm(clip: Clip) -> bytes:
    """Return a WebM file: VP9, 4:2:0, even sides, constant rate, no sound."""
    return _encoded(clip, _CODECS["webm"])


def rate_of(clip: Clip) -> int:
    """Return the frames a second: the clip's own, or the least at which every step takes a whole number of them."""
    if clip.rate is not None:
        return clip.rate
    fitting = (
        rate
        for rate in range(_LEAST_RATE, _MOST_RATE + 1)
        if all(duration * rate % 1000 == 0 for duration in clip.durations)
    )
    return next(fitting, _USUAL_RATE)


def _encoded(clip: Clip, codec: _Codec) -> bytes:
    rate = rate_of(clip)
    with tempfile.TemporaryDirectory() as folder:
        # The index can only be moved to the front in a file with a name.
        path = Path(folder, f"video{codec.suffix}")
        # imageio hands the container's options on, but its types do not know them.
        file: Any = iio.imopen(path, "w", plugin="pyav", options=codec.container)  # type: ignore[call-overload]
        with file:
            file.init_video_stream(codec.name, fps=rate, pixel_format="yuv420p", max_keyframe_interval=_KEY_FRAMES)
            _describe(file._video_stream, codec)
            if clip.told is not None:
                file._container.metadata.update({"title": clip.told.title, "comment": clip.told.alt})
            for picture, count in zip(clip.frames(), _counts(clip.durations, rate), strict=True):
                planes = _planes(_even(picture)) if count else None
                for _ in range(count):
                    file.write_frame(planes, pixel_format="yuv444p")
        return path.read_bytes()


def _describe(stream: Any, codec: _Codec) -> None:
    """Tell the encoder how to work, and the file which colours it holds."""
    stream.options = codec.options
    context = stream.codec_context
    context.color_primaries = context.color_trc = context.colorspace = context.color_range = _BT709
    # With several threads the bytes would depend on how many cores there are.
    context.thread_count = 1


def _counts(durations: tuple[int, ...], rate: int) -> Iterator[int]:
    """Yield how many frames of a constant rate each picture takes, so that none drifts; the first has one at least."""
    ends = [0, *(round(end * rate / 1000) for end in accumulate(durations))]
    ends[-1] = max(ends[-1], 1)
    return (end - start for start, end in pairwise(ends))


def _even(picture: Pixels) -> Pixels:
    """Return a picture with even sides; the last row or column is repeated where need be."""
    height, width = picture.shape[:2]
    return np.pad(picture[..., :3], ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _planes(picture: Pixels) -> NDArray[np.uint8]:
    """Return brightness and two differences of colour, (3, height, width), as in ITU-R BT.709 in the range of video."""
    red, green, blue = np.moveaxis(picture.astype(np.float32), 2, 0)
    light = _RED * red + _GREEN * green + _BLUE * blue
    bluer = (blue - light) / (2 * (1 - _BLUE))
    redder = (red - light) / (2 * (1 - _RED))
    planes = np.stack([16 + light * (219 / 255), 128 + bluer * (224 / 255), 128 + redder * (224 / 255)])
    return np.round(planes).astype(np.uint8)
