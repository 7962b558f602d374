"""Explain a layer in text: its size formula with numbers, its costs, and its PyTorch code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import prod

from convanim.frameworks.writing import code_of
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.effective_field import LEAST_WEIGHT, effective_field
from convanim.layers.input_gradient import InputGradient
from convanim.layers.wanted_sizes import changes
from convanim.plans.gradients import Backward, bare_parts
from convanim.words.backward import TITLES, formulas, in_numbers
from convanim.words.branches import reads
from convanim.words.captions import channels, kernels, layer_name, layer_title, settings, size
from convanim.words.matrices import matrix_facts
from convanim.words.sentences import listed

_MOST_WAYS = 4
"""The largest number of changes that are listed, the most harmless ones."""


def explain(
    layer: Layer | Chain,
    notes: Sequence[str] = (),
    wanted: tuple[int, ...] | None = None,
    ways: Sequence[tuple[str, str]] | None = None,
    has_matrices: bool = False,
) -> str:
    """Return an explanation of a layer or a chain of layers, in lines of text.

    The size formula is written once if it is the same for all axes.

    Parameters
    ----------
    layer : Layer or Chain
        What to explain.
    notes : sequence of str
        Sentences to add at the end.
    wanted : tuple of int, optional
        An output size; the smallest changes that give it are listed.
    ways : sequence of (str, str), optional
        Those changes and their code, if the caller words them differently.
    has_matrices : bool
        Whether to say how large the matrices behind it are.
    """
    told = _explain_chain(layer) if isinstance(layer, Chain) else _explain_layer(layer)
    matrices = _matrices(layer) if has_matrices else []
    more = _table([*matrices, *(("note", note) for note in notes), *(_ways(layer, wanted, ways) if wanted else [])])
    return "\n".join([told, "", *more]) if more else told


def _matrices(layer: Layer | Chain) -> list[tuple[str, str]]:
    """Return what is multiplied in a layer, or in each layer of a chain, where they are products of matrices."""
    if isinstance(layer, Layer):
        return matrix_facts(layer)
    numbered = enumerate(layer.layers, 1)
    return [(f"{number} {name}", said) for number, one in numbered for name, said in matrix_facts(one)]


def explain_backward(layer: Layer, whole: Backward | None = None, notes: Sequence[str] = ()) -> str:
    """Return an explanation of the backward pass of a layer, in lines of text.

    Parameters
    ----------
    layer : Layer
        The layer.
    whole : Backward, optional
        Its backward pass with numbers, which are written if they are few.
    notes : sequence of str
        Sentences to add at the end.
    """
    many = f", {channels(layer)}" if not layer.grouping.is_single else ""
    head = f"backward pass, {layer_name(layer)}  {size(layer.input_size)} → {size(layer.output_size)}{many}"
    filled = ["x.grad", *["layer.weight.grad"] * layer.is_weighted, *["layer.bias.grad"] * bool(layer.bias_size)]
    facts = [
        *formulas(layer),
        *(in_numbers(whole) if whole else ()),
        ("PyTorch", code_of(layer, "torch")),
        ("", f"y.backward(dy) fills {listed(filled)}"),
        *(("note", note) for note in notes),
    ]
    return "\n".join([head, " · ".join(settings(layer)), "", *_table(facts)])


def code_of_backward(layer: Layer, framework: str, part: str | None = None) -> str:
    """Return the layers of a backward pass as the code of a framework, each below a comment that names it.

    Raises
    ------
    ConvanimError
        If there is no such framework.
    """
    found = []
    for one in bare_parts(layer):
        layers = one.layer.layers if isinstance(one.layer, Chain) else (one.layer,)
        weighted = [its for its in layers if not isinstance(its, InputGradient)]
        code = [code_of(its, framework) for its in weighted]
        rest = [f"none: no layer does this; automatic differentiation does ({layers[-1].short_title})"]
        if part in (None, one.name):
            found += [f"# {TITLES[one.name]}", *code, *(rest if len(weighted) < len(layers) else [])]
    return "\n".join(found)


def _ways(
    layer: Layer | Chain, wanted: tuple[int, ...], ways: Sequence[tuple[str, str]] | None
) -> list[tuple[str, str]]:
    """Return the smallest changes that give the output a wanted size."""
    if layer.output_size == wanted:
        return [("want", f"{size(wanted)}, which it makes")]
    found = list(islice(_own_ways(layer, wanted) if ways is None else ways, _MOST_WAYS))
    head = ("want", f"{size(wanted)} instead of {size(layer.output_size)}")
    if not found:
        return [head, ("", "no change of one option gives it; change several, or cut or pad the output")]
    wide = max(len(said) for said, _ in found) + 2
    return [head, *(("", f"{said.ljust(wide)}{code}".rstrip()) for said, code in found)]


def _own_ways(layer: Layer | Chain, wanted: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Yield changes in terms of convanim's options, with PyTorch code for a single layer."""
    for one in changes(layer, wanted):
        if isinstance(layer, Chain):
            yield f"layer {one.number}: {one.said}", ""
        else:
            yield one.said, code_of(one.layer, "torch")


_USUAL = ("receptive field", "never read")
"""Lines of every explanation that an operation may have in its own words."""


def _explain_layer(layer: Layer) -> str:
    facts = [
        *_formulas(layer),
        *_fractional_stride(layer),
        ("parameters", _parameters(layer)),
        ("multiplications", _multiplications(layer)),
        *((name, said) for name, said in layer.facts if name not in _USUAL),
        ("receptive field", _field(layer)),
        *([("never read", _never_read(layer))] if layer.input_mask is None else []),
        ("PyTorch", code_of(layer, "torch")),
    ]
    own = dict(layer.facts)
    facts = [(name, own[name] if name in _USUAL and name in own else said) for name, said in facts]
    many = f", {channels(layer)}" if not layer.grouping.is_single else ""
    head = f"{layer_name(layer)}  {size(layer.input_size)} → {size(layer.output_size)}{many}"
    return "\n".join([head, *filter(None, [" · ".join(settings(layer))]), "", *_table(facts)])


def _table(facts: list[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _ in facts), default=0) + 2
    return [f"{name.ljust(width)}{said}" for name, said in facts]


def _explain_chain(chain: Chain) -> str:
    layers = [
        (
            str(number),
            " · ".join(
                (
                    " ".join(filter(None, (layer_title(layer), reads(chain, number)))),
                    *([channels(layer)] if layer.has_channels else []),
                    f"{size(layer.input_size)} → {size(layer.output_size)}",
                    *settings(layer),
                )
            ),
        )
        for number, layer in enumerate(chain.layers, 1)
    ]
    facts = [
        ("parameters", _sum([layer.parameters for layer in chain.layers])),
        ("multiplications", _sum([layer.multiplications for layer in chain.layers])),
        ("receptive field", _field(chain)),
        *_effective(chain),
    ]
    if chain.standard:
        one = chain.standard
        ratio = one.parameters / chain.parameters
        facts.append(
            (
                "in one layer",
                f"{one.parameters:,} parameters, {ratio:.2f} times as many, {one.multiplications:,} multiplications",
            )
        )
    if chain.compared:
        one = chain.compared
        facts.append(("in one layer", f"{one.parameters} parameters, {one.multiplications} multiplications"))
    code = [code_of(chain, "torch")] if chain.is_branched else [code_of(layer, "torch") for layer in chain.layers]
    lines = [line for one in code for line in one.splitlines() if line]
    facts += [("PyTorch" if number == 0 else "", line) for number, line in enumerate(lines)]
    return "\n".join(
        [f"chain  {size(chain.input_size)} → {size(chain.output_size)}", *_table(layers), "", *_table(facts)]
    )


def _sum(parts: list[int]) -> str:
    told = [f"{part:,}" for part in parts]
    return told[0] if len(told) == 1 else f"{sum(parts):,} = {' + '.join(told)}"


def _formulas(layer: Layer) -> list[tuple[str, str]]:
    """Return the formula and its lines with numbers: one per axis, or a single one if they are equal."""
    lines = [_filled(layer, number) for number in range(layer.dims)]
    names = ROWS_COLUMNS[layer.dims] if len(set(lines)) > 1 else ("",)
    filled = [("", f"= {line} {name}".rstrip()) for name, line in zip(names, lines, strict=False)]
    return [("output size", layer.size_formula()), *filled]


def _fractional_stride(layer: Layer) -> list[tuple[str, str]]:
    """Return by which part of an input cell the window moves, if inserted zeros make that no whole number."""
    moved = [Fraction(axis.stride, axis.spacing) for axis in layer.axes]
    if all(one.denominator == 1 for one in moved):
        return []
    said = " × ".join(map(str, moved if len(set(moved)) > 1 else moved[:1]))
    way = f"from step to step, its window moves {said} of the way from one input cell to the next"
    return [("also called", f"a convolution with a fractional stride of {said}: {way}")]


def _filled(layer: Layer, number: int) -> str:
    axis = layer.axes[number]
    formula = layer.size_formula(number)
    if axis.dropped:
        return f"{formula} − 1 = {axis.output} (a last window would start beyond the input and its first padding)"
    return f"{formula} = {layer.output_size[number]}".removeprefix(" = ")


def _parameters(layer: Layer) -> str:
    if not layer.parameters:
        return "none"
    if layer.has_channels:
        weights = layer.parameters - layer.bias_size
        slices = layer.grouping.out_channels * layer.grouping.inputs_a_group
        biases = f" + {_counted(layer.bias_size, 'bias', 'biases')}" if layer.bias_size else ""
        shared = f"{_counted(weights, 'weight')} in {_counted(slices, 'slice')} of {size(layer.kernel_size)}"
        return f"{layer.parameters:,} = {kernels(layer)} ({shared}){biases}"
    product = f" = {'·'.join(map(str, layer.kernel_size))}" if layer.dims > 1 else ""
    return f"{layer.parameters}{product}, and 1 more with a bias"


def _multiplications(layer: Layer) -> str:
    if not layer.multiplications:
        return "none"
    if layer.has_channels or not layer.multiplied:
        return f"{layer.multiplications:,}"
    cells = layer.multiplications // layer.parameters
    factors = (_counted(cells, f"{layer.multiplied} cell"), _counted(layer.parameters, "weight"))
    return f"{layer.multiplications:,} = {' · '.join(factors)}"


def _field(layer: Layer | Chain) -> str:
    field, given = layer.receptive_field, layer.input_size
    beyond = any(cells > own for cells, own in zip(field, given, strict=True))
    of = f"of an input that has only {size(given)}" if beyond else "of the input"
    return f"{size(field)} {'cell' if prod(field) == 1 else 'cells'} {of}"


def _effective(chain: Chain) -> list[tuple[str, str]]:
    """Return how much of the receptive field weighs much, where that is less than the field."""
    span = effective_field(chain)
    if span is None or span == chain.receptive_field:
        return []
    least = f"{100 * LEAST_WEIGHT:.2f} % of the most"
    return [("effective", f"{size(span)} of them weigh at least {least}, by the paths that lead from each")]


def _never_read(layer: Layer) -> str:
    """Return how many input cells no window reads, and which."""
    missed = [axis.unread() for axis in layer.axes]
    total = prod(layer.input_size)
    unread = total - prod(n - len(lost) for n, lost in zip(layer.input_size, missed, strict=True))
    if not unread:
        return "nothing: every input cell counts"
    places = [f"{name} {_ranges(lost)}" for name, lost in zip(ROWS_COLUMNS[layer.dims], missed, strict=True) if lost]
    return f"{unread} of {total} input cells: {', '.join(places)} (counted from 0)"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Return ascending numbers with runs joined: ``0, 4–6``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return ", ".join(told if len(told) <= 6 else [*told[:5], "…", told[-1]])


def _counted(count: int, thing: str, things: str = "") -> str:
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"
