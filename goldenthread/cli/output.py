"""Where things are printed: results on stdout, everything else on stderr, and the latter only to a person."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.text import Text


def stdout() -> Console:
    """For results. Without a terminal: no colours, and lines as long as they are."""
    return _console(sys.stdout)


def stderr() -> Console:
    """For errors and for what happens meanwhile."""
    return _console(sys.stderr)


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def as_json(value: Any, *, one_line: bool = False) -> None:
    """Print `value` as JSON: indented for a person, on one line where a program reads lines."""
    print(json.dumps(value, ensure_ascii=False, indent=None if one_line else 2), flush=True)


def note(message: str) -> None:
    """Tell a person what happens meanwhile; say nothing when stderr is not a terminal."""
    if sys.stderr.isatty():
        stderr().print(Text(message), style="dim")


def _console(file: Any) -> Console:
    terminal = file.isatty()
    return Console(file=file, highlight=False, emoji=False, markup=False, width=None if terminal else 100_000)
