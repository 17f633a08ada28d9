"""The statements of the release before the migrations of idempotency, as its code has them."""

from __future__ import annotations

from typing import Any, NamedTuple

from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.runtime.postgres.migration_files import Migrations


class ReleaseBefore(NamedTuple):
    """What a service did with its answers. `row` is one of them."""

    service: str
    put: str
    get: str
    row: tuple[Any, ...]

    @property
    def folders(self) -> list[Migrations]:
        """Its migrations."""
        return [each._replace(then=()) for each in migration_folders(self.service)]


ACCEPTED = b'{"revision":7,"ids":["a"],"events":[],"warnings":[],"dryRun":false,"report":null,"secret":null}'
HASH = bytes.fromhex("50edf98bdf9a232d1ff7351a0805dfd3b9919b4f92b33740addeef1c21925294")
"""Of `PublishPurpose(statement="Be useful")`."""

GOALS = ReleaseBefore(
    "goals",
    """INSERT INTO answers (organization, issuer, actor, key, input, answer, first, last, report)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
    """SELECT input, answer, first, last, report FROM answers
       WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4""",
    ("org_1", "https://here.example", "ada", "once", HASH, ACCEPTED, 6, 7, b"report"),
)
NOTIFICATIONS = ReleaseBefore(
    "notifications",
    "INSERT INTO answers (organization, issuer, actor, key, input, answer) VALUES ($1, $2, $3, $4, $5, $6)",
    "SELECT input, answer FROM answers WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4",
    ("org_1", "person", "person_ada", "once", HASH, ACCEPTED),
)
