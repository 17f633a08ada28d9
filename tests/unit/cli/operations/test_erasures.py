"""What `goldenthread erasures` and `restore` say on one machine, before a database is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.cli.command_table import load_command
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.backups.chosen_databases import identity_files_missing


@pytest.fixture(autouse=True)
def no_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no database."""
    for name in ("", "_GOALS", "_ALIGNMENT", "_NOTIFICATIONS"):
        for ending in ("", "_FILE"):
            monkeypatch.delenv(f"GOLDENTHREAD_DATABASE_URL{name}{ending}", raising=False)


def test_where_nothing_runs_the_next_step_is_one_that_the_command_has(tmp_path: Path) -> None:
    arguments = ["export", str(tmp_path / "log"), "--data-dir", str(tmp_path)]
    with pytest.raises(CommandError, match="GOLDENTHREAD_DATABASE_URL_GOALS") as said:
        load_command("erasures").main(arguments, standalone_mode=False)
    assert "--url" not in str(said.value)


def test_a_data_dir_without_its_organization_and_keys_lacks_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert identity_files_missing(tmp_path) == ["organization.json", "issuer.id", "issuer.key.json", "keys.json"]
    for name in ("organization.json", "issuer.id", "keys.json"):
        (tmp_path / name).touch()
    assert identity_files_missing(tmp_path) == ["issuer.key.json"]
    monkeypatch.setenv("GOLDENTHREAD_DATABASE_URL_GOALS", "postgresql://127.0.0.1/goals")
    assert identity_files_missing(tmp_path) == []
