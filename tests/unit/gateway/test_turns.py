"""Whose next move it is: every kind of turn, and an index that equals one made from nothing after any history."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import islice
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from gateway.live.organization_view import OrganizationView
from gateway.views.next_steps import next_step
from gateway.views.turn_index import FEW, TurnIndex, heard_at
from gateway.views.turns import Turn, TurnKind
from goldenthread.contracts.entities import (
    CustomerFeedback,
    Cycle,
    FeedbackResponse,
    Person,
    PersonInvitation,
    Question,
    QuestionAnswer,
    RoleGrant,
    WhyAnswer,
)
from goldenthread.contracts.enums import (
    AnswerStance,
    FeedbackOutcome,
    LinkState,
    ObjectiveState,
    QuestionState,
    Role,
    Side,
    WhyState,
)
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from goldenthread.contracts.read_api import NodeVerdict
from goldenthread.organization import responsibility
from goldenthread.organization.why_cascade import CascadeRole, cascade
from tests.support.entities import T0, key_result, link, objective, purpose, unit, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

DAY = timedelta(days=1)
QUESTION = Question("question_1", "why_1", "By when?", "person_a", "unit_a", "unit_root", QuestionState.OPEN, T0,
                    "unit_root", T0 + 7 * DAY)  # fmt: skip
SAID = QuestionAnswer("By spring.", "person_root", "unit_root", T0 + DAY)
COMPLAINT = CustomerFeedback("feedback_1", "A customer", "It is too loud.", T0, None, T0, about=["objective_1"])
ANSWER = WhyAnswer("answer_1", "why_1", "unit_a", 1, AnswerStance.TAKES_PART, "we will", "person_a", T0, T0)


def world(*more: Any) -> World:
    """Purpose ← why, told to A and below (C, without a lead) ← objective 1 of A."""
    told = structs.replace(why("why_1"), audience=["unit_a"], told={"unit_a": T0}, sponsor="person_root")
    return World(
        purpose(), told, objective("objective_1"), unit("unit_c", "unit_a"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2), *more,
    )  # fmt: skip


def turns(made: World | OrganizationView, *units: str, person: str | None = None) -> dict[str, Turn]:
    view = made.view() if isinstance(made, World) else made
    return {f"{turn.kind} {turn.subject}": turn for turn in view.index(TurnIndex).of(units, person)}


def said(made: World, *units: str) -> list[str]:
    view = made.view()
    return [next_step(view, turn) for turn in view.index(TurnIndex).of(units)]


def test_a_unit_owes_its_answer_and_then_its_sponsor_a_nod() -> None:
    (owed,) = turns(world(), "unit_a").values()
    assert (owed.kind, owed.subject, owed.since, owed.due_at) == (TurnKind.ANSWER_WHY, "why_1", T0, T0 + 7 * DAY)
    assert said(world(), "unit_a") == ["A: say what “why_1” means for A."]
    answered = world(ANSWER)
    assert said(answered, "unit_a") == ["A: say what “why_1” means for C."], "C has no lead: the nearest above speaks"
    assert said(answered, "unit_root") == ["Root: confirm the answer of A to “why_1”, or ask about it."]


def test_an_answer_that_is_confirmed_questioned_stale_or_disagrees_waits_for_no_nod() -> None:
    about = structs.replace(QUESTION, about="answer_1")
    for made in (
        world(structs.replace(ANSWER, confirmed_at=T0)),
        world(ANSWER, about),
        world(structs.replace(ANSWER, version=0)),
        world(structs.replace(ANSWER, stance=AnswerStance.DISAGREES)),
    ):
        assert "CONFIRM_ANSWER answer_1" not in turns(made, "unit_root")


def test_a_question_is_the_asked_sides_turn_then_the_askers_then_nobodys() -> None:
    made = world(ANSWER, QUESTION)
    assert "Root: answer A, who asks “By when?” about “why_1”." in said(made, "unit_root")
    answered = structs.replace(QUESTION, state=QuestionState.ANSWERED, awaiting="unit_a", answers=[SAID])
    found = turns(world(answered), "unit_a")["SETTLE_QUESTION question_1"]
    assert (found.since, found.accountable) == (T0 + DAY, "person_a")
    assert "SETTLE_QUESTION question_1" in turns(world(answered), person="person_a")
    ended = world(structs.replace(QUESTION, state=QuestionState.WITHDRAWN, awaiting=None, due_at=None))
    assert not any("question_1" in key for key in (turns(ended, "unit_root") | turns(ended, "unit_a")))


def test_a_question_nobody_hears_comes_first_and_stays_overdue() -> None:
    unheard = structs.replace(QUESTION, state=QuestionState.ESCALATED, unheard=True, due_at=None)
    old = link("link_3", "objective_1", "why_1", None, state=LinkState.PROPOSED, turn=Side.PARENT, due_at=T0 + DAY)
    found = list(turns(world(unheard, old), "unit_root").values())
    assert [turn.kind for turn in found[:2]] == [TurnKind.ANSWER_QUESTION, TurnKind.DECIDE_LINK]
    assert found[0].overdue(T0 + DAY)


def test_every_owner_of_what_a_customer_speaks_of_owes_a_word_until_it_said_one() -> None:
    both = structs.replace(objective("objective_2"), owners=["unit_a", "unit_b"])
    told = structs.replace(COMPLAINT, about=["objective_1", "objective_2"])
    made = world(both, told)
    assert "RESPOND_TO_FEEDBACK feedback_1" in turns(made, "unit_a")
    assert "RESPOND_TO_FEEDBACK feedback_1" in turns(made, "unit_root"), "B has no lead"
    assert "A: say what became of “It is too loud” (A customer)." in said(made, "unit_a")
    response = FeedbackResponse("We heard it.", FeedbackOutcome.HEARD, "person_a", "unit_a", T0)
    half = world(both, structs.replace(told, responses=[response]))
    assert "RESPOND_TO_FEEDBACK feedback_1" not in turns(half, "unit_a")
    assert "RESPOND_TO_FEEDBACK feedback_1" in turns(half, "unit_root")


def test_a_unit_that_is_asked_to_own_a_goal_too_owes_a_yes_or_a_no_while_the_goal_goes_on() -> None:
    shared = structs.replace(objective("objective_2", owner="unit_b"), invited=["unit_a"])
    made = world(shared)
    assert "DECIDE_CO_OWNERSHIP objective_2" in turns(made, "unit_a")
    assert "A: say whether “objective_2” is a goal of A too." in said(made, "unit_a")
    for after in (
        structs.replace(shared, invited=[], owners=["unit_b", "unit_a"]),
        structs.replace(shared, state=ObjectiveState.CLOSED),
    ):
        assert "DECIDE_CO_OWNERSHIP objective_2" not in turns(world(after), "unit_a")


def test_what_a_person_answers_for_is_their_turn_whatever_unit_they_are_of() -> None:
    made = world(structs.replace(objective("objective_1"), accountable="person_b"),
                 link("link_3", "objective_9", "objective_1", None, state=LinkState.PROPOSED, turn=Side.PARENT),
                 objective("objective_9", owner="unit_b"))  # fmt: skip
    assert list(turns(made, person="person_b")) == ["DECIDE_LINK link_3"]


def test_many_units_without_a_lead_are_looked_at_as_one() -> None:
    many = [unit(f"unit_x{n}", "unit_a") for n in range(FEW + 5)]
    owed = world(ANSWER, *many).view().index(TurnIndex).of(["unit_a"])
    assert {turn.side for turn in owed} == {"unit_c", *(each.id for each in many)}


def test_an_orphan_is_mended_by_whoever_owns_what_it_hung_on_now() -> None:
    made = world(objective("objective_2"), objective("objective_3", ObjectiveState.CLOSED, owner="unit_root"))
    lost = Verdict(
        AlignmentState.ORPHANED, cause=OrphanCause.PARENT_ENDED, broken_at="objective_2", lost_parent="objective_3"
    )
    made.judgements["objective_2"] = NodeVerdict("objective_2", lost, T0)
    view = made.view()
    assert "MEND_ORPHAN objective_2" in turns(view, "unit_root")
    moved = structs.replace(made.org.objectives["objective_3"], owners=["unit_a"])
    for event in made.commit(goals.ObjectiveChanged(moved, made.org.objectives["objective_3"])):
        view.apply(event)
    assert "MEND_ORPHAN objective_2" not in turns(view, "unit_root")
    assert "MEND_ORPHAN objective_2" in turns(view, "unit_a")


# -- the index after any history ---------------------------------------------------------------------------------------


class History:
    """Anything that happens, whether goals would allow it or not; a view follows it, reading now and then."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = world()
        self.view = self.world.view()
        self.count = 10

    def go_on(self, looks: float = 0.4) -> None:
        """Something changes; the index is looked at with this probability."""
        for event in self.world.commit(*(self._change() for _ in range(self.random.randint(1, 3)))):
            self.view.apply(event)
        if self.random.random() < 0.6:
            for event in self.world.judge():
                self.view.apply(event)
        if self.random.random() < looks:
            assert_exact(self.view, self.world.view())

    def _new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def _some(self, *tables: Iterable[str]) -> str:
        return self.random.choice([id for table in tables for id in table])

    def _node(self) -> str:
        org = self.world.org
        return self._some(["purpose_1"], org.whys, org.objectives, org.key_results)

    def _change(self) -> Struct:
        makers = [
            self._link, self._link, self._unit, self._unit, self._objective, self._why, self._answer, self._answer,
            self._question, self._feedback, self._measure, self._purpose, self._cycle, self._claim, self._claim,
        ]  # fmt: skip
        return self.random.choice(makers)()

    def _claim(self) -> Struct:
        pick = self.random.choice
        made = PersonInvitation("invitation_1", pick(("person_a", "person_root")), T0, T0 + 7 * DAY, T0)
        made = structs.replace(made, confirmed_at=pick((None, None, T0)))
        roles = [RoleGrant(Role.MEMBER, self._some(self.world.org.units))]
        return goals.InvitationClaimed(Person(f"person_{self.random.randint(1, 3)}", roles, invitation=made))

    def _unit(self) -> Struct:
        org, pick = self.world.org, self.random.choice
        if self.random.random() < 0.5:
            return goals.UnitCreated(unit(self._new("unit"), self._some(org.units), pick((None, "person_a"))))
        old = org.units[self._some(["unit_a", "unit_b", "unit_c"])]
        closed = self.random.random() < 0.2
        return goals.UnitChanged(structs.replace(old, lead=pick((None, "person_a")), closed=closed), old)

    def _link(self) -> Struct:
        pick, org = self.random.choice, self.world.org
        known = self._some(org.links) if self.random.random() < 0.5 else self._new("link")
        state = pick((LinkState.ACCEPTED, LinkState.ACCEPTED, LinkState.PROPOSED, LinkState.WITHDRAWN))
        turn = pick(list(Side)) if state is LinkState.PROPOSED else None
        made = link(known, self._node(), self._node(), self.count, pick((1, 2, None)), state, turn=turn)
        return goals.LinkAccepted(made)

    def _objective(self) -> Struct:
        pick, org = self.random.choice, self.world.org
        id = self._some(org.objectives) if self.random.random() < 0.6 else self._new("objective")
        made = objective(id, pick((ObjectiveState.ACTIVE, ObjectiveState.ACTIVE, ObjectiveState.CLOSED)))
        made = structs.replace(made, invited=pick(([], [], ["unit_b"])))
        owners = [self._some(org.units) for _ in range(pick((1, 1, 2)))]
        return goals.ObjectiveCreated(structs.replace(made, owners=owners, accountable=pick((None, "person_a"))))

    def _why(self) -> Struct:
        pick, org = self.random.choice, self.world.org
        id = self._some(org.whys) if self.random.random() < 0.6 else self._new("why")
        state = WhyState.RETIRED if self.random.random() < 0.2 else WhyState.PUBLISHED
        made = why(id, pick((1, 2)), state, self._some(org.units))
        audience = [self._some(org.units) for _ in range(2)]
        return goals.WhyPublished(structs.replace(made, audience=audience, sponsor=pick((None, "person_root"))))

    def _answer(self) -> Struct:
        pick, org = self.random.choice, self.world.org
        to, by = self._some(org.whys), self._some(org.units)
        made = WhyAnswer(f"answer_{to}-{by}", to, by, pick((1, 2)),
                         pick(list(AnswerStance)), "so", None, T0, T0)  # fmt: skip
        return goals.WhyAnswered(structs.replace(made, confirmed_at=pick((None, T0))))

    def _question(self) -> Struct:
        pick, org = self.random.choice, self.world.org
        if org.questions and self.random.random() < 0.6:
            old = org.questions[self._some(org.questions)]
            state = pick(list(QuestionState))
            return goals.QuestionAsked(structs.replace(old, state=state, answers=[SAID], unheard=pick((True, False))))
        about = pick([self._node(), *org.links, *org.answers])
        return goals.QuestionAsked(
            structs.replace(QUESTION, id=self._new("question"), about=about, asked=self._some(org.units))
        )

    def _feedback(self) -> Struct:
        pick, org = self.random.choice, self.world.org
        id = self._some(org.feedback) if org.feedback and self.random.random() < 0.6 else self._new("feedback")
        said_so = FeedbackResponse("ok", FeedbackOutcome.HEARD, None, self._some(org.units), T0)
        about = [self._node() for _ in range(pick((0, 1, 2)))]
        return goals.FeedbackReceived(structs.replace(COMPLAINT, id=id, about=about, responses=pick(([], [said_so]))))

    def _measure(self) -> Struct:
        return goals.KeyResultAdded(key_result(self._new("keyresult"), self._some(self.world.org.objectives)))

    def _purpose(self) -> Struct:
        return goals.PurposePublished(purpose(self.random.randint(1, 3)))

    def _cycle(self) -> Struct:
        return goals.CycleOpened(Cycle("cycle_1", "Q", date(2026, 1, 1), date(2026, self.random.randint(2, 12), 1)))


def assert_exact(view: OrganizationView, fresh: OrganizationView) -> None:
    """The index that followed equals one made now; and every kind that a whole look finds is there, at who hears it."""
    for id in view.org.units:
        assert view.index(TurnIndex).of([id]) == fresh.index(TurnIndex).of([id])
    for person in ("person_a", "person_root"):
        for administers in (False, True):
            found = view.index(TurnIndex).of([], person, administers=administers)
            assert found == fresh.index(TurnIndex).of([], person, administers=administers)
    org = view.org
    for row in org.whys.values():
        for each in cascade(org, row):
            at = responsibility.nearest_led_unit(org, each.unit)
            assert at is not None
            turns = view.index(TurnIndex).of([at])
            listed = {(turn.subject, turn.side) for turn in turns if turn.kind is TurnKind.ANSWER_WHY}
            assert ((row.id, each.unit) in listed) == (each.part is CascadeRole.OWES)


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 15))
@settings(deadline=None, max_examples=80)
def test_after_any_history_the_index_equals_one_made_from_nothing(seed: int, steps: int) -> None:
    history = History(seed)
    for _ in range(steps):
        history.go_on()
    assert_exact(history.view, history.world.view())


@given(seed=st.integers(0, 2**32), slices=st.lists(st.integers(0, 6), min_size=1, max_size=12))
@settings(deadline=None, max_examples=80)
def test_an_index_made_in_slices_with_changes_between_them_equals_one_made_at_once(
    seed: int, slices: list[int]
) -> None:
    history = History(seed)
    for _ in range(3):
        history.go_on(looks=0)
    history.view = history.world.view()
    making = history.view.index(TurnIndex).catching_up()
    for steps in slices:
        assert sum(1 for _ in islice(making, steps)) <= steps
        history.go_on(looks=0)
        if history.random.random() < 0.2:  # somebody else goes on with it
            making = history.view.index(TurnIndex).catching_up()
    assert_exact(history.view, history.world.view())
    assert not history.view.index(TurnIndex).backlog


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 10))
@settings(deadline=None, max_examples=40)
def test_after_any_history_the_breaks_equal_those_found_by_looking_at_every_verdict(seed: int, steps: int) -> None:
    history = History(seed)
    for _ in range(steps):
        history.go_on(looks=0)
        at = Counter(
            each.verdict.broken_at
            for each in history.view.judgements.values()
            if each.verdict.state is AlignmentState.ORPHANED
        )
        assert history.view.state.broken == at


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_every_unit_is_heard_at_exactly_one_unit_that_has_a_lead_or_at_the_root(seed: int) -> None:
    history = History(seed)
    for _ in range(10):
        history.go_on()
    org = history.view.org
    heard = [(each, at) for at in org.units for each in heard_at(org, at)]
    assert dict(heard) == {each: responsibility.nearest_led_unit(org, each) for each in org.units}
    assert len(heard) == len(org.units)


async def test_nobody_has_to_decide_on_a_proposal_to_or_from_a_goal_that_has_ended() -> None:
    """Streams of before hold such proposals; goals withdraws them when the day is over."""
    asked = '{ myTurn(kinds: [DECIDE_LINK]) { totalCount } node(id: "link_1") { ... on Link { awaiting { id } } } }'
    other = objective("objective_1", owner="unit_root")
    for state, turns_ in ((ObjectiveState.ACTIVE, 1), (ObjectiveState.CLOSED, 0), (ObjectiveState.ARCHIVED, 0)):
        for child, parent in (("objective_1", "objective_2"), ("objective_2", "objective_1")):
            open_ = link("link_1", child, parent, None, state=LinkState.PROPOSED, turn=Side.PARENT)
            made = World(purpose(), other, objective("objective_2", state, owner="unit_root"), open_)
            found = await Client(made).ask(asked)
            awaiting = {"id": "unit_root"} if turns_ else None
            assert found == {"myTurn": {"totalCount": turns_}, "node": {"awaiting": awaiting}}
