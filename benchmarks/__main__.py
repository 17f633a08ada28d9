"""`python -m benchmarks NAME [--json]`: measures one thing and prints what it found; nothing is passed or failed."""

from __future__ import annotations

import argparse
import json

from benchmarks import startup

BENCHMARKS = {"startup": startup}


def main() -> None:
    """Run the benchmark that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    found = BENCHMARKS[asked.name].measure()
    if asked.json:
        print(json.dumps(found))
    else:
        for what, seconds in found.items():
            print(f"{what:40}{seconds:8.2f} s")


if __name__ == "__main__":
    main()
