"""The dashboards of the component `monitoring`: one table of panels each, and what writes Grafana's JSON from them.

`python -m tests.deploy.dashboards` writes the files in `deploy/k8s/components/monitoring/dashboards`.
"""

from tests.deploy.dashboards import alignment, pipeline, service_health
from tests.deploy.dashboards.tables import Dashboard

DASHBOARDS: tuple[Dashboard, ...] = (service_health.DASHBOARD, pipeline.DASHBOARD, alignment.DASHBOARD)
