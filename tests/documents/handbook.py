"""The documents that the handbook shows."""

from __future__ import annotations

import re

from tests import ROOT

_FENCED = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    """Return the blocks of a kind on the page on documents."""
    page = (ROOT / "gallery" / "handbook" / "documents.md").read_text(encoding="utf-8")
    return [text for _, one, text in _FENCED.findall(page) if one == kind]
