"""The matrices behind a layer in words: how large they are, and what is multiplied."""

from __future__ import annotations

from convanim.layers import Layer
from convanim.plans.matrices import has_columns, is_linear, shape_of_columns, shape_of_kernels, shape_of_sparse
from convanim.words.captions import size
from convanim.words.sentences import counted


def by(shape: tuple[int, int]) -> str:
    """Return the shape of a matrix: ``9×4``."""
    return f"{shape[0]:,}×{shape[1]:,}"


def transposed(layer: Layer) -> str:
    """Return of which layer a layer's matrix is the transpose, in a phrase; nothing for most layers.

    Examples
    --------
    >>> from convanim.layers import ConvTranspose
    >>> transposed(ConvTranspose(2, 3, 2))
    'the transpose of the matrix of the convolution 5×5 → 2×2'
    """
    if not layer.transposes:
        return ""
    sizes = f"{size(layer.output_size)} → {size(layer.input_size)}"
    return f"the transpose of the matrix of the {layer.transposes} {sizes}"


def by_columns(layer: Layer) -> str:
    """Return what is multiplied where the windows of a layer are the columns of a matrix.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> by_columns(Conv(4, 3))
    '9×4 columns times a kernel of 1×9'
    """
    columns, kernels = by(shape_of_columns(layer)), shape_of_kernels(layer)
    if not layer.is_weighted:
        return f"{columns} columns, the {layer.combining.sign} of each"
    return f"{columns} columns times {'a kernel' if kernels[0] == 1 else 'kernels'} of {by(kernels)}{_bias(layer)}"


def by_sparse(layer: Layer) -> str:
    """Return what is multiplied where a layer is one matrix.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> by_sparse(Conv(4, 3))
    'a matrix of 4×16 times the input of 16 cells'
    """
    rows, columns = shape_of_sparse(layer)
    return f"a matrix of {by((rows, columns))} times the input of {counted(columns, 'cell')}{_bias(layer)}"


def _bias(layer: Layer) -> str:
    return ", plus the bias" if layer.bias_size else ""


def matrix_phrases(layer: Layer, is_sparse: bool) -> tuple[str, ...]:
    """Return what a caption says of the matrices in a picture, one sparse matrix or the columns."""
    return tuple(filter(None, (by_sparse(layer), transposed(layer)))) if is_sparse else (by_columns(layer),)


def matrix_sentence(layer: Layer, is_sparse: bool) -> str:
    """Return what a picture of the matrices shows beside what the layer does, in a sentence."""
    if is_sparse:
        more = f", and is {told}" if (told := transposed(layer)) else ""
        return (
            f"It is drawn as the product of {by_sparse(layer)}; the matrix has a row for each output cell, "
            f"with the weights in the columns of the cells that they multiply{more}."
        )
    rows, places = shape_of_columns(layer)
    becomes = "each window becomes a column" if places > 1 else "the window becomes the one column"
    comma = "," if layer.bias_size or not layer.is_weighted else ""
    return (
        f"It is drawn as a product of matrices: {becomes} of {counted(rows, 'cell')}, and "
        f"{by_columns(layer)}{comma} make the output of {by((layer.grouping.out_channels, places))}."
    )


def matrix_facts(layer: Layer) -> list[tuple[str, str]]:
    """Return what an explanation says of the matrices behind a layer, by what they are called."""
    facts = [("im2col", f"{by_columns(layer)}: {by((layer.grouping.out_channels, shape_of_columns(layer)[1]))}")]
    sparse = "; ".join(matrix_phrases(layer, True))
    return [*(facts if has_columns(layer) else []), *([("toeplitz", sparse)] if is_linear(layer) else [])]
