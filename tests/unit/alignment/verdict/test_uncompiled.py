"""The engine's loops say the same as machine code and as the Python they are written in (`NUMBA_DISABLE_JIT=1`)."""

from __future__ import annotations

from hashlib import sha256

import pytest

from services.alignment.domain.transitions import commit_drafts
from services.alignment.domain.verdict import Graph
from tests.unit.alignment.commits import commit_of, payload_of
from tests.unit.alignment.verdict.histories import History
from tests.unit.alignment.verdict.packed_rows import restored
from tests.unit.alignment.verdict.uncompiled import printed_by


def told_through(seed: int, size: int, operations: int) -> str:
    """A digest of all that is published through one history, of which every tenth commit is followed by a reload."""
    history, graph, sequence, all_told = History(seed, size), Graph(unsettled_limit=size // 4), 0, sha256()
    for number in range(operations):
        events = commit_of([payload_of(each) for each in history.commit()], sequence + 1)
        for event in events:
            graph.apply(event.data, event.sequence)
        sequence += len(events)
        all_told.update(repr([(each.id, each.payload) for each in commit_drafts(events, graph.judge())]).encode())
        if number % 10 == 9:
            graph = restored(graph, size // 4)
            all_told.update(repr(list(graph.verdicts())).encode())
    return all_told.hexdigest()


def all_histories() -> list[str]:
    return [told_through(seed, size, 150) for seed, size in enumerate((5, 20, 120, 400))]


@pytest.mark.slow
def test_machine_code_says_what_the_code_it_is_made_of_says() -> None:
    assert printed_by(__name__).split() == all_histories()


if __name__ == "__main__":
    print(*all_histories())
