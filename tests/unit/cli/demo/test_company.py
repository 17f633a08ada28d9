"""The demo's company: what its sheet says, and that the people named beside it can do what they are made to do."""

from __future__ import annotations

from collections import Counter

from goldenthread import exchange
from goldenthread.cli.demo import company
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.enums import LinkState, UnitFunction
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.plan import PlanRow, RowType
from goldenthread.organization.organization import Organization
from services.alignment.domain.verdict import Graph
from services.goals.domain.imports.import_plan import import_plan
from tests.unit.goals.world import World

PLAN = exchange.read(company.goals_sheet())
ROWS = {row.title: row for row in PLAN.rows}
TITLES = {row.row: row.title for row in PLAN.rows}
LEFT_TO_TALK = {proposal.child for proposal in company.PROPOSALS}
UNLINKED = "Invoices without paper"
UNEXPLAINED = "Buy spare parts together with the neighbours"


def test_there_are_about_sixty_goals_of_every_kind_in_twelve_units() -> None:
    kinds = Counter(row.type for row in PLAN.rows)
    assert 55 <= len(PLAN.rows) <= 65
    assert kinds[RowType.PURPOSE] == 1
    assert min(kinds[RowType.WHY], kinds[RowType.OBJECTIVE], kinds[RowType.KEY_RESULT]) >= 6
    assert PLAN.problems == []
    units = {company.NAME, *(unit.name for unit in company.UNITS)}
    assert len(units) == 12
    assert {row.unit for row in PLAN.rows if row.unit} == units


def test_business_and_technology_are_both_there_and_every_unit_has_a_lead_of_its_own() -> None:
    functions = Counter(unit.function for unit in company.UNITS)
    assert min(functions[UnitFunction.BUSINESS], functions[UnitFunction.TECHNOLOGY]) >= 3
    assert len({unit.lead for unit in company.UNITS} | {company.CHIEF}) == 12
    assert company.unit_lead(company.NAME) == company.CHIEF


def test_every_link_says_why_except_the_one_that_is_to_be_unexplained() -> None:
    silent = {row.title for row in PLAN.rows for parent in linked(row) if not parent[1]}
    assert silent == {UNEXPLAINED}


def test_goals_have_two_parents_across_units_and_a_key_result_has_too() -> None:
    both = [row for row in PLAN.rows if len(row.parents) > 1]
    assert len(both) >= 5
    assert any(row.type is RowType.KEY_RESULT for row in both)


def test_an_objective_without_a_parent_is_one_that_is_talked_about_or_the_one_that_is_to_be_unlinked() -> None:
    alone = {row.title for row in PLAN.rows if row.type is RowType.OBJECTIVE and not row.parents}
    assert alone == LEFT_TO_TALK | {UNLINKED}


def test_what_happens_beside_the_sheet_names_goals_that_are_on_it() -> None:
    named = {name for each in company.PROPOSALS for name in (each.child, each.parent)}
    named |= {each.key_result for each in company.READINGS}
    named |= {company.THREAD_READ_ALOUD, company.RETIRED_WHY, company.REVISED_WHY, *company.REAFFIRMED}
    assert named <= set(ROWS)
    assert all(ROWS[each.child].unit != ROWS[each.parent].unit for each in company.PROPOSALS)
    outcomes = [(each.given is not None, each.countered, each.declined is not None) for each in company.PROPOSALS]
    assert outcomes.count((True, False, False)) >= 2
    assert {(True, True, False), (False, False, True), (False, False, False)} <= set(outcomes)


def test_a_revision_leaves_exactly_one_goal_below_it_to_say_again_why_it_serves() -> None:
    below = {row.title for row in PLAN.rows if company.REVISED_WHY in [TITLES[parent.row] for parent in row.parents]}
    assert len(below - set(company.REAFFIRMED)) == 1
    assert set(company.REAFFIRMED) < below


def test_the_sheet_alone_gets_the_verdicts_it_is_meant_to_get() -> None:
    world, graph = imported()
    objectives = {each.title: each.id for each in world.org.objectives.values()}
    found = {title: verdict(graph, id) for title, id in objectives.items()}
    orphaned = {title for title, each in found.items() if each.state is AlignmentState.ORPHANED}
    assert orphaned == LEFT_TO_TALK | {UNLINKED, company.THREAD_READ_ALOUD}
    assert {each.cause for each in found.values() if each.cause} == {OrphanCause.NOT_LINKED}
    assert [title for title, each in found.items() if each.state is AlignmentState.UNEXPLAINED] == [UNEXPLAINED]
    whys = [verdict(graph, why.id).state for why in world.org.whys.values()]
    assert set(whys) == {AlignmentState.ALIGNED}
    assert all(link.state is LinkState.ACCEPTED for link in world.org.links.values())


def test_the_retired_why_is_of_a_unit_with_a_lead_below_the_top_so_that_the_alert_goes_there() -> None:
    assert ROWS[company.RETIRED_WHY].unit in {unit.name for unit in company.UNITS}
    assert company.RETIRED_WHY in above(company.THREAD_READ_ALOUD)


def linked(row: PlanRow) -> list[tuple[str, str | None]]:
    """The links of a row that people state; a key result's first parent is what it measures."""
    stated = row.parents[1:] if row.type is RowType.KEY_RESULT else row.parents
    return [(parent.row, parent.because) for parent in stated]


def above(title: str) -> set[str]:
    """Everything above a goal, by the sheet and by what is accepted beside it."""
    agreed = {each.child: [each.parent] for each in company.PROPOSALS if each.given}
    found, todo = set[str](), [title]
    for each in todo:
        parents = [TITLES[parent.row] for parent in ROWS[each].parents] + agreed.get(each, [])
        todo += [parent for parent in parents if parent not in found]
        found.update(parents)
    return found


def imported() -> tuple[World, Graph]:
    world, graph = World(), Graph()
    command = ImportPlan(source=company.SOURCE, content=company.goals_sheet())
    org: Organization = world.org
    decision = import_plan(org, command, PLAN, world.context(world.boss))
    for sequence, fact in enumerate([*world.facts, *decision.facts], 1):
        graph.apply(fact.payload, sequence)
    graph.judge()
    return world, graph


def verdict(graph: Graph, id: str) -> Verdict:
    found = graph.verdict(id)
    assert found is not None
    return found
