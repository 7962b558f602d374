"""JSON: the plan, every step with the cells that it reads and writes."""

from __future__ import annotations

import json

from convanim.formats.clip import Film


def encode(film: Film) -> bytes:
    """Return the plan of what is drawn; it has all steps, whichever are shown."""
    return f"{json.dumps(film.told.data())}\n".encode()
