"""A why that a file says otherwise than before: who owes an answer to it, and from when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import UnitFunction
from goldenthread.organization.why_cascade import addressed_unit
from tests.support.entities import T0
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import W, load

LATER = T0 + timedelta(days=30)


class Told(ImportHarness):
    """The why of row W was told to Ops when it came in; since then 30 days have passed."""

    def __init__(self) -> None:
        super().__init__()
        self.ops, self.shop = (
            self.do(c.CreateUnit(name=name, function=UnitFunction.BUSINESS)).ids[0] for name in ("Ops", "Shop")
        )
        load(self, replace(W, audience=["Ops"]))
        self.time = LATER

    def told(self) -> dict[Id, Any]:
        told: dict[Id, Any] = self.row("W").told
        return told

    def forget_when(self) -> None:
        """As in old events, which do not say when each unit was told."""
        self.org.put(replace(self.row("W"), told={}))


@pytest.fixture
def harness() -> Told:
    return Told()


def test_another_statement_is_told_to_all_of_its_audience_now(harness: Told) -> None:
    load(harness, replace(W, description="We shrink or we go", audience=["Ops"]))
    why = harness.row("W")
    assert (why.version, why.told) == (2, {harness.ops: LATER})
    owed = addressed_unit(harness.org, why, harness.ops)
    assert owed is not None
    assert owed.since == LATER


@pytest.mark.parametrize("old", [False, True])
def test_another_audience_is_told_now_where_it_was_not_told_before(harness: Told, old: bool) -> None:
    if old:
        harness.forget_when()
    load(harness, replace(W, audience=["Ops", "Shop"]))
    assert (harness.row("W").version, harness.told()) == (1, {harness.ops: T0, harness.shop: LATER})


def test_a_file_that_says_the_same_tells_nobody_anything(harness: Told) -> None:
    assert load(harness, replace(W, audience=["Ops"])).facts == []
    assert harness.told() == {harness.ops: T0}
