"""Every GraphQL document that the command line sends."""

from __future__ import annotations

from goldenthread.cli.common import shared_documents
from goldenthread.cli.demo import demo_documents
from goldenthread.cli.exports import export_documents
from goldenthread.cli.goals import goal_documents
from goldenthread.cli.imports import import_documents
from goldenthread.cli.listening import listening_documents
from goldenthread.cli.people import erasure_documents, people_documents

DOCUMENTS = {
    f"{module.__name__}.{name}": text
    for module in (
        shared_documents,
        goal_documents,
        listening_documents,
        import_documents,
        export_documents,
        demo_documents,
        erasure_documents,
        people_documents,
    )
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_")
}
