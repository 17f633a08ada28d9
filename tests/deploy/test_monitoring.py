"""What the component `monitoring` says of our metrics is what the processes show (`unit/runtime/observability`)."""

from __future__ import annotations

import re

from goldenthread.runtime.observability.telemetry_schema import METRICS
from tests.deploy.known_series import known_series
from tests.deploy.metrics_table import README, written

_ROOT = README.parents[4]


def test_the_readme_names_every_metric_with_its_meaning() -> None:
    text = README.read_text()
    assert text == written(text), "write it again: python -m tests.deploy.metrics_table"


def test_what_is_deployed_and_the_pages_about_it_name_only_metrics_that_there_are() -> None:
    declared = {each.exposed_name for each in METRICS} | known_series().keys()
    pages = [each for suffix in ("md", "yaml") for each in (_ROOT / "deploy").rglob(f"*.{suffix}")]
    pages += (_ROOT / "docs").rglob("*.md")
    named = {
        name: page
        for page in pages
        for name in re.findall(r"\bgoldenthread_[a-z_]+[a-z]\b", page.read_text(encoding="utf-8"))
        if not name.startswith(("goldenthread_service", "goldenthread_installation"))  # claims of tokens
    }
    assert {name: page for name, page in named.items() if name not in declared} == {}
    assert named
