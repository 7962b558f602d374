"""What the commands that explain print: sentences, alternative text, or the plan."""

from __future__ import annotations

import json
from typing import Any

from convanim.cli.output import say
from convanim.layers import Chain, Layer


def tell(layer: Layer | Chain, form: str | None, **numbers: Any) -> None:
    """Print what a layer or a chain does, in the form that was asked for; numbers must be right in any."""
    planned = None
    if form == "json" or any(value is not None for value in numbers.values()):
        from convanim.plans import plan

        planned = plan(layer, **numbers)
    if form == "json" and planned is not None:
        say(json.dumps(planned.to_dict()))
    elif form == "alt":
        from convanim.alt import alt

        say(alt(layer, numbers.get("method") or "gather"))
    else:
        from convanim.explain import explain

        say(explain(layer))
