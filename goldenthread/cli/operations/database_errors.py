"""What commands say of databases and files that cannot be used."""

from __future__ import annotations

from goldenthread.cli.common.errors import CommandError
from goldenthread.runtime.observability.failures import is_away, is_misconfigured


def unusable(error: Exception) -> CommandError | None:
    """What to say of a file or a database that cannot be used; None for an error that nobody foresaw."""
    if isinstance(error, OSError) and error.filename is not None:
        return CommandError(f"{error.filename} cannot be used: {error.strerror}")
    if not (is_away(error) or is_misconfigured(error)):
        return None
    said = str(error.args[0] if hasattr(error, "sqlstate") and error.args else error) or type(error).__name__
    return CommandError(f"a database cannot be used: {said}. Do it again once that is mended.")
