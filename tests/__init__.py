"""Tests, arranged like the package."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""Where the project is."""

DATA = Path(__file__).parent / "data"
"""What tests compare with."""
