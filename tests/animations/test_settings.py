from __future__ import annotations

import inspect

import click

from convanim.animations.drawing import animate
from convanim.animations.settings import SETTINGS
from convanim.base.settings import Setting
from convanim.cli import main
from tests.gathering import gathered


def test_a_picture_takes_every_setting_with_its_usual_value() -> None:
    parameters = inspect.signature(animate).parameters
    assert {name: its.default for name, its in parameters.items() if name in SETTINGS} == {
        name: its.default for name, its in SETTINGS.items()
    }
    assert set(parameters) - set(SETTINGS) == {"layer", "input", "kernel", "bias"}


def test_the_documentation_says_of_each_setting_what_the_command_says() -> None:
    told = " ".join((animate.__doc__ or "").split())
    assert "{settings}" not in told
    for its in SETTINGS.values():
        assert f" {its.name} : " in told
        assert " ".join(its.said.split()) in told


@gathered("its", SETTINGS.values(), ids=list(SETTINGS))
def test_every_setting_is_an_option_of_a_command_with_the_same_help(its: Setting) -> None:
    command = main.get_command(click.Context(main), "chain" if its.name in ("field", "effective") else "conv-transpose")
    assert command is not None
    option = next(one for one in command.params if one.name == its.name)
    assert isinstance(option, click.Option)
    assert (option.help or "").startswith(its.said)
    assert its.usual in (option.help or "")
