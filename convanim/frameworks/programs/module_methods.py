"""Methods of modules: what they hold, what is added to them and taken out, their weights, and hooks."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from convanim.frameworks.programs.applying import Applying
from convanim.frameworks.programs.building import shape_of_weights
from convanim.frameworks.programs.library_names import OF_LINEAR, keeps_cells
from convanim.frameworks.programs.modules import children_of, modules_within, register, renumbered
from convanim.frameworks.programs.trace import weight_keys
from convanim.frameworks.programs.values import (
    Class,
    Container,
    GraphModel,
    Instance,
    LibraryLayer,
    Native,
    Running,
    Traced,
    Unknown,
)
from convanim.frameworks.source import Place, cut

_CHANGING = frozenset(["append", "add", "insert", "extend", "add_module", "register_module", "update", "pop", "clear"])
_LISTING = frozenset(
    [
        "modules",
        "children",
        "parameters",
        "buffers",
        "named_modules",
        "named_children",
        "named_parameters",
        "named_buffers",
    ]
)


class ModuleMethods(Applying):
    """What modules can do beside being applied."""

    def of_module(self, value: Any, name: str, place: Place) -> Any:
        """Return a method that modules of every library have, None for any other."""
        if name in _CHANGING:
            return Native(
                name, lambda reader, node, arguments, named: self._added(value, name, arguments, named, place)
            )
        if name in _LISTING:
            return Native(name, lambda reader, node, arguments, named: self._listing(value, name))
        if name in ("items", "keys", "values") and isinstance(value, Container | Instance):
            own = children_of(value)
            many = {"items": list(own.items()), "keys": list(own), "values": list(own.values())}[name]
            return Native(name, lambda reader, node, arguments, named: many)
        if name in ("get_submodule", "get_layer"):
            return Native(
                name, lambda reader, node, arguments, named: self._within(value, [*arguments, *named.values()])
            )
        if name in ("register_forward_hook", "register_forward_pre_hook"):
            return Native(name, lambda reader, node, arguments, named: self._hooked(value, name, arguments[0]))
        if name == "apply" and isinstance(value, Container | Instance):
            return Native(name, lambda reader, node, arguments, named: self._applied_within(value, arguments[0], node))
        if name == "layers" and isinstance(value, GraphModel):
            return Unknown("the order of a functional model's layers")
        if name in ("input", "inputs", "output", "outputs") and isinstance(value, Container):
            return self._ends(value, name)
        if name == "output" and isinstance(value, LibraryLayer) and id(value) in self.made_by:
            return self.made_by[id(value)][1]
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

    def _listing(self, value: Any, name: str) -> list[Any]:
        """Return modules, or weights, within a module, with their names where those are asked for."""
        has_names, what = name.startswith("named"), name.rpartition("_")[2]
        if what == "children":
            pairs = list(children_of(value).items())
        elif what == "modules":
            pairs = modules_within(value)
        elif what == "parameters":
            pairs = [
                (f"{key}.{kind}" if key else kind, self._weights_of(one, kind))
                for key, one in modules_within(value)
                if isinstance(one, LibraryLayer)
                for kind in ("weight", "bias")
                if self._has_weights(one)
            ]
            pairs = [(key, one) for key, one in pairs if one is not None]
        else:
            pairs = []
        return Running(pairs if has_names else [one for _, one in pairs])

    def _has_weights(self, layer: LibraryLayer) -> bool:
        """Return whether a layer has parameters, or may have some."""
        kind = layer.described.kind if layer.described is not None else None
        if layer.described is not None and "Conv" in layer.short:
            return True
        return kind is None and (not keeps_cells(layer.short) or "Norm" in layer.short or layer.short == "PReLU")

    def _within(self, value: Any, names: Sequence[Any]) -> Any:
        """Return the module within another that a path names, or the layer of a functional model."""
        path = next((one for one in names if isinstance(one, str)), "")
        if isinstance(value, Container) and value.path.startswith(("keras", "tensorflow")):
            self._ends(value, "output")
        pairs = (
            [("", one) for one, _ in self.made_by.values()] if isinstance(value, GraphModel) else modules_within(value)
        )
        found = next((one for key, one in pairs if path in (key, getattr(one, "arguments", {}).get("name"))), None)
        return Unknown(f"the layer {cut(path)!r}", "") if found is None else found

    def _applied_within(self, value: Any, function: Any, node: ast.AST) -> Any:
        """Return a module after a function was called for all modules within it, the innermost first."""
        for _, one in reversed(modules_within(value)):
            self.reader.call(function, (one,), {}, node)
        return value

    def _ends(self, value: Container, name: str) -> Any:
        """Return what goes into a Sequential of Keras that says its own input, or what comes out of it."""
        if id(value) not in self.made_by:
            first = next(iter(value.children.values()), None)
            shape = first.arguments.get("input_shape") if isinstance(first, LibraryLayer) else None
            given = first.of if isinstance(first, Native) else self._input((shape,), {}, Place(1, 1)) if shape else None
            if not isinstance(given, Traced):
                return Unknown(f"the {name} of a Sequential")
            if given not in self.trace.inputs:
                self.trace.inputs.append(given)
            self.made_by[id(value)] = given, self._in_order(value.children, given, Place(1, 1))
        found = self.made_by[id(value)][0 if name.startswith("in") else 1]
        return [found] if name.endswith("s") else found

    def _hooked(self, module: Any, name: str, hook: Any) -> Instance:
        """Keep what a program calls after a module has run; what it calls before is said to be left out."""
        kept = self.reader.hooks.setdefault(id(module), [])
        if name == "register_forward_hook":
            kept.append(hook)
        else:
            self.note(f"{name} is left out")

        def remove(reader: Any, node: ast.AST, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
            kept[:] = [one for one in kept if one is not hook]

        return Instance(Class("handle", (), {}), {"remove": Native("remove", remove)})

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
        elif name == "pop":
            return self._taken_out(value, own, arguments)
        elif name == "clear":
            own.clear()
        elif arguments:
            module = arguments[0]
            is_weight = isinstance(value, Container) and value.short == "ParameterList"
            if isinstance(module, Traced) and not is_weight:
                own["\0input"] = self._as_input(module)
            else:
                own[str(len(own))] = module
        return value

    @staticmethod
    def _taken_out(value: Any, own: dict[str, Any], arguments: Sequence[Any]) -> Any:
        """Return a module that is taken out of a container; those behind it move up."""
        names = list(own)
        key = arguments[0] if arguments else -1
        found = own.pop(key if isinstance(key, str) else names[key])
        rest = renumbered(own)
        own.clear()
        own |= rest
        return found
