"""The names that `import convanim` offers, with what each takes: what changes here changes for everybody."""

from __future__ import annotations

import inspect
import json

import convanim
from tests import DATA


def test_public_names_and_what_they_take_stay() -> None:
    told = {}
    for name in sorted(convanim.__all__):
        value = getattr(convanim, name)
        told[name] = [str(one) for one in inspect.signature(value).parameters.values()] if callable(value) else []
    kept = json.loads((DATA / "public.json").read_text(encoding="utf-8"))
    assert told == kept
