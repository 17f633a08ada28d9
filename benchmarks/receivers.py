"""What a message to a healthy receiver waits while 5,000 receivers of 1,000 other organizations hang.

All of them begin to hang in one moment, each with twenty messages waiting: the worst that can happen once. The database
is real; a receiver that hangs takes as long as an attempt may. A message to the healthy receiver is written every two
seconds, and has waited when its attempt begins.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from benchmarks._folder import temporary
from goldenthread.launcher.databases import database_url
from goldenthread.launcher.key_creation import ensure_keys
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.keys.keyring import Keyring
from goldenthread.runtime.keys.purposes import WEBHOOKS
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks.delivery_loop import DeliveryLoop
from services.notifications.webhooks.encryption_store import encrypt_plain
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_secrets import WebhookCipher
from services.notifications.webhooks.webhook_store import WebhookEndpoint

ORGANIZATIONS, RECEIVERS, WAITING = 1_000, 5, 20
SECONDS, EVERY, AT_FIRST = 75.0, 2.0, 12.0
_RECEIVER = """INSERT INTO webhooks (organization, id, url, secret, added_at)
    SELECT 'org_' || o, 'hook_' || o || '_' || h, 'https://receiver.example/', 'whsec_AAAA', now()
    FROM generate_series(1, $1::int) o, generate_series(1, $2::int) h"""
_MESSAGES = """INSERT INTO deliveries (organization, webhook, message, alert, body)
    SELECT w.organization, w.id, 'msg_' || m, 'alert_' || m, '{}' FROM webhooks w, generate_series(1, $1::int) m"""
_HEALTHY = """INSERT INTO webhooks (organization, id, url, secret, added_at)
    VALUES ('healthy', 'healthy', 'https://receiver.example/', 'whsec_AAAA', now())"""
_MESSAGE = """INSERT INTO deliveries (organization, webhook, message, alert, body)
    VALUES ('healthy', 'healthy', $1, $1, '{}')"""


class HangingSender(Sender):
    """The receivers: all hang but the healthy one, of which it notes when messages come."""

    def __init__(self) -> None:
        self.attempts, self.came = 0, dict[str, float]()

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:  # noqa: ARG002
        """One attempt."""
        self.attempts += 1
        if webhook.id == "healthy":
            self.came[message] = time.perf_counter()
            return AttemptResult()
        await asyncio.sleep(seconds)
        return AttemptResult(f"no answer within {seconds:g} seconds")


def measure() -> dict[str, float]:
    """Seconds that messages to a healthy receiver wait, and attempts to others in that time."""
    return asyncio.run(_measured())


async def _measured() -> dict[str, float]:
    with temporary() as folder:
        server = Postgres(folder, databases=["receivers"])
        await server.start()
        try:
            async with open_pool(database_url(server.url(), "receivers"), 8, SHARED, MIGRATIONS) as pool:
                cipher = WebhookCipher(Keyring(str(ensure_keys(folder / "keys.json", [WEBHOOKS])), [WEBHOOKS]))
                return await _beside(pool, cipher)
        finally:
            await server.stop()


async def _beside(pool: Pool, cipher: WebhookCipher) -> dict[str, float]:
    await pool.execute(_RECEIVER, ORGANIZATIONS, RECEIVERS)
    await pool.execute(_MESSAGES, WAITING)
    await pool.execute(_HEALTHY)
    while await encrypt_plain(pool, cipher):
        pass
    await pool.execute("ANALYZE")
    receivers = HangingSender()
    deliveries = DeliveryLoop(pool, cipher, receivers, first_pause=5.0)
    running, began = asyncio.create_task(deliveries.run()), time.perf_counter()
    written: dict[str, float] = {}
    while time.perf_counter() - began < SECONDS:
        message = f"msg_{len(written)}"
        written[message] = time.perf_counter()
        await pool.execute(_MESSAGE, message)
        deliveries.wake()
        await asyncio.sleep(EVERY)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    waited = {at - began: receivers.came.get(each, began + SECONDS) - at for each, at in written.items()}
    early = [seconds for at, seconds in waited.items() if at < AT_FIRST]
    late = sorted(seconds for at, seconds in waited.items() if at >= AT_FIRST)
    return {
        f"worst wait in the first {AT_FIRST:g} seconds": max(early),
        "worst wait afterwards": late[-1],
        "median wait afterwards": late[len(late) // 2],
        "attempts in all": receivers.attempts,
    }
