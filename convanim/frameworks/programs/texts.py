"""Texts that programs make of values: with ``%``, with ``format``, and with f-strings, none of them long."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SCALAR = (bool, int, float, str, type(None))
_PERCENT = re.compile(r"%(?:\((\w+)\))?([-+ 0#]{0,3}\d{0,3}(?:\.\d{0,2})?)([diouxXeEfFgGcrs%])")
_BRACES = re.compile(r"\{\{|\}\}|\{(\w*)(?:!([rsa]))?(?::([^{}]*))?\}")
_SPEC = re.compile(r"(?:.?[<>^=])?[-+ ]?#?0?\d{0,3}[,_]?(?:\.\d{1,2})?[bcdeEfFgGnosxX%]?")


def formatted(value: Any, spec: str = "") -> str | None:
    """Return a value as a format writes it, None where it is no plain value or the format is not understood."""
    if not isinstance(value, _SCALAR) or not _SPEC.fullmatch(spec):
        return None
    try:
        return format(value, spec)
    except (TypeError, ValueError):
        return None


def percent(text: str, values: Any) -> str | None:
    """Return what ``text % values`` is, None where that is not understood."""
    given = list(values) if isinstance(values, tuple) else [values]
    named = values if isinstance(values, dict) else {}
    pieces, end = [], 0
    for found in _PERCENT.finditer(text):
        name, width, letter = found.groups()
        pieces.append(text[end : found.start()])
        end = found.end()
        if letter == "%":
            pieces.append("%")
            continue
        value = named.get(name) if name else given.pop(0) if given else text
        try:
            pieces.append(f"%{width}{letter}" % (value,) if isinstance(value, _SCALAR) else "\0")
        except (TypeError, ValueError):
            return None
    pieces.append(text[end:])
    made = "".join(pieces)
    return None if "\0" in made or "%" in text[end:] else made


def braces(text: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> str | None:
    """Return what ``text.format(…)`` is, None where that is not understood."""
    pieces, end, number = [], 0, 0
    for found in _BRACES.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        if found[0] in ("{{", "}}"):
            pieces.append(found[0][0])
            continue
        key = found[1] or str(number)
        number += not found[1]
        place = int(key) if key.isdecimal() else -1
        value = arguments[place] if 0 <= place < len(arguments) else named.get(key, pieces)
        made = formatted(value, found[3] or "")
        if made is None:
            return None
        pieces.append(made)
    pieces.append(text[end:])
    return None if "{" in text[end:] else "".join(pieces)
