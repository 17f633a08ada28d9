"""What the history calls things: events carry ids only, and names are looked up at the time of reading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from inspect import get_annotations

from msgspec import Struct

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    Id,
    Link,
    OrganizationInfo,
    OrgUnit,
    Person,
    Question,
    WhyAnswer,
)
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import title, unit_name
from goldenthread.runtime.postgres.database import Connection
from services.goals.stores import entities_store, names_store

Called = Callable[[Id], str]
"""What a sentence calls the thing with this id."""

FORMER = "a former member"
ERASED = "a person who was erased"
ERASED_ACCOUNT = "a service account that was erased"
GONE = "something that is gone"
_QUOTED = 80
_WORD_ID = re.compile(r"\bId\b")


@cache
def id_fields(kind: type[Struct]) -> frozenset[str]:
    """The fields of a contract struct that hold ids, as their annotations say."""
    notes = {name: note for each in reversed(kind.__mro__) for name, note in get_annotations(each).items()}
    return frozenset(name for name, note in notes.items() if _WORD_ID.search(str(note)))


def nobody(id: Id) -> str:
    """What things are called when nothing is known."""
    return FORMER if id.startswith("person_") else GONE


async def known(connection: Connection, organization: Id, ids: Iterable[Id]) -> Called:
    """What to call the things with these ids: by the names they have now."""
    wanted, org = set(ids), Organization()
    missing = wanted
    for _ in range(3):  # a link is called after its ends, an answer after its why and unit
        found = await entities_store.some_entities(connection, organization, sorted(missing))
        for entity in found:
            org.put(entity)
        missing = {id for entity in found for id in _named_after(entity) if org.get(id) is None}
        if not missing:
            break
    people = await names_store.some_names(connection, organization, [id for id in wanted if id.startswith("person_")])
    return lambda id: called(org, people, id)


def called(org: Organization, people: dict[Id, str], id: Id) -> str:
    """What to call something: a person by name, a goal by title, anything else by what it is about."""
    row = org.get(id)
    if isinstance(row, Person) or id.startswith("person_"):
        return people.get(id) or (_erased(row) if isinstance(row, Person) and row.erased else FORMER)
    if isinstance(row, OrgUnit):
        return row.name
    if isinstance(row, Cycle):
        return f"the cycle {row.name}"
    if isinstance(row, Link):
        return f"the link from {title(org, row.child)} to {title(org, row.parent)}"
    if isinstance(row, WhyAnswer):
        return f"the answer of {unit_name(org, row.unit)} to {title(org, row.why)}"
    if isinstance(row, Question | CustomerFeedback):
        return f"“{_short(row.body)}”"
    if isinstance(row, CheckIn):
        return f"the check-in of {row.value:g}"
    if isinstance(row, OrganizationInfo):
        return row.name
    return title(org, id) if org.node(id) is not None else nobody(id)


def _named_after(entity: Entity) -> list[Id]:
    if isinstance(entity, Link):
        return [entity.child, entity.parent]
    return [entity.why, entity.unit] if isinstance(entity, WhyAnswer) else []


def _erased(person: Person) -> str:
    return ERASED_ACCOUNT if person.service else ERASED


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED].rsplit(' ', 1)[0]} …"
