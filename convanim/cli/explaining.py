"""What the commands that explain say: sentences, alternative text, the plan, or code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from convanim.base.options import parse, per_axis
from convanim.cli.options import Form
from convanim.layers import Chain, Layer

if TYPE_CHECKING:
    from convanim.inputs.building import Built

Ways = Callable[[tuple[int, ...]], Iterable[tuple[str, str]]]
"""Maps a wanted output size to changes that give it, each with its code."""

_MOST_WAYS = 4


def tell(
    layer: Layer | Chain,
    form: Form,
    notes: tuple[str, ...] = (),
    ways: Ways | None = None,
    shown: Built | None = None,
    **numbers: Any,
) -> str:
    """Return what a layer or a chain does in the requested form; the numbers are checked in every form.

    The alternative text describes ``shown`` instead, if it is given.
    """
    planned = None
    if form.kind == "json" or any(value is not None for value in numbers.values()):
        from convanim.plans import plan

        planned = plan(layer, **numbers)
    if form.kind == "json" and planned is not None:
        import json

        return json.dumps(planned.to_dict())
    if form.kind == "alt":
        from convanim.inputs.building import Built

        return (shown or Built(layer)).alt(numbers.get("method") or "gather")
    if form.framework is not None:
        from convanim.frameworks.writing import code_of

        return code_of(layer, form.framework)
    from convanim.animations.explaining import explain

    wanted = None if form.wanted is None else per_axis("want", parse("want", form.wanted), layer.dims)
    found = list(islice(ways(wanted), _MOST_WAYS)) if ways and wanted else None
    return explain(layer, notes, wanted, found, form.has_matrices)
