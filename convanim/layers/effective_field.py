"""The effective receptive field: the input cells that weigh much in an output cell."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from math import prod

from convanim.layers.chain import Chain
from convanim.layers.join import Join

LEAST_WEIGHT = 0.0455
"""Of the greatest weight, the part that a cell must have to count; after Luo et al. (arXiv:1701.04128)."""

_MOST_FOLLOWED = 200_000
"""The largest number of cells that are followed along an axis."""


def effective_field(chain: Chain) -> tuple[int, ...] | None:
    """Return the span of input cells of at least `LEAST_WEIGHT` of the greatest weight, per axis.

    A cell weighs as much as there are paths from it to the output cell, all
    weights being equal. Padding and the ends of the input are ignored, and of
    several patterns that output cells read in turn, the widest is taken.

    Returns
    -------
    tuple of int or None
        None if the field is too large to be followed.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> chain = Chain([Conv(31 - 2 * number, 3) for number in range(12)])
    >>> chain.receptive_field, effective_field(chain)
    ((25, 25), (15, 15))
    """
    if chain.is_branched:
        return _of_branches(chain)
    found = []
    for number, wide in enumerate(chain.receptive_field):
        patterns = prod(layer.spacing(number) for layer in chain.layers)
        reach = max(layer.kernel_size[number] for layer in chain.layers)
        if patterns * wide * reach * len(chain.layers) > _MOST_FOLLOWED:
            return None
        found.append(max(_span(chain, number, output) for output in range(patterns)))
    return tuple(found)


def _span(chain: Chain, number: int, output: int) -> int:
    """Return the span of the heavy cells of an axis that one output cell reads."""
    weights = {output: 1.0}
    for layer in reversed(chain.layers):
        below = defaultdict[int, float](float)
        for cell, weight in weights.items():
            for source, share in layer.paths(number, cell):
                below[source] += weight * share
        weights = below
    least = LEAST_WEIGHT * max(weights.values(), default=0.0)
    heavy = [cell for cell, weight in weights.items() if weight >= least]
    return max(heavy) - min(heavy) + 1 if heavy else 0


def _of_branches(chain: Chain) -> tuple[int, ...] | None:
    """Return the span where branches meet: what they add up to is no product of one weight an axis."""
    axes = range(chain.dims)
    patterns = [prod(layer.spacing(number) for layer in chain.layers) for number in axes]
    reach = max(prod(layer.kernel_size) for layer in chain.layers)
    if prod(patterns) * prod(chain.receptive_field) * reach * len(chain.layers) > _MOST_FOLLOWED:
        return None
    # What scales a channel stands at one place, so that an output in the middle stands for all.
    middle = [size // 2 for size in chain.output_size]
    outputs = product(*(range(at, at + many) for at, many in zip(middle, patterns, strict=True)))
    spans = [_joint_span(chain, output) for output in outputs]
    return tuple(max(own) for own in zip(*spans, strict=True))


def _joint_span(chain: Chain, output: tuple[int, ...]) -> tuple[int, ...]:
    """Return the span of the heavy cells that one output cell reads, per axis."""
    weights = [defaultdict[tuple[int, ...], float](float) for _ in range(len(chain.layers) + 1)]
    weights[-1][output] = 1.0
    for number, (layer, read) in reversed(list(enumerate(zip(chain.layers, chain.sources, strict=True), 1))):
        for cell, weight in list(weights[number].items()):
            for place, source in enumerate(read):
                if isinstance(layer, Join):
                    for one in product(*(layer.source_inputs(place, axis, at) for axis, at in enumerate(cell))):
                        weights[source][one] += weight
                    continue
                for ends in product(*(layer.paths(axis, at) for axis, at in enumerate(cell))):
                    weights[source][tuple(at for at, _ in ends)] += weight * prod(share for _, share in ends)
    least = LEAST_WEIGHT * max(weights[0].values(), default=0.0)
    heavy = [cell for cell, weight in weights[0].items() if weight >= least]
    return tuple(max(own) - min(own) + 1 for own in zip(*heavy, strict=True)) if heavy else (0,) * len(output)
