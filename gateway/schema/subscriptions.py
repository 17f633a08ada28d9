"""The subscriptions. One that is asked to begin after a revision first sends what happened since, then goes on live."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, Private

from gateway.errors import BadRequest, Unavailable
from gateway.live.event_feed import EventFeed, first_after
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.filters import any_of
from gateway.schema.core.known_ids import known_node, known_unit
from gateway.schema.core.node import field, stream
from gateway.schema.message_span import message_span
from gateway.schema.types.alerts import Alert, require_alerts
from gateway.schema.types.alignment import Alignment
from gateway.schema.types.cycles import Cycle
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.history import HistoryEntry, change
from gateway.schema.types.imports import ImportRun
from gateway.schema.types.links import Link
from gateway.schema.types.lookups import goal_nodes, must_node, person, unit
from gateway.schema.types.organization import Organization, organization
from gateway.schema.types.people import Person
from gateway.schema.types.units import OrgUnit
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from gateway.views.tree_changes import ChangedNodes, around, below, changed_nodes, removed
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import Alert as AlertRow
from goldenthread.contracts.events.alignment import Transition

Root = Annotated[ID | None, strawberry.argument(name="root")]


@strawberry.type
class GoalsChange:
    """What every change that goals published has: the revision it made, and its words."""

    event: Private[Event]

    @field
    def revision(self) -> int:
        """The revision it made."""
        return self.event.sequence

    @field
    async def change(self, info: Info) -> HistoryEntry:
        """The change, in words."""
        found = await change(info, self.event.sequence)
        if found is None:
            raise Unavailable(f"The change {self.event.sequence} cannot be read now.")
        return found


@strawberry.type(description="One change of the goal graph. Nodes and links are shown as they are now.")
class GoalTreeChange(GoalsChange):
    """One change of the goal graph."""

    view: Private[OrganizationView]
    row: Private[ChangedNodes]

    @field
    def changed(self) -> list[GoalNode]:
        """The nodes that changed."""
        return goal_nodes(self.view, self.row.nodes)

    @field
    def links(self) -> list[Link]:
        """The links that changed."""
        found = (self.view.org.links.get(id) for id in self.row.links)
        return [Link(view=self.view, row=row) for row in found if row is not None]

    @field
    def removed(self) -> list[ID]:
        """Ids of nodes and links that the tree does not show any more."""
        return [ID(id) for id in removed(self.view, self.row)]


@strawberry.type
class OrganizationChange(GoalsChange):
    """One change of the organization around the goals. All is shown as it is now; what it was not about is null."""

    view: Private[OrganizationView]
    row: Private[Entity]

    @field
    def organization(self) -> Organization:
        """The organization."""
        return organization(self.view)

    @field
    def unit(self) -> OrgUnit | None:
        """The unit that was added, changed, moved or closed."""
        return unit(self.view, self.row.id)

    @field
    def person(self) -> Person | None:
        """The person or service account that was added, changed or removed."""
        return person(self.view, self.row.id)

    @field
    def cycle(self) -> Cycle | None:
        """The cycle that was opened or closed."""
        row = self.view.org.cycles.get(self.row.id)
        return Cycle(view=self.view, row=row) if row is not None else None


@strawberry.type(description="The verdict on a node turned.")
class AlignmentChange:
    """The verdict on a node turned."""

    view: Private[OrganizationView]
    row: Private[Transition]
    event: Private[Event]

    @field
    def revision(self) -> int:
        """The goals revision it reflects."""
        return self.event.basis or 0

    @field
    def at(self) -> datetime:
        """When it turned."""
        return self.event.time

    @field
    def node(self) -> GoalNode:
        """The node."""
        return must_node(self.view, self.row.node)

    @field
    def before(self) -> enums.AlignmentState | None:
        """What it was; null for a first verdict."""
        return self.row.before.state if self.row.before else None

    @field
    def alignment(self) -> Alignment:
        """The verdict as it is now."""
        return Alignment(view=self.view, node=self.row.node)

    @field
    async def caused_by(self, info: Info) -> HistoryEntry | None:
        """The change that turned it."""
        return await change(info, self.row.caused_by.sequence)


@strawberry.type
class Subscription:
    """Everything one can subscribe to."""

    @stream
    async def goal_tree_changed(
        self, info: Info, top: Root = None, after_revision: int | None = None
    ) -> AsyncGenerator[GoalTreeChange, None]:
        """Every change of the goal graph below a node, in order, with the revision it made; now or after a revision."""
        view = info.context.view
        known_node(view, top, "root")
        with _feed(info, GOALS, _place(view, after_revision)) as feed:
            async for event in feed.events():
                found = changed_nodes(view.org, event.data)
                found = below(view, top, found, event.data) if top is not None else found
                if found:
                    with message_span("goalTreeChanged", event):
                        yield GoalTreeChange(view=view, row=found, event=event)

    @stream
    async def organization_changed(
        self, info: Info, after_revision: int | None = None
    ) -> AsyncGenerator[OrganizationChange, None]:
        """Every change of the organization itself, its units, people and cycles, in order; now or after a revision."""
        view, cache = info.context.view, info.context.cache
        with _feed(info, GOALS, _place(view, after_revision)) as feed:
            async for event in feed.events():
                row = around(event.data)
                if row is not None:
                    await cache.named(view)
                    with message_span("organizationChanged", event):
                        yield OrganizationChange(view=view, row=row, event=event)

    @stream
    async def alignment_changed(
        self,
        info: Info,
        unit: ID | None = None,
        include_subunits: bool | None = True,
        after_revision: int | None = None,
    ) -> AsyncGenerator[AlignmentChange, None]:
        """Verdict transitions of a unit's goals (all units when omitted); from now on or a revision on."""
        view, cache = info.context.view, info.context.cache
        known_unit(view, unit, "unit")
        after = _place(view, after_revision)
        if after is None and not view.verdicts_known:
            after = view.revision  # what is judged of later changes is told once alignment answers
        with _feed(info, ALIGNMENT, None if after is None else await first_after(cache, view, after)) as feed:
            async for event in feed.events():
                if isinstance(event.data, Transition) and _of(view, event.data.node, unit, bool(include_subunits)):
                    with message_span("alignmentChanged", event):
                        yield AlignmentChange(view=view, row=event.data, event=event)

    @stream
    async def alert_changed(
        self, info: Info, unit: ID | None = None, kinds: list[enums.AlertKind] | None = None
    ) -> AsyncGenerator[Alert, None]:
        """Alerts (to a unit and those below it) that are raised, changed, acknowledged or resolved from now on."""
        view = info.context.view
        known_unit(view, unit, "unit")
        await require_alerts(info.context)
        wanted = any_of(kinds)
        with _feed(info, ALERTS) as feed:
            async for event in feed.events():
                row = _alert(event)
                if row is not None and _addressed(view, row, unit) and (wanted is None or row.kind in wanted):
                    with message_span("alertChanged", event):
                        yield Alert(view=view, row=row)

    @stream
    async def import_changed(self, info: Info) -> AsyncGenerator[ImportRun, None]:
        """Imports of the organization: those under way, and then each whenever it is further, or has ended."""
        view, cache = info.context.view, info.context.cache
        with cache.imports.feed(view.id) as feed:
            async for run in feed.changes():
                yield ImportRun(view=view, row=run)


def _feed(info: Info, source: str, after: int | None = None) -> EventFeed:
    context = info.context
    return EventFeed(context.cache, context.view, source, after, context.reader, context.pace)


def _place(view: OrganizationView, after_revision: int | None) -> int | None:
    if after_revision is not None and not 0 <= after_revision <= view.revision:
        raise BadRequest(f"afterRevision must be from 0 to {view.revision}, the revision there is now.")
    return after_revision


def _of(view: OrganizationView, node: Id, unit: Id | None, below: bool) -> bool:
    if unit is None:
        return True
    owners = view.org.owners(node)
    return unit in owners or (below and any(_at_or_above(view, unit, owner) for owner in owners))


def _addressed(view: OrganizationView, row: AlertRow, unit: Id | None) -> bool:
    """Whether an alert is addressed to a unit or one below it (any unit: None)."""
    return unit is None or (row.addressee is not None and _at_or_above(view, unit, row.addressee))


def _at_or_above(view: OrganizationView, unit: Id, other: Id) -> bool:
    """Costs every event the height of the tree of units, whatever their number."""
    return any(each.id == unit for each in view.org.ancestors(other))


def _alert(event: Event) -> AlertRow | None:
    return None if event.data is None else event.data.alert
