"""What refusals advise, followed as a user would follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click
from click.testing import CliRunner

from convanim.cli import main

_FLAG = r"--[a-z][a-z-]*"
_GIVEN = re.compile(rf"({_FLAG}) ([^\s,;]+)(?=$|[\s,;])")
_MOST_STEPS = 6


def sentence_of(words: Sequence[str]) -> str:
    """Return the sentence in which a command line is refused; nothing where it works."""
    result = CliRunner().invoke(main, [*words])
    if result.exit_code == 0:
        return ""
    assert result.exit_code == 2, result.exception
    return result.stderr.splitlines()[-1].removeprefix("Error: ")


def command_of(words: Sequence[str]) -> click.Command:
    """Return the command that a line is for."""
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group) or word not in command.commands:
            break
        command = command.commands[word]
    return command


def unknown_flags(words: Sequence[str], sentence: str) -> set[str]:
    """Return what a sentence names as options that the command does not have."""
    known = {opt for option in command_of(words).params for opt in (*option.opts, *option.secondary_opts)}
    return set(re.findall(rf"(?<![\w'-]){_FLAG}", sentence)) - known


def advised(words: Sequence[str], sentence: str) -> Iterator[list[str]]:
    """Yield the command lines that a sentence advises, as far as it says them in full."""
    problem, _, advice = sentence.rpartition("; ")
    if not problem:
        return
    fault = re.match(_FLAG, sentence)
    named = dict.fromkeys(re.findall(_FLAG, problem))
    if "leave one of the two out" in advice:
        for flag in named:
            yield without(words, flag)
        return
    if "leave it out" in advice and fault:
        yield without(words, fault[0])
    if left := re.search(rf"leave ({_FLAG}) out", advice):
        yield without(words, left[1])
    for way in re.split(r",? or |, (?=an? )", advice.removeprefix("use ")):
        if " out" in way:
            continue
        least = re.search(rf"({_FLAG}) of (?:at least )?(\S+)", way)
        most = re.fullmatch(r"(?:use )?at most (\d+)", way)
        given = [least.groups()] if least else _GIVEN.findall(way) if way.startswith(("--", "use --")) else []
        if most and fault:
            given = [(fault[0], most[1])]
        if given:
            yield with_options(words, given)


def without(words: Sequence[str], flag: str) -> list[str]:
    """Return a command line without an option."""
    option = next(one for one in command_of(words).params if flag in (*one.opts, *one.secondary_opts))
    left, rest = [], iter(words)
    for word in rest:
        if word in (*option.opts, *option.secondary_opts):
            if not getattr(option, "is_flag", False):
                next(rest)
        else:
            left.append(word)
    return left


def with_options(words: Sequence[str], given: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a command line with options in place of what they were."""
    made = list(words)
    for flag, value in given:
        made = [*without(made, flag), flag, value]
    return made


def leads_out(words: Sequence[str], seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a command line works, or whether what it advises does in the end, never coming round again."""
    sentence = sentence_of(words)
    kind = re.sub(r"[\d.]+", "0", sentence)
    if not sentence:
        return True
    assert not unknown_flags(words, sentence), sentence
    if kind in seen or len(seen) > _MOST_STEPS:
        return False
    ways = list(advised(words, sentence))
    return not ways or any(leads_out(way, seen | {kind}) for way in ways)
