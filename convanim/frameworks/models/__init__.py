"""Models from files: every layer of an ONNX file with its sizes, costs and receptive field."""

from __future__ import annotations

from convanim.frameworks.models.listing import Entry
from convanim.frameworks.models.model import Model, read_model
from convanim.frameworks.models.sizing import Input
from convanim.frameworks.models.telling import entry_to_dict, table, to_dict
from convanim.frameworks.models.weights import weights_of

__all__ = ["Entry", "Input", "Model", "entry_to_dict", "read_model", "table", "to_dict", "weights_of"]
