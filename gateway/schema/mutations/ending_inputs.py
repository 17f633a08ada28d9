"""What the mutations take that end an objective or a cycle, and that carry on into the next one."""

from __future__ import annotations

import strawberry
from strawberry import ID

from gateway.schema.core.enums import Disposition, Kept


@strawberry.input
class KeptInput:
    """Whether the promise in return of a link was kept."""

    link: ID
    kept: Kept


@strawberry.input(
    description="`kept`: for each link, whether the promise in return was kept. `successor` takes over what hangs on "
    "this objective, to be reaffirmed."
)
class CloseObjectiveInput:
    """An objective ends, with its outcome."""

    objective: ID
    grade: float
    note: str
    kept: list[KeptInput] = strawberry.field(default_factory=list)
    successor: ID | None = None
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class CopyKeyResultInput:
    """What is different at the copy of a key result."""

    key_result: ID
    start_value: float | None = strawberry.field(
        default=None, description="Its last value by default; with a value given here, nothing is measured yet."
    )
    target_value: float | None = strawberry.field(default=None, description="Its present target by default.")
    leave_out: bool = strawberry.field(
        default=False, description="It is not copied. Links to it then go to the copy of the objective."
    )


@strawberry.input
class CopyObjectiveInput:
    """An active objective closes with this outcome, and a copy of it begins in `toCycle` that says what it continues.

    Links, open proposals and open questions move to the copy. A draft has nothing to grade, and is carried over as it
    is."""

    objective: ID
    grade: float = strawberry.field(description="0 to 1, of the objective that closes.")
    note: str = strawberry.field(description="What it came to, in words.")
    kept: list[KeptInput] = strawberry.field(
        default_factory=list, description="For each link, whether the promise in return was kept."
    )
    title: str | None = strawberry.field(
        default=None, description="What the copy is called, where that changes: links are to be reaffirmed then."
    )
    description: str | None = None
    editorial: bool = strawberry.field(
        default=False, description="Only the wording of the title changes: what was explained stays explained."
    )
    key_results: list[CopyKeyResultInput] = strawberry.field(
        default_factory=list, description="Key results not named start at their last value."
    )


@strawberry.input
class CarryOverInput:
    """Open objectives go on in another cycle, with their links to live parents: as they are (`objectives`), or as
    copies, and the old ones close with their grade (`copy`)."""

    objectives: list[ID] = strawberry.field(default_factory=list)
    to_cycle: ID
    copy: list[CopyObjectiveInput] = strawberry.field(
        default_factory=list, description="With `objectives` at most 1,000, each named once."
    )
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class OutcomeOfInput:
    """What an active objective came to, that closes with its cycle. A draft has nothing to grade; archive it."""

    objective: ID
    grade: float
    note: str
    kept: list[KeptInput] = strawberry.field(default_factory=list)
    successor: ID | None = strawberry.field(
        default=None, description="Links to this objective move to it, to be reaffirmed."
    )


@strawberry.input
class OthersOutcomeInput:
    """The outcome of every objective that is not named."""

    grade: float | None = strawberry.field(
        default=None, description="Without one, the progress of each objective's own key results is its grade."
    )
    note: str


@strawberry.input
class CloseCycleInput:
    """A planning period ends; every open objective is named once, or `allOthers` says what becomes of it."""

    cycle: ID
    carry_over: list[ID] = strawberry.field(
        default_factory=list,
        description="These go on in `toCycle`. Without `allOthers`, open objectives not named are refused, listed in "
        "errors.",
    )
    to_cycle: ID | None = None
    archive: list[ID] = strawberry.field(default_factory=list)
    close: list[OutcomeOfInput] = strawberry.field(default_factory=list)
    copy: list[CopyObjectiveInput] = strawberry.field(
        default_factory=list, description="These close, and a copy of each begins in `toCycle`."
    )
    all_others: Disposition | None = strawberry.field(
        default=None, description="What becomes of every open objective of the cycle that no list names."
    )
    others_outcome: OthersOutcomeInput | None = strawberry.field(
        default=None, description="Needed where `allOthers` closes or copies an active objective."
    )
    dry_run: bool = False
    idempotency_key: str | None = None
