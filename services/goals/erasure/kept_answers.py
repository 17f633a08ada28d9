"""Erases a person from the answers that are kept under idempotency keys.

Those to their login are deleted. Other people's answers quote what a file said, in warnings and in reports of imports:
where the person stands in one, it keeps its counts and ids, and loses those texts.
"""

from __future__ import annotations

import zlib

import msgspec
from msgspec import structs

from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import PersonName
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.idempotency.answers_store import QuotingAnswer
from goldenthread.runtime.postgres.database import Connection
from services.goals.erasure.personal_texts import PersonalTexts
from services.goals.organization_sessions import in_thread

_answers = msgspec.json.Decoder(Accepted)


async def erase(connection: Connection, organization: Id, named: PersonName, texts: PersonalTexts) -> None:
    """Erase them, under the organization's lock."""
    await answers_store.drop_answers(connection, organization, named.login)
    async for quoting in answers_store.quoting_answers(connection, organization):
        if await in_thread(lambda quoting=quoting: _stand_in(quoting, texts)):  # type: ignore[misc]
            await answers_store.put_quotes(connection, organization, quoting, _without_texts(quoting.answer))


def _stand_in(quoting: QuotingAnswer, texts: PersonalTexts) -> bool:
    told = [quoting.answer, *([zlib.decompress(quoting.report)] if quoting.report is not None else [])]
    return any(texts.stand_in(each.decode()) for each in told)


def _without_texts(answer: bytes) -> bytes:
    accepted = _answers.decode(answer)
    report = accepted.report
    if report is not None:
        report = structs.replace(report, rows=[], skipped=[], missing=[], new_units=[])
    return msgspec.json.encode(structs.replace(accepted, warnings=[], report=report))
