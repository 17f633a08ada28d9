"""The organization that the pipeline's benchmark tells of: its events are such as goals would say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from benchmarks._company import Company
from benchmarks._company_days import lived, published, retired, turning, working_day
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, from_headers, to_headers
from goldenthread.contracts.envelope import encode_data as encoded
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState, Transition
from goldenthread.runtime.kafka.clients import partition_of
from goldenthread.runtime.streams.position import Commit
from services.alignment.handlers import AlignmentFold, Judgement

NODES = 500


def _folded(company: Company, commits: Iterable[list[Event]], state: Judgement | None = None) -> Judgement:
    fold = AlignmentFold()
    state = state or fold.new(company.id)
    for commit in commits:
        fold.apply(state, Commit(goals.SOURCE, tuple(commit)))
    return state


def _goals(company: Company) -> list[Id]:
    found = [each.id for each in company.objectives] + [each.id for each in company.key_results]
    return found + [each.id for each in company.whys]


def _turned(state: Judgement, commit: list[Event]) -> list[Transition]:
    found = [each.payload for each in AlignmentFold().apply(state, Commit(goals.SOURCE, tuple(commit)))]
    return [each for each in found if isinstance(each, Transition)]


def test_its_events_are_one_chain_of_whole_commits_that_survive_the_wire() -> None:
    company = Company(NODES, partition=3)
    commits = [*company.founded(), *lived(company, working_day, 2_000), *lived(company, turning, 200)]
    previous, sequence = None, 0
    for commit in commits:
        for event in commit:
            sequence += 1
            assert (event.sequence, event.previous, event.commit) == (sequence, previous, commit[-1].sequence)
            assert from_headers(to_headers(event), encoded(event.data)) == event
            previous = event.id
    assert partition_of(company.id) == 3


def test_it_is_founded_with_every_goal_aligned() -> None:
    company = Company(NODES)
    state = _folded(company, company.founded())
    for goal in _goals(company):
        verdict = state.graph.verdict(goal)
        assert verdict is not None
        assert verdict.state is AlignmentState.ALIGNED


def test_every_event_of_the_turning_mix_turns_verdicts() -> None:
    company = Company(NODES)
    state = _folded(company, company.founded())
    for commit in lived(company, turning, 500):
        assert _turned(state, commit)


def test_a_working_day_is_mixed_as_it_says() -> None:
    company = Company(NODES)
    list(company.founded())
    kinds = Counter(commit[0].type for commit in lived(company, working_day, 20_000))
    parts = {kind: round(1000 * number / kinds.total()) for kind, number in kinds.items()}
    assert abs(parts["check-in.recorded"] - 650) < 25
    assert abs(parts["objective.changed"] - 230) < 25
    assert abs(parts["link.proposed"] - 40) < 10
    assert abs(parts["link.accepted"] - 50) < 10
    assert abs(parts["link.withdrawn"] - 29) < 10
    assert kinds["why.revised"] == kinds["link.reaffirmed"] > 0


def test_a_purpose_that_goes_and_comes_back_turns_everything_each_time() -> None:
    company = Company(NODES)
    state = _folded(company, company.founded())
    for commit in (retired(company), published(company), retired(company), published(company)):
        assert len(_turned(state, commit)) >= len(_goals(company))
