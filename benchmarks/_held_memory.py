"""`python -m benchmarks._held_memory PROCESS ORGANIZATIONS NODES`: the bytes that a process holds for a node, as JSON.

In a process of its own, from events as they come from Kafka: what is held is how much more memory it has afterwards.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks._company import Company
from benchmarks._memory_per_node import resident
from benchmarks.turns import _loaded
from gateway.live.organization_view import OrganizationView
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts.envelope import encode_data, from_headers, to_headers
from goldenthread.contracts.events.goals import SOURCE
from goldenthread.runtime.projection.protocols import Checkpoint, Save
from goldenthread.runtime.streams.position import Commit
from services.alignment.handlers import AlignmentFold
from services.alignment.stores.alignment_store import AlignmentStore
from services.notifications.alerts_store import AlertStore
from services.notifications.handlers import AlertsFold


def held(process: str, organizations: int, nodes: int) -> float:
    """Bytes a node, in so many organizations of so many nodes, measured in a new process."""
    command = [sys.executable, "-m", "benchmarks._held_memory", process, str(organizations), str(nodes)]
    found: float = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _folded(fold: Any, store: Any) -> Callable[[int], Any]:
    """An organization as a projection holds it after its first events, once they are saved."""

    def made(nodes: int) -> Any:
        company = Company(nodes, seed=nodes)
        state = fold.new(company.id)
        for commit in company.founded():
            received = tuple(from_headers(to_headers(each), encode_data(each.data)) for each in commit)
            fold.apply(state, Commit(SOURCE, received))
            store.prepare_save(Save(company.id, None, Checkpoint({}, 1), state))
        return state

    return made


def _shown(nodes: int) -> OrganizationView:
    view = OrganizationView("org_1", _loaded(random.Random(7), nodes))
    view.index(TurnIndex).of(["unit_1"])
    return view


def _nothing() -> None:
    """Nobody is to be woken."""


_NO_POOL: Any = None
_MAKERS = {
    "alignment": _folded(AlignmentFold(), AlignmentStore(_NO_POOL, _nothing)),
    "notifications": _folded(AlertsFold(), AlertStore(_NO_POOL, _nothing)),
    "gateway": _shown,
}


def main() -> None:
    """Measure in this process."""
    made, organizations, nodes = _MAKERS[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
    kept = [made(100)]  # what is imported and compiled is no part of an organization
    before = resident()
    kept += [made(nodes) for _ in range(organizations)]
    print(json.dumps((resident() - before) / organizations / nodes))


if __name__ == "__main__":
    main()
