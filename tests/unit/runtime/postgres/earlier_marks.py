"""What earlier releases wrote down of the migrations that had run."""

from __future__ import annotations

BEFORE_MARKS = [
    "runtime/0001_outbox.sql",
    "runtime/0002_projections.sql",
    "runtime/0003_published.sql",
    "runtime/0004_relays.sql",
    "runtime/0005_subjects.sql",
    "goals/0001_goals.sql",
    "goals/0002_subjects.sql",
    "goals/0003_logins.sql",
    "alignment/0001_alignment.sql",
    "alignment/0002_figures.sql",
    "alignment/0003_silos.sql",
    "alignment/0004_columns.sql",
    "alignment/0005_lean_figures.sql",
    "alignment/0006_large.sql",
    "alignment/0007_apart.sql",
    "alignment/0008_packed.sql",
    "notifications/0001_alerts.sql",
    "notifications/0002_said.sql",
    "notifications/0003_logins.sql",
    "notifications/0004_order.sql",
]
"""The names in the databases of 0.1.0. This list does not grow, and no name in it changes.

All names until today, each with the digest of its file, are in `tests/contract/surface/records/migrations.txt`.
"""
