"""The processes that this one calls: do they answer, and do they take its token?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import msgspec

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings, CheckStopped
from goldenthread.cli.doctor.deployment.network import json_documents
from goldenthread.cli.doctor.deployment.network.json_documents import JsonAnswer
from goldenthread.cli.doctor.deployment.network.network_errors import (
    NO_ANSWER_ADVICE,
    network_error_text,
    refuses_certificate,
)
from goldenthread.contracts.read_api import Heads
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import variable

_SECONDS = 3.0
_TOKEN_SECONDS = 2.0
"""After which a neighbour is asked without a token, since it is to be known in time whether it answers at all."""


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine the neighbours, all at once."""
    await asyncio.gather(*(_ask(case, findings.about(name)) for name in case.process.calls))


async def _ask(case: ExaminedProcess, findings: CheckFindings) -> None:
    name = findings.name
    source = variable(f"{name}_url")
    url = str(getattr(case.settings, f"{name}_url")).rstrip("/")
    token = await _token(case, findings.seconds_left(_TOKEN_SECONDS))
    headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
    now = datetime.now(UTC).isoformat().replace("+", "%2B")
    try:
        async with findings.within(_SECONDS, f"{name} ({url})", f"check {source}, and {NO_ANSWER_ADVICE}"):
            found = await json_documents.get_json(case.neighbours, f"{url}/v1/heads?changedSince={now}", headers)
    except CheckStopped:
        return
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        next = f"see whether it runs; check {source}"
        if refuses_certificate(error):
            next = (
                f"see whether {variable('http_ca_file')} holds the authority that signed it, and whether {source} names"
                " the host as the certificate does"
            )
        findings.problem(f"{name} ({url}) cannot be reached: {network_error_text(error)}", next)
        return
    _report_answer(found, name, url, source, findings, shown=token is not None)
    await _metrics(case.neighbours, name, url, findings)


async def _token(case: ExaminedProcess, patience: float) -> Secret | None:
    await asyncio.wait({case.token_task}, timeout=patience)
    return case.token_task.result().token if case.token_task.done() else None


def _report_answer(
    found: JsonAnswer, name: str, url: str, source: str, findings: CheckFindings, *, shown: bool
) -> None:
    answers = f"{name} ({url}) answers {found.status}{_reason(found)}"
    if found.status == httpx.codes.OK and _is_heads(found):
        findings.fine(f"{url} answers, and takes the token of this process")
    elif found.status == httpx.codes.UNAUTHORIZED and not shown:
        findings.unknown(f"{url} answers; whether it takes the token of this process is not known: there is none yet")
    elif found.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        next = f"compare its {variable('issuer')}, {variable('audience')} and {variable('service_claim')} with these"
        findings.problem(f"{answers}: it does not take the token of this process", next)
    elif found.status == httpx.codes.SERVICE_UNAVAILABLE:
        findings.warning(answers, f"it starts, or waits for something itself: see its /ready, or its doctor ({name})")
    else:
        findings.problem(f"{answers}, which {name} does not", f"see whether {source} is {name}'s port for callers")


def _is_heads(found: JsonAnswer) -> bool:
    try:
        msgspec.json.decode(found.content, type=Heads)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _reason(found: JsonAnswer) -> str:
    """What an answer of ours says is wrong."""
    errors = found.json.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return f" ({first['message']})" if isinstance(first, dict) and isinstance(first.get("message"), str) else ""


async def _metrics(http: httpx.AsyncClient, name: str, url: str, findings: CheckFindings) -> None:
    """A neighbour that has an internal port answers its metrics there alone."""
    if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1"):
        return
    try:
        async with asyncio.timeout(findings.seconds_left(_SECONDS)):
            found = await json_documents.get_json(http, f"{url}/metrics")
    except (httpx.HTTPError, TimeoutError):
        return
    if found.status == httpx.codes.OK:
        next = f"set {variable('internal_port')} for {name}"
        findings.warning(f"{url}/metrics is answered to everybody who calls {name}", next, "metrics")
