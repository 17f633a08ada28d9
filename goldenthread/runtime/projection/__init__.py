"""Folds streams of events, once for every process that does: see `Projection`."""

from goldenthread.runtime.projection.batch_receipt import BatchReceipt
from goldenthread.runtime.projection.merge import Merge
from goldenthread.runtime.projection.pace import Pace
from goldenthread.runtime.projection.position import START, Commit, Position, Positions
from goldenthread.runtime.projection.projection import Projection
from goldenthread.runtime.projection.protocols import (
    ChangedHeads,
    Checkpoint,
    CommitOutput,
    Conflict,
    Fold,
    Page,
    PreparedSave,
    Record,
    Save,
    Store,
    StoredState,
    Upstream,
)
from goldenthread.runtime.projection.quarantine import DeadLetter, Reporter, TooManyQuarantined

__all__ = [
    "START",
    "BatchReceipt",
    "ChangedHeads",
    "Checkpoint",
    "Commit",
    "CommitOutput",
    "Conflict",
    "DeadLetter",
    "Fold",
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
