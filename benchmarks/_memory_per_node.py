"""`python -m benchmarks._memory_per_node NODES`: the bytes our engine holds for a node of the realistic graph, as JSON.

In a process of its own: what it holds is how much more memory the process has once the graph is there.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from benchmarks._graph_shapes import realistic
from benchmarks._own_engine import OwnEngine
from services.alignment.domain.verdict import Graph

_STATM = Path("/proc/self/statm")


def held(nodes: int) -> dict[str, float]:
    """Bytes a node, measured in a new process; and by the engine's own count. Empty where the system does not tell."""
    if not _STATM.exists():
        return {}
    command = [sys.executable, "-m", "benchmarks._memory_per_node", str(nodes)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def main() -> None:
    """Measure in this process."""
    nodes = int(sys.argv[1])
    OwnEngine(realistic(1000, random.Random(1)))  # what it compiles and imports is no part of a graph
    world = realistic(nodes, random.Random(1))
    before = resident()
    ours = OwnEngine(world)
    measured = resident() - before
    loaded = Graph.restore(ours.graph.packed(), ours.graph.ids).nbytes
    counts = {"its own count": ours.graph.nbytes, "its own count, when it was loaded": loaded}
    print(json.dumps({"measured": measured / nodes} | {how: size / nodes for how, size in counts.items()}))


def resident() -> int:
    """Bytes of memory in use, after everything that can be given back was."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
