"""Answers to an import, and a terminal on which one is asked for."""

from __future__ import annotations

import io
from typing import Any

COUNTS = {"source": "plan", "taken": 9000, "created": 9000, "updated": 0, "unchanged": 0, "revision": 7}


def page(nodes: list[Any], more: bool = False, count: int | None = None) -> dict[str, Any]:
    end = "cursor" if more else None
    total = len(nodes) if count is None else count
    return {"totalCount": total, "pageInfo": {"hasNextPage": more, "endCursor": end}, "nodes": nodes}


def row(number: int, outcome: str = "CREATED", cells: list[Any] | None = None) -> dict[str, Any]:
    cells = cells or []
    named = {"row": str(number), "place": f"line {number}", "type": "OBJECTIVE", "title": f"Goal {number}"}
    rest = {"goal": None, "cells": cells, "cellCount": len(cells), "notes": [], "noteCount": 0}
    return {**named, "outcome": outcome, **rest}


def answer(listed: int = 0, skipped: int = 0, orphaned: int = 0, **more: Any) -> dict[str, Any]:
    """An answer to every document of the command: of lists it has the first `listed`, or 100 goals."""
    rows = [{"row": f"line {number}", "message": "has no title"} for number in range(listed)]
    goals = [{"id": f"objective_{number}", "title": "Goal"} for number in range(min(orphaned, 100))]
    counts = {"orphanedCount": orphaned, "unexplainedCount": 0, "mendedCount": 0}
    impact: dict[str, Any] = {"orphaned": goals, "unexplained": [], "mended": [], **counts}
    report = {
        **COUNTS,
        "missing": [],
        "missingCount": 0,
        "newUnits": [],
        "newUnitCount": 0,
        "conflictCount": 0,
        "leftCount": 0,
    }
    lists = {"rows": page([]), "conflicts": page([]), "others": page([]), "skipped": rows, "skippedCount": skipped}
    return {"data": {"importPlan": {**report, **lists, "impact": impact, "warnings": [], "errors": [], **more}}}


class Terminal(io.StringIO):
    """What a person types, and what they see."""

    def isatty(self) -> bool:
        return True
