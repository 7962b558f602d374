"""What an animation shows, in sentences for those who cannot see it."""

from convanim.words.alt_text import alt
from convanim.words.steps import step_alt
from convanim.words.sums import step_sum

__all__ = ["alt", "step_alt", "step_sum"]
