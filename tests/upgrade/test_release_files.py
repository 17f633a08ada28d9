"""The files of the release before are what `release.toml` says, small, and run in this environment."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.upgrade.release import FOLDER, ReleaseCode, missing_dependencies, release, sha256

MOST_BYTES = 3_000_000


def test_every_file_is_the_one_that_was_made() -> None:
    there = {file.name: sha256(file) for file in FOLDER.iterdir() if file.name != "release.toml"}
    assert there == release().sha256


def test_the_files_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < MOST_BYTES


def test_the_dependencies_of_the_release_are_satisfied() -> None:
    assert missing_dependencies(FOLDER / release().wheel) == []


def test_what_is_missing_is_said_in_a_sentence(tmp_path: Path) -> None:
    wheel = tmp_path / "demo-1-py3-none-any.whl"
    wanted = ("pytest<1", "nobody-has-this>=2; extra == 'embedded'", "nor-this; extra == 'other'", "pytest")
    with zipfile.ZipFile(wheel, "w") as files:
        lines = ["Metadata-Version: 2.4", "Name: demo", "Version: 1", *(f"Requires-Dist: {each}" for each in wanted)]
        files.writestr("demo-1.dist-info/METADATA", "\n".join(lines))
    first, second = missing_dependencies(wheel)
    assert first == f"the release before needs pytest<1, and {pytest.__version__} is installed"
    assert second.startswith("the release before needs nobody-has-this>=2")
    assert second.endswith("which is not installed")
    with pytest.raises(AssertionError, match="Make the files of a newer release"):
        ReleaseCode.unpacked(wheel, tmp_path / "code")
