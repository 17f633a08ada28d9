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
from tests.integration.goals.imports import importer
from tests.integration.goals.imports.importer import A, assert_fold_equals_state, importing_office, objective, refused
from tests.integration.goals.imports.processes import LIMITS, Slow, process
from tests.integration.goals.office import Office

OURS = A.replace("Title", "Promise")
"""A sheet that calls its titles otherwise."""
CHANGED = OURS.replace("Sell", "Sell more")
BOTH = A.replace("Title,Parent", "Colour,Parent").replace("Type", "Sort")


@pytest.fixture
async def office(database: Secret) -> AsyncIterator[Office]:
    async with importing_office(database) as made:
        yield made


def columns(**said: str) -> list[ColumnWord]:
    return [ColumnWord(heading=heading, column=column) for heading, column in said.items()]


async def take(office: Office, content: str, **more: Any) -> Accepted:
    found = await importer.answer(office, content, **more)
    assert found.report is not None
    return found


def told(answer: Accepted) -> list[str]:
    return [each.message for each in answer.warnings if "said before" in each.message]


async def kept(office: Office) -> dict[str, Any]:
    async with office.pool.acquire() as connection:
        return dict(await import_sources_store.words(connection, office.id))


# -- said once ---------------------------------------------------------------------------------------------------------


async def test_a_word_that_was_said_is_used_again_by_every_process(office: Office) -> None:
    assert "Title" in (await refused(office, OURS)).message
    first = await take(office, OURS, columns=columns(Promise="title"))
    assert first.report is not None
    assert (first.report.created, told(first)) == (4, [])
    again = await take(office, OURS, goals=process(office))
    assert again.report is not None
    assert (again.report.unchanged, again.report.created) == (4, 0)
    assert told(again) == ["As was said before: “Promise” was read as Title."]
    changed = await take(office, CHANGED, goals=process(office))
    assert changed.report is not None
    assert importer.cells(changed.report) == [("O", "title", CellOutcome.TAKEN)]
    assert (await objective(office)).title == "Sell more"


async def test_a_dry_run_uses_words_and_keeps_none(office: Office) -> None:
    tried = await take(office, OURS, columns=columns(Promise="title"), dry_run=True)
    assert tried.report is not None
    assert (tried.report.created, await kept(office)) == (4, {})
    await refused(office, OURS)


async def test_an_import_that_is_refused_keeps_none(office: Office) -> None:
    await refused(office, OURS, columns=columns(Promise="description"))
    assert await kept(office) == {}


async def test_what_is_said_now_wins_and_is_kept_with_all_else(office: Office) -> None:
    sheet = "Row ID,Type,Promise,Mood,Parent\nP,purpose,Be useful,To all,\nW,why,Grow,Fast,P\n"
    await take(office, sheet, columns=columns(Promise="title", Mood="description"))
    swapped = await take(office, sheet, columns=columns(promise="description", mood="title"), dry_run=True)
    assert told(swapped) == []
    await take(office, sheet, columns=columns(MOOD=""))
    assert (await kept(office))["plan"].columns == {"Promise": "Title", "MOOD": ""}
    again = await take(office, sheet, dry_run=True)
    assert told(again) == ["As was said before: “Promise” was read as Title, “MOOD” was not read."]


async def test_words_are_kept_where_nothing_else_is_new(office: Office) -> None:
    """Also without a goal that changes: the next file may have rows for them."""
    await take(office, A)
    await take(office, A, columns=columns(Colour=""))
    assert (await kept(office))["plan"].columns == {"Colour": ""}


async def test_words_of_types_are_kept_too(office: Office) -> None:
    epic = A.replace("O,objective", "O,Epic")
    first = await take(office, epic, types=[TypeWord(word="epic", type=RowType.OBJECTIVE)])
    assert first.report is not None
    assert first.report.created == 4
    assert (await kept(office))["plan"].types == {"epic": RowType.OBJECTIVE}
    again = await take(office, epic)
    assert again.report is not None
    assert (again.report.unchanged, again.report.skipped) == (4, [])
    assert told(again) == ["As was said before: “epic” was read as the type objective."]


# -- whose words -------------------------------------------------------------------------------------------------------


async def test_a_file_that_was_renamed_finds_its_words_by_its_headings(office: Office) -> None:
    await take(office, OURS, columns=columns(Promise="title"))
    renamed = await take(office, CHANGED, file_name="final version.csv")
    assert renamed.report is not None
    assert (renamed.report.source, renamed.report.updated, renamed.report.created) == ("plan", 1, 0)


async def test_another_plan_with_the_same_headings_is_not_read_with_their_words(office: Office) -> None:
    """Its words are not those of the plan that it is not: it is another source, of which nothing was said."""
    await take(office, OURS, columns=columns(Promise="title"))
    other = OURS.replace("Be useful", "Be kind").replace("Grow", "Earn").replace("Sell", "Buy").replace("Rev", "C")
    problem = await refused(office, other, file_name="other.csv", format=PlanFormat.OKR_SHEET)
    assert "no column Title" in problem.message
    found = await take(office, other, file_name="other.csv", columns=columns(Promise="title"))
    assert found.report is not None
    assert (found.report.source, found.report.created) == ("other", 3)
    assert set(await kept(office)) == {"plan", "other"}


async def test_of_two_sources_with_words_the_one_is_found_that_the_file_is_of(office: Office) -> None:
    other = BOTH.replace("Be useful", "Be kind").replace("Grow", "Earn").replace("Sell", "Buy").replace("Rev", "C")
    await take(office, OURS, columns=columns(Promise="title"))
    said = columns(Colour="title", Sort="type")
    await take(office, other, file_name="other.csv", columns=said)
    found = await take(office, other.replace("Target Value", "Target"), file_name="new name.csv")
    assert found.report is not None
    assert (found.report.source, found.report.created) == ("other", 0)


async def test_a_source_that_is_named_brings_its_words(office: Office) -> None:
    await take(office, OURS, columns=columns(Promise="title"), source="sales")
    assert (await kept(office)).keys() == {"sales"}
    again = await take(office, OURS, source="sales", file_name="x.csv")
    assert again.report is not None
    assert again.report.unchanged == 4
    assert "Title" in (await refused(office, OURS, source="else")).message


async def test_words_that_do_not_fit_any_more_are_told(office: Office) -> None:
    """Two headings were each said to be the title, in files that had one of them; now there are both."""
    await take(office, OURS, columns=columns(Promise="title"))
    await take(office, OURS.replace("Promise", "Mood"), columns=columns(Mood="title"))
    problem = await refused(office, OURS.replace("Promise,", "Promise,Mood,").replace("P,,", "P,,,"))
    assert "As was said before: “Promise” was read as Title, “Mood” was read as Title." in problem.message
    assert "Say otherwise" in problem.message
    assert ".." not in problem.message


async def test_another_organization_has_other_words(office: Office, database: Secret) -> None:
    await take(office, OURS, columns=columns(Promise="title"))
    async with open_pool(database, 4, SHARED, MIGRATIONS, limits=LIMITS) as pool:
        other = Office(pool)
        await other.open()
        assert "Title" in (await refused(other, OURS)).message
        assert await kept(other) == {}
        await assert_fold_equals_state(other)


async def test_a_source_that_is_forgotten_forgets_its_words(office: Office) -> None:
    await take(office, OURS, columns=columns(Promise="title"))
    async with office.pool.acquire() as connection, connection.transaction():
        await import_sources_store.forget(connection, office.id, "plan")
    assert await kept(office) == {}


# -- the same file -----------------------------------------------------------------------------------------------------


async def test_the_same_file_with_the_same_words_writes_nothing(office: Office) -> None:
    await take(office, OURS, columns=columns(Promise="title"))
    before = await importer.rows(office)
    await take(office, OURS)
    await take(office, OURS, columns=columns(PROMISE="Title"))
    await take(office, OURS)
    assert await importer.rows(office) == before


async def test_the_same_file_with_other_words_is_no_old_copy(office: Office) -> None:
    sheet = "Row ID,Type,A,B,Parent\nP,purpose,Be useful,,\nW,why,Grow,Earn,P\n"
    await take(office, sheet, columns=columns(A="title", B="description"))
    await take(office, sheet, columns=columns(B=""))
    back = await take(office, sheet, columns=columns(B="description"))
    assert back.report is not None
    assert back.report.unchanged == 2


async def test_two_imports_at_once_lose_none_of_their_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await take(office, A)
    slow, other = Slow(monkeypatch), process(office)
    one = asyncio.create_task(take(office, A, columns=columns(Colour="")))
    await slow.reached(1)
    two = asyncio.create_task(take(office, A, columns=columns(Mood=""), goals=other))
    await slow.reached(2)
    slow.one(3)
    await asyncio.gather(one, two)
    assert slow.calls == 3, "one of them was computed again"
    assert (await kept(office))["plan"].columns == {"Colour": "", "Mood": ""}


async def test_words_of_a_source_are_bounded(office: Office) -> None:
    many = [ColumnWord(heading=f"heading {each}") for each in range(MAX_WORDS)]
    await take(office, A, columns=many)
    problem = await refused(office, A, columns=columns(Colour=""))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["columns"])
    assert (await take(office, A, columns=many[:7])).dry_run is False
