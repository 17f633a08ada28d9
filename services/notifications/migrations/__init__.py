"""The migrations of notifications. Importing this imports nothing else of it."""

from pathlib import Path

from goldenthread.runtime.idempotency.migrations import IDEMPOTENCY
from goldenthread.runtime.postgres.migration_files import Migrations

MIGRATIONS = Migrations("notifications", Path(__file__).parent, then=(IDEMPOTENCY,))
