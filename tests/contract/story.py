"""Some weeks of a small ferry company, in which everything that can be published happens at least once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import (
    AnswerStance,
    FeedbackOutcome,
    FiscalYearName,
    Kept,
    LinkKind,
    Sentiment,
    SettlementKind,
    UnitFunction,
)
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.events.goals import OrganizationDeleted
from goldenthread.contracts.plan import PlanFormat
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.timer_rules import Timer, TimerKind
from services.goals.domain.cycles.carry_over import OPEN
from services.goals.domain.decision import Fact
from tests.contract.in_process_services import InProcessServices

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHEET = """Row ID,Type,Title,Parent,Entity,Because,Start Value,Target Value,Current Value
N1,objective,Ferries that run on harbour wind,,Engine Room,Fuel is what makes a crossing dear,,,
N2,key_result,Crossings without diesel,N1,Engine Room,,0,40,6
"""


class FerryCompany:
    """The company; every method is a chapter, to be told in order."""

    def __init__(self) -> None:
        self.p = InProcessServices("Larkspur Ferries", START)
        do = self.p.do
        self.crossings = do(c.CreateUnit(name="Crossings", function=UnitFunction.BUSINESS))
        self.engines = do(c.CreateUnit(name="Engines", function=UnitFunction.TECHNOLOGY))
        self.tickets = do(c.CreateUnit(name="Tickets", function=UnitFunction.BUSINESS))
        self.captain = self._person("Mira Oake", "mira", RoleGrant(R.LEAD, self.crossings))
        self.engineer = self._person("Tam Brandt", "tam", RoleGrant(R.LEAD, self.engines))
        self.clerk = self._person("Ines Fell", "ines", RoleGrant(R.MEMBER, self.tickets))

    def the_company_finds_its_shape(self) -> None:
        do = self.p.do
        do(c.UpdateUnit(unit=self.engines, name="Engine Room"))
        do(c.MoveUnit(unit=self.tickets, parent=self.crossings))
        do(c.UpdateOrganization(name="Larkspur and Sons Ferries"))
        self.p.rename(c.UpdatePerson(person=self.clerk, name="Ines Fell-Oake", email="ines@larkspur.example"))
        do(c.SetRoles(person=self.clerk, roles=[RoleGrant(R.LEAD, self.tickets)]))
        visitor = self._person("Jon Pike", "jon", RoleGrant(R.VIEWER))
        do(c.RemovePerson(person=visitor))
        do(c.ErasePerson(person=visitor))
        do(c.SetPolicy(reply_days=5, fiscal_year_start=4, fiscal_year_named_by=FiscalYearName.START))
        self.year = do(c.OpenCycle(name="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))

    def people_are_invited(self) -> None:
        do, deckhand = self.p.do, [RoleGrant(R.MEMBER, self.crossings)]
        self.p.sign_in(self.captain)
        first = do(c.InvitePerson(name="Lea Marsh", email="lea@larkspur.example", roles=deckhand), self.captain)
        self.p.claim(first, "lea")
        do(c.ConfirmInvitation(person=first), self.captain)
        second = do(c.InvitePerson(name="Odd Moe", roles=deckhand), self.captain)
        do(c.RevokeInvitation(person=second), self.captain)
        do(c.InvitePerson(person=second), self.captain)
        self.p.claim(second, "somebody.else")
        self.p.rename(c.UndoInvitation(person=second))

    def it_says_why_it_exists(self) -> None:
        do = self.p.do
        do(c.PublishPurpose(statement="Nobody on the islands is cut off."))
        do(c.PublishPurpose(statement="Nobody on the islands is ever cut off.", expected_version=1, editorial=True))
        units = [self.crossings, self.engines]
        self.winter = do(
            c.PublishWhy(
                title="The winter timetable holds",
                statement="A boat that may not come is no connection: what we promise in winter we keep.",
                because="Islanders are cut off in winter, when we cancel, and hardly ever in summer.",
                audience=units,
            )
        )
        self.fares = do(
            c.PublishWhy(
                statement="Islanders can afford to cross.", because="A dear ferry cuts off too.", audience=units
            )
        )

    def crossings_and_engine_room_agree(self) -> None:
        do = self.p.do
        self.sail = self._objective(
            "Sail every winter morning",
            self.crossings,
            self.captain,
            self.winter,
            "The morning boat is the first to go.",
        )
        do(c.AcceptLink(link=self._link(self.sail), round=1))
        self.start = self._objective(
            "Engines start in any frost", self.engines, self.engineer, self.sail, "Every third loss was a cold engine."
        )
        do(c.CounterLink(link=self._link(self.start), round=1, in_return="A day in dock every month."), self.captain)
        do(c.AcceptLink(link=self._link(self.start), round=2), self.engineer)
        do(c.UpdateObjective(objective=self.start, description="Down to minus fifteen, without help."), self.engineer)
        do(c.ReviseWhy(why=self.winter, expected_version=1, statement="We cancel no winter crossing but for storm."))
        do(c.ReaffirmLinks(links=[self._link(self.sail)]), self.captain)
        self.cold = do(
            c.AddKeyResult(measures=self.start, key_result=c.KeyResultSpec(title="Cold starts", target_value=60)),
            self.engineer,
        )
        do(c.UpdateKeyResult(key_result=self.cold, start_value=12, measure_unit="starts"), self.engineer)
        check_in = do(c.RecordCheckIn(key_result=self.cold, value=20, confidence=0.6, note="New plugs."), self.engineer)
        do(c.AcknowledgeCheckIn(check_in=check_in), self.captain)

    def tickets_is_kept_waiting(self) -> None:
        do = self.p.do
        self.queue = self._objective(
            "No queue at the pier", self.tickets, self.clerk, self.fares, "Waiting costs islanders a morning's pay."
        )
        waiting = self.p.org.links[self._link(self.queue)]
        self._later(days=6)
        self._ring(Timer(TimerKind.LINK, waiting.id, waiting.due_at or self.p.now, waiting.round))
        self.print = self._objective(
            "Tickets that need no printer",
            self.tickets,
            self.clerk,
            self.queue,
            "The printer is what people queue for.",
        )
        alert = self.p.of("alert.raised")[-1].data.alert
        self.p.acknowledge(alert.id, self.p.founder, "On the agenda for Monday.")
        do(c.DeclineLink(link=waiting.id, round=1, reason="Queues are about space, not about fares."))
        lonely = self._objective("Cheaper island passes", self.tickets, self.clerk)
        self._later(days=15)
        activated = self.p.org.objectives[lonely].activated_at or self.p.now
        self._ring(Timer(TimerKind.LINKING, lonely, activated + timedelta(days=14)))
        do(c.ProposeLink(child=lonely, parent=self.fares, because="A pass is the fare of a commuter."), self.clerk)
        do(c.AcceptLink(link=self._link(lonely), round=1))
        do(c.WithdrawLink(link=self._link(lonely), reason="The council pays for the passes now."), self.clerk)
        do(c.ProposeLink(child=lonely, parent=self.fares), self.clerk)
        do(c.ArchiveObjective(objective=lonely, reason="Done by the council."), self.clerk)

    def the_company_listens(self) -> None:
        do, why = self.p.do, self.p.org.whys[self.winter]
        self._later(days=6)
        due_at = why.told[self.engines] + timedelta(days=5)
        self._ring(Timer(TimerKind.ANSWER, f"{why.id} {self.engines}", due_at, why.version))
        spare = "We keep a spare boat from November on."
        answer = do(l.AnswerWhy(why=why.id, version=why.version, unit=self.crossings, statement=spare), self.captain)
        do(l.ConfirmAnswer(answer=answer))
        doubt = "A frost that no engine survives will come."
        disagrees = AnswerStance.DISAGREES
        do(
            l.AnswerWhy(why=why.id, version=why.version, unit=self.engines, statement=doubt, stance=disagrees),
            self.engineer,
        )
        asked = next(iter(self.p.org.questions))
        do(l.AnswerQuestion(question=asked, body="Then we say so the evening before."))
        settle = l.SettleQuestion(question=asked, kind=SettlementKind.AGREED, note="That we can live with.")
        do(settle, self.engineer)
        ask = l.AskQuestion(about=self.sail, body="Who wakes the crew?", unit=self.tickets)
        lost = self.p.org.questions[do(ask, self.clerk)]
        self._later(days=6)
        self._ring(Timer(TimerKind.QUESTION, lost.id, lost.due_at or self.p.now))
        do(l.WithdrawQuestion(question=lost.id), self.clerk)
        said = l.RecordFeedback(
            source="Harbour office", segment="Commuters", sentiment=Sentiment.NEGATIVE, body="I stood in the rain."
        )
        feedback = do(said, self.clerk)
        do(l.LinkFeedback(feedback=feedback, add=[self.sail, self.start]), self.clerk)
        do(l.LinkFeedback(feedback=feedback, remove=[self.start]), self.clerk)
        do(
            l.RespondToFeedback(
                feedback=feedback, unit=self.tickets, body="There is a roof now.", outcome=FeedbackOutcome.ACTED_ON
            ),
            self.clerk,
        )

    def what_two_units_do_together_goes_on(self) -> None:
        do = self.p.do
        both = [self.crossings, self.engines]
        do(c.UpdateObjective(objective=self.sail, owners=both), self.captain)
        do(c.DecideCoOwnership(objective=self.sail, unit=self.engines, accept=False), self.engineer)
        do(c.UpdateObjective(objective=self.sail, owners=both), self.captain)
        do(c.DecideCoOwnership(objective=self.sail, unit=self.engines, accept=True), self.engineer)
        heir = self._objective("Sail every morning of the year", self.crossings, self.captain)
        ask = l.AskQuestion(about=self.queue, body="Who clears the snow?", unit=self.engines)
        do(ask, self.engineer)
        second = do(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
        do(c.CloseObjective(objective=self.queue, grade=0.5, note="Half as long.", successor=heir))
        open_ = [each.id for each in self.p.org.objectives.values() if each.cycle == self.year and each.state in OPEN]
        do(c.CarryOver(objectives=open_[:1], to_cycle=second))
        copied = c.CopyObjective(objective=heir, grade=0.8, note="All mornings but two.")
        rest = [id for id in open_[1:] if id != heir]
        do(c.CloseCycle(cycle=self.year, carry_over=rest, copy=[copied], to_cycle=second))
        do(c.ReopenCycle(cycle=self.year, reason="The last sailing of December was not counted."))
        do(c.CloseCycle(cycle=self.year))
        self.year = second
        do(c.CloseUnit(unit=self.tickets, successor=self.crossings))

    def a_unit_speaks_with_nobody(self) -> None:
        do = self.p.do
        yard = do(c.CreateUnit(name="Boatyard", function=UnitFunction.SHARED_SERVICES))
        wright = self._person("Ada Kerr", "ada", RoleGrant(R.LEAD, yard))
        hull = self._objective("A hull for ice", yard, wright)
        self._later(days=20)
        self.p.publish([clock.day_closed(self.p.org, self.p.now.date() - timedelta(days=1))], None)
        do(c.ProposeLink(child=hull, parent=self.start, because="A cold engine in a thin hull helps nobody."), wright)
        do(c.AcceptLink(link=self._link(hull), round=1), self.engineer)
        fares = self.p.org.whys[self.fares]
        do(c.ReviseWhy(why=self.fares, expected_version=fares.version, audience=[*fares.audience, yard]))
        do(c.ArchiveObjective(objective=hull, reason="The yard closes."), wright)

    def the_work_ends(self) -> None:
        do, promise = self.p.do, [self._promise(Kept.PARTLY)]
        do(
            c.CloseObjective(objective=self.start, grade=0.7, note="Two cold mornings lost.", kept=promise),
            self.engineer,
        )
        do(c.ReopenObjective(objective=self.start, reason="The third boat was not counted."), self.engineer)
        do(c.RemoveKeyResult(key_result=self.cold), self.engineer)
        promise = [self._promise(Kept.NO)]
        do(
            c.CloseObjective(objective=self.start, grade=0.4, note="It never got a day in dock.", kept=promise),
            self.engineer,
        )
        do(c.RetireWhy(why=self.winter, reason="The new bridge carries the winter traffic."))
        do(self._import(SHEET))
        do(self._import(SHEET.replace("harbour wind", "wind").rstrip().rpartition("\n")[0]))
        self.p.publish([clock.day_closed(self.p.org, self.p.now.date())], None)
        do(c.RetirePurpose(reason="The company merges with the bridge authority."))

    def the_company_is_gone(self) -> None:
        """An administrator of the installation deletes it: the last event of all."""
        self.p.publish([Fact(self.p.id, OrganizationDeleted(self.p.id))], None)

    def services_after_all_chapters(self) -> InProcessServices:
        """The whole story."""
        self.the_company_finds_its_shape()
        self.people_are_invited()
        self.it_says_why_it_exists()
        self.crossings_and_engine_room_agree()
        self.tickets_is_kept_waiting()
        self.the_company_listens()
        self.what_two_units_do_together_goes_on()
        self.a_unit_speaks_with_nobody()
        self.the_work_ends()
        self.the_company_is_gone()
        return self.p

    def _person(self, name: str, login: str, role: RoleGrant) -> str:
        return self.p.do(c.AddPerson(name=name, subject=login, roles=[role]))

    def _objective(self, title: str, owner: str, by: str, parent: str | None = None, because: str = "") -> str:
        up = c.LinkTarget(parent=parent, because=because, kind=LinkKind.CONTRIBUTES, weight=0.5) if parent else None
        return self.p.do(c.CreateObjective(title=title, owners=[owner], cycle=self.year, link_to=up), by)

    def _link(self, child: str) -> str:
        return next(iter(self.p.org.up[child]))

    def _promise(self, kept: Kept) -> c.KeptPromise:
        return c.KeptPromise(link=self._link(self.start), kept=kept)

    def _import(self, content: str) -> c.ImportPlan:
        return c.ImportPlan(source="engine-plan", content=content, format=PlanFormat.OKR_SHEET)

    def _later(self, days: int) -> None:
        self.p.now += timedelta(days=days)

    def _ring(self, timer: Timer) -> None:
        fact = clock.ring(self.p.org, timer, self.p.now)
        assert fact is not None
        self.p.publish([fact], None)
