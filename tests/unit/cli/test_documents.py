from __future__ import annotations

import pytest
from graphql import get_introspection_query, parse, validate

from gateway.schema.build import make
from gateway.schema.documents.document_cache import DocumentCache
from tests.unit.cli.documents import DOCUMENTS

INTROSPECTION = {
    f"introspection, descriptions {descriptions}, one of {one_of}": get_introspection_query(
        descriptions=descriptions,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=one_of,
    )
    for descriptions in (True, False)
    for one_of in (True, False)
}
"""What GraphiQL and generators of clients ask."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_fits_the_schema(name: str) -> None:
    problems = validate(make()._schema, parse(DOCUMENTS[name]))
    assert [each.message for each in problems] == []


@pytest.mark.parametrize("name", DOCUMENTS | INTROSPECTION)
def test_every_document_is_within_the_limits_of_the_gateway(name: str) -> None:
    DocumentCache(introspection=True).read(make()._schema, (DOCUMENTS | INTROSPECTION)[name])
