"""What an animation shows, in sentences for those who cannot see it."""

from convanim.alt.layers import alt
from convanim.alt.steps import step_alt
from convanim.alt.sums import step_sum

__all__ = ["alt", "step_alt", "step_sum"]
