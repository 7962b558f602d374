"""Imports of Matplotlib that work in every environment, as nothing drawn here depends on it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BACKEND = "MPLBACKEND"


@contextmanager
def shielded() -> Iterator[None]:
    """Import Matplotlib in the block without warnings and without the backend that the environment names.

    The import fails if that backend does not exist, as in a process started by
    a notebook, and warns if there is no folder for the cache. The backend is
    set afterwards, if it exists, for users who use Matplotlib themselves.
    """
    log, backend = logging.getLogger("matplotlib"), os.environ.get(_BACKEND)
    level = log.level
    log.setLevel(logging.ERROR)
    is_first = "matplotlib" not in sys.modules
    if is_first:
        os.environ.pop(_BACKEND, None)
    try:
        yield
    finally:
        log.setLevel(level)
        if is_first and backend is not None:
            os.environ[_BACKEND] = backend
    if is_first and backend:
        _choose(backend)


def _choose(backend: str) -> None:
    from matplotlib import rcParams

    with suppress(ValueError):
        rcParams["backend"] = backend
