"""Units by their ids and names."""

from __future__ import annotations

from collections.abc import Sequence

from goldenthread.cli.common import shared_documents
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node

_MOST_NAMED = 20


def unit_id(graphql: GraphQLClient, text: str) -> str:
    """The id of the unit that is named, by id or by name. Raises CommandError."""
    if text.startswith("unit_"):
        return text
    found = every_node(graphql, shared_documents.UNITS, "units", {"search": text})
    exact = [each for each in found if each["name"].casefold() == text.casefold()]
    if len(exact) != 1:
        many = f"{len(exact)} units are called “{text}”; give the id: {', '.join(each['id'] for each in exact[:5])}"
        none = f"no unit is called “{text}”; `goldenthread health` lists them by name"
        raise CommandError(many if exact else none)
    return str(exact[0]["id"])


def unit_names(units: Sequence[Data]) -> str:
    """Units by their names, for an error to list; the first of many."""
    more = f" and {len(units) - _MOST_NAMED:,} more" if len(units) > _MOST_NAMED else ""
    return ", ".join(unit["name"] for unit in units[:_MOST_NAMED]) + more
