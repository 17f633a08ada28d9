"""What notifications does with the commits of goals and alignment: raise, change and resolve alerts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alerts import Alert
from goldenthread.runtime.streams.position import Commit
from services.notifications.alert_events import AlertDraft, commit_drafts
from services.notifications.domain.alert_facts import Fact
from services.notifications.domain.alerts import Alerts


class OrganizationAlerts(Struct):
    """An organization's alerts and what they follow from, and what of both changed since the last save."""

    alerts: Alerts
    facts: dict[str, Fact | None]
    changed: dict[Id, Alert]


class AlertsFold:
    """`runtime.projection.protocols.Fold`: commits of goals and alignment → alerts."""

    version = 5

    def new(self, organization: str) -> OrganizationAlerts:
        """An organization without an event."""
        return OrganizationAlerts(Alerts(organization), {}, {})

    def apply(self, state: OrganizationAlerts, commit: Commit) -> Sequence[AlertDraft]:
        """Fold one commit, as a whole."""
        events = list(commit.events)
        applied = state.alerts.fold(events, []) if commit.source == goals.SOURCE else state.alerts.fold([], events)
        state.facts.update(applied.facts)
        for payload in applied.payloads:
            state.changed[payload.alert.id] = payload.alert
        return commit_drafts(state.alerts.organization, commit, applied.payloads, self.version)

    def weight(self, state: OrganizationAlerts) -> int:
        """Its goals, links and open alerts."""
        org = state.alerts.facts.org
        return len(org.whys) + len(org.objectives) + len(org.key_results) + len(org.links) + len(state.alerts.open)
