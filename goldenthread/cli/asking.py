"""What several commands ask alike: every page of a list, and the unit that somebody means."""

from __future__ import annotations

from typing import Any

from goldenthread.cli import documents
from goldenthread.cli.graphql import Data, GraphQL
from goldenthread.cli.problems import CommandError


def unit_named(graphql: GraphQL, text: str) -> str:
    """The id of the unit that is named, by id or by name. Raises CommandError."""
    if text.startswith("unit_"):
        return text
    found = graphql.ask(documents.UNIT_NAMED, {"name": text})["units"]["nodes"]
    exact = [each for each in found if each["name"].casefold() == text.casefold()]
    if len(exact) != 1:
        many = f"{len(exact)} units are called “{text}”; give the id: {', '.join(each['id'] for each in exact[:5])}"
        none = f"no unit is called “{text}”; `goldenthread health` lists them by name"
        raise CommandError(many if exact else none)
    return str(exact[0]["id"])


def every_page(graphql: GraphQL, document: str, connection: str, variables: dict[str, Any]) -> Data:
    """Every page of a connection as one answer of the same shape."""
    nodes: list[Any] = []
    after: str | None = None
    while True:
        page = graphql.ask(document, {**variables, "after": after})[connection]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return {connection: page | {"nodes": nodes}}
