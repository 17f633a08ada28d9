"""The figures of an organization of some size at work are those that a count from scratch gives."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks._company import Company
from benchmarks._company_days import lived, published, retired, turning, working_day
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals
from goldenthread.organization.organization import Organization
from goldenthread.runtime.streams.position import Commit
from services.alignment.handlers import AlignmentFold
from tests.unit.alignment.figures import recomputed_figures


def test_after_days_of_work_and_a_purpose_gone_and_back_every_unit_counts_what_there_is() -> None:
    company, org, fold = Company(600), Organization(), AlignmentFold()
    state = fold.new(company.id)

    def tell(commits: Iterable[list[Event]]) -> None:
        for commit in commits:
            fold.apply(state, Commit(goals.SOURCE, tuple(commit)))
            for event in commit:
                org.apply(event.data)
        known = dict(state.graph.verdicts())
        for unit in (None, *org.units):
            assert state.figures.health(unit).health == recomputed_figures.health(org, known, unit), unit

    tell(company.founded())
    tell(lived(company, working_day, 1_500))
    tell(lived(company, turning, 300))
    tell([retired(company)])
    tell([published(company)])
    tell(lived(company, turning, 100))
