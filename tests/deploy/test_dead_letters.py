"""The panels on dead letters, asked with promtool: a counter of them is not there before the first one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.deploy.dashboards.pipeline import DASHBOARD
from tests.deploy.promtool import promtool

pytestmark = pytest.mark.prometheus

QUERIES = [
    query.expression.replace("$installation", 'namespace="goldenthread"')
    for row in DASHBOARD.rows
    for panel in row.panels
    for query in panel.queries
    if panel.title.startswith("Dead letters")
]
SERIES = 'faststream_published_messages_total{namespace="goldenthread", destination="goals.v1.dead", pod="alignment-1"}'


def test_there_are_two_panels() -> None:
    assert len(QUERIES) == 2


@pytest.mark.parametrize("query", QUERIES)
def test_the_first_dead_letter_of_a_process_is_shown_and_not_for_ever(query: str, tmp_path: Path) -> None:
    labels = '{destination="goals.v1.dead"}' if "by (destination)" in query else "{}"
    later = [] if "> 0" in query else [{"labels": labels, "value": 0}]
    case = {
        "interval": "1m",
        "input_series": [{"series": SERIES, "values": "_x30 1x100"}],
        "promql_expr_test": [
            {"expr": query, "eval_time": "33m", "exp_samples": [{"labels": labels, "value": 1}]},
            {"expr": query, "eval_time": "110m", "exp_samples": later},
        ],
    }
    file = tmp_path / "dead_letters.test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "evaluation_interval": "1m", "tests": [case]}))
    code, said = promtool("test", "rules", file)
    assert code == 0, said
