"""Random commands about whatever an organization has, for the tests that command anything in any order."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import (
    AnswerStance,
    Direction,
    Disposition,
    FeedbackOutcome,
    FiscalYearName,
    Kept,
    LinkKind,
    LinkPolicy,
    Requirement,
    Role,
    Sentiment,
    SettlementKind,
    UnitFunction,
)
from goldenthread.organization.organization import Organization

good_words = st.sampled_from(["a", "b", "why not"])
odd_texts = ["a", "", " ", "x" * 501, "x" * 10_001, "\x00", "a\x07", "a\nb", "\u200b", "\u200b\nb\tc", "a\u2028b"]
text = st.one_of(*[good_words] * 3, st.sampled_from(odd_texts))
floats = st.one_of(st.floats(0, 1), st.floats(0, 1), st.floats())
clear = st.lists(
    st.sampled_from(
        ["lead", "description", "accountable", "cycle", "startValue", "targetValue", "status", "title", "no"]
    ),
    max_size=2,
)
days, flag = st.one_of(st.none(), st.integers(-5, 400)), st.booleans()
day = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


class Commands:
    """Random commands about what an organization has, with now and then an id of the wrong kind or of nothing."""

    def __init__(self, org: Organization) -> None:
        purpose = [org.purpose.id] if org.purpose else []
        goals = [*purpose, *org.whys, *org.objectives, *org.key_results]
        everything = [*goals, *org.units, *org.people, *org.cycles, *org.check_ins, *org.links, *org.questions]
        everything += [*org.answers, *org.feedback, "why_x", "nonsense"]
        self.any = st.sampled_from(everything)
        self.unit, self.person = self.of(org.units), self.of(org.people)
        self.cycle, self.why, self.objective = self.of(org.cycles), self.of(org.whys), self.of(org.objectives)
        self.key_result, self.check_in, self.link = self.of(org.key_results), self.of(org.check_ins), self.of(org.links)
        self.goal = self.of(goals)
        self.answer, self.question, self.feedback = self.of(org.answers), self.of(org.questions), self.of(org.feedback)
        self.versions = st.integers(1, 3)
        self.rounds = {link.id: link.round for link in org.links.values()}
        self.ends = {link.id: (link.child, link.parent) for link in org.links.values()}

    def of(self, ids: Any) -> st.SearchStrategy[str]:
        found = list(ids)
        if not found:
            return self.any
        known = st.sampled_from(found)
        return st.one_of(known, known, known, known, known, self.any)

    def open(self) -> st.SearchStrategy[tuple[str, int]]:
        return self.link.map(lambda id: (id, self.rounds.get(id, 1)))

    def former(self, link: str) -> tuple[str, str]:
        """The two goals of a link, which can be proposed again on its terms once it has ended."""
        return self.ends.get(link, (link, link))

    def structure(self) -> st.SearchStrategy[Any]:
        unit, person = self.unit, self.person
        grants = st.lists(st.builds(RoleGrant, st.sampled_from(Role), maybe(unit)), max_size=3)
        function = st.sampled_from(UnitFunction)
        return st.one_of(
            st.builds(c.CreateUnit, name=text, function=function, parent=maybe(unit), lead=maybe(person)),
            st.builds(c.UpdateUnit, unit=unit, name=maybe(text), function=maybe(function), lead=maybe(person)),
            st.builds(c.UpdateUnit, unit=unit, clear=clear),
            st.builds(c.MoveUnit, unit=unit, parent=unit),
            st.builds(c.AddPerson, name=text, subject=text, roles=grants),
            st.builds(c.UpdateOrganization, name=maybe(text)),
            st.builds(
                c.UpdatePerson,
                person=person,
                name=maybe(text),
                email=maybe(st.one_of(text, st.just("a@b.example"))),
                subject=maybe(text),
                issuer=maybe(text),
                clear=st.sampled_from([[], ["email"], ["name"]]),
            ),
            st.builds(c.SetRoles, person=person, roles=grants),
            st.builds(c.RemovePerson, person=person, successor=maybe(person)),
            st.builds(c.ErasePerson, person=person),
            st.builds(c.CreateServiceAccount, name=text, subject=text, roles=grants),
            st.builds(c.RevokeServiceAccount, service_account=person),
            st.builds(c.InvitePerson, name=text, roles=grants),
            st.builds(c.InvitePerson, person=person),
            st.builds(c.RevokeInvitation, person=person),
            st.builds(c.ConfirmInvitation, person=person),
            st.builds(c.UndoInvitation, person=person),
            st.builds(c.MoveLogins, from_issuer=text, to_issuer=text),
            st.builds(c.CloseUnit, unit=unit, successor=unit),
            st.builds(c.OpenCycle, name=text, starts_on=day, ends_on=day),
            st.builds(
                c.SetPolicy,
                link_policy=maybe(st.sampled_from(LinkPolicy)),
                alignment_required=maybe(st.sampled_from(Requirement)),
                grace_days=days,
                handover_days=days,
                reply_days=days,
                fiscal_year_start=maybe(st.integers(0, 13)),
                fiscal_year_named_by=maybe(st.sampled_from(FiscalYearName)),
            ),
        )

    def whys(self) -> st.SearchStrategy[Any]:
        units = st.lists(self.unit, max_size=3)
        serves = maybe(st.one_of(self.why, self.goal))
        return st.one_of(
            st.builds(c.PublishPurpose, statement=text, expected_version=maybe(self.versions), editorial=flag),
            st.builds(c.RetirePurpose, reason=text),
            st.builds(c.PublishWhy, statement=text, because=text, audience=units, serves=serves, unit=maybe(self.unit)),
            st.builds(
                c.ReviseWhy,
                why=self.why,
                expected_version=self.versions,
                editorial=flag,
                statement=maybe(text),
                because=maybe(text),
                audience=maybe(units),
            ),
            st.builds(c.RetireWhy, why=self.why, reason=text, successor=maybe(self.why)),
        )

    def listening(self) -> st.SearchStrategy[Any]:
        goals, outcome = st.lists(self.goal, max_size=2), st.sampled_from(FeedbackOutcome)
        stance, about = st.sampled_from(AnswerStance), st.one_of(self.goal, self.link, self.answer)
        answer = st.builds(
            l.AnswerWhy, why=self.why, version=self.versions, unit=self.unit, statement=text, stance=stance
        )
        settle = st.builds(
            l.SettleQuestion,
            question=self.question,
            kind=st.sampled_from(SettlementKind),
            note=text,
            resulting_version=maybe(self.versions),
        )
        return st.one_of(
            answer,
            answer,
            settle,
            st.builds(l.ConfirmAnswer, answer=self.answer),
            st.builds(l.AskQuestion, about=about, body=text, unit=self.unit),
            st.builds(l.AnswerQuestion, question=self.question, body=text),
            st.builds(l.WithdrawQuestion, question=self.question),
            st.builds(
                l.RecordFeedback, source=text, body=text, sentiment=maybe(st.sampled_from(Sentiment)), about=goals
            ),
            st.builds(
                l.RecordFeedbackItems,
                items=st.lists(st.builds(l.FeedbackItem, source=text, body=text, about=goals), max_size=3),
            ),
            st.builds(l.LinkFeedback, feedback=self.feedback, add=goals, remove=goals),
            st.builds(l.RespondToFeedback, feedback=self.feedback, unit=self.unit, body=text, outcome=outcome),
        )

    def cycles(self) -> st.SearchStrategy[Any]:
        some, cycle = st.lists(self.objective, max_size=3), self.cycle
        copied = st.lists(self.copied(), max_size=3)
        kept = st.lists(st.builds(c.KeptPromise, link=self.link, kept=st.sampled_from(Kept)), max_size=1)
        outcome = st.builds(
            c.OutcomeOf, objective=self.objective, grade=floats, note=text, kept=kept, successor=maybe(self.objective)
        )
        others = st.builds(c.OthersOutcome, grade=maybe(floats), note=text)
        return st.one_of(
            st.builds(c.CarryOver, objectives=some, to_cycle=cycle),
            st.builds(c.CarryOver, objectives=some, to_cycle=cycle, copy=copied),
            st.builds(c.CarryOver, to_cycle=cycle, copy=copied),
            st.builds(c.CloseCycle, cycle=cycle, carry_over=some, to_cycle=maybe(cycle), archive=some),
            st.builds(c.ReopenCycle, cycle=cycle, reason=text),
            st.builds(
                c.CloseCycle,
                cycle=cycle,
                to_cycle=cycle,
                carry_over=st.lists(self.objective, max_size=1),
                close=st.lists(outcome, max_size=1),
                copy=st.lists(self.copied(), max_size=2),
                all_others=maybe(st.sampled_from(Disposition)),
                others_outcome=maybe(others),
            ),
        )

    def copied(self) -> st.SearchStrategy[Any]:
        measures = st.builds(
            c.CopyKeyResult,
            key_result=self.key_result,
            start_value=maybe(floats),
            target_value=maybe(floats),
            leave_out=flag,
        )
        return st.builds(
            c.CopyObjective,
            objective=self.objective,
            grade=floats,
            note=good_words,
            kept=st.lists(st.builds(c.KeptPromise, link=self.link, kept=st.sampled_from(Kept)), max_size=1),
            title=maybe(text),
            editorial=flag,
            key_results=st.lists(measures, max_size=1),
        )

    def objectives(self) -> st.SearchStrategy[Any]:
        objective = self.objective
        kind = st.sampled_from(LinkKind)
        target = st.builds(c.LinkTarget, parent=self.goal, because=text, kind=kind, weight=maybe(floats))
        kept = st.builds(c.KeptPromise, link=self.link, kept=st.sampled_from(Kept))
        create = st.builds(
            c.CreateObjective,
            title=text,
            owners=st.lists(self.unit, min_size=1, max_size=2),
            cycle=maybe(self.cycle),
            accountable=maybe(self.person),
            activate=flag,
            link_to=maybe(target),
            key_results=st.lists(self.spec(), max_size=2),
        )
        update = st.builds(
            c.UpdateObjective,
            objective=objective,
            title=maybe(text),
            description=maybe(text),
            accountable=maybe(self.person),
            cycle=maybe(self.cycle),
            owners=maybe(st.lists(self.unit, min_size=1, max_size=3)),
            editorial=flag,
        )
        return st.one_of(
            create,
            create,
            update,
            st.builds(c.UpdateObjective, objective=objective, title=maybe(text), clear=clear),
            st.builds(c.ActivateObjective, objective=objective),
            st.builds(
                c.CloseObjective,
                objective=objective,
                grade=floats,
                note=text,
                kept=st.lists(kept, max_size=2),
                successor=maybe(objective),
            ),
            st.builds(c.DecideCoOwnership, objective=objective, unit=self.unit, accept=flag),
            st.builds(c.ArchiveObjective, objective=objective, reason=maybe(text)),
            st.builds(c.ReopenObjective, objective=objective, reason=text, cycle=maybe(self.cycle)),
            st.builds(c.ReopenObjective, objective=objective, reason=text, clear=clear),
        )

    def spec(self) -> st.SearchStrategy[Any]:
        direction = st.sampled_from(Direction)
        numbers = maybe(floats)
        return st.builds(c.KeyResultSpec, title=text, start_value=numbers, target_value=numbers, direction=direction)

    def key_results(self) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.builds(c.AddKeyResult, measures=st.one_of(self.objective, self.why), key_result=self.spec()),
            st.builds(c.UpdateKeyResult, key_result=self.key_result, title=maybe(text), target_value=maybe(floats)),
            st.builds(c.UpdateKeyResult, key_result=self.key_result, clear=clear),
            st.builds(c.RecordCheckIn, key_result=self.key_result, value=floats, clear=clear),
            st.builds(c.RemoveKeyResult, key_result=self.key_result),
            st.builds(c.RecordCheckIn, key_result=self.key_result, value=floats, confidence=maybe(floats)),
            st.builds(c.AcknowledgeCheckIn, check_in=self.check_in),
        )

    def links(self) -> st.SearchStrategy[Any]:
        kind = st.sampled_from(LinkKind)
        propose = st.builds(
            c.ProposeLink, child=self.goal, parent=self.goal, because=text, kind=maybe(kind), weight=maybe(floats)
        )
        again = self.link.map(self.former).flatmap(
            lambda ends: st.builds(c.ProposeLink, child=st.just(ends[0]), parent=st.just(ends[1]), kind=maybe(kind))
        )
        turn, term = self.open(), maybe(text)
        return st.one_of(
            propose,
            propose,
            propose,
            again,
            st.builds(lambda t, term: c.AcceptLink(link=t[0], round=t[1], in_return=term), turn, term),
            st.builds(lambda t, a, b: c.CounterLink(link=t[0], round=t[1], because=a, in_return=b), turn, term, term),
            st.builds(lambda t, r: c.DeclineLink(link=t[0], round=t[1], reason=r), turn, text),
            st.builds(c.AcceptLink, link=self.link, round=st.integers(0, 3)),
            st.builds(c.WithdrawLink, link=self.link, reason=text),
            st.builds(c.ReaffirmLinks, links=st.lists(self.link, max_size=3), because=term),
        )
