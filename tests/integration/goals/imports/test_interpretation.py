"""Words of somebody's sheet are said once: they are kept with its source, found again, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from goldenthread.contracts.commands.imports import MAX_WORDS, ColumnWord, TypeWord
from goldenthread.contracts.enums import CellOutcome
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.plan import PlanFormat, RowType
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.migrations import MIGRATIONS
from services.goals.stores import import_sources_store
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports import importer
from tests.integration.goals.imports.importer import A, assert_fold_equals_state, importing_harness, objective, refused
from tests.integration.goals.imports.processes import Slow, process

OURS = A.replace("Title", "Promise")
"""A sheet that calls its titles otherwise."""
CHANGED = OURS.replace("Sell", "Sell more")
BOTH = A.replace("Title,Parent", "Colour,Parent").replace("Type", "Sort")


@pytest.fixture
async def harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    async with importing_harness(database) as made:
        yield made


def columns(**said: str) -> list[ColumnWord]:
    return [ColumnWord(heading=heading, column=column) for heading, column in said.items()]


async def take(harness: GoalsHarness, content: str, **more: Any) -> Accepted:
    found = await importer.answer(harness, content, **more)
    assert found.report is not None
    return found


def told(answer: Accepted) -> list[str]:
    return [each.message for each in answer.warnings if "said before" in each.message]


async def kept(harness: GoalsHarness) -> dict[str, Any]:
    async with harness.pool.acquire() as connection:
        return dict(await import_sources_store.words(connection, harness.id))


# -- said once ---------------------------------------------------------------------------------------------------------


async def test_a_word_that_was_said_is_used_again_by_every_process(harness: GoalsHarness) -> None:
    assert "Title" in (await refused(harness, OURS)).message
    first = await take(harness, OURS, columns=columns(Promise="title"))
    assert first.report is not None
    assert (first.report.created, told(first)) == (4, [])
    again = await take(harness, OURS, goals=process(harness))
    assert again.report is not None
    assert (again.report.unchanged, again.report.created) == (4, 0)
    assert told(again) == ["As was said before: “Promise” was read as Title."]
    changed = await take(harness, CHANGED, goals=process(harness))
    assert changed.report is not None
    assert importer.cells(changed.report) == [("O", "title", CellOutcome.TAKEN)]
    assert (await objective(harness)).title == "Sell more"


async def test_a_dry_run_uses_words_and_keeps_none(harness: GoalsHarness) -> None:
    tried = await take(harness, OURS, columns=columns(Promise="title"), dry_run=True)
    assert tried.report is not None
    assert (tried.report.created, await kept(harness)) == (4, {})
    await refused(harness, OURS)


async def test_an_import_that_is_refused_keeps_none(harness: GoalsHarness) -> None:
    await refused(harness, OURS, columns=columns(Promise="description"))
    assert await kept(harness) == {}


async def test_what_is_said_now_wins_and_is_kept_with_all_else(harness: GoalsHarness) -> None:
    sheet = "Row ID,Type,Promise,Mood,Parent\nP,purpose,Be useful,To all,\nW,why,Grow,Fast,P\n"
    await take(harness, sheet, columns=columns(Promise="title", Mood="description"))
    swapped = await take(harness, sheet, columns=columns(promise="description", mood="title"), dry_run=True)
    assert told(swapped) == []
    await take(harness, sheet, columns=columns(MOOD=""))
    assert (await kept(harness))["plan"].columns == {"Promise": "Title", "MOOD": ""}
    again = await take(harness, sheet, dry_run=True)
    assert told(again) == ["As was said before: “Promise” was read as Title, “MOOD” was not read."]


async def test_words_are_kept_where_nothing_else_is_new(harness: GoalsHarness) -> None:
    """Also without a goal that changes: the next file may have rows for them."""
    await take(harness, A)
    await take(harness, A, columns=columns(Colour=""))
    assert (await kept(harness))["plan"].columns == {"Colour": ""}


async def test_words_of_types_are_kept_too(harness: GoalsHarness) -> None:
    epic = A.replace("O,objective", "O,Epic")
    first = await take(harness, epic, types=[TypeWord(word="epic", type=RowType.OBJECTIVE)])
    assert first.report is not None
    assert first.report.created == 4
    assert (await kept(harness))["plan"].types == {"epic": RowType.OBJECTIVE}
    again = await take(harness, epic)
    assert again.report is not None
    assert (again.report.unchanged, again.report.skipped) == (4, [])
    assert told(again) == ["As was said before: “epic” was read as the type objective."]


# -- whose words -------------------------------------------------------------------------------------------------------


async def test_a_file_that_was_renamed_finds_its_words_by_its_headings(harness: GoalsHarness) -> None:
    await take(harness, OURS, columns=columns(Promise="title"))
    renamed = await take(harness, CHANGED, file_name="final version.csv")
    assert renamed.report is not None
    assert (renamed.report.source, renamed.report.updated, renamed.report.created) == ("plan", 1, 0)


async def test_another_plan_with_the_same_headings_is_not_read_with_their_words(harness: GoalsHarness) -> None:
    """Its words are not those of the plan that it is not: it is another source, of which nothing was said."""
    await take(harness, OURS, columns=columns(Promise="title"))
    other = OURS.replace("Be useful", "Be kind").replace("Grow", "Earn").replace("Sell", "Buy").replace("Rev", "C")
    problem = await refused(harness, other, file_name="other.csv", format=PlanFormat.OKR_SHEET)
    assert "no column Title" in problem.message
    found = await take(harness, other, file_name="other.csv", columns=columns(Promise="title"))
    assert found.report is not None
    assert (found.report.source, found.report.created) == ("other", 3)
    assert set(await kept(harness)) == {"plan", "other"}


async def test_of_two_sources_with_words_the_one_is_found_that_the_file_is_of(harness: GoalsHarness) -> None:
    other = BOTH.replace("Be useful", "Be kind").replace("Grow", "Earn").replace("Sell", "Buy").replace("Rev", "C")
    await take(harness, OURS, columns=columns(Promise="title"))
    said = columns(Colour="title", Sort="type")
    await take(harness, other, file_name="other.csv", columns=said)
    found = await take(harness, other.replace("Target Value", "Target"), file_name="new name.csv")
    assert found.report is not None
    assert (found.report.source, found.report.created) == ("other", 0)


async def test_a_source_that_is_named_brings_its_words(harness: GoalsHarness) -> None:
    await take(harness, OURS, columns=columns(Promise="title"), source="sales")
    assert (await kept(harness)).keys() == {"sales"}
    again = await take(harness, OURS, source="sales", file_name="x.csv")
    assert again.report is not None
    assert again.report.unchanged == 4
    assert "Title" in (await refused(harness, OURS, source="else")).message


async def test_words_that_do_not_fit_any_more_are_told(harness: GoalsHarness) -> None:
    """Two headings were each said to be the title, in files that had one of them; now there are both."""
    await take(harness, OURS, columns=columns(Promise="title"))
    await take(harness, OURS.replace("Promise", "Mood"), columns=columns(Mood="title"))
    problem = await refused(harness, OURS.replace("Promise,", "Promise,Mood,").replace("P,,", "P,,,"))
    assert "As was said before: “Promise” was read as Title, “Mood” was read as Title." in problem.message
    assert "Say otherwise" in problem.message
    assert ".." not in problem.message


async def test_another_organization_has_other_words(harness: GoalsHarness, database: Secret) -> None:
    await take(harness, OURS, columns=columns(Promise="title"))
    async with open_pool(database, 4, SHARED, MIGRATIONS) as pool:
        other = GoalsHarness(pool)
        await other.open()
        assert "Title" in (await refused(other, OURS)).message
        assert await kept(other) == {}
        await assert_fold_equals_state(other)


async def test_a_source_that_is_forgotten_forgets_its_words(harness: GoalsHarness) -> None:
    await take(harness, OURS, columns=columns(Promise="title"))
    async with harness.pool.acquire() as connection, connection.transaction():
        await import_sources_store.forget(connection, harness.id, "plan")
    assert await kept(harness) == {}


# -- the same file -----------------------------------------------------------------------------------------------------


async def test_the_same_file_with_the_same_words_writes_nothing(harness: GoalsHarness) -> None:
    await take(harness, OURS, columns=columns(Promise="title"))
    before = await importer.rows(harness)
    await take(harness, OURS)
    await take(harness, OURS, columns=columns(PROMISE="Title"))
    await take(harness, OURS)
    assert await importer.rows(harness) == before


async def test_the_same_file_with_other_words_is_no_old_copy(harness: GoalsHarness) -> None:
    sheet = "Row ID,Type,A,B,Parent\nP,purpose,Be useful,,\nW,why,Grow,Earn,P\n"
    await take(harness, sheet, columns=columns(A="title", B="description"))
    await take(harness, sheet, columns=columns(B=""))
    back = await take(harness, sheet, columns=columns(B="description"))
    assert back.report is not None
    assert back.report.unchanged == 2


async def test_two_imports_at_once_lose_none_of_their_words(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(harness, A)
    slow, other = Slow(monkeypatch), process(harness)
    one = asyncio.create_task(take(harness, A, columns=columns(Colour="")))
    await slow.reached(1)
    two = asyncio.create_task(take(harness, A, columns=columns(Mood=""), goals=other))
    await slow.reached(2)
    slow.one(3)
    await asyncio.gather(one, two)
    assert slow.calls == 3, "one of them was computed again"
    assert (await kept(harness))["plan"].columns == {"Colour": "", "Mood": ""}


async def test_words_of_a_source_are_bounded(harness: GoalsHarness) -> None:
    many = [ColumnWord(heading=f"heading {each}") for each in range(MAX_WORDS)]
    await take(harness, A, columns=many)
    problem = await refused(harness, A, columns=columns(Colour=""))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["columns"])
    assert (await take(harness, A, columns=many[:7])).dry_run is False
