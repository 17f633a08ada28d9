"""What a dashboard consists of: rows of panels, each with its queries.

In an expression `$installation` stands for the labels of one installation's pods, `$pods` for those of the chosen pods
(`SELECTORS`). Grafana's own variables (`$organization`, `$__rate_interval`, `$__range`) are written as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PROCESSES = "goals|alignment|alignment-large|notifications|gateway"
"""The values of `app_kubernetes_io_component` of our pods."""
SELECTORS = {
    "$installation": f'namespace="$namespace",app_kubernetes_io_component=~"{PROCESSES}"',
    "$pods": 'namespace="$namespace",app_kubernetes_io_component=~"$component",pod=~"$pod"',
}
COLUMNS = 24
"""Columns of Grafana's grid."""


class PanelKind(StrEnum):
    """How a panel shows the answers to its queries. The values are the names of Grafana's panels."""

    LINES = "timeseries"
    NUMBER = "stat"
    BARS = "bargauge"
    TABLE = "table"


@dataclass(frozen=True)
class PanelQuery:
    """A PromQL expression, and what its answers are called: in a legend, or as the heading of a column."""

    expression: str
    legend: str = ""
    unit: str = ""
    """Of a column, where it differs from the panel's."""

    @property
    def filled(self) -> str:
        """The expression with the labels for `$installation` and `$pods`, as Grafana gets it."""
        text = self.expression
        for name, labels in SELECTORS.items():
            text = text.replace(name + "}", labels + "}").replace(name + ",", labels + ",")
        return text


def percentiles(buckets: str) -> tuple[PanelQuery, ...]:
    """How long most take, from the buckets of a histogram: half of them, 95 of 100 and 99 of 100 take less."""
    return tuple(
        PanelQuery(f"histogram_quantile({share}, sum by (le) (rate({buckets}[$__rate_interval])))", legend)
        for share, legend in ((0.5, "half"), (0.95, "95 of 100"), (0.99, "99 of 100"))
    )


@dataclass(frozen=True)
class Panel:
    """One panel. `description` is in plain words, and says what good looks like."""

    kind: PanelKind
    title: str
    description: str
    queries: tuple[PanelQuery, ...]
    unit: str
    width: int
    bad_from: float | None = None
    """From this value on the number is red, and a line is drawn there."""
    decimals: int | None = None
    stacked: bool = False
    alerts: tuple[str, ...] = ()
    """The alerts about what it shows; the panel has links to their runbooks."""
    row_labels: tuple[tuple[str, str], ...] = ()
    """Of a table: the labels that its rows are about, each with its heading."""
    highest: float | None = None
    """The end of the scale, where there is one (1 for a share)."""


@dataclass(frozen=True)
class Row:
    """Panels side by side under one heading; those that do not fit in go below."""

    title: str
    panels: tuple[Panel, ...]
    height: int = 8


@dataclass(frozen=True)
class Choice:
    """A variable of a dashboard, chosen at its top: the values of a label."""

    name: str
    label: str
    query: str
    several: bool = False
    """Whether several can be chosen, and all of them, which is the default."""
    all_value: str = ".*"


NAMESPACE = Choice("namespace", "Installation", "label_values(goldenthread_subscribers, namespace)")
COMPONENT = Choice(
    "component",
    "Process",
    'label_values(goldenthread_subscribers{namespace="$namespace"}, app_kubernetes_io_component)',
    several=True,
    all_value=PROCESSES,
)
POD = Choice(
    "pod",
    "Pod",
    'label_values(goldenthread_subscribers{namespace="$namespace",app_kubernetes_io_component=~"$component"}, pod)',
    several=True,
)


@dataclass(frozen=True)
class Dashboard:
    """One dashboard; `uid` is its address in Grafana, `goldenthread-` and the name of its file."""

    name: str
    title: str
    description: str
    choices: tuple[Choice, ...]
    rows: tuple[Row, ...]
    period: str = "now-3h"
    """Which time is shown at first."""
    refresh: str = "30s"

    @property
    def uid(self) -> str:
        return f"goldenthread-{self.name}"

    @property
    def panels(self) -> list[Panel]:
        return [panel for row in self.rows for panel in row.panels]
