"""Markdown whose blocks become pictures beside it; the blocks stay in comments, so that they can be drawn again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.documents.blocks import Block, BlockError, Picture, read_block
from convanim.places.exporting import snippets

_FENCE = re.compile(
    r"(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\r\n]*?)[ \t]*\r?\n?"
)
_OURS = re.compile(r"\{?\s*\.?convanim\b(?P<options>[^}]*)\}?")
_ALT = re.compile(r"""\balt=(?:"([^"]*)"|'([^']*)')""")
_KEPT = re.compile(r"(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)<!-- convanim\b(?P<options>[^\r\n]*)\r?\n?")
_COMMENT = re.compile(r"[ >]{0,3}<!--")
_CONTAINER = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)]|:|!!!|\?\?\?\+?|===|\[\^[^\]]+\]:)[ \t]")
"""A line that takes what is indented below it in: an item, a definition, an admonition, a tab, a footnote."""

_END = "<!-- /convanim -->"
_SHOWN = re.compile(r"(?:!\[|</?(?:picture|source|img)\b).*|")
"""A line of a picture that was put behind a block; what is written among these lines is not lost."""

_CLOSING = re.compile(r"--(!?\\*)>")
"""What would end a comment; within ours it has one more backslash."""


@dataclass(frozen=True)
class Section:
    """A block with the lines that it takes in a document.

    Attributes
    ----------
    lines : slice
        Where it is: a fenced block, or the comment of one with its picture.
    before : str
        What stands before its first line, such as the mark of an item.
    options : str
        What stands behind ``convanim`` on its first line.
    text : str
        The block.
    """

    lines: slice
    before: str
    options: str
    text: str

    @property
    def within(self) -> str:
        """What stands before each further line."""
        return re.sub(r"[^\s>]", " ", self.before)

    @property
    def alt(self) -> str:
        """The alternative text that its writer gives, if any."""
        found = _ALT.search(self.options)
        return (found[1] or found[2] or "") if found else ""


@dataclass(frozen=True)
class Document:
    """A document with its pictures.

    Attributes
    ----------
    text : str
        It as Markdown.
    pictures : tuple of Picture
        What it shows.
    notes : tuple of str
        What was left out of its pictures, as sentences.
    """

    text: str
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]


def illustrated(text: str, address: Callable[[str], str], is_dark: bool = False) -> Document:
    """Return a document with a picture for each of its blocks.

    Parameters
    ----------
    text : str
        Markdown with fenced blocks, or what this function made of it.
    address : callable
        Maps the name of a file to its address.
    is_dark : bool
        Whether there are pictures for dark pages too.

    Raises
    ------
    ConvanimError
        If a block is refused; it names its line.
    """
    lines = re.split(r"(?<=\n)", text)
    ending = "\r\n" if "\r\n" in text else "\n"
    pictures = dict[str, Picture]()
    notes = list[str]()
    shown = list[tuple[slice, list[str]]]()
    for section in _sections(lines):
        number = section.lines.start + 1
        try:
            block = read_block(section.text)
            sides = block.sides() if is_dark else (block.picture(),)
        except BlockError as error:
            raise ConvanimError("block", f"at line {number}", "{}", error) from error
        pictures |= {picture.name: picture for picture in sides}
        notes += [f"line {number}: {note}" for note in block.notes]
        addresses = [address(picture.name) for picture in sides]
        written = [*_kept(section), "", *_picture(block, section.alt, addresses), "", _END]
        indented = [f"{section.within}{line}".rstrip() for line in written]
        indented[0] = f"{section.before}{written[0]}"
        shown.append((section.lines, [f"{line}{ending}" for line in indented]))
    # From the last to the first, so that all others stay where they are.
    for place, written in reversed(shown):
        lines[place] = written
    return Document("".join(lines), tuple(pictures.values()), tuple(notes))


def _kept(section: Section) -> list[str]:
    """Return the lines of the comment that keeps a block."""
    return [f"<!-- convanim{_closed(section.options)}".rstrip(), *_closed(section.text).split("\n"), "-->"]


def _picture(block: Block, own_alt: str, addresses: Sequence[str]) -> list[str]:
    """Return the lines that show a picture, or one of two."""
    alt = own_alt or block.alt
    light, *dark = addresses
    if not dark:
        return [snippets(block.title, alt, "", light)["Markdown"]]
    return [
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="{escape(dark[0])}">',
        f'  <img src="{escape(light)}" alt="{escape(" ".join(alt.split()))}">',
        "</picture>",
    ]


def _sections(lines: Sequence[str]) -> Iterator[Section]:
    """Yield the blocks of a document, in order."""
    number = 0
    while number < len(lines):
        line = lines[number]
        kept, fence = _KEPT.fullmatch(line), _FENCE.fullmatch(line)
        end = number + 1
        if kept and "-->" not in line:
            section = _kept_section(lines, number, kept)
            yield section
            end = section.lines.stop
        elif _COMMENT.match(line) and "-->" not in line:
            end = _first(lines, number, lambda one: "-->" in one) + 1
        elif fence and not (fence["fence"][0] == "`" and "`" in fence["info"]) and not _is_code(lines, number):
            last = _first(lines, number + 1, partial(_closes, fence["fence"]))
            end = last + 1
            ours = _OURS.fullmatch(fence["info"])
            if ours:
                _refuse_open(lines, number, last, fence["fence"])
                text = _inside(lines[number + 1 : last], len(fence["before"]))
                yield Section(slice(number, end), fence["before"], ours["options"].rstrip(), text)
        number = end


def _kept_section(lines: Sequence[str], number: int, kept: re.Match[str]) -> Section:
    """Return the section that begins with the comment of a block."""
    last = _first(lines, number + 1, lambda one: _bare(one) == "-->")
    _refuse_open(lines, number, last, "-->")
    end = _first(lines, last + 1, lambda one: not _SHOWN.fullmatch(_bare(one)))
    _refuse_open(lines, number, end if _bare(lines[min(end, len(lines) - 1)]) == _END else len(lines), _END)
    text = _unclosed(_inside(lines[number + 1 : last], len(kept["before"])))
    return Section(slice(number, end + 1), kept["before"], _unclosed(kept["options"].rstrip()), text)


def _closes(fence: str, line: str) -> bool:
    """Return whether a line closes a block that a fence opens."""
    bare = _bare(line)
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _first(lines: Sequence[str], start: int, is_it: Callable[[str], bool]) -> int:
    """Return the number of the first line that is looked for, or that behind the last line."""
    return next((number for number in range(start, len(lines)) if is_it(lines[number])), len(lines))


def _refuse_open(lines: Sequence[str], number: int, last: int, end: str) -> None:
    """Raise if a block has no end."""
    if last == len(lines):
        raise ConvanimError("block", f"at line {number + 1}", "has no {} behind it; put it there", end)


def _closed(text: str) -> str:
    """Return a text as it is within a comment, which nothing in it ends."""
    return _CLOSING.sub(r"--\1\\>", text)


def _unclosed(text: str) -> str:
    """Return a text from within a comment as it was."""
    return _CLOSING.sub(lambda found: f"--{found[1].removesuffix(chr(92))}>", text)


def _bare(line: str) -> str:
    """Return a line without what indents or quotes it."""
    return line.lstrip(" \t>").rstrip()


def _inside(lines: Sequence[str], width: int) -> str:
    """Return lines without what indents or quotes the block that they are in."""
    return "\n".join(re.sub(rf"\A[ \t>]{{0,{width}}}", "", line.rstrip("\r\n")) for line in lines)


def _is_code(lines: Sequence[str], number: int) -> bool:
    """Return whether a line is indented so far that it is code, and not a part of an item or the like."""
    depth = _depth(lines[number])
    if depth < 4:
        return False
    for line in reversed(lines[:number]):
        if line.strip() and _depth(line) < depth:
            return not _CONTAINER.match(line)
    return True


def _depth(line: str) -> int:
    quoted = line.expandtabs(4).lstrip(" ")
    inner = line.expandtabs(4) if not quoted.startswith(">") else quoted.lstrip(">")
    return len(inner) - len(inner.lstrip(" "))
