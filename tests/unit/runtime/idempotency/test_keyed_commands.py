"""Promise 1: a command under a key is never applied twice. The rule, on answers that are kept in memory."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.read_api import AddWebhook, Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.idempotency.answers_store import StoredAnswer
from goldenthread.runtime.idempotency.keyed_commands import (
    EventRange,
    KeyedAnswer,
    KeyedCommand,
    earlier_answer,
    keep_answer,
)

SENT = KeyedCommand("org_1", Login("https://here.example", "ada"), "once", c.PublishPurpose(statement="Be useful"))
ACCEPTED = Accepted(7, ["purpose_1"], warnings=[Problem(ErrorCode.POLICY, "Look at it.", ["statement"])])
CONNECTION: Any = None


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[Id, Login, str], StoredAnswer]:
    """The table `answers`."""
    table: dict[tuple[Id, Login, str], StoredAnswer] = {}

    async def stored(_: Any, organization: Id, login: Login, key: str) -> StoredAnswer | None:
        return table.get((organization, login, key))

    async def put(_: Any, organization: Id, login: Login, key: str, given: StoredAnswer) -> None:
        assert table.setdefault((organization, login, key), given) is given

    monkeypatch.setattr(answers_store, "stored_answer", stored)
    monkeypatch.setattr(answers_store, "put_answer", put)
    return table


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "answer",
    [
        KeyedAnswer(ACCEPTED),
        KeyedAnswer(ACCEPTED, EventRange(6, 7)),
        KeyedAnswer(ACCEPTED, EventRange(8, 7), b"compressed"),
        KeyedAnswer(ACCEPTED, EventRange(0, 0)),
    ],
    ids=["alone", "with events", "without events, with a report", "at the beginning"],
)
async def test_promise_1_an_answer_is_replayed_exactly(answer: KeyedAnswer) -> None:
    assert await earlier_answer(CONNECTION, SENT) is None
    await keep_answer(CONNECTION, SENT, answer)
    again = structs.replace(SENT, command=c.PublishPurpose(statement="Be useful"))
    assert await earlier_answer(CONNECTION, again) == answer


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "command",
    [
        c.PublishPurpose(statement="Be rich"),
        c.PublishPurpose(statement="Be useful", editorial=True),
        AddWebhook(url="x"),
    ],
    ids=["another text", "another field", "another command"],
)
async def test_promise_1_another_input_under_the_key_is_a_conflict_and_changes_nothing(command: Any) -> None:
    await keep_answer(CONNECTION, SENT, KeyedAnswer(ACCEPTED))
    with pytest.raises(Refused) as refused:
        await earlier_answer(CONNECTION, structs.replace(SENT, command=command))
    assert [(each.code, each.path) for each in refused.value.problems] == [(ErrorCode.CONFLICT, ["idempotencyKey"])]
    assert await earlier_answer(CONNECTION, SENT) == KeyedAnswer(ACCEPTED)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "other",
    [
        {"organization": "org_2"},
        {"login": Login("https://here.example", "bo")},
        {"login": Login("https://there.example", "ada")},
        {"key": "twice"},
    ],
    ids=["organization", "subject", "issuer", "key"],
)
async def test_promise_1_a_key_is_one_logins_in_one_organization(other: dict[str, Any]) -> None:
    await keep_answer(CONNECTION, SENT, KeyedAnswer(ACCEPTED))
    elsewhere = structs.replace(SENT, command=c.PublishPurpose(statement="Be rich"), **other)
    assert await earlier_answer(CONNECTION, elsewhere) is None


async def test_a_secret_is_not_kept_with_an_answer(rows: dict[tuple[Id, Login, str], StoredAnswer]) -> None:
    secret = Secret("whsec_of_a_webhook")
    await keep_answer(CONNECTION, SENT, KeyedAnswer(structs.replace(ACCEPTED, secret=secret)))
    (row,) = rows.values()
    assert secret.reveal().encode() not in row.answer
    assert await earlier_answer(CONNECTION, SENT) == KeyedAnswer(ACCEPTED)
