"""Pictures for addresses, and a page to try layers in; ``app`` is an ASGI application for any server of such."""

from __future__ import annotations

import os

from convanim.cli.serving import Limits
from convanim.serve.application import application

__all__ = ["app", "application"]

app = application(Limits.of(os.environ))
"""The application, with the limits that the surroundings set."""
