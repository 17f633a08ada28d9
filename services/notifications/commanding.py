"""The command side: acknowledge an alert, add or remove a webhook. One command = one transaction.

The row of `projections` is locked first, as every save of the fold does: a fold and a command of one organisation never
write at the same time, and the guard of the fold is not moved by a command.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import Callable

import httpx
import msgspec
from msgspec import Struct, structs

from goldenthread.contracts import envelope, texts
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import NO_SUCH_LOGIN, ErrorCode, Problem, Refused, refuse
from goldenthread.contracts.events.alerts import AlertState
from goldenthread.contracts.reading import (
    AcknowledgeAlert,
    AddWebhook,
    AnyAlertCommand,
    Login,
    RemoveWebhook,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.organization.organization import Organization
from goldenthread.runtime.clock import Clock, NewId, uuid7
from goldenthread.runtime.observability import metrics, telemetry
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection
from goldenthread.runtime.postgres.transactions import unchanged, writing
from goldenthread.runtime.web.concurrency_limits import CallerLimit, CallerLimitReached
from goldenthread.runtime.web.jwt import Caller
from services.notifications import said, store, webhooks, wire
from services.notifications.domain.acknowledging import Acknowledgement, Said, acknowledged
from services.notifications.domain.permissions import require_acknowledge, require_webhooks
from services.notifications.people import Logins
from services.notifications.store import AlertStore
from services.notifications.targets import BadTarget, Targets
from services.notifications.webhooks import Webhook

MOST_WEBHOOKS = 20
_LONGEST_NOTE = 4_000
_SHOWN = 60
"""Characters of an unknown id in an error."""
_NEWCOMER_SECONDS = 2.0
_PAUSE = 0.02
_LOOKUPS = 2
"""Webhooks of one organization whose hosts are looked up at once."""
_NEWCOMER = "You are new here and not known to everybody yet; nothing was changed. Try again in a moment."
_LOOKING_UP = "The hosts of other webhooks are being looked up; nothing was changed. Try again in a moment."


class Request(Struct, frozen=True):
    """A command as it arrived: who sent it, under which key (or none), to which organisation."""

    caller: Caller
    organization: Id
    command: AnyAlertCommand
    key: str | None = None


class Bench(Struct, frozen=True):
    """An organisation under its lock, inside one transaction: who asks, and what permissions are decided on.

    `trouble` is what is wrong with the URL of a webhook to be added.
    """

    connection: Connection
    organization: Id
    actor: Id
    org: Organization
    fold_version: int
    trouble: str | None = None


class Commands:
    """Every method is one transaction; what it raises changed nothing, unless it is `CommitInDoubt`.

    `wake` is called after events were written.
    """

    def __init__(
        self,
        alerts: AlertStore,
        logins: Logins,
        targets: Targets,
        wake: Callable[[], None],
        now: Clock,
        new_id: NewId,
    ) -> None:
        self._alerts, self._logins, self._targets = alerts, logins, targets
        self._wake, self._now, self._new_id = wake, now, new_id
        self._lookups = CallerLimit(_LOOKUPS)

    async def command(self, request: Request) -> Accepted:
        """Decide and record a command. Raises `Refused`. The same key with the same input answers as it did before."""
        kind = type(request.command).__struct_config__.tag
        started = time.perf_counter()
        try:
            with unchanged(), telemetry.span(f"command {kind}", organization=request.organization):
                answer, repeated = await self._command(request)
        except Refused:
            metrics.COMMANDS.labels(kind, "refused").inc()
            raise
        metrics.COMMANDS.labels(kind, "repeated" if repeated else "accepted").inc()
        metrics.COMMAND_SECONDS.labels(kind).observe(time.perf_counter() - started)
        return answer

    async def webhooks(self, caller: Caller, organization: Id) -> list[WebhookStatus]:
        """Every webhook and how it fares, without secrets: for services and administrators. Raises `Refused`."""
        if caller.service:
            return await webhooks.statuses(self._alerts.pool, organization)
        actor = await self._actor(caller, organization)
        await self._folded(organization, actor)
        async with self._alerts.pool.acquire() as connection:
            require_webhooks(await store.who(connection, organization, actor), actor)
            return await webhooks.statuses(connection, organization)

    async def _folded(self, organization: Id, actor: Id) -> None:
        """Wait a moment for somebody who is new here: their joining is on its way to us."""
        deadline = time.monotonic() + _NEWCOMER_SECONDS
        while time.monotonic() < deadline:
            async with self._alerts.pool.acquire() as connection:
                if actor in (await store.who(connection, organization, actor)).people:
                    return
            await asyncio.sleep(_PAUSE)

    async def _command(self, request: Request) -> tuple[Accepted, bool]:
        asked = hashlib.sha256(msgspec.json.encode(request.command)).digest()
        actor = await self._actor(request.caller, request.organization)
        await self._folded(request.organization, actor)
        trouble = None
        if isinstance(request.command, AddWebhook):
            trouble = await self._trouble(request, request.command, actor, asked)
        async with writing(self._alerts.pool) as connection:
            standing = await self._alerts.locked(connection, request.organization)
            if request.key:
                known = await self._known(connection, request, actor, asked)
                if known is not None:
                    return known, True
            org = await store.who(connection, request.organization, actor)
            if standing is None or actor not in org.people:
                raise refuse(ErrorCode.UNAVAILABLE, _NEWCOMER)
            bench = Bench(connection, request.organization, actor, org, standing.fold_version, trouble)
            answer = await self._decide(bench, request.command)
            if request.key:
                given = said.Answer(asked, answer)
                await said.put_answer(connection, request.organization, _whose(actor), request.key, given)
        if answer.events:
            self._wake()
        return answer, False

    async def _decide(self, bench: Bench, command: AnyAlertCommand) -> Accepted:
        match command:
            case AcknowledgeAlert():
                return await self._acknowledge(bench, command)
            case AddWebhook():
                return await self._add(bench, command)
            case RemoveWebhook():
                return await self._remove(bench, command)

    async def _acknowledge(self, bench: Bench, command: AcknowledgeAlert) -> Accepted:
        """Somebody has seen an alert. Once is enough: again changes nothing, and says so."""
        alert = await store.alert(bench.connection, bench.organization, _stored(command.alert, "alert"))
        if alert is None:
            raise refuse(ErrorCode.NOT_FOUND, f"There is no alert {command.alert[:_SHOWN]!r}.", "alert")
        require_acknowledge(bench.org, bench.actor, alert)
        if alert.state is AlertState.RESOLVED:
            message = "This alert is resolved; nothing is left to acknowledge."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "alert")
        head = await outbox.head(bench.connection, bench.organization)
        if alert.acknowledged_at is not None:
            message = f"This alert was acknowledged at {alert.acknowledged_at.isoformat()}; nothing was changed."
            warning = Problem(ErrorCode.STATE_NOT_ALLOWED, message, ["alert"])
            return Accepted(head.sequence, [alert.id], warnings=[warning])
        new = Acknowledgement(
            alert.id, bench.actor, self._now(), head.judged or 0, _note(command), uuid7(), telemetry.traceparent()
        )
        draft = wire.said(bench.organization, Said(new, acknowledged(alert, new), new.basis), bench.fold_version)
        place = await outbox.position(bench.connection, bench.organization)
        events = self._alerts.events(bench.organization, place, [[draft]])
        await said.acknowledge(bench.connection, bench.organization, new)
        await outbox.append(bench.connection, bench.organization, events)
        above = webhooks.above(bench.org, [alert.addressee])
        await webhooks.deliver(bench.connection, bench.organization, events, above)
        written = [msgspec.Raw(msgspec.json.encode(envelope.to_json(event))) for event in events]
        return Accepted(events[-1].sequence, [alert.id], written)

    async def _add(self, bench: Bench, command: AddWebhook) -> Accepted:
        await self._target(bench, command)
        if bench.trouble is not None:
            raise refuse(ErrorCode.INVALID, f"This URL cannot be used: {bench.trouble}.", "url")
        url = command.url.strip()
        made = Webhook(self._new_id("webhook"), url, command.unit, _new_secret())
        await webhooks.add(bench.connection, bench.organization, made, bench.actor, self._now())
        head = await outbox.position(bench.connection, bench.organization)
        return Accepted(head.sequence, [made.id], secret=made.secret)

    async def _target(self, bench: Bench, command: AddWebhook) -> httpx.URL:
        """Where a webhook would deliver to, if the actor may add it; nothing is looked up by name. Raises `Refused`."""
        require_webhooks(bench.org, bench.actor)
        if command.unit is not None and command.unit not in bench.org.units:
            raise refuse(ErrorCode.NOT_FOUND, f"There is no unit {command.unit[:_SHOWN]!r}.", "unit")
        try:
            target = self._targets.url(url := command.url.strip())
        except BadTarget as error:
            raise refuse(ErrorCode.INVALID, f"This URL cannot be used: {error}.", "url") from None
        there = await webhooks.statuses(bench.connection, bench.organization)
        if any((each.url, each.unit) == (url, command.unit) and each.disabled_at is None for each in there):
            message = "Alerts are delivered to this URL already; remove that webhook to have a new secret."
            raise refuse(ErrorCode.CONFLICT, message, "url")
        if len(there) >= MOST_WEBHOOKS:
            message = f"An organisation has at most {MOST_WEBHOOKS} webhooks; remove one that is not needed."
            raise refuse(ErrorCode.POLICY, message)
        return target

    async def _remove(self, bench: Bench, command: RemoveWebhook) -> Accepted:
        require_webhooks(bench.org, bench.actor)
        if not await webhooks.remove(bench.connection, bench.organization, _stored(command.webhook, "webhook")):
            raise refuse(ErrorCode.NOT_FOUND, f"There is no webhook {command.webhook[:_SHOWN]!r}.", "webhook")
        head = await outbox.position(bench.connection, bench.organization)
        return Accepted(head.sequence, [command.webhook])

    async def _trouble(self, request: Request, command: AddWebhook, actor: Id, asked: bytes) -> str | None:
        """Why nothing can be delivered to the host of a webhook to be added, by its addresses.

        They are looked up before anything is locked, and only for somebody who may add this webhook now; that is
        decided again under the lock. Raises `Refused` where it is not so.
        """
        async with self._alerts.pool.acquire() as connection:
            if request.key and await self._known(connection, request, actor, asked) is not None:
                return None
            org = await store.who(connection, request.organization, actor)
            if actor not in org.people:
                raise refuse(ErrorCode.UNAVAILABLE, _NEWCOMER)
            target = await self._target(Bench(connection, request.organization, actor, org, 0), command)
        try:
            self._lookups.begin(request.organization)
        except CallerLimitReached:
            raise refuse(ErrorCode.UNAVAILABLE, _LOOKING_UP) from None
        try:
            await self._targets.addresses(target)
        except BadTarget as error:
            return str(error)
        finally:
            self._lookups.end(request.organization)
        return None

    async def _actor(self, caller: Caller, organization: Id) -> Id:
        person = None if caller.service else await self._logins.person(organization, caller.login)
        if person is None:
            raise refuse(ErrorCode.FORBIDDEN, NO_SUCH_LOGIN)
        return person

    async def _known(self, connection: Connection, request: Request, actor: Id, asked: bytes) -> Accepted | None:
        whose = (_whose(actor), request.caller.login)  # an earlier release kept answers for the login
        found = [await said.answer(connection, request.organization, each, request.key or "") for each in whose]
        known = found[0] or found[1]
        if known is None:
            return None
        if known.input != asked:
            message = "This idempotency key was used for another input; take a new key for a new command."
            raise refuse(ErrorCode.CONFLICT, message, "idempotencyKey")
        if isinstance(request.command, AddWebhook):
            secret = await webhooks.secret(connection, request.organization, known.accepted.ids[0])
            return structs.replace(known.accepted, secret=secret)
        return known.accepted


def _whose(actor: Id) -> Login:
    """Whom an answer is kept for: the person, whatever login they have by now, and nobody else who is given theirs."""
    return Login("person", actor)


def _note(command: AcknowledgeAlert) -> str | None:
    note = (command.note or "").strip()
    if len(note) > _LONGEST_NOTE:
        raise refuse(ErrorCode.INVALID, f"A note has at most {_LONGEST_NOTE} characters.", "note")
    wrong = texts.wrong(note) if note else None
    if wrong is not None:
        raise refuse(ErrorCode.INVALID, f"note {wrong}.", "note")
    return note or None


def _stored(id: Id, field: str) -> Id:
    """An id as the database can look for it. Raises `Refused` for one with characters that no id has."""
    if texts.cleaned(id) != id:
        raise refuse(ErrorCode.INVALID, "This is no id: it contains characters that no text has. Check it.", field)
    return id


def _new_secret() -> Secret:
    return Secret("whsec_" + base64.b64encode(os.urandom(32)).decode())
