"""Branches of a chain in words: what each layer reads, and where branches meet."""

from __future__ import annotations

from convanim.base.language import translated, translated_in
from convanim.layers import Chain
from convanim.layers.branching import said_tensor


def reads(chain: Chain, number: int) -> str:
    """Return which tensors layer ``number``, counted from 1, reads, in a phrase; nothing where that is the one before.

    Examples
    --------
    >>> from convanim.layers import Add, Conv
    >>> layer = Conv(5, 3, padding=1)
    >>> reads(Chain([layer, layer, Add(5, [1, 1])], sources=[None, None, (2, 0)]), 3)
    'of layer 2 and input'
    """
    read = chain.sources[number - 1]
    if read == (number - 1,):
        return ""
    tensors = [said_tensor(one, chain.names) for one in read]
    if len(tensors) == 1:
        return translated("from {tensor}", tensor=tensors[0])
    others = translated_in("in a list", ", ").join(tensors[:-1])
    return translated("of {tensors}", tensors=translated("{others} and {last}", others=others, last=tensors[-1]))


def ends_skip(chain: Chain, number: int) -> bool:
    """Return whether in layer ``number``, counted from 1, what an earlier layer made meets what the last one made.

    Examples
    --------
    >>> from convanim.layers import Add, Conv
    >>> layer = Conv(5, 3, padding=1)
    >>> block = Chain([layer, layer, Add(5, [1, 1])], sources=[None, None, (2, 0)])
    >>> [ends_skip(block, number) for number in (1, 2, 3)]
    [False, False, True]
    """
    read = chain.sources[number - 1]
    return number - 1 in read and min(read) < number - 1
