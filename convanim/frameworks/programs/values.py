"""What the names of a program stand for while it is read: modules, functions, tensors, and what is not known."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.records import dataclass
from convanim.frameworks.kinds import Described
from convanim.frameworks.models.graph import Tensor
from convanim.frameworks.source import Place


@dataclass(frozen=True, eq=False)
class Unknown:
    """A value that is not known.

    Attributes
    ----------
    why : str
        What is not known, as the end of a sentence.
    name : str
        The name that a value could be given for, if there is one.
    holds : tuple
        The layers that were given to an unknown call, and may be used in it.
    """

    why: str
    name: str = ""
    holds: tuple[Any, ...] = ()


ITEMS = "\0items"
"""Where an object of a class that extends a dictionary holds its items."""


MAIN = "\0main"
"""Where the statements are kept that only run where a program is run by itself."""

SETTER = "\0set "
"""Stands before the name of a property, for the function that sets it."""

PARTS = "\0parts"
"""What a tensor is asked for that is gone through along its first axis."""

MASK = "mask"
"""The weights of a tensor that says which places of an axis are taken."""


class Running(list[Any]):
    """What is left of an iterator: each of its items is taken once."""


class Defaults(dict[Any, Any]):
    """A dictionary that makes what is missing, by a function without arguments."""

    def __init__(self, factory: Any, items: Mapping[Any, Any]) -> None:
        super().__init__(items)
        self.factory = factory


class Members(dict[str, Any]):
    """The modules within an object of the text; those that are put in become its attributes."""

    def __init__(self, items: Mapping[str, Any], names: dict[str, Any]) -> None:
        super().__init__(items)
        self.names = names

    def __setitem__(self, key: str, value: Any) -> None:
        """Put a module in."""
        super().__setitem__(key, value)
        self.names[key] = value

    def __delitem__(self, key: str) -> None:
        """Take a module out."""
        super().__delitem__(key)
        self.names.pop(key, None)


class Array(list[Any]):
    """Numbers of a library's array of one axis, which operators are for one by one."""


@dataclass(frozen=True, eq=False)
class Traced:
    """A tensor of the program.

    Attributes
    ----------
    tensor : Tensor or None
        What is known of it.
    name : str
        What the graph calls it.
    why : str
        Why nothing is known.
    weights : object or None
        What it is of the model's own parameters; tensors that are the same share it.
    """

    tensor: Tensor | None
    name: str
    why: str = ""
    weights: Any = None

    @property
    def dims(self) -> tuple[int, ...] | None:
        """Its shape, batch included, if that is known."""
        return None if self.tensor is None else self.tensor.dims


@dataclass(frozen=True)
class Library:
    """Something of a library, by its full name, such as ``torch.nn.Conv2d``."""

    path: str

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.path.rpartition(".")[2]


@dataclass(eq=False)
class LibraryLayer:
    """A layer of a framework that has been built.

    Attributes
    ----------
    path : str
        Its full name.
    described : Described or None
        What it is, where it is a layer that is known here.
    arguments : dict
        Of others.
    place : Place
        Where it stands.
    why : str
        Why it cannot be read.
    shared : dict
        What tells its weights and its bias from those of others, where they are those of another layer.
    """

    path: str
    described: Described | None
    arguments: dict[str, Any]
    place: Place
    why: str = ""
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.path.rpartition(".")[2]

    def change(self, name: str, value: Any) -> None:
        """Take another value for one of the arguments that it was built with, or the weights of another layer."""
        is_convolution = self.path.startswith("torch") and "Conv" in self.short
        if is_convolution and name in ("in_channels", "out_channels", "kernel_size"):
            # They say how its weights were made, and nothing of what it does after that.
            return
        if isinstance(value, Traced) and name in ("weight", "bias"):
            self.shared[name] = value if value.weights is None else value.weights
            if is_convolution and self.described is not None:
                self._take_shape(name, value)
            return
        if name in self.arguments or self.described is None or name not in self.described.arguments:
            self.arguments[name] = value
        if self.described is None or name not in self.described.arguments:
            return
        if isinstance(value, Unknown | Traced) and name != "bias":
            self.why = f"its {name} is changed to what is not known"
            return
        plain = tuple(value) if isinstance(value, list) else value
        its = self.described.arguments
        if name == "kernel_size" and "stride" in its and its["stride"] is None:
            # A stride that is left out was that of the first kernel when the layer was made.
            self.described = replace(self.described, arguments={**its, "stride": its["kernel_size"]})
        if name == "bias":
            plain = value is not None and value is not False
        self.described = replace(self.described, arguments={**self.described.arguments, name: plain})

    def _take_shape(self, name: str, value: Traced) -> None:
        """Take the channels and the kernel of other weights of a convolution of PyTorch, or that it has a bias."""
        assert self.described is not None
        its = self.described.arguments
        if value.dims is None:
            self.why = f"its {name} is changed to what is not known"
            return
        if name == "bias":
            changed: dict[str, Any] = {"bias": True}
        else:
            first, second, *kernel = value.dims
            groups = its["groups"]
            taken, made = (first, second * groups) if "Transpose" in self.short else (second * groups, first)
            changed = {"in_channels": taken, "out_channels": made, "kernel_size": tuple(kernel)}
        self.described = replace(self.described, arguments={**its, **changed})


@dataclass(eq=False)
class Container:
    """Modules in a container of the library, by name."""

    path: str
    children: dict[str, Any]

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.path.rpartition(".")[2]


@dataclass(eq=False)
class Scope:
    """Names and their values, the scope around it, and the scopes of names that are assigned in others.

    The body of a class is one too; functions in it do not see its names, and belong to the class that it makes.
    """

    names: dict[str, Any] = field(default_factory=dict)
    outer: Scope | None = None
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    is_class: bool = False
    made: Class | None = None

    def find(self, name: str) -> Any:
        """Return the value of a name.

        Raises
        ------
        KeyError
            If there is none.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the text.

    Attributes
    ----------
    name : str
        Its name.
    node : FunctionDef or Lambda
        What stands in the text.
    scope : Scope
        Where it finds names that are not its own.
    defaults : mapping
        Of its parameters.
    home : Scope or None
        The body of the class that it is written in.
    wrapped : object
        What decorators of the text have made of it.
    is_property, is_static, is_of_class : bool
        How it is found on an object.
    """

    name: str
    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    defaults: Mapping[str, Any]
    home: Scope | None = None
    wrapped: Any = None
    is_property: bool = False
    is_static: bool = False
    is_of_class: bool = False

    @property
    def owner(self) -> Class | None:
        """The class that it is a method of."""
        return None if self.home is None else self.home.made


_MOST_ANCESTORS = 100


@dataclass(eq=False)
class Class:
    """A class of the text.

    Attributes
    ----------
    name : str
        Its name.
    bases : tuple
        Classes of the text, or of libraries.
    names : dict
        What its body defines.
    fields : tuple of str
        Annotated names in order, which are the parameters of a Flax module or a dataclass.
    """

    name: str
    bases: tuple[Any, ...]
    names: dict[str, Any]
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Find the classes that it inherits from, which do not change.

        Raises
        ------
        ConvanimError
            If they are too many.
        """
        lines = [base.lineage() for base in self.bases if isinstance(base, Class)]
        if sum(map(len, lines)) > _MOST_ANCESTORS:
            raise ConvanimError("class", self.name, "extends more than {} classes", _MOST_ANCESTORS)
        lines.append([base for base in self.bases if isinstance(base, Class)])
        self._line: list[Class] = [self]
        while lines := [line for line in lines if line]:
            later = [one for line in lines for one in line[1:]]
            head = next((line[0] for line in lines if all(line[0] is not one for one in later)), lines[0][0])
            self._line.append(head)
            lines = [[one for one in line if one is not head] for line in lines]

    def lineage(self) -> list[Class]:
        """Return the classes of the text that it inherits from, itself first, each before those that it extends.

        The order is Python's own, the C3 linearization; a class that would have none has its bases as they stand.
        """
        return self._line

    @property
    def is_dictionary(self) -> bool:
        """Whether it extends a dictionary."""
        bases = [base for one in self.lineage() for base in one.bases]
        return any(isinstance(base, Native) and base.name == "dict" for base in bases) or any(
            path.rpartition(".")[2] in ("UserDict", "OrderedDict", "defaultdict", "Dict") and "torch" not in path
            for path in self.roots
        )

    @property
    def is_enumeration(self) -> bool:
        """Whether its names are a list of values."""
        return any(path.rpartition(".")[2] in ("Enum", "IntEnum", "StrEnum", "Flag") for path in self.roots)

    @property
    def roots(self) -> tuple[str, ...]:
        """The full names of the classes of libraries that it inherits from."""
        return tuple(base.path for one in self.lineage() for base in one.bases if isinstance(base, Library))


@dataclass(eq=False)
class Instance:
    """An object of a class of the text."""

    made_of: Class
    names: dict[str, Any] = field(default_factory=dict)

    @property
    def is_tuple(self) -> bool:
        """Whether it is a tuple with names."""
        return any(path.endswith("NamedTuple") for path in self.made_of.roots)


@dataclass(frozen=True, eq=False)
class Method:
    """A function of a class with the object that it is called on."""

    function: Function
    bound: Any


@dataclass(frozen=True, eq=False)
class Native:
    """A function that the interpreter brings: a name for errors, what it does, and the one that it is made of."""

    name: str
    run: Callable[..., Any]
    of: Any = None


@dataclass(frozen=True, eq=False)
class Super:
    """What ``super()`` returns in a method: the object, and the classes behind the one that the method is of."""

    bound: Any
    behind: tuple[Class, ...]


@dataclass(frozen=True, eq=False)
class GraphModel:
    """A functional model of Keras: the tensors that go in and come out."""

    inputs: tuple[Traced, ...]
    outputs: Any
    name: str = ""

    def made_of(self) -> list[Traced]:
        """Return the tensors that come out, in one list."""
        many = list(self.outputs.values()) if isinstance(self.outputs, dict) else self.outputs
        return [one for one in (many if isinstance(many, list | tuple) else [many]) if isinstance(one, Traced)]
