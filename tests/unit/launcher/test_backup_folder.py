"""A backup is whole or not there, and nothing is read from one that was damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from goldenthread.launcher import backup_folder
from goldenthread.launcher.backup_folder import DatabaseDump, Manifest
from goldenthread.launcher.errors import LaunchError


def made(folder: Path) -> Manifest:
    with backup_folder.making(folder) as draft:
        (draft / "goals.dump").write_bytes(b"a dump")
        (draft / backup_folder.LOG).write_bytes(b"a log")
        dump = DatabaseDump(backup_folder.described(draft / "goals.dump"), 18, {"goals/0001_goals.sql": None}, 3, 40)
        log = backup_folder.described(draft / backup_folder.LOG)
        manifest = Manifest("0.1.0", datetime(2026, 1, 5, tzinfo=UTC), {"goals": dump}, log, ["k1"])
        backup_folder.write_manifest(draft, manifest)
    return manifest


def test_what_was_written_is_read_and_verified(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    manifest = made(folder)
    assert backup_folder.read_manifest(folder) == manifest
    backup_folder.verify(folder, [manifest.databases["goals"].file, manifest.log])
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"a dumb", b"a dump, and more", b""])
def test_a_file_that_was_changed_is_refused(content: bytes, tmp_path: Path) -> None:
    manifest = made(tmp_path / "backup")
    (tmp_path / "backup" / "goals.dump").write_bytes(content)
    with pytest.raises(LaunchError, match=r"goals\.dump is not what the manifest says"):
        backup_folder.verify(tmp_path / "backup", [manifest.databases["goals"].file])


def test_a_file_that_is_missing_or_elsewhere_is_refused(tmp_path: Path) -> None:
    manifest = made(tmp_path / "backup")
    (tmp_path / "backup" / "goals.dump").rename(tmp_path / "goals.dump")
    elsewhere = backup_folder.BackupFile("../goals.dump", 6, manifest.databases["goals"].file.sha256)
    for file in (manifest.databases["goals"].file, elsewhere):
        with pytest.raises(LaunchError, match="is missing"):
            backup_folder.verify(tmp_path / "backup", [file])


def test_a_backup_is_never_written_over_another_one(tmp_path: Path) -> None:
    made(tmp_path / "backup")
    with pytest.raises(LaunchError, match="not empty"), backup_folder.making(tmp_path / "backup"):
        pass
    assert backup_folder.read_manifest(tmp_path / "backup").keys == ["k1"]


def interrupted(folder: Path) -> None:
    with backup_folder.making(folder) as draft:
        (draft / "half").touch()
        raise ZeroDivisionError


def test_what_was_interrupted_leaves_nothing_and_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(ZeroDivisionError):
        interrupted(tmp_path / "backup")
    assert [each.name for each in tmp_path.rglob("*")] == ["backup"]
    made(tmp_path / "backup")


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "is no backup"), ("{", "cannot be read"), ('{"version": 1}', "cannot be read")],
)
def test_a_folder_without_a_manifest_that_can_be_read_is_no_backup(
    text: str | None, words: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(LaunchError, match=words):
        backup_folder.read_manifest(tmp_path)


def test_a_manifest_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "backup")
    file = tmp_path / "backup" / "manifest.json"
    file.write_text(file.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(LaunchError, match="newer release"):
        backup_folder.read_manifest(tmp_path / "backup")


def test_a_log_of_erasures_under_another_name_is_refused(tmp_path: Path) -> None:
    """The one that is replayed would not be the one that was verified."""
    made(tmp_path / "backup")
    file = tmp_path / "backup" / "manifest.json"
    file.write_text(file.read_text().replace(f'"{backup_folder.LOG}"', '"goals.dump"'))
    with pytest.raises(LaunchError, match="was changed"):
        backup_folder.read_manifest(tmp_path / "backup")


def test_a_backup_is_made_in_the_folder_in_which_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "backup").mkdir()
    monkeypatch.chdir(tmp_path / "backup")
    manifest = made(Path("."))
    assert backup_folder.read_manifest(tmp_path / "backup") == manifest
