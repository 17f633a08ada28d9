"""What goes wrong in a command, said so that a person can act on it: on stderr, with an exit code that is not 0."""

from __future__ import annotations


class CommandError(Exception):
    """The command could not do what it was asked. The message says what, why and what to do."""

    exit_code = 1


class ChoiceNeeded(CommandError):
    """The command can do one of several things. Nothing was done; the message says which option chooses."""

    exit_code = 2
