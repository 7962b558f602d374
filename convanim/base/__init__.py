"""Basics for all parts: errors, untrusted text, options, processes, widths of letters, and registries."""
