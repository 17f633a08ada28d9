"""How far each stream of the outbox is on the broker: `streams.published`, everything up to there.

Relays alone write it. They never wait for a writer, who holds the row of its organization until it commits: what is
locked stays to be marked the next time. A `Watermark` names the generation it was read in: once a stream was deleted
and written again, under the same numbers, a watermark of the old stream marks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from goldenthread.runtime.postgres.database import Connection

# ORDER and LIMIT within: where the table has few organizations, the planner would else join with all of it.
_UNPUBLISHED = """
    SELECT organization, generation, sequence, attributes, data FROM (
        SELECT *, sum(octet_length(data)) OVER (ORDER BY organization, sequence) - octet_length(data) AS bytes FROM (
            SELECT waiting.organization, waiting.generation, row.sequence, row.attributes, row.data
            FROM (
                SELECT organization, generation, greatest(s.published, ahead.sequence) AS after
                FROM streams AS s
                LEFT JOIN unnest($4::text[], $5::bigint[], $6::bigint[]) AS ahead (organization, generation, sequence)
                    USING (organization, generation)
                WHERE s.relay = $7 AND s.published < s.sequence AND organization > $1
                    AND coalesce(ahead.sequence, 0) < s.sequence
                ORDER BY organization LIMIT $2
            ) AS waiting
            CROSS JOIN LATERAL (
                SELECT sequence, attributes, data FROM outbox
                WHERE outbox.organization = waiting.organization AND outbox.sequence > waiting.after
                ORDER BY sequence LIMIT $2
            ) AS row
            ORDER BY organization, sequence LIMIT $2
        ) AS first
    ) AS counted
    WHERE bytes < $3 ORDER BY organization, sequence
"""
_MARK = """
    WITH done (organization, generation, sequence) AS (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])),
    free AS (
        SELECT organization FROM streams WHERE organization = ANY($1::text[])
        ORDER BY organization FOR NO KEY UPDATE SKIP LOCKED
    ),
    marked AS (
        UPDATE streams SET published = greatest(published, done.sequence) FROM done JOIN free USING (organization)
        WHERE streams.organization = done.organization AND streams.generation = done.generation
    )
    SELECT organization FROM free
"""


class Watermark(NamedTuple):
    """How far a stream is published: the number of an event, and the generation of the stream it belongs to."""

    generation: int
    sequence: int


async def unpublished(
    connection: Connection, ahead: Mapping[str, Watermark], after: str, rows: int, size: int, relay: int = 0
) -> list[Any]:
    """Rows that are not on the broker, of this relay's organizations after `after`, by organization and sequence.

    At most so many, and no further than the one with which their payloads come to `size` bytes. `ahead`: what is on its
    way to the broker, or there but not marked.
    """
    found: list[Any] = await connection.fetch(_UNPUBLISHED, after, rows, size, *_columns(ahead), relay)
    return found


async def mark(connection: Connection, published: Mapping[str, Watermark]) -> set[str]:
    """These are on the broker. The organizations that are settled; the others are being written: ask again."""
    rows = await connection.fetch(_MARK, *_columns(published))
    return {row["organization"] for row in rows}


def _columns(places: Mapping[str, Watermark]) -> tuple[list[str], list[int], list[int]]:
    return list(places), [place.generation for place in places.values()], [place.sequence for place in places.values()]
