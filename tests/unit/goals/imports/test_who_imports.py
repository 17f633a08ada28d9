"""Who may import, what an import must say of itself, and what its answer names."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.imports import RowChoice
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import ConflictChoice, ObjectiveState
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.events.goals import PlanImported
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanRow, RowType
from services.goals.domain.imports.import_plan import import_plan
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import ROWS, load, up

PLAN = Plan(PlanFormat.JSON, ROWS)


def person(harness: ImportHarness, *roles: RoleGrant) -> Id:
    return harness.do(c.AddPerson(name="N", subject=f"s{len(harness.org.people)}", roles=list(roles))).ids[0]


def refused(harness: ImportHarness, actor: Id | None = None, **said: Any) -> Problem:
    command = ImportPlan(**{"source": "file", "content": "", **said})
    with pytest.raises(Refused) as caught:
        import_plan(harness.org, command, PLAN, harness.context(actor or harness.admin))
    assert not harness.org.objectives
    problem: Problem = caught.value.problems[0]
    return problem


def test_an_administrator_imports_and_nobody_else() -> None:
    harness = ImportHarness()
    root = harness.org.info.root if harness.org.info else ""
    lead, executive = person(harness, RoleGrant(R.LEAD, root)), person(harness, RoleGrant(R.EXECUTIVE))
    for actor in (lead, executive, person(harness), "person_elsewhere"):
        assert refused(harness, actor).code is ErrorCode.FORBIDDEN
    gone = person(harness, RoleGrant(R.ADMIN))
    harness.do(c.RemovePerson(person=gone))
    assert refused(harness, gone).code is ErrorCode.FORBIDDEN
    program = harness.do(c.CreateServiceAccount(name="P", subject="p", roles=[RoleGrant(R.ADMIN)])).ids[0]
    import_plan(harness.org, ImportPlan(source="file", content=""), PLAN, harness.context(program))
    assert harness.org.objectives


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"source": "a/b"}, "source"),
        ({"source": "x" * 501}, "source"),
        ({"source": "a\nb"}, "source"),
        ({"as_state": ObjectiveState.CLOSED}, "as"),
        ({"as_state": ObjectiveState.ARCHIVED}, "as"),
    ],
)
def test_what_an_import_cannot_be_called_or_bring_is_refused(said: dict[str, Any], path: str) -> None:
    problem = refused(ImportHarness(), **said)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, [path])


def test_the_answer_names_the_goals_of_the_rows_and_the_last_fact_is_about_the_organization() -> None:
    harness = ImportHarness()
    decision = load(harness)
    assert set(decision.ids) == {harness.row(row.row).id for row in ROWS}
    assert isinstance(decision.facts[-1].payload, PlanImported)
    assert harness.org.info is not None
    assert decision.facts[-1].subject == harness.org.info.id


def test_every_row_is_counted_as_it_is_taken_or_not() -> None:
    harness, counted = ImportHarness(), []
    wrong = PlanRow("X", "line 9", RowType.OBJECTIVE, " ")
    plan = replace(PLAN, rows=[*ROWS, wrong])
    command = ImportPlan(source="file", content="")
    import_plan(harness.org, command, plan, harness.context(harness.admin), count=lambda: counted.append(1))
    assert len(counted) == len(ROWS) + 1


def test_what_is_noted_of_a_file_is_said_of_its_content() -> None:
    harness = ImportHarness()
    plan = replace(PLAN, notes=["A sheet was left out."])
    (warning,) = harness.imports(plan).warnings
    assert (warning.code, warning.path) == (ErrorCode.INVALID, ["content"])


def test_a_row_that_hangs_on_one_of_an_earlier_file_of_the_same_source_is_linked_to_it() -> None:
    harness = ImportHarness()
    load(harness)
    more = PlanRow("N", "line 2", RowType.OBJECTIVE, "New", parents=[PlanParent("W", "it grows us")])
    harness.imports(Plan(PlanFormat.JSON, [more]))
    assert up(harness, "N") == [harness.row("W").id]


def test_a_decision_about_a_row_that_the_file_does_not_have_is_refused_with_its_place() -> None:
    here, elsewhere = (RowChoice(row=row, take=ConflictChoice.OURS) for row in ("O", "nowhere"))
    problem = refused(ImportHarness(), choices=[here, elsewhere])
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["choices", "1", "row"])
    assert "'nowhere'" in problem.message


def test_an_import_without_its_plan_is_no_command_that_is_decided_alone() -> None:
    harness = ImportHarness()
    with pytest.raises(Refused, match="ImportPlan is not decided as a single command") as caught:
        harness.do(ImportPlan(source="file", content=""))
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["type"])
