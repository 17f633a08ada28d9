"""What the doctor says of encryption keys: the file, who may read it, and which keys are still needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from goldenthread.cli.doctor.deployment.findings import FindingState
from goldenthread.runtime.keys.key_file import new_key, read_keys
from goldenthread.runtime.keys.purposes import WEBHOOKS
from tests.integration.doctor.conftest import Deployment
from tests.support.encryption_keys import keys_file, write_keys

KNOWN = read_keys(keys_file())[0]
NEW = new_key(WEBHOOKS, datetime(2026, 11, 30, tzinfo=UTC))


@pytest.fixture
async def webhooks(deployment: Deployment) -> AsyncIterator[asyncpg.Connection]:
    """The database of notifications, where webhooks are encrypted with these keys; they are disabled, and removed."""
    connection = await asyncpg.connect(deployment.services.databases["notifications"].reveal())
    for number, kid in enumerate((KNOWN.kid, KNOWN.kid, "lost")):
        await connection.execute(
            """INSERT INTO webhooks (organization, id, url, added_at, kid, encrypted, encrypted_at, disabled_at)
               VALUES ('org_doctor', $1, '', now(), $2, '', now(), now())""",
            f"webhook_{number}",
            kid,
        )
    yield connection
    await connection.execute("DELETE FROM webhooks WHERE organization = 'org_doctor'")
    await connection.close()


async def test_a_file_that_cannot_be_used_is_a_problem(deployment: Deployment) -> None:
    found = await deployment.diagnosed("notifications", KEYS_FILE="/nowhere/keys.json")
    assert list(found.problems) == ["keys"]
    assert "/nowhere/keys.json cannot be read" in found.problems["keys"]
    assert "see GOLDENTHREAD_KEYS_FILE" in found.problems["keys"]


async def test_a_process_that_needs_no_keys_is_not_asked(deployment: Deployment) -> None:
    assert not any(each.startswith("keys") for each in (await deployment.diagnosed("alignment")).states)


async def test_a_file_that_everybody_may_read_is_a_warning(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    write_keys(file, [KNOWN])
    file.chmod(0o644)
    found = await deployment.diagnosed("notifications", KEYS_FILE=str(file))
    first = found.of("keys")[0]
    assert (first.state, first.next) == (FindingState.WARNING, f"run `chmod o-rwx {file}`")


async def test_keys_that_are_needed_missing_and_no_longer_needed_are_named(
    deployment: Deployment, webhooks: asyncpg.Connection, tmp_path: Path
) -> None:
    file, unused = tmp_path / "keys.json", new_key(WEBHOOKS, datetime(2025, 1, 1, tzinfo=UTC))
    write_keys(file, [NEW, KNOWN, unused])
    found = await deployment.diagnosed("notifications", KEYS_FILE=str(file))
    said = [each.says for each in found.of("keys in use")]
    assert said[0] == "1 webhooks are encrypted with the key lost, which is not in the file; nothing is sent to them"
    assert found.problems.keys() == {"keys in use"}
    assert any(each.endswith(f"webhooks are still encrypted with the key {KNOWN.kid}") for each in said)
    assert any(
        each.startswith(f"no webhook is encrypted with the key {unused.kid}: it may be removed") for each in said
    )
    # Somebody delivers to it: else the running notifications would encrypt it at any moment.
    busy = "holder = 'the release before', busy_until = now() + interval '1 h'"
    await webhooks.execute(f"UPDATE webhooks SET kid = NULL, secret = '', {busy} WHERE kid = 'lost'")
    found = await deployment.diagnosed("notifications", KEYS_FILE=str(file))
    assert (found.of("keys in use")[-1].state, found.problems) == (FindingState.WARNING, {})
    assert found.of("keys in use")[-1].says == "1 webhooks are not encrypted yet"
