"""From a scene to pixels: the only place that knows Matplotlib."""
