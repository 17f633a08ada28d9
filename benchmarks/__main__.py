"""`python -m benchmarks NAME [--json]`: measures one thing and prints what it found; nothing is passed or failed.

A benchmark is a module here whose `measure()` returns numbers by name.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main() -> None:
    """Run the benchmark that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    found: dict[str, float] = import_module(f"benchmarks.{asked.name}").measure()
    if asked.json:
        print(json.dumps(found))
    else:
        for what, number in found.items():
            print(f"{what:60}{number:12,.2f}")


if __name__ == "__main__":
    main()
