"""The secrets of webhooks are encrypted in the background, whatever dies meanwhile, and no delivery notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from goldenthread.contracts.enums import WebhookDisabledReason
from goldenthread.contracts.events.alerts import AlertRaised
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.keys.key_file import EncryptionKey, new_key
from goldenthread.runtime.keys.keyring import Keyring
from goldenthread.runtime.keys.purposes import WEBHOOKS
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import encryption_store, webhook_store
from services.notifications.webhooks.delivery_loop import DeliveryLoop
from services.notifications.webhooks.secret_upkeep import SecretUpkeep
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_secrets import WebhookCipher
from services.notifications.webhooks.webhook_store import WebhookEndpoint
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import write_keys
from tests.unit.notifications.known_alerts import ALERT, event

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OLD, NEW, LOST = (new_key(WEBHOOKS, NOW) for _ in range(3))
_NO_TIME = timedelta(0)
_URL, _SECRET = "https://hooks.example.org:8443/swordfish?of={}", "whsec_c3dvcmRmaXNo{}"
_PLAIN = """INSERT INTO webhooks (organization, id, url, secret, added_at, failures, busy_until, holder)
    VALUES ('org_1', $1, $2, $3, now(), 0, now() + $4, $5)"""
"""As the release before adds one."""
_LEASED_BEFORE = """SELECT w.id FROM webhooks w CROSS JOIN LATERAL (
        SELECT d.due_at FROM deliveries d WHERE d.organization = w.organization AND d.webhook = w.id
        AND d.state = 'PENDING' AND d.due_at <= now() ORDER BY d.number LIMIT 1) first
    WHERE w.busy_until <= now() AND w.disabled_at IS NULL"""
"""What the release before would deliver to now."""


class Receivers(Sender):
    """Notes where messages are sent to, and what they would be signed with."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        self.sent.append((webhook.id, webhook.url.reveal(), webhook.secret.reveal()))
        return AttemptResult()


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED, MIGRATIONS) as made:
        yield made


def cipher(file: Path, *keys: EncryptionKey) -> WebhookCipher:
    """With these keys, the first of which encrypts."""
    write_keys(file, keys)
    return WebhookCipher(Keyring(str(file), [WEBHOOKS]))


def upkeep(pool: Pool, cipher: WebhookCipher, patience: timedelta = _NO_TIME) -> SecretUpkeep:
    return SecretUpkeep(pool, cipher, lambda: None, settled=_NO_TIME, patience=patience)


def expected(number: int) -> tuple[str, str, str]:
    return f"webhook_{number}", _URL.format(number), _SECRET.format(number)


async def plain(pool: Pool, number: int, busy: timedelta = _NO_TIME, holder: str | None = None) -> None:
    """A webhook as the release before stores it."""
    id, url, secret = expected(number)
    await pool.execute(_PLAIN, id, url, secret, busy, holder)


async def alert(pool: Pool, name: str) -> None:
    raised = event(AlertRaised(structs.replace(ALERT, id=name)), 3)
    async with pool.acquire() as connection, connection.transaction():
        await webhook_store.queue_deliveries(connection, "org_1", [raised], {})


@asynccontextmanager
async def delivering(pool: Pool, cipher: WebhookCipher) -> AsyncIterator[Receivers]:
    receivers = Receivers()
    task = asyncio.create_task(DeliveryLoop(pool, cipher, receivers, 0.01).run())
    try:
        yield receivers
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def in_use(pool: Pool) -> dict[str, int]:
    return dict(await encryption_store.keys_in_use(pool))


async def everything(pool: Pool) -> str:
    """Every value in every column of every table, as text."""
    rows: list[str] = []
    async with pool.acquire() as connection:
        await connection.execute("SET bytea_output = 'escape'")  # so that a text in bytes is seen
        for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            rows += [str(row[0]) for row in await connection.fetch(f'SELECT t::text FROM "{table}" t')]
    return "\n".join(rows)


async def test_webhooks_of_the_release_before_are_encrypted_and_delivered_to(pool: Pool, tmp_path: Path) -> None:
    for number in range(250):
        await plain(pool, number)
    await alert(pool, "alert_1")
    assert "swordfish" in await everything(pool)
    keys = cipher(tmp_path / "keys.json", OLD)
    await upkeep(pool, keys).look()
    text = await everything(pool)
    assert "swordfish" not in text
    assert "c3dvcmRmaXNo" not in text
    assert OLD.secret.reveal() not in text
    assert await in_use(pool) == {OLD.kid: 250}
    assert await pool.fetch(_LEASED_BEFORE) == []  # it has no secret to sign with
    async with delivering(pool, keys) as receivers:
        await eventually(lambda: len(receivers.sent) >= 250)
    assert sorted(receivers.sent) == sorted(map(expected, range(250)))


async def test_what_the_release_before_is_delivering_to_is_left_to_it_until_its_visit_ends(
    pool: Pool, tmp_path: Path
) -> None:
    hour = timedelta(hours=1)
    await plain(pool, 1, hour, "a visit")
    await plain(pool, 2, -hour, "a process that died")
    await plain(pool, 3, hour)  # it is paused after failures
    await alert(pool, "alert_1")
    keys = cipher(tmp_path / "keys.json", OLD)
    await upkeep(pool, keys).look()
    assert await in_use(pool) == {"": 1, OLD.kid: 2}
    paused = await pool.fetchval("SELECT leased_until > now() + interval '50 min' FROM webhooks WHERE id = 'webhook_3'")
    assert paused
    await pool.execute("UPDATE webhooks SET busy_until = now(), holder = NULL WHERE holder = 'a visit'")
    assert [row["id"] for row in await pool.fetch(_LEASED_BEFORE)] == ["webhook_1"]
    await upkeep(pool, keys).look()
    assert await in_use(pool) == {OLD.kid: 3}
    released = "UPDATE webhooks SET busy_until = now() WHERE holder = 'a process that died' RETURNING id"
    assert await pool.fetch(released) == []  # that process comes back, and writes nothing


async def test_a_new_first_key_encrypts_again_under_way_of_deliveries_by_several_processes(
    pool: Pool, tmp_path: Path
) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    keys = [cipher(file, OLD) for file in files]
    for number in range(250):
        await plain(pool, number)
    await upkeep(pool, keys[0]).look()
    rotated = [cipher(file, NEW, OLD) for file in files]
    async with delivering(pool, rotated[0]) as some, delivering(pool, rotated[1]) as others:
        for round in range(4):
            await alert(pool, f"alert_{round}")
            await asyncio.gather(*(upkeep(pool, each).look() for each in rotated))
        await eventually(lambda: len(some.sent) + len(others.sent) >= 1_000)
    assert sorted(some.sent + others.sent) == sorted(expected(number) for number in range(250) for _ in range(4))
    assert await in_use(pool) == {NEW.kid: 250}
    only = cipher(files[0], NEW)
    await upkeep(pool, only).look()
    assert await pool.fetchval("SELECT count(*) FROM webhooks WHERE disabled_at IS NULL") == 250


async def test_a_step_that_is_killed_is_taken_back_and_made_again(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        await plain(pool, number)
    keys = cipher(tmp_path / "keys.json", OLD)
    await encryption_store.encrypt_plain(pool, keys)
    assert await in_use(pool) == {"": 50, OLD.kid: 100}
    statement, died = encryption_store._ENCRYPT, False
    monkeypatch.setattr(encryption_store, "_ENCRYPT", statement + "; SELECT pg_terminate_backend(pg_backend_pid())")
    try:
        await encryption_store.encrypt_plain(pool, keys)
    except Exception:
        died = True
    assert died
    assert await in_use(pool) == {"": 50, OLD.kid: 100}
    monkeypatch.setattr(encryption_store, "_ENCRYPT", statement)
    await upkeep(pool, keys).look()
    assert await in_use(pool) == {OLD.kid: 150}


async def test_two_processes_with_the_keys_in_another_order_do_not_work_against_each_other(
    pool: Pool, tmp_path: Path
) -> None:
    await plain(pool, 1)
    late, early = cipher(tmp_path / "late.json", OLD, NEW), cipher(tmp_path / "early.json", NEW, OLD)
    await upkeep(pool, late).look()
    await upkeep(pool, early).look()
    assert await in_use(pool) == {NEW.kid: 1}
    await SecretUpkeep(pool, late, lambda: None).look()  # with the pauses of a real process
    assert await in_use(pool) == {NEW.kid: 1}


async def test_a_key_that_one_process_has_and_another_not_yet_disables_nothing(pool: Pool, tmp_path: Path) -> None:
    await plain(pool, 1)
    late, early = cipher(tmp_path / "late.json", OLD), cipher(tmp_path / "early.json", NEW, OLD)
    await upkeep(pool, early).look()
    await alert(pool, "alert_1")
    async with delivering(pool, late) as nobody, delivering(pool, early) as receivers:
        for _ in range(3):
            await upkeep(pool, late, timedelta(minutes=5)).look()
            await upkeep(pool, early, timedelta(minutes=5)).look()
        await eventually(lambda: len(receivers.sent) == 1)
    assert nobody.sent == []
    assert await pool.fetchval("SELECT unreadable_since IS NULL AND disabled_at IS NULL FROM webhooks")


async def test_a_lost_key_disables_its_webhooks_and_its_return_enables_them_with_what_they_missed(
    pool: Pool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys.json"
    await plain(pool, 1)
    await upkeep(pool, cipher(file, LOST)).look()
    await alert(pool, "alert_1")
    without = cipher(file, NEW)
    await plain(pool, 2)
    await upkeep(pool, without).look()  # notes it
    await upkeep(pool, without).look()  # nobody could decrypt it meanwhile
    await alert(pool, "alert_2")

    async def written_down() -> bool:
        query = "SELECT count(*) = 1 FROM deliveries WHERE webhook = 'webhook_2' AND state = 'DELIVERED'"
        return bool(await pool.fetchval(query))

    async with delivering(pool, without) as receivers:
        await eventually(written_down)  # who is stopped before that sends it again
    assert receivers.sent == [expected(2)]
    lost, fine = await webhook_store.statuses(pool, without, "org_1")
    assert (lost.disabled_reason, lost.url, lost.pending) == (
        WebhookDisabledReason.SECRETS_UNREADABLE,
        "https://hooks.example.org:8443/…",
        2,
    )
    assert lost.problem is not None
    assert f"the key {LOST.kid} is not in the key file. Nothing is sent until whoever runs" in lost.problem
    assert (fine.disabled_at, fine.disabled_reason, fine.url) == (None, None, _URL.format(2))
    assert f"webhook webhook_1 is disabled: the key {LOST.kid} is not in the key file" in caplog.text
    again = cipher(file, NEW, LOST)
    await upkeep(pool, again).look()
    async with delivering(pool, again) as receivers:
        await eventually(lambda: len(receivers.sent) == 2)
    assert receivers.sent == [expected(1)] * 2
    await upkeep(pool, again).look()
    assert await in_use(pool) == {NEW.kid: 2}
    assert not any(each in caplog.text for each in ("swordfish", "c3dvcmRmaXNo", LOST.secret.reveal()))


@pytest.mark.parametrize(
    "change",
    [
        "encrypted = (SELECT encrypted FROM webhooks o WHERE o.id = 'webhook_2')",
        "encrypted = set_byte(encrypted, 20, 255 - get_byte(encrypted, 20))",
        "encrypted = ''::bytea",
        "organization = 'org_2'",
    ],
)
async def test_a_row_that_was_tampered_with_is_never_sent_and_is_disabled(
    pool: Pool, tmp_path: Path, change: str
) -> None:
    keys = cipher(tmp_path / "keys.json", OLD)
    for number in (1, 2):
        await plain(pool, number)
    await upkeep(pool, keys).look()
    await alert(pool, "alert_1")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE deliveries DROP CONSTRAINT deliveries_organization_webhook_fkey")
        await connection.execute(f"UPDATE webhooks SET {change} WHERE id = 'webhook_1'")
        await connection.execute(
            "UPDATE deliveries d SET organization = w.organization FROM webhooks w WHERE w.id = d.webhook"
        )
    async with delivering(pool, keys) as receivers:

        async def disabled() -> bool:
            await upkeep(pool, keys).look()
            return bool(await pool.fetchval("SELECT disabled_at IS NOT NULL FROM webhooks WHERE id = 'webhook_1'"))

        await eventually(disabled)
        await eventually(lambda: len(receivers.sent) >= 1)
    assert receivers.sent == [expected(2)]
    assert await pool.fetchval("SELECT state FROM deliveries WHERE webhook = 'webhook_1'") == "PENDING"


async def test_webhooks_that_nobody_can_read_hide_no_others(pool: Pool, tmp_path: Path) -> None:
    file, names = tmp_path / "keys.json", _sorted(range(encryption_store.BATCH + 20))
    for number in names:
        await plain(pool, number)
    await upkeep(pool, cipher(file, LOST)).look()
    await pool.execute("UPDATE webhooks SET unreadable_since = now() - interval '1 h'")
    await pool.execute("UPDATE webhooks SET encrypted = ''::bytea WHERE id <> $1", f"webhook_{names[-1]}")
    await upkeep(pool, cipher(file, LOST)).look()
    assert await pool.fetchval("SELECT count(*) FROM webhooks WHERE disabled_at IS NULL") == 1


def _sorted(numbers: Sequence[int]) -> list[int]:
    """As their webhooks are sorted by the database."""
    return sorted(numbers, key=lambda each: f"webhook_{each}")
