"""JSON: the plan, with the cells that every step reads and writes."""

from __future__ import annotations

import json

from convanim.formats.clip import Film


def encode(film: Film) -> bytes:
    """Return the plan of the animation with all steps, even those that are not shown."""
    return f"{json.dumps(film.told.data())}\n".encode()
