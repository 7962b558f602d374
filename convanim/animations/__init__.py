"""Layers and what is asked for in, an animation out: its scene with colours, size, times and words."""
