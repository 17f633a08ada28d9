"""The history says what changed in words, not as a program writes it down."""

from __future__ import annotations

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import FiscalYearName, Kept
from goldenthread.contracts.events.goals import ObjectiveChanged, PolicyChanged, WhyRevised
from goldenthread.contracts.registry import name_of
from services.goals.history.names import called
from services.goals.history.sentences import summary
from tests.unit.goals.quarter import Quarter
from tests.unit.goals.world import Acme


def test_a_revised_why_says_its_words_before_and_after_and_nothing_of_what_follows_from_them() -> None:
    acme = Acme()
    acme.do(c.PublishPurpose(statement="Be useful"))
    why = acme.id(c.PublishWhy(statement="Grow", because="it feeds us", audience=[acme.sales]))
    before = acme.org.whys[why]
    acme.later(days=1)
    acme.do(c.ReviseWhy(why=why, expected_version=1, statement="Grow slowly"))
    said = summary("why.revised", WhyRevised(acme.org.whys[why], before))
    assert "statement “Grow” → “Grow slowly”" in said
    assert "version 1 → 2" in said
    assert "told" not in said


def test_the_month_in_which_the_year_begins_has_its_name() -> None:
    acme = Acme()
    assert acme.org.info is not None
    before = acme.org.info.policy
    acme.do(c.SetPolicy(fiscal_year_start=4, fiscal_year_named_by=FiscalYearName.START))
    said = summary("policy.changed", PolicyChanged(acme.org.info, before))
    assert "fiscal year start January → April" in said
    assert "fiscal year named by “END” → “START”" in said


def test_what_was_not_there_before_was_nothing() -> None:
    acme = Acme()
    goal = acme.objective(acme.sales)
    before = acme.org.objectives[goal]
    acme.do(c.UpdateObjective(objective=goal, description="All of them"))
    said = summary("objective.changed", ObjectiveChanged(acme.org.objectives[goal], before))
    assert "description nothing → “All of them”" in said


def test_a_copy_says_what_it_continues_and_what_closed_says_what_goes_on_with_it() -> None:
    quarter = Quarter()
    quarter.measure(0, 10)
    decision = quarter.do(c.CarryOver(to_cycle=quarter.next, copy=[quarter.asked(title="G again")]))
    facts = [fact.payload for fact in decision.facts]
    said = [summary(name_of(each), each, lambda id: called(quarter.org, {}, id)) for each in facts]
    assert said[:2] == [
        "Objective created as a copy: continues “G”; in the cycle Q2",
        "Key result added as a copy: continues “m”",
    ]
    assert said[-1] == "Objective closed: “G again” goes on with it"
    assert "Link moved: child “G” → “G again”" in said


def test_a_copy_that_is_called_as_its_original_is_told_from_it_and_no_promise_is_taken_back() -> None:
    quarter = Quarter()
    kept = [c.KeptPromise(link=quarter.up, kept=Kept.YES)]
    decision = quarter.do(c.CarryOver(to_cycle=quarter.next, copy=[quarter.asked(kept=kept)]))
    facts = [fact.payload for fact in decision.facts]
    said = [summary(name_of(each), each, lambda id: called(quarter.org, {}, id)) for each in facts]
    assert [each for each in said if each.startswith("Link moved")] == [
        "Link moved: child “G” → another one of this name",
        "Link moved: parent “G” → another one of this name",
    ]
    assert said[-1] == "Objective closed: another one called “G” goes on with it"
