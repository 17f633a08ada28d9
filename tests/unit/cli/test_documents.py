from __future__ import annotations

import pytest
from graphql import parse, validate

from gateway.schema.schema import make
from goldenthread.cli import documents

DOCUMENTS = {name: text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_fits_the_schema(name: str) -> None:
    problems = validate(make()._schema, parse(DOCUMENTS[name]))
    assert [each.message for each in problems] == []
