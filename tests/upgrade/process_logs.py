"""What processes wrote while they ran: nothing may be an error."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

_GRAVE = ("ERROR", "CRITICAL")
_NEW_KAFKA = "Group Coordinator Request failed: [Error 15] GroupCoordinatorNotAvailableError"
"""What aiokafka says, and tries again, where a new Kafka makes its topic of offsets when it is first asked for one."""


def errors(logs: Iterable[Path], known: Collection[str] = ()) -> list[str]:
    """Lines that are errors, or that no logger wrote: tracebacks, and what an interpreter says when it ends. Those with
    an exception of `known` are left out.
    """
    return [
        f"{file.name}: {line}"
        for file in logs
        for line in file.read_text().splitlines()
        if _is_error(line) and not any(each in line for each in known)
    ]


def _is_error(line: str) -> bool:
    try:
        said = json.loads(line)
        return said["level"] in _GRAVE and said["message"] != _NEW_KAFKA
    except (ValueError, TypeError, KeyError):
        return True
