"""What a change clears is empty afterwards, or the change is refused; it is never accepted and ignored."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import msgspec
import pytest
from msgspec import structs

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands.base import Change
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Direction, ProgressStatus, UnitFunction
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from services.goals.domain.clock.timer_rules import timers
from tests.unit.goals.world import Acme

CHANGES: list[Any] = [kind for kind in get_args(c.AnyCommand) if issubclass(kind, Change)]
NAMES = {
    "title": "x", "description": "x", "name": "x", "statement": "x", "because": "x", "inReturn": "x", "note": "x",
    "measureUnit": "x", "startValue": 1.0, "targetValue": 2.0, "confidence": 0.5, "graceDays": 1, "handoverDays": 1,
    "replyDays": 1, "fiscalYearStart": 4, "email": "v@example.org", "subject": "x", "issuer": "https://x.example",
}  # fmt: skip


class Full(Acme):
    """An organization in which everything that a change may clear has a value; `asked` is what each change names."""

    def __init__(self) -> None:
        super().__init__()
        self.goal = self.id(
            c.CreateObjective(
                title="Fast pages", description="Fast.", owners=[self.web], cycle=self.cycle, accountable=self.boss
            )
        )
        spec = c.KeyResultSpec(
            title="p95", start_value=1, target_value=9, measure_unit="s", direction=Direction.INCREASE
        )
        self.do(c.UpdatePerson(person=self.viewer, email="vera@example.org"))
        self.measure = self.id(c.AddKeyResult(measures=self.goal, key_result=spec))
        self.do(c.RecordCheckIn(key_result=self.measure, value=2, confidence=0.5, status=ProgressStatus.ON_TRACK))
        self.why = self.id(c.PublishWhy(statement="Grow", because="It keeps us", audience=[self.sales]))
        self.parent = self.objective(self.sales)
        self.over = self.id(c.CreateObjective(title="Over", owners=[self.web], cycle=self.cycle))
        self.do(c.ArchiveObjective(objective=self.over))
        open_ = self.propose(self.objective(self.tech), self.parent, self.tech_lead)
        self.open = open_.id
        self.do(c.CounterLink(link=self.open, round=1, in_return="Two people"), self.sales_lead)
        self.asked: dict[type[Change], dict[str, Any]] = {
            c.UpdateOrganization: {},
            c.UpdateUnit: {"unit": self.sales},
            c.UpdatePerson: {"person": self.viewer},
            c.SetPolicy: {},
            c.ReviseWhy: {"why": self.why, "expected_version": 1},
            c.UpdateObjective: {"objective": self.goal},
            c.UpdateKeyResult: {"key_result": self.measure},
            c.RecordCheckIn: {"key_result": self.measure, "value": 3},
            c.CounterLink: {"link": self.open, "round": 2},
            c.ReopenObjective: {"objective": self.over, "reason": "again"},
        }

    def says(self, kind: Any, name: str) -> Any:
        """What the field says, of the thing that a change of `kind` is about."""
        thing = {
            c.UpdateUnit: self.sales, c.UpdateObjective: self.goal, c.UpdateKeyResult: self.measure,
            c.RecordCheckIn: self.measure, c.CounterLink: self.open, c.ReviseWhy: self.why,
            c.ReopenObjective: self.over,
        }.get(kind, "")  # fmt: skip
        if kind is c.UpdatePerson:
            return getattr(self.named(self.viewer), name)
        if kind is c.UpdateOrganization:
            return self.org.info.name if self.org.info else None
        found: Any = self.org.get(thing) if thing else self.org.info.policy if self.org.info else None
        return getattr(found, name)

    def by(self, kind: Any) -> str:
        return self.tech_lead if kind is c.CounterLink else self.boss


@pytest.fixture
def full() -> Full:
    return Full()


def fields(kind: Any) -> list[tuple[str, str]]:
    """The fields of a change that need not be given, (camelCase, snake_case)."""
    optional = {field.name for field in structs.fields(kind) if not field.required}
    names = zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)
    return [(camel, snake) for camel, snake in names if snake in optional - {"clear", "dry_run", "editorial"}]


@pytest.mark.parametrize(
    ("kind", "camel", "snake"),
    [(kind, *names) for kind in CHANGES for names in fields(kind)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_a_change_clears_is_empty_afterwards_or_refused(full: Full, kind: Any, camel: str, snake: str) -> None:
    asked = kind(**full.asked[kind], clear=[camel])
    if (kind, camel) == (c.RecordCheckIn, "note"):
        assert full.do(asked).facts  # a reading has its own note, or none
        return
    assert full.says(kind, snake) is not None
    try:
        decision = full.do(asked, full.by(kind))
    except Refused:
        problem = full.refused(asked, full.by(kind))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, [camel])
        assert "leave it out" in problem.message
    else:
        assert decision.facts
        assert full.says(kind, snake) is None


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
def test_a_change_that_clears_what_it_gives_or_does_not_have_is_refused(full: Full, kind: Any) -> None:
    for name in ("nonsense", "clear", "objective\x00", "id", "snake_case"):
        problem = full.refused(kind(**full.asked[kind], clear=[name]), full.by(kind))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["clear", "0"])
    for camel, snake in fields(kind):
        if camel in NAMES:
            both = kind(**full.asked[kind], **{snake: NAMES[camel]}, clear=[camel])
            problem = full.refused(both, full.by(kind))
            assert (problem.code, problem.path) == (ErrorCode.INVALID, [camel])


def test_without_a_cycle_an_objectives_grace_runs_from_its_activation(full: Full) -> None:
    later = full.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
    full.do(c.UpdateObjective(objective=full.goal, cycle=later))
    before = timers(full.org, full.goal, full.now)[0].due_at
    full.do(c.UpdateObjective(objective=full.goal, clear=["cycle"]))
    assert timers(full.org, full.goal, full.now)[0].due_at < before


def test_without_an_accountable_person_its_leads_decide(full: Full) -> None:
    member = full.web_member
    full.do(c.UpdateObjective(objective=full.goal, accountable=member))
    close = c.CloseObjective(objective=full.goal, grade=1, note="Done.")
    assert full.do(close, member, dry_run=True).facts
    full.do(c.UpdateObjective(objective=full.goal, clear=["accountable"]))
    assert full.refused(close, member).code is ErrorCode.FORBIDDEN
    assert full.do(close, full.tech_lead).facts


def test_a_unit_whose_lead_is_taken_away_is_led_by_who_else_holds_the_role_or_by_nobody(full: Full) -> None:
    second = full.person(RoleGrant(R.LEAD, full.sales))
    assert full.org.units[full.sales].lead == full.sales_lead
    full.do(c.UpdateUnit(unit=full.sales, name="Selling", function=UnitFunction.BUSINESS, clear=["lead"]))
    assert (full.org.units[full.sales].lead, full.org.units[full.sales].name) == (second, "Selling")
    assert RoleGrant(R.LEAD, full.sales) not in full.org.people[full.sales_lead].roles
    full.do(c.UpdateUnit(unit=full.sales, clear=["lead"]))
    assert full.org.units[full.sales].lead is None
    assert full.do(c.UpdateUnit(unit=full.sales, clear=["lead"])).facts == []


def test_a_measure_without_a_target_says_no_progress_and_can_be_read(full: Full) -> None:
    full.do(c.UpdateKeyResult(key_result=full.measure, clear=["targetValue", "startValue"]))
    full.do(c.RecordCheckIn(key_result=full.measure, value=100))
    found = full.org.key_results[full.measure]
    assert (found.start_value, found.target_value, found.current_value) == (None, None, 100)


def test_a_counter_may_offer_that_nothing_is_given_in_return(full: Full) -> None:
    full.do(c.CounterLink(link=full.open, round=2, clear=["inReturn"]), full.tech_lead)
    assert full.link(full.open).in_return is None
    problem = full.refused(c.CounterLink(link=full.open, round=3, clear=["inReturn"]), full.sales_lead)
    assert problem.path == ["because"]  # nothing would be other than before


def test_a_request_of_before_means_what_it_meant_and_is_known_again_by_its_key() -> None:
    sent = b'{"type":"UpdateObjective","objective":"objective_1","title":"New"}'
    decoded = msgspec.json.decode(sent, type=c.UpdateObjective)
    assert (decoded.clear, decoded.accountable) == (msgspec.UNSET, None)
    hashed = b'{"type":"UpdateObjective","objective":"objective_1","title":"New","description":null,"accountable":null,'
    assert msgspec.json.encode(decoded) == hashed + b'"cycle":null,"owners":null,"editorial":false}'
