from __future__ import annotations

from pathlib import Path

import pytest

from convanim.base.errors import ConvanimError
from convanim.frameworks.model_files import read_model, read_text
from convanim.frameworks.programs.reader import MOST_STEPS

LAYER = "\nnn.Conv2d(1, 1, 3)\n"

REFUSED = {
    "a loop without end": ("while True:\n    x = 1\n", f"takes more than {MOST_STEPS:,} steps"),
    "a loop in a forward": (
        "class N(nn.Module):\n    def forward(self, x):\n        while True:\n            x = F.relu(x)\n",
        f"takes more than {MOST_STEPS:,} steps",
    ),
    "recursion": ("def f(x):\n    return f(x)\nf(1)\n", "calls functions within functions"),
    "a module of itself": (
        "class N(nn.Module):\n    def __init__(self):\n        self.n = N()\nN()\n",
        "calls functions within functions",
    ),
    "an equality of itself": (
        "class L:\n    def __eq__(self, other): return self == other\na = 1 if L() == 2 else 3\n",
        "calls functions within functions",
    ),
    "a hook of itself": (
        "c = nn.Conv2d(1, 1, 1)\nc.register_forward_hook(lambda m, i, o: m(i[0]))\ny = c(x)\n",
        "calls functions within functions",
    ),
    "classes of classes": (
        "class A0: pass\n" + "".join(f"class A{n}(A{n - 1}): pass\n" for n in range(1, 600)),
        "extends more than 100 classes",
    ),
    "a text of itself": ("a = 'eval(a)'\neval(a)\n", "is no expression"),
    "exponents": ("a = 9 ** 9 ** 9\n", "is too large"),
    "exponents in turn": ("a = 2\nfor i in range(100):\n    a = a ** 2\n", "is too large"),
    "a shift": ("a = 1 << 10 ** 9\n", "is too large"),
    "a long list": ("a = [0] * 10 ** 9\n", "is too large"),
    "a list that doubles": ("a = [1]\nfor i in range(100):\n    a = a + a\n", "is too large"),
    "a range in full": ("a = list(range(10 ** 12))\n", "has more than 50,000 items"),
    "a long text": ("a = 'x' * 10 ** 10\n", "is too large"),
    "lists within lists": ("a = [1]\n" + "a = [a, a]\n" * 60 + "b = [1]\n" + "b = [b, b]\n" * 60 + "a == b\n", "steps"),
    "copies of copies": (
        "a = nn.Sequential(nn.Conv2d(1, 1, 3))\n" + "a = nn.Sequential(a, copy.deepcopy(a))\n" * 40,
        f"takes more than {MOST_STEPS:,} steps",
    ),
    "brackets": ("a = " + "(" * 5000 + ")" * 5000, "is no Python that can be read"),
    # Which of the two is said depends on how deep the Python at hand parses.
    "signs": ("a = " + "-" * 5000 + "1", "is no Python that can be read|is nested too deep to be read"),
    "no end of text": ("x = 1\n" * 400_000, "at most 2,000,000 are read"),
    "a statement without end": ("x = [" + "1," * 150_000 + "]", "has a statement of more than 250,000 words and signs"),
    "a zero byte": ("nn.Conv2d(1, 1, 3)\0", "is no Python that can be read"),
    "nothing": ("", "has no code"),
    "nested prints": ("N(\n" + "  (a): B(\n" * 3000, "is nested too deep"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_takes_too_much_is_refused_in_a_sentence(name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(ConvanimError, match=message.replace("(", r"\(")):
        read_text(text, 8)


@pytest.mark.parametrize(
    "line",
    [
        "().__class__.__bases__[0].__subclasses__()",
        "__import__('os').system('touch {path}')",
        'eval(\'open("{path}", "w")\')',
        "open('{path}', 'w')",
        "import os\nos.system('touch {path}')",
        "from pathlib import Path\nPath('{path}').touch()",
    ],
)
def test_nothing_of_a_program_is_run(line: str, tmp_path: Path) -> None:
    path = tmp_path / "touched"
    assert len(read_text(line.format(path=path) + LAYER, 8).entries) == 1
    assert not path.exists()


@pytest.mark.parametrize("name", ["chunk", "unbind", "split"])
def test_a_tensor_in_very_many_parts_is_not_followed(name: str) -> None:
    text = f"x = torch.randn(1, 10 ** 9, 8, 8)\na = x.{name}(1, 1)\n" + LAYER
    assert len(read_text(text, 8).entries) == 1


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors", ".h5", ".tflite", ".yaml", ".prototxt", ".cfg"])
def test_other_files_are_refused_with_what_to_do(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"x")
    with pytest.raises(ConvanimError, match=r"\.onnx|torch\.onnx\.export"):
        read_model(path)


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConvanimError, match="is no text in UTF-8"):
        read_model(path)
    with pytest.raises(ConvanimError, match="no such file"):
        read_model(tmp_path / "none.py")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF", "is a document; copy the code"),
        ("a.xyz", b"\0\1", "is none of the files that are read: .onnx, .keras"),
        ("a.py", b"", "is empty"),
        ("a.py", b"# \xe9", "save it as UTF-8"),
        ("a.keras", b"x", "is no .keras file"),
        ("a.pt", None, "no such file"),
        ("", None, "is not a file; name one, or - for standard input"),
        ("nn.Conv2d(3, 8, 3)", None, "is code and no file; give it to convanim layer"),
    ],
)
def test_what_is_no_file_of_a_model_is_said(name: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConvanimError, match=said):
        read_model(tmp_path / name, 8)


def test_an_address_is_no_file_and_neither_are_objects() -> None:
    with pytest.raises(ConvanimError, match=r"'https://x\.org/a\.onnx': is an address; download the file first"):
        read_model("https://x.org/a.onnx")
    for odd in (None, 3, b"net.py"):
        with pytest.raises(TypeError):
            read_model(odd)  # type: ignore[arg-type]


def test_files_in_utf_16_are_read(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(LAYER, encoding="utf-16")
    assert len(read_model(path, 8).entries) == 1
