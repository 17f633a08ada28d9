"""Alignment, for executives: which goals still serve the purpose, who has answered, what waits. No technical terms."""

from __future__ import annotations

from grafana_foundation_sdk.models import units

from tests.deploy.dashboards.tables import NAMESPACE, Choice, Dashboard, Panel, PanelKind, PanelQuery, Row

_NAMES = 'topk by (organization) (1, goldenthread_organization_info{$installation,name=~"$organization"})'
"""One series for each chosen organization, with its name. One pod shows the figures of all; while it hands this over
to another one two may, so every figure takes the `max` first. For a moment these two may show different names of an
organization: of two names Prometheus takes neither, and refuses the whole query.
"""


def _named(figure: str) -> str:
    return f"{figure} * on (organization) group_left (name) {_NAMES}"


def _objectives(states: str = "") -> str:
    chosen = f',state=~"{states}"' if states else ""
    return _named(f"max by (organization, state) (goldenthread_objectives{{$installation{chosen}}})")


def _share(by: str = "") -> str:
    return f"sum{by} ({_objectives('aligned')}) / (sum{by} ({_objectives()}) > 0)"


_COVERAGE = _named("max by (organization) (goldenthread_cascade_coverage_ratio{$installation})")
_BY_NAME = " by (organization, name)"

_STATES = {
    "aligned": "aligned: it is known what they are for",
    "unexplained": "unexplained: a reason is missing or out of date",
    "pending": "pending: somebody has to decide about a link",
    "orphaned": "orphaned: they lead to no purpose",
}
ALERT_WORDS = {
    "GOAL_ORPHANED": "a goal leads to no purpose any more",
    "GOAL_UNEXPLAINED": "the reason for a goal is out of date",
    "LINK_AWAITING": "a proposed link waits for a decision",
    "WHY_UNANSWERED": "a unit has not answered a why",
    "WHY_UNLINKED": "no goal serves a why",
    "QUESTION_OVERDUE": "a question has no answer",
    "SILO": "a unit has become a silo",
}

_NOW = Row(
    "Today",
    (
        Panel(
            PanelKind.NUMBER,
            "Goals that are aligned",
            "Of all active objectives, the share for which it is known what they are for: every step up to the purpose "
            "is agreed on, and its reason is up to date. Higher is better.",
            (PanelQuery(_share()),),
            units.PercentUnit,
            6,
            decimals=0,
            highest=1,
        ),
        Panel(
            PanelKind.NUMBER,
            "Goals without a purpose",
            "Active objectives that lead to no purpose (orphaned). Good: 0. Each has an alert that says who has to do "
            "what.",
            (PanelQuery(f"sum({_objectives('orphaned')})"),),
            units.NoUnit,
            6,
            alerts=("GoldenThreadOrphansJump",),
        ),
        Panel(
            PanelKind.NUMBER,
            "Whys that were answered",
            "Of the units that were asked what a why means for them, the share that has answered; the mean of the "
            "chosen organizations. Higher is better.",
            (PanelQuery(f"avg({_COVERAGE})"),),
            units.PercentUnit,
            6,
            decimals=0,
            highest=1,
        ),
        Panel(
            PanelKind.NUMBER,
            "Open alerts, in all organizations",
            "Alerts that nobody has settled yet. Fewer is better; an alert is closed by doing what it says.",
            (PanelQuery("sum(max by (kind) (goldenthread_open_alerts{$installation}))"),),
            units.NoUnit,
            6,
        ),
    ),
    height=5,
)

_TREND = Row(
    "How it changes",
    (
        Panel(
            PanelKind.LINES,
            "Aligned goals, over time",
            "The share of active objectives that are aligned, for each chosen organization. Good: it rises, and "
            "recovers within days after a change of strategy.",
            (PanelQuery(_share(_BY_NAME), "{{name}}"),),
            units.PercentUnit,
            12,
            highest=1,
        ),
        Panel(
            PanelKind.LINES,
            "All goals, over time",
            "Active objectives of the chosen organizations, each in exactly one of four states. Good: the first grows, "
            "the others shrink.",
            tuple(PanelQuery(f"sum({_objectives(state)})", words) for state, words in _STATES.items()),
            units.NoUnit,
            12,
            stacked=True,
        ),
        Panel(
            PanelKind.LINES,
            "Answers to whys, over time",
            "Of the units that were asked what a why means for them, the share that has answered, for each chosen "
            "organization. Good: it falls when a why is published, and rises again within days.",
            (PanelQuery(_COVERAGE, "{{name}}"),),
            units.PercentUnit,
            12,
            highest=1,
        ),
        Panel(
            PanelKind.LINES,
            "Alerts opened and closed in a day, in all organizations",
            "How many alerts were opened and closed in the 24 hours before. Good: both lines are equally high.",
            tuple(
                PanelQuery(
                    f'sum(increase(goldenthread_alerts_total{{$installation,what="{what}"}}[1d])) or vector(0)', words
                )
                for what, words in (("raised", "opened"), ("resolved", "closed"))
            ),
            units.NoUnit,
            12,
            decimals=0,
        ),
    ),
)

_WHERE = Row(
    "Where to look",
    (
        Panel(
            PanelKind.BARS,
            "Goals without a purpose, by organization",
            "The ten organizations with the most orphaned objectives. Good: no bar.",
            (PanelQuery(f"topk(10, sum{_BY_NAME} ({_objectives('orphaned')}) > 0)", "{{name}}"),),
            units.NoUnit,
            12,
        ),
        Panel(
            PanelKind.BARS,
            "Open alerts by what they are about, in all organizations",
            "What waits for somebody. Good: short bars, and not the same ones every week.",
            tuple(
                PanelQuery(f'sum(max by (kind) (goldenthread_open_alerts{{$installation,kind="{kind}"}}))', words)
                for kind, words in ALERT_WORDS.items()
            ),
            units.NoUnit,
            12,
        ),
        Panel(
            PanelKind.TABLE,
            "The organizations",
            "Every chosen organization. Aligned and answered are shares; the others count active objectives.",
            (
                PanelQuery(f"sum{_BY_NAME} ({_objectives()})", "Goals"),
                PanelQuery(_share(_BY_NAME), "Aligned", units.PercentUnit),
                PanelQuery(f"sum{_BY_NAME} ({_objectives('unexplained')})", "Unexplained"),
                PanelQuery(f"sum{_BY_NAME} ({_objectives('pending')})", "Pending"),
                PanelQuery(f"sum{_BY_NAME} ({_objectives('orphaned')})", "Orphaned"),
                PanelQuery(f"sum{_BY_NAME} ({_COVERAGE})", "Whys answered", units.PercentUnit),
            ),
            units.NoUnit,
            24,
            row_labels=(("name", "Organization"),),
        ),
    ),
)

DASHBOARD = Dashboard(
    "alignment",
    "Golden Thread: alignment",
    "Which goals still serve the purpose, who has answered, and what waits for somebody.",
    (
        NAMESPACE,
        Choice(
            "organization",
            "Organization",
            'label_values(goldenthread_organization_info{namespace="$namespace"}, name)',
            several=True,
        ),
    ),
    (_NOW, _TREND, _WHERE),
    period="now-30d",
    refresh="5m",
)
