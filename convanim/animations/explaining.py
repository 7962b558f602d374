"""Explain a layer in text: its size formula with numbers, its costs, and its PyTorch code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import prod

from convanim.base.language import counted, message, messages, thousands, translated
from convanim.base.text import columns, ranges
from convanim.frameworks.writing import code_of
from convanim.layers import ROWS_COLUMNS, Chain, Layer
from convanim.layers.effective_field import LEAST_WEIGHT, effective_field
from convanim.layers.wanted_sizes import changes
from convanim.words.branches import reads
from convanim.words.captions import channels, kernels
from convanim.words.layer_names import layer_name, layer_title, size
from convanim.words.layer_settings import settings
from convanim.words.sentences import joined

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
    more = table(
        [*matrices, *((translated("note"), note) for note in notes), *(_ways(layer, wanted, ways) if wanted else [])]
    )
    return "\n".join([told, "", *more]) if more else told


def _matrices(layer: Layer | Chain) -> list[tuple[str, str]]:
    """Return what is multiplied in a layer, or in each layer of a chain, where they are products of matrices."""
    from convanim.words.matrices import matrix_facts

    if isinstance(layer, Layer):
        return matrix_facts(layer)
    numbered = enumerate(layer.layers, 1)
    return [(f"{number} {name}", said) for number, one in numbered for name, said in matrix_facts(one)]


def _ways(
    layer: Layer | Chain, wanted: tuple[int, ...], ways: Sequence[tuple[str, str]] | None
) -> list[tuple[str, str]]:
    """Return the smallest changes that give the output a wanted size."""
    if layer.output_size == wanted:
        return [(translated("want"), translated("{size}, which it makes", size=size(wanted)))]
    found = list(islice(_own_ways(layer, wanted) if ways is None else ways, _MOST_WAYS))
    head = (
        translated("want"),
        translated("{size} instead of {made}", size=size(wanted), made=size(layer.output_size)),
    )
    if not found:
        return [head, ("", translated("no change of one option gives it; change several, or cut or pad the output"))]
    wide = max(len(said) for said, _ in found) + 2
    return [head, *(("", f"{said.ljust(wide)}{code}".rstrip()) for said, code in found)]


def _own_ways(layer: Layer | Chain, wanted: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Yield changes in terms of convanim's options, with PyTorch code for a single layer."""
    for one in changes(layer, wanted):
        if isinstance(layer, Chain):
            named = translated("layer {number}", number=one.number)
            yield f"{named}: {one.said}", ""
        else:
            yield one.said, code_of(one.layer, "torch")


_USUAL = (message("receptive field"), message("never read"))
"""Lines of every explanation that an operation may have in its own words."""


def _explain_layer(layer: Layer) -> str:
    own = dict(layer.facts)
    usual = [("receptive field", own.get("receptive field") or _field(layer))]
    if layer.input_mask is None:
        usual.append(("never read", own.get("never read") or _never_read(layer)))
    facts = [
        *_formulas(layer),
        *_fractional_stride(layer),
        (translated("parameters"), _parameters(layer)),
        (translated("multiplications"), _multiplications(layer)),
        *((name and translated(name), said) for name, said in layer.facts if name not in _USUAL),
        *((translated(name), said) for name, said in usual),
        ("PyTorch", code_of(layer, "torch")),
    ]
    many = f", {channels(layer)}" if not layer.grouping.is_single else ""
    head = f"{layer_name(layer)}  {size(layer.input_size)} → {size(layer.output_size)}{many}"
    return "\n".join([head, *filter(None, [" · ".join(settings(layer))]), "", *table(facts)])


def table(facts: list[tuple[str, str]]) -> list[str]:
    """Return lines that name facts beside each other."""
    width = max((columns(name) for name, _ in facts), default=0) + 2
    return [f"{name}{' ' * (width - columns(name))}{said}" for name, said in facts]


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
        (translated("parameters"), _sum([layer.parameters for layer in chain.layers])),
        (translated("multiplications"), _sum([layer.multiplications for layer in chain.layers])),
        (translated("receptive field"), _field(chain)),
        *_effective(chain),
    ]
    if chain.standard:
        one = chain.standard
        told = translated(
            "{parameters} parameters, {ratio} times as many, {multiplications} multiplications",
            parameters=one.parameters,
            ratio=f"{one.parameters / chain.parameters:.2f}",
            multiplications=one.multiplications,
        )
        facts.append((translated("in one layer"), told))
    if chain.compared:
        one = chain.compared
        told = translated(
            "{parameters} parameters, {multiplications} multiplications",
            parameters=str(one.parameters),
            multiplications=str(one.multiplications),
        )
        facts.append((translated("in one layer"), told))
    code = [code_of(chain, "torch")] if chain.is_branched else [code_of(layer, "torch") for layer in chain.layers]
    lines = [line for one in code for line in one.splitlines() if line]
    facts += [("PyTorch" if number == 0 else "", line) for number, line in enumerate(lines)]
    head = f"{size(chain.input_size)} → {size(chain.output_size)}"
    return "\n".join(["  ".join((translated("chain"), head)), *table(layers), "", *table(facts)])


def _sum(parts: list[int]) -> str:
    told = [thousands(part) for part in parts]
    return told[0] if len(told) == 1 else f"{thousands(sum(parts))} = {' + '.join(told)}"


def _formulas(layer: Layer) -> list[tuple[str, str]]:
    """Return the formula and its lines with numbers: one per axis, or a single one if they are equal."""
    lines = [_filled(layer, number) for number in range(layer.dims)]
    names = ROWS_COLUMNS[layer.dims] if len(set(lines)) > 1 else ("",)
    filled = [("", f"= {line} {name and translated(name)}".rstrip()) for name, line in zip(names, lines, strict=False)]
    return [(translated("output size"), layer.size_formula()), *filled]


def _fractional_stride(layer: Layer) -> list[tuple[str, str]]:
    """Return by which part of an input cell the window moves, if inserted zeros make that no whole number."""
    moved = [Fraction(axis.stride, axis.spacing) for axis in layer.axes]
    if all(one.denominator == 1 for one in moved):
        return []
    said = " × ".join(map(str, moved if len(set(moved)) > 1 else moved[:1]))
    told = translated(
        "a convolution with a fractional stride of {stride}: from step to step, its window moves {stride} of the way "
        "from one input cell to the next",
        stride=said,
    )
    return [(translated("also called"), told)]


def _filled(layer: Layer, number: int) -> str:
    axis = layer.axes[number]
    formula = layer.size_formula(number)
    if axis.dropped:
        why = translated("a last window would start beyond the input and its first padding")
        return f"{formula} − 1 = {axis.output} ({why})"
    return f"{formula} = {layer.output_size[number]}".removeprefix(" = ")


def _parameters(layer: Layer) -> str:
    if not layer.parameters:
        return translated("none")
    if layer.has_channels:
        weights = layer.parameters - layer.bias_size
        slices = layer.grouping.out_channels * layer.grouping.inputs_a_group
        biases = counted("{count} bias", "{count} biases", layer.bias_size)
        shared = translated(
            "{weights} in {slices} of {size}",
            weights=_weights(weights),
            slices=counted("{count} slice", "{count} slices", slices),
            size=size(layer.kernel_size),
        )
        return f"{thousands(layer.parameters)} = {kernels(layer)} ({shared})" + (
            f" + {biases}" if layer.bias_size else ""
        )
    product = f" = {'·'.join(map(str, layer.kernel_size))}" if layer.dims > 1 else ""
    return translated("{product}, and 1 more with a bias", product=f"{layer.parameters}{product}")


def _weights(count: int) -> str:
    return counted("{count} weight", "{count} weights", count)


def _multiplications(layer: Layer) -> str:
    if not layer.multiplications:
        return translated("none")
    if layer.has_channels or not layer.multiplied:
        return thousands(layer.multiplications)
    cells = layer.multiplications // layer.parameters
    factors = (counted(*_MULTIPLIED[layer.multiplied], cells), _weights(layer.parameters))
    return f"{thousands(layer.multiplications)} = {' · '.join(factors)}"


_MULTIPLIED = {
    "input": messages("{count} input cell", "{count} input cells"),
    "output": messages("{count} output cell", "{count} output cells"),
}
"""The cells that are multiplied by every weight, by the end that they are at."""


def _field(layer: Layer | Chain) -> str:
    field, given = layer.receptive_field, layer.input_size
    beyond = any(cells > own for cells, own in zip(field, given, strict=True))
    one, many = _FIELD[beyond]
    # The words may need no number beside the size.
    return counted(one, many, prod(field), field=size(field), size=size(given))


_FIELD = {
    False: messages("{field} cell of the input", "{field} cells of the input"),
    True: messages("{field} cell of an input that has only {size}", "{field} cells of an input that has only {size}"),
}
"""The receptive field, by whether it reaches beyond the input."""


def _effective(chain: Chain) -> list[tuple[str, str]]:
    """Return how much of the receptive field weighs much, where that is less than the field."""
    span = effective_field(chain)
    if span is None or span == chain.receptive_field:
        return []
    told = translated(
        "{size} of them weigh at least {least} % of the most, by the paths that lead from each",
        size=size(span),
        least=f"{100 * LEAST_WEIGHT:.2f}",
    )
    return [(translated("effective"), told)]


def _never_read(layer: Layer) -> str:
    """Return how many input cells no window reads, and which."""
    missed = [axis.unread() for axis in layer.axes]
    total = prod(layer.input_size)
    unread = total - prod(n - len(lost) for n, lost in zip(layer.input_size, missed, strict=True))
    if not unread:
        return translated("nothing: every input cell counts")
    places = [
        f"{translated(name)} {_runs(lost)}" for name, lost in zip(ROWS_COLUMNS[layer.dims], missed, strict=True) if lost
    ]
    return translated(
        "{count} of {total} input cells: {places} (counted from 0)",
        count=str(unread),
        total=str(total),
        places=joined(places),
    )


def _runs(numbers: tuple[int, ...]) -> str:
    """Return ascending numbers with runs joined: ``0, 4–6``."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ranges(runs)
