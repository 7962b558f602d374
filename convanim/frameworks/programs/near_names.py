"""What a name of a library may mean that is not known there."""

from __future__ import annotations

from difflib import get_close_matches

from convanim.frameworks import FRAMEWORKS
from convanim.frameworks.programs.jax_functions import CONVOLUTIONS
from convanim.frameworks.programs.library_names import LISTED_FUNCTIONS, ROOTS
from convanim.frameworks.source import Place

_WINDOWED = ("conv", "conv_transpose", *(f"{kind}{one}_pool" for kind in ("", "adaptive_") for one in ("max", "avg")))
_FUNCTIONS = {
    "torch": (*(f"{name}{axes}d" for name in _WINDOWED for axes in (1, 2, 3)), *LISTED_FUNCTIONS),
    "keras": ("conv2d", "max_pool2d", "avg_pool2d", "max_pool", "avg_pool"),
    "jax": (*CONVOLUTIONS, "reduce_window", "max_pool", "avg_pool"),
}
"""Functions that move windows, by framework."""

_MOST_NAMED = 2


def not_known(path: str, place: Place) -> str:
    """Return the sentence that something is not known, with its line and what may be meant where a library has it.

    Examples
    --------
    >>> not_known("torch.nn.Conv2D", Place(4, 9))
    'Conv2D in line 4 is not known; did you mean Conv2d?'
    """
    framework, short = ROOTS.get(path.partition(".")[0]), path.rpartition(".")[2]
    if framework is None:
        return f"{path} is not known"
    kinds = [name for name, kind in FRAMEWORKS[framework].kinds.items() if kind.build and "." not in name]
    known = {_plain(name): name for name in (kinds if short[:1].isupper() else _FUNCTIONS[framework])}
    near = [known[one] for one in get_close_matches(_plain(short), known, _MOST_NAMED, 0.8)]
    near = near[:1] if near and _plain(near[0]) == _plain(short) else near
    return f"{short if near else path} in line {place.line} is not known" + (
        f"; did you mean {' or '.join(near)}?" if near else ""
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
