"""Models from files: every layer of an ONNX file with its sizes, costs and receptive field."""

from __future__ import annotations

from convanim.frameworks.models.entries import Entry
from convanim.frameworks.models.input_sizes import Input
from convanim.frameworks.models.model import Model, read_model
from convanim.frameworks.models.part import Part, part_of, whole_of
from convanim.frameworks.models.table import entry_to_dict, table, to_dict
from convanim.frameworks.models.weights import weights_of

__all__ = [
    "Entry",
    "Input",
    "Model",
    "Part",
    "entry_to_dict",
    "part_of",
    "read_model",
    "table",
    "to_dict",
    "weights_of",
    "whole_of",
]
