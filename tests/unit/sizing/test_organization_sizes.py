"""The sizes that are assumed of organizations."""

from __future__ import annotations

import pytest

from goldenthread.sizing.demand import Demand
from goldenthread.sizing.organization_sizes import TAIL_FROM, largest_size, median_size, relative_size, size_classes


@pytest.mark.parametrize("organizations", [1, 7, 100, 10_000, 1_000_000])
def test_all_organizations_are_in_a_class_and_have_their_goals(organizations: int) -> None:
    demand = Demand(organizations=organizations, goals=200)
    classes = size_classes(demand)
    assert sum(each.organizations for each in classes) == pytest.approx(organizations)
    assert [each.goals for each in classes] == sorted((each.goals for each in classes), reverse=True)
    assert sum(count * goals for count, goals in classes) == pytest.approx(200 * organizations, rel=0.01)


def test_a_largest_organization_that_is_nearly_everything_leaves_the_others_half_of_what_they_were() -> None:
    demand = Demand(organizations=10, goals=1_000, largest=9_900)
    others = sum(count * goals for count, goals in size_classes(demand)[1:])
    assert others > 1_000


def test_most_organizations_are_small_and_few_are_large() -> None:
    demand = Demand(organizations=10_000, goals=200)
    assert median_size(demand) < 100
    assert largest_size(demand) > 100 * 200
    nearer_to_one, further = Demand(organizations=10_000, skew=1.05), Demand(organizations=10_000, skew=2.0)
    assert largest_size(nearer_to_one) > largest_size(demand) > largest_size(further)


def test_the_largest_organization_is_the_one_that_is_given() -> None:
    assert largest_size(Demand(organizations=10_000, largest=5_000)) == 5_000
    assert size_classes(Demand(organizations=10_000, largest=5_000))[0] == (1, 5_000)
    assert max(each.goals for each in size_classes(Demand(organizations=10_000, largest=5_000))) == 5_000


def test_the_tail_continues_the_body_and_is_a_power_law() -> None:
    assert relative_size(0.5, 1.2) == pytest.approx(1)
    assert relative_size(TAIL_FROM + 1e-9, 1.2) == pytest.approx(relative_size(TAIL_FROM, 1.2), rel=1e-6)
    ten_times_rarer = relative_size(0.999, 1.2) / relative_size(0.99, 1.2)
    assert ten_times_rarer == pytest.approx(10 ** (1 / 1.2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"organizations": 0},
        {"organizations": 1, "goals": 0},
        {"organizations": 1, "largest": 1_000_001},
        {"organizations": 1, "largest": 10},
        {"organizations": 1, "skew": 1.0},
        {"organizations": 1, "peak": -1},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must|cannot"):
        Demand(**wrong)  # type: ignore[arg-type]
