"""Examples, run: what each must keep to, and what is smallest of those that do not."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import matplotlib
import numpy as np
from click.testing import CliRunner
from PIL import Image

import convanim
from convanim import ConvanimError
from convanim.cli import main
from tests.frameworks.models.making import saved, tiny
from tests.fuzz import addresses, calls, lines, texts
from tests.fuzz.values import Chance

OURS = str(Path(convanim.__file__).parent)
SECONDS = 20
"""What an example may take of a processor where time counts, however busy that is; and a while of waiting."""

_WAITING = 10
"""How many times as long an example may take by the clock."""


class FaultError(AssertionError):
    """An example that did not end well though nothing was raised."""


class TooLong(BaseException):
    """An example that takes longer than it may; nothing of ours catches it."""


@dataclass(frozen=True)
class Kind:
    """A kind of example.

    Attributes
    ----------
    draw : callable
        Chance to the parts of an example, any of which may be left out.
    run : callable
        Parts to nothing; raises where they do not end well.
    said : callable
        Parts to what one writes to see it.
    """

    draw: Callable[[Chance], tuple[str, ...]]
    run: Callable[[tuple[str, ...]], object]
    said: Callable[[tuple[str, ...]], str]


@dataclass(frozen=True)
class Finding:
    """An example that did not end well.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    cause : (str, str)
        The kind of error, and the innermost line of ours.
    parts : tuple of str
        What was run.
    told : str
        What was raised.
    """

    kind: str
    cause: tuple[str, str]
    parts: tuple[str, ...]
    told: str

    def __str__(self) -> str:
        return f"{': '.join(self.cause)}\n    {self.told[:300]}\n    {KINDS[self.kind].said(self.parts)[:2000]}"


def example(kind: str, seed: object, number: int) -> tuple[str, ...]:
    """Return the parts of an example, the same for the same seed and number."""
    return KINDS[kind].draw(Chance(f"{kind} {seed} {number}"))


def found(kind: str, parts: tuple[str, ...], seconds: int = 0) -> Finding | None:
    """Run an example in the current folder, which is empty before and after, and return what is wrong with it."""
    before = _state()
    try:
        with warnings.catch_warnings(record=True) as warned, _bounded(seconds):
            warnings.simplefilter("always")
            KINDS[kind].run(parts)
        if warned:
            _fail("warning", str(warned[0].message))
        if not all(np.array_equal(a, b) for a, b in zip(before, _state(), strict=True)):
            _fail("state of others", "is changed")
    except (Exception, TooLong) as error:
        return Finding(kind, _cause(error), parts, f"{type(error).__name__}: {_spelled(error)}")
    finally:
        for path in Path().iterdir():
            path.unlink() if path.is_file() or path.is_symlink() else shutil.rmtree(path)
    return None


def smallest(finding: Finding, seconds: int = 0) -> Finding:
    """Return a finding of the same cause from which no part can be left out."""
    best, size = finding, len(finding.parts) // 2
    while size:
        at = 0
        while at < len(best.parts):
            parts = best.parts[:at] + best.parts[at + size :]
            tried = found(finding.kind, parts, seconds) if parts else None
            if tried and tried.cause == finding.cause:
                best = tried
            else:
                at += size
        size //= 2
    return best


def _cause(error: BaseException) -> tuple[str, str]:
    frames = traceback.extract_tb(error.__traceback__)
    inner = [frame for frame in frames if frame.filename.startswith(OURS)]
    label = error.args[0] if isinstance(error, FaultError) else type(error).__name__
    if isinstance(error, FaultError) or not inner:
        return str(label), _shape(_spelled(error))
    return str(label), f"{Path(inner[-1].filename).relative_to(OURS)}:{inner[-1].lineno} {inner[-1].line}"


def _spelled(error: BaseException) -> str:
    return str(error.args[-1]) if isinstance(error, FaultError) else str(error)


def _shape(text: str) -> str:
    """Return the end of a sentence without its numbers and quotations, so that like ones are one."""
    return re.sub(r"\d+", "0", re.sub(r"'.*?'|\".*?\"", "'…'", text.rpartition(": ")[2]))[:120]


def _fail(label: str, told: str) -> NoReturn:
    raise FaultError(label, told)


def _state() -> tuple[Any, ...]:
    """Return what belongs to others."""
    # A look at each parameter by itself would choose a backend.
    drawn = np.random.get_state(legacy=False)
    assert isinstance(drawn, dict)
    return dict.copy(matplotlib.rcParams), drawn["state"]["key"], np.geterr(), Path.cwd()


@contextmanager
def _bounded(seconds: int) -> Iterator[None]:
    """Raise `TooLong` after so many seconds, never for 0."""

    def end(*_: object) -> NoReturn:
        raise TooLong(f"takes over {seconds} s")

    if not seconds:
        yield
        return
    usual = [(number, signal.signal(number, end)) for number in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(seconds * _WAITING)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for number, before in usual:
            signal.signal(number, before)


def furnish(folder: Path) -> Path:
    """Return an empty folder beside one with files to read."""
    data = folder / "data"
    (data / "folder.csv").mkdir(parents=True)
    rows = [[1, 2, 0], [0, 1, -1], [3, 1, 2]]
    (data / "grid.csv").write_text("1,2,0\n0,1,-1\n3,1,2\n", encoding="utf-8")
    (data / "grid.json").write_text(json.dumps(rows), encoding="utf-8")
    np.save(data / "grid.npy", np.array(rows))
    Image.effect_noise((8, 8), 60).save(data / "grey.png")
    (data / "broken.png").write_bytes((data / "grey.png").read_bytes()[:90])
    for name in ("words.csv", "words.json", "words.npy", "words.onnx", "a.txt"):
        (data / name).write_text("some words", encoding="utf-8")
    saved(tiny(), data, "tiny.onnx")
    (folder / "here").mkdir()
    return folder / "here"


def _run_line(parts: tuple[str, ...]) -> None:
    words = [_file(word) if word.startswith(lines.TOML) else word for word in parts]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    given = {Path(name) for name in words if name.endswith(".toml")}
    written = sorted(set(Path().iterdir()) - given)
    if result.exit_code == 0:
        _check_result(words, result.stdout_bytes, written)
    elif result.exit_code == 1 and "--check" in words:
        _check(not written, "leaves files", str(written))
    else:
        _check(result.exit_code == 2, "exit code", str(result.exit_code))
        _check_refusal(result.output)
        _check(not written, "leaves files", f"{written}: {result.output}")


def _file(word: str) -> str:
    path = Path(f"given{len(list(Path().iterdir()))}.toml")
    path.write_text(word.removeprefix(lines.TOML), encoding="utf-8", errors="surrogatepass")
    return str(path)


def _check(is_well: bool, label: str, told: str) -> None:
    if not is_well:
        _fail(label, told)


def _check_refusal(output: str) -> None:
    """Check that one sentence says what is at fault."""
    *before, sentence = [line for line in output.rstrip().split("\n") if not line.startswith("Note: ")] or [""]
    _check(sentence.startswith("Error: "), "no sentence", output[-300:])
    _check(not before or before[0].startswith("Usage: "), "more than a sentence", output[:300])
    _check(len(sentence) < 2000 or before != [], "a long sentence", sentence)
    _check(" at 0x" not in sentence, "an address", sentence)


def _check_result(words: Sequence[str], printed: bytes, written: Sequence[Path]) -> None:
    """Check what a command printed and wrote."""
    told = printed.decode(errors="replace")
    if words[0] == "explain":
        _check(bool(told.strip()), "prints nothing", "")
        _check(not written, "leaves files", str(written))
        if "--json" in words:
            json.loads(told, parse_constant=float)
        return
    files = [path for entry in written for path in ([entry] if entry.is_file() else sorted(entry.rglob("*.*")))]
    is_piped = not files and any(word in ("-o-", "--output=-") for word in words)
    for name, content in [(str(path), path.read_bytes()) for path in files] + [("-", printed)] * is_piped:
        check_content(name, content)


def check_content(name: str, content: bytes) -> None:
    """Check that a file is whole, whatever its kind."""
    if content.startswith(b"<svg"):
        ElementTree.fromstring(content)
    elif content.startswith(b"{"):
        json.loads(content)
    elif content[:4] in (b"GIF8", b"\x89PNG", b"RIFF"):
        Image.open(io.BytesIO(content)).verify()
    elif name.lower().endswith((".md", ".pptx")):
        _check(bool(content), "an empty file", name)
    else:
        known = {b"%PDF-": b"%%EOF\n", b"<!DOCTYPE html>": b"</html>\n", b"\x1aE\xdf\xa3": b"", b"\0\0\0": b""}
        known |= {b"% ": b"\\end{document}\n", b"// ": b")\n", b"WEBVTT": b"\n"}
        _check(any(content[:16].startswith(a) and content.endswith(b) for a, b in known.items()), "an odd file", name)


_BINDING = re.compile(r"unexpected keyword argument|missing \d+ required|multiple values for|abstract class")
"""What Python itself says of arguments that are missing or unknown."""

_PATHS = re.compile(r"expected str, bytes or os\.PathLike|should be a str")


def _run_call(parts: tuple[str, ...]) -> None:
    if parts[0] not in calls.SPACE:
        return
    try:
        calls.run(parts)
    except ConvanimError as error:
        _check_refusal(f"Error: {error}")
        _check(not list(Path().iterdir()), "leaves files", str(error))
    except TypeError as error:
        if not _BINDING.search(str(error)) and not (_PATHS.search(str(error)) and "path=" in calls.said(parts)):
            raise


def _run_text(parts: tuple[str, ...]) -> None:
    if "--" in parts:
        _run_line(_text_words(parts))


def _text_words(parts: tuple[str, ...]) -> tuple[str, ...]:
    at = parts.index("--")
    return ("explain", "layer", *parts[:at], "--", "".join(parts[at + 1 :]))


def _run_address(parts: tuple[str, ...]) -> None:
    answer = addresses.answered(parts)
    is_refused = answer.status in addresses.REFUSED
    _check(answer.status == 200 or is_refused, "status", str(answer.status))
    if is_refused and answer.body.startswith(b"{"):
        said = json.loads(answer.body)["error"]
        _check(": " in said or said.endswith("."), "no sentence", said)
    if not answer.body.startswith(b"PK"):
        check_content("answer", answer.body)
    _check(not list(Path().iterdir()), "leaves files", "")


KINDS = {
    "addresses": Kind(addresses.parts, _run_address, addresses.said),
    "lines": Kind(lines.parts, _run_line, lambda parts: f"convanim {[*parts]}"),
    "calls": Kind(calls.parts, _run_call, calls.said),
    "texts": Kind(texts.parts, _run_text, lambda parts: f"convanim {[*_text_words(parts)]}"),
}
"""Every kind of example."""


def examine(kind: str, seed: object, number: int, seconds: int = 0) -> tuple[float, Finding | None]:
    """Return the seconds that an example kept a processor busy, and what is wrong with it, if anything."""
    parts = example(kind, seed, number)
    started = time.process_time()
    wrong = found(kind, parts, seconds)
    return time.process_time() - started, wrong


@contextmanager
def workplace(folder: Path) -> Iterator[None]:
    """Be in an empty folder beside files to read."""
    with chdir(furnish(folder)):
        yield
