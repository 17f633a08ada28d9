"""What mutations answer: the thing as it is now, what the change breaks and mends, and refusals as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.request import command_execution
from gateway.request.command_outcome import CommandOutcome
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, NESTED, size
from gateway.schema.core.node import field, own
from gateway.schema.types.alerts import Alert
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.key_results import CheckIn, KeyResult
from gateway.schema.types.links import Link
from gateway.schema.types.lookups import goal_nodes
from gateway.schema.types.objectives import Objective
from gateway.schema.types.whys import Purpose, Why
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import Problem
from goldenthread.contracts.replies import ImportRow

T = TypeVar("T")
_COMPARED = 16
"""Rows that are compared in the time in which one is looked at."""


def first_of(items: Sequence[T], first: int | None, most: int = MOST) -> list[T]:
    """The first items, `most` without a number. Raises `BadRequest` for a number out of range."""
    return list(items[: size(first, most, most)])


@strawberry.type(description="A refusal the caller can act on. `path` points into the input.")
class UserError:
    """A refusal the caller can act on."""

    view: Private[OrganizationView]
    row: Private[Problem]
    code: enums.ErrorCode = own()
    message: str = own()
    path: list[str] = own()
    candidates: list[str] = own("The values to choose from at `path`, where there are some.")

    @field
    def nodes(self) -> list[GoalNode] | None:
        """The goals it is about: those on a loop (LINK_LOOP), those of which `closeCycle` has to be told more."""
        return goal_nodes(self.view, self.row.nodes) if self.row.nodes is not None else None


@strawberry.type(
    description="What a change would break or mend, before or after it is made: purpose, whys and objectives. A key "
    "result is as broken as what it measures; it raises no alert and counts in no share, so it is not counted here. "
    "The lists name what is there; the counts, and the titles of an import, include what a dry run would create."
)
class Impact:
    """What a change breaks or mends; nodes that are not there (yet) are left out."""

    view: Private[OrganizationView]
    row: Private[command_execution.SortedEffects]
    rows: Private[Sequence[ImportRow]] = ()
    """What became of the rows of an import."""

    def _titles(self, found: list[Id], first: int | None) -> list[str]:
        """Titles of the first nodes, of those that are not there (yet) as their rows have them."""
        wanted = first_of(found, first, NESTED)
        known = {id: node.title for id in wanted if (node := self.view.org.node(id)) is not None}
        missing = {*wanted} - known.keys()
        if missing:
            cost.rows(len(self.rows) // _COMPARED)
            known |= {row.node: row.title for row in self.rows if row.node in missing}
        return [known[id] for id in wanted if id in known]

    def _shown(self, found: list[Id], first: int | None) -> list[GoalNode]:
        """The first of the nodes that are there: an import may break many that are not."""
        there = [id for id in found if self.view.org.node(id) is not None]
        return goal_nodes(self.view, first_of(there, first))

    @field
    def orphaned(self, first: int | None = NESTED) -> list[GoalNode]:
        """Nodes that have no way to the purpose any more, the first of them; `orphanedCount` says how many."""
        return self._shown(self.row.orphaned, first)

    @field
    def orphaned_titles(self, first: int | None = NESTED) -> list[str]:
        """What the first of them are called, also those that an import would create."""
        return self._titles(self.row.orphaned, first)

    @field
    def orphaned_count(self) -> int:
        """How many nodes have no way to the purpose any more."""
        return len(self.row.orphaned)

    @field
    def unexplained(self, first: int | None = NESTED) -> list[GoalNode]:
        """Nodes whose why is missing or out of date now, the first of them; `unexplainedCount` says how many."""
        return self._shown(self.row.unexplained, first)

    @field
    def unexplained_titles(self, first: int | None = NESTED) -> list[str]:
        """What the first of them are called, also those that an import would create."""
        return self._titles(self.row.unexplained, first)

    @field
    def unexplained_count(self) -> int:
        """How many nodes have a why that is missing or out of date now."""
        return len(self.row.unexplained)

    @field
    def mended(self, first: int | None = NESTED) -> list[GoalNode]:
        """Nodes that are better off, the first of them; `mendedCount` says how many."""
        return self._shown(self.row.mended, first)

    @field
    def mended_titles(self, first: int | None = NESTED) -> list[str]:
        """What the first of them are called."""
        return self._titles(self.row.mended, first)

    @field
    def mended_count(self) -> int:
        """How many nodes are better off."""
        return len(self.row.mended)


@strawberry.type
class MutationPayload:
    """What every mutation answers. `errors` empty means it was done (or, for a dry run, could be)."""

    view: Private[OrganizationView]
    done: Private[CommandOutcome]

    @field
    def revision(self) -> int | None:
        """The revision this change made (the present one for a dry run); null when it was refused."""
        return self.done.accepted.revision if self.done.accepted else None

    @field
    def up_to_date(self) -> bool | None:
        """Whether alignment has judged `revision`: verdicts in this answer are up to date; null when it was refused.

        False: it is behind, or away. Ask again with the header Golden-Thread-Min-Revision, or listen.
        """
        return self.done.up_to_date if self.done.accepted else None

    @field
    def warnings(self) -> list[UserError]:
        """What was done all the same, but should be looked at: policy WARN says here what BLOCK would have refused."""
        found = [*self.done.accepted.warnings, *self.done.remarks] if self.done.accepted else []
        return [UserError(view=self.view, row=row) for row in found]

    @field
    def errors(self) -> list[UserError]:
        """Refusals; nothing was changed then."""
        return [UserError(view=self.view, row=row) for row in self.done.problems]


@strawberry.type
class ImpactPayload(MutationPayload):
    """What a mutation answers that may break or mend threads."""

    @field
    def impact(self) -> Impact | None:
        """What it breaks and mends; null when it was refused, and while that is not known (`upToDate` is false)."""
        accepted, effects = self.done.accepted, self.done.effects
        if accepted is None or effects is None or not (self.done.up_to_date or accepted.dry_run):
            return None
        rows = accepted.report.rows if accepted.report is not None else ()
        return Impact(view=self.view, row=command_execution.sort_effects(effects), rows=rows)


@strawberry.type
class PurposePayload(ImpactPayload):
    """What became of the purpose."""

    @field
    def purpose(self) -> Purpose | None:
        """The purpose as it is now; null when the change was refused."""
        row = self.view.org.purpose
        return Purpose(view=self.view, row=row) if row is not None and self.done.accepted else None


@strawberry.type
class WhyPayload(ImpactPayload):
    """What became of a why."""

    @field
    def why(self) -> Why | None:
        """The why as it is now."""
        row = self.view.org.whys.get(self.done.main or "")
        return Why(view=self.view, row=row) if row else None


@strawberry.type
class ObjectivePayload(ImpactPayload):
    """What became of an objective."""

    @field
    def objective(self) -> Objective | None:
        """The objective as it is now."""
        row = self.view.org.objectives.get(self.done.main or "")
        return Objective(view=self.view, row=row) if row else None


@strawberry.type
class ObjectivesPayload(ImpactPayload):
    """What became of several objectives."""

    @field
    def objectives(self) -> list[Objective]:
        """The objectives as they are now."""
        rows = (self.view.org.objectives.get(id) for id in self.done.ids)
        return [Objective(view=self.view, row=row) for row in rows if row is not None]


@strawberry.type
class KeyResultPayload(ImpactPayload):
    """What became of a key result."""

    @field
    def key_result(self) -> KeyResult | None:
        """The key result as it is now."""
        row = self.view.org.key_results.get(self.done.main or "")
        return KeyResult(view=self.view, row=row) if row else None


@strawberry.type
class CheckInPayload(MutationPayload):
    """What became of a reading."""

    @field
    def check_in(self) -> CheckIn | None:
        """The reading as it is now."""
        row = self.view.org.check_ins.get(self.done.main or "")
        return CheckIn(view=self.view, row=row) if row else None


@strawberry.type
class LinkPayload(ImpactPayload):
    """What became of a link."""

    @field
    def link(self) -> Link | None:
        """The link as it is now."""
        row = self.view.org.links.get(self.done.main or "")
        return Link(view=self.view, row=row) if row else None


@strawberry.type
class LinksPayload(ImpactPayload):
    """What became of several links."""

    @field
    def links(self) -> list[Link]:
        """The links as they are now."""
        rows = (self.view.org.links.get(id) for id in self.done.ids)
        return [Link(view=self.view, row=row) for row in rows if row is not None]


@strawberry.type
class AlertPayload:
    """What became of an alert."""

    view: Private[OrganizationView]
    done: Private[CommandOutcome]

    @field
    def alert(self) -> Alert | None:
        """The alert as it is now."""
        row = self.view.alerts.get(self.done.main or "")
        return Alert(view=self.view, row=row) if row else None

    @field
    def errors(self) -> list[UserError]:
        """Refusals; nothing was changed then."""
        return [UserError(view=self.view, row=row) for row in self.done.problems]


@strawberry.type
class WebhookPayload:
    """What became of a webhook."""

    view: Private[OrganizationView]
    done: Private[CommandOutcome]

    @field
    def webhook(self) -> ID | None:
        """Its id, to remove it by."""
        return ID(self.done.main) if self.done.main else None

    @field
    def secret(self) -> str | None:
        """What its messages are signed with (Standard Webhooks), said when it is added; keep it."""
        found = self.done.accepted.secret if self.done.accepted else None
        return None if found is None else found.reveal()

    @field
    def errors(self) -> list[UserError]:
        """Refusals; nothing was changed then."""
        return [UserError(view=self.view, row=row) for row in self.done.problems]
