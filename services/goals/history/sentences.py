"""The history in words: one sentence for an event."""

from __future__ import annotations

from calendar import month_name
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import Id, Link, OrganizationInfo, Policy, RoleGrant
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.events.goals import KeyResultAdded, ObjectiveClosed, ObjectiveCreated, PersonUpdated
from goldenthread.contracts.events.goals.clock import DayClosed
from services.goals.history.names import Called, id_fields, nobody

_WORDS = {
    "organization.created": "organization created",
    "organization.updated": "organization changed",
    "organization.deleted": "organization deleted",
    "policy.changed": "policy changed",
    "unit.created": "unit created",
    "unit.changed": "unit changed",
    "unit.moved": "unit moved",
    "unit.closed": "unit closed",
    "person.joined": "a person joined",
    "person.roles-changed": "roles changed",
    "person.left": "a person left",
    "person.erased": "a person was erased",
    "person.invited": "a person invited",
    "person.invitation-claimed": "an invitation claimed",
    "person.invitation-confirmed": "the claim of an invitation confirmed",
    "person.invitation-revoked": "an invitation revoked",
    "person.invitation-undone": "the claim of an invitation undone",
    "person.signed-in": "a person signed in for the first time",
    "cycle.opened": "cycle opened",
    "cycle.closed": "cycle closed",
    "cycle.reopened": "cycle reopened",
    "purpose.published": "purpose published",
    "purpose.revised": "purpose revised",
    "purpose.retired": "purpose retired",
    "why.published": "why published",
    "why.revised": "why revised",
    "why.retired": "why retired",
    "why.answered": "why answered",
    "why.answer-confirmed": "answer confirmed",
    "why.answer-overdue": "answer overdue",
    "question.asked": "question asked",
    "question.answered": "question answered",
    "question.settled": "question settled",
    "question.withdrawn": "question withdrawn",
    "question.escalated": "question escalated",
    "question.moved": "question moved",
    "objective.created": "objective created",
    "objective.changed": "objective changed",
    "objective.activated": "objective activated",
    "objective.closed": "objective closed",
    "objective.archived": "objective archived",
    "objective.reopened": "objective reopened",
    "objective.carried-over": "objective carried over",
    "objective.co-owner-accepted": "co-owner accepted",
    "objective.co-owner-declined": "co-owner declined",
    "link.moved": "link moved",
    "feedback.received": "feedback received",
    "feedback.linked": "feedback linked",
    "feedback.unlinked": "feedback unlinked",
    "feedback.answered": "feedback answered",
    "key-result.added": "key result added",
    "key-result.changed": "key result changed",
    "key-result.removed": "key result removed",
    "check-in.recorded": "check-in recorded",
    "check-in.acknowledged": "check-in acknowledged",
    "link.proposed": "link proposed",
    "link.countered": "link countered",
    "link.accepted": "link accepted",
    "link.declined": "link declined",
    "link.withdrawn": "link withdrawn",
    "link.reaffirmed": "link reaffirmed",
    "promise.kept": "promise kept",
    "promise.broken": "promise broken",
    "plan.imported": "plan imported",
    "grace.ended": "patience ended",
    "link.overdue": "link overdue",
    "day.closed": "day closed",
}


_OF_SERVICE_ACCOUNTS = {
    "person.joined": "service account created",
    "person.roles-changed": "roles of a service account changed",
    "person.left": "service account revoked",
    "person.erased": "service account erased",
}
_FIELDS = {PersonField.NAME: "name", PersonField.EMAIL: "e-mail address", PersonField.LOGIN: "login"}
_BOOKKEEPING = ("told", "round", "rounds", "accepted_order", "because_version", "turn")
"""What follows from other changes that are named, or means nothing to a reader."""
_OF_MOVES = (*_BOOKKEEPING, "kept")
"""The same where a link goes on with the copy of its child: what became of its promise was said, and stays said."""


def summary(type: str, data: Any, called: Called = nobody, subject: Id | None = None) -> str:
    """One sentence: what happened, before and after where the event says both, the reason where it gives one.

    `called` says what to call things, and the sentence never shows an id. `subject` is what it is about: its reader
    knows that one.
    """
    words = _words(type, data)
    before, after = getattr(data, "before", None), _after(data)
    changes = _changes(before, after, called) if before is not None and after is not None else []
    reason = getattr(data, "reason", None) or getattr(getattr(data, "link", None), "reason", None)
    text = words[0].upper() + words[1:]
    details = [*_details(data, called, subject), *changes]
    if details:
        text += ": " + "; ".join(details)
    return f"{text} ({reason})" if reason else text


def _words(type: str, data: Any) -> str:
    if isinstance(data, PersonUpdated):
        who = "service account" if data.person.service else "person"
        *others, last = (_FIELDS[field] for field in data.fields)
        what = f"{', '.join(others)} and {last}" if others else last
        return f"{what} of a {who} changed"
    if isinstance(data, ObjectiveCreated) and data.objective.continues is not None:
        return "objective created as a copy"
    if isinstance(data, KeyResultAdded) and data.key_result.continues is not None:
        return "key result added as a copy"
    person = getattr(data, "person", None)
    if person is not None and person.service:
        return _OF_SERVICE_ACCOUNTS.get(type, type)
    return _WORDS.get(type, type)


def _after(data: Any) -> Any:
    fields = [name for name in getattr(data, "__struct_fields__", ()) if name != "before"]
    return getattr(data, fields[0]) if fields else None


def _details(data: Any, called: Called, subject: Id | None) -> list[str]:
    """What an event names besides its subject: a successor, a unit, goals; and the day it closes."""
    if isinstance(data, DayClosed):
        return [data.day.isoformat()]
    if not isinstance(data, Struct):
        return []
    if (going_on := _going_on(data, called)) is not None:
        return going_on
    fields = id_fields(type(data))
    given = {name: getattr(data, name) for name in data.__struct_fields__ if name in fields}
    return [
        f"{_label(name)} {_said(value, called, ids=True)}"
        for name, value in given.items()
        if value not in (None, [], subject)
    ]


def _going_on(data: Struct, called: Called) -> list[str] | None:
    """What a copy continues, and what goes on with a goal that closed; None where nothing does."""
    if isinstance(data, ObjectiveCreated) and data.objective.continues is not None:
        cycle = data.objective.cycle
        return [f"continues {called(data.objective.continues)}", *([f"in {called(cycle)}"] if cycle else [])]
    if isinstance(data, KeyResultAdded) and data.key_result.continues is not None:
        return [f"continues {called(data.key_result.continues)}"]
    if isinstance(data, ObjectiveClosed) and data.objective.successor is not None:
        heir, mine = called(data.objective.successor), called(data.objective.id)
        return [f"{heir if heir != mine else f'another one called {heir}'} goes on with it"]
    return None


def _changes(before: Any, after: Any, called: Called) -> list[str]:
    if isinstance(before, Policy) and isinstance(after, OrganizationInfo):
        after = after.policy
    kind: type[Struct] = type(after)
    ids = id_fields(kind)
    silent = _OF_MOVES if isinstance(after, Link) and before.child != after.child else _BOOKKEEPING
    return [
        f"{_label(name)} {_turned(before, after, name, called, name in ids)}"
        for name in after.__struct_fields__
        if name not in silent and hasattr(before, name) and getattr(before, name) != getattr(after, name)
    ]


def _turned(before: Struct, after: Struct, name: str, called: Called, ids: bool) -> str:
    """From one to the other. A copy is called as what it continues."""
    was, now = _value(before, name, called, ids), _value(after, name, called, ids)
    return f"{was} → {'another one of this name' if ids and was == now else now}"


def _value(entity: Struct, name: str, called: Called, ids: bool) -> str:
    value = getattr(entity, name)
    return month_name[value] if name == "fiscal_year_start" else _said(value, called, ids)


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ")


def _said(value: Any, called: Called, ids: bool = False) -> str:
    """A value as people write it; with `ids` it is an id, or some."""
    if value is None or value == []:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(_said(each, called, ids) for each in value)
    if isinstance(value, RoleGrant):
        return f"{value.role} of {called(value.unit)}" if value.unit is not None else value.role.value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, Struct):
        mine = id_fields(type(value))
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return ", ".join(f"{_label(name)} {_said(each, called, name in mine)}" for name, each in fields)
    if isinstance(value, str):
        return called(value) if ids else f"“{value}”"
    return str(value)
