"""Addresses: what they ask for, and their one canonical form."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from convanim import ConvanimError
from convanim.cli.describing import commands
from convanim.serve.queries import NoSuchAddressError, Query, canonical_names, query_of, telling_command


def test_names_short_and_long_in_any_order_are_one_address() -> None:
    one = query_of("conv.gif", [("k", "3"), ("theme", "dark"), ("i", "5")])
    other = query_of("/conv.GIF", [("theme", "dark"), ("input_size", "5"), ("kernel-size", "3")])
    assert one.address == other.address == "/conv.gif?i=5&k=3&theme=dark"


def test_values_at_their_defaults_are_left_out() -> None:
    assert query_of("conv.svg", [("i", "5"), ("k", "3"), ("theme", "guide"), ("legend", "yes")]).address == (
        "/conv.svg?i=5&k=3&legend=1"
    )
    assert query_of("conv.svg", [("view", "None")]).values == (("view", "None"),)


def test_values_become_arguments_as_data() -> None:
    query = query_of("chain.svg", [("layer", "conv k3"), ("layer", "--help"), ("i", "-3"), ("caption", "0")])
    assert query.arguments() == ["--input-size=-3", "--no-caption", "--", "conv k3", "--help"]


def test_a_preset_is_named_by_the_path() -> None:
    query = query_of("preset/dilation.gif", [("width", "300")])
    assert query == Query(("preset",), (("name", "dilation"), ("width", "300")), "gif")
    assert query.address == "/preset/dilation.gif?width=300"


def test_the_canonical_address_asks_for_the_same_again() -> None:
    text = "nn.Conv2d(1, 1, 3)  # 50 % & more; é"
    query = query_of("layer.svg", [("code", text), ("i", "7")])
    path, _, rest = query.address.partition("?")
    assert query_of(path, parse_qsl(rest)) == query


def test_every_command_that_draws_has_addresses_and_none_reads_or_writes_files() -> None:
    assert {"conv", "chain", "compare", "layer", "model", "preset", "backward conv"} <= set(commands())
    assert not {"gallery", "slides", "list", "serve", "explain conv"} & set(commands())
    for command in commands().values():
        assert not {"o", "output", "format", "weights", "help"} & set(canonical_names(command))


def test_every_command_that_draws_is_explained() -> None:
    silent = {words for words in commands() if telling_command(words.split()) is None}
    assert silent == {"model"}


@pytest.mark.parametrize(
    ("path", "pairs", "said"),
    [
        ("conv", [], "address 'conv': draws nothing; there are /adaptive-avg-pool"),
        ("gallery.svg", [], "draws nothing"),
        ("conv.exe", [], "format 'exe': is not known; there are gif"),
        ("", [], "draws nothing"),
    ],
)
def test_where_nothing_is_drawn_is_said(path: str, pairs: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(NoSuchAddressError, match=said):
        query_of(path, pairs)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("colour", "red")], "colour: is no parameter here; there are background"),
        ([("output", "x")], "output: is no parameter here"),
        ([("i", "5"), ("input-size", "6")], "i '6': is given twice"),
        ([("legend", "maybe")], "legend 'maybe': is a switch; write 1 or 0"),
        ([("for", "github")], "for 'github': makes several files; ask for a .zip"),
    ],
)
def test_parameters_that_are_not_understood_are_refused(pairs: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(ConvanimError, match=said):
        query_of("conv.svg", pairs)
