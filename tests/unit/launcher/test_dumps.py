"""No password is on a command line, whatever the URL looks like; and programs that are too old are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher import dumps
from goldenthread.launcher.dumps import DumpPrograms
from goldenthread.launcher.errors import LaunchError


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql://ada:s%40cret@h:5/goals", "postgresql://ada@h:5/goals", "s@cret"),
        ("postgresql://ada@h/goals?password=s%26x&sslmode=require", "postgresql://ada@h/goals?sslmode=require", "s&x"),
        ("postgresql://h/goals?sslrootcert=/etc/ca.crt", "postgresql://h/goals?sslrootcert=%2Fetc%2Fca.crt", None),
        ("postgresql://ada:@h/goals", "postgresql://ada@h/goals", ""),
        ("postgresql:///goals?host=/run/pg", "postgresql:///goals?host=%2Frun%2Fpg", None),
        ("postgresql://h/goals?options=-c%20a%3Db%2B1", "postgresql://h/goals?options=-c%20a%3Db%2B1", None),
    ],
)
def test_the_password_is_taken_out_of_a_url(url: str, shown: str, password: str | None) -> None:
    found, variables = dumps.connection_parameters(Secret(url))
    assert (found, variables.get("PGPASSWORD")) == (shown, password)


def test_a_password_of_a_key_is_refused_without_being_shown() -> None:
    with pytest.raises(LaunchError) as refused:
        dumps.connection_parameters(Secret("postgresql://h/goals?sslpassword=hush"))
    assert "hush" not in str(refused.value)


def program(folder: Path, major: int) -> DumpPrograms:
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.1 (Debian)'\n")
        (folder / name).chmod(0o755)
    return DumpPrograms(folder / "pg_dump", folder / "pg_restore")


async def test_programs_that_are_not_older_than_the_server_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = program(tmp_path / "old", 16), program(tmp_path / "new", 18)
    monkeypatch.setattr(dumps, "_embedded", lambda: old)
    monkeypatch.setenv("PATH", str(tmp_path / "new"), prepend=":")
    assert await dumps.find_programs(16) == old
    assert await dumps.find_programs(17) == new
    with pytest.raises(LaunchError, match=r"the server is PostgreSQL 19, and pg_dump here is 18"):
        await dumps.find_programs(19)


async def test_programs_of_the_server_s_own_version_are_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, same = program(tmp_path / "newer", 18), program(tmp_path / "same", 16)
    monkeypatch.setattr(dumps, "_embedded", lambda: newer)
    monkeypatch.setenv("PATH", str(tmp_path / "same"), prepend=":")
    assert await dumps.find_programs(16) == same


async def test_programs_that_set_what_an_older_server_does_not_know_are_refused_before_anything_is_restored(
    tmp_path: Path,
) -> None:
    programs = program(tmp_path / "programs", 18)
    with pytest.raises(LaunchError, match="pg_restore 18 cannot restore on PostgreSQL 16"):
        await dumps.check(programs, tmp_path / "goals.dump", 16)
    await dumps.check(programs, tmp_path / "goals.dump", 17)


async def test_programs_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dumps, "_embedded", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="pg_dump and pg_restore are missing"):
        await dumps.find_programs(18)
