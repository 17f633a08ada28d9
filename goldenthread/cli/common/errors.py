"""What goes wrong in a command, said so that a person can act on it: on stderr, with an exit code that is not 0."""

from __future__ import annotations


class CommandError(Exception):
    """The command could not do what it was asked. The message says what, why and what to do."""

    exit_code = 1


class ChoiceNeeded(CommandError):
    """The command can do one of several things. Nothing was done; the message says which option chooses."""

    exit_code = 2


def unreachable(url: str, error: Exception) -> CommandError:
    """What to say of an address that could not be asked, because of `error`."""
    said = str(error) or type(error).__name__
    next = "; name a file with its authority in SSL_CERT_FILE" if "CERTIFICATE_VERIFY_FAILED" in said else ""
    return CommandError(f"{url} cannot be reached: {said}{next}")
