"""Everything one can ask; answered from memory."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry import ID

from gateway.budget import cost
from gateway.errors import BadRequest
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, Connection, page, size
from gateway.schema.core.filters import ObjectiveFilter, ObjectiveOrder, any_of, named, needle, objectives
from gateway.schema.core.known_ids import known_unit
from gateway.schema.core.node import Node, field
from gateway.schema.types import alerts
from gateway.schema.types.cycles import Cycle
from gateway.schema.types.feedback import CustomerFeedback, feedback_page
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.imports import ImportRun, imports
from gateway.schema.types.invitations import Invitation, invitations_page
from gateway.schema.types.lookups import find, has_signed_in, must_node, person_name
from gateway.schema.types.objectives import Objective
from gateway.schema.types.organization import Organization
from gateway.schema.types.organization import organization as organization_of
from gateway.schema.types.people import (
    Person,
    ServiceAccount,
    belonging,
    former_people_page,
    people_page,
    service_accounts_page,
)
from gateway.schema.types.questions import Question, questions_page
from gateway.schema.types.silos import Silo, silos
from gateway.schema.types.tree import GoalTree, goal_tree
from gateway.schema.types.turns import Turn, my_turn
from gateway.schema.types.units import OrgUnit, units_page
from gateway.schema.types.viewer import Viewer
from gateway.schema.types.webhooks import Webhook, webhooks
from gateway.schema.types.whys import Purpose, Why
from gateway.views.goal_tree import Scope
from goldenthread.contracts.entities import Why as WhyRow

PUBLISHED = [enums.WhyState.PUBLISHED]
OPEN = [enums.AlertState.OPEN]


@strawberry.type
class Query:
    """Everything one can ask."""

    @field
    async def node(self, info: Info, id: ID) -> Node | None:
        """Anything by its id; null for what is not there. An unknown id in an argument elsewhere is NOT_FOUND."""
        await alerts.require_alerts_of(info.context, [id])
        return find(info.context.view, id)

    @field
    async def nodes(self, info: Info, ids: list[ID]) -> list[Node | None]:
        """Things by their ids, in that order; null for what is not there."""
        if len(ids) > MOST:
            raise BadRequest(f"ids: ask for at most {MOST} at once.")
        await alerts.require_alerts_of(info.context, ids)
        return [find(info.context.view, id) for id in ids]

    @field
    def viewer(self, info: Info) -> Viewer:
        """Who asks."""
        return Viewer(view=info.context.view, row=info.context.actor)

    @field
    def organization(self, info: Info) -> Organization:
        """The organization of the token."""
        return organization_of(info.context.view)

    @field
    def purpose(self, info: Info) -> Purpose | None:
        """Why the organization exists."""
        row = info.context.view.org.purpose
        return Purpose(view=info.context.view, row=row) if row else None

    @field
    def whys(
        self,
        info: Info,
        states: list[enums.WhyState] | None = PUBLISHED,
        without_evidence: bool | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Why]:
        """The strategic whys, the oldest first; `withoutEvidence`: those no customer said anything about."""
        view = info.context.view
        wanted = any_of(states)
        rows = [row for row in cost.scan(view.org.whys.values()) if wanted is None or row.state in wanted]
        if without_evidence is not None:
            rows = [row for row in rows if (row.id not in view.org.feedback_about) == without_evidence]
        rows.sort(key=_age)
        return page(rows, lambda row: Why(view=view, row=row), lambda row: row.id, first, after, MOST)

    @field
    def objectives(
        self,
        info: Info,
        filter: ObjectiveFilter | None = None,
        order_by: ObjectiveOrder | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Objective]:
        """Objectives, the oldest first unless ordered."""
        view = info.context.view
        found = objectives(view, filter, order_by)
        return page(found, lambda row: Objective(view=view, row=row), lambda row: row.id, first, after, MOST)

    @field
    def goals(
        self, info: Info, search: str, first: int | None = None, after: str | None = None
    ) -> Connection[GoalNode]:
        """Nodes of the goal graph with this text in their title or with this id, whatever their state, by title."""
        view = info.context.view
        found = named(view, search)
        return page(found, lambda row: must_node(view, row.id), lambda row: row.id, first, after, MOST)

    @field
    def goal_tree(
        self,
        info: Info,
        top: Annotated[ID | None, strawberry.argument(name="root")] = None,
        depth: int | None = 3,
        first: int | None = 1000,
        after: str | None = None,
        cycle: ID | None = None,
        unit: ID | None = None,
        include_orphans: bool = True,
    ) -> GoalTree:
        """The goal graph below a node (the purpose when omitted)."""
        return goal_tree(info.context.view, top, depth, Scope(cycle, unit), include_orphans, first, after)

    @field
    def questions(
        self,
        info: Info,
        states: list[enums.QuestionState] | None = None,
        unit: ID | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Question]:
        """Questions (that a unit asked or is asked), newest first."""
        return questions_page(info.context.view, states, unit, first, after)

    @field
    def feedback(
        self,
        info: Info,
        linked: bool | None = None,
        unit: ID | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[CustomerFeedback]:
        """What customers said, newest first.

        `linked`: only what is (not) about a goal; `unit`: what is about a goal of this unit, or of one below it.
        """
        return feedback_page(info.context.view, linked, unit, first, after)

    @field
    async def alerts(
        self,
        info: Info,
        states: list[enums.AlertState] | None = OPEN,
        unit: ID | None = None,
        kinds: list[enums.AlertKind] | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[alerts.Alert]:
        """Alerts (to a unit and those below it), newest first."""
        await alerts.require_alerts(info.context)
        return alerts.alerts_page(info.context.view, states, unit, kinds, first, after)

    @field
    async def silos(self, info: Info) -> list[Silo]:
        """Units that are silos now, by name."""
        return await silos(info.context)

    @field
    def units(
        self, info: Info, search: str | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[OrgUnit]:
        """Units that are not closed, by name."""
        view = info.context.view
        text = needle(search or "")
        found = [id for id, row in cost.scan(view.org.units.items()) if text in row.name.casefold()]
        return units_page(view, found, first, after, MOST)

    @field
    def cycles(
        self, info: Info, open: bool | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Cycle]:
        """Cycles, the latest first."""
        view = info.context.view
        rows = [row for row in cost.scan(view.org.cycles.values()) if open is None or row.open == open]
        rows.sort(key=lambda row: (row.starts_on, row.id), reverse=True)
        return page(rows, lambda row: Cycle(view=view, row=row), lambda row: row.id, first, after, MOST)

    @field
    def people(
        self,
        info: Info,
        search: str | None = None,
        unit: ID | None = None,
        signed_in: bool | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Person]:
        """People (of a unit), by name; `signedIn: false`: those who have never signed in."""
        view = info.context.view
        known_unit(view, unit, "unit")
        asked = cost.scan(view.org.people) if unit is None else belonging(view, unit)
        text = needle(search or "")
        found = [id for id in asked if text in person_name(view, id).casefold()]
        if signed_in is not None:
            found = [id for id in found if has_signed_in(view, id) == signed_in]
        return people_page(view, found, first, after, MOST)

    @field
    def invitations(
        self,
        info: Info,
        states: list[enums.InvitationState] | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Invitation]:
        """Invitations, the newest first; for administrators, and for leads those of their own units."""
        return invitations_page(info.context, states, first, after)

    @field
    def former_people(
        self, info: Info, search: str | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Person]:
        """People who left and service accounts that were revoked, by name; without those who were erased."""
        return former_people_page(info.context.view, needle(search or ""), first, after)

    @field
    def service_accounts(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[ServiceAccount]:
        """Service accounts that have not been revoked, by name."""
        return service_accounts_page(info.context.view, first, after)

    @field
    def my_turn(
        self,
        info: Info,
        unit: ID | None = None,
        kinds: list[enums.TurnKind] | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Turn]:
        """Everything whose next move is yours, or a unit's; most overdue first."""
        return my_turn(info.context, unit, kinds, first, after)

    @field
    async def imports(self, info: Info, first: int | None = None) -> list[ImportRun]:
        """The imports that are under way and that have just ended, the one that began last at the end."""
        return await imports(info.context, size(first, MOST))

    @field
    async def webhooks(self, info: Info) -> list[Webhook]:
        """Where alerts are delivered to, and how that fares; for administrators."""
        return await webhooks(info.context)


def _age(row: WhyRow) -> Any:
    return row.published_at, row.id
