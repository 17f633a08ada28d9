"""The ids of entities."""

from __future__ import annotations

Id = str
"""Prefixed, globally unique and opaque to clients: `objective_0192f3…` (see `runtime/clock.py`)."""
