"""Whether goals was restored from a backup, and what had ended for good is there again.

notifications alone can say it: goals knows no more than its backup, and calls nobody.
"""

from __future__ import annotations

import asyncpg
import httpx
from msgspec import MsgspecError

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.runtime.configuration.settings import DatabaseSettings
from goldenthread.runtime.consumer.upstream_http import HttpUpstream
from services.notifications import restore_watch

_PROCESS = "notifications"
_SECONDS = 4.0
_UNKNOWN = (asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError, MsgspecError, OSError, ValueError)


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Compare what notifications knows of erasures and deletions with what goals has."""
    if case.process.name != _PROCESS or not isinstance(case.settings, DatabaseSettings):
        return
    try:
        async with findings.within(_SECONDS, "PostgreSQL, or goals,", "see the checks `database` and `neighbours`"):
            found = await _returned(case, case.settings)
    except _UNKNOWN:
        advice = "see the checks `database`, `token` and `neighbours`"
        findings.unknown("whether erasures and deletions were undone is not known", advice)
        return
    if said := restore_watch.sentence(found):
        findings.problem(said, restore_watch.NEXT)
    else:
        findings.fine("nothing that was erased or deleted is there again")


async def _returned(case: ExaminedProcess, settings: DatabaseSettings) -> dict[str, int]:
    token = (await case.token_task).token
    headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
    connection = await asyncpg.connect(settings.database_url.reveal(), statement_cache_size=0)
    try:
        async with httpx.AsyncClient(headers=headers) as client:
            upstream = HttpUpstream(client, str(getattr(settings, "goals_url", "")))
            return await restore_watch.returned(connection, upstream)
    finally:
        connection.terminate()
