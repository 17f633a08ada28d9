"""How large the organizations of an installation are: few are large, most are small.

Sizes are goals. The body is lognormal with a standard deviation of 1 in the logarithm (the middle two thirds lie within
a factor of 7): sizes that grow in proportion to what they are come out so. The largest 5 % follow a power law (Pareto).
Its exponent is 1.2 unless said otherwise; among firms, an exponent slightly above 1 is what is usually found. Nothing
is larger than the largest organization.
"""

from __future__ import annotations

from math import exp
from statistics import NormalDist
from typing import NamedTuple

from goldenthread.sizing.demand import LARGEST_POSSIBLE, Demand

TAIL_FROM = 0.95
_ONE_BY_ONE, _CLASSES = 1_000, 1_000
"""The largest organizations are counted one by one, all others in so many classes."""
_HALF = 0.5
"""The largest organization is assumed as large as half of such installations have one, at most."""
_NORMAL = NormalDist()


class SizeClass(NamedTuple):
    """So many organizations that have about so many goals each."""

    organizations: float
    goals: float


def relative_size(share: float, exponent: float) -> float:
    """The size that a share (above 0, below 1) of the organizations does not exceed, in units of their median."""
    body = exp(_NORMAL.inv_cdf(min(share, TAIL_FROM)))
    return body if share <= TAIL_FROM else body * ((1 - TAIL_FROM) / (1 - share)) ** (1 / exponent)


def size_classes(demand: Demand) -> list[SizeClass]:
    """The organizations, the largest first; together they have the goals of the demand, or more, where the largest one
    alone has nearly all of them: the others are not smaller than half of what their shape says.
    """
    median, most = median_size(demand), largest_size(demand)
    others = [SizeClass(count, min(size * median, most)) for count, size in _relative_classes(demand)[1:]]
    shaped = sum(count * goals for count, goals in others)
    wanted = demand.goals * demand.organizations - most
    scale = max(0.5, wanted / shaped) if others else 1.0
    return [SizeClass(1, most), *(SizeClass(count, min(goals * scale, most)) for count, goals in others)]


def largest_size(demand: Demand) -> float:
    """Goals of the largest organization: the one that is given, or the one that is to be expected."""
    if demand.largest is not None:
        return float(demand.largest)
    expected = relative_size(_HALF ** (1 / demand.organizations), demand.skew) * median_size(demand)
    return max(demand.goals, min(expected, float(LARGEST_POSSIBLE)))


def median_size(demand: Demand) -> float:
    """Goals that half of the organizations exceed, so that the mean is that of the demand."""
    most, relative = float(demand.largest or LARGEST_POSSIBLE), _relative_classes(demand)
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        total = sum(count * min(size * middle, most) for count, size in relative)
        low, high = (middle, high) if total < demand.goals * demand.organizations else (low, middle)
    return high


def _relative_classes(demand: Demand) -> list[SizeClass]:
    """Sizes in units of the median, the largest first: ranks one by one, then classes of equally many."""
    count = demand.organizations
    alone = min(count, _ONE_BY_ONE)
    found = [SizeClass(1, relative_size(1 - (rank + 0.5) / count, demand.skew)) for rank in range(alone)]
    rest, classes = count - alone, min(count - alone, _CLASSES)
    each = rest / max(1, classes)
    found += [
        SizeClass(each, relative_size(1 - (alone + (number + 0.5) * each) / count, demand.skew))
        for number in range(classes)
    ]
    return found
