"""The demo company comes into being by real use: every line of it is somebody's command, with their own token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from goldenthread.cli.common import shared_documents
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.demo import company, demo_documents
from goldenthread.cli.demo.sessions import CompanySessions
from goldenthread.cli.imports import import_documents
from goldenthread.contracts.enums import Role
from goldenthread.contracts.plan import PlanFormat

_QUARTER = 91
_BEGUN = 40
"""Days of the quarter that are over."""


def set_up_company(sessions: CompanySessions, say: Callable[[str], None]) -> None:
    """Found the company: its units and people, its goals, and what they agreed on since."""
    say("the chief executive appoints eleven leads …")
    _units(sessions)
    say("the planning office's sheet is imported …")
    _goals(sessions)
    say("units propose links, and answer each other …")
    for proposal in company.PROPOSALS:
        _talk(sessions, proposal)
    say("a why is revised; two goals say again why they serve it, one does not …")
    _revise(sessions)
    for reading in company.READINGS:
        _read(sessions, reading)


def _units(sessions: CompanySessions) -> None:
    admin, root = sessions.admin, sessions.root()
    roles = [{"role": Role.ADMIN.value}, {"role": Role.EXECUTIVE.value}]
    chief = admin.mutate(shared_documents.ADD_PERSON, _person(company.CHIEF, roles))["addPerson"]["person"]["id"]
    admin.mutate(demo_documents.UPDATE_UNIT, {"unit": root, "lead": chief})
    boss, made = sessions.of(company.CHIEF), dict[str, str]()
    for unit in company.UNITS:
        above = made[unit.above] if unit.above else root
        asked = {"name": unit.name, "function": unit.function.value, "parent": above}
        made[unit.name] = boss.mutate(demo_documents.CREATE_UNIT, asked)["createUnit"]["unit"]["id"]
        boss.mutate(
            shared_documents.ADD_PERSON, _person(unit.lead, [{"role": Role.LEAD.value, "unit": made[unit.name]}])
        )


def _person(name: str, roles: list[dict[str, Any]]) -> Data:
    return {"name": name, "subject": company.login_of(name), "roles": roles}


def _goals(sessions: CompanySessions) -> None:
    boss, begun = sessions.of(company.CHIEF), date.today() - timedelta(days=_BEGUN)
    quarter = {
        "name": "This quarter",
        "startsOn": begun.isoformat(),
        "endsOn": (begun + timedelta(days=_QUARTER)).isoformat(),
    }
    cycle = boss.mutate(demo_documents.OPEN_CYCLE, quarter)["openCycle"]["cycle"]["id"]
    plan = {
        "source": company.SOURCE,
        "format": PlanFormat.OKR_SHEET.value,
        "content": company.goals_sheet(),
        "cycle": cycle,
    }
    boss.mutate(import_documents.IMPORT_REPORT, plan)
    sessions.load_goals()


def _talk(sessions: CompanySessions, proposal: company.LinkProposal) -> None:
    """One conversation about a link, each side with its own lead's token."""
    child, parent = sessions.lead(proposal.child), sessions.lead(proposal.parent)
    proposed = {
        "child": sessions.goal(proposal.child),
        "parent": sessions.goal(proposal.parent),
        "because": proposal.because,
    }
    link = child.mutate(demo_documents.LINK, proposed)["link"]["link"]
    turn = {"link": link["id"], "round": link["round"]}
    if proposal.declined is not None:
        parent.mutate(demo_documents.DECLINE_LINK, {**turn, "reason": proposal.declined})
    elif proposal.countered:
        countered = parent.mutate(demo_documents.COUNTER_LINK, {**turn, "inReturn": proposal.given})["counterLink"][
            "link"
        ]
        child.mutate(demo_documents.ACCEPT_LINK, {"link": link["id"], "round": countered["round"]})
    elif proposal.given is not None:
        parent.mutate(demo_documents.ACCEPT_LINK, {**turn, "inReturn": proposal.given})


def _revise(sessions: CompanySessions) -> None:
    why = sessions.goal(company.REVISED_WHY)
    revised = {"why": why, "expectedVersion": 1, "statement": company.REVISED_STATEMENT}
    sessions.of(company.CHIEF).mutate(demo_documents.REVISE_WHY, revised)
    for title in company.REAFFIRMED:
        sessions.lead(title).mutate(
            demo_documents.REAFFIRM_LINKS, {"links": [sessions.link(title, company.REVISED_WHY)]}
        )


def _read(sessions: CompanySessions, reading: company.KeyResultReading) -> None:
    asked = {"keyResult": sessions.goal(reading.key_result), "value": reading.value, "confidence": reading.confidence}
    asked |= {"status": reading.status.value, "note": reading.note}
    sessions.lead(reading.key_result).mutate(demo_documents.CHECK_IN, asked)
