"""Which days of an organization are closed, as two rows beside its timers.

DAY is due when the first open day is over. LEAP is never due: it says the first of the days that the last leap of the
clock closed, and in `round` how many.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from goldenthread.contracts.entities import Id
from goldenthread.runtime.postgres.database import Connection
from services.goals.domain.clock.days import Days, day_of

DAY, LEAP = "DAY", "LEAP"


async def read(connection: Connection, organization: Id) -> Days | None:
    """What is closed; None for an organization without a clock."""
    rows = await connection.fetch(
        "SELECT kind, due_at, round FROM timers WHERE organization = $1 AND subject = $1 AND kind IN ($2, $3)",
        organization,
        DAY,
        LEAP,
    )
    found = {row["kind"]: row for row in rows}
    if DAY not in found:
        return None
    open_ = day_of(found[DAY]["due_at"]) - timedelta(days=1)
    leap = found.get(LEAP)
    return Days(open_, day_of(leap["due_at"]), leap["round"]) if leap is not None else Days(open_, open_)


async def write(connection: Connection, organization: Id, days: Days) -> None:
    """Keep what is closed; the next day is due when it is over."""
    await connection.execute(
        """INSERT INTO timers (organization, kind, subject, due_at, round, said)
           VALUES ($1, $2, $1, $3, 0, false), ($1, $4, $1, $5, $6, true)
           ON CONFLICT (organization, subject, kind)
           DO UPDATE SET due_at = excluded.due_at, round = excluded.round, said = excluded.said""",
        organization,
        DAY,
        _midnight(days.open + timedelta(days=1)),
        LEAP,
        _midnight(days.leap),
        days.leapt,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
