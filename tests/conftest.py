"""Settings for every test."""

from __future__ import annotations

import gc
import random

import pytest
from hypothesis import HealthCheck, settings

from tests.commands import carrying_nothing

# The same examples each time; how long one takes to choose or to try says nothing about whether it is right.
settings.register_profile(
    "convanim", deadline=None, derandomize=True, max_examples=30, suppress_health_check=[HealthCheck.too_slow]
)
# Others, and many more of them: `pytest --hypothesis-profile=search`.
settings.register_profile("search", deadline=None, derandomize=False, max_examples=2000)
settings.load_profile("convanim")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures carry no command, for tests of what several commands draw alike."""
    carrying_nothing(monkeypatch)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in another order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.getoption("shuffle")
    if seed is not None:
        random.Random(seed).shuffle(items)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over thousands of tests, which stay to the end, and come less often."""
    gc.collect()
    gc.freeze()
    # What tests keep for each other is in no cycle, and looking through it again and again finds nothing.
    gc.set_threshold(50_000, 20, 20)
