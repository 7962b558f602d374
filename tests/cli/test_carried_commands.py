"""The command that a picture carries, in every form that can hold it, and back again."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from convanim import Conv, animate
from convanim.cli import main
from convanim.cli.carried import quoted
from convanim.formats import FORMATS
from tests.commands import refused, run
from tests.formats.test_formats import needs
from tests.gathering import gathered

CARRIERS = [suffix for suffix, format_ in FORMATS.items() if format_.reader is not None]
HOSTILE = """a 'b' "c" <d> & </desc> --> ]]> $(e) é"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def drawn(line: str) -> bytes:
    """Return the file that a command line writes to standard output."""
    result = run(f"{line} -o -")
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def carried(line: str, suffix: str = "svg") -> str:
    """Return what a file of a command line says about how it was drawn."""
    Path(f"a.{suffix}").write_bytes(drawn(f"{line} --format {suffix}"))
    return printed(f"a.{suffix}")


def printed(name: str) -> str:
    result = run(f"from {name}")
    assert result.exit_code == 0, result.output
    return result.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("suffix", "looks"),
    [
        *((suffix, "--still 0") for suffix in CARRIERS),
        ("gif", "--every 2"),
        ("png", "--every 2"),
        ("webp", "--every 2"),
    ],
)
def test_a_file_says_the_command_again(suffix: str, looks: str) -> None:
    needs(suffix)
    line = f"conv -i 3 -k 2 --width 160 {looks} --caption-text {shlex.quote(HOSTILE)}"
    found = carried(line, suffix)
    assert sorted(shlex.split(found)) == sorted(["convanim", *shlex.split(line)])
    # Drawn by what it says, it is the same file.
    assert drawn(f"{found.removeprefix('convanim ')} --format {suffix}") == Path(f"a.{suffix}").read_bytes()


def test_every_form_but_json_carries_it() -> None:
    assert set(FORMATS) - set(CARRIERS) == {"json"}


@pytest.mark.parametrize("suffix", CARRIERS)
def test_pictures_drawn_in_python_carry_none(suffix: str) -> None:
    needs(suffix)
    Path(f"a.{suffix}").write_bytes(animate(Conv(2, 1), width=60).encode(suffix))
    assert refused(f"from a.{suffix}").endswith("carries no command; only what the command draws does")


def test_where_it_is_written_changes_nothing() -> None:
    run("conv -i 3 -k 2 -o a.svg -o b.svg")
    run("conv -i 3 -k 2 --format svg")
    contents = {path.read_bytes() for path in Path.cwd().glob("*.svg")}
    assert contents == {drawn("conv -i 3 -k 2 --format svg")}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("conv --input-size=3 --kernel-size 2 --theme guide --loop 0", "conv -i 3 -k 2"),
        ("conv -i 3 -k 2 --no-caption --legend", "conv -i 3 -k 2 --no-caption --legend"),
        ("conv --input '-1 2; 3 4' -k 1", "conv -k 1 '--input=-1 2; 3 4'"),
        ("chain 'conv k3 p1' 'max-pool k2' -i 6", "chain 'conv k3 p1' 'max-pool k2' -i 6"),
        ("compare 'conv k3' 'conv k2' -i 4", "compare 'conv k3' 'conv k2' -i 4"),
        ("backward conv -i 4 -k 3", "backward conv -i 4 -k 3"),
        ("preset dilation --still 0", "preset dilation --still 0"),
        ("layer 'nn.Conv2d(1, 1, 3)' -i 5", "layer 'nn.Conv2d(1, 1, 3)' -i 5"),
        ("layer 'nn.Conv2d(1, 1,\n3)' -i 5", r"layer $'nn.Conv2d(1, 1,\n3)' -i 5"),
    ],
)
def test_it_has_one_form(line: str, said: str) -> None:
    assert carried(line) == f"convanim {said}"


def test_a_place_is_part_of_it() -> None:
    run("conv -i 3 -k 2 --for github -o a")
    assert printed("a-light.svg") == printed("a-dark.svg") == "convanim conv -i 3 -k 2 --for github"


def test_screen_readers_hear_the_alternative_text_first() -> None:
    content = drawn("conv -i 3 -k 2 --format svg").decode()
    first, second = re.findall('<desc id="([^"]*)">', content)
    assert (first, second) == ("about", "command")
    assert 'aria-labelledby="title about"' in content


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("word", ["a\nb", "\x1b[31m", "it's\t\\n", "\u200b\u00ad\u0085é", "\U000e0001"])
def test_shells_read_invisible_letters_as_they_were(word: str) -> None:
    script = f"printf %s {quoted(word)}"
    assert script.isprintable()
    done = subprocess.run(["bash", "-c", script], capture_output=True, env={"LC_ALL": "C.UTF-8"}, check=True)
    assert done.stdout.decode() == word


def test_what_a_file_says_is_printed_and_cannot_do_anything() -> None:
    Path("a.svg").write_text('<desc id="command">convanim \x1b[31m\nrm -rf &lt;x&gt;\u202e</desc>', encoding="utf-8")
    assert printed("a.svg") == r"convanim \x1b[31m\nrm -rf <x>\u202e"
    Path("b.svg").write_text('<desc id="command">rm -rf /</desc>', encoding="utf-8")
    assert "carries no command" in refused("from b.svg")


@gathered("suffix", [suffix for suffix in CARRIERS if suffix not in ("svg", "html", "pdf", "tex", "typ")])
@gathered("content", [b"", b"x", b"GIF89a\xff", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"])
def test_what_is_no_such_file_is_refused(suffix: str, content: bytes) -> None:
    needs(suffix)
    Path(f"a.{suffix}").write_bytes(content)
    assert refused(f"from a.{suffix}").endswith(", or is not whole")


def test_other_files_are_refused_with_those_that_can_carry_one() -> None:
    Path("a.json").write_bytes(b"{}")
    assert "can carry no command; use one of .gif, .png" in refused("from a.json")
    assert "could not be read" in refused("from b.gif")
    assert "has no suffix that names a format" in refused("from b")


def test_pictures_of_a_gallery_carry_none() -> None:
    Path("g.toml").write_text(
        '[[animation]]\nname = "a"\noperation = "conv"\ninput_size = 2\nkernel_size = 1\n', encoding="utf-8"
    )
    assert CliRunner().invoke(main, ["gallery", "g.toml", "-o", "g"]).exit_code == 0
    assert "carries no command" in refused("from g/a.gif")


def test_other_programs_read_it_too() -> None:
    pypdf = pytest.importorskip("pypdf")
    content = drawn("conv -i 3 -k 2 --format pdf")
    assert pypdf.PdfReader(io.BytesIO(content)).metadata["/Command"] == "convanim conv -i 3 -k 2"
