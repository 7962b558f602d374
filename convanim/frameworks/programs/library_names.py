"""Names of libraries: whose layers they are, other names of the same layers, and what functions are for."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from typing import Any

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.programs.values import (
    Array,
)

ROOTS = {
    "torch": "torch",
    "torchvision": "torch",
    "keras": "keras",
    "tensorflow": "keras",
    "flax": "jax",
    "jax": "jax",
    "einops": "torch",
}
"""Whose layers the names of a library are."""

USUAL_NAMES = {
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
    "einops": "einops",
    "torchvision": "torchvision",
    "timm": "timm",
    "Sequential": "keras.Sequential",
    "Model": "keras.Model",
    "Input": "keras.Input",
}
"""What names stand for that nothing imports."""

CHANNELS = (
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

CANONICAL = (
    (re.compile(r"^Lazy(Conv|Linear)"), r"\1"),
    (re.compile(r"^(Global)?MaxPool(\dD)$"), r"\1MaxPooling\2"),
    (re.compile(r"^(Global)?(?:AvgPool|AveragePool)(\dD)$"), r"\1AveragePooling\2"),
    (re.compile(r"^(Separable)?Convolution(\dD)"), r"\1Conv\2"),
)
"""Other names of the same layers."""

SEQUENCES = ("Sequential",)
HOLDERS = ("ModuleList", "ModuleDict", "List", "Dict", "ParameterList")
WRAPPERS = """
weight_norm spectral_norm DataParallel DistributedDataParallel script compile orthogonal remat jit
deepcopy copy checkpoint_wrapper Variable clone_model remove_weight_norm SpectralNormalization freeze unfreeze
"""
"""What returns a module that does the same as the one that it is given."""

ITSELF = """
to cuda cpu float double half bfloat16 eval train requires_grad_ apply share_memory xpu type to_empty
"""
"""Methods of modules that return the module."""

NO_OPS = """
__init__ register_buffer register_parameter init_weights post_init _init_weights reset_parameters zero_grad
load_state_dict load_weights compile summary build fit manual_seed seed set_seed evaluate predict
kaiming_normal_ kaiming_uniform_ xavier_normal_ xavier_uniform_ zeros_ ones_ constant_ normal_ uniform_ orthogonal_
trunc_normal_ fill_ zero_ mul_ copy_ print backward step set_grad_enabled use_deterministic_algorithms simplefilter
filterwarnings clear_session add_loss add_metric no_grad enable_grad set_default_dtype basicConfig
"""
"""What neither changes sizes nor returns anything that is needed."""

RANDOM = """
randn rand zeros ones empty full normal uniform randint random_normal standard_normal truncated_normal random_uniform
placeholder randperm eye identity
"""
OF_DATA = (
    "tensor Tensor FloatTensor DoubleTensor HalfTensor IntTensor LongTensor ByteTensor BoolTensor from_numpy constant"
)
WRAPPING, RETURNING, IDLE, RANDOMLY, HOLDING = (
    frozenset(words.split()) for words in (WRAPPERS, ITSELF, NO_OPS, RANDOM, OF_DATA)
)
ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "tanh": math.tanh, "radians": math.radians,
    "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt, "log2": math.log2, "log": math.log, "exp": math.exp,
    "pow": math.pow, "prod": lambda values: math.prod(values), "gcd": math.gcd, "log10": math.log10,
    "mul": operator.mul, "add": operator.add, "isclose": math.isclose, "round": round, "int": int, "abs": abs,
    "diff": lambda values: Array(after - before for before, after in pairwise(values)),
    "cumsum": lambda values: Array(accumulate(values)), "arange": lambda *ends: Array(range(*ends)),
    "linspace": lambda start, stop, count: Array(start + (stop - start) * n / max(count - 1, 1) for n in range(count)),
    "array": lambda values: Array(values) if isinstance(values, list | tuple) else values,
    "sum": lambda values: sum(values), "max": max, "min": min, "maximum": max, "minimum": min,
    "isqrt": math.isqrt, "lcm": math.lcm, "trunc": math.trunc, "square": lambda value: value * value,
    "divide": operator.truediv, "floor_divide": operator.floordiv, "subtract": operator.sub, "multiply": operator.mul,
    "clip": lambda value, low, high: min(max(value, low), high), "mod": operator.mod, "power": operator.pow,
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "tau": math.tau, "newaxis": None}
"""Values that libraries have names for."""
ONE_BY_ONE = (
    "pow",
    "power",
    "divide",
    "multiply",
    "mul",
    "add",
    "subtract",
    "maximum",
    "minimum",
    "floor_divide",
    "sin",
    "cos",
    "tan",
    "tanh",
    "radians",
    "floor",
    "ceil",
    "sqrt",
    "log2",
    "log",
    "exp",
    "log10",
    "square",
    "trunc",
    "round",
    "abs",
    "int",
)
CONVERTS = "array asarray as_tensor convert_to_tensor float half double clone detach Identity"
CONVERTING = frozenset(CONVERTS.split())
"""Functions of tensors that return a plain number as it is."""

NEVERS = """
is_available is_training is_tracing is_scripting is_in_onnx_export is_exporting is_compiling is_autocast_enabled
is_grad_enabled is_initialized is_quantized is_sparse is_nested is_complex
"""
NEVER = frozenset(NEVERS.split())
"""What is taken not to be so."""
FUNCTIONAL = re.compile(
    r"^(?:(adaptive_)?(max|avg)_pool|conv(_transpose)?|max_unpool|fractional_max_pool|lp_pool)([123])d$"
)
SIGNS = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "truediv": "Div", "pow": "Pow"}
"""What operators between tensors do, by the names that ONNX has for it."""

MERGES = {"Add": "Add", "Multiply": "Mul", "Average": "Mean", "Maximum": "Max", "Minimum": "Min", "Subtract": "Sub"}
LISTED_FUNCTIONS = {
    "interpolate": "Upsample",
    "upsample": "Upsample",
    "pixel_shuffle": "PixelShuffle",
    "pixel_unshuffle": "PixelUnshuffle",
    "unfold": "Unfold",
    "fold": "Fold",
}
MOVING = re.compile(
    "conv|pool|pad|fold|upsampl|interpol|shuffle|resiz|crop|window|attention|lstm|gru|rnn", re.IGNORECASE
)
STEPS_OF_CALL = 20
"""How many steps a call of a library counts for, by the time that it takes."""
PLACE_OF = {
    "num_features": ("Norm", "0"),
    "normalized_shape": ("LayerNorm", "0"),
    "num_groups": ("GroupNorm", "0"),
    "num_channels": ("GroupNorm", "1"),
    "in_features": ("Linear", "0"),
    "out_features": ("Linear", "1"),
    "num_embeddings": ("Embedding", "0"),
    "embedding_dim": ("Embedding", "1"),
    "p": ("Dropout", "0"),
}
"""Where layers without windows are given what they keep as attributes: in which layers, and as which argument."""
INITIALIZER = re.compile(r"(?:Uniform|Normal|Zeros|Ones|Constant|Orthogonal|VarianceScaling)$")
"""Objects that make weights of the shape that they are called with."""
OF_LINEAR = (("in_features", "0"), ("out_features", "1"))
SEQUENTIAL = ("LSTM", "GRU", "RNN", "SimpleRNN")

KEEPING = re.compile(
    r"(?:Lazy)?(?:Batch|Layer|Group|Instance|RMS|Local\w*|Weight|Sync\w*|Frozen\w*|Unit|Spectral)Norm\w*|\w*Dropout\w*|\w*ReLU\w*"
    r"|Identity|DropPath|StochasticDepth|Activation|GELU|SiLU|Mish|Swish|Hard\w+|\w*ELU|Tanh|Sigmoid|Softplus|\w*Noise"
    r"|Random(?:Flip|Rotation|Zoom|Translation|Contrast|Brightness|Hue|Saturation|Shear|Sharpness|Perspective|Erasing"
    r"|Invert|Grayscale|GaussianBlur|Posterization|ColorJitter|ColorDegeneration)|RandAugment|AutoContrast|Equalization"
    r"|Rescaling|Normalization|BatchNormalization|LayerScale|Masking|ActivityRegularization|InputLayer"
)


def canonical(path: str) -> str:
    """Return the full name of a layer or function by which its framework's documentation calls it."""
    root, short = path.split(".")[0], path.rpartition(".")[2]
    for pattern, new in CANONICAL:
        if root != "torch" or short.startswith("Lazy"):
            short = pattern.sub(new, short)
    if root == "torch":
        return f"torch.nn.{short}" if short[:1].isupper() else f"torch.nn.functional.{short}"
    if root in ("keras", "tensorflow"):
        return f"keras.layers.{short}" if short[:1].isupper() else path
    if root == "flax":
        return f"flax.{'nnx' if 'nnx' in path else 'linen'}.{short}"
    return path


def keeps_cells(short: str) -> bool:
    """Return whether a layer of this name leaves cells where they are: an activation, a normalisation, a dropout."""
    return KEEPING.fullmatch(short) is not None


def is_window(path: str) -> bool:
    """Return whether a class of a library is a layer that moves a window, which classes of a text may extend."""
    root = ROOTS.get(path.split(".")[0])
    short = path.rpartition(".")[2]
    if root is None:
        return False
    kind = FRAMEWORKS[root].kinds.get(short)
    return kind is not None and short[:1].isupper()
