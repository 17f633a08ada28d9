"""A `Plan` as StratML Part 2 (Performance Plan): valid by its schema, and read back as the same plan.

The standard's elements say what they can, so that other programs read it. They nest objectives in goals and indicators
in objectives, and nothing else; what that cannot say is noted (see `element_notes`). Which notes are needed is not
decided here field by field: the document is read as it stands, and what was not heard is noted.
"""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec
from msgspec.structs import replace

from goldenthread.contracts.plan import Plan, PlanFormat, PlanRow, PlanUnit, RowType
from goldenthread.exchange.stratml import stratml_reader
from goldenthread.exchange.stratml.element_notes import PLAN_FIELDS, Notes, missing_notes, notes_text
from goldenthread.exchange.stratml.indicators import CURRENT
from goldenthread.exchange.stratml.nesting import Nesting
from goldenthread.exchange.text.tidying import is_placeholder, one_line

_NAMESPACE = "urn:ISO:std:iso:17469:tech:xsd:PerformancePlanOrReport"
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,199}")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 40
"""Digits of a number that a reader still takes for one."""
_LOOSE, _MEASURES = "Not under a goal of this plan", "What measures this goal"


def write(plan: Plan) -> str:
    """The document. What a first reading of it did not hear is noted in the one that is returned."""
    plan = replace(plan, format=PlanFormat.STRATML)
    ids = _identifiers(plan)
    notes: dict[str, Notes] = {row: {"row": row} for row, id in ids.items() if row != id}
    heard, rows = _heard(plan, ids, notes)
    silent = [row for row in plan.rows if row.row not in rows]
    if silent:  # What is below a row that is not heard would hang elsewhere, were it not noted first.
        notes |= {row.row: notes.get(row.row, {}) | missing_notes(row, None) for row in silent}
        heard, rows = _heard(plan, ids, notes)
    notes = {row.row: notes.get(row.row, {}) | missing_notes(row, rows.get(row.row)) for row in plan.rows}
    differs = [name for name in PLAN_FIELDS if getattr(plan, name) != getattr(heard, name)]
    whole = {name: msgspec.to_builtins(getattr(plan, name)) for name in differs}
    return _Document(plan, ids, notes, whole).text()


def _heard(plan: Plan, ids: dict[str, str], notes: dict[str, Notes]) -> tuple[Plan, dict[str, PlanRow]]:
    heard = stratml_reader.read_document(_Document(plan, ids, notes, {}).text())
    return heard, {row.row: row for row in heard.rows}


def _identifiers(plan: Plan) -> dict[str, str]:
    """An identifier per row: its id where that is one by XML's rules, else one that is no row's."""
    taken, found = {row.row for row in plan.rows}, dict[str, str]()
    for number, row in enumerate(plan.rows, 1):
        id = row.row
        if not _ID.fullmatch(id) or is_placeholder(id):
            id = f"id-{number}"
            while id in taken:
                id += "x"
        found[row.row] = id
    return found


class _Document:
    """Builds one document; `notes` are those of each row, `whole` those of the plan."""

    def __init__(self, plan: Plan, ids: dict[str, str], notes: dict[str, Notes], whole: Notes) -> None:
        self._plan, self._ids, self._notes, self._whole = plan, ids, notes, whole
        self._rows = {row.row: row for row in plan.rows}
        self._numbers = {row.row: number for number, row in enumerate(plan.rows, 1)}
        self._places = Nesting(plan)

    def text(self) -> str:
        """The document as text."""
        root = Element("PerformancePlanOrReport", {"xmlns": _NAMESPACE, "Type": "Performance_Plan"})
        _add(root, "Name", self._plan.name or "Plan")
        core = Element("StrategicPlanCore")
        rest = self._core(core)
        _add(root, "OtherInformation", notes_text([], self._whole | rest), clean=False)
        root.append(core)
        self._period(root)
        indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"

    def _core(self, core: Element) -> Notes:
        """Everything of the plan; what has no element of its own to be noted in is returned."""
        self._organization(core)
        rest: Notes = {}
        if self._places.purpose is not None:
            row = self._places.purpose
            mission = SubElement(core, "Mission")
            _add(mission, "Description", "\n".join(filter(None, [row.title, row.description])))
            _add(mission, "Identifier", self._ids[row.row])
            rest["purpose"] = self._notes.get(row.row, {})
        if self._places.elsewhere:
            rest["rows"] = msgspec.to_builtins(self._places.elsewhere)
        for why in self._places.whys:
            self._goal(core, why)
        if self._places.loose or self._places.unmeasured or not self._places.whys:
            goal = _holder(core, "Goal", _LOOSE)
            for objective in self._places.loose:
                self._objective(goal, objective)
            self._held(goal, self._places.unmeasured)
        return rest

    def _organization(self, core: Element) -> None:
        top = next((unit.name for unit in self._plan.units if unit.top), self._plan.name)
        if top is None:
            return
        organization = SubElement(core, "Organization")
        _add(organization, "Name", top)
        for unit in self._plan.units:
            if not unit.top:
                about = f"Part of {unit.parent}" if unit.parent else unit.description or ""
                _stakeholder(organization, _called(unit), about)

    def _goal(self, core: Element, row: PlanRow) -> None:
        goal = SubElement(core, "Goal")
        self._head(goal, row)
        self._held(goal, self._places.measures.get(row.row, []))
        for objective in self._places.objectives.get(row.row, []):
            self._objective(goal, objective)

    def _objective(self, goal: Element, row: PlanRow) -> None:
        objective = SubElement(goal, "Objective")
        self._head(objective, row)
        for indicator in self._places.measures.get(row.row, []):
            self._indicator(objective, indicator)

    def _held(self, goal: Element, indicators: list[PlanRow]) -> None:
        """Indicators of a goal itself, in an objective that is there for them."""
        if indicators:
            holder = _holder(goal, "Objective", _MEASURES)
            for indicator in indicators:
                self._indicator(holder, indicator)

    def _head(self, element: Element, row: PlanRow) -> None:
        _add(element, "Name", row.title)
        _add(element, "Description", row.description or "")
        _add(element, "Identifier", self._ids[row.row])
        _add(element, "SequenceIndicator", str(self._numbers[row.row]))
        roles = [("Owner", [row.unit] if row.unit else []), ("Co-owner", row.co_owners), ("Audience", row.audience)]
        for role, units in roles:
            for unit in units:
                _stakeholder(element, unit, None, role, performs=role != "Audience")
        self._note(element, row)

    def _indicator(self, objective: Element, row: PlanRow) -> None:
        indicator = SubElement(objective, "PerformanceIndicator")
        _add(indicator, "SequenceIndicator", str(self._numbers[row.row]))
        _add(indicator, "MeasurementDimension", row.title)
        _add(indicator, "UnitOfMeasurement", row.measure_unit or "")
        _add(indicator, "Identifier", self._ids[row.row])
        for parent in row.parents[1:]:
            if parent.row in self._ids and not parent.proposed:
                relationship = SubElement(indicator, "Relationship", RelationshipType="Narrower_Than")
                _add(relationship, "ReferentIdentifier", self._ids[parent.row])
                _add(relationship, "Description", parent.because or "")
        self._results(indicator, row)
        self._note(indicator, row)

    def _results(self, indicator: Element, row: PlanRow) -> None:
        target = _decimal(row.target_value)
        if target is not None:
            ends_on = self._places.ends_on(row)
            _result(indicator, "TargetResult", target, str(ends_on) if ends_on else None)
        for reading in row.readings:
            value = _decimal(reading.value)
            if value is not None:
                status = reading.status.replace("_", " ").title() if reading.status else None
                _result(indicator, "ActualResult", value, str(reading.on), reading.note, status)
        current, last = _decimal(row.current_value), row.readings[-1].value if row.readings else None
        if current is not None and row.current_value != last:
            _result(indicator, "ActualResult", current, None, CURRENT)

    def _note(self, element: Element, row: PlanRow) -> None:
        notes = self._notes.get(row.row)
        if notes:
            _add(element, "OtherInformation", notes_text(self._words(row, notes), notes), clean=False)

    def _words(self, row: PlanRow, notes: Notes) -> list[str]:
        """What is noted, as far as it tells a person something."""
        words = [row.description] if row.type is RowType.KEY_RESULT and row.description else []
        for parent in row.parents if "parents" in notes else []:
            serves = "Would serve" if parent.proposed else "Serves"
            title = self._rows[parent.row].title if parent.row in self._rows else parent.row
            because = f" because: {parent.because}" if parent.because else ""
            words.append(f"{serves} “{title}”{because}")
            words += [f"In return: {parent.in_return}"] if parent.in_return else []
        words += [f"Because: {row.because}"] if row.because else []
        words += [f"Cycle: {row.cycle}"] if row.cycle else []
        words += [f"From {row.starts_on or '…'} to {row.ends_on or '…'}"] if row.starts_on or row.ends_on else []
        words += [f"Starts at {row.start_value:g}"] if row.start_value is not None else []
        words += [f"Status: {row.status.replace('_', ' ').title()}"] if row.status else []
        words += ["Draft"] if row.draft else []
        return [_clean(one_line(each)) for each in words]

    def _period(self, root: Element) -> None:
        """From the first to the last day that the plan names."""
        rows, cycles = self._plan.rows, self._plan.cycles
        starts = [row.starts_on for row in rows if row.starts_on] + [cycle.starts_on for cycle in cycles]
        ends = [row.ends_on for row in rows if row.ends_on] + [cycle.ends_on for cycle in cycles]
        if starts and ends and min(starts) <= max(ends):
            about = SubElement(root, "AdministrativeInformation")
            _add(about, "StartDate", str(min(starts)))
            _add(about, "EndDate", str(max(ends)))


def _holder(parent: Element, kind: str, name: str) -> Element:
    """An element that is there for what is below it, and stands for nothing itself."""
    holder = SubElement(parent, kind)
    _add(holder, "Name", name)
    _add(holder, "Description", "")
    _add(holder, "OtherInformation", notes_text([], {"holder": True}), clean=False)
    return holder


def _stakeholder(
    element: Element, unit: str, about: str | None, role: str | None = None, *, performs: bool = False
) -> None:
    found = SubElement(element, "Stakeholder", StakeholderTypeType="Organization")
    _add(found, "Name", unit)
    if about is not None:
        _add(found, "Description", about)
    if role is not None:
        part = SubElement(found, "Role")
        _add(part, "Name", role)
        if performs:
            _add(part, "RoleType", "Performer")


def _result(
    indicator: Element, kind: str, value: str, day: str | None, note: str | None = None, status: str | None = None
) -> None:
    result = SubElement(SubElement(indicator, "MeasurementInstance"), kind)
    if day is not None:
        _add(result, "EndDate", day)
    _add(result, "NumberOfUnits", value)
    if status is not None:
        descriptor = SubElement(result, "Descriptor")
        _add(descriptor, "DescriptorName", "Status")
        _add(descriptor, "DescriptorValue", status)
    if note is not None:
        _add(result, "Description", note)


def _add(parent: Element, name: str, text: str, *, clean: bool = True) -> None:
    SubElement(parent, name).text = _clean(text) if clean else text


def _clean(text: str) -> str:
    """`text` without the characters that no XML has."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _decimal(value: float | None) -> str | None:
    """A number without exponent, as the schema wants it; None when it is too long to be read as one."""
    if value is None:
        return None
    value = float(value)
    text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(Decimal(repr(value)), "f")
    return text if len(text) <= _LONGEST else None


def _called(unit: PlanUnit) -> str:
    return unit.key or unit.name
