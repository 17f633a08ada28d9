"""The migrations of alignment. Importing this imports nothing else of it."""

from pathlib import Path

from goldenthread.runtime.postgres.migration_files import Migrations

MIGRATIONS = Migrations("alignment", Path(__file__).parent)
