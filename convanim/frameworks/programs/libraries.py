"""The libraries of a program: what their names stand for, and what their layers and functions do to tensors."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.binding import bound
from convanim.frameworks.kinds import Described, Kind
from convanim.frameworks.programs import standard, tensors
from convanim.frameworks.programs.interpreter import Interpreter
from convanim.frameworks.programs.presets import text_of
from convanim.frameworks.programs.trace import NeedsInput, Trace, weight_keys
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
from convanim.frameworks.source import Call, Place, cut, refused

_ROOTS = {
    "torch": "torch",
    "torchvision": "torch",
    "keras": "keras",
    "tensorflow": "keras",
    "flax": "jax",
    "jax": "jax",
    "einops": "torch",
}
"""Whose layers the names of a library are."""

_USUAL_NAMES = {
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "torch": "torch",
    "tf": "tensorflow",
    "keras": "keras",
    "layers": "keras.layers",
    "np": "numpy",
    "math": "math",
    "jnp": "jax.numpy",
    "jax": "jax",
    "lax": "jax.lax",
    "nnx": "flax.nnx",
    "linen": "flax.linen",
    "Sequential": "keras.Sequential",
    "Model": "keras.Model",
    "Input": "keras.Input",
}
"""What names stand for that nothing imports."""

_CHANNELS = (
    "in_channels",
    "out_channels",
    "filters",
    "features",
    "in_features",
    "out_features",
    "groups",
    "feature_group_count",
    "num_features",
)
"""Arguments that are taken as 1 where they are not known."""

_CANONICAL = (
    (re.compile(r"^Lazy(Conv|Linear)"), r"\1"),
    (re.compile(r"^(Global)?MaxPool(\dD)$"), r"\1MaxPooling\2"),
    (re.compile(r"^(Global)?(?:AvgPool|AveragePool)(\dD)$"), r"\1AveragePooling\2"),
    (re.compile(r"^(Separable)?Convolution(\dD)"), r"\1Conv\2"),
)
"""Other names of the same layers."""

_SEQUENCES = ("Sequential",)
_HOLDERS = ("ModuleList", "ModuleDict", "List", "Dict", "ParameterList")
_WRAPPERS = """
weight_norm spectral_norm DataParallel DistributedDataParallel script compile orthogonal remat jit
deepcopy copy checkpoint_wrapper remove_weight_norm SpectralNormalization freeze unfreeze
"""
"""What returns a module that does the same as the one that it is given."""

_ITSELF = """
to cuda cpu float double half bfloat16 eval train requires_grad_ apply share_memory xpu type to_empty
"""
"""Methods of modules that return the module."""

_NO_OPS = """
__init__ register_buffer register_parameter init_weights post_init _init_weights reset_parameters zero_grad
register_forward_hook load_state_dict load_weights compile summary build fit manual_seed seed set_seed evaluate predict
kaiming_normal_ kaiming_uniform_ xavier_normal_ xavier_uniform_ zeros_ ones_ constant_ normal_ uniform_ orthogonal_
trunc_normal_ fill_ zero_ mul_ copy_ print backward step set_grad_enabled use_deterministic_algorithms simplefilter
filterwarnings clear_session add_loss add_metric no_grad enable_grad set_default_dtype basicConfig
"""
"""What neither changes sizes nor returns anything that is needed."""

_RANDOM = "randn rand zeros ones empty full normal uniform Tensor FloatTensor randint random_normal placeholder"
_WRAPPING, _RETURNING, _IDLE, _RANDOMLY = (frozenset(words.split()) for words in (_WRAPPERS, _ITSELF, _NO_OPS, _RANDOM))
_ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt, "log2": math.log2, "log": math.log, "exp": math.exp,
    "pow": math.pow, "prod": lambda values: math.prod(values), "gcd": math.gcd, "log10": math.log10,
    "mul": operator.mul, "add": operator.add, "isclose": math.isclose, "round": round, "int": int, "abs": abs,
    "cumsum": lambda values: Array(accumulate(values)), "arange": lambda *ends: Array(range(*ends)),
    "linspace": lambda start, stop, count: Array(start + (stop - start) * n / max(count - 1, 1) for n in range(count)),
    "array": lambda values: Array(values) if isinstance(values, list | tuple) else values,
    "sum": lambda values: sum(values), "max": max, "min": min, "maximum": max, "minimum": min,
    "isqrt": math.isqrt, "lcm": math.lcm, "trunc": math.trunc, "square": lambda value: value * value,
    "divide": operator.truediv, "floor_divide": operator.floordiv, "subtract": operator.sub, "multiply": operator.mul,
    "clip": lambda value, low, high: min(max(value, low), high), "mod": operator.mod, "power": operator.pow,
}  # fmt: skip
_ONE_BY_ONE = ("floor", "ceil", "sqrt", "log2", "log", "exp", "log10", "square", "trunc", "round", "abs", "int")
_CONVERTS = "array asarray as_tensor convert_to_tensor float half double clone detach Identity"
_CONVERTING = frozenset(_CONVERTS.split())
"""Functions of tensors that return a plain number as it is."""

_NEVERS = """
is_available is_training is_tracing is_scripting is_in_onnx_export is_exporting is_compiling is_autocast_enabled
is_grad_enabled is_initialized is_quantized is_sparse is_nested is_complex
"""
_NEVER = frozenset(_NEVERS.split())
"""What is taken not to be so."""
_FUNCTIONAL = re.compile(
    r"^(?:(adaptive_)?(max|avg)_pool|conv(_transpose)?|max_unpool|fractional_max_pool|lp_pool)([123])d$"
)
_MERGES = {"Add": "Add", "Multiply": "Mul", "Average": "Add", "Maximum": "Add", "Minimum": "Add", "Subtract": "Sub"}
_LISTED_FUNCTIONS = {
    "interpolate": "Upsample",
    "upsample": "Upsample",
    "pixel_shuffle": "PixelShuffle",
    "pixel_unshuffle": "PixelUnshuffle",
    "unfold": "Unfold",
}
_MOVING = re.compile(
    "conv|pool|pad|fold|upsampl|interpol|shuffle|resiz|crop|window|attention|lstm|gru|rnn", re.IGNORECASE
)
_INNER = 8
_STEPS_OF_CALL = 20
"""How many steps a call of a library counts for, by the time that it takes."""
_OF_LINEAR = (("in_features", "0"), ("out_features", "1"))
_SEQUENTIAL = ("LSTM", "GRU", "RNN", "SimpleRNN")


class Libraries:
    """The libraries that a program uses, and the trace of what it does with them.

    Parameters
    ----------
    trace : Trace
        What is applied to tensors.
    size : tuple of int or None
        Of the input, where it is asked for.
    framework : str
        The one that names are looked up in that nothing imports.
    """

    def __init__(self, trace: Trace, size: tuple[int, ...] | None, channels: int, framework: str) -> None:
        self.trace, self.size, self.channels, self.framework = trace, size, channels, framework
        self.names: dict[int, str] = {}
        self.reader: Interpreter
        self.fed: dict[str, Traced] = {}
        self.is_open = True
        self.offered: dict[Traced, None] = {}
        self.applied: dict[int, None] = {}
        self.first: tuple[Any, ...] = ()
        self.defined: dict[str, Scope] = {}

    def note(self, text: str) -> None:
        """Say something of how the program was read."""
        self.trace.note(text)

    # Names

    def find(self, name: str) -> Any:
        """Return what a name stands for that the program does not define, or None."""
        if name in ("nn",) and self.framework == "jax":
            return Library("flax.linen")
        if name in _USUAL_NAMES and (self.framework != "torch" or name not in ("Sequential", "Model", "Input")):
            return Library(_USUAL_NAMES[name])
        homes = {"torch": "torch.nn", "keras": "keras.layers", "jax": "flax.linen"}
        order = sorted(homes, key=lambda one: one != self.framework)
        for one in order:
            if name in FRAMEWORKS[one].kinds or (name in ("Sequential", *_HOLDERS) and one == "torch"):
                return Library(f"{homes[one]}.{name}")
        if name in tensors.FUNCTIONS or _FUNCTIONAL.match(name) or name in _LISTED_FUNCTIONS or name in _WRAPPING:
            return Library(f"{homes[order[0]]}.{name}")
        stars = self.reader.globals.names.get("\0stars", ())
        star = next((path for path in stars if path and _ROOTS.get(path.split(".")[0])), None)
        if star is not None and name[:1].isupper():
            return Library(f"{star}.{name}")
        if name in ("OrderedDict", "partial", "namedtuple"):
            return Library(f"collections.{name}")
        return {"__name__": "model", "__debug__": False}.get(name)

    # Calls

    def call(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function of a library returns."""
        short = name.short
        self.reader.tick(count=_STEPS_OF_CALL)
        if short in _WRAPPING and (arguments or named):
            first = arguments[0] if arguments else next(iter(named.values()))
            return _copied(first, self.reader) if short == "deepcopy" else first
        is_method = short in tensors.FUNCTIONS and bool(arguments) and isinstance(arguments[0], Traced)
        if short in _IDLE and not is_method:
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
            dims = _dims_of_list(arguments[0] if arguments else named.get("data"))
            return self.trace.constant(dims) if dims else (arguments[0] if arguments else Unknown("a tensor"))
        if short == "partial":
            return self._partial(arguments, named, place)
        run = standard.function_of(name)
        if run is not None:
            return self.reader.call(Native(short, run), arguments, named, _node(place))
        if short in ("checkpoint", "data_parallel", "checkpoint_sequential") and arguments:
            return self._through(short, arguments, place)
        if short in _SEQUENCES:
            return self._sequence(name, arguments, named, place)
        if short in _HOLDERS:
            return Container(name.path, self._children(arguments[0] if arguments else (), place))
        if short in ("Input", "InputLayer") and name.path.split(".")[0] in ("keras", "tensorflow"):
            return self._input(arguments, named, place)
        if short in ("Model", "Functional") and (arguments or named):
            return self._graph_model(arguments, named)
        if short in _NEVER:
            return False
        if short in ("Size", "TensorShape"):
            return tuple(arguments[0]) if arguments and isinstance(arguments[0], list | tuple) else Unknown("a size")
        preset = text_of(name.path)
        if preset:
            return self.reader.call(self._defined(preset, short), arguments, named, _node(place))
        if self._is_layer(name):
            return self._layer(name, arguments, named, place)
        if short in _RANDOMLY and not any(isinstance(one, Traced) for one in arguments):
            return self._random(arguments, named)
        if short in _ARITHMETIC and (_is_plain(arguments) or (short == "arange" and named and not arguments)):
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
        if len(plain) == 1 and isinstance(plain[0], Array) and name.short in _ONE_BY_ONE:
            plain = [Array(Libraries._computed(name, [one], {}) for one in plain[0])]
            return plain[0]
        try:
            return _ARITHMETIC[name.short](*plain) if _is_small(plain) else lost
        except (ArithmeticError, TypeError, ValueError):
            return lost

    def _through(self, name: str, arguments: Sequence[Any], place: Place) -> Any:
        """Return what a module makes that is called by a function, which changes how it is computed only."""
        function, *rest = arguments
        node = _node(place)
        if not rest:
            return function
        if name == "data_parallel":
            return self.reader.call(function, rest[:1], {}, node)
        if name == "checkpoint_sequential":
            rest = rest[1:]
            if isinstance(function, list | tuple):
                function = Container("torch.nn.Sequential", self._children(function, place))
        return self.reader.call(function, rest, {}, node)

    def _is_layer(self, name: Library) -> bool:
        root = _ROOTS.get(name.path.split(".")[0])
        return root is not None and name.short[:1].isupper() and "." in name.path

    def _layer(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> LibraryLayer:
        """Return a layer of a framework that is built, or why it cannot be read."""
        root = _ROOTS[name.path.split(".")[0]]
        framework = FRAMEWORKS[root]
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
            call = self._plain_call(name.short, arguments, given, place)
            its = bound(call, kind.signature)
        except ConvanimError as error:
            return LibraryLayer(path, None, {}, place, str(error))
        except LookupError as error:
            unknown = error.args[0]
            way = f"; give it with --let {unknown.name}=…" if unknown.name else ""
            return LibraryLayer(path, None, {}, place, f"it depends on {unknown.why}, which is not known{way}")
        return LibraryLayer(path, Described(root, name.short, kind, its, str(place)), given, place)

    def _plain_call(self, name: str, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Call:
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
            is_count = key in _CHANNELS or (
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

    def _ordered(self, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        first = arguments[0] if arguments else ()
        if isinstance(first, Unknown):
            return first
        pairs = list(first.items()) if isinstance(first, dict) else self.reader.items(first)
        return {**{str(pair[0]): pair[1] for pair in pairs}, **named}

    def _partial(self, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        function, *first = arguments

        def run(reader: Interpreter, node: ast.AST, later: Sequence[Any], more: Mapping[str, Any]) -> Any:
            return reader.call(function, (*first, *later), {**named, **more}, node)

        return Native("partial", run, function)

    def _children(self, members: Any, place: Place) -> dict[str, Any]:
        """Return members by their names or numbers, without an input that stands before the layers of a Sequential."""
        if isinstance(members, Unknown):
            return {"0": members}
        if isinstance(members, dict):
            return {str(key): value for key, value in members.items()}
        kept = [one for one in self.reader.items(members) if not isinstance(one, Traced)]
        return {str(number): one for number, one in enumerate(kept)}

    def _sequence(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Container:
        given = list(arguments) or [named[key] for key in ("layers",) if key in named]
        if len(given) == 1 and isinstance(given[0], dict):
            return Container(name.path, self._children(given[0], place))
        members = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
        if any(isinstance(one, Traced) for one in members):
            members = [self._as_input(one) if isinstance(one, Traced) else one for one in members]
        if len(given) == 1 and isinstance(given[0], Container):
            members = list(given[0].children.values()) if given[0].short in _HOLDERS else given
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
        if not isinstance(shape, tuple | list):
            return Unknown("the shape of an input")
        self.trace.channels_last = True
        if len(shape) < 2:
            return self.trace.constant((1, *(one if isinstance(one, int) else 1 for one in shape)))
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

    def _random(self, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        sizes = [one for one in arguments if not isinstance(one, Native | Library)]
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

    # Functions of tensors

    def _functional(self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a function makes of tensors, None where it is not known."""
        short = name.short
        many = [self._used(one) if isinstance(one, Traced) else one for one in arguments]
        if many and isinstance(many[0], Unknown):
            many[0] = self._open(many[0])
        given = {key: self._used(one) if isinstance(one, Traced) else one for key, one in named.items()}
        windowed = _FUNCTIONAL.match(short)
        root = _ROOTS.get(name.path.split(".")[0])
        if root == "torch" and (windowed or short in _LISTED_FUNCTIONS):
            return self._windowed(name, many, given, place)
        if root == "jax" and short in ("max_pool", "avg_pool", "conv_general_dilated", "conv", "conv_transpose"):
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
        holds_tensor = any(isinstance(one, Traced) for one in _flat(its.values()))
        if not holds_tensor and not isinstance(first, list | tuple):
            is_changed = isinstance(first, int | float) and short not in _CONVERTING
            return first if text == "x" and not is_changed else None
        lost = next((one for one in _flat(its.values()) if isinstance(one, Traced) and one.dims is None), None)
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
        windowed = _FUNCTIONAL.match(short)
        if windowed:
            adaptive, which, _, dims = windowed.groups()
            class_name = f"{'Adaptive' if adaptive else ''}{(which or 'lp').title()}Pool{dims}d"
            if short.startswith("max_unpool"):
                class_name, many = f"MaxUnpool{dims}d", many[1:]
            layer = self._layer(Library(f"torch.nn.{class_name}"), many, given, place)
        elif short in _LISTED_FUNCTIONS:
            layer = self._layer(Library(f"torch.nn.{_LISTED_FUNCTIONS[short]}"), many, given, place)
        else:
            layer = self._layer_of_jax(name, many, given, place)
        layer.path = canonical(name.path)
        return self._apply_layer(layer, x, short, weights)

    def _layer_of_jax(
        self, name: Library, arguments: Sequence[Any], named: Mapping[str, Any], place: Place
    ) -> LibraryLayer:
        kind = FRAMEWORKS["jax"].kinds[name.short]
        try:
            call = self._plain_call(name.short, (None, *arguments), named, place)
            its = bound(call, kind.signature)
        except ConvanimError as error:
            return LibraryLayer(name.path, None, {}, place, str(error))
        except LookupError as error:
            return LibraryLayer(name.path, None, {}, place, f"it depends on {error.args[0].why}, which is not known")
        return LibraryLayer(name.path, Described("jax", name.short, kind, its, str(place)), {}, place)

    def _convolved(self, name: Library, x: Traced, arguments: list[Any], named: dict[str, Any], place: Place) -> Any:
        """Return what ``conv2d(x, weight, bias, …)`` of PyTorch makes; the weights say channels and kernel."""
        short = name.short
        windowed = _FUNCTIONAL.match(short)
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
        key = (weight.weights or weight, getattr(bias, "weights", None) or bias or "no bias")
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

    # Modules

    def apply(self, module: Any, arguments: Sequence[Any], named: Mapping[str, Any], place: Place) -> Any:
        """Return what a module of a library makes of tensors."""
        self.reader.tick(count=_STEPS_OF_CALL)
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
            if module.short in _HOLDERS:
                raise refused(place, "calls a {}, which has no order of its own", module.short)
            return self._in_order(module.children, first, place)
        if isinstance(module, GraphModel):
            return self._of_graph(module, [self._used(one) for one in _flat(many) if isinstance(one, Traced)])
        if isinstance(module.names.get("\0layer"), LibraryLayer):
            return self.apply(module.names["\0layer"], arguments, named, place)
        children = {name: one for name, one in module.names.items() if _is_module(one)}
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
        node = _node(place)
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
        for added in range(_INNER):
            if "output_padding" in described.arguments:
                usual = self._shape_of(layer, x)
                extra = (
                    tuple(want - own for want, own in zip(size, usual, strict=True)) if usual else (added,) * len(size)
                )
                its = {**described.arguments, "output_padding": extra}
                sized = Described(described.framework, described.name, described.kind, its, described.place)
                key = weight_keys(layer)
                return self._apply_layer(LibraryLayer(layer.path, sized, layer.arguments, layer.place), x, name, key)
            break
        channels = x.dims[self.trace.channel_axis(len(x.dims))]
        return self.trace.listed(
            name, layer.path, x, "its output size is chosen by the call", (x.dims[0], channels, *size)
        )

    def _shape_of(self, layer: LibraryLayer, x: Traced) -> tuple[int, ...] | None:
        from convanim.frameworks.kinds import Input

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
        if layer.short in _MERGES:
            return tensors.broadcast(self.trace, found)
        return self.trace.listed(layer.short, layer.path, found[0], f"{layer.short} is not known")

    def _plain_layer(self, layer: LibraryLayer, x: Traced, name: str, given: Sequence[Any]) -> Any:
        """Return what a layer makes that has no windows."""
        its, short, trace = layer.arguments, layer.short, self.trace
        if x.dims is None:
            return trace.lost(x.why) if not _MOVING.search(short) else trace.listed(name, layer.path, x, x.why)
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
        if short in _SEQUENTIAL:
            return self._recurrent(layer, x)
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
            made = self.reader.call(its.get("layer", its.get("0")), (inner,), {}, _node(layer.place))
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
        root = _ROOTS.get(layer.path.split(".")[0], "torch")
        kind = FRAMEWORKS[root].kinds.get(short)
        if (kind is not None and not kind.ends) or _keeps(short):
            return trace.make("Identity", [x], x.dims)
        return trace.listed(name, layer.path, x, f"{short} is not known")

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

    # Attributes, operators and what is not known

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
            if isinstance(own, LibraryLayer) and not name_of_call and name not in _IDLE:
                return self.attribute(own, name, place)
            return Native(
                name,
                lambda reader, node, arguments, named: (
                    self.apply(value.bound, arguments, named, place) if name_of_call else None
                ),
            )
        if name in _RETURNING:
            return Native(name, lambda reader, node, arguments, named: value)
        if name == "training":
            return False
        if isinstance(value, Instance) and isinstance(value.names.get("\0layer"), LibraryLayer):
            return self.attribute(value.names["\0layer"], name, place)
        found = self._of_module(value, name, place)
        if found is not None:
            return found
        if name in _IDLE:
            return Native(name, lambda reader, node, arguments, named: None)
        if name == "bias" and isinstance(value, LibraryLayer):
            return None
        if isinstance(value, LibraryLayer) and value.described is not None and name in value.described.arguments:
            return _each_axis(value.described, name)
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
        root = next((Library(path) for path in module.made_of.roots if _is_window(path)), None)
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
            found = _modules(value) if "modules" in name else []
            pairs = [(key, one) for key, one in found] if name.startswith("named") else [one for _, one in found]
            if "children" in name:
                own = _children_of(value)
                pairs = list(own.items()) if name.startswith("named") else list(own.values())
            return Native(name, lambda reader, node, arguments, named: pairs)
        if name in ("items", "keys", "values") and isinstance(value, Container | Instance):
            own = _children_of(value)
            many = {"items": list(own.items()), "keys": list(own), "values": list(own.values())}[name]
            return Native(name, lambda reader, node, arguments, named: many)
        if name == "layers":
            return list(_children_of(value).values())
        if isinstance(value, GraphModel) and name in ("output", "outputs", "input", "inputs"):
            many = value.made_of() if name.startswith("out") else list(value.inputs)
            return many[0] if many and not name.endswith("s") else many
        if name in ("forward", "call", "__call__") and not isinstance(value, Instance):
            return Native(name, lambda reader, node, arguments, named: reader.call(value, arguments, named, node))
        if name in ("register_buffer", "register_parameter") and isinstance(value, Instance):
            return Native(name, lambda reader, node, arguments, named: _registered(value, arguments, named))
        if name in ("param", "variable", "create_parameter", "add_weight"):
            return Native(name, lambda reader, node, arguments, named: self._weight(arguments, named))
        if name in ("weight", "bias", "kernel") and isinstance(value, LibraryLayer):
            return self._weights_of(value, name)
        return None

    def _weights_of(self, layer: LibraryLayer, name: str) -> Any:
        """Return the weights of a convolution of PyTorch or its bias, which functions may be given."""
        if layer.short == "Linear":
            takes, units = (layer.arguments.get(key, layer.arguments.get(at)) for key, at in _OF_LINEAR)
            if isinstance(takes, int) and isinstance(units, int):
                return self.trace.constant((units, takes) if name == "weight" else (units,), (layer, name))
        shape = _shape_of_weights(layer)
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
        if name in tensors.FUNCTIONS or name in _LISTED_FUNCTIONS or _FUNCTIONAL.match(name):
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
        given = list(_flat([*arguments, *named.values()]))
        read = [one for one in given if isinstance(one, Traced)]
        held = tuple(one for one in given if _is_module(one)) + tuple(
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


def canonical(path: str) -> str:
    """Return the full name of a layer or function by which its framework's documentation calls it."""
    root, short = path.split(".")[0], path.rpartition(".")[2]
    for pattern, new in _CANONICAL:
        if root != "torch" or short.startswith("Lazy"):
            short = pattern.sub(new, short)
    if root == "torch":
        return f"torch.nn.{short}" if short[:1].isupper() else f"torch.nn.functional.{short}"
    if root in ("keras", "tensorflow"):
        return f"keras.layers.{short}" if short[:1].isupper() else path
    if root == "flax":
        return f"flax.{'nnx' if 'nnx' in path else 'linen'}.{short}"
    return path


_KEEPING = re.compile(
    r"(?:Lazy)?(?:Batch|Layer|Group|Instance|RMS|Local\w*|Weight|Sync\w*|Frozen\w*|Unit|Spectral)Norm\w*|\w*Dropout\w*|\w*ReLU\w*"
    r"|Identity|DropPath|StochasticDepth|Activation|GELU|SiLU|Mish|Swish|Hard\w+|\w*ELU|Tanh|Sigmoid|Softplus|\w*Noise"
    r"|Rescaling|Normalization|BatchNormalization|LayerScale|Masking|ActivityRegularization|InputLayer"
)


def _keeps(short: str) -> bool:
    return _KEEPING.fullmatch(short) is not None


def _registered(module: Instance, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Take a tensor that a module registers as its attribute."""
    given = [*arguments, *(value for key, value in named.items() if key in ("tensor", "param"))]
    name = named.get("name", given[0] if given else None)
    if isinstance(name, str) and given:
        module.names[name] = given[-1] if len(given) > 1 or "name" in named else None


def _node(place: Place) -> ast.stmt:
    """Return a statement at a place, for what is called from there."""
    return ast.Pass(lineno=place.line, col_offset=max(place.column - 1, 0))


def _is_window(path: str) -> bool:
    """Return whether a class of a library is a layer that moves a window, which classes of a text may extend."""
    root = _ROOTS.get(path.split(".")[0])
    short = path.rpartition(".")[2]
    if root is None:
        return False
    kind = FRAMEWORKS[root].kinds.get(short)
    return kind is not None and short[:1].isupper()


def _each_axis(described: Described, name: str) -> Any:
    """Return an argument of a layer as its attribute: a tuple with a number for each axis, for convolutions."""
    value = described.arguments[name]
    dims = described.kind.dims
    sized = ("kernel_size", "stride", "strides", "padding", "dilation", "dilation_rate", "output_padding")
    is_each = "Conv" in described.name and name in sized and isinstance(value, int) and dims is not None
    return (value,) * dims if is_each and dims is not None else value


def _shape_of_weights(layer: LibraryLayer) -> tuple[int, ...] | None:
    """Return the shape of a convolution's weights as PyTorch has them, None for any other layer."""
    described = layer.described
    if described is None or described.framework != "torch" or "Conv" not in described.name:
        return None
    its = described.arguments
    channels, made, groups = its.get("in_channels"), its["out_channels"], its["groups"]
    kernel = _each_axis(described, "kernel_size")
    if not all(isinstance(one, int) and one > 0 for one in (channels, made, groups)) or not isinstance(kernel, tuple):
        return None
    first = (channels, made // groups) if "Transpose" in described.name else (made, channels // groups)
    return (*first, *kernel)


def _dims_of_list(value: Any) -> tuple[int, ...]:
    """Return the shape of a tensor that is made of a list of lists of numbers; none for anything else."""
    dims: list[int] = []
    while isinstance(value, list | tuple) and len(dims) < 8:
        if not value:
            return ()
        dims.append(len(value))
        value = value[0]
    return tuple(dims) if not isinstance(value, Unknown | Traced) else ()


def _is_plain(values: Sequence[Any]) -> bool:
    """Return whether values are plain numbers, or not known, and none of them a tensor."""
    return bool(values) and all(isinstance(one, int | float | range | Unknown) for one in _flat(values))


def _flat(values: Any) -> Any:
    """Yield values, and those in lists of them."""
    for one in values:
        if isinstance(one, list | tuple):
            yield from (inner for inner in one if not isinstance(inner, list | tuple))
        else:
            yield one


def _is_module(value: Any) -> bool:
    return isinstance(value, LibraryLayer | Container | Instance | GraphModel)


def _is_small(values: Sequence[Any]) -> bool:
    """Return whether numbers may be computed with: neither too large nor too many."""
    flat = list(_flat(values))
    return len(flat) < 10_000 and all(
        isinstance(one, int | float) and (isinstance(one, float) or abs(one) < 10**6) for one in flat
    )


def _children_of(value: Any) -> dict[str, Any]:
    """Return the modules that a module holds directly, by name; lists of them count as well."""
    if isinstance(value, Container):
        return {key: one for key, one in value.children.items() if _is_module(one)}
    if not isinstance(value, Instance):
        return {}
    found: dict[str, Any] = {}
    for key, one in value.names.items():
        if key.startswith("\0"):
            continue
        if _is_module(one):
            found[key] = one
        elif isinstance(one, list | tuple):
            found |= {f"{key}.{number}": inner for number, inner in enumerate(one) if _is_module(inner)}
    return found


def _modules(value: Any) -> list[tuple[str, Any]]:
    """Return a module and all within it with their names, each once."""
    found: list[tuple[str, Any]] = []
    seen: set[int] = set()
    waiting = [("", value)]
    while waiting:
        name, one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        found.append((name, one))
        waiting += [(f"{name}.{key}" if name else key, inner) for key, inner in reversed(_children_of(one).items())]
    return found


def named_modules(value: Any) -> dict[int, str]:
    """Return the name of each module within one, by its identity; a class that extends a layer is that layer too."""
    found = {id(one): name for name, one in _modules(value)}
    extended = [(one.names["\0layer"], name) for name, one in _modules(value) if _extends_layer(one)]
    return found | {id(one): name for one, name in extended}


def _extends_layer(value: Any) -> bool:
    return isinstance(value, Instance) and "\0layer" in value.names


def _copied(value: Any, reader: Interpreter) -> Any:
    """Return a copy of a module with layers of its own, counting steps, since modules may hold others twice."""
    reader.tick(count=4)
    if isinstance(value, LibraryLayer):
        return LibraryLayer(value.path, value.described, value.arguments, value.place, value.why)
    if isinstance(value, Container):
        return Container(value.path, {key: _copied(one, reader) for key, one in value.children.items()})
    if isinstance(value, Instance):
        return Instance(value.made_of, {key: _copied(one, reader) for key, one in value.names.items()})
    return [_copied(one, reader) for one in value] if isinstance(value, list) else value
