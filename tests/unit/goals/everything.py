"""An organization with one thing of every kind, and an example of every command with ids on it."""

from __future__ import annotations

from datetime import date

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import FeedbackOutcome, SettlementKind, UnitFunction
from goldenthread.contracts.enums import Role as R
from services.goals.domain.decision import LoginMove, LoginMoves
from tests.unit.goals.world import Acme


class Everything(Acme):
    """One thing of every kind, and for every command with ids an example of it that is accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.next = self.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
        self.over = self.id(c.OpenCycle(name="2025", starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)))
        self.do(c.CloseCycle(cycle=self.over))
        self.why, self.other_why = (
            self.id(c.PublishWhy(statement=words, because="b", audience=[self.sales])) for words in ("s", "t")
        )
        self.top = self.objective(self.sales, "Top")
        self.ended, self.draft = self.objective(self.web, "Ended"), self.objective(self.web, "Draft", activate=False)
        self.do(c.ArchiveObjective(objective=self.ended))
        self.offered = self.id(c.CreateObjective(title="t", owners=[self.sales, self.web]), self.sales_lead)
        self.of_cycle = self.id(c.CreateObjective(title="t", owners=[self.web], cycle=self.cycle))
        self.measure = self.id(c.AddKeyResult(measures=self.top, key_result=c.KeyResultSpec(title="k")))
        self.reading = self.id(c.RecordCheckIn(key_result=self.measure, value=1), self.sales_lead)
        self.child = self.objective(self.tech, "Child")
        self.open = self.propose(self.child, self.top, self.tech_lead).id
        self.accepted = self.propose(self.child, self.of_cycle, self.tech_lead, "b").id
        self.question = self.id(l.AskQuestion(about=self.top, body="?", unit=self.web))
        self.answered = self.id(l.AskQuestion(about=self.top, body="?", unit=self.web))
        self.do(l.AnswerQuestion(question=self.answered, body="So."), self.sales_lead)
        self.answer = self.id(l.AnswerWhy(why=self.why, version=1, unit=self.sales, statement="we"), self.sales_lead)
        self.said = self.id(l.RecordFeedback(source="s", body="b", about=[self.top]))
        self.program = self.id(c.CreateServiceAccount(name="P", subject="p", roles=[RoleGrant(R.VIEWER)]))
        self.invited, self.claimed = (
            self.id(c.InvitePerson(name=name, roles=[RoleGrant(R.MEMBER, self.web)]), self.tech_lead) for name in "IC"
        )
        self.claim(self.claimed)
        self.moves = LoginMoves([LoginMove(self.viewer, "s", "s", None)], 1)
        self.gone = self.person(RoleGrant(R.VIEWER))
        self.do(c.RemovePerson(person=self.gone))

    def examples(self) -> list[c.AnyCommand]:
        spec, unit = c.KeyResultSpec(title="k"), {"function": UnitFunction.BUSINESS}
        lead, top, child = self.sales_lead, self.top, self.child
        return [
            c.CreateUnit(name="New", parent=self.sales, lead=lead, **unit),
            c.UpdateUnit(unit=self.sales, lead=lead),
            c.MoveUnit(unit=self.web, parent=self.sales),
            c.UpdatePerson(person=self.viewer, name="New name"),
            c.SetRoles(person=self.viewer, roles=[RoleGrant(R.MEMBER, self.web)]),
            c.RemovePerson(person=self.tech_lead, successor=lead),
            c.ErasePerson(person=self.gone),
            c.RevokeServiceAccount(service_account=self.program),
            c.InvitePerson(person=self.invited),
            c.RevokeInvitation(person=self.invited),
            c.ConfirmInvitation(person=self.claimed),
            c.UndoInvitation(person=self.claimed),
            c.CloseUnit(unit=self.web, successor=self.sales),
            c.CloseCycle(cycle=self.cycle, carry_over=[self.of_cycle], to_cycle=self.next),
            c.CloseCycle(cycle=self.cycle, archive=[self.of_cycle]),
            c.CarryOver(objectives=[self.of_cycle], to_cycle=self.next),
            c.ReopenCycle(cycle=self.over, reason="r"),
            c.CarryOver(to_cycle=self.next, copy=[c.CopyObjective(objective=self.of_cycle, grade=1, note="n")]),
            c.PublishWhy(statement="n", because="b", audience=[self.web], serves=self.why, unit=self.tech),
            c.ReviseWhy(why=self.why, expected_version=1, audience=[self.web]),
            c.RetireWhy(why=self.why, reason="r", successor=self.other_why),
            l.AnswerWhy(why=self.other_why, version=1, unit=self.sales, statement="we"),
            l.ConfirmAnswer(answer=self.answer),
            l.AskQuestion(about=top, body="?", unit=self.web),
            l.AnswerQuestion(question=self.question, body="So."),
            l.SettleQuestion(question=self.answered, kind=SettlementKind.AGREED, note="n"),
            l.WithdrawQuestion(question=self.question),
            l.RecordFeedback(source="s", body="c", about=[top]),
            l.LinkFeedback(feedback=self.said, add=[child], remove=[top]),
            l.RespondToFeedback(feedback=self.said, unit=self.sales, body="b", outcome=FeedbackOutcome.HEARD),
            c.CreateObjective(title="t", owners=[self.web], cycle=self.cycle, accountable=lead),
            c.UpdateObjective(objective=child, owners=[self.tech, self.web], cycle=self.cycle, accountable=lead),
            c.DecideCoOwnership(objective=self.offered, unit=self.web, accept=True),
            c.ActivateObjective(objective=self.draft),
            c.CloseObjective(objective=top, grade=1, note="n", successor=self.offered),
            c.ArchiveObjective(objective=top),
            c.ReopenObjective(objective=self.ended, reason="r", cycle=self.next),
            c.AddKeyResult(measures=top, key_result=spec),
            c.UpdateKeyResult(key_result=self.measure, title="l"),
            c.RemoveKeyResult(key_result=self.measure),
            c.RecordCheckIn(key_result=self.measure, value=2),
            c.AcknowledgeCheckIn(check_in=self.reading),
            c.ProposeLink(child=self.draft, parent=top, because="b"),
            c.AcceptLink(link=self.open, round=1),
            c.CounterLink(link=self.open, round=1, because="x"),
            c.DeclineLink(link=self.open, round=1, reason="r"),
            c.WithdrawLink(link=self.open, reason="r"),
            c.ReaffirmLinks(links=[self.agreed()], because="x"),
        ]

    def agreed(self) -> str:
        return next(link.id for link in self.org.parents(self.why) if not link.measure)
