"""The streams of events that this process follows, each named after the service that writes it."""

from __future__ import annotations

from goldenthread.contracts.events import alerts, alignment, goals

GOALS, ALIGNMENT, ALERTS = goals.SOURCE, alignment.SOURCE, alerts.SOURCE
SOURCES = (GOALS, ALIGNMENT, ALERTS)
