"""Drawing a scene as pixels, SVG or PDF in a theme's colours; the only place that uses Matplotlib."""
