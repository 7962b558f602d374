"""Imports of Matplotlib, whatever its surroundings are: nothing that is drawn here depends on them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BACKEND = "MPLBACKEND"


@contextmanager
def shielded() -> Iterator[None]:
    """Let Matplotlib be imported without a word and without the backend that the environment names.

    It cannot be imported where there is no such backend, as in a process that
    a notebook starts, and warns where it finds no folder for its cache. The
    backend is chosen afterwards, if there is one, for those who use Matplotlib
    themselves.
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
