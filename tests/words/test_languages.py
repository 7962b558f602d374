"""Words in other languages: every word comes from the catalogues, which are as the package and their files say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from gettext import NullTranslations
from html import unescape
from typing import Any

import pytest

from convanim import (
    AvgPool,
    Chain,
    Conv,
    ConvTranspose,
    DepthwiseSeparable,
    MaxPool,
    Upsample,
    animate,
    backward,
    compare,
)
from convanim.animations.animation import Animation
from convanim.animations.description import title_of
from convanim.animations.explaining import explain
from convanim.animations.explaining_backward import explain_backward
from convanim.base import language
from convanim.base.errors import ConvanimError
from convanim.base.language import speaking, translated
from convanim.inputs.known_chains import roundtrip, separable
from convanim.layers import Layer
from convanim.layers.join import Add
from convanim.words import alt
from convanim.words.captions import caption
from convanim.words.costs import titles_of
from convanim.words.layer_settings import file_stem
from tests import catalogues
from tests.accents import PLACE, english_in, in_place_of_korean, texts_of
from tests.catalogues import TRANSLATED
from tests.commands import run
from tests.gathering import gathered
from tests.views.test_combinations import WIDE
from tests.words.test_alt import PAIRS, SMALL, VARIED


@pytest.fixture(autouse=True)
def _speaks_accented(monkeypatch: pytest.MonkeyPatch) -> None:
    in_place_of_korean(monkeypatch)


def texts_about(clip: Animation) -> Iterator[str]:
    """Yield all texts of an animation."""
    yield from texts_of(clip.scene)
    told = clip.told
    yield from (told.title, told.alt)
    for step in range(clip.scene.steps):
        yield from (told.step(step), told.sum(step))


LOOKS: dict[str, tuple[Layer | Chain, dict[str, Any]]] = {
    "uneven padding and a bias": (Conv((5, 6), (3, 2), 2, ((1, 0), (2, 1)), bias=True), {"values": True}),
    "copied padding": (Conv(5, 3, padding=1, padding_mode="reflect"), {"values": True}),
    "groups": (Conv(4, 3, in_channels=4, out_channels=4, groups=2, bias=True), {}),
    "many channels": (Conv(8, 3, in_channels=64, out_channels=96), {}),
    "a flipped kernel": (Conv(6, 3, dilation=2, flip=True), {"values": True}),
    "overlap": (ConvTranspose(3, 3, 2, 1, 1), {"overlap": True}),
    "cut stamps": (ConvTranspose(3, 3, 2, 1), {"method": "scatter", "values": True}),
    "a window beyond the end": (MaxPool(5, 2, ceil_mode=True), {"values": True, "view": "flat"}),
    "padding that is not counted": (AvgPool(6, 3, 2, 1, count_include_pad=False), {"values": True}),
    "cells never read": (Conv(6, 3, 2), {"bars": True}),
    "shades": (Conv(6, 3), {"shades": True}),
    "one sparse matrix": (ConvTranspose(2, 3, 2), {"matrix": "toeplitz"}),
    "one sparse matrix of letters": (
        Conv(3, 2, padding=1, padding_mode="circular"),
        {"matrix": "toeplitz", "labels": "letters"},
    ),
    "a field": (Chain([Conv(7, 3), Conv(5, 3)]), {"field": (1, 1), "effective": True}),
    "a causal stack": (Chain([Conv((9,), 2, padding=((1, 0),)), Conv((9,), 2, padding=((2, 0),), dilation=2)]), {}),
    "pairs": (DepthwiseSeparable(5, 3, 4, 8), {}),
    "two passes": (separable([[1, 0, -1], [2, 0, -2], [1, 0, -1]], 5), {"values": True}),
    "a round trip": (roundtrip(Conv(4, 3)), {"values": True}),
    "branches": (
        Chain([Conv(5, 3, padding=1), Conv(5, 3, padding=1), Add(5, [1, 1])], sources=[None, None, (2, 0)]),
        {"values": True},
    ),
    "a field of branches": (
        Chain([Conv(5, 3, padding=1), Conv(5, 3, padding=1), Add(5, [1, 1])], sources=[None, None, (2, 0)]),
        {"field": (2, 2), "view": "oblique"},
    ),
}


@pytest.mark.parametrize("name", LOOKS)
def test_every_look_is_worded_in_the_catalogues(name: str) -> None:
    layer, shown = LOOKS[name]
    for labels in {"auto", shown.get("labels", "auto")}:
        clip = animate(layer, **{**shown, "labels": labels}, legend=True, caption=True, language="ko", width=WIDE)
        assert not english_in(texts_about(clip))


def test_pictures_beside_each_other_are_worded_in_the_catalogues() -> None:
    layers: list[Layer | Chain] = [Conv(6, 3, bias=True), Conv(6, 3, 2), Chain([Conv(6, 3), Conv(4, 2)])]
    assert not english_in(texts_about(compare(layers, language="ko")))
    ways = compare([ConvTranspose(3, 3)] * 2, methods=["gather", "scatter"], language="ko")
    assert not english_in(texts_about(ways))
    for layer in (
        Conv(5, 3, 2, 1, bias=True),
        Conv(4, 2, in_channels=2, out_channels=2),
        ConvTranspose(3, 3, 2),
        Conv(4, 3, padding=1, padding_mode="circular"),
        MaxPool(5, 3, 1),
        AvgPool(4, 2),
        Upsample(3),
    ):
        assert not english_in(texts_about(backward(layer, legend=True, language="ko")))


@gathered("layer", [*SMALL, *PAIRS, *VARIED], ids=repr)
def test_every_sentence_is_worded_in_the_catalogues(layer: Layer | Chain) -> None:
    last = layer.layers[-1] if isinstance(layer, Chain) else layer
    with speaking("ko"):
        texts = [alt(layer, method) for method in last.methods]
        texts += [*caption(layer), title_of(layer)]
        texts += titles_of([layer, Conv(9, 2)], [last.methods[-1], "gather"])
    assert not english_in(texts)


def last_of(layer: Layer | Chain) -> Layer:
    return layer.layers[-1] if isinstance(layer, Chain) else layer


_CODE = re.compile(r"(PyTorch|  +nn\.|\.grad|y\.backward).*|p_(low|high)|[a-z]+_[a-z_]+")
"""What stands in explanations as it does in code."""


@gathered("layer", [*SMALL, *PAIRS, *VARIED], ids=repr)
def test_every_explanation_is_worded_in_the_catalogues(layer: Layer | Chain) -> None:
    with speaking("ko"):
        texts = [explain(layer, wanted=layer.output_size)]
        # What has no gradients to draw is refused, in English.
        with suppress(ConvanimError):
            texts.append(explain_backward(last_of(layer)))
    assert not english_in(_CODE.sub("", line) for text in texts for line in text.splitlines())


@pytest.mark.parametrize("exercise", [False, True])
def test_every_word_of_a_page_comes_from_the_catalogues(exercise: bool) -> None:
    clip = animate(Conv(4, 3, padding=1, bias=True), values=True, exercise=exercise, language="ko", legend=True)
    page = clip.encode("html").decode()
    assert '<html lang="ko">' in page
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert data
    texts = list(_strings(json.loads(data[1])))
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    texts += [unescape(text) for text in re.findall(r'(?:aria-label|title)="([^"]*)"', body)]
    texts.append(unescape(re.sub(r"<[^>]*>", " ", body)))
    assert not english_in(PLACE.sub("", text) for text in texts)


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _strings(one)


def test_a_picture_keeps_its_language_whatever_is_spoken_when_its_steps_are_drawn() -> None:
    clip = animate(Conv(4, 3), values=True, language="ko")
    english = animate(Conv(4, 3), values=True)
    with speaking("de"):
        assert not english_in(texts_about(clip))
    assert english.told.step(0).startswith("Step 0")


def test_english_needs_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(tag: str) -> NullTranslations:
        raise AssertionError(tag)

    monkeypatch.setattr(language, "_catalogue", refuse)
    assert animate(Conv(4, 3), values=True).encode("svg")


def test_unknown_languages_are_refused() -> None:
    with pytest.raises(ConvanimError, match="language 'xx': unknown; choose en, de, es, fr, ja, ko or zh"):
        animate(Conv(5, 3), language="xx")


def test_braces_of_users_are_not_filled() -> None:
    assert translated("{name} padding", name="{name}") == "{name} padding"
    assert translated("{unknown}") == "{unknown}"


def test_the_template_is_what_the_package_says() -> None:
    assert catalogues.TEMPLATE.read_bytes() == catalogues.written(catalogues.template()), "run: make words"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_catalogues_have_the_messages_of_the_template_and_are_compiled(tag: str) -> None:
    found, path = catalogues.catalogue(tag), catalogues.po_of(tag)
    assert catalogues.written(catalogues.updated(tag, catalogues.template())) == path.read_bytes(), "run: make words"
    assert catalogues.compiled(found) == path.with_suffix(".mo").read_bytes(), "run: make words"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_translations_have_the_places_of_their_messages(tag: str) -> None:
    for message in catalogues.catalogue(tag):
        for english, text in catalogues.texts(message) if message.id else ():
            # One thing may go without its number.
            places = set(PLACE.findall(text)) | ({"{count}"} if isinstance(message.id, tuple) else set())
            wanted = set(PLACE.findall(english)) | ({"{count}"} if isinstance(message.id, tuple) else set())
            assert not text or places == wanted, text
            assert not re.search(r"[{}]", PLACE.sub("", text)), text


def test_nothing_is_nothing_in_every_language() -> None:
    with speaking("de"):
        assert translated("") == ""


def test_names_of_files_are_english_whatever_is_spoken() -> None:
    with speaking("ko"):
        assert file_stem(Conv(5, 3)) == "conv-5x5-kernel-3-stride-1-padding-0"


def test_blanks_that_keep_words_together_are_printed_as_they_are() -> None:
    assert "avec un pas de 2\u00a0:" in run("explain conv-transpose -i 3 -k 3 -s 2 --alt --language fr").stdout
