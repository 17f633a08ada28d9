"""docs/growth.md says how long things are valid as the code does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from goldenthread.contracts.topics import TOPICS
from goldenthread.launcher.issuer import PERSON_LIFETIME, SERVICE_LIFETIME
from goldenthread.launcher.service_tokens import RENEWED_AFTER
from goldenthread.organization import invitations
from goldenthread.runtime.configuration import certificates
from goldenthread.runtime.idempotency.answers_store import KEPT_DAYS
from goldenthread.runtime.identity import issuer_keys
from services.goals.imports import run_progress
from services.goals.stores import import_sources_store
from services.notifications.webhooks import delivery_store

PAGE = Path(__file__).parents[3] / "docs" / "growth.md"


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by their first cell."""
    section = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}


def words(length: timedelta) -> str:
    """In the largest unit that fits: `7 days`."""
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if length % size == timedelta() and (unit != "hour" or length < timedelta(days=2)):
            number = length // size
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{length.total_seconds():.0f} seconds"


STREAM, DEAD = (timedelta(milliseconds=TOPICS[number].retention_ms) for number in (0, -1))


@pytest.mark.parametrize(
    ("what", "valid"),
    [
        ("token of a process, under `goldenthread up`", words(SERVICE_LIFETIME)),
        ("token that `goldenthread token` prints", words(PERSON_LIFETIME)),
        ("keys of an issuer, as a process knows them", f"{issuer_keys._STALE_SECONDS:.0f} seconds"),
        ("invitation of a person", words(invitations.VALID)),
        ("answer under an idempotency key", words(timedelta(days=KEPT_DAYS))),
        ("delivery to a webhook that does not answer", words(delivery_store._TOO_OLD)),
        ("records of events on Kafka", words(STREAM)),
        ("dead letters on Kafka", words(DEAD)),
    ],
)
def test_the_page_says_how_long_something_is_valid(what: str, valid: str) -> None:
    assert rows("What expires")[what][0] == valid


def test_the_page_says_when_something_is_renewed_or_said_before() -> None:
    found = rows("What expires")
    assert f"every {words(RENEWED_AFTER).removeprefix('1 ')}" in found["token of a process, under `goldenthread up`"][1]
    assert f"from {words(certificates.SOON)} before" in found["client certificate for Kafka"][2]
    assert RENEWED_AFTER < SERVICE_LIFETIME / 4, "there is time to mend a disk that is full"


def test_the_page_says_how_long_rows_are_kept() -> None:
    text = PAGE.read_text()
    assert f"| {words(run_progress.KEPT)} after its end |" in text
    assert f"| the last {import_sources_store.KEPT_FILES} of each source |" in text
    assert f"| {words(delivery_store._KEPT)} after it was delivered or given up |" in text
    assert f"in statements of {delivery_store._BATCH:,} rows" in text
