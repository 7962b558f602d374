"""The commands for chains, and the presets that are chains or show numbers."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageSequence

from convanim import Chain, Conv, ConvTranspose, MaxPool, plan
from convanim.animations.presets import GUIDE_PRESETS, PRESETS
from convanim.cli.chains import CHAIN_COMMANDS
from convanim.inputs.building import CHAINS, PASTED
from convanim.inputs.known_chains import roundtrip, separable
from convanim.plans.values import named_kernel
from tests.commands import drawing_few_steps, drawn, notes, refused, run
from tests.gathering import gathered

CHAIN = "chain 'conv k3 p1' 'max-pool k2' -i 6"
TRANSPOSED = "chain 'conv k2' 'conv-transpose k2' -i 3"
ROUND = "roundtrip -i 4 -k 2 -s 2"
SEPARABLE = "separable -i 4 --kernel sobel-x"
ROW = "chain 'conv k2 causal' 'conv k2 d2 causal' -i 8"
DEPTHWISE = "depthwise-separable -i 4 -k 3 -p 1 --in-channels 2 --out-channels 2"
SPATIALLY = "spatially-separable -i 4 -k 3 --in-channels 2 --out-channels 2"
VOLUME = "chain 'conv k2' 'conv k1' -i 3x3x3 --view oblique"
LINES = {
    "chain": CHAIN,
    "transposed": TRANSPOSED,
    "roundtrip": ROUND,
    "separable": SEPARABLE,
    "row": ROW,
    "depthwise-separable": DEPTHWISE,
    "spatially-separable": SPATIALLY,
}
NEW_PRESETS = [name for name in PRESETS if name not in GUIDE_PRESETS]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def image(content: bytes) -> Any:
    return Image.open(io.BytesIO(content))


def test_every_kind_of_chain_has_its_commands() -> None:
    assert list(CHAIN_COMMANDS) == [name.replace("_", "-") for name in CHAINS if name != PASTED]
    assert {line.split()[0] for line in LINES.values()} == set(CHAIN_COMMANDS)
    for name in CHAIN_COMMANDS:
        for command in (name, f"explain {name}"):
            for flag in ("-h", "--help"):
                assert f" {command} [OPTIONS]" in run(f"{command} {flag}").output


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_chain_is_written_and_nothing_said(line: str) -> None:
    result = run(f"{line} --steps 0:6 -o a.gif")
    assert (result.exit_code, result.output) == (0, "")
    picture = image(Path("a.gif").read_bytes())
    # A step that looks like the one before it only makes that last longer.
    shown = [frame.info["duration"] for frame in ImageSequence.Iterator(picture)]
    assert (picture.format, sum(shown)) == ("GIF", 6 * min(shown))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (CHAIN, "chain-6x6-to-3x3.gif"),
        (f"{CHAIN} --still -1", "chain-6x6-to-3x3-step-44.png"),
        (f"{CHAIN} --still 1 --format gif", "chain-6x6-to-3x3-step-1.gif"),
        (ROUND, "roundtrip-4x4-to-4x4.gif"),
        (SEPARABLE, "separable-4x4-to-2x2.gif"),
        (ROW, "chain-8-to-8.gif"),
    ],
)
def test_without_a_name_the_file_has_a_telling_one_which_is_printed(
    line: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing_few_steps(monkeypatch)
    result = run(line)
    assert (result.exit_code, result.stdout) == (0, f"{name}\n")
    assert [path.name for path in Path.cwd().iterdir()] == [name]


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_still_goes_to_standard_output(line: str) -> None:
    picture = image(drawn(f"{line} --still -1"))
    assert (picture.format, picture.width >= 480) == ("PNG", True)
    assert image(drawn(f"{line} --still -1 --width 700")).width == 700


@pytest.mark.parametrize(
    ("line", "chain", "numbers"),
    [
        (CHAIN, Chain([Conv(6, 3, padding=1), MaxPool(6, 2)]), {}),
        (TRANSPOSED, Chain([Conv(3, 2), ConvTranspose(2, 2)]), {}),
        (f"{TRANSPOSED} --seed 5", Chain([Conv(3, 2), ConvTranspose(2, 2)]), {"seed": 5}),
        ("chain 'conv kernel=1,2;3,4' -i 3", Chain([Conv(3, 2)], [[[1, 2], [3, 4]]]), {"seed": 0}),
        ("chain 'conv k2' --input '1 2 3'", Chain([Conv((3,), 2)]), {"input": [1, 2, 3]}),
        (ROUND, roundtrip(Conv(4, 2, 2), seed=0), {"seed": 0}),
        (f"{ROUND} --seed 9", roundtrip(Conv(4, 2, 2), seed=9), {"seed": 9}),
        (f"{ROUND} --kernel '1 0; 0 1'", roundtrip(Conv(4, 2, 2), [[1, 0], [0, 1]]), {"seed": 0}),
        (SEPARABLE, separable(named_kernel("sobel-x"), 4), {"seed": 0}),
        ("separable --kernel box -k 2 --input '1 2; 3 4'", separable([[0.25] * 2] * 2, 2), {"input": [[1, 2], [3, 4]]}),
    ],
)  # fmt: skip
def test_a_plan_is_printed_as_json_alone(line: str, chain: Chain, numbers: dict[str, Any]) -> None:
    assert json.loads(run(f"explain {line} --json").output) == plan(chain, **numbers).to_dict()


def test_differences_are_printed_where_there_is_something_to_compare() -> None:
    for line, size in ((ROUND, (4, 4)), (SEPARABLE, (2, 2))):
        difference = json.loads(run(f"explain {line} --json").stdout)["difference"]
        assert (len(difference), len(difference[0])) == size
    assert not any(map(any, json.loads(run(f"explain {SEPARABLE} --json").stdout)["difference"]))
    assert "difference" not in json.loads(run(f"explain {CHAIN} --seed 1 --json").stdout)


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_chain_is_explained_layer_by_layer(line: str) -> None:
    result = run(f"explain {line}")
    assert (result.exit_code, result.stderr) == (0, "")
    head, first, second, blank, *facts = result.stdout.splitlines()
    assert head.startswith("chain  ")
    assert (first[:3], second[:3], blank) == ("1  ", "2  ", "")
    assert [fact.split("  ")[0] for fact in facts][:3] == ["parameters", "multiplications", "receptive field"]
    assert any(fact.startswith("PyTorch  ") for fact in facts)


@pytest.mark.parametrize("name", NEW_PRESETS)
def test_presets_with_numbers_and_chains_are_explained(name: str) -> None:
    preset = PRESETS[name]
    numbers = {key: preset.looks[key] for key in ("input", "seed", "method") if key in preset.looks}
    assert json.loads(run(f"explain preset {name} --json").output) == plan(preset.layer, **numbers).to_dict()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("numerical_no_padding_no_strides", "conv -i 5 -k 3 --view flat --seed 1234"),
        ("numerical_padding_strides", "conv -i 5 -k 3 -s 2 -p 1 --view flat --seed 1234"),
        ("numerical_average_pooling", "avg-pool -i 5 -k 3 -s 1 --view flat --seed 1234"),
        ("numerical_max_pooling", "max-pool -i 5 -k 3 -s 1 --view flat --seed 1234"),
        (
            "not_a_deconvolution",
            "roundtrip -s 2 --kernel '1 0 1; 0 2 0; 1 0 1' --hold 3 "
            "--input '1 0 2 0 1; 0 1 0 2 0; 2 0 1 0 0; 0 1 0 1 2; 1 0 0 2 1'",
        ),
        ("separable_sobel", "separable -i 6 --kernel sobel-x --step-time 0.5 --hold 3"),
        (
            "dilated_causal_stack",
            "chain -i 16 'conv k2 causal' 'conv k2 d2 causal' 'conv k2 d4 causal' 'conv k2 d8 causal' "
            "--step-time 0.5 --hold 2",
        ),
    ],
)
def test_a_preset_is_what_a_command_draws(name: str, line: str) -> None:
    assert drawn(f"preset {name} --steps 0:2") == drawn(f"{line} --steps 0:2")
    # Times have no effect on a still, for which the preset's give way.
    timeless = re.sub(r" --(hold|step-time) \S+", "", line)
    way = "--theme dark --still -1"
    assert drawn(f"preset {name} {way}") == drawn(f"{timeless} {way}")


@pytest.mark.parametrize("option", ["--view oblique", "--labels none", "--no-caption", "--decimals 0 --legend"])
def test_a_preset_can_be_drawn_otherwise(option: str) -> None:
    assert drawn(f"preset not_a_deconvolution --still 3 {option}") != drawn("preset not_a_deconvolution --still 3")


STILL = "--still 2 --width 800"


@cache
def plain(line: str) -> bytes:
    return drawn(f"{line} {STILL}")


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (TRANSPOSED, "--method scatter --view flat"),
        (ROUND, "--method gather"),
        (ROUND, "--seed 5"),
        (ROUND, "--input '1 2 3 4; 5 6 7 8; 9 9 9 9; 0 0 0 0'"),
        (ROUND, "--kernel '1 5; 5 1'"),
        (ROUND, "--view oblique"),
        (ROUND, "--labels none"),
        (ROUND, "--labels letters"),
        (ROUND, "--shades"),
        (ROUND, "--field 0x0"),
        (f"{ROUND} --view oblique", "--field 0x0"),
        (f"{ROUND} --view oblique", "--shades"),
        (SEPARABLE, "--seed 1"),
        (SEPARABLE, "--kernel box"),
        (SEPARABLE, "-p 1"),
        (SEPARABLE, "-s 2"),
        (SEPARABLE, "--padding-mode reflect -p 1"),
        ("separable -i 4 --kernel box", "--decimals 0"),
        ("separable -i 4 --kernel box", "--decimals 1"),
        (CHAIN, "--view flat"),
        (CHAIN, "--field 1"),
        (CHAIN, "--field -1x0"),
        (CHAIN, "--values"),
        (CHAIN, "--input '1 2 3 4 5 6; 6 5 4 3 2 1; 1 2 3 4 5 6; 6 5 4 3 2 1; 1 2 3 4 5 6; 6 5 4 3 2 1'"),
        (f"{CHAIN} --values", "--seed 3"),
        (f"{CHAIN} --values", "--shades"),
        (f"{CHAIN} --view flat", "--shades"),
        (CHAIN, "--no-caption"),
        (ROW, "--values"),
        (ROW, "--field 7"),
        (ROW, "--view flat"),
        (ROW, "--labels letters"),
        (f"{ROW} --values", "--shades"),
        (VOLUME, "--values"),
        (VOLUME, "--view flat"),
        (VOLUME, "--field 1"),
    ],
)  # fmt: skip
def test_an_option_does_something_that_can_be_seen(line: str, option: str) -> None:
    assert drawn(f"{line} {STILL} {option}") != plain(line)


def test_seeds_are_0_where_none_is_given() -> None:
    for line in (ROUND, f"{CHAIN} --values"):
        assert drawn(f"{line} {STILL}") == drawn(f"{line} {STILL} --seed 0")


def test_a_kernel_of_a_chain_is_shown() -> None:
    plain, given = (drawn(f"chain 'conv {kernel}' -i 4 --view flat {STILL}") for kernel in ("k2", "kernel=7,7;7,8"))
    assert plain != given


@gathered(
    ("line", "message"),
    [
        ("chain", "Missing argument 'LAYER...'."),
        ("chain -i 5", "Missing argument 'LAYER...'."),
        ("chain '' -i 5", "layer '': is empty; write an operation"),
        ("chain conv k3 -i 5", "layer 'conv': has no kernel size; write one such as k3"),
        ("chain 'warp k3' -i 5", "operation 'warp': unknown; choose conv, depthwise, pointwise, "),
        ("chain 'conv k3 z1' -i 5", "cannot take 'z1'"),
        ("chain 'conv k3' 'conv k9' -i 5", "layer 2: kernel_size 9: reaches over 9 rows"),
        ("chain 'conv k3'", "--input-size: is missing; give a size such as 5, or numbers with --input"),
        ("chain 'conv k3' -i 5x5 --dims 1", "--dims 1: --input-size has 2 axes; leave one of the two out"),
        ("chain 'conv k3' -i x", "--input-size 'x': not understood"),
        ("chain 'conv k3' -i 5 --method scatter", "--method scatter: does not compute convolution"),
        ("chain 'conv k3' -i 5 --method stamp", "--method 'stamp': unknown; choose gather or scatter"),
        ("chain 'conv k3' -i 5 --field 3", "--field 3x3: is no cell of the output; the last is 2x2"),
        ("chain 'conv k3' -i 5 --field 1x1x1", "--field 1x1x1: is no cell of the output; the last is 2x2"),
        ("chain 'conv k3' -i 5 --field -4", "--field -4x-4: is no cell of the output"),
        ("chain 'conv k3' -i 5 --field first", "--field 'first': not understood"),
        ("chain 'conv k3' -i 5 --view line", "--view line: draws one axis, and an input of 5x5 has more"),
        ("chain 'conv k3' -i 5 --view side", "--view 'side': unknown; choose oblique, channels, flat, line"),
        ("chain 'conv k30x1x1' -i 60x1x1", "--input-size 60x1x1: has 6"),
        ("chain 'conv k1' 'conv k1' -i 40 -o a.gif", "makes 3200 frames, and at most 2000 are drawn"),
        ("chain 'conv k1' -i 5 --kernel box", "No such option '--kernel'"),
        ("chain 'conv kernel=1,2;3' -i 5", "has rows of unequal length (2, 1)"),
        ("chain 'conv kernel=1,x' -i 5", "'x': is not a number"),
        ("chain 'conv kernel=1,nan' -i 5", "is not finite"),
        ("chain 'conv kernel=no-kernel' -i 5", "'no-kernel': is no kernel's name; the names are sobel-x"),
        ("chain 'conv k5 kernel=sobel-x' -i 9", "kernel=sobel-x has a size of 3x3"),
        ("chain 'conv kernel=missing.csv' -i 9", "'missing.csv': cannot be read (no such file or directory)"),
        ("chain 'max-pool k2 s3 p1 d3' 'conv k1' -i 2 --dims 1 --values", "layer 1 makes −∞ of windows that read"),
        ("roundtrip -k 3", "--input-size: is missing; give a size such as 5, or numbers with --input"),
        ("roundtrip -i 5", "--kernel-size: is missing; give a size such as 3, or numbers with --kernel"),
        ("roundtrip -i 3 -k 5", "--kernel-size 5: reaches over 5 rows, but the padded input has 3"),
        ("roundtrip -i 5 -k 3 --method stamp", "--method 'stamp': unknown"),
        ("roundtrip -i 5 -k 3 --seed -1", "--seed -1: must be between 0 and 4294967295"),
        ("roundtrip -i 5 -k 3 --view line", "--view line: draws one axis"),
        ("roundtrip -i 5 -k 3 --view flat --field 1", "--field 1x1: is not shown by this view; use --view oblique"),
        ("roundtrip -i 5 -k 3 --overlap", "No such option '--overlap'"),
        ("roundtrip -i 60x1x1 -k 30x1x1", "--input-size 60x1x1: has 6"),
        ("separable -i 5", "--kernel: is missing; give a name such as sobel-x, or rows of numbers"),
        ("separable -i 5 -k 3", "--kernel: is missing"),
        ("separable --kernel box", "--input-size: is missing"),
        ("separable -i 5 --kernel laplacian", "--kernel: has rank 2 and is no product of a column and a row"),
        ("separable -i 5 --kernel emboss", "off by up to 2.04 in a weight, 66.9% of the whole; use one of rank 1"),
        ("separable -i 5 --kernel '0 0; 0 0'", "--kernel: holds only zeros"),
        ("separable -i 5 --dims 1 --kernel '1 2'", "only kernels with 2 are separated; give rows"),
        ("separable -i 5 --kernel box --method scatter", "--method scatter: does not compute convolution"),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence_and_exit_code_2(line: str, message: str) -> None:
    assert message in refused(line)
    if "--still" not in line and "-o" not in line:
        assert message in refused(f"{line} -o a.gif")


BASES = {
    "conv": "conv -k 2 -o a.gif",
    "transposed": "conv-transpose -k 2 --overlap -o a.gif",
    "pool": "max-pool -k 2 -o a.gif",
    "chain": "chain 'conv k2' 'max-pool k2 s1' -o a.gif",
    "roundtrip": "roundtrip -k 2 -o a.gif",
    "separable": "separable --kernel box -k 2 -o a.gif",
    "explained": "explain conv -k 2",
    "explained chain": "explain chain 'conv k2'",
    "explained separable": "explain separable --kernel box -k 2",
    "as JSON": "explain roundtrip -k 2 --json",
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--input '1 2; 3'", "--input: has rows of unequal length (2, 1); give as many numbers in each"),
        ("--input '1 2; 3 four'", "--input 'four': is not a number; write rows such as '1 2; 3 4'"),
        ("--input '1 2; 3 nan'", "--input: holds a number that is not finite; give numbers such as 0.5"),
        ("--input '1 2; 3 -inf'", "--input: holds a number that is not finite"),
        ("--input '1 2; 3 1e999'", "--input: holds a number that is not finite"),
        ("--input ''", "--input '': is empty; write rows such as '1 2; 3 4'"),
        ("--input '1 2 3; 4 5 6; 7 8 9' --dims 1", "--dims 1: but --input has 2; leave one of the two out"),
        ("--input missing.csv", "--input 'missing.csv': cannot be read (no such file or directory)"),
        ("--input missing.png", "--input 'missing.png': cannot be read (no such file or directory)"),
        ("--input broken.png -i 3", "--input broken.png: is not a picture that can be read"),
        ("--input words.csv", "--input words.csv: 'a' is not a number"),
        ("--input words.json", "--input words.json: is not JSON ("),
        ("--input words.npy", "--input words.npy: is not an array of NumPy's that can be read"),
        ("--input large.csv", "has 60000000 bytes, and at most 20000000 are read; make it smaller"),
        ("--input large.png", "has 60000000 bytes, and at most 20000000 are read; make it smaller"),
    ],
)
def test_inputs_that_cannot_be_are_refused(options: str, message: str) -> None:
    for name in ("words.csv", "words.json", "words.npy"):
        Path(name).write_text("a, b, c", encoding="utf-8")
    Image.effect_noise((30, 30), 50).save("broken.png")
    Path("broken.png").write_bytes(Path("broken.png").read_bytes()[:300])
    for name in ("large.csv", "large.png"):
        with Path(name).open("wb") as file:
            file.truncate(60_000_000)
    assert message in refused(f"{BASES['conv']} {options}")


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_inputs_that_cannot_be_are_refused_by_every_command(base: str) -> None:
    assert "--input: has rows of unequal length (2, 1)" in refused(f"{base} --input '1 2; 3'")
    assert "cannot be read (no such file or directory)" in refused(f"{base} --input missing.csv")


@pytest.mark.parametrize("name", [name for name in BASES if "explained" not in name])
def test_numbers_of_another_size_are_refused_where_they_are_used(name: str) -> None:
    said = refused(f"{BASES[name]} -i 5 --input '1 2 3; 4 5 6; 7 8 9'")
    assert said == "--input: has a size of 3x3, but --input-size is 5x5; make them the same"


@pytest.mark.parametrize("name", [name for name in BASES if name != "transposed"])
def test_a_kernel_larger_than_the_padded_input_is_refused(name: str) -> None:
    if "chain" in name:
        said = refused(f"{BASES[name].replace('k2', 'k7', 1)} -i 5")
    else:
        said = refused(f"{BASES[name].replace('-k 2', '-k 7')} -i 5")
    assert "reaches over 7 rows, but the padded input has 5" in said


def test_notes_are_on_standard_error_and_name_a_width_that_brings_more() -> None:
    for line in (ROUND, SEPARABLE, f"{CHAIN} --view flat", f"{ROW} --values"):
        (said,) = notes(f"{line} --still 0 --width 100")
        found = re.fullmatch(r"Note: left out at a width of 100: the [a-z ]+; a width of (\d+) shows all\.", said)
        assert found is not None, said
        width = int(found[1])
        assert notes(f"{line} --still 0 --width {width}") == []
        assert 100 < width < 2000
