"""Command lines at random, of every command with whatever options it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import click

from convanim.animations.presets import PRESETS
from convanim.cli import main
from convanim.formats import FORMATS
from convanim.inputs.building import CHAINS
from convanim.inputs.shorthand import parameters_named
from convanim.layers import OPERATIONS, SEPARABLES
from convanim.layers.parameters import LETTERS
from tests.fuzz.texts import text
from tests.fuzz.values import SOUND, Chance, listed

ODD = listed("""
-1 | 0 | x | 3.5 | 1e3 | 999999999999 | 0x10 | NaN | inf | ٣ | 3x | 1:2:3 | a b | -- | 🙂 | None | - | {}
`stride` | 1x1x1x1 | 0:1x1:0 | [[1]]
""")
ODD += ["", "\\", "\0", "\n", "\x1b[31m", "9" * 5000]

TABLES = [f"../data/grid.{suffix}" for suffix in ("csv", "json", "npy")]
BAD_TABLES = listed("""
../data/broken.png | ../data/words.csv | ../data/words.json | ../data/words.npy | ../data/folder.csv
../data/a.txt | missing.csv | missing.png | 1 2; 3 | 1 x | nan 1 | 1e999 | ; | 1.e
""")
BAD_TABLES += ["\0.npy", f"{'a' * 300}.json"]
"""Files, and rows of numbers, that are there or not, and whole or not; `running` writes them."""

MODELS = listed("""
../data/tiny.onnx | ../data/tiny.onnx | ../data/tiny.onnx | ../data/words.onnx | ../data/a.txt | missing.onnx
""")

SMALL = ("--still=0", "--still=0", "--still=-1", "--steps=0:2", "--steps=0:3")
"""What a picture has but a few frames by."""

ESSENTIAL = ("input_size", "kernel_size", "scale_factor", "upscale_factor", "downscale_factor")
"""What most commands need."""

_COUNTS = ("in_channels", "out_channels")

SOUND_ALONE = (*_COUNTS, "channels", "groups", "depth_multiplier", "indices", "padding_mode")
"""What the layer before or behind must have too, or only some sizes can have."""

KINDS = [*OPERATIONS, *SEPARABLES]
"""Whatever has a short form."""

TOML = "toml:"
"""What begins a word that stands for a file with the rest of it as its text."""


def parts(chance: Chance) -> tuple[str, ...]:
    """Draw a command line, every option in one word with its value."""
    group, path, command = chance.choice(COMMANDS)
    known = {one.name or "": one for one in command.params}
    arguments = [name for name, one in known.items() if isinstance(one, click.Argument)]
    options = [name for name in known if name not in arguments]
    wanted = {name for name in ESSENTIAL if name in known and chance.happens(0.93)}
    wanted |= {
        name
        for name in ("in_channels", "out_channels")
        if path.replace("-", "_") in SEPARABLES and chance.happens(0.95)
    }
    wanted |= {"kernel"} if path == "separable" and chance.happens(0.95) else set()
    wanted |= {one for one in ("output",) if one in known and chance.happens(0.95)}
    wanted |= set(chance.some(options, 4))
    for own, other in (
        ("picture", "input_size"),
        ("kernel", "kernel_size"),
        ("kind", "framework"),
        ("framework", "wanted"),
    ):
        # Two that say the same, or contradict each other.
        wanted -= {other} if own in wanted and chance.happens(0.85) else set()
    chance.may_be_huge = group.startswith("explain") and not wanted & {"kind", "seed", "picture", "kernel"}
    words = [word for name in known if name in wanted for word in _option(chance, path, known[name])]
    if "every" in known and not wanted & {"still", "steps"} and chance.happens(0.98):
        words.append(chance.choice(SMALL))
    if "width" in known and not wanted & {"width", "height"} and chance.happens(0.9):
        words.append(f"--width={chance.choice((60, 90, 200, 300))}")
    chance.shuffle(words)
    told = [word for name in arguments for word in _argument(chance, name)]
    return (*group.split(), path, *words, *(["--"] if any(one.startswith("-") for one in told) else []), *told)


_APART = ("serve", "markdown", "pandoc")
"""Commands that do not end by themselves, which `addresses` asks instead, or that take documents."""


def _commands(of: click.Group, names: tuple[str, ...] = ()) -> Iterator[tuple[str, str, click.Command]]:
    # Some groups add their commands when they are asked for them.
    for name in of.list_commands(click.Context(of)):
        command = of.commands[name]
        if name in _APART:
            continue
        if isinstance(command, click.Group):
            yield from _commands(command, (*names, name))
        else:
            yield " ".join(names), name, command


COMMANDS = list(_commands(main))
"""Every command: the groups that it is in, its name and itself."""


def _option(chance: Chance, path: str, its: click.Parameter) -> list[str]:
    flag = chance.choice((*its.opts, *its.secondary_opts)) if isinstance(its, click.Option) else ""
    if isinstance(its, click.Option) and its.is_flag:
        return [flag]
    value = chance.choice(ODD) if chance.happens(0.03) else told(chance, its.name or "", path)
    return [f"{flag}={value}" if flag.startswith("--") else f"{flag}{value}"]


def _argument(chance: Chance, name: str) -> list[str]:
    if name in ("layers", "operations"):
        count = chance.choice((2, 2, 2, 2, 2, 3, 3, 4, 5) if name == "operations" else (1, 1, 1, 1, 2, 2, 2, 3, 4))
        if name == "layers" and chance.happens(0.01):
            return [told(chance, name)] * chance.choice((21, 50))
        return [told(chance, name) for _ in range(count)]
    if name == "what" and chance.happens(0.1):
        return []
    return [chance.choice(ODD) if chance.happens(0.04) else told(chance, name)]


def told(chance: Chance, name: str, path: str = "") -> str:
    """Return what an option or an argument of such a name is given, as it is written."""
    own = OWN.get(f"{path}.{name}", OWN.get(name))
    return own(chance) if own else written(name, SOUND[name](chance))


def written(name: str, value: Any) -> str:
    """Return a value as a command line has it."""
    if name == "steps":
        return ":".join("" if end is None else str(end) for end in value)
    if name == "weights" and isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, list):
        return "; ".join(
            written("", one) if isinstance(one[0], list) else " ".join(map(str, one)) for one in _nested(value)
        )
    if isinstance(value, tuple):
        return "x".join(":".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)


def _nested(rows: list[Any]) -> list[Any]:
    return rows if isinstance(rows[0], list) else [rows]


def short_form(chance: Chance) -> str:
    """Draw a layer in short."""
    operation = chance.choice(KINDS)
    words = [operation.replace("_", "-")]
    letters = {name: letter for letter, name in LETTERS.items()}
    known = parameters_named(operation)
    for name in known:
        is_needed = name == "kernel_size" or (name in _COUNTS and operation in SEPARABLES)
        if not chance.happens(0.97 if is_needed else 0.05 if name in SOUND_ALONE else 0.15):
            continue
        value = chance.choice(ODD) if chance.happens(0.02) else told(chance, name)
        words.append(f"{letters[name]}{value}" if name in letters and chance.happens(0.7) else f"{name}={value}")
    if "conv" in operation and chance.happens(0.15):
        words.append(f"kernel={told(chance, 'kernel')}".replace("; ", ";").replace(" ", ","))
    return " ".join(words)


def _numbers(chance: Chance) -> str:
    if chance.happens(0.1):
        return chance.choice(BAD_TABLES)
    return chance.choice([*TABLES, "../data/grey.png"]) if chance.happens(0.3) else written("", chance.rows())


def _kernel(chance: Chance) -> str:
    return _numbers(chance) if chance.happens(0.4) else written("", SOUND["kernel"](chance))


def _lists() -> list[str]:
    return list(main.commands["list"].params[0].type.choices)  # type: ignore[attr-defined]


def _target(chance: Chance) -> str:
    usual = [f"a.{suffix}" for suffix in FORMATS]
    odd = [
        "-",
        "s/",
        "s-%02d.png",
        "s-%s.png",
        "missing/a.gif",
        "a.jpg",
        "",
        ".",
        f"{'a' * 300}.gif",
        "a.GIF",
        "../data/folder.csv",
    ]
    return chance.choice(usual if chance.happens(0.8) else odd)


def _operation(chance: Chance) -> str:
    if chance.happens(0.25):
        return text(chance)
    return short_form(chance) + (" method=scatter" if chance.happens(0.1) else "")


_TOML_VALUES = listed("""
1 | -1 | 0 | 1.5 | true | "" | "x" | [] | [[1]] | [1, 2] | ["x"] | {a = 1} | 1979-05-27 | nan | -inf
[[1, 2], [3]] | 9223372036854775807 | "1 2; 3 4" | [{}] | "none" | [[[[1]]]] | 07:32:00
""")


def toml(chance: Chance) -> str:
    """Draw a file of one animation, or two."""
    return TOML + "\n".join(_animation(chance, number) for number in range(chance.choice((1, 1, 1, 2))))


def _animation(chance: Chance, number: int) -> str:
    from convanim.places.gallery import _COMPARED_LOOKS, _LOOKS, _parameters

    is_preset = chance.happens(0.1)
    source = chance.choice(list(PRESETS) if is_preset else [*OPERATIONS, *CHAINS, "compare"])
    settings = list(_parameters(source, is_preset))
    looks = list(_COMPARED_LOOKS if source == "compare" else _LOOKS)
    wanted = [
        one for one in settings if one in (*ESSENTIAL, "layers", "text", *(_COUNTS if source in SEPARABLES else ()))
    ]
    wanted += [*chance.some(settings, 2), *chance.some(looks, 2)]
    wanted += ["still"] if chance.happens(0.9) else []
    lines = {"name": json.dumps(f"a{number}"), "preset" if is_preset else "operation": json.dumps(source)}
    for name in wanted:
        lines[name] = chance.choice(_TOML_VALUES) if chance.happens(0.08) else _in_toml(chance, name)
    lines |= (
        {chance.choice(("title", "name", "kernal", "operation")): chance.choice(_TOML_VALUES)}
        if chance.happens(0.05)
        else {}
    )
    return "\n".join(["[[animation]]", *(f"{name} = {value}" for name, value in lines.items())])


def _in_toml(chance: Chance, name: str) -> str:
    if name == "layers":
        return json.dumps([short_form(chance) for _ in range(chance.choice((2, 2, 3)))])
    if name == "text":
        return json.dumps(text(chance))
    if name == "steps":
        return "[0, 2]"
    return json.dumps(SOUND[name](chance))


OWN: dict[str, Callable[[Chance], str]] = {
    "picture": _numbers,
    "kernel": _kernel,
    "outputs": _target,
    "output": lambda chance: chance.choice(("g", "g", "g/h", "g.h", "../data/a.txt")),
    "slides.output": lambda chance: chance.choice(("a.pptx", "a.pptx", "d.PPTX", "g")),
    "caption_text": lambda chance: chance.choice(("words", "<b>$x$", "'; rm", "한", "x" * 200, "\\n")),
    "names": lambda chance: chance.choice(("x=3", "c=(3, 5)", "pad=same", "f(x)=None", "x")),
    "name": lambda chance: chance.choice(list(PRESETS)),
    "layers": short_form,
    "operations": _operation,
    "text": text,
    "description": toml,
    "jobs": lambda chance: "1",
    "source": lambda chance: chance.choice(("../data/a.txt", "../data/broken.png", "../data/words.json", "a.svg")),
    "what": lambda chance: chance.choice(_lists()),
    "file": lambda chance: chance.choice(MODELS),
    "layer": lambda chance: chance.choice(("1", "2", "3", "4", "conv", "up")),
    "first": lambda chance: chance.choice(("input", "1", "2", "conv", "nothing")),
    "last": lambda chance: chance.choice(("1", "2", "3", "up", "nothing")),
}
"""What stands for parameters that only the command line has, or that it has in a form of its own."""
