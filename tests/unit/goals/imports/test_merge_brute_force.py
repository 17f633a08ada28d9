"""One cell, three values, every sequence of six edits, imports, decisions and losses of the merge base.

The rules are held against an oracle that knows none of them: it keeps the whole history, and asks who changed what
since the file was last settled with what is here.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pytest

from goldenthread.contracts.commands import UpdateObjective
from goldenthread.contracts.enums import CellOutcome, ConflictChoice
from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, RowType
from services.goals.domain.imports.cell_merge import MergeOutcome, merge
from services.goals.domain.merge_base import BaseCell
from tests.unit.goals.import_harness import ImportHarness

pytestmark = pytest.mark.slow


DEPTH = 6
VALUES = "abc"
THEIRS, OURS = ConflictChoice.THEIRS, ConflictChoice.OURS


class Step(NamedTuple):
    """`kind`: edit, import or lose. What the file's cell says, and how conflicts are decided, for an import."""

    kind: str
    value: str = ""
    text: str | None = None
    choice: ConflictChoice | None = None


EDITS = [Step("edit", value) for value in VALUES]
LOSS = Step("lose")
STEPS = [*EDITS, *(Step("import", *said) for said in product(VALUES, [None], [None, THEIRS, OURS])), LOSS]
READINGS = [
    *EDITS,
    *(Step("import", *said) for said in product("ab", ["1/2/26", "2/1/26"], [None, THEIRS, OURS])),
    LOSS,
]
"""A text that is read in two ways: another row of the file decides which."""


class Past(NamedTuple):
    """One step that was taken, what was here before and after it, and what was said of it."""

    step: Step
    before: str
    after: str
    outcome: MergeOutcome | None


def settled(history: list[Past]) -> Step | None:
    """The file at the last import after which nobody owed anybody a decision; None where that is forgotten."""
    for past in reversed(history):
        if past.step.kind == "lose":
            return None
        decided = past.outcome is MergeOutcome.CONFLICT and past.step.choice is OURS
        if past.step.kind == "import" and (past.after == past.step.value or decided):
            return past.step
    return None


def expected(history: list[Past], here: str, step: Step) -> tuple[str, bool]:
    """What is here after an import, and whether somebody is told that he has to decide."""
    last = settled(history)
    if step.value == here:
        return here, False
    if last is None:
        return (step.value, False) if step.choice is THEIRS else (here, step.choice is None)
    edited_by_file = step.value != last.value and (step.text is None or step.text != last.text)
    edited_by_people = here != last.value
    if not edited_by_file:
        return here, False
    if not edited_by_people or step.choice is THEIRS:
        return step.value, False
    return here, step.choice is None


class Walk:
    """Every sequence of `steps`; two histories that nothing can tell apart are continued once."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps, self.taken = steps, 0
        self.seen: set[tuple[object, ...]] = set()

    def all(self, was: BaseCell | None, here: str, history: list[Past], depth: int, *, prune: bool = True) -> None:
        key = (depth, was, here, settled(history))
        if depth == 0 or (prune and key in self.seen):
            return
        self.seen.add(key)
        for step in self.steps:
            self.taken += 1
            now, after, outcome = self.take(was, here, history, step)
            self.all(now, after, [*history, Past(step, here, after, outcome)], depth - 1, prune=prune)

    def take(
        self, was: BaseCell | None, here: str, history: list[Past], step: Step
    ) -> tuple[BaseCell | None, str, MergeOutcome | None]:
        if step.kind == "edit":
            return was, step.value, None
        if step.kind == "lose":
            return None, here, None
        said = BaseCell(step.value, step.text)
        merged = merge(was, here, said, step.choice)
        after, now = step.value if merged.takes else here, said if merged.remembers else was
        told = merged.outcome is MergeOutcome.CONFLICT and step.choice is None
        assert (after, told) == expected(history, here, step), (history, step)
        again = merge(now, after, said, None)
        assert not again.takes
        if told:
            assert now == was
            assert again.outcome is MergeOutcome.CONFLICT
        else:
            assert again.outcome is not MergeOutcome.CONFLICT, "what is decided is not asked again"
            assert not again.remembers
        return now, after, merged.outcome


def test_six_steps_of_one_cell_with_and_without_memory() -> None:
    walk = Walk(STEPS)
    first = Past(Step("import", "a"), "", "a", MergeOutcome.TAKEN)
    walk.all(BaseCell("a"), "a", [first], DEPTH)
    walk.all(None, "a", [], DEPTH)
    assert walk.taken > len(STEPS) * DEPTH


def test_sequences_that_are_told_apart_by_nothing_are_continued_once_and_nothing_is_lost_by_that() -> None:
    walk = Walk(STEPS)
    first = Past(Step("import", "a"), "", "a", MergeOutcome.TAKEN)
    walk.all(BaseCell("a"), "a", [first], DEPTH - 1, prune=False)
    assert walk.taken == sum(len(STEPS) ** depth for depth in range(1, DEPTH))


def test_six_steps_of_a_cell_whose_text_is_read_in_two_ways() -> None:
    walk = Walk(READINGS)
    first = Past(Step("import", "a", "1/2/26"), "", "a", MergeOutcome.TAKEN)
    walk.all(BaseCell("a", "1/2/26"), "a", [first], DEPTH)
    walk.all(None, "a", [], DEPTH)
    assert walk.taken > len(READINGS) * DEPTH


def test_a_whole_import_does_what_the_rules_say_of_its_cell() -> None:
    """Three steps through `import_plan`: what is here, what is told, and what is remembered."""
    for first, *steps in product(STEPS, repeat=3):
        harness, history = ImportHarness(), [Past(Step("import", "a"), "", "a", MergeOutcome.TAKEN)]
        harness.imports(plan("a"))
        for step in (first, *steps):
            here = harness.row("O").title
            if step.kind == "edit" and here != step.value:
                harness.do(UpdateObjective(objective=harness.row("O").id, title=step.value))
            elif step.kind == "lose":
                harness.merge_bases.clear()
            outcome = imported(harness, history, step) if step.kind == "import" else None
            history.append(Past(step, here, harness.row("O").title, outcome))


def plan(title: str) -> Plan:
    return Plan(PlanFormat.JSON, [PlanRow("O", "line 2", RowType.OBJECTIVE, title)])


def imported(harness: ImportHarness, history: list[Past], step: Step) -> MergeOutcome | None:
    here = harness.row("O").title
    decision = harness.imports(plan(step.value), conflicts=step.choice)
    assert decision.report is not None
    cells = [cell for row in decision.report.rows for cell in row.cells]
    told = [cell.cell for cell in cells if cell.outcome is CellOutcome.CONFLICT]
    assert (harness.row("O").title, told == ["title"]) == expected(history, here, step), (history, step)
    assert bool(decision.facts) == (harness.row("O").title != here)
    decided = any((cell.note or "").startswith("decided") for cell in cells)
    return MergeOutcome.CONFLICT if told or decided else None
