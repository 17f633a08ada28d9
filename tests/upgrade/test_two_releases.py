"""From the release before to this one, back, and forward again, while people work: nothing is lost, nothing is doubled.

The release before runs on databases that it filled itself. Today's migrations run beside it. Then its processes are
replaced, one after the other or all at once, always a new one beside an old one before the old one ends.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import Wiring
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.webhook_receiver import webhook_receiver
from tests.upgrade.fleet import NAMES, NEW, OLD, Fleet
from tests.upgrade.installation import UpgradedInstallation
from tests.upgrade.old_organization import OldOrganization
from tests.upgrade.process_logs import errors
from tests.upgrade.release import FOLDER, KEYS, ReleaseCode, release, story
from tests.upgrade.release_story import WEBHOOK_HOST, WEBHOOK_PORT
from tests.upgrade.restored_databases import restored

Groups = Sequence[Sequence[str]]
"""Processes that are replaced together, group by group."""


@pytest.fixture
async def upgrade(
    alone_on_this_machine: None,
    postgres: Postgres,
    broker: Broker | ApacheKafka,
    issuer: Issuer,
    code: ReleaseCode,
    http: httpx.AsyncClient,
    tmp_path: Path,
) -> AsyncIterator[UpgradedInstallation]:
    databases = await restored(postgres)
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    wiring = Wiring(
        databases,
        broker.address,
        isinstance(broker, Broker),
        ports,
        issuer.identifier,
        issuer.audience,
        issuer.url,
        keys_file=str(FOLDER / KEYS),
    )
    fleet = Fleet(wiring, issuer, code, tmp_path / "logs", http)
    async with fleet.serving():
        yield UpgradedInstallation(fleet, http, issuer, databases)
    found = errors(fleet.logs(NEW)) + errors(fleet.logs(OLD), release().known_errors)
    assert not found, "\n".join(found)


@asynccontextmanager
async def working(upgrade: UpgradedInstallation, told: dict[str, Any], seed: int) -> AsyncIterator[AsyncExitStack]:
    """People work in two organizations, one in each half of the partitions: two replicas both have one."""
    async with AsyncExitStack() as stack:
        for number, each in enumerate((told["loads"][0], told["loads"][-1])):
            await upgrade.begin(stack, each, seed + number)
        yield stack


def shuffled(seed: int) -> list[str]:
    """The processes in an order of their own."""
    return random.Random(seed).sample(NAMES, len(NAMES))


async def forward_back_and_forward(
    upgrade: UpgradedInstallation, order: Sequence[str], back: Groups, again: Groups, folder: Path
) -> None:
    """The whole story: forward one by one in this order, then back, then forward again."""
    told, fleet = story(), upgrade.fleet
    async with webhook_receiver(WEBHOOK_HOST, WEBHOOK_PORT) as receiver:
        old = OldOrganization(upgrade.client(told["organization"]), told, receiver)
        await fleet.start(OLD, *NAMES)
        await old.assert_readable()
        await old.retire_a_why()
        async with working(upgrade, told, seed=len(order)) as stack:
            await upgrade.more()
            await upgrade.migrate(folder)
            for number, name in enumerate(order):
                await upgrade.replace(NEW, [name])
                if number == 1:
                    await old.retire_a_why()
            await old.assert_readable()
            await old.assert_answered_as_before()
            await old.retire_a_why()
            for names in back:
                await upgrade.replace(OLD, names)
            await old.retire_a_why()
            await upgrade.begin(stack, await upgrade.found("org_of_the_release_before"), 7)
            await upgrade.more()
            for names in again:
                await upgrade.replace(NEW, names)
            await old.retire_a_why()
        assert {each.version for each in fleet.running()} == {NEW}
        for _, load, reading in upgrade.loads:
            await load.assert_kept()
            await reading.assert_heard_everything()
            assert reading.answers > 0
        await old.assert_readable()
        await old.assert_answered_as_before()
        await old.assert_imports_know_their_plan()
        await upgrade.assert_folds([told["organization"], *(org.id for org, _, _ in upgrade.loads)])
        await old.assert_alerts_neither_lost_nor_doubled()
        for replica in fleet.running():
            await fleet.assert_healthy(replica)


async def test_two_releases_work_side_by_side_under_load(upgrade: UpgradedInstallation, tmp_path: Path) -> None:
    """In the order of deploy/k8s/UPGRADING.md; back and forward again all at once."""
    order = ("goals", "alignment", "notifications", "gateway")
    await forward_back_and_forward(upgrade, order, back=[NAMES], again=[NAMES], folder=tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
async def test_any_order_will_do(upgrade: UpgradedInstallation, tmp_path: Path, seed: int) -> None:
    back, again = ([[name] for name in shuffled(seed + more)] for more in (100, 200))
    await forward_back_and_forward(upgrade, shuffled(seed), back=back, again=again, folder=tmp_path)


@pytest.mark.long
async def test_the_gateway_may_come_first(upgrade: UpgradedInstallation, tmp_path: Path) -> None:
    order = ("gateway", "notifications", "alignment", "goals")
    await forward_back_and_forward(upgrade, order, back=[[name] for name in order], again=[NAMES], folder=tmp_path)
