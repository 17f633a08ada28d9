from __future__ import annotations

import pytest
from graphql import parse, validate

from gateway.schema.schema import make
from goldenthread.cli import documents, documents_plan
from goldenthread.cli.demo import documents as of_the_demo

DOCUMENTS = {
    f"{module.__name__}.{name}": text
    for module in (documents, documents_plan, of_the_demo)
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_")
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_fits_the_schema(name: str) -> None:
    problems = validate(make()._schema, parse(DOCUMENTS[name]))
    assert [each.message for each in problems] == []
