"""Make the files of another release: `python -m tests.upgrade.replace v0.2.0`.

Its wheel is built from the tag. That wheel then runs `goldenthread up`, and fills its databases (`release_story.py`),
which are dumped. Needs git, and an environment that satisfies the dependencies of that release.
"""

from __future__ import annotations

import asyncio
import gzip
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from goldenthread.contracts.secret import Secret
from goldenthread.launcher import private_file
from goldenthread.launcher.postgres_location import installed
from tests.support.running_instance import RunningInstance
from tests.support.webhook_receiver import webhook_receiver
from tests.upgrade.release import DATABASES, FOLDER, KEYS, STORY, ReleaseCode, sha256
from tests.upgrade.release_story import IDENTIFIER, WEBHOOK_HOST, WEBHOOK_PORT, tell

ROOT = Path(__file__).parents[2]


def main(tag: str) -> None:
    """Make everything in a new folder, and put it into the place of the old one."""
    commit = _git("rev-parse", f"{tag}^{{commit}}")
    with tempfile.TemporaryDirectory(prefix="goldenthread-release-") as name:
        place = Path(name)
        place.chmod(0o755)  # PostgreSQL runs as another user where we are root
        made = place / "release"
        made.mkdir()
        wheel = _wheel(commit, place / "checkout", made)
        filled = datetime.now(UTC).replace(microsecond=0)
        asyncio.run(_filled(ReleaseCode.unpacked(wheel, place / "code"), place / "data", made))
        _describe(made, tag, commit, wheel, filled)
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(made, FOLDER)
    print(f"{FOLDER}: {sum(file.stat().st_size for file in FOLDER.iterdir()) // 1024} KiB, of {tag}")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def _wheel(commit: str, checkout: Path, folder: Path) -> Path:
    """The wheel, as `make wheel` of that commit makes it, by the same tool in this environment."""
    _git("worktree", "add", "--detach", str(checkout), commit)
    try:
        build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
        subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    finally:
        _git("worktree", "remove", "--force", str(checkout))
    (wheel,) = folder.glob("*.whl")
    return wheel


async def _filled(code: ReleaseCode, data_dir: Path, folder: Path) -> None:
    """Run the release, let it do everything, and dump its databases while it still runs and does nothing."""
    private_file.write(data_dir / "issuer.id", IDENTIFIER)
    variables = code.variables | {"GOLDENTHREAD_WEBHOOK_PRIVATE": "true"}
    up = RunningInstance(data_dir, "--partitions", "12", command=code.command_line, variables=variables)
    async with httpx.AsyncClient(timeout=60) as http, webhook_receiver(WEBHOOK_HOST, WEBHOOK_PORT) as receiver, up:
        story = await tell(up, http, receiver)
        for name in DATABASES:
            (folder / f"{name}.sql.gz").write_bytes(gzip.compress(_dump(up.instance.databases[name]), mtime=0))
    (folder / STORY).write_bytes(msgspec.json.format(msgspec.json.encode(story, order="sorted"), indent=1))
    shutil.copyfile(data_dir / "keys.json", folder / KEYS)


def _dump(database: Secret) -> bytes:
    command = (installed() / "bin" / "pg_dump", "--no-owner", "--no-privileges", "--dbname", database.reveal())
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _describe(folder: Path, tag: str, commit: str, wheel: Path, filled: datetime) -> None:
    hashes = "".join(f'"{file.name}" = "{sha256(file)}"\n' for file in sorted(folder.iterdir()))
    (folder / "release.toml").write_text(
        "# The release before, for tests/upgrade. Made by `python -m tests.upgrade.replace TAG`: the wheel\n"
        "# by hatchling from the tag, the dumps by pg_dump from databases that the wheel filled (release_story.py).\n"
        f'tag = "{tag}"\ncommit = "{commit}"\nmade = {filled.isoformat()}\nwheel = "{wheel.name}"\n\n[sha256]\n{hashes}'
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
