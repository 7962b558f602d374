"""Branches of a chain in words: what each layer reads, and where branches meet."""

from __future__ import annotations

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
    said = [said_tensor(one, chain.names) for one in read]
    first = f"{', '.join(said[:-1])} and " if said[1:] else ""
    return f"{'of' if first else 'from'} {first}{said[-1]}"
