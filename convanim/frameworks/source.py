"""Parsing of code as calls with literal arguments and the place of each part; nothing is evaluated."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from math import inf
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass

MOST_LETTERS = 20_000
"""The most characters of a text that is read."""

_MOST_NESTED = 40
"""The deepest nesting of brackets that is read; no layer needs as many."""

_MOST_SHOWN = 40
_MOST_BLANK = 200
_OPENING, _CLOSING = "([{", ")]}"
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.) ?", re.MULTILINE)
_PRINTED = re.compile(r"^[ \t]*\([\w.]+\): ?(?=[A-Za-z])", re.MULTILINE)
_COMMENTED = re.compile(r"^[ \t]*#", re.MULTILINE)
_VALUED = ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return
_DIGITS = "integer string conversion"
"""What Python says of numbers with too many digits."""

_ENDLESS = re.compile(r"(?:(?:math|np|numpy|jnp|torch)\.)?inf")
_FLOATS = ("inf", "+inf", "-inf", "infinity", "-infinity")
_OPERATORS = {ast.Add: "+", ast.Div: "/"}


@dataclass(frozen=True)
class Place:
    """A place in a text, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"column {self.column}" if self.line == 1 else f"line {self.line}, column {self.column}"


@dataclass(frozen=True)
class Unread:
    """A part of a text that is not a literal: a name or an expression."""

    text: str
    place: Place

    @property
    def holds_name(self) -> bool:
        """Whether it is an expression with a name in it, and not cut."""
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(self.text, mode="eval")
        except SyntaxError:
            return False
        return any(isinstance(node, ast.Name) for node in ast.walk(tree))


@dataclass(frozen=True)
class Call:
    """A call in a text.

    Attributes
    ----------
    name : str
        Name of the callee, with its modules: ``nn.Conv2d``.
    arguments : tuple
        Positional arguments: literals, tuples of them, calls or `Unread` parts.
    keywords : dict
        Keyword arguments.
    place : Place
        Where the call begins.
    applied : tuple
        Arguments of a further call of its result, as in ``Conv2D(8, 3)(x)``.
    places : dict
        Place of each keyword argument.
    """

    name: str
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    place: Place
    applied: tuple[Any, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The name without modules."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Sliced:
    """Slices of the last axes of a value, as (start, stop); None where an end is not cut."""

    value: Any
    slices: tuple[tuple[int | None, int | None], ...]
    place: Place


@dataclass(frozen=True)
class Joined:
    """A sum or a quotient of two values."""

    operator: str
    left: Any
    right: Any
    place: Place


@dataclass(frozen=True)
class _Line:
    """A statement, where it begins, and values for names in it."""

    text: str
    place: Place
    names: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[bytes]:
        """The lines as bytes, since the parser counts columns in bytes."""
        return [row.encode() for row in self.text.split("\n")]

    def at(self, node: ast.expr | ast.stmt | ast.keyword) -> Place:
        """Return the place of a part of the statement."""
        column = len(self.rows[node.lineno - 1][: node.col_offset].decode(errors="replace")) + 1
        is_first = node.lineno == 1
        return Place(self.place.line + node.lineno - 1, column + (self.place.column - 1 if is_first else 0))

    def said(self, node: ast.expr | ast.stmt) -> str:
        """Return the source of a part on one line, cut if it is long."""
        last = node.end_lineno or node.lineno
        rows = self.rows[node.lineno - 1 : last]
        rows[-1] = rows[-1][: node.end_col_offset]
        rows[0] = rows[0][node.col_offset :]
        told = " ".join(b" ".join(rows).decode(errors="replace").split())
        return cut(told)


def cut(text: str) -> str:
    """Return a text for an error, cut if it is long."""
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def refused(place: Place, problem: str, *told: object) -> ConvanimError:
    """Return the error for a part of the text that is not understood."""
    return ConvanimError("layer", f"at {place}", problem, *told)


def read_values(text: str, names: Mapping[str, Any]) -> list[Any]:
    """Return the values of the statements of a text in order, mostly calls.

    Of assignments the right side counts; imports and empty lines are skipped.

    Parameters
    ----------
    text : str
        Lines of Python, from source code, a console, or the output of ``print``.
    names : mapping
        Values of names, or of other expressions as written, that are used in
        place of literals.

    Raises
    ------
    ConvanimError
        If it is too long, too deeply nested, or not Python; the message says where.
    """
    if len(text) > MOST_LETTERS:
        raise ConvanimError("layer", "", f"is longer than the {MOST_LETTERS:,} letters that are read")
    lines = list(_lines(_plain(text))) or list(_lines(_plain(_COMMENTED.sub(_blank, text))))
    if not lines:
        raise ConvanimError("layer", repr(text[:_MOST_SHOWN]), "is empty; write one such as 'nn.Conv2d(3, 8, 3)'")
    return [value for line in lines for value in _values(_Line(line.text, line.place, names))]


def _plain(text: str) -> str:
    """Return a text without prompts and with printed modules as arguments; all places stay the same."""
    blank = _PROMPT.sub(_blank, text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))

    def separated(match: re.Match[str]) -> str:
        before = blank[max(0, match.start() - _MOST_BLANK) : match.start()].rstrip()
        mark = " " if not before or before[-1] in "(,[" else ","
        return mark.ljust(len(match[0]))

    return _PRINTED.sub(separated, blank)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _lines(text: str) -> Iterator[_Line]:
    """Yield the statements of a text: single lines, or several within brackets."""
    depth, start = 0, 0
    for at, letter in _letters(text):
        if letter in _OPENING:
            depth += 1
            if depth > _MOST_NESTED:
                raise refused(_place(text, at), f"brackets are nested more than {_MOST_NESTED} deep")
        elif letter in _CLOSING:
            depth -= 1
            if depth < 0:
                raise refused(_place(text, at), "closes a bracket that is not open")
        elif letter in "\n;" and not depth:
            yield from _line(text, start, at)
            start = at + 1
    if depth:
        raise refused(_place(text, len(text)), "the text ends before its brackets are closed")
    yield from _line(text, start, len(text))


def _line(text: str, start: int, stop: int) -> Iterator[_Line]:
    """Yield one statement, unless it is empty or a comment."""
    bare = text[start:stop].rstrip().rstrip(",")
    # Commas separate layers that were printed one by one.
    inner = bare.lstrip(", ")
    if inner and not inner.startswith("#"):
        yield _Line(inner, _place(text, start + len(bare) - len(inner)))


def _letters(text: str) -> Iterator[tuple[int, str]]:
    """Yield the characters outside of strings and comments with their indices."""
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            if text[at + 1 : at + 2] != "\n":
                raise refused(_place(text, at), "has a backslash, which is not read; leave it out")
            at += 2
        elif letter == "#":
            while at < len(text) and text[at] != "\n":
                at += 1
        elif letter in "'\"":
            quote = letter * 3 if text.startswith(letter * 3, at) else letter
            end = text.find(quote, at + len(quote))
            inside = text[at + len(quote) : end]
            if end < 0 or (len(quote) == 1 and "\n" in inside):
                raise refused(_place(text, at), "begins a string that does not end")
            if "\\" in inside:
                raise refused(_place(text, at), "is a string with a backslash, which is not read")
            at = end + len(quote)
        else:
            yield at, letter
            at += 1


def _place(text: str, at: int) -> Place:
    before = text[:at]
    return Place(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)


def _values(line: _Line) -> list[Any]:
    """Return the values of a statement."""
    try:
        # Odd code of which Python only warns, such as 3in, is read anyway or refused later.
        with warnings.catch_warnings(action="ignore"):
            statements = ast.parse(line.text).body
        return [_value(line, node) for one in statements for node in _told(line, one)]
    except SyntaxError as error:
        row, column = error.lineno or 1, error.offset or 1
        place = Place(line.place.line + row - 1, column + (line.place.column - 1 if row == 1 else 0))
        why = (error.msg or "invalid syntax").partition(". ")[0]
        if _DIGITS in why:
            raise refused(place, "holds a number too large to be read") from None
        raise refused(place, "is no Python: {}", why) from None
    except (ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, ConvanimError):
            raise
        raise refused(line.place, "holds numbers too large, or parts too deep, to be read") from None


def _told(line: _Line, statement: ast.stmt) -> list[ast.expr]:
    """Return the expressions of a statement that are read."""
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
        return []
    if isinstance(statement, _VALUED) and statement.value is not None:
        value = statement.value
        # A line that was copied out of a list ends in a comma.
        is_listed = isinstance(statement, ast.Expr) and isinstance(value, ast.Tuple)
        return list(value.elts) if is_listed and isinstance(value, ast.Tuple) else [value]
    raise refused(line.at(statement), "{} is a statement, and only layers are read", repr(line.said(statement)))


def _value(line: _Line, node: ast.expr) -> Any:
    """Return an expression as a literal, a call or an unread part."""
    if line.names and (said := line.said(node)) in line.names:
        return line.names[said]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str | None):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        number = _value(line, node.operand)
        if isinstance(number, int | float) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.Name | ast.Attribute) and _ENDLESS.fullmatch(_dotted(node)):
        return inf
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(line, one) for one in node.elts)
    if isinstance(node, ast.Call):
        return _call(line, node)
    if isinstance(node, ast.Subscript):
        return _sliced(line, node)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and _begins_with_call(node):
        left, right = _value(line, node.left), _value(line, node.right)
        return Joined(_OPERATORS[type(node.op)], left, right, line.at(node))
    return Unread(line.said(node), line.at(node))


def _begins_with_call(node: ast.expr) -> bool:
    while isinstance(node, ast.BinOp):
        node = node.left
    return isinstance(node, ast.Call)


def _call(line: _Line, node: ast.Call) -> Any:
    arguments = tuple(_value(line, one) for one in node.args)
    name = _dotted(node.func)
    if name == "float" and len(arguments) == 1 and str(arguments[0]).lower().strip() in _FLOATS:
        return float(arguments[0])
    named = [one.arg for one in node.keywords if one.arg]
    for number, one in enumerate(node.keywords):
        if one.arg in named[:number]:
            raise refused(line.at(one), "{} is given {} twice; leave one of the two out", name, one.arg)
    keywords = {one.arg: _value(line, one.value) for one in node.keywords if one.arg}
    if any(one.arg is None for one in node.keywords) or any(isinstance(one, ast.Starred) for one in node.args):
        if not isinstance(node.func, ast.Name | ast.Attribute):
            return Unread(line.said(node), line.at(node))
        place = line.at(node)
        keywords["**"] = Unread(line.said(node), place)
    if isinstance(node.func, ast.Call):
        inner = _value(line, node.func)
        if not isinstance(inner, Call):
            return Unread(line.said(node), line.at(node))
        return replace(inner, applied=(*inner.applied, *arguments))
    places = {one.arg: line.at(one) for one in node.keywords if one.arg}
    return (
        Call(name, arguments, keywords, line.at(node), places=places)
        if name
        else Unread(line.said(node), line.at(node))
    )


def _sliced(line: _Line, node: ast.Subscript) -> Any:
    """Return a slice of a value, or an unread part for other subscripts."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    cuts = []
    for part in parts[1:]:
        if not isinstance(part, ast.Slice) or part.step is not None:
            return Unread(line.said(node), line.at(node))
        ends = [None if end is None else _value(line, end) for end in (part.lower, part.upper)]
        if not all(end is None or isinstance(end, int) for end in ends):
            return Unread(line.said(node), line.at(node))
        cuts.append((ends[0], ends[1]))
    is_dotted = isinstance(parts[0], ast.Constant) and parts[0].value is Ellipsis
    if not is_dotted:
        return Unread(line.said(node), line.at(node))
    return Sliced(_value(line, node.value), tuple(cuts), line.at(node))


def _dotted(node: ast.expr) -> str:
    """Return an expression as a dotted name, or an empty text if it is not one."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed([*names, node.id])) if isinstance(node, ast.Name) else ""
