"""`goldenthread backup` and `goldenthread restore` on one machine, as its operator types them."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import CommandLine
from tests.support.every_projection import assert_every_projection_is_a_fold
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization


@pytest.fixture
async def up(fresh_dir: Path, kafka_options: tuple[str, ...]) -> AsyncIterator[RunningInstance]:
    """An instance of this test's own: it is stopped and started again."""
    async with RunningInstance(fresh_dir, *kafka_options) as running:
        yield running


async def test_an_instance_is_backed_up_while_it_runs_and_restored_when_it_does_not(
    up: RunningInstance, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    local = CommandLine({"GOLDENTHREAD_DATA_DIR": str(up.data_dir)}, tmp_path)
    org = StoryOrganization(up, http, await up.new_organization(http))
    await org.begin()
    await org.purpose("Everybody hears.")
    await org.admin.do("addWebhook", "secret", {"url": "https://9.9.9.9/hook"})
    made = await local("backup", "backup", "--json")
    assert made.code == 0, made.err
    manifest = made.json()
    assert list(manifest["databases"]) == ["notifications", "alignment", "goals"]
    assert manifest["databases"]["goals"]["organizations"] == 2
    (key,) = manifest["keys"]
    folder = tmp_path / "backup"
    assert sorted(os.listdir(folder)) == [
        *("alignment.dump", "erasures.jsonl", "goals.dump", "manifest.json", "notifications.dump")
    ]
    password = (up.data_dir / "postgres.password").read_text().strip()
    assert all(password.encode() not in each.read_bytes() for each in folder.iterdir())
    again = await local("backup", "backup")
    assert (again.code, "is there already" in again.err) == (1, True)
    with_keys = await local("backup", "with-keys", "--include-keys")
    assert (with_keys.code, with_keys.err) == (0, "")
    assert (tmp_path / "with-keys" / "keys.json").read_bytes() == (up.data_dir / "keys.json").read_bytes()

    await org.admin.do("publishPurpose", "revision", {"statement": "Lost.", "expectedVersion": 1})
    running = await local("restore", "backup", "--overwrite")
    assert (running.code, f"stop what runs on {up.data_dir} first" in running.err) == (1, True)
    assert await up.stop() == 0
    full = await local("restore", "backup")
    assert (full.code, "is not empty" in full.err) == (1, True)
    elsewhere = await local("restore", "with-keys", "--data-dir", "new")
    assert (elsewhere.code, "Before `goldenthread up` copy" in elsewhere.err) == (0, False), elsewhere.err
    for name in ("organization.json", "issuer.id", "issuer.key.json", "keys.json"):
        brought = tmp_path / "new" / name
        assert (brought.read_bytes(), brought.stat().st_mode & 0o77) == ((up.data_dir / name).read_bytes(), 0)
    damaged(tmp_path / "with-keys")
    refused = await local("restore", "with-keys", "--overwrite")
    assert (refused.code, "is not what the manifest says" in refused.err) == (1, True)
    done = await local("restore", "backup", "--overwrite", "--json")
    assert done.code == 0, done.err
    assert (done.json()["restored"], done.json()["keys"]) == (["goals", "notifications", "alignment"], [key])
    assert password not in "".join(each.err + each.out for each in (made, running, full, refused, done))

    await up.start()
    data = await org.admin.until("{ purpose { statement } }", lambda found: found["purpose"] is not None)
    assert data["purpose"]["statement"] == "Everybody hears."
    webhooks = await org.admin.ask("{ webhooks { url } }")
    assert [each["url"] for each in webhooks["webhooks"]] == ["https://9.9.9.9/hook"]
    await assert_every_projection_is_a_fold(http, org)


def damaged(folder: Path) -> None:
    """One byte of a dump is another one."""
    file = folder / "goals.dump"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert json.loads((folder / "manifest.json").read_text())["databases"]["goals"]["file"]["size"] == len(content)
