"""What our own processes send each other and keep in their databases, each under the name that never changes."""

from __future__ import annotations

from typing import Any

from gateway.http.organizations_endpoint import OrganizationRequest
from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.organizations import (
    CreatedOrganization,
    FirstInvitation,
    NewOrganization,
    OrganizationList,
    OrganizationName,
)
from goldenthread.contracts.read_api import (
    AnyAlertCommand,
    EventsPage,
    FiguresAnswer,
    Heads,
    HeadsQuery,
    HistoryPage,
    ImpactAnswer,
    ImpactQuery,
    ImportRun,
    LoginAnswer,
    NodeVerdict,
    PersonName,
    ReciprocityAnswer,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted, RefusedAnswer
from goldenthread.contracts.snapshots import GoalsPage, SnapshotHead
from services.alignment.stores import figures_store, silos_store
from services.goals.stores import entities_store as goals_store
from services.goals.stores import import_sources_store
from services.notifications import alerts_store

INTERNAL: dict[str, Any] = {
    "GET /v1/events": EventsPage,
    "GET /v1/heads": Heads,
    "POST /v1/heads body": HeadsQuery,
    "GET /v1/snapshot head": SnapshotHead,
    "goals GET /v1/snapshot page": GoalsPage,
    "alignment GET /v1/snapshot page": list[NodeVerdict],
    "notifications GET /v1/snapshot page": list[Alert],
    "GET /v1/people page": list[PersonName],
    "GET /v1/login and /v1/name": LoginAnswer,
    "GET /v1/history": HistoryPage,
    "GET /v1/figures": FiguresAnswer,
    "GET /v1/reciprocity": ReciprocityAnswer,
    "GET /v1/imports": list[ImportRun],
    "GET /v1/webhooks": list[WebhookStatus],
    "POST /v1/impact": ImpactAnswer,
    "POST /v1/impact body": ImpactQuery,
    "POST /v1/commands": Accepted,
    "POST /v1/commands refused": RefusedAnswer,
    "POST /v1/organizations body": NewOrganization,
    "POST /v1/organizations": CreatedOrganization,
    "POST /v1/organizations/{id}/invitation": FirstInvitation,
    "PATCH /v1/organizations/{id} body": OrganizationName,
    "GET /v1/organizations": OrganizationList,
    "gateway POST /organizations body": OrganizationRequest,
    "goals command": AnyCommand,
    "notifications command": AnyAlertCommand,
}
"""Endpoint → what it answers, or takes as its body."""

STORED: dict[str, Any] = {
    **{f"goals entity {name}": each.type for name, each in goals_store._decoders.items()},
    "goals import cells": import_sources_store._cells.type,
    "goals import words": import_sources_store._words.type,
    **{f"alignment fact {name}": each.type for name, each in figures_store._decoders.items()},
    "alignment tally": figures_store._tally.type,
    "alignment owner lists": figures_store._lists.type,
    "alignment health": figures_store._health.type,
    "alignment silo evidence": silos_store._evidence.type,
    "alignment silo": silos_store._silo.type,
    **{f"notifications fact {name}": kind for name, kind in (alerts_store._FACTS | alerts_store._ENTITIES).items()},
    "notifications alert": Alert,
}
"""What is saved as JSON → its type."""
