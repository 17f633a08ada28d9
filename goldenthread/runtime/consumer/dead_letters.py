"""Dead letters: a record for each organization that was quarantined, on the dead-letter topic of the stream that could
not be folded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from goldenthread.runtime.projection.quarantine import DeadLetter, Reporter

_CONTENT_TYPE = "application/octet-stream"
"""The content type of a dead letter: its bytes may be anything, also an event that can be decoded and not folded."""


class Publisher(Protocol):
    """The part of FastStream's publisher that is used here."""

    async def publish(self, message: bytes, *, key: bytes, headers: dict[str, str]) -> object:
        """Returns when all replicas have the record, or raises."""
        ...


def dead_letter_reporter(consumer: str, publishers: Mapping[str, Publisher]) -> Reporter:
    """A reporter that publishes dead letters of `consumer`: the original bytes, the position, and the reason.

    `publishers` has the publisher for each source.
    """

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
