"""Size classes of organizations, by which two processes share the work (decision 12).

Settings are read without the engine, whose import takes a second.
"""

from __future__ import annotations

from typing import Literal

SizeClass = Literal["all", "small", "large"]
"""The organizations that a process judges."""
LARGE = 60_000
"""Nodes and links with more than which an organization is large."""
