"""The log of erasures over a restored backup: what had ended for good after it was made ends in it again."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from goldenthread.contracts.entities import Id
from services.goals.erasure.log_file import Entry
from services.goals.handlers import Goals
from services.goals.stores.endings_store import Deletion
from services.goals.stores.erasures_store import Erasure


class ReplayReport(Struct, rename="camel"):
    """What a replay did: people by what became of them, the organizations that have no administrator any more, how many
    organizations were deleted again, and how many invitations taken back.
    """

    erased: int = 0
    already: int = 0
    unknown: int = 0
    without_administrator: list[Id] = []
    deleted: int = 0
    revoked: int = 0

    def __add__(self, later: ReplayReport) -> ReplayReport:
        """Both replays, one after the other."""
        lonely = dict.fromkeys([*self.without_administrator, *later.without_administrator])
        counts = {
            field: getattr(self, field) + getattr(later, field)
            for field in ("erased", "already", "unknown", "deleted", "revoked")
        }
        return ReplayReport(without_administrator=list(lonely), **counts)


async def replay(goals: Goals, entries: Iterable[Entry]) -> ReplayReport:
    """Repeat what a log says, each entry in a transaction of its own; a second time changes nothing.

    Raises what says that the database is away, or that something else has an organization locked: then what came before
    is done, and it is to be replayed again.
    """
    report = ReplayReport()
    for entry in entries:
        if isinstance(entry, Erasure):
            await _erase(goals, entry, report)
        elif isinstance(entry, Deletion):
            report.deleted += await goals.endings.delete_again(entry.organization)
        else:
            report.revoked += await goals.endings.end_again(entry)
    return report


async def _erase(goals: Goals, entry: Erasure, report: ReplayReport) -> None:
    done = await goals.endings.erase_again(entry)
    if done.erased:
        report.erased += 1
    elif done.known:
        report.already += 1
    else:
        report.unknown += 1
    if not done.administered and entry.organization not in report.without_administrator:
        report.without_administrator.append(entry.organization)
