"""The worked examples of docs/figures.md are told to the program, and it says what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, structs

from goldenthread.contracts.entities import CustomerFeedback, OrganizationInfo, Policy
from goldenthread.contracts.enums import AnswerStance, LinkState, Side
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.projection.position import Commit
from services.alignment.handlers import AlignmentFold
from tests.support import entities

PAGE = Path(__file__).parents[4] / "docs" / "figures.md"
EXAMPLES = re.findall(r"^```example\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.S | re.M)
FIGURES = {
    "median depth": "median_depth",
    "cascade coverage": "cascade_coverage",
    "median answer hours": "median_answer_hours",
    "outside-in coverage": "outside_in_coverage",
}


class Told:
    """Events as the page writes them, told to alignment one by one."""

    def __init__(self) -> None:
        self.fold = AlignmentFold()
        self.state = self.fold.new("org_1")
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

    def tell(self, line: str) -> None:
        at = datetime.fromisoformat(line[:16]).replace(tzinfo=UTC)
        for pattern, make in WORDS.items():
            if found := re.fullmatch(pattern, line[17:]):
                self.commit(at, *make(self, at, *found.groups()))
                return
        pytest.fail(f"the page says what this test does not understand: {line}")

    def named(self, kind: str, name: str) -> str:
        return self.ids.setdefault(name, f"{kind}_{name.lower()}")

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

    def figure(self, unit: str, name: str) -> Any:
        health = self.state.figures.health(None if unit == "Acme all" else self.ids[unit]).health
        return getattr(health, FIGURES.get(name, name))


WORDS: dict[str, Any] = {
    r"the purpose is published": Told.purpose,
    r"unit (\w+) is below (\w+)": Told.unit,
    r"why (\w+) of (\w+) is published for (\w+)(?:, serving (.+))?": Told.why,
    r"objective (\w+) of (\w+) is active(?:, (serving|proposed to) (.+))?": Told.objective,
    r"(\w+) (answers|has no part in) (\w+)": Told.answer,
    r"a customer speaks about (\w+)": Told.customer,
}


def test_every_figure_has_an_example() -> None:
    assert len(EXAMPLES) >= 5
    shown = " ".join(EXAMPLES)
    assert all(name in shown for name in [*FIGURES, "objectives", "aligned", "unexplained", "pending", "orphaned"])


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_program_says_what_the_page_says(example: str) -> None:
    lines = example.strip().splitlines()
    events = [line for line in lines if not line.startswith("=")]
    assert 0 < len(events) <= 10
    told = Told()
    for line in events:
        told.tell(line)
    said = [line[2:].split(": ") for line in lines if line.startswith("=")]
    assert said
    for unit, figures in said:
        for each in figures.split(", "):
            name, value = each.rsplit(" ", 1)
            wanted = None if value == "none" else float(Fraction(value))
            assert told.figure(unit, name) == wanted, f"{unit}: {each}"
