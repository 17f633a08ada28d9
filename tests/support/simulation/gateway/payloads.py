"""What the services write: small, real payloads. Verdicts and alerts are pure functions of goals' commits."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from goldenthread.contracts.entities import Objective, OrganizationInfo, Person, Policy
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertResolved, AlertState
from goldenthread.contracts.events.alignment import (
    TRANSITIONS,
    AlignmentState,
    Cause,
    Label,
    LabelsChanged,
    OrphanCause,
    Transition,
    Verdict,
)
from goldenthread.contracts.events.goals import (
    ObjectiveChanged,
    ObjectiveCreated,
    OrganizationCreated,
    PersonJoined,
    PersonUpdated,
    UnitChanged,
    UnitCreated,
    entities_of,
)
from tests.support.entities import T0, objective, unit
from tests.support.simulation.gateway.history import Picture

OBJECTIVES = tuple(f"objective_{letter}" for letter in "abcde")
UNITS = ("unit_root", "unit_a", "unit_b")
PEOPLE = ("person_a", "person_b", "person_c")
_STATES = (AlignmentState.ALIGNED, AlignmentState.UNEXPLAINED, AlignmentState.ORPHANED)


def created(organization: str) -> list[Struct]:
    """The first commit of an organization."""
    info = OrganizationInfo(f"org_{organization}", organization, "unit_root", Policy(), T0)
    return [OrganizationCreated(info), UnitCreated(unit("unit_root"))]


def changes(picture: Picture, count: int, text: str, random: random.Random) -> list[Struct]:
    """One commit of goals; whatever it writes carries `text`."""
    made: list[Struct] = []
    known = dict(picture)
    for number in range(count):
        kind = random.choices((_goal, _unit, _person), (6, 1, 1))[0]
        payload = kind(known, f"{text}.{number}", random)
        made.append(payload)
        known.update((entity.id, entity) for entity in entities_of(payload))
    return made


def _goal(picture: Mapping[str, Any], text: str, random: random.Random) -> Struct:
    id = random.choice(OBJECTIVES)
    before: Objective | None = picture.get(id)
    if before is None:
        return ObjectiveCreated(structs.replace(objective(id), title=text))
    return ObjectiveChanged(structs.replace(before, title=text, version=before.version + 1), before)


def _unit(picture: Mapping[str, Any], text: str, random: random.Random) -> Struct:
    id = random.choice(UNITS)
    before = picture.get(id)
    if before is None:
        return UnitCreated(structs.replace(unit(id, "unit_root"), name=text))
    return UnitChanged(structs.replace(before, name=text), before)


def _person(picture: Mapping[str, Any], text: str, random: random.Random) -> Struct:
    id = random.choice(PEOPLE)
    if id not in picture:
        return PersonJoined(Person(id, []))
    return PersonUpdated(picture[id], [random.choice((PersonField.NAME, PersonField.LOGIN))])


def verdict(goal: Objective) -> Verdict:
    """The verdict on an objective: every second version has the one of the version before."""
    state = _STATES[goal.version // 2 % 3]
    if state is AlignmentState.ORPHANED:
        return Verdict(state, cause=OrphanCause.NOT_LINKED, broken_at=goal.id)
    return Verdict(state, depth=1, unexplained=int(state is AlignmentState.UNEXPLAINED))


def verdicts(picture: Picture) -> dict[str, Verdict]:
    """The verdicts on everything that is judged."""
    return {id: verdict(each) for id, each in picture.items() if isinstance(each, Objective)}


def judgement(before: Picture, after: Picture, commit: Sequence[Event]) -> list[Struct]:
    """What alignment writes about a commit of goals; nothing where no verdict changed."""
    last, old = commit[-1], verdicts(before)
    changed = [(id, each) for id, each in verdicts(after).items() if old.get(id) != each]
    if not changed:
        return []
    cause = Cause(last.id, last.sequence, last.type)
    moved = [(id, each) for id, each in changed if id not in old or old[id].state is not each.state]
    return [
        *(TRANSITIONS[each.state](id, each, cause, old.get(id)) for id, each in moved),
        LabelsChanged([Label(id, each) for id, each in changed]),
    ]


def alerts(picture: Picture, commit: Sequence[Event]) -> list[Struct]:
    """What notifications writes about a commit of alignment: an alert about each orphan, resolved when it is none."""
    made: list[Struct] = []
    for event in commit:
        if isinstance(data := event.data, Transition):
            made += [
                AlertResolved(structs.replace(each, state=AlertState.RESOLVED, resolved_at=event.time))
                for each in picture.values()
                if each.subject == data.node and each.state is not AlertState.RESOLVED
            ]
            if data.after.state is AlignmentState.ORPHANED:
                made.append(AlertRaised(_alert(f"alert_{data.caused_by.sequence}_{data.node}", data.node)))
    return made


def _alert(id: str, node: str) -> Alert:
    return Alert(id, AlertKind.GOAL_ORPHANED, AlertState.OPEN, node, None, [node], "It hangs on nothing", "Link it", T0)
