"""What is read in several requests is of one revision, or it is said that it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from goldenthread.cli.common.one_revision import mixed_revisions_remark, read_at_one_revision
from goldenthread.cli.common.paging import GraphQLReader


class Moving:
    """Shows these revisions, one answer after the other; the last of them from then on."""

    def __init__(self, *revisions: int) -> None:
        self.revisions = list(revisions)

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        shown = self.revisions.pop(0) if len(self.revisions) > 1 else self.revisions[0]
        return {"organization": {"revision": shown}}


def three(asked: GraphQLReader) -> list[int]:
    return [asked.ask("")["organization"]["revision"] for _ in range(3)]


@pytest.mark.parametrize(
    ("shown", "read", "revisions"),
    [
        ((7,), [7, 7, 7], [7]),
        ((7, 8), [8, 8, 8], [8]),
        ((7, 7, 8, 8, 9), [9, 9, 9], [9]),
        ((1, 2, 3, 4, 5, 6, 7), [5, 6, 7], [5, 6, 7]),
    ],
    ids=["nothing changes", "a change", "two changes", "changes all the time"],
)
def test_what_is_read_is_of_one_revision_unless_there_are_changes_all_the_time(
    shown: tuple[int, ...], read: list[int], revisions: list[int]
) -> None:
    found = read_at_one_revision(Moving(*shown), three)
    assert found == (read, revisions)
    remark = mixed_revisions_remark(found[1])
    assert remark is None if len(revisions) == 1 else remark is not None and "revisions 5 to 7" in remark
