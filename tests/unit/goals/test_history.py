"""The history says what changed in words, not as a program writes it down."""

from __future__ import annotations

from goldenthread.contracts import commands as c
from goldenthread.contracts.events.goals import ObjectiveChanged, WhyRevised
from services.goals.history import summary
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


def test_what_was_not_there_before_was_nothing() -> None:
    acme = Acme()
    goal = acme.objective(acme.sales)
    before = acme.org.objectives[goal]
    acme.do(c.UpdateObjective(objective=goal, description="All of them"))
    said = summary("objective.changed", ObjectiveChanged(acme.org.objectives[goal], before))
    assert "description nothing → “All of them”" in said
