"""The migrations of the table `answers`, for every process that keeps answers under idempotency keys."""

from pathlib import Path

from goldenthread.runtime.postgres.migration_files import Migrations

IDEMPOTENCY = Migrations("idempotency", Path(__file__).parent)
"""They run after the process's own, some of which made the table before these were there (decision 46)."""
