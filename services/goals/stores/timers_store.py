"""SQL of timers: what the clock has to announce, and has to take back. The rules: `timer_rules.py`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.events.goals.clock import Grace
from goldenthread.organization.organization import Organization
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.postgres.database import Connection, Pool
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.days import day_of, first_days
from services.goals.domain.clock.timer_rules import Timer, TimerKind
from services.goals.domain.decision import Fact
from services.goals.stores import days_store
from services.goals.stores.days_store import DAY

MOST = 500
"""Timers announced in one transaction, at most."""
MOST_DUE = 100
"""Organizations looked for at once, at most."""


_LOOKED_AT = 5_000
"""Timers that are read to find these."""
_DUE = "NOT said AND due_at <= $1 AND organization <> ALL($2::text[])"
_LONGEST_DUE = f"""
    WITH longest AS MATERIALIZED (SELECT organization, due_at FROM timers WHERE {_DUE} ORDER BY due_at LIMIT $4)
    SELECT organization, count(*) AS timers FROM longest GROUP BY organization ORDER BY min(due_at) LIMIT $3
"""
_ALL_DUE = f"SELECT DISTINCT organization FROM timers WHERE {_DUE} LIMIT $3"


class Implied(NamedTuple):
    """The entities whose timers may differ after a commit, and those that they have then."""

    subjects: list[Id]
    timers: list[Timer]


def implied(org: Organization, changed: Iterable[Entity], now: datetime) -> Implied:
    """What a commit that changed `changed` implies. Touches nothing but the organization."""
    subjects = clock.touched(org, changed)
    return Implied(subjects, [each for subject in subjects for each in clock.timers(org, subject, now)])


def split(implied: Implied, new: Collection[Id]) -> tuple[Implied, Implied]:
    """What is implied of the subjects in `new`, and of all others."""
    mine = Implied([each for each in implied.subjects if each in new], [])
    rest = Implied([each for each in implied.subjects if each not in new], [])
    for timer in implied.timers:
        (mine if timer.subject in new else rest).timers.append(timer)
    return mine, rest


async def update_timers(
    connection: Connection, organization: Id, org: Organization, implied: Implied, now: datetime
) -> list[Fact]:
    """Bring the timers up to date with a commit; the facts that take back what was said."""
    subjects, wanted = implied
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
    await connection.execute(
        "DELETE FROM timers WHERE organization = $1 AND kind <> $3 AND subject = ANY($2::text[])",
        organization,
        subjects,
        DAY,
    )
    # Nor does what was said of a debt that came back since, or was given more time, and is due later.
    kept = [(each, (each.kind, each.subject, each.round) in over and each.due_at <= now) for each in wanted]
    await insert(connection, organization, kept)
    return list(back.values())


async def announce_due(
    connection: Connection, organization: Id, org: Organization, now: datetime
) -> tuple[list[Fact], bool]:
    """Announce what is due in one organization, and mark it so: the facts, and whether there may be more.

    First what a clock that was ahead has said too early is taken back, where it can be.
    """
    facts, more = await _too_early(connection, organization, org, now)
    rows = await connection.fetch(
        """SELECT kind, subject, due_at, round FROM timers WHERE organization = $1 AND NOT said AND due_at <= $2
           ORDER BY due_at, kind, subject LIMIT $3""",
        organization,
        now,
        MOST,
    )
    overtaken: list[Timer] = []
    for row in rows:
        if row["kind"] == DAY:
            closed, more_days = await _close_days(connection, organization, org, now)
            facts, more = [*facts, *closed], more or more_days
            continue
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
        DAY,
    )
    await _renew(connection, organization, org, overtaken, now)
    return facts, more or len(rows) == MOST


async def _close_days(
    connection: Connection, organization: Id, org: Organization, now: datetime
) -> tuple[list[Fact], bool]:
    """The days that are over, and what ends with them; and whether there are more."""
    days = await days_store.read(connection, organization)
    over = days.over(now) if days is not None else []
    if days is None or not over:
        return [], False
    facts = [clock.day_closed(org, day) for day in over]
    for each in clock.left_over(org, now):
        org.apply(each.payload)
        facts.append(each)
    after = days.closed(over)
    await days_store.write(connection, organization, after)
    return facts, bool(after.over(now))


async def _too_early(
    connection: Connection, organization: Id, org: Organization, now: datetime
) -> tuple[list[Fact], bool]:
    """Take back what a clock that was days ahead has said: graces are not over, and the days to come are open again.

    And whether there may be more to take back.
    """
    days = await days_store.read(connection, organization)
    if days is None or days.open <= day_of(now):
        return [], False
    rows = await connection.fetch(
        """UPDATE timers SET said = false WHERE organization = $1 AND (kind, subject) IN
             (SELECT kind, subject FROM timers
              WHERE organization = $1 AND said AND due_at > $2 AND kind = ANY($3::text[]) LIMIT $4)
           RETURNING kind, subject, due_at, round""",
        organization,
        now,
        [each.value for each in Grace],
        MOST,
    )
    more = len(rows) == MOST
    if not more and days.back(now) != days:
        await days_store.write(connection, organization, days.back(now))
    said = sorted(Timer(TimerKind(row["kind"]), row["subject"], row["due_at"], row["round"]) for row in rows)
    return [fact for each in said if (fact := clock.take_back(org, each, now)) is not None], more


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
    await insert(connection, organization, [(each, False) for each in current])


async def start_clock(connection: Connection, organization: Id, now: datetime) -> None:
    """Start the clock of an organization that begins now."""
    await days_store.write(connection, organization, first_days(now))


async def organizations_ahead(pool: Pool, now: datetime) -> list[Id]:
    """Organizations whose clock has been days ahead of `now`: they have closed days to come.

    Looks at all timers: to be asked once, when a clock has started or come back.
    """
    rows = await pool.fetch(
        "SELECT organization FROM timers WHERE kind = $1 AND due_at > $2::timestamptz + interval '24 hours'", DAY, now
    )
    return [row["organization"] for row in rows]


async def organizations_due(pool: Pool, now: datetime, without: Sequence[Id] = ()) -> list[Id]:
    """Organizations that have something due, `without` these: `MOST_DUE` at most.

    At midnight all organizations of an installation have: so no more is read than the timers that are due longest,
    unless these are of few organizations, which others must not have to wait for.
    """
    rows = await pool.fetch(_LONGEST_DUE, now, without, MOST_DUE, _LOOKED_AT)
    if len(rows) < MOST_DUE and sum(row["timers"] for row in rows) == _LOOKED_AT:
        rows = await pool.fetch(_ALL_DUE, now, without, MOST_DUE)
    return [row["organization"] for row in rows]


async def insert(connection: Connection, organization: Id, timers: Sequence[tuple[Timer, bool]]) -> None:
    """Timers that are not there yet, each with whether it was said."""
    for some in chunks(timers):
        await connection.execute(
            """INSERT INTO timers (organization, kind, subject, due_at, round, said)
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::boolean[])""",
            organization,
            [each.kind.value for each, _ in some],
            [each.subject for each, _ in some],
            [each.due_at for each, _ in some],
            [each.round for each, _ in some],
            [said for _, said in some],
        )
