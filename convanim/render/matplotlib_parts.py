"""The two parts of Matplotlib that draw, Agg and FreeType, loaded without the rest, which takes far longer."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convanim.base.records import dataclass

_AGG, _FREETYPE = "matplotlib.backends._backend_agg", "matplotlib.ft2font"
_BACKEND = "MPLBACKEND"

_IDENTITY = np.eye(3)


@dataclass
class Outline:
    """A path, with the attributes that Agg reads.

    Attributes
    ----------
    vertices : array of shape (n, 2)
        Its points.
    codes : array of shape (n,)
        What each point is: one of the codes below.
    """

    vertices: NDArray[np.float64]
    codes: NDArray[np.uint8]
    should_simplify: bool = False
    simplify_threshold: float = 0.0


MOVETO, LINETO, CLOSEPOLY = 1, 2, 79
"""Codes of Agg for points of a path."""


@dataclass(frozen=True)
class Context:
    """How Agg draws a path, with the attributes and methods that it reads.

    Corners and ends are round. Nothing snaps to whole pixels, since slanted
    edges and their cells would disagree.
    """

    _rgb: tuple[float, float, float, float]
    _linewidth: float
    dashes: tuple[float, Sequence[float] | None] = (0, None)
    _alpha: float = 1.0
    _forced_alpha: bool = False
    _antialiased: int = 1
    _capstyle: str = "round"
    _joinstyle: str = "round"
    _cliprect: None = None

    def get_dashes(self) -> tuple[float, Sequence[float] | None]:
        """Return where a pattern of dashes starts, and the lengths of dashes and gaps."""
        return self.dashes

    def get_snap(self) -> bool:
        """Return that paths stay where they are."""
        return False

    def get_clip_path(self) -> tuple[None, None]:
        """Return that paths are drawn whole."""
        return None, None

    def _nothing(self) -> None:
        """Return nothing, for what Agg may draw and we do not."""

    get_hatch_path = get_sketch_params = _nothing

    def get_hatch_color(self) -> tuple[float, float, float, float]:
        """Return a colour that is not used."""
        return self._rgb

    def get_hatch_linewidth(self) -> float:
        """Return a width that is not used."""
        return 1.0


class Parts(NamedTuple):
    """Agg and FreeType as modules, and whether Agg takes a `Context` of ours."""

    agg: Any
    freetype: Any
    takes_ours: bool


def folder() -> Path:
    """Return the folder that Matplotlib is in."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
    return Path(spec.origin).parent


def _parts() -> Parts:
    """Return both parts, alone where that works, and else by an ordinary import."""
    with _shielded():
        binder = _Binder()
        sys.meta_path.insert(0, binder)
        try:
            parts = Parts(_alone(_AGG), _alone(_FREETYPE), takes_ours=True)
            _draw_something(parts)
        except Exception:
            # Whatever another release of Matplotlib needs, an ordinary import has it.
            sys.meta_path.remove(binder)
            if "matplotlib" not in sys.modules:
                for name in (_AGG, _FREETYPE):
                    sys.modules.pop(name, None)
            return Parts(import_module(_AGG), import_module(_FREETYPE), takes_ours=False)
    return parts


def _alone(name: str) -> ModuleType:
    """Return an extension module, without importing the packages that it is in."""
    if name in sys.modules:
        return sys.modules[name]
    _, *inner, own = name.split(".")
    found = PathFinder.find_spec(own, [str(folder().joinpath(*inner))])
    if found is None or found.origin is None:
        raise ImportError(name)
    # Under its full name it is the very module that Matplotlib imports later.
    spec = spec_from_file_location(name, found.origin, loader=ExtensionFileLoader(name, found.origin))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    # Some releases import the packages all the same.
    if package := sys.modules.get(name.rpartition(".")[0]):
        setattr(package, own, module)
    return module


def _draw_something(parts: Parts) -> None:
    """Raise if Agg does not take what we hand it."""
    outline = Outline(np.zeros((2, 2)), np.array([MOVETO, LINETO], np.uint8))
    context = Context((0.0, 0.0, 0.0, 1.0), 1.0, dashes=(0.0, (1.0, 1.0)))
    parts.agg.RendererAgg(1, 1, 72).draw_path(context, outline, _IDENTITY, None)


class _Binder:
    """Lets packages of Matplotlib that are imported later hold the parts, as if they had imported them."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how a package is loaded that one of the parts is in, or None for all other modules."""
        loaded = [part.rpartition(".") for part in (_AGG, _FREETYPE) if part in sys.modules]
        own = {part: sys.modules[f"{package}.{part}"] for package, _, part in loaded if package == name}
        spec = PathFinder.find_spec(name, path, target) if own else None
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(name, spec.loader.path, own)
        return spec


class _Loader(SourceFileLoader):
    """Loads a package that has some modules before it runs."""

    def __init__(self, name: str, path: str, own: dict[str, ModuleType]) -> None:
        super().__init__(name, path)
        self._own = own

    def exec_module(self, module: ModuleType) -> None:
        """Run a package with the modules in it."""
        vars(module).update(self._own)
        super().exec_module(module)


@contextmanager
def _shielded() -> Iterator[None]:
    """Import Matplotlib in the block without warnings and without the backend that the environment names.

    The import fails if that backend does not exist, as in a process started by
    a notebook, and warns if there is no folder for the cache. The backend is
    set afterwards, if it exists, for users who use Matplotlib themselves.
    """
    log, backend = logging.getLogger("matplotlib"), os.environ.get(_BACKEND)
    level = log.level
    log.setLevel(logging.ERROR)
    is_first = "matplotlib" not in sys.modules
    if is_first:
        os.environ.pop(_BACKEND, None)
    try:
        yield
    finally:
        log.setLevel(level)
        if is_first and backend is not None:
            os.environ[_BACKEND] = backend
    if is_first and backend and "matplotlib" in sys.modules:
        _choose(backend)


def _choose(backend: str) -> None:
    from matplotlib import rcParams

    with suppress(ValueError):
        rcParams["backend"] = backend


_PARTS = _parts()
FT2Font, LoadFlags = _PARTS.freetype.FT2Font, _PARTS.freetype.LoadFlags
"""Fonts as FreeType reads them, and how it loads their letters."""


class Canvas:
    """Pixels that Agg draws on.

    Parameters
    ----------
    width, height : int
        Its size in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        # At 72 dots an inch, Agg's points are pixels.
        self._renderer = _PARTS.agg.RendererAgg(width, height, 72)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The pixels as a (height, width, 4) array; writing to it changes them."""
        return np.asarray(self._renderer)

    def draw(self, outline: Outline, context: Context, fill: tuple[float, float, float, float] | None) -> None:
        """Draw a path with a line and a fill, which may each be none."""
        self._renderer.draw_path(_given(context), outline, _IDENTITY, fill)


def _given(context: Context) -> Any:
    """Return a context as Agg takes it."""
    if _PARTS.takes_ours:
        return context
    from matplotlib.backend_bases import GraphicsContextBase

    theirs = GraphicsContextBase()
    theirs.set_linewidth(context._linewidth)
    theirs.set_foreground(context._rgb, isRGBA=True)
    theirs.set_capstyle("round")
    theirs.set_joinstyle("round")
    theirs.set_snap(False)
    theirs.set_dashes(*context.dashes)
    return theirs
