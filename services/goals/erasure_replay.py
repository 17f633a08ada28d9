"""The log of erasures over a restored backup: whoever was erased after it was made is erased in it again."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from goldenthread.contracts.entities import Id
from services.goals.handlers import Goals
from services.goals.stores.erasures_store import Erasure


class ReplayReport(Struct, rename="camel"):
    """What a replay did: people by what became of them, and the organizations that have no administrator any more."""

    erased: int = 0
    already: int = 0
    unknown: int = 0
    without_administrator: list[Id] = []


async def replay(goals: Goals, entries: Iterable[Erasure]) -> ReplayReport:
    """Erase the people of a log again, each in a transaction of its own; a second time changes nothing.

    Raises what says that the database is away, or that something else has an organization locked: then those of before
    are erased, and it is to be replayed again.
    """
    report = ReplayReport()
    for entry in entries:
        done = await goals.erase_again(entry)
        if done.erased:
            report.erased += 1
        elif done.known:
            report.already += 1
        else:
            report.unknown += 1
        if not done.administered and entry.organization not in report.without_administrator:
            report.without_administrator.append(entry.organization)
    return report
