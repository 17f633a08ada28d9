"""Writes the dashboards' JSON into the component `monitoring`."""

from tests.deploy.dashboards import DASHBOARDS
from tests.deploy.dashboards.files import file_of
from tests.deploy.dashboards.grafana_json import json_of

for each in DASHBOARDS:
    file_of(each).parent.mkdir(exist_ok=True)
    file_of(each).write_text(json_of(each), encoding="utf-8")
