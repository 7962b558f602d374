"""The matrices behind a layer in words: how large they are, and what is multiplied."""

from __future__ import annotations

from convanim.base.language import counted, message, messages, thousands, translated
from convanim.layers import Layer
from convanim.layers.sampled_axis import SampledAxis
from convanim.plans.matrices import (
    has_columns,
    is_linear,
    is_parted,
    shape_of_columns,
    shape_of_flat_output,
    shape_of_kernels,
    shape_of_sparse,
)
from convanim.words.layer_names import size

_COLUMNS = messages("each window becomes a column of {count} cell", "each window becomes a column of {count} cells")
_COLUMN = messages(
    "the window becomes the one column of {count} cell", "the window becomes the one column of {count} cells"
)
"""What becomes of several windows, and of one."""


_OF_COLUMNS = (
    # Translators: {taken} is what is taken of each column: "max", "mean"; {cells} is a number of cells, or "up to 9".
    messages("{taken} of {count} column of {cells} cells", "{taken} of each of {count} columns of {cells} cells"),
    messages(
        "{taken} of each channel in {count} column of {cells} cells",
        "{taken} of each channel in each of {count} columns of {cells} cells",
    ),
)
"""What a pooling layer takes of its columns, by whether these hold several channels."""


def by(shape: tuple[int, int]) -> str:
    """Return the shape of a matrix: ``9×4``."""
    return f"{thousands(shape[0])}×{thousands(shape[1])}"


def size_of_columns(layer: Layer) -> str:
    """Return the shape of a layer's columns, which is the largest that some of windows of several sizes have."""
    return _at_most(layer, by(shape_of_columns(layer)))


def _at_most(layer: Layer, number: str) -> str:
    """Return a number of cells, said to be the most where windows have several sizes."""
    is_ragged = any(isinstance(axis, SampledAxis) and len(set(axis.counts)) > 1 for axis in layer.axes)
    return translated("up to {number}", number=number) if is_ragged else number


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
    return translated(
        "the transpose of the matrix of the {name} {sizes}", name=translated(layer.transposes), sizes=sizes
    )


def by_columns(layer: Layer) -> str:
    """Return what is multiplied where the windows of a layer are the columns of a matrix.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> by_columns(Conv(4, 3))
    'a kernel of 1×9 times a matrix of columns, 9×4'
    """
    columns, kernels = by(shape_of_columns(layer)), shape_of_kernels(layer)
    if not layer.is_weighted:
        rows, count = shape_of_columns(layer)
        cells = _at_most(layer, thousands(rows))
        taken = layer.combining.says(layer.combining.sign)
        has_several = layer.grouping.in_channels > 1 and not is_parted(layer)
        return counted(*_OF_COLUMNS[has_several], count, cells=cells, taken=taken)
    times = (
        message("a kernel of {kernel} times a matrix of columns, {size}")
        if kernels[0] == 1
        else message("a matrix of kernels, {kernel}, times one of columns, {size}")
    )
    return _biased(layer, translated(times, size=columns, kernel=by(kernels)))


def by_sparse(layer: Layer) -> str:
    """Return what is multiplied where a layer is one matrix.

    Examples
    --------
    >>> from convanim.layers import Conv
    >>> by_sparse(Conv(4, 3))
    'a matrix of 4×16 times the input of 16 cells'
    """
    rows, columns = shape_of_sparse(layer)
    times = counted(
        "a matrix of {size} times the input of {count} cell",
        "a matrix of {size} times the input of {count} cells",
        columns,
        size=by((rows, columns)),
    )
    return _biased(layer, times)


def _biased(layer: Layer, product: str) -> str:
    return translated("{product}, plus the bias", product=product) if layer.bias_size else product


def matrix_phrases(layer: Layer, is_sparse: bool) -> tuple[str, ...]:
    """Return what a caption says of the matrices in a picture, one sparse matrix or the columns."""
    return tuple(filter(None, (by_sparse(layer), transposed(layer)))) if is_sparse else (by_columns(layer),)


def matrix_sentence(layer: Layer, is_sparse: bool) -> str:
    """Return what a picture of the matrices shows beside what the layer does, in a sentence."""
    if is_sparse:
        told = transposed(layer)
        said = (
            message(
                "It is drawn as the product of {product}; the matrix has a row for each output cell, with the weights "
                "in the columns of the cells that they multiply, and is {transpose}."
            )
            if told
            else message(
                "It is drawn as the product of {product}; the matrix has a row for each output cell, with the weights "
                "in the columns of the cells that they multiply."
            )
        )
        return translated(said, product=by_sparse(layer), transpose=told)
    rows, places = shape_of_columns(layer)
    has_comma = layer.bias_size or not layer.is_weighted
    return translated(
        "It is drawn as a product of matrices: {columns}, and {makes}.",
        columns=counted(*(_COLUMNS if places > 1 else _COLUMN), rows),
        makes=translated(
            message("{product}, make the output of {size}")
            if has_comma
            else message("{product} make the output of {size}"),
            product=by_columns(layer),
            size=by(shape_of_flat_output(layer)),
        ),
    )


def matrix_facts(layer: Layer) -> list[tuple[str, str]]:
    """Return what an explanation says of the matrices behind a layer, by what they are called."""
    facts = [("im2col", f"{by_columns(layer)}: {by(shape_of_flat_output(layer))}")]
    sparse = "; ".join(matrix_phrases(layer, True))
    return [*(facts if has_columns(layer) else []), *([("toeplitz", sparse)] if is_linear(layer) else [])]
