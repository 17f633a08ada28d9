"""The commands by name. Each is imported when it is run: asking for help, or for one of them, waits for no other."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class CommandEntry(NamedTuple):
    """Where a command is, and its line in the list of commands."""

    module: str
    function: str
    summary: str


COMMANDS = {
    "up": CommandEntry("instance.up", "up", "Run everything in the foreground until Ctrl-C."),
    "demo": CommandEntry(
        "demo.command", "demo", "Show on a company that does not exist how a broken why is found and told."
    ),
    "token": CommandEntry("instance.token", "token", "Print a token for a person with a role."),
    "organization": CommandEntry(
        "organizations.command", "organization", "Create, list, rename and delete the organizations of an installation."
    ),
    "people": CommandEntry("people.people", "people", "List people, their roles, and who has not signed in yet."),
    "invite": CommandEntry("people.invite", "invite", "Invite a person, who claims a login with a secret."),
    "invitation": CommandEntry(
        "people.invitations", "invitation", "List, confirm, undo and revoke invitations that were made."
    ),
    "move-logins": CommandEntry(
        "people.move_logins", "move_logins", "Move logins to another identity provider, all at once."
    ),
    "import": CommandEntry("imports.import_command", "import_", "Import a plan: an OKR sheet, StratML or JSON."),
    "export": CommandEntry(
        "exports.export_command", "export", "Print what is under way as a plan that `import` reads back."
    ),
    "tree": CommandEntry("goals.tree", "tree", "Show the goal tree with its verdicts and its breaks."),
    "thread": CommandEntry(
        "goals.thread", "thread", "Read the golden thread of a goal aloud, from the purpose down to it."
    ),
    "orphans": CommandEntry(
        "goals.orphans", "orphans", "List the goals that no why reaches, and what would mend them."
    ),
    "whys": CommandEntry(
        "listening.whys", "whys", "Show how far every why was carried, level by level, and who is silent."
    ),
    "turns": CommandEntry("listening.turns", "turns", "List everything whose next move is yours, or a unit's."),
    "questions": CommandEntry(
        "listening.questions", "questions", "List the questions that are not settled, and whose turn it is."
    ),
    "feedback": CommandEntry(
        "listening.feedback", "feedback", "List what customers said and were told, or record it from a file."
    ),
    "health": CommandEntry(
        "goals.health", "health", "Show per unit how much of the work traces back to the purpose, day by day."
    ),
    "silos": CommandEntry("listening.silos", "silos", "List the units that nobody speaks with, and what shows it."),
    "reciprocity": CommandEntry(
        "listening.reciprocity", "reciprocity", "Show what passed between units, and how mutual it was."
    ),
    "remove-person": CommandEntry(
        "people.remove_person", "remove_person", "Remove a person who leaves; a successor takes over."
    ),
    "erase-person": CommandEntry(
        "people.erase_person", "erase_person", "Erase the name, address and login of who was removed, for good."
    ),
    "erasures": CommandEntry(
        "operations.erasures", "erasures", "Write the log of erasures to a file, or repeat it after a restore."
    ),
    "backup": CommandEntry(
        "operations.backups.command", "backup", "Back up the databases of an installation, while it runs."
    ),
    "restore": CommandEntry(
        "operations.backups.command",
        "restore",
        "Restore databases from a backup, and erase again what was erased.",
    ),
    "migrate": CommandEntry(
        "operations.migrate", "migrate", "Run the migrations of processes, before a new release starts."
    ),
    "topics": CommandEntry("operations.topics", "topics", "Create the topics that are missing on a Kafka."),
    "keys": CommandEntry("operations.keys", "keys", "Make or list the keys that stored secrets are encrypted with."),
    "sizing": CommandEntry(
        "operations.sizing", "sizing", "Say how many partitions, replicas, memory and disk an installation needs."
    ),
    "doctor": CommandEntry("doctor.command", "doctor", "Check the configuration and the processes."),
}


class LazyCommandGroup(TyperGroup):
    """The group of `COMMANDS`: their summaries until one is run, then that one."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What is listed of a command."""
        found = COMMANDS.get(cmd_name)
        return None if found is None else TyperCommand(cmd_name, help=found.summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is to be run, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load_command(name), rest


def load_command(name: str) -> Any:
    """The command called `name`, with its options, or with commands of its own."""
    found = COMMANDS[name]
    module = importlib.import_module(f"goldenthread.cli.{found.module}")
    function = getattr(module, found.function)
    if isinstance(function, typer.Typer):
        group: Any = typer.main.get_command(function)
        for command in group.commands.values():
            command.help = without_line_breaks(command.help or "")
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, help=without_line_breaks(function.__doc__ or found.summary))(function)
    return typer.main.get_command(alone)


def without_line_breaks(docstring: str) -> str:
    """Paragraphs without the line breaks of the source, so that the terminal alone decides where lines end."""
    return "\n\n".join(" ".join(each.split()) for each in inspect.cleandoc(docstring).split("\n\n"))
