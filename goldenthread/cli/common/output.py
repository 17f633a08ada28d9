"""Where things are printed: results on stdout, everything else on stderr, and the latter only to a person."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | dict.fromkeys(
    (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\N{REPLACEMENT CHARACTER}"
)
"""Control characters, and those that turn the direction of writing, which can hide what is there."""

_NARROW = 24
"""Columns in which sentences cannot be read."""
_WIPE = "\x1b[K"
_told = False


def stdout() -> Console:
    """For results. Without a terminal: no colours, and lines as long as they are."""
    return _console(sys.stdout)


def stderr() -> Console:
    """For errors and for what happens meanwhile."""
    return _console(sys.stderr)


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def print_hanging(console: Console, head: Text, text: str) -> None:
    """Print `head` and `text` on a line. What does not fit goes on below `text`, not below `head`; where a terminal is
    so narrow that nothing would fit there, below both.
    """
    if console.width - head.cell_len < _NARROW:
        console.print(Text.assemble(head, text))
        return
    line = Table.grid()
    line.add_column(no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row(head, Text(text))
    console.print(line)


def print_json(value: Any, *, one_line: bool = False) -> None:
    """Print `value` as JSON: indented for a person, on one line where a program reads lines."""
    print(json.dumps(value, ensure_ascii=False, indent=None if one_line else 2), flush=True)


def printable(value: Any) -> Any:
    """`value` with every control character in its texts made visible: a goal's title must not steer a terminal."""
    if isinstance(value, str):
        return value.translate(_VISIBLE)
    if isinstance(value, dict):
        return {key: printable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [printable(each) for each in value]
    return value


def note_pending_verdicts(answer: dict[str, Any]) -> None:
    """Say so when `answer`, which has `newest`, was given before the newest changes were judged."""
    if not all(each["alignment"]["upToDate"] for each in answer.get("newest", {}).get("nodes", [])):
        stderr().print(Text("The newest changes are not judged yet, so breaks may be missing; ask again in a moment."))


def note(message: str) -> None:
    """Tell a person what happens meanwhile; say nothing when stderr is not a terminal."""
    if sys.stderr.isatty():
        stderr().print(Text(message), style="dim")


def show_progress(message: str) -> None:
    """Tell a person how far long work has come, on one line that the next message takes; `clear_progress` wipes it."""
    global _told
    if sys.stderr.isatty():
        _told = True
        sys.stderr.write(f"\r{message}{_WIPE}")
        sys.stderr.flush()


def clear_progress() -> None:
    """Wipe what `show_progress` wrote."""
    global _told
    if _told:
        _told = False
        sys.stderr.write(f"\r{_WIPE}")
        sys.stderr.flush()


def _console(file: Any) -> Console:
    terminal = file.isatty()
    return Console(file=file, highlight=False, emoji=False, markup=False, width=None if terminal else 100_000)
