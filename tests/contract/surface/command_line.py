"""The command line as lines: every command, argument and option with its type, its default and its help."""

from __future__ import annotations

import enum
import importlib
import inspect
from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import typer

from goldenthread.cli import app
from goldenthread.cli.command_table import COMMANDS, load_command
from tests.contract.surface.json_paths import compact


def lines() -> Iterator[str]:
    """The options of the command itself, then each command; nothing depends on a terminal."""
    whole = typer.main.get_command(app.app)
    yield from _command("goldenthread", whole, app.goldenthread)
    for name, each in COMMANDS.items():
        function = getattr(importlib.import_module(f"goldenthread.cli.{each.module}"), each.function)
        yield f"{name} summary: {each.summary}"
        command = load_command(name)
        if isinstance(function, typer.Typer):
            for registered in function.registered_commands:
                under = registered.name or getattr(registered.callback, "__name__", "")
                yield from _command(f"{name} {under}", command.commands[under], registered.callback)
        else:
            yield from _command(name, command, function)


def _command(name: str, command: Any, function: Any) -> Iterator[str]:
    yield f"{name} help: {_line(command.help)}"
    hints = get_type_hints(function)
    for number, option in enumerate(command.params, 1):
        is_option = option.opts[0].startswith("-")
        called = "/".join((*option.opts, *option.secondary_opts)) if is_option else f"argument {number}"
        yield f"{name} {called}: {_type(hints[option.name])}, {', '.join(_facts(option))}"
        yield f"{name} {called} help: {_line(option.help)}"


def _facts(option: Any) -> Iterator[str]:
    value = option.default
    plain = value if value is None or isinstance(value, bool | int | float) else str(value)
    yield "required" if option.required else f"default {compact(plain)}"
    for key in ("min", "max", "metavar", "envvar"):
        if getattr(option, key, None) is not None:
            yield f"{key} {getattr(option, key)}"
    if option.hidden:
        yield "hidden"


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _type(hint: Any) -> str:
    """A type's name, or the words of an enum: the same for every Python."""
    if get_origin(hint) is list:
        return f"several of {_type(get_args(hint)[0])}"
    if get_args(hint):
        return " or ".join(_type(each) for each in get_args(hint) if each is not NoneType)
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return f"one of {' '.join(str(each.value) for each in hint)}"
    return str(hint.__name__)
