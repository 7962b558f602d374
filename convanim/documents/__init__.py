"""Documents that draw their own pictures."""
