"""Migrations as files: their names never change, and each says which code can live with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.runtime.postgres.migration_files import ConcurrentIndex, Migrations, read
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.postgres.schema_version import OtherDatabase, SchemaNewer, pending, refuse
from services.alignment.migrations import MIGRATIONS as ALIGNMENT
from services.goals.migrations import MIGRATIONS as GOALS
from services.notifications.migrations import MIGRATIONS as NOTIFICATIONS
from tests.unit.runtime.postgres.earlier_marks import BEFORE_MARKS


def test_names_that_are_in_databases_are_still_those_of_the_files_and_newer_files_are_marked() -> None:
    files = [each for folder in (SHARED, GOALS, ALIGNMENT, NOTIFICATIONS) for each in folder.files()]
    assert [name for name in BEFORE_MARKS if name not in {each.name for each in files}] == []
    unmarked = [each.name for each in files if not each.sql.startswith(("-- expand", "-- contract, needs "))]
    assert unmarked == BEFORE_MARKS


@pytest.mark.parametrize(
    ("first", "needs"),
    [
        ("-- expand", None),
        ("-- expand: a column for days", None),
        ("-- contract, needs 0006_days.sql", "goals/0006_days.sql"),
        ("-- contract, needs 0006_days.sql: nothing reads it any more", "goals/0006_days.sql"),
        ("-- Any other comment: expansion is not meant", None),
    ],
)
def test_the_first_line_says_which_code_can_live_with_it(first: str, needs: str | None) -> None:
    assert read("goals/0007_x.sql", f"{first}\nDROP TABLE x;\n").needs == needs


@pytest.mark.parametrize("first", ["-- contract", "--contract, needs 0006_days.sql", "-- Expand", "-- contract: x"])
def test_a_mark_that_is_not_understood_is_refused(first: str) -> None:
    with pytest.raises(ValueError, match=r"goals/0007_x\.sql: write"):
        read("goals/0007_x.sql", f"{first}\nDROP TABLE x;\n")


def test_a_migration_may_need_itself_or_one_before_it_and_none_that_there_is_not(tmp_path: Path) -> None:
    folder = Migrations("goals", tmp_path)
    (tmp_path / "0001_one.sql").write_text("-- expand\n")
    (tmp_path / "0002_two.sql").write_text("-- contract, needs 0002_two.sql\n")
    (tmp_path / "0003_three.sql").write_text("-- contract, needs 0001_one.sql\n")
    assert [each.needs for each in folder.files()] == [None, "goals/0002_two.sql", "goals/0001_one.sql"]
    (tmp_path / "0004_four.sql").write_text("-- contract, needs 0005_five.sql\n")
    (tmp_path / "0005_five.sql").write_text("-- expand\n")
    with pytest.raises(ValueError, match=r"goals/0004_four\.sql needs goals/0005_five\.sql"):
        folder.files()


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("CREATE INDEX CONCURRENTLY days_at ON days (at) WHERE at > now();\n", ConcurrentIndex("days_at", True)),
        ("-- expand\n-- why\ncreate unique index concurrently days_at on days (at)", ConcurrentIndex("days_at", True)),
        ("-- expand\nDROP INDEX CONCURRENTLY days_at;", ConcurrentIndex("days_at", False)),
        ("-- CONCURRENTLY would not do here\nCREATE INDEX days_at ON days (at);", None),
    ],
)
def test_an_index_that_is_created_beside_writes_stands_alone(sql: str, index: ConcurrentIndex | None) -> None:
    assert read("goals/0007_x.sql", sql).concurrent == index


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE days (at date); CREATE INDEX CONCURRENTLY days_at ON days (at);",
        "CREATE INDEX CONCURRENTLY days_at ON days (at); SELECT 1;",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS days_at ON days (at);",
        "CREATE INDEX CONCURRENTLY ON days (at);",
        "REINDEX INDEX CONCURRENTLY days_at;",
    ],
)
def test_what_could_leave_an_invalid_index_unnoticed_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match="stands alone in a file"):
        read("goals/0007_x.sql", sql)


OLD = {name: None for name in BEFORE_MARKS if name.startswith(("goals/", "runtime/"))}
SERVED = (SHARED, GOALS)


def test_code_goes_on_with_a_newer_schema_that_only_got_more() -> None:
    refuse({**OLD, "goals/0900_more.sql": None}, SERVED)
    refuse({**OLD, "goals/0900_less.sql": "goals/0003_logins.sql", "days/0001_days.sql": None}, SERVED)


@pytest.mark.parametrize("needs", ["goals/0800_since.sql", "goals/0900_less.sql"])
def test_code_that_a_newer_schema_has_nothing_left_for_is_refused(needs: str) -> None:
    with pytest.raises(SchemaNewer, match=rf"goals/0900_less\.sql ran there, .* knows {needs} .*run the release"):
        refuse({**OLD, "goals/0800_since.sql": None, "goals/0900_less.sql": needs}, SERVED)


def test_the_database_of_another_process_is_refused() -> None:
    with pytest.raises(OtherDatabase, match="of goals, not of alignment"):
        refuse(OLD, (SHARED, ALIGNMENT))
    refuse({name: None for name in OLD if name.startswith("runtime/")}, (SHARED, ALIGNMENT))


def test_what_has_not_run_is_pending_in_order() -> None:
    ran = [*OLD][1:-1]
    since = [each.name for each in pending(OLD, SERVED)]
    found = [each.name for each in pending(ran, SERVED) if each.name not in since]
    assert found == ["runtime/0001_outbox.sql", "goals/0003_logins.sql"]
    assert [each.name for each in pending(OLD, SERVED) if each.name in OLD] == []
