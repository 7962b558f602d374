"""A scene in, pixels, SVG or PDF out, in the colours of a theme; the only place that knows Matplotlib."""
