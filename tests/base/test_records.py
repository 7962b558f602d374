"""Dataclasses that share methods are like those of the standard library."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from convanim.base import records


def _made(decorator: Callable[..., Any], **options: Any) -> Any:
    class Point:
        """A class as the package has them."""

        x: int
        y: tuple[int, ...] = ()
        note: str = field(default="", compare=False, repr=False)
        found: dict[str, int] = field(default_factory=dict, hash=False)

    return decorator(**options)(Point)


KINDS: list[dict[str, Any]] = [{}, {"frozen": True}, {"eq": False}, {"frozen": True, "kw_only": True}]


@pytest.mark.parametrize("options", KINDS)
def test_they_compare_and_print_alike(options: dict[str, Any]) -> None:
    told = []
    for decorator in (dataclasses.dataclass, records.dataclass):
        kind = _made(decorator, **options)
        one, same, other = kind(x=1, note="a"), kind(x=1, note="b"), kind(x=1, y=(2,))
        is_hashed = kind.__hash__ is not None
        told.append(
            (
                repr(other),
                one == same,
                one == other,
                one == 1,
                is_hashed,
                is_hashed and hash(one) == hash(same),
                is_hashed and hash(one) == hash((1, ())),
                dataclasses.asdict(dataclasses.replace(other, x=3)),
            )
        )
    assert told[0] == told[1]


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(TypeError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("options", KINDS)
def test_they_are_made_and_refused_alike(options: dict[str, Any]) -> None:
    told = []
    for decorator in (dataclasses.dataclass, records.dataclass):
        kind = _made(decorator, **options)
        signature = inspect.signature(kind)
        factory = str(signature.parameters["found"].default)
        calls = (kind, lambda kind=kind: kind(x=1, z=2), lambda kind=kind: kind(1, (), "", {}, 5))
        told.append((str(signature), factory, *map(_refused, calls), kind(x=1).found is kind(x=1).found))
    assert told[0] == told[1]


@records.dataclass(frozen=True)
class Named:
    """A class that others are made of."""

    name: str


@records.dataclass
class Counted:
    """A class whose objects count what they hold."""

    words: tuple[str, ...]
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.words)


def test_fields_may_be_set_when_an_object_is_made() -> None:
    assert Counted(("a", "b")) == Counted(("a", "b"))
    assert repr(Counted(("a",))) == "Counted(words=('a',), count=1)"


def test_a_subclass_sets_what_it_inherits_by_the_method_of_its_parent() -> None:
    class Aged(Named):
        def __init__(self, name: str, age: int) -> None:
            super().__init__(name)
            self.age = age

    aged = Aged("a", 3)
    assert (aged.name, aged.age) == ("a", 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del aged.name


def test_frozen_ones_stay_as_they_are() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Named("a").name = "b"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Named("a").other = "b"  # type: ignore[attr-defined]
    assert {pickle.loads(pickle.dumps(Named("a")))} == {Named("a")}


def test_methods_of_a_class_are_kept() -> None:
    @records.dataclass(frozen=True)
    class Kept(Named):
        def __repr__(self) -> str:
            return "kept"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 3

    assert (repr(Kept("a")), Kept("a") == 1, hash(Kept("b"))) == ("kept", True, 3)


def test_classes_of_other_packages_may_inherit() -> None:
    @dataclasses.dataclass(frozen=True)
    class Theirs(Named):
        count: int = 0

    @records.dataclass(frozen=True)
    class Again(Theirs):
        last: int = 1

    assert Theirs("a", 2) == dataclasses.replace(Theirs("a"), count=2)
    assert repr(Again("a", 2)).endswith("Again(name='a', count=2, last=1)")
    for one in (Theirs("a"), Again("a")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.count = 3  # type: ignore[misc]
    with pytest.raises(TypeError, match="non-frozen"):
        dataclasses.dataclass(type("Changed", (Named,), {"__annotations__": {}}))
