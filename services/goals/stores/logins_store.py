"""SQL of logins that move to another issuer, many at once, and of what they were answered under idempotency keys."""

from __future__ import annotations

from collections.abc import Sequence

from goldenthread.contracts.entities import Id
from goldenthread.runtime.postgres.database import Connection
from services.goals.domain.decision import LoginMove, LoginMoves


async def movable(
    connection: Connection, organization: Id, issuers: tuple[str, str], subjects: dict[str, str], most: int
) -> LoginMoves:
    """Logins of live people at the first of `issuers`, under what they would be called at the second one.

    `subjects`: those only, with their names there; without it all of them, under the names they have. Those that
    nobody has there come first, and at most `most` come.
    """
    before, after = issuers
    renamed = [list(subjects), list(subjects.values())] if subjects else [None, None]
    rows = await connection.fetch(
        """SELECT mine.person, mine.subject, coalesce(moves.after, mine.subject) AS target, theirs.person AS holder,
                  count(*) OVER () AS total
           FROM names AS mine
           JOIN entities AS here ON here.organization = $1 AND here.id = mine.person
                AND NOT coalesce((here.state ->> 'left')::boolean, false)
           LEFT JOIN unnest($4::text[], $5::text[]) AS moves(before, after) ON moves.before = mine.subject
           LEFT JOIN names AS theirs ON theirs.organization = $1 AND theirs.issuer = $3
                AND theirs.subject = coalesce(moves.after, mine.subject)
           WHERE mine.organization = $1 AND mine.issuer = $2 AND ($4::text[] IS NULL OR moves.after IS NOT NULL)
           ORDER BY theirs.person IS NOT NULL, mine.person LIMIT $6""",
        organization,
        before,
        after,
        *renamed,
        most,
    )
    found = [LoginMove(row["person"], row["subject"], row["target"], row["holder"]) for row in rows]
    return LoginMoves(found, rows[0]["total"] if rows else 0)


async def move(connection: Connection, organization: Id, issuers: tuple[str, str], moved: Sequence[LoginMove]) -> None:
    """Give these people their logins at the second of `issuers`, which must be nobody's; their kept answers follow."""
    before, after = issuers
    people, were, are = (
        [each.person for each in moved],
        [each.before for each in moved],
        [each.subject for each in moved],
    )
    await connection.execute(
        "DELETE FROM answers WHERE organization = $1 AND issuer = $2 AND actor = ANY($3::text[])",
        organization,
        after,
        are,
    )
    await connection.execute(
        """UPDATE answers SET issuer = $3, actor = moves.after
           FROM unnest($4::text[], $5::text[]) AS moves(before, after)
           WHERE organization = $1 AND issuer = $2 AND actor = moves.before""",
        organization,
        before,
        after,
        were,
        are,
    )
    await connection.execute(
        """UPDATE names SET issuer = $2, subject = moves.after
           FROM unnest($3::text[], $4::text[]) AS moves(who, after)
           WHERE organization = $1 AND person = moves.who""",
        organization,
        after,
        people,
        are,
    )
