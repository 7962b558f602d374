"""The short form of a layer, such as ``conv k3 p1``, and the text form of its parameters."""

from __future__ import annotations

import inspect
import re
from collections import ChainMap
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from convanim.base.errors import ConvanimError
from convanim.base.later import np
from convanim.base.options import one_of, parse, parse_numbers, parse_whole, short
from convanim.base.records import dataclass
from convanim.inputs.numbers import read_array
from convanim.layers import JOINS, OPERATIONS, SEPARABLES, Chain, Join, Layer, Scale
from convanim.layers.branching import refuse_apart
from convanim.layers.deform_conv import RANDOM
from convanim.layers.parameters import LETTERS, PARAMETERS
from convanim.layers.wanted_sizes import least_input

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS: ChainMap[str, type[Any]] = ChainMap(cast(dict[str, type[Any]], SEPARABLES), OPERATIONS)
"""Every operation and pair of layers that has a short form, including registered ones."""

_INPUT, _FROM, _AS = "input", "from", "as"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}", re.ASCII)

_SPEC = "layer"
_LETTER = re.compile(r"([a-z])([0-9].*)", re.ASCII)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_COUNTS = tuple(one.name for one in PARAMETERS.values() if one.is_count)
"""Parameters that are written as numbers without a name, in this order."""


@dataclass(frozen=True)
class Spec:
    """A layer without its input size.

    Attributes
    ----------
    operation : str
        A key of ``OPERATIONS``.
    parameters : dict
        The parameters by name.
    kernel : str or None
        The text after ``kernel=``: a name, or rows of numbers.
    reads : tuple of str
        The tensors that it reads, as they are written; where that is none,
        the output of the layer before. A join reads that one first.
    name : str
        What its output is called.
    """

    operation: str
    parameters: dict[str, Any]
    kernel: str | None = None
    reads: tuple[str, ...] = ()
    name: str = ""

    @property
    def needs_chain(self) -> bool:
        """Whether it makes sense only among other layers."""
        return bool(self.reads or self.name)

    def sized(self, kernel_size: tuple[int, ...]) -> Spec:
        """Return a copy with a kernel size, if none is written."""
        return replace(self, parameters={"kernel_size": kernel_size, **self.parameters})

    def fed(self, channels: int) -> Spec:
        """Return a copy for a number of input channels, if none are written; pairs of layers stay as they are."""
        if self.operation not in OPERATIONS:
            return self
        return replace(self, parameters=OPERATIONS[self.operation].fed(channels, self.parameters))

    def of_cells(self, mask: NDArray[np.bool_] | None) -> Spec:
        """Return the layer with its active cells, if those are not written and a mask says which are made before it."""
        if mask is None or "active" in self.parameters or "active" not in parameters_named(self.operation):
            return self
        return replace(self, parameters={**self.parameters, "active": np.argwhere(mask).tolist()})

    def layer(self, input_size: tuple[int, ...]) -> Layer | Chain:
        """Return the layer for an input size.

        Raises
        ------
        ConvanimError
            If there is no such layer.
        """
        build: Callable[..., Layer | Chain] = _KINDS[self.operation]
        for name, its in inspect.signature(build).parameters.items():
            if its.default is inspect.Parameter.empty and name not in ("input_size", *self.parameters):
                raise ConvanimError(name, "", f"is missing; write {_form(name)}")
        return build(input_size=input_size, **self.parameters)


def parameters_named(operation: str) -> tuple[str, ...]:
    """Return the names of an operation's parameters except the input size."""
    return tuple(name for name in inspect.signature(_KINDS[operation]).parameters if name != "input_size")


def parse_parameter(operation: str, name: str, text: str) -> Any:
    """Return the value of an operation's parameter from its text form.

    Raises
    ------
    ConvanimError
        If the text is not understood.
    """
    takes = PARAMETERS[name].takes
    if takes == "word":
        return text
    if takes == "list":
        return tuple(parse_whole(name, part) for part in re.split(r"[\s,;]+", text.strip()))
    if takes == "rows":
        return text if text.strip().lower() == RANDOM else read_array(name, text)
    if takes == "numbers":
        return parse_numbers(name, text)
    if takes == "whole":
        return parse_whole(name, text)
    if takes == "flag":
        return _FLAGS[one_of(name, text.lower(), _FLAGS)]
    words = _KINDS[operation].padding_words if name == "padding" else ()
    return parse(name, text, words, takes == "pairs")


def parts_of_chain(text: str) -> tuple[str, ...]:
    """Return the short forms of the layers of a chain, which ``>`` separates; one if there is no ``>``.

    Examples
    --------
    >>> parts_of_chain("conv k3 p1 > max-pool k2")
    ('conv k3 p1', 'max-pool k2')
    """
    return tuple(part.strip() for part in text.replace("→", ">").split(">"))


def parse_layer(text: str) -> Spec:
    """Return the layer that a short form describes.

    The operation comes first; then, in any order, a letter and a number
    (``k3``, ``s2``, ``p0:1``, ``d2``, ``a1``, ``g2``), a number alone for the
    channels (``conv 16 32 k3``), a word for the padding (``same``,
    ``causal``), a parameter by its name
    (``kernel_size=3``, ``padding=same``, ``padding_mode=reflect``), the name
    alone of one that is on or off (``ceil_mode``), or the weights
    (``kernel=sobel-x``, ``kernel=1,0;0,1``).

    In a chain with branches, ``from`` and a tensor says what a layer reads
    instead of the output of the one before, and ``as`` and a word names what
    it makes. ``add``, ``concat`` and ``scale`` join the output of the layer
    before to the tensors behind them. A tensor is ``input``, a name, or the
    number of a layer, counted from 1.

    Raises
    ------
    ConvanimError
        If a part is not understood, comes twice, or is no parameter of the
        operation.

    Examples
    --------
    >>> parse_layer("conv k3 padding=1").parameters
    {'kernel_size': 3, 'padding': 1}
    >>> parse_layer("conv k1 s2 from input as skip").reads
    ('input',)
    >>> parse_layer("add skip").reads
    ('', 'skip')
    """
    words, read, name_of_output = _without_ends(text)
    if words and words[0].lower() in JOINS:
        return _parse_join(text, words, read, name_of_output)
    if not words:
        raise ConvanimError(_SPEC, repr(text), "is empty; write an operation and its parameters such as conv k3 p1")
    names = [*(name.replace("_", "-") for name in _KINDS), *JOINS]
    operation = one_of("operation", words[0].lower(), names).replace("-", "_")
    known = list(parameters_named(operation))
    parameters: dict[str, Any] = {}
    kernel = None
    for word in words[1:]:
        name, value = _split(word, _KINDS[operation].padding_words)
        if word.isascii() and word.isdigit():
            counts = [one for one in _COUNTS if one in known and one not in parameters]
            name, value = (counts[0], word) if counts else (word, "")
        if name == "kernel" and kernel is None and "=" in word and value and _KINDS[operation].is_weighted:
            kernel = value
            continue
        if name not in known or not value or name in parameters:
            raise ConvanimError(_SPEC, repr(text), f"cannot take {{}}; {_allowed(known)}, each once", repr(word))
        try:
            parameters[name] = parse_parameter(operation, name, value)
        except ConvanimError as error:
            raise ConvanimError(_SPEC, repr(text), "{}", error) from error
    if "kernel_size" not in parameters and kernel is None and "kernel_size" in known:
        raise ConvanimError(_SPEC, repr(text), "has no kernel size; write one such as k3")
    return Spec(operation, parameters, kernel, read, name_of_output)


def _without_ends(text: str) -> tuple[list[str], tuple[str, ...], str]:
    """Return the words of a layer without the tensor that it reads and its name at their end, and those two."""
    words, found = text.split(), dict[str, str]()
    while len(words) > 2 and words[-2].lower() in (_FROM, _AS) and words[-2].lower() not in found:
        word, value = words[-2].lower(), words[-1]
        if word == _AS and (not _NAME.fullmatch(value) or value == _INPUT):
            raise ConvanimError(_SPEC, repr(text), "has a name that is not a word such as skip")
        found[word] = value
        words = words[:-2]
    return words, (found[_FROM],) if _FROM in found else (), found.get(_AS, "")


def _parse_join(text: str, words: list[str], read: tuple[str, ...], name: str) -> Spec:
    """Return the join that a short form describes, which reads the output of the layer before, or another, first."""
    others = tuple(words[1:])
    if not others:
        raise ConvanimError(
            _SPEC, repr(text), f"joins the layer before to nothing; write what, such as {words[0].lower()} input"
        )
    return Spec(words[0].lower(), {}, None, (*read, *others) if read else ("", *others), name)


def chain_of(input_size: tuple[int, ...], specs: Iterable[Spec], kernels: Iterable[object] = ()) -> Chain:
    """Return the chain of some layers for an input size.

    Raises
    ------
    ConvanimError
        If one of the layers is not possible; the message gives its number.
    """
    found = tuple(specs)
    try:
        layers, sources, names = _laid(input_size, found)
    except ConvanimError as error:
        inner = error.__cause__
        if error.value == 1 or not isinstance(inner, ConvanimError):
            raise
        least = least_input(input_size, lambda size: list(_laid(size, found)[0])) if inner.needs_input else ""
        raise ConvanimError(_SPEC, error.value, "{}" + least, inner.behind_others()) from inner
    return Chain(layers, tuple(kernels) or None, sources=sources, names=names)


_Laid = tuple[list[Layer], list[tuple[int, ...]], list[str]]
"""The layers of a chain, the tensors that each reads, and the names of what they make."""


def _laid(input_size: tuple[int, ...], specs: Sequence[Spec]) -> _Laid:
    """Return the layers of a chain, each for the tensors that it reads; an error gives the layer's number."""
    layers: list[Layer] = []
    sources: list[tuple[int, ...]] = []
    names: list[str] = []
    # The shape of each tensor, and the number of the tensor that each written layer makes.
    shapes: list[tuple[int | None, tuple[int, ...]]] = [(None, input_size)]
    masks: list[NDArray[np.bool_] | None] = [None]
    written = [0]
    for number, spec in enumerate(specs, 1):
        read = [_tensor(one, number, written, names) for one in spec.reads] or [written[-1]]
        made: Layer | Chain
        try:
            if spec.operation in JOINS:
                said = [names[one - 1] or f"layer {written.index(one)}" if one else _INPUT for one in read]
                made, read = _joined(JOINS[spec.operation], read, shapes, said, number)
            else:
                channels, size = shapes[read[0]]
                made = (spec if channels is None else spec.fed(channels)).of_cells(masks[read[0]]).layer(size)
        except ConvanimError as error:
            if error.option == "layers":
                raise
            raise ConvanimError(_SPEC, number, "{}", error) from error
        parts = made.layers if isinstance(made, Chain) else (made,)
        if shapes[0][0] is None:
            shapes[0] = (parts[0].source_channels(0), input_size)
        for part in parts:
            layers.append(part)
            sources.append(tuple(read))
            names.append("")
            read = [len(layers)]
            shapes.append((part.grouping.out_channels, part.output_size))
            masks.append(part.output_mask)
        names[-1] = spec.name
        written.append(len(layers))
    return layers, sources, names


def _tensor(text: str, number: int, written: Sequence[int], names: Sequence[str]) -> int:
    """Return the number of the tensor that a word of layer ``number`` means; an empty one is what comes before.

    Raises
    ------
    ConvanimError
        If there is no such tensor before that layer.
    """
    if not text:
        return written[-1]
    if text.lower() == _INPUT:
        return 0
    if text in names:
        return len(names) - list(reversed(names)).index(text)
    if text.isascii() and text.isdigit() and 0 < int(text) < number:
        return written[int(text)]
    known = [*(name for name in names if name), *(str(one) for one in range(1, number))]
    raise ConvanimError(
        _SPEC, number, f"reads {{}}, which is not made before it; read {' or '.join([_INPUT, *known][:6])}", repr(text)
    )


def _joined(
    kind: type[Join],
    read: list[int],
    shapes: Sequence[tuple[int | None, tuple[int, ...]]],
    said: list[str],
    number: int,
) -> tuple[Layer, list[int]]:
    """Return layer ``number``, which joins some tensors, and these in the order in which it takes them."""
    known = [(channels or 1, size) for channels, size in (shapes[one] for one in read)]
    if kind is Scale and set(known[0][1]) == {1} != set(known[-1][1]):
        # What is scaled comes before its factors, whichever is written first.
        known, read, said = known[::-1], read[::-1], said[::-1]
    refuse_apart(kind, known, said, number)
    return kind.of(known), read


def _split(word: str, paddings: Container[str]) -> tuple[str, str]:
    """Return the parameter that a word names and its value; some words alone are a padding."""
    name, equals, value = word.partition("=")
    if equals:
        return LETTERS.get(name, name.replace("-", "_")), value
    if letter := _LETTER.fullmatch(word.lower()):
        return LETTERS.get(letter[1], letter[1]), letter[2]
    for padding in (word.lower(), word.lower().removeprefix("p")):
        if padding in paddings:
            return "padding", padding
    return word.replace("-", "_"), "true"


def _form(name: str) -> str:
    """Return a phrase on how to write a missing parameter."""
    letters = {name: letter for letter, name in LETTERS.items()}
    if name in _COUNTS:
        return "the channels as numbers alone, such as 16 32"
    return f"one such as {letters[name]}3" if name in letters else f"one such as {name}=3"


def _allowed(known: list[str]) -> str:
    letters = {name: letter for letter, name in LETTERS.items()}
    forms = [f"{letters[name]}3 or {name}=3" if name in letters else name for name in known]
    return "write " + ", ".join(forms)


def written(layer: Layer) -> dict[str, str]:
    """Return the parameters of a layer as texts, without those that would be the same if they were left out.

    Examples
    --------
    >>> from convanim.layers import Conv, MaxPool
    >>> written(Conv(5, 3, padding=1)), written(MaxPool(6, 2))
    ({'input_size': '5', 'kernel_size': '3', 'padding': '1'}, {'input_size': '6', 'kernel_size': '2'})
    """
    parameters = inspect.signature(type(layer)).parameters
    values = {name: getattr(layer, name) for name in parameters}
    told = {name: _text(name, value) for name, value in values.items()}
    found = dict(told)
    for name, parameter in parameters.items():
        if parameter.default is inspect.Parameter.empty:
            continue
        rest = {one: values[one] for one in found if one != name}
        try:
            other = type(layer)(**rest)
        except ConvanimError:
            continue
        if {one: _text(one, getattr(other, one)) for one in parameters} == told:
            del found[name]
    return found


def short_form(layer: Layer) -> str:
    """Return a layer without its input size in the short form.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> short_form(Conv(5, 3, padding=1, in_channels=4, out_channels=8))
    'conv 4 8 k3 p1'
    """
    told = {name: text for name, text in written(layer).items() if name != "input_size"}
    letters = {name: letter for letter, name in LETTERS.items()}
    counts = [name for name in _COUNTS if name in parameters_named(layer.operation)]
    if any(name in told for name in counts):
        told = {**{name: _text(name, getattr(layer, name)) for name in counts}, **told}
    words = [layer.operation.replace("_", "-")]
    for name, text in sorted(told.items(), key=lambda one: one[0] not in counts):
        takes = PARAMETERS[name].takes
        if name in counts:
            words.append(text)
        elif takes == "flag":
            words.append(name.replace("_", "-") if text == "true" else f"{name}=false")
        else:
            words.append(f"{letters[name]}{text}" if name in letters and text[0].isdigit() else f"{name}={text}")
    return " ".join(f"'{word}'" if " " in word else word for word in words)


def _text(name: str, value: Any) -> str:
    """Return the value of a parameter as `parse_parameter` reads it."""
    takes = PARAMETERS[name].takes
    if isinstance(value, bool):
        return "true" if value else "false"
    if takes == "rows" and value is not None:
        rows = np.atleast_2d(np.asarray(value))
        return "; ".join(" ".join(f"{one:.12g}" for one in row) for row in rows.reshape(len(rows), -1)) + ";"
    if name == "active":
        return " ".join(",".join(map(str, cell)) for cell in value)
    if takes == "list" and value is not None:
        return " ".join(map(str, value))
    return "" if value is None else short(value)
