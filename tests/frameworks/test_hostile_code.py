"""Text that means harm ends in one sentence, at once."""

from __future__ import annotations

import pytest

from convanim import ConvanimError
from convanim.frameworks.reading import read_text
from convanim.frameworks.sequence import layer_of
from tests.gathering import gathered

DEEP = 19_000
HOSTILE = {
    "brackets": "(" * DEEP,
    "closing brackets": ")" * DEEP,
    "nested lists": "nn.Conv2d(" + "[" * 5000 + "]" * 5000 + ")",
    "10 MB": "[" * 10_000_000,
    "minus signs": "nn.Conv2d(" + "-" * DEEP + "1)",
    "nots": "nn.Conv2d(" + "not " * 4000 + "1)",
    "attributes": "a" + ".a" * 9000 + "(1)",
    "sums": "nn.Conv2d(" + "1+" * 9000 + "1)",
    "sums of calls": "f()" + "+f()" * 4000,
    "calls of calls": "f" + "()" * 9000,
    "subscripts": "f()" + "[0]" * 6000,
    "a huge number": f"nn.Conv2d({'9' * 9000}, 1, 3)",
    "a large number": "nn.Conv2d(1, 1, 99999999999999999999)",
    "a huge power": "nn.Conv2d(9**9**9**9, 1, 3)",
    "a repeated text": "nn.Conv2d('a' * 10**10, 1, 3)",
    "not finite": "nn.Upsample(scale_factor=1e999)",
    "an import": "__import__('os').system('true')",
    "a lambda": "(lambda: nn.Conv2d(1, 1, 3))()",
    "an attribute of a layer": "nn.Conv2d(1, 1, 3).__class__.__mro__",
    "a walrus": "nn.Conv2d(x := 1, 1, 3)",
    "an f-string": "nn.Conv2d(f'{open(1)}', 1, 3)",
    "a null byte": "nn.Conv2d(1, 1, 3\0)",
    "a surrogate": "nn.Conv2d(1, 1, '\ud800')",
    "a surrogate outside": "nn.Conv2d(1, 1, \ud800)",
    "escapes": "nn.Conv2d('\\x41', 1, 3)",
    "an open string": "nn.Conv2d('abc, 1, 3)",
    "many lines": "\n".join(["nn.Conv2d(1, 1, 1)"] * 1000),
    "many arguments": f"nn.Conv2d({'1,' * 9000})",
    "many keywords": f"nn.Conv2d({', '.join(f'a{number}=1' for number in range(2000))})",
    "channels": "nn.Conv2d(100000, 100000, 100000, groups=99999)",
    "axes": f"lax.conv(x, jnp.ones(({'1, ' * 5000})), (1, 1), 'SAME')",
    "an unclosed graph": "Y = Conv <" + "a = [" * 3000,
    "a long graph": "Y = Conv <a = 1" + ", a = 1" * 2500 + "> (X)",
    "spaces in a graph": "Y = Conv <a = 1> (" + " " * 19_000,
    "words in a graph": "=> (" + "a " * 9_000,
    "prefixes": "torch: " * 2000,
    "tensors": "=> (" + "float[1] " * 2000,
}


@gathered("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ConvanimError) as caught:
        layer_of(read_text(text), 8)
    assert len(str(caught.value)) < 600


@pytest.mark.filterwarnings("error")
def test_no_warning_of_the_parser_is_shown() -> None:
    with pytest.raises(ConvanimError):
        read_text("1(2) is 3")


FORMS = {
    "nn.PixelShuffle([])": "upscale_factor \\(\\): not a whole number",
    "nn.PixelShuffle(('x'))": "upscale_factor 'x': not a whole number",
    "nn.PixelShuffle((None))": "upscale_factor None: not a whole number",
    "nn.PixelShuffle((False))": "upscale_factor False: not a whole number",
    "nn.PixelShuffle(0)": "upscale_factor 0: must be between 1",
    "nn.AdaptiveAvgPool2d(())": "must be one number, or 2 of them",
    "nn.AdaptiveAvgPool2d((1,))": "must be one number, or 2 of them",
    "nn.AdaptiveAvgPool2d(((3, 3, 3)))": "must be one number, or 2 of them",
    "Y = Conv <strides = [3\n 2]> (X, W)": "column 21: 3 2 is no number and no text",
    "Y = AveragePool <weight_size = 1> (X)": "weights 1: must have 4 axes",
    "g (float[1, 1, 8, 8] X, float[5] W) => (Y) { Y = Conv <group = 1> (X, W) }": r"weights \(5,\): must have",
    "nn.max_pool(x, [])": "moves a window over 0 axes",
    "nn.avg_pool(x, ())": "moves a window over 0 axes",
    "nn.Conv(4, (3, 3), feature_group_count='2')": "feature_group_count '2': not a whole number",
    "lax.conv(x, w, window_strides=(3, 3, 3, 3), padding='SAME')": "moves a window over 4 axes",
    "lax.reduce_window((3, 1), -jnp.inf, lax.max, (2,))": "window_dimensions \\(2,\\): must have 1 for the batch",
}


@pytest.mark.parametrize(("text", "message"), FORMS.items())
def test_arguments_of_the_wrong_form_are_named(text: str, message: str) -> None:
    with pytest.raises(ConvanimError, match=message):
        layer_of(read_text(text), 8)


@pytest.mark.filterwarnings("error")
def test_a_lone_carriage_return_ends_a_line() -> None:
    assert layer_of(read_text("nn.Conv2d(1,\r1, 3)"), 5) == layer_of(read_text("nn.Conv2d(1,\n1, 3)"), 5)
    with pytest.raises(ConvanimError, match="is no Python"):
        read_text("nn.Conv2d(1, 1, 3ing)")
