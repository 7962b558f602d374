"""Turn layers and settings into an animation: a scene with colours, size, timeline and words."""
