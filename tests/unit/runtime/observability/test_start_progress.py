"""What a start waits for, and what it does not wait for."""

from __future__ import annotations

import ssl

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from goldenthread.runtime.observability.start_progress import Misconfigured, StartProgress
from goldenthread.runtime.postgres.schema_version import SchemaBehind, SchemaNewer

REFUSED = asyncpg.InvalidPasswordError('password authentication failed for user "goals"')


async def test_what_is_away_is_waited_for_and_named() -> None:
    start = StartProgress()
    for step, name, error in (
        ("database", "PostgreSQL (db/goals)", ConnectionRefusedError("refused")),
        ("database", "PostgreSQL (db/goals)", asyncpg.CannotConnectNowError("the database system is starting up")),
        ("broker", "Kafka (kafka:9092)", KafkaConnectionError("Unable to bootstrap")),
        ("database", "PostgreSQL (db/goals)", SchemaBehind("PostgreSQL (db/goals) does not answer yet")),
    ):
        with pytest.raises(type(error)), start.waiting_for(step, name):
            raise error
        start.failed(error)
        assert list(start.awaited) == [step]
        assert start.awaited[step].startswith(f"{name} does not answer")
    assert (start.step, start.name) == ("start", "this process")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT"), "PostgreSQL does not answer: "),
        (asyncpg.InsufficientPrivilegeError("permission denied"), "PostgreSQL cannot be used as it is set up: "),
    ],
)
async def test_a_database_is_named_wherever_in_a_start_it_refuses_something(error: Exception, said: str) -> None:
    start = StartProgress()
    start.failed(error)
    assert start.awaited["database"].startswith(said)


@pytest.mark.parametrize("error", [SchemaNewer("newer"), ValueError("unforeseen"), asyncpg.UndefinedTableError()])
async def test_what_waiting_does_not_help_with_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        StartProgress().failed(error)


@pytest.mark.parametrize("error", [REFUSED, FileNotFoundError("ca.crt"), ssl.SSLCertVerificationError("expired")])
async def test_what_does_not_fit_is_waited_for_as_long_as_somebody_may_be_setting_it_up(error: Exception) -> None:
    patient, hurried = StartProgress(), StartProgress(setup_seconds=0)
    patient.failed(error)
    patient.failed(error)
    (said,) = patient.awaited.values()
    assert "cannot be used as it is set up" in said
    with pytest.raises(Misconfigured, match=r"cannot be used as it is set up: .* not mended within 0 s"):
        hurried.failed(error)


async def test_the_time_for_setting_up_begins_anew_when_the_server_was_away() -> None:
    start = StartProgress(setup_seconds=0.01)
    loop_time = iter([0.0, 0.005, 0.02, 0.025])
    start.clock = lambda: next(loop_time)
    start.failed(REFUSED)
    start.failed(REFUSED)
    start.failed(ConnectionRefusedError())
    start.failed(REFUSED)
