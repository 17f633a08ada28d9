"""SQL of the acknowledgements of alerts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import structs

from goldenthread.contracts.entities import Id
from goldenthread.runtime.postgres.database import Connection
from services.notifications.domain.acknowledgements import Acknowledgement

_COLUMNS = ", ".join(field.name for field in structs.fields(Acknowledgement))


async def acknowledgements(
    connection: Connection, organization: Id, alerts: Collection[Id] | None = None
) -> dict[Id, Acknowledgement]:
    """The acknowledgements of these alerts (of all alerts, when none are named), by alert."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM acknowledgements WHERE organization = $1 AND ($2::text[] IS NULL OR alert = ANY($2))",
        organization,
        list(alerts) if alerts is not None else None,
    )
    return {row["alert"]: Acknowledgement(**dict(row.items())) for row in rows}


async def store_acknowledgement(connection: Connection, organization: Id, new: Acknowledgement) -> None:
    """Keep the acknowledgement of an alert."""
    values: list[Any] = list(structs.astuple(new))
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    await connection.execute(
        f"INSERT INTO acknowledgements (organization, {_COLUMNS}) VALUES ($1, {places})", organization, *values
    )


async def delete(connection: Connection, organization: Id, alerts: Collection[Id]) -> None:
    """Forget what was said to these alerts."""
    await connection.execute(
        "DELETE FROM acknowledgements WHERE organization = $1 AND alert = ANY($2::text[])", organization, list(alerts)
    )
