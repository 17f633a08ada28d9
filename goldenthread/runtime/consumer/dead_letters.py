"""Dead letters: what stopped an organization, published on the dead-letter topic of the stream it is from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from goldenthread.runtime.projection.quarantine import DeadLetter, Reporter

_CONTENT_TYPE = "application/octet-stream"
"""Of a dead letter's bytes, which may be anything: they could not be decoded."""


class Publisher(Protocol):
    """A publisher of FastStream's, as far as it is used here."""

    async def publish(self, message: bytes, *, key: bytes, headers: dict[str, str]) -> object:
        """Returns when all replicas have the record, or raises."""
        ...


def dead_letter_reporter(consumer: str, publishers: Mapping[str, Publisher]) -> Reporter:
    """Publishes what stopped an organization: the original bytes, where, and why. `publishers`: by source."""

    async def report(notice: DeadLetter) -> None:
        await publishers[notice.source].publish(
            notice.record.value if notice.record else b"",
            key=notice.organization.encode(),
            headers={
                "content-type": _CONTENT_TYPE,
                "consumer": consumer,
                "organization": notice.organization,
                "source": notice.source,
                "sequence": str(notice.position.sequence),
                "reason": notice.reason,
            },
        )

    return report
