"""SQL of notifications' fold: facts and alerts; acknowledgements are laid over what is read and published of it."""

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
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertState
from goldenthread.contracts.events.alignment import UnitSiloed
from goldenthread.organization.organization import Organization
from goldenthread.runtime.consumer.postgres_store import ProjectionStore, chunks, in_thread_if_large
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.snapshots import SnapshotResponse
from goldenthread.runtime.postgres.database import Connection, Pool
from goldenthread.runtime.projection.protocols import PreparedSave, Save
from services.notifications import acknowledgements_store, alert_events, past_people_store
from services.notifications.domain.acknowledgements import Acknowledgement, acknowledged
from services.notifications.domain.alert_facts import EndedGrace, ObjectiveVerdict, OverdueAnswer, OverdueLink
from services.notifications.domain.alerts import Alerts
from services.notifications.handlers import OrganizationAlerts
from services.notifications.past_people_store import PastPerson
from services.notifications.webhooks import webhook_store

_FACTS: dict[str, type[Struct]] = {
    "standing": ObjectiveVerdict,
    "overdue": OverdueLink,
    "debt": OverdueAnswer,
    "grace": EndedGrace,
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
_COUNTED = ("raised", "resolved")
"""What happens to alerts that is counted."""
_SNAPSHOT_PAGE = 250
"""Alerts in a page of a snapshot: each is decoded and encoded."""


class AlertRows(Struct, frozen=True):
    """The rows to write of an organization's fold. `above` is for deliveries: see `webhook_store.units_above`; `people`
    are those of whom `past_people_store` keeps something.
    """

    gone: list[str]
    facts: list[tuple[str, str]]
    alerts: list[tuple[Id, str, bool]]
    above: dict[Id, frozenset[Id]]
    people: list[PastPerson]


def show_alerts_from_start() -> None:
    """Show the counts of alerts as 0: Prometheus does not see the increase from nothing to 1."""
    for kind in AlertKind:
        for what in _COUNTED:
            metrics.ALERTS.add(0, {"kind": kind.value, "what": what})


class AlertStore(ProjectionStore[OrganizationAlerts, AlertRows]):
    """Alerts by organization."""

    source = alerts.SOURCE
    first = goals.SOURCE

    async def read(self, connection: Connection, organization: str) -> OrganizationAlerts:
        """The fold as saved."""
        head = await outbox.head(connection, organization)
        rows = await connection.fetch("SELECT key, fact FROM facts WHERE organization = $1 ORDER BY key", organization)
        found = await connection.fetch(
            "SELECT alert FROM alerts WHERE organization = $1 AND NOT resolved", organization
        )

        def build() -> OrganizationAlerts:
            restored = Alerts.restored(
                organization,
                head.judged or 0,
                ((row["key"], _fact(organization, row)) for row in rows),
                (_alerts.decode(row["alert"]) for row in found),
            )
            return OrganizationAlerts(restored, {}, {})

        return await in_thread_if_large(len(rows) + len(found), build)

    def rows(self, save: Save[OrganizationAlerts]) -> AlertRows:
        """The facts and alerts that changed since the last save was prepared."""
        state = save.state
        addressees = {draft.payload.alert.addressee for output in save.outputs for draft in output.payloads}
        prepared = AlertRows(
            [key for key, fact in state.facts.items() if fact is None],
            [(key, _json(fact)) for key, fact in state.facts.items() if fact is not None],
            [(each.id, _json(each), each.state is AlertState.RESOLVED) for each in state.changed.values()],
            webhook_store.units_above(state.alerts.facts.org, addressees),
            past_people_store.past_people(fact for fact in state.facts.values() if isinstance(fact, Person)),
        )
        state.facts.clear()
        state.changed.clear()
        return prepared

    async def write(self, connection: Connection, prepared: PreparedSave[AlertRows]) -> None:
        """Write the facts and alerts that changed."""
        organization, rows = prepared.organization, prepared.rows
        if prepared.fresh:
            await connection.execute("DELETE FROM facts WHERE organization = $1", organization)
            await connection.execute("DELETE FROM alerts WHERE organization = $1", organization)
        await _write_facts(connection, organization, rows)
        for people in chunks(rows.people):
            await past_people_store.keep(connection, organization, people)
        for some in chunks(rows.alerts):
            await connection.execute(
                """INSERT INTO alerts (organization, id, alert, resolved)
                   SELECT $1, * FROM unnest($2::text[], $3::jsonb[], $4::boolean[])
                   ON CONFLICT (organization, id) DO UPDATE SET alert = excluded.alert, resolved = excluded.resolved""",
                organization,
                *([row[column] for row in some] for column in range(3)),
            )

    async def commits(
        self, connection: Connection, prepared: PreparedSave[AlertRows]
    ) -> Sequence[Sequence[alert_events.AlertDraft]]:
        """The folded commits with the acknowledgements of their alerts; after a rebuild also the events of these."""
        folded: list[Sequence[alert_events.AlertDraft]] = [output.payloads for output in prepared.outputs]
        touched = {draft.subject for drafts in folded for draft in drafts}
        known = (
            await acknowledgements_store.acknowledgements(connection, prepared.organization, touched) if touched else {}
        )
        if lost := _of_a_lost_branch(folded, known):
            await acknowledgements_store.delete(connection, prepared.organization, lost)
            known = {alert: each for alert, each in known.items() if alert not in lost}
        if not known:
            return folded
        return alert_events.with_acknowledgements(
            prepared.organization, folded, known, prepared.checkpoint.fold_version
        )

    async def save_within(self, connection: Connection, prepared: PreparedSave[AlertRows]) -> list[Event]:
        """State and stream, and what of the stream is to be delivered: after a rebuild only what was not delivered
        before.
        """
        history = await webhook_store.delivered_history(connection, prepared.organization) if prepared.fresh else None
        events = await super().save_within(connection, prepared)
        news = list(history.news(events)) if history else events
        await webhook_store.queue_deliveries(connection, prepared.organization, news, prepared.rows.above)
        return events

    async def delete_within(self, connection: Connection, organization: str) -> None:
        """Nothing more is delivered: an attempt that is under way is the last one."""
        await connection.execute(
            "UPDATE webhooks SET disabled_at = coalesce(disabled_at, now()) WHERE organization = $1", organization
        )

    async def save(self, prepared: PreparedSave[AlertRows]) -> None:
        """All of it or nothing."""
        await super().save(prepared)
        for draft in (draft for output in prepared.outputs if not prepared.fresh for draft in output.payloads):
            what = draft.type.partition(".")[2]
            if what in _COUNTED:
                metrics.ALERTS.add(1, {"kind": draft.payload.alert.kind.value, "what": what})


def _of_a_lost_branch(
    commits: Sequence[Sequence[alert_events.AlertDraft]], known: Mapping[Id, Acknowledgement]
) -> set[Id]:
    """The alerts that were acknowledged before they were opened: what was acknowledged was opened by another commit
    with the same number, before goals was restored from a backup. Nobody has seen the alert that has the id now.
    """
    raised = [draft.payload.alert for drafts in commits for draft in drafts if isinstance(draft.payload, AlertRaised)]
    return {each.id for each in raised if each.id in known and known[each.id].at < each.opened_at}


async def _write_facts(connection: Connection, organization: Id, rows: AlertRows) -> None:
    await connection.execute(
        "DELETE FROM facts WHERE organization = $1 AND key = ANY($2::text[])", organization, rows.gone
    )
    for facts in chunks(rows.facts):
        await connection.execute(
            """INSERT INTO facts (organization, key, fact) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
               ON CONFLICT (organization, key) DO UPDATE SET fact = excluded.fact""",
            organization,
            [key for key, _ in facts],
            [fact for _, fact in facts],
        )


def snapshot(pool: Pool, organization: Id) -> SnapshotResponse:
    """Every alert, with its acknowledgement, at a commit boundary."""

    async def page(connection: Connection, rows: Sequence[Any]) -> list[Alert]:
        known = await acknowledgements_store.acknowledgements(connection, organization, [row["id"] for row in rows])
        return [acknowledged(_alerts.decode(row["alert"]), known.get(row["id"])) for row in rows]

    query = "SELECT id, alert FROM alerts WHERE organization = $1 ORDER BY id"
    return SnapshotResponse(pool, organization, query, page, rows=_SNAPSHOT_PAGE)


async def alert(connection: Connection, organization: Id, id: Id) -> Alert | None:
    """One alert, with its acknowledgement."""
    found = await connection.fetchval("SELECT alert FROM alerts WHERE organization = $1 AND id = $2", organization, id)
    if found is None:
        return None
    known = await acknowledgements_store.acknowledgements(connection, organization, [id])
    return acknowledged(_alerts.decode(found), known.get(id))


async def permission_basis(connection: Connection, organization: Id, person: Id) -> Organization:
    """The units of an organization and one of its people: what permissions are decided on."""
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
