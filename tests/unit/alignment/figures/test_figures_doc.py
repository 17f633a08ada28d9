"""The worked examples of docs/figures.md are told to the program, and it says what the page says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, structs

from goldenthread.contracts.entities import CustomerFeedback, FeedbackResponse, OrganizationInfo, Policy, QuestionAnswer
from goldenthread.contracts.enums import (
    AnswerStance,
    FeedbackOutcome,
    Kept,
    LinkState,
    ObjectiveState,
    QuestionState,
    Side,
)
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.goals.clock import DayClosed
from goldenthread.contracts.read_api import Reciprocity
from goldenthread.contracts.registry import name_of
from goldenthread.organization.organization import Organization
from goldenthread.runtime.streams.position import Commit
from services.alignment.domain.figures.exchanges import Exchange, reciprocity
from services.alignment.handlers import AlignmentFold
from services.goals.domain.listening.questions import escalated
from tests.support import entities

PAGE = Path(__file__).parents[4] / "docs" / "figures.md"
EXAMPLES = re.findall(r"^```example\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M)
FIGURES = {
    "median depth": "median_depth",
    "cascade coverage": "cascade_coverage",
    "median answer hours": "median_answer_hours",
    "outside-in coverage": "outside_in_coverage",
    "median response hours": "median_response_hours",
}


class WorkedExample:
    """Events as the page writes them, put into alignment one by one."""

    def __init__(self) -> None:
        self.fold = AlignmentFold()
        self.state = self.fold.new("org_1")
        self.org = Organization()
        self.numbers = count(1)
        self.ids = {"Acme": "unit_root", "the purpose": "purpose_1"}
        at = datetime(2026, 1, 1, tzinfo=UTC)
        info = OrganizationInfo("org_1", "Acme", "unit_root", Policy(), at)
        self.commit(at, goals.OrganizationCreated(info), goals.UnitCreated(entities.unit()))

    def commit(self, at: datetime, *payloads: Struct) -> None:
        numbers = [next(self.numbers) for _ in payloads]
        events = [
            Event(
                id=f"event-{number}",
                source=goals.SOURCE,
                type=name_of(payload),
                time=at,
                subject="any",
                organization="org_1",
                sequence=number,
                previous=None,
                commit=numbers[-1],
                data=payload,
            )
            for number, payload in zip(numbers, payloads, strict=True)
        ]
        self.fold.apply(self.state, Commit(goals.SOURCE, tuple(events)))
        for each in payloads:
            self.org.apply(each)

    @property
    def passed(self) -> Counter[Exchange]:
        """What passed in all days."""
        found: Counter[Exchange] = Counter()
        for each, number in self.state.figures.unsaved_exchanges.items():
            found[Exchange(each.unit, each.other, each.act, each.seconds)] += number
        return found

    def silo(self, unit: str) -> str:
        """The kinds of evidence that a unit is a silo, as the page writes them."""
        found = [each for each in self.state.silos.now() if each.unit == self.ids[unit]]
        return " ".join(each.kind for silo in found for each in silo.evidence) or "none"

    def tell(self, line: str) -> None:
        at = datetime.fromisoformat(line[:16]).replace(tzinfo=UTC)
        for pattern, make in WORDS.items():
            if found := re.fullmatch(pattern, line[17:]):
                self.commit(at, *make(self, at, *found.groups()))
                return
        pytest.fail(f"the page says what this test does not understand: {line}")

    def named(self, kind: str, name: str) -> str:
        return self.ids.setdefault(name, f"{kind}_{name.lower()}")

    def close_day(self, at: datetime) -> Iterator[Struct]:
        yield DayClosed(at.date())

    def ask(self, at: datetime, unit: str, other: str, about: str) -> Iterator[Struct]:
        asked = entities.question("question_1", self.ids[about], self.ids[unit], self.ids[other])
        yield goals.QuestionAsked(structs.replace(asked, asked_at=at))

    def reply(self, at: datetime, unit: str, other: str) -> Iterator[Struct]:
        asked, said = self.org.questions["question_1"], QuestionAnswer("so", None, self.ids[unit], at)
        assert asked.unit == self.ids[other]
        yield goals.QuestionAnswered(structs.replace(asked, state=QuestionState.ANSWERED, answers=[said]))

    def escalate(self, at: datetime, unit: str) -> Iterator[Struct]:
        asked = self.org.questions["question_1"]
        assert asked.unit == self.ids[unit]
        yield escalated(self.org, asked, at)

    def accept(self, _at: datetime, child: str) -> Iterator[Struct]:
        proposed = self.org.links[f"link_{child}"]
        yield goals.LinkAccepted(structs.replace(proposed, state=LinkState.ACCEPTED, turn=None, accepted_order=1))

    def close(self, at: datetime, goal: str, kept: str) -> Iterator[Struct]:
        found = self.org.objectives[self.ids[goal]]
        said = Kept.YES if kept == "kept" else Kept.NO
        judged = structs.replace(self.org.links[f"link_{goal}"], kept=said)
        yield goals.ObjectiveClosed(structs.replace(found, state=ObjectiveState.CLOSED, ended_at=at))
        yield goals.PromiseKept(judged, said) if said is Kept.YES else goals.PromiseBroken(judged, said)

    def purpose(self, _at: datetime) -> Iterator[Struct]:
        yield goals.PurposePublished(entities.purpose())

    def unit(self, at: datetime, name: str, parent: str) -> Iterator[Struct]:
        made = entities.unit(self.named("unit", name), self.ids[parent])
        yield goals.UnitCreated(structs.replace(made, placed_at=at))

    def why(self, at: datetime, name: str, unit: str, audience: str, parent: str | None) -> Iterator[Struct]:
        made = entities.why(self.named("why", name), owner=self.ids[unit])
        told = [] if audience == "nobody" else [self.ids[audience]]
        yield goals.WhyPublished(structs.replace(made, audience=told, told=dict.fromkeys(told, at), published_at=at))
        if parent:
            yield from self.link(name, parent)

    def objective(self, _at: datetime, name: str, unit: str, how: str | None, parent: str | None) -> Iterator[Struct]:
        yield goals.ObjectiveActivated(entities.objective(self.named("objective", name), owner=self.ids[unit]))
        if parent and how == "proposed to":
            pending = entities.link(f"link_{name}", self.ids[name], self.ids[parent], None, state=LinkState.PROPOSED)
            yield goals.LinkProposed(structs.replace(pending, turn=Side.PARENT))
        elif parent:
            explained = not parent.endswith(" without a because")
            yield from self.link(name, parent.removesuffix(" without a because"), 1 if explained else None)

    def link(self, child: str, parent: str, because_version: int | None = 1) -> Iterator[Struct]:
        ends = self.ids[child], self.ids[parent]
        yield goals.LinkAccepted(entities.link(f"link_{child}", *ends, 1, because_version))

    def answer(self, at: datetime, unit: str, says: str, why: str) -> Iterator[Struct]:
        stance = AnswerStance.TAKES_PART if says == "answers" else AnswerStance.NO_PART
        yield goals.WhyAnswered(entities.answer(self.ids[why], self.ids[unit], stance=stance, at=at))

    def customer(self, at: datetime, goal: str) -> Iterator[Struct]:
        yield goals.FeedbackReceived(CustomerFeedback("feedback_1", "", "", at, None, at, about=[self.ids[goal]]))

    def respond(self, at: datetime, unit: str) -> Iterator[Struct]:
        said = FeedbackResponse("", FeedbackOutcome.HEARD, None, self.ids[unit], at)
        yield goals.FeedbackAnswered(structs.replace(self.org.feedback["feedback_1"], responses=[said]))

    def figure(self, unit: str, name: str) -> Any:
        one, _, other = unit.partition(" to ")
        if other:
            pair = (self.ids[one], self.ids[other])
            found = {(each.unit, each.other): each for each in reciprocity(self.passed)}[pair]
            return getattr(found, name.replace(" ", "_"))
        health = self.state.figures.health(None if unit == "Acme all" else self.ids[unit]).health
        return getattr(health, FIGURES.get(name, name))


WORDS: dict[str, Any] = {
    r"the purpose is published": WorkedExample.purpose,
    r"unit (\w+) is below (\w+)": WorkedExample.unit,
    r"why (\w+) of (\w+) is published for (\w+)(?:, serving (.+))?": WorkedExample.why,
    r"objective (\w+) of (\w+) is active(?:, (serving|proposed to) (.+))?": WorkedExample.objective,
    r"the day is closed": WorkedExample.close_day,
    r"(\w+) asks (\w+) about (\w+)": WorkedExample.ask,
    r"(Acme) answers (Sales)": WorkedExample.reply,
    r"nobody has answered (\w+)": WorkedExample.escalate,
    r"the link from (\w+) is accepted": WorkedExample.accept,
    r"(\w+) is closed, and the promise in return was (kept|broken)": WorkedExample.close,
    r"(\w+) (answers|has no part in) (\w+)": WorkedExample.answer,
    r"a customer speaks about (\w+)": WorkedExample.customer,
    r"(\w+) responds to the customer": WorkedExample.respond,
}


def test_every_figure_has_an_example() -> None:
    assert len(EXAMPLES) >= 5
    shown = " ".join(EXAMPLES)
    assert all(name in shown for name in [*FIGURES, "objectives", "aligned", "unexplained", "pending", "orphaned"])
    pairs = [each.replace("_", " ") for each in Reciprocity.__struct_fields__[2:]]
    assert all(name in shown for name in pairs)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_program_says_what_the_page_says(example: str) -> None:
    lines = example.strip().splitlines()
    assert 0 < len([line for line in lines if not line.startswith("=")]) <= 10
    assert lines[-1].startswith("=")
    company = WorkedExample()
    for line in lines:
        if line.startswith("="):
            check(company, *line[2:].split(": "))
        else:
            company.tell(line)


def check(company: WorkedExample, unit: str, figures: str) -> None:
    if figures.startswith("silo "):
        assert company.silo(unit) == figures.removeprefix("silo ")
        return
    for each in figures.split(", "):
        name, value = each.rsplit(" ", 1)
        wanted = None if value == "none" else float(Fraction(value))
        assert company.figure(unit, name) == wanted, f"{unit}: {each}"
