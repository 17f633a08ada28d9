"""Timers kept beside the state: what the clock has to say, and has to take back. The rules are in `domain/clock.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.organization import Organization
from goldenthread.runtime.database import Connection, Pool
from services.goals.domain import clock
from services.goals.domain.case import Fact
from services.goals.domain.clock import Timer, TimerKind

_DAY = "DAY"
MOST = 500
"""Timers announced in one transaction, at most."""
MOST_DUE = 100
"""Organizations looked for at once, at most."""


async def keep(
    connection: Connection, organization: Id, org: Organization, changed: Iterable[Entity], now: datetime
) -> list[Fact]:
    """Bring the timers up to date with a commit that changed `changed`; the facts that take back what was said."""
    subjects = clock.touched(org, changed)
    rows = await connection.fetch(
        """SELECT kind, subject, due_at, round FROM timers
           WHERE organization = $1 AND said AND subject = ANY($2::text[])""",
        organization,
        subjects,
    )
    said = [Timer(TimerKind(row["kind"]), row["subject"], row["due_at"], row["round"]) for row in rows]
    back = {each.subject: fact for each in said if (fact := clock.take_back(org, each, now)) is not None}
    # What was said of a round of a link says nothing of the next one.
    over = {(each.kind, each.subject, each.round) for each in said if each.subject not in back}
    # Nor does what was said of a debt that came back since, or was given more time, and is due later.
    wanted = [each for subject in subjects for each in clock.timers(org, subject, now)]
    await connection.execute(
        "DELETE FROM timers WHERE organization = $1 AND kind <> $3 AND subject = ANY($2::text[])",
        organization,
        subjects,
        _DAY,
    )
    kept = [(each, (each.kind, each.subject, each.round) in over and each.due_at <= now) for each in wanted]
    await _insert(connection, organization, kept)
    return list(back.values())


async def ring(connection: Connection, organization: Id, org: Organization, now: datetime) -> tuple[list[Fact], bool]:
    """What is due in one organisation, said and marked so; and whether there may be more."""
    rows = await connection.fetch(
        """SELECT kind, subject, due_at, round FROM timers WHERE organization = $1 AND NOT said AND due_at <= $2
           ORDER BY due_at, kind, subject LIMIT $3""",
        organization,
        now,
        MOST,
    )
    facts: list[Fact] = []
    overtaken: list[Timer] = []
    for row in rows:
        if row["kind"] == _DAY:
            facts += [clock.day_closed(org, day) for day in clock.closed_days(_day_before(row["due_at"]), now)]
            for over in clock.left_over(org, now):
                org.apply(over.payload)
                facts.append(over)
            await next_day(connection, organization, now)
        else:
            timer = Timer(TimerKind(row["kind"]), row["subject"], row["due_at"], row["round"])
            fact = clock.ring(org, timer, now)
            if fact is not None:
                org.apply(fact.payload)
                facts.append(fact)
            else:
                overtaken.append(timer)
    await connection.execute(
        """UPDATE timers SET said = true FROM unnest($2::text[], $3::text[]) AS done(kind, subject)
           WHERE organization = $1 AND timers.kind = done.kind AND timers.subject = done.subject AND done.kind <> $4""",
        organization,
        [row["kind"] for row in rows],
        [row["subject"] for row in rows],
        _DAY,
    )
    await _renew(connection, organization, org, overtaken, now)
    return facts, len(rows) == MOST


async def _renew(
    connection: Connection, organization: Id, org: Organization, overtaken: Sequence[Timer], now: datetime
) -> None:
    """Timers that had nothing to say give way to what their subjects imply now: nothing was said yet."""
    gone = {(each.kind, each.subject) for each in overtaken}
    await connection.execute(
        """DELETE FROM timers USING unnest($2::text[], $3::text[]) AS gone(kind, subject)
           WHERE organization = $1 AND timers.kind = gone.kind AND timers.subject = gone.subject""",
        organization,
        [kind.value for kind, _ in gone],
        [subject for _, subject in gone],
    )
    subjects = dict.fromkeys(each.subject for each in overtaken)
    implied = [each for subject in subjects for each in clock.timers(org, subject, now)]
    current = [each for each in implied if (each.kind, each.subject) in gone]
    await _insert(connection, organization, [(each, False) for each in current])


async def next_day(connection: Connection, organization: Id, now: datetime) -> None:
    """The organisation's next midnight (UTC)."""
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    await connection.execute(
        """INSERT INTO timers (organization, kind, subject, due_at) VALUES ($1, $2, $1, $3)
           ON CONFLICT (organization, subject, kind) DO UPDATE SET due_at = excluded.due_at, said = false""",
        organization,
        _DAY,
        midnight,
    )


async def organizations_due(pool: Pool, now: datetime, without: Sequence[Id] = ()) -> list[Id]:
    """Organisations that have something due, `without` these: `MOST_DUE` at most."""
    rows = await pool.fetch(
        """SELECT DISTINCT organization FROM timers
           WHERE NOT said AND due_at <= $1 AND organization <> ALL($2::text[]) LIMIT $3""",
        now,
        without,
        MOST_DUE,
    )
    return [row["organization"] for row in rows]


async def _insert(connection: Connection, organization: Id, timers: Sequence[tuple[Timer, bool]]) -> None:
    await connection.execute(
        """INSERT INTO timers (organization, kind, subject, due_at, round, said)
           SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::boolean[])""",
        organization,
        [each.kind.value for each, _ in timers],
        [each.subject for each, _ in timers],
        [each.due_at for each, _ in timers],
        [each.round for each, _ in timers],
        [said for _, said in timers],
    )


def _day_before(due_at: datetime) -> date:
    """The last day closed before the one that ends at `due_at`."""
    return due_at.astimezone(UTC).date() - timedelta(days=2)
