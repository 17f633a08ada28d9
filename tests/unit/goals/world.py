"""A small organization to decide commands on: a root, two units and one below, and a person for every role."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Link, RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import Problem, Refused
from goldenthread.contracts.read_api import NO_LOGIN, Login, PersonName
from goldenthread.organization.organization import Organization
from services.goals.domain.decide import decide
from services.goals.domain.decision import Case, Decision, DecisionContext, DecisionLimits, Fact, LoginMoves
from services.goals.domain.org_chart import invitations
from services.goals.domain.org_chart.bootstrap import bootstrap

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class World:
    """Runs commands as goals does: begin, decide, commit; a refusal rolls back."""

    def __init__(self) -> None:
        self.org = Organization()
        self.now, self.limits = START, DecisionLimits()
        self.facts: list[Fact] = []
        self.moves = LoginMoves()
        """What a move of logins is given to decide on."""
        self.issuers: frozenset[str] = frozenset()
        """Whose tokens are trusted; where it is empty, nobody asks."""
        self.names: dict[Id, PersonName] = {}
        """What is kept of people beside the facts; of who is not in here: that they are called A."""
        self.erased: set[Id] = set()
        """Of whom nothing is kept any more."""
        self._ids = count(1)
        self._run(bootstrap(self.org, "Acme", self.context(None)))
        self.root, self.boss = next(iter(self.org.units)), next(iter(self.org.people))

    def context(self, actor: Id | None, named: PersonName | None = None) -> DecisionContext:
        next_ = len(self.facts) + 1
        return DecisionContext(
            actor=actor,
            now=self.now,
            new_id=self.new_id,
            next_sequence=next_,
            named=named,
            moves=self.moves,
            limits=self.limits,
            issuer="https://issuer.example",
            issuers=self.issuers,
        )

    def named(self, person: Id) -> PersonName:
        return self.names.get(person) or PersonName(person, "A", f"login of {person}", None, "https://issuer.example")

    def new_id(self, kind: str) -> Id:
        return f"{kind}_{next(self._ids):04}"

    def _run(self, decision: Decision) -> Decision:
        self.facts += decision.facts
        return decision

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def do(self, command: c.AnyCommand, actor: Id | None = None, dry_run: bool = False) -> Decision:
        named = None
        if isinstance(command, c.UpdatePerson | c.UndoInvitation | c.ErasePerson) and command.person not in self.erased:
            named = self.named(command.person)
        self.org.begin()
        try:
            decision = decide(self.org, command, self.context(actor or self.boss, named))
        except BaseException:
            self.org.rollback()
            raise
        if dry_run:
            self.org.rollback()
            return decision
        self.org.commit()
        if decision.renamed is not None:
            self.names[decision.renamed.id] = decision.renamed
        if isinstance(command, c.InvitePerson) and command.person is None:
            new = decision.ids[0]
            self.names[new] = PersonName(new, command.name or "", f"nobody is {new}", command.email, NO_LOGIN)
        if decision.erased is not None:
            self.erased.add(decision.erased)
        return self._run(decision)

    def claim(self, person: Id, login: Login | None = None) -> Case:
        """`person` claims the newest invitation of theirs, as goals has it done."""
        self.org.begin()
        case = Case(self.org, self.context(person, self.named(person)))
        try:
            invitations.claim(case, self.org.people[person], login or Login("https://issuer.example", f"by {person}"))
        except BaseException:
            self.org.rollback()
            raise
        self.org.commit()
        assert case.renamed is not None
        self.names[person] = case.renamed
        self._run(case.decision())
        return case

    def id(self, command: c.AnyCommand, actor: Id | None = None) -> Id:
        return self.do(command, actor).ids[0]

    def refused(self, command: c.AnyCommand, actor: Id | None = None) -> Problem:
        before = seen(self.org)
        with pytest.raises(Refused) as caught:
            self.do(command, actor)
        assert seen(self.org) == before, "a refusal changed something"
        problem: Problem = caught.value.problems[0]
        assert problem.message.endswith((".", ")")), "a refusal is a sentence"
        return problem

    def person(self, *roles: RoleGrant) -> Id:
        return self.id(c.AddPerson(name="A", subject=f"s{len(self.org.people)}", roles=list(roles)))

    def unit(self, name: str, parent: Id | None = None, lead: Id | None = None) -> Id:
        return self.id(c.CreateUnit(name=name, function=UnitFunction.BUSINESS, parent=parent, lead=lead))


def seen(org: Organization) -> dict[str, object]:
    """Everything an organization says, comparable: entities and indexes, whatever their order."""
    names = (
        "up", "down", "measures_of", "check_ins_of", "answers_to", "answers_of", "questions_about", "feedback_about",
        "continued_by", "units_below", "led_by", "placed_in",
    )  # fmt: skip
    indexes = {name: {key: set(ids) for key, ids in getattr(org, name).items()} for name in names}
    return {"entities": {each.id: each for each in org.entities()}, **indexes}


class Acme(World):
    """Sales and Tech below the root, Web below Tech; a published purpose; people of every role."""

    def __init__(self) -> None:
        super().__init__()
        self.sales, self.tech = self.unit("Sales"), self.unit("Tech")
        self.web = self.unit("Web", self.tech)
        self.sales_lead = self.person(RoleGrant(R.LEAD, self.sales))
        self.tech_lead = self.person(RoleGrant(R.LEAD, self.tech))
        self.web_member = self.person(RoleGrant(R.MEMBER, self.web))
        self.sales_member = self.person(RoleGrant(R.MEMBER, self.sales))
        self.admin = self.person(RoleGrant(R.ADMIN))
        self.executive = self.person(RoleGrant(R.EXECUTIVE))
        self.viewer = self.person(RoleGrant(R.VIEWER))
        self.purpose = self.id(c.PublishPurpose(statement="Nobody works without knowing why"))
        self.cycle = self.id(c.OpenCycle(name="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))

    def objective(self, unit: Id, title: str = "Sell more", actor: Id | None = None, activate: bool = True) -> Id:
        return self.id(c.CreateObjective(title=title, owners=[unit], activate=activate), actor)

    def propose(self, child: Id, parent: Id, actor: Id | None = None, because: str = "it helps") -> Link:
        return self.org.links[self.id(c.ProposeLink(child=child, parent=parent, because=because), actor)]

    def link(self, id: Id) -> Link:
        return self.org.links[id]
