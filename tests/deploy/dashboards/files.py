"""Where the dashboards' files are."""

from __future__ import annotations

from pathlib import Path

from tests.deploy.dashboards.tables import Dashboard

FOLDER = Path(__file__).parents[3] / "deploy" / "k8s" / "components" / "monitoring" / "dashboards"


def file_of(dashboard: Dashboard) -> Path:
    """The file that is made of it, which kustomize and Grafana's provisioning read."""
    return FOLDER / f"{dashboard.name}.json"
