"""The owners that a file names: one unit or several in a cell; or people, of whom no unit is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from goldenthread.contracts.plan import Plan, PlanFormat, PlanProblem, PlanRow, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange.values.owner_names import has_email
from goldenthread.organization.organization import Organization
from services.goals.domain.imports.unit_names import UnitNames
from services.goals.domain.merge_base import MergeBase

_MOST = 100
"""Units that one text names, at most."""


class SeparatedOwners(NamedTuple):
    """A plan with every owner a text for itself. `with_commas` are texts that may name several units, and are one."""

    plan: Plan
    with_commas: list[str]


def separate_owners(org: Organization, plan: Plan, merge_base: MergeBase) -> SeparatedOwners:
    """The plan with every owner a text for itself, and without people.

    In a sheet, `Ops, Sales` are two units if both are named elsewhere in it or known here; else it is one unit of that
    name, which is to be said. What looks like a person is a unit only where there is one of that name.
    """
    names = _Names(org, plan, merge_base)
    rows = [names.row(row) for row in plan.rows]
    units = [each for each in plan.units if not names.person(each.name) and not names.person(each.key or each.name)]
    return SeparatedOwners(
        replace(plan, rows=rows, units=units, problems=names.problems), list(names.with_commas.values())
    )


def _texts(row: PlanRow) -> Iterable[str]:
    return [*([row.unit] if row.unit else []), *row.co_owners]


class _Names:
    def __init__(self, org: Organization, plan: Plan, merge_base: MergeBase) -> None:
        self.problems = list(plan.problems)
        self._known, self._merge_base, self._sheet = (
            UnitNames(org),
            merge_base.units,
            plan.format is PlanFormat.OKR_SHEET,
        )
        self._whole = {folded(each.key) for each in plan.units if each.key}
        self._persons = {folded(each.key or each.name) for each in plan.units if each.person}
        owners = {text for row in plan.rows for text in _texts(row)}
        named = {*owners, *(name for row in plan.rows for name in (*row.invited, *row.audience))}
        named.update(name for each in plan.units for name in (each.name, each.key) if name)
        self._persons |= {folded(text) for text in named if has_email(text)}
        self._said = {folded(text) for text in owners} - self._persons
        self.with_commas: dict[str, str] = {}
        """By folded text, texts with commas that are one unit each."""

    def row(self, row: PlanRow) -> PlanRow:
        """The row with its owners one by one, and units only among those who are told or asked."""
        if self._persons and (row.audience or row.invited):
            audience, invited = (
                [each for each in names if not self.person(each)] for names in (row.audience, row.invited)
            )
            if len(audience) + len(invited) < len(row.audience) + len(row.invited):
                self._report(row, "A name that looks like a person's was not taken as a unit's. Name units.")
                row = replace(row, audience=audience, invited=invited)
        return self._owned(row)

    def _owned(self, row: PlanRow) -> PlanRow:
        texts = [text for text in _texts(row) if text.strip()]
        if not any("," in text for text in texts) and (
            not self._persons or not any(folded(text) in self._persons for text in texts)
        ):
            return row
        parts = [part for text in texts for part in self._parts(text)]
        units = [part for part in parts if not self.person(part)]
        if len(units) < len(parts):
            self._report(row, "Its owner looks like a person, and units own goals: it was taken without. Name a unit.")
        others = units[1:]
        if others and row.type is not RowType.OBJECTIVE:
            self._report(row, f"Taken with the first of its {len(units)} owners: only an objective has several.")
            others = []
        cells = row.cells
        if not units:
            cells = {name: text for name, text in cells.items() if name not in ("unit", "co_owners")}
        elif len(units) < len(parts):
            cells = {name: units[0] if name == "unit" else text for name, text in cells.items() if name != "co_owners"}
        return replace(row, unit=units[0] if units else None, co_owners=others, cells=cells)

    def person(self, text: str) -> bool:
        """Whether a text is a person's name, and no unit's."""
        return folded(text) in self._persons and not self._here(text)

    def _here(self, text: str) -> bool:
        return folded(text) in self._merge_base or bool(self._known.meant(text))

    def _parts(self, text: str) -> list[str]:
        parts = [" ".join(part.split()) for part in text.split(",", _MOST)]
        if not self._sheet or not 1 < len(parts) <= _MOST or self._here(text):
            return [text]
        if folded(text) in self._whole:
            return [text]
        if any(folded(part) in self._persons for part in parts) or all(part and self._unit(part) for part in parts):
            return [part for part in dict.fromkeys(parts) if part]
        if folded(text) not in self._persons:
            self.with_commas.setdefault(folded(text), text)
        return [text]

    def _unit(self, part: str) -> bool:
        return folded(part) in self._said or self._here(part)

    def _report(self, row: PlanRow, message: str) -> None:
        self.problems.append(PlanProblem(row.line, message))
