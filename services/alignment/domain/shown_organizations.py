"""Which organizations metrics show separately: the largest, with a choice that small changes do not change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from goldenthread.contracts.entities import Id

OTHER = "other"
"""The value of `organization` for the sum of all that are not shown separately. No id of an organization is this."""
_OTHER_NAME = "other organizations"
_SLACK = 1.25
"""An organization takes the place of another when it is more than this many times as large."""
_NAME_CHARACTERS = 100


class OrganizationFigures(NamedTuple):
    """How many active objectives are in each state, and how many answers to whys were asked for and given."""

    aligned: int = 0
    unexplained: int = 0
    pending: int = 0
    orphaned: int = 0
    asked: int = 0
    answered: int = 0

    @property
    def objectives(self) -> int:
        """All active objectives."""
        return sum(self[:_STATES])


_STATES = 4
"""The first fields: numbers of objectives."""


class ShownFigures(NamedTuple):
    """The numbers of three metrics, by the values of their attributes."""

    objectives: Mapping[tuple[str, str], float]
    coverage: Mapping[tuple[str], float]
    info: Mapping[tuple[str, str], float]


def choose(shown: Collection[Id], sizes: Mapping[Id, int], limit: int) -> list[Id]:
    """The organizations to show, `limit` at most, the largest first. `shown` are those that were shown before.

    Places that are free go to the largest. An organization that has a place keeps it unless one without a place is more
    than a quarter larger, so that two of about the same size do not take turns.
    """
    order = sorted(sizes, key=lambda each: (-sizes[each], each))
    before = [each for each in order if each in shown][:limit]
    kept = set(before)
    waiting = [each for each in order if each not in kept]
    free = limit - len(before)
    kept.update(waiting[:free])
    chosen, waiting = [each for each in order if each in kept], waiting[free:]
    for small, large in zip(reversed(chosen), waiting, strict=False):
        if sizes[large] > _SLACK * sizes[small]:
            kept.remove(small)
            kept.add(large)
    return [each for each in order if each in kept]


def figures_to_show(
    total: OrganizationFigures, chosen: Mapping[Id, OrganizationFigures], names: Mapping[Id, str]
) -> ShownFigures:
    """The figures of the chosen organizations, and of all others together: `total` is the sum of all.

    An organization without a name is shown by its id. The coverage of the others is that of all their answers together;
    it is not shown while no answer is asked for.
    """
    other = total
    for each in chosen.values():
        other = OrganizationFigures(*(whole - part for whole, part in zip(other, each, strict=True)))
    rows = {**chosen, OTHER: other}
    return ShownFigures(
        objectives={
            (id, state): number
            for id, each in rows.items()
            for state, number in zip(OrganizationFigures._fields, each[:_STATES], strict=False)
        },
        coverage={
            (id,): each.answered / each.asked if each.asked else 1.0
            for id, each in rows.items()
            if each.asked or id != OTHER
        },
        info={(id, label(names.get(id, "")) or id): 1 for id in chosen} | {(OTHER, _OTHER_NAME): 1},
    )


def label(name: str) -> str:
    """A name on one line, without control characters, and not too long."""
    printable = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(printable.split())[:_NAME_CHARACTERS]
