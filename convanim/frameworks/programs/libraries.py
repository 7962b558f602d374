"""The libraries of a program: what their names stand for, and what calls, attributes and operators do."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.programs import standard, tensors
from convanim.frameworks.programs.applying import Applying
from convanim.frameworks.programs.building import each_axis, shape_of_weights
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.library_names import (
    ARITHMETIC,
    FUNCTIONAL,
    HOLDERS,
    IDLE,
    LISTED_FUNCTIONS,
    NEVER,
    OF_LINEAR,
    ONE_BY_ONE,
    RANDOMLY,
    RETURNING,
    ROOTS,
    SEQUENCES,
    STEPS_OF_CALL,
    USUAL_NAMES,
    WRAPPING,
    is_window,
)
from convanim.frameworks.programs.modules import (
    are_plain,
    are_small,
    children_of,
    copied,
    dims_of_list,
    flat_values,
    is_module,
    modules_within,
    node_at,
    register,
)
from convanim.frameworks.programs.presets import text_of
from convanim.frameworks.programs.trace import weight_keys
from convanim.frameworks.programs.values import (
    Array,
    Container,
    GraphModel,
    Instance,
    Library,
    LibraryLayer,
    Native,
    Scope,
    Super,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place


class Libraries(Applying):
    """The libraries that a program uses, and the trace of what it does with them."""

    def find(self, name: str) -> Any:
        """Return what a name stands for that the program does not define, or None."""
        if name in ("nn",) and self.framework == "jax":
            return Library("flax.linen")
        if name in USUAL_NAMES and (self.framework != "torch" or name not in ("Sequential", "Model", "Input")):
            return Library(USUAL_NAMES[name])
        homes = {"torch": "torch.nn", "keras": "keras.layers", "jax": "flax.linen"}
        order = sorted(homes, key=lambda one: one != self.framework)
        for one in order:
            if name in FRAMEWORKS[one].kinds or (name in ("Sequential", *HOLDERS) and one == "torch"):
                return Library(f"{homes[one]}.{name}")
        if name in tensors.FUNCTIONS or FUNCTIONAL.match(name) or name in LISTED_FUNCTIONS or name in WRAPPING:
            return Library(f"{homes[order[0]]}.{name}")
        stars = self.reader.globals.names.get("\0stars", ())
        star = next((path for path in stars if path and ROOTS.get(path.split(".")[0])), None)
        if star is not None and name[:1].isupper():
            return Library(f"{star}.{name}")
        if name in ("OrderedDict", "partial", "namedtuple"):
            return Library(f"collections.{name}")
        return {"__name__": "model", "__debug__": False}.get(name)

    def call(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function of a library returns."""
        short = name.short
        self.reader.tick(count=STEPS_OF_CALL)
        if short in WRAPPING and (arguments or named):
            first = arguments[0] if arguments else next(iter(named.values()))
            return copied(first, self.reader) if short == "deepcopy" else first
        is_method = short in tensors.FUNCTIONS and bool(arguments) and isinstance(arguments[0], Traced)
        if short in IDLE and not is_method:
            return None
        if short == "data" and name.path.startswith("flax") and arguments:
            return arguments[0]
        if short == "cast" and name.path.startswith("typing") and len(arguments) == 2:
            return arguments[1]
        if short == "Parameter" or short == "Param":
            first = arguments[0] if arguments else None
            dims = first.dims if isinstance(first, Traced) else None
            return Unknown("what a parameter holds") if dims is None else self.trace.constant(dims, object())
        if short in ("OrderedDict", "frozendict", "FrozenDict"):
            return self._ordered(arguments, named, place)
        if name.path.startswith("einops") and short == "rearrange" and len(arguments) > 1:
            x = self._used(arguments[0]) if isinstance(arguments[0], Traced) else None
            return tensors.rearranged(self.trace, x, str(arguments[1]), named) if x else Unknown("a rearrangement")
        if short == "tensor":
            dims = dims_of_list(arguments[0] if arguments else named.get("data"))
            return self.trace.constant(dims) if dims else (arguments[0] if arguments else Unknown("a tensor"))
        if short == "partial":
            return self._partial(arguments, named, place)
        run = standard.function_of(name)
        if run is not None:
            return self.reader.call(Native(short, run), arguments, named, node_at(place))
        if short in ("checkpoint", "data_parallel", "checkpoint_sequential") and arguments:
            return self._through(short, arguments, place)
        if short in SEQUENCES:
            return self._sequence(name, arguments, named, place)
        if short in HOLDERS:
            return Container(name.path, self._children(arguments[0] if arguments else (), place))
        if short in ("Input", "InputLayer") and name.path.split(".")[0] in ("keras", "tensorflow"):
            return self._input(arguments, named, place)
        if short in ("Model", "Functional") and (arguments or named):
            return self._graph_model(arguments, named)
        if short in NEVER:
            return False
        if short in ("Size", "TensorShape"):
            return tuple(arguments[0]) if arguments and isinstance(arguments[0], list | tuple) else Unknown("a size")
        preset = text_of(name.path)
        if preset:
            return self.reader.call(self._defined(preset, short), arguments, named, node_at(place))
        if self._is_layer(name):
            return self._layer(name, arguments, named, place)
        if short in RANDOMLY and not any(isinstance(one, Traced) for one in arguments):
            return self._random(arguments, named)
        if short in ARITHMETIC and (are_plain(arguments) or (short == "arange" and named and not arguments)):
            return self._computed(name, arguments, named)
        found = self._functional(name, arguments, named, place)
        if found is not None:
            return found
        return self.unknown_call(Unknown(name.path), arguments, named, place)

    def _defined(self, text: str, name: str) -> Any:
        """Return what a text of our own defines under a name."""
        if text not in self.defined:
            scope = Scope()
            self.reader.run(ast.parse(text).body, scope)
            self.defined[text] = scope
        return self.defined[text].find(name)

    @staticmethod
    def _computed(name: Library, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Return what a function makes of plain numbers."""
        unknown = next((one for one in (*arguments, *named.values()) if isinstance(one, Unknown)), None)
        if unknown is not None:
            return unknown
        plain = [list(one) if isinstance(one, range) else one for one in arguments]
        if name.short == "arange":
            plain += [named[key] for key in ("start", "stop", "end", "step") if key in named]
        lost = Unknown(f"what {name.path} returns")
        if len(plain) == 1 and isinstance(plain[0], Array) and name.short in ONE_BY_ONE:
            plain = [Array(Libraries._computed(name, [one], {}) for one in plain[0])]
            return plain[0]
        try:
            return ARITHMETIC[name.short](*plain) if are_small(plain) else lost
        except (ArithmeticError, TypeError, ValueError):
            return lost

    def _through(self, name: str, arguments: Sequence[Any], place: Place) -> Any:
        """Return what a module makes that is called by a function, which changes how it is computed only."""
        function, *rest = arguments
        node = node_at(place)
        if not rest:
            return function
        if name == "data_parallel":
            return self.reader.call(function, rest[:1], {}, node)
        if name == "checkpoint_sequential":
            rest = rest[1:]
            if isinstance(function, list | tuple):
                function = Container("torch.nn.Sequential", self._children(function, place))
        return self.reader.call(function, rest, {}, node)

    def _ordered(self, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        first = arguments[0] if arguments else ()
        if isinstance(first, Unknown):
            return first
        pairs = list(first.items()) if isinstance(first, dict) else self.reader.items(first)
        if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
            return Unknown("which names stand for which values")
        if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
            return Unknown("which names stand for which values")
        return {**{str(pair[0]): pair[1] for pair in pairs}, **named}

    def _partial(self, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        function, *first = arguments

        def run(reader: Interpreter, node: ast.AST, later: Sequence[Any], more: Mapping[str, Any]) -> Any:
            return reader.call(function, (*first, *later), {**named, **more}, node)

        return Native("partial", run, function)

    def attribute(self, value: Any, name: str, place: Place) -> Any:
        """Return an attribute of a tensor or of a module."""
        if isinstance(value, Array):
            value = self.trace.constant((len(value),))
        if isinstance(value, Traced):
            return self._of_tensor(value, name, place)
        if isinstance(value, Super) and name == "__init__":
            return Native(name, lambda reader, node, arguments, named: self._made(value.bound, arguments, named))
        if isinstance(value, Super):
            own = value.bound.names.get("\0layer") if isinstance(value.bound, Instance) else None
            name_of_call = name in ("forward", "call", "__call__", "_conv_forward")
            if isinstance(own, LibraryLayer) and not name_of_call and name not in IDLE:
                return self.attribute(own, name, place)
            return Native(
                name,
                lambda reader, node, arguments, named: (
                    self.apply(value.bound, arguments, named, place) if name_of_call else None
                ),
            )
        if name in RETURNING:
            return Native(name, lambda reader, node, arguments, named: value)
        if name == "training":
            return False
        if isinstance(value, Instance) and isinstance(value.names.get("\0layer"), LibraryLayer):
            return self.attribute(value.names["\0layer"], name, place)
        found = self._of_module(value, name, place)
        if found is not None:
            return found
        if name in IDLE:
            return Native(name, lambda reader, node, arguments, named: None)
        if name == "bias" and isinstance(value, LibraryLayer):
            return None
        if isinstance(value, LibraryLayer) and value.described is not None and name in value.described.arguments:
            return each_axis(value.described, name)
        if name == "_conv_forward" and isinstance(value, LibraryLayer):
            return Native(name, lambda reader, node, arguments, named: reader.call(value, arguments[:1], {}, node))
        if isinstance(value, LibraryLayer) and name in value.arguments:
            return value.arguments[name]
        if isinstance(value, Container) and name in value.children:
            return value.children[name]
        said = value.made_of.name if isinstance(value, Instance) else getattr(value, "short", "it")
        return Unknown(f"{name} of {said}", name if isinstance(value, Instance) else "")

    def _made(self, module: Any, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        """Take the arguments of a container's ``__init__`` as its members, where a class inherits from one."""
        if isinstance(module, Instance) and any(
            path.endswith(("Sequential", "ModuleList", "ModuleDict")) for path in module.made_of.roots
        ):
            first = arguments[0] if len(arguments) == 1 else list(arguments)
            members = first if isinstance(first, list | tuple | dict) else list(arguments)
            module.names |= self._children(members, Place(1, 1))
            return
        if not isinstance(module, Instance):
            return
        root = next((Library(path) for path in module.made_of.roots if is_window(path)), None)
        if root is not None and self._is_layer(root):
            module.names["\0layer"] = self._layer(root, arguments, named, Place(1, 1))

    def _of_module(self, value: Any, name: str, place: Place) -> Any:
        """Return a method that modules of every library have, None for any other."""
        if name in ("append", "add", "insert", "extend", "add_module", "register_module", "update"):
            return Native(
                name, lambda reader, node, arguments, named: self._added(value, name, arguments, named, place)
            )
        if name in (
            "modules",
            "children",
            "parameters",
            "buffers",
            "named_modules",
            "named_children",
            "named_parameters",
        ):
            found = modules_within(value) if "modules" in name else []
            pairs = [(key, one) for key, one in found] if name.startswith("named") else [one for _, one in found]
            if "children" in name:
                own = children_of(value)
                pairs = list(own.items()) if name.startswith("named") else list(own.values())
            return Native(name, lambda reader, node, arguments, named: pairs)
        if name in ("items", "keys", "values") and isinstance(value, Container | Instance):
            own = children_of(value)
            many = {"items": list(own.items()), "keys": list(own), "values": list(own.values())}[name]
            return Native(name, lambda reader, node, arguments, named: many)
        if name == "layers":
            return list(children_of(value).values())
        if isinstance(value, GraphModel) and name in ("output", "outputs", "input", "inputs"):
            many = value.made_of() if name.startswith("out") else list(value.inputs)
            return many[0] if many and not name.endswith("s") else many
        if name in ("forward", "call", "__call__") and not isinstance(value, Instance):
            return Native(name, lambda reader, node, arguments, named: reader.call(value, arguments, named, node))
        if name in ("register_buffer", "register_parameter") and isinstance(value, Instance):
            return Native(name, lambda reader, node, arguments, named: register(value, arguments, named))
        if name in ("param", "variable", "create_parameter", "add_weight"):
            return Native(name, lambda reader, node, arguments, named: self._weight(arguments, named))
        if name in ("weight", "bias", "kernel") and isinstance(value, LibraryLayer):
            return self._weights_of(value, name)
        return None

    def _weights_of(self, layer: LibraryLayer, name: str) -> Any:
        """Return the weights of a convolution of PyTorch or its bias, which functions may be given."""
        if layer.short == "Linear":
            takes, units = (layer.arguments.get(key, layer.arguments.get(at)) for key, at in OF_LINEAR)
            if isinstance(takes, int) and isinstance(units, int):
                return self.trace.constant((units, takes) if name == "weight" else (units,), (layer, name))
        shape = shape_of_weights(layer)
        if shape is None:
            return Unknown(f"the {name} of a layer")
        assert layer.described is not None
        if name == "bias":
            has_bias = layer.described.arguments["bias"]
            return (
                self.trace.constant((layer.described.arguments["out_channels"],), weight_keys(layer)[1])
                if has_bias
                else None
            )
        return self.trace.constant(shape, weight_keys(layer)[0])

    def _weight(self, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        shape = named.get("shape", next((one for one in arguments if isinstance(one, list | tuple)), None))
        if isinstance(shape, list | tuple) and all(isinstance(one, int) for one in shape):
            return self.trace.constant(tuple(shape), object())
        return Unknown("the shape of weights")

    def _added(self, value: Any, name: str, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        own = value.children if isinstance(value, Container) else value.names if isinstance(value, Instance) else {}
        if name in ("add_module", "register_module"):
            key, module = [*arguments, *named.values()][:2]
            own[str(key)] = module
        elif name == "extend":
            for one in self.reader.items(arguments[0]):
                own[str(len(own))] = one
        elif name == "update":
            own |= self._children(arguments[0], place)
        elif name == "insert":
            members = list(own.values())
            members.insert(arguments[0], arguments[1])
            own.clear()
            own |= {str(number): one for number, one in enumerate(members)}
        elif arguments:
            module = arguments[0]
            if isinstance(module, Traced):
                own["\0input"] = self._as_input(module)
            else:
                own[str(len(own))] = module
        return value

    def _of_tensor(self, value: Traced, name: str, place: Place) -> Any:
        if name == "\0parts":
            dims = value.dims
            if dims is None or not dims or dims[0] > 64:
                return value
            return self.function("unbind", [value, 0], {}, place)
        if name == "shape":
            return Unknown(value.why) if value.dims is None else value.dims
        if name == "ndim":
            return Unknown(value.why) if value.dims is None else len(value.dims)
        if name in ("T", "mT"):
            return self.function("transpose", [value, -2, -1] if name == "mT" else [value], {}, place)
        if name in ("is_cuda", "is_quantized", "is_sparse", "is_nested", "is_mps", "is_complex"):
            return False
        if name in ("data", "requires_grad", "grad", "device", "dtype"):
            return value if name == "data" else Unknown(f"the {name} of a tensor")
        if name in tensors.FUNCTIONS or name in LISTED_FUNCTIONS or FUNCTIONAL.match(name):
            path = Library(f"torch.Tensor.{name}" if not self.trace.channels_last else f"jax.numpy.{name}")
            return Native(name, lambda reader, node, given, named: self.call(path, (value, *given), named, place))
        return Native(
            name,
            lambda reader, node, given, named: self.unknown_call(Unknown(name), (value, *given), named, place),
        )

    def combine(self, operation: str, left: Any, right: Any, place: Place) -> Any:
        """Return what an operator makes of two values of which one is a tensor."""
        for one in (left, right):
            if isinstance(one, Unknown):
                return self.trace.lost(f"{one.why} is not known")
        left, right = (self.trace.constant((len(one),)) if isinstance(one, Array) else one for one in (left, right))
        if operation == "matmul":
            return self.function("matmul", [left, right], {}, place)
        given = [self._used(one) for one in (left, right) if isinstance(one, Traced)]
        return tensors.broadcast(self.trace, given)

    def item(self, value: Any, index: Any, place: Place) -> Any:
        """Return a part of a tensor."""
        if isinstance(value, Array):
            value = self.trace.constant((len(value),))
        try:
            return tensors.item(self.trace, self._used(value), index)
        except (IndexError, TypeError, ValueError) as error:
            return self.trace.lost(f"the part at {place} is not there ({error})")

    def unknown_call(self, value: Unknown, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a call of something unknown makes of tensors and layers: unknown too, but listed."""
        given = list(flat_values([*arguments, *named.values()]))
        read = [one for one in given if isinstance(one, Traced)]
        held = tuple(one for one in given if is_module(one)) + tuple(
            inner for one in given if isinstance(one, Unknown) for inner in one.holds
        )
        told = value.name or value.why
        for one in (*held, *value.holds) if read else ():
            if isinstance(one, LibraryLayer) and id(one) not in self.applied:
                self.applied[id(one)] = None
                self.trace.listed(
                    self.names.get(id(one)) or one.short,
                    one.path,
                    self.trace.lost("lost"),
                    f"it is used in {told}, which is not known",
                )
        if read:
            return self.trace.listed(told, told, read[0], f"{value.why} is not known")
        return Unknown(value.why, value.name, (*value.holds, *held))
