"""A webhook gets signed deliveries before and after an upgrade, and while keys are exchanged, by a real service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.keys.key_file import new_key, read_keys
from goldenthread.runtime.keys.purposes import WEBHOOKS
from goldenthread.runtime.observability.start_progress import Misconfigured
from services.notifications.webhooks import encryption_store, secret_upkeep
from services.notifications.webhooks.webhook_secrets import shown_url
from tests.integration.notifications.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import keys_file, write_keys
from tests.support.webhook_receiver import WebhookReceiver

SERVICE = "notifications"
KNOWN = read_keys(keys_file())
NEW = new_key(WEBHOOKS, datetime(2026, 11, 30, tzinfo=UTC))
_AS_BEFORE = """UPDATE webhooks SET url = $2, secret = $3, kid = NULL, encrypted = NULL, encrypted_at = NULL,
        busy_until = '-infinity', leased_until = '-infinity', holder = NULL WHERE id = $1"""
"""A webhook as the release before stores it."""


class Installation:
    """notifications with a key file of its own, and its database."""

    def __init__(self, story: Story, file: Path, database: asyncpg.Connection) -> None:
        self.story, self.file, self.database = story, file, database

    async def restart(self) -> None:
        if SERVICE in self.story.services._running:
            await self.story.services.stop(SERVICE)
        await self.story.services.start(SERVICE, keys_file=str(self.file))

    async def encrypted_with(self, kid: str) -> bool:
        return set(await encryption_store.keys_in_use(self.database)) == {kid}

    async def text(self) -> str:
        """Every value in every column of every table."""
        await self.database.execute("SET bytea_output = 'escape'")
        found = []
        for (table,) in await self.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            found += [row[0] for row in await self.database.fetch(f'SELECT t::text FROM "{table}" t')]
        return "\n".join(found)


@pytest.fixture
async def installation(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """It looks at keys all the time. Afterwards its database is encrypted with the keys of the other tests."""
    monkeypatch.setattr(secret_upkeep, "_PAUSE", 0.05)
    monkeypatch.setattr(secret_upkeep, "_REST", 0)
    monkeypatch.setattr(secret_upkeep.SecretUpkeep.__init__, "__defaults__", (timedelta(0), timedelta(0)))
    database = await asyncpg.connect(story.services.databases[SERVICE].reveal())
    made = Installation(story, tmp_path / "keys.json", database)
    write_keys(made.file, KNOWN)
    await made.restart()
    yield made
    write_keys(made.file, [*KNOWN, NEW])
    await made.restart()
    await eventually(lambda: made.encrypted_with(KNOWN[0].kid))
    await story.services.stop(SERVICE)
    await database.close()
    monkeypatch.undo()
    await story.services.start(SERVICE)


async def test_deliveries_are_signed_alike_across_upgrade_rotation_and_removal_of_the_old_key(
    installation: Installation, story: Story, receiver: WebhookReceiver
) -> None:
    receiver.url += "?token=swordfish"
    webhook, secret = await story.webhook(receiver)
    await story.broken("Before")
    await eventually(lambda: len(receiver.got) == 1)
    await story.fares(delivered=1, pending=0)  # written down: who is stopped before that sends it again

    await story.services.stop(SERVICE)
    await installation.database.execute(_AS_BEFORE, webhook, receiver.url, secret)
    assert secret in await installation.text()
    await installation.restart()
    await story.broken("After the upgrade")
    await eventually(lambda: len(receiver.got) == 2)

    write_keys(installation.file, [NEW, *KNOWN])
    await story.broken("While keys are exchanged")
    await eventually(lambda: installation.encrypted_with(NEW.kid))
    await eventually(lambda: len(receiver.got) == 3)
    await story.fares(delivered=3, pending=0)

    write_keys(installation.file, [NEW])
    await installation.restart()
    await story.broken("Without the old key")
    await eventually(lambda: len(receiver.got) == 4)

    assert receiver.types(secret) == ["alert.raised"] * 4
    assert (await story.ada.get(SERVICE, "/v1/webhooks")).json()[0]["url"] == receiver.url
    text = await installation.text()
    assert shown_url(Secret(receiver.url)) in text
    assert not any(each in text for each in (secret, secret.removeprefix("whsec_"), "swordfish", NEW.secret.reveal()))


async def test_a_lost_key_is_said_to_the_administrator_and_nothing_is_sent_until_it_is_back(
    installation: Installation, story: Story, receiver: WebhookReceiver
) -> None:
    added = await story.ada.do(SERVICE, "AddWebhook", key="once", url=receiver.url)
    write_keys(installation.file, [NEW])
    await installation.restart()
    await story.fares(disabled_reason="SECRETS_UNREADABLE")
    await story.broken()
    again = await story.ada.send(SERVICE, "AddWebhook", key="once", url=receiver.url)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
    (found,) = (await story.ada.get(SERVICE, "/v1/webhooks")).json()
    assert (found["url"], found["pending"]) == (shown_url(Secret(receiver.url)), 1)
    assert f"the key {KNOWN[0].kid} is not in the key file" in found["problem"]
    assert receiver.got == []
    write_keys(installation.file, [NEW, *KNOWN])
    await story.fares(disabled_reason=None, disabled_at=None, pending=0, delivered=1)
    assert receiver.types(added["secret"]) == ["alert.raised"]
    assert await story.ada.do(SERVICE, "AddWebhook", key="once", url=receiver.url) == added


async def test_a_broken_key_file_is_said_beside_readiness_and_stops_nothing_but_a_start(
    installation: Installation, story: Story, receiver: WebhookReceiver
) -> None:
    _, secret = await story.webhook(receiver)
    installation.file.write_text("{")

    async def said() -> bool:
        ready = await story.services.http.get(f"{story.services.urls[SERVICE]}/ready")
        assert ready.status_code == 200
        return f"the key file {installation.file} is not JSON" in ready.json().get("degraded", {}).get(
            "encryption keys", ""
        )

    await eventually(said)
    await story.broken()
    await eventually(lambda: receiver.types(secret) == ["alert.raised"])
    await story.services.stop(SERVICE)
    with pytest.raises(Misconfigured, match=r"GOLDENTHREAD_KEYS_FILE: the key file .* is not JSON of the form"):
        await story.services.start(SERVICE, keys_file=str(installation.file))
