"""What layers and functions of libraries make of tensors."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import Described, Input
from convanim.frameworks.programs import tensors
from convanim.frameworks.programs.building import Building
from convanim.frameworks.programs.jax_functions import CONVOLUTIONS, convolved, windows_reduced
from convanim.frameworks.programs.library_names import (
    CONVERTING,
    FUNCTIONAL,
    HOLDERS,
    LISTED_FUNCTIONS,
    MERGES,
    MOVING,
    ROOTS,
    SEQUENTIAL,
    STEPS_OF_CALL,
    canonical,
    keeps_cells,
)
from convanim.frameworks.programs.modules import flat_values, is_module, node_at
from convanim.frameworks.programs.near_names import not_known
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

_WEIGHTS = ("weight", "bias", "rhs", "filters", "kernel", "filter")
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
        short = name.short
        if short in CONVERTING and arguments and isinstance(arguments[0], Traced):
            return arguments[0]
        # What a convolution is given beside its input are weights, whatever they are made of.
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
        windowed = FUNCTIONAL.match(short)
        root = ROOTS.get(name.path.split(".")[0])
        if name.path == "torch.Tensor.unfold":
            return self.function("unfold_windows", many, given, place)
        if root == "torch" and (windowed or short in LISTED_FUNCTIONS):
            return self._windowed(name, many, given, place)
        if root == "jax" and (run := _OF_JAX.get(short)) is not None:
            first = many.pop(0) if many else given.pop("lhs", given.pop("operand", None))
            is_known = isinstance(first, Traced)
            return run(self, name, first, many, given, place) if is_known else Unknown(f"what {short} makes")
        if root == "jax" and short in ("max_pool", "avg_pool"):
            return self._windowed(name, many, given, place)
        if root == "keras" and short in (
            "max_pool",
            "average_pool",
            "avg_pool",
            "conv",
            "conv2d",
            "max_pool2d",
            "avg_pool2d",
        ):
            return self._tf_windowed(name, many, given, place)
        if short in ("resize", "resize_images", "resize_bilinear") and many and isinstance(many[0], Traced):
            return self._resized(name, many[0], many[1:], given)
        if short not in tensors.FUNCTIONS:
            return None
        return self.function(short, many, given, place, root or self.framework)

    def _resized(self, name: Library, x: Traced, rest: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Return a picture in another size, which is written with batch and channels, or without."""
        size = next((named[key] for key in ("size", "shape") if key in named), rest[0] if rest else None)
        if x.dims is None or not isinstance(size, list | tuple) or not all(isinstance(one, int) for one in size):
            return self.trace.listed(name.short, name.path, x, x.why or "the size that is asked for is not known")
        dims, places = list(x.dims), self.trace.places(len(x.dims))
        wanted = size if len(size) == len(places) else [size[place] for place in places if place < len(size)]
        for place, n in zip(places, wanted, strict=False):
            dims[place] = n
        return self.trace.listed(name.short, name.path, x, "it interpolates, and only nearest is drawn", tuple(dims))

    def function(
        self, short: str, arguments: Sequence[Any], named: Mapping[str, Any], place: Place, root: str = "torch"
    ) -> Any:
        """Return what a function for tensors makes of its arguments."""
        text, run = tensors.FUNCTIONS[short]
        if root == "keras" and short in ("concatenate", "concat"):
            text = text.replace("dim=0", "dim=-1")
        try:
            its = tensors.bind(text, arguments, named)
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
            return Unknown(f"what {short} makes of something that is no tensor")
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
            layer = self._layer(Library(f"torch.nn.{class_name}"), many, given, place)
        elif short in LISTED_FUNCTIONS:
            layer = self._layer(Library(f"torch.nn.{LISTED_FUNCTIONS[short]}"), many, given, place)
        else:
            layer = self._layer_of_jax(name, many, given, place)
        layer.path = canonical(name.path)
        return self._apply_layer(layer, x, short, weights)

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
        layer = self._layer(Library(f"torch.nn.{kind}"), (), its, place)
        layer.path = canonical(name.path)
        own, beside = (getattr(one, "weights", None) for one in (weight, bias))
        key = (weight if own is None else own, beside if beside is not None else "no bias" if bias is None else bias)
        return self._apply_layer(layer, x, short, key)

    def _tf_windowed(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what ``tf.nn.conv2d`` and its like make; strides and windows have batch and channels, or neither."""
        x = arguments[0] if arguments else named.get("input")
        if not isinstance(x, Traced) or x.dims is None:
            return self.trace.listed(name.short, name.path, x, x.why) if isinstance(x, Traced) else None
        axes, short = len(x.dims) - 2, name.short
        is_conv = "conv" in short
        order = "input kernel strides padding" if is_conv else "input ksize strides padding"
        its = dict(zip(order.split(), arguments, strict=False)) | dict(named)

        def spatial(value: Any) -> Any:
            many = list(value) if isinstance(value, list | tuple) else [value] * axes
            return tuple(many[1:-1] if len(many) == axes + 2 else many)

        padding = str(its.get("padding", "valid")).lower()
        if is_conv:
            weight = its.get("filters", its.get("kernel"))
            if not isinstance(weight, Traced) or weight.dims is None:
                return self.trace.listed(short, name.path, x, "the shape of its weights is not known")
            given = {"filters": weight.dims[-1], "kernel_size": weight.dims[:-2], "use_bias": False}
            layer_name, key = f"Conv{axes}D", (weight.weights or weight, "no bias")
        else:
            given = {"pool_size": spatial(its.get("ksize", its.get("pool_size", 2)))}
            layer_name, key = f"{'Max' if 'max' in short else 'Average'}Pooling{axes}D", ("", "")
        strides = its.get("strides")
        given |= {"strides": spatial(strides)} if strides is not None else {}
        layer = self._layer(Library(f"keras.layers.{layer_name}"), (), {**given, "padding": padding}, place)
        layer.path = name.path
        return self._apply_layer(layer, x, short, key)

    def apply(self, module: Any, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a module of a library makes of tensors."""
        self.reader.tick(count=STEPS_OF_CALL)
        many = arguments if arguments else [one for key, one in named.items() if key in ("x", "input", "inputs")]
        first = many[0] if many else None
        if isinstance(first, Unknown):
            first = self._open(first)
        if isinstance(first, Traced):
            first = self._used(first)
        if isinstance(module, LibraryLayer):
            self.applied[id(module)] = None
            wanted = named.get("output_size", arguments[2] if len(arguments) > 2 and "npool" in module.short else None)
            if wanted is None and "Transpose" in module.short and len(arguments) > 1:
                wanted = arguments[1]
            return self._applied(module, first, [first, *many[1:]], wanted)
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
            return self._merged(layer, first)
        if isinstance(first, Unknown) or not isinstance(first, Traced):
            why = first.why if isinstance(first, Unknown) else "what goes into it"
            first = self.trace.lost(f"{why} is not known" if "known" not in why else why)
        if layer.why:
            return self.trace.listed(name, layer.path, first, layer.why)
        if layer.described is not None:
            if wanted is not None and layer.described.kind.build is not None:
                return self._to_size(layer, first, name, wanted)
            return self._apply_layer(layer, first, name, None)
        try:
            return self._plain_layer(layer, first, name, given)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ConvanimError):
                raise
            return self.trace.listed(name, layer.path, first, f"its arguments are not understood ({cut(str(error))})")

    def _variable(self, layer: LibraryLayer) -> str:
        return next((key for key, one in self.reader.globals.names.items() if one is layer), "")

    def _apply_layer(self, layer: LibraryLayer, x: Traced, name: str, weights: Any) -> Any:
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
            return tensors.padded(self.trace, x, dict(zip(places, pairs, strict=True)))
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
            return self._apply_layer(built, x, name, weight_keys(layer))
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

    def _merged(self, layer: LibraryLayer, given: Sequence[Any]) -> Any:
        found = [self._used(one) for one in given if isinstance(one, Traced)]
        if not found or len(found) < len(given):
            unknown = next((one for one in given if isinstance(one, Unknown)), Unknown("what goes in"))
            return self.trace.lost(f"{unknown.why} is not known")
        if layer.short == "Concatenate":
            return tensors.concatenated(
                self.trace, {"x": found, "dim": layer.arguments.get("axis", layer.arguments.get("0", -1))}
            )
        if layer.short in MERGES:
            return tensors.broadcast(self.trace, found)
        return self.trace.listed(layer.short, layer.path, found[0], f"{layer.short} is not known")

    def _plain_layer(self, layer: LibraryLayer, x: Traced, name: str, given: Sequence[Any]) -> Any:
        """Return what a layer makes that has no windows."""
        its, short, trace = layer.arguments, layer.short, self.trace
        root = ROOTS.get(layer.path.split(".")[0], "torch")
        kind = FRAMEWORKS[root].kinds.get(short)
        if x.dims is None and not MOVING.search(short):
            return trace.lost(x.why)
        if x.dims is None:
            is_known = kind is not None or layer.why or short in SEQUENTIAL
            return trace.listed(name, layer.path, x, x.why if is_known else not_known(layer.path, layer.place))
        if short == "Flatten":
            first = its.get("start_dim", its.get("0", 1))
            return tensors.flattened(
                trace, {"x": x, "start_dim": first, "end_dim": its.get("end_dim", its.get("1", -1))}
            )
        if short in ("Linear", "LazyLinear", "Dense", "Conv1D_", "NonDynamicallyQuantizableLinear"):
            return self._dense(layer, x, name)
        if short in ("Reshape", "Unflatten"):
            return self._reshaped(layer, x)
        if short == "Rearrange":
            pattern = its.get("pattern", its.get("0"))
            named = {key: value for key, value in its.items() if key not in ("pattern", "0")}
            return tensors.rearranged(trace, x, str(pattern), named)
        if short in SEQUENTIAL:
            return self._recurrent(layer, x)
        if short == "GLU":
            return self.function("glu", [x, its.get("dim", its.get("0", -1))], {}, layer.place)
        if short in ("MultiheadAttention", "MultiHeadAttention", "TransformerEncoder", "TransformerEncoderLayer"):
            made = tensors.mixed(trace, x, range(len(x.dims) - 1))
            return (made, trace.lost("the weights of attention")) if short == "MultiheadAttention" else made
        if short == "Permute":
            order = its.get("dims", its.get("0"))
            if not isinstance(order, list | tuple):
                return trace.lost("the order of axes of a Permute is not known")
            return tensors.permuted(trace, {"x": x, "dim": ((0, *order),)})
        if short == "Resizing":
            size = [its.get(key, its.get(at)) for key, at in (("height", "0"), ("width", "1"))]
            return self._resized(Library(layer.path), x, [size], {})
        if short == "TimeDistributed":
            inner = tensors.reshaped(trace, x, (x.dims[0] * x.dims[1], *x.dims[2:]))
            made = self.reader.call(its.get("layer", its.get("0")), (inner,), {}, node_at(layer.place))
            is_known = isinstance(made, Traced) and made.dims is not None
            return tensors.reshaped(trace, made, (*x.dims[:2], *made.dims[1:])) if is_known else made
        if short == "Embedding":
            units = next((its[key] for key in ("output_dim", "embedding_dim", "features", "1") if key in its), None)
            if not isinstance(units, int):
                return trace.lost("how many numbers an Embedding makes is not known")
            is_fixed = x.tensor is not None and x.tensor.is_constant
            return trace.constant((*x.dims, units)) if is_fixed else trace.tensor((*x.dims, units), None)
        if short == "RepeatVector":
            return trace.lost("RepeatVector is not followed")
        if short == "Lambda":
            function = its.get("function", its.get("0"))
            return self.reader.call(function, (x,), {}, ast.Pass(lineno=layer.place.line, col_offset=0))
        if short in ("Softmax", "LogSoftmax", "Softmin", "Softmax2d") and len(x.dims) > 2:
            return trace.make("Identity", [x], x.dims)
        if (kind is not None and not kind.ends) or keeps_cells(short):
            return trace.make("Identity", [x], x.dims)
        return trace.listed(name, layer.path, x, not_known(layer.path, layer.place))

    def _dense(self, layer: LibraryLayer, x: Traced, name: str) -> Any:
        its, short = layer.arguments, layer.short
        assert x.dims is not None
        takes = None
        if short == "Linear" and (layer.path.startswith("torch") or "nnx" in layer.path):
            takes, units = its.get("in_features", its.get("0")), its.get("out_features", its.get("1"))
        else:
            units = next((its[key] for key in ("units", "features", "out_features", "0") if key in its), None)
        if isinstance(units, Unknown) or not isinstance(units, int):
            return self.trace.lost(f"how many numbers {name} makes is not known")
        return tensors.dense(
            self.trace, x, units, takes if isinstance(takes, int) else None, f"{name} (line {layer.place.line})"
        )

    def _recurrent(self, layer: LibraryLayer, x: Traced) -> Any:
        """Return what a recurrent layer makes: all that it reads can reach each of its outputs."""
        its, is_torch = layer.arguments, layer.path.startswith("torch")
        units = next((its[key] for key in ("hidden_size", "units", "1" if is_torch else "0") if key in its), None)
        if not isinstance(units, int) or x.dims is None or len(x.dims) != 3:
            return self.trace.lost(f"what {layer.short} makes is not known")
        ways = 2 if its.get("bidirectional") is True else 1
        order = self.trace.tensor((*x.dims[:-1], units * ways), None)
        state = self.trace.tensor((x.dims[0], units), None)
        if is_torch:
            return order, (state, state) if layer.short == "LSTM" else state
        last = order if its.get("return_sequences") is True else state
        return [last, state, state] if its.get("return_state") is True else last

    def _reshaped(self, layer: LibraryLayer, x: Traced) -> Any:
        its = layer.arguments
        assert x.dims is not None
        if layer.short == "Unflatten":
            axis, shape = its.get("dim", its.get("0")), its.get("unflattened_size", its.get("1"))
            return self.function("unflatten", [x, axis, shape], {}, layer.place)
        shape = its.get("target_shape", its.get("0"))
        if not isinstance(shape, list | tuple) or not all(isinstance(one, int) for one in shape):
            return self.trace.lost("the shape of a Reshape is not known")
        return tensors.reshaped(self.trace, x, (x.dims[0], *shape))
