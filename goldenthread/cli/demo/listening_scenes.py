"""The second half of the demo: a why is told and answered, doubted and mended; promises, customers, and a silo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.demo import company, demo_documents, dialogues
from goldenthread.cli.demo.alignment_scenes import PATIENCE
from goldenthread.cli.demo.dialogues import UnitAnswer
from goldenthread.cli.demo.sessions import CompanySessions
from goldenthread.cli.listening.silos import all_silos

_PAUSE = 0.05
_AT_ONCE = {"graceDays": 0, "replyDays": 0}


def play_listening(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """The scenes in their order: the name of each document sent, and the data of its answer."""
    yield from _doubted(sessions)
    yield from _carried(sessions)
    yield from _kept(sessions)
    yield from _heard(sessions)
    yield from _healed(sessions)


def _doubted(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """One unit passes the why on, the one below disagrees; the why is mended, and the question settled."""
    chief, why = sessions.of(company.CHIEF), sessions.goal(dialogues.WHY)
    _answer(sessions, 1, dialogues.FIRST_ANSWERS)
    yield "told", chief.ask(demo_documents.CASCADE, {"why": why})
    asker = sessions.of(company.unit_lead(dialogues.FIRST_ANSWERS[-1].unit))
    asked = chief.ask(demo_documents.ASKED, {"why": why})["node"]["questions"]["nodes"][0]["id"]
    chief.mutate(demo_documents.ANSWER_QUESTION, {"question": asked, "body": dialogues.REPLY_TO_DOUBT})
    revised = {"why": why, "expectedVersion": 1, "statement": dialogues.AMENDED_STATEMENT}
    chief.mutate(demo_documents.REVISE_WHY, revised)
    settled = {"question": asked, "kind": "AMENDED", "note": dialogues.SETTLEMENT_NOTE, "resultingVersion": 2}
    asker.mutate(demo_documents.SETTLE_QUESTION, settled)
    for title in dialogues.REAFFIRMED:
        sessions.lead(title).mutate(demo_documents.REAFFIRM_LINKS, {"links": [sessions.link(title, dialogues.WHY)]})
    yield "question", asker.ask(demo_documents.QUESTION, {"question": asked})


def _carried(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """The amended why is told anew, and answered level by level."""
    _answer(sessions, 2, dialogues.ANSWERS_TO_AMENDED)
    yield "carried", sessions.of(company.CHIEF).ask(demo_documents.CASCADE, {"why": sessions.goal(dialogues.WHY)})


def _answer(sessions: CompanySessions, version: int, answers: Iterable[UnitAnswer]) -> None:
    for each in answers:
        lead, unit = sessions.of(company.unit_lead(each.unit)), sessions.unit_id(each.unit)
        said = {"unit": unit, "statement": each.statement, "stance": each.stance.value}
        lead.mutate(demo_documents.ANSWER_WHY, {"why": sessions.goal(dialogues.WHY), "version": version, **said})


def _kept(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """An objective is closed, and its owners say whether what was promised in return was kept."""
    lead, goal = sessions.lead(dialogues.CLOSED_OBJECTIVE), sessions.goal(dialogues.CLOSED_OBJECTIVE)
    (link,) = lead.ask(demo_documents.PARENTS, {"node": goal})["node"]["parents"]
    kept = [{"link": link["id"], "kept": dialogues.KEPT.value}]
    closing = {"objective": goal, "grade": dialogues.GRADE, "note": dialogues.CLOSING_NOTE, "kept": kept}
    lead.mutate(demo_documents.CLOSE_OBJECTIVE, closing)
    yield "kept", lead.ask(demo_documents.KEPT, {"node": goal, "link": link["id"]})
    other = sessions.unit_id(sessions.unit(dialogues.PROMISING_OBJECTIVE))
    pair = {"unit": sessions.unit_id(sessions.unit(dialogues.CLOSED_OBJECTIVE)), "with": other}
    yield "reciprocity", lead.ask(demo_documents.RECIPROCITY, pair)


def _heard(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """A customer complains; the unit whose goal it is about answers."""
    taker = sessions.of(company.unit_lead(dialogues.COMPLAINT_TAKEN_BY))
    goal = sessions.goal(dialogues.COMPLAINT_ABOUT)
    said = {"source": dialogues.COMPLAINT_FROM, "body": dialogues.COMPLAINT, "segment": dialogues.SEGMENT}
    said |= {"sentiment": dialogues.SENTIMENT.value}
    recorded = taker.mutate(demo_documents.RECORD_FEEDBACK, {**said, "about": [goal]})
    feedback = recorded["recordFeedback"]["feedback"]["id"]
    given = {"unit": sessions.unit_id(sessions.unit(dialogues.COMPLAINT_ABOUT)), "body": dialogues.RESPONSE}
    lead = sessions.lead(dialogues.COMPLAINT_ABOUT)
    lead.mutate(demo_documents.RESPOND, {"feedback": feedback, "outcome": dialogues.OUTCOME.value, **given})
    yield "customer", lead.ask(demo_documents.FEEDBACK, {"feedback": feedback})


def _healed(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """A unit that owes answers and gets none. For once patience is over at once, so that the silo shows today."""
    chief, unit, about = (
        sessions.of(company.CHIEF),
        sessions.unit_id(dialogues.SILO_UNIT),
        sessions.goal(dialogues.SILO_ABOUT),
    )
    question = {"about": about, "unit": unit, "body": dialogues.SILO_QUESTION}
    asker = sessions.of(company.unit_lead(dialogues.SILO_UNIT))
    asked = asker.mutate(demo_documents.ASK_QUESTION, question)["askQuestion"]["question"]["id"]
    policy = chief.ask(demo_documents.PATIENCE)["organization"]["policy"]
    chief.mutate(demo_documents.SET_POLICY, _AT_ONCE)
    yield "silos", all_silos(chief)
    yield "siloAlerts", _alerts(sessions, unit, "OPEN")
    sessions.lead(dialogues.SILO_ABOUT).mutate(
        demo_documents.ANSWER_QUESTION, {"question": asked, "body": dialogues.SILO_ANSWER}
    )
    yield "heard", chief.ask(demo_documents.QUESTION, {"question": asked})
    yield "silosLeft", all_silos(chief)
    yield "siloResolved", _alerts(sessions, unit, "RESOLVED")
    chief.mutate(demo_documents.SET_POLICY, policy)


def _alerts(sessions: CompanySessions, unit: str, state: str) -> Data:
    """The alerts about a silo, as soon as there are some in this state. CommandError when they do not come."""
    return _until(
        lambda: sessions.of(company.CHIEF).ask(demo_documents.SILO_ALERTS, {"states": [state]}),
        lambda data: any(each["subject"]["id"] == unit for each in data["alerts"]["nodes"]),
        f"no alert about {dialogues.SILO_UNIT} was {state.lower()} within {PATIENCE:.0f} s: is notifications running?",
    )


def _until(ask: Callable[[], Data], holds: Callable[[Any], bool], otherwise: str) -> Data:
    deadline = time.monotonic() + PATIENCE
    while not holds(data := ask()):
        if time.monotonic() > deadline:
            raise CommandError(otherwise)
        time.sleep(_PAUSE)
    return data
