"""The command side: acknowledge an alert, add or remove a webhook. One command = one transaction.

The row of `projections` is locked first, as every save of the fold does: a fold and a command of one organization never
write at the same time, and the guard of the fold is not moved by a command.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable
from typing import get_args

import httpx
import msgspec
from msgspec import Struct, structs

from goldenthread.contracts import envelope, texts
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import NO_SUCH_LOGIN, ErrorCode, Problem, Refused, refuse
from goldenthread.contracts.events.alerts import AlertState
from goldenthread.contracts.read_api import (
    AcknowledgeAlert,
    AddWebhook,
    AnyAlertCommand,
    Login,
    RemoveWebhook,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import ALERTS
from goldenthread.organization.organization import Organization
from goldenthread.runtime.clock import Clock, NewId, uuid7
from goldenthread.runtime.idempotency import keyed_commands
from goldenthread.runtime.idempotency.keyed_commands import KeyedAnswer, KeyedCommand
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.keys.keyring import CannotDecrypt
from goldenthread.runtime.observability import metrics, tracing
from goldenthread.runtime.observability.command_span import command_span
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.messaging_spans import create_span
from goldenthread.runtime.postgres.database import Connection
from goldenthread.runtime.postgres.transactions import unchanged, writing
from goldenthread.runtime.web.concurrency_limits import CallerLimit, CallerLimitReached
from services.notifications import acknowledgements_store, alert_events, alerts_store
from services.notifications.alerts_store import AlertStore
from services.notifications.domain.acknowledgements import Acknowledgement, PlacedAcknowledgement, acknowledged
from services.notifications.domain.permissions import require_acknowledge, require_webhooks
from services.notifications.login_lookup import LoginLookup
from services.notifications.webhooks import webhook_store
from services.notifications.webhooks.targets import BadTarget, TargetPolicy
from services.notifications.webhooks.webhook_secrets import WebhookCipher
from services.notifications.webhooks.webhook_store import WebhookEndpoint

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


class AlertCommandRequest(Struct, frozen=True):
    """A command as it arrived: who sent it, under which key (or none), to which organization."""

    caller: Caller
    organization: Id
    command: AnyAlertCommand
    key: str | None = None


class CommandContext(Struct, frozen=True):
    """A command inside its transaction, with the organization locked: the actor, and what permissions are decided on.

    `address_problem` is what is wrong with the URL of a webhook to be added.
    """

    connection: Connection
    organization: Id
    actor: Id
    org: Organization
    fold_version: int
    address_problem: str | None = None


class AlertCommands:
    """The command side of notifications: acknowledgements and webhooks.

    Every command is one transaction; what it raises changed nothing, unless it is `CommitInDoubt`.
    `wake` is called after events were written.
    """

    def __init__(
        self,
        alerts: AlertStore,
        logins: LoginLookup,
        targets: TargetPolicy,
        cipher: WebhookCipher,
        wake: Callable[[], None],
        now: Clock,
        new_id: NewId,
    ) -> None:
        self._alerts, self._logins, self._targets, self._cipher = alerts, logins, targets, cipher
        self._wake, self._now, self._new_id = wake, now, new_id
        self._lookups = CallerLimit(_LOOKUPS)
        metrics.show_commands(get_args(AnyAlertCommand))

    async def command(self, request: AlertCommandRequest) -> Accepted:
        """Decide and record a command. Raises `Refused`. The same key with the same input answers as it did before."""
        kind = type(request.command).__struct_config__.tag
        started = time.perf_counter()
        try:
            with unchanged(), command_span(request.command, request.organization):
                answer, repeated = await self._command(request)
        except Refused:
            metrics.COMMANDS.add(1, {"type": kind, "outcome": "refused"})
            raise
        metrics.COMMANDS.add(1, {"type": kind, "outcome": "repeated" if repeated else "accepted"})
        metrics.COMMAND_SECONDS.record(time.perf_counter() - started, {"type": kind})
        return answer

    async def webhooks(self, caller: Caller, organization: Id) -> list[WebhookStatus]:
        """Every webhook and how it fares, without secrets: for services and administrators. Raises `Refused`."""
        if caller.service:
            return await webhook_store.statuses(self._alerts.pool, self._cipher, organization)
        await self.require_administrator(caller, organization)
        return await webhook_store.statuses(self._alerts.pool, self._cipher, organization)

    async def require_administrator(self, caller: Caller, organization: Id) -> None:
        """Raises `Refused` for everybody who is not an ADMIN of the organization, as far as this process knows."""
        actor = await self._actor(caller, organization)
        await self._await_newcomer(organization, actor)
        async with self._alerts.pool.acquire() as connection:
            require_webhooks(await alerts_store.permission_basis(connection, organization, actor), actor)

    async def _await_newcomer(self, organization: Id, actor: Id) -> None:
        """Wait a moment for a person who has just joined: the event is on its way to this process."""
        deadline = time.monotonic() + _NEWCOMER_SECONDS
        while time.monotonic() < deadline:
            async with self._alerts.pool.acquire() as connection:
                if actor in (await alerts_store.permission_basis(connection, organization, actor)).people:
                    return
            await asyncio.sleep(_PAUSE)

    async def _command(self, request: AlertCommandRequest) -> tuple[Accepted, bool]:
        actor = await self._actor(request.caller, request.organization)
        await self._await_newcomer(request.organization, actor)
        address_problem = None
        if isinstance(request.command, AddWebhook):
            address_problem = await self._address_problem(request, request.command, actor)
        async with writing(self._alerts.pool) as connection:
            checkpoint = await self._alerts.lock_checkpoint(connection, request.organization)
            if checkpoint is not None and checkpoint.deleted:
                raise refuse(ErrorCode.FORBIDDEN, NO_SUCH_LOGIN)
            known = await self._earlier_answer(connection, request, actor)
            if known is not None:
                return known, True
            org = await alerts_store.permission_basis(connection, request.organization, actor)
            if checkpoint is None or actor not in org.people:
                raise refuse(ErrorCode.UNAVAILABLE, _NEWCOMER)
            context = CommandContext(
                connection, request.organization, actor, org, checkpoint.fold_version, address_problem
            )
            answer = await self._decide(context, request.command)
            if request.key:
                keyed = KeyedCommand(request.organization, _key_owner(actor), request.key, request.command)
                await keyed_commands.keep_answer(connection, keyed, KeyedAnswer(answer))
        if answer.events:
            self._wake()
        return answer, False

    async def _decide(self, context: CommandContext, command: AnyAlertCommand) -> Accepted:
        match command:
            case AcknowledgeAlert():
                return await self._acknowledge(context, command)
            case AddWebhook():
                return await self._add(context, command)
            case RemoveWebhook():
                return await self._remove(context, command)

    async def _acknowledge(self, context: CommandContext, command: AcknowledgeAlert) -> Accepted:
        """Record that a person has seen an alert. A second time changes nothing, and the answer says so."""
        alert = await alerts_store.alert(context.connection, context.organization, _clean_id(command.alert, "alert"))
        if alert is None:
            raise refuse(ErrorCode.NOT_FOUND, f"There is no alert {command.alert[:_SHOWN]!r}.", "alert")
        require_acknowledge(context.org, context.actor, alert)
        if alert.state is AlertState.RESOLVED:
            message = "This alert is resolved; nothing is left to acknowledge."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "alert")
        head = await outbox.head(context.connection, context.organization)
        if alert.acknowledged_at is not None:
            message = f"This alert was acknowledged at {alert.acknowledged_at.isoformat()}; nothing was changed."
            warning = Problem(ErrorCode.STATE_NOT_ALLOWED, message, ["alert"])
            return Accepted(head.sequence, [alert.id], warnings=[warning])
        note = _note(command)
        with create_span(ALERTS, 1):
            created = tracing.traceparent()
        at = max(self._now(), alert.opened_at)  # goals has another clock, and nobody acknowledges what is not open yet
        new = Acknowledgement(alert.id, context.actor, at, head.judged or 0, note, uuid7(), created)
        draft = alert_events.acknowledgement_draft(
            context.organization,
            PlacedAcknowledgement(new, acknowledged(alert, new), new.basis),
            context.fold_version,
        )
        place = await outbox.head_position(context.connection, context.organization)
        events = self._alerts.events(context.organization, place, [[draft]])
        await acknowledgements_store.store_acknowledgement(context.connection, context.organization, new)
        await outbox.append(context.connection, context.organization, events)
        above = webhook_store.units_above(context.org, [alert.addressee])
        await webhook_store.queue_deliveries(context.connection, context.organization, events, above)
        written = [msgspec.Raw(msgspec.json.encode(envelope.to_json(event))) for event in events]
        return Accepted(events[-1].sequence, [alert.id], written)

    async def _add(self, context: CommandContext, command: AddWebhook) -> Accepted:
        await self._target(context, command)
        if context.address_problem is not None:
            raise refuse(ErrorCode.INVALID, f"This URL cannot be used: {context.address_problem}.", "url")
        url = command.url.strip()
        made = WebhookEndpoint(self._new_id("webhook"), Secret(url), command.unit, _new_secret())
        await webhook_store.add(
            context.connection, self._cipher, context.organization, made, context.actor, self._now()
        )
        head = await outbox.head_position(context.connection, context.organization)
        return Accepted(head.sequence, [made.id], secret=made.secret)

    async def _target(self, context: CommandContext, command: AddWebhook) -> httpx.URL:
        """Where a webhook would deliver to, if the actor may add it; nothing is looked up by name. Raises `Refused`."""
        require_webhooks(context.org, context.actor)
        if command.unit is not None and command.unit not in context.org.units:
            raise refuse(ErrorCode.NOT_FOUND, f"There is no unit {command.unit[:_SHOWN]!r}.", "unit")
        try:
            target = self._targets.url(url := command.url.strip())
        except BadTarget as error:
            raise refuse(ErrorCode.INVALID, f"This URL cannot be used: {error}.", "url") from None
        there = await webhook_store.statuses(context.connection, self._cipher, context.organization)
        if any((each.url, each.unit) == (url, command.unit) and each.disabled_at is None for each in there):
            message = "Alerts are delivered to this URL already; remove that webhook to have a new secret."
            raise refuse(ErrorCode.CONFLICT, message, "url")
        if len(there) >= MOST_WEBHOOKS:
            message = f"An organization has at most {MOST_WEBHOOKS} webhooks; remove one that is not needed."
            raise refuse(ErrorCode.POLICY, message)
        return target

    async def _remove(self, context: CommandContext, command: RemoveWebhook) -> Accepted:
        require_webhooks(context.org, context.actor)
        if not await webhook_store.remove(
            context.connection, context.organization, _clean_id(command.webhook, "webhook")
        ):
            raise refuse(ErrorCode.NOT_FOUND, f"There is no webhook {command.webhook[:_SHOWN]!r}.", "webhook")
        head = await outbox.head_position(context.connection, context.organization)
        return Accepted(head.sequence, [command.webhook])

    async def _address_problem(self, request: AlertCommandRequest, command: AddWebhook, actor: Id) -> str | None:
        """Why nothing can be delivered to the host of a webhook to be added, by its addresses.

        They are looked up before anything is locked, and only for somebody who may add this webhook now; that is
        decided again under the lock. Raises `Refused` where it is not so.
        """
        async with self._alerts.pool.acquire() as connection:
            if await self._earlier_answer(connection, request, actor) is not None:
                return None
            org = await alerts_store.permission_basis(connection, request.organization, actor)
            if actor not in org.people:
                raise refuse(ErrorCode.UNAVAILABLE, _NEWCOMER)
            target = await self._target(CommandContext(connection, request.organization, actor, org, 0), command)
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

    async def _earlier_answer(self, connection: Connection, request: AlertCommandRequest, actor: Id) -> Accepted | None:
        """What the command was answered under its key, with the secret of the webhook that it added, which is not kept
        with the answer. Raises `Refused` (CONFLICT) when that was another input.
        """
        if not request.key:
            return None
        for login in (_key_owner(actor), request.caller.login):  # an earlier release kept answers for the login
            keyed = KeyedCommand(request.organization, login, request.key, request.command)
            found = await keyed_commands.earlier_answer(connection, keyed)
            if found is not None:
                break
        else:
            return None
        if isinstance(request.command, AddWebhook):
            webhook = found.accepted.ids[0]
            try:
                secret = await webhook_store.secret(connection, self._cipher, request.organization, webhook)
            except CannotDecrypt as error:
                raise refuse(ErrorCode.UNAVAILABLE, webhook_store.unreadable_problem(error)) from error
            return structs.replace(found.accepted, secret=secret)
        return found.accepted


def _key_owner(actor: Id) -> Login:
    """The owner of a kept answer: the person, whatever login they have by now, and not a later owner of their login."""
    return Login("person", actor)


def _note(command: AcknowledgeAlert) -> str | None:
    note = (command.note or "").strip()
    if len(note) > _LONGEST_NOTE:
        raise refuse(ErrorCode.INVALID, f"A note has at most {_LONGEST_NOTE} characters.", "note")
    wrong = texts.wrong(note) if note else None
    if wrong is not None:
        raise refuse(ErrorCode.INVALID, f"note {wrong}.", "note")
    return note or None


def _clean_id(id: Id, field: str) -> Id:
    """An id as the database can look for it. Raises `Refused` for one with characters that no id has."""
    if texts.cleaned(id) != id:
        raise refuse(ErrorCode.INVALID, "This is no id: it contains characters that no text has. Check it.", field)
    return id


def _new_secret() -> Secret:
    return Secret("whsec_" + base64.b64encode(os.urandom(32)).decode())
