"""What `goldenthread export` makes of an organization in memory: the real documents on the real schema, no network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec.structs import replace

from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.build import make
from gateway.upstream.ports import OrganizationSnapshot
from goldenthread.cli.common.graphql_client import RequestTooCostly
from goldenthread.cli.exports import plan_reader
from goldenthread.contracts.entities import Entity
from goldenthread.contracts.plan import Plan, PlanFormat
from goldenthread.contracts.read_api import AlertsSnapshot, AlignmentSnapshot, PeopleSnapshot, StreamPosition
from goldenthread.contracts.secret import Secret
from goldenthread.organization.organization import Organization
from goldenthread.runtime.identity.caller import Caller
from tests.support.entities import T0
from tests.support.snapshots import goals_snapshot
from tests.unit.gateway.fakes import FakeUpstreams
from tests.unit.gateway.world import World

schema = cache(make)


class InMemoryGraphQL:
    """Asks the schema about one organization."""

    def __init__(self, org: Organization) -> None:
        assert org.info is not None
        goals = goals_snapshot(org, StreamPosition(1, "last"))
        nothing = AlignmentSnapshot(StreamPosition(), 0, []), AlertsSnapshot(StreamPosition(), 0, [])
        view = OrganizationView(
            org.info.id, OrganizationSnapshot(goals, *nothing, PeopleSnapshot(StreamPosition(), []))
        )
        self.asked = 0
        caller = Caller("somebody", org.info.id, False, Secret("token"))
        self._context = RequestContext(caller, view, OrganizationCache(FakeUpstreams(World())), lambda: T0)

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer without errors. Raises `RequestTooCostly` as the command line's connection does."""
        self.asked += 1
        answer = asyncio.run(schema().execute(document, dict(variables or {}), self._context))
        if answer.errors and (answer.errors[0].extensions or {}).get("code") == "COST_LIMIT":
            raise RequestTooCostly(answer.errors[0].message)
        assert answer.errors is None, answer.errors
        return dict(answer.data or {})


def export_plan(org: Organization) -> Plan:
    """The plan of an organization in which nothing has ended."""
    plan, left_out, revisions = plan_reader.read_plan(InMemoryGraphQL(org), PlanFormat.JSON)
    assert (left_out, len(revisions)) == (0, 1)
    return plan


def renamed(plan: Plan, org: Organization) -> Plan:
    """`plan` with the row ids of the file that everything was imported from."""
    keys = {each.id: key.partition("/")[2] for each in org.entities() if (key := _key(each))}

    def called(id: str) -> str:
        return keys[id]

    rows = [
        replace(row, row=called(row.row), parents=[replace(each, row=called(each.row)) for each in row.parents])
        for row in plan.rows
    ]
    feedback = [replace(each, about=[called(id) for id in each.about]) for each in plan.feedback]
    return replace(plan, rows=rows, feedback=feedback)


def _key(entity: Entity) -> str | None:
    return getattr(entity, "source_key", None)
