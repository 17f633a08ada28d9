"""Folds streams of events, once for every process that does: see `Projection`."""

from goldenthread.runtime.projection.batch_receipt import BatchReceipt
from goldenthread.runtime.projection.pace import Pace
from goldenthread.runtime.projection.projection import Projection
from goldenthread.runtime.projection.protocols import (
    Checkpoint,
    CommitOutput,
    Conflict,
    Fold,
    PreparedSave,
    Save,
    Store,
    StoredState,
)
from goldenthread.runtime.projection.quarantine import DeadLetter, Reporter, TooManyQuarantined
from goldenthread.runtime.streams.merge import Merge
from goldenthread.runtime.streams.position import GONE, START, Commit, Position, Positions
from goldenthread.runtime.streams.upstream import ChangedHeads, HeadsPage, Page, Record, Upstream

__all__ = [
    "GONE",
    "START",
    "BatchReceipt",
    "ChangedHeads",
    "Checkpoint",
    "Commit",
    "CommitOutput",
    "Conflict",
    "DeadLetter",
    "Fold",
    "HeadsPage",
    "Merge",
    "Pace",
    "Page",
    "Position",
    "Positions",
    "PreparedSave",
    "Projection",
    "Record",
    "Reporter",
    "Save",
    "Store",
    "StoredState",
    "TooManyQuarantined",
    "Upstream",
]
