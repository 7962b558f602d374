"""Video: H.264 in MP4 and VP9 in WebM, at a constant frame rate, encoded by PyAV."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass
from convanim.formats.clip import Clip, Pixels
from convanim.formats.patches import changed_pixels

_LEAST_RATE, _MOST_RATE, _USUAL_RATE = 5, 60, 25
"""Frames per second if nothing glides; at lower rates players are slow to show frames and to seek."""

_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_MATROSKA = b"\x1a\x45\xdf\xa3"
"""How WebM files begin."""

_BT709 = 1
"""FFmpeg's number for the primaries, the matrix and the transfer curve of ITU-R BT.709."""


@dataclass(frozen=True)
class _Codec:
    """Encoder settings of a video format.

    Attributes
    ----------
    name, suffix : str
        FFmpeg's name of the encoder, and the suffix of the file.
    options : dict of str to str
        Options of the encoder. Flat colours and sharp lines need few bits and
        no psychovisual tuning, but many earlier frames to copy from: whatever
        the kernel uncovers was visible before.
    held : dict of str to int
        Options for the number of frames that the encoder holds at full HD; of
        larger ones it and the player hold fewer, in the same memory.
    container : dict of str to str
        Options of the container file.
    """

    name: str
    suffix: str
    options: dict[str, str]
    held: dict[str, int]
    container: dict[str, str] = field(default_factory=dict)

    def options_for(self, width: int, height: int) -> dict[str, str]:
        """Return the encoder's options for a picture size."""
        share = min(1.0, _FULL_HD / (width * height))
        return {**self.options, **{name: str(max(1, int(count * share))) for name, count in self.held.items()}}


_FULL_HD = 1920 * 1088
"""Pixels of a full HD picture, in whole blocks of 16."""

_CODECS = {
    "mp4": _Codec(
        "libx264",
        ".mp4",
        {
            "crf": "32",
            "preset": "veryslow",
            "tune": "animation",
            # The optimised code of x264 depends on the processor, and for AVX-512 even on earlier memory content.
            "x264-params": "psy=0:aq-mode=0:bframes=8:b-adapt=1:cpu-independent=1",
        },
        {"refs": 8, "rc-lookahead": 30},
        # The index comes before the pictures, so that a page can start playing while it loads.
        {"movflags": "+faststart", "fflags": "+bitexact"},
    ),
    "webm": _Codec(
        "libvpx-vp9",
        ".webm",
        {"crf": "34", "b": "0", "deadline": "good", "cpu-used": "2", "tune-content": "screen", "auto-alt-ref": "1"},
        {"lag-in-frames": 25},
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


def command_of(content: bytes) -> str:
    """Return the command that a file carries, or an empty text."""
    import av

    # Left to choose, FFmpeg would also follow lists of files and addresses.
    kind = "matroska" if content.startswith(_MATROSKA) else "mp4"
    with av.open(io.BytesIO(content), format=kind) as file:
        said = {name.lower(): text for name, text in file.metadata.items()}
    return said.get("description", "")


def rate_of(durations: Sequence[int], rate: int | None = None) -> int:
    """Return the frame rate: that of the motion, or the least at which all durations are whole frames.

    Durations are in milliseconds.
    """
    if rate is not None:
        return rate
    fitting = (
        rate
        for rate in range(_LEAST_RATE, _MOST_RATE + 1)
        if all(duration * rate % 1000 == 0 for duration in durations)
    )
    return next(fitting, _USUAL_RATE)


def _encoded(clip: Clip, codec: _Codec) -> bytes:
    import av

    rate = rate_of(clip.durations, clip.rate)
    counts = list(_counts(clip.durations, rate))
    with tempfile.TemporaryDirectory() as folder:
        # The index can only be moved to the front in a file with a name.
        path = Path(folder, f"video{codec.suffix}")
        with av.open(path, "w", options=codec.container) as file:
            if clip.told is not None:
                file.metadata.update({"title": clip.told.title, "comment": clip.told.alt})
                if clip.told.command:
                    file.metadata["description"] = clip.told.command
            width, height = (side + side % 2 for side in (clip.width, clip.height))
            stream: Any = file.add_stream(codec.name, rate, options=codec.options_for(width, height))
            stream.width, stream.height = width, height
            stream.pix_fmt, stream.gop_size = "yuv420p", _KEY_FRAMES
            _describe(stream.codec_context)
            for number, packet in enumerate(_packets(stream, rate, clip.frames(), counts), 1):
                file.mux(packet)
                clip.report(number / sum(counts))
        return path.read_bytes()


def _describe(context: Any) -> None:
    """Set the file's colour space, and make the encoder's output independent of the machine."""
    context.color_primaries = context.color_trc = context.colorspace = context.color_range = _BT709
    # With several threads the bytes would depend on the number of cores.
    context.thread_count = 1


def _packets(stream: Any, rate: int, pictures: Iterable[Pixels], counts: list[int]) -> Iterator[Any]:
    """Yield the encoded packets of pictures, each repeated for its number of frames, which may be 0."""
    from av import VideoFrame

    shown = 0
    for planes, count in zip(_planes(pictures), counts, strict=True):
        if not count:
            continue
        # Players expect colours at half the resolution in both directions.
        frame = VideoFrame.from_ndarray(planes, format="yuv444p").reformat(format="yuv420p")
        for place in range(shown, shown + count):
            # The encoder changes the time base of the frame to its own.
            frame.pts, frame.time_base = place, Fraction(1, rate)
            yield from stream.encode(frame)
        shown += count
    yield from stream.encode(None)


def _counts(durations: tuple[int, ...], rate: int) -> Iterator[int]:
    """Return each picture's number of frames, rounded so that errors do not add up; the total is at least one."""
    ends = [0, *(round(end * rate / 1000) for end in accumulate(durations))]
    ends[-1] = max(ends[-1], 1)
    return (end - start for start, end in pairwise(ends))


def _even(picture: Pixels) -> Pixels:
    """Return a picture with an even width and height, repeating the last row or column if needed."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _planes(pictures: Iterable[Pixels]) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures as luma and two chroma planes, converting only the pixels of each that have changed."""
    before: Pixels | None = None
    planes = np.empty((3, 0, 0), np.uint8)
    for picture in map(_even, pictures):
        if before is None:
            planes = _converted(picture)
        else:
            places, pixels = changed_pixels(picture, before)
            planes.reshape(3, -1)[:, places] = _converted(pixels)
        before = picture
        yield planes


def _converted(pixels: Pixels) -> NDArray[np.uint8]:
    """Return luma and two chroma planes, (3, ...), of pixels, (..., 4), as in ITU-R BT.709 with limited range."""
    red, green, blue = np.moveaxis(pixels[..., :3].astype(np.float32), -1, 0)
    light = _RED * red + _GREEN * green + _BLUE * blue
    bluer = (blue - light) / (2 * (1 - _BLUE))
    redder = (red - light) / (2 * (1 - _RED))
    planes = np.stack([16 + light * (219 / 255), 128 + bluer * (224 / 255), 128 + redder * (224 / 255)])
    return np.round(planes).astype(np.uint8)
