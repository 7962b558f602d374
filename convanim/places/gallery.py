"""A gallery: the animations of a TOML file as a folder of files with an index page."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from convanim.animations.animation import Animation
from convanim.animations.backward import Shown, backward, shown_parts
from convanim.animations.comparing import Described, compare, described
from convanim.animations.contradictions import uncontradicted
from convanim.animations.drawing import animate
from convanim.animations.presets import find_preset
from convanim.animations.settings import SETTINGS
from convanim.base.errors import ConvanimError
from convanim.base.options import composed, one_of, quoted, refuse_unseen
from convanim.base.processes import each
from convanim.base.records import dataclass
from convanim.formats.file_names import check_name
from convanim.formats.files import check_writable, make_folder, write_safely
from convanim.formats.gif import decode
from convanim.inputs.building import CHAINS, Built, build, parameters_of
from convanim.inputs.gradients import build_text, read_grad
from convanim.inputs.numbers import is_picture
from convanim.layers import OPERATIONS
from convanim.places.commands import LAYER_NUMBERS, NUMBERS, option_words
from convanim.words.captions import caption, captions

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_MOST_BYTES = 5_000_000
"""The most bytes of a description; a larger one takes too long to read."""

_MOST_LETTERS = {"title": 100, "explanation": 5_000}
"""The most characters of texts in the index; a title of this length fills its space on a slide."""
_WORDS = ("name", "title", "explanation")
_LOOKS = {"bias": None, **{name: its.default for name, its in SETTINGS.items()}}
"""The options of `animate` that an entry may have, with their defaults."""

_COMPARE = "compare"
_OF_ONE = ("bias", "method", "overlap", "field", "effective")
_COMPARED_LOOKS = {name: its for name, its in _LOOKS.items() if name not in _OF_ONE}
_COMPARED_LOOKS["arrange"] = inspect.signature(compare).parameters["arrange"].default
"""The options of `compare` that an entry may have, with their defaults."""

_BACKWARD = "backward"
_BACKWARD_LOOKS = {**_COMPARED_LOOKS, "arrange": None, "part": None}
"""The options of `backward` that an entry may have, with their defaults."""

_INDEX = "README.md"
_SPECIAL = re.compile(r"([\\`*_\[\]<>&|#~])")


@dataclass(frozen=True)
class Entry:
    """One animation of a gallery.

    Attributes
    ----------
    name : str
        Name of its file, without suffix.
    title, explanation : str
        Texts for the index.
    source : str
        Name of the operation or the preset; ``"compare"`` for several layers.
    is_preset : bool
        Whether ``source`` is a preset.
    settings : dict
        The layer's parameters by name, as written, including input and kernel.
    looks : dict
        Options of `animate`, or `compare`, by name.
    """

    name: str
    title: str
    explanation: str
    source: str
    is_preset: bool
    settings: dict[str, Any]
    looks: dict[str, Any]

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.name}.gif"

    @cached_property
    def built(self) -> Built:
        """The layer or chain with the numbers given for it."""
        if self.is_preset:
            return Built(find_preset(self.source).layer)
        own = {name: value for name, value in self.settings.items() if name not in NUMBERS}
        given, seed = {name: self.settings.get(name) for name in LAYER_NUMBERS}, self.looks.get("seed", 0)
        if self.source == _BACKWARD:
            text = own.pop("layer", "")
            return build_text(text, **own, input=given["input"], kernel=given["kernel"], seed=seed)
        return build(self.source, own, given["input"], given["kernel"], seed)

    @property
    def is_comparison(self) -> bool:
        """Whether it compares several layers."""
        return self.source == _COMPARE and not self.is_preset

    @cached_property
    def compared(self) -> Described:
        """The layers of a comparison."""
        given = self.settings
        return described(
            given.get("layers", ()),
            given.get("input_size"),
            given.get("input"),
            self.looks.get("seed", 0),
            in_channels=given.get("in_channels"),
            view=self.looks.get("view"),
        )

    @cached_property
    def passed_back(self) -> Shown:
        """The parts of a backward pass."""
        grad = self.settings.get("grad")
        given = read_grad(grad, self.built.layer) if isinstance(grad, str) else grad
        return shown_parts(self.built, self.looks.get("part"), grad=given, seed=self.looks.get("seed", 0))

    @property
    def phrases(self) -> tuple[str, ...]:
        """Phrases that describe its layers."""
        if self.is_comparison:
            return captions(self.compared.texts, self.compared.layers)
        if self.source == _BACKWARD:
            return self.passed_back.phrases
        return (*caption(self.built.written), *self.built.lacks())

    @property
    def _usual(self) -> dict[str, Any]:
        """Default options of `animate` for the entry."""
        if self.is_preset:
            return find_preset(self.source).looks
        shades = {"shades": is_picture(self.settings.get("input"))}
        return {**shades, "method": "scatter"} if self.source == "roundtrip" else shades

    @cached_property
    def animation(self) -> Animation:
        """Its animation; the entry's options take precedence over those of a preset."""
        if self.is_comparison:
            return compare(self.compared.built, **{**self.compared.looks, **self._usual, **self.looks})
        if self.source == _BACKWARD:
            return backward(self.built, **{**self._usual, **self.looks, "grad": self.passed_back.whole.grad})
        return animate(self.built, **{**uncontradicted(self._usual, self.looks), **self.looks})

    def __getstate__(self) -> dict[str, Any]:
        """Return the state that another process needs to draw it, without the animation."""
        return {name: value for name, value in vars(self).items() if name != "animation"}

    @property
    def command(self) -> str:
        """The command that draws it."""
        words = ["convanim", *(("preset", self.source) if self.is_preset else (self.source.replace("_", "-"),))]
        words += ["layer"] if self.source == _BACKWARD else []
        usual = {**_LOOKS, **(_BACKWARD_LOOKS if self.source == _BACKWARD else _COMPARED_LOOKS), **self._usual}
        told = {name: value for name, value in self.looks.items() if value != usual[name]}
        if self.source in OPERATIONS and told.get("method") == "gather":
            # Commands of operations with only this method have no such option.
            del told["method"]
        for name, value in {**self.settings, **told}.items():
            words += option_words(name, value)
        first = self.compared.layers[0] if self.is_comparison else self.built.layer
        if first.dims != 2 and not self.is_preset and "input" not in self.settings:
            words += ["--dims", str(first.dims)]
        return " ".join([*words, "-o", self.file])


def read_gallery(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a TOML file, each a table ``[[animation]]``.

    An entry has a ``name``, and a ``preset`` or an ``operation`` with its
    parameters by name. It may have a ``title``, an ``explanation`` and the
    options of `animate`.

    Raises
    ------
    ConvanimError
        If the file cannot be read or an entry is wrong; the message names it.
    """
    content = _read(path)
    try:
        described = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConvanimError("description", path, "is not TOML ({})", error) from error
    tables = described.get("animation")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConvanimError("description", path, "describes no animation; add a table [[animation]]")
    entries = tuple(_entry(number, table) for number, table in enumerate(tables, 1))
    names = [entry.name.lower() for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise ConvanimError("name", repr(name), "is the name of two animations; give each its own")
    return entries


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConvanimError("description", path, "could not be read ({})", reason) from error
    if len(content) > _MOST_BYTES:
        raise ConvanimError("description", path, f"has more than the {_MOST_BYTES:,} bytes that are read")
    return content


def make_gallery(
    entries: tuple[Entry, ...], folder: Path, jobs: int = 1, progress: Callable[[], object] | None = None
) -> None:
    """Draw every entry into a folder, and write an index page beside them.

    Parameters
    ----------
    entries : tuple of Entry
        The entries to draw.
    folder : Path
        Folder of the gallery, made if it does not exist.
    jobs : int
        Number of processes that draw at the same time.
    progress : callable, optional
        Called after each entry.

    Raises
    ------
    ConvanimError
        If an entry cannot be drawn or a file cannot be written.
    """
    make_folder("output", folder)
    for name in (*(entry.file for entry in entries), _INDEX):
        check_writable("output", folder / name)
    for entry, content in zip(entries, each(_drawn, entries, jobs), strict=True):
        write_safely(folder / entry.file, content)
        if progress:
            progress()
    write_safely(folder / _INDEX, index_page(entries).encode())


def check_gallery(
    entries: tuple[Entry, ...], folder: Path, jobs: int = 1, progress: Callable[[], object] | None = None
) -> list[str]:
    """Return one line for each file of a folder that differs from a fresh drawing.

    Animations are compared by their decoded pixels and times, the index by its text.
    """
    differences = []
    for difference in each(partial(_compare, folder), entries, jobs):
        differences += [difference] if difference else []
        if progress:
            progress()
    index = folder / _INDEX
    try:
        same = index.read_bytes() == index_page(entries).encode()
    except OSError as error:
        return [*differences, f"{index}: cannot be read ({error.strerror})"]
    return differences if same else [*differences, f"{index}: differs from a fresh index"]


def index_page(entries: tuple[Entry, ...]) -> str:
    """Return the index in Markdown, with the picture, the description and the command of each entry."""
    parts = ["# Gallery", "", "Every animation here, with the command that draws it.", ""]
    for entry in entries:
        told = _escaped(entry.title or entry.name)
        parts += [
            f"## {told}",
            "",
            f"![{_escaped(entry.animation.alt)}]({entry.file})",
            "",
            _escaped(" · ".join(entry.phrases)),
            "",
        ]
        if entry.explanation:
            parts += [_escaped(entry.explanation), ""]
        fence = "`" * max(3, max(map(len, re.findall("`+", entry.command)), default=0) + 1)
        parts += [f"{fence}sh", entry.command, fence, ""]
    return "\n".join(parts)


def _entry(number: int, table: dict[str, Any]) -> Entry:
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConvanimError(
            "name", quoted(name), f"of animation {number} must be letters, digits, - and _, at most a hundred"
        )
    check_name("name", repr(name), name)
    try:
        return _described(name, table)
    except ConvanimError as error:
        raise ConvanimError("animation", repr(name), "{}", error) from error


def _described(name: str, table: dict[str, Any]) -> Entry:
    if ("preset" in table) == ("operation" in table):
        raise ConvanimError("operation", quoted(table.get("operation")), "give either an `operation` or a `preset`")
    is_preset = "preset" in table
    source = table["preset"] if is_preset else str(table["operation"]).replace("-", "_")
    if is_preset:
        find_preset(source)
    else:
        one_of("operation", source, (*OPERATIONS, *CHAINS, _COMPARE, _BACKWARD))
    parameters = _parameters(source, is_preset)
    known = _LOOKS if is_preset else {_COMPARE: _COMPARED_LOOKS, _BACKWARD: _BACKWARD_LOOKS}.get(source, _LOOKS)
    rest = {key: _frozen(value) for key, value in table.items() if key not in (*_WORDS, "preset", "operation")}
    for key in rest:
        one_of("its key", key, (*_WORDS, *parameters, *known))
    for key, value in table.items():
        for text in _texts(value):
            refuse_unseen(key, text)
    for key, most in _MOST_LETTERS.items():
        if not isinstance(table.get(key, ""), str):
            raise ConvanimError(key, quoted(table[key]), "must be text")
        composed(key, table.get(key, ""), most)
    settings = {key: value for key, value in rest.items() if key in parameters}
    looks = {key: value for key, value in rest.items() if key not in parameters}
    title = " ".join(table.get("title", "").split())
    entry = Entry(name, title, table.get("explanation", ""), source, is_preset, settings, looks)
    entry.animation.fitting_format("name", entry.file, "gif")
    return entry


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a setting, any of which may appear in the index."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _parameters(source: str, is_preset: bool) -> tuple[str, ...]:
    """Return the names of an entry's parameters, which are not texts or options of the drawing."""
    if is_preset:
        return ()
    if source == _BACKWARD:
        return ("layer", "input_size", "in_channels", *NUMBERS)
    return (
        ("layers", "input_size", "in_channels", "input")
        if source == _COMPARE
        else (*parameters_of(source), *LAYER_NUMBERS)
    )


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _drawn(entry: Entry) -> bytes:
    return entry.animation.encode("gif")


def _compare(folder: Path, entry: Entry) -> str:
    path = folder / entry.file
    try:
        content = path.read_bytes()
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror})"
    encoded = entry.animation.encode("gif")
    if encoded == content:
        return ""
    try:
        pictures, *rest = decode(content)
    except OSError:
        return f"{path}: is not a GIF"
    fresh, *fresh_rest = decode(encoded)
    same = rest == fresh_rest and np.array_equal(pictures, fresh)
    return "" if same else f"{path}: differs from a fresh drawing"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
