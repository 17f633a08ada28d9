"""The four processes with a real collector, as it is deployed: what arrives behind it, and what happens without it."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml
from opentelemetry.trace import SpanKind
from prometheus_client.parser import text_string_to_metric_families

import goldenthread
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.observability.telemetry_schema import METRICS
from tests.integration.traced_story import TRACE, TracedStory, tell
from tests.support.asgi_server import eventually
from tests.support.collector.server import Collector, deployed_config, problems_of
from tests.support.exposed_metrics import shown
from tests.support.metric_table import metric_mismatches, received
from tests.support.otlp_receiver import otlp_receiver
from tests.support.real_processes import Start, starting
from tests.support.span_table import mismatches
from tests.support.webhook_receiver import webhook_receiver

pytestmark = pytest.mark.collector
_DEPLOY = Path(__file__).parents[3] / "deploy"
_PROCESSES = {"goals", "alignment", "notifications", "gateway"}
_SETTINGS = {
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
    "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
    "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=check,service.namespace=north",
}


class Seen(NamedTuple):
    """The story of one mutation, and what arrived of it behind the collector."""

    story: TracedStory
    page: str
    """The metrics as the collector shows them for Prometheus."""
    pages: dict[str, str]
    """`/metrics` of each process."""
    logs: dict[str, list[dict[str, Any]]]
    collector: str
    """The collector's log."""


@pytest.fixture(scope="module")
async def seen(postgres: Postgres, issuer: Issuer, place: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("collector")
    pages: dict[str, str] = {}
    async with Broker(place / uuid.uuid4().hex) as kafka, webhook_receiver() as hooks:
        with otlp_receiver() as behind:
            async with Collector(folder, behind.address) as collector, httpx.AsyncClient() as http:
                async with starting(postgres, kafka, issuer, folder) as start:

                    async def started(**variables: str) -> Any:
                        processes = await start(**variables)
                        urls.update({name: each.url for name, each in processes.running.items()})
                        return processes

                    urls: dict[str, str] = {}
                    story = await tell(started, issuer, kafka.address, collector.address, hooks, **_SETTINGS)
                    pages |= {name: (await http.get(f"{url}/metrics")).text for name, url in urls.items()}
                page = (await http.get(collector.metrics)).text
            story.spans, story.metrics = behind.spans(), received(behind.metrics())
    logs = {name: log_lines(folder / f"{name}.log") for name in _PROCESSES}
    return Seen(story, page, pages, logs, collector.log.read_text())


def log_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("{")]


def test_the_collector_takes_every_configuration_that_is_deployed(tmp_path: Path) -> None:
    composed = yaml.safe_load((_DEPLOY / "observability" / "collector.yaml").read_text(encoding="utf-8"))
    for config in (deployed_config(), composed):
        assert problems_of(config, tmp_path) == ""
    assert "kafka" in problems_of(composed | {"receivers": {"kafka": {}}}, tmp_path)


def test_one_trace_leads_from_the_mutation_to_the_webhook_behind_the_collector(seen: Seen) -> None:
    assert mismatches(seen.story.spans) == []
    assert {span.process for span in seen.story.spans} == _PROCESSES
    created = seen.story.span("goals", f"create {GOALS}", SpanKind.PRODUCER, trace_id=TRACE)
    attempt = seen.story.span("notifications", "POST", SpanKind.CLIENT, trace_id=TRACE)
    message = seen.story.span("gateway", "subscription message", SpanKind.PRODUCER, trace_id=TRACE)
    assert attempt.parent_id == message.parent_id == created.span_id
    ids = Counter(span.context for span in seen.story.spans)
    assert set(ids.values()) == {1}, "a span arrived twice"
    known = {span.span_id for span in seen.story.spans}
    parents = {span.parent_id for span in seen.story.spans if span.trace_id == TRACE}
    assert len(parents - known) == 1, "only the caller's span is elsewhere"


def test_every_metric_arrives_with_its_name_unit_kind_and_attributes(seen: Seen) -> None:
    assert metric_mismatches(seen.story.metrics) == []
    for process in _PROCESSES:
        arrived = {each.metric.name for each in seen.story.metrics if each.process == process}
        exposed = {each.exposed_name for each in METRICS if each.name in arrived}
        assert exposed >= set(shown(seen.pages[process])), process  # the last export is later than the page


def test_each_process_says_who_it_is_and_what_the_operator_added(seen: Seen) -> None:
    resources = {json.dumps(each.resource, sort_keys=True) for each in seen.story.metrics}
    about = [json.loads(each) for each in resources]
    assert {each["service.name"] for each in about} == {f"goldenthread-{name}" for name in _PROCESSES}
    assert len({each["service.instance.id"] for each in about}) == len(about) == len(_PROCESSES)
    of_spans = [span.resource for span in seen.story.spans]
    for each in (*about, *of_spans):
        assert each["service.version"] == goldenthread.__version__
        assert (each["deployment.environment.name"], each["service.namespace"]) == ("check", "north")
    assert {each["service.instance.id"] for each in about} == {each["service.instance.id"] for each in of_spans}


def test_the_collector_shows_metrics_for_prometheus_under_the_names_that_we_do(seen: Seen) -> None:
    ours = {name for page in seen.pages.values() for name in shown(page)}
    theirs = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(seen.page)
        if family.name.startswith(("goldenthread_", "db_client_"))
    }
    assert ours <= theirs <= {each.exposed_name for each in METRICS}


def test_the_collector_logged_no_error_and_the_processes_nothing_of_it(seen: Seen) -> None:
    assert "\terror\t" not in seen.collector
    assert "\twarn\t" not in seen.collector
    for name, lines in seen.logs.items():
        assert [line["message"] for line in lines if "collector" in line["message"]] == [], name


async def test_a_process_goes_on_while_the_collector_is_away_and_sends_again_when_it_is_back(
    postgres: Postgres, issuer: Issuer, place: Path, tmp_path: Path
) -> None:
    async with Broker(place / uuid.uuid4().hex) as kafka, starting(postgres, kafka, issuer, tmp_path) as start:
        with otlp_receiver() as behind:
            async with Collector(tmp_path, behind.address) as collector:
                await collector.stop()
                await _works(start, issuer, collector, tmp_path, behind)


async def _works(start: Start, issuer: Issuer, collector: Collector, folder: Path, behind: Any) -> None:
    processes = await start(
        "goals",
        **_SETTINGS,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.address,
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
        OTEL_BSP_SCHEDULE_DELAY="200",
    )
    organization = await processes.organization()
    token = issuer.person_token("ada", organization)

    async def command(statement: str) -> None:
        sent = await processes.http.post(
            f"{processes.running['goals'].url}/v1/commands",
            json={"type": "PublishPurpose", "statement": statement},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert sent.status_code == 200, sent.text

    def said() -> list[str]:
        return [line["message"] for line in log_lines(folder / "goals.log") if "the collector at" in line["message"]]

    await command("Be useful")
    await eventually(lambda: len(said()) == 2)
    with otlp_receiver(port=collector.port) as refusing:
        refusing.refusals += [503] * 1_000
        await command("Be much more useful")
        await eventually(lambda: len(refusing.requests) >= 6)
    assert sorted(each.partition(", which")[0] for each in said()) == [
        f"the collector at {collector.address.removeprefix('http://')} takes no {what}" for what in ("metrics", "spans")
    ]
    await collector.start()
    await command("Be more useful")
    await eventually(lambda: any(span.name == "command PublishPurpose" for span in behind.spans()))
    await eventually(lambda: len(said()) == 4)
    await eventually(lambda: "goldenthread.commands" in {each.metric.name for each in received(behind.metrics())})
