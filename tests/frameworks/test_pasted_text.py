from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from convanim.frameworks.pasted_text import as_code, line_of_dots

CODE = "net = nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n)\ny = net(x)"


def each(first: str, later: str = "") -> Callable[[str], str]:
    """Return a function that puts a sign before each line, another before those that go on."""
    return lambda text: "\n".join((later if later and line[0] in " )" else first) + line for line in text.split("\n"))


def numbered(form: str) -> Callable[[str], str]:
    return lambda text: "\n".join(form.format(number) + line for number, line in enumerate(text.split("\n"), 8))


PASTES: dict[str, Callable[[str], str]] = {
    "fences": lambda text: f"It's this:\n\n```python\n{text}\n```\n\nWhat is wrong?",
    "fences of a shell too": lambda text: f"```bash\npip install torch\n```\n```\n{text}\n```",
    "a page": lambda text: f'<pre><code class="language-python">{text}</code></pre>',
    "a console": each(">>> ", "... "),
    "a console and its answers": lambda text: each(">>> ", "... ")(text) + "\n>>> y.shape\ntorch.Size([1, 8, 15, 15])",
    "a console on a page": lambda text: each("&gt;&gt;&gt; ", "... ")(text),
    "a notebook": lambda text: each("In [3]: ", "   ...: ")(text) + "\nOut[3]: torch.Size([1, 8, 15, 15])",
    "a notebook's page": lambda text: f"In [3]:\n{text}\nOut[3]:\ntorch.Size([1, 8, 15, 15])",
    "numbers": numbered("{}: "),
    "numbers of a listing": numbered("{:6}\t"),
    "numbers and bars": numbered("{:3} | "),
    "a mail": lambda text: "She wrote:\n" + each("> ")(text),
    "new lines": each("+ "),
    "a diff": lambda text: "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-y = 1\n" + each("+")(text),
    "a traceback": lambda text: (
        'Traceback (most recent call last):\n  File "x.py", line 3\n    net(x)\nRuntimeError: groups=1\n' + text
    ),
    "an error": lambda text: "RuntimeError: groups=1, weight of size [8, 3, 3, 3]\n" + text,
    "commands": lambda text: "%matplotlib inline\n!pip install torch\n$ ls\n" + text,
    "odd blanks": lambda text: "\ufeff" + text.replace(" ", "\u00a0").replace("nn.", "nn.\u200b"),
    "lines of another system": lambda text: text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", PASTES)
def test_what_stands_around_code_is_left_out_and_lines_keep_their_numbers(name: str) -> None:
    pasted = PASTES[name](CODE)
    made = as_code(pasted).text
    assert textwrap.dedent("\n".join(line.rstrip() for line in made.split("\n"))).strip() == CODE
    line = next(number for number, line in enumerate(pasted.splitlines()) if "Conv2d" in line)
    assert "Conv2d" in made.split("\n")[line]


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        f'class Net:\n    """It\'s used so:\n\n    ```\n    Net()\n    ```\n    """\n{CODE}',
        'a = [\n    1\n    > 2,\n    "a"\n    % b,\n]',
        "print('it’s')\nx = 'a &gtb'",
        "Y = LpPool <p = 2, kernel_shape = [2, 2]> (X)",
        "def f(x):\n    ...\n",
    ],
)
def test_code_stays_as_it_is(text: str) -> None:
    assert as_code(text).text == text
    assert as_code(text).notes == ()


def test_signs_that_look_like_those_of_code_become_those() -> None:
    assert as_code("nn.Conv2d（3, 8, 3, padding=“same”)").text == 'nn.Conv2d(3, 8, 3, padding="same")'
    assert as_code("F.pad(x, (–1, −1))").text == "F.pad(x, (-1, -1))"
    assert as_code("`nn.MaxPool2d(2)`").text == "nn.MaxPool2d(2)"


def test_what_a_console_answers_is_read_where_only_that_has_layers() -> None:
    assert as_code(">>> net = make()\n>>> net\nConv2d(3, 8, 3)").text == "\n\nConv2d(3, 8, 3)"


def test_layers_outside_of_the_code_are_said() -> None:
    assert as_code("nn.Conv2d(1, 1, 1) is it:\n```\nnn.Conv2d(3, 8, 3)\n```").notes == (
        "lines outside of the code are left out, with layers in line 1",
    )


def test_the_type_of_a_name_is_no_framework() -> None:
    assert as_code("model: nn.Module = nn.Conv2d(3, 8, 3)").text == "model            = nn.Conv2d(3, 8, 3)"
    assert as_code("torch: y = Conv2d(3, 8, 3)").text == "torch: y = Conv2d(3, 8, 3)"


def test_three_dots_stand_for_missing_lines_but_not_in_a_stub() -> None:
    assert line_of_dots("nn.Conv2d(3, 8, 3)\n...\nnn.Conv2d(8, 8, 3)") == 2
    assert line_of_dots("def f(x):\n    ...\n") is None


@pytest.mark.parametrize(
    "piece", ["> ", "```\n", "Traceback (most recent call last)\n", "1 ", "<p ", "“", "&gt", "+\n", ">>> \n", "    "]
)
def test_long_texts_are_read_in_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert as_code(text).text.count("\n") == text.count("\n")
