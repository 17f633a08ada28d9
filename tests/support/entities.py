"""Hypothesis strategies and makers for the public state, so that tests name only what they are about."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Struct, structs

from goldenthread.contracts.entities import (
    KeyResult,
    Link,
    LinkRound,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Policy,
    Purpose,
    Question,
    RoleGrant,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import (
    AnswerStance,
    Direction,
    LinkKind,
    LinkState,
    ObjectiveState,
    PurposeState,
    QuestionState,
    Role,
    UnitFunction,
    WhyState,
)
from goldenthread.organization.organization import Organization

T0 = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@cache
def some(kind: type[Struct]) -> st.SearchStrategy[Any]:
    """Any value of a contract struct."""
    return st.builds(kind, **{name: _typed(hint) for name, hint in get_type_hints(kind).items() if name[0] != "_"})


def _typed(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) in (UnionType, Union):
        return st.one_of(*(_typed(each) for each in get_args(hint)))
    if get_origin(hint) is list:
        return st.lists(_typed(get_args(hint)[0]), max_size=3)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return some(hint)
    if hint is datetime:
        return times
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if hint is int:
        return st.integers(-(2**53), 2**53)
    return st.text(max_size=8) if hint is str else st.from_type(hint)


def unit(id: str = "unit_root", parent: str | None = None, lead: str | None = None) -> OrgUnit:
    """A business unit named after its id."""
    return OrgUnit(id, id.removeprefix("unit_").title(), UnitFunction.BUSINESS, parent, lead)


def purpose(version: int = 1, state: PurposeState = PurposeState.PUBLISHED) -> Purpose:
    """The purpose."""
    return Purpose("purpose_1", "Be useful", version, state, None, T0, "Be useful")


def why(id: str, version: int = 1, state: WhyState = WhyState.PUBLISHED, owner: str = "unit_root") -> Why:
    """A why of the root unit."""
    return Why(id, id, id, "because", version, state, None, owner, [], T0)


def objective(
    id: str, state: ObjectiveState = ObjectiveState.ACTIVE, version: int = 1, owner: str = "unit_a"
) -> Objective:
    """An active objective of unit A."""
    return Objective(id, id, None, state, version, [owner], None, None, T0, T0)


def key_result(id: str, measures: str, removed: bool = False) -> KeyResult:
    """A key result without numbers."""
    return KeyResult(id, id, measures, 1, Direction.INCREASE, T0, removed=removed)


def link(
    id: str,
    child: str,
    parent: str,
    order: int | None = 1,
    because_version: int | None = 1,
    state: LinkState = LinkState.ACCEPTED,
    **other: Any,
) -> Link:
    """An accepted, explained link."""
    because = "it helps" if because_version is not None else None
    made = Link(id, child, parent, LinkKind.CONTRIBUTES, state, 1, [LinkRound(1, None, None, because, None, T0)], T0)
    return structs.replace(made, because=because, because_version=because_version, accepted_order=order, **other)


def answer(
    why: str, unit: str, version: int = 1, stance: AnswerStance = AnswerStance.TAKES_PART, at: datetime = T0
) -> WhyAnswer:
    """What a unit says to a why."""
    return WhyAnswer(f"answer_{why}_{unit}", why, unit, version, stance, "we will", None, at, at)


def question(
    id: str, about: str, unit: str = "unit_b", asked: str = "unit_a", state: QuestionState = QuestionState.OPEN
) -> Question:
    """A question of unit B to unit A."""
    return Question(id, about, "how?", None, unit, asked, state, T0, asked, None)


def organization(*more: Any) -> Organization:
    """A root unit, units A and B below it, a lead in the root and in A, and whatever else is given."""
    return Organization.of(
        [
            OrganizationInfo("org_1", "Example", "unit_root", Policy(), T0),
            unit(lead="person_root"),
            unit("unit_a", "unit_root", "person_a"),
            unit("unit_b", "unit_root"),
            Person("person_root", [RoleGrant(Role.EXECUTIVE), RoleGrant(Role.LEAD, "unit_root")]),
            Person("person_a", [RoleGrant(Role.LEAD, "unit_a")]),
            *more,
        ]
    )
