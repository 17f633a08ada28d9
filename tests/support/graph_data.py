"""What is under way in an organization as plain data, without ids of its own: to be compared with another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goldenthread.contracts.entities import CheckIn, GoalNode, Id, KeyResult, Link, Objective, Purpose, Why
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import Verdict
from goldenthread.organization.organization import LIVE_LINKS, OPEN_LINKS, Organization
from services.goals.domain.imports import node_cells

Data = dict[str, Any]


def graph_data(org: Organization, called: Callable[[Id], str]) -> Data:
    """Everything that is under way, each goal by what it is `called`: nodes with their links, units, cycles, feedback.

    Links are in the order of their age, which decides on the golden thread.
    """
    nodes: list[GoalNode] = [*org.whys.values(), *org.objectives.values(), *org.key_results.values()]
    nodes += [org.purpose] if org.purpose is not None else []
    here = {each.id for each in nodes if org.under_way(each.id)}
    return {
        "nodes": {called(each.id): _node(org, each, here, called) for each in nodes if each.id in here},
        "units": sorted(
            [*place(org, each.id), each.function.value] for each in org.units.values() if _below(org, each.id)
        ),
        "cycles": sorted((each.name, each.starts_on, each.ends_on) for each in org.cycles.values() if each.open),
        "feedback": sorted(
            (
                [each.source, each.body, each.received_at, each.segment or "", str(each.sentiment)]
                + [called(id) for id in sorted(each.about, key=called) if id in here]
                for each in org.feedback.values()
            ),
            key=repr,
        ),
    }


def place(org: Organization, unit: Id | None) -> list[str]:
    """The names from below the root down to a unit; closed ones say so."""
    names = [each.name + (" (closed)" if each.closed else "") for each in org.ancestors(unit)]
    return names[::-1][1:]


def verdict_data(verdict: Verdict | None, org: Organization, called: Callable[[Id], str]) -> Data:
    """What a verdict says of how things stand. What broke a goal is history, which no plan has."""
    if verdict is None:
        return {}
    via = org.links.get(verdict.via or "")
    return {
        "state": verdict.state,
        "depth": verdict.depth,
        "unexplained": verdict.unexplained,
        "via": called(via.parent) if via is not None else None,
        "broken_at": called(verdict.broken_at) if verdict.broken_at is not None else None,
    }


def _below(org: Organization, unit: Id) -> bool:
    return not org.units[unit].closed and org.units[unit].parent is not None


def _node(org: Organization, node: GoalNode, here: set[Id], called: Callable[[Id], str]) -> Data:
    links = [each for each in org.parents(node.id) if not each.measure and each.parent in here]
    waiting = [each for each in org.parents(node.id, *OPEN_LINKS) if each.parent in here]
    said = {
        "type": type(node).__name__,
        "links": [_link(org, each, called) for each in links],
        "waiting": sorted((_link(org, each, called) for each in waiting), key=repr),
    }
    return said | _own(org, node, called)


def _own(org: Organization, node: GoalNode, called: Callable[[Id], str]) -> Data:
    if isinstance(node, Purpose):
        return {"statement": node.statement}
    if isinstance(node, Why):
        audience = sorted(place(org, each) for each in node.audience)
        texts: Data = {"title": node.title, "statement": node.statement, "because": node.because or _said(org, node)}
        return texts | {"unit": place(org, node.unit), "audience": audience}
    if isinstance(node, Objective):
        return _objective(org, node)
    return _key_result(org, node, called)


def _said(org: Organization, why: Why) -> str | None:
    """Why a why is there that does not say it: what its first link that is under way says."""
    links = (each for each in org.parents(why.id, *LIVE_LINKS) if org.under_way(each.parent))
    return next((each.because for each in links), None)


def _objective(org: Organization, node: Objective) -> Data:
    cycle = org.cycles.get(node.cycle or "")
    return {
        "title": node.title,
        "description": node.description,
        "state": node.state,
        "unit": [place(org, each) for each in node.owners[:1]],
        "co_owners": sorted(place(org, each) for each in node.owners[1:]),
        "invited": sorted(place(org, each) for each in node.invited),
        "cycle": (cycle.name, cycle.starts_on, cycle.ends_on) if cycle is not None else None,
        "days": node_cells.days(node.starts_on, node.ends_on, cycle),
        "status": node.status,
    }


def _key_result(org: Organization, node: KeyResult, called: Callable[[Id], str]) -> Data:
    check_ins = [org.check_ins[id] for id in org.check_ins_of.get(node.id, {})]
    return {
        "title": node.title,
        "description": node.description,
        "measures": called(node.measures),
        "values": [_number(each) for each in (node.start_value, node.target_value, node.current_value)],
        "measure_unit": node.measure_unit,
        "direction": node.direction,
        "status": node.status,
        "confidence": _number(node.confidence),
        "readings": [_reading(each) for each in sorted(check_ins, key=lambda each: each.at)],
    }


def _reading(check_in: CheckIn) -> list[Any]:
    return [_number(check_in.value), check_in.at, check_in.note, _number(check_in.confidence), check_in.status]


def _link(org: Organization, link: Link, called: Callable[[Id], str]) -> Data:
    terms: Data = {"parent": called(link.parent), "kind": link.kind, "weight": _number(link.weight)}
    terms |= {"because": link.because, "in_return": link.in_return}
    return terms | ({"explained": org.explained(link)} if link.state is LinkState.ACCEPTED else {})


def _number(value: float | None) -> str:
    """-0 is 0."""
    return "" if value is None else repr(float(value) + 0.0)
