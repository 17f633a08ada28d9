"""SQL of notifications' fold: facts and alerts; and what people said, laid over what is read and published of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import (
    Cycle,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import alerts, goals
from goldenthread.contracts.events.alerts import Alert, AlertState
from goldenthread.contracts.events.alignment import UnitSiloed
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.reading import AlertsSnapshot
from goldenthread.runtime import metrics, outbox
from goldenthread.runtime.database import Connection, Pool
from goldenthread.runtime.projected import ProjectedStore
from goldenthread.runtime.projection.protocols import Save
from services.notifications import said, webhooks, wire
from services.notifications.domain.acknowledging import acknowledged
from services.notifications.domain.alerts import Alerts
from services.notifications.domain.memory import AnswerOverdue, Fact, GraceOver, Overdue, Standing
from services.notifications.handlers import Watch

_FACTS: dict[str, type[Struct]] = {
    "standing": Standing,
    "overdue": Overdue,
    "debt": AnswerOverdue,
    "grace": GraceOver,
    "silo": UnitSiloed,
}
_ENTITIES: dict[str, type[Struct]] = {
    "unit": OrgUnit,
    "person": Person,
    "cycle": Cycle,
    "purpose": Purpose,
    "why": Why,
    "objective": Objective,
    "keyresult": KeyResult,
    "link": Link,
    "answer": WhyAnswer,
    "question": Question,
}
_KINDS: list[type[Struct]] = [*_FACTS.values(), *_ENTITIES.values(), OrganizationInfo]
_decoders: dict[type[Struct], msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in _KINDS}
_alerts = msgspec.json.Decoder(Alert)


class AlertStore(ProjectedStore[Watch]):
    """Alerts by organisation."""

    source = alerts.SOURCE
    first = goals.SOURCE

    async def read(self, connection: Connection, organization: str) -> Watch:
        """The fold as saved."""
        head = await outbox.head(connection, organization)
        rows = await connection.fetch("SELECT key, fact FROM facts WHERE organization = $1 ORDER BY key", organization)
        found = await connection.fetch(
            "SELECT alert FROM alerts WHERE organization = $1 AND NOT resolved", organization
        )
        restored = Alerts.restored(
            organization,
            head.judged or 0,
            ((row["key"], _fact(organization, row)) for row in rows),
            (_alerts.decode(row["alert"]) for row in found),
        )
        return Watch(restored, {}, {})

    async def write(self, connection: Connection, save: Save[Watch]) -> None:
        """Write the facts and alerts that changed since the last save."""
        organization = save.organization
        if save.fresh:
            await connection.execute("DELETE FROM facts WHERE organization = $1", organization)
            await connection.execute("DELETE FROM alerts WHERE organization = $1", organization)
        await _write_facts(connection, organization, save.state.facts)
        changed = list(save.state.changed.values())
        await connection.execute(
            """INSERT INTO alerts (organization, id, alert, resolved)
               SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::boolean[])
               ON CONFLICT (organization, id) DO UPDATE SET alert = excluded.alert, resolved = excluded.resolved""",
            organization,
            [each.id for each in changed],
            [_json(each) for each in changed],
            [each.state is AlertState.RESOLVED for each in changed],
        )

    async def commits(self, connection: Connection, save: Save[Watch]) -> Sequence[Sequence[wire.Draft]]:
        """What was folded, with what people have said to it; after a rebuild also that they said it."""
        folded: list[Sequence[wire.Draft]] = [output.payloads for output in save.outputs]
        touched = {draft.subject for drafts in folded for draft in drafts}
        known = await said.acknowledgements(connection, save.organization, touched) if touched else {}
        if not known:
            return folded
        return wire.laid_over(save.organization, folded, known, save.standing.fold_version)

    async def record(self, connection: Connection, save: Save[Watch]) -> list[Event]:
        """State and stream, and what of the stream is to be delivered: after a rebuild only what is news."""
        told = await webhooks.told(connection, save.organization) if save.fresh else None
        events = await super().record(connection, save)
        news = list(told.news(events)) if told else events
        await webhooks.deliver(connection, save.organization, news, save.state.alerts.memory.org)
        return events

    async def save(self, save: Save[Watch]) -> None:
        """All of it or nothing; what was written is not written again."""
        await super().save(save)
        save.state.facts.clear()
        save.state.changed.clear()
        for draft in (draft for output in save.outputs if not save.fresh for draft in output.payloads):
            what = draft.type.partition(".")[2]
            if what in ("raised", "resolved"):
                metrics.ALERTS.labels(draft.payload.alert.kind.value, what).inc()


async def _write_facts(connection: Connection, organization: Id, facts: Mapping[str, Fact | None]) -> None:
    kept = {key: _json(fact) for key, fact in facts.items() if fact is not None}
    await connection.execute(
        "DELETE FROM facts WHERE organization = $1 AND key = ANY($2::text[])",
        organization,
        [key for key, fact in facts.items() if fact is None],
    )
    await connection.execute(
        """INSERT INTO facts (organization, key, fact) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
           ON CONFLICT (organization, key) DO UPDATE SET fact = excluded.fact""",
        organization,
        list(kept),
        list(kept.values()),
    )


async def snapshot(pool: Pool, organization: Id) -> AlertsSnapshot:
    """Every alert, at a commit boundary."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await outbox.head(connection, organization)
        position = await outbox.position(connection, organization)
        rows = await connection.fetch("SELECT alert FROM alerts WHERE organization = $1 ORDER BY id", organization)
        known = await said.acknowledgements(connection, organization)
    found = (_alerts.decode(row["alert"]) for row in rows)
    return AlertsSnapshot(position, head.judged or 0, [acknowledged(each, known.get(each.id)) for each in found])


async def alert(connection: Connection, organization: Id, id: Id) -> Alert | None:
    """One alert, with what was said to it."""
    found = await connection.fetchval("SELECT alert FROM alerts WHERE organization = $1 AND id = $2", organization, id)
    if found is None:
        return None
    known = await said.acknowledgements(connection, organization, [id])
    return acknowledged(_alerts.decode(found), known.get(id))


async def who(connection: Connection, organization: Id, person: Id) -> Organization:
    """The units of an organisation and one of its people: what permissions are decided on."""
    rows = await connection.fetch(
        r"""SELECT key, fact FROM facts WHERE organization = $1
            AND (key LIKE 'entity:unit\_%' OR key = ANY($2::text[]))""",
        organization,
        [f"entity:{organization}", f"entity:{person}"],
    )
    return Organization.of(_fact(organization, row) for row in rows)


def _fact(organization: Id, row: Any) -> Any:
    kind, _, id = row["key"].partition(":")
    if kind == "entity":
        found = OrganizationInfo if id == organization else _ENTITIES[id.partition("_")[0]]
        return _decoders[found].decode(row["fact"])
    return _decoders[_FACTS[kind]].decode(row["fact"])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
