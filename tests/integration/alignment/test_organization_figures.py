"""What metrics show of organizations, in a real PostgreSQL: the figures that are stored, whoever stored them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.alignment.domain.figures.counters import PENDING, Counters
from services.alignment.domain.shown_organizations import OrganizationFigures
from services.alignment.migrations import MIGRATIONS
from services.alignment.stores import organization_figures_store

_WRITE = """
    INSERT INTO health (organization, unit, health, tally) VALUES ($1, $2, $3::jsonb, $4::jsonb)
    ON CONFLICT (organization, unit) DO UPDATE SET health = excluded.health, tally = excluded.tally
"""


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 4, SHARED, MIGRATIONS, derived=True) as made:
        yield made


async def write(pool: Pool, organization: str, figures: OrganizationFigures, unit: str = "") -> None:
    """Store the figures as `figures_store` does."""
    states = {
        AlignmentState.ALIGNED.value: figures.aligned,
        AlignmentState.UNEXPLAINED.value: figures.unexplained,
        PENDING: figures.pending,
        AlignmentState.ORPHANED.value: figures.orphaned,
    }
    counters = Counters(states=states, asked=figures.asked, answered=figures.answered)
    health, tally = (msgspec.json.encode(each).decode() for each in (counters.health(), counters))
    await pool.execute(_WRITE, organization, unit, health, tally)


def of(objectives: int) -> OrganizationFigures:
    """Figures of so many objectives, of which one in four is orphaned."""
    return OrganizationFigures(aligned=objectives - objectives // 4, orphaned=objectives // 4, asked=4, answered=3)


async def shown(pool: Pool, limit: int) -> set[str]:
    return set((await organization_figures_store.read(pool, limit, names=False)).chosen)


async def test_the_figures_of_an_organization_are_followed_and_those_of_its_units_are_not(pool: Pool) -> None:
    first = OrganizationFigures(3, 2, 1, 4, asked=7, answered=5)
    await write(pool, "org_a", OrganizationFigures(1))
    await write(pool, "org_a", first)
    await write(pool, "org_a", of(400), unit="unit_1")
    await write(pool, "org_b", OrganizationFigures())
    found = await organization_figures_store.read(pool, 5, names=False)
    assert found.chosen == {"org_a": first, "org_b": OrganizationFigures()}
    assert found.total == first


async def test_the_largest_are_shown_and_all_are_summed(pool: Pool) -> None:
    for number in range(1, 8):
        await write(pool, f"org_{number}", of(10 * number))
    found = await organization_figures_store.read(pool, 2, names=False)
    assert list(found.chosen) == ["org_7", "org_6"]
    assert found.total.objectives == 280
    assert await shown(pool, 0) == set()
    assert (await organization_figures_store.read(pool, 0, names=False)).total.objectives == 280


async def test_the_choice_is_kept_over_restarts_and_while_an_organization_is_folded_anew(pool: Pool) -> None:
    await write(pool, "org_a", of(100))
    assert await shown(pool, 1) == {"org_a"}
    await write(pool, "org_b", of(120))
    assert await shown(pool, 1) == {"org_a"}
    await pool.execute("DELETE FROM health WHERE organization = 'org_a'")
    await write(pool, "org_a", of(100))
    assert await shown(pool, 1) == {"org_a"}
    await write(pool, "org_b", of(126))
    assert await shown(pool, 1) == {"org_b"}


async def test_figures_that_are_deleted_are_not_counted(pool: Pool) -> None:
    await write(pool, "org_a", of(100))
    await write(pool, "org_a", of(100), unit="unit_1")
    await pool.execute("DELETE FROM health WHERE unit <> ''")
    assert (await organization_figures_store.read(pool, 5, names=False)).total == of(100)
    await pool.execute("DELETE FROM health")
    assert (await organization_figures_store.read(pool, 5, names=False)).total == OrganizationFigures()


async def test_a_deleted_organization_is_not_counted_although_its_rows_are_there_for_a_while(pool: Pool) -> None:
    await write(pool, "org_a", of(100))
    await write(pool, "org_b", of(8))
    await pool.execute("INSERT INTO streams (organization, deleted_at, final) VALUES ('org_a', now(), 0)")
    found = await organization_figures_store.read(pool, 5, names=False)
    assert (set(found.chosen), found.total) == ({"org_b"}, of(8))


async def test_figures_of_the_release_before_are_filled_in_and_newer_ones_are_left(pool: Pool) -> None:
    await write(pool, "org_a", of(100))
    await write(pool, "org_b", of(8))
    await pool.execute("DELETE FROM organization_figures WHERE organization = 'org_a'")
    await pool.execute("UPDATE organization_figures SET aligned = 9 WHERE organization = 'org_b'")
    await pool.execute((MIGRATIONS.folder / "0010_fill_organization_figures.sql").read_text(encoding="utf-8"))
    found = await organization_figures_store.read(pool, 5, names=False)
    assert found.chosen == {"org_a": of(100), "org_b": of(8)._replace(aligned=9)}


async def test_figures_that_are_deleted_while_they_are_filled_in_are_not_counted(pool: Pool) -> None:
    await write(pool, "org_a", of(100))
    await pool.execute("DELETE FROM organization_figures")
    async with pool.acquire() as migrating:
        async with migrating.transaction():
            await migrating.execute((MIGRATIONS.folder / "0010_fill_organization_figures.sql").read_text("utf-8"))
            deleting = asyncio.create_task(pool.execute("DELETE FROM health"))
            await asyncio.wait({deleting}, timeout=0.3)
        await deleting
    assert (await organization_figures_store.read(pool, 5, names=False)).total == OrganizationFigures()


async def test_names_are_read_where_they_are_asked_for(pool: Pool) -> None:
    for id, name in (("org_a", "Acme"), ("unit_1", "Sales")):
        fact = msgspec.json.encode({"id": id, "name": name}).decode()
        await pool.execute("INSERT INTO facts (organization, id, fact) VALUES ('org_a', $1, $2::jsonb)", id, fact)
    await write(pool, "org_a", of(4))
    await write(pool, "org_b", of(4))
    assert (await organization_figures_store.read(pool, 5, names=True)).names == {"org_a": "Acme"}
    assert (await organization_figures_store.read(pool, 5, names=False)).names == {}
