"""What layers and functions of libraries make of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import Described, Input
from convanim.frameworks.programs import arranging, functions, tf_functions
from convanim.frameworks.programs.building import Building
from convanim.frameworks.programs.jax_functions import CONVOLUTIONS, convolved, windows_reduced
from convanim.frameworks.programs.library_names import (
    CONVERTING,
    FUNCTIONAL,
    HOLDERS,
    INITIALIZER,
    LISTED_FUNCTIONS,
    ROOTS,
    STEPS_OF_CALL,
    canonical,
)
from convanim.frameworks.programs.modules import flat_values, is_module, node_at
from convanim.frameworks.programs.plain_layers import merged, plain_layer
from convanim.frameworks.programs.trace import NeedsInput, weight_keys
from convanim.frameworks.programs.values import (
    Array,
    Container,
    GraphModel,
    Library,
    LibraryLayer,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place, cut, refused

_METHODS = {
    "nearest": "nearest",
    "bilinear": "bilinear",
    "linear": "bilinear",
    "triangle": "bilinear",
    "cubic": "bicubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}
"""Keras' words for the interpolation that words of TensorFlow, Keras and JAX contain."""

_WEIGHTS = ("weight", "bias", "rhs", "filters", "kernel", "filter")
_BY_PATH = {
    "torch.Tensor.unfold": "unfold_windows",
    "jax.lax.slice": "slice_between",
    "tensorflow.slice": "slice_sized",
    "keras.ops.slice": "slice_sized",
}
"""Functions whose last name means another thing elsewhere."""
_ELSEWHERE = {
    (False, "repeat"): "repeat_along",
    (True, "repeat_interleave"): "repeat_along",
    (False, "split"): "split_into",
    (False, "gather"): "take",
}
"""Functions that do another thing in PyTorch, or elsewhere, than their name says there."""
_OF_JAX = {**dict.fromkeys(CONVOLUTIONS, convolved), "reduce_window": windows_reduced}


class Applying(Building):
    """What is built, applied to tensors: layers, containers, and functions that do the same."""

    def _used(self, value: Traced) -> Traced:
        """Return a tensor of random numbers as the input that it stands for, where it is given to a layer."""
        if value not in self.offered or value.dims is None:
            return value
        dims = value.dims
        if value.name not in self.fed:
            places = self.trace.places(len(dims))
            size = tuple(dims[place] for place in places)
            asked = self.size if self.size is not None and len(self.size) == len(size) else size
            self.fed[value.name] = self.trace.input(asked, dims[self.trace.channel_axis(len(dims))])
        return self.fed[value.name]

    def _open(self, value: Unknown) -> Any:
        """Return the input that an unknown name stands for, where layers stand by themselves."""
        if not self.is_open or self.reader.depth or not value.name or value.holds:
            return value
        if value.name not in self.fed:
            if self.size is None:
                raise ConvanimError("input_size", "", "is missing; give a size such as 8")
            self.trace.guessed = True
            self.trace.knows_channels = self.channels > 0
            self.fed[value.name] = self.trace.input(self.size, max(self.channels, 1), value.name)
        return self.fed[value.name]

    def _functional(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function makes of tensors, None where it is not known."""
        short = _BY_PATH.get(name.path, name.short)
        if short in CONVERTING and arguments and isinstance(arguments[0], Traced):
            return arguments[0]
        many, given = self._operands(short, arguments, named)
        root = ROOTS.get(name.path.split(".")[0])
        is_window = FUNCTIONAL.match(short) is not None or short in LISTED_FUNCTIONS
        if (root == "torch" and is_window) or (root == "jax" and short in ("max_pool", "avg_pool")):
            return self._windowed(name, many, given, place)
        if root == "jax" and short in _OF_JAX:
            first = many.pop(0) if many else given.pop("lhs", given.pop("operand", None))
            is_known = isinstance(first, Traced)
            return _OF_JAX[short](self, name, first, many, given, place) if is_known else Unknown(f"what {short} makes")
        if root == "keras" and short in tf_functions.FUNCTIONS:
            return tf_functions.windowed(self, name, many, given, place)
        if short in ("resize", "resize_images", "resize_bilinear") and many and isinstance(many[0], Traced):
            return self.resized(name, many[0], many[1:], given)
        if short not in functions.FUNCTIONS:
            return None
        if ".ops" in name.path and short == "concatenate" and "axis" not in given and len(many) == 1:
            given["axis"] = 0
        return self.function(short, many, given, place, root or self.framework)

    def _operands(
        self, short: str, arguments: Sequence[Any], named: Mapping[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments of a function with the inputs that random numbers and open names stand for.

        What a convolution is given beside its input are weights, whatever they are made of.
        """
        is_convolution = "conv" in short
        many = [
            self._used(one) if isinstance(one, Traced) and not (is_convolution and number) else one
            for number, one in enumerate(arguments)
        ]
        if many and isinstance(many[0], Unknown):
            many[0] = self._open(many[0])
        given = {
            key: self._used(one) if isinstance(one, Traced) and not (is_convolution and key in _WEIGHTS) else one
            for key, one in named.items()
        }
        return many, given

    def resized(self, name: Library, x: Traced, rest: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Return a picture in another size, which is written with batch and channels, or without."""
        size = next((named[key] for key in ("size", "shape") if key in named), rest[0] if rest else None)
        if x.dims is None or not isinstance(size, list | tuple) or not all(isinstance(one, int) for one in size):
            return self.trace.listed(name.short, name.path, x, x.why or "the size that is asked for is not known")
        dims, places = list(x.dims), self.trace.places(len(x.dims))
        wanted = size if len(size) == len(places) else [size[place] for place in places if place < len(size)]
        for place, n in zip(places, wanted, strict=False):
            dims[place] = n
        method = next(
            (named[key] for key in ("method", "interpolation") if key in named),
            rest[1] if len(rest) > 1 else "bilinear",
        )
        word = (method.short if isinstance(method, Library) else str(method)).lower()
        way = next((_METHODS[part] for part in _METHODS if part in word), None)
        if way is None or len(places) != 2:
            why = f"the interpolation {word!r} is not drawn" if way is None else "only two axes are drawn"
            return self.trace.listed(name.short, name.path, x, why, tuple(dims))
        smooths = named.get("antialias", name.path.startswith("jax")) is True
        given = {"height": dims[places[0]], "width": dims[places[1]], "interpolation": way, "antialias": smooths}
        layer = self.layer_of(Library("keras.layers.Resizing"), (), given, Place(1, 1))
        layer.path = name.path
        return self.apply_layer(layer, x, name.short, ("", ""))

    def function(
        self, short: str, arguments: Sequence[Any], named: Mapping[str, Any], place: Place, root: str = "torch"
    ) -> Any:
        """Return what a function for tensors makes of its arguments."""
        short = _ELSEWHERE.get((root == "torch", short), short)
        text, run = functions.FUNCTIONS[short]
        if root == "keras" and short in ("concatenate", "concat"):
            text = text.replace("dim=0", "dim=-1")
        try:
            its = functions.bind(text, arguments, named)
        except LookupError:
            return Unknown(f"what {short} makes of these arguments")
        its = {key: self.trace.constant((len(one),)) if isinstance(one, Array) else one for key, one in its.items()}
        first = next(iter(its.values()), None)
        unknown = next((one for one in its.values() if isinstance(one, Unknown)), None)
        if unknown is not None and short not in ("where",):
            return self.trace.lost(unknown.why)
        holds_tensor = any(isinstance(one, Traced) for one in flat_values(its.values()))
        if not holds_tensor and not isinstance(first, list | tuple):
            is_changed = isinstance(first, int | float) and short not in CONVERTING
            return first if text == "x" and not is_changed else None
        lost = next((one for one in flat_values(its.values()) if isinstance(one, Traced) and one.dims is None), None)
        if lost is not None:
            return self.trace.lost(lost.why)
        try:
            return run(self.trace, its)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            return self.trace.lost(f"{short} at {place} is not understood ({cut(str(error))})")

    def _windowed(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a pooling or a convolution makes that is written as a function."""
        short, given = name.short, dict(named)
        many = list(arguments)
        x = (
            many.pop(0)
            if many
            else next((given.pop(key) for key in ("input", "inputs", "x", "lhs") if key in given), None)
        )
        if not isinstance(x, Traced):
            why = f"{x.why} is not known" if isinstance(x, Unknown) else f"{short} is given no tensor"
            return self.trace.listed(short, canonical(name.path), self.trace.lost(why), why)
        weights: Any = None
        if "conv" in short:
            return self._convolved(name, x, many, given, place)
        windowed = FUNCTIONAL.match(short)
        if windowed:
            adaptive, which, _, dims = windowed.groups()
            class_name = f"{'Adaptive' if adaptive else ''}{(which or '').title()}Pool{dims}d"
            if which is None:
                class_name = f"{'LP' if short.startswith('lp') else 'FractionalMax'}Pool{dims}d"
            if short.startswith("max_unpool"):
                class_name, many = f"MaxUnpool{dims}d", many[1:]
            layer = self.layer_of(Library(f"torch.nn.{class_name}"), many, given, place)
        elif short in LISTED_FUNCTIONS:
            layer = self.layer_of(Library(f"torch.nn.{LISTED_FUNCTIONS[short]}"), many, given, place)
        else:
            layer = self._layer_of_jax(name, many, given, place)
        layer.path = canonical(name.path)
        return self.apply_layer(layer, x, short, weights)

    def _layer_of_jax(
        self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place
    ) -> LibraryLayer:
        kind = FRAMEWORKS["jax"].kinds[name.short]
        try:
            call = self.plain_call(name.short, (None, *arguments), named, place)
            its = bound(call, kind.signature)
        except ConvanimError as error:
            return LibraryLayer(name.path, None, {}, place, str(error))
        except LookupError as error:
            return LibraryLayer(name.path, None, {}, place, f"it depends on {error.args[0].why}, which is not known")
        return LibraryLayer(name.path, Described("jax", name.short, kind, its, str(place)), {}, place)

    def _convolved(self, name: Library, x: Traced, arguments: list[Any], named: dict[str, Any], place: Place) -> Any:
        """Return what ``conv2d(x, weight, bias, …)`` of PyTorch makes; the weights say channels and kernel."""
        short = name.short
        windowed = FUNCTIONAL.match(short)
        if windowed is None:
            return self.trace.listed(short, canonical(name.path), x, f"{short} is not read in programs")
        is_transposed, dims = bool(windowed[3]), windowed[4]
        order = (
            "weight bias stride padding output_padding groups dilation"
            if is_transposed
            else ("weight bias stride padding dilation groups")
        )
        its = dict(zip(order.split(), arguments, strict=False)) | named
        weight, bias = its.pop("weight", None), its.pop("bias", None)
        if not isinstance(weight, Traced) or weight.dims is None:
            return self.trace.listed(short, canonical(name.path), x, "the shape of its weights is not known")
        groups = its.get("groups", 1)
        if not isinstance(groups, int):
            return self.trace.listed(short, canonical(name.path), x, "its groups are not known")
        first, second, *kernel = weight.dims
        channels = (first, second * groups) if is_transposed else (second * groups, first)
        its |= {"in_channels": channels[0], "out_channels": channels[1], "kernel_size": tuple(kernel)}
        its["bias"] = bias is not None
        kind = f"Conv{'Transpose' if is_transposed else ''}{dims}d"
        layer = self.layer_of(Library(f"torch.nn.{kind}"), (), its, place)
        layer.path = canonical(name.path)
        own, beside = (getattr(one, "weights", None) for one in (weight, bias))
        key = (weight if own is None else own, beside if beside is not None else "no bias" if bias is None else bias)
        return self.apply_layer(layer, x, short, key)

    def apply(self, module: Any, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a module of a library makes of tensors."""
        self.reader.tick(count=STEPS_OF_CALL)
        many = arguments if arguments else [one for key, one in named.items() if key in ("x", "input", "inputs")]
        first = many[0] if many else None
        if isinstance(first, Unknown):
            first = self._open(first)
        if isinstance(first, Traced):
            first = self._used(first)
        if isinstance(module, LibraryLayer) and INITIALIZER.search(module.short) and isinstance(first, list | tuple):
            return self._random((first,), {})
        if isinstance(module, LibraryLayer):
            self.applied[id(module)] = None
            wanted = named.get("output_size", arguments[2] if len(arguments) > 2 and "npool" in module.short else None)
            if wanted is None and "Transpose" in module.short and len(arguments) > 1:
                wanted = arguments[1]
            made = self._applied(module, first, [first, *many[1:]], wanted)
            self.made_by[id(module)] = module, made
            return made
        if isinstance(module, Container):
            self.applied[id(module)] = None
            if module.short in HOLDERS:
                raise refused(place, "calls a {}, which has no order of its own", module.short)
            return self._in_order(module.children, first, place)
        if isinstance(module, GraphModel):
            return self._of_graph(module, [self._used(one) for one in flat_values(many) if isinstance(one, Traced)])
        if isinstance(module.names.get("\0layer"), LibraryLayer):
            return self.apply(module.names["\0layer"], arguments, named, place)
        children = {name: one for name, one in module.names.items() if is_module(one)}
        is_sequence = any(path.endswith("Sequential") for path in module.made_of.roots)
        if not is_sequence:
            self.note(f"{module.made_of.name} has no forward; its layers are read in the order in which they stand")
        return self._in_order(children, first, place)

    def _of_graph(self, model: GraphModel, given: Sequence[Traced]) -> Any:
        """Return what a functional model makes that is used as a layer."""
        outputs = model.made_of()
        made = self.trace.steps.again(model.inputs, outputs, given)
        if isinstance(made, str):
            return self.trace.lost(made)
        return made if isinstance(model.outputs, list | tuple) else made[0] if made else self.trace.lost("no output")

    def _in_order(self, children: Mapping[str, Any], x: Any, place: Place) -> Any:
        node = node_at(place)
        for one in list(children.values()):
            x = self.reader.call(one, (x,), {}, node) if one is not None else x
        return x

    def _applied(self, layer: LibraryLayer, first: Any, given: Sequence[Any], wanted: Any) -> Any:
        named = layer.arguments.get("name")
        known = (named if isinstance(named, str) else "", self.names.get(id(layer)), self._variable(layer), layer.short)
        name = next(one for one in known if one)
        if isinstance(first, Array):
            first = self.trace.constant((len(first),))
        if isinstance(first, list | tuple):
            return merged(self, layer, [self._used(one) if isinstance(one, Traced) else one for one in first])
        if isinstance(first, Unknown) or not isinstance(first, Traced):
            why = first.why if isinstance(first, Unknown) else "what goes into it"
            first = self.trace.lost(f"{why} is not known" if "known" not in why else why)
        if layer.why:
            return self.trace.listed(name, layer.path, first, layer.why)
        if layer.described is not None:
            if wanted is not None and layer.described.kind.build is not None:
                return self._to_size(layer, first, name, wanted)
            return self.apply_layer(layer, first, name, None)
        try:
            return plain_layer(self, layer, first, name)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ConvanimError):
                raise
            return self.trace.listed(name, layer.path, first, f"its arguments are not understood ({cut(str(error))})")

    def _is_turned(self, described: Described) -> bool:
        """Return whether a layer says that its channels stand elsewhere than those of the program."""
        said = described.arguments.get("data_format")
        return said in ("channels_first", "channels_last") and (said == "channels_last") != self.trace.channels_last

    def _turned_around(self, layer: LibraryLayer, x: Traced, name: str, weights: Any) -> Any:
        """Return what a layer makes whose channels stand elsewhere: with its axes turned before and after it."""
        described = layer.described
        assert described is not None
        assert x.dims is not None
        last = len(x.dims) - 1
        there = [0, *range(2, last + 1), 1] if self.trace.channels_last else [0, last, *range(1, last)]
        its = {**described.arguments, "data_format": None}
        plain = Described(described.framework, described.name, described.kind, its, described.place)
        turned = arranging.permuted(self.trace, {"x": x, "dim": (there,)})
        made = self.apply_layer(
            LibraryLayer(layer.path, plain, layer.arguments, layer.place), turned, name, weights or weight_keys(layer)
        )
        if not isinstance(made, Traced) or made.dims is None or len(made.dims) != len(there):
            return made
        return arranging.permuted(self.trace, {"x": made, "dim": ([there.index(axis) for axis in range(last + 1)],)})

    def _variable(self, layer: LibraryLayer) -> str:
        return next((key for key, one in self.reader.globals.names.items() if one is layer), "")

    def apply_layer(self, layer: LibraryLayer, x: Traced, name: str, weights: Any) -> Any:
        """Return what a layer with windows makes, or padding; one that cannot be read is listed."""
        described = layer.described
        if layer.why or described is None:
            return self.trace.listed(name, layer.path, x, layer.why or f"{layer.short} is not known")
        if described.kind.edges is not None:
            if x.dims is None:
                return self.trace.lost(x.why)
            try:
                pairs = described.kind.edges(described.arguments).pairs
            except ConvanimError as error:
                return self.trace.listed(name, layer.path, x, str(error))
            places = self.trace.places(len(x.dims))
            if len(places) != len(pairs):
                if x in self.trace.inputs and self.trace.guessed:
                    raise NeedsInput(axes=len(pairs))
                return self.trace.lost(f"{name} pads {len(pairs)} axes")
            return arranging.padded(self.trace, x, dict(zip(places, pairs, strict=True)))
        if x.dims is not None and len(x.dims) > 2 and self._is_turned(described):
            return self._turned_around(layer, x, name, weights)
        made = self.trace.layer(layer, layer.path, name, x, weights)
        is_row = layer.short.startswith("Global") and not described.arguments.get("keepdims")
        if is_row and made.dims is not None and layer.arguments.get("keepdims") is not True:
            return self.trace.make("Reshape", [made], (made.dims[0], made.dims[-1]))
        returns_indices = layer.arguments.get("return_indices") is True or layer.short.endswith("_with_indices")
        return (made, made) if returns_indices else made

    def _to_size(self, layer: LibraryLayer, x: Traced, name: str, wanted: Any) -> Any:
        """Return what a layer makes whose output has a size that the call asks for."""
        described = layer.described
        assert described is not None
        if isinstance(wanted, Traced):
            wanted = wanted.dims
        if not isinstance(wanted, list | tuple) or x.dims is None or not all(isinstance(one, int) for one in wanted):
            return self.trace.listed(name, layer.path, x, "the output size that is asked for is not known")
        size = tuple(wanted[-(len(x.dims) - 2) :])
        if "output_padding" in described.arguments:
            usual = self._shape_of(layer, x) or size
            extra = tuple(want - own for want, own in zip(size, usual, strict=True))
            its = {**described.arguments, "output_padding": extra}
            sized = Described(described.framework, described.name, described.kind, its, described.place)
            built = LibraryLayer(layer.path, sized, layer.arguments, layer.place)
            return self.apply_layer(built, x, name, weight_keys(layer))
        channels = x.dims[self.trace.channel_axis(len(x.dims))]
        return self.trace.listed(
            name, layer.path, x, "its output size is chosen by the call", (x.dims[0], channels, *size)
        )

    def _shape_of(self, layer: LibraryLayer, x: Traced) -> tuple[int, ...] | None:
        assert layer.described is not None
        assert x.dims is not None
        size = tuple(x.dims[place] for place in self.trace.places(len(x.dims)))
        its = {**layer.described.arguments, "output_padding": 0}
        build = layer.described.kind.build
        try:
            return None if build is None else build(its, Input(size, x.dims[1])).output_size
        except ConvanimError:
            return None
