"""How far a measure has come, and with its measures a goal: one definition for whoever shows it or grades by it."""

from __future__ import annotations

from math import fsum

from goldenthread.contracts.entities import Id, KeyResult
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.organization import Organization


def of_key_result(measure: KeyResult) -> float | None:
    """0..1 of the way from start to target; None where that is not known. Without a reading it stands where it started.

    Without a start the way begins at 0. Where there is no way in the direction of the measure (the target is 0, or on
    the other side, or the start itself), all that can be known is whether the target is reached. INCREASE is what a
    measure gets whose direction nobody gave: there only the target itself counts as reached, and nothing beyond it.
    """
    target, start = measure.target_value, measure.start_value
    if target is None:
        return None
    now = measure.current_value if measure.current_value is not None else start
    if measure.direction is Direction.STAY_ABOVE:
        return float(now is not None and now >= target)
    if measure.direction is Direction.STAY_BELOW:
        return float(now is not None and now <= target)
    rising, first = measure.direction is Direction.INCREASE, 0.0 if start is None else start
    if target > first if rising else target < first:
        return 0.0 if now is None else min(1.0, max(0.0, (now - first) / (target - first)))
    reached = now is not None and (now == target if rising else now <= target)
    return 1.0 if reached else None


def own_progress(org: Organization, node: Id) -> float | None:
    """The mean over the measurable key results of an objective or why; None without any."""
    found = [
        value
        for id in org.measures_of.get(node, {})
        if not (each := org.key_results[id]).removed and (value := of_key_result(each)) is not None
    ]
    return fsum(found) / len(found) if found else None
