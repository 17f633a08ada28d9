"""An export of an organization larger than any page misses nothing, and is of one revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from goldenthread.cli.exports import export_documents, plan_reader
from goldenthread.contracts.entities import CheckIn, CustomerFeedback, Cycle, Entity, Objective
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.plan import PlanFormat, RowType
from tests.support.entities import T0, key_result, link, objective, organization, purpose, unit, why
from tests.support.in_memory_export import InMemoryGraphQL

UNITS, OBJECTIVES, READINGS, FEEDBACK, CYCLES = 1_203, 703, 250, 320, 3


def entities() -> Iterator[Entity]:
    yield purpose()
    yield structs.replace(why("why_1"), audience=[f"unit_{number:04}" for number in range(120)])
    yield link("link_why", "why_1", "purpose_1")
    for number in range(UNITS - 3):  # beside those that every organization of the tests has
        yield unit(f"unit_{number:04}", "unit_root")
    for number in range(CYCLES):
        yield Cycle(f"cycle_{number}", f"Cycle {number}", T0.date(), T0.date() + timedelta(days=number + 1))
    for number in range(OBJECTIVES):
        yield _objective(number)
        yield link(f"link_{number}", f"objective_{number:04}", "why_1", order=number + 2)
    for number in range(70):
        id = f"keyresult_{number:02}"
        yield key_result(id, f"objective_{number // 2:04}")
        yield link(f"link_{id}", id, f"objective_{number // 2:04}", order=5000 + number, measure=True)
        for reading in range(READINGS if number < 2 else 1):
            at = T0 + timedelta(hours=reading)
            yield CheckIn(f"checkin_{number}_{reading}", id, float(reading), at, None)
    for number in range(FEEDBACK):
        yield CustomerFeedback(f"feedback_{number:03}", "A customer", f"said {number}", T0, None, T0)


def _objective(number: int) -> Objective:
    state = ObjectiveState.DRAFT if number % 7 == 0 else ObjectiveState.ACTIVE
    return objective(f"objective_{number:04}", state, owner=f"unit_{number:04}")


ORG = organization(*entities())


def test_nothing_is_missing_in_an_export_of_more_than_any_page_has() -> None:
    plan, left_out, revisions = plan_reader.read_plan(InMemoryGraphQL(ORG), PlanFormat.JSON)
    assert (left_out, revisions, plan.revision) == (0, [1], 1)
    rows = {kind: [row for row in plan.rows if row.type is kind] for kind in RowType}
    assert [row.row for row in rows[RowType.OBJECTIVE]] == sorted(ORG.objectives)
    assert all(row.unit for row in rows[RowType.OBJECTIVE])
    assert sorted(row.row for row in rows[RowType.KEY_RESULT]) == sorted(ORG.key_results)
    assert sorted(unit.name for unit in plan.units) == sorted(unit.name for unit in ORG.units.values())
    for number in range(2):
        (found,) = (row for row in plan.rows if row.row == f"keyresult_{number:02}")
        assert [reading.value for reading in found.readings] == [float(value) for value in range(READINGS)]
    assert sorted(each.body for each in plan.feedback) == sorted(f"said {number}" for number in range(FEEDBACK))
    assert len(plan.cycles) == CYCLES
    (told,) = rows[RowType.WHY]
    assert len(told.audience) == 120
    links = [(row.row, parent.row) for row in plan.rows for parent in row.parents]
    assert sorted(links) == sorted((each.child, each.parent) for each in ORG.links.values())


class Busy:
    """Shows another revision at every answer, or (`changes`) only so often."""

    def __init__(self, changes: int | None) -> None:
        self._real, self._left, self.revision = InMemoryGraphQL(ORG), changes, 1

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = self._real.ask(document, variables)
        if self._left is None or self._left > 0:
            self.revision += 1
            self._left = None if self._left is None else self._left - 1
        return data | {"organization": data["organization"] | {"revision": self.revision}}


@pytest.mark.parametrize(("changes", "mixes"), [(1, False), (3, False), (None, True)])
def test_an_export_begins_again_when_something_changed_and_says_so_when_something_always_does(
    changes: int | None, mixes: bool
) -> None:
    plan, _, revisions = plan_reader.read_plan(Busy(changes), PlanFormat.JSON)
    assert (len(revisions) > 1) is mixes
    assert plan.revision == revisions[0]
    assert sum(row.type is RowType.OBJECTIVE for row in plan.rows) == OBJECTIVES


def test_every_document_of_an_export_says_which_revision_it_shows() -> None:
    asked: list[str] = []

    class Noting(InMemoryGraphQL):
        def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
            data = super().ask(document, variables)
            assert data["organization"]["revision"] == 1
            asked.append(document)
            return data

    plan_reader.read_plan(Noting(ORG), PlanFormat.JSON)
    texts = {name: text for name, text in vars(export_documents).items() if name.isupper() and name[0] != "_"}
    assert set(asked) == set(texts.values())
