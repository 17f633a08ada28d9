"""A process whose traces are off, as they are unless somebody wants them: no span is made, and no context stored."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import run

import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.support.real_processes import Start, starting

_LOADED = """
import asyncpg, httpx, sys
from starlette.applications import Starlette
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.process.startup_endpoints import PortApps
from goldenthread.runtime.observability.start_progress import StartProgress
import services.goals.app, services.alignment.app, services.notifications.app, gateway.app

assert tracing.start_traces("goals", {}) is None
assert tracing.message_spans() is None
app, apps = Starlette(), PortApps(StartProgress(), False)
apps.serve(app)
assert apps.public.app is app
client = httpx.AsyncClient()
before = client._transport.handle_async_request
tracing.instrument_client(client)
assert client._transport.handle_async_request == before
assert not hasattr(asyncpg.Connection.execute, "__wrapped__")
packages = ("opentelemetry.instrumentation", "opentelemetry.exporter.otlp", "wrapt")
print([name for name in sys.modules if name.startswith(packages)])
"""


@pytest.fixture
async def start(postgres: Postgres, broker: Broker, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Start]:
    async with starting(postgres, broker, issuer, tmp_path) as run_processes:
        yield run_processes


def test_nothing_is_wrapped_around_the_application_a_client_or_the_database_nor_loaded() -> None:
    done = run([sys.executable, "-c", _LOADED], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


async def test_no_context_is_stored_also_where_a_caller_sends_one(start: Start, issuer: Issuer) -> None:
    processes = await start("goals")
    organization = await processes.organization()
    sent = await processes.http.post(
        f"{processes.running['goals'].url}/v1/commands",
        json={"type": "PublishPurpose", "statement": "Be useful"},
        headers={
            "Authorization": f"Bearer {issuer.person_token('ada', organization)}",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
    )
    assert sent.status_code == 200, sent.text
    events = await processes.events("goals", organization)
    assert "purpose.published" in {event.type for event in events}
    assert {event.traceparent for event in events} == {None}
    log = processes.running["goals"].log.read_text(encoding="utf-8")
    assert "span" not in log
    assert "trace_id" not in log
