"""What is wrong with a URL of PostgreSQL is said without quoting it, before asyncpg does."""

from __future__ import annotations

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.dsn import holds_password, problem

FINE = [
    "postgresql://me@db/name",
    "postgres://me:carppike@db:5432/name",
    "postgresql://db",
    "postgresql:///name?host=/run/postgresql",
    "postgresql://me:carp%2Fpike@[::1]:5432/name?sslmode=require&sslrootcert=/ca.pem",
    "postgresql://me:carppike@one:1,two:2,three/name?target_session_attrs=primary",
]


@pytest.mark.parametrize("url", FINE)
def test_a_url_that_asyncpg_reads_is_fine(url: str) -> None:
    assert problem(Secret(url)) is None


@pytest.mark.parametrize(
    "url",
    [
        "me:carppike@db",
        "mysql://me:carppike@db/name",
        "carppike",
        "postgresql://me:carp@pike@db/name",
        "postgresql://me:carp/pike@db/name",
        "postgresql://me:12/34pike@db/name",
        "postgresql://me:12?34pike@db/name",
        "postgresql://me:carp#pike@db/name",
        "postgresql://me:12#pike@db/name",
        "postgresql://me@db:carppike/name",
        "postgresql://me:carppike@[::1/name",
        "postgresql://me:carppike@d\u2100b/name",
        "postgresql://me@db/name?carppike",
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_quoted(url: str) -> None:
    said = problem(Secret(url))
    assert said is not None
    assert not any(each in said for each in ("carp", "pike", "12", "34"))


@pytest.mark.parametrize("url", ["postgresql://me:x@db", "postgresql://me:x://y@db", "postgresql://me@db?password=x"])
def test_a_password_is_found_wherever_it_stands(url: str) -> None:
    assert holds_password(Secret(url))


@pytest.mark.parametrize("url", ["postgresql://me@db:1/x", "postgresql://db:1/x", "postgresql://me@[::1]:5432/x"])
def test_a_port_is_no_password(url: str) -> None:
    assert not holds_password(Secret(url))
