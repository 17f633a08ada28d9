"""Key results and their readings."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection, page
from gateway.schema.core.node import Node, field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.lookups import key_result, must_node, person
from gateway.views.progress import GoalProgress
from goldenthread.contracts import entities as e


@represents(e.CheckIn)
@strawberry.type(description="One reading of a key result.")
class CheckIn(Node):
    """One reading of a key result."""

    row: Private[e.CheckIn]
    value: float = own()
    confidence: float | None = own()
    status: enums.ProgressStatus | None = own()
    note: str | None = own()
    at: datetime = own()
    acknowledged_at: datetime | None = own()

    @field
    def key_result(self) -> KeyResult:
        """What was read."""
        return KeyResult(view=self.view, row=self.view.org.key_results[self.row.key_result])

    @field
    def by(self) -> refs.Person | None:
        """Who read it."""
        return person(self.view, self.row.by)

    @field
    def acknowledged_by(self) -> refs.Person | None:
        """Who has taken note of it."""
        return person(self.view, self.row.acknowledged_by)


@represents(e.KeyResult)
@strawberry.type(description="A measure of one objective or why.")
class KeyResult(GoalNode):
    """A measure."""

    row: Private[e.KeyResult]
    description: str | None = own()
    start_value: float | None = own()
    target_value: float | None = own()
    current_value: float | None = own()
    measure_unit: str | None = own()
    direction: enums.Direction = own()
    status: enums.ProgressStatus | None = own()
    confidence: float | None = own()
    version: int = own()

    @field
    def measures(self) -> GoalNode:
        """The objective or why it measures."""
        return must_node(self.view, self.row.measures)

    @field
    def continues(self) -> KeyResult | None:
        """What this is a copy of: the same measure in the cycle before."""
        return key_result(self.view, self.row.continues)

    @field
    def continued_by(self) -> KeyResult | None:
        """The copy that goes on with it: the one that is under way, else the last one."""
        return key_result(self.view, self.view.org.continued(self.row.id))

    @field
    def progress(self) -> float | None:
        """0..1 of the way from start (0 when not given) to target.

        null where there is no way in its direction (no target; a target of 0 without a start; a target that is the
        start), unless the target is reached.
        """
        return self.view.derived(GoalProgress).own(self.row.id)

    @field
    def check_ins(self, first: int | None = None, after: str | None = None) -> Connection[CheckIn]:
        """Its readings, newest first."""
        found = cost.scan(self.view.org.check_ins_of.get(self.row.id, {}))
        rows = [self.view.org.check_ins[id] for id in found]
        cost.rows(len(rows))
        rows.sort(key=lambda row: (row.at, row.id), reverse=True)
        return page(rows, lambda row: CheckIn(view=self.view, row=row), lambda row: row.id, first, after)
