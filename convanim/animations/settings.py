"""The settings of an animation, as dataclasses: how the page looks, and what is shown of a layer."""

from __future__ import annotations

from collections.abc import Sequence

from convanim.base.language import ENGLISH, LANGUAGES
from convanim.base.records import dataclass
from convanim.base.settings import setting, settings_of
from convanim.layers import METHODS
from convanim.motion.timeline import Playing
from convanim.plans.values import MOST_DECIMALS
from convanim.words.captions import LABELS


def _themes() -> str:
    from convanim.render.palettes import THEMES

    return f"Colours: {', '.join(THEMES)}."


def _matrices() -> str:
    from convanim.views.look import MATRICES

    return f"Which product the matrix view shows: {' or '.join(MATRICES)}."


@dataclass(frozen=True, kw_only=True)
class PageLook:
    """How the page around the drawing looks."""

    width: int | None = setting(
        None,
        "Width of the picture in pixels.",
        usual="480, or what it needs; the guide's size where classic",
    )
    height: int | None = setting(
        None,
        "Height of the picture, for one of fixed sides.",
        usual="as its width needs",
        more="The drawing is as large as both allow, and in the middle.",
    )
    theme: str = setting("guide", _themes, metavar="NAME")
    background: str | None = setting(
        None, "Colour of the page: transparent, or #rrggbb.", metavar="COLOUR", usual="the theme's"
    )
    caption: bool | str | None = setting(
        None,
        "Write the parameters below the picture.",
        usual="the operation in one line; all of them for several layers or channels",
        more="Text is written instead of them. What is left out of a layer of which a part is drawn is written too, "
        "unless it is False.",
    )
    legend: bool | None = setting(None, "Say what each look means.", usual="of whole networks")
    language: str = setting(ENGLISH, lambda: f"Language of all words: {', '.join(LANGUAGES)}.", metavar="TAG")
    font: str | None = setting(
        None, "Font for letters that DejaVu Sans and Noto Sans CJK lack: a .ttf, .otf or .ttc.", metavar="FILE"
    )
    ids: bool = setting(
        False,
        "Give the shapes of a .svg ids and classes, for CSS and scripts.",
        more="Such as ``input-0-2``, ``window`` and ``ray``; each cell is then a shape of its own, in a larger file.",
    )


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown of a layer."""

    view: str | None = setting(
        None,
        "How it is laid out; see: convanim list views.",
        metavar="NAME",
        usual="one that suits",
        more="A key of `VIEWS`.",
    )
    matrix: str | None = setting(
        None,
        _matrices,
        metavar="NAME",
        usual="im2col",
        more="A key of `MATRICES`; the view is then matrix.",
    )
    values: bool | None = setting(
        None,
        "Show numbers.",
        usual="where there are any",
        more="There are where the view is made for them, an input or a kernel is given, or stamps are counted.",
    )
    labels: str = setting("auto", lambda: f"What stands in the cells: {', '.join(LABELS)}.", metavar="KIND")
    decimals: int = setting(2, "The most decimals of a number.", least=0, most=MOST_DECIMALS)
    shades: bool = setting(False, "Show numbers as greys.", usual="of a picture", more="The least is black.")
    bars: bool = setting(
        False,
        "Show numbers as bars in their cells, down from a line if negative.",
        is_switch=True,
        more="The longest bar of each tensor, and of the kernel, fills the room in its cell. Cells onto which "
        "stamps fall have none.",
    )
    tint: bool = setting(
        False,
        "Tell channels, or their groups, apart by colour; for --view blocks.",
        more="A channel keeps its colour from layer to layer, as long as it is read by itself. Cells with greys or "
        "bars have none.",
    )
    to_scale: bool = setting(
        False,
        "Draw large layers in proportion; for --view blocks.",
        more="Otherwise lengths of large layers grow by 4 cells with each doubling beyond 8.",
    )
    classic: bool = setting(
        False,
        "Draw exactly as the guide does.",
        is_switch=True,
        more="Inserted zeros look like padding, rays end at the output's edge, and the reach has no outline.",
    )
    reveal: bool | None = setting(None, "Fill the output as it is computed.", usual="in all but the plain oblique view")
    order: str | None = setting(
        None,
        "With channels, what is made first: channel or position.",
        metavar="NAME",
        usual="channel, or position where channels are the cells of a window",
    )
    seed: int = setting(
        0,
        "Seed of the random numbers where none are given.",
        metavar="N",
        usual="0",
        more="Inputs are 0 to 3, or 0 to 9 where they are pooled or moved; kernels 0 to 2, single weights 1 to 3.",
    )
    method: str | None = setting(
        None,
        lambda: f"How a transposed convolution is computed: {' or '.join(METHODS)}.",
        metavar="NAME",
        usual="gather",
    )
    overlap: bool = setting(False, "Show how many stamps reach each output cell.")
    field: Sequence[int] | None = setting(
        None,
        "Show what this output cell depends on, layer by layer: 2x2 is row 2, column 2.",
        metavar="CELL",
        more="In Python a tuple such as (2, 2); for chains.",
    )
    effective: bool = setting(
        False,
        "Shade the input by how much each cell weighs in the output cell of field.",
        more="By the number of paths that lead from it, which is the gradient if all weights are equal.",
    )


SETTINGS = settings_of(PageLook, Shown, Playing)
"""All settings of a picture, by name."""
