"""Addresses of pictures at random: those of command lines, and some that nobody means well."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from convanim.cli.describing import commands
from convanim.cli.serving import Limits
from convanim.formats import FORMATS
from convanim.serve.answers import Answer
from convanim.serve.application import understood
from convanim.serve.drawing import drawn, explained
from convanim.serve.queries import canonical_names
from tests.fuzz import lines
from tests.fuzz.values import Chance, listed

LIMITS = Limits(seconds=5, frames=60, pixels=20_000_000, cells=20_000)
"""Less than a server grants, so that a thousand addresses take a minute."""

REFUSED = (400, 404, 413, 422)
"""What an address that is not answered by a picture is answered by."""

ODD_PATHS = listed("""
../../etc/passwd | conv | conv.exe | .svg | preset/.svg | preset/../conv.svg | conv.svg/ | %00.svg | explain.svg
list.json | gallery.svg | model.svg | serve.svg | backward.svg | backward/x.svg | /conv.svg | CONV.svg | conv.jpg
""")
ODD_VALUES = listed("""
-1 | /etc/passwd | /etc/passwd.csv | ~/.bashrc.json | file:///etc/passwd | http://127.0.0.1/x.png | ../data/grid.csv
<script>alert(1)</script> | %s%n | ${7*7} | {{7*7}} | '; DROP TABLE x | 1e999 | 99999999999 | - | -- | --help | @a
""")
ODD_VALUES += ["\0", "\r\nX-Evil: 1", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "9" * 3000, ""]
ODD_NAMES = listed("output | o | format | json | help | h | __class__ | i | k | input | kernel | for | weights | <b>")
_SMALL = {"width": ("60", "90", "200"), "still": ("0", "0", "-1")}


def parts(chance: Chance) -> tuple[str, ...]:
    """Draw an address: what is done with it, its path, and pairs of a name and a value in one word each."""
    words = chance.choice(list(commands()))
    known = canonical_names(commands()[words])
    own = {name: one.name or "" for name, one in known.items()}
    wanted = [name for name, one in own.items() if one in lines.ESSENTIAL and chance.happens(0.93)]
    wanted += [name for name, one in own.items() if one in ("layers", "operations", "text", "name", "file")]
    wanted += [name for name in chance.some(list(own), 3) if name not in wanted]
    pairs = [pair for name in wanted for pair in _pairs(chance, words, name, own[name])]
    pairs += [
        f"{name}={chance.choice(values)}" for name, values in _SMALL.items() if name in own and name not in wanted
    ]
    pairs += [f"{chance.choice(ODD_NAMES)}={chance.choice(ODD_VALUES)}"] * chance.happens(0.08)
    chance.shuffle(pairs)
    suffix = chance.choice([*FORMATS, *["svg", "png"] * 4, "SVG", "zip"])
    path = f"{words.replace(' ', '/')}.{suffix}" if chance.happens(0.97) else chance.choice(ODD_PATHS)
    return (chance.choice(("draw", "draw", "draw", "explain")), path, *pairs)


def _pairs(chance: Chance, words: str, name: str, own: str) -> list[str]:
    count = chance.choice((1, 2, 3)) if own in ("layers", "operations") else 1
    path = words.rpartition(" ")[2]
    return [f"{name}={chance.choice(ODD_VALUES) if chance.happens(0.03) else _told(chance, own, path)}"] * count


def _told(chance: Chance, own: str, path: str) -> str:
    try:
        return lines.told(chance, own, path)
    except KeyError:
        return chance.choice(("1", "0", "yes", "maybe"))


def answered(parts: tuple[str, ...]) -> Answer:
    """Return the answer to an address."""
    work = explained if parts[0] == "explain" else drawn
    path = parts[1] if len(parts) > 1 else "conv.svg"
    found = understood(path, _written(parts[2:]), path.rpartition(".")[2])
    return found if isinstance(found, Answer) else work(found, LIMITS)


def _written(pairs: tuple[str, ...]) -> str:
    named = [pair.partition("=") for pair in pairs]
    return urlencode([(name, value) for name, _, value in named], errors="replace")


def said(parts: tuple[str, ...]) -> str:
    """Return what is done with an address, and the address."""
    return f"{' '.join(parts[:1])} {address(parts)}"


def address(parts: tuple[str, ...]) -> str:
    """Return an address as one writes it."""
    whole = "".join(parts[1:2])
    path = f"explain/{whole.rpartition('.')[0]}.json" if parts[:1] == ("explain",) else whole
    return f"/{quote(path)}?{_written(parts[2:])}"
