"""Modules of PyTorch that are run once: the layers that they apply, and the numbers that reach one."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.libraries import Libraries
from convanim.frameworks.programs.live import HERE, PLACE, Describe, first_line, flat, layer_of_object, world_of
from convanim.frameworks.programs.reading import model_of
from convanim.frameworks.programs.values import Library, LibraryLayer, Traced

_BETWEEN = {
    **{name: name for name in ("add", "sub", "mul", "div", "pow", "neg", "matmul")},
    **{f"i{name}": name for name in ("add", "sub", "mul")},
    **{f"r{name}": name for name in ("add", "sub", "mul", "pow")},
    **dict.fromkeys(("truediv", "rtruediv", "itruediv"), "div"),
}
"""What the special methods of tensors are for operators."""


def reaching(network: Any, part: Any, given: Any) -> Any:
    """Return the numbers that reach a part of a network of PyTorch that is run once, channels first.

    It runs in evaluation mode, without gradients, and is left as it was found.

    Parameters
    ----------
    network, part : torch.nn.Module
        All of it, and the part.
    given : array
        What goes into it: channels first, with a batch of one or without.

    Raises
    ------
    ConvanimError
        If the network cannot be run on these numbers, or does not use the part.
    """
    torch = importlib.import_module("torch")
    caught: list[Any] = []
    hook = part.register_forward_pre_hook(lambda module, arguments: caught.append(arguments[0].detach().cpu().clone()))
    own = torch.as_tensor(given, dtype=torch.float32)
    with undone([hook]):
        run_once(network, own if own.ndim > 3 or own.ndim == 2 else own[None])
    if not caught:
        raise ConvanimError("layer", "", "is not used when the network runs")
    return caught[0][0].numpy()


@contextmanager
def undone(hooks: Sequence[Any]) -> Iterator[None]:
    """Take hooks away again at the end."""
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def run_once(network: Any, given: Any) -> None:
    """Run a network of PyTorch in evaluation mode, without gradients, and leave it as it was.

    Raises
    ------
    ConvanimError
        If it cannot be run on what is given.
    """
    was_training = [(one, one.training) for one in network.modules()]
    network.eval()
    try:
        with importlib.import_module("torch").no_grad():
            network(given)
    except Exception as error:  # The user's own code runs here, and fails in its own ways.
        said = first_line(error)
        raise ConvanimError("input_size", "", "is no input that the network runs on ({})", said) from error
    finally:
        for one, mode in was_training:
            one.training = mode


def read_by_running(module: Any, size: tuple[int, ...], channels: int | None, describe: Describe) -> Model:
    """Return the layers that a module of PyTorch applies when it is run on zeros, each function as it is called."""
    torch = importlib.import_module("torch")
    takes = (one.in_channels for one in module.modules() if hasattr(one, "in_channels"))
    given = torch.zeros(1, channels or next(takes, 1), *size)
    weights = next(iter(module.parameters()), None)
    given = given if weights is None else given.to(weights.device, weights.dtype)
    called: list[_Called] = []
    hooks: list[Any] = []
    world = world_of(False, size, int(given.shape[1]))
    for name, part in module.named_modules():
        layer = layer_of_object(part, "torch.nn", describe)
        if isinstance(layer, LibraryLayer) and layer.described is not None:
            world.names[id(layer)] = name
            hooks += _watched(part, layer, called)

    class Watching(torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        """Every function of PyTorch that the module calls."""

        def __torch_function__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
            made = function(*arguments, **(named or {}))
            called.append(_Called(function, _copied(arguments), _copied(named or {}), made))
            return made

    with undone(hooks), Watching():
        run_once(module, given)
    found = {id(given): world.trace.input(size, int(given.shape[1]))}
    for one in called:
        _follow(world, one, found)
    return model_of(world.trace, type(module).__name__)


@dataclass(frozen=True, eq=False)
class _Called:
    """A function of PyTorch or a layer that a module has called, with its tensors; a layer without them begins."""

    what: Any
    arguments: Sequence[Any]
    named: Mapping[str, Any]
    made: Any


def _copied(value: Any) -> Any:
    """Return arguments with copies of the lists in them, which the module may lengthen later."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return type(value)(map(_copied, value)) if type(value) in (tuple, list) else value


def _watched(part: Any, layer: LibraryLayer, called: list[_Called]) -> list[Any]:
    """Take a part of a module as a layer, whatever functions it calls; return the hooks for that."""
    starts: list[int] = []

    def ends(module: Any, arguments: Sequence[Any], made: Any) -> None:
        del called[starts.pop() :]
        called.append(_Called(layer, arguments, {}, made))

    return [
        part.register_forward_pre_hook(lambda module, arguments: starts.append(len(called))),
        part.register_forward_hook(ends),
    ]


def _follow(world: Libraries, one: _Called, found: dict[int, Traced]) -> None:
    """Find out what is known of the tensors that a function or a layer has made; their shapes are, in any case."""

    def known(value: Any) -> Any:
        if type(value) in (tuple, list):
            return type(value)(map(known, value))
        if not hasattr(value, "dtype") or not hasattr(value, "shape"):
            return value
        dims = tuple(int(n) for n in value.shape)
        return found.setdefault(id(value), world.trace.constant(dims, value))

    made = [each for each in flat(one.made) if hasattr(each, "dtype") and hasattr(each, "shape")]
    if not made:
        return
    arguments, named = [known(each) for each in one.arguments], {key: known(each) for key, each in one.named.items()}
    name = str(getattr(one.what, "__name__", "")).strip("_")
    if isinstance(one.what, LibraryLayer):
        result = world.reader.call(one.what, arguments, named, HERE)
    elif name == "getitem":
        result = world.item(arguments[0], arguments[1], PLACE)
    elif name in _BETWEEN:
        result = world.combine(_BETWEEN[name], arguments[0], arguments[1] if len(arguments) > 1 else None, PLACE)
    else:
        result = world.call(
            Library(f"torch.Tensor.{name}" if name == "unfold" else f"torch.{name}"), arguments, named, PLACE
        )
    told = [*flat(result), *[None] * len(made)]
    for each, its in zip(made, told, strict=False):
        dims = tuple(int(n) for n in each.shape)
        is_right = isinstance(its, Traced) and its.dims == dims
        found[id(each)] = its if is_right else world.trace.tensor(dims, None)
