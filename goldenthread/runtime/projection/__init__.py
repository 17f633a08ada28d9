"""Folds streams of events, once for every process that does: see `Projection`."""

from goldenthread.runtime.projection.batch_receipt import Fed
from goldenthread.runtime.projection.merge import Merge
from goldenthread.runtime.projection.pace import Pace
from goldenthread.runtime.projection.position import START, Commit, Position, Positions
from goldenthread.runtime.projection.projection import Projection
from goldenthread.runtime.projection.protocols import (
    Conflict,
    Drawn,
    Fold,
    Heads,
    Loaded,
    Output,
    Page,
    Producer,
    Record,
    Save,
    Standing,
    Store,
)
from goldenthread.runtime.projection.quarantine import Notice, Reporter, TooManyQuarantined

__all__ = [
    "START",
    "Commit",
    "Conflict",
    "Drawn",
    "Fed",
    "Fold",
    "Heads",
    "Loaded",
    "Merge",
    "Notice",
    "Output",
    "Pace",
    "Page",
    "Position",
    "Positions",
    "Producer",
    "Projection",
    "Record",
    "Reporter",
    "Save",
    "Standing",
    "Store",
    "TooManyQuarantined",
]
