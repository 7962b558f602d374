"""Layers, plans and steps in, sentences out: captions, alternative text, sums and costs."""

from convanim.words.alt_text import alt
from convanim.words.steps import step_alt
from convanim.words.sums import step_hint, step_sum

__all__ = ["alt", "step_alt", "step_hint", "step_sum"]
