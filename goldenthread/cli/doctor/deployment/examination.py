"""All checks of a process side by side, each within its time, whatever hangs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from time import monotonic

import httpx
from msgspec import Struct

from goldenthread.cli.doctor.deployment import keys_check, restore_check
from goldenthread.cli.doctor.deployment.database import database_check
from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess, ServiceTokenResult
from goldenthread.cli.doctor.deployment.findings import CheckFinding, CheckFindings, CheckStopped, FindingState
from goldenthread.cli.doctor.deployment.issuer import issuer_check, service_token, shown_token
from goldenthread.cli.doctor.deployment.kafka import broker_check
from goldenthread.cli.doctor.deployment.network import https_check, internet_check, upstreams_check
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import PROCESSES, Process
from goldenthread.runtime.configuration import settings as settings_module
from goldenthread.runtime.configuration.settings import BadSettings, ProcessSettings, variable
from goldenthread.runtime.web.trusted_authorities import TrustedAuthorities

TOTAL_SECONDS, _AT_LEAST = 9.0, 2.0
"""Seconds from the start of the command, after which a check that has not ended is left behind; and from the start of
the checks, on a machine that takes so long to start the command.
"""
_ANSWERS = 1.0
"""Seconds that remain for words once a question was given up."""
_OWN_TOKEN_SECONDS = 4.0
_LOCAL = ("127.0.0.1", "::1", "localhost")

Check = Callable[[ExaminedProcess, CheckFindings], Awaitable[None]]
CHECKS: Mapping[str, Check] = {
    "database": database_check.check,
    "keys": keys_check.check,
    "kafka": broker_check.check,
    "issuer": issuer_check.check,
    "token": shown_token.check,
    "https": https_check.check,
    "neighbours": upstreams_check.check,
    "internet": internet_check.check,
    "restored backup": restore_check.check,
}


class ProcessReport(Struct):
    """What was found about a process, in the order of the checks."""

    process: str
    findings: list[CheckFinding]
    settings_fit: bool = True

    @property
    def problems(self) -> int:
        """How many there are."""
        return sum(each.state is FindingState.PROBLEM for each in self.findings)


class CheckProgress:
    """The progress of all checks: which have not ended, and since when a person waits (`before` seconds ago)."""

    def __init__(self, before: float = 0.0) -> None:
        self._begun = monotonic() - before
        self.waiting: set[str] = set()

    @property
    def seconds(self) -> float:
        """For which a person has waited."""
        return monotonic() - self._begun


async def examine_processes(
    processes: Sequence[Process],
    environment: Mapping[str, str] | None = None,
    progress: CheckProgress | None = None,
    token: Secret | None = None,
) -> list[ProcessReport]:
    """The reports on processes, whose environment is given, or this one's, within `TOTAL_SECONDS` seconds; and what
    these processes make of `token`.
    """
    env, progress = os.environ if environment is None else environment, progress or CheckProgress()
    return list(await asyncio.gather(*(_examine(each, env, progress, token) for each in processes)))


async def _examine(
    process: Process, environment: Mapping[str, str], progress: CheckProgress, token: Secret | None
) -> ProcessReport:
    findings = CheckFindings("settings")
    try:
        settings = settings_module.load(process.settings, environment)
    except BadSettings as error:
        for problem in error.problems:
            findings.problem(problem, "")
        return ProcessReport(process.name, findings.found, settings_fit=False)
    _report_settings(settings, environment, findings)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=None))  # each check has its deadline
        trusted = TrustedAuthorities(settings.http_ca_file)
        neighbours = await stack.enter_async_context(httpx.AsyncClient(timeout=None, verify=trusted))
        token_task = asyncio.create_task(_own_token(http, settings))
        stack.callback(token_task.cancel)
        case = ExaminedProcess(process, settings, environment, http, token_task, neighbours, token)
        found = await _side_by_side(case, progress)
    return ProcessReport(process.name, [*findings.found, *found])


async def _side_by_side(case: ExaminedProcess, progress: CheckProgress) -> list[CheckFinding]:
    """What all checks find; of one that does not end, what it found so far."""
    until = monotonic() + max(_AT_LEAST, TOTAL_SECONDS - progress.seconds)
    findings = {name: CheckFindings(name, until - _ANSWERS) for name in CHECKS}
    tasks = {
        name: asyncio.create_task(_guarded(check, case, findings[name]), name=f"{case.process.name} {name}")
        for name, check in CHECKS.items()
    }
    for task in tasks.values():
        progress.waiting.add(task.get_name())
        task.add_done_callback(lambda task: progress.waiting.discard(task.get_name()))
    await asyncio.wait(tasks.values(), timeout=until - monotonic())
    for name, task in tasks.items():
        if not task.done():
            findings[name].give_up(TOTAL_SECONDS)
            task.cancel()
    return [found for each in findings.values() for found in each.found]


async def _guarded(check: Check, case: ExaminedProcess, findings: CheckFindings) -> None:
    try:
        await check(case, findings)
    except CheckStopped:
        pass
    except Exception as error:  # its text may hold anything
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        line = f" ({os.path.basename(where.tb_frame.f_code.co_filename)}:{where.tb_lineno})" if where else ""
        findings.problem(f"this check failed: {type(error).__name__}{line}", "tell who makes this program")


async def _own_token(http: httpx.AsyncClient, settings: ProcessSettings) -> ServiceTokenResult:
    try:
        async with asyncio.timeout(_OWN_TOKEN_SECONDS):
            return await service_token.obtain_token(http, settings)
    except TimeoutError:
        issuer = settings.service_issuer
        said = f"the issuer {issuer.documents} gives no token within {_OWN_TOKEN_SECONDS:g} s"
        return ServiceTokenResult(None, said, f"see {issuer.source('issuer')} and {issuer.source('url')}")


def _report_settings(settings: ProcessSettings, environment: Mapping[str, str], findings: CheckFindings) -> None:
    known = settings_module.variables(type(settings))
    given = sum(bool(environment.get(name)) for name in known)
    findings.fine(f"{given} variables are set, and fit")
    if unread := sorted(_unread(environment, known)):
        findings.warning(
            f"{', '.join(unread)}: no process knows {'these' if len(unread) > 1 else 'this'}",
            "see whether a name is misspelt",
        )
    if settings.internal_port is None and settings.http_host not in _LOCAL:
        findings.warning(
            f"/ready and /metrics are answered to everybody who reaches port {settings.http_port}",
            f"set {variable('internal_port')}",
        )


def _unread(environment: Mapping[str, str], known: Collection[str]) -> set[str]:
    """Variables of ours that no process reads: another process's are in a shared environment, and known."""
    everybodys = {name for each in PROCESSES for name in settings_module.variables(each.settings)}
    ours = {name for name in environment if name.startswith(settings_module.PREFIX)}
    return ours - everybodys - set(known)
