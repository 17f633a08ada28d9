"""Whatever the API says in a sentence names people, units and goals in words: no sentence shows an id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct, structs

from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import OrganizationSnapshot
from gateway.views.next_steps import next_step
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts import registry
from goldenthread.contracts.entities import Entity, Id, Objective
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import alerts, goals
from goldenthread.contracts.read_api import AlignmentSnapshot, PeopleSnapshot, StreamPosition
from services.goals.history.names import FORMER, GONE, called, id_fields
from services.goals.history.pages import entry, mentioned
from services.goals.history.sentences import summary
from tests.contract.in_process_services import InProcessServices
from tests.contract.story import FerryCompany
from tests.support.snapshots import goals_snapshot

KINDS = "org|unit|person|cycle|purpose|why|objective|keyresult|checkin|link|answer|question|feedback|alert"
AN_ID = re.compile(rf"\b(?:{KINDS})_[0-9a-f]")


@pytest.fixture(scope="module")
def services() -> InProcessServices:
    return FerryCompany().services_after_all_chapters()


def with_names(services: InProcessServices, id: Id) -> str:
    people = {each: f"Person {number}" for number, each in enumerate(services.org.people)}
    return called(services.org, people, id)


def other(services: InProcessServices, id: Id) -> Id:
    """Another thing of the same kind: so that every id before differs from the one after."""
    kind = id.partition("_")[0]
    alike = [each.id for each in services.org.entities() if each.id != id and each.id.startswith(f"{kind}_")]
    return alike[0] if alike else f"{kind}_{'0' * 32}"


def turned(services: InProcessServices, entity: Entity) -> Any:
    """`entity` with all else that it names replaced: a change of everything at once."""
    text = msgspec.json.encode(entity).decode()
    for id in set(re.findall(rf'"((?:{KINDS})_[0-9a-f]+)"', text)) - {getattr(entity, "id", "")}:
        text = text.replace(f'"{id}"', f'"{other(services, id)}"')
    return msgspec.json.decode(text, type=type(entity))


def variants(services: InProcessServices, event: Event) -> Iterator[Event]:
    """An event as it was published; and as if what it says had changed everything."""
    yield event
    if getattr(event.data, "before", None) is not None:
        yield structs.replace(event, data=structs.replace(event.data, before=turned(services, event.data.before)))


@pytest.mark.parametrize("type", sorted(goals.PAYLOADS))
def test_the_history_says_names_and_never_ids(services: InProcessServices, type: str) -> None:
    events = [each for event in services.of(type) for each in variants(services, event)]
    assert events
    for event in events:
        for said in (entry(event, lambda id: with_names(services, id)).summary, entry(event).summary):
            assert AN_ID.search(said) is None, said
            assert said[0].isupper()


def test_the_fields_that_hold_ids_are_found_whatever_their_type() -> None:
    """`Id` is a `str` to everybody else, so the history reads which fields hold ids off the annotations."""
    for payload in registry.PAYLOADS.values():
        for name in payload.__struct_fields__:
            if name.endswith("_id") or name in ("successor", "lead", "owners", "added", "dropped"):
                assert name in id_fields(payload)
    assert {"owners", "invited", "cycle", "accountable", "id", "successor", "continues"} == set(id_fields(Objective))


def test_names_are_those_of_now_and_who_is_not_known_is_a_former_member(services: InProcessServices) -> None:
    event = next(each for each in services.of("objective.changed") if each.data.before is not None)
    person = next(iter(services.org.people))
    before = structs.replace(event.data.objective, accountable=None, cycle=None)
    data = goals.ObjectiveChanged(structs.replace(before, accountable=person), before)
    for name, id in (("Mira Oake", person), (FORMER, "person_x")):
        data = structs.replace(data, objective=structs.replace(before, accountable=id))
        assert summary("objective.changed", data, lambda id: called(services.org, {person: "Mira Oake"}, id)) == (
            f"Objective changed: accountable nothing → {name}"
        )
    gone = structs.replace(data, objective=structs.replace(before, owners=["unit_x"]))
    assert f"→ {GONE}" in summary("objective.changed", gone, lambda id: called(services.org, {}, id))


def test_what_has_to_be_looked_up_is_what_the_sentences_name(services: InProcessServices) -> None:
    moved = services.of("unit.closed")[-1]
    assert mentioned([moved]) == {moved.data.successor}
    said = entry(moved, lambda id: with_names(services, id)).summary
    assert said == f"Unit closed: successor {services.org.units[moved.data.successor].name}"


def test_alerts_say_no_ids(services: InProcessServices) -> None:
    said = [event.data.alert for type in alerts.PAYLOADS for event in services.of(type)]
    assert said
    for each in said:
        assert AN_ID.search(f"{each.message} {each.next_step}") is None


def test_next_steps_say_no_ids(services: InProcessServices) -> None:
    nobody = AlignmentSnapshot(StreamPosition(), 0, [])
    view = OrganizationView(
        services.id,
        OrganizationSnapshot(
            goals_snapshot(services.org, StreamPosition()), nobody, None, PeopleSnapshot(StreamPosition(), [])
        ),
    )
    turns = view.index(TurnIndex).of(services.org.units, None)
    assert turns
    for turn in turns:
        assert AN_ID.search(next_step(view, turn)) is None


def test_reasons_that_we_write_say_no_ids(services: InProcessServices) -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, Struct):
            for name in value.__struct_fields__:
                if name == "reason" and isinstance(getattr(value, name), str):
                    yield getattr(value, name)
                else:
                    yield from texts(getattr(value, name))

    found = [text for event in services.events for text in texts(event.data)]
    assert found
    assert [text for text in found if AN_ID.search(text)] == []
