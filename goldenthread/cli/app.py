"""The `goldenthread` command, put together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.text import Text

from goldenthread import __version__
from goldenthread.cli.command_table import LazyCommandGroup
from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.contracts.errors import Refused
from goldenthread.launcher.errors import LaunchError

app = typer.Typer(
    cls=LazyCommandGroup,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        print(f"goldenthread {__version__}")
        raise typer.Exit


@app.callback()
def goldenthread(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 (its callback answers)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Keeps an organization's why intact from the boardroom to the last team."""
    if context.invoked_subcommand is None:
        _alone(context)


def main() -> None:
    """Run the command line. What goes wrong is said on stderr, with an exit code that is not 0."""
    try:
        app()
    except (CommandError, LaunchError, Refused) as error:
        _fail(error)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        _fail(error)


def _alone(context: typer.Context) -> None:
    """Without a command: whose move it is, where something runs; else what there is to run."""
    # lazily, so that every other command starts without it
    from goldenthread.cli.listening.turns_summary import show_own_turns

    if not show_own_turns():
        print(context.get_help(), end="")
        raise typer.Exit(2)


def _fail(error: Exception) -> None:
    output.stderr().print(Text(output.printable(f"goldenthread: {error}")), soft_wrap=True)
    sys.exit(error.exit_code if isinstance(error, CommandError) else 1)
