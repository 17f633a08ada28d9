"""The demo company comes into being by real use: every line of it is somebody's command, with their own token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from goldenthread.cli.common import shared_documents
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.demo import company, demo_documents
from goldenthread.cli.demo.sessions import Desk
from goldenthread.cli.imports import import_documents
from goldenthread.contracts.enums import Role
from goldenthread.contracts.plan import PlanFormat

_QUARTER = 91
_BEGUN = 40
"""Days of the quarter that are over."""


def found(desk: Desk, say: Callable[[str], None]) -> None:
    """Found the company: its units and people, its goals, and what they agreed on since."""
    say("the chief executive appoints eleven leads …")
    _units(desk)
    say("the planning office's sheet is imported …")
    _goals(desk)
    say("units propose links, and answer each other …")
    for proposal in company.PROPOSALS:
        _talk(desk, proposal)
    say("a why is revised; two goals say again why they serve it, one does not …")
    _revise(desk)
    for reading in company.READINGS:
        _read(desk, reading)


def _units(desk: Desk) -> None:
    admin, root = desk.admin, desk.root()
    roles = [{"role": Role.ADMIN.value}, {"role": Role.EXECUTIVE.value}]
    chief = admin.do(shared_documents.ADD_PERSON, _person(company.CHIEF, roles))["addPerson"]["person"]["id"]
    admin.do(demo_documents.UPDATE_UNIT, {"unit": root, "lead": chief})
    boss, made = desk.of(company.CHIEF), dict[str, str]()
    for unit in company.UNITS:
        above = made[unit.above] if unit.above else root
        asked = {"name": unit.name, "function": unit.function.value, "parent": above}
        made[unit.name] = boss.do(demo_documents.CREATE_UNIT, asked)["createUnit"]["unit"]["id"]
        boss.do(shared_documents.ADD_PERSON, _person(unit.lead, [{"role": Role.LEAD.value, "unit": made[unit.name]}]))


def _person(name: str, roles: list[dict[str, Any]]) -> Data:
    return {"name": name, "subject": company.login(name), "roles": roles}


def _goals(desk: Desk) -> None:
    boss, begun = desk.of(company.CHIEF), date.today() - timedelta(days=_BEGUN)
    quarter = {
        "name": "This quarter",
        "startsOn": begun.isoformat(),
        "endsOn": (begun + timedelta(days=_QUARTER)).isoformat(),
    }
    cycle = boss.do(demo_documents.OPEN_CYCLE, quarter)["openCycle"]["cycle"]["id"]
    plan = {"source": company.SOURCE, "format": PlanFormat.OKR_SHEET.value, "content": company.sheet(), "cycle": cycle}
    boss.do(import_documents.IMPORT_REPORT, plan)
    desk.learn()


def _talk(desk: Desk, proposal: company.Proposal) -> None:
    """One conversation about a link, each side with its own lead's token."""
    child, parent = desk.lead(proposal.child), desk.lead(proposal.parent)
    proposed = {"child": desk.goal(proposal.child), "parent": desk.goal(proposal.parent), "because": proposal.because}
    link = child.do(demo_documents.LINK, proposed)["link"]["link"]
    turn = {"link": link["id"], "round": link["round"]}
    if proposal.declined is not None:
        parent.do(demo_documents.DECLINE_LINK, {**turn, "reason": proposal.declined})
    elif proposal.countered:
        countered = parent.do(demo_documents.COUNTER_LINK, {**turn, "inReturn": proposal.given})["counterLink"]["link"]
        child.do(demo_documents.ACCEPT_LINK, {"link": link["id"], "round": countered["round"]})
    elif proposal.given is not None:
        parent.do(demo_documents.ACCEPT_LINK, {**turn, "inReturn": proposal.given})


def _revise(desk: Desk) -> None:
    why = desk.goal(company.REVISED)
    revised = {"why": why, "expectedVersion": 1, "statement": company.REVISED_STATEMENT}
    desk.of(company.CHIEF).do(demo_documents.REVISE_WHY, revised)
    for title in company.REAFFIRMED:
        desk.lead(title).do(demo_documents.REAFFIRM_LINKS, {"links": [desk.link(title, company.REVISED)]})


def _read(desk: Desk, reading: company.Reading) -> None:
    asked = {"keyResult": desk.goal(reading.key_result), "value": reading.value, "confidence": reading.confidence}
    asked |= {"status": reading.status.value, "note": reading.note}
    desk.lead(reading.key_result).do(demo_documents.CHECK_IN, asked)
