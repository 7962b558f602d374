"""Programs that build models, as text: interpreted here, never run by Python; out come the layers that they apply."""

from __future__ import annotations

from convanim.frameworks.programs.reading import read_program
from convanim.frameworks.programs.statements import is_program

__all__ = ["is_program", "read_program"]
