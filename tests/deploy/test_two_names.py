"""The panels on alignment, asked with promtool while two pods show different names of one organization."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.deploy.dashboards.alignment import DASHBOARD
from tests.deploy.promtool import promtool

pytestmark = pytest.mark.prometheus

QUERIES = sorted(
    {
        query.expression.replace("$installation", 'namespace="goldenthread"').replace('"$organization"', '".+"')
        for row in DASHBOARD.rows
        for panel in row.panels
        for query in panel.queries
        if "goldenthread_organization_info" in query.expression
    }
)
SERIES = {
    'goldenthread_organization_info{namespace="goldenthread", pod="alignment-1", organization="acme", name="Acme"}': 1,
    'goldenthread_organization_info{namespace="goldenthread", pod="alignment-2", organization="acme", name="Apex"}': 1,
    'goldenthread_objectives{namespace="goldenthread", pod="alignment-1", organization="acme", state="aligned"}': 3,
    'goldenthread_objectives{namespace="goldenthread", pod="alignment-2", organization="acme", state="aligned"}': 3,
    'goldenthread_objectives{namespace="goldenthread", pod="alignment-2", organization="acme", state="orphaned"}': 1,
    'goldenthread_cascade_coverage_ratio{namespace="goldenthread", pod="alignment-1", organization="acme"}': 0.5,
}


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_query_is_answered_while_two_pods_show_different_names(query: str, tmp_path: Path) -> None:
    case = {
        "interval": "1m",
        "input_series": [{"series": series, "values": f"{number}x5"} for series, number in SERIES.items()],
        # No query has this sample, so promtool fails, and prints what the query has instead: "exp:" and "got:".
        "promql_expr_test": [{"expr": query, "eval_time": "5m", "exp_samples": [{"labels": "{}", "value": -1}]}],
    }
    file = tmp_path / "two_names.test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "evaluation_interval": "1m", "tests": [case]}))
    _, said = promtool("test", "rules", file)
    assert "exp:" in said, said
    assert "duplicate series" not in said
