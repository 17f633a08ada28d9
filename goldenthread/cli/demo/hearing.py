"""The second half of the demo: a why is told and answered, doubted and mended; promises, customers, and a silo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from goldenthread.cli.bonds import every_silo
from goldenthread.cli.demo import company, documents, scenes, voices
from goldenthread.cli.demo.desk import Desk
from goldenthread.cli.demo.voices import Answer
from goldenthread.cli.graphql import Data
from goldenthread.cli.problems import CommandError

_PAUSE = 0.05
_AT_ONCE = {"graceDays": 0, "replyDays": 0}


def play(desk: Desk) -> Iterator[tuple[str, Data]]:
    """The scenes in their order: the name of each document sent, and the data of its answer."""
    yield from _doubted(desk)
    yield from _carried(desk)
    yield from _kept(desk)
    yield from _heard(desk)
    yield from _healed(desk)


def _doubted(desk: Desk) -> Iterator[tuple[str, Data]]:
    """One unit passes the why on, the one below disagrees; the why is mended, and the question settled."""
    chief, why = desk.of(company.CHIEF), desk.goal(voices.WHY)
    _answer(desk, 1, voices.FIRST)
    yield "told", chief.ask(documents.CASCADE, {"why": why})
    asker = desk.of(company.lead_of(voices.FIRST[-1].unit))
    asked = chief.ask(documents.ASKED, {"why": why})["node"]["questions"]["nodes"][0]["id"]
    chief.do(documents.ANSWER_QUESTION, {"question": asked, "body": voices.REPLY})
    revised = {"why": why, "expectedVersion": 1, "statement": voices.AMENDED}
    chief.do(documents.REVISE_WHY, revised)
    settled = {"question": asked, "kind": "AMENDED", "note": voices.SETTLED, "resultingVersion": 2}
    asker.do(documents.SETTLE_QUESTION, settled)
    for title in voices.REAFFIRMED:
        desk.lead(title).do(documents.REAFFIRM_LINKS, {"links": [desk.link(title, voices.WHY)]})
    yield "question", asker.ask(documents.QUESTION, {"question": asked})


def _carried(desk: Desk) -> Iterator[tuple[str, Data]]:
    """The amended why is told anew, and answered level by level."""
    _answer(desk, 2, voices.AGAIN)
    yield "carried", desk.of(company.CHIEF).ask(documents.CASCADE, {"why": desk.goal(voices.WHY)})


def _answer(desk: Desk, version: int, answers: Iterable[Answer]) -> None:
    for each in answers:
        lead, unit = desk.of(company.lead_of(each.unit)), desk.unit_id(each.unit)
        said = {"unit": unit, "statement": each.statement, "stance": each.stance.value}
        lead.do(documents.ANSWER_WHY, {"why": desk.goal(voices.WHY), "version": version, **said})


def _kept(desk: Desk) -> Iterator[tuple[str, Data]]:
    """An objective is closed, and its owners say whether what was promised in return was kept."""
    lead, goal = desk.lead(voices.PROMISED), desk.goal(voices.PROMISED)
    (link,) = lead.ask(documents.PARENTS, {"node": goal})["node"]["parents"]
    kept = [{"link": link["id"], "kept": voices.KEPT.value}]
    closing = {"objective": goal, "grade": voices.GRADE, "note": voices.CLOSING, "kept": kept}
    lead.do(documents.CLOSE_OBJECTIVE, closing)
    yield "kept", lead.ask(documents.KEPT, {"node": goal, "link": link["id"]})
    other = desk.unit_id(desk.unit(voices.PROMISED_BY))
    pair = {"unit": desk.unit_id(desk.unit(voices.PROMISED)), "with": other}
    yield "reciprocity", lead.ask(documents.RECIPROCITY, pair)


def _heard(desk: Desk) -> Iterator[tuple[str, Data]]:
    """A customer complains; the unit whose goal it is about answers."""
    taker = desk.of(company.lead_of(voices.COMPLAINT_TAKEN_BY))
    goal = desk.goal(voices.COMPLAINT_ABOUT)
    said = {"source": voices.COMPLAINT_FROM, "body": voices.COMPLAINT, "segment": voices.SEGMENT}
    said |= {"sentiment": voices.SENTIMENT.value}
    recorded = taker.do(documents.RECORD_FEEDBACK, {**said, "about": [goal]})
    feedback = recorded["recordFeedback"]["feedback"]["id"]
    given = {"unit": desk.unit_id(desk.unit(voices.COMPLAINT_ABOUT)), "body": voices.RESPONSE}
    lead = desk.lead(voices.COMPLAINT_ABOUT)
    lead.do(documents.RESPOND, {"feedback": feedback, "outcome": voices.OUTCOME.value, **given})
    yield "customer", lead.ask(documents.FEEDBACK, {"feedback": feedback})


def _healed(desk: Desk) -> Iterator[tuple[str, Data]]:
    """A unit that owes answers and gets none. For once patience is over at once, so that the silo shows today."""
    chief, unit, about = desk.of(company.CHIEF), desk.unit_id(voices.SILO), desk.goal(voices.SILO_ABOUT)
    question = {"about": about, "unit": unit, "body": voices.SILO_ASKS}
    asked = desk.of(company.lead_of(voices.SILO)).do(documents.ASK_QUESTION, question)["askQuestion"]["question"]["id"]
    policy = chief.ask(documents.PATIENCE)["organization"]["policy"]
    chief.do(documents.SET_POLICY, _AT_ONCE)
    yield "silos", every_silo(chief)
    yield "siloAlerts", _alerts(desk, unit, "OPEN")
    desk.lead(voices.SILO_ABOUT).do(documents.ANSWER_QUESTION, {"question": asked, "body": voices.SILO_HEARS})
    yield "heard", chief.ask(documents.QUESTION, {"question": asked})
    yield "silosLeft", every_silo(chief)
    yield "siloResolved", _alerts(desk, unit, "RESOLVED")
    chief.do(documents.SET_POLICY, policy)


def _alerts(desk: Desk, unit: str, state: str) -> Data:
    """The alerts about a silo, as soon as there are some in this state. CommandError when they do not come."""
    return _until(
        lambda: desk.of(company.CHIEF).ask(documents.SILO_ALERTS, {"states": [state]}),
        lambda data: any(each["subject"]["id"] == unit for each in data["alerts"]["nodes"]),
        f"no alert about {voices.SILO} was {state.lower()} within {scenes.PATIENCE:.0f} s: is notifications running?",
    )


def _until(ask: Callable[[], Data], holds: Callable[[Any], bool], otherwise: str) -> Data:
    deadline = time.monotonic() + scenes.PATIENCE
    while not holds(data := ask()):
        if time.monotonic() > deadline:
            raise CommandError(otherwise)
        time.sleep(_PAUSE)
    return data
