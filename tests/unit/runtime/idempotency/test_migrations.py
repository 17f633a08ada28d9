"""The table of answers has one shape in every process that has it, and it changes in one place."""

from __future__ import annotations

import re
from collections import Counter

from goldenthread.cli.operations.migrate import PROCESS_NAMES, migration_folders
from goldenthread.runtime.idempotency.migrations import IDEMPOTENCY
from goldenthread.runtime.postgres import schema_version

FILES = {name: [each for folder in migration_folders(name) for each in folder.files()] for name in PROCESS_NAMES}
BEFORE = [
    "goals/0001_goals.sql",
    "goals/0003_logins.sql",
    "goals/0004_imports.sql",
    "notifications/0002_said.sql",
    "notifications/0003_logins.sql",
]
"""Migrations of before. This list does not grow: a new one would run after `IDEMPOTENCY` in some databases only."""


def test_only_the_migrations_of_idempotency_change_the_table_of_answers() -> None:
    table = re.compile(r"\b(TABLE|ON|UPDATE|INTO|FROM) (IF (NOT )?EXISTS )?answers\b")
    found = {each.name for files in FILES.values() for each in files if table.search(re.sub("--.*", "", each.sql))}
    assert found == {*BEFORE, *(each.name for each in IDEMPOTENCY.files())}


def test_they_run_last_in_the_processes_that_take_commands() -> None:
    names = [each.name for each in IDEMPOTENCY.files()]
    last = {process: [each.name for each in files][-len(names) :] == names for process, files in FILES.items()}
    assert last == {"goals": True, "alignment": False, "notifications": True}


def test_migrations_that_several_processes_have_do_not_tell_whose_database_it_is() -> None:
    folders = Counter(name for files in FILES.values() for name in {each.name.partition("/")[0] for each in files})
    assert {name for name, processes in folders.items() if processes > 1} == schema_version._COMMON
