"""SQL of the figures that metrics show: of some organizations, and the sum of all.

They are the figures that `GET /v1/figures` answers: triggers copy each organization's own into a narrow table
(migration 0009), which is summed for a million organizations in about a second.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.runtime.postgres.database import Connection, Pool, read_snapshot
from services.alignment.domain.shown_organizations import OrganizationFigures, choose

_LIVE = """NOT EXISTS (
    SELECT FROM streams WHERE streams.organization = f.organization AND deleted_at IS NOT NULL AND purged_at IS NULL)"""
_COLUMNS = ", ".join(OrganizationFigures._fields)
_SUMS = ", ".join(f"coalesce(sum({each}), 0)::bigint AS {each}" for each in OrganizationFigures._fields)
_TOTAL = f"SELECT {_SUMS} FROM organization_figures AS f WHERE {_LIVE}"
_CANDIDATES = f"""
    SELECT organization, shown, {_COLUMNS} FROM organization_figures AS f WHERE shown AND {_LIVE}
    UNION
    (SELECT organization, shown, {_COLUMNS} FROM organization_figures AS f WHERE {_LIVE}
     ORDER BY aligned + unexplained + pending + orphaned DESC, organization LIMIT $1)
"""
_NAMES = """
    SELECT organization, fact ->> 'name' AS name FROM facts
    WHERE (organization, id) IN (SELECT each, each FROM unnest($1::text[]) AS each)
"""
_SHOW = "UPDATE organization_figures SET shown = NOT shown WHERE organization = ANY($1::text[])"


class FiguresOfAll(Struct, frozen=True):
    """The sum of all organizations, the figures of those that were chosen, and their names, at one moment."""

    total: OrganizationFigures
    chosen: Mapping[Id, OrganizationFigures]
    names: Mapping[Id, str]


async def read(pool: Pool, limit: int, *, names: bool) -> FiguresOfAll:
    """Read the figures, and choose `limit` organizations at most; the choice is stored for the next time."""
    async with read_snapshot(pool) as connection:
        (total,) = await connection.fetch(_TOTAL)
        rows = await connection.fetch(_CANDIDATES, limit)
        found = {row["organization"]: _figures(row) for row in rows}
        before = {row["organization"] for row in rows if row["shown"]}
        chosen = choose(before, {id: each.objectives for id, each in found.items()}, limit)
        known = await _names(connection, chosen) if names else {}
    if changed := before.symmetric_difference(chosen):
        await pool.execute(_SHOW, sorted(changed))
    return FiguresOfAll(_figures(total), {id: found[id] for id in chosen}, known)


def _figures(row: Any) -> OrganizationFigures:
    return OrganizationFigures(*(row[each] for each in OrganizationFigures._fields))


async def _names(connection: Connection, organizations: Collection[Id]) -> dict[Id, str]:
    rows = await connection.fetch(_NAMES, list(organizations))
    return {row["organization"]: row["name"] or "" for row in rows}
