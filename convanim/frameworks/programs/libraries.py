"""The libraries of a program: what their names stand for, and what calls, attributes and operators do."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.programs import arranging, computing, functions, indexing, standard
from convanim.frameworks.programs.building import each_axis
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.library_names import (
    ARITHMETIC,
    CONVERTING,
    FUNCTIONAL,
    HOLDERS,
    HOLDING,
    IDLE,
    LISTED_FUNCTIONS,
    NEVER,
    ONE_BY_ONE,
    PLACE_OF,
    RANDOMLY,
    RETURNING,
    ROOTS,
    SEQUENCES,
    SIGNS,
    STEPS_OF_CALL,
    USUAL_NAMES,
    WRAPPING,
    is_window,
)
from convanim.frameworks.programs.module_methods import ModuleMethods
from convanim.frameworks.programs.modules import (
    are_plain,
    are_small,
    copied,
    dims_of_list,
    flat_values,
    is_module,
    node_at,
)
from convanim.frameworks.programs.near_names import not_known
from convanim.frameworks.programs.presets import text_of
from convanim.frameworks.programs.reader import ABSENT
from convanim.frameworks.programs.values import (
    MASK,
    PARTS,
    Array,
    Container,
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

_NETWORKS = re.compile(
    r"(?:^|\.)(?:torchvision\.models|applications|timm|hub|segmentation_models_pytorch|transformers)\b"
)
"""Where libraries keep whole networks."""
_SCORES = re.compile(r"(?:_loss|cross_entropy|kl_div)$")
"""Functions that say how well a model does, in one number."""


class Libraries(ModuleMethods):
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
        if name in functions.FUNCTIONS or FUNCTIONAL.match(name) or name in LISTED_FUNCTIONS or name in WRAPPING:
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
        self.reader.tick(count=STEPS_OF_CALL)
        for way in (self._passed_on, self._told, self._built, self._applied_to):
            found = way(name, arguments, named, place)
            if found is not ABSENT:
                return found
        if _NETWORKS.search(name.path):
            self.note(
                f"{name.path} is imported, and not read; its source, an ONNX file, or convanim.from_torch or "
                "from_keras with the object can be"
            )
        return self.unknown_call(Unknown(name.path), arguments, named, place)

    def _passed_on(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function is given, where it changes nothing here that is needed."""
        short = name.short
        first = arguments[0] if arguments else next(iter(named.values()), None)
        if short in WRAPPING and (arguments or named):
            return copied(first, self.reader) if short == "deepcopy" else first
        if short in ("WeightNorm", "SpectralNorm") and is_module(first):
            return first
        if short in IDLE and not (short in functions.FUNCTIONS and isinstance(first, Traced)):
            return None
        if short == "data" and name.path.startswith("flax") and arguments:
            return first
        if short == "cast" and name.path.startswith("typing") and len(arguments) == 2:
            return arguments[1]
        if short == "get" and ".activations." in name.path and arguments:
            return Library(name.path.replace(".get", f".{first}")) if isinstance(first, str) else first
        if short in ("checkpoint", "data_parallel", "checkpoint_sequential") and arguments:
            return self._through(short, arguments, place)
        return ABSENT

    def _built(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function builds: numbers, containers, inputs, models and layers."""
        short, first = name.short, arguments[0] if arguments else None
        if short in ("Parameter", "Param"):
            dims = (len(first),) if isinstance(first, Array) else first.dims if isinstance(first, Traced) else None
            return Unknown("what a parameter holds") if dims is None else self.trace.constant(dims, object())
        if short in ("OrderedDict", "frozendict", "FrozenDict"):
            return self._ordered(arguments, named, place)
        if short in HOLDING:
            return self._held(short, arguments, named)
        if short == "partial":
            return self._partial(arguments, named, place)
        run = standard.function_of(name)
        if run is not None:
            return self.reader.call(Native(short, run), arguments, named, node_at(place))
        if short in SEQUENCES:
            return self._sequence(name, arguments, named, place)
        if short in HOLDERS:
            members = () if first is None else first
            return Container(name.path, self._children(members, place, holds_tensors=short == "ParameterList"))
        if short in ("Input", "InputLayer") and name.path.split(".")[0] in ("keras", "tensorflow"):
            return self._input(arguments, named, place)
        if short in ("Model", "Functional") and (arguments or named):
            return self._graph_model(arguments, named)
        preset = text_of(name.path)
        if preset:
            return self.reader.call(self._defined(preset, short), arguments, named, node_at(place))
        return self.layer_of(name, arguments, named, place) if self._is_layer(name) else ABSENT

    def _told(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function tells of where a program runs, or of how well a model does."""
        short, first = name.short, arguments[0] if arguments else None
        if short in NEVER:
            return False
        if short == "image_data_format":
            return "channels_last" if self.trace.channels_last else "channels_first"
        if _SCORES.search(short) and any(isinstance(one, Traced) for one in arguments):
            return self.trace.tensor((), None)
        if short in ("Size", "TensorShape"):
            return tuple(first) if isinstance(first, list | tuple) else Unknown("a size")
        return ABSENT

    def _applied_to(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function makes of numbers or of tensors."""
        short = name.short
        if name.path.startswith("einops") and short in ("rearrange", "reduce", "repeat") and len(arguments) > 1:
            x = self._used(arguments[0]) if isinstance(arguments[0], Traced) else None
            sizes = {key: one for key, one in named.items() if key != "reduction"}
            return arranging.rearranged(self.trace, x, str(arguments[1]), sizes) if x else Unknown("a rearrangement")
        if short in RANDOMLY and not any(isinstance(one, Traced) for one in arguments):
            return self._random(arguments, named, short)
        if short in ARITHMETIC and (are_plain(arguments) or (short == "arange" and named and not arguments)):
            return self._computed(name, arguments, named)
        found = self._functional(name, arguments, named, place)
        return ABSENT if found is None else found

    def _held(self, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Return a tensor of numbers that are written out, or that has the sizes that are given."""
        first = arguments[0] if arguments else named.get("data", named.get("value"))
        if name.endswith("Tensor") and isinstance(first, int) and not isinstance(first, bool):
            return self._random(arguments, {})
        if isinstance(first, list | tuple) and first and all(type(one) in (int, float) for one in first):
            return Array(first)
        dims = dims_of_list(first)
        if not dims:
            return Unknown("a tensor") if first is None else first
        one = first
        while isinstance(one, list | tuple):
            one = one[0]
        return self.trace.constant(dims, MASK if isinstance(one, bool) else None)

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
        counts = {len(one) for one in plain if isinstance(one, Array)}
        if len(counts) == 1 and name.short in ONE_BY_ONE:
            rows = [one if isinstance(one, Array) else [one] * max(counts) for one in plain]
            return Array(Libraries._computed(name, pair, {}) for pair in zip(*rows, strict=True))
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
        return {**{str(pair[0]): pair[1] for pair in pairs}, **named}

    def _partial(self, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        function, *first = arguments

        def run(reader: Interpreter, node: ast.AST, later: Sequence[Any], more: Mapping[str, Any]) -> Any:
            return reader.call(function, (*first, *later), {**named, **more}, node)

        return Native("partial", run, function)

    def attribute(self, value: Any, name: str, place: Place) -> Any:
        """Return an attribute of a tensor or of a module."""
        if isinstance(value, Array) and name in CONVERTING | RETURNING | {"int", "long", "round", "numpy"}:
            change = int if name in ("int", "long") else round if name == "round" else None
            same = value if change is None else Array(one if isinstance(one, Unknown) else change(one) for one in value)
            return Native(name, lambda reader, node, arguments, named: same)
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
        if name in RETURNING and not (name == "apply" and isinstance(value, Container | Instance)):
            return Native(name, lambda reader, node, arguments, named: value)
        if name == "training":
            return False
        if isinstance(value, Instance) and isinstance(value.names.get("\0layer"), LibraryLayer):
            return self.attribute(value.names["\0layer"], name, place)
        found = self.of_module(value, name, place)
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
        if isinstance(value, LibraryLayer) and value.described is None and name in PLACE_OF:
            ending, number = PLACE_OF[name]
            if ending in value.short and number in value.arguments:
                return value.arguments[number]
        if isinstance(value, Container) and name in value.children:
            return value.children[name]
        if isinstance(value, Instance) and name in self.reader.given:
            return self.reader.given[name]
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
            module.names["\0layer"] = self.layer_of(root, arguments, named, Place(1, 1))

    def _of_tensor(self, value: Traced, name: str, place: Place) -> Any:
        if name == PARTS:
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
            usual = {"data": value, "dtype": Library("torch.float32"), "device": Library("torch.cpu")}
            return usual.get(name, Unknown(f"the {name} of a tensor"))
        if name in functions.FUNCTIONS or name in LISTED_FUNCTIONS or FUNCTIONAL.match(name):
            path = Library(f"torch.Tensor.{name}" if not self.trace.channels_last else f"jax.numpy.{name}")
            return Native(name, lambda reader, node, given, named: self.call(path, (value, *given), named, place))
        return Native(
            name,
            lambda reader, node, given, named: self.unknown_call(Unknown(name), (value, *given), named, place),
        )

    def combine(self, operation: str, left: Any, right: Any, place: Place) -> Any:
        """Return what an operator makes of two values of which one is a tensor."""
        # A name that stands for the input may be read before a layer shows that it does.
        left, right = (self.fed.get(one.name, one) if isinstance(one, Unknown) else one for one in (left, right))
        for one in (left, right):
            if isinstance(one, Unknown):
                return self.trace.lost(f"{one.why} is not known")
        left, right = (self.trace.constant((len(one),)) if isinstance(one, Array) else one for one in (left, right))
        if operation == "matmul":
            return self.function("matmul", [left, right], {}, place)
        given = [self._used(one) for one in (left, right) if isinstance(one, Traced)]
        return computing.broadcast(self.trace, given, SIGNS.get(operation, "Where"))

    def item(self, value: Any, index: Any, place: Place) -> Any:
        """Return a part of a tensor."""
        if isinstance(value, Array):
            value = self.trace.constant((len(value),))
        try:
            return indexing.item(self.trace, self._used(value), index)
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
            return self.trace.listed(told, told, read[0], not_known(value.why, place))
        return Unknown(value.why, value.name, (*value.holds, *held))
