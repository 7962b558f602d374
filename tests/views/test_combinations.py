"""Every combination that makes sense is drawn: operations, axes, channels, chains, methods, views and contents.

All of them are made from the registries, so that what is added there is tried too.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from convanim import ConvanimError, animate, plan
from convanim.base.language import speaking
from convanim.layers import METHODS, OPERATIONS, SEPARABLES, Chain, Layer
from convanim.plans import Plan
from convanim.views import VIEWS, Look
from convanim.views.scene import Scene
from convanim.words import alt, step_alt, step_sum
from convanim.words.captions import LABELS, caption
from tests.accents import english_in, in_place_of_korean, texts_of
from tests.views.helpers import draws

SIZES = {1: (6,), 2: (4, 4), 3: (3, 2, 2)}
SETTINGS = {"kernel_size": 2, "input_size": None, "in_channels": 1, "out_channels": 1, "output_size": 2}
CONTENTS = (
    *(Look(labels=label, reveal=label != "none") for label in LABELS if label != "auto"),
    Look(labels="numbers", has_shades=True, reveal=True),
)
_ON_TWO_AXES = ("pixel_shuffle", "pixel_unshuffle", "unfold", "fold", "spatially_separable")

WIDE = 1200
"""Pixels, in which anything so small can be read."""


def made(operation: str, dims: int, channels: int) -> Layer | Chain | None:
    """Return an operation on so many axes and channels, None where it has another number of axes."""
    kind: Any = {**OPERATIONS, **SEPARABLES}[operation]
    names = inspect.signature(kind).parameters
    given = {**SETTINGS, "input_size": SIZES[dims]}
    needed = {name: given[name] for name, its in names.items() if its.default is its.empty}
    many = {name: channels for name in ("in_channels", "out_channels", "channels") if name in names}
    if dims != 2 and operation in _ON_TWO_AXES:
        with pytest.raises(ConvanimError, match="must have 2 axes"):
            kind(**needed)
        return None
    found: Layer | Chain = kind(**{**needed, **(many if channels > 1 else {})})
    return found


def layers() -> Iterator[tuple[str, Layer | Chain]]:
    """Yield every operation and pair of layers, and chains of each with a convolution behind it."""
    for dims in SIZES:
        for channels in (1, 2):
            for operation in (*OPERATIONS, *SEPARABLES):
                layer = made(operation, dims, channels)
                if layer is None:
                    continue
                yield f"{operation}-{dims}d-{channels}", layer
                if isinstance(layer, Layer) and (operation != "max_unpool") and channels == 2:
                    after = OPERATIONS["conv"](layer.output_size, 1, in_channels=layer.grouping.out_channels)  # type: ignore[call-arg]
                    yield f"chain-{operation}-{dims}d", Chain([layer, after])
                elif isinstance(layer, Layer) and not layer.has_channels:
                    after = OPERATIONS["conv"](layer.output_size, 1)  # type: ignore[call-arg]
                    yield f"chain-{operation}-{dims}d-bare", Chain([after_itself(layer), layer, after])


def after_itself(layer: Layer) -> Layer:
    """Return a convolution that makes what a layer takes."""
    before: Any = OPERATIONS["conv"]
    found: Layer = before(layer.input_size, 1)
    return found


def ways(layer: Layer | Chain) -> tuple[str, ...]:
    """Return the methods that compute a layer, or the last one of a chain."""
    last = layer.layers[-1] if isinstance(layer, Chain) else layer
    return tuple(method for method in METHODS if method in last.methods)


def views(planned: Plan) -> tuple[str, ...]:
    """Return the views that draw a plan, each arrangement once."""
    return tuple({view.module: name for name, view in VIEWS.items() if draws(view, planned)}.values())


LAYERS = dict(layers())


TURNS = {
    name: turn
    for is_chain in (False, True)
    for turn, name in enumerate(one for one in LAYERS if one.startswith("chain-") is is_chain)
}


def views_in_turn(name: str, planned: Plan) -> tuple[str, ...]:
    """Return the views that draw a layer, and of a chain one in turn, since each operation is in several."""
    found = views(planned)
    turn = TURNS[name] // len(CONTENTS) % len(found)
    return found[turn : turn + 1] if name.startswith("chain-") else found


@pytest.mark.parametrize("name", LAYERS)
def test_every_view_draws_every_layer_with_whatever_stands_in_its_cells_in_words_of_the_catalogues(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_place_of_korean(monkeypatch)
    layer, look = LAYERS[name], CONTENTS[TURNS[name] % len(CONTENTS)]
    with speaking("ko"):
        for method in ways(layer):
            assert not english_in([alt(layer, method), *caption(layer)])
            planned = plan(layer, method=method, seed=1 if look.labels == "numbers" else None)
            for view in views_in_turn(name, planned):
                picture = VIEWS[view].draw(planned, look)
                scene, (phrases, sentence) = Scene.of(picture), picture.laid_out
                for step in (0, scene.steps - 1):
                    assert scene.moment(step) or (step and picture.plan.has_end)
                    assert step_alt(picture.plan, step)
                    assert isinstance(step_sum(picture.plan, step), str)
                assert not english_in([*texts_of(scene), *phrases, sentence])
            # Sentences of steps differ by their place, of which a few stand for all.
            steps = range(0, len(planned), 1 + len(planned) // 12)
            assert not english_in(step_alt(planned, step) for step in steps)


@pytest.mark.parametrize(("name", "values"), [(name, turn % 2 == 1) for turn, name in enumerate(list(LAYERS)[::6])])
def test_the_view_that_suits_moves_smoothly_from_step_to_step(name: str, values: bool) -> None:
    clip = animate(LAYERS[name], values=values, seed=1, steps=(0, 2), motion="smooth", fps=5, width=WIDE)
    assert len(list(clip.frames())) > 2 or clip.scene.steps == 1
