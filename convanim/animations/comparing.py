"""Compare two to four layers in one animation, and read the texts that describe them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

from convanim.animations.animation import Animation
from convanim.animations.description import told_of_several
from convanim.animations.fitting import Drawn
from convanim.animations.together import Panel, blaming, together
from convanim.base.errors import ConvanimError
from convanim.base.language import speaks
from convanim.base.options import composed, one_of, whole
from convanim.base.records import dataclass
from convanim.base.text import MOST_DRAWN, shortened
from convanim.formats.clip import Told
from convanim.frameworks.differences import differences
from convanim.frameworks.drawable import for_picture
from convanim.frameworks.kinds import Pasted
from convanim.frameworks.reading import is_code, read_text
from convanim.frameworks.sequence import layer_of, remarks
from convanim.frameworks.source import MOST_LETTERS
from convanim.inputs.building import Built, build_short, size_of_input, with_numbers
from convanim.layers import METHODS, Chain, Grouping, Layer
from convanim.plans import USUAL_NAMES
from convanim.views import VIEWS, draws_all
from convanim.views.comparison import ARRANGEMENTS
from convanim.words.alt_text import alt_of_several
from convanim.words.captions import captions, passed_over
from convanim.words.costs import facts_of, titles_of, told_of_padding

_OF_CHANNELS = "blocks"
"""The view that shows how layers differ whose planes look alike."""

LEAST, MOST = 2, 4
"""The smallest and largest number of layers that can be compared."""

_METHOD = "method="

_LONGEST_TITLE = 300
"""The largest number of letters of a layer's text that a picture shows."""


@speaks
def compare(
    layers: Sequence[Layer | Chain | Built],
    *,
    titles: Sequence[str] | None = None,
    arrange: str | None = None,
    methods: Sequence[str | None] | None = None,
    input: object = None,
    kernels: Sequence[object] | None = None,
    view: str | None = None,
    caption: bool | str | None = None,
    **looks: Any,
) -> Animation:
    """Return one animation of two to four layers, or chains of layers, that run in step.

    Bars below compare parameters, multiplications and receptive fields. A
    layer with fewer steps waits at its last one.

    Parameters
    ----------
    layers : sequence of Layer, Chain or Built
        What to compare. A `Built` has its own kernel; if only a part of it is
        drawn, the whole layer is counted.
    titles : sequence of str, optional
        One title per layer; by default, its name and its differing settings.
    arrange : str, optional
        ``"side"``: side by side, the default. ``"above"``: one above the
        other, the default of blocks, which are wide.
    methods : sequence of str, optional
        A key of ``METHODS`` for each, or None.
    input : array or nested sequence of numbers, optional
        The input of all layers; random by default.
    kernels : sequence, optional
        The weights of each layer, or None.
    view : str, optional
        A key of ``VIEWS`` for all layers. By default, one that can draw all of
        them, or else one for each; ``blocks`` where so many channels would
        leave no room for words.
    caption : bool or str, optional
        Whether to write the parameters of all layers below the picture (the
        default), or a text to write instead.
    **looks
        Other settings of `animate`, applied to all layers, except ``method``,
        ``overlap`` and ``field``.

    Returns
    -------
    Animation
        Nothing is drawn until frames are requested or it is saved.

    Raises
    ------
    ConvanimError
        If a value is not allowed, or a layer cannot be drawn; the message
        has its number.

    Examples
    --------
    >>> from convanim import AvgPool, MaxPool, compare
    >>> compare([MaxPool(6, 2), AvgPool(6, 2)]).size[0]
    960
    """
    built = _counted(layers)
    written = tuple(one.written for one in built)
    arrange = None if arrange is None else one_of("arrange", arrange, ARRANGEMENTS)
    ways = [
        "gather" if way is None else one_of("methods", way, METHODS)
        for way in _one_each("methods", methods, len(built))
    ]
    names = _named(written, ways, titles)
    given = zip(_one_each("kernels", kernels, len(built)), built, strict=True)
    input = next((one.input for one in built if one.input is not None), None) if input is None else input
    plain = replace(USUAL_NAMES, are_shown=not looks.get("classic"))
    numbered = [
        replace(one, input=input, kernel=one.kernel if kernel is None else kernel, names=plain) for kernel, one in given
    ]

    def telling(drawn: Sequence[Drawn]) -> Told:
        alts = [one.alt(way, its.look.is_labelled) for one, way, its in zip(built, ways, drawn, strict=True)]
        return told_of_several(names, [one.walked for one in drawn], written, alts)

    return together(
        [Panel(one, name, method=way) for one, name, way in zip(numbered, names, ways, strict=True)],
        lambda: (*captions(names, written), *told_of_padding(written)),
        telling,
        facts=facts_of(written),
        arrange=arrange,
        view=view,
        wide={_OF_CHANNELS},
        compact=_OF_CHANNELS if _has_blocks(built) else None,
        caption=caption,
        **looks,
    )


@dataclass(frozen=True, eq=False)
class Described:
    """The layers to compare, as users write them.

    Attributes
    ----------
    texts : tuple of str
        The texts, without their middle if they are long.
    built : tuple of Built
        The layers that the texts describe.
    methods : tuple of (str or None)
        How to compute each, if the text says so.
    notes : tuple of str
        How layers in code were read, and what was assumed.
    differences : tuple of str
        What other frameworks do differently.
    view : str or None
        The view that shows how they differ, where others do not.
    """

    texts: tuple[str, ...]
    built: tuple[Built, ...]
    methods: tuple[str | None, ...]
    notes: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    view: str | None = None

    @property
    def layers(self) -> tuple[Layer | Chain, ...]:
        """The compared layers, as they are written."""
        return tuple(one.written for one in self.built)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the picture leaves out of the layers."""
        return tuple(f"layer {number}: {lost}" for number, one in enumerate(self.built, 1) for lost in one.lacks())

    @property
    def alt(self) -> str:
        """Alternative text of their animation."""
        ways = [method or "gather" for method in self.methods]
        return alt_of_several(self.titles, [one.alt(way) for one, way in zip(self.built, ways, strict=True)])

    @property
    def looks(self) -> dict[str, Any]:
        """Further arguments of `compare`: titles, methods and the view."""
        return {"titles": self.titles, "methods": self.methods, "view": self.view}

    @property
    def titles(self) -> tuple[str, ...]:
        """What the layers are called: in plain words, or as users write them where plain words are the same."""
        usual = titles_of(self.layers, [method or "gather" for method in self.methods])
        return usual if len(set(usual)) == len(usual) else self.texts


def described(
    texts: Sequence[str],
    input_size: object = None,
    input: object = None,
    seed: int = 0,
    dims: int | None = None,
    in_channels: int | None = None,
    channels: bool | None = None,
    view: str | None = None,
) -> Described:
    """Return the layers that texts describe, in short form (which may have ``method=scatter``) or as code.

    Parameters
    ----------
    texts : sequence of str
        For example ``"conv k3 p1"``, ``"conv-transpose k3 s2 method=scatter"``
        or, for a chain, ``"conv k3 > max-pool k2"``.
    input_size, input, seed, dims
        As in `building.build`, for all layers.
    in_channels : int, optional
        Input channels of layers in code that do not define them. By default,
        those of the previous layer in code, or one.
    channels : bool, optional
        Whether to draw all channels of layers in code. By default as in
        `for_picture`, and in ``blocks`` where one plane of each would be the
        same picture.
    view : str, optional
        The key of ``VIEWS`` that is asked for.

    Raises
    ------
    ConvanimError
        If a text is not understood, or there is no such layer; the message
        names it.
    """
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ConvanimError("layers", "", "must be a list of layers in short such as 'conv k3 p1'")
    refuse_count("layers", len(texts))
    if input_size is None and input is None:
        raise ConvanimError("input_size", "", "is missing; give a size such as 5, or numbers with `input`")
    planes = None if in_channels is None else whole("in_channels", in_channels)
    called = [f"{number} ({shortened(' '.join(text.split()), _LONGEST_TITLE)})" for number, text in enumerate(texts, 1)]
    makers: list[Callable[[bool], Built]] = []
    methods: list[str | None] = []
    notes, others = list[str](), list[str]()
    pasted_layers: list[Layer | Chain] = []
    for number, (text, name) in enumerate(zip(texts, called, strict=True), 1):
        with blaming("layer", name, ("input", "dims")):
            rest, method = _method_apart(composed("layer", text, MOST_LETTERS))
            if is_code(rest):
                pasted = read_text(rest)
                before = pasted_layers[-1].grouping.in_channels if pasted_layers else None
                found = layer_of(pasted, size_of_input(input, input_size), planes or before)
                pasted_layers.append(found.layer)
                if dims is not None and dims != found.layer.dims:
                    raise ConvanimError("dims", dims, f"but this layer has {found.layer.dims}; leave `dims` out")
                makers.append(partial(_of_code, found.layer, pasted, input, channels))
                notes += [f"layer {number}: {note}" for note in remarks(pasted, found, planes, before)]
                told = (*differences(pasted, found.layer), passed_over(pasted.kept))
                others += [f"layer {number}: {note}" for note in told if note]
            else:
                makers.append(partial(_itself, build_short(rest, input_size, input, seed, dims)))
            methods.append(method)
    if planes is not None and all(one.grouping.in_channels != planes for one in pasted_layers):
        raise ConvanimError("in_channels", planes, "is for layers in code that do not say it; leave it out")

    def drawn(is_whole: bool) -> tuple[Built, ...]:
        made = list[Built]()
        for name, make in zip(called, makers, strict=True):
            with blaming("layer", name, ("input", "dims")):
                made.append(make(is_whole))
        return tuple(made)

    built = drawn(draws_all(view))
    if view is None and channels is None and _has_blocks(built) and _look_alike(built):
        view, built = _OF_CHANNELS, drawn(True)
    said = tuple(shortened(" ".join(text.split()), _LONGEST_TITLE) for text in texts)
    return Described(said, built, tuple(methods), tuple(notes), tuple(others), view)


def _of_code(layer: Layer | Chain, pasted: Pasted, input: object, channels: bool | None, is_whole: bool) -> Built:
    """Return a layer in code with its numbers, all of it or the part that is drawn."""
    return with_numbers(for_picture(layer, channels, is_whole), input, None, layer, pasted)


def _itself(built: Built, is_whole: bool) -> Built:
    """Return a layer in short, of which all channels are drawn either way."""
    del is_whole
    return built


def _has_blocks(built: Sequence[Built]) -> bool:
    """Return whether all layers can be drawn in the view of all channels."""
    return all(one.written.dims in VIEWS[_OF_CHANNELS].dims for one in built)


def _look_alike(built: Sequence[Built]) -> bool:
    """Return whether the drawn parts of two layers whose channels differ are the same."""

    def channels(one: Built) -> list[Grouping]:
        return [layer.grouping for layer in (one.written.layers if isinstance(one.written, Chain) else (one.written,))]

    return any(one.layer == two.layer and channels(one) != channels(two) for one, two in combinations(built, 2))


def _method_apart(text: str) -> tuple[str, str | None]:
    """Split a short form into the text without its method, and the method or None."""
    words = text.split()
    ways = [word for word in words if word.startswith(_METHOD)]
    if len(ways) > 1:
        raise ConvanimError("method", "", "is written twice; write it once")
    rest = " ".join(word for word in words if word not in ways)
    return rest, one_of("method", ways[0].removeprefix(_METHOD), METHODS) if ways else None


def _counted(layers: object) -> tuple[Built, ...]:
    """Return the layers as `Built`, if there are two to four."""
    found = tuple(layers) if isinstance(layers, list | tuple) else ()
    if not all(isinstance(one, Layer | Chain | Built) for one in found):
        raise ConvanimError("layers", "", "must be layers or chains such as convanim.Conv(5, 3)")
    refuse_count("layers", len(found))
    return tuple(one if isinstance(one, Built) else Built(one) for one in found)


def refuse_count(option: str, count: int) -> None:
    """Raise if there are too few or too many layers to compare.

    Raises
    ------
    ConvanimError
        If the count is not from two to four.
    """
    if not LEAST <= count <= MOST:
        raise ConvanimError(option, "", f"are {count}; give {LEAST} to {MOST} to compare")


def _one_each(option: str, given: Sequence[Any] | None, count: int) -> tuple[Any, ...]:
    """Return one value per layer, None for each if none are given."""
    if given is None:
        return (None,) * count
    if not isinstance(given, list | tuple) or len(given) != count:
        raise ConvanimError(option, "", f"must be a list of {count}, one a layer, or None each")
    return tuple(given)


def _named(layers: Sequence[Layer | Chain], methods: Sequence[str], titles: object) -> tuple[str, ...]:
    """Return the titles of the layers."""
    if titles is None:
        return titles_of(layers, methods)
    found = _one_each("titles", titles if isinstance(titles, list | tuple) else (), len(layers))
    if not all(isinstance(title, str) and title.split() for title in found):
        raise ConvanimError("titles", "", "must be texts, one a layer")
    return tuple(" ".join(composed("titles", title, MOST_DRAWN).split()) for title in found)
