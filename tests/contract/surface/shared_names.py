"""Names and numbers that two releases share while one replaces the other, and that no type shows: channels, locks, the
namespaces of derived ids, a saved checkpoint, the data directory's file, cursors and log lines.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from msgspec.structs import fields

from gateway.schema.core.connection import cursor
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.instance_file import Instance
from goldenthread.runtime.consumer import postgres_store
from goldenthread.runtime.observability import logs
from goldenthread.runtime.outbox import relay
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres import migrate
from goldenthread.runtime.projection.protocols import Checkpoint
from goldenthread.runtime.streams.position import Position
from services.alignment.domain import transitions
from services.goals.stores import import_sources_store
from services.notifications import alert_events
from services.notifications.webhooks import sender
from services.notifications.webhooks.webhook_store import WebhookEndpoint

_RECEIVER = WebhookEndpoint("webhook_1", Secret("https://receiver.example/"), None, Secret("whsec_c2VjcmV0"))


def lines() -> Iterator[str]:
    """Each name, and what it is for."""
    yield f"notified channel of the outbox: {outbox.CHANNEL}"
    yield f"notified channel of saved revisions: {outbox.REVISION_CHANNEL}"
    yield f"advisory lock of migrations: {migrate._LOCK}"
    yield f"advisory lock of imports: {import_sources_store._LOCK}"
    yield from (f"advisory lock of relay {number}: {lock}" for number, lock in relay._LEADER_LOCKS.items())
    yield f"namespace of alignment's event ids: {transitions.NAMESPACE}"
    yield f"namespace of notifications' ids: {alert_events._NAMESPACE}"
    yield f"saved checkpoint: {postgres_store._json(Checkpoint({'/source': Position(3, 'id')}, 2))}"
    yield from (f"instance.json: {each.encode_name}" for each in fields(Instance))
    yield f"cursor of item 3 with key k: {cursor(3, 'k')}"
    record = logging.makeLogRecord(dict.fromkeys(logs.KNOWN, "a"))
    yield from (f"log line: {name}" for name in json.loads(logs.JsonFormatter("goals").format(record)))
    yield from (f"webhook header {name}" for name in sender._headers(_RECEIVER, "msg_1", "{}"))
