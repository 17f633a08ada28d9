"""Silos and what passes between units: whatever happens, what a look at everything after every commit gives."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from goldenthread.contracts.entities import Policy
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState, SiloKind, UnitConnected, UnitSiloed, Verdict
from goldenthread.organization.organization import Organization
from services.alignment.domain.figures.exchanges import Act, DatedExchange, Exchange
from services.alignment.domain.figures.figures_fold import FiguresFold
from services.alignment.domain.figures.silos import Silos
from tests.support import entities
from tests.support.entities import T0
from tests.unit.alignment.figures import recomputed_figures
from tests.unit.alignment.figures.figures_beside_graph import FiguresBesideGraph
from tests.unit.alignment.figures.history import begun, commits

clocks = st.sampled_from(["", "", "day", "policy"])
steps = st.lists(st.tuples(commits, clocks, st.integers(0, 200)), min_size=12, max_size=30)


class Watched:
    """The figures and the silos, told commit by commit, beside the model."""

    def __init__(self) -> None:
        self.counted, self.silos = FiguresBesideGraph(), Silos()
        self.org, self.watcher = Organization(), recomputed_figures.Watcher()
        self.known = self.counted.known
        self.said: dict[str, UnitSiloed] = {}
        self.passed: Counter[Exchange] = Counter()

    def commit(self, at: datetime, events: list[Struct], judged: dict[str, Verdict]) -> None:
        before = deepcopy(self.org)
        for each in events:
            self.org.apply(each)
        touched = self.counted.commit(events, judged, at.date())
        self.hear(self.silos.follow(self.figures, touched, at))
        self.watcher.look(self.org, self.known, at)
        self.passed.update(recomputed_figures.passed(before, self.org))

    @property
    def figures(self) -> FiguresFold:
        return self.counted.figures

    def judge(self, now: datetime) -> None:
        self.hear(self.silos.judge(self.figures, now))
        self.watcher.judge(self.org, self.known, now)

    def hear(self, said: list[UnitSiloed | UnitConnected]) -> None:
        """What is said is news, and of the unit it was said of before."""
        for each in said:
            before = self.said.pop(each.unit, None)
            assert before != each
            assert before is None or before.since == each.since
            if isinstance(each, UnitSiloed):
                self.said[each.unit] = each
            else:
                assert before is not None

    def check(self) -> None:
        found = {unit: {each.kind for each in silo.evidence} for unit, silo in self.said.items()}
        assert found == {unit: kinds for unit, kinds in self.watcher.silos.items() if kinds}
        for unit, silo in self.said.items():
            for each in silo.evidence:
                assert each.since == self.watcher.since[unit, each.kind]
                assert each.about == self.watcher.about[unit, each.kind]
        assert self.silos.now() == [silo for _, silo in sorted(self.said.items())]

    def reload(self) -> None:
        """As a process that starts again finds it."""
        self.counted.reload()
        self.silos = Silos(dict(self.silos.records))


@pytest.mark.slow
@given(steps, st.integers(0, 20))
@settings(max_examples=200, deadline=None)
def test_silos_and_what_passed_are_what_a_look_at_everything_after_every_commit_gives(
    history: list[Any], reload: int
) -> None:
    told, at, policy = Watched(), T0, Policy(grace_days=3, reply_days=2)
    counted: Counter[DatedExchange] = Counter()
    told.commit(at, begun(), {})
    for index, ((events, judged), clock, hours) in enumerate(history):
        at += timedelta(hours=hours)
        assert told.org.info is not None
        if clock == "policy":
            policy = structs.replace(policy, reply_days=(policy.reply_days + 1) % 4)
            info = structs.replace(told.org.info, policy=policy)
            events = [*events, goals.PolicyChanged(info, told.org.info.policy)]
        told.commit(at, events, judged)
        if clock:
            told.judge(at)
        told.check()
        if index == reload:
            counted.update(told.figures.unsaved_exchanges)
            told.reload()
    counted.update(told.figures.unsaved_exchanges)
    found: Counter[Exchange] = Counter()
    for each, number in counted.items():
        found[Exchange(each.unit, each.other, each.act, each.seconds)] += number
    assert found == told.passed


def test_an_answer_counts_once_wherever_the_unit_is_moved_after_it() -> None:
    told, b = FiguresBesideGraph(), entities.unit("unit_b", "unit_a")
    away = structs.replace(b, parent="unit_root")
    why = structs.replace(entities.why("why_1"), audience=["unit_a"])
    answers = [goals.WhyAnswered(entities.answer("why_1", unit)) for unit in ("unit_a", "unit_b")]
    for commit in (begun(), [goals.WhyPublished(why)], answers, [goals.UnitMoved(away, b)], [goals.UnitMoved(b, away)]):
        told.commit(commit)
    found = sorted(each.act for each in told.figures.unsaved_exchanges.elements() if each.other == "unit_b")
    assert found == [Act.WHY_ANSWERED, Act.WHY_TOLD]


def test_a_unit_is_isolated_no_more_when_the_one_above_it_moves_away_from_whom_it_is_linked_with() -> None:
    told, silos = FiguresBesideGraph(), Silos()
    above, one = (entities.objective(id) for id in ("objective_1", "objective_2"))
    goal = Verdict(AlignmentState.ALIGNED, depth=1)
    b = entities.unit("unit_b", "unit_a")

    def kinds(*events: Struct, **judged: Verdict) -> set[SiloKind]:
        silos.follow(told.figures, told.commit(events, judged), T0)
        return {each.kind for each in silos.records["unit_c"].evidence}

    kinds(
        *begun(),
        goals.ObjectiveActivated(structs.replace(above, owners=["unit_a"])),
        goals.ObjectiveActivated(structs.replace(one, owners=["unit_c"])),
        objective_1=goal,
        objective_2=goal,
    )
    link = goals.LinkAccepted(entities.link("link_1", "objective_2", "objective_1", state=LinkState.ACCEPTED))
    assert SiloKind.ISOLATED in kinds(link), "A is above B, B above C"
    away = structs.replace(b, parent="unit_root")
    assert SiloKind.ISOLATED not in kinds(goals.UnitMoved(away, b))
    assert SiloKind.ISOLATED in kinds(goals.UnitMoved(b, away))
