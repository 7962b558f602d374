"""Text from outside: nothing in it reaches a terminal raw, the index of a gallery, or a picture that cannot show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from convanim import Conv, ConvanimError, animate, compare
from convanim.animations.comparing import described
from convanim.base.text import printable, shortened
from convanim.cli import main
from convanim.places.gallery import index_page, read_gallery
from tests.gathering import gathered

UNSEEN = {
    "an escape sequence": "\x1b[31m",
    "a bell": "\a",
    "a control of the second set": "\x9b31m",
    "a line end of Unicode": "\u2028",
    "a paragraph end": "\u2029",
    "an override": "\u202e",
    "an isolate": "\u2066",
    "a blank of no width": "\u200b",
    "a byte order mark": "\ufeff",
    "half a pair": "\udc80",
}
EVIL = "".join(UNSEEN.values())


def run(*words: str) -> Result:
    """Run a command whose words stand as they are; all that it prints can be seen."""
    result = CliRunner().invoke(main, words)
    assert not isinstance(result.exception, Exception), result.exception
    assert all(letter.isprintable() or letter == "\n" for letter in result.output), result.output
    return result


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


DRAWN = ("conv", "-i", "3", "-k", "2")
LINES = {
    "a command": (EVIL,),
    "an option": ("conv", f"--{EVIL}"),
    "an option of the program": (f"--{EVIL}",),
    "too many words": ("conv", EVIL, EVIL),
    "a choice": ("list", EVIL),
    "a number of Click's": ("conv", "--dims", EVIL),
    "a value with line ends": ("conv", "-i", f"{EVIL}\r\n3"),
    "a name of ours": (*DRAWN, "--theme", EVIL),
    "a preset": ("preset", EVIL),
    "a short form": ("chain", f"conv k3 {EVIL}", "-i", "5"),
    "a folder": (*DRAWN, "-o", f"{EVIL}/a.gif"),
    "a file": (*DRAWN, "-o", f"{EVIL}.gif"),
    "a series": (*DRAWN, "-o", f"{EVIL}%d.gif"),
    "a stem": (*DRAWN, "--for", "github", "-o", EVIL),
    "words below": (*DRAWN, "--caption-text", EVIL),
    "code": ("layer", f"nn.Conv2d(1, 1, '{EVIL}')"),
    "code outside of a string": ("layer", f"nn.Conv2d(1, 1, {EVIL})"),
    "an unknown layer": ("explain", f"nn.{EVIL}(3)"),
    "a name for a number": ("layer", "nn.Conv2d(1, 1, k)", "--let", f"{EVIL}=x x"),
    "numbers": (*DRAWN[:1], "--input", EVIL, "-k", "2"),
    "a picture": (*DRAWN[:1], "--input", f"{EVIL}.png", "-k", "2"),
    "compared": ("explain", "compare", f"nn.Conv2d(1, 1, 3) # {EVIL}", "conv k3", "-i", "5"),
    "a model": ("model", f"{EVIL}.onnx"),
    "a description": ("gallery", f"{EVIL}.toml", "-o", "out"),
    "a deck": ("slides", "a.toml", "-o", f"{EVIL}.pptx"),
    "a deck of another suffix": ("slides", "a.toml", "-o", EVIL),
}


@gathered("words", LINES.values(), ids=LINES)
def test_what_is_refused_is_repeated_in_letters_that_show(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    *_, sentence = result.stderr.splitlines()
    assert sentence.startswith("Error: ")
    assert len(result.stdout) == 0


def test_what_is_drawn_and_told_is_so_too(tmp_path: Path) -> None:
    name = "\u202e\u200b"
    assert run(*DRAWN, "-o", f"{name}.svg").exit_code == 0
    assert (tmp_path / f"{name}.svg").exists()
    told = run("explain", f"nn.Conv2d(1, 1, 3) # {EVIL[:-1]}", "-i", "5")
    assert told.exit_code == 0
    assert json.loads(run("explain", "compare", "conv k3", "conv k2", "-i", "5", "--json").stdout)


def test_differences_of_a_gallery_are_shown_in_letters_that_show(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[[animation]]\nname = 'a'\noperation = 'conv'\ninput_size = 3\nkernel_size = 2")
    result = run("gallery", "a.toml", "-o", EVIL, "--check")
    assert result.exit_code == 1
    assert r"\x1b[31m" in result.stderr


def test_an_error_is_one_line_from_python_too() -> None:
    error = ConvanimError("layer", f"a{EVIL}\n", "is {} and `padding=1`", f"b\n{EVIL}")
    assert str(error).isprintable()
    assert str(error).startswith(r"layer a\x1b[31m\x07\x9b31m\u2028")


def test_an_error_is_short_whatever_is_in_it() -> None:
    inner = ConvanimError("layer", "x" * 10**6, "is {}", "y" * 10**6)
    assert len(str(inner)) < 1000
    assert str(inner) in str(ConvanimError("animation", "a", "{}", inner))


@gathered("letter", [letter for text in UNSEEN.values() for letter in text[:1]], ids=UNSEEN)
@gathered("option", ["caption", "title", "explanation", "layers", "theme", "input"])
def test_words_with_letters_that_do_not_show_are_refused(option: str, letter: str, tmp_path: Path) -> None:
    said = f"over\tlines\r\nand {letter}"
    written = json.dumps([said] if option == "layers" else said)
    # TOML has no way to write half a pair.
    with pytest.raises(ConvanimError, match=r"does not show; leave it out|is not TOML") as refusal:
        write(tmp_path, f"operation = 'compare'\ninput_size = 3\n{option} = {written}")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("letter", [letter for text in UNSEEN.values() for letter in text[:1]], ids=UNSEEN)
def test_captions_and_titles_with_letters_that_do_not_show_are_refused(letter: str) -> None:
    for looks in ({"caption": f"a{letter}"}, {"titles": ["a", f"a{letter}"]}):
        with pytest.raises(ConvanimError, match="is letter 2 of the text, and does not show; leave it out"):
            compare([Conv(3, 2), Conv(3, 1)], **looks)


def write(folder: Path, lines: str) -> str:
    """Return the index of a gallery of one animation."""
    path = folder / "gallery.toml"
    path.write_text(f"[[animation]]\nname = 'a'\n{lines}\n", encoding="utf-8")
    return index_page(read_gallery(path))


def test_words_may_have_blanks_lines_and_letters_of_any_script(tmp_path: Path) -> None:
    lines = "operation = 'conv'\ninput_size = 3\nkernel_size = 2\n"
    page = write(tmp_path, f"{lines}title = '卷积 हिन्दी\u00a0é ✓'\nexplanation = '''One\tline,\r\n and another.'''")
    assert "## 卷积 हिन्दी é ✓" in page
    assert "\nOne line, and another.\n" in page


LONG = {"words": "abcd " * 200_000, "one word": "a" * 1_000_000, "marks": "e" + "\u0301" * 1_000_000}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_text_without_end_is_refused_in_a_sentence(text: str, tmp_path: Path) -> None:
    layers = [Conv(3, 2), Conv(3, 1)]
    usual = "operation = 'conv'\ninput_size = 3\nkernel_size = 2\n"
    sentences = []
    for work in (
        lambda: animate(layers[0], caption=text),
        lambda: compare(layers, caption=text),
        lambda: compare(layers, titles=[text, "b"]),
        lambda: described([text, "conv k2"], 3),
        lambda: write(tmp_path, f"{usual}title = '{text}'"),
        lambda: write(tmp_path, f"{usual}explanation = '{text}'"),
        lambda: write(tmp_path, f"{usual}background = '{text}'"),
    ):
        with pytest.raises(ConvanimError) as refusal:
            work()
        sentences.append(str(refusal.value))
    assert all(len(sentence) < 1000 for sentence in sentences)
    assert all("write at most" in sentence for sentence in sentences[:-1])


def test_a_name_or_a_description_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gallery.toml"
    path.write_text(f"[[animation]]\nname = '{'a' * 101}'")
    with pytest.raises(ConvanimError, match="must be letters, digits, - and _, at most a hundred"):
        read_gallery(path)
    path.write_text("#" * 5_000_001)
    with pytest.raises(ConvanimError, match="has more than the 5,000,000 bytes that are read"):
        read_gallery(path)


def test_the_longest_caption_and_titles_are_drawn() -> None:
    assert animate(Conv(3, 2), caption="a" * 1000, width=400).still(0).encode("png")
    assert compare([Conv(3, 2), Conv(3, 1)], titles=["a" * 1000, "b " * 500], caption=False).still(0).encode("png")


def test_what_is_compared_is_called_by_what_was_written_as_far_as_that_can_be_read() -> None:
    found = described([f"nn.Conv2d(1, 1, 3) # {'a' * 10_000}", "conv k3"], 5)
    assert found.texts[0].startswith("nn.Conv2d(1, 1, 3) # aaaa")
    assert len(found.texts[0]) == 300
    assert found.texts[1] == "conv k3"


def test_what_shows_stays_as_it_is() -> None:
    assert printable("5×5 → 卷积 é\\n") == "5×5 → 卷积 é\\n"
    assert printable("a\nb\tc", kept="\n") == "a\nb\\tc"
    assert shortened("abcdefghi", 9) == "abcdefghi"
    assert shortened("abcdefghij", 9) == "abcde…hij"
