"""The commands for well-known animations."""

from __future__ import annotations

from typing import Any

import click

from convanim.cli.chains import parse_cell
from convanim.cli.explaining import tell
from convanim.cli.options import Form, form_options, picture_options, preset_options
from convanim.cli.settings import SEED
from convanim.cli.writing import Drawing, drawing


def add_commands(main: click.Group, explain: click.Group) -> None:
    """Add the commands that draw and that explain a preset."""
    main.add_command(preset)
    explain.add_command(explain_preset)


@click.command()
@click.argument("name")
@SEED
@preset_options
@picture_options(is_preset=True)
@click.pass_context
def preset(context: click.Context, /, name: str, field: str | None, **values: Any) -> Drawing:
    """Draw a well-known animation by its name; `convanim list presets` names them."""
    from convanim.animations.contradictions import uncontradicted
    from convanim.animations.presets import find_preset

    found = find_preset(name)
    values["field"] = None if field is None else parse_cell(field, found.layer.dims)
    told = {
        option: value
        for option, value in values.items()
        if context.get_parameter_source(option) is not click.core.ParameterSource.DEFAULT or option not in found.looks
    }
    return drawing(found.layer, name, **{**uncontradicted(found.looks, told), **told})


@click.command("preset")
@click.argument("name")
@form_options
def explain_preset(name: str, form: Form) -> str:
    """Explain the layer, or the layers, of a preset by its name."""
    from convanim.animations.presets import find_preset

    found = find_preset(name)
    numbers = {key: value for key, value in found.looks.items() if key in ("input", "seed", "method")}
    return tell(found.layer, form, **numbers)
