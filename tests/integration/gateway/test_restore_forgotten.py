"""goals is restored and nobody replays the log of erasures: notifications notices, and says it until that is done."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import httpx
import pytest

from goldenthread.contracts.events.alerts import AlertState
from goldenthread.runtime.clock import new_id, utc_now
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.erasure import collected_log, log_file
from services.goals.erasure_replay import replay
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.migrations import MIGRATIONS
from services.notifications import restore_watch
from tests.integration.gateway.conftest import Stage
from tests.support import backups
from tests.support.asgi_server import eventually
from tests.support.backed_up_company import SOON, BackedUpCompany, told
from tests.support.services import Services
from tests.support.webhook_receiver import webhook_receiver


async def degraded(services: Services) -> str:
    answer = await services.http.get(f"{services.urls['notifications']}/ready")
    assert answer.status_code == httpx.codes.OK
    return str(answer.json().get("degraded", {}).get("restored backup", ""))


async def begun(stage: Stage) -> BackedUpCompany:
    for name in ("alignment", "notifications"):
        await stage.services.start(name)
    acme = BackedUpCompany(await stage.services.organization())
    await acme.begin()
    return acme


async def test_what_is_back_is_said_until_the_log_is_replayed(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_watch, "LOOK_SECONDS", 0.1)
    services, acme = stage.services, await begun(stage)
    backup = await backups.back_up(services, tmp_path / "backup")
    for type in ("RemovePerson", "ErasePerson"):
        await acme.ada.do("goals", type, person=acme.person)
    await acme.ada.do("goals", "RevokeInvitation", person=acme.invited)
    connection = await asyncpg.connect(services.databases["notifications"].reveal())
    try:

        async def known() -> bool:
            row = await connection.fetchrow("SELECT bool_or(erased) AND bool_or(ended) AS all FROM past_people")
            return bool(row and row["all"])

        await eventually(known, SOON)
        await backups.restore_only(services, backup, "goals")

        async def says() -> bool:
            return (await degraded(services)).startswith("goals has 1 erased people, 1 ended invitations again")

        await eventually(says, SOON)
        log = tmp_path / "log"
        log_file.write(log, await collected_log.collect(None, services.databases["notifications"], utc_now()))
        async with open_pool(services.databases["goals"], 2, SHARED, MIGRATIONS) as pool:
            goals = Goals(pool, HeadStateCache(4), lambda: None, utc_now, new_id)
            report = await replay(goals, log_file.read(log))
            assert (report.erased, report.revoked) == (1, 1)
            again = await replay(goals, log_file.read(log))
            assert (again.erased, again.already, again.revoked) == (0, 1, 0)
        assert await acme.claim("mallory") == httpx.codes.NOT_FOUND

        async def quiet() -> bool:
            return not await degraded(services)

        await eventually(quiet, SOON)
    finally:
        await connection.close()


async def test_an_alert_under_the_number_of_a_lost_commit_is_a_new_one_to_everybody(
    stage: Stage, tmp_path: Path
) -> None:
    """People do again what was lost: the same break, at a goals commit with the same number."""
    services, acme = stage.services, await begun(stage)
    async with webhook_receiver() as receiver:
        secret = (await acme.ada.do("notifications", "AddWebhook", url=receiver.url))["secret"]
        await acme.assert_folds()
        backup = await backups.back_up(services, tmp_path / "backup")
        await acme.break_link(acme.objectives[0])
        (lost,) = (await acme.alerts(1)).values()
        await acme.ada.do("notifications", "AcknowledgeAlert", alert=lost.id, note="Lost")
        await eventually(lambda: len(receiver.got) == 2, SOON)

        await backups.restore_only(services, backup, "goals")
        await acme.alerts(0)
        await acme.break_link(acme.objectives[0])
        (again,) = (await acme.alerts(1)).values()
        assert again.id == lost.id  # it follows from the number of the commit
        assert (again.state, again.note) == (AlertState.OPEN, None)
        raised = "alert.raised"
        await eventually(lambda: len(set(told(receiver, secret, raised))) == 2, SOON)
        await acme.ada.do("notifications", "AcknowledgeAlert", alert=again.id, note="Seen")
        await acme.assert_folds()
