"""Mistakes around a database: each is named, with where it comes from and what to do."""

from __future__ import annotations

import uuid
from pathlib import Path

import asyncpg
import pytest

from goldenthread.cli.doctor.deployment.findings import FindingState
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.migrations import MIGRATIONS
from tests.integration.doctor.conftest import Deployment
from tests.support.certificate_authority import CertificateAuthority
from tests.support.hanging_server import hanging_server
from tests.support.postgres_tls import PostgresTls

URL = "GOLDENTHREAD_DATABASE_URL"


async def execute(database: Secret, *statements: str) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        for each in statements:
            await connection.execute(each)
    finally:
        await connection.close()


@pytest.fixture
async def migrated(database: Secret) -> Secret:
    """A database of goals."""
    async with open_pool(database, 4, SHARED, MIGRATIONS):
        return database


@pytest.fixture
async def limited(migrated: Secret) -> Secret:
    """The same, for a user who owns nothing and may have two connections."""
    user = f"test_{uuid.uuid4().hex}"
    await execute(
        migrated,
        f"CREATE ROLE {user} LOGIN PASSWORD 'few' CONNECTION LIMIT 2",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
    )
    scheme, _, rest = migrated.reveal().partition("://")
    return Secret(f"{scheme}://{user}:few@{rest.rpartition('@')[2]}")


async def test_a_wrong_password_names_its_variable(deployment: Deployment, migrated: Secret) -> None:
    before, _, after = migrated.reveal().rpartition("@")
    found = await deployment.diagnosed("goals", DATABASE_URL=f"{before.rpartition(':')[0]}:not-this-one@{after}")
    (said,) = found.problems.values()
    assert f"it refuses the user or the password in {URL} (password authentication failed for user" in said
    assert "not-this-one" not in said


async def test_a_password_from_a_file_names_the_variable_of_the_file(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(deployment.services.databases["goals"].reveal().replace("@", "x@", 1))
    found = await deployment.diagnosed("goals", DATABASE_URL=None, DATABASE_URL_FILE=str(file))
    assert f"the password in {URL}_FILE" in found.problems["database"]


async def test_a_database_that_there_is_not_is_named(deployment: Deployment, migrated: Secret) -> None:
    url = migrated.reveal().rpartition("/")[0] + "/nowhere"
    found = await deployment.diagnosed("goals", DATABASE_URL=url)
    assert 'there is no such database (database "nowhere" does not exist)' in found.problems["database"]


async def test_the_database_of_another_process_is_refused(deployment: Deployment) -> None:
    url = deployment.services.databases["alignment"].reveal()
    found = await deployment.diagnosed("goals", DATABASE_URL=url)
    assert found.problems == {
        "database schema": f"this is the database of alignment, not of goals; check the database's URL → see {URL}"
    }


async def test_a_schema_that_is_behind_names_the_migrations_and_how_to_run_them(
    deployment: Deployment, database: Secret
) -> None:
    found = await deployment.diagnosed("goals", DATABASE_URL=database.reveal(), MIGRATE="off")
    said = found.problems["database schema"]
    assert said.startswith("the database is older than this code: runtime/0001_outbox.sql, ")
    assert said.endswith("did not run → run `goldenthread migrate goals`")
    found = await deployment.diagnosed("goals", DATABASE_URL=database.reveal(), MIGRATE="on")
    assert found.states["database schema"] is FindingState.WARNING, "the process runs them"
    assert found.problems == {}


async def test_a_newer_schema_is_refused(deployment: Deployment, migrated: Secret) -> None:
    row = "('goals/9999_later.sql', now(), 'goals/9999_later.sql')"
    await execute(migrated, f"INSERT INTO migrations (name, at, needs) VALUES {row}")
    found = await deployment.diagnosed("goals", DATABASE_URL=migrated.reveal())
    assert found.problems["database schema"].startswith("the database is newer than this code: migration goals/9999")


async def test_other_partitions_than_the_database_records_are_refused(deployment: Deployment, migrated: Secret) -> None:
    await execute(migrated, "INSERT INTO installation (partitions) VALUES (6)")
    found = await deployment.diagnosed("goals", DATABASE_URL=migrated.reveal())
    assert "this installation has 6 partitions, as its database records" in found.problems["database partitions"]


async def test_rights_and_connections_that_are_missing_are_named(deployment: Deployment, limited: Secret) -> None:
    found = await deployment.diagnosed("goals", DATABASE_URL=limited.reveal())
    assert "may not read and write" in found.problems["database rights"]
    assert "grant" in found.problems["database rights"]
    (told,) = found.of("database connections")
    assert told.state is FindingState.WARNING
    assert "1 more connections can be opened, and each pod opens up to 8 (GOLDENTHREAD_DATABASE_POOL)" in told.says


async def test_a_server_that_is_away_or_silent_is_named(deployment: Deployment) -> None:
    port = free_port()
    url = f"postgresql://goals:secret@127.0.0.1:{port}/goals"
    found = await deployment.diagnosed("goals", DATABASE_URL=url)
    name, mend = f"PostgreSQL (127.0.0.1:{port}/goals)", f"check host and port in {URL}"
    assert found.problems["database"] == f"{name}: nothing listens there (connection refused) → {mend}"
    async with hanging_server(port):
        found = await deployment.diagnosed("goals", DATABASE_URL=url)
    assert found.problems["database"].startswith(f"{name} does not answer within 4 s → {mend}")


async def test_a_server_without_tls_is_named_where_the_url_asks_for_it(
    deployment: Deployment, migrated: Secret
) -> None:
    found = await deployment.diagnosed("goals", DATABASE_URL=f"{migrated.reveal()}?sslmode=require")
    assert "it speaks no TLS, for which the URL asks" in found.problems["database"]


async def test_a_server_of_an_authority_that_is_not_trusted_is_named(
    deployment: Deployment, migrated: Secret, tmp_path: Path
) -> None:
    ours, theirs = CertificateAuthority("ours"), CertificateAuthority("theirs")
    files = {name: tmp_path / name for name in ("ours.crt", "theirs.crt", "goals.crt", "goals.key")}
    files["ours.crt"].write_bytes(ours.pem)
    files["theirs.crt"].write_bytes(theirs.pem)
    theirs.issue("goals").write(files["goals.crt"], files["goals.key"])
    files["goals.key"].chmod(0o600)
    before, _, after = migrated.reveal().rpartition("@")
    port = int(after.partition(":")[2].partition("/")[0])
    async with PostgresTls(port, theirs, tmp_path) as server:
        url = f"{before}@{after.replace(str(port), str(server.port), 1)}?sslmode=verify-full"
        url += f"&sslcert={files['goals.crt']}&sslkey={files['goals.key']}"
        found = await deployment.diagnosed("goals", DATABASE_URL=f"{url}&sslrootcert={files['ours.crt']}")
        assert "its certificate is refused" in found.problems["database"]
        assert f"name its authority's certificate with sslrootcert in {URL}" in found.problems["database"]
        found = await deployment.diagnosed("goals", DATABASE_URL=f"{url}&sslrootcert={files['theirs.crt']}")
        assert found.problems == {}
