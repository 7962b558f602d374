"""The directive for Sphinx: pictures that move on pages, for light and dark ones, and stills in other documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from convanim import __version__
from convanim.documents.blocks import Block, BlockError, Picture, read_block
from convanim.formats import FORMATS
from convanim.render.palettes import THEMES

_AUTO = "auto"
"""The theme that is chosen by the page."""

_STYLE = Path(__file__).with_name("convanim.css")
_STILLS = ("pdf", "png")
"""Formats of stills, the best first."""

_log = logging.getLogger(__name__)


class Drawn(nodes.General, nodes.Element):
    """A block in a document that is the same for all builders."""


def _theme(argument: str) -> str:
    theme: str = directives.choice(argument, (_AUTO, *THEMES))
    return theme


def _align(argument: str) -> str:
    side: str = directives.choice(argument, ("left", "center", "right"))
    return side


class Directive(SphinxDirective):
    """A block: the text behind the directive, its content, or a file of the document's source."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "file": directives.path,
        "alt": directives.unchanged,
        "caption": directives.unchanged,
        "align": _align,
        "width": directives.length_or_percentage_or_unitless,
        "name": directives.unchanged,
        "class": directives.class_option,
        "theme": _theme,
    }

    def run(self) -> list[nodes.Node]:
        """Return the block, in a figure if it has a caption."""
        text = self._text()
        try:
            block = read_block(text)
        except BlockError as error:
            raise self.error(f"convanim: {error}") from error
        for note in block.notes:
            _log.info("convanim: %s", note, location=self.get_location())
        node = Drawn(text=text, alt=self.options.get("alt", block.alt), classes=self.options.get("class", []))
        node.attributes |= {name: self.options[name] for name in ("width", "theme", "align") if name in self.options}
        self.set_source_info(node)
        if "caption" not in self.options:
            self.add_name(node)
            return [node]
        figure = nodes.figure("", node)
        if "align" in node:
            figure["align"] = node.attributes.pop("align")
        said, messages = self.parse_inline(self.options["caption"], lineno=self.lineno)
        figure += nodes.caption(self.options["caption"], "", *said)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure, *messages]

    def _text(self) -> str:
        """Return the text of the block, from wherever it is."""
        given = [*self.arguments, *(["\n".join(self.content)] if self.content else [])]
        if len(given) + ("file" in self.options) > 1:
            raise self.error(
                "convanim: there is more than one block; give it behind the directive, below it, or by :file:"
            )
        if "file" not in self.options:
            return given[0] if given else ""
        name, path = self.env.relfn2path(self.options["file"])
        source = Path(self.env.srcdir).resolve()
        if not Path(path).resolve().is_relative_to(source):
            raise self.error(f"convanim: {name} is not among the sources of this document; move it there")
        self.env.note_dependency(name)
        try:
            return Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise self.error(f"convanim: {name} cannot be read ({error})") from error


def draw(app: Sphinx, document: nodes.document, name: str) -> None:
    """Put pictures that a builder takes in place of the blocks of a document; each is drawn once."""
    for node in list(document.findall(Drawn)):
        try:
            node.replace_self(_images(app, node, name))
        except BlockError as error:
            _log.error("convanim: %s", error, location=node)
            node.replace_self(nodes.paragraph("", node["alt"]))


def _images(app: Sphinx, node: Drawn, name: str) -> list[nodes.Node]:
    """Return the images for a block: one, or one for light pages and one for dark ones."""
    theme = node.get("theme", app.config.convanim_theme)
    pictures = _pictures(app.builder, read_block(node["text"]), None if theme == _AUTO else theme)
    sides = ("light", "dark") if len(pictures) > 1 else ("",)
    images: list[nodes.Node] = []
    for picture, side in zip(pictures, sides, strict=True):
        # Themes with two looks of their own know the second name.
        own = [f"convanim-{side}", f"only-{side}"] if side else ["convanim"]
        image = nodes.image(alt=node["alt"], classes=[*node["classes"], *own], uri="", candidates={})
        image.attributes |= {option: node[option] for option in ("width", "align") if option in node}
        image.source, image.line = node.source, node.line
        if picture is not None:
            path = str(picture.kept_in(Path(app.doctreedir) / "convanim"))
            app.env.images.add_file(name, path)
            image.attributes |= {"uri": path, "candidates": {FORMATS[picture.suffix].media_type: path}}
        if not images:
            image.attributes |= {"ids": node["ids"], "names": node["names"]}
        images.append(image)
    return images


def _pictures(builder: Builder, block: Block, theme: str | None) -> tuple[Picture | None, ...]:
    """Return the pictures that a builder takes; None stands for one that takes only words."""
    looks: dict[str, Any] = {} if theme is None else {"theme": theme}
    taken = builder.supported_image_types
    if FORMATS["svg"].media_type in taken:
        # Readers of books know too little CSS to choose.
        return (block.picture(**looks),) if builder.name == "epub" else block.sides(theme=theme)
    suffix = next((suffix for suffix in _STILLS if FORMATS[suffix].media_type in taken), None)
    return (block.picture(suffix, is_still=True, **looks) if suffix else None,)


def _add_style(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(_STYLE))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive to Sphinx."""
    app.add_config_value("convanim_theme", _AUTO, "env", (str,))
    app.add_node(Drawn)
    app.add_directive("convanim", Directive)
    app.connect("config-inited", _add_style)
    app.connect("doctree-resolved", draw)
    app.add_css_file(_STYLE.name)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
