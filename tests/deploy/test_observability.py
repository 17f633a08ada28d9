"""`deploy/observability`, which containers mount: it agrees with the code, and with what is deployed on Kubernetes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from goldenthread.launcher.topology import PROCESSES
from tests.deploy.manifests import at

_DEPLOY = Path(__file__).parents[2] / "deploy"
_FOLDER = _DEPLOY / "observability"
_COMPONENTS = _DEPLOY / "k8s" / "components"
_INTERNAL = 9090
"""The port of `/metrics`."""


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def scraping() -> Any:
    """What Prometheus is told of our processes."""
    (found,) = read(_FOLDER / "prometheus.yml")["scrape_configs"]
    return found


def labels(scraping: Any, address: str) -> dict[str, str]:
    """The labels of one target, as Prometheus makes them: a pattern matches a whole value."""
    made: dict[str, str] = {}
    for each in scraping["relabel_configs"]:
        source = ";".join({"__address__": address}[name] for name in each.get("source_labels", []))
        if match := re.fullmatch(each.get("regex", "(.*)"), source):
            made[each["target_label"]] = match.expand(each.get("replacement", "$1").replace("$", "\\"))
    return made


def test_prometheus_reads_all_four_processes_with_the_labels_that_kubernetes_gives(scraping: Any) -> None:
    (static,) = scraping["static_configs"]
    assert static["targets"] == [f"{process.name}:{_INTERNAL}" for process in PROCESSES]
    for process in PROCESSES:
        assert labels(scraping, f"{process.name}:{_INTERNAL}") == {
            "app_kubernetes_io_component": process.name,
            "pod": process.name,
            "namespace": "goldenthread",
        }


def test_prometheus_reads_as_often_as_on_kubernetes_and_refuses_as_many_samples(scraping: Any) -> None:
    spec = read(_COMPONENTS / "monitoring" / "processes.yaml")["spec"]
    (endpoint,) = spec["podMetricsEndpoints"]
    everything = read(_FOLDER / "prometheus.yml")["global"]
    assert (everything["scrape_interval"], everything["scrape_timeout"]) == (
        endpoint["interval"],
        endpoint["scrapeTimeout"],
    )
    assert scraping["sample_limit"] == spec["sampleLimit"]


def test_the_collector_has_the_pipeline_of_the_component_and_sends_on_to_where_grafana_reads_traces() -> None:
    config = read(_FOLDER / "collector.yaml")
    deployed = next(yaml.safe_load_all((_COMPONENTS / "opentelemetry" / "collector.yaml").read_text("utf-8")))
    for part in ("receivers", "processors"):
        assert config[part] == at(deployed, "spec", "config", part)
    (exporter,) = config["exporters"]
    pipeline = at(deployed, "spec", "config", "service", "pipelines", "traces")
    assert config["service"]["pipelines"] == {"traces": pipeline | {"exporters": [exporter]}}
    sources = read(_FOLDER / "grafana" / "provisioning" / "datasources" / "goldenthread.yaml")["datasources"]
    (traces,) = (each for each in sources if each["type"] == "jaeger")
    host = re.fullmatch(r"http://(\w+):\d+", config["exporters"][exporter]["endpoint"])
    assert host
    assert traces["url"].startswith(f"http://{host.group(1)}:")


def test_grafana_has_one_default_source_of_metrics_and_a_folder_of_dashboards() -> None:
    provisioning = _FOLDER / "grafana" / "provisioning"
    sources = read(provisioning / "datasources" / "goldenthread.yaml")["datasources"]
    assert [each["type"] for each in sources if each.get("isDefault")] == ["prometheus"]
    (provider,) = read(provisioning / "dashboards" / "goldenthread.yaml")["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
