"""What became of a command, as the service that decides it answered, with what alignment says of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import Problem
from goldenthread.contracts.read_api import VerdictChange
from goldenthread.contracts.replies import Accepted


@dataclass(frozen=True)
class CommandOutcome:
    """What became of a command: refused (`problems`), or accepted with what it breaks and mends.

    `effects` is None, and `up_to_date` False, while that is not known: alignment has not judged the revision yet, or
    does not answer. `remarks` are shown with the warnings of an accepted one.
    """

    accepted: Accepted | None = None
    problems: list[Problem] = field(default_factory=list)
    effects: list[VerdictChange] | None = None
    up_to_date: bool = False
    remarks: list[Problem] = field(default_factory=list)

    @property
    def main(self) -> Id | None:
        """The thing it was about; None when it was refused, or only tried."""
        ids = self.ids
        return ids[0] if ids else None

    @property
    def ids(self) -> list[Id]:
        """Everything it was about."""
        return list(self.accepted.ids) if self.accepted else []
