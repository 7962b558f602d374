"""The parameters of layers, each said once: how it is written, what it does, and when a caption mentions it."""

from __future__ import annotations

from typing import Any, Literal

from convanim.base.language import message
from convanim.base.options import per_axis
from convanim.base.records import dataclass
from convanim.layers.axis import PADDING_MODES
from convanim.layers.resampling import COORDINATES, MODES, ROUNDINGS


@dataclass(frozen=True)
class Parameter:
    """A parameter of one or several operations, by the name that PyTorch has for it.

    Attributes
    ----------
    name : str
        As in the signature of the layers that take it.
    help : str
        What it is, in a sentence.
    takes : str
        What a text that writes it may be: ``"sizes"`` (``3``, ``3x2``), ``"pairs"`` (``0:1`` too), ``"whole"``
        (one whole number), ``"numbers"`` (``1.5``, ``1.5x2``), ``"rows"`` (numbers, or a file),
        ``"list"`` (whole numbers), ``"word"`` or ``"flag"``.
    letter : str
        The letter for it in the short form, as in ``k3``; on the command line too, unless ``has_short`` is False.
    has_short : bool
        Whether the letter is an option of the command line.
    metavar : str
        What the help calls its value.
    least : int
        The smallest number that it may be.
    is_count : bool
        Whether the short form writes it as a number alone, as in ``conv 16 32 k3``.
    is_told : bool
        Whether captions mention it.
    silent : value or None
        The value, the same on every axis, that captions do not mention.
    is_named : bool
        Whether file names mention it, though captions say it in other words.
    usual : str
        What it is where it is left out, if its default does not say that.
    said : str
        What a caption says where it mentions it: a message with a place for the ``{value}``.
    explained : str
        The same where there is room to say what it means, if that is more.
    """

    name: str
    help: str
    takes: Literal["sizes", "pairs", "whole", "numbers", "rows", "list", "word", "flag"] = "sizes"
    letter: str = ""
    has_short: bool = True
    metavar: str = "N"
    least: int = 1
    is_count: bool = False
    is_told: bool = False
    silent: Any = None
    is_named: bool = False
    usual: str = ""
    said: str = ""
    explained: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """How the command line writes it."""
        long = self.name.replace("_", "-")
        if self.takes == "flag":
            return (f"--{long}/--no-{long}",)
        return (*([f"-{self.letter}"] if self.letter and self.has_short else []), f"--{long}")


PARAMETERS: dict[str, Parameter] = {
    one.name: one
    for one in (
        Parameter(
            "input_size",
            "Cells of the input: 5 is 5×5, 5x7 is 5 rows of 7 columns.",
            letter="i",
            metavar="SIZE",
        ),
        Parameter(
            "upscale_factor",
            "Rows and columns of a block of channels.",
            "whole",
            is_told=True,
            said=message("upscale factor {value}"),
        ),
        Parameter(
            "downscale_factor",
            "Rows and columns of a block.",
            "whole",
            is_told=True,
            said=message("downscale factor {value}"),
        ),
        Parameter(
            "mode",
            f"How cells are made: {', '.join(MODES)}.",
            "word",
            metavar="MODE",
            is_named=True,
            said="mode {value}",
        ),
        Parameter(
            "scale_factor",
            "By how much an axis becomes longer: 2, 1.5 or 2x3.",
            "numbers",
            is_told=True,
            said=message("scale factor {value}"),
            usual="2, unless there is a size",
        ),
        Parameter(
            "output_size",
            "Cells of the output: 5, or 5x7.",
            metavar="SIZE",
            is_named=True,
            said="output size {value}",
            usual="what the windows reach",
        ),
        Parameter(
            "size",
            "Cells of the output, in place of a scale factor: 7, or 7x9.",
            metavar="SIZE",
            is_named=True,
            said="size {value}",
        ),
        Parameter("align_corners", "Let the middles of the corner cells fall together.", "flag", silent=False),
        Parameter(
            "coordinates",
            f"How outputs are laid over the input: {', '.join(COORDINATES)}.",
            "word",
            metavar="NAME",
            is_told=True,
            said="{value}",
            usual="half_pixel; asymmetric for nearest",
        ),
        Parameter(
            "nearest_mode",
            f"How nearest rounds: {', '.join(ROUNDINGS)}.",
            "word",
            metavar="NAME",
            is_told=True,
            said="{value}",
            usual="floor; round_prefer_ceil for nearest-exact",
        ),
        Parameter(
            "antialias",
            "Weigh every cell where an axis becomes shorter.",
            "flag",
            is_told=True,
            said=message("antialias"),
            silent=False,
        ),
        Parameter(
            "cubic_coeff_a",
            "Coefficient of cubic interpolation: -0.5 in TensorFlow.",
            "numbers",
            is_told=True,
            said=message("cubic coeff a {value}"),
            silent=-0.75,
        ),
        Parameter(
            "exclude_outside",
            "Count no cells beyond the ends instead of those there.",
            "flag",
            is_told=True,
            said=message("exclude outside"),
            silent=False,
        ),
        Parameter(
            "kernel_size",
            "Cells of the kernel: 3, or 2x3.",
            letter="k",
            metavar="SIZE",
            is_told=True,
            said=message("kernel {value}"),
        ),
        Parameter(
            "stride",
            "Cells from one window to the next.",
            letter="s",
            metavar="STEPS",
            is_told=True,
            said=message("stride {value}"),
            usual="the kernel's size",
        ),
        Parameter(
            "padding",
            "Cells around the input: 1, 1x0, or low:high as in 0:1 or 0:1x1:1.",
            "pairs",
            letter="p",
            metavar="CELLS",
            is_told=True,
            said=message("padding {value}"),
        ),
        Parameter(
            "padding_mode",
            f"What padding holds: {', '.join(PADDING_MODES)}.",
            "word",
            metavar="MODE",
            is_told=True,
            silent="zeros",
            said=message("{value} padding"),
        ),
        Parameter(
            "output_padding",
            "Cells added to the end of the output.",
            letter="a",
            metavar="CELLS",
            least=0,
            is_told=True,
            said=message("output padding {value}"),
            silent=0,
        ),
        Parameter(
            "dilation",
            "Cells from one kernel cell to the next.",
            letter="d",
            metavar="CELLS",
            is_told=True,
            said=message("dilation {value}"),
            silent=1,
        ),
        Parameter(
            "input_dilation",
            "Cells from one input cell to the next, with zeros between them.",
            letter="z",
            has_short=False,
            metavar="CELLS",
            is_told=True,
            said=message("input dilation {value}"),
            silent=1,
        ),
        Parameter(
            "rotated",
            "Show the windows the kernel turned by 180°.",
            "flag",
            is_told=True,
            said=message("rotated"),
            explained=message("kernel rotated by 180°"),
            silent=False,
        ),
        Parameter(
            "flip",
            "Turn the kernel by 180°, as mathematics and SciPy do.",
            "flag",
            is_told=True,
            silent=False,
            said=message("kernel flipped"),
            explained=message("kernel flipped (rotated by 180°)"),
        ),
        Parameter(
            "active",
            "The cells that hold something: 0,0 1,3 of rows and columns; or a share of all at random. "
            "Default: those of the input that are not 0, or else 25%.",
            "word",
            metavar="CELLS",
        ),
        Parameter(
            "submanifold",
            "Make only outputs whose middle input cell is active.",
            "flag",
            is_told=True,
            said=message("submanifold"),
            explained=message("submanifold: the same cells stay active"),
            silent=False,
        ),
        Parameter(
            "ceil_mode",
            "Let the last window hang over the end.",
            "flag",
            is_told=True,
            # Translators: PyTorch's ceil_mode: the last window may hang over the end.
            said=message("ceil mode"),
            silent=False,
        ),
        Parameter(
            "norm_type",
            "The power that values are raised to, 2 for squares; the root of their sum is taken.",
            "whole",
            is_told=True,
            said=message("norm p = {value}"),
        ),
        Parameter(
            "count_include_pad",
            "Count padding in the average.",
            "flag",
            is_told=True,
            # Translators: PyTorch's count_include_pad=False: padding is not counted in an average.
            said=message("count include pad off"),
            silent=True,
        ),
        Parameter(
            "offset_groups",
            "Groups of input channels with offsets of their own.",
            "whole",
            silent=1,
            is_told=True,
            said=message("offset groups {value}"),
        ),
        Parameter(
            "offsets",
            "By how much each kernel cell reads aside: numbers or a file, one an axis of each kernel cell (and place).",
            "rows",
            metavar="NUMBERS",
        ),
        Parameter(
            "masks", "A factor for each kernel cell (and place): numbers, a file, or random.", "rows", metavar="NUMBERS"
        ),
        Parameter(
            "indices",
            "Where each value goes, counted row by row over the output: 0 3 9 10.",
            "list",
            metavar="NUMBERS",
            usual="one cell of each window",
        ),
        Parameter("in_channels", "Planes of the input.", "whole", is_count=True),
        Parameter("out_channels", "Planes of the output, each with its kernel.", "whole", is_count=True),
        Parameter("channels", "Planes, each by itself.", "whole", is_count=True),
        Parameter("depth_multiplier", "Outputs that each input channel makes.", "whole", is_count=True),
        Parameter("groups", "Groups of channels that meet each other only.", "whole", letter="g"),
        Parameter("bias", "Add a number to each output channel.", "flag"),
    )
}
"""Every parameter of a layer, by name; captions mention them in this order."""

LETTERS = {one.letter: one.name for one in PARAMETERS.values() if one.letter and one.name != "input_size"}
"""The letter that stands for each parameter in the short form, as in ``k3``."""


def sized(name: str, value: object, dims: int) -> tuple[int, ...]:
    """Return the sizes of a parameter, one an axis; a single number is for every axis.

    Raises
    ------
    ConvanimError
        If they are not whole, too small, or not one an axis.
    """
    return per_axis(name, value, dims, least=PARAMETERS[name].least)
