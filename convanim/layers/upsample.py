"""Interpolation: an input made larger or smaller by copies, or by means of the cells around each place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import floor, prod
from typing import Any, ClassVar

from convanim.base.errors import ConvanimError
from convanim.base.language import counted, message, translated
from convanim.base.options import (
    LIMIT,
    Size,
    axes_said,
    flag,
    number_of,
    one_of,
    per_axis,
    positive_per_axis,
    quoted,
    short,
)
from convanim.base.records import dataclass
from convanim.layers.base import Source
from convanim.layers.cells import PALE, PLAIN, Block, Blocks, box_of
from convanim.layers.grouping import count
from convanim.layers.per_channel import PerChannel
from convanim.layers.phrases import Phrases
from convanim.layers.resampling import (
    BY_AXES,
    COORDINATES,
    MODE_KINDS,
    MODES,
    ROUNDINGS,
    Resampling,
    adaptive_axis,
    copied_axis,
    weighed_axis,
)
from convanim.layers.rules import COPY, MEAN, SUM, Rule
from convanim.layers.sampled_axis import SampledAxis

_USUAL = {"nearest": ("asymmetric", "floor"), "nearest-exact": ("half_pixel", "round_prefer_ceil")}
"""How PyTorch lays outputs over the input, and how it rounds."""

_CUBIC_A = -0.75

_BRIEFLY = {
    message("upsampling"): message("upsample"),
    message("downsampling"): message("downsample"),
    message("resizing"): message("resizing"),
}
"""What each change is called where there is little room."""


@dataclass(frozen=True, init=False)
class Upsample(PerChannel):
    """A change of size, as PyTorch's ``Upsample`` and ``interpolate``, and ONNX's ``Resize``.

    Parameters
    ----------
    input_size : int or sequence of int
        (rows, columns); one number means a square.
    scale_factor : number or sequence of numbers, optional
        By how much each axis becomes longer, rounded down to whole cells; 2 where no ``size`` is given.
    channels : int
        Number of channels; each is interpolated separately.
    mode : str
        ``"nearest"`` copies the cell that an output's place is rounded down
        to, ``"nearest-exact"`` the nearest one. ``"linear"`` (``"bilinear"``
        and ``"trilinear"`` over two and three axes) and ``"cubic"``
        (``"bicubic"``, ``"tricubic"``) weigh the 2 or 4 cells around the
        place on each axis, ``"lanczos3"`` and ``"lanczos5"`` 6 and
        10. ``"area"`` is the mean of all cells that an output covers.
    size : int or sequence of int, optional
        Size of the output, in place of ``scale_factor``.
    align_corners : bool
        Whether the middles of the corner cells fall together; else the edges do. It is the same as
        ``coordinates="align_corners"``.
    coordinates : str, optional
        A key of `COORDINATES`: how outputs are laid over the input, as ONNX's
        ``coordinate_transformation_mode``. By default as in PyTorch:
        ``"half_pixel"``, but ``"asymmetric"`` for ``mode="nearest"``.
    nearest_mode : str, optional
        A key of `ROUNDINGS`, for the nearest modes: how places are rounded, as in ONNX. By default as in PyTorch.
    antialias : bool
        Whether linear and cubic interpolation weigh all cells where an axis becomes shorter.
    cubic_coeff_a : float
        The coefficient of cubic interpolation: −0.75 in PyTorch and ONNX, −0.5 in TensorFlow, and
        in PyTorch with ``antialias``.
    exclude_outside : bool
        Whether the weights of cells beyond the ends are given to the others; else the cells at the
        ends stand for them.

    Raises
    ------
    ConvanimError
        If the parameters do not go together, or a number is invalid.

    Examples
    --------
    >>> Upsample((2, 3), 2).output_size
    (4, 6)
    >>> Upsample(3, size=7, mode="bilinear").axes[0].shares[1]
    (0.8571428571428571, 0.14285714285714285)
    """

    operation: ClassVar[str] = "upsample"
    title: ClassVar[str] = message("upsampling")
    is_weighted: ClassVar[bool] = False
    block_words: ClassVar[str] = message("dashed: all copies of one cell")

    scale_factor: tuple[int | float, ...] | None
    mode: str
    size: tuple[int, ...] | None
    coordinates: str | None
    nearest_mode: str | None
    antialias: bool
    cubic_coeff_a: float
    exclude_outside: bool

    def __init__(
        self,
        input_size: Size,
        scale_factor: float | Sequence[float] | None = None,
        channels: int = 1,
        mode: str = "nearest",
        size: Size | None = None,
        align_corners: bool = False,
        coordinates: str | None = None,
        nearest_mode: str | None = None,
        antialias: bool = False,
        cubic_coeff_a: float = _CUBIC_A,
        exclude_outside: bool = False,
    ) -> None:
        self._set_sizes(input_size, 1, 1)
        self._set(padding=((0, 0),) * self.dims, channels=count("channels", channels), mode=self._named(mode))
        self._set(**self._sizes(scale_factor, size))
        if flag("align_corners", align_corners) and coordinates not in (None, "align_corners"):
            raise ConvanimError(
                "coordinates", coordinates, "does not go with `align_corners`; leave one of the two out"
            )
        chosen = "align_corners" if align_corners else coordinates
        self._set(
            coordinates=None if chosen is None else one_of("coordinates", chosen, COORDINATES),
            nearest_mode=None if nearest_mode is None else one_of("nearest_mode", nearest_mode, ROUNDINGS),
            antialias=flag("antialias", antialias),
            cubic_coeff_a=number_of("cubic_coeff_a", cubic_coeff_a),
            exclude_outside=flag("exclude_outside", exclude_outside),
        )
        self._refuse_unsuited()
        change = self._change
        self._set(title=f"{self.mode} {change}")

    def _named(self, mode: object) -> str:
        """Return a mode by the name that it has for this number of axes."""
        known = one_of("mode", mode, MODES)
        kind = MODE_KINDS.get(known, known)
        own = BY_AXES[kind][self.dims - 1] if kind in BY_AXES else known
        if known not in (kind, own):
            wanted = f"interpolates over {axes_said(BY_AXES[kind].index(known) + 1)}"
            raise ConvanimError("mode", known, f"{wanted}, and `input_size` has {self.dims}", ways=(f"`mode={own}`",))
        return own

    def _sizes(self, scale_factor: Any, size: Any) -> dict[str, Any]:
        """Return the scale factor or the size, checked; the other one is None."""
        if size is not None and scale_factor is not None:
            raise ConvanimError(
                "scale_factor", quoted(scale_factor), "is refused beside `size`; leave one of the two out"
            )
        if size is not None:
            return {"size": per_axis("size", size, self.dims), "scale_factor": None}
        factors = positive_per_axis("scale_factor", 2 if scale_factor is None else scale_factor, self.dims)
        made = tuple(floor(n * r) for n, r in zip(self.input_size, factors, strict=True))
        if not all(1 <= n <= LIMIT for n in made):
            few = (
                "leaves no cell"
                if min(made) < 1
                else f"makes {max(made)} cells on an axis, and at most {LIMIT} are counted"
            )
            raise ConvanimError("scale_factor", short(factors), f"{few}; use another, or a `size`")
        return {"scale_factor": factors, "size": None}

    def _refuse_unsuited(self) -> None:
        """Raise if an option is given that the mode does not take."""
        usual: dict[str, tuple[object, bool]] = {
            "coordinates": (None, self.mode != "area"),
            "nearest_mode": (None, self.is_copied),
            "antialias": (False, self.mode in MODE_KINDS),
            "cubic_coeff_a": (_CUBIC_A, MODE_KINDS.get(self.mode) == "cubic"),
            "exclude_outside": (False, self.mode in MODE_KINDS),
        }
        for option, (silent, is_taken) in usual.items():
            if not is_taken and getattr(self, option) != silent:
                raise ConvanimError(
                    option, short(getattr(self, option)), f"is not taken by `mode={self.mode}`; leave it out"
                )

    @property
    def combining(self) -> Rule:
        """How the values of a window are combined: one is copied, or several are added by their shares."""
        return COPY if self.is_copied else MEAN if self.mode == "area" else SUM

    @property
    def is_copied(self) -> bool:
        """Whether each output is a copy of one input cell."""
        return self.mode in _USUAL

    @property
    def align_corners(self) -> bool:
        """Whether the middles of the corner cells fall together."""
        return self.coordinates == "align_corners"

    @property
    def output_size(self) -> tuple[int, ...]:
        """Size of the output, per axis."""
        if self.size is not None:
            return self.size
        return tuple(floor(n * r) for n, r in zip(self.input_size, self.scale_factor or (), strict=True))

    @property
    def called(self) -> str:
        """The mode, and whether cells become more or fewer."""
        return translated("{mode} {name}", mode=translated(self.mode), name=translated(self._change))

    @property
    def called_briefly(self) -> str:
        """The same where there is little room."""
        return translated("{mode} {name}", mode=translated(self.mode), name=translated(_BRIEFLY[self._change]))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Whether sizes are rounded down, and what stands for cells beyond the ends, where windows reach them."""
        found = (translated("sizes are rounded down"),) if self._is_rounded else ()
        # A window of two cells reaches beyond the ends from places there alone.
        reach = {"linear": 0, "cubic": 1}.get(MODE_KINDS.get(self.mode, ""))
        if reach is None or self.exclude_outside or self.antialias:
            return found
        ends = zip(self.axes, self.input_size, strict=True)
        is_repeated = any(min(axis.places) < reach or max(axis.places) > size - 1 - reach for axis, size in ends)
        # Translators: A phrase of a caption, of bilinear and bicubic upsampling.
        told = translated("beyond the edges, edge cells are read again: their weights add up")
        return (*found, told) if is_repeated else found

    @property
    def place_words(self) -> str:
        """Where outputs lie on the input, which coordinates that are asked for say themselves."""
        if self.coordinates is not None or self.nearest_mode is not None or self.mode == "area" or self.is_repeated:
            return ""
        if not self.is_copied:
            is_whole = all(its.after == its.before * its.written_scale for its in self.resamplings)
            return (
                message("edges of input and output fall together")
                if is_whole
                else message("edges of input and output fall together at the beginning")
            )
        cells = [its.copying(axis) for its, axis in zip(self.resamplings, self.axes, strict=True)]
        if not all(cells):
            return ""
        # Translators: {cell} is such as "⌊o / 1.5⌋", or one formula for each axis.
        said = message("output o of each axis copies cell {cell}, counted from 0")
        return translated(said, cell=cells[0] if len({*cells}) == 1 else " × ".join(cells))

    @property
    def _is_rounded(self) -> bool:
        """Whether the factor of an axis would make a part of a cell."""
        factors = map(Fraction, map(str, self.scale_factor or ()))
        return any(n * r != made for n, r, made in zip(self.input_size, factors, self.output_size, strict=False))

    def is_in_line(self, cell: tuple[int, ...]) -> bool:
        """Return whether an output cell is in line with middles of input cells, so that others have the weight 0."""
        is_sliding = MODE_KINDS.get(self.mode) in ("linear", "cubic") and not self.antialias
        return is_sliding and any(axis.places[at] % 1 == 0 for axis, at in zip(self.axes, cell, strict=True))

    @property
    def _change(self) -> str:
        pairs = list(zip(self.input_size, self.output_size, strict=True))
        if all(after >= before for before, after in pairs):
            return "upsampling"
        return "downsampling" if all(after <= before for before, after in pairs) else "resizing"

    @cached_property
    def resamplings(self) -> tuple[Resampling, ...]:
        """The change of size of each axis."""
        coordinates, rounding = _USUAL.get(self.mode, ("half_pixel", "floor"))
        sizes = zip(self.input_size, self.output_size, strict=True)
        scales = (
            [Fraction(after, before) for before, after in sizes]
            if self.scale_factor is None
            else [Fraction(one) for one in self.scale_factor]
        )
        # PyTorch's linear interpolation copies an axis that keeps its size, whatever the factor.
        is_kept = self.coordinates is None and MODE_KINDS.get(self.mode) == "linear"
        return tuple(
            Resampling(
                before,
                after,
                Fraction(1) if is_kept and before == after else scale,
                self.coordinates or coordinates,
                self.nearest_mode or rounding,
            )
            for before, after, scale in zip(self.input_size, self.output_size, scales, strict=True)
        )

    @cached_property
    def axes(self) -> tuple[SampledAxis, ...]:
        """The geometry of the layer, one entry per axis."""
        if self.mode == "area":
            return tuple(adaptive_axis(its.before, its.after) for its in self.resamplings)
        if self.is_copied:
            is_plain = self.coordinates is None and self.nearest_mode is None
            has_shortcuts = is_plain and self.mode == "nearest" and self.dims == 2
            return tuple(copied_axis(its, is_plain, has_shortcuts) for its in self.resamplings)
        kind, a = MODE_KINDS[self.mode], Fraction(self.cubic_coeff_a)
        return tuple(weighed_axis(its, kind, a, self.antialias, self.exclude_outside) for its in self.resamplings)

    @property
    def is_repeated(self) -> bool:
        """Whether each input cell is copied to a block of its own, all blocks alike."""
        return self.is_copied and all(its.copies for its in self.resamplings)

    @property
    def has_channels(self) -> bool:
        """Whether the index of a cell begins with its channel: always for copies, as in other rearrangements."""
        return self.is_copied or self.channels > 1

    def sources(self, channel: int, cell: tuple[int, ...]) -> tuple[Source, ...] | None:
        """Return the cell that an output cell is copied from, or None if several are weighed."""
        if not self.is_copied:
            return None
        return ((0, channel, tuple(axis.windows[at][0] for axis, at in zip(self.axes, cell, strict=True))),)

    def input_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return a tint that neighbouring cells do not share, if they are copied."""
        return PALE if self.is_copied and sum(cell) % 2 else PLAIN

    def output_tint(self, channel: int, cell: tuple[int, ...]) -> int:
        """Return the tint of the cell that an output cell is copied from."""
        found = self.sources(channel, cell)
        return self.input_tint(*found[0][1:]) if found else PLAIN

    def blocks(self, channel: int, cell: tuple[int, ...]) -> Blocks:
        """Return the output cells that are copies of the same cell."""
        if not self.is_copied:
            return (), ()
        spans = [
            [other for other, window in enumerate(axis.windows) if window[0] == axis.windows[at][0]]
            for axis, at in zip(self.axes, cell, strict=True)
        ]
        return (), (Block(channel, box_of(spans, self.output_size)),)

    @property
    def _shows_places(self) -> bool:
        """Whether outputs have a place between cells that tells more than the cell that is copied."""
        is_plain = self.is_copied and self.coordinates is None and self.nearest_mode is None
        return self.mode != "area" and not (is_plain and self.mode == "nearest")

    def places(self, channel: int, cell: tuple[int, ...]) -> tuple[tuple[float, ...], ...]:
        """Return the place of an output cell on the input."""
        found = tuple(axis.places[at] for axis, at in zip(self.axes, cell, strict=True)) if self._shows_places else ()
        return (found,) if found else ()

    @property
    def lattice(self) -> tuple[tuple[float, ...], ...]:
        """The places of all output cells on the input."""
        return tuple(product(*(axis.places for axis in self.axes))) if self._shows_places else ()

    @cached_property
    def counted(self) -> tuple[tuple[int, ...], ...] | None:
        """How many cells each output averages, per axis; None unless the mode is ``area``."""
        return tuple(axis.counts for axis in self.axes) if self.mode == "area" else None

    def spacing(self, number: int) -> int:
        """Return after how many outputs along an axis the pattern of cells that they read repeats."""
        return len(self.axes[number].cycle)

    def size_formula(self, number: int | None = None) -> str:
        """Return the formula of the output size, with the numbers of an axis or with letters."""
        if self.scale_factor is None:
            return translated("as asked for") if number is None else ""
        factor = self.scale_factor[number or 0]
        said = "n·r" if number is None else f"{self.input_size[number]}·{factor}"
        return said if all(isinstance(one, int) for one in self.scale_factor) else f"⌊{said}⌋"

    @property
    def factor_said(self) -> str:
        """The factor of each axis, or the size that is made, as the end of a phrase."""
        if self.size:
            return translated("to {size}", size="×".join(map(str, self.size)))
        return translated("by {size}", size="×".join(map(str, self.scale_factor or ())))

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What an explanation says of the places of outputs."""
        if self.mode == "area":
            told = translated("output o covers the cells from ⌊o·n/m⌋ to ⌈(o + 1)·n/m⌉ − 1, of n, for m outputs")
            return ((message("windows"), told),)
        its = self.resamplings[0]
        known = COORDINATES[its.coordinates]
        place = known.formula
        if self.is_copied:
            place = translated(
                "{place}, then {rounding}", place=place, rounding=translated(its.rounding).replace("_", " ")
            )
        return ((message("place of output o"), f"{place} ({translated(its.coordinates)}: {translated(known.about)})"),)

    def sentence(self, say: Phrases) -> str:
        """Return a sentence about what the animation shows."""
        ends = {"input": say.input("the "), "output": say.output}
        if self.is_repeated and self._change == "upsampling":
            block = say.cells(tuple(int(its.scale) for its in self.resamplings))
            what = translated("each cell of {input} is copied to a block of {cells} in {output}", cells=block, **ends)
            return translated("{name}: {what}", name=self.called, what=what)
        if self.is_copied:
            what = translated(
                "each cell of {output} is a copy of the cell of {input} to which its place is rounded", **ends
            )
            return translated("{name}: {what}", name=self.called, what=what)
        if self.mode == "area":
            what = translated("each cell of {output} is the mean of the cells of {input} that it covers", **ends)
            return translated("{name}: {what}", name=self.called, what=what)
        what = counted(
            "each cell of {output} lies between cells of {input} and is the mean of one of them",
            "each cell of {output} lies between cells of {input} and is the mean of up to {count} of them, "
            "the nearer ones counting more",
            prod(axis.kernel for axis in self.axes),
            **ends,
        )
        about = translated(COORDINATES[self.resamplings[0].coordinates].about)
        return say.clauses(translated("{name}: {what}", name=self.called, what=what), about)
