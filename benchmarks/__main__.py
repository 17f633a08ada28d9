"""`python -m benchmarks NAME [--json]`: measures one thing and prints what it found; nothing is passed or failed.

A benchmark is a module here whose `measure()` returns numbers by name, or whose `main(arguments)` prints a table of its
own and may take more options than `--json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, help="--json prints it for machines; NAME --help tells more"
    )
    asked = parser.parse_args(arguments)
    module = import_module(f"benchmarks.{asked.name}")
    if hasattr(module, "main"):
        module.main(asked.options)
    else:
        _print_numbers(asked.name, module.measure, asked.options)


def _print_numbers(name: str, measure: Callable[[], dict[str, float]], options: list[str]) -> None:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=measure.__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(options)
    found = measure()
    if asked.json:
        print(json.dumps(found))
    else:
        for what, number in found.items():
            print(f"{what:60}{number:12,.2f}")


if __name__ == "__main__":
    main()
