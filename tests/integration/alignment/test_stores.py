"""An organization as it is stored, in a real PostgreSQL: what is loaded judges on exactly as what was saved would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import cast

import pytest
from msgspec import Struct

from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.enums import PurposeState
from goldenthread.contracts.envelope import events_from_json
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.goals.clock import DayClosed
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.projection.protocols import Checkpoint, CommitOutput, Save
from goldenthread.runtime.streams.position import Commit
from services.alignment.handlers import AlignmentFold, Judgement
from services.alignment.migrations import MIGRATIONS
from services.alignment.stores import figures_store
from services.alignment.stores.alignment_store import AlignmentStore
from tests.support.entities import key_result, link, objective, purpose, why
from tests.unit.alignment.commits import commit_of, payload_of
from tests.unit.alignment.verdict.packed_rows import Rows, rows_of

MANY = 2_500
"""More than one statement takes, and than are read and written at once."""
ORGANIZATION = "org_1"


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 4, SHARED, MIGRATIONS, derived=True) as made:
        yield made


class Life:
    """One organization, folded and saved commit by commit."""

    def __init__(self, pool: Pool) -> None:
        self.store, self.fold = AlignmentStore(pool, lambda: None), AlignmentFold()
        self.state, self.at, self._saved = self.fold.new(ORGANIZATION), 0, cast(Checkpoint | None, None)

    async def commit(self, *entities: Entity) -> None:
        """Fold a commit in, and save what follows."""
        await self.save([*map(payload_of, entities)])

    async def save(self, *commits: list[Struct]) -> None:
        """Fold some commits in, and save what follows at once."""
        outputs = []
        for payloads in commits:
            commit = Commit(goals.SOURCE, tuple(commit_of(payloads, self.at + 1)))
            outputs.append(CommitOutput(commit, self.fold.apply(self.state, commit)))
            self.at += len(payloads)
        now = Checkpoint({goals.SOURCE: commit.end}, self.fold.version)
        await self.store.save(self.store.prepare_save(Save(ORGANIZATION, self._saved, now, self.state, outputs)))
        self._saved = now

    async def loaded(self) -> Judgement:
        """It, as another process would load it."""
        found = await self.store.load(ORGANIZATION)
        assert found is not None
        assert found.state is not None
        return found.state


def sorted_rows(state: Judgement) -> Rows:
    nodes, links = rows_of(state.graph)
    return Rows(sorted(nodes, key=lambda row: row.id), sorted(links, key=lambda row: row.id))


def minted(kind: str, number: int) -> Id:
    return f"{kind}_01900000{number:04x}7000{number:016x}"


def grown() -> list[Entity]:
    """A purpose and a why that were minted; below it goals of which every other was, and ids that name nothing."""
    top, above = purpose(), why(minted("why", 1))
    made: list[Entity] = [top, above, link("link_top", above.id, top.id)]
    for number in range(MANY):
        goal = objective(minted("objective", number) if number % 2 else f"objective_{number}")
        made += [goal, link(minted("link", number), goal.id, above.id)]
    made.append(key_result("keyresult_1", "objective_unknown"))
    made.append(link("link_nowhere", "objective_1", "objective_nowhere"))
    return made


async def test_what_is_loaded_is_what_was_saved_and_judges_on_in_the_same_way(pool: Pool) -> None:
    life = Life(pool)
    await life.commit(*grown())
    loaded = await life.loaded()
    assert sorted_rows(loaded) == sorted_rows(life.state)
    assert dict(loaded.graph.verdicts()) == dict(life.state.graph.verdicts())
    assert loaded.figures.health(None) == life.state.figures.health(None)
    assert loaded.figures.health("unit_a") == life.state.figures.health("unit_a")
    falls = Commit(goals.SOURCE, tuple(commit_of([payload_of(purpose(state=PurposeState.RETIRED))], life.at + 1)))
    assert life.fold.apply(loaded, falls) == life.fold.apply(life.state, falls)


async def test_a_flip_of_everything_is_stored_as_one_commit_in_its_order(pool: Pool) -> None:
    life = Life(pool)
    await life.commit(*grown())
    before = (await outbox.head(pool, ORGANIZATION)).sequence
    await life.commit(purpose(state=PurposeState.RETIRED))
    page = await outbox.page(pool, ORGANIZATION, before, 1)
    stored = events_from_json(bytes(page.events))
    assert len(stored) > MANY
    assert [each.sequence for each in stored] == list(range(before + 1, page.head.sequence + 1))
    assert {each.commit for each in stored} == {page.head.sequence}
    assert sorted_rows(await life.loaded()) == sorted_rows(life.state)


async def test_a_day_that_is_closed_again_is_kept_as_it_stood_the_last_time(pool: Pool) -> None:
    """A clock that was ahead closed it too early; both may be saved at once, or one after the other."""
    life, day = Life(pool), DayClosed(date(2026, 1, 6))

    async def kept() -> list[tuple[date, int]]:
        found = await figures_store.answer(pool, ORGANIZATION, None, date.min)
        return [(each.day, each.health.objectives) for each in found.days if each.unit is None]

    goals_ = [[payload_of(objective(f"objective_{number}"))] for number in range(3)]
    await life.save(goals_[0], [day], goals_[1], [day])
    assert await kept() == [(day.day, 2)]
    await life.save(goals_[2], [day])
    assert await kept() == [(day.day, 3)]


async def test_rows_of_another_width_are_not_taken_for_ours(pool: Pool) -> None:
    life = Life(pool)
    await life.commit(*grown())
    await pool.execute("UPDATE nodes SET packed = substring(packed FROM 9)")
    found = await life.store.load(ORGANIZATION)
    assert found is not None
    assert found.state is None, "it is folded anew"
