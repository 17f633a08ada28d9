"""What people and other programs rely on holds, or is listed in `changes.py` with the reason."""

from __future__ import annotations

from tests.contract.surface.changes import CHANGES
from tests.contract.surface.comparing import compare, recorded
from tests.contract.surface.computed import surface


def test_the_public_surface_is_as_recorded() -> None:
    lines = {line for each in recorded().values() for line in each}
    found = {line for each in surface().values() for line in each}
    message = compare(lines, found, CHANGES).message()
    assert not message, message


def test_no_reason_allows_a_migration_to_change() -> None:
    """Its name is its identity in databases, and what ran there is not run again: a new migration changes it."""
    assert CHANGES.keys() & set(recorded()["migrations"]) == set()
