"""What `promql` finds in expressions, and what `known_series` says of what it does not know."""

from __future__ import annotations

import pytest

from tests.deploy.known_series import known_series, unknown
from tests.deploy.promql import LabelMatcher, SeriesSelector, references


def test_it_finds_names_conditions_and_groupings() -> None:
    found = references(
        'sum by (namespace) (rate(a_total{outcome=~"x|y", kind!="z}"}[5m] offset 1h)) / on (pod) group_left (name) b'
    )
    assert found.selectors == (
        SeriesSelector("a_total", (LabelMatcher("outcome", "=~", "x|y"), LabelMatcher("kind", "!=", "z}"))),
        SeriesSelector("b", ()),
    )
    assert found.grouping == {"namespace", "pod", "name"}


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up", ["up"]),
        ("a:b:rate5m > 14.4 * 0.005 and c unless d", ["a:b:rate5m", "c", "d"]),
        ('label_replace(up, "by", "name", "other (x)", "")', ["up"]),
        ("histogram_quantile(0.9, sum by (le) (rate(x_bucket[10m])))", ["x_bucket"]),
        ("max without (pod) (x) # and y\n- z", ["x", "z"]),
        ("sum(x) by (pod)", ["x"]),
        ('count({job="x"})', [""]),
        ("max_over_time(rate(x[5m])[1h:1m])", ["x"]),
    ],
)
def test_it_finds_metrics_and_no_words(expression: str, metrics: list[str]) -> None:
    assert [each.metric for each in references(expression).selectors] == metrics


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("goldenthread_comands_total", "no process shows goldenthread_comands_total"),
        ('goldenthread_commands_total{kind="x"}', "goldenthread_commands_total has no label kind"),
        ('goldenthread_commands_total{outcome="failed"}', "outcome of goldenthread_commands_total is never failed"),
        (
            'goldenthread_commands_total{outcome=~"refused|lost"}',
            "outcome of goldenthread_commands_total is never lost",
        ),
        ("sum by (region) (goldenthread_commands_total)", "no series here has the label region"),
        (
            'goldenthread_graphql_duration_seconds_bucket{le="2"}',
            "le of goldenthread_graphql_duration_seconds_bucket is never 2",
        ),
    ],
)
def test_what_nobody_shows_is_a_problem(expression: str, problem: str) -> None:
    assert list(unknown(references(expression), known_series())) == [problem]


def test_what_is_no_promql_is_refused() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        references("sum by (pod (x)")


def test_what_processes_show_is_none() -> None:
    asked = 'sum by (namespace, le) (rate(goldenthread_graphql_duration_seconds_bucket{le="2.5", pod=~".+-1"}[5m]))'
    assert list(unknown(references(asked), known_series())) == []
