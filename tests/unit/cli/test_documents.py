from __future__ import annotations

import pytest
from graphql import get_introspection_query, parse, validate

from gateway.schema.build import make
from gateway.schema.documents.document_cache import DocumentCache
from goldenthread.cli.common import shared_documents
from goldenthread.cli.demo import demo_documents
from goldenthread.cli.exports import export_documents
from goldenthread.cli.goals import goal_documents
from goldenthread.cli.imports import import_documents
from goldenthread.cli.listening import listening_documents

DOCUMENTS = {
    f"{module.__name__}.{name}": text
    for module in (
        shared_documents,
        goal_documents,
        listening_documents,
        import_documents,
        export_documents,
        demo_documents,
    )
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_")
}
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
