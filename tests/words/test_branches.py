"""Chains with branches in words and in code."""

from __future__ import annotations

import pytest

from convanim import Chain
from convanim.animations.explaining import explain
from convanim.frameworks.model_files import read_text
from convanim.frameworks.models import part_of
from convanim.frameworks.writing import code_of
from convanim.inputs.building import build
from convanim.words.alt_text import alt
from convanim.words.captions import caption
from convanim.words.costs import titles_of

BLOCK = ("conv 2 2 k3 p1 as main", "conv 2 2 k3 p1", "add input")
LONG = ("conv 2 4 k3 p1", "max-pool k3 s1 p1 from input", "concat 1", "avg-pool k5 s5", "conv 6 6 k1", "scale 3")


def chain(*layers: str) -> Chain:
    made = build("chain", {"layers": layers, "input_size": 5}).layer
    assert isinstance(made, Chain)
    return made


def test_a_caption_says_what_is_joined() -> None:
    told = caption(chain(*BLOCK))
    assert told[0].startswith("main: conv 5×5")
    assert told[2] == "layer 3 (output): addition of layer 2 and input 5×5 → 5×5 (skip connection)"


def test_the_alternative_text_says_the_graph() -> None:
    assert "called main, then" in alt(chain(*BLOCK))
    assert "then the addition of layer 2 and input makes 2 channels of 5×5" in alt(chain(*BLOCK))
    said = alt(chain(*LONG))
    assert "layer 3 is the concatenation of layer 2 and layer 1" in said
    assert "layer 6 is the scaling of layer 3 and layer 5" in said


def test_a_chain_is_called_by_its_layers_and_joins() -> None:
    assert titles_of([chain(*BLOCK)], ["gather"]) == ("conv 3×3, then conv 3×3, then addition",)


def test_an_explanation_has_sources_the_field_and_the_code() -> None:
    told = explain(chain(*BLOCK))
    assert "3  addition of layer 2 and input · 2 → 2 channels · 5×5 → 5×5" in told
    assert "receptive field  5×5 cells of the input" in told
    assert "x3 = x2 + x" in told
    assert "max pool from input" in explain(chain(*LONG))


@pytest.mark.parametrize("layers", [BLOCK, LONG])
def test_code_of_pytorch_is_read_back_as_the_same_chain(layers: tuple[str, ...]) -> None:
    made = chain(*layers)
    model = read_text(f"{code_of(made, 'torch')}\nmodel = Block()\n", (2, 5, 5))
    again = part_of(model, None, model.entries[-1]).chain
    assert [layer.operation for layer in again.layers] == [layer.operation for layer in made.layers]
    assert again.sources == made.sources
    assert again.receptive_field == made.receptive_field


def test_code_of_other_frameworks() -> None:
    keras = code_of(chain(*LONG), "keras")
    assert "x3 = layers.Concatenate()([x2, x1])" in keras
    assert "x6 = layers.Multiply()([x3, x5])" in keras
    own = code_of(chain(*BLOCK), "convanim")
    assert "convanim.Add(input_size=(5, 5), branches=(2, 2))" in own
    assert "sources=[(0,), (1,), (2, 0)], names=['main', '', '']" in own
    onnx = code_of(chain(*LONG), "onnx").splitlines()
    assert onnx[3:5] == ["  H3 = Concat <axis = 1> (H2, H1)", onnx[4]]
    assert onnx[6] == "  Y = Mul (H3, H5)"
    jax = code_of(chain(*LONG), "jax").splitlines()
    assert jax[0] == "x = jnp.ones((1, 2, 5, 5))"
    assert jax[3] == "x3 = jnp.concatenate([x2, x1], axis=1)"
    assert jax[6] == "x6 = x3 * x5"
