"""Writes the records of the public surface: see the package."""

from __future__ import annotations

import sys

from tests.contract.surface.changes import CHANGES
from tests.contract.surface.comparing import compare, recorded, write
from tests.contract.surface.computed import surface


def main(arguments: list[str]) -> None:
    """Add new lines; with `--released` also drop those of CHANGES. Exits with 1 where a promise would be lost."""
    before, now = recorded(), surface()
    lines = {line for each in before.values() for line in each}
    broken = compare(lines, {line for each in now.values() for line in each}, CHANGES).broken
    if broken:
        sys.exit("\n  ".join([f"{len(broken)} recorded lines would be lost; give the reason in changes.py:", *broken]))
    kept = {} if arguments == ["--released"] else before
    write({kind: {*found, *kept.get(kind, [])} for kind, found in now.items()})


if __name__ == "__main__":
    main(sys.argv[1:])
