"""Layers, plans and steps in, sentences out: captions, alternative text, sums and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convanim.base.later import names_within

if TYPE_CHECKING:
    from convanim.words.alt_text import alt
    from convanim.words.steps import step_alt
    from convanim.words.sums import step_hint, step_sum

__all__ = ["alt", "step_alt", "step_hint", "step_sum"]

__getattr__ = names_within(__name__, __all__, ("alt_text", "steps", "sums"))
