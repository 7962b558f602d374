"""The text of a program to its statements, some lines at a time, and whether a text is a program."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator

from convanim.base.errors import ConvanimError
from convanim.frameworks.source import Place, cut, refused

_MOST_WORDS = 250_000
"""Words and signs of one statement: each takes half a kilobyte."""
_MOST_KEPT = 300_000
"""Letters of a program whose statements are kept; those of longer ones are parsed again each time."""

_MOST_LINES = 2_000
"""Lines that are parsed together at least."""

_PIECE = 100_000
_TOKEN = re.compile(r"\w+|[^\w\s]")
_STARTS = re.compile(r"[^\s#)\]}]")
_GOES_ON = re.compile(r"(?:else|elif|except|finally)\b")
_DEFINES = re.compile(r"^[ \t]*(?:class|def)[ \t]+\w+[^\n]*:", re.MULTILINE)
_MOST_LOOKED_AT = 20_000


def is_program(text: str) -> bool:
    """Return whether a text says more of how layers are applied than the order in which they stand.

    It does where it defines classes or functions, applies layers by their names, or calls their methods.
    """
    if len(text) > _MOST_LOOKED_AT:
        return True
    try:
        parts = list(Program(text))
    except ConvanimError:
        # What is wrong is said by the reader that it is meant for.
        return _DEFINES.search(text) is not None
    if any(isinstance(node, ast.ClassDef | ast.FunctionDef | ast.For | ast.If | ast.With) for node in parts):
        return True
    bound = {
        target.id
        for node in parts
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [one for node in parts for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(_applies(call, bound) for call in calls)


def _applies(call: ast.Call, bound: set[str]) -> bool:
    """Return whether a call applies a layer, or wraps one."""
    if isinstance(call.func, ast.Name) and call.func.id in bound:
        return True
    if isinstance(call.func, ast.Call):
        return True
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        return True
    short = ast.unparse(call.func).rpartition(".")[2]
    holds = any(isinstance(one, ast.Call) and _is_class(one) for one in call.args)
    return short[:1].islower() and short not in ("add", "append", "add_module") and holds


def _is_class(call: ast.Call) -> bool:
    return ast.unparse(call.func).rpartition(".")[2][:1].isupper()


class Program:
    """The statements of a program, as often as they are gone through.

    Parameters
    ----------
    text : str
        It may be indented.
    """

    def __init__(self, text: str) -> None:
        self._text = textwrap.dedent(text.replace("\r\n", "\n").replace("\r", "\n"))
        self._kept = list(self._parsed()) if len(text) <= _MOST_KEPT else None

    def __iter__(self) -> Iterator[ast.stmt]:
        """Yield the statements in order.

        Raises
        ------
        ConvanimError
            If it is no Python; the message names the place.
        """
        return self._parsed() if self._kept is None else iter(self._kept)

    def _parsed(self) -> Iterator[ast.stmt]:
        for first, part in _parts(self._text):
            yield from _statements(part, first)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Yield pieces of a program that can be parsed by themselves, each with the number of lines before it."""
    lines = text.split("\n")
    start = tried = 0
    for number, line in enumerate(lines):
        if number - tried < _MOST_LINES or not _STARTS.match(line) or _GOES_ON.match(line):
            continue
        if lines[number - 1].startswith("@") or lines[number - 1].endswith("\\"):
            continue
        tried = number
        if _is_whole(part := "\n".join(lines[start:number])):
            yield start, part
            start = number
    yield start, "\n".join(lines[start:])


def _is_whole(part: str) -> bool:
    """Return whether brackets and texts are closed at the end of a piece, as far as counting shows."""
    return all(part.count(one) == part.count(other) for one, other in ("()", "[]", "{}")) and not (
        part.count('"""') % 2 or part.count("'''") % 2
    )


def _statements(part: str, first: int) -> list[ast.stmt]:
    pieces = (part[at : at + _PIECE] for at in range(0, len(part), _PIECE))
    if len(part) > _MOST_WORDS and sum(len(_TOKEN.findall(piece)) for piece in pieces) > _MOST_WORDS:
        raise ConvanimError("model", "", f"has a statement of more than {_MOST_WORDS:,} words and signs")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Lines keep their numbers behind so many empty ones, which are parsed faster than numbers are changed.
            tree = ast.parse("\n" * first + part)
    except SyntaxError as error:
        place = Place(error.lineno or 1, error.offset or 1)
        line = (error.text or "").strip()
        raise refused(place, "is no Python that can be read: {} ({})", cut(line), error.msg) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConvanimError("model", "", "is no Python that can be read ({})", cut(str(error) or "too deep")) from error
    return tree.body
