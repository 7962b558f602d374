"""Functional models: the layers that lead from their inputs to their outputs, and models that are used as layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import Any

from convanim.base.records import dataclass
from convanim.frameworks.models.entries import Entry
from convanim.frameworks.programs.values import Traced


@dataclass(frozen=True)
class Step:
    """How a tensor was made: of which others, and what makes it of others like them."""

    given: tuple[Traced, ...]
    again: Callable[[Sequence[Traced]], Traced]


@dataclass(eq=False)
class Steps:
    """How tensors were made, by their names, and the weights of the entries, by their numbers.

    Attributes
    ----------
    made : dict
        Of tensors.
    weights : dict
        Of entries: what tells the weights from others, and how many numbers they are.
    """

    made: dict[str, Step] = field(default_factory=dict)
    weights: dict[int, tuple[tuple[Any, int], ...]] = field(default_factory=dict)

    def record(self, made: Traced, given: Sequence[Traced], again: Callable[[Sequence[Traced]], Traced]) -> Traced:
        """Keep how a tensor was made, and return it."""
        self.made[made.name] = Step(tuple(given), again)
        return made

    def behind(self, outputs: Sequence[Traced]) -> dict[str, Traced]:
        """Return the tensors that some are made of, themselves included, by their names."""
        found: dict[str, Traced] = {}
        waiting = list(outputs)
        while waiting:
            one = waiting.pop()
            if one.name not in found:
                found[one.name] = one
                step = self.made.get(one.name)
                waiting += step.given if step is not None else ()
        return found

    def leading(
        self, entries: Sequence[Entry], inputs: Sequence[Traced], outputs: Sequence[Traced]
    ) -> list[Entry] | None:
        """Return the entries that lead to some tensors, numbered and counted anew; None where that is not known."""
        names = self.behind(outputs)
        ends = [one for name, one in names.items() if name not in self.made and one not in inputs]
        if any(one.tensor is None or not one.tensor.is_constant for one in ends):
            return None
        firsts: dict[Any, int] = {}
        found: list[Entry] = []
        for entry in entries:
            if entry.output not in names:
                continue
            number = len(found) + 1
            weights = self.weights.get(entry.number, ())
            owners = [firsts.setdefault(key, number) for key, n in weights if n]
            counted = sum(n for key, n in weights if n and firsts[key] == number)
            same_as = owners[0] if owners and number not in owners else 0
            is_layer = entry.layer is not None
            found.append(replace(entry, number=number, counted=counted if is_layer else entry.counted, same_as=same_as))
        return found

    def again(self, inputs: Sequence[Traced], outputs: Sequence[Traced], given: Sequence[Traced]) -> list[Traced] | str:
        """Return what a model makes of other inputs of the same shapes, or why that is not known."""
        if any(one.dims != other.dims for one, other in zip(inputs, given, strict=False)):
            return "a functional model is given an input of another shape"
        known = {one.name: other for one, other in zip(inputs, given, strict=False)}
        for one in self._in_order(outputs, known):
            step = self.made.get(one.name)
            if step is None:
                known[one.name] = one
            else:
                known[one.name] = step.again([known[each.name] for each in step.given])
        return [known[one.name] for one in outputs]

    def _in_order(self, outputs: Sequence[Traced], known: dict[str, Traced]) -> Iterator[Traced]:
        """Yield the tensors that some are made of, each behind those that it is made of, but for known ones."""
        found = self.behind(outputs)
        for name in sorted(found, key=_place):
            if name not in known:
                yield found[name]


def _place(name: str) -> int:
    """Return when a tensor was made."""
    return int(name.removeprefix("t"))
