"""Settings for every test."""

from __future__ import annotations

import gc

from hypothesis import settings

# How long an example takes says nothing about whether it is right.
settings.register_profile("convanim", deadline=None)
settings.load_profile("convanim")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over thousands of tests, which stay to the end."""
    gc.collect()
    gc.freeze()
