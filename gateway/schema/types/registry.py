"""Anything by its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.schema.core.node import Node
from gateway.schema.types import answers, feedback, goals, links, organization, questions
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alerts as a


def find(view: OrganizationView, id: Id) -> Node | None:
    """Whatever has this id in the caller's organisation. Another organisation's ids are simply not there."""
    row = view.get(id)
    if row is None:
        return None
    if isinstance(row, a.Alert):
        from gateway.schema.types.alerts import Alert

        return Alert(view=view, row=row)
    if isinstance(row, e.Person) and row.service:
        return organization.ServiceAccount(view=view, row=row)
    return _KINDS[type(row)](view=view, row=row)


def must_find(view: OrganizationView, id: Id) -> Node:
    """The same. Raises `BadRequest` when there is no such thing."""
    found = find(view, id)
    if found is None:
        raise BadRequest(f"{id} is not known in this organisation.", "NOT_FOUND")
    return found


_KINDS: dict[type[Any], Callable[..., Node]] = {
    e.OrganizationInfo: organization.Organization,
    e.OrgUnit: organization.OrgUnit,
    e.Person: organization.Person,
    e.Cycle: organization.Cycle,
    e.Purpose: goals.Purpose,
    e.Why: goals.Why,
    e.Objective: goals.Objective,
    e.KeyResult: goals.KeyResult,
    e.CheckIn: goals.CheckIn,
    e.Link: links.Link,
    e.WhyAnswer: answers.WhyAnswer,
    e.Question: questions.Question,
    e.CustomerFeedback: feedback.CustomerFeedback,
}
