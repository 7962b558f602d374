"""Places where people show animations: the files that each takes, their limits, and the text to paste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from convanim.base.extending import add
from convanim.base.records import dataclass

_WIDE = {"width": 1920, "height": 1080}
MEGA = 1_000_000


@dataclass(frozen=True)
class Part:
    """A file that a place takes.

    Attributes
    ----------
    name : str
        End of the file's name, after the name that all files of an animation share.
    looks : mapping of str to object
        Default options of the animation.
    always : mapping of str to object
        Options of the animation that the user cannot change.
    is_still : bool
        Whether it shows only the poster.
    folder : str
        Name of its own folder beside the other files, if it has one.
    """

    name: str
    looks: Mapping[str, Any] = field(default_factory=dict)
    always: Mapping[str, Any] = field(default_factory=dict)
    is_still: bool = False
    folder: str = ""

    def path(self, stem: Path) -> Path:
        """Return the path of the file."""
        return stem.parent / self.folder / f"{stem.name}{self.name}"


@dataclass(frozen=True)
class Place:
    """A program or a site that shows animations.

    Attributes
    ----------
    about : str
        The files that it takes, in words.
    parts : tuple of Part
        Its files, the most important first.
    lines : str
        A template of the text to paste, or of what to do.
    most_bytes, most_pixels : int or None
        Limits of each file.
    is_wide : bool
        Whether pictures are 16:9, as slides are.
    is_latex : bool
        Whether LaTeX reads the files, which restricts their names.
    source : Place or None
        The same place with files of source that people edit.
    """

    about: str
    parts: tuple[Part, ...]
    lines: str
    most_bytes: int | None = None
    most_pixels: int | None = None
    is_wide: bool = False
    is_latex: bool = False
    source: Place | None = None


PLACES = {
    "powerpoint": Place(
        "an MP4 of 1920×1080",
        (Part(".mp4", _WIDE),),
        "Insert > Video > This Device: $first\n"
        "Playback > Start: Automatically$looping\n"
        "Right click > View Alt Text: $alt\n",
        is_wide=True,
    ),
    "keynote": Place(
        "an MP4 of 1920×1080",
        (Part(".mp4", _WIDE),),
        "Insert > Choose: $first\n"
        "Format > Movie: no Start movie on click$repeating\n"
        "Format > Movie > Description: $alt\n",
        is_wide=True,
    ),
    "google-slides": Place(
        "a GIF of 1280×720, under 50 MB and 25 megapixels",
        (Part(".gif", {"width": 1280, "height": 720}),),
        "Insert > Image > Upload from computer: $first\nRight click > Alt text: $alt\n",
        most_bytes=50 * MEGA,
        most_pixels=25 * MEGA,
        is_wide=True,
    ),
    "beamer": Place(
        "a PDF with a page a step, for the package animate",
        (Part(".pdf"),),
        "% \\usepackage{animate} in the preamble\n"
        "\\begin{frame}{$title_tex}\n"
        "  \\centering\n"
        "  \\animategraphics[${beamer}width=\\linewidth,height=0.75\\textheight,keepaspectratio,\n"
        "    alttext={$alt_plain}]{$rate}{$stem}{}{}\n"
        "\\end{frame}\n",
        is_latex=True,
        source=Place(
            "TikZ, which plays step by step",
            (Part(".tex"),),
            "% \\usepackage{standalone, tikz, fix-cm, adjustbox} in the preamble\n"
            "\\begin{frame}{$title_tex}\n"
            "  \\centering\n"
            "  \\adjustbox{max width=\\linewidth, max totalheight=0.75\\textheight}{\\input{$first}}\n"
            "  % $alt_plain\n"
            "\\end{frame}\n",
            is_latex=True,
        ),
    ),
    "revealjs": Place(
        "a page to play in the slide, and an SVG",
        (Part(".html"), Part(".svg")),
        "<section>\n"
        "  <h2>$title_html</h2>\n"
        '  <iframe class="r-stretch" data-src="$first_url" title="$alt_html"></iframe>\n'
        "</section>\n"
        "<section>\n"
        '  <img class="r-stretch" src="$second_url" alt="$alt_html">\n'
        "</section>\n",
    ),
    "marp": Place(
        "an SVG",
        (Part(".svg"),),
        "# $title_md\n\n![h:520 $alt_md]($first_url)\n",
    ),
    "quarto": Place(
        "an SVG, and a still PDF for LaTeX, which takes no animation",
        (Part(".svg"), Part(".pdf", is_still=True)),
        '::: {.content-visible when-format="html"}\n'
        '![$title_md]($first_url){fig-alt="$alt_html"}\n'
        ":::\n\n"
        '::: {.content-visible unless-format="html"}\n'
        '![$title_md]($second_url){fig-alt="$alt_html"}\n'
        ":::\n",
    ),
    "github": Place(
        "an SVG for light pages and one for dark ones",
        (
            Part("-light.svg", {"background": "#ffffff"}),
            Part("-dark.svg", always={"theme": "dark", "background": "#0d1117"}),
        ),
        "<picture>\n"
        '  <source media="(prefers-color-scheme: dark)" srcset="$second_url">\n'
        '  <img src="$first_url" width="$width" alt="$alt_html">\n'
        "</picture>\n",
        most_bytes=10 * MEGA,
    ),
    "notebook": Place(
        "a GIF, which every viewer of notebooks shows",
        (Part(".gif"),),
        "![$alt_md]($first_url)\n",
        most_bytes=10 * MEGA,
    ),
    "arxiv": Place(
        "a still PDF for the paper, and a GIF as an ancillary file",
        (Part(".pdf", is_still=True), Part(".gif", folder="anc")),
        "\\begin{figure}\n"
        "  \\centering\n"
        "  \\includegraphics[width=0.6\\linewidth,alt={$alt_plain}]{$first}\n"
        "  \\caption{$title_tex. The ancillary file \\texttt{$second_tex} shows it step by step.}\n"
        "\\end{figure}\n",
        is_latex=True,
    ),
}
"""Every place by name."""


def register(name: str, place: Place) -> None:
    """Register a place, so that commands, lists and galleries offer it.

    Raises
    ------
    ConvanimError
        If a place of that name exists.
    """
    add(PLACES, "place", name, place)
