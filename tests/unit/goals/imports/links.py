"""Links of the four rows as people make and end them, and what an import notes of them."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.plan import PlanParent
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, rows

TO_V = replace(O1, parents=[*O1.parents, PlanParent("V", "it earns us")])
NONE = replace(O1, parents=[], cells={"parents": ""})
O2 = replace(O1, row="O2", line="line 9", title="Answer at once", parents=[], cells={"parents": ""})


def notes(decision: Decision, row: str = "O") -> list[str | None]:
    return [cell.note for each in rows(decision) if each.row == row for cell in each.cells]


def linked(harness: ImportHarness, parent: str = "V", child: str = "O", accept: bool = True) -> Id:
    """A link that people make."""
    command = c.ProposeLink(child=harness.row(child).id, parent=harness.row(parent).id, because="so")
    made = harness.do(command).ids[0]
    if accept and harness.org.links[made].state is LinkState.PROPOSED:
        harness.do(c.AcceptLink(link=made, round=1))
    return made


def close(harness: ImportHarness, row: str = "O", successor: str | None = None) -> None:
    harness.do(
        c.CloseObjective(
            objective=harness.row(row).id,
            grade=1,
            note="Done",
            successor=harness.row(successor).id if successor else None,
        )
    )
