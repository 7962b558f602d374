"""Layers computed by other frameworks, read from the data beside the tests."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from convanim import Plan
from tests import DATA

Flat = list[list[tuple[int, int]]]


def read(name: str) -> list[dict[str, Any]]:
    """Return the cases of a file, one a line."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def flat_taps(plan: Plan) -> Flat:
    """Return for every output the (input cell, kernel cell) pairs, as flat indices, sorted."""
    kernel = [axis.kernel for axis in plan.last.layer.axes]
    found = []
    for step in plan.to_dict()["steps"]:
        pairs = [
            (int(np.ravel_multi_index(tap["input"], plan.input_size)), int(np.ravel_multi_index(tap["kernel"], kernel)))
            for tap in step["taps"]
            if tap["input"] is not None
        ]
        found.append(sorted(pairs))
    return found
