"""What customers said about goals that others have succeeded since, in a file that was exported before."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands.listening import RecordFeedback
from goldenthread.contracts.entities import Id
from goldenthread.contracts.plan import PlanFormat
from tests.unit.goals.company import Company
from tests.unit.goals.imports.exports import FORMATS, export, home, nothing

PAIRS = 6
"""As many, since what went wrong depended on the order of a set: in half of all processes for one pair."""


def why(company: Company, statement: str) -> Id:
    root = next(iter(company.org.units))
    company.do(c.PublishWhy(statement=statement, because="b", audience=[root], unit=root))
    return list(company.org.whys)[-1]


def say(company: Company, *about: Id) -> None:
    company.do(RecordFeedback(source="fair", body=f"about {' '.join(about)}", about=list(about)))


@pytest.mark.parametrize("format", FORMATS)
def test_a_goal_and_its_successor_do_not_share_what_was_said_about_them(format: PlanFormat) -> None:
    company = Company()
    company.do(c.PublishPurpose(statement="Be useful"))
    pairs = [(why(company, f"Old {number}"), why(company, f"New {number}")) for number in range(PAIRS)]
    for old, new in pairs:
        say(company, old)
        say(company, new)
    then, file = company.org.copy(), export(company, format)
    for old, new in pairs:
        company.do(c.RetireWhy(why=old, reason="r", successor=new))
    nothing(home(company, file, then))


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_said_about_several_goals_stays_so_when_they_come_to_one(format: PlanFormat) -> None:
    company = Company()
    company.do(c.PublishPurpose(statement="Be useful"))
    old, middle, new = (why(company, each) for each in ("Old", "Middle", "New"))
    say(company, old, middle)
    say(company, middle)
    company.do(c.RetireWhy(why=old, reason="r", successor=middle))
    then, file = company.org.copy(), export(company, format)
    company.do(c.RetireWhy(why=middle, reason="r", successor=new))
    nothing(home(company, file, then))
