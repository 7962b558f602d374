"""Names, entries and NumPy that are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import MutableMapping

import numpy
import pytest

from convanim import plans
from convanim.base.later import Later, np
from convanim.plans import sharing, shortening


def test_numpy_is_itself() -> None:
    assert np.ndarray is numpy.ndarray
    assert np.arange(3).tolist() == [0, 1, 2]


def test_names_of_a_package_are_those_of_its_modules() -> None:
    assert (plans.shares, plans.shortened) == (sharing.shares, shortening.shortened)
    assert all(hasattr(plans, name) for name in plans.__all__)
    with pytest.raises(AttributeError, match=r"module 'convanim.plans' has no attribute 'nothing'"):
        plans.nothing  # noqa: B018


def test_a_registry_imports_an_entry_when_it_is_asked_for() -> None:
    entries: MutableMapping[str, object] = Later({"e": "math:e", "missing": "math:nothing"})
    assert ("e" in entries, "pi" in entries, list(entries), len(entries)) == (True, False, ["e", "missing"], 2)
    entries["pi"] = 3
    assert (entries["pi"], round(float(str(entries["e"])), 2)) == (3, 2.72)
    del entries["missing"]
    assert list(entries) == ["e", "pi"]


@pytest.mark.parametrize("words", ["explain conv -i 5 -k 3", "conv --help"])
def test_words_alone_need_no_numpy(words: str) -> None:
    program = (
        f"import sys; from convanim.cli import main; main({words.split()}, standalone_mode=False); "
        "print([name for name in ('numpy', 'importlib.metadata') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
