"""Imports that are under way, and those that have just ended."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.errors import Unavailable
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.core import enums
from gateway.schema.core.node import field, own
from gateway.schema.types import refs
from gateway.schema.types.lookups import person
from gateway.upstream.ports import Unreachable
from goldenthread.contracts import read_api as r


@strawberry.type
class ImportRun:
    """How far an import is: of a file that somebody is importing, or tries with `dryRun`, now."""

    view: Private[OrganizationView]
    row: Private[r.ImportRun]
    id: ID = own()
    step: enums.ImportStep = own()
    done: int = own("Rows that are compared, or written, so far.")
    total: int = own("Of so many; 0 while that is not known.")
    started_at: datetime = own()
    updated_at: datetime = own()
    file_name: str | None = own()

    @field
    def source(self) -> str | None:
        """Whose rows the file has; null while that is not known."""
        return self.row.source or None

    @field
    def by(self) -> refs.Person | None:
        """The person who imports it; null where that is a service account."""
        found = self.view.org.people.get(self.row.by) if self.row.by else None
        return None if found is None or found.service else person(self.view, found.id)


async def imports(context: RequestContext, first: int) -> list[ImportRun]:
    """The latest runs, the oldest of them first. Raises `Unavailable`."""
    try:
        async with cost.reading():
            found = await context.cache.imports.now(context.view.id)
    except Unreachable as error:
        raise Unavailable("What is imported now cannot be read. Try again.") from error
    return [ImportRun(view=context.view, row=run) for run in found[max(0, len(found) - first) :]]
