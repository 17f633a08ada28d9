"""No document of the command line or the demo is too much for one request in an organization of 10,000 goals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, OperationType, parse

from gateway.views.goal_tree import Scope, tree
from goldenthread.cli.common.graphql_client import RequestTooCostly
from goldenthread.cli.common.paging import every_node
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import CellOutcome, RowOutcome
from goldenthread.contracts.events.alignment import (
    AlignmentHealth,
    AlignmentState,
    OrphanCause,
    SiloEvidence,
    SiloKind,
    UnitSiloed,
    Verdict,
)
from goldenthread.contracts.hypotheses import Facts
from goldenthread.contracts.plan import RowType
from goldenthread.contracts.read_api import HealthPoint, ImpactAnswer, Reciprocity, VerdictChange
from goldenthread.contracts.replies import Accepted, ImportCell, ImportProblem, ImportReport, ImportRow
from tests.support.entities import T0
from tests.unit.cli.documents import DOCUMENTS
from tests.unit.gateway.fakes import NOW, Client, FakeUpstreams
from tests.unit.gateway.large_world import GOALS, UNITS, large_world
from tests.unit.gateway.world import World

DAYS, PARTNERS, SILOS, ROWS = 14, 60, 500, 5000
OBJECTIVES = [f"objective_{number}" for number in range(150)]
KEY_RESULTS = [f"keyresult_{number}" for number in range(60)]
IMPORT = {"source": "plan", "content": "a,b", "dryRun": True}
VARIABLES: dict[str, dict[str, Any]] = {
    "cli.goals.goal_documents.TREE": {"root": None, "depth": None},
    "cli.goals.goal_documents.THREAD": {"node": "objective_299"},
    "cli.goals.goal_documents.FIND": {"text": "objective"},
    "cli.common.shared_documents.UNITS": {"search": None},
    "cli.common.shared_documents.ROLES": {"person": "person_1"},
    "cli.people.people_documents.PEOPLE": {"search": None, "unit": None, "signedIn": None},
    "cli.people.people_documents.PERSON": {"id": "person_1"},
    "cli.people.people_documents.INVITATIONS": {"states": None},
    "cli.people.erasure_documents.FORMER": {"text": "person"},
    "cli.imports.import_documents.IMPORT": {"input": IMPORT},
    "cli.imports.import_documents.IMPORT_ROWS": {"input": IMPORT},
    "cli.imports.import_documents.IMPORT_REPORT": {"input": IMPORT},
    "cli.listening.listening_documents.SILENT_UNITS": {"node": "why_1"},
    "cli.listening.listening_documents.TURNS": {"unit": "unit_root"},
    "cli.listening.listening_documents.QUESTIONS": {"states": None},
    "cli.listening.listening_documents.FEEDBACK": {"linked": None, "unit": None},
    "cli.goals.goal_documents.HEALTH": {"since": str((NOW - timedelta(days=DAYS)).date())},
    "cli.goals.goal_documents.UNITS_HEALTH": {"since": str((NOW - timedelta(days=DAYS)).date())},
    "cli.goals.goal_documents.UNIT_HEALTH": {"unit": "unit_1", "since": "2026-01-01"},
    "cli.listening.listening_documents.GREETING": {"first": 5},
    "cli.listening.listening_documents.RECIPROCITY": {"since": None},
    "cli.listening.listening_documents.UNIT_RECIPROCITY": {"unit": "unit_1", "since": None},
    "cli.exports.export_documents.EXPORT_GOALS": {"ids": OBJECTIVES},
    "cli.exports.export_documents.EXPORT_KEY_RESULTS": {"ids": KEY_RESULTS},
    "cli.exports.export_documents.EXPORT_CHECK_INS": {"node": "keyresult_1"},
    "cli.demo.demo_documents.PROMISES": {"node": "objective_299"},
    "cli.demo.demo_documents.RETIRE_WHY": {"input": {"why": "why_1", "reason": "no longer ours", "dryRun": True}},
    "cli.demo.demo_documents.SERVED": {"why": "why_1"},
    "cli.demo.demo_documents.ALERTS": {"unit": None},
    "cli.demo.demo_documents.CASCADE": {"why": "why_1"},
    "cli.demo.demo_documents.ASKED": {"why": "why_1"},
    "cli.demo.demo_documents.QUESTION": {"question": "question_1"},
    "cli.demo.demo_documents.PARENTS": {"node": "objective_1"},
    "cli.demo.demo_documents.KEPT": {"node": "objective_1", "link": "link_1"},
    "cli.demo.demo_documents.RECIPROCITY": {"unit": "unit_1", "with": None},
    "cli.demo.demo_documents.FEEDBACK": {"feedback": "feedback_1"},
    "cli.demo.demo_documents.SILO_ALERTS": {"states": None},
}
"""What each document is sent with; those that take nothing (or only where a page begins) are not named."""


class Sources(FakeUpstreams):
    """What a change would do: turn every verdict."""

    async def impact(self, organization: Id, facts: list[Facts], *, seconds: float = 5.0) -> ImpactAnswer:
        states = AlignmentState.ALIGNED, AlignmentState.UNEXPLAINED, AlignmentState.ORPHANED
        verdicts = [Verdict(state, cause=OrphanCause.WHY_RETIRED) for state in states]
        turned = ((verdicts[(n + 1) % 3], verdicts[n % 3]) for n in range(GOALS * 4 // 5))
        return ImpactAnswer(0, [VerdictChange(f"objective_{n}", *pair) for n, pair in enumerate(turned)])


def decide(world: World, command: Command) -> Accepted:
    """Every row of an import is missing or skipped, and was changed in three cells here and in the file."""
    problems = [ImportProblem(f"row {number}", "It has no title, and so it was not taken.") for number in range(ROWS)]
    cell = ImportCell("title", CellOutcome.CONFLICT, "What it said", "What is here", "What it says now")
    rows = [
        ImportRow(each.row, "line 7", RowType.OBJECTIVE, "Goal", RowOutcome.CONFLICT, f"objective_{number}", [cell] * 3)
        for number, each in enumerate(problems)
    ]
    missing = [each.row for each in problems]
    return Accepted(0, ["why_1"], dry_run=True, report=ImportReport(0, 0, 0, 0, missing, problems, "plan", rows))


@pytest.fixture(scope="module")
def client() -> Client:
    """A caller of the large organization, in which units speak with each other, and half of them are silos."""
    world = large_world()
    figures = AlignmentHealth(20, 15, 2, 1, 2, 0.5, 0.5, 2.5, 10.0, 20.0)
    units = [f"unit_{number}" for number in range(UNITS)]
    days = [NOW.date() - timedelta(days=number) for number in range(1, DAYS + 1)]
    world.days = [HealthPoint(day, unit, figures) for day in days for unit in (None, *units)]
    evidence = [SiloEvidence(kind, T0, "why_1") for kind in (SiloKind.UNTOLD, SiloKind.UNANSWERED)]
    world.silos = [UnitSiloed(unit, T0, evidence) for unit in units[:SILOS]]
    world.pairs = [_pair(units[n], units[(n + step) % UNITS]) for n in range(UNITS) for step in range(1, PARTNERS + 1)]
    made = Client(world, decide)
    made.upstreams = Sources(world, decide)
    made.upstreams.slow = True  # everything is judged already
    made.cache.upstreams = made.upstreams
    return made


def _pair(unit: Id, other: Id) -> Reciprocity:
    names = [name for name in Reciprocity.__struct_fields__ if name not in ("unit", "other")]
    return Reciprocity(unit=unit, other=other, **dict.fromkeys(names, 1))


def ask(client: Client, document: str, variables: Any) -> dict[str, Any]:
    """The data of an answer without errors. Raises `RequestTooCostly` for what is too much."""
    found = asyncio.run(client.run(document, **variables))
    if found.errors and (found.errors[0].extensions or {}).get("code") == "COST_LIMIT":
        raise RequestTooCostly(found.errors[0].message)
    assert found.errors is None, found.errors
    return dict(found.data)


def operation(document: str) -> OperationDefinitionNode:
    return next(each for each in parse(document).definitions if isinstance(each, OperationDefinitionNode))


def changes_one_thing(document: str) -> bool:
    """Whether it changes something, and asks of it for nothing that could be long."""
    asked = operation(document)
    selected = [each for each in asked.selection_set.selections if isinstance(each, FieldNode)]
    listed = {field.name.value for each in selected for field in _fields(each)} & {
        "impact",
        "skipped",
        "missing",
        "rows",
    }
    return asked.operation is not OperationType.QUERY and not listed


def _fields(node: FieldNode) -> Iterator[FieldNode]:
    for each in node.selection_set.selections if node.selection_set else ():
        if isinstance(each, FieldNode):
            yield each


READING = [name for name, document in DOCUMENTS.items() if not changes_one_thing(document)]


@pytest.mark.parametrize("name", READING)
def test_no_document_costs_more_than_a_request_may(client: Client, name: str) -> None:
    variables = VARIABLES.get(name.removeprefix("goldenthread."), {})
    required = {each.variable.name.value for each in operation(DOCUMENTS[name]).variable_definitions or ()}
    assert variables.keys() <= required
    assert required - {"first", "after"} <= variables.keys(), "say in VARIABLES what it is sent with"
    data = ask(client, DOCUMENTS[name], variables)
    assert any(found is not None for found in data.values()), "it asks for nothing that is there"


class Asks:
    """Asks the large organization, and keeps how often that was too much."""

    def __init__(self, client: Client) -> None:
        self.client, self.refused = client, 0

    def ask(self, document: str, variables: Any = None) -> dict[str, Any]:
        try:
            return ask(self.client, document, dict(variables or {}))
        except RequestTooCostly:
            self.refused += 1
            raise


def test_pages_are_as_large_as_documents_say_to_the_end_of_the_longest_lists(client: Client) -> None:
    view = client.world.view()
    below = tree(view, "why_1", None, Scope(), include_orphans=False)
    for name, path, variables, count in (
        ("goals.goal_documents.TREE", "goalTree", {"root": "why_1"}, len(below.nodes)),
        ("listening.listening_documents.SILOS", "units", {}, len(view.org.units)),
        ("goals.goal_documents.FIND", "goals", {"text": "objective"}, len(view.org.objectives)),
    ):
        asked = Asks(client)
        found = every_node(asked, DOCUMENTS[f"goldenthread.cli.{name}"], path, variables)
        assert (asked.refused, len(found)) == (0, count)
        assert count > 500


def test_the_pages_of_the_silent_side_are_the_silent_side(client: Client) -> None:
    document = DOCUMENTS["goldenthread.cli.listening.listening_documents.SILENT_UNITS"]
    paged = every_node(Asks(client), document, "node.cascade.silentUnits", {"node": "why_1"})
    whole = '{ node(id: "why_1") { ... on Why { cascade { silent { unit { name } stage } } } } }'
    silent = ask(client, whole, {})["node"]["cascade"]["silent"]
    assert [(each["unit"], each["stage"]) for each in paged] == [(each["unit"], each["stage"]) for each in silent]
    assert len(silent) > 100
