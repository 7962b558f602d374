"""What a program builds with libraries: layers, containers, inputs, and tensors of random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import Described, Kind
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.library_names import CHANNELS, HOLDERS, ROOTS, canonical
from convanim.frameworks.programs.trace import Trace
from convanim.frameworks.programs.values import (
    Container,
    GraphModel,
    Library,
    LibraryLayer,
    Native,
    Scope,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Call, Place

_OF_KERAS_1 = {
    "nb_filter": "filters",
    "nb_row": "nb_row",
    "nb_col": "nb_col",
    "border_mode": "padding",
    "subsample": "strides",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
    **dict.fromkeys(("init", "W_regularizer", "b_regularizer", "W_constraint", "b_constraint", "dim_ordering"), ""),
}
"""Arguments of Keras 1 and their names of today, none for those that say nothing of sizes."""


class Building:
    """The state of a program that uses libraries, and what their constructors build.

    Parameters
    ----------
    trace : Trace
        What is applied to tensors.
    size : tuple of int or None
        Of the input, where it is asked for.
    framework : str
        The one that names are looked up in that nothing imports.
    is_channels_first : bool
        Whether a program of Keras or JAX has its channels before the other axes.
    """

    def __init__(
        self,
        trace: Trace,
        size: tuple[int, ...] | None,
        channels: int,
        framework: str,
        is_channels_first: bool = False,
    ) -> None:
        self.trace, self.size, self.channels, self.framework = trace, size, channels, framework
        self.names: dict[int, str] = {}
        self.is_channels_first = is_channels_first
        self.made_by: dict[int, tuple[Any, Any]] = {}
        self.reader: Interpreter
        self.fed: dict[str, Traced] = {}
        self.is_open = True
        self.offered: dict[Traced, None] = {}
        self.applied: dict[int, None] = {}
        self.first: tuple[Any, ...] = ()
        self.defined: dict[str, Scope] = {}

    def count(self) -> int:
        """Return how many layers have been applied so far."""
        return len(self.trace.entries)

    def note(self, text: str) -> None:
        """Say something of how the program was read."""
        self.trace.note(text)

    def _is_layer(self, name: Library) -> bool:
        root = ROOTS.get(name.path.split(".")[0])
        return root is not None and name.short[:1].isupper() and "." in name.path

    def layer_of(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> LibraryLayer:
        """Return a layer of a framework that is built, or why it cannot be read."""
        root = ROOTS[name.path.split(".")[0]]
        framework = FRAMEWORKS[root]
        if root == "keras":
            arguments, named = self._as_in_keras_2(name.short, arguments, named)
        key = f"nnx.{name.short}" if "nnx" in name.path else name.short
        kind: Kind | None = framework.kinds.get(key, framework.kinds.get(name.short))
        path = canonical(name.path)
        given = dict(named)
        if kind is not None and (kind.build or kind.edges):
            # What says nothing of sizes, such as regularizers, may be anything.
            used = kind.signature.names
            named = {
                key: value if key in used or not isinstance(value, Unknown) else None for key, value in named.items()
            }
            given = dict(named)
        if kind is None or not (kind.build or kind.edges):
            many = dict(enumerate(arguments)) | given
            return LibraryLayer(path, None, {str(key): value for key, value in many.items()}, place)
        try:
            call = self.plain_call(name.short, arguments, given, place)
            its = bound(call, kind.signature)
        except ConvanimError as error:
            return LibraryLayer(path, None, {}, place, str(error))
        except LookupError as error:
            unknown = error.args[0]
            way = f"; give it with --let {unknown.name}=…" if unknown.name else ""
            return LibraryLayer(path, None, {}, place, f"it depends on {unknown.why}, which is not known{way}")
        return LibraryLayer(path, Described(root, name.short, kind, its, str(place)), given, place)

    def _as_in_keras_2(
        self, short: str, arguments: Sequence[Any], named: Mapping[str, Any]
    ) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Return the arguments of a layer by their names of today, where a program has those of Keras 1."""
        if not (short.startswith("Convolution") or _OF_KERAS_1.keys() & named):
            return arguments, named
        given = {_OF_KERAS_1.get(key, key): value for key, value in named.items()}
        given.pop("", None)
        sides = [given.pop(key) for key in ("nb_row", "nb_col") if key in given] or list(arguments[1:])
        if "onv" in short and len(sides) > 1 and all(isinstance(one, int) for one in sides):
            self.note(f"{short} is read as in Keras 1: the numbers behind the first are the kernel's sides")
            return arguments[:1], {**given, "kernel_size": tuple(sides)}
        return arguments, given

    def plain_call(self, name: str, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Call:
        """Return a call with plain values; channels that are not known are 1.

        Raises
        ------
        LookupError
            If another value is not known.
        """
        positional = [self._plain(value, name, number) for number, value in enumerate(arguments)]
        return Call(
            name, tuple(positional), {key: self._plain(value, name, key) for key, value in named.items()}, place
        )

    def _plain(self, value: Any, name: str, key: str | int) -> Any:
        if isinstance(value, list | tuple):
            return tuple(self._plain(one, name, key) for one in value)
        if isinstance(value, range):
            return tuple(value)
        if isinstance(value, Unknown):
            is_count = key in CHANNELS or (
                isinstance(key, int) and key < (2 if "onv" in name and name[-1] == "d" else 1)
            )
            if not is_count or "ool" in name or value.holds:
                raise LookupError(value)
            self.note(
                f"{value.why} is not known, and 1 is taken, so that channels and parameters are not the model's"
                + (f"; give it with --let {value.name}=…" if value.name else "")
            )
            return 1
        return value if isinstance(value, bool | int | float | str | None) else None

    def _children(self, members: Any, place: Place, holds_tensors: bool = False) -> dict[str, Any]:
        """Return members by their names or numbers, without an input that stands before the layers of a Sequential."""
        if isinstance(members, Unknown):
            return {"0": members}
        if isinstance(members, dict):
            return {str(key): value for key, value in members.items()}
        given = self.reader.items(members)
        if given and all(isinstance(one, list | tuple) and len(one) == 2 and isinstance(one[0], str) for one in given):
            return {one[0]: one[1] for one in given}
        kept = given if holds_tensors else [one for one in given if not isinstance(one, Traced)]
        return {str(number): one for number, one in enumerate(kept)}

    def _sequence(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Container:
        given = list(arguments) or [named[key] for key in ("layers",) if key in named]
        if len(given) == 1 and isinstance(given[0], dict):
            return Container(name.path, self._children(given[0], place))
        members = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
        if any(isinstance(one, Traced) for one in members):
            members = [self._as_input(one) if isinstance(one, Traced) else one for one in members]
        if len(given) == 1 and isinstance(given[0], Container):
            members = list(given[0].children.values()) if given[0].short in HOLDERS else given
        return Container(name.path, self._children(members, place))

    def _as_input(self, value: Traced) -> Native:
        """Return what stands for the input of a Sequential of Keras, which its first layer is applied to."""
        if value in self.trace.inputs:
            self.trace.inputs.remove(value)
        return Native("input", lambda reader, node, given, named: given[0], value)

    def _input(self, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return an input of Keras, of the size that it says or that is asked for."""
        shape = named.get("shape", named.get("input_shape", arguments[0] if arguments else None))
        batch = named.get("batch_shape", named.get("batch_input_shape"))
        shape = batch[1:] if isinstance(batch, tuple | list) else shape
        if isinstance(shape, Unknown) and self.size is not None:
            shape = (None,) * (len(self.size) + 1)
        if not isinstance(shape, tuple | list):
            return Unknown("the shape of an input")
        self.trace.channels_last = not self.is_channels_first
        if len(shape) < 2:
            return self.trace.constant((1, *(one if isinstance(one, int) else 1 for one in shape)))
        if self.is_channels_first:
            return self.image(tuple(shape[1:]), shape[0])
        return self.image(tuple(shape[:-1]), shape[-1])

    def image(self, size: Sequence[Any], channels: Any) -> Traced:
        """Return an input of the size that the program says, or that is asked for where it leaves it open."""
        own: Sequence[Any] = size
        is_known = all(isinstance(one, int) and one > 0 for one in size)
        self.first = self.first or tuple(size)
        if is_known and tuple(size) != self.first:
            # A further input, of a size of its own.
            return self.trace.input(tuple(size), channels if isinstance(channels, int) else self.channels)
        if self.size is not None and (len(self.size) == len(size) or len(set(self.size)) == 1):
            own = self.size if len(self.size) == len(size) else self.size[:1] * len(size)
        if is_known and tuple(own) != tuple(size):
            said, asked = ("×".join(map(str, one)) for one in (size, own))
            self.note(f"the program says that its input is {said}; {asked} is taken, as asked for")
        if not all(isinstance(one, int) and one > 0 for one in own):
            raise ConvanimError("input_size", "", "is missing: the program leaves it open; give one such as 224")
        if not isinstance(channels, int):
            channels = self.channels
            self.note(f"the input's channels are not known, and {channels} is taken")
        return self.trace.input(tuple(own), channels)

    def _graph_model(self, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        given = dict(zip(("inputs", "outputs", "name"), arguments, strict=False)) | dict(named)
        inputs = given.get("inputs", given.get("input"))
        many = inputs if isinstance(inputs, list | tuple) else [inputs]
        outputs = given.get("outputs", given.get("output"))
        return GraphModel(tuple(one for one in many if isinstance(one, Traced)), outputs, str(given.get("name") or ""))

    def _random(self, arguments: Sequence[Any], named: Mapping[str, Any], name: str = "") -> Any:
        sizes = [one for one in arguments if not isinstance(one, Native | Library)]
        if name in ("eye", "identity") and len(sizes) == 1:
            sizes = sizes * 2
        shape = named.get("shape", named.get("size", sizes))
        if isinstance(shape, list | tuple) and len(shape) >= 1 and isinstance(shape[-1], list | tuple):
            shape = shape[-1]
        if not isinstance(shape, list | tuple) or not all(isinstance(one, int) for one in shape):
            unknown = (
                next((one for one in shape if isinstance(one, Unknown)), None) if isinstance(shape, list) else None
            )
            return unknown or Unknown("the shape of a tensor")
        dims = tuple(shape)
        is_image = self.is_open and self.reader.depth == 0 and 3 <= len(dims) <= 5
        if not is_image or min(dims) < 1:
            return self.trace.constant(dims)
        made = self.trace.constant(dims)
        self.offered[made] = None
        return made


def each_axis(described: Described, name: str) -> Any:
    """Return an argument of a layer as its attribute: a tuple with a number for each axis, for convolutions."""
    value = described.arguments[name]
    dims = described.kind.dims
    sized = ("kernel_size", "stride", "strides", "padding", "dilation", "dilation_rate", "output_padding")
    is_each = "Conv" in described.name and name in sized and isinstance(value, int) and dims is not None
    return (value,) * dims if is_each and dims is not None else value


def shape_of_weights(layer: LibraryLayer) -> tuple[int, ...] | None:
    """Return the shape of a convolution's weights as PyTorch has them, None for any other layer."""
    described = layer.described
    if described is None or described.framework != "torch" or "Conv" not in described.name:
        return None
    its = described.arguments
    channels, made, groups = its.get("in_channels"), its["out_channels"], its["groups"]
    kernel = each_axis(described, "kernel_size")
    if not all(isinstance(one, int) and one > 0 for one in (channels, made, groups)) or not isinstance(kernel, tuple):
        return None
    first = (channels, made // groups) if "Transpose" in described.name else (made, channels // groups)
    return (*first, *kernel)
