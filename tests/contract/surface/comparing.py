"""The comparison of the recorded surface with that of the code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

RECORDS = Path(__file__).parent / "records"
WRITE = "`python -m tests.contract.surface`"


class Difference(NamedTuple):
    """What is wrong between the records and the code, each list sorted."""

    broken: list[str]
    """Recorded lines that no longer hold and have no reason in CHANGES."""
    unrecorded: list[str]
    """Lines of the code that are in no record."""
    needless: list[str]
    """Keys of CHANGES that are no recorded line, or one that holds."""

    def message(self) -> str:
        """What a developer has to do; empty where nothing is wrong."""
        parts = [
            (self.broken, "public promises are broken; restore them, or give the reason in changes.py"),
            (self.unrecorded, f"new public lines are not recorded; run {WRITE} and review the difference"),
            (self.needless, "changes.py gives reasons for lines that still hold or were never recorded; remove them"),
        ]
        return "\n".join("\n  ".join([f"{len(lines)} {about}:", *lines]) for lines, about in parts if lines)


def compare(recorded: Collection[str], found: Collection[str], changes: Mapping[str, str]) -> Difference:
    """The difference between the recorded lines and those of the code, where `changes` explains lines that are gone."""
    gone, new = set(recorded) - set(found), set(found) - set(recorded)
    return Difference(sorted(gone - changes.keys()), sorted(new), sorted(changes.keys() - gone))


def recorded() -> dict[str, list[str]]:
    """Kind → its recorded lines."""
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(RECORDS.glob("*.txt"))}


def write(kinds: Mapping[str, Collection[str]]) -> None:
    """Write one record per kind, its lines sorted."""
    RECORDS.mkdir(exist_ok=True)
    for kind, lines in kinds.items():
        text = "".join(f"{line}\n" for line in sorted(set(lines)))
        (RECORDS / f"{kind}.txt").write_text(text, encoding="utf-8", newline="\n")
