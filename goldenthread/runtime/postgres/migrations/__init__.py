"""The migrations that every process with a database has: streams, outbox, projections."""

from pathlib import Path

from goldenthread.runtime.postgres.migration_files import Migrations

SHARED = Migrations("runtime", Path(__file__).parent)
