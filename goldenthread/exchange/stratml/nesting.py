"""Where each row of a plan stands in a StratML document, which nests goals, objectives and indicators and no deeper."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from goldenthread.contracts.plan import Plan, PlanRow, RowType


class Nesting:
    """The rows of a plan by the element they stand in.

    An objective stands in the goal that is the nearest why up its first parents, an indicator in what it measures.
    """

    def __init__(self, plan: Plan) -> None:
        self._rows: dict[str, PlanRow] = {}
        for row in plan.rows:
            self._rows.setdefault(row.row, row)
        rows = list(self._rows.values())
        purposes = [row for row in rows if row.type is RowType.PURPOSE]
        self.purpose = purposes[0] if purposes else None
        self.elsewhere = purposes[1:]
        """There is one mission."""
        self.whys = [row for row in rows if row.type is RowType.WHY]
        self.objectives: dict[str, list[PlanRow]] = defaultdict(list)
        """By the why they stand in."""
        self.loose: list[PlanRow] = []
        """Objectives without a why above them."""
        self.measures: dict[str, list[PlanRow]] = defaultdict(list)
        """Indicators by the why or objective they measure."""
        self.unmeasured: list[PlanRow] = []
        """Indicators of neither."""
        self._cycles = {cycle.name.casefold(): cycle for cycle in plan.cycles}
        self._goals: dict[str, str | None] = {}
        for row in rows:
            self._place(row)

    def ends_on(self, indicator: PlanRow) -> date | None:
        """The last day of the objective that an indicator measures, where it is known."""
        measured = self._rows.get(indicator.parents[0].row) if indicator.parents else None
        cycle = self._cycles.get((measured.cycle or "").casefold()) if measured else None
        return (measured.ends_on if measured else None) or (cycle.ends_on if cycle else None)

    def _place(self, row: PlanRow) -> None:
        if row.type is RowType.OBJECTIVE:
            goal = self._goal(row)
            (self.loose if goal is None else self.objectives[goal]).append(row)
        elif row.type is RowType.KEY_RESULT:
            measured = self._rows.get(row.parents[0].row) if row.parents else None
            known = measured is not None and measured.type in (RowType.WHY, RowType.OBJECTIVE)
            (self.measures[measured.row] if measured is not None and known else self.unmeasured).append(row)

    def _goal(self, row: PlanRow) -> str | None:
        """The nearest why up the first parents; every row on the way learns it too."""
        way: list[str] = []
        seen: set[str] = set()
        at: PlanRow | None = row
        found: str | None = None
        while at is not None and at.row not in seen:
            if at.type is RowType.WHY or at.row in self._goals:
                found = self._goals.get(at.row, at.row) if at.type is not RowType.WHY else at.row
                break
            seen.add(at.row)
            way.append(at.row)
            at = self._rows.get(at.parents[0].row) if at.parents else None
        self._goals.update(dict.fromkeys(way, found))
        return found
