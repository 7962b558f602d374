"""Models read again where their first layers take an input of other axes or channels than were assumed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import spelled
from convanim.frameworks.models.model import Model
from convanim.frameworks.programs.trace import NeedsInput

_MOST_TRIES = 4
_MISFIT = re.compile(r"it takes [\d,]+ channels, and its input has ([\d,]+)")


def tried(read: Callable[[int | None, int], Model], channels: int = 0, asked: Any = None) -> Model:
    """Return a model, read again where a layer says other axes or channels of the input than were assumed.

    Raises
    ------
    ConvanimError
        If its layers take inputs of several kinds, or ``asked``, the input's size, has other axes than they take.
    """
    axes: int | None = None
    many: Sequence[int] = (channels,)
    given = len(asked) if isinstance(asked, tuple | list) else 0
    for _ in range(_MOST_TRIES):
        try:
            found = min((read(axes, one) for one in many), key=_misfits)
        except NeedsInput as needs:
            axes, many = needs.axes or axes, needs.channels or many
            continue
        return replace(found, notes=(*found.notes, *_channels_said(found, asked))) if given > 1 else found
    if axes is not None and given and given != axes:
        such = spelled(asked[-axes:] if given > axes else (asked[0],) * axes)
        more = f", or 3x{such} for 3 channels" if given > axes else ""
        problem = f"has {given} axes, and the first layer takes {axes}; give {such}{more}"
        raise ConvanimError("input_size", spelled(asked), problem)
    raise ConvanimError("model", "", "takes inputs of several shapes; write the input into the program")


def _channels_said(model: Model, asked: Sequence[int]) -> tuple[str, ...]:
    """Return the sentence that a number of the input's size is taken for channels, which a layer does not take."""
    first = model.inputs[0].dims if model.inputs else ()
    misfit = next(filter(None, (_MISFIT.match(entry.why) for entry in model.entries)), None)
    channels = misfit[1].replace(",", "") if misfit is not None else ""
    if len(first) != len(asked) + 1 or channels not in (str(asked[0]), str(asked[-1])):
        return ()
    size = asked[1:] if channels == str(asked[0]) else asked[:-1]
    return (f"the {channels} of {spelled(asked)} is taken for the input's channels; give {spelled(size)} for none",)


def _misfits(model: Model) -> int:
    """Return how many layers of a model take other channels than they are given."""
    return sum(bool(_MISFIT.match(entry.why)) for entry in model.entries)
