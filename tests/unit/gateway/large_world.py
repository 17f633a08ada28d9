"""An organization of ten thousand goals that has a long list of everything, to see what requests cost there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import structs

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    OrgUnit,
    Outcome,
    Person,
    QuestionAnswer,
    RoleGrant,
)
from goldenthread.contracts.enums import ObjectiveState, Role, UnitFunction
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertState
from goldenthread.contracts.read_api import PersonName
from tests.support.entities import T0, answer, key_result, link, objective, purpose, question, why
from tests.unit.gateway.world import World

GOALS, UNITS, LONG, CHAIN, ALERTS = 10_000, 1_000, 1_000, 300, 20


def large_world() -> World:
    """The organization, judged, with some alerts about a thousand goals each."""
    world = World(*_units(), *_goals(), *_listening())
    world.people += [PersonName(f"person_{number}", f"Person {number}", f"p{number}", None) for number in range(UNITS)]
    for number in range(ALERTS):
        goals = [f"objective_{each}" for each in range(number, number + LONG)]
        alert = Alert(
            f"alert_{number}", AlertKind.GOAL_ORPHANED, AlertState.OPEN, f"objective_{number}", "unit_a", goals,
            "The thread broke.", "Mend it.", T0,
        )  # fmt: skip
        world.alert(AlertRaised(alert))
    world.first = world.loaded()
    return world


def _units() -> Iterator[Entity]:
    for number in range(UNITS):
        above = "unit_root" if number < 10 else f"unit_{number // 10 - 1}"
        yield OrgUnit(f"unit_{number}", f"Unit {number}", UnitFunction.BUSINESS, above, f"person_{number}")
        yield Person(f"person_{number}", [RoleGrant(Role.LEAD, f"unit_{number}"), RoleGrant(Role.MEMBER, "unit_a")])
    for number in range(20):
        starts = date(2020, 1, 1) + timedelta(days=90 * number)
        yield Cycle(f"cycle_{number}", f"Quarter {number}", starts, starts + timedelta(days=89))


def _goals() -> Iterator[Entity]:
    """Whys with a thousand children each, a chain of unexplained links, goals with key results and check-ins."""
    yield purpose()
    for number in range(10):
        yield structs.replace(why(f"why_{number}"), audience=["unit_root"])
        yield link(f"link_why_{number}", f"why_{number}", "purpose_1", number)
    for number in range(GOALS * 4 // 5):
        id = f"objective_{number}"
        yield structs.replace(objective(id, owner=f"unit_{number % UNITS}"), accountable=f"person_{number % UNITS}")
        parent = f"objective_{number - 1}" if 0 < number < CHAIN else f"why_{number % 10}"
        if number % 7 or number < CHAIN:
            yield link(f"link_{number}", id, parent, number + 10, because_version=None if number < CHAIN else 1)
    yield structs.replace(
        objective("objective_closed", ObjectiveState.CLOSED), outcome=Outcome(0.7, "done", "person_1", T0, ["unit_a"])
    )
    for number in range(GOALS // 5):
        id = f"keyresult_{number}"
        yield structs.replace(key_result(id, f"objective_{number}"), target_value=1.0, current_value=0.5)
        yield link(f"link_kr_{number}", id, f"objective_{number}", GOALS + number, measure=True)
    for number in range(LONG):
        yield key_result(f"keyresult_more_{number}", "objective_1")
        yield CheckIn(f"checkin_{number}", "keyresult_1", 0.5, T0, "person_1", note="n" * 200)


def _listening() -> Iterator[Entity]:
    for number in range(0, UNITS, 2):
        yield answer("why_1", f"unit_{number}")
    for number in range(LONG):
        asked = question(f"question_{number}", "objective_1" if number % 2 else f"objective_{number}")
        yield structs.replace(asked, answers=[QuestionAnswer("soon " * 50, None, "unit_a", T0)] * 3)
        about = ["objective_1", *(f"objective_{number + each}" for each in range(20))]
        yield CustomerFeedback(f"feedback_{number}", "A customer", "Too loud. " * 100, T0, None, T0, about=about)
