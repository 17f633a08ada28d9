"""Reading at one revision: what is read in several requests is of one revision, or the answer says that it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from goldenthread.cli.common import output
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import GraphQLReader, T

_ATTEMPTS = 3


class RevisionChanged(Exception):
    """The organization changed while it was read."""


class RevisionRecorder:
    """A reader that keeps which revisions the answers showed, from `organization` or `goalTree`."""

    def __init__(self, graphql: GraphQLReader, *, one: bool) -> None:
        self._graphql, self._one = graphql, one
        self.seen: set[int] = set()

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Data:
        """The `data` of the answer. Raises `RevisionChanged` at a second revision, where only `one` will do."""
        data = self._graphql.ask(document, variables)
        shown = (data.get("organization") or data.get("goalTree") or {}).get("revision")
        self.seen |= {shown} if shown is not None else set()
        if self._one and len(self.seen) > 1:
            raise RevisionChanged
        return data


def read_at_one_revision(graphql: GraphQLReader, read: Callable[[GraphQLReader], T]) -> tuple[T, list[int]]:
    """What `read` makes of the organization at one revision, and that revision.

    It begins again when there is a change meanwhile; the last attempt goes on, and all the revisions that it saw are
    given.
    """
    for _ in range(_ATTEMPTS - 1):
        asked = RevisionRecorder(graphql, one=True)
        try:
            return read(asked), sorted(asked.seen)
        except RevisionChanged:
            output.note("The organization changed meanwhile; reading it again …")
    asked = RevisionRecorder(graphql, one=False)
    return read(asked), sorted(asked.seen)


def mixed_revisions_remark(revisions: Sequence[int]) -> str | None:
    """What to say of an answer that shows several revisions; None of one that does not."""
    if len(revisions) < 2:
        return None
    return (
        f"The organization changed while it was read: this mixes revisions {revisions[0]} to {revisions[-1]}. "
        "What changed between them may be here in part; ask again for all of it."
    )
