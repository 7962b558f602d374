"""Many small cases within one test, where it would take longer to collect and report each than to try it."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import pytest

_SHOWN = 300
"""Letters of a case without a name that are enough to know it by."""


def gathered(
    names: str | tuple[str, ...], cases: Iterable[Any], ids: Callable[[Any], object] | Iterable[object] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a test try each case, as ``pytest.mark.parametrize`` would, and say of all that fail which and why.

    It is for tests that take nothing that has to be fresh for each case.
    """
    tried = list(cases)
    assert tried
    given = None if ids is None or callable(ids) else list(ids)
    keys = [names] if isinstance(names, str) else names

    def label(number: int) -> object:
        case = tried[number]
        return given[number] if given else ids(case) if callable(ids) else repr(case)[:_SHOWN]

    def together(test: Callable[..., None]) -> Callable[..., None]:
        def all_cases(**fixtures: Any) -> None:
            wrong = []
            for number, case in enumerate(tried):
                values = [case] if isinstance(names, str) else case
                try:
                    test(**dict(zip(keys, values, strict=True)), **fixtures)
                except (Exception, pytest.fail.Exception):
                    wrong.append(f"{label(number)}\n{traceback.format_exc()}")
            if wrong:
                pytest.fail("\n".join([f"{len(wrong)} of {len(tried)} cases fail:", *wrong]), pytrace=False)

        others = [its for name, its in inspect.signature(test).parameters.items() if name not in keys]
        all_cases.__signature__ = inspect.Signature(others)  # type: ignore[attr-defined]
        for name in ("__name__", "__qualname__", "__module__"):
            setattr(all_cases, name, getattr(test, name))
        return all_cases

    return together
