"""Reading of models from ONNX files, programs and printed networks, with advice on other files."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from stat import S_ISREG
from typing import Any

from convanim.base.access import refuse_reading
from convanim.base.errors import ConvanimError
from convanim.base.options import count_axes, per_axis, quoted
from convanim.base.text import shortened
from convanim.frameworks.models.model import Model
from convanim.frameworks.models.model import read_model as read_onnx
from convanim.frameworks.pasted_text import as_code, line_of_dots
from convanim.frameworks.programs.keras_files import read_keras_file
from convanim.frameworks.programs.printed import is_printed, read_printed
from convanim.frameworks.programs.reading import MOST_LETTERS, read_program

MOST_BYTES = 4 * MOST_LETTERS
"""Of a text; no letter takes more than four in UTF-8."""

_SOURCE = "copy the code that defines the model into a .py file"
_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        (".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".pkl", ".pickle", ".npz", ".npy", ".joblib", ".params"),
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
        (".yaml", ".yml", ".cfg", ".json", ".xml", ".toml"),
        "is a description that only its own program understands; export the model to .onnx, or save it as .keras",
    ),
    **dict.fromkeys((".prototxt", ".caffemodel"), "is for Caffe, which is not read; convert the model to .onnx"),
    **dict.fromkeys((".mlmodel", ".engine", ".trt"), "is not read; export the model it is from to .onnx"),
    ".ipynb": "is a notebook; copy the cells that define the model into a .py file",
    **dict.fromkeys((".pdf", ".docx", ".doc", ".odt", ".html", ".htm", ".rst", ".tex"), f"is a document; {_SOURCE}"),
    **dict.fromkeys((".zip", ".tar", ".gz", ".7z"), "is an archive; unpack it, and name the file of the model in it"),
    **dict.fromkeys(
        (".js", ".ts", ".c", ".cc", ".cpp", ".java", ".jl", ".lua", ".m", ".r", ".rs", ".swift"),
        "is in another language than Python, which is not read; export the model to .onnx",
    ),
}
"""What to do with other files of models, by suffix."""

_KINDS = "is none of the files that are read: .onnx, .keras, and a program or a print in .py, .txt or .md"


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
    path, named = Path(path), str(path)
    told = repr(shortened(named, 80))
    refuse_reading("model", named, "the code of its layers")
    _refuse_no_file(path, named, told)
    suffix = path.suffix.lower()
    if suffix in _ELSEWHERE:
        raise ConvanimError("model", told, _ELSEWHERE[suffix])
    if suffix in (".py", ".txt", ".md", ""):
        return read_text(text_of(path), input_size, let=let, model=model)
    if let or model:
        raise ConvanimError("let" if let else "model", "", "is for programs, and this file leaves no name open")
    if suffix == ".keras":
        return read_keras_file(path, _size(input_size))
    try:
        return read_onnx(path, input_size)
    except ConvanimError as error:
        if suffix == ".onnx" or error.option != "model" or not path.is_file():
            raise
        raise ConvanimError("model", told, _KINDS) from error


def _refuse_no_file(path: Path, named: str, told: str) -> None:
    """Raise an error where there is no file, which says what is meant in its place."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        if re.match("(?:https?|ftp):/", named):
            raise ConvanimError("model", told, "is an address; download the file first, and name it") from error
        if "(" in named and named.rstrip().endswith(")"):
            raise ConvanimError("model", told, "is code and no file; give it to convanim layer") from error
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ConvanimError("model", told, "cannot be read ({})", reason) from error
    if not S_ISREG(kind):
        raise ConvanimError("model", told, "is not a file; name one, or - for standard input")


def read_text(
    text: str, input_size: Any = None, *, let: Mapping[str, Any] | None = None, model: str | None = None
) -> Model:
    """Return what the layers of a program or of a printed model are; `read_model` says what the parameters are."""
    _refuse_odd(let, model)
    pasted = as_code(text)
    if not pasted.text.strip():
        raise ConvanimError(
            "model", "", "has no code; give the lines that make the layers, or what print shows of them"
        )
    if is_printed(pasted.text):
        if let or model:
            raise ConvanimError("let" if let else "model", "", "is for programs, and a print leaves no name open")
        found = read_printed(pasted.text, _size(input_size))
        return replace(found, notes=(*found.notes, *pasted.notes))
    found = read_program(pasted.text, input_size, let, model)
    dots = line_of_dots(pasted.text)
    left_out = () if dots is None else (f"line {dots} is ..., and what it stands for is not known",)
    return replace(found, notes=(*found.notes, *left_out, *pasted.notes))


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
        If it cannot be read, is not text, is empty, or is too long.
    """
    told = repr(shortened(str(path), 80))
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConvanimError("model", told, "cannot be read ({})", getattr(error, "strerror", error)) from error
    text = decoded(content, "model", told)
    if not text.strip():
        raise ConvanimError("model", told, "is empty")
    return text


def decoded(content: bytes, option: str, told: str = "") -> str:
    """Return the text that bytes are in UTF-8, or in UTF-16 if they begin with its mark.

    Raises
    ------
    ConvanimError
        If they are none, or too many; the message begins with the last two arguments.
    """
    if len(content) > MOST_BYTES:
        raise ConvanimError(option, told, f"is longer than {MOST_LETTERS:,} letters, and no more are read")
    try:
        return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConvanimError(option, told, "is no text in UTF-8; save it as UTF-8 and try again") from error
