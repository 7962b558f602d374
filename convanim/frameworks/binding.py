"""Binding of a call's arguments to the parameters of a framework's signature."""

from __future__ import annotations

import inspect
import re
from ast import literal_eval
from collections.abc import Collection, Mapping
from dataclasses import field
from difflib import get_close_matches
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import one_of
from convanim.base.records import dataclass
from convanim.frameworks.source import Call, Unread, cut, refused

_WORDS = frozenset(("valid", "same", "causal", "zeros", "reflect", "replicate", "circular", "nearest"))
"""Words that ``print`` shows without quotation marks."""

_HARMLESS = re.compile(
    r"\w+_(?:initializer|regularizer|constraint|init|shape)|name|activation|trainable|(?:param_)?dtype|autocast|weights"
    r"|input_(?:dim|length)|sparse|ragged|batch_size|keepdims|rngs|mask|precision|parent|implementation|strict|promote_\w+"
)
"""Keyword arguments of Keras and Flax that do not affect sizes."""

_SYNONYMS = (
    ("kernel_size", "pool_size", "kernel_shape", "window_shape", "window_dimensions"),
    ("stride", "strides", "window_strides"),
    ("padding", "pads"),
    ("dilation", "dilation_rate", "kernel_dilation", "rhs_dilation", "dilations", "window_dilation"),
    ("input_dilation", "lhs_dilation"),
    ("in_channels", "in_features"),
    ("out_channels", "filters", "features", "out_features"),
    ("groups", "feature_group_count", "group"),
    ("scale_factor", "size", "scales"),
    ("upscale_factor", "downscale_factor", "blocksize"),
    ("bias", "use_bias"),
    ("mode", "interpolation"),
)
"""Names of the same parameter in the frameworks."""

_FLAGS = ("bias", "use_bias")
_CHOICES = {"data_format": ("channels_last", "channels_first")}
"""Arguments that are None or one of some words."""

_MOST_NAMED = 12
_ALIKE = 0.7
"""How much of a name must agree for another one to be suggested."""


@dataclass(frozen=True)
class Signature:
    """The parameters of a layer or function of a framework.

    Attributes
    ----------
    parameters : mapping
        Parameters as of `inspect.signature`, in order.
    ignored : frozenset of str
        Parameters that do not affect sizes; their values are not read.
    raw : frozenset of str
        Parameters whose values are kept even if they are not literals.
    is_open : bool
        Whether other harmless keyword arguments are ignored.
    examples : mapping
        Values, as `let` spells them, for parameters that take neither their default nor a number such as 3.
    """

    parameters: Mapping[str, inspect.Parameter]
    ignored: frozenset[str] = frozenset()
    raw: frozenset[str] = frozenset()
    is_open: bool = False
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The names of the parameters that are not ignored."""
        return [name for name in self.parameters if name not in self.ignored]


def signature(text: str, **examples: str) -> Signature:
    """Return the signature given by a text.

    Names are in order, separated by spaces, with ``=`` and a default if they
    have one. ``name?`` is ignored, ``name!`` may be no literal, keyword-only
    names follow ``*``, and ``...`` ignores other harmless keywords. For
    ``examples`` see `Signature`.

    Examples
    --------
    >>> signature("kernel_size stride=None return_indices?").names
    ['kernel_size', 'stride']
    """
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters, marked = [], []
    for word in text.split():
        if word == "*":
            kind = inspect.Parameter.KEYWORD_ONLY
        elif word != "...":
            name, has_default, default = word.partition("=")
            marked.append((name.rstrip("?!"), name[-1]))
            value = literal_eval(default) if has_default else inspect.Parameter.empty
            parameters.append(inspect.Parameter(name.rstrip("?!"), kind, default=value))
    ignored, raw = (frozenset(name for name, mark in marked if mark == own) for own in "?!")
    return Signature({one.name: one for one in parameters}, ignored, raw, "..." in text.split(), examples)


def own_name(name: str, known: Collection[str]) -> str:
    """Return the name among ``known`` of a parameter that another framework names otherwise, or an empty text."""
    if name in known:
        return name
    alike = next((names for names in _SYNONYMS if name in names), ())
    return next((one for one in alike if one in known), "")


ANYTHING = Signature({}, is_open=True)
"""The signature of layers that keep sizes."""


def bound(call: Call, its: Signature) -> dict[str, Any]:
    """Return the arguments of a call by name, including defaults.

    Raises
    ------
    ConvanimError
        If one is missing, unknown, given twice or not a literal; the message
        gives its place.
    """
    if its is ANYTHING:
        return {}
    positional = [name for name, one in its.parameters.items() if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    if len(call.arguments) > len(positional):
        raise refused(
            call.place,
            "{} is given {} without a name, and takes {}",
            call.short,
            "1 argument" if len(call.arguments) == 1 else f"{len(call.arguments)} arguments",
            f"{len(positional)}: {', '.join(positional)}" if positional else "none",
        )
    given = dict(zip(positional, call.arguments, strict=False))
    for name, value in call.keywords.items():
        if name in given:
            raise refused(call.places.get(name, call.place), "{} is given {} twice", call.short, name)
        if name not in its.parameters:
            if its.is_open and _HARMLESS.fullmatch(name):
                continue
            raise _unknown(call, name, its)
        given[name] = value
    found = {
        name: _taken(call, name, its, given[name]) if name in given else one.default
        for name, one in its.parameters.items()
        if name not in its.ignored
    }
    for name, value in found.items():
        if value is inspect.Parameter.empty:
            raise refused(call.place, "{} lacks {}; it takes {}", call.short, name, ", ".join(its.names))
    return found


def _taken(call: Call, name: str, its: Signature, value: Any) -> Any:
    """Return an argument, checked to be a literal unless it is raw; a bias of None means False."""
    if value is None and name in _FLAGS:
        return False
    if name in its.raw:
        return value
    found = _literal(call, name, value, _example(name, its))
    if found is not None and name in _CHOICES:
        try:
            one_of(name, found, _CHOICES[name])
        except ConvanimError as error:
            raise refused(call.places.get(name, call.place), "{}", error) from error
    return found


def _example(name: str, its: Signature) -> str:
    """Return a value that a parameter takes, as `let` spells it."""
    usual = its.parameters[name].default
    return its.examples.get(name, "3" if usual in (None, inspect.Parameter.empty) else str(usual))


def _unknown(call: Call, name: str, its: Signature) -> ConvanimError:
    if name == "**":
        return refused(call.place, "{} is given arguments by a star, which are not read; write them out", call.short)
    near = own_name(name, its.names) or next(iter(get_close_matches(name, its.names, 1, _ALIKE)), "")
    way = f"did you mean {near}?" if near else f"it takes {', '.join(its.names[:_MOST_NAMED])}"
    return refused(call.places.get(name, call.place), "{} has no {}; {}", call.short, cut(name), way)


def _literal(call: Call, name: str, value: Any, usual: str) -> Any:
    """Return an argument after checking that all its parts are literals; ``usual`` is a value for a name."""
    if isinstance(value, tuple):
        return tuple(_literal(call, name, one, "1") for one in value)
    if isinstance(value, Unread):
        if value.text in _WORDS:
            return value.text
        way = f", or give it with `let`: {{}}={usual}" if value.holds_name else ""
        raise refused(
            value.place,
            f"{{}} of {{}} is {{}}, and nothing is evaluated; write a value in its place{way}",
            name,
            call.short,
            value.text,
            value.text,
        )
    if isinstance(value, bool | int | float | str | None):
        return value
    place = getattr(value, "place", call.place)
    raise refused(place, "{} of {} is a call, and nothing is evaluated; write its value", name, call.short)
