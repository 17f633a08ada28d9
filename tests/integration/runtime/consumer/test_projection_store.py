"""One suite for the store a projection stands on: the simulation's in memory, and the real one on PostgreSQL.

And the simulation's fold on the real one, over real HTTP, ends where it ends in the simulation: at a fresh fold.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.consumer.upstream_http import HttpUpstream
from goldenthread.runtime.outbox import replay_endpoints
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.projection import (
    START,
    Checkpoint,
    Commit,
    Conflict,
    DeadLetter,
    Merge,
    Position,
    Projection,
    Record,
    Save,
    Store,
    Upstream,
)
from tests.integration.runtime.chain_store import ChainStore, ChainStoreAtOnce, migrations
from tests.integration.runtime.consumer.saves import Services, goals, save
from tests.support.asgi_server import serving
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import ChainFold, State, fresh_fold
from tests.support.simulation.streams import ALIGNMENT, GOALS, Goals, Stream


@dataclass(frozen=True)
class Stand:
    """A store, and the replay side of the stream it publishes."""

    store: Store[State]
    upstream: Upstream


@asynccontextmanager
async def real(database: Secret, folder: Path, kind: type[ChainStore]) -> AsyncIterator[Stand]:
    async with open_pool(database, 4, SHARED, migrations(folder)) as pool:
        app = Starlette(routes=replay_endpoints.routes(pool, Services()))
        async with serving(app) as url, httpx.AsyncClient() as client:
            yield Stand(kind(pool, lambda: None), HttpUpstream(client, url))


@pytest.fixture(params=["simulated", ChainStore, ChainStoreAtOnce])
async def stand(request: pytest.FixtureRequest, database: Secret, tmp_path: Path) -> AsyncIterator[Stand]:
    if request.param == "simulated":
        made = Database(ALIGNMENT, Faults(random.Random(0), calm=True), lambda event: None)
        yield Stand(made, made)
        return
    async with real(database, tmp_path, request.param) as found:
        yield found


def stream_of(*commits: Commit) -> Stream:
    return Stream(GOALS, "ash", [event for each in commits for event in each.events])


async def saved(stand: Stand, request: Save[State]) -> Save[State]:
    await stand.store.save(stand.store.prepare_save(request))
    return request


async def test_what_is_saved_is_loaded(stand: Stand) -> None:
    assert await stand.store.load("ash") is None
    assert await stand.store.checkpoints(["ash"]) == {}
    first, *rest = goals(1, 2, 3)
    before = await saved(stand, save([first]))
    after = await saved(stand, save(rest, before=before))
    loaded = await stand.store.load("ash")
    assert loaded is not None
    assert loaded.state is not None
    assert (loaded.checkpoint, loaded.state.chain, loaded.state.rows) == (
        after.checkpoint,
        after.state.chain,
        after.state.rows,
    )
    assert await stand.store.checkpoints(["ash", "birch"]) == {"ash": after.checkpoint}


async def test_a_loaded_state_is_the_callers_own(stand: Stand) -> None:
    await saved(stand, save(goals(1)))
    one = await stand.store.load("ash")
    assert one is not None
    assert one.state is not None
    one.state.rows.clear()
    two = await stand.store.load("ash")
    assert two is not None
    assert two.state is not None
    assert two.state.rows


@pytest.mark.parametrize(
    "other",
    [
        lambda was: None,
        lambda was: replace(was, fold_version=2),
        lambda was: replace(was, positions={GOALS: Position(was.positions[GOALS].sequence, "of another branch")}),
        lambda was: replace(was, positions={GOALS: Position(9, was.positions[GOALS].id)}),
        lambda was: replace(was, positions={**was.positions, "/other": START}),
    ],
)
async def test_a_save_of_who_read_something_else_is_refused_and_writes_nothing(
    stand: Stand, other: Callable[[Checkpoint], Checkpoint | None]
) -> None:
    first, second = goals(1, 2)
    before = await saved(stand, save([first]))
    wrong = replace(save([second], before=before), expected=other(before.checkpoint))
    head = (await stand.upstream.events("ash", 0, 9)).head
    with pytest.raises(Conflict):
        await saved(stand, wrong)
    assert await stand.store.checkpoints(["ash"]) == {"ash": before.checkpoint}
    assert (await stand.upstream.events("ash", 0, 9)).head == head


async def test_a_save_of_who_read_what_is_not_there_is_refused(stand: Stand) -> None:
    with pytest.raises(Conflict):
        await saved(stand, replace(save(goals(1)), expected=Checkpoint({GOALS: START}, 1)))
    assert await stand.store.load("ash") is None


async def test_what_is_folded_after_a_save_was_drawn_up_is_not_in_it(stand: Stand) -> None:
    first, second = goals(1, 2)
    before = save([first])
    prepared = stand.store.prepare_save(before)
    after = save([second], before=before)
    await stand.store.save(prepared)
    loaded = await stand.store.load("ash")
    assert loaded is not None
    assert loaded.state is not None
    state, *_ = fresh_fold(ALIGNMENT, "ash", 1, [stream_of(first)])
    assert (loaded.state.chain, loaded.state.rows) == (state.chain, state.rows)
    await saved(stand, after)
    loaded = await stand.store.load("ash")
    assert loaded is not None
    assert loaded.state is not None
    assert (loaded.state.chain, loaded.state.rows) == (after.state.chain, after.state.rows)


async def test_of_two_saves_at_once_one_wins(stand: Stand) -> None:
    first, second = goals(1, 2)
    before = await saved(stand, save([first]))
    again = stand.store.prepare_save(save([second], before=before))
    answers = await asyncio.gather(*(stand.store.save(again) for _ in range(5)), return_exceptions=True)
    assert sorted(map(type, answers), key=str) == sorted([type(None), *[Conflict] * 4], key=str)


async def test_a_save_is_refused_where_the_stream_does_not_end_as_remembered(database: Secret, tmp_path: Path) -> None:
    first, second, third = goals(1, 2, 3)
    async with real(database, tmp_path, ChainStoreAtOnce) as stand:
        assert isinstance(stand.store, ChainStoreAtOnce)
        before = await saved(stand, save([first]))
        before = await saved(stand, save([second], before=before))
        await stand.store.pool.execute("UPDATE streams SET sequence = sequence + 1")
        with pytest.raises(Conflict):
            await saved(stand, save([third], before=before))
        assert await stand.store.checkpoints(["ash"]) == {"ash": before.checkpoint}


async def test_a_fresh_save_replaces_state_and_stream(stand: Stand) -> None:
    commits = goals(1, 2, 3, 1, 1)
    before = await saved(stand, save(commits))
    anew = replace(save(commits[:3], version=2), expected=before.checkpoint)
    await saved(stand, anew)
    loaded = await stand.store.load("ash")
    assert loaded is not None
    assert loaded.state is not None
    assert (loaded.checkpoint, loaded.state.rows) == (anew.checkpoint, anew.state.rows)
    page = await stand.upstream.events("ash", 0, 99)
    ids = [f"{output.commit.end.id}/{index}" for output in anew.outputs for index, _ in enumerate(output.payloads)]
    assert len(page.events) == len(ids)
    assert [event.sequence for event in page.events] == list(range(1, len(ids) + 1))


async def test_pages_are_whole_commits_chained_and_end_at_the_head(stand: Stand) -> None:
    commits = goals(*[1, 2] * 10)
    await saved(stand, save(commits))
    read: list[Event] = []
    after = START
    while (page := await stand.upstream.events("ash", after.sequence, 2)).events:
        assert page.events[-1].closes_commit
        assert page.events[0].previous == after.id
        read += page.events
        after = Position(page.events[-1].sequence, page.events[-1].id)
    assert page.head == after
    assert page.through == commits[-1].end
    assert [event.sequence for event in read] == list(range(1, len(read) + 1))
    assert [event.previous for event in read] == [None, *(event.id for event in read[:-1])]
    assert {event.basis for event in read} <= {commit.basis for commit in commits}


async def test_the_stream_of_an_unknown_organization_is_empty(stand: Stand) -> None:
    page = await stand.upstream.events("nobody", 0, 9)
    assert (list(page.events), page.head) == ([], START)


async def test_heads_tell_what_changed_since_also_when_nothing_was_published(stand: Stand) -> None:
    commits = goals(*[1] * 12)
    nothing = await stand.upstream.heads(None)
    assert nothing.heads == {}
    token, before = nothing.token, await saved(stand, save(commits[:1]))
    for each in commits[1:]:
        found = await stand.upstream.heads(token)
        assert found.heads["ash"] == (await stand.upstream.events("ash", 0, 99)).head
        token, before = found.token, await saved(stand, save([each], before=before))
    assert (await stand.upstream.events("ash", 0, 99)).through == commits[-1].end


async def test_a_projection_over_it_ends_at_a_fresh_fold_and_so_does_one_that_goes_on_with_other_code(
    stand: Stand,
) -> None:
    source = Goals(("ash", "birch"), Faults(random.Random(1), calm=True))
    chance = random.Random(2)

    async def report(notice: DeadLetter) -> None:
        raise AssertionError(notice)

    for version in (1, 2):
        members = [
            Projection(
                fold=ChainFold(version),
                store=stand.store,
                merge=Merge(GOALS),
                upstreams={GOALS: source},
                report=report,
                partition_of=lambda _: 0,
            )
            for _ in range(2)
        ]
        for member in members:
            member.assign([0])
        for _ in range(15):
            name = chance.choice(("ash", "birch"))
            records = [Record(GOALS, name, event) for event in source.write(name, chance.choice((1, 2, 4)))]
            kept = [record for record in records if chance.random() < 0.8]
            for receipt in await asyncio.gather(*(member.consume(kept) for member in members)):
                await receipt.saved()
        for name in source.streams:
            members[0].repair(name)
        for member in members:
            await member.until_repaired()
            await member.close()
        for name, stream in source.streams.items():
            state, out, at = fresh_fold(ALIGNMENT, name, version, [stream])
            loaded = await stand.store.load(name)
            assert loaded is not None
            assert loaded.state is not None
            assert (dict(loaded.checkpoint.positions), loaded.state.chain, loaded.state.rows) == (
                at,
                state.chain,
                state.rows,
            )
            published = (await stand.upstream.events(name, 0, 999)).events
            assert [(event.id, event.basis) for event in published] == [(each.id, each.basis) for each in out.events]
