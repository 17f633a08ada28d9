"""StratML (ISO 17469-1) Part 1 and Part 2: mission to purpose, goals to whys, objectives, indicators to key results.

Namespaces, schema order and validity do not matter, element names do. An empty element is an absent one, so is a
placeholder. What has neither name nor description is not taken, and what is below it hangs on the nearest element above
that was. People are not read: a plan names them as stakeholders and submitters, and they are nobody's unit. Documents
that `stratml_writer` wrote say more, in notes (see `element_notes`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar
from xml.etree.ElementTree import Element

from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanProblem, PlanRow, PlanUnit, RowType
from goldenthread.exchange.dates import written_dates
from goldenthread.exchange.plans.row_ids import settle_ids
from goldenthread.exchange.stratml.element_notes import Notes, apply_plan_notes, apply_row_notes, read_notes
from goldenthread.exchange.stratml.indicators import with_measures
from goldenthread.exchange.text import xml
from goldenthread.exchange.text.refusals import invalid

_ROOTS = ("StrategicPlan", "PerformancePlanOrReport")
_TYPES = {"Goal": RowType.WHY, "Objective": RowType.OBJECTIVE, "PerformanceIndicator": RowType.KEY_RESULT}
_BARE = ("Identifier", "SequenceIndicator")
T = TypeVar("T")


def read(text: str) -> Plan:
    """The plan in a StratML document. Refuses XML that is none, and one that says nothing (a template)."""
    plan = read_document(text)
    if not plan.rows and not plan.problems:
        raise invalid("the StratML document has no mission, goal or objective with any text: an empty template?")
    return plan


def read_document(text: str) -> Plan:
    """As `read`, of a document that may say nothing."""
    root = xml.parse(text)
    core = xml.child(root, "StrategicPlanCore")
    if core is None and xml.name(root) not in _ROOTS:
        raise invalid(f"line 1: <{xml.name(root)}> is not StratML; its root is <{'> or <'.join(_ROOTS)}>")
    reader = _DocumentReader(root)
    reader.core(root if core is None else core)
    return reader.plan(xml.text_of(root, "Name"))


class _Above(Struct, frozen=True):
    """What is below an element inherits: where it stands, the nearest row taken, and the unit."""

    path: str = ""
    row: str | None = None
    unit: str | None = None


class _DocumentReader:
    """Walks the document; row ids are its identifiers where they are usable, else the element's place."""

    def __init__(self, root: Element) -> None:
        self.rows: list[PlanRow] = []
        self.problems: list[PlanProblem] = []
        self.units: dict[str, PlanUnit] = {}
        self._ids: set[str] = set()
        self._order: dict[str, int] = {}
        """In a document of ours: where each row stood in the plan."""
        self._renamed: dict[str, str] = {}
        """In a document of ours: rows by identifier, where their id is none by XML's rules."""
        whole = self._notes(root, "OtherInformation")
        self._ours, self._whole = whole is not None, whole or {}
        about = xml.child(root, "AdministrativeInformation")
        days = [self._day(about, name) for name in ("StartDate", "EndDate", "PublicationDate")]
        self._starts_on, self._ends_on, self._published = days
        if self._starts_on and self._ends_on and self._ends_on < self._starts_on:
            self._report("AdministrativeInformation", "taken without its dates: it ends before it starts")
            self._starts_on = self._ends_on = None

    def plan(self, name: str | None) -> Plan:
        """What was read; in a document of ours the rows in the order they had."""
        rows = self.rows
        if self._ours:
            rows = sorted(rows, key=lambda row: self._order.get(row.row, 0))
            rows = [
                replace(row, parents=[replace(each, row=self._renamed.get(each.row, each.row)) for each in row.parents])
                for row in rows
            ]
        plan = Plan(PlanFormat.STRATML, rows, list(self.units.values()), self.problems, name)
        plan = self._noted("OtherInformation", plan, self._whole, apply_plan_notes)
        return replace(plan, rows=settle_ids(plan.rows, self.problems))

    def core(self, core: Element) -> None:
        """Everything of the plan, from its organizations down."""
        names = [self._organization(each) for each in xml.children(core, "Organization")]
        unit = next((name for name in names if name), None)
        above = _Above(unit=unit, row=self._purpose(core, unit))
        self._below(core, above)

    def _below(self, element: Element, above: _Above) -> None:
        counts: dict[str, int] = {}
        for each in xml.children(element, *_TYPES):
            kind = xml.name(each)
            counts[kind] = counts.get(kind, 0) + 1
            path = f"{above.path}/{kind} {counts[kind]}".removeprefix("/")
            self._node(each, replace(above, path=path))

    def _node(self, element: Element, above: _Above) -> None:
        notes = (self._notes(element, above.path) or {}) if self._ours else {}
        if notes.get("holder") is True:
            self._below(element, above)
            return
        unit = self._performer(element) or above.unit
        taken = len(self.rows)
        row = self._row(element, above, unit, notes)
        if row is not None:
            self.rows.append(row)
        self._below(element, _Above(above.path, row.row if row else above.row, unit))
        if row is None and (len(self.rows) > taken or _says_anything(element)):
            self._report(above.path, "not taken: it has neither name nor description; what is below it is")

    def _row(self, element: Element, above: _Above, unit: str | None, notes: Notes) -> PlanRow | None:
        type = _TYPES[xml.name(element)]
        title = xml.text_of(element, "Name") or xml.text_of(element, "Description")
        if type is RowType.KEY_RESULT:
            title = xml.text_of(element, "MeasurementDimension") or title or xml.text_of(element, "UnitOfMeasurement")
        if title is None and "title" not in notes:
            return None
        words = ("Description",) if self._ours else ("Description", "OtherInformation")
        details = [xml.text_of(element, name) for name in words]
        dated = type is RowType.OBJECTIVE and not self._ours
        row = PlanRow(
            row=self._id(element, above.path),
            line=above.path,
            type=type,
            title=title or "",
            description="\n\n".join(each for each in details if each and each != title) or None,
            parents=[PlanParent(above.row)] if above.row else [],
            unit=unit,
            starts_on=self._starts_on if dated else None,
            ends_on=self._ends_on if dated else None,
        )
        row = replace(row, parents=row.parents + self._related(element, row))
        if type is RowType.KEY_RESULT:
            row = with_measures(row, element, self._ends_on or self._published, self.problems)
        return self._known(element, row, notes) if self._ours else row

    def _known(self, element: Element, row: PlanRow, notes: Notes) -> PlanRow:
        """A row of a document of ours: what its notes say too, and its place in the order."""
        after = self._noted(row.line, row, notes, apply_row_notes)
        number = xml.text_of(element, "SequenceIndicator") or ""
        self._order[after.row] = int(number) if number.isdecimal() and len(number) < 10 else 0
        if after.row != row.row:
            self._renamed[row.row] = after.row
        return after

    def _related(self, element: Element, row: PlanRow) -> list[PlanParent]:
        """The parents that an indicator's relationships name. Peers and narrower elements are not above it."""
        found: list[PlanParent] = []
        for relationship in xml.children(element, "Relationship"):
            because = xml.text_of(relationship, "Description") or xml.text_of(relationship, "Name")
            kind = relationship.get("RelationshipType") or "Narrower_Than"
            for referent in filter(None, map(xml.text, xml.children(relationship, "ReferentIdentifier"))):
                if kind == "Narrower_Than":
                    found.append(PlanParent(referent, because))
                else:
                    self._report(row.line, f"taken without its relationship {kind} {referent}, which is no link upward")
        return found

    def _purpose(self, core: Element, unit: str | None) -> str | None:
        """The mission, else the vision; what else is said about the whole becomes its description."""
        mission, vision = (_statement(xml.child(core, name)) for name in ("Mission", "Vision"))
        title, noted = mission or vision, self._whole.get("purpose")
        notes: Notes = noted if isinstance(noted, dict) else {}
        if title is None and "title" not in notes:
            return None
        named = "Mission" if mission or self._ours else "Vision"
        standing_for = [each for value in xml.children(core, "Value") if (each := _statement(value, "Name"))]
        details = [f"Vision: {vision}" if mission and vision else "", f"Values: {'; '.join(standing_for)}"]
        description = "\n\n".join(details if standing_for else details[:1]).strip() or None
        element = xml.child(core, named)
        id = self._id(element, named) if element is not None else named
        row = PlanRow(id, named, RowType.PURPOSE, title or "", description, unit=unit)
        if element is not None and self._ours:
            row = self._known(element, row, notes)
        self.rows.append(row)
        return row.row

    def _organization(self, element: Element) -> str | None:
        return self._unit(element, None)

    def _performer(self, element: Element) -> str | None:
        """The first stakeholder that is said to perform, and is no person."""
        above = next(iter(self.units.values()), None)
        for each in xml.children(element, "Stakeholder"):
            roles = [xml.text(role) for part in xml.children(each, "Role") for role in xml.children(part, "RoleType")]
            if "Performer" in roles and each.get("StakeholderTypeType") != "Person":
                unit = self._unit(each, above.name if above else None)
                if unit:
                    return unit
        return None

    def _unit(self, element: Element, parent: str | None) -> str | None:
        name = xml.text_of(element, "Name") or xml.text_of(element, "Acronym")
        if name is None:
            return None
        known = self.units.get(name.casefold())
        if known is None:
            known = self.units[name.casefold()] = PlanUnit(name, parent, xml.text_of(element, "Description"))
        return known.name

    def _id(self, element: Element, path: str) -> str:
        """The element's identifier, if no element before it has the same, else its place in the document."""
        id = xml.text_of(element, "Identifier")
        if id in self._ids:
            self._report(path, f"taken with its place as id: its identifier {id} is another element's too")
        if id is None or id in self._ids:
            id = path
        self._ids.add(id)
        return id

    def _day(self, about: Element | None, name: str) -> date | None:
        text = xml.text_of(about, name)
        try:
            return written_dates.parse_day(text) if text else None
        except ValueError as error:
            self._report(f"AdministrativeInformation/{name}", f"not taken: {error}")
            return None

    def _notes(self, element: Element, where: str) -> Notes | None:
        """The notes in an element, or None; what are no notes is a problem."""
        try:
            return read_notes(element)
        except ValueError as error:
            self._report(where, f"taken without its notes: {error}")
            return None

    def _noted(self, where: str, found: T, notes: Notes, apply: Callable[[T, Notes], T]) -> T:
        """`found` with its notes, or without them and a problem."""
        try:
            return apply(found, notes)
        except ValueError as error:
            self._report(where, f"taken without its notes: {error}")
            return found

    def _report(self, where: str, message: str) -> None:
        self.problems.append(PlanProblem(where, message))


def _statement(element: Element | None, first: str = "Description") -> str | None:
    other = "Name" if first == "Description" else "Description"
    return xml.text_of(element, first) or xml.text_of(element, other)


def _says_anything(element: Element) -> bool:
    """True when something below, apart from identifiers and numbering, has text of its own."""
    return any(
        xml.name(each) not in _BARE and each.text is not None and xml.text(each) is not None and not len(each)
        for each in element.iter()
    )
