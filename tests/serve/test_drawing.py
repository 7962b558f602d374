"""What a process draws for an address, within limits, and what there is to say of it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from click import Group
from click.testing import CliRunner

from convanim.cli import main
from convanim.cli.serving import Limits
from convanim.formats import FORMATS
from convanim.serve.answers import ALT, NOTES, Answer
from convanim.serve.drawing import drawn, explained
from convanim.serve.queries import query_of
from tests.fuzz.running import check_content

LIMITS = Limits()


def asked(path: str, limits: Limits = LIMITS, /, **values: str) -> Answer:
    return drawn(query_of(path, list(values.items())), limits)


def told(path: str, **values: str) -> Any:
    answer = explained(query_of(path, list(values.items())), LIMITS)
    return json.loads(answer.body)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_what_the_command_writes(suffix: str, tmp_path: Path) -> None:
    answer = asked(f"conv.{suffix}", i="4", k="3", p="1", steps="0:3", width="120")
    target = tmp_path / f"a.{suffix}"
    words = ["-i", "4", "-k", "3", "-p", "1", "--steps", "0:3", "--width", "120"]
    CliRunner().invoke(main, ["conv", *words, "-o", str(target)])
    assert (answer.status, answer.media_type) == (200, FORMATS[suffix].media_type)
    assert answer.body == target.read_bytes()
    assert unquote(answer.headers[ALT]).startswith("A 3×3 kernel slides over a 4×4 input with padding 1")


def test_what_is_drawn_carries_the_command_in_its_one_form() -> None:
    one, other = (asked("backward/conv.svg", **{size: "4", "k": "3", "theme": "guide"}) for size in ("i", "input-size"))
    assert b'<desc id="command">convanim backward conv -i 4 -k 3</desc>' in one.body
    assert one.body == other.body


def test_notes_travel_beside_the_picture() -> None:
    answer = asked("layer.svg", code="nn.Conv2d(64, 128, 3)", i="5", still="0")
    assert "64" in unquote(answer.headers[NOTES])


def test_files_for_a_place_are_one_file_with_what_to_paste() -> None:
    values = {"i": "3", "k": "2", "for": "github"}
    answer = asked("conv.zip", **values)
    with ZipFile(io.BytesIO(answer.body)) as archive:
        names = archive.namelist()
        assert [name.rpartition("-")[2] for name in names] == ["light.svg", "dark.svg", "paste.txt"]
        assert b"<picture>" in archive.read("paste.txt")
    assert answer.body == asked("conv.zip", **values).body


PROGRAM = """
import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 1, 3)
    def forward(self, x):
        return self.first(x)
"""


def test_a_layer_of_a_program_is_drawn_from_its_text() -> None:
    assert asked("model.svg", code=PROGRAM, i="1x5x5", layer="first", still="0").status == 200
    answer = asked("model.json", code=PROGRAM, i="1x5x5")
    assert b"is not chosen; name one, or draw the whole model" in answer.body


def test_a_whole_program_is_drawn_as_blocks() -> None:
    values = {"code": PROGRAM, "i": "1x5x5", "view": "blocks"}
    assert asked("model.svg", **values).status == 200
    assert "its input is 1 × 5×5" in told("model.svg", **values)["alt"]


@pytest.mark.parametrize(
    ("path", "values", "status", "said"),
    [
        ("conv.json", {"i": "5", "k": "9"}, 422, "k"),
        ("conv.json", {"i": "5", "k": "3", "dims": "7"}, 400, "dims"),
        ("conv.json", {"i": "900", "k": "3"}, 413, "i"),
        ("conv.json", {"i": "3", "k": "3", "input": "/etc/hostname.csv"}, 422, "input"),
        ("layer.json", {"code": "-"}, 422, "code"),
        ("layer.json", {"code": "nn.Conv2d(1, 1", "i": "5"}, 422, "code"),
        ("chain.json", {"layer": "conv k3 kernel=/etc/x.csv", "i": "5"}, 422, "layer"),
        ("deform-conv.json", {"i": "5", "k": "3", "offsets": "x.npy"}, 422, "offsets"),
    ],
)
def test_refusals_name_the_parameter(path: str, values: dict[str, str], status: int, said: str) -> None:
    answer = asked(path, **values)
    assert answer.status == status
    assert json.loads(answer.body)["option"] == said


def test_ways_out_are_parameters_of_the_address() -> None:
    ways = json.loads(asked("conv.json", i="5", k="9").body)["ways"]
    assert {"said": "an input-size of at least 9", "change": {"i": "9"}} in ways
    assert {"said": "padding=2", "change": {"p": "2"}} in ways


def test_a_refusal_is_a_picture_where_one_was_asked_for() -> None:
    answer = asked("conv.png", i="5", k="3", caption_text="<b>", theme="<script>")
    assert (answer.status, answer.media_type) == (422, "image/svg+xml")
    assert b"<script>" not in answer.body
    check_content("a", answer.body)


@pytest.mark.parametrize(
    "limits", [Limits(frames=5), Limits(pixels=10_000), Limits(cells=20), Limits(seconds=0.1)], ids=str
)
def test_what_is_more_than_is_granted_is_refused_before_it_is_drawn(limits: Limits) -> None:
    assert asked("conv.gif", limits, i="6", k="3", width="900").status == 413


def test_of_too_many_steps_the_first_are_offered() -> None:
    found = json.loads(asked("conv.json", Limits(frames=20), i="8", k="3").body)
    assert (found["option"], found["ways"]) == ("i", [{"said": "steps=0:18", "change": {"steps": "0:18"}}])
    assert asked("conv.gif", Limits(frames=20), i="8", k="3", steps="0:18", width="100").status == 200


def test_no_file_is_opened_for_what_users_name(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("1 2; 3 4", encoding="utf-8")
    program = f"""
import sys
from convanim.cli.serving import Limits
from convanim.serve.drawing import drawn
from convanim.serve.queries import query_of
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
for path, pairs in [
    ("conv.svg", [("k", "2"), ("input", {str(secret)!r})]),
    ("conv.svg", [("i", "4"), ("kernel", {str(secret)!r})]),
    ("chain.svg", [("i", "4"), ("layer", "conv kernel=" + {str(secret)!r})]),
    ("layer.svg", [("code", {str(secret)!r})]),
    ("model.svg", [("code", {str(secret)!r})]),
]:
    assert drawn(query_of(path, pairs), Limits()).status == 422, path
print([path for path in opened if "secret" in path])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_words_say_what_the_commands_say() -> None:
    found = told("layer.svg", code="nn.Conv2d(1, 1, 3, stride=2, bias=False)", i="7")
    printed = CliRunner().invoke(main, ["explain", "nn.Conv2d(1, 1, 3, stride=2, bias=False)", "-i", "7"]).output
    assert found["says"] == printed.rstrip()
    assert found["form"] == {"command": "conv", "values": {"input-size": "7", "kernel-size": "3", "stride": "2"}}
    assert found["short"] == "conv k3 s2"
    assert found["code"]["keras"] == {"code": "layers.Conv2D(1, 3, strides=2, use_bias=False)"}
    assert found["numbers"]["kernel"]["axes"] == 2
    assert len(found["numbers"]["input"]["rows"]) == 7


def test_lines_to_copy_draw_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    values = {"i": "3", "k": "2", "input": "1 2 3; 4 5 6; -7 8 9", "theme": "dark"}
    found = told("conv.svg", **values)
    assert found["command"] == (
        "convanim conv -i 3 -k 2 --input '1 2 3; 4 5 6; -7 8 9' --theme dark "
        "-o conv-3x3-kernel-2-stride-1-padding-0.svg"
    )
    exec(found["python"], {})
    # What the server draws carries the command, which there is none of in Python.
    carried = re.sub(b'<desc id="command">[^<]*</desc>', b"", asked("conv.svg", **values).body)
    assert Path(f"{found['stem']}.svg").read_bytes() == carried
    assert found["paste"]["Markdown"].endswith(
        "]({host}/conv.svg?i=3&k=2&input=1%202%203;%204%205%206;%20-7%208%209&theme=dark)"
    )


def test_commands_keep_their_help_where_pages_told_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    explain = main.commands["explain"]
    assert isinstance(explain, Group)
    # A command is made when it is asked for, and keeps the help that it has then.
    monkeypatch.setattr(explain, "commands", {})
    assert told("lp-pool.svg", i="4", k="2")["says"]
    assert CliRunner().invoke(main, ["explain", "lp-pool", "-h"]).exit_code == 0
