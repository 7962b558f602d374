"""Reading of models from ONNX files, programs and printed networks, with advice on other files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convanim.base.errors import ConvanimError
from convanim.base.options import count_axes, per_axis, quoted
from convanim.base.text import shortened
from convanim.frameworks.models.model import Model
from convanim.frameworks.models.model import read_model as read_onnx
from convanim.frameworks.programs.keras_files import read_keras_file
from convanim.frameworks.programs.printed import is_printed, read_printed
from convanim.frameworks.programs.reading import MOST_LETTERS, read_program

_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        (".pt", ".pth", ".ckpt", ".bin", ".safetensors"),
        "holds weights and not how layers follow each other; give the Python source of its class, "
        "or export it with torch.onnx.export",
    ),
    **dict.fromkeys(
        (".h5", ".hdf5"),
        "is in HDF5, which is not read; load it with Keras, and give the source, or save it as .keras or .onnx",
    ),
    ".tflite": "is for TensorFlow Lite, which is not read; export the model it is from to .onnx with tf2onnx",
    ".pb": "is a graph of TensorFlow, which is not read; export it to .onnx with tf2onnx",
    **dict.fromkeys(
        (".yaml", ".yml", ".cfg"),
        "is a description that only its own program understands; export the model to .onnx",
    ),
    ".prototxt": "is for Caffe, which is not read; convert the model to .onnx",
    ".ipynb": "is a notebook; copy the cells that define the model into a .py file",
}
"""What to do with other files of models, by suffix."""


def read_model(
    path: str | os.PathLike[str],
    input_size: Any = None,
    *,
    let: Mapping[str, Any] | None = None,
    model: str | None = None,
) -> Model:
    """Return the model in a file, with its layers.

    Parameters
    ----------
    path : path
        An ONNX file, a ``.keras`` file, a Python program, or a text with what ``print`` shows of a network.
        Programs are interpreted here, and never run; nothing that they import is opened.
    input_size : int or sequence of int, optional
        (rows, columns) of the model's input, if the file leaves them open.
    let : mapping, optional
        Values of names that a program leaves open.
    model : str, optional
        A class of the program, or an expression that makes the model, if there are several.

    Raises
    ------
    ConvanimError
        If the file cannot be read, is not a model, or leaves a size open.
    """
    _refuse_odd(let, model)
    path = Path(path)
    suffix = path.suffix.lower()
    told = repr(shortened(str(path), 80))
    if suffix in _ELSEWHERE:
        raise ConvanimError("model", told, _ELSEWHERE[suffix])
    if suffix == ".keras":
        return read_keras_file(path, _size(input_size))
    if suffix == ".onnx" or (suffix not in (".py", ".txt", ".md", "") and path.is_file()):
        if let or model:
            raise ConvanimError("let" if let else "model", "", "is for programs, and an ONNX file leaves no name open")
        return read_onnx(path, input_size)
    return read_text(text_of(path), input_size, let=let, model=model)


def read_text(
    text: str, input_size: Any = None, *, let: Mapping[str, Any] | None = None, model: str | None = None
) -> Model:
    """Return what the layers of a program or of a printed model are; `read_model` says what the parameters are."""
    _refuse_odd(let, model)
    if is_printed(text):
        return read_printed(text, _size(input_size))
    return read_program(text, input_size, let, model)


def _refuse_odd(let: Any, model: Any) -> None:
    """Raise where what is said of a program is nothing that can be said of one."""
    if model is not None and not isinstance(model, str):
        raise ConvanimError("model", quoted(model), "must be a text such as Net or Net(10)")
    if let is not None and not (isinstance(let, Mapping) and all(isinstance(name, str) for name in let)):
        raise ConvanimError("let", quoted(let), "must be a dictionary of names and values")


def _size(given: Any) -> tuple[int, ...] | None:
    return None if given is None else per_axis("input_size", given, count_axes("input_size", given))


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ConvanimError
        If it cannot be read, is not text, or is too long.
    """
    told = repr(shortened(str(path), 80))
    try:
        if not path.is_file():
            raise ConvanimError("model", told, "is not a file" if path.exists() else "cannot be read (no such file)")
        if path.stat().st_size > 4 * MOST_LETTERS:
            raise ConvanimError("model", told, f"is longer than {MOST_LETTERS:,} letters, and no more are read")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConvanimError("model", told, "is no text in UTF-8") from error
    except (OSError, ValueError) as error:
        if isinstance(error, ConvanimError):
            raise
        raise ConvanimError("model", told, "cannot be read ({})", getattr(error, "strerror", error)) from error
