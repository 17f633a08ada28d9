"""What alignment publishes: the verdict on every node, and each transition of it.

Every event is a pure function of goals' commits: same ids and times however the commits were batched.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.entities import Id

SOURCE = "/goldenthread/alignment"


class AlignmentState(StrEnum):
    """Does a node's why trace back to the purpose?"""

    ALIGNED = "ALIGNED"
    UNEXPLAINED = "UNEXPLAINED"
    ORPHANED = "ORPHANED"
    NOT_JUDGED = "NOT_JUDGED"


class OrphanCause(StrEnum):
    """Why a chain ends, in the order that decides where several apply (LOOP apart)."""

    LINK_PENDING = "LINK_PENDING"
    WHY_RETIRED = "WHY_RETIRED"
    PARENT_ENDED = "PARENT_ENDED"
    LINK_WITHDRAWN = "LINK_WITHDRAWN"
    LINK_DECLINED = "LINK_DECLINED"
    PURPOSE_MISSING = "PURPOSE_MISSING"
    NOT_LINKED = "NOT_LINKED"
    LOOP = "LOOP"


class Verdict(Struct, frozen=True):
    """The verdict on one node.

    `depth` is hops to the purpose (None when orphaned or not judged), `unexplained` the hops without a current why on
    that path, `via` the link the golden thread takes next (for an orphan: towards `broken_at`; None at the end).
    `cause`, `broken_at`, `lost_parent`, `link` belong to orphans: `link` is the pending, declined or withdrawn link the
    cause speaks of, or the newest link on the loop. `frozen` is the last judged state of a node that ended.
    """

    state: AlignmentState
    depth: int | None = None
    unexplained: int | None = None
    via: Id | None = None
    cause: OrphanCause | None = None
    broken_at: Id | None = None
    lost_parent: Id | None = None
    link: Id | None = None
    frozen: AlignmentState | None = None


class Cause(Struct, frozen=True):
    """The goals event that brought a transition about."""

    event: str
    sequence: int
    type: str


class Transition(Struct, frozen=True):
    """Base: a change of state, `broken_at` or cause of one node (purpose, why, objective or key result)."""

    node: Id
    after: Verdict
    caused_by: Cause
    before: Verdict | None = None


class GoalAligned(Transition, frozen=True):
    """The node's why traces back to the purpose."""


class GoalUnexplained(Transition, frozen=True):
    """A path reaches the purpose, but on every path some hop's why is missing or out of date."""


class GoalOrphaned(Transition, frozen=True):
    """No path reaches the purpose."""


class Label(Struct, frozen=True):
    """The verdict a node has after a commit."""

    node: Id
    verdict: Verdict


class LabelsChanged(Struct, frozen=True):
    """Every label a commit changed, in chunks of at most 500; subject = the organization."""

    labels: list[Label]


class AlignmentHealth(Struct, frozen=True):
    """How a unit, or the organization, stands; every figure is explained in `docs/figures.md`.

    `objectives` = aligned + unexplained + pending + orphaned; pending are those orphaned only because the other side
    has not decided yet. Coverages are 0..1, and 1 where there was nothing to cover.
    """

    objectives: int
    aligned: int
    unexplained: int
    pending: int
    orphaned: int
    cascade_coverage: float
    outside_in_coverage: float
    median_depth: float | None
    median_answer_hours: float | None
    median_response_hours: float | None = None


class UnitHealth(Struct, frozen=True):
    """The health of a unit; without one, of the organization."""

    unit: Id | None
    health: AlignmentHealth


class HealthRecorded(Struct, frozen=True):
    """How the organization and every unit with objectives stood when a UTC day was closed, at most 500 an event."""

    day: date
    points: list[UnitHealth]


class SiloKind(StrEnum):
    """What shows that a unit and the rest of the organization do not speak with each other."""

    UNTOLD = "UNTOLD"
    """No why has been passed on to it."""
    UNANSWERED = "UNANSWERED"
    """It owes an answer to a why."""
    ORPHANED = "ORPHANED"
    """None of its active objectives traces back to the purpose."""
    ISOLATED = "ISOLATED"
    """No accepted link connects it with a unit that is neither above nor below it."""
    UNHEARD = "UNHEARD"
    """A question it asked has found no answer."""


class SiloEvidence(Struct, frozen=True):
    """One kind of evidence, and since when it holds; `about` is the why that is owed or the question that is open."""

    kind: SiloKind
    since: datetime
    about: Id | None = None


class UnitSiloed(Struct, frozen=True):
    """A unit is a silo since then: at least two kinds of evidence have lasted; said again when they are others."""

    unit: Id
    since: datetime
    evidence: list[SiloEvidence]


class UnitConnected(Struct, frozen=True):
    """A unit is a silo no more. `since` is when it had become one."""

    unit: Id
    since: datetime


PAYLOADS: dict[str, type[Struct]] = {
    "goal.aligned": GoalAligned,
    "goal.unexplained": GoalUnexplained,
    "goal.orphaned": GoalOrphaned,
    "labels.changed": LabelsChanged,
    "health.recorded": HealthRecorded,
    "unit.siloed": UnitSiloed,
    "unit.connected": UnitConnected,
}

TRANSITIONS: dict[AlignmentState, type[Transition]] = {
    AlignmentState.ALIGNED: GoalAligned,
    AlignmentState.UNEXPLAINED: GoalUnexplained,
    AlignmentState.ORPHANED: GoalOrphaned,
}
