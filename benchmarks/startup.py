"""Seconds until `goldenthread up` is ready, and until the command line answers at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks._folder import temporary

_COMMAND = Path(sys.executable).with_name("goldenthread")


def measure() -> dict[str, float]:
    """Seconds to ready on a new data dir, then on the same one; to stop; and for `goldenthread --help`."""
    with temporary() as folder:
        new, stop = _up(folder)
        used, _ = _up(folder)
    begun = time.perf_counter()
    subprocess.run([_COMMAND, "--help"], check=True, stdout=subprocess.DEVNULL)
    return {"up, new data dir": new, "up, used data dir": used, "stop": stop, "help": time.perf_counter() - begun}


def _up(data_dir: Path) -> tuple[float, float]:
    """Seconds from the command to the line that says it is ready, and from SIGTERM to its end."""
    begun = time.perf_counter()
    with subprocess.Popen([_COMMAND, "up", "--json", "--data-dir", data_dir], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        ready = time.perf_counter() - begun
        asked = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        code = process.wait()
        if code != 0:
            raise RuntimeError(f"goldenthread up ended with {code}")
        json.loads(line)
        return ready, time.perf_counter() - asked
