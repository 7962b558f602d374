"""LZW codes of a GIF packed for as many colours as it has, rather than for 256."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Codes = NDArray[np.int64]

_MOST_BITS = 12


def narrowed(data: bytes, literal_bits: int) -> bytes:
    """Return image data with codes for fewer colours, a few hundredths smaller.

    Pillow packs every picture for 256 colours. The codes of a GIF grow from
    one bit more than a colour takes, so that each run of codes begins narrower
    where there are fewer colours; what they stand for stays the same.

    Parameters
    ----------
    data : bytes
        Packed for 256 colours: the size of a colour, blocks, and an empty block.
    literal_bits : int
        Bits that the highest colour in it takes, from 2 to 8.
    """
    packed_bits = np.unpackbits(np.frombuffer(_joined(data), np.uint8), bitorder="little")
    # Pillow may end with a code one bit narrower than a reader expects; a zero behind it does no harm.
    bits = np.append(packed_bits, np.uint8(0))
    clear, end = 256, 257
    place = _widths(8, 1)[0]
    packed = [_bits(np.array([1 << literal_bits]), _widths(literal_bits, 1))]
    last: int | None = clear
    while last != end:
        codes, place = _run(bits, place, clear, end)
        last = int(codes[-1]) if len(codes) else None
        if last not in (clear, end):
            # Not packed as Pillow does it, and good as it is.
            return data
        fewer = np.where(codes < clear, codes, codes - clear + (1 << literal_bits))
        packed.append(_bits(fewer, _widths(literal_bits, len(codes))))
    return bytes([literal_bits]) + _split(np.packbits(np.concatenate(packed), bitorder="little").tobytes())


def _run(bits: Bits, place: int, clear: int, end: int) -> tuple[Codes, int]:
    """Return the codes from a place up to the next clear or end, or all, and the place behind them."""
    widths = _widths(8, (len(bits) - place) // 9 + 1)
    starts = place + np.concatenate([[0], np.cumsum(widths)])
    known = int(np.searchsorted(starts, len(bits), side="right")) - 1
    padded = np.concatenate([bits, np.zeros(_MOST_BITS, np.uint8)])
    codes = np.zeros(known, np.int64)
    for bit in range(_MOST_BITS):
        codes |= np.where(bit < widths[:known], padded[starts[:known] + bit], 0).astype(np.int64) << bit
    stops = np.flatnonzero((codes == clear) | (codes == end))
    count = int(stops[0]) + 1 if len(stops) else known
    return codes[:count], int(starts[count])


def _widths(literal_bits: int, count: int) -> Codes:
    """Return how many bits each code behind a clear takes.

    Every code but the first adds an entry to the table; the width grows when
    the table outgrows it.
    """
    entries = (1 << literal_bits) + 2 + np.maximum(np.arange(count) - 1, 0)
    widths: Codes = np.minimum(np.frexp(entries)[1], _MOST_BITS).astype(np.int64)
    return widths


def _bits(codes: Codes, widths: Codes) -> Bits:
    """Return codes as bits, lowest first."""
    first = np.repeat(np.cumsum(widths) - widths, widths)
    shifts = np.arange(len(first)) - first
    return (np.repeat(codes, widths) >> shifts & 1).astype(np.uint8)


def _joined(data: bytes) -> bytes:
    blocks, at = [], 1
    while data[at]:
        blocks.append(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
    return b"".join(blocks)


def _split(content: bytes) -> bytes:
    blocks = (content[at : at + 255] for at in range(0, len(content), 255))
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
