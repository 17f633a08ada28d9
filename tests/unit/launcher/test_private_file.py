"""Files that only their owner can read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from goldenthread.launcher import private_file


def test_only_the_owner_can_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for text in ("one", "two"):
        private_file.write(tmp_path / "token", text)
        assert (tmp_path / "token").read_text() == text
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["token"]


def test_a_full_disk_leaves_the_old_text_and_no_half_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_file.write(tmp_path / "token", "before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        private_file.write(tmp_path / "token", "after")
    assert (tmp_path / "token").read_text() == "before"
    assert os.listdir(tmp_path) == ["token"]
