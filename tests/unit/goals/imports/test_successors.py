"""Where a row leads after its goal or unit ended: to the first that goes on, however long or odd the way is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from services.goals.domain.imports.successors import ended, followed, followed_unit, origins, over, successor_chain
from tests.unit.goals.quarter import Quarter


class Ending(Quarter):
    """Goals that end; what commands refuse is put as imported data may have it."""

    def put(self, entity: Any, **changes: Any) -> None:
        self.org.put(replace(entity, **changes))

    def close(self, goal: Id, successor: Id | None = None) -> None:
        self.do(c.CloseObjective(objective=goal, grade=1, note="n", successor=successor))


@pytest.fixture
def acme() -> Ending:
    return Ending()


def test_goals_end_as_commands_end_them(acme: Ending) -> None:
    removed, measure = acme.measure(0, 10), acme.measure(0, 10)
    goals = [acme.purpose, acme.why, acme.goal, measure]
    assert [ended(acme.org, each) for each in [*goals, "objective_x"]] == [False] * 5
    acme.do(c.RemoveKeyResult(key_result=removed))
    assert ended(acme.org, removed)
    acme.do(c.ArchiveObjective(objective=acme.goal))
    acme.do(c.RetireWhy(why=acme.why, reason="r"))
    acme.do(c.RetirePurpose(reason="r"))
    assert [ended(acme.org, each) for each in goals] == [True] * 4


def test_a_key_result_ends_with_what_it_measures_over_any_number_of_hops(acme: Ending) -> None:
    first, second = acme.measure(0, 10), acme.measure(0, 10)
    acme.put(acme.org.key_results[second], measures=first)
    assert not ended(acme.org, second)
    acme.do(c.ArchiveObjective(objective=acme.goal))
    assert ended(acme.org, second)
    acme.put(acme.org.key_results[first], measures=second)
    assert not ended(acme.org, second), "in a circle of measures nothing says that it ended"


def test_the_way_leads_on_until_something_has_not_ended(acme: Ending) -> None:
    middle, last = acme.in_cycle(acme.web, "Middle"), acme.in_cycle(acme.web, "Last")
    acme.close(acme.goal, middle)
    assert (successor_chain(acme.org, acme.goal), followed(acme.org, acme.goal)) == ([acme.goal, middle], middle)
    acme.close(middle, last)
    assert successor_chain(acme.org, acme.goal) == [acme.goal, middle, last]
    acme.close(last)
    assert followed(acme.org, acme.goal) == acme.goal, "nothing goes on with it"
    for successor in (acme.goal, "objective_x"):
        acme.put(acme.org.objectives[last], successor=successor)
        assert successor_chain(acme.org, acme.goal) == [acme.goal, middle, last]


def test_a_copy_comes_from_its_original_and_from_what_that_continued(acme: Ending) -> None:
    copy = acme.copy().id
    acme.put(acme.org.objectives[acme.below], continues=copy)
    assert origins(acme.org, acme.below) == [acme.below, copy, acme.goal]
    acme.put(acme.org.objectives[acme.goal], continues=acme.below)
    assert origins(acme.org, acme.below) == [acme.below, copy, acme.goal]
    assert origins(acme.org, acme.why) == [acme.why]


def test_a_goal_is_over_when_neither_it_nor_a_copy_goes_on(acme: Ending) -> None:
    copy = acme.copy().id
    assert not over(acme.org, acme.goal)
    acme.close(copy)
    assert over(acme.org, acme.goal)
    acme.do(c.ReopenObjective(objective=acme.goal, reason="r"))
    assert not over(acme.org, acme.goal)


def test_a_closed_unit_is_the_last_of_those_that_took_over(acme: Ending) -> None:
    last = acme.unit("Last")
    for unit, successor in ((acme.web, acme.tech), (acme.tech, last)):
        acme.do(c.CloseUnit(unit=unit, successor=successor))
    assert [followed_unit(acme.org, each) for each in (acme.web, last, "unit_x")] == [last, last, "unit_x"]
    acme.put(acme.org.units[last], successor=acme.sales)
    assert followed_unit(acme.org, acme.web) == last, "an open unit has no successor that counts"
    acme.put(acme.org.units[last], closed=True, successor="unit_x")
    assert followed_unit(acme.org, acme.web) == last
    acme.put(acme.org.units[last], closed=True, successor=acme.web)
    assert followed_unit(acme.org, acme.web) == last, "in a circle the last of it"
