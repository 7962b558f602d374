"""Commands, calls and pasted texts at random, the same each time; `make fuzz` tries others, by the thousand."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tests.fuzz import calls, lines
from tests.fuzz.running import KINDS, Finding, examine, found, smallest, workplace
from tests.fuzz.values import SOUND

PORTION = 15
PORTIONS = dict.fromkeys(("addresses", "calls", "lines", "texts"), 4)


@pytest.mark.parametrize(("kind", "portion"), [(kind, at) for kind, count in PORTIONS.items() for at in range(count)])
def test_random_examples_end_well(tmp_path: Path, kind: str, portion: int) -> None:
    with workplace(tmp_path):
        numbers = range(portion * PORTION, (portion + 1) * PORTION)
        findings = [str(wrong) for number in numbers if (wrong := examine(kind, "suite", number)[1])]
    assert not findings, "\n\n".join(findings)


def test_every_parameter_has_values_and_none_is_idle() -> None:
    options = {one.name or "" for _, _, command in lines.COMMANDS for one in command.params}
    flags = {
        one.name
        for _, _, command in lines.COMMANDS
        for one in command.params
        if isinstance(one, click.Option) and one.is_flag
    }
    written = {name for name in options if name in lines.OWN or name in SOUND}
    assert options - written - flags == set()
    called = {name: calls.parameters_of(name) for name in calls.CALLED}
    taken = {one for parameters in called.values() for one in parameters}
    assert taken - set(calls.OWN) - set(SOUND) == set()
    assert {name.rpartition(".")[2] for name in lines.OWN} - options == set()
    assert set(SOUND) - options - taken == set()


def test_a_finding_is_shrunk_and_told_by_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(parts: tuple[str, ...]) -> None:
        if "-k3" in parts:
            raise KeyError("k")

    monkeypatch.setitem(KINDS, "lines", KINDS["lines"].__class__(lines.parts, refuse, repr))
    with workplace(tmp_path):
        wrong = found("lines", ("conv", "-i5", "-k3", "--json"))
        assert isinstance(wrong, Finding)
        assert smallest(wrong).parts == ("-k3",)
    assert wrong.cause[0] == "KeyError"
