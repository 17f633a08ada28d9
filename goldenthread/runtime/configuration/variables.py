"""What the environment variables of settings are called."""

from __future__ import annotations

PREFIX = "GOLDENTHREAD_"
FILE = "_FILE"
"""The end of a variable that names the file which holds a secret."""


def variable(setting: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + setting.upper()
