"""The first session of the README and of the page that goes on with it, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse, print_ast, validate

from gateway.schema.build import make
from tests.support.story_organization import StoryOrganization

ROOT = Path(__file__).parents[2]
SESSION = ("README.md", "docs/first-session.md")
"""The pages of the first session, in the order in which they are read."""
PAGES = {"README.md": 5, "docs/first-session.md": 4, "docs/import.md": 2, "docs/quarters.md": 4}
"""Pages with GraphQL for a reader to send, and how many operations each has at least."""


def operations(page: str) -> list[OperationDefinitionNode]:
    """Every GraphQL operation of a page, in order."""
    blocks = re.findall(r"```graphql\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    found = [each for block in blocks for each in parse(block).definitions]
    return [each for each in found if isinstance(each, OperationDefinitionNode)]


@pytest.mark.parametrize("page", PAGES)
def test_every_document_of_a_page_is_valid(page: str) -> None:
    documents = [print_ast(each) for each in operations(page)]
    assert len(documents) >= PAGES[page]
    assert [error for document in documents for error in validate(make()._schema, parse(document))] == []


async def test_the_first_session_works_as_it_stands(org: StoryOrganization) -> None:
    below = await org.unit("Stations")
    known: dict[str, Any] = {"unit": org.root}
    done = []
    for operation in (each for page in SESSION for each in operations(page)):
        if operation.operation is OperationType.SUBSCRIPTION:
            continue
        document = print_ast(operation)
        wanted = {each.variable.name.value for each in operation.variable_definitions or ()}
        known["unit"] = below if "answerWhy" in document else org.root
        data = await org.admin.ask(document, **{name: known[name] for name in wanted})
        for name, payload in data.items():
            if operation.operation is OperationType.MUTATION:
                assert payload["errors"] == [], (name, payload)
                done.append(name)
        known |= {"why": data["publishWhy"]["why"]["id"]} if "publishWhy" in data else {}
    assert done == ["publishPurpose", "publishWhy", "createObjective", "retireWhy", "createUnit", "answerWhy"]
