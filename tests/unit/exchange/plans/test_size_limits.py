"""A file of 10 MiB can say more than goals has memory for: how much is bounded, in every format, before it is taken."""

from __future__ import annotations

import pytest

from goldenthread import exchange
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanRow, RowType
from goldenthread.exchange.plans import size_limits
from goldenthread.exchange.tables.table import MAX_ROWS
from services.goals.domain.decision import DecisionLimits
from tests.unit.goals.import_harness import ImportHarness

MESSAGE = "its rows have more than 20 links, readings and units; split the file"


FEW = 20


def rows(*, parents: int) -> list[PlanRow]:
    above = [PlanRow(f"A{n}", "", RowType.OBJECTIVE, f"Above {n}") for n in range(parents)]
    links = [PlanParent(row.row) for row in above]
    return [*above, *(PlanRow(f"B{n}", "", RowType.OBJECTIVE, f"Below {n}", parents=links) for n in range(3))]


@pytest.mark.parametrize("format", PlanFormat)
def test_links_beyond_the_bound_are_refused_in_every_format(format: PlanFormat) -> None:
    assert len(exchange.read(exchange.write(Plan(format, rows(parents=6)), format), most=FEW).rows) >= 9
    with pytest.raises(Refused, match=MESSAGE):
        exchange.read(exchange.write(Plan(format, rows(parents=7)), format), most=FEW)


def test_readings_and_owners_count_as_well() -> None:
    readings = "\n".join(f"2026-01-{day:02} {day}" for day in range(1, 21))
    sheet = f'Row ID,Type,Title,Parent,Entity,Readings\nO,objective,O,,{{owners}},\nK,key_result,K,O,,"{readings}"\n'
    with pytest.raises(Refused, match=MESSAGE):  # 20 readings and a link
        exchange.read(sheet.format(owners="A"), most=FEW)
    with pytest.raises(Refused, match=MESSAGE):
        exchange.read("Type,Title,Entity\n" + f"objective,O,{';'.join(map(str, range(22)))}\n", most=FEW)


def test_one_text_that_means_many_parents_is_counted_when_it_is_understood() -> None:
    harness = ImportHarness()
    harness.limits = DecisionLimits(entries=FEW)
    harness.load("Row ID,Type,Title\n" + "".join(f"A{n},objective,Above {n}\n" for n in range(10)))
    many = ";".join(f"A{n}" for n in range(10))
    plan = exchange.read("Row ID,Type,Title,Parent\n" + "".join(f"B{n},objective,B {n},{many}\n" for n in range(3)))
    assert sum(map(size_limits.count_entries, plan.rows)) == 3  # which they are is known here only
    with pytest.raises(Refused, match=MESSAGE):
        harness.imports(plan)


def test_a_document_has_no_more_rows_than_a_sheet() -> None:
    row = '{"row":"%d","line":"","type":"objective","title":"T"}'
    document = ",".join(row % number for number in range(MAX_ROWS + 1))
    with pytest.raises(Refused, match=r"the plan has 100,001 rows, more than the 100,000 that are read; split it"):
        exchange.read(f'{{"format":"JSON","rows":[{document}]}}')
