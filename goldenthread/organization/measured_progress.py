"""The progress of a measure, and of a goal with its measures: one definition for everything that shows it or grades by
it.
"""

from __future__ import annotations

from datetime import datetime
from math import fsum

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, KeyResult
from goldenthread.contracts.enums import Direction
from goldenthread.organization.organization import Organization


def of_key_result(measure: KeyResult) -> float | None:
    """0..1 of the way from start to target; None where that is not known. Without a reading the current value is the
    start.

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


def own_progress(org: Organization, node: Id, since: datetime | None = None) -> float | None:
    """The mean over the measurable key results of an objective or why; None without any. `since` as in `whole_way`."""
    measures = (org.key_results[id] for id in org.measures_of.get(node, {}))
    ways = (each if since is None else whole_way(org, each, since) for each in measures if not each.removed)
    found = [value for each in ways if (value := of_key_result(each)) is not None]
    return fsum(found) / len(found) if found else None


def whole_way(org: Organization, measure: KeyResult, since: datetime) -> KeyResult:
    """`measure` with the start of what it continues: as far back as copies were made after `since`, each of them
    starting at the last value of the one before. So a goal that goes on over several cycles loses nothing of what was
    reached for it, and one that began with the copy counts from there.
    """
    first = measure
    while first.continues is not None and first.created_at > since:
        before = org.key_results.get(first.continues)
        if before is None or before.created_at >= first.created_at or before.current_value != first.start_value:
            break
        first = before
    return measure if first is measure else replace(measure, start_value=first.start_value)
