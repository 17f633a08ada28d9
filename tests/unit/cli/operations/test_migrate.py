"""`goldenthread migrate`: which databases are meant, and what it loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from goldenthread.cli.operations.migrate import PROCESS_NAMES, chosen_databases, migration_folders
from goldenthread.runtime.configuration.settings import BadSettings

URL = "postgresql://db/one"
GOALS, ALIGNMENT = "GOLDENTHREAD_DATABASE_URL_GOALS", "GOLDENTHREAD_DATABASE_URL_ALIGNMENT"
NOTIFICATIONS = "GOLDENTHREAD_DATABASE_URL_NOTIFICATIONS"


@pytest.mark.parametrize(
    ("names", "environment", "found", "missing"),
    [
        (["goals"], {"GOLDENTHREAD_DATABASE_URL": URL}, {"goals": URL}, []),
        (["goals"], {"GOLDENTHREAD_DATABASE_URL": "postgresql://db/no", GOALS: URL}, {"goals": URL}, []),
        ([], {GOALS: URL}, {"goals": URL}, [ALIGNMENT, NOTIFICATIONS]),
        (["alignment", "goals"], {GOALS: URL, ALIGNMENT: URL}, {"alignment": URL, "goals": URL}, []),
    ],
    ids=["one", "own first", "those that are set", "several"],
)
def test_each_process_has_the_url_of_its_own_variable(
    names: list[str], environment: dict[str, str], found: dict[str, str], missing: list[str]
) -> None:
    urls, absent = chosen_databases(names, environment)
    assert {name: url.reveal() for name, url in urls.items()} == found
    assert absent == missing


@pytest.mark.parametrize(
    ("names", "environment", "problems"),
    [
        (["goals"], {}, ["GOLDENTHREAD_DATABASE_URL is not set, nor is GOLDENTHREAD_DATABASE_URL_FILE"]),
        (["goals", "alignment"], {"GOLDENTHREAD_DATABASE_URL": URL, GOALS: URL}, [f"{ALIGNMENT} is not set"]),
        ([], {"GOLDENTHREAD_DATABASE_URL": URL}, [f"{each} is not set" for each in (GOALS, ALIGNMENT, NOTIFICATIONS)]),
        (["gateway"], {}, ["there is no process gateway with a database: goals, alignment, notifications"]),
    ],
    ids=["none", "one of two", "no name", "no database"],
)
def test_what_is_missing_is_named(names: list[str], environment: dict[str, str], problems: list[str]) -> None:
    with pytest.raises(BadSettings) as refused:
        chosen_databases(names, environment)
    assert refused.value.problems == problems


def test_a_url_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "database-url"
    file.write_text(URL)
    for names, variable in ((["goals"], "GOLDENTHREAD_DATABASE_URL_FILE"), ([], f"{GOALS}_FILE")):
        urls, _ = chosen_databases(names, {variable: str(file)})
        assert {name: url.reveal() for name, url in urls.items()} == {"goals": URL}


def test_a_url_that_cannot_be_used_is_named_and_not_shown() -> None:
    with pytest.raises(BadSettings, match=f"{GOALS}: it does not fit") as refused:
        chosen_databases([], {GOALS: "mysql://ada:geheim@db/one"})
    assert "geheim" not in str(refused.value)


def test_every_process_with_a_database_has_migrations_of_its_name() -> None:
    assert {name: [each.name for each in migration_folders(name)] for name in PROCESS_NAMES} == {
        n: ["runtime", n] for n in PROCESS_NAMES
    }


def test_the_engine_and_what_serves_are_not_loaded() -> None:
    heavy = {"numba", "numpy", "faststream", "starlette", "strawberry", "uvicorn"}
    program = (
        "import sys; from goldenthread.cli import command_table; command_table.load_command('migrate')\n"
        "from goldenthread.cli.operations import migrate\n"
        "[migrate.migration_folders(name) for name in migrate.PROCESS_NAMES]\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
