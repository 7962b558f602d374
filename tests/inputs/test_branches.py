"""Branches in the short form: what a layer reads, what it is called, and where branches meet."""

from __future__ import annotations

import pytest

from convanim import Chain, ConvanimError
from convanim.inputs.building import build, build_short


def chain(*layers: str, size: int = 5) -> Chain:
    made = build("chain", {"layers": layers, "input_size": size}).layer
    assert isinstance(made, Chain)
    return made


def test_tensors_are_read_by_number_by_name_and_as_the_input() -> None:
    made = chain("conv 2 2 k3 p1 as main", "conv 2 4 k3 s2 p1", "conv 2 4 k1 s2 from input", "add 2", "concat 3 2")
    assert made.sources == ((0,), (1,), (0,), (3, 2), (4, 3, 2))
    assert made.names == ("main", "", "", "", "")
    assert [layer.operation for layer in made.layers][3:] == ["add", "concat"]
    assert made.grouping.out_channels == 12


def test_joins_may_read_another_tensor_first() -> None:
    assert chain("conv k3 p1", "conv k3 p1", "add 2 from input", "add 1").sources[2:] == ((0, 2), (3, 1))


def test_what_is_scaled_comes_before_its_factors_in_any_order() -> None:
    block = ("conv 2 2 k3 p1", "avg-pool k5", "conv 2 1 k1", "conv 1 2 k1")
    assert chain(*block, "scale 1").sources[-1] == (1, 4)
    assert chain(*block, "scale 4 from 1").sources[-1] == (1, 4)


def test_layers_that_a_pair_stands_for_are_counted_as_one() -> None:
    made = chain("depthwise-separable 2 2 k3 p1", "add input", "add 1")
    assert [layer.operation for layer in made.layers] == ["depthwise", "pointwise", "add", "add"]
    assert made.sources == ((0,), (1,), (2, 0), (3, 2))


def test_channels_follow_what_a_layer_reads() -> None:
    made = chain("conv 2 6 k3 p1", "max-pool k3 s1 p1 from input", "concat 1")
    assert [layer.grouping.out_channels for layer in made.layers] == [6, 2, 8]


def test_a_chain_with_arrows_has_branches_too() -> None:
    made = build_short("conv k3 p1 > conv k3 p1 > add input", 4).layer
    assert isinstance(made, Chain)
    assert made.sources[-1] == (2, 0)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (("conv k3 p1", "add 2"), "layer 2: reads '2', which is not made before it; read input or 1"),
        (
            ("conv k3 p1 as skip", "conv k1", "add ship"),
            "reads 'ship', which is not made before it; read input or skip",
        ),
        (("conv k3 p1", "add"), "joins the layer before to nothing; write what, such as add input"),
        (("conv k3 p1 as input", "add 1"), "has a name that is not a word such as skip"),
        (("conv k3 p1 as 2x", "add 1"), "has a name that is not a word such as skip"),
        (("conv 2 4 k3 s2 p1", "add input"), "write `conv 2 4 k1 s2 from input` before it, then `add 1`"),
        (
            ("depthwise-separable 2 4 k3 s2 p1", "conv k1 from input", "add 1"),
            "`conv 1 4 k1 s2 from 2` before it, then",
        ),
        (("conv k3 p1", "conv k3 p1 from input"), "read layer 1 nowhere"),
        (("conv 2 3 k3 p1", "scale input"), "do not meet in layer 2, scaling"),
    ],
)
def test_what_cannot_be_read_or_joined_is_refused(layers: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        chain(*layers)


def test_the_layer_that_a_refusal_tells_of_mends_it() -> None:
    assert chain("conv 2 4 k3 s2 p1", "conv 2 4 k1 s2 from input", "add 1").sources == ((0,), (0,), (2, 1))


def test_one_layer_alone_reads_nothing_by_name() -> None:
    for text in ("add input", "conv k3 from input", "conv k3 as skip"):
        with pytest.raises(ConvanimError, match="write it behind others with >"):
            build_short(text, 5)
