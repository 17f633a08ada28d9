"""What processes wrote while they ran: nothing may be an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

_GRAVE = ("ERROR", "CRITICAL")


def errors(logs: Iterable[Path]) -> list[str]:
    """Lines that are errors, or that no logger wrote: tracebacks, and what an interpreter says when it ends."""
    return [f"{file.name}: {line}" for file in logs for line in file.read_text().splitlines() if _is_error(line)]


def _is_error(line: str) -> bool:
    try:
        return json.loads(line)["level"] in _GRAVE
    except (ValueError, TypeError, KeyError):
        return True
